"""`fovea serve` in front of real servers of other people: what they answer comes through our doors.

usage: remote_peers_test.py triton|mlserver|ray. Each is a model that gives the rows of triton_peer.py.
FOVEA_TRITON_PYTHON, FOVEA_MLSERVER_PYTHON and FOVEA_RAY_PYTHON name interpreters that have them. Exit 99: skipped.
"""
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import peers

HERE = pathlib.Path(__file__).resolve().parent
TEXTS = ["hello world", "you", "a somewhat longer text of some words", "Grüße, 你好", "\"quotes\" and\nlines"]
LABELS = "task: classification\nlabels: [negative, neutral, positive]\n"
SCORER = """
import sys
sys.path.insert(0, {here!r})
from triton_peer import row
"""
MLSERVER = SCORER + """
from mlserver import MLModel
from mlserver.codecs import NumpyCodec, StringCodec
from mlserver.types import InferenceResponse
import numpy as np


class Sentiment(MLModel):
    async def predict(self, request):
        texts = StringCodec.decode_input(request.inputs[0])
        rows = np.array([row(each.encode()) for each in texts], dtype=np.float32).reshape(-1, 3)
        return InferenceResponse(model_name=self.name, outputs=[NumpyCodec.encode_output("logits", rows)])
"""
RAY = SCORER + """
import os
import signal
import ray
from ray import serve


@serve.deployment(num_replicas=1, ray_actor_options={{"num_cpus": 0.1}})
class Sentiment:
    async def __call__(self, request):
        return {{"rows": [[float(v) for v in row(each.encode())] for each in (await request.json())["texts"]]}}


ray.init(num_cpus=1, include_dashboard=False, object_store_memory=80 * 1024 * 1024, _node_ip_address="127.0.0.1",
         configure_logging=False)
serve.start(http_options={{"host": "127.0.0.1", "port": int(sys.argv[1])}}, proxy_location="HeadOnly")
serve.run(Sentiment.bind(), route_prefix="/d")
os.write(1, b"\\nready\\n")


def stop(*_):
    serve.shutdown()
    ray.shutdown()
    sys.exit(0)


signal.signal(signal.SIGTERM, stop)
signal.pause()
"""


def wait_until(answers, seconds):
    for _ in range(seconds * 5):
        if answers():
            return True
        time.sleep(0.2)
    return False


def ask(port, method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read(), response.headers
    except OSError:
        return 0, b"", {}
    finally:
        connection.close()


def start_triton(_):
    peer, port = peers.start_triton("triton_peer.py")
    v2 = f"remote: v2\nurl: http://127.0.0.1:{port}\nmodel: sentiment\n{LABELS}"
    grpc = f"remote: v2-grpc\nurl: grpc://127.0.0.1:{port + 1}\nmodel: sentiment\n{LABELS}"
    files = {"json": v2, "binary": v2 + "tensors: { binary: true }\n", "probabilities": v2 + "gives: probabilities\n",
             "grpc": grpc}
    return True, files, peer, peer.stdin.close


def start_mlserver(folder):
    port = peers.free_ports(1)
    (folder / "model.py").write_text(MLSERVER.format(here=str(HERE)))
    (folder / "model-settings.json").write_text('{"name": "sentiment", "implementation": "model.Sentiment"}')
    grpc_port = peers.free_ports(1)
    (folder / "settings.json").write_text(json.dumps(
        {"host": "127.0.0.1", "http_port": port, "grpc_port": grpc_port, "metrics_port": peers.free_ports(1),
         "parallel_workers": 0, "debug": False}))
    program = pathlib.Path(os.environ["FOVEA_MLSERVER_PYTHON"]).with_name("mlserver")
    peer = subprocess.Popen([str(program), "start", "."], cwd=folder, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)
    ready = wait_until(lambda: ask(port, "GET", "/v2/models/sentiment/ready")[0] == 200, 120)
    files = {"json": f"remote: v2\nurl: http://127.0.0.1:{port}\nmodel: sentiment\n{LABELS}",
             "grpc": f"remote: v2-grpc\nurl: grpc://127.0.0.1:{grpc_port}\nmodel: sentiment\n{LABELS}"}
    return ready, files, peer, peer.terminate


def start_ray(folder):
    port = peers.free_ports(1)
    (folder / "run.py").write_text(RAY.format(here=str(HERE)))
    environment = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0", "RAY_TMPDIR": tempfile.mkdtemp(prefix="r", dir="/tmp"),
                   "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60",  # of a machine that does other things, too
                   "PYTHONPATH": str(HERE)}  # for its workers
    with open(folder / "said", "w", encoding="utf-8") as said:
        peer = subprocess.Popen([os.environ["FOVEA_RAY_PYTHON"], str(folder / "run.py"), str(port)], env=environment,
                                stdout=subprocess.PIPE, stderr=said, text=True)
    ready = any(line.strip() == "ready" for line in peer.stdout)
    files = {"json": f"remote: ray-serve\nurl: http://127.0.0.1:{port}/d\n{LABELS}"
                     "json: { input: /texts, output: /rows }\n"}
    return ready, files, peer, peer.terminate


