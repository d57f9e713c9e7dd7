"""MiniLM-L6 through `fovea serve`, in the engine and as an exported graph in ONNX Runtime and OpenVINO: the same door,
the same open-loop load, one worker each. Prints a table in Markdown, with the rows that we lose.

usage: graph_backends.py MODEL_FOLDER GRAPH_FOLDER [SECONDS [mixed|short]...]. MODEL_FOLDER: the Hugging Face folder;
GRAPH_FOLDER: what tests/serve/bert_onnx.py made of it. FOVEA_BIN names the program, FOVEA_ONNXRUNTIME and
FOVEA_OPENVINO the libraries. Run it on a machine that has nothing else to do; the load's sender takes a second core.
CPU ms are the server's for one text, its door included.
"""
import json
import math
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

OBJECTIVE_MS = 100
QUIET_RATE = 10
ROUNDS = 4  # that alternate; the first warms up, the best of the others counts


def contenders(model, graph):
    yield "engine, fp32", model, ("--precision", "fp32")
    yield "engine, int8", model, ("--precision", "int8")
    yield "ONNX Runtime, fp32", f"onnxruntime:{graph}", ()
    yield "OpenVINO, fp32", f"openvino:{graph}", ()


def lengths(kind):
    """Token counts, seeded: messages of support desks (lognormal, median 15, p95 200) or short ones (13, 31)."""
    seeded = random.Random(1)
    median, high = (15, 200) if kind == "mixed" else (13, 31)
    sigma = math.log(high / median) / 1.645
    return [max(3, min(256, round(seeded.lognormvariate(math.log(median), sigma)))) for _ in range(2000)]


def serve(place, options):
    words = [os.environ["FOVEA_BIN"], "serve", "--http", "127.0.0.1:0", "--threads", "1", *options]
    words += ["--model", f"m={place}"]
    server = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    for line in server.stderr:
        if found := re.search(r"listening on port (\d+)", line):
            return server, int(found[1])
    sys.exit("the server did not start")


def load(port, rate, seconds, file, *more):
    done = subprocess.run(
        [os.environ["FOVEA_BIN"], "bench", "load", "--url", f"http://127.0.0.1:{port}", "--model", "m",
         "--rate", str(rate), "--duration", f"{seconds}s", "--objective", str(OBJECTIVE_MS), "--threads", "1",
         "--lengths", file, "--json", *more], capture_output=True, text=True)
    figures = json.loads(done.stdout)
    if "admitted" not in figures:
        sys.exit(f"the load failed: {figures}")
    return figures


def cpu_ms(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def rss(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) // 1024


def alone(server, port, seconds, file):
    """CPU ms of a text, and latencies, at a rate that leaves the server idle most of the time."""
    before = cpu_ms(server.pid)
    figures = load(port, QUIET_RATE, seconds, file)
    latency = figures["latency_ms"]
    return (cpu_ms(server.pid) - before) / figures["admitted"], latency["p50"], latency["p99"]


def overloaded(port, seconds, file):
    timeout = ("--timeout-ms", str(OBJECTIVE_MS))
    rate = 200
    figures = load(port, rate, seconds, file, *timeout)
    while figures["goodput"] > 0.7 * rate and rate < 10000:  # not yet
        rate *= 2
        figures = load(port, rate, seconds, file, *timeout)
    return figures


def table(model, graph, seconds, kind):
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(map(str, lengths(kind))) + "\n")
        file.flush()
        servers = {name: serve(place, options) for name, place, options in contenders(model, graph)}
        try:
            rounds = []
            for _ in range(ROUNDS):
                rounds.append({name: alone(*each, seconds, file.name) for name, each in servers.items()})
            print(f"\n{kind} lengths\n\n| backend | CPU ms | p50 ms alone | p99 ms alone | "
                  "in time a second, overloaded | its p99 ms | RSS MiB |\n" + "| --- " * 7 + "|")
            for name, (server, port) in servers.items():
                cpu, p50, p99 = (min(column) for column in zip(*(each[name] for each in rounds[1:])))
                full = overloaded(port, seconds, file.name)
                print(f"| {name} | {cpu:.1f} | {p50:.1f} | {p99:.1f} | {full['goodput']:.0f} | "
                      f"{full['latency_ms']['p99']:.0f} | {rss(server.pid)} |", flush=True)
        finally:
            for server, _ in servers.values():
                server.terminate()
                server.wait(30)


def main():
    model, graph = sys.argv[1:3]
    for kind in sys.argv[4:] or ("mixed", "short"):
        table(model, graph, int(sys.argv[3]) if len(sys.argv) > 3 else 8, kind)


main()
