"""`fovea serve` under load and told to stop: whatever was sent before the answers stopped is answered.

Eight clients ask the null model over kept connections while SIGTERM comes. A request is answered 200, refused 503, or
its connection was closed between two answers, so that nothing of it was taken in; then the process ends with 128 + 15.
"""
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

CLIENTS = 8
BODY = json.dumps({"inputs": [{"name": "text", "shape": [1], "datatype": "BYTES", "data": ["four"]}]})


def start():
    server = subprocess.Popen([os.environ["FOVEA_BIN"], "serve", "--model", "null=null", "--http", "127.0.0.1:0"],
                              stderr=subprocess.PIPE, text=True)
    for line in server.stderr:
        if found := re.search(r"listening on port (\d+)", line):
            return server, int(found[1])
    sys.exit("the server did not start")


def ask_until_it_closes(port, counts, stopping):
    def count(what):
        counts[what] = counts.get(what, 0) + 1

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    while True:
        try:
            connection.request("POST", "/v2/models/null/infer", BODY)
            response = connection.getresponse()
            body = response.read()
        except (http.client.RemoteDisconnected, ConnectionError) as error:
            count("closed" if stopping.is_set() else f"lost: {error}")
            return
        if response.status == 200:
            assert json.loads(body)["outputs"][0]["data"] == [4], body
        elif not (stopping.is_set() and response.status == 503):
            count(f"{response.status}: {body}")
            return
        count(response.status)
        if response.getheader("Connection") == "close":
            return


def main():
    server, port = start()
    stopping = threading.Event()
    counts = [{} for _ in range(CLIENTS)]
    threads = [threading.Thread(target=ask_until_it_closes, args=(port, each, stopping)) for each in counts]
    for thread in threads:
        thread.start()
    time.sleep(1)
    stopping.set()
    server.send_signal(signal.SIGTERM)
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive(), "a client waits for an answer that never comes"
    assert server.wait(30) == 128 + signal.SIGTERM, server.returncode
    total = {}
    for each in counts:
        for key, value in each.items():
            total[key] = total.get(key, 0) + value
    assert set(total) <= {200, 503, "closed"}, total
    assert total.get(200, 0) > 100, total
    print(f"answers: {total}")


if __name__ == "__main__":
    main()
