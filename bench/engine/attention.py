"""python -m bench.engine.attention: the attention kernel alone, 12 heads of 64, fp32, beside ONNX Runtime's fused
MultiHeadAttention; one thread, rows in [tokens, heads * head_dim] on both sides, rounds in turns, best of them.

Ours is the program attention_bench of src/engine/kernels, which prints JSON lines {"rows","heads","head_dim","ms",
"hash"}. ONNX Runtime's time is CPU time with inputs and outputs bound once. The call's own overhead (a graph
that only tells the shape of one of them) is measured too: one ratio has it taken off, one has it in.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

HEADS, HEAD_DIM = 12, 64
ROWS = (16, 32, 64, 128, 256, 512, 1024, 2048, 4096)
TO_REACH = {16: 2.5, 32: 2.5, 64: 1.7, 128: 1.3, 256: 1.0, 512: 1.0, 1024: 1.0, 2048: 1.0, 4096: 1.0}
WINDOW, WINDOW_ROWS, WINDOW_TO_REACH = 128, 4096, 9.0  # ours sees ± WINDOW, ONNX Runtime has only the dense kernel
STRETCH_S, STRETCHES, SECONDS_MAX = 0.02, 10, 3.0  # of each length and round
MICROSOFT = "com.microsoft"


def model_bytes(fused):
    """One MultiHeadAttention without mask, or only the shape of one input."""
    from onnx import TensorProto, helper
    width = HEADS * HEAD_DIM
    if fused:
        nodes = [helper.make_node("MultiHeadAttention", ["q", "k", "v"], ["y"], domain=MICROSOFT, num_heads=HEADS)]
        shape, kind = [1, "s", width], TensorProto.FLOAT
    else:
        nodes, shape, kind = [helper.make_node("Shape", ["q"], ["y"])], [3], TensorProto.INT64
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, "s", width]) for name in "qkv"]
    graph = helper.make_graph(nodes, "attention", inputs, [helper.make_tensor_value_info("y", kind, shape)])
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString()


class Bound:
    """A session with its inputs and outputs bound once."""

    def __init__(self, fused, rows):
        import numpy
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session = onnxruntime.InferenceSession(model_bytes(fused), options, providers=["CPUExecutionProvider"])
        self.binding, random = self.session.io_binding(), numpy.random.default_rng(1)
        width = HEADS * HEAD_DIM
        for name in "qkv":
            values = random.standard_normal((1, rows, width), dtype=numpy.float32)
            self.binding.bind_ortvalue_input(name, onnxruntime.OrtValue.ortvalue_from_numpy(values))
        made = numpy.empty((1, rows, width), numpy.float32) if fused else numpy.empty(3, numpy.int64)
        self.binding.bind_ortvalue_output("y", onnxruntime.OrtValue.ortvalue_from_numpy(made))
        self.options = onnxruntime.RunOptions()

    def ms(self):
        """CPU milliseconds of a run: the best of stretches that last a while, as attention_bench takes its time."""
        best, stretches, runs, spent_in_all = float("inf"), 0, 1, 0.0
        while stretches < STRETCHES or spent_in_all < STRETCH_S:
            begun = time.process_time()
            for _ in range(runs):
                self.session.run_with_iobinding(self.binding, self.options)
            spent = time.process_time() - begun
            spent_in_all += spent
            if spent < STRETCH_S / 2:
                runs *= 2
                continue
            best, stretches = min(best, 1000 * spent / runs), stretches + 1
            if spent_in_all > SECONDS_MAX:
                break
        return best


def ours(program, *arguments):
    """rows → ms, from one run of the program."""
    done = subprocess.run([program, *arguments], capture_output=True, encoding="utf-8", check=True)
    found = {}
    for text in done.stdout.splitlines():
        if text.startswith("{"):
            row = json.loads(text)
            assert (row["heads"], row["head_dim"]) == (HEADS, HEAD_DIM), text
            found[row["rows"]] = row["ms"]
    return found


def keep_best(best, more):
    for name, ms in more.items():
        best[name] = min(ms, best.get(name, float("inf")))


def measure(program, rounds):
    """(rows → (ours or None, ONNX Runtime's), our window or None, overhead), all in ms, best of the rounds."""
    bound = {rows: Bound(True, rows) for rows in ROWS}
    overhead = min(Bound(False, 16).ms() for _ in range(3))
    best, best_ours, window = {}, {}, {}
    for _ in range(rounds):
        for rows in ROWS:
            if program:
                keep_best(best_ours, ours(program, str(rows)))
            keep_best(best, {rows: bound[rows].ms()})
        if program:
            keep_best(window, ours(program, "--window", str(WINDOW), str(WINDOW_ROWS)))
    return {rows: (best_ours.get(rows), best[rows]) for rows in ROWS}, window.get(WINDOW_ROWS), overhead


def section(program, rounds):
    import onnxruntime
    found, window, overhead = measure(program, rounds)
    out = ["## Attention alone", "",
           f"{HEADS} heads of {HEAD_DIM}, fp32, no mask, one thread, ms of CPU time a call, best of {rounds} rounds in "
           f"turns. ONNX Runtime {onnxruntime.__version__}'s MultiHeadAttention; its call costs "
           f"{1000 * overhead:.1f} µs by itself, which are in its time and in the first ratio.", "",
           "| tokens | fovea | ONNX Runtime | its time ÷ ours | less its call | to reach |",
           "| --- | --- | --- | --- | --- | --- |"]
    lost = []
    for rows, (mine, theirs) in found.items():
        if not mine:
            out.append(f"| {rows} | – | {theirs:.4f} | – | – | {TO_REACH[rows]} |")
            continue
        bare = max(0.0, theirs - overhead)
        out.append(f"| {rows} | {mine:.4f} | {theirs:.4f} | {theirs / mine:.2f} | {bare / mine:.2f} | "
                   f"{TO_REACH[rows]} |")
        if bare < mine:
            lost.append(f"- {rows} tokens: {bare:.4f} ms without its call against our {mine:.4f}")
    if window:
        dense = found[WINDOW_ROWS][1]
        out.append(f"| {WINDOW_ROWS}, window ± {WINDOW} | {window:.4f} | {dense:.4f} (dense) | {dense / window:.2f} | "
                   f"{(dense - overhead) / window:.2f} | {WINDOW_TO_REACH} |")
    return out + ["", "### Rows that we lose", ""] + (lost or ["None." if program else "Not compared."]) + [""]


def main():
    parser = argparse.ArgumentParser(prog="python -m bench.engine.attention")
    parser.add_argument("--program", default="build/release/attention_bench")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=pathlib.Path)
    chosen = parser.parse_args()
    program = chosen.program if os.access(chosen.program, os.X_OK) else None
    if program is None:
        print(f"{chosen.program} is not there: ONNX Runtime alone", file=sys.stderr)
    text = "\n".join(section(program, chosen.rounds))
    print(text)
    if chosen.out:
        chosen.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
