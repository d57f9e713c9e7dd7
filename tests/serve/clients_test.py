"""Clients as they come from PyPI against the doors: tritonclient (HTTP), openai, huggingface_hub, cohere, boto3 and
MLflow's client of scoring servers.

usage: clients_test.py STUB_SERVER. The server's rows follow from tokens alone, so that every door must give the same
numbers for a text. FOVEA_CLIENTS_PYTHON names an interpreter that has the clients (requirements.txt), where this one
has not. Exit 99: skipped.
"""
import subprocess
import sys

from peers import clients_or_other_python

TEXTS = ["hello world", "you", "größer als ∞", ""]
clients_or_other_python("tritonclient.http", "openai", "huggingface_hub", "cohere", "boto3", "mlflow", "pandas",
                        "numpy")
import json  # noqa: E402

import boto3  # noqa: E402
import cohere  # noqa: E402
import numpy as np  # noqa: E402
import openai  # noqa: E402
import pandas as pd  # noqa: E402
import tritonclient.http as triton  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402
from huggingface_hub import InferenceClient  # noqa: E402
from mlflow.pyfunc.scoring_server.client import ScoringServerClient  # noqa: E402
from tritonclient.utils import InferenceServerException  # noqa: E402


def unit(rows):
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def text_input(texts, binary=True):
    tensor = triton.InferInput("text", [len(texts)], "BYTES")
    tensor.set_data_from_numpy(np.array([t.encode() for t in texts], dtype=object), binary_data=binary)
    return tensor


def refused(call, *words):
    try:
        call()
    except InferenceServerException as error:
        assert all(word in str(error) for word in words), error
        return
    raise AssertionError("was not refused")


def triton_asks(client):
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("embed", "1")
    assert not client.is_model_ready("nobody")
    assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
    assert client.get_model_metadata("embed")["outputs"] == [
        {"name": "embedding", "datatype": "FP32", "shape": [-1, 4]}]
    assert client.get_model_config("embed")["max_batch_size"] == 0
    assert {m["name"] for m in client.get_model_repository_index()} >= {"embed", "sentiment", "ner", "rank"}
    client.load_model("embed")
    client.unload_model("embed")
    refused(lambda: client.load_model("nobody"), "nobody")
    assert client.get_inference_statistics("embed")["model_stats"][0]["inference_count"] == 8
    kept = {m["name"] for m in client.get_model_repository_index() if m["state"] == "READY"}
    counted = {m["name"] for m in client.get_inference_statistics()["model_stats"]}
    assert counted == kept, (counted, kept)
    assert client.get_system_shared_memory_status() == []
    client.unregister_system_shared_memory()
    refused(lambda: client.register_system_shared_memory("a", "/a", 4), "shared memory is off")


def triton_embeds(client):
    """The rows of TEXTS, the same over every form that the protocol has."""
    want = client.infer("embed", [text_input(TEXTS)]).as_numpy("embedding")
    assert want.shape == (len(TEXTS), 4) and want.dtype == np.float32
    for binary_in in (True, False):
        for binary_out in (True, False):
            for packed in (None, "gzip", "deflate"):
                reply = client.infer("embed", [text_input(TEXTS, binary_in)], request_id="7", timeout=5_000_000,
                                     outputs=[triton.InferRequestedOutput("embedding", binary_data=binary_out)],
                                     priority=1, request_compression_algorithm=packed,
                                     response_compression_algorithm=packed)
                assert np.array_equal(reply.as_numpy("embedding"), want), (binary_in, binary_out, packed)
                assert reply.get_response()["id"] == "7"
    many = client.infer("embed", [text_input(["hello world"] * 1000)], response_compression_algorithm="gzip")
    assert np.array_equal(many.as_numpy("embedding"), np.repeat(want[:1], 1000, axis=0))
    pending = [client.async_infer("embed", [text_input(TEXTS)]) for _ in range(8)]
    assert all(np.array_equal(each.get_result().as_numpy("embedding"), want) for each in pending)
    refused(lambda: client.infer("nobody", [text_input(["a"])]), "no such model")
    unknown = [triton.InferRequestedOutput("x")]
    refused(lambda: client.infer("embed", [text_input(["a"])], outputs=unknown), "output 'x'")
    return want


def triton_classifies(client):
    reply = client.infer("sentiment", [text_input(TEXTS)])
    logits, probabilities = reply.as_numpy("logits"), reply.as_numpy("probabilities")
    soft = np.exp(logits - logits.max(-1, keepdims=True))
    assert np.allclose(probabilities, soft / soft.sum(-1, keepdims=True), atol=1e-6)
    names = np.array([b"negative", b"neutral", b"positive"], dtype=object)
    assert list(reply.as_numpy("label")) == list(names[logits.argmax(-1)])
    top = client.infer("sentiment", [text_input(TEXTS[:1])],
                       outputs=[triton.InferRequestedOutput("logits", class_count=2)]).as_numpy("logits")
    assert top.shape == (1, 2) and top[0][0].split(b":")[2] == names[logits[0].argmax()]
    return probabilities


