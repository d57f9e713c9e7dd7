"""A real Triton with a model for each datatype that gives back what it gets; for tensors_against_triton.py.

usage: triton_tensors_peer.py PORT. Needs nvidia-pytriton; prints "ready", serves until its input ends.
"""
import os
import sys

import numpy as np

# Without BF16, which numpy does not have.
TYPES = {"BOOL": np.bool_, "UINT8": np.uint8, "UINT16": np.uint16, "UINT32": np.uint32, "UINT64": np.uint64,
         "INT8": np.int8, "INT16": np.int16, "INT32": np.int32, "INT64": np.int64, "FP16": np.float16,
         "FP32": np.float32, "FP64": np.float64, "BYTES": bytes}


def same(requests):
    return [{"output": request["input"]} for request in requests]


def main():
    from pytriton.model_config import ModelConfig, Tensor
    from pytriton.triton import Triton, TritonConfig
    port = int(sys.argv[1])
    local = {f"{door}_address": "127.0.0.1" for door in ("http", "grpc", "metrics")}
    with Triton(config=TritonConfig(http_port=port, grpc_port=port + 1, metrics_port=port + 2, **local)) as server:
        for name, kind in TYPES.items():
            server.bind(model_name=f"same_{name}", infer_func=same, config=ModelConfig(batching=False),
                        inputs=[Tensor(name="input", dtype=kind, shape=(-1, -1))],
                        outputs=[Tensor(name="output", dtype=kind, shape=(-1, -1))])
        server.run()
        sys.stdout.flush()
        os.write(1, b"\nready\n")  # a line of its own, whatever Triton's log, from another thread, has begun
        sys.stdin.read()


if __name__ == "__main__":
    main()
