"""`fovea tokenize` beside Hugging Face tokenizers: ids, spans and type ids of 100,000 lines, token by token.

The lines are made from a seed (tokenizer_lines.py): twenty languages, emoji, marks, controls, broken UTF-8, which the
reference sees with U+FFFD in its place. The tokenizers: the real one of MiniLM-L6 and trained ones of every kind
(tokenizer_kinds.py). FOVEA_LINES sets the number of lines, arguments name the tokenizers to look at. FOVEA_PEERS_PYTHON
names an interpreter that has tokenizers, where this one has not. Exit 99: skipped.
"""
import codecs
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from references import find_minilm, references_or_other_python, skip

LINES = int(os.environ.get("FOVEA_LINES", 100_000))
FULL = ("minilm", "bpe-roberta", "unigram-xlmr", "wordpiece-cased")  # on all lines; the others on a tenth
CHUNK = 2_000
UNCUT = 1 << 20


def broken(error):
    return "\udc80", error.end


codecs.register_error("marked", broken)


def decoded(raw):
    """The text as the reference sees it, and the byte at which each character starts (None: they agree)."""
    if raw.isascii():
        return raw.decode(), None
    starts, at = [], 0
    text = raw.decode("utf-8", "marked")
    lengths = iter(broken_lengths(raw) if "\udc80" in text else ())
    for c in text:
        starts.append(at)
        at += next(lengths) if c == "\udc80" else len(c.encode())
    assert at == len(raw), raw
    return text.replace("\udc80", "\ufffd"), starts + [at]


def broken_lengths(raw):
    lengths = []

    def note(error):
        lengths.append(error.end - error.start)
        return "?", error.end
    codecs.register_error("noted", note)
    raw.decode("utf-8", "noted")
    return lengths


def ours(program, folder, lines, *more):
    done = subprocess.run([program, "tokenize", folder, "--json", *more], capture_output=True,
                          input=b"".join(line + b"\n" for line in lines))
    assert done.returncode == 0, done.stderr.decode()
    answers = done.stdout.splitlines()
    assert len(answers) == len(lines), f"{len(answers)} answers for {len(lines)} lines"
    return answers


def spans_of(encoding, starts_of):
    """The reference's offsets in bytes; `starts_of` by text."""
    out = []
    for (begin, end), sequence, special in zip(encoding.offsets, encoding.sequence_ids, encoding.special_tokens_mask):
        starts = None if special else starts_of[sequence or 0]
        out.append([begin, end] if starts is None else [starts[begin], starts[end]])
    return out


def compare(name, line, answer, encoding, starts_of, pair=False):
    got = json.loads(answer)
    spans = spans_of(encoding, starts_of)
    texts = [-1 if sequence is None else sequence for sequence in encoding.sequence_ids]
    if pair and got["texts"] != texts:
        raise AssertionError(f"{name}: {line!r}\n  texts {got['texts']}\n  reference {texts}")
    if got["ids"] == encoding.ids and got["spans"] == spans and got["type_ids"] == encoding.type_ids:
        return len(spans)
    both = zip(zip(got["ids"], got["spans"]), zip(encoding.ids, spans))
    at = next((i for i, (a, b) in enumerate(both) if a != b), -1)
    near = slice(max(at - 2, 0), at + 4)
    raise AssertionError(f"{name}: {line!r}\n  ours {list(zip(got['ids'], got['spans']))[near]}\n"
                         f"  reference {list(zip(encoding.ids, spans, encoding.tokens))[near]} (token {at})")


def compare_all(program, name, folder, tokenizer, lines, texts):
    answers = ours(program, folder, lines)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokens = 0
    for first in range(0, len(lines), CHUNK):
        part = slice(first, first + CHUNK)
        for line, answer, encoding, (_, starts) in zip(lines[part], answers[part],
                                                       tokenizer.encode_batch([text for text, _ in texts[part]]),
                                                       texts[part], strict=True):
            tokens += compare(name, line, answer, encoding, (starts, starts))
    return tokens


def compare_pairs(program, name, folder, tokenizer, lines, limit):
    """Neighbouring lines as pairs, cut to `limit` tokens; single lines too. Which text a pair's token is of, too."""
    lines = [line.replace(b"\t", b" ") for line in lines]
    texts = [decoded(line) for line in lines]
    tokenizer.no_padding()
    tokenizer.enable_truncation(limit)
    couples = list(zip(lines, lines[1:]))
    answers = ours(program, folder, [a + b"\t" + b for a, b in couples], "--pairs", "--tokens-max", str(limit))
    encodings = tokenizer.encode_batch([(a, b) for (a, _), (b, _) in zip(texts, texts[1:])])
    tokens = 0
    for line, answer, encoding, (_, a), (_, b) in zip(couples, answers, encodings, texts, texts[1:]):
        tokens += compare(f"{name}, pairs of at most {limit}", line, answer, encoding, (a, b), True)
    singles = ours(program, folder, lines, "--tokens-max", str(limit))
    for line, answer, encoding, (_, a) in zip(lines, singles, tokenizer.encode_batch([t for t, _ in texts]), texts):
        tokens += compare(f"{name}, at most {limit}", line, answer, encoding, (a, a))
    return tokens


def kinds(folder, texts):
    """(name, folder, tokenizer)"""
    from tokenizers import Tokenizer
    from tokenizer_kinds import every_kind
    from tokenizer_lines import plain_lines

    if real := find_minilm():
        yield "minilm", real, Tokenizer.from_file(f"{real}/tokenizer.json")
    for name, tokenizer in every_kind(texts, plain_lines(4000)):
        at = pathlib.Path(folder) / name
        at.mkdir()
        tokenizer.save(str(at / "tokenizer.json"))
        yield name, str(at), tokenizer


def main(names):
    from tokenizer_lines import make_lines

    program = os.environ.get("FOVEA_BIN", "")
    if not os.access(program, os.X_OK):
        skip("FOVEA_BIN names no program")
    lines = make_lines(LINES)
    texts = [decoded(line) for line in lines]
    with tempfile.TemporaryDirectory() as folder:
        for name, at, tokenizer in kinds(folder, [text for text, _ in texts[:6000]]):
            if names and name not in names:
                continue
            count = len(lines) if name in FULL else len(lines) // 10
            tokens = compare_all(program, name, at, tokenizer, lines[:count], texts[:count])
            more = sum(compare_pairs(program, name, at, tokenizer, lines[:1000], limit) for limit in (7, 16, 33, UNCUT))
            print(f"{name}: {count} lines, {tokens} tokens, and {more} of pairs and of cut lines: the same", flush=True)


if __name__ == "__main__":
    references_or_other_python("tokenizers")
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    main(sys.argv[1:])
