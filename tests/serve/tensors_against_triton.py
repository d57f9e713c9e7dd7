"""Tensors of every datatype through the doors and through a real Triton, each to a model that gives back what it gets:
same statuses, same shapes, same elements; metadata and configuration say the same of the tensors.

usage: tensors_against_triton.py STUB_SERVER. FOVEA_TRITON_PYTHON names an interpreter that has nvidia-pytriton. A row
of DIFFERENCES names a request that is meant to be answered otherwise, and why. Exit 99: skipped.
"""
import http.client
import json
import struct
import sys

from peers import beside_triton

WIDE = "Inference-Header-Content-Length"
# Datatype: bytes of an element, elements in JSON, elements that are none.
WHOLE = {f"{sign}INT{bits}": (bits // 8, low, high) for bits in (8, 16, 32, 64)
         for sign, low, high in (("", -2 ** (bits - 1), 2 ** (bits - 1) - 1), ("U", 0, 2 ** bits - 1))}
CASES = {name: (width, [low, high], [[low - 1, 0], [0, high + 1], [0.5, 1], ["1", "2"]])
         for name, (width, low, high) in WHOLE.items()}
CASES |= {"BOOL": (1, [True, False], [["true", "false"]]), "FP16": (2, None, [[1.0, 2.0]]),
          "FP32": (4, [0.1, -3], [["1", "2"], [None, 1]]), "FP64": (8, [0.1, 1e300], [["1", "2"]]),
          "BYTES": (0, ["", "größer"], [[1, 2]])}

# Case: Triton's status, ours, why.
PARSER = (500, 400, "what its parser throws becomes a 500; the request is wrong, not the server")
SHAPE = (200, 400, "data that are nested otherwise than their shape says are a mistake")
CUT = (200, 400, "it keeps the low bits of a number that does not fit")
NO_JSON = (200, 400, "RFC 8259 has no such number; the refusal says to ask for it in binary")
DIFFERENCES = {
    "NaN in JSON": NO_JSON,
    "infinity in JSON": NO_JSON,
    "no element": (500, 200, "no rows are rows, too; its backend does not take them"),
    "a negative dimension": PARSER,
    "a dimension that overflows": PARSER,
}
for _name, (_width, _good, _bad) in CASES.items():
    if _good is None:
        continue
    DIFFERENCES |= {f"{_name} bad {i}": PARSER for i in range(len(_bad))}
    DIFFERENCES[f"{_name} nested otherwise"] = SHAPE
    if _name != "BYTES":
        DIFFERENCES |= {f"{_name} JSON with too {many}": PARSER for many in ("few", "many")}
for _bits in (8, 16, 32):
    DIFFERENCES |= {f"INT{_bits} bad 0": CUT, f"INT{_bits} bad 1": CUT, f"UINT{_bits} bad 1": CUT}


def element(text):
    return struct.pack("<I", len(text)) + text


def json_body(datatype, data, shape=(1, 2), **more):
    tensor = {"name": "input", "datatype": datatype, "shape": list(shape), "data": data}
    return json.dumps({"inputs": [tensor], **more}).encode(), {}


def binary_body(datatype, payload, shape=(1, 2), output=True):
    tensor = {"name": "input", "datatype": datatype, "shape": list(shape),
              "parameters": {"binary_data_size": len(payload)}}
    header = json.dumps({"inputs": [tensor], "outputs": [{"name": "output",
                                                          "parameters": {"binary_data": output}}]}).encode()
    return header + payload, {WIDE: str(len(header))}


def cases():
    """(case, datatype, body, headers)"""
    for datatype, (width, good, bad) in CASES.items():
        payload = element(b"") + element(b"\0\xff") if datatype == "BYTES" else bytes(range(1, 2 * width + 1))
        if datatype == "BOOL":
            payload = b"\0\1"
        yield f"{datatype} binary", datatype, *binary_body(datatype, payload)
        yield f"{datatype} binary of one column", datatype, *binary_body(datatype, payload, (2, 1))
        yield f"{datatype} too little binary", datatype, *binary_body(datatype, payload[:-1])
        yield f"{datatype} too much binary", datatype, *binary_body(datatype, payload + b"\0")
        yield f"{datatype} of three dimensions", datatype, *binary_body(datatype, payload, (1, 1, 2))
        yield f"{datatype} of one dimension", datatype, *binary_body(datatype, payload, (2,))
        for i, data in enumerate(bad):
            yield f"{datatype} bad {i}", datatype, *json_body(datatype, data)
        if good is None:
            yield f"{datatype} binary in, JSON out", datatype, *binary_body(datatype, payload, output=False)
            continue
        if datatype != "BYTES":
            yield f"{datatype} binary in, JSON out", datatype, *binary_body(datatype, payload, output=False)
        yield f"{datatype} JSON", datatype, *json_body(datatype, good)
        yield f"{datatype} nested JSON", datatype, *json_body(datatype, [good])
        yield f"{datatype} nested otherwise", datatype, *json_body(datatype, [[good[0]], [good[1]]])
        yield f"{datatype} JSON with too few", datatype, *json_body(datatype, good[:1])
        yield f"{datatype} JSON with too many", datatype, *json_body(datatype, good + good)
        yield f"{datatype} JSON in, binary out", datatype, *json_body(
            datatype, good, outputs=[{"name": "output", "parameters": {"binary_data": True}}])
        yield f"{datatype} another datatype", datatype, *json_body("INT8" if datatype != "INT8" else "INT16", [1, 2])
    for value, number in (("NaN", float("nan")), ("infinity", float("inf"))):
        payload = struct.pack("<2f", number, 1)
        yield f"{value} in binary", "FP32", *binary_body("FP32", payload)
        yield f"{value} in JSON", "FP32", *binary_body("FP32", payload, output=False)
    yield "a raw body of two free dimensions", "FP32", b"\0" * 8, {WIDE: "0"}
    yield "no element", "FP32", *binary_body("FP32", b"", (0, 2))
    yield "a negative dimension", "FP32", *json_body("FP32", [1, 2], (-1, 2))
    yield "a dimension that overflows", "FP32", *json_body("FP32", [1, 2], (2 ** 62, 4))


def ask(port, method, path, body=b"", headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, body, {"Content-Type": "application/json", **(headers or {})})
    response = connection.getresponse()
    answer = response.status, response.getheader(WIDE), response.read()
    connection.close()
    return answer


def read(answer):
    """Status and, of an answer, its output's datatype, shape and elements."""
    status, wide, body = answer
    if status != 200:
        return status
    split = int(wide) if wide else len(body)
    try:
        output, = json.loads(body[:split])["outputs"]
    except json.JSONDecodeError:
        return status, "no JSON"
    data = output.get("data")
    if data and output["datatype"] == "FP32":  # Triton writes more digits than a float has
        data = [struct.unpack("<f", struct.pack("<f", each))[0] for each in data]
    return status, output["datatype"], output["shape"], data, body[split:].hex()


def described(port, datatype):
    said = json.loads(ask(port, "GET", f"/v2/models/same_{datatype}")[2])
    config = json.loads(ask(port, "GET", f"/v2/models/same_{datatype}/config")[2])
    tensors = [(each["name"], each["data_type"], each["dims"]) for each in config["input"] + config["output"]]
    return said["name"], said["versions"], said["inputs"], said["outputs"], config["max_batch_size"], tensors


def compare(ours, theirs):
    faults, seen = [], set()
    for case, datatype, body, headers in cases():
        assert case not in seen, case
        seen.add(case)
        triton, door = (read(ask(port, "POST", f"/v2/models/same_{datatype}/infer", body, headers))
                        for port in (theirs, ours))
        if case in DIFFERENCES:
            got = tuple(each if isinstance(each, int) else each[0] for each in (triton, door))
            if got != DIFFERENCES[case][:2]:
                faults.append(f"{case}: the known difference is {DIFFERENCES[case][:2]}, now {got}")
        elif triton != door:
            faults.append(f"{case}: Triton {triton}\n    ours {door}")
    for datatype in CASES:
        triton, door = (described(port, datatype) for port in (theirs, ours))
        if triton != door:
            faults.append(f"{datatype} described: Triton {triton}\n    ours {door}")
    assert set(DIFFERENCES) <= seen, set(DIFFERENCES) - seen
    return faults, len(seen)


def main():
    with beside_triton(sys.argv[1], "triton_tensors_peer.py") as (triton, ours):
        faults, seen = compare(ours[0], triton)
    print("\n".join(faults) or f"{seen} requests, {len(DIFFERENCES)} of them answered otherwise for a reason")
    assert seen > 150
    sys.exit(bool(faults))


main()
