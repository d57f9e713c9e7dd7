"""The servers that are compared, each in the modes that its users would choose between."""
from .ours import Fovea
from .ray_serve import RayServe
from .triton import Triton

BATCH = 8  # of padded batches: on one core a larger one outlasts the objective


def null_models():
    return [Fovea("null"), Triton(), RayServe()]


def encoders(folder, graphs):
    return [Fovea(folder, "fp32"), Fovea(folder, "int8"), Triton(graphs, BATCH), Triton(graphs, 1),
            RayServe(graphs, BATCH), RayServe(graphs, 1)]
