"""OpenVINO: latency and throughput hints; fp32, bf16, and int8 by NNCF's post-training quantisation."""
import numpy

from . import onnx_export
from .peer import Peer, Refused, made, padded

CALIBRATION_MESSAGES = 100


class OpenVino(Peer):
    def __init__(self, model, cache, precision, hint):
        super().__init__(model, cache)
        self.precision, self.hint = precision, hint

    def version(self):
        import openvino
        return f"OpenVINO {openvino.__version__.split('-')[0]}"

    def load(self):
        import openvino
        import openvino.properties.hint as hints
        core = openvino.Core()
        if self.precision == "bf16" and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
            raise Refused("no bf16 on this processor")
        wanted = openvino.Type.bf16 if self.precision == "bf16" else openvino.Type.f32
        mode = hints.PerformanceMode.LATENCY if self.hint == "latency" else hints.PerformanceMode.THROUGHPUT
        config = {hints.performance_mode: mode, hints.inference_precision: wanted, "INFERENCE_NUM_THREADS": 1,
                  "NUM_STREAMS": 1, hints.execution_mode: hints.ExecutionMode.ACCURACY if self.precision == "fp32"
                  else hints.ExecutionMode.PERFORMANCE, "ENABLE_CPU_PINNING": False}
        path = self.int8_graph() if self.precision == "int8" else self.graph()
        self.compiled = core.compile_model(core.read_model(str(path)), "CPU", config)
        self.request = self.compiled.create_infer_request()

    def graph(self):
        return made(self.cache / f"{self.model.name}-openvino" / "model.xml", self.convert)

    def convert(self, path):
        import openvino
        import torch
        module = onnx_export.hidden_state_module(self.model, "sdpa")
        ids = torch.ones((2, 16), dtype=torch.int64)
        converted = openvino.convert_model(module, example_input=(ids, ids), input=[("ids", [-1, -1], numpy.int64),
                                                                                    ("mask", [-1, -1], numpy.int64)])
        save(converted, path)

    def int8_graph(self):
        return made(self.cache / f"{self.model.name}-openvino-int8" / "model.xml", self.quantise)

    def quantise(self, path):
        import nncf
        import openvino
        random = numpy.random.default_rng(3)
        lengths = random.integers(4, 128, CALIBRATION_MESSAGES)
        samples = [{"ids": random.integers(1000, self.model.vocabulary, (1, length)),
                    "mask": numpy.ones((1, length), numpy.int64)} for length in lengths]
        source = openvino.Core().read_model(str(self.graph()))
        save(nncf.quantize(source, nncf.Dataset(samples), model_type=nncf.ModelType.TRANSFORMER,
                           subset_size=CALIBRATION_MESSAGES), path)

    def run(self, ids):
        ids = ids[None]
        self.request.infer({0: ids, 1: numpy.ones_like(ids)}, share_inputs=True)
        return self.pool(self.request.get_output_tensor(0).data, [ids.shape[1]])[0]

    def run_batch(self, messages):
        ids, mask, counts = padded(messages)
        self.request.infer({0: ids, 1: mask}, share_inputs=True)
        return self.pool(self.request.get_output_tensor(0).data, counts)


def save(converted, path):
    """model.xml; its weights go beside the place that the file ends up in."""
    import openvino
    openvino.save_model(converted, str(path), compress_to_fp16=False)
    path.with_suffix(".bin").replace(path.parent.parent / "model.bin")


def modes(model, cache):
    for precision in ("fp32", "bf16", "int8"):
        for hint in ("latency", "throughput"):
            yield f"openvino-{precision}-{hint}", precision, f"{hint} hint", lambda p=precision, h=hint: OpenVino(
                model, cache, p, h)
