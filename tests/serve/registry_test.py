"""Models of real registries, pulled and served by the whole program.

MLflow's server (PyPI) holds a registered model with an alias, with and without a password; moto (PyPI) with its
signature checks on, and versitygw (Go) where it could be built, hold one behind an S3 API. Each is pulled by `fovea
models pull` and served by `fovea serve --model NAME=ADDRESS`; answers are those of the folder itself. An alias that
moves is followed. FOVEA_REGISTRIES_PYTHON has mlflow, moto and boto3; FOVEA_VERSITYGW names the gateway. Exit 99: no
such environment.
"""
import base64
import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

FOVEA = os.environ["FOVEA_BIN"]
PYTHON = os.environ.get("FOVEA_REGISTRIES_PYTHON")
TEXTS = ["the cat sat", "dog", "an apple a day"]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def fetch(url, body=None, method=None, headers=None):
    data = json.dumps(body).encode() if isinstance(body, dict) else body
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **(headers or {})}, method=method)
    with urllib.request.urlopen(request, timeout=60) as response:
        return response.read()


def wait_for(what, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(Exception):
            if what():
                return
        time.sleep(0.2)
    sys.exit("waited in vain")


@contextlib.contextmanager
def running(command, ready, env=None):
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **(env or {})})
        try:
            wait_for(lambda: process.poll() is not None or fetch(ready) is not None)
            if process.poll() is not None:
                log.seek(0)
                sys.exit(f"{command[0]} did not start:\n{log.read().decode(errors='replace')[-3000:]}")
            yield
        finally:
            process.terminate()
            process.wait(60)


@contextlib.contextmanager
def serving(*arguments, env=None):
    server = subprocess.Popen([FOVEA, "serve", "--http", "127.0.0.1:0", "--threads", "1", *arguments],
                              stderr=subprocess.PIPE, text=True, env={**os.environ, **(env or {})})
    try:
        lines = []
        for line in server.stderr:
            lines.append(line)
            if found := re.search(r"listening on port (\d+)", line):
                break
        else:
            sys.exit("the server did not start: " + "".join(lines))
        yield f"http://127.0.0.1:{found[1]}"
    finally:
        server.terminate()
        server.communicate(timeout=60)


def answers(url, model="m", version=""):
    body = {"inputs": [{"name": "text", "shape": [len(TEXTS)], "datatype": "BYTES", "data": TEXTS}]}
    path = f"/v2/models/{model}" + (f"/versions/{version}" if version else "") + "/infer"
    reply = json.loads(fetch(url + path, body))
    return reply["model_version"], reply["outputs"][0]["data"]


