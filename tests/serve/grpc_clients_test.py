"""gRPC clients as they come from PyPI against the gRPC door: tritonclient in full, grpcio's health checking and
reflection.

usage: grpc_clients_test.py STUB_SERVER, which prints the port of HTTP and that of gRPC. FOVEA_CLIENTS_PYTHON names an
interpreter that has the clients (requirements.txt), where this one has not. Exit 99: skipped.
"""
import queue
import subprocess
import sys

from peers import clients_or_other_python

MODULES = ("tritonclient.grpc", "grpc_health.v1.health_pb2", "numpy",
           "grpc_reflection.v1alpha.proto_reflection_descriptor_database")
TEXTS = ["hello world", "you", "größer als ∞", ""]


clients_or_other_python(*MODULES)
import grpc  # noqa: E402
import numpy as np  # noqa: E402
import tritonclient.grpc as triton  # noqa: E402
from google.protobuf import descriptor_pool  # noqa: E402
from grpc_health.v1 import health_pb2, health_pb2_grpc  # noqa: E402
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase  # noqa: E402
from tritonclient.grpc import service_pb2  # noqa: E402
from tritonclient.utils import InferenceServerException  # noqa: E402


def text_input(texts, name="text"):
    tensor = triton.InferInput(name, [len(texts)], "BYTES")
    tensor.set_data_from_numpy(np.array([each.encode() for each in texts], dtype=object))
    return tensor


def refused(call, status, *words):
    try:
        call()
    except InferenceServerException as error:
        assert error.status() == f"StatusCode.{status}", error.status()
        assert all(word in str(error) for word in words), error
        return
    raise AssertionError("was not refused")


def asks(client):
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("embed", "1")
    assert not client.is_model_ready("nobody") and not client.is_model_ready("embed", "9")
    assert client.get_server_metadata().name == "fovea"
    assert "statistics" in client.get_server_metadata(as_json=True)["extensions"]
    output = client.get_model_metadata("embed").outputs[0]
    assert (output.name, output.datatype, list(output.shape)) == ("embedding", "FP32", [-1, 4])
    config = client.get_model_config("embed").config
    assert config.max_batch_size == 0 and config.backend == "fovea" and config.input[0].data_type == 13  # TYPE_STRING
    assert client.get_model_config("embed", as_json=True)["config"]["parameters"]["task"]["string_value"] == "embedding"
    assert {each.name for each in client.get_model_repository_index().models} >= {"embed", "sentiment", "ner", "rank"}
    client.load_model("embed")
    client.unload_model("embed")
    refused(lambda: client.load_model("nobody"), "NOT_FOUND", "nobody")
    refused(lambda: client.load_model("embed", config="{}"), "UNIMPLEMENTED", "folder")
    stats = client.get_inference_statistics("embed").model_stats[0]
    assert stats.inference_count == 8 and stats.inference_stats.queue.ns == 1000
    kept = {each.name for each in client.get_model_repository_index().models if each.state == "READY"}
    assert {each.name for each in client.get_inference_statistics().model_stats} == kept
    assert len(client.get_system_shared_memory_status().regions) == 0
    client.unregister_system_shared_memory()
    client.unregister_cuda_shared_memory()
    refused(lambda: client.register_system_shared_memory("a", "/a", 4), "UNIMPLEMENTED", "shared memory is off")
    assert len(client.get_log_settings().settings) == 0 and len(client.get_trace_settings().settings) == 0
    refused(lambda: client.update_log_settings({"log_info": True}), "UNIMPLEMENTED")
    refused(lambda: client.get_model_metadata("nobody"), "NOT_FOUND", "no such model")


def embeds(client):
    """The rows of TEXTS, the same in every form that the protocol has."""
    want = client.infer("embed", [text_input(TEXTS)]).as_numpy("embedding")
    assert want.shape == (len(TEXTS), 4) and want.dtype == np.float32
    for packed in (None, "gzip", "deflate"):
        reply = client.infer("embed", [text_input(TEXTS)], request_id="7", timeout=5_000_000, priority=1,
                             client_timeout=5, model_version="1", compression_algorithm=packed,
                             outputs=[triton.InferRequestedOutput("embedding")], headers={"x-mine": "1"})
        assert np.array_equal(reply.as_numpy("embedding"), want), packed
        assert reply.get_response().id == "7" and reply.get_response().model_version == "1"
    pending = queue.Queue()
    for _ in range(8):
        client.async_infer("embed", [text_input(TEXTS)], callback=lambda result, error: pending.put((result, error)))
    for _ in range(8):
        result, error = pending.get(timeout=10)
        assert error is None and np.array_equal(result.as_numpy("embedding"), want)
    assert client.infer("embed", [text_input(["hello world"] * 2048)]).as_numpy("embedding").shape == (2048, 4)
    refused(lambda: client.infer("embed", [text_input(["a"] * 2049)]), "INVALID_ARGUMENT", "at most 2048")
    refused(lambda: client.infer("nobody", [text_input(["a"])]), "NOT_FOUND", "no such model")
    refused(lambda: client.infer("embed", [text_input(["a"], "txt")]), "INVALID_ARGUMENT", "unexpected inference input")
    refused(lambda: client.infer("embed", [text_input(["a"])], outputs=[triton.InferRequestedOutput("x")]),
            "INVALID_ARGUMENT", "output 'x'")
    refused(lambda: client.infer("embed", [text_input([])]), "INVALID_ARGUMENT", "no input")
    return want


