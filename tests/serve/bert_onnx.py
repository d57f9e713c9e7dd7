"""A BERT folder of Hugging Face as the ONNX graph that exporters make of it: input_ids, attention_mask, token_type_ids
→ last_hidden_state. Standard operators (opset 17), written from the weights; needs numpy and onnx, no torch.

usage: bert_onnx.py FOLDER OUT: OUT gets model.onnx, config.json, the tokenizer and how rows are pooled.
"""
import json
import math
import pathlib
import shutil
import sys

import numpy as np


def weights_of(path):
    data = path.read_bytes()
    head = int.from_bytes(data[:8], "little")
    names = json.loads(data[8:8 + head])
    names.pop("__metadata__", None)
    out = {}
    for name, entry in names.items():
        begin, end = (8 + head + each for each in entry["data_offsets"])
        kind = {"F32": np.float32, "I64": np.int64}[entry["dtype"]]
        out[name.removeprefix("bert.")] = np.frombuffer(data[begin:end], kind).reshape(entry["shape"])
    return out


class Graph:
    def __init__(self):
        self.nodes, self.constants, self.count = [], [], 0

    def constant(self, value):
        from onnx import numpy_helper
        self.count += 1
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), f"c{self.count}"))
        return f"c{self.count}"

    def __call__(self, operator, *inputs, out=None, **attributes):
        from onnx import helper
        self.count += 1
        out = out or f"v{self.count}"
        self.nodes.append(helper.make_node(operator, list(inputs), [out], **attributes))
        return out


def encoder(graph, weights, config, ids, mask, types):
    hidden, heads = config["hidden_size"], config["num_attention_heads"]
    shape4 = graph.constant(np.array([0, 0, heads, hidden // heads]))
    shape3 = graph.constant(np.array([0, 0, hidden]))

    def linear(value, name):
        product = graph("MatMul", value, graph.constant(weights[name + ".weight"].T))
        return graph("Add", product, graph.constant(weights[name + ".bias"]))

    def norm(value, name, out=None):
        return graph("LayerNormalization", value, graph.constant(weights[name + ".weight"]),
                     graph.constant(weights[name + ".bias"]), out=out, epsilon=config["layer_norm_eps"])

    def gelu(value):
        one = graph("Add", graph("Erf", graph("Div", value, graph.constant(np.float32(math.sqrt(2))))),
                    graph.constant(np.float32(1)))
        return graph("Mul", graph("Mul", value, one), graph.constant(np.float32(0.5)))

    words, positions, kinds = (weights[f"embeddings.{each}_embeddings.weight"]
                               for each in ("word", "position", "token_type"))
    length = graph("Gather", graph("Shape", ids), graph.constant(np.array([1])))
    zero, one = graph.constant(np.array([0])), graph.constant(np.array([1]))
    value = graph("Add", graph("Gather", graph.constant(words), ids), graph("Gather", graph.constant(kinds), types))
    value = graph("Add", value, graph("Slice", graph.constant(positions), zero, length, zero, one))
    value = norm(value, "embeddings.LayerNorm")
    unseen = graph("Sub", graph.constant(np.float32(1)), graph("Cast", mask, to=1))
    unseen = graph("Mul", graph("Unsqueeze", unseen, graph.constant(np.array([1, 2]))),
                   graph.constant(np.float32(-1e9)))
    layers = config["num_hidden_layers"]
    for layer in range(layers):
        at = f"encoder.layer.{layer}."
        q, k, v = (graph("Reshape", linear(value, f"{at}attention.self.{each}"), shape4)
                   for each in ("query", "key", "value"))
        scores = graph("MatMul", graph("Transpose", q, perm=[0, 2, 1, 3]), graph("Transpose", k, perm=[0, 2, 3, 1]))
        scores = graph("Mul", scores, graph.constant(np.float32(1 / math.sqrt(hidden // heads))))
        shares = graph("Softmax", graph("Add", scores, unseen), axis=-1)
        seen = graph("MatMul", shares, graph("Transpose", v, perm=[0, 2, 1, 3]))
        seen = graph("Reshape", graph("Transpose", seen, perm=[0, 2, 1, 3]), shape3)
        seen = linear(seen, at + "attention.output.dense")
        value = norm(graph("Add", seen, value), at + "attention.output.LayerNorm")
        inner = linear(gelu(linear(value, at + "intermediate.dense")), at + "output.dense")
        last = "last_hidden_state" if layer + 1 == layers else None
        value = norm(graph("Add", inner, value), at + "output.LayerNorm", last)


def export(folder, out):
    import onnx
    from onnx import TensorProto, helper
    folder, out = pathlib.Path(folder), pathlib.Path(out)
    config = json.loads((folder / "config.json").read_text())
    graph = Graph()
    names = ["input_ids", "attention_mask", "token_type_ids"]
    encoder(graph, weights_of(folder / "model.safetensors"), config, *names)
    inputs = [helper.make_tensor_value_info(each, TensorProto.INT64, ["n", "s"]) for each in names]
    shape = ["n", "s", config["hidden_size"]]
    outputs = [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, shape)]
    made = helper.make_graph(graph.nodes, "bert", inputs, outputs, graph.constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    out.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(out / "model.onnx"))
    for each in folder.rglob("*"):
        if each.is_file() and each.suffix in (".json", ".txt"):
            target = out / each.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(each, target)


if __name__ == "__main__":
    export(*sys.argv[1:])
