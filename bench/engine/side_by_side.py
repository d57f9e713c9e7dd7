"""One peer's row: its rounds and ours in turns, so that whatever else the machine does meets both."""
from .contenders import Ours, PeerProcess, cosines, read_answers
from .peer import Refused
from .row import Row, first_hits, percentiles

# The least mean cosine with our fp32 answers at which it is the same work.
SAME_WORK = {"fp32": 0.9999, "bf16": 0.999, "int8": 0.8}


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
