"""The servers that are compared, each in the modes that its users would choose between."""
from .ours import Fovea
from .ray_serve import RayServe
from .triton import Triton

BATCH = 8  # of padded batches: on one core a larger one outlasts the objective


def null_models():
    return [Fovea("null"), Triton(), RayServe()]


def encoders(folder, graphs, few):
    """The first is what the others' answers are held against."""
    chosen = [Fovea(folder, "fp32"), Fovea(folder, "int8"), Triton(graphs, BATCH), RayServe(graphs, BATCH)]
    return chosen if few else [*chosen, Triton(graphs, 1), RayServe(graphs, 1)]
