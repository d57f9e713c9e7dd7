"""The same gRPC calls to the door and to a real Triton: same statuses, same shapes, same numbers.

usage: against_triton_grpc.py STUB_SERVER. FOVEA_TRITON_PYTHON names an interpreter that has nvidia-pytriton,
FOVEA_CLIENTS_PYTHON one that has tritonclient, where this one has not. A row of DIFFERENCES names a call that is meant
to be answered otherwise, and why. Exit 99: skipped.
"""
import struct
import sys

from peers import both_servers, clients_or_other_python


clients_or_other_python("tritonclient.grpc")
import grpc  # noqa: E402
from tritonclient.grpc import service_pb2 as v2  # noqa: E402

SERVICE = "/inference.GRPCInferenceService/"
OK = "OK"

# name: Triton's status, ours, why
NO_BATCH = "its model has no batch dimension: it ranks all rows as one; ours are ranked row by row, with labels"
LATER = "later versions of it refuse this, too"
PARSER = "what gRPC's own parser refuses becomes INTERNAL; the request is wrong, not the server"
NUMBERS = "its versions are numbers; ours have aliases, too, and this is none"
CLOSED = "pytriton starts it with this closed"
DIFFERENCES = {
    "an output twice": (OK, "INVALID_ARGUMENT", LATER),
    "stream: an output twice": (OK, "refused", LATER),
    "classification": (OK, OK, NO_BATCH),
    "stream: classification": (OK, OK, NO_BATCH),
    "more raw contents than inputs": (OK, "INVALID_ARGUMENT", "the protocol: one for each input"),
    "stream: more raw contents than inputs": (OK, "refused", "the protocol: one for each input"),
    "no element": ("INTERNAL", "INVALID_ARGUMENT", "its model's code fails on no text; ours refuses it"),
    "shared memory": ("NOT_FOUND", "INVALID_ARGUMENT", "it has no such region, ours no shared memory"),
    "garbage": ("INTERNAL", "INVALID_ARGUMENT", PARSER),
    "cut short": ("INTERNAL", "INVALID_ARGUMENT", PARSER),
    'ModelReady name: "sentiment" version: "x"': ("INVALID_ARGUMENT", "ready: False", NUMBERS),
    'ModelMetadata name: "sentiment" version: "x"': ("INVALID_ARGUMENT", "NOT_FOUND", NUMBERS),
    'ModelConfig name: "sentiment" version: "x"': ("INVALID_ARGUMENT", "NOT_FOUND", NUMBERS),
    'ModelStatistics name: "sentiment"': ("UNAVAILABLE", OK, CLOSED),
    'ModelStatistics name: "sentiment" version: "1"': ("UNAVAILABLE", OK, CLOSED),
    'ModelStatistics name: "nobody"': ("UNAVAILABLE", "NOT_FOUND", CLOSED),
    'ModelStatistics name: "sentiment" version: "9"': ("UNAVAILABLE", "NOT_FOUND", CLOSED),
    'ModelStatistics name: "sentiment" version: "x"': ("UNAVAILABLE", "NOT_FOUND", CLOSED),
    "ModelStatistics": ("UNAVAILABLE", OK, CLOSED),
    "RepositoryIndex": ("UNAVAILABLE", OK, CLOSED),
    'RepositoryModelLoad model_name: "nobody"': ("UNAVAILABLE", "NOT_FOUND", CLOSED),
    "SystemSharedMemoryStatus": ("UNAVAILABLE", OK, CLOSED),
    "SystemSharedMemoryUnregister": ("UNAVAILABLE", OK, CLOSED),
    "CudaSharedMemoryStatus": ("UNAVAILABLE", OK, CLOSED),
    "TraceSetting": ("UNAVAILABLE", OK, CLOSED),
    "LogSettings": ("UNAVAILABLE", OK, CLOSED),
    "health of 'nobody'": ("b'\\x08\\x01'", "NOT_FOUND", "gRPC's health protocol: a service that is not known"),
}


def element(text):
    return struct.pack("<I", len(text)) + text


TWO = element(b"hello world") + element(b"you")


def tensor(request, name="text", datatype="BYTES", shape=(2,), raw=None, texts=None):
    one = request.inputs.add(name=name, datatype=datatype, shape=list(shape))
    if raw is not None:
        request.raw_input_contents.append(raw)
    if texts is not None:
        one.contents.bytes_contents.extend(texts)
    return request


