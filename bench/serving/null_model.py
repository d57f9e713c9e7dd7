"""What a server itself costs: a model that answers at once, at several rates, through every door that it has."""
from .load import load

RATES = (200, 1_000, 10_000)
OBJECTIVE_MS = 1


def measure(server, rates, seconds, say):
    """Rows: a door and a rate each, up to the first rate that the door does not hold. Each door has a fresh server."""
    rows = []
    for door in server.doors:
        server.start()
        try:
            load(server, door, rate=rates[0], duration=2, objective=OBJECTIVE_MS)
            for rate in rates:
                say(f"a model that answers at once: {server.name}, {door}, {rate} a second")
                report = load(server, door, rate=rate, duration=seconds, objective=OBJECTIVE_MS, give_up="5s")
                rows.append({"server": server.name, "door": door, "rate": rate, "report": report,
                             "version": server.version()})
                if not holds(rows[-1]):
                    break
        finally:
            server.stop()
    return rows


def holds(row):
    """It answered what was asked."""
    report = row["report"]
    return report["admitted"] >= 0.999 * report["offered"] and report["rates"]["admitted"] >= 0.97 * row["rate"]


def verdict(rows):
    """The sentence of the acceptance: at most 1 ms at the highest rate, or a third of the others' best."""
    said = []
    ours = [row for row in rows if row["server"] == "fovea"]
    for row in ours:
        p99 = row["report"]["latency_ms"]["p99"]
        others = [each for each in rows if each["server"] != "fovea" and each["rate"] == row["rate"] and holds(each)]
        words = f"{row['door']} at {row['rate']}: p99 {p99:.2f} ms"
        if others:
            best = min(others, key=lambda each: each["report"]["latency_ms"]["p99"])
            theirs = best["report"]["latency_ms"]["p99"]
            words += f", {theirs / p99:.1f} times better than {best['server']} ({best['door']}, {theirs:.2f} ms)"
        else:
            words += ", which no other holds"
        good = holds(row) and (p99 <= OBJECTIVE_MS or not others or theirs / p99 >= 3)
        said.append(("met: " if good else "missed: ") + words)
    return said
