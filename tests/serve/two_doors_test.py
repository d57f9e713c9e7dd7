"""One server asked over both of its doors: HTTP, and gRPC with tritonclient.

usage: two_doors_test.py TINY_MODEL. A canary's sticky key is the same key over both; the exact cache answers one door
with what the other asked, and counts it in the statistics of both; a version is loaded beside another over gRPC.
FOVEA_CLIENTS_PYTHON names an interpreter that has tritonclient, where this one has not. Exit 99: skipped.
"""
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
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


def main():
    with tempfile.TemporaryDirectory() as kept:
        folder = pathlib.Path(kept)
        (folder / "models" / "numbered").mkdir(parents=True)
        for place, variant in (("m", "0"), ("other", "1"), ("models/numbered/1", "0"), ("models/numbered/2", "1")):
            subprocess.run([sys.argv[1], str(folder / place), "0", variant], check=True)
        (folder / "models.yaml").write_text(MODELS)
        server = Server("--models-file", str(folder / "models.yaml"), "--models", str(folder / "models"), "--grpc",
                        "127.0.0.1:0")
        client = triton.InferenceServerClient(f"127.0.0.1:{server.grpc_port}")
        sticky_keys(server, client)
        cached_answers(server, client)
        loads_a_version(client, client._client_stub.RepositoryModelLoad, folder)
        client.close()
        assert server.end(signal.SIGTERM) == 128 + signal.SIGTERM
    print(f"{len(KEYS)} keys keep their version over both doors; the cache counts both")


main()
