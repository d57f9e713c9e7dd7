"""A real Triton with a model that answers as the stub server's classifier does; for against_triton.py.

usage: triton_peer.py PORT. Needs nvidia-pytriton; prints "ready", serves until its input ends.
"""
import os
import sys

import numpy as np

LABELS = [b"negative", b"neutral", b"positive"]
TOKENS_MAX = 16


def row(text):
    ids = [1]
    for word in text.split(b" "):
        if word and len(ids) < TOKENS_MAX - 1:
            total = 0
            for byte in word:
                total = (total * 31 + byte) % 80
            ids.append(10 + total)
    ids.append(2)
    total = 0
    for each in ids:
        total = total * 7 + each
    total = total % 1009
    return [np.float32((total * (i + 1)) % 17) / np.float32(8) - np.float32(1) for i in range(3)]


def infer(requests):
    answers = []
    for request in requests:
        texts = request["text"].reshape(-1)
        logits = np.array([row(bytes(each)) for each in texts], dtype=np.float32).reshape(-1, 3)
        powers = np.exp(logits.astype(np.float64) - logits.max(-1, keepdims=True, initial=-9))
        answers.append({"label": np.array([LABELS[i] for i in logits.argmax(-1)], dtype=object),
                        "probabilities": (powers / powers.sum(-1, keepdims=True)).astype(np.float32), "logits": logits})
    return answers


def main():
    from pytriton.model_config import ModelConfig, Tensor
    from pytriton.triton import Triton, TritonConfig
    port = int(sys.argv[1])
    local = {f"{door}_address": "127.0.0.1" for door in ("http", "grpc", "metrics")}
    with Triton(config=TritonConfig(http_port=port, grpc_port=port + 1, metrics_port=port + 2, **local)) as server:
        server.bind(model_name="sentiment", infer_func=infer, config=ModelConfig(batching=False),
                    inputs=[Tensor(name="text", dtype=bytes, shape=(-1,))],
                    outputs=[Tensor(name="label", dtype=bytes, shape=(-1,)),
                             Tensor(name="probabilities", dtype=np.float32, shape=(-1, 3)),
                             Tensor(name="logits", dtype=np.float32, shape=(-1, 3))])
        server.run()
        sys.stdout.flush()
        os.write(1, b"\nready\n")  # a line of its own, whatever Triton's log, from another thread, has begun
        sys.stdin.read()


if __name__ == "__main__":
    main()
