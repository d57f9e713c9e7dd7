"""What tests with other people's programs share: an interpreter that has the clients, a stub server beside a real
Triton; and what tests/engine/references.py has."""
import contextlib
import os
import pathlib
import socket
import subprocess
import sys
import threading

sys.path.append(str(pathlib.Path(__file__).parent.parent / "engine"))
from references import (minilm_folder, modules_or_other_python,  # noqa: E402, F401
                        references_or_other_python, skip)


def clients_or_other_python(*modules):
    modules_or_other_python("FOVEA_CLIENTS_PYTHON", "serve/requirements.txt", *modules)


def free_ports(count):
    """The first of as many in a row that nobody has."""
    for _ in range(100):
        with contextlib.ExitStack() as held:
            try:
                first = 0
                for more in range(count):
                    each = held.enter_context(socket.socket())
                    each.bind(("127.0.0.1", first + more if first else 0))
                    first = first or each.getsockname()[1]
                return first
            except (OSError, OverflowError):
                continue
    sys.exit(f"no {count} free ports in a row")


def start_triton(script):
    """A real Triton as that script starts it, and its port: HTTP's; gRPC has the next. Another program may take a port
    in between, so it is tried again; where it does not start at all, that is a failure."""
    python = os.environ.get("FOVEA_TRITON_PYTHON")
    if not python:
        skip("FOVEA_TRITON_PYTHON names no interpreter that has nvidia-pytriton")
    for _ in range(3):
        port, said = free_ports(3), []
        triton = subprocess.Popen([python, str(pathlib.Path(__file__).with_name(script)), str(port)],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in triton.stdout:  # after what Triton itself has to say
            if line.strip() == "ready":
                threading.Thread(target=triton.stdout.read, daemon=True).start()
                return triton, port
            said.append(line)
        triton.wait(60)
    sys.exit("Triton does not start:\n" + "".join(said[-30:]))


@contextlib.contextmanager
def beside_triton(stub_server, script):
    """Triton's port and the stub server's ports."""
    triton, port = start_triton(script)
    with triton, subprocess.Popen([stub_server], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        yield port, [int(server.stdout.readline()) for _ in range(2)]
        server.stdin.close()
        triton.stdin.close()


@contextlib.contextmanager
def both_servers(stub_server):
    """Ports of Triton and of ours: {"http", "grpc"} each."""
    with beside_triton(stub_server, "triton_peer.py") as (triton, ours):
        yield {"http": triton, "grpc": triton + 1}, {"http": ours[0], "grpc": ours[1]}