def asked(*outputs, model="sentiment", version="", id="", raw=TWO, texts=None, **shape):
    request = v2.ModelInferRequest(model_name=model, model_version=version, id=id)
    tensor(request, raw=None if texts is not None else raw, texts=texts, **shape)
    for name in outputs:
        request.outputs.add(name=name)
    return request


def with_parameter(name, of=None, output=False, input=False, **value):
    request = of or asked("logits")
    owner = request.outputs[0] if output else request.inputs[0] if input else request
    owner.parameters[name].CopyFrom(v2.InferParameter(**value))
    return request


def infer_cases():
    """name: message"""
    yield "raw", asked()
    yield "with an id", asked(id="7")
    yield "of a version", asked(version="1")
    yield "of another version", asked(version="9")
    yield "of no model", asked(model="")
    yield "of a model that is not there", asked(model="nobody")
    yield "one output", asked("logits")
    yield "outputs turned round", asked("logits", "label")
    yield "an unknown output", asked("x")
    yield "an output twice", asked("logits", "logits")
    yield "classification", with_parameter("classification", int64_param=2, output=True)
    yield "typed contents", asked(texts=[b"hello world", b"you"])
    yield "too few typed contents", asked(texts=[b"hello world"])
    yield "too many typed contents", asked(texts=[b"a", b"b", b"c"])
    both = asked()
    both.inputs[0].contents.bytes_contents.append(b"a")
    yield "typed and raw", both
    other = asked(texts=[])
    other.inputs[0].contents.int64_contents.extend([1, 2])
    yield "contents of another datatype", other
    yield "no contents", asked(raw=None)
    more = asked()
    more.raw_input_contents.append(b"x")
    yield "more raw contents than inputs", more
    yield "raw too short", asked(raw=TWO[:-1])
    yield "raw too long", asked(raw=TWO + b"x")
    yield "more elements than the shape", asked(shape=(1,))
    yield "fewer elements than the shape", asked(shape=(3,))
    yield "an element too long", asked(raw=struct.pack("<I", 9) + b"you", shape=(1,))
    yield "no element", asked(raw=b"", shape=(0,))
    yield "an empty text", asked(raw=element(b""), shape=(1,))
    yield "a negative shape", asked(shape=(-1,))
    yield "no shape", asked(shape=())
    yield "two dimensions too many", asked(shape=(1, 1, 2))
    yield "no inputs", v2.ModelInferRequest(model_name="sentiment")
    yield "an unknown input", asked(name="txt")
    yield "an input twice", tensor(asked(), raw=TWO)
    yield "another datatype", asked(raw=bytes(16), datatype="INT64")
    yield "no datatype at all", asked(datatype="STRING")
    yield "an empty message", v2.ModelInferRequest()
    yield "priority", with_parameter("priority", uint64_param=1)
    yield "a timeout", with_parameter("timeout", int64_param=1_000_000)
    yield "a sequence", with_parameter("sequence_id", int64_param=3)
    yield "an unknown parameter", with_parameter("mine", string_param="1")
    yield "a reserved parameter", with_parameter("triton_x", bool_param=True)
    yield "a parameter without a value", with_parameter("mine")
    yield "shared memory", with_parameter("shared_memory_region", string_param="a", input=True,
                                          of=with_parameter("shared_memory_byte_size", int64_param=8, input=True))


def other_cases():
    """(method, message, answer's class)"""
    for name in ("ServerLive", "ServerReady", "ServerMetadata"):
        yield name, getattr(v2, name + "Request")()
    for name in ("ModelReady", "ModelMetadata", "ModelConfig", "ModelStatistics"):
        kind = getattr(v2, name + "Request")
        for arguments in ({"name": "sentiment"}, {"name": "sentiment", "version": "1"}, {"name": "nobody"},
                          {"name": "sentiment", "version": "9"}, {"name": "sentiment", "version": "x"}, {}):
            yield name, kind(**arguments)
    yield "RepositoryIndex", v2.RepositoryIndexRequest()
    yield "RepositoryModelLoad", v2.RepositoryModelLoadRequest(model_name="nobody")
    yield "SystemSharedMemoryStatus", v2.SystemSharedMemoryStatusRequest()
    yield "SystemSharedMemoryUnregister", v2.SystemSharedMemoryUnregisterRequest()
    yield "CudaSharedMemoryStatus", v2.CudaSharedMemoryStatusRequest()
    yield "TraceSetting", v2.TraceSettingRequest()
    yield "LogSettings", v2.LogSettingsRequest()
    yield "Nothing", v2.ServerLiveRequest()


