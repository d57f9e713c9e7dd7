"""`fovea tokenize --decode` beside Hugging Face tokenizers: the texts of ids, character by character.

The ids: those of lines in twenty languages (tokenizer_lines.py), and ids at random, which make bytes that are no UTF-8
and tokens that follow nothing. The tokenizers: the real one of MiniLM-L6, trained ones of every kind
(tokenizer_kinds.py), and those with each decoder that the reference has. FOVEA_LINES sets the number of lines.
FOVEA_PEERS_PYTHON names an interpreter that has tokenizers, where this one has not. Exit 99: skipped.
"""
import contextlib
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

from references import references_or_other_python, skip
from tokenizer_against_reference import decoded, kinds

LINES = int(os.environ.get("FOVEA_LINES", 100_000)) // 10


def decoders():
    from tokenizers import decoders as D

    yield "none", None
    yield "byte-level", D.ByteLevel()
    yield "word-piece", D.WordPiece()
    yield "word-piece, as it is", D.WordPiece(prefix="\u0120", cleanup=False)
    for scheme in ("always", "first", "never"):
        yield f"metaspace, {scheme}", D.Metaspace(replacement="\u2581", prepend_scheme=scheme)
    yield "bpe", D.BPEDecoder(suffix="e")
    yield "ctc", D.CTC(pad_token="e", word_delimiter_token="a")
    yield "llama", D.Sequence([D.Replace("\u2581", " "), D.ByteFallback(), D.Fuse(), D.Strip(" ", 1, 0)])
    # The reference breaks down over a token that is shorter than what may be stripped off its end.
    yield "strip, begin", D.Strip("e", 2, 0)
    yield "strip, end", D.Strip("e", 0, 1)
    yield "replace", D.Replace("e", "e\u00e9")


def ours(program, folder, lists, *more):
    done = subprocess.run([program, "tokenize", folder, "--decode", *more], capture_output=True,
                          input="".join(json.dumps(ids) + "\n" for ids in lists).encode())
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line)["text"] for line in done.stdout.splitlines()]


def compare(program, name, folder, tokenizer, lists):
    characters = 0
    for skip_special in (True, False):
        got = ours(program, folder, lists, *(["--skip-special"] if skip_special else []))
        assert len(got) == len(lists), (len(got), len(lists))
        for ids, text in zip(lists, got):
            want = tokenizer.decode(ids, skip_special_tokens=skip_special)
            if text != want:
                tokens = [tokenizer.id_to_token(i) for i in ids]
                sys.exit(f"{name}, skip_special_tokens={skip_special}: {tokens}\n  ours {text!r}\n  reference {want!r}")
            characters += len(want)
    return characters


def lists_for(tokenizer, texts, chance):
    size = tokenizer.get_vocab_size()
    lists = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    lists += [[chance.randrange(size + 3) for _ in range(chance.randrange(12))] for _ in range(len(texts))]
    return lists


def main():
    from tokenizers import Tokenizer
    from tokenizer_lines import make_lines

    program = os.environ.get("FOVEA_BIN", "")
    if not os.access(program, os.X_OK):
        skip("FOVEA_BIN names no program")
    chance = random.Random(7)
    texts = [decoded(line)[0] for line in make_lines(max(LINES, 6000))]
    with tempfile.TemporaryDirectory() as place:
        (pathlib.Path(place) / "kinds").mkdir()
        for name, folder, tokenizer in kinds(pathlib.Path(place) / "kinds", texts[:6000]):
            with contextlib.suppress(Exception):  # one kind's file is none that the reference reads again
                tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")  # what was trained knows more than its file
            tokenizer.no_truncation()
            tokenizer.no_padding()
            characters = compare(program, name, folder, tokenizer, lists_for(tokenizer, texts[:LINES], chance))
            print(f"{name}: {characters} characters: the same", flush=True)
            if not name.startswith(("bpe-roberta", "unigram", "wordpiece-cased")):
                continue
            for kind, decoder in decoders():
                tokenizer.decoder = decoder
                at = pathlib.Path(place) / f"{name} {kind}"
                at.mkdir()
                tokenizer.save(str(at / "tokenizer.json"))
                lists = lists_for(tokenizer, texts[:LINES // 10], chance)
                characters = compare(program, f"{name}, {kind}", str(at), tokenizer, lists)
                print(f"{name}, decoder {kind}: {characters} characters: the same", flush=True)


if __name__ == "__main__":
    references_or_other_python("tokenizers")
    main()