def triton_with_token_ids(client, want):
    ids = np.array([[1, 20, 30, 2], [1, 20, 2, 0]], dtype=np.int64)
    mask = np.array([[1, 1, 1, 1], [1, 1, 1, 0]], dtype=np.int64)
    tensors = [triton.InferInput(name, [2, 4], "INT64") for name in ("input_ids", "attention_mask", "token_type_ids")]
    for tensor, values in zip(tensors, (ids, mask, mask * 0)):
        tensor.set_data_from_numpy(values)
    both = client.infer("bare", tensors).as_numpy("embedding")
    alone = triton.InferInput("input_ids", [1, 3], "INT64")
    alone.set_data_from_numpy(ids[1:, :3])
    assert np.array_equal(client.infer("embed", [alone]).as_numpy("embedding")[0], both[1])
    assert both.shape == want[:2].shape


def with_openai(url, want, probabilities):
    client = openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)
    reply = client.embeddings.create(model="embed", input=TEXTS)  # asks for base64
    assert np.allclose([each.embedding for each in reply.data], unit(want), atol=1e-6)
    assert reply.usage.prompt_tokens == 4 + 3 + 5 + 2
    plain = client.embeddings.create(model="embed", input=TEXTS[0], encoding_format="float", dimensions=2)
    assert np.allclose(plain.data[0].embedding, unit(want[0, :2]), atol=1e-6)
    assert {each.id for each in client.models.list()} >= {"bare", "embed", "ner", "rank", "sentiment"}
    assert client.models.retrieve("embed").id == "embed"
    moderated = client.moderations.create(input=TEXTS, model="sentiment")
    assert abs(moderated.results[0].category_scores.model_extra["positive"] - probabilities[0][2]) < 1e-6
    try:
        client.embeddings.create(model="nobody", input="a")
        raise AssertionError("was not refused")
    except openai.NotFoundError as error:
        assert error.code == "model_not_found"


def with_huggingface(url, want, probabilities):
    labels = InferenceClient(model=f"{url}/models/sentiment").text_classification("hello world")
    assert abs(labels[0].score - probabilities[0].max()) < 1e-6 and len(labels) == 3
    rows = InferenceClient(model=f"{url}/models/embed").feature_extraction("hello world")
    assert np.allclose(rows, want[:1], atol=1e-6)
    near = InferenceClient(model=f"{url}/models/embed").sentence_similarity("you", other_sentences=["you", TEXTS[0]])
    assert abs(near[0] - 1) < 1e-6 and abs(near[1] - (unit(want)[0] @ unit(want)[1])) < 1e-6
    text = "größer 1 2 3 4 5 6 7"
    found = InferenceClient(model=f"{url}/models/ner").token_classification(text, aggregation_strategy="none")
    assert all(text[each.start:each.end] == each.word for each in found) and found


def with_cohere(url, want):
    client = cohere.ClientV2(api_key="none", base_url=url)
    ranked = client.rerank(model="rank", query="q", documents=["a", "b c", "d"], top_n=2)
    assert len(ranked.results) == 2 and ranked.results[0].relevance_score >= ranked.results[1].relevance_score
    reply = client.embed(model="embed", texts=TEXTS[:2], input_type="search_query", embedding_types=["float"])
    assert np.allclose(reply.embeddings.float_, unit(want[:2]), atol=1e-6)


def with_boto3(url, want):
    client = boto3.client("sagemaker-runtime", endpoint_url=url, region_name="eu-west-1", aws_access_key_id="none",
                          aws_secret_access_key="none")
    reply = client.invoke_endpoint(EndpointName="embed", ContentType="application/json",
                                   Body=json.dumps({"instances": TEXTS}))
    assert np.allclose(json.load(reply["Body"])["predictions"], want, atol=1e-6)
    try:
        client.invoke_endpoint(EndpointName="nobody", Body=b"{}")
        raise AssertionError("was not refused")
    except ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 404, error


def with_mlflow(url, want):
    host, port = url.removeprefix("http://").split(":")
    client = ScoringServerClient(host, int(port))
    client.wait_server_ready(timeout=10)
    frame = pd.DataFrame({"id": range(len(TEXTS)), "text": TEXTS})
    rows = np.array(client.invoke(frame).get_predictions())
    assert np.allclose(rows, want, atol=1e-6), rows


def main():
    with subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        client = triton.InferenceServerClient(url.removeprefix("http://"), concurrency=4)
        triton_asks(client)
        want = triton_embeds(client)
        probabilities = triton_classifies(client)
        triton_with_token_ids(client, want)
        client.close()
        with_openai(url, want, probabilities)
        with_huggingface(url, want, probabilities)
        with_cohere(url, want)
        with_boto3(url, want)
        with_mlflow(url, want)
        server.stdin.close()
    print("tritonclient, openai, huggingface_hub, cohere, boto3 and MLflow: as they come")


main()
