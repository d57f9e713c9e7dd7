"""TLS, mutual TLS and keys of the whole program, with certificates of openssl's and curl as the client.

A server whose clients must show a certificate: good ones by their entry, expired ones, ones of another CA, none. Roles,
models and quotas of keys. Certificates and keys that are replaced while it runs. `fovea bench load` through TLS, over
both doors. What may not be listened on.
"""
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time

from serving import BIN, Server

KEYS = """keys:
  - name: reader
    key: {{ env: READER_KEY }}
    role: viewer
  - name: asker
    certificate: dns:asker.example
    role: caller
    models: ["null"]
    quota: {{ requests_per_minute: {quota} }}
  - name: keeper
    key: {{ file: keeper.secret }}
    certificate: uri:spiffe://acme/keeper
    role: operator
"""
ENV = {"READER_KEY": "a-key-for-a-reader-0123456789"}
INFER = json.dumps({"inputs": [{"name": "text", "shape": [1], "datatype": "BYTES", "data": ["four"]}]})


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True)


class Authority:
    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.pem", "-subj", f"/CN={name}")
        (folder / f"{name}.index").write_text("")
        (folder / f"{name}.conf").write_text(
            f"[ca]\ndefault_ca=d\n[d]\ndatabase={folder}/{name}.index\nnew_certs_dir={folder}\nrand_serial=yes\n"
            "default_md=sha256\npolicy=p\nunique_subject=no\ncopy_extensions=copy\n[p]\ncommonName=supplied\n")

    def sign(self, name, names, days=("20200101000000Z", "21000101000000Z")):
        path = f"{self.folder}/{name}"
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                f"{path}.key", "-out", f"{path}.csr", "-subj", f"/CN={name}", "-addext", f"subjectAltName={names}")
        openssl("ca", "-batch", "-notext", "-config", f"{self.folder}/{self.name}.conf", "-cert",
                f"{self.folder}/{self.name}.pem", "-keyfile", f"{self.folder}/{self.name}.key", "-in", f"{path}.csr",
                "-out", f"{path}.pem", "-startdate", days[0], "-enddate", days[1])
        return ["--cert", f"{path}.pem", "--key", f"{path}.key"]


def curl(folder, port, path, *words, body=None):
    """The status, the reply's body and headers; status 0: TLS was refused."""
    order = ["curl", "-s", "-S", "-o", f"{folder}/reply", "-D", f"{folder}/head", "-w", "%{http_code}", "--max-time",
             "20", "--cacert", f"{folder}/servers.pem", f"https://localhost:{port}{path}", *words]
    for path in ("reply", "head"):
        (folder / path).write_bytes(b"")
    done = subprocess.run(order + (["-d", body] if body else []), capture_output=True, text=True, check=False)
    status = int(done.stdout or 0)
    return status, (folder / "reply").read_text(), (folder / "head").read_text().lower(), done.stderr


def refused_to_start(*words):
    done = subprocess.run([BIN, "serve", "--model", "null=null", *words], capture_output=True, text=True, timeout=20,
                          check=False)
    assert done.returncode != 0 and done.stderr.strip(), words
    return done.stderr


def certificates(folder, server, good, other):
    def status(*words, path="/v2", **more):
        return curl(folder, server.port, path, *words, **more)[0]

    asker = good.sign("asker", "DNS:asker.example")
    keeper = good.sign("keeper", "URI:spiffe://acme/keeper")
    stranger = good.sign("stranger", "DNS:stranger.example")
    expired = good.sign("expired", "DNS:asker.example", ("20200101000000Z", "20210101000000Z"))
    foreign = other.sign("foreign", "DNS:asker.example")
    assert status(*asker) == 200
    for refused in ([], expired, foreign):
        code, reply, _, error = curl(folder, server.port, "/v2/health/live", *refused)
        assert code == 0 and not reply and error, (refused, code, reply)
    assert status(*stranger) == 401, "a good certificate that no entry names"
    assert status(*stranger, path="/v2/health/live") == 200
    assert status(*stranger, "-H", f"Authorization: Bearer {ENV['READER_KEY']}") == 200
    reader = [*stranger, "-H", f"x-api-key: {ENV['READER_KEY']}"]
    assert status(*reader) == 200
    assert status(*reader, path="/v2/models/null/infer", body=INFER) == 403, "a viewer does not ask"
    code, reply, head, _ = curl(folder, server.port, "/v1/embeddings", *stranger, body='{"input":"a"}')
    assert code == 401 and json.loads(reply)["error"]["type"] == "authentication_error", reply
    assert "www-authenticate: bearer" in head, head
    assert status(*keeper) == 401, "its entry asks for a key, too"
    assert status(*keeper, "-H", "x-api-key: the-key-of-the-keeper") == 200
    assert status(*keeper, "-H", "x-api-key: the-key-of-the-keeper", "-X", "POST",
                  path="/v2/repository/models/null/load") == 200
    assert status(*asker, "-X", "POST", path="/v2/repository/models/null/load") == 403
    assert status("--tls-max", "1.1", *asker) == 0
    assert status("--tlsv1.2", "--tls-max", "1.2", *asker) == 200
    return asker


