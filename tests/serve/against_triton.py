"""The same requests to the doors and to a real Triton: same statuses, same shapes, same numbers.

usage: against_triton.py STUB_SERVER. FOVEA_TRITON_PYTHON names an interpreter that has nvidia-pytriton. A row of
DIFFERENCES names a request that is meant to be answered otherwise, and why. Exit 99: skipped.
"""
import gzip
import http.client
import json
import struct
import sys
import zlib

from peers import both_servers

TEXT = {"name": "text", "shape": [2], "datatype": "BYTES", "data": ["hello world", "you"]}
INFER = "/v2/models/sentiment/infer"
WIDE = "Inference-Header-Content-Length"

# name: Triton's status, ours, why
NO_BATCH = "its model has no batch dimension: it ranks all rows as one; ours are ranked row by row, with labels"
PARSER = "what its parser throws becomes a 500; the request is wrong, not the server"
CLOSED = "pytriton starts it with this closed"
DIFFERENCES = {
    "classification": (200, 200, NO_BATCH),
    "classification in binary": (200, 200, NO_BATCH),
    "more classes than there are": (200, 200, NO_BATCH),
    "another coding": (501, 415, "RFC 9110 15.5.16"),
    "no JSON": (500, 400, PARSER),
    "no inputs": (500, 400, PARSER),
    "a negative shape": (500, 400, PARSER),
    "no shape": (500, 400, PARSER),
    "numbers as texts": (500, 400, PARSER),
    "an id that is a number": (500, 400, PARSER),
    "an output twice": (200, 400, "later versions of it refuse this, too"),
    "GET /v2/models/nobody/ready": (400, 404, "the protocol says 404 for a model that is not there"),
    "GET /v2/models/sentiment/stats": (403, 200, CLOSED),
    "GET /v2/models/stats": (403, 200, CLOSED),
    "GET /v2/systemsharedmemory/status": (403, 200, CLOSED),
    "GET /v2/cudasharedmemory/status": (403, 200, CLOSED),
    "POST /v2/systemsharedmemory/unregister": (403, 200, CLOSED),
    "GET /v2/repository/index": (403, 405, CLOSED),
    "POST /v2/repository/index": (403, 200, CLOSED),
}


def element(text):
    return struct.pack("<I", len(text)) + text


def binary(tensors, payload, **more):
    header = json.dumps({"inputs": tensors, **more}).encode()
    return header + payload, {WIDE: str(len(header))}


def named(shape, size, name="text", datatype="BYTES"):
    return {"name": name, "shape": shape, "datatype": datatype, "parameters": {"binary_data_size": size}}


def outputs(*names, **parameters):
    return [{"name": name, "parameters": parameters} for name in names]


def infer_cases():
    """name: (JSON or (bytes, headers))"""
    ok = {"inputs": [TEXT]}
    two = element(b"hello world") + element(b"you")
    yield "json", ok
    yield "json with an id", {"id": "7", **ok}
    yield "one output", {**ok, "outputs": outputs("logits")}
    yield "outputs turned round", {**ok, "outputs": outputs("logits", "label")}
    yield "binary outputs", {**ok, "outputs": outputs("logits", "label", binary_data=True)}
    yield "binary for all", {**ok, "parameters": {"binary_data_output": True}}
    yield "classification", {**ok, "outputs": outputs("logits", classification=2)}
    yield "classification in binary", {**ok, "outputs": outputs("logits", classification=3, binary_data=True)}
    yield "more classes than there are", {**ok, "outputs": outputs("logits", classification=9)}
    yield "priority and timeout", {**ok, "parameters": {"priority": 1, "timeout": 1000000}}
    yield "binary input", binary([named([2], 22)], two)
    yield "binary both ways", binary([named([2], 22)], two, outputs=outputs("logits", binary_data=True))
    packed = json.dumps(ok).encode()
    yield "gzip", (gzip.compress(packed), {"Content-Encoding": "gzip"})
    yield "deflate", (zlib.compress(packed), {"Content-Encoding": "deflate"})
    yield "another coding", (packed, {"Content-Encoding": "br"})
    yield "damaged gzip", (b"nothing of the kind", {"Content-Encoding": "gzip"})
    yield "no JSON", (b"{", {})
    yield "nothing", (b"", {})
    yield "no inputs", {}
    yield "an empty list of inputs", {"inputs": []}
    yield "an unknown input", {"inputs": [{**TEXT, "name": "txt"}]}
    yield "an unknown output", {**ok, "outputs": outputs("x")}
    yield "an output twice", {**ok, "outputs": outputs("logits", "logits")}
    yield "too few elements", {"inputs": [{**TEXT, "shape": [3]}]}
    yield "too many elements", {"inputs": [{**TEXT, "shape": [1]}]}
    yield "a negative shape", {"inputs": [{**TEXT, "shape": [-1]}]}
    yield "no shape", {"inputs": [{key: TEXT[key] for key in ("name", "datatype", "data")}]}
    yield "no data", {"inputs": [{key: TEXT[key] for key in ("name", "datatype", "shape")}]}
    yield "another datatype", {"inputs": [{**TEXT, "datatype": "INT64", "data": [1, 2]}]}
    yield "no datatype at all", {"inputs": [{**TEXT, "datatype": "STRING"}]}
    yield "numbers as texts", {"inputs": [{**TEXT, "data": [1, 2]}]}
    yield "an id that is a number", {"id": 7, **ok}
    yield "more binary than the shape", binary([named([1], 22)], two)
    yield "less binary than the shape", binary([named([3], 22)], two)
    yield "more binary than there is", binary([named([2], 30)], two)
    yield "binary left over", binary([named([2], 22)], two + b"x")
    yield "an element too long", binary([named([1], 7)], struct.pack("<I", 9) + b"you")
    yield "a header longer than the body", (packed, {WIDE: "99999"})
    yield "a negative header", (packed, {WIDE: "-1"})
    yield "a header that is no number", (packed, {WIDE: "x"})
    yield "shared memory", {"inputs": [{**TEXT, "parameters": {"shared_memory_region": "a",
                                                               "shared_memory_byte_size": 8}}]}
    yield "a sequence", {**ok, "parameters": {"sequence_id": 3, "sequence_start": True}}
    yield "a reserved parameter", {**ok, "parameters": {"triton_x": 1}}
    yield "an unknown parameter", {**ok, "parameters": {"mine": "1"}}
    yield "a parameter that is an object", {**ok, "parameters": {"mine": {}}}


