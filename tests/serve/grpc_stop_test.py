"""`fovea serve --grpc` under load and told to stop: every call that was taken in is answered.

Eight clients call the null model, unary and over a stream, while SIGTERM comes. A call is answered, or refused with
UNAVAILABLE because the server stops or no longer listens; none breaks. Then the process ends with 128 + 15.
FOVEA_CLIENTS_PYTHON names an interpreter that has tritonclient, where this one has not. Exit 99: skipped.
"""
import os
import re
import signal
import subprocess
import sys
import threading
import time

from peers import clients_or_other_python

clients_or_other_python("tritonclient.grpc")
import grpc  # noqa: E402
from tritonclient.grpc import service_pb2 as v2  # noqa: E402
from tritonclient.grpc.service_pb2_grpc import GRPCInferenceServiceStub  # noqa: E402

CLIENTS = 8
CLOSED = re.compile("the server stops|[Cc]onnection refused|failed to connect|GOAWAY")


def start():
    server = subprocess.Popen([os.environ["FOVEA_BIN"], "serve", "--model", "null=null", "--http", "127.0.0.1:0",
                               "--grpc", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True)
    for line in server.stderr:
        if found := re.search(r"for gRPC on port (\d+)", line):
            return server, int(found[1])
    sys.exit("the server did not start")


def asked(number):
    request = v2.ModelInferRequest(model_name="null", id=str(number))
    request.inputs.add(name="text", datatype="BYTES", shape=[1]).contents.bytes_contents.append(b"four")
    return request


def count(counts, what):
    counts[what] = counts.get(what, 0) + 1


def judge(counts, error, stopping):
    fair = stopping.is_set() and error.code() == grpc.StatusCode.UNAVAILABLE and CLOSED.search(error.details())
    count(counts, "refused" if fair else f"lost: {error.code()} {error.details()}")


def call_until_it_stops(port, counts, stopping):
    with grpc.insecure_channel(f"127.0.0.1:{port}", [("grpc.use_local_subchannel_pool", 1)]) as channel:
        stub = GRPCInferenceServiceStub(channel)
        for number in range(10**6):
            try:
                answer = stub.ModelInfer(asked(number), timeout=20)
            except grpc.RpcError as error:
                return judge(counts, error, stopping)
            assert answer.id == str(number) and list(answer.outputs[0].contents.fp32_contents) == [4], answer
            count(counts, "answered")


def stream_until_it_stops(port, counts, stopping):
    sent = []

    def requests():
        while not stopping.is_set():
            sent.append(len(sent))
            yield asked(sent[-1])
            time.sleep(0.001)
        time.sleep(5)  # open still: it is the server that ends the stream

    heard = 0
    with grpc.insecure_channel(f"127.0.0.1:{port}", [("grpc.use_local_subchannel_pool", 1)]) as channel:
        try:
            for answer in GRPCInferenceServiceStub(channel).ModelStreamInfer(requests()):
                if answer.error_message:
                    assert stopping.is_set() and "the server stops" in answer.error_message, answer
                    count(counts, "refused")
                else:
                    assert answer.infer_response.id == str(heard), answer
                    count(counts, "answered")
                heard += 1
        except grpc.RpcError as error:
            judge(counts, error, stopping)


def main():
    server, port = start()
    stopping = threading.Event()
    counts = [{} for _ in range(CLIENTS)]
    kinds = [call_until_it_stops] * (CLIENTS - 2) + [stream_until_it_stops] * 2
    threads = [threading.Thread(target=kind, args=(port, each, stopping)) for kind, each in zip(kinds, counts)]
    for thread in threads:
        thread.start()
    time.sleep(2)
    stopping.set()
    server.send_signal(signal.SIGTERM)
    begun = time.monotonic()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive(), "a client waits for an answer that never comes"
    assert server.wait(30) == 128 + signal.SIGTERM, server.returncode
    total = {}
    for each in counts:
        for key, value in each.items():
            total[key] = total.get(key, 0) + value
    assert set(total) <= {"answered", "refused"}, total
    assert total.get("answered", 0) > 100, total
    assert all(each.get("answered") for each in counts), counts
    print(f"calls: {total}; it stopped within {time.monotonic() - begun:.1f} s")


if __name__ == "__main__":
    main()
