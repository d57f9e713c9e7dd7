"""MiniLM-L6 in ONNX Runtime, one thread: what the peers' models run. Imported in their processes.

`padded`: a batch in one pass of the exported graph, padded to its longest text; else one text after another through
the graph tuned by hand of bench/engine/onnx_hand.py, which takes a single one.
"""
import os
import pathlib

import numpy

TOKENS_MAX = 256


class OnnxModel:
    def __init__(self, folder, padded):
        import onnxruntime
        from tokenizers import Tokenizer
        os.environ["TOKENIZERS_PARALLELISM"] = "false"
        self.padded = padded
        self.tokenizer = Tokenizer.from_file(str(pathlib.Path(folder) / "tokenizer.json"))
        self.tokenizer.enable_truncation(TOKENS_MAX)
        self.tokenizer.no_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.log_severity_level = 3
        graph = pathlib.Path(folder) / ("model.onnx" if padded else "hand.onnx")
        # The hand graph has its additions apart from LayerNorm: joined they run as scalar code.
        kept_apart = [] if padded else ["SkipLayerNormFusion"]
        self.session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"],
                                                    disabled_optimizers=kept_apart)

    def embed(self, texts):
        """[texts, 384] fp32, each of length 1."""
        messages = [each.ids for each in self.tokenizer.encode_batch(texts)]
        pooled = self.one_pass(messages) if self.padded else self.one_by_one(messages)
        return pooled / numpy.sqrt((pooled * pooled).sum(axis=-1, keepdims=True))

    def one_by_one(self, messages):
        return numpy.concatenate([self.session.run(None, {"ids": numpy.array([ids], dtype=numpy.int64)})[0]
                                  for ids in messages])

    def one_pass(self, messages):
        ids = numpy.zeros((len(messages), max(map(len, messages))), dtype=numpy.int64)
        mask = numpy.zeros_like(ids)
        for row, message in enumerate(messages):
            ids[row, :len(message)] = message
            mask[row, :len(message)] = 1
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)}
        states = self.session.run(None, feed)[0]
        seen = mask[:, :, None].astype(numpy.float32)
        return (states * seen).sum(axis=1) / seen.sum(axis=1)


def make_graphs(folder, out):
    """Both graphs of a Hugging Face folder, and its tokenizer, under `out`."""
    import importlib.util
    from bench.engine import model_folders, onnx_hand
    from .server import ROOT
    out = pathlib.Path(out)
    if (out / "ready").exists():
        return
    written = importlib.util.spec_from_file_location("bert_onnx", ROOT / "tests" / "serve" / "bert_onnx.py")
    bert_onnx = importlib.util.module_from_spec(written)
    written.loader.exec_module(bert_onnx)
    bert_onnx.export(folder, out)
    onnx_hand.write(model_folders.read("minilm", folder), out / "hand.onnx")
    (out / "ready").touch()
