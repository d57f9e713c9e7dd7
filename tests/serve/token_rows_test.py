"""The rows of all tokens over both doors of one server: POST /embed_all, and tei.v1.Embed/EmbedAll with its stream.

usage: token_rows_test.py TINY_MODEL. Both doors give the same bits, alone and beside other calls, cached or not; their
mean is what /embed gives; models without such rows say why. FOVEA_CLIENTS_PYTHON names an interpreter that has grpcio,
where this one has not. Exit 99: skipped.
"""
import concurrent.futures
import pathlib
import signal
import subprocess
import sys
import tempfile

from peers import clients_or_other_python

clients_or_other_python("grpc", "grpc_reflection", "numpy")
import grpc  # noqa: E402
import numpy as np  # noqa: E402
from google.protobuf import descriptor_pool  # noqa: E402
from google.protobuf.message_factory import GetMessageClass  # noqa: E402
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase  # noqa: E402
from serving import Server  # noqa: E402

TEXTS = ["the refund is late", "", "where my order is", "good", "not good, not bad!", "the refund is late " * 2]
TOKENS_MAX = 32  # of the tiny model


class Tei:
    """The methods of tei.v1.Embed, their messages as the server's reflection tells them."""

    def __init__(self, port):
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(self.channel))
        method = pool.FindServiceByName("tei.v1.Embed").FindMethodByName("EmbedAll")
        self.request, response = (GetMessageClass(each) for each in (method.input_type, method.output_type))
        ways = {"request_serializer": self.request.SerializeToString, "response_deserializer": response.FromString}
        self.one = self.channel.unary_unary("/tei.v1.Embed/EmbedAll", **ways)
        self.many = self.channel.stream_stream("/tei.v1.Embed/EmbedAllStream", **ways)

    @staticmethod
    def rows(reply):
        return np.array([row.embeddings for row in reply.token_embeddings], np.float32)

    def all(self, text, **fields):
        return self.rows(self.one(self.request(inputs=text, **fields), timeout=30))

    def refusal(self, text, **fields):
        try:
            self.one(self.request(inputs=text, **fields), timeout=30)
        except grpc.RpcError as error:
            return error.code(), error.details()
        sys.exit(f"was not refused: {text!r}")


def over_http(server, inputs, **fields):
    status, reply = server.post("/embed_all", {"inputs": inputs, **fields})
    assert status == 200, reply
    return [np.array(rows, np.float32) for rows in reply]


def embedded(server, inputs, **fields):
    status, reply = server.post("/embed", {"inputs": inputs, **fields})
    assert status == 200, reply
    return np.array(reply, np.float32)


def same_bits(a, b, what):
    assert a.shape == b.shape and a.tobytes() == b.tobytes(), what


def rows_of_both_doors(server, tei):
    together = over_http(server, TEXTS)
    status, tokens = server.post("/tokenize", {"inputs": TEXTS})
    assert status == 200, tokens
    assert [len(rows) for rows in together] == [len(each) for each in tokens], "a row for each token"
    assert len(together[1]) == 2, "an empty text has its special tokens"
    streamed = tei.many(iter([tei.request(inputs=text) for text in TEXTS]), timeout=30)
    for text, rows, reply in zip(TEXTS, together, streamed, strict=True):
        same_bits(rows, tei.all(text), f"gRPC differs: {text!r}")
        same_bits(rows, tei.rows(reply), f"the stream differs: {text!r}")
        same_bits(rows, over_http(server, text)[0], f"differs alone: {text!r}")
        assert reply.metadata.compute_tokens == len(rows), text
    ids = [[token["id"] for token in each] for each in tokens]
    for text, rows, by_ids in zip(TEXTS, together, over_http(server, ids), strict=True):
        same_bits(rows, by_ids, f"differs by ids: {text!r}")
    return together


def means_are_embeddings(server, together):
    """The tiny model's folder says nothing of pooling: it is the mean."""
    means = np.array([rows.astype(np.float64).mean(axis=0) for rows in together])
    assert np.abs(means - embedded(server, TEXTS, normalize=False)).max() <= 1e-6
    units = means / np.linalg.norm(means, axis=1, keepdims=True)
    assert np.abs(units - embedded(server, TEXTS)).max() <= 1e-6


def beside_other_calls(server, tei, together):
    """Calls of both kinds at once, so that groups hold both: nobody's bits change."""
    pooled = embedded(server, TEXTS)

    def ask(number):
        at = number % len(TEXTS)
        if number % 3 == 0:
            same_bits(tei.all(TEXTS[at]), together[at], TEXTS[at])
        elif number % 3 == 1:
            same_bits(over_http(server, TEXTS[at])[0], together[at], TEXTS[at])
        else:
            same_bits(embedded(server, TEXTS), pooled, "embeddings beside rows")

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert len(list(pool.map(ask, range(400)))) == 400


def cuts_and_refuses(server, tei):
    longer = "good " * 40
    assert over_http(server, longer, truncate=True)[0].shape == (TOKENS_MAX, 24)
    same_bits(over_http(server, longer, truncate=True)[0], tei.all(longer, truncate=True), "cut")
    for wanted, body in ((413, {"inputs": longer}), (413, {"inputs": ["a"] * 2049}), (400, {"inputs": []}),
                         (422, {"inputs": 1}), (422, {}), (422, {"inputs": "a", "prompt_name": "query"}),
                         (422, {"inputs": "a", "truncate": True, "truncation_direction": "Left"})):
        status, reply = server.post("/embed_all", body)
        assert status == wanted and set(reply) == {"error", "error_type"}, (status, reply)
    assert tei.refusal(longer)[0] == grpc.StatusCode.OUT_OF_RANGE
    for field in ({"prompt_name": "query"}, {"truncate": True, "truncation_direction": 1}):
        assert tei.refusal("a", **field)[0] == grpc.StatusCode.INVALID_ARGUMENT, field


def refused_by(place, http, code, why):
    server = Server("--model", f"m={place}", "--grpc", "127.0.0.1:0")
    status, reply = server.post("/embed_all", {"inputs": "a"})
    assert status == http and why in reply["error"], (status, reply)
    said = Tei(server.grpc_port).refusal("a")
    assert said[0] == code and why in said[1], said
    assert server.end(signal.SIGTERM) == 128 + signal.SIGTERM


def main():
    with tempfile.TemporaryDirectory() as kept:
        folder = pathlib.Path(kept)
        for name, labels in (("embeds", "0"), ("labels", "3")):
            subprocess.run([sys.argv[1], str(folder / name), labels, "0"], check=True)
        answers = []
        for more in ((), ("--cache", "1MiB")):
            server = Server("--model", f"m={folder / 'embeds'}", "--grpc", "127.0.0.1:0", *more)
            tei = Tei(server.grpc_port)
            answers.append(rows_of_both_doors(server, tei))
            means_are_embeddings(server, answers[-1])
            beside_other_calls(server, tei, answers[-1])
            cuts_and_refuses(server, tei)
            tei.channel.close()
            assert server.end(signal.SIGTERM) == 128 + signal.SIGTERM
        for plain, cached in zip(*answers, strict=True):
            same_bits(plain, cached, "the cache changes rows")
        refused_by(folder / "labels", 424, grpc.StatusCode.FAILED_PRECONDITION, "'m' does classification")
        refused_by("null", 501, grpc.StatusCode.UNIMPLEMENTED, "gives one row for a text")
    print(f"{len(TEXTS)} texts: the same rows over both doors, alone, in any group, cached or not")


main()
