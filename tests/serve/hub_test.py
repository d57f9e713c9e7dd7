"""The hub's own Python client and fovea pull the same model from the same server, and get the same.

No hub can be reached here, so a small one answers, as the client's requests and the API's documents ask for it: GET
/api/models/ID/revision/REVISION, HEAD and GET /ID/resolve/REVISION/PATH with X-Repo-Commit and ETag, large files by a
redirect with X-Linked-Etag and X-Linked-Size to a store that refuses tokens. That huggingface_hub is content with it is
what says that it is a hub. FOVEA_CLIENTS_PYTHON has huggingface_hub. Exit 99: there is none.
usage: hub_test.py TINY_MODEL
"""
import hashlib
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import urllib.parse

FOVEA = os.environ["FOVEA_BIN"]
PYTHON = os.environ.get("FOVEA_CLIENTS_PYTHON")
COMMIT = "c0ffee" * 6 + "c0de"
TOKEN = "hf_a-secret"


class Hub(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    files, store_url, seen = {}, "", []

    def log_message(self, *_):
        pass

    def reply(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path = urllib.parse.urlsplit(self.path).path
        self.seen.append(f"{self.headers.get('User-Agent', '')} {self.command} {self.path}")
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.reply(401, {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"})
        if found := re.fullmatch(r"/api/models/org/tiny(?:/revision/([^/]+))?", path):
            if found[1] not in (None, "main", COMMIT):
                return self.reply(404, {"X-Error-Code": "RevisionNotFound"})
            return self.reply(200, {"Content-Type": "application/json"}, self.info())
        if path == f"/api/models/org/tiny/tree/{COMMIT}":
            return self.reply(200, {"Content-Type": "application/json"}, self.tree())
        found = re.fullmatch(r"/org/tiny/resolve/([^/]+)/(.*)", path)
        if not found or found[1] not in ("main", COMMIT):
            return self.reply(404, {"X-Error-Code": "RevisionNotFound"})
        name = urllib.parse.unquote(found[2])
        if name not in self.files:
            return self.reply(404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT})
        data = self.files[name]
        headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{git_blob(data)}"', "Accept-Ranges": "bytes"}
        if name.endswith(".safetensors"):
            sha = hashlib.sha256(data).hexdigest()
            return self.reply(302, {**headers, "X-Linked-Etag": f'"{sha}"', "X-Linked-Size": str(len(data)),
                                    "Location": f"{self.store_url}/{sha}?X-Amz-Signature=s"})
        return self.reply(200, headers, data)

    def info(self):
        siblings = []
        for name, data in self.files.items():
            one = {"rfilename": name, "size": len(data), "blobId": git_blob(data)}
            if name.endswith(".safetensors"):
                one["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}
            siblings.append(one)
        return json.dumps({"_id": "1", "id": "org/tiny", "modelId": "org/tiny", "sha": COMMIT, "private": False,
                           "tags": [], "downloads": 0, "likes": 0, "siblings": siblings}).encode()


    def tree(self):
        entries = []
        for name, data in self.files.items():
            one = {"type": "file", "path": name, "size": len(data), "oid": git_blob(data)}
            if name.endswith(".safetensors"):
                one["lfs"] = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}
            entries.append(one)
        return json.dumps(entries).encode()


class Store(Hub):
    def do_GET(self):
        if self.headers.get("Authorization"):
            return self.reply(400, {}, b"a token came to the store")
        data = next(each for each in self.files.values() if hashlib.sha256(each).hexdigest() in self.path)
        begin = int((self.headers.get("Range") or "bytes=0-").split("=")[1].split("-")[0])
        headers = {"ETag": '"store"', "Accept-Ranges": "bytes"}
        if begin:
            headers["Content-Range"] = f"bytes {begin}-{len(data) - 1}/{len(data)}"
        return self.reply(206 if begin else 200, headers, data[begin:])


def git_blob(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def start(handler):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def tree(folder):
    root = pathlib.Path(folder)
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def main():
    if not PYTHON:
        print("skipped: FOVEA_CLIENTS_PYTHON names no environment with huggingface_hub")
        sys.exit(99)
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        subprocess.run([sys.argv[1], str(work / "tiny"), "0", "0"], check=True)
        Hub.files = {**tree(work / "tiny"), "1_Pooling/config.json": b'{"pooling_mode_mean_tokens": true}'}
        Hub.store_url = start(Store)
        env = {**os.environ, "HF_ENDPOINT": start(Hub), "HF_TOKEN": TOKEN, "HF_HOME": f"{folder}/hf",
               "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "FOVEA_CACHE": f"{folder}/cache"}
        code = "import huggingface_hub; print(huggingface_hub.snapshot_download('org/tiny'))"
        theirs = subprocess.run([PYTHON, "-c", code], env=env, capture_output=True, text=True, check=False)
        assert theirs.returncode == 0, theirs.stderr
        snapshot = pathlib.Path(theirs.stdout.strip().splitlines()[-1])
        ours = subprocess.run([FOVEA, "models", "pull", "hf://org/tiny", "--json"], env=env, capture_output=True,
                              text=True, check=False)
        assert ours.returncode == 0, ours.stderr
        pulled = json.loads(ours.stdout.splitlines()[-1])
        assert pulled["revision"] == snapshot.name == COMMIT, (pulled, snapshot)
        assert tree(pulled["folder"]) == tree(snapshot), (sorted(tree(pulled["folder"])), sorted(tree(snapshot)))
        asked = [each for each in Hub.seen if each.startswith("fovea ")]
        assert len(asked) == 1 + len(Hub.files), asked
        env["HF_TOKEN"] = "hf_wrong"
        refused = subprocess.run([FOVEA, "models", "pull", "hf://org/tiny@other", "--json"], env=env,
                                 capture_output=True, text=True, check=False)
        assert refused.returncode == 1 and "Repository not found" in refused.stdout, refused
        assert "hf_wrong" not in refused.stdout + refused.stderr
        print(f"huggingface_hub and fovea: {len(Hub.files)} files alike, of commit {COMMIT[:12]}")


if __name__ == "__main__":
    main()