def start_fovea(folder, files):
    arguments = []
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text + "breaker: { failures: 2, pause: 1s }\n")
        arguments += ["--model", f"{name}={folder / name}.yaml"]
    server = subprocess.Popen([os.environ["FOVEA_BIN"], "serve", *arguments, "--http", "127.0.0.1:0"],
                              stderr=subprocess.PIPE, text=True)
    for line in server.stderr:
        if found := re.search(r"listening on port (\d+)", line):
            return server, int(found[1])
    sys.exit("fovea did not start")


def infer(port, name, texts):
    body = {"inputs": [{"name": "text", "shape": [len(texts)], "datatype": "BYTES", "data": texts}],
            "outputs": [{"name": "probabilities"}]}
    status, text, headers = ask(port, "POST", f"/v2/models/{name}/infer", json.dumps(body))
    return status, json.loads(text) if text else {}, headers


def probabilities(text):
    import math
    total = 0
    ids = [1]
    for word in text.encode().split(b" "):
        if word and len(ids) < 15:
            value = 0
            for byte in word:
                value = (value * 31 + byte) % 80
            ids.append(10 + value)
    for each in ids + [2]:
        total = total * 7 + each
    powers = [math.exp((total % 1009 * (i + 1)) % 17 / 8 - 1) for i in range(3)]
    return [each / sum(powers) for each in powers]


def check(port, files):
    seen = 0
    for name in files:
        status, answer, _ = infer(port, name, TEXTS)
        assert status == 200, (name, status, answer)
        data = answer["outputs"][0]["data"]
        for i, text in enumerate(TEXTS):
            want = probabilities(text)
            for k in range(3):
                assert abs(data[3 * i + k] - want[k]) < 1e-4, (name, text, data, want)
            seen += 1
        status, answer, _ = infer(port, name, [TEXTS[0]] * 100)  # cut into requests of 32
        assert status == 200 and len(answer["outputs"][0]["data"]) == 300, (name, status, answer)
    return seen


def main():
    which = sys.argv[1]
    if not os.environ.get(f"FOVEA_{which.upper()}_PYTHON"):
        print(f"skipped: FOVEA_{which.upper()}_PYTHON names no interpreter")
        sys.exit(99)
    if which == "ray" and os.environ.get("FOVEA_IN_NAMESPACE") != "1":  # it binds all interfaces, whatever it is told
        if not shutil.which("unshare") or subprocess.run(["unshare", "-n", "true"], check=False).returncode:
            print("skipped: no network namespace can be made, and Ray binds all interfaces")
            sys.exit(99)
        os.environ["FOVEA_IN_NAMESPACE"] = "1"
        os.execvp("unshare", ["unshare", "-n", "bash", "-c", "ip link set lo up; exec \"$@\"", "bash", sys.executable,
                              *sys.argv])
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fovea_peer_"))
    ready, files, peer, stop = {"triton": start_triton, "mlserver": start_mlserver, "ray": start_ray}[which](folder)
    server = None
    try:
        if not ready:
            if (folder / "said").exists():
                print("\n".join((folder / "said").read_text(encoding="utf-8").splitlines()[-20:]))
            sys.exit(f"{which} does not start")
        server, port = start_fovea(folder, files)
        seen = check(port, files)
        stop()
        peer.wait(60)
        for name in files:
            for _ in range(3):  # the peer is gone: each request says so, soon
                begun = time.monotonic()
                status, answer, headers = infer(port, name, ["x"])
                assert status == 503, (name, status, answer)
                assert time.monotonic() - begun < 20
            assert headers.get("Retry-After"), (name, dict(headers))  # the circuit is open
        print(f"{which}: {seen} rows equal in {len(files)} ways of asking; gone, it is 503: {answer['error'][:120]}")
    finally:
        if server:
            server.send_signal(signal.SIGTERM)
            server.wait(60)
        if peer.poll() is None:
            peer.kill()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
