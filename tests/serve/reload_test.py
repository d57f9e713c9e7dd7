"""`fovea serve` under load while its model is replaced over and over: no request fails, no answer is wrong, memory
stays.

The model has two versions with other answers; `prod` moves between them and the model is loaded by HTTP each time, as a
deployment would. Clients check every answer against the version that it names. FOVEA_RELOADS says how often (60; the
acceptance is 1,000), FOVEA_MODEL a folder to use instead of a tiny one (then both versions answer alike).
usage: reload_test.py TINY_MODEL
"""
import http.client
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

FOVEA = os.environ["FOVEA_BIN"]
RELOADS = int(os.environ.get("FOVEA_RELOADS", "60"))
CLIENTS = 4
TEXTS = ["the cat sat", "an apple a day keeps the doctor away"]
BODY = json.dumps({"inputs": [{"name": "text", "shape": [2], "datatype": "BYTES", "data": TEXTS}]})


def ask(connection, path, body):
    connection.request("POST", path, body)
    response = connection.getresponse()
    return response.status, response.read()


def client(port, want, stop, counts):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while not stop.is_set():
        try:
            status, text = ask(connection, "/v2/models/m/infer", BODY)
        except OSError as error:
            counts["failed"] += 1
            counts["why"] = repr(error)
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            continue
        if status != 200:
            counts["failed"] += 1
            counts["why"] = f"{status} {text[:200]}"
            continue
        reply = json.loads(text)
        right = want[reply["model_version"]] == reply["outputs"][0]["data"]
        counts["right" if right else "wrong"] += 1


def resident(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def make_versions(work):
    folder = work / "models" / "m"
    folder.mkdir(parents=True)
    given = os.environ.get("FOVEA_MODEL")
    for number in ("1", "2"):
        if given:
            shutil.copytree(given, folder / number)
        else:
            subprocess.run([sys.argv[1], str(folder / number), "0", str(int(number) - 1)], check=True)


def point(work, version):
    subprocess.run([FOVEA, "models", "alias", "m", "prod", str(version), "--models", str(work / "models")], check=True,
                   capture_output=True)


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        make_versions(work)
        point(work, 1)
        server = subprocess.Popen([FOVEA, "serve", "--models", str(work / "models"), "--http", "127.0.0.1:0"],
                                  stderr=subprocess.PIPE, text=True)
        for line in server.stderr:
            if found := re.search(r"listening on port (\d+)", line):
                break
        else:
            sys.exit("the server did not start")
        threading.Thread(target=server.stderr.read, daemon=True).start()
        port = int(found[1])
        orders = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        want = {}
        for version in ("1", "2"):
            body = json.dumps({"parameters": {"version": version}})
            assert ask(orders, "/v2/repository/models/m/load", body)[0] == 200
            reply = ask(orders, f"/v2/models/m/versions/{version}/infer", BODY)[1]
            want[version] = json.loads(reply)["outputs"][0]["data"]
        if not os.environ.get("FOVEA_MODEL"):
            assert want["1"] != want["2"]
        stop = threading.Event()
        counts = [{"right": 0, "wrong": 0, "failed": 0} for _ in range(CLIENTS)]
        threads = [threading.Thread(target=client, args=(port, want, stop, each)) for each in counts]
        for thread in threads:
            thread.start()
        begun, sizes = time.monotonic(), []
        for reload in range(RELOADS):
            point(work, 1 + (reload + 1) % 2)
            status, text = ask(orders, "/v2/repository/models/m/load", "{}")
            assert status == 200, (status, text)
            sizes.append(resident(server.pid))
        took = time.monotonic() - begun
        stop.set()
        for thread in threads:
            thread.join()
        server.terminate()
        assert server.wait(60) == 143
        total = {key: sum(each[key] for each in counts) for key in ("right", "wrong", "failed")}
        quarter = max(RELOADS // 4, 1)
        early, late = max(sizes[quarter:2 * quarter]), max(sizes[-quarter:])
        print(json.dumps({"reloads": RELOADS, **total, "seconds": round(took, 1),
                          "resident_mib": [round(early / 2**20, 1), round(late / 2**20, 1)]}))
        assert total["failed"] == 0 and total["wrong"] == 0, counts
        assert total["right"] > RELOADS, total
        assert late <= early * 1.1 + (8 << 20), "memory grew"


if __name__ == "__main__":
    main()
