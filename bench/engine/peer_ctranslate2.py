"""CTranslate2: one message at a time, and groups of eight of like length; fp32, bf16 and int8."""
import numpy

from .peer import Peer, Refused

GROUP = 8


class CTranslate2(Peer):
    def __init__(self, model, cache, precision, together):
        super().__init__(model, cache)
        self.precision, self.together = precision, together

    def version(self):
        import ctranslate2
        return f"CTranslate2 {ctranslate2.__version__}"

    def load(self):
        import ctranslate2
        compute = {"fp32": "float32", "bf16": "bfloat16", "int8": "int8"}[self.precision]
        if compute not in ctranslate2.get_supported_compute_types("cpu"):
            raise Refused(f"no {compute} on CPUs")
        folder = self.cache / f"{self.model.name}-ctranslate2"
        if not (folder / "model.bin").exists():
            from ctranslate2.converters import TransformersConverter
            TransformersConverter(self.model.folder).convert(str(folder), force=True)
        self.encoder = ctranslate2.Encoder(str(folder), device="cpu", compute_type=compute, inter_threads=1,
                                           intra_threads=1)

    def run(self, ids):
        return self.run_batch([ids])[0]

    def run_batch(self, messages):
        output = self.encoder.forward_batch([message.tolist() for message in messages])
        return self.pool(numpy.array(output.last_hidden_state), [len(message) for message in messages])

    def run_all(self, messages):
        order = sorted(range(len(messages)), key=lambda i: len(messages[i]))
        pooled = numpy.empty((len(messages), self.model.hidden), dtype=numpy.float32)
        for begin in range(0, len(order), GROUP):
            group = order[begin:begin + GROUP]
            pooled[group] = self.run_batch([messages[i] for i in group])
        return pooled


def modes(model, cache):
    for precision in ("fp32", "bf16", "int8"):
        for together, words in ((False, "one message a run"), (True, f"sorted groups of {GROUP}")):
            if precision == "bf16" and together:
                continue
            name = f"ctranslate2-{precision}" + ("-sorted" if together else "")
            yield name, precision, words, lambda p=precision, t=together: CTranslate2(model, cache, p, t)
