"""What is known of one contender on one length file, and the figures that are read off its passes."""
import dataclasses
import statistics


@dataclasses.dataclass
class Row:
    engine: str
    precision: str
    words: str
    refused: str = ""
    rate: float = 0.0       # messages a second of CPU time, best round
    ours: float = 0.0       # fovea's best round among these rounds, in the same precision; 0: refused
    first_rate: float = 0.0  # the first pass, when each length is new
    latency_ms: dict = dataclasses.field(default_factory=dict)
    first_hit_ms: float = 0.0
    first_hit_ratio: float = 0.0
    rss_mib: float = 0.0
    bits: str = ""
    cosine: tuple = ()      # (least, mean), with our fp32 answers
    hash: str = ""

    @property
    def ratio(self):
        return self.ours / self.rate if self.ours and self.rate else 0.0


def percentiles(values):
    ordered = sorted(values)
    return {name: ordered[min(len(ordered) - 1, int(share * len(ordered)))]
            for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))}


def first_hits(counts, first, later):
    """(largest first wall time of a length in ms, largest ratio of a first CPU time to the median of later ones)."""
    hits = {}
    for one_pass in later:
        for count, cpu in zip(counts, one_pass["cpu_ms"]):
            hits.setdefault(count, []).append(cpu)
    seen, wall, ratio = {max(counts)}, 0.0, 0.0
    for count, wall_ms, cpu_ms in zip(counts, first["wall_ms"], first["cpu_ms"]):
        if count not in seen:
            seen.add(count)
            wall, ratio = max(wall, wall_ms), max(ratio, cpu_ms / statistics.median(hits[count]))
    return wall, ratio
