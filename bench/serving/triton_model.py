"""MiniLM-L6 behind Triton's Python backend: text [n, 1] → embedding [n, 384]."""
import os

import numpy
import triton_python_backend_utils as backend

from bench.serving.onnx_model import OnnxModel


class TritonPythonModel:
    def initialize(self, _):
        self.model = OnnxModel(os.environ["FOVEA_GRAPHS"], os.environ["FOVEA_PADDED"] == "1")
        self.model.embed(["warm-up"])

    def execute(self, requests):
        given = [backend.get_input_tensor_by_name(each, "text").as_numpy().reshape(-1) for each in requests]
        rows = self.model.embed([text.decode() for texts in given for text in texts]).astype(numpy.float32)
        answers, at = [], 0
        for texts in given:
            part = backend.Tensor("embedding", rows[at:at + len(texts)])
            answers.append(backend.InferenceResponse([part]))
            at += len(texts)
        return answers
