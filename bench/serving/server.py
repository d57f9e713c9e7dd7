"""What the benchmark asks of a server: to start, to say where it listens and what it speaks, to stop.

A server is one short file: ours.py, triton.py, ray_serve.py; contenders.py lists them.
"""
import dataclasses
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


@dataclasses.dataclass
class Limits:
    """What a server may be told for the run beyond its capacity."""
    capacity: float  # requests a second, as measured
    objective_ms: float


class Server:
    name = ""          # of its rows
    doors = ("v2",)    # protocols of `fovea bench load` that it answers
    model = "m"        # its name on the wire
    flags = ()         # of `fovea bench load`, besides
    together = "as many as it likes"  # how it groups requests

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fovea_serving_"))
        self.process = None

    def version(self):
        raise NotImplementedError

    def start(self, limits=None):
        """`limits`: how it is to refuse; None: it shall take what comes."""
        raise NotImplementedError

    def url(self, door):
        raise NotImplementedError

    def launch(self, words, **environment):
        log = (self.folder / "log").open("w")
        self.process = subprocess.Popen([str(word) for word in words], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                        cwd=ROOT, start_new_session=True,
                                        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment})

    def wait_until(self, ready, seconds=240):
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.process.poll() is None:
            if ready():
                return
            time.sleep(0.1)
        lines = (self.folder / "log").read_text(errors="replace").splitlines()[-20:]
        sys.exit(f"{self.name} did not start:\n" + "\n".join(lines))

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None


def free_ports(count):
    held = [socket.socket() for _ in range(count)]
    for each in held:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


def ask(port, method, path, body=None):
    """(status, text); (0, "") where nothing answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read().decode()
    except OSError:
        return 0, ""
    finally:
        connection.close()


def embed(server, text):
    """A text's embedding, through the door that the load goes through."""
    port = int(server.url(server.doors[0]).rsplit(":", 1)[1])
    if server.doors[0] == "tei":
        status, answer = ask(port, "POST", "/embed", json.dumps({"inputs": [text], "truncate": True}))
        rows = json.loads(answer) if status == 200 else None
    else:
        shape = [1, 1] if "--batched" in server.flags else [1]
        tensor = {"name": "text", "shape": shape, "datatype": "BYTES", "data": [text]}
        status, answer = ask(port, "POST", f"/v2/models/{server.model}/infer", json.dumps({"inputs": [tensor]}))
        rows = [json.loads(answer)["outputs"][0]["data"]] if status == 200 else None
    if not rows:
        sys.exit(f"{server.name} answers {status}: {answer[:300]}")
    return rows[0]
