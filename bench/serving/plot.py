"""The overload's table as a picture: what came in time as a share of capacity, and how long answers took."""


def draw(rows, path):
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "fovea"
    from matplotlib import pyplot
    figure, (shares, times) = pyplot.subplots(1, 2, figsize=(10, 0.45 * len(rows) + 1.6), sharey=True)
    names = [f"{row['server']}; {row['objective']} ms" for row in rows][::-1]
    colours = ["#1f6f8b" if name.startswith("fovea") else "#b0b7bd" for name in names]
    shares.barh(names, [100 * row["report"]["goodput"] / row["capacity"] for row in rows][::-1], color=colours)
    for at, row in enumerate(reversed(rows)):
        shares.plot([100 * row["best"]] * 2, [at - 0.4, at + 0.4], color="black", linewidth=1)
    shares.set_xlabel("within the objective, % of the server's own capacity\n(line: what the trace allows)")
    for at, row in enumerate(reversed(rows)):
        found = row["report"]["latency_ms"]
        times.plot([row["objective"]] * 2, [at - 0.4, at + 0.4], color="#c0392b", linewidth=1)
        if found["p50"] is None:
            continue
        times.plot([found["p50"], found["p999"]], [at, at], color=colours[at], linewidth=4, solid_capstyle="butt")
        times.plot([found["p50"], found["p99"], found["p999"]], [at] * 3, "o", color="black", markersize=3)
    times.set_xscale("log")
    times.set_xlabel("ms from when due to the answer: p50, p99, p99.9\n(line: the objective)")
    for side in (shares, times):
        side.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
