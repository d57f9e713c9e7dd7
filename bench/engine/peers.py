"""Every peer in every mode. A new one: a file beside this one with modes(), and its name in the list."""
import dataclasses
import typing

from . import peer_ctranslate2, peer_onnxruntime, peer_openvino, peer_pytorch

ENGINES = [peer_onnxruntime, peer_openvino, peer_ctranslate2, peer_pytorch]


@dataclasses.dataclass
class Mode:
    name: str  # "ort-hand-int8"
    precision: str
    words: str
    make: typing.Callable


def all_modes(model, cache):
    return [Mode(*mode) for engine in ENGINES for mode in engine.modes(model, cache)]
