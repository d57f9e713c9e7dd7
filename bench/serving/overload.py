"""A server beyond what it can do: Azure's arrivals at 1.5 times the capacity that was measured just before."""
import pathlib
import tempfile

import numpy

from .load import load
from .server import Limits, embed

OBJECTIVES_MS = (200, 1000)
TIMES = 1.5
TOGETHER = 32  # requests under way while capacity is measured
BURST = 3  # times the rate: requests that a server may have within the objective, each on a connection of its own
CONNECTIONS_MAX = 4000  # fovea takes 4,096
TEXTS = [" ".join(["order", "refund", "where", "is", "my", "parcel", "thanks", "please"][i % 8] for i in range(n))
         for n in (1, 2, 3, 5, 8, 13, 21, 34, 55, 89)]


def likeness(rows, reference):
    """The least cosine."""
    if reference is None:
        return 1.0
    a, b = numpy.array(rows, dtype=numpy.float64), numpy.array(reference, dtype=numpy.float64)
    return float(((a * b).sum(axis=1) / numpy.linalg.norm(a, axis=1) / numpy.linalg.norm(b, axis=1)).min())


def capacity(server, lengths, seconds):
    """Requests a second with TOGETHER of them always under way."""
    found = 20.0
    for part in (0.2, 1):
        count = max(2 * TOGETHER, int(found * seconds * part))
        report = load(server, server.doors[0], rate=100_000, duration=count / 100_000, arrivals="uniform",
                      objective=1e6, lengths=lengths, length_max=256, connections=TOGETHER, give_up="120s")
        found = report["rates"]["admitted"]
    return found


def measure(server, trace, seconds, reference, say):
    """A row for each objective."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fovea_serving_"))
    trace.write_lengths(folder / "lengths")
    server.start()
    try:
        version = server.version()
        answers = [embed(server, text) for text in TEXTS]
        say(f"capacity: {server.name}")
        can = capacity(server, folder / "lengths", seconds / 2)
    finally:
        server.stop()
    rate, rows = TIMES * can, []
    part = trace.first(int(rate * seconds))
    part.write(folder / "trace.csv")
    for objective_ms in OBJECTIVES_MS:
        server.start(Limits(can, objective_ms))
        try:
            load(server, server.doors[0], rate=max(can / 4, 1), duration=2, objective=objective_ms,
                 lengths=folder / "lengths")
            say(f"{server.name}: {rate:.0f} a second, it can do {can:.0f}; within {objective_ms} ms")
            together = min(max(1000, int(BURST * rate * objective_ms / 1000)), CONNECTIONS_MAX)
            report = load(server, server.doors[0], trace=folder / "trace.csv", rate=rate, objective=objective_ms,
                          timeout_ms=objective_ms, connections=together, open=together, give_up="10s")
        finally:
            server.stop()
        rows.append({"server": server.name, "version": version, "together": server.together, "capacity": can,
                     "rate": rate, "objective": objective_ms,
                     "best": part.best_share(rate, can, objective_ms / 1000),
                     "report": report, "answers": answers, "likeness": likeness(answers, reference)})
    return rows


def in_time(report):
    """Of what was not refused: a server that takes a request in and gives it up at its deadline was not in time."""
    given_up = sum(each["count"] for each in report["failures"] if "504" in each["kind"] or "DEADLINE" in each["kind"])
    taken = report["admitted"] + given_up
    return 1 - (report["late"] + given_up) / taken if taken else 0.0


def verdict(rows):
    said = []
    for row in rows:
        if not row["server"].startswith("fovea"):
            continue
        report = row["report"]
        share, refusal = report["goodput"] / row["capacity"], report["refusal_service_ms"]
        lines = [
            (share >= 0.95, f"goodput {100 * share:.1f} % of capacity (95 wanted; the trace allows "
                            f"{100 * row['best']:.1f})"),
            (in_time(report) >= 0.999, f"{100 * in_time(report):.2f} % of what was admitted in time (99.9 wanted)"),
            ((refusal["p99"] or 0) <= 1, f"refusals within {refusal['p50'] or 0:.2f} ms (p50), "
                                         f"{refusal['p99'] or 0:.2f} ms (p99) (1 wanted)")]
        named = f"{row['server']}, {row['objective']} ms"
        said += [f"{'met' if good else 'missed'}: {named}: {words}" for good, words in lines]
    return said
