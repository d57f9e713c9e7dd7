"""The messages of a benchmark: token counts, and token ids made from them by the rule of `fovea bench encoder`."""
import dataclasses
import math
import pathlib

ID_SEED = 1  # as kBenchIdSeed of src/engine/models/encoder_bench_load.h
MASK = (1 << 64) - 1


class Random:
    """SplitMix64, as src/base/random.h."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, n):
        return (self.next() * n) >> 64

    def uniform(self):
        return (self.next() >> 11) * 2.0**-53


@dataclasses.dataclass
class Lengths:
    name: str
    source: str  # where the counts come from, for the table
    counts: list

    def histogram(self):
        """Messages by token count, as one line."""
        edges = [8, 16, 32, 64, 128, 256, 512]
        parts, below = [], 0
        for edge in edges:
            number = sum(below < count <= edge for count in self.counts)
            if number:
                parts.append(f"{below + 1}–{edge}: {number}")
            below = edge
        return ", ".join(parts)

    def percentile(self, share):
        return sorted(self.counts)[min(len(self.counts) - 1, int(share * len(self.counts)))]

    def summary(self):
        return (f"{len(self.counts)} messages, {sum(self.counts)} tokens, median {self.percentile(0.5)}, "
                f"p95 {self.percentile(0.95)}, largest {max(self.counts)} ({self.source})")


def lognormal(name, count, median, p95, least, most, seed):
    """Rounded lognormal lengths with this median and 95th percentile."""
    random, counts = Random(seed), []
    sigma = math.log(p95 / median) / 1.6449
    while len(counts) < count:
        angle, radius = 2 * math.pi * random.uniform(), math.sqrt(-2 * math.log(1.0 - random.uniform()))
        counts.append(min(most, max(least, round(median * math.exp(sigma * radius * math.cos(angle))))))
    return Lengths(name, f"lognormal, seed {seed}, median {median}, p95 {p95}", counts)


def spread(counts, most):
    """At most `most` of them, taken evenly, in their order."""
    return counts if len(counts) <= most else [counts[i * len(counts) // most] for i in range(most)]


def draw_ids(counts, vocabulary):
    """[messages] lists of ids; ids below 1,000 (or half the vocabulary) are left to special tokens."""
    random, kept_free = Random(ID_SEED), min(1000, vocabulary // 2)
    return [[kept_free + random.below(vocabulary - kept_free) for _ in range(count)] for count in counts]


def make_ids(counts, vocabulary):
    """[messages] arrays of int64 ids."""
    import numpy
    return [numpy.array(ids, dtype=numpy.int64) for ids in draw_ids(counts, vocabulary)]


def write_lengths(counts, path):
    pathlib.Path(path).write_text("".join(f"{count}\n" for count in counts), encoding="utf-8")
