"""What was measured, as Markdown."""
from .null_model import holds
from .overload import in_time


def ms(value):
    return "–" if value is None else f"{value:.2f}" if value < 10 else f"{value:.0f}"


def row(*cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def head(*cells):
    return [row(*cells), row(*("---" for _ in cells))]


def null_table(rows):
    lines = head("server", "door", "asked a second", "answered", "p50 ms", "p99 ms", "p99.9 ms", "within 1 ms",
                 "client, µs a request")
    for each in rows:
        report, times = each["report"], each["report"]["latency_ms"]
        answered = f"{report['rates']['admitted']:.0f}" + ("" if holds(each) else ", not held")
        lines.append(row(each["server"], each["door"], each["rate"], answered, ms(times["p50"]), ms(times["p99"]),
                         ms(times["p999"]), f"{100 * report['goodput_share']:.1f} %",
                         f"{report['cpu_us_per_request']:.0f}"))
    return lines


def overload_table(rows):
    lines = head("server", "together", "capacity a second", "asked", "objective ms", "goodput, of capacity",
                 "the trace allows", "admitted in time", "p50 ms", "p95", "p99", "p99.9", "refused", "failed",
                 "refusal p50 ms", "p99", "least cosine")
    for each in rows:
        report, times, refusal = each["report"], each["report"]["latency_ms"], each["report"]["refusal_service_ms"]
        offered = report["offered"]
        lines.append(row(each["server"], each["together"], f"{each['capacity']:.0f}", f"{each['rate']:.0f}",
                         each["objective"], f"{100 * report['goodput'] / each['capacity']:.1f} %",
                         f"{100 * each['best']:.1f} %",
                         f"{100 * in_time(report):.2f} %", ms(times["p50"]), ms(times["p95"]), ms(times["p99"]),
                         ms(times["p999"]), f"{100 * report['refused'] / offered:.1f} %",
                         f"{100 * report['failed'] / offered:.1f} %", ms(refusal["p50"]), ms(refusal["p99"]),
                         f"{each['likeness']:.4f}"))
    return lines
