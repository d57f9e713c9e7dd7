"""`fovea serve` under load and told to stop: whatever was sent before the answers stopped is answered.

Eight clients ask the null model over kept connections while SIGTERM comes. A request is answered 200, refused 503, or
its connection was closed between two answers, so that nothing of it was taken in; then the process ends with 128 + 15.
"""
import collections
import http.client
import json
import signal
import threading
import time

from serving import Server

CLIENTS = 8
BODY = json.dumps({"inputs": [{"name": "text", "shape": [1], "datatype": "BYTES", "data": ["four"]}]})


def ask_until_it_closes(port, counts, stopping):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    while True:
        try:
            connection.request("POST", "/v2/models/null/infer", BODY)
            response = connection.getresponse()
            body = response.read()
        except (http.client.RemoteDisconnected, ConnectionError) as error:
            counts["closed" if stopping.is_set() else f"lost: {error}"] += 1
            return
        if response.status == 200:
            assert json.loads(body)["outputs"][0]["data"] == [4], body
        elif not (stopping.is_set() and response.status == 503):
            counts[f"{response.status}: {body}"] += 1
            return
        counts[response.status] += 1
        if response.getheader("Connection") == "close":
            return


def main():
    server = Server("--model", "null=null")
    stopping = threading.Event()
    counts = [collections.Counter() for _ in range(CLIENTS)]
    threads = [threading.Thread(target=ask_until_it_closes, args=(server.port, each, stopping)) for each in counts]
    for thread in threads:
        thread.start()
    time.sleep(1)
    stopping.set()
    server.process.send_signal(signal.SIGTERM)
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive(), "a client waits for an answer that never comes"
    assert server.process.wait(30) == 128 + signal.SIGTERM, server.process.returncode
    total = sum(counts, collections.Counter())
    assert set(total) <= {200, 503, "closed"}, total
    assert total[200] > 100, total
    print(f"answers: {dict(total)}")


if __name__ == "__main__":
    main()
