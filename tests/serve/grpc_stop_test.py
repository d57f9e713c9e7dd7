"""`fovea serve --grpc` under load and told to stop: every call that was taken in is answered.

Eight clients call the null model, unary and over a stream, while SIGTERM comes. A call is answered, or refused with
UNAVAILABLE because the server stops or no longer listens; none breaks. Then the process ends with 128 + 15.
FOVEA_CLIENTS_PYTHON names an interpreter that has tritonclient, where this one has not. Exit 99: skipped.
"""
import collections
import re
import signal
import threading
import time

from peers import clients_or_other_python
from serving import Server

clients_or_other_python("tritonclient.grpc")
import grpc  # noqa: E402
from tritonclient.grpc import service_pb2 as v2  # noqa: E402
from tritonclient.grpc.service_pb2_grpc import GRPCInferenceServiceStub  # noqa: E402

CLIENTS = 8
CLOSED = re.compile("the server stops|[Cc]onnection refused|failed to connect|GOAWAY")


def asked(number):
    request = v2.ModelInferRequest(model_name="null", id=str(number))
    request.inputs.add(name="text", datatype="BYTES", shape=[1]).contents.bytes_contents.append(b"four")
    return request


def judge(counts, error, stopping):
    fair = stopping.is_set() and error.code() == grpc.StatusCode.UNAVAILABLE and CLOSED.search(error.details())
    counts["refused" if fair else f"lost: {error.code()} {error.details()}"] += 1


def call_until_it_stops(port, counts, stopping):
    with grpc.insecure_channel(f"127.0.0.1:{port}", [("grpc.use_local_subchannel_pool", 1)]) as channel:
        stub = GRPCInferenceServiceStub(channel)
        for number in range(10**6):
            try:
                answer = stub.ModelInfer(asked(number), timeout=20)
            except grpc.RpcError as error:
                return judge(counts, error, stopping)
            assert answer.id == str(number) and list(answer.outputs[0].contents.fp32_contents) == [4], answer
            counts["answered"] += 1


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
                    counts["refused"] += 1
                else:
                    assert answer.infer_response.id == str(heard), answer
                    counts["answered"] += 1
                heard += 1
        except grpc.RpcError as error:
            judge(counts, error, stopping)


def main():
    server = Server("--model", "null=null", "--grpc", "127.0.0.1:0")
    stopping = threading.Event()
    counts = [collections.Counter() for _ in range(CLIENTS)]
    kinds = [call_until_it_stops] * (CLIENTS - 2) + [stream_until_it_stops] * 2
    threads = [threading.Thread(target=kind, args=(server.grpc_port, each, stopping))
               for kind, each in zip(kinds, counts)]
    for thread in threads:
        thread.start()
    time.sleep(2)
    stopping.set()
    server.process.send_signal(signal.SIGTERM)
    begun = time.monotonic()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive(), "a client waits for an answer that never comes"
    assert server.process.wait(30) == 128 + signal.SIGTERM, server.process.returncode
    total = sum(counts, collections.Counter())
    assert set(total) <= {"answered", "refused"}, total
    assert total["answered"] > 100, total
    assert all(each["answered"] for each in counts), counts
    print(f"calls: {dict(total)}; it stopped within {time.monotonic() - begun:.1f} s")


if __name__ == "__main__":
    main()
