"""What tests with other people's programs share: an interpreter that has the clients, a stub server beside a real
Triton; and what tests/engine/references.py has."""
import contextlib
import os
import pathlib
import socket
import subprocess
import sys

sys.path.append(str(pathlib.Path(__file__).parent.parent / "engine"))
from references import (minilm_folder, modules_or_other_python,  # noqa: E402, F401
                        references_or_other_python, skip)


def clients_or_other_python(*modules):
    modules_or_other_python("FOVEA_CLIENTS_PYTHON", "serve/requirements.txt", *modules)


@contextlib.contextmanager
def both_servers(stub_server):
    """Ports of Triton and of ours: {"http", "grpc"} each."""
    python = os.environ.get("FOVEA_TRITON_PYTHON")
    if not python:
        skip("FOVEA_TRITON_PYTHON names no interpreter that has nvidia-pytriton")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    peer = pathlib.Path(__file__).with_name("triton_peer.py")
    quiet = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([stub_server], **quiet) as server, \
            subprocess.Popen([python, str(peer), str(port)], stderr=subprocess.DEVNULL, **quiet) as triton:
        ours = {"http": int(server.stdout.readline()), "grpc": int(server.stdout.readline())}
        if all(line.strip() != "ready" for line in triton.stdout):  # after what Triton itself has to say
            skip("Triton does not start")
        yield {"http": port, "grpc": port + 1}, ours
        server.stdin.close()
        triton.stdin.close()
