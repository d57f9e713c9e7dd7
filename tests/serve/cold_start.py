"""How long it takes from the start of the process to its first answer, and how much memory it takes then.

FOVEA_MODEL names a folder (packed int8 MiniLM for the figure of the design: at most 200 ms), FOVEA_ROUNDS how often;
the median counts. Without FOVEA_MODEL a tiny model shows that it works.
usage: cold_start.py TINY_MODEL
"""
import http.client
import json
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time

FOVEA = os.environ["FOVEA_BIN"]
ROUNDS = int(os.environ.get("FOVEA_ROUNDS", "5"))
BODY = json.dumps({"inputs": [{"name": "text", "shape": [1], "datatype": "BYTES", "data": ["the cat sat"]}]})


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def resident_mib(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def once(model):
    port = free_port()
    begun = time.monotonic()
    server = subprocess.Popen([FOVEA, "serve", "--model", f"m={model}", "--http", f"127.0.0.1:{port}",
                               "--precision", os.environ.get("FOVEA_PRECISION", "fp32")], stderr=subprocess.PIPE)
    try:
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                connection.request("POST", "/v2/models/m/infer", BODY)
                if connection.getresponse().status == 200:
                    return (time.monotonic() - begun) * 1000, resident_mib(server.pid)
            except OSError:
                pass
            assert server.poll() is None and time.monotonic() - begun < 60, server.stderr.read()
            time.sleep(0.001)
    finally:
        server.terminate()
        server.wait(30)


def main():
    with tempfile.TemporaryDirectory() as folder:
        model = os.environ.get("FOVEA_MODEL")
        if not model:
            model = str(pathlib.Path(folder) / "tiny")
            subprocess.run([sys.argv[1], model, "0", "0"], check=True)
        results = [once(model) for _ in range(ROUNDS)]
        print(json.dumps({"first_answer_ms": round(statistics.median(each[0] for each in results), 1),
                          "all_ms": [round(each[0], 1) for each in results],
                          "resident_mib": round(statistics.median(each[1] for each in results), 1)}))


if __name__ == "__main__":
    main()
