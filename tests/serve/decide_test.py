"""`POST /v1/decide/FLOW` of the whole program: an event in, its decision out when it is durable.

Two flows in one process. Every form of an event; duplicates; deadlines; what is refused. Then clients decide without a
pause while the program is killed, again and again: every decision that was told is kept. Then SIGTERM: every request is
answered, refused, or its connection closed before anything of it was taken in.
"""
import http.client
import json
import os
import pathlib
import random
import signal
import subprocess
import tempfile
import threading
import time

from serving import BIN, Server

KEYWORDS = "text,=> label,=> probability\n\"~ refund, money back\",refund,0.8\n~ parcel,late_delivery,0.7\n"
ROUTING = 'intent.label,event.amount,=> queue\n"refund",> 100,desk\n"refund",-,refunds\n-,-,general\n'
FLOW = """flow: {name}
version: 1
source: {{ http: {name} }}
steps:
  - score: {{ as: intent, text: event.body, deadline: 200ms,
              ladder: [ {{ rules: ./keywords.csv }}, {{ default: other }} ] }}
  - decide: ./routing.csv
act:
  - note: {{ append: ./{name}.jsonl, body: {{ id: event.id, queue: decision.queue }}, key: event.id }}
"""
CLOUD = {"Content-Type": "application/json", "ce-specversion": "1.0", "ce-source": "shop", "ce-type": "message"}


def write_flows(folder):
    (folder / "keywords.csv").write_text(KEYWORDS, encoding="utf-8")
    (folder / "routing.csv").write_text(ROUTING, encoding="utf-8")
    for name in ("support", "billing"):
        (folder / f"{name}.yaml").write_text(FLOW.format(name=name), encoding="utf-8")


def start(folder, **more):
    return Server(str(folder / "support.yaml"), str(folder / "billing.yaml"), "--state", str(folder / "state"), **more)


def forms(server):
    event = {"body": "I want a refund", "amount": 500}
    status, told = server.post("/v1/decide/support", event, {**CLOUD, "ce-id": "binary"})
    assert status == 200 and told["decision"] == {"queue": "desk"}, told
    assert told["id"] == "shop:binary" and told["fate"] == "decided" and not told["duplicate"], told
    assert (told["label"], told["confidence"], told["rung"]) == ("refund", 0.8, "rules"), told
    rule = told["rules"][-1]
    assert rule["table"] == "./routing.csv" and {"expression": "event.amount", "value": 500} in rule["read"], rule
    assert told["effects"] == [{"name": "note", "kind": "append", "key": "note:binary",
                                "state": told["effects"][0]["state"]}], told
    assert told["deadline_met"] and told["receipt"]["seq"] > 0 and told["receipt"]["leaf"] >= 0, told
    status, again = server.post("/v1/decide/support", {"body": "other"}, {**CLOUD, "ce-id": "binary"})
    assert status == 200 and again["duplicate"], again
    for key in ("decision", "label", "confidence", "rung", "rules", "scores", "receipt"):
        assert again[key] == told[key], (key, again[key], told[key])
    structured = {"specversion": "1.0", "id": "structured", "source": "shop", "type": "message", "data": event}
    status, told = server.post("/v1/decide/support", structured, {"Content-Type": "application/cloudevents+json"})
    assert status == 200 and told["id"] == "shop:structured" and told["decision"] == {"queue": "desk"}, told
    status, told = server.post("/v1/decide/support", event, {"Idempotency-Key": "plain"})
    assert status == 200 and told["id"] == "plain", told
    status, told = server.post("/v1/decide/billing", {"body": "hello", "amount": 1}, {"Idempotency-Key": "plain"})
    assert status == 200 and not told["duplicate"] and told["flow"] == "billing", "each flow has its own state"
    assert told["decision"] == {"queue": "general"} and told["rung"] == "default", told
    status, told = server.post("/v1/events/support", event, {"Idempotency-Key": "plain"})
    assert status == 202 and told == {"ids": ["plain"], "duplicates": 1}, told


