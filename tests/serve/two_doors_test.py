"""One server asked over both of its doors: HTTP, and gRPC with tritonclient.

usage: two_doors_test.py TINY_MODEL. A canary's sticky key is the same key over both; the exact cache answers one door
with what the other asked, and counts it in the statistics of both; a version is loaded beside another over gRPC; with a
flow beside the models the probes of both say ready, and while it drains neither does.
FOVEA_CLIENTS_PYTHON names an interpreter that has tritonclient, where this one has not. Exit 99: skipped.
"""
import json
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from peers import clients_or_other_python

clients_or_other_python("tritonclient.grpc", "numpy")
import numpy as np  # noqa: E402
import tritonclient.grpc as triton  # noqa: E402
from serving import Server  # noqa: E402
from tritonclient.grpc import service_pb2  # noqa: E402

KEYS = [f"user-{number}" for number in range(40)]
MODELS = """
cache: 16MiB
models:
  - m:
      from: ./m
      versions: { candidate: ./other }
      canary: { version: candidate, steps: [50%, 100%], every: 24h, gate: { samples: 1000000 } }
  - kept: { from: ./other }
"""


def over_http(server, model, text, key=None):
    body = {"inputs": [{"name": "text", "shape": [1], "datatype": "BYTES", "data": [text]}]}
    status, reply = server.post(f"/v2/models/{model}/infer", body, {"x-routing-key": key} if key else {})
    assert status == 200, reply
    return reply["model_version"], np.array(reply["outputs"][0]["data"], np.float32)


def over_grpc(client, model, text, key=None):
    tensor = triton.InferInput("text", [1], "BYTES")
    tensor.set_data_from_numpy(np.array([text.encode()], dtype=object))
    reply = client.infer(model, [tensor], headers={"x-routing-key": key} if key else None)
    embedding = reply.get_output("embedding") and reply.as_numpy("embedding")
    return reply.get_response().model_version, embedding.reshape(-1)


def wait_for_canary(server):
    for _ in range(200):
        stats = json.loads(server.ask("GET", "/v2/models/m/stats")[2])["model_stats"][0]
        if stats["rollout"]["canary"]["state"] == "running":
            return
        time.sleep(0.1)
    sys.exit(f"the canary does not begin: {stats['rollout']}")


def sticky_keys(server, client):
    wait_for_canary(server)
    versions = {}
    for key in KEYS:
        asked = [over_http(server, "m", "a text", key), over_grpc(client, "m", "a text", key),
                 over_grpc(client, "m", "another", key), over_http(server, "m", "a third", key)]
        assert len({version for version, _ in asked}) == 1, (key, [version for version, _ in asked])
        assert np.array_equal(asked[0][1], asked[1][1]), key
        versions.setdefault(asked[0][0], []).append(key)
    assert len(versions) == 2, versions
    # Half of the keys: of 40, 6 to 34 is within 4.4 standard deviations.
    assert all(6 <= len(keys) <= 34 for keys in versions.values()), versions
    rows = [over_grpc(client, "m", "a text", keys[0])[1] for keys in versions.values()]
    assert not np.array_equal(*rows), "both versions answer alike: nothing was tested"


def cache_counts(server, client):
    status, _, body = server.ask("GET", "/v2/models/kept/stats")
    assert status == 200, body
    stats = json.loads(body)["model_stats"][0]["inference_stats"]
    http = tuple(stats[name]["count"] for name in ("cache_hit", "cache_miss"))
    stats = client.get_inference_statistics("kept").model_stats[0].inference_stats
    assert (stats.cache_hit.count, stats.cache_miss.count) == http, (stats, http)
    return http


def cached_answers(server, client):
    assert cache_counts(server, client) == (0, 0)
    first = over_http(server, "kept", "the same text")
    assert cache_counts(server, client) == (0, 1)
    again = over_grpc(client, "kept", "the same text")
    assert cache_counts(server, client) == (1, 1)
    assert np.array_equal(first[1], again[1])
    over_grpc(client, "kept", "something else")
    assert cache_counts(server, client) == (1, 2)
    over_http(server, "kept", "something else")
    over_http(server, "kept", "the same text")
    assert cache_counts(server, client) == (3, 2)


def loads_a_version(client, grpc_stub, folder):
    request = service_pb2.RepositoryModelLoadRequest(model_name="numbered")
    grpc_stub(request)
    assert client.is_model_ready("numbered", "2") and not client.is_model_ready("numbered", "1"), folder
    request.parameters["version"].string_param = "1"
    grpc_stub(request)
    assert client.is_model_ready("numbered", "2") and client.is_model_ready("numbered", "1")


def health(client, service=b""):
    """1: SERVING, 2: NOT_SERVING; HealthCheckRequest and -Response have one field each."""
    check = client._channel.unary_unary("/grpc.health.v1.Health/Check")
    answer = check(b"\x0a" + bytes([len(service)]) + service if service else b"", timeout=20)
    assert answer[:1] == b"\x08", answer
    return answer[1]


def drains(server, client):
    """A request that its service never answers holds the end up: meanwhile nothing is ready, over both doors."""
    assert server.ask("GET", "/v2/health/ready")[0] == 200
    assert client.is_server_ready() and health(client) == 1
    body = {"inputs": [{"name": "text", "shape": [1], "datatype": "BYTES", "data": ["four"]}]}
    told = []
    asking = threading.Thread(target=lambda: told.append(
        server.post("/v2/models/far/infer", body, {"x-request-timeout-ms": "4000"})[0]))
    asking.start()
    time.sleep(1)
    server.process.send_signal(signal.SIGTERM)
    assert server.hears("SIGTERM received"), server.said
    until = time.monotonic() + 2
    while health(client) == 1 and time.monotonic() < until:
        time.sleep(0.02)
    assert health(client) == 2 and not client.is_server_ready()
    assert server.ask("GET", "/v2/health/ready")[0] == 503
    asking.join(20)
    assert told == [504], told


def main():
    with tempfile.TemporaryDirectory() as kept:
        folder = pathlib.Path(kept)
        (folder / "models" / "numbered").mkdir(parents=True)
        for place, variant in (("m", "0"), ("other", "1"), ("models/numbered/1", "0"), ("models/numbered/2", "1")):
            subprocess.run([sys.argv[1], str(folder / place), "0", variant], check=True)
        (folder / "models.yaml").write_text(MODELS)
        (folder / "routing.csv").write_text("event.amount,=> queue\n-,general\n")
        (folder / "support.yaml").write_text("flow: support\nversion: 1\nsource: { http: support }\n"
                                             "steps:\n  - decide: ./routing.csv\n")
        silent = socket.create_server(("127.0.0.1", 0), backlog=16)
        (folder / "far.yaml").write_text(f"remote: tei\nurl: http://127.0.0.1:{silent.getsockname()[1]}\nmodel: m\n"
                                         "task: embedding\nwidth: 4\n")
        server = Server(str(folder / "support.yaml"), "--models-file", str(folder / "models.yaml"), "--models",
                        str(folder / "models"), "--model", f"far={folder}/far.yaml", "--grpc", "127.0.0.1:0")
        client = triton.InferenceServerClient(f"127.0.0.1:{server.grpc_port}")
        sticky_keys(server, client)
        cached_answers(server, client)
        loads_a_version(client, client._client_stub.RepositoryModelLoad, folder)
        drains(server, client)
        client.close()
        assert server.process.wait(30) == 128 + signal.SIGTERM
    print(f"{len(KEYS)} keys keep their version over both doors; the cache counts both")


main()