def call(channel, method, request):
    """The answer's bytes, or the status's name."""
    ask = channel.unary_unary(method, request_serializer=bytes, response_deserializer=bytes)
    try:
        return ask(request if isinstance(request, bytes) else request.SerializeToString(), timeout=30)
    except grpc.RpcError as error:
        return error.code().name


def elements(response):
    """An answer's tensors: name -> (datatype, shape, elements), however they came."""
    out = {}
    for i, each in enumerate(response.outputs):
        if response.raw_output_contents:
            part, values = response.raw_output_contents[i], []
            while each.datatype == "BYTES" and part:
                length = struct.unpack("<I", part[:4])[0]
                values.append(part[4:4 + length])
                part = part[4 + length:]
            values += struct.unpack(f"<{len(part) // 4}f", part)
        else:
            values = list(each.contents.bytes_contents) + list(each.contents.fp32_contents)
        values = [round(value, 5) if isinstance(value, float) else value for value in values]
        out[each.name] = each.datatype, list(each.shape), values
    return out


def tensors(answer, kind=v2.ModelInferResponse):
    if isinstance(answer, str):
        return answer
    response = answer if isinstance(answer, kind) else kind.FromString(answer)
    return OK, response.id, response.model_name, response.model_version, elements(response)


def judged(name, triton, door):
    if name in DIFFERENCES:
        want = DIFFERENCES[name][:2]
        got = tuple(each if isinstance(each, str) else each[0] for each in (triton, door))
        return [] if got == want else [f"{name}: the known difference is {want}, now {got}"]
    return [] if triton == door else [f"{name}: Triton {triton}\n    ours {door}"]


def streamed(channel):
    """What a stream of all infer cases answers, one after another."""
    stream = channel.stream_stream(SERVICE + "ModelStreamInfer",
                                   request_serializer=v2.ModelInferRequest.SerializeToString,
                                   response_deserializer=v2.ModelStreamInferResponse.FromString)
    out = []
    for name, request in infer_cases():
        answers = list(stream(iter([request]), timeout=30))
        assert len(answers) == 1, (name, answers)
        error = answers[0].error_message
        out.append((f"stream: {name}", "refused" if error else tensors(answers[0].infer_response)))
    return out


def compare(theirs, ours):
    faults, seen = [], 0
    for name, request in infer_cases():
        a, b = (tensors(call(channel, SERVICE + "ModelInfer", request)) for channel in (theirs, ours))
        faults += judged(name, a, b)
        seen += 1
    for method, request in other_cases():
        a, b = (call(channel, SERVICE + method, request) for channel in (theirs, ours))
        name = f"{method} {str(request).strip()}".replace("\n", " ").strip()
        if method == "ModelReady":  # what is said, not only that something is
            a, b = (each if isinstance(each, str) else f"ready: {v2.ModelReadyResponse.FromString(each).ready}"
                    for each in (a, b))
        faults += judged(name, *(each if isinstance(each, str) else OK for each in (a, b)))
        seen += 1
    for (name, a), (_, b) in zip(streamed(theirs), streamed(ours)):
        faults += judged(name, a, b)
        seen += 1
    for name, message in (("garbage", b"\x0f\xff\xff"), ("cut short", b"\x0a\x7fabc")):
        a, b = (call(channel, SERVICE + "ModelInfer", message) for channel in (theirs, ours))
        faults += judged(name, a, b)
        seen += 1
    for service in (b"", b"nobody"):
        message = b"\x0a" + bytes([len(service)]) + service if service else b""
        a, b = (call(channel, "/grpc.health.v1.Health/Check", message) for channel in (theirs, ours))
        faults += judged(f"health of '{service.decode()}'", *map(str, (a, b)))
        seen += 1
    return faults, seen


def main():
    with both_servers(sys.argv[1]) as (theirs, ours):
        with grpc.insecure_channel(f"127.0.0.1:{theirs['grpc']}") as triton, \
                grpc.insecure_channel(f"127.0.0.1:{ours['grpc']}") as door:
            faults, seen = compare(triton, door)
    print("\n".join(faults) or f"{seen} calls, {len(DIFFERENCES)} of them answered otherwise for a reason")
    assert seen > 100
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
