#!/usr/bin/env python3
"""Compares decisions with the labels that people gave.

usage: score.py LABELS.csv DECISIONS.jsonl     a table for people
       score.py --interesting DECISIONS.jsonl  the file of a decision worth explaining

LABELS.csv has file,label,also: `also` is a second right answer of a mail with two wishes. DECISIONS.jsonl is what
`fovea decisions FLOW --json` prints: one object a line with event_id, original, label, rung, for_human.
"""
import collections
import csv
import json
import os
import sys

UNPARSABLE = "unparsable"


def read_decisions(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def read_labels(path):
    """{file: its right labels, the main one first}."""
    with open(path, encoding="utf-8", newline="") as table:
        return {row["file"]: [label for label in (row["label"], row["also"]) if label] for row in csv.DictReader(table)}


def percent(part, whole):
    return f"{100 * part / whole:5.1f} %" if whole else "    -  "


def judged(decisions, answers):
    """(decision, file, right) of every decision whose file has labels."""
    for decision in decisions:
        name = os.path.basename(decision["original"])
        if name in answers and UNPARSABLE not in answers[name]:
            yield decision, name, decision["label"] in answers[name]


def print_table(labels_path, decisions):
    answers = read_labels(labels_path)
    rows = list(judged(decisions, answers))
    if not rows:
        sys.exit("score: no decision belongs to a file of " + labels_path)
    by_rung = collections.defaultdict(lambda: [0, 0])
    confused = collections.Counter()
    for decision, name, right in rows:
        by_rung[decision["rung"]][0] += right
        by_rung[decision["rung"]][1] += 1
        if not right and not decision["for_human"]:
            confused[(answers[name][0], decision["label"])] += 1
    print(f"{'rung':<12}{'messages':>9}{'right':>7}{'accuracy':>10}")
    for rung, (right, count) in sorted(by_rung.items(), key=lambda item: -item[1][1]):
        by_hand = any(d["for_human"] for d, _, _ in rows if d["rung"] == rung)
        result = "      -  a person decides" if by_hand else f"{right:>7}  {percent(right, count)}"
        print(f"{rung:<12}{count:>9}{result}")
    alone = [right for decision, _, right in rows if not decision["for_human"]]
    print(f"decided without a person: {len(alone)} of {len(rows)} ({percent(len(alone), len(rows)).strip()}), "
          f"{sum(alone)} right ({percent(sum(alone), len(alone)).strip()})")
    for (label, given), count in confused.most_common(3):
        print(f"  {count} x {label} taken for {given}")


def interesting(decisions):
    """A decision of the dearest model that answered alone: it has a focus map to show."""
    for rung in ("attention", "linear", "rules", "human"):
        for decision in decisions:
            if decision["rung"].split(".")[-1] == rung:
                return os.path.basename(decision["original"])
    return "ID"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    if sys.argv[1] == "--interesting":
        print(interesting(read_decisions(sys.argv[2])))
    else:
        print_table(sys.argv[1], read_decisions(sys.argv[2]))


if __name__ == "__main__":
    main()
