"""ONNX Runtime: the exported graph, the same after its own fusion tool, and a graph tuned by hand; fp32 and int8."""
import numpy

from . import onnx_export, onnx_hand
from .peer import Peer, made, padded


class OnnxRuntime(Peer):
    def __init__(self, model, cache, graph, int8=False):
        super().__init__(model, cache)
        self.graph, self.int8 = graph, int8

    def version(self):
        import onnxruntime
        return f"ONNX Runtime {onnxruntime.__version__}"

    def load(self):
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_session_config_entry("session.inter_op.allow_spinning", "0")
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.log_severity_level = 3
        path = self.hand_graph() if self.graph == "hand" else self.tool_graph()
        kept_apart = ["SkipLayerNormFusion"] if self.graph == "hand" else []
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"],
                                                    disabled_optimizers=kept_apart)

    def hand_graph(self):
        name = f"{self.model.name}-hand{'-int8' if self.int8 else ''}.onnx"
        return made(self.cache / name, lambda path: onnx_hand.write(self.model, path, int8=self.int8))

    def tool_graph(self):
        fused, name = self.graph == "fused", f"{self.model.name}-{self.graph}"
        path = made(self.cache / f"{name}.onnx", lambda path: self.export_and_fuse(path) if fused else
                    onnx_export.export(self.model, path, for_fusion=False))
        return made(self.cache / f"{name}-int8.onnx", lambda to: quantise(path, to)) if self.int8 else path

    def export_and_fuse(self, path):
        from onnxruntime.transformers.optimizer import optimize_model
        plain = made(self.cache / f"{self.model.name}-for-fusion.onnx",
                     lambda to: onnx_export.export(self.model, to, for_fusion=True))
        optimised = optimize_model(str(plain), model_type="bert", num_heads=self.model.heads,
                                   hidden_size=self.model.hidden, opt_level=1)
        optimised.save_model_to_file(str(path))

    def run(self, ids):
        if self.graph == "hand":
            return self.scale(self.session.run(None, {"ids": ids[None]})[0])[0]
        ids = ids[None]
        return self.pool(self.session.run(None, {"ids": ids, "mask": numpy.ones_like(ids)})[0], [ids.shape[1]])[0]

    def run_batch(self, messages):
        if self.graph == "hand":
            return super().run_batch(messages)
        ids, mask, counts = padded(messages)
        return self.pool(self.session.run(None, {"ids": ids, "mask": mask})[0], counts)


def quantise(path, to):
    from onnx import TensorProto
    from onnxruntime.quantization import QuantType, quantize_dynamic
    quantize_dynamic(str(path), str(to), weight_type=QuantType.QInt8, per_channel=False,
                     extra_options={"MatMulConstBOnly": True, "DefaultTensorType": TensorProto.FLOAT})


def modes(model, cache):
    for int8 in (False, True):
        precision = "int8" if int8 else "fp32"
        for graph, words in (("exported", "exported graph"), ("fused", "its own BERT fusion"),
                             ("hand", "graph tuned by hand")):
            yield f"ort-{graph}-{precision}", precision, words, lambda graph=graph, int8=int8: OnnxRuntime(
                model, cache, graph, int8)