def other_cases():
    """(method, path, body)"""
    for path in ("/v2", "/v2/health/live", "/v2/health/ready", "/v2/models/sentiment", "/v2/models/sentiment/ready",
                 "/v2/models/sentiment/versions/1/ready", "/v2/models/sentiment/config", "/v2/models/sentiment/stats",
                 "/v2/models/stats", "/v2/models/nobody", "/v2/models/nobody/ready", "/v2/models/sentiment/versions/9",
                 "/v2/nothing", "/v2/systemsharedmemory/status", "/v2/cudasharedmemory/status"):
        yield "GET", path, b""
    for path in (INFER, "/v2/repository/index"):
        yield "GET", path, b""
    for path in ("/v2/health/live", "/v2/models/sentiment"):
        yield "POST", path, b""
    yield "POST", "/v2/repository/index", b""
    yield "POST", "/v2/repository/index", b'{"ready":true}'
    yield "POST", "/v2/models/nobody/infer", json.dumps({"inputs": [TEXT]}).encode()
    yield "POST", "/v2/systemsharedmemory/unregister", b""
    yield "PUT", INFER, b"{}"


def ask(port, method, path, body, headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, body, {"Content-Type": "application/json", **headers})
    response = connection.getresponse()
    answer = response.status, response.getheader(WIDE), response.read()
    connection.close()
    return answer


def tensors(answer):
    """Status and, of an answer, its tensors: name -> (datatype, shape, binary, elements)."""
    status, wide, body = answer
    if status != 200:
        assert not body or "error" in json.loads(body) or status in (404, 405), body
        return status
    split = int(wide) if wide else len(body)
    parsed, rest, out = json.loads(body[:split]), body[split:], {}
    for tensor in parsed["outputs"]:
        size = tensor.get("parameters", {}).get("binary_data_size")
        if size is None:
            elements = tensor["data"]
        else:
            part, rest = rest[:size], rest[size:]
            elements = []
            while tensor["datatype"] == "BYTES" and part:
                length = struct.unpack("<I", part[:4])[0]
                elements.append(part[4:4 + length].decode())
                part = part[4 + length:]
            elements += struct.unpack(f"<{len(part) // 4}f", part)
        elements = [each if isinstance(each, str) else round(each, 5) for each in elements]
        out[tensor["name"]] = (tensor["datatype"], tensor["shape"], size is not None, elements)
    assert not rest
    return status, parsed.get("id"), parsed["model_name"], parsed["model_version"], out


def compare(ours, theirs):
    faults, seen = [], 0
    for name, case in infer_cases():
        body, headers = case if isinstance(case, tuple) else (json.dumps(case).encode(), {})
        a, b = (tensors(ask(port, "POST", INFER, body, headers)) for port in (theirs, ours))
        faults += judged(name, a, b)
        seen += 1
    for method, path, body in other_cases():
        a, b = (ask(port, method, path, body, {})[0] for port in (theirs, ours))
        faults += judged(f"{method} {path}", a, b)
        seen += 1
    return faults, seen


def judged(name, triton, door):
    if name in DIFFERENCES:
        want = DIFFERENCES[name][:2]
        got = tuple(each if isinstance(each, int) else each[0] for each in (triton, door))
        return [] if got == want else [f"{name}: the known difference is {want}, now {got}"]
    return [] if triton == door else [f"{name}: Triton {triton}\n    ours {door}"]


def main():
    with both_servers(sys.argv[1]) as (theirs, ours):
        faults, seen = compare(ours["http"], theirs["http"])
    print("\n".join(faults) or f"{seen} requests, {len(DIFFERENCES)} of them answered otherwise for a reason")
    assert seen > 60
    sys.exit(bool(faults))


main()