def pull(address, env, *more, want=0):
    done = subprocess.run([FOVEA, "models", "pull", address, "--json", *more], capture_output=True, text=True,
                          env={**os.environ, **env}, check=False)
    assert done.returncode == want, (address, done.returncode, done.stdout, done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def same_files(folder, pulled):
    mine = {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    theirs = {p.relative_to(pulled): p.read_bytes() for p in pathlib.Path(pulled).rglob("*") if p.is_file()}
    assert mine == theirs, (sorted(mine), sorted(theirs))


class Registry:
    """MLflow's REST registry as its clients use it."""

    def __init__(self, url, headers=None):
        self.url, self.headers = url, headers or {}

    def call(self, path, body, method="POST"):
        return json.loads(fetch(f"{self.url}/api/2.0/mlflow/{path}", body, method, self.headers))

    def create(self, name):
        self.call("registered-models/create", {"name": name})

    def add(self, name, folder, flavour=False):
        run = self.call("runs/create", {"experiment_id": "0"})["run"]["info"]["run_id"]
        root = f"0/{run}/artifacts/model"
        for path in folder.rglob("*"):
            if path.is_file():
                place = str(path.relative_to(folder))
                if flavour:
                    place = ("components/tokenizer/" if "tokenizer" in place or "vocab" in place else "model/") + place
                self.put(root, place, path.read_bytes())
        if flavour:
            self.put(root, "MLmodel", b"flavors:\n  transformers: {}\n")
        made = self.call("model-versions/create",
                         {"name": name, "source": f"mlflow-artifacts:/{root}", "run_id": run})
        return made["model_version"]["version"]

    def put(self, root, place, data):
        fetch(f"{self.url}/api/2.0/mlflow-artifacts/artifacts/{root}/{place}", data, "PUT", self.headers)

    def point(self, name, alias, version):
        self.call("registered-models/alias", {"name": name, "alias": alias, "version": version})


def check_mlflow(work, first, second):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [PYTHON, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
               "--backend-store-uri", f"sqlite:///{work}/mlflow.db", "--artifacts-destination", f"{work}/artifacts"]
    with running(command, f"{url}/health", {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}):
        registry = Registry(url)
        registry.create("my intents")
        registry.point("my intents", "champion", registry.add("my intents", first))
        flat = registry.add("my intents", second, flavour=True)
        env = {"MLFLOW_TRACKING_URI": url, "FOVEA_CACHE": f"{work}/cache-mlflow"}
        pulled = pull("mlflow://my intents@champion", env)
        same_files(first, pulled["folder"])
        assert pull("mlflow://my intents/1", env)["bytes"] == 0, "known by its version"
        pull("mlflow://my intents/9", env, want=2)
        pull("mlflow://my intents@nobody", env, want=2)
        with serving("--model", f"m={first}", "--model", f"n={second}") as local:
            want, want_second = answers(local)[1], answers(local, "n")[1]
        with serving("--model", "m=mlflow://my intents@champion", "--refresh", "200ms", env=env) as here:
            assert answers(here) == ("1", want)
            registry.point("my intents", "champion", flat)
            wait_for(lambda: answers(here)[0] == flat, 30)
            assert answers(here)[1] == want_second, "the flavour's folders are laid into one"
            index = json.loads(fetch(here + "/v2/repository/index", b"", "POST"))
            assert [each["version"] for each in index] == [flat], index
    with serving("--model", "m=mlflow://my intents@champion", env=env) as here:
        assert answers(here) == (flat, want_second), "without the registry, what it last said"
    print("mlflow: pulled by alias and version, an alias that moved was followed, served without the registry")


def check_mlflow_with_a_password(work, folder):
    port, work = free_port(), work / "auth"
    url, password = f"http://127.0.0.1:{port}", "a long passphrase: #1"
    work.mkdir()
    (work / "auth.ini").write_text("[mlflow]\ndefault_permission = NO_PERMISSIONS\nadmin_username = admin\n"
                                   f"database_uri = sqlite:///{work}/users.db\n"
                                   "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n")
    command = [PYTHON, "-m", "mlflow", "server", "--app-name", "basic-auth", "--host", "127.0.0.1", "--port", str(port),
               "--workers", "1", "--backend-store-uri", f"sqlite:///{work}/mlflow.db",
               "--artifacts-destination", f"{work}/artifacts"]
    with running(command, f"{url}/health", {
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_AUTH_CONFIG_PATH": str(work / "auth.ini"),
            "MLFLOW_AUTH_ADMIN_PASSWORD": password, "MLFLOW_FLASK_SERVER_SECRET_KEY": "for this test"}):
        pair = base64.b64encode(f"admin:{password}".encode()).decode()
        registry = Registry(url, {"Authorization": f"Basic {pair}"})
        registry.create("guarded")
        registry.point("guarded", "champion", registry.add("guarded", folder))
        env = {"MLFLOW_TRACKING_URI": url, "MLFLOW_TRACKING_USERNAME": "admin", "MLFLOW_TRACKING_PASSWORD": password,
               "FOVEA_CACHE": f"{work}/cache"}
        same_files(folder, pull("mlflow://guarded@champion", env)["folder"])
        elsewhere = {**env, "FOVEA_CACHE": f"{work}/cache-refused"}
        for wrong in ({"MLFLOW_TRACKING_PASSWORD": "another passphrase"}, {"MLFLOW_TRACKING_USERNAME": ""}):
            refused = pull("mlflow://guarded@champion", {**elsewhere, **wrong}, want=1)
            assert "401" in json.dumps(refused), refused
            assert "passphrase" not in json.dumps(refused), refused
    print("mlflow with a password: pulled; without it and with a wrong one refused, nothing of it said")


def s3_client(endpoint, key, secret):
    return [PYTHON, "-c", f"""
import boto3, pathlib, sys
from botocore.config import Config
s = boto3.client("s3", endpoint_url="{endpoint}", region_name="us-east-1", aws_access_key_id="{key}",
                 aws_secret_access_key="{secret}", config=Config(s3={{"addressing_style": "path"}}))
s.create_bucket(Bucket="my-models")
root = pathlib.Path(sys.argv[1])
for path in root.rglob("*"):
    if path.is_file():
        s.put_object(Bucket="my-models", Key="in tents/v+1/" + str(path.relative_to(root)), Body=path.read_bytes(),
                     ChecksumAlgorithm="SHA256")
for i in range(1100):
    s.put_object(Bucket="my-models", Key="many/f%04d.txt" % i, Body=b"x")
"""]


def check_s3(work, name, endpoint, key, secret, folder):
    subprocess.run([*s3_client(endpoint, key, secret), str(folder)], check=True)
    env = {"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret,
           "AWS_REGION": "us-east-1", "FOVEA_CACHE": f"{work}/cache-{name}"}
    address = "s3://my-models/in tents/v+1"
    same_files(folder, pull(address, env)["folder"])
    many = pull("s3://my-models/many", env, "--models", f"{work}/models-{name}", "--name", "many")
    assert len(list(pathlib.Path(many["folder"]).iterdir())) == 1100, "behind the first page, too"
    wrong = {**env, "AWS_SECRET_ACCESS_KEY": "wrongwrongwrong", "FOVEA_CACHE": f"{work}/cache-wrong-{name}"}
    refused = pull(address, wrong, want=1)
    assert "wrongwrongwrong" not in json.dumps(refused), refused
    pull("s3://my-models/nothing/here", env, want=2)
    with serving("--model", f"m={folder}") as local, serving("--model", f"m={address}", env=env) as here:
        assert answers(here)[1] == answers(local)[1]
    print(f"{name}: pulled with spaces in its keys and over pages, a wrong secret was refused, served")


def check_moto(work, folder):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [PYTHON, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with running(command, f"{url}/moto-api/", {"INITIAL_NO_AUTH_ACTION_COUNT": "3"}):
        made = subprocess.run([PYTHON, "-c", f"""
import boto3, json
i = boto3.client("iam", endpoint_url="{url}", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y")
i.create_user(UserName="u"); k = i.create_access_key(UserName="u")["AccessKey"]
i.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=json.dumps({{"Version": "2012-10-17", "Statement":
                  [{{"Effect": "Allow", "Action": "*", "Resource": "*"}}]}}))
print(k["AccessKeyId"], k["SecretAccessKey"])
"""], check=True, capture_output=True, text=True).stdout.split()
        check_s3(work, "moto", url, made[0], made[1], folder)


def check_versitygw(work, gateway, folder):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    (work / "s3").mkdir()
    command = [gateway, "--port", f"127.0.0.1:{port}", "--health", "/healthz", "posix", str(work / "s3")]
    with running(command, f"{url}/healthz", {"ROOT_ACCESS_KEY": "testkey", "ROOT_SECRET_KEY": "testsecret1"}):
        check_s3(work, "versitygw", url, "testkey", "testsecret1", folder)


def make_models(work):
    """Two tiny models, of the program that makes them for the tests of `fovea serve`."""
    maker = sys.argv[1]
    for name, labels in (("first", "0"), ("second", "0")):
        subprocess.run([maker, str(work / name), labels, "1" if name == "second" else "0"], check=True)
    return work / "first", work / "second"


def main():
    if not PYTHON:
        print("skipped: FOVEA_REGISTRIES_PYTHON names no environment with mlflow, moto and boto3")
        sys.exit(99)
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        first, second = make_models(work)
        check_mlflow(work, first, second)
        check_mlflow_with_a_password(work, first)
        check_moto(work, first)
        gateway = os.environ.get("FOVEA_VERSITYGW") or shutil.which("versitygw")
        if gateway:
            check_versitygw(work, gateway, first)
        else:
            print("versitygw: not there, left out")


if __name__ == "__main__":
    main()