def refused(server):
    event, key = {"body": "x", "amount": 1}, {"Idempotency-Key": "refused"}
    assert server.post("/v1/decide/nothing", event)[0] == 404
    assert server.post("/v1/decide/support", [event, event])[0] == 400
    assert server.post("/v1/decide/support", event, {**key, "x-request-timeout-ms": "soon"})[0] == 400
    assert server.post("/v1/decide/support", event, {**key, "Content-Type": "text/html"})[0] == 415
    assert server.ask("GET", "/v1/decide/support")[0] == 405
    status, _, body = server.ask("POST", "/v1/decide/support", "x" * (4 << 20) + "y", key)
    assert status == 413, (status, body)
    status, dead = server.post("/v1/decide/support", {"amount": 1}, {"Idempotency-Key": "no-body"})
    assert status == 422 and "body" in dead["detail"] and dead["retryable"] is False, dead
    assert server.post("/v1/decide/support", {"amount": 1}, {"Idempotency-Key": "no-body"})[0] == 422, "kept, too"
    status, told = server.post("/v1/decide/support", event | {"body": "refund"},
                               {**key, "x-request-timeout-ms": "2000"})
    assert status == 200 and told["rung"] == "rules", told


class Client(threading.Thread):
    """Decides without a pause over one connection after another; notes what it was told."""

    def __init__(self, port, name):
        super().__init__()
        self.port, self.name_, self.told, self.other, self.ending = port, name, {}, [], threading.Event()

    def run(self):
        for n in range(1_000_000):
            if self.ending.is_set():
                return
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            try:
                for k in range(20):
                    key = f"{self.name_}-{n}-{k}"
                    body = json.dumps({"body": random.choice(["refund", "parcel", "hi"]), "amount": k})
                    connection.request("POST", "/v1/decide/support", body,
                                       {"Content-Type": "application/json", "Idempotency-Key": key})
                    response = connection.getresponse()
                    answer = response.read()
                    if response.status == 200:
                        self.told[key] = json.loads(answer)
                    else:
                        self.other.append((response.status, answer))
                    if response.getheader("Connection") == "close":
                        break
            except (http.client.HTTPException, ConnectionError, OSError) as error:
                self.other.append((type(error).__name__, str(error)))
                if self.ending.wait(0.01):
                    return
            finally:
                connection.close()


def load(server, seconds, name):
    clients = [Client(server.port, f"{name}{i}") for i in range(4)]
    for client in clients:
        client.start()
    time.sleep(seconds)
    return clients


def gather(clients):
    told, other = {}, []
    for client in clients:
        client.ending.set()
        client.join(30)
        assert not client.is_alive(), "a client waits for an answer that never comes"
        told |= client.told
        other += client.other
    return told, other


def check_kept(server, told):
    for key, before in told.items():
        status, now = server.post("/v1/decide/support", {"body": "other", "amount": 0}, {"Idempotency-Key": key})
        assert status == 200 and now["duplicate"], (key, "was told and is not kept")
        assert (now["decision"], now["receipt"]) == (before["decision"], before["receipt"]), (before, now)


def killed(folder, rounds):
    total = 0
    for n in range(rounds):
        server = start(folder)
        clients = load(server, 0.3 + random.random() / 2, f"k{n}-")
        server.end(signal.SIGKILL)
        told, _ = gather(clients)
        assert told, "nobody was answered"
        server = start(folder)
        check_kept(server, told)
        assert server.end(signal.SIGTERM) == 128 + signal.SIGTERM
        total += len(told)
    verify = subprocess.run([BIN, "audit", "verify", "--state", str(folder / "state" / "support")], check=False,
                            capture_output=True, text=True)
    assert verify.returncode == 0, verify.stderr
    print(f"killed {rounds} times: {total} decisions that were told are kept")


def stopped(folder):
    server = start(folder)
    clients = load(server, 0.7, "t")
    for client in clients:
        client.ending.set()  # after the request that is under way
    assert server.end(signal.SIGTERM) == 128 + signal.SIGTERM, server.said
    told, other = gather(clients)
    assert len(told) > 10, len(told)
    lost = [each for each in other if each[0] not in (503, "RemoteDisconnected", "ConnectionRefusedError")]
    assert not lost, lost
    server = start(folder)
    check_kept(server, told)
    server.end(signal.SIGTERM)
    lines = [json.loads(line) for line in (folder / "support.jsonl").read_text(encoding="utf-8").splitlines()]
    ids = [line["id"] for line in lines]
    assert len(ids) == len(set(ids)) and set(told) <= set(ids), "an effect is missing or doubled"
    print(f"stopped under load: {len(told)} told and kept, {len(other)} refused or closed")


def main():
    random.seed(os.environ.get("FOVEA_SEED", "1"))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write_flows(folder)
        server = start(folder)
        forms(server)
        refused(server)
        assert server.end(signal.SIGTERM) == 128 + signal.SIGTERM
        assert {each.name for each in (folder / "state").iterdir()} == {"support", "billing"}
        killed(folder, 4)
        stopped(folder)
        print("decide: ok")


if __name__ == "__main__":
    main()