def quotas(folder, server, asker):
    counts = {}
    for _ in range(12):
        code, reply, head, _ = curl(folder, server.port, "/v2/models/null/infer", *asker, body=INFER)
        counts[code] = counts.get(code, 0) + 1
        if code == 429:
            assert "retry-after:" in head and "retry-after-ms:" in head and "quota" not in reply, head
            assert "requests a minute" in json.loads(reply)["error"], reply
    assert set(counts) == {200, 429}, counts


def soon(holds, within=30):
    """Waits until it holds: files are looked at by the first request after a second, and replies take their time."""
    until = time.monotonic() + within
    while not (held := holds()) and time.monotonic() < until:
        time.sleep(0.1)
    return held


def replaced(folder, server, good, servers, asker):
    def status(path="/v2"):
        return curl(folder, server.port, path, *asker)[0]

    (folder / "keys.yaml").write_text(KEYS.format(quota=1000))
    assert soon(lambda: status() == 200), ("the new quota counts", server.said)
    (folder / "keys.yaml").write_text("keys: broken\n")
    # A request is what has it looked at.
    assert soon(lambda: status() != 200 or server.hears("stay as they were", within=0.1)), server.said
    assert status() == 200, "a broken file changes nothing"
    (folder / "keys.yaml").write_text(KEYS.format(quota=1000).replace("asker.example", "somebody.example"))
    assert soon(lambda: status() == 401), "taken away"

    def shown():
        text = subprocess.run(["openssl", "s_client", "-connect", f"localhost:{server.port}", "-servername", "x"],
                              input="", capture_output=True, text=True, check=False).stdout
        return subprocess.run(["openssl", "x509", "-noout", "-serial"], input=text, capture_output=True, text=True,
                              check=False).stdout
    before = shown()
    servers.sign("server", "DNS:localhost")
    assert before.startswith("serial=") and soon(lambda: shown() not in ("", before)), "the new certificate is shown"
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
            f"{folder}/x.key", "-out", f"{folder}/clients.pem", "-subj", "/CN=x", "-days", "2")
    assert soon(lambda: status("/v2/health/live") == 0), "its CA is not trusted any more"


def loads(folder, tls):
    """What sends load checks the certificate, against the authorities that it is given, and sends its token."""
    (folder / "loads.yaml").write_text("keys:\n  - { name: sender, key: { env: READER_KEY }, role: caller }\n")
    server = Server("--model", "null=null", *tls, "--keys", f"{folder}/loads.yaml", "--grpc", "127.0.0.1:0", env=ENV)
    for protocol, port in (("v2", server.port), ("v2-grpc", server.grpc_port)):
        def sent(*words, host="localhost"):
            return subprocess.run([BIN, "bench", "load", "--url", f"https://{host}:{port}", "--model", "null",
                                   "--protocol", protocol, "--rate", "200", "--duration", "1s", "--objective",
                                   "1000", "--json", *words],
                                  capture_output=True, text=True, check=False, env={**os.environ, **ENV}, timeout=60)
        trusted = ["--ca", f"{folder}/servers.pem"]
        token = ["--token-env", "READER_KEY"]
        done = sent(*trusted, *token)
        assert done.returncode == 0, done.stderr
        result = json.loads(done.stdout.splitlines()[-1])
        assert result["admitted"] == result["offered"] > 100 and result["failed"] == 0, result
        for refused in (sent(*trusted), sent(*token), sent("--ca", f"{folder}/others.pem", *token),
                        sent(*trusted, *token, host="127.0.0.1")):
            assert refused.returncode != 0 and refused.stderr.strip(), (protocol, refused.args, refused.stdout)
            assert ENV["READER_KEY"] not in refused.stderr + refused.stdout
    assert server.end(signal.SIGTERM) == 128 + signal.SIGTERM


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        servers, good, other = (Authority(folder, each) for each in ("servers", "clients", "others"))
        servers.sign("server", "DNS:localhost")
        (folder / "keys.yaml").write_text(KEYS.format(quota=6))
        (folder / "keeper.secret").write_text("the-key-of-the-keeper\n")
        tls = ["--tls-certificate", f"{folder}/server.pem", "--tls-key", f"{folder}/server.key"]
        mutual = [*tls, "--tls-client-ca", f"{folder}/clients.pem"]
        assert "TLS and credentials" in refused_to_start("--http", "0.0.0.0:0")
        assert "TLS and credentials" in refused_to_start("--http", "0.0.0.0:0", *tls)
        assert "keys that say what each client may" in refused_to_start(*mutual)
        assert "cannot use the TLS key" in refused_to_start(*tls[:3], f"{folder}/clients.key")
        said = refused_to_start("--keys", f"{folder}/keys.yaml")  # READER_KEY is not set
        assert "READER_KEY is not set" in said and "keys.yaml:3" in said, said
        loads(folder, tls)
        server = Server("--model", "null=null", *mutual, "--keys", f"{folder}/keys.yaml", env=ENV)
        asker = certificates(folder, server, good, other)
        quotas(folder, server, asker)
        replaced(folder, server, good, servers, asker)
        assert server.end(signal.SIGTERM) == 128 + signal.SIGTERM
        said = "".join(server.said)
        for secret in (ENV["READER_KEY"], "the-key-of-the-keeper"):
            assert secret not in said, said
        print("tls: ok")


if __name__ == "__main__":
    main()
