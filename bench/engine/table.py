"""The result as Markdown: a table for each model and length file, and the rows that we lose."""
import pathlib
import platform

FLAGS = ["avx2", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16", "avx_vnni", "amx_tile", "amx_int8", "amx_bf16"]
HEAD = ["engine", "mode", "messages/s/core", "fovea beside it", "fovea ÷ it", "p50 ms", "p95 ms", "p99 ms",
        "first pass /s", "first hit ms", "first ÷ later", "RSS MiB", "alone = in a batch", "cosine least / mean"]


def machine():
    name, flags = platform.processor(), []
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            name = value.strip()
        elif key.strip() == "flags":
            have = set(value.split())
            flags = [flag for flag in FLAGS if flag in have]
    return f"{name}, {platform.system()} {platform.release()}; instruction sets: {', '.join(flags) or 'none of note'}"


def line(cells):
    return "| " + " | ".join(cells) + " |"


def number(value, digits):
    return f"{value:.{digits}f}" if value else "–"


def cells(row):
    if row.refused:
        return [row.engine, row.words, f"– ({row.refused})"] + ["–"] * (len(HEAD) - 3)
    latency = [number(row.latency_ms.get(name, 0.0), 2) for name in ("p50", "p95", "p99")]
    cosine = f"{row.cosine[0]:.4f} / {row.cosine[1]:.4f}" if row.cosine else "–"
    return [row.engine, row.words, number(row.rate, 1), number(row.ours, 1), number(row.ratio, 2), *latency,
            number(row.first_rate, 1), number(row.first_hit_ms, 2), number(row.first_hit_ratio, 1),
            number(row.rss_mib, 0), row.bits or "–", cosine]


def losing(ours, rows):
    """What a peer does better than we do, in the same precision."""
    for row in rows:
        if row.refused or not ours.rate:
            continue
        what = []
        if row.ours and row.ratio < 1:
            what.append(f"{row.rate:.1f} messages/s against {row.ours:.1f}")
        for name, theirs in row.latency_ms.items():
            if theirs < ours.latency_ms.get(name, 0.0):
                what.append(f"{name} {theirs:.2f} ms against {ours.latency_ms[name]:.2f}")
        if row.rss_mib < ours.rss_mib:
            what.append(f"{row.rss_mib:.0f} MiB against {ours.rss_mib:.0f}")
        if what:
            yield f"{row.engine}, {row.precision}, {row.words}: {'; '.join(what)}"


def section(model, lengths, by_precision):
    """by_precision: precision → (our row, the peers' rows)."""
    out, lost = [f"## {model.name} on {lengths.name}", "",
                 f"{lengths.summary()}. Tokens a message: {lengths.histogram()}.", ""], []
    for precision, (ours, rows) in by_precision.items():
        out += [f"### {precision}", "", line(HEAD), line(["---"] * len(HEAD)), line(cells(ours))]
        out += [line(cells(row)) for row in rows]
        best = max((row for row in rows if not row.refused), key=lambda row: row.rate, default=None)
        if best is not None and best.ratio:
            out += ["", f"Best peer: {best.engine}, {best.words}, {best.rate:.1f} messages/s; "
                        f"fovea is at {best.ratio:.2f} of it."]
        out.append("")
        lost += losing(ours, rows)
    out += ["### Rows that we lose", ""] + ([f"- {entry}" for entry in lost] or ["None."]) + [""]
    return out


def document(sections, rounds):
    out = ["# fovea's engine beside its peers", "", f"Machine: {machine()}.", "",
           f"One thread each; messages a second of CPU time, best of {rounds} rounds that alternate with fovea's; a "
           "message alone, wall time; `bench/README.md` says how each column is measured.", ""]
    for part in sections:
        out += part
    return "\n".join(out)
