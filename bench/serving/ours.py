"""fovea: `fovea serve`, one thread that computes."""
import os
import re
import subprocess

from .server import Server

BIN = os.environ.get("FOVEA_BIN", "build/release/fovea")


def speaks_grpc():
    said = subprocess.run([BIN, "serve", "--help"], capture_output=True, text=True, check=True)
    return "--grpc" in said.stdout


class Fovea(Server):
    """`place`: a folder, or "null". It needs no limits: it refuses what it could not answer by the deadline."""

    def __init__(self, place, precision=""):
        super().__init__()
        self.place, self.precision = place, precision
        self.name = f"fovea, {precision}" if precision else "fovea"
        self.together = "up to 256 tokens, not padded"
        self.grpc = place == "null" and speaks_grpc()
        self.doors = ("v2", "v2-grpc") if self.grpc else ("v2",)
        self.ports = {}

    def version(self):
        said = subprocess.run([BIN, "--version"], capture_output=True, text=True, check=False).stdout.strip()
        return said if said.startswith("fovea") else f"fovea {said}"

    def start(self, limits=None):
        words = [BIN, "serve", "--model", f"m={self.place}", "--http", "127.0.0.1:0", "--threads", "1"]
        words += ["--precision", self.precision] if self.precision else []
        words += ["--grpc", "127.0.0.1:0"] if self.grpc else []
        self.launch(words)
        self.wait_until(self.ready)

    def ready(self):
        said = (self.folder / "log").read_text()
        ports = {"v2": re.search(r"listening on port (\d+)", said)}
        if self.grpc:
            ports["v2-grpc"] = re.search(r"gRPC on port (\d+)", said)
        self.ports = {door: int(found[1]) for door, found in ports.items() if found}
        return len(self.ports) == len(ports)

    def url(self, door):
        return f"http://127.0.0.1:{self.ports[door]}"
