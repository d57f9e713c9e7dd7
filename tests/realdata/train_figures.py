#!/usr/bin/env python3
"""The figures that training must reach on real tables, with the release program and its command line.

Reads ../shared/data; exits 99 (skipped) where it is absent. Quick by default (the linear models, about half a minute);
FOVEA_LONG=1 adds the attention models from scratch, and FOVEA_BASE=HF_FOLDER the fine-tuned one on
banking77 (both take many minutes).
"""
import csv
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
FOVEA = os.environ.get("FOVEA_BIN", str(ROOT / "build" / "release" / "fovea"))
LONG = os.environ.get("FOVEA_LONG") == "1"
failures = []


def fovea(*words):
    done = subprocess.run([FOVEA, *map(str, words), "--json"], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"fovea {' '.join(map(str, words))}: exit {done.returncode}\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def expect(what, value, least):
    print(f"{'ok  ' if value >= least else 'FAIL'} {what}: {value:.4f} (at least {least:.4f})", flush=True)
    if value < least:
        failures.append(what)


def rungs(what, seen, linear, attention=None):
    """One evaluation: the floors, and the cascade beside the better of the two at half of the dearer one's cost."""
    expect(f"{what} linear", seen["linear"]["accuracy"], linear)
    if attention is None:
        return
    expect(f"{what} attention", seen["attention"]["accuracy"], attention)
    better = max(seen["linear"]["accuracy"], seen["attention"]["accuracy"])
    expect(f"{what} cascade", seen["cascade"]["accuracy"], better)
    expect(f"{what} cascade: attention's cost over twice its own",
           seen["attention"]["us_per_message"] / (2 * seen["cascade"]["us_per_message"]), 1.0)


def banking77(out):
    folder = DATA / "banking77"
    columns = ["--text", "text", "--label", "category"]
    base = os.environ.get("FOVEA_BASE")
    how = ["--base", base] if base else ["--linear-only"]
    fovea("train", folder / "train.csv", *columns, "--out", out, *how)
    rungs("banking77", fovea("models", "eval", out, folder / "test.csv", *columns), 0.91, 0.935 if base else None)
    if not LONG:
        return
    scratch = out.parent / "scratch"
    fovea("train", folder / "train.csv", *columns, "--out", scratch)
    seen = fovea("models", "eval", scratch, folder / "test.csv", *columns)
    print(f"info banking77 from scratch: attention {seen['attention']['accuracy']:.4f}, "
          f"linear {seen['linear']['accuracy']:.4f}, cascade {seen['cascade']['accuracy']:.4f}", flush=True)


def zh_shopping10(out):
    path = DATA / "zh_shopping10" / "online_shopping_10_cats.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["review"].strip()]
    random.Random(1).shuffle(rows)
    cut = len(rows) * 4 // 5
    paths = out.parent / "zh_learn.csv", out.parent / "zh_judge.csv"
    for path, part in zip(paths, (rows[:cut], rows[cut:])):
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["review", "cat"])
            writer.writerows((row["review"], row["cat"]) for row in part)
    columns = ["--text", "review", "--label", "cat"]
    fovea("train", paths[0], *columns, "--out", out, *([] if LONG else ["--linear-only"]))
    rungs("zh_shopping10", fovea("models", "eval", out, paths[1], *columns), 0.895, 0.907 if LONG else None)


def main():
    if not DATA.is_dir():
        print("skipped: no ../shared/data")
        return 99
    with tempfile.TemporaryDirectory() as folder:
        banking77(Path(folder) / "banking")
        zh_shopping10(Path(folder) / "zh")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
