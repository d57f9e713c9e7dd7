"""One peer's row: its rounds and ours in turns, so that whatever else the machine does meets both."""
import dataclasses
import statistics

from .contenders import Ours, PeerProcess, cosines, read_answers
from .peer import Refused

# The least mean cosine with our fp32 answers at which it is the same work.
SAME_WORK = {"fp32": 0.9999, "bf16": 0.999, "int8": 0.9}


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


def measure_ours(ours, precision, rounds, answers, reference, messages):
    row = Row("fovea", precision, "groups as they arrive")
    try:
        found = ours.whole_row(rounds, answers)
    except Refused as refused:
        row.refused = str(refused)
        return row
    row.rate, row.latency_ms, row.hash = found["messages_per_s"], found["latency_ms"], found["hash"]
    row.first_hit_ms, row.first_hit_ratio = found["first_hit_ms_max"], found["first_hit_ratio_max"]
    row.rss_mib, row.bits = found["rss_mib"], "equal"  # the command fails where they are not
    row.engine = f"fovea ({found['isa']})"
    rows = read_answers(answers, messages)
    compared = cosines(rows, rows if reference is None else reference)
    row.cosine = (float(compared.min()), float(compared.mean()))
    return row


def measure_again(row, ours, rounds, answers):
    """After the peers: of our latencies the better ones, as a peer's are its best pass's."""
    if row.refused:
        return
    found = ours.whole_row(rounds, answers)
    assert found["hash"] == row.hash, "our bits changed from one run to the next"
    row.latency_ms = {name: min(ms, found["latency_ms"][name]) for name, ms in row.latency_ms.items()}
    row.rate = max(row.rate, found["messages_per_s"])


def measure_peer(mode, model, cache, lengths, path, rounds, ours, reference):
    row = Row(mode.name, mode.precision, mode.words)
    try:
        with PeerProcess(mode, model, cache, path) as peer:
            fill(row, peer, lengths.counts, rounds, ours, reference, path.with_suffix(".answers"))
    except Refused as refused:
        row.refused = str(refused)
    return row


def fill(row, peer, counts, rounds, ours, reference, answers):
    row.engine = peer.ask("load")["version"]
    first, passes, ours_rates = peer.ask("pass"), [], []
    for _ in range(rounds):
        if isinstance(ours, Ours):
            ours_rates.append(ours.round())
        passes.append(peer.ask("pass"))
    best = min(passes, key=lambda one: one["cpu_s"])
    row.rate, row.first_rate = len(counts) / best["cpu_s"], len(counts) / first["cpu_s"]
    row.ours = max(ours_rates, default=0.0)
    if "wall_ms" in best:
        row.latency_ms = percentiles(min(passes, key=lambda one: sum(one["wall_ms"]))["wall_ms"])
        row.first_hit_ms, row.first_hit_ratio = first_hits(counts, first, passes)
    row.rss_mib = peer.ask("memory")["rss_mib"]
    if reference is not None:
        peer.ask("answers", str(answers))
        compared = cosines(read_answers(answers, len(counts)), reference)
        row.cosine = (float(compared.min()), float(compared.mean()))
        if row.cosine[1] < SAME_WORK[row.precision]:
            raise Refused(f"not the same work: mean cosine {row.cosine[1]:.4f} with fovea's fp32 answers")
    try:
        difference = peer.ask("bits")["difference"]
        row.bits = "equal" if difference == 0 else f"{difference:.0e} apart"
    except Refused as refused:
        row.bits = str(refused)
