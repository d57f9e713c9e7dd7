"""BERT as an ONNX graph tuned by hand for ONNX Runtime's CPU kernels: one message a run, no mask, so that
MultiHeadAttention takes its blocked path; Q, K and V in one product; LayerNorm apart from the residual's addition
(SkipLayerNormalization computes a row with scalar code); mean pooling inside.
"""
import numpy

from .model_folders import weights_of

MICROSOFT = "com.microsoft"


class Graph:
    """Nodes and initialisers by name."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, value):
        from onnx import numpy_helper
        self.constants.append(numpy_helper.from_array(numpy.ascontiguousarray(value), name))
        return name

    def node(self, operator, inputs, out, domain="", **attributes):
        from onnx import helper
        outputs = [out] if isinstance(out, str) else out
        self.nodes.append(helper.make_node(operator, inputs, outputs, domain=domain, name=outputs[0], **attributes))
        return out

    def save(self, path, hidden):
        from onnx import TensorProto, helper, save
        ids = helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "s"])
        pooled = helper.make_tensor_value_info("pooled", TensorProto.FLOAT, [1, hidden])
        graph = helper.make_graph(self.nodes, "bert", [ids], [pooled], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid(MICROSOFT, 1)],
                                  ir_version=9)
        save(model, str(path), save_as_external_data=False)


def linear_fp32(graph, name, value, weight, bias, out, activation=""):
    product = graph.node("MatMul", [value, graph.constant(name + ".w", weight.T)], out + ".product")
    bias = graph.constant(name + ".b", bias)
    if activation:
        return graph.node("BiasGelu", [product, bias], out, MICROSOFT)
    return graph.node("Add", [product, bias], out)


def linear_int8(graph, name, value, weight, bias, out, activation=""):
    """Weights: symmetric int8 for each output, activations quantised by the run (for the whole matrix)."""
    scale = numpy.maximum(numpy.abs(weight).max(axis=1), 1e-12).astype(numpy.float32) / 127
    packed = numpy.clip(numpy.rint(weight / scale[:, None]), -127, 127).astype(numpy.int8)
    inputs = [value, graph.constant(name + ".w", packed.T), graph.constant(name + ".s", scale),
              graph.constant(name + ".z", numpy.zeros_like(scale, dtype=numpy.int8)), graph.constant(name + ".b", bias)]
    product = graph.node("DynamicQuantizeMatMul", inputs, out + ".product" if activation else out, MICROSOFT)
    return graph.node("Gelu", [product], out, MICROSOFT) if activation else product


def norm(graph, model, name, weights, value, out):
    weight = graph.constant(name + ".g", weights[name + ".weight"])
    bias = graph.constant(name + ".c", weights[name + ".bias"])
    return graph.node("LayerNormalization", [value, weight, bias], out, axis=-1, epsilon=model.eps)


def write(model, path, int8=False):
    weights = {name.removeprefix("bert."): value for name, value in weights_of(model).items()}
    linear, graph = linear_int8 if int8 else linear_fp32, Graph()
    words = graph.constant("words", weights["embeddings.word_embeddings.weight"])
    places = graph.constant("places", (weights["embeddings.position_embeddings.weight"] +
                                       weights["embeddings.token_type_embeddings.weight"][0])[None])
    found = graph.node("Gather", [words, "ids"], "found")
    length = graph.node("Shape", ["ids"], "length", start=1, end=2)
    zero, one = (graph.constant(f"number.{i}", numpy.array([i], dtype=numpy.int64)) for i in (0, 1))
    place = graph.node("Slice", [places, zero, length, one], "place")
    state = graph.node("Add", [found, place], "embedded")
    state = norm(graph, model, "embeddings.LayerNorm", weights, state, "state.0")
    for layer in range(model.layers):
        at = f"encoder.layer.{layer}."
        parts = [at + "attention.self." + part for part in ("query", "key", "value")]
        joint = linear(graph, at + "qkv", state, numpy.concatenate([weights[part + ".weight"] for part in parts]),
                       numpy.concatenate([weights[part + ".bias"] for part in parts]), at + "qkv.out")
        q, k, v = graph.node("Split", [joint], [at + "q", at + "k", at + "v"], axis=-1, num_outputs=3)
        seen = graph.node("MultiHeadAttention", [q, k, v], at + "seen", MICROSOFT, num_heads=model.heads)
        for name, value, out in ((at + "attention.output", seen, "a"), (at + "output", None, "b")):
            if value is None:
                value = linear(graph, at + "intermediate.dense", state, weights[at + "intermediate.dense.weight"],
                               weights[at + "intermediate.dense.bias"], at + "wide", activation="gelu")
            dense = linear(graph, name + ".dense", value, weights[name + ".dense.weight"],
                           weights[name + ".dense.bias"], at + out + ".dense")
            total = graph.node("Add", [dense, state], at + out + ".sum")
            state = norm(graph, model, name + ".LayerNorm", weights, total, at + out + ".state")
    axis = graph.constant("axis.tokens", numpy.array([1], dtype=numpy.int64))
    graph.node("ReduceMean", [state, axis], "pooled", keepdims=0)
    graph.save(path, model.hidden)