def typed(channel, want):
    """The same with the elements in `contents`, which tritonclient never sends."""
    request = service_pb2.ModelInferRequest(model_name="embed", id="8")
    tensor = request.inputs.add(name="text", datatype="BYTES", shape=[len(TEXTS)])
    tensor.contents.bytes_contents.extend(each.encode() for each in TEXTS)
    infer = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer",
                                request_serializer=service_pb2.ModelInferRequest.SerializeToString,
                                response_deserializer=service_pb2.ModelInferResponse.FromString)
    reply = infer(request)
    assert np.array_equal(np.array(reply.outputs[0].contents.fp32_contents, np.float32).reshape(-1, 4), want)
    assert not reply.raw_output_contents and reply.id == "8"
    try:
        infer(service_pb2.ModelInferRequest(model_name="embed"))
        raise AssertionError("was not refused")
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, error


def classifies(client):
    reply = client.infer("sentiment", [text_input(TEXTS)])
    logits, probabilities = reply.as_numpy("logits"), reply.as_numpy("probabilities")
    soft = np.exp(logits - logits.max(-1, keepdims=True))
    assert np.allclose(probabilities, soft / soft.sum(-1, keepdims=True), atol=1e-6)
    names = np.array([b"negative", b"neutral", b"positive"], dtype=object)
    assert list(reply.as_numpy("label")) == list(names[logits.argmax(-1)])
    top = client.infer("sentiment", [text_input(TEXTS[:1])],
                       outputs=[triton.InferRequestedOutput("logits", class_count=2)]).as_numpy("logits")
    assert top.shape == (1, 2) and top[0][0].split(b":")[2] == names[logits[0].argmax()]


def with_token_ids(client, want):
    ids = np.array([[1, 20, 30, 2], [1, 20, 2, 0]], dtype=np.int64)
    mask = np.array([[1, 1, 1, 1], [1, 1, 1, 0]], dtype=np.int64)
    tensors = [triton.InferInput(name, [2, 4], "INT64") for name in ("input_ids", "attention_mask", "token_type_ids")]
    for tensor, values in zip(tensors, (ids, mask, mask * 0)):
        tensor.set_data_from_numpy(values)
    both = client.infer("bare", tensors).as_numpy("embedding")
    assert both.shape == want[:2].shape and not np.array_equal(both[0], both[1])


def streams(client, want):
    answers = queue.Queue()
    client.start_stream(callback=lambda result, error: answers.put((result, error)), stream_timeout=30)
    for number in range(100):
        model = "nobody" if number % 10 == 3 else "embed"
        client.async_stream_infer(model, [text_input(TEXTS)], request_id=str(number),
                                  enable_empty_final_response=number % 2 == 0)
    for number in range(100):
        result, error = answers.get(timeout=10)
        if number % 10 == 3:
            assert result is None and "no such model" in str(error), (number, result, error)
            continue
        assert error is None and result.get_response().id == str(number), (number, error)
        assert np.array_equal(result.as_numpy("embedding"), want)
    client.stop_stream()
    client.start_stream(callback=lambda result, error: answers.put((result, error)))
    client.stop_stream(cancel_requests=True)


def health(channel):
    stub = health_pb2_grpc.HealthStub(channel)
    serving = health_pb2.HealthCheckResponse.SERVING
    for service in ("", "embed", "inference.GRPCInferenceService"):
        assert stub.Check(health_pb2.HealthCheckRequest(service=service)).status == serving, service
    gone = stub.Check(health_pb2.HealthCheckRequest(service="gone"))
    assert gone.status == health_pb2.HealthCheckResponse.NOT_SERVING
    try:
        stub.Check(health_pb2.HealthCheckRequest(service="nobody"))
        raise AssertionError("was not refused")
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.NOT_FOUND, error
    watch = stub.Watch(health_pb2.HealthCheckRequest(service="embed"))
    assert next(watch).status == serving
    watch.cancel()


def reflection(channel, want):
    """A client that knows no proto: it finds the service, its messages, and calls it."""
    database = ProtoReflectionDescriptorDatabase(channel)
    assert {"inference.GRPCInferenceService", "tei.v1.Embed", "grpc.health.v1.Health"} <= set(database.get_services())
    pool = descriptor_pool.DescriptorPool(database)
    from google.protobuf.message_factory import GetMessageClass
    method = pool.FindServiceByName("tei.v1.Tokenize").FindMethodByName("Tokenize")
    request, response = (GetMessageClass(each) for each in (method.input_type, method.output_type))
    tokenize = channel.unary_unary("/tei.v1.Tokenize/Tokenize", request_serializer=request.SerializeToString,
                                   response_deserializer=response.FromString)
    assert [each.text for each in tokenize(request(inputs="ab  c")).tokens] == ["ab", "c"]
    method = pool.FindServiceByName("inference.GRPCInferenceService").FindMethodByName("ModelInfer")
    request, response = (GetMessageClass(each) for each in (method.input_type, method.output_type))
    infer = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer",
                                request_serializer=request.SerializeToString,
                                response_deserializer=response.FromString)
    asked = request(model_name="embed")
    asked.inputs.add(name="text", datatype="BYTES", shape=[1]).contents.bytes_contents.append(TEXTS[0].encode())
    assert np.array_equal(np.array(infer(asked).outputs[0].contents.fp32_contents, np.float32), want[0])


def main():
    with subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        server.stdout.readline()
        url = f"127.0.0.1:{int(server.stdout.readline())}"
        client = triton.InferenceServerClient(url)
        asks(client)
        want = embeds(client)
        classifies(client)
        with_token_ids(client, want)
        streams(client, want)
        client.close()
        with grpc.insecure_channel(url) as channel:
            typed(channel, want)
            health(channel)
            reflection(channel, want)
        server.stdin.close()
    print("tritonclient over gRPC, health checking and reflection: as they come")


main()
