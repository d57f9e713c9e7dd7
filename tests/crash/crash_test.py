#!/usr/bin/env python3
"""kill -9 at seeded points of a run: after restarts the counts add up, no effect is missing or doubled, the log
verifies.

Usage: crash_test.py [--points N] [--seed S] [--only FLOW:POINT] [--keep]
FOVEA_CRASH_AT=N makes the program end itself with SIGKILL at the N-th change of what is durable.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile

BIN = os.environ.get("FOVEA_BIN", "build/release/fovea")
EVENTS = 60
MESSAGES = 24

KEYWORDS = "text,=> label,=> probability\n\"~ refund, money back\",refund,0.8\n~ parcel,late_delivery,0.7\n"
ROUTING = (
    "intent.label,event.amount,=> queue,=> priority\n"
    '"refund, complaint",> 100,desk,1\n'
    '"refund, complaint",-,refunds,2\n'
    "-,-,general,3\n"
)
JSONL_FLOW = """flow: smoke
version: 1
source: { jsonl: ./events.jsonl, id: event.id, key: event.user, time: event.at }
steps:
  - redact: [email, phone, card, cn_resident_id]
  - window: { as: sender, key: event.user, span: 1h, keep: { messages: count() } }
  - score: { as: intent, text: event.body, deadline: 200ms, ladder: [ { rules: ./keywords.csv }, { default: other } ] }
  - decide: ./routing.csv
act:
  - note: { append: ./out.jsonl, body: { id: event.id, queue: decision.queue, rung: intent.rung }, key: event.id }
  - tally: { append: ./tally.jsonl, body: { queue: decision.queue }, key: event.id }
limits: { batch: 16 }
"""
MAIL_FLOW = """flow: post
version: 1
source: { mail: ./inbox }
steps:
  - clean: { html: text, quotes: drop, signature: drop }
  - redact: [email, phone, card, cn_resident_id]
  - score: { as: intent, text: event.text, ladder: [ { rules: ./keywords.csv }, { default: other } ] }
  - decide: ./routing.csv
act:
  - note: { append: ./out.jsonl, body: { id: event.id, queue: decision.queue }, key: event.id }
  - file: { move: "./done", key: event.id }
limits: { batch: 8 }
"""
BODIES = ["I want a refund", "my parcel is late", "thank you", "money back, call 13800138000", "这个坏了", "hello"]
RAW = "13800138000"


def write_jsonl(folder):
    with open(folder / "events.jsonl", "w", encoding="utf-8") as out:
        for i in range(EVENTS):
            event = {"id": f"e-{i}", "user": f"u{i % 5}", "at": f"2026-09-01T08:{i % 60:02}:00Z",
                     "body": BODIES[i % len(BODIES)], "amount": i * 7 % 200}
            out.write(json.dumps(event, ensure_ascii=False) + "\n")
            if i % 10 == 3:
                out.write(json.dumps(event) + "\n")  # given twice
            if i % 20 == 7:
                out.write('{"id": "torn\n')  # cannot be read
    (folder / "flow.yaml").write_text(JSONL_FLOW, encoding="utf-8")


def write_mail(folder):
    (folder / "inbox").mkdir()
    for i in range(MESSAGES):
        text = (f"From: c{i}@example.com\nTo: shop@example.org\nSubject: no {i}\nMessage-ID: <m{i}@example.com>\n"
                f"Date: Tue, 01 Sep 2026 08:{i:02}:00 +0000\nContent-Type: text/plain; charset=utf-8\n\n"
                f"{BODIES[i % len(BODIES)]}\n")
        path = folder / "inbox" / f"m-{i:03}.eml"
        path.write_text(text, encoding="utf-8")
        os.utime(path, (1788249600, 1788249600))
    (folder / "flow.yaml").write_text(MAIL_FLOW, encoding="utf-8")


def start(folder, crash_at=None, report=False):
    env = dict(os.environ, FOVEA_QUIET="1")
    if crash_at:
        env["FOVEA_CRASH_AT"] = str(crash_at)
    if report:
        env["FOVEA_CRASH_REPORT"] = "1"
    return subprocess.run([BIN, "run", str(folder / "flow.yaml"), "--once", "--json"], env=env, timeout=120,
                          capture_output=True, text=True, check=False)


def command(folder, *words):
    ran = subprocess.run([BIN, *words, "--state", str(folder / ".fovea"), "--json"], timeout=120, capture_output=True,
                         text=True, check=False)
    return ran.returncode, ran.stdout.strip().splitlines()[-1:] or [""], ran.stderr


def lines_of(path, faults):
    if not path.exists():
        return []
    data = path.read_bytes()
    if data and not data.endswith(b"\n"):
        faults.append(f"{path.name} ends in a torn line")
    lines = []
    for line in data.splitlines():
        try:
            lines.append(json.loads(line))
        except ValueError:
            faults.append(f"{path.name} holds a torn line: {line[:80]!r}")
    return lines


def expected(flow, folder):
    """What a run without a crash comes to."""
    ran = start(folder)
    if ran.returncode != 0:
        sys.exit(f"the {flow} flow does not run: {ran.stderr}")
    faults = []
    return {"summary": json.loads(ran.stdout.splitlines()[-1]), "out": lines_of(folder / "out.jsonl", faults),
            "tally": lines_of(folder / "tally.jsonl", faults), "faults": faults}


def key_of(line):
    return json.dumps(line, sort_keys=True)


def judge(flow, folder, clean):
    faults = []
    out, tally = lines_of(folder / "out.jsonl", faults), lines_of(folder / "tally.jsonl", faults)
    if sorted(map(key_of, out)) != sorted(map(key_of, clean["out"])):
        faults.append(f"out.jsonl: {len(out)} lines, {len(clean['out'])} expected")
    if sorted(map(key_of, tally)) != sorted(map(key_of, clean["tally"])):
        faults.append(f"tally.jsonl: {len(tally)} lines, {len(clean['tally'])} expected")
    if flow == "mail":
        left, done = sorted(os.listdir(folder / "inbox")), sorted(os.listdir(folder / "done"))
        if left or len(done) != MESSAGES:
            faults.append(f"{len(left)} messages were not moved, {len(done)} were")
    code, answer, errors = command(folder, "audit", "verify")
    if code != 0:
        faults.append(f"audit verify: {answer[0]} {errors}")
    elif json.loads(answer[0])["entries"] != clean["summary"]["decided"]:
        faults.append(f"audit verify: {answer[0]}, {clean['summary']['decided']} decisions")
    code, answer, errors = command(folder, "store", "check")
    if code != 0:
        faults.append(f"store check: {answer[0]} {errors}")
    for path in (folder / ".fovea").rglob("*"):
        if path.is_file() and RAW.encode() in path.read_bytes():
            faults.append(f"{path.name} holds a phone number")
    again = start(folder)
    if again.returncode != 0 or json.loads(again.stdout.splitlines()[-1])["ingested"] != 0:
        faults.append(f"one more run did something: {again.stdout} {again.stderr}")
    return faults


COUNTS = ("ingested", "decided", "dead_lettered", "late", "dropped")


def live(flow, write, point, more, clean, keep):
    """Crashes at `point`, then at each of `more` in the next starts, then runs to the end."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"fovea-crash-{flow}-{point}-"))
    try:
        (folder / "keywords.csv").write_text(KEYWORDS, encoding="utf-8")
        (folder / "routing.csv").write_text(ROUTING, encoding="utf-8")
        write(folder)
        kills = 0
        for crash_at in [point, *more]:
            ran = start(folder, crash_at)
            kills += ran.returncode == -signal.SIGKILL
            if ran.returncode not in (0, -signal.SIGKILL):
                return kills, [f"a crashing run ended with {ran.returncode}: {ran.stderr}"]
        ran = start(folder)
        if ran.returncode != 0:
            return kills, [f"the run after the crash ended with {ran.returncode}: {ran.stderr}"]
        return kills, judge(flow, folder, clean)
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(f"kept: {folder}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    if not os.path.exists(BIN):
        print(f"skipped: no program at {BIN}")
        return 99
    seeded = random.Random(options.seed)
    jobs = []
    for flow, write, share in (("jsonl", write_jsonl, 0.6), ("mail", write_mail, 0.4)):
        folder = pathlib.Path(tempfile.mkdtemp(prefix=f"fovea-crash-{flow}-"))
        (folder / "keywords.csv").write_text(KEYWORDS, encoding="utf-8")
        (folder / "routing.csv").write_text(ROUTING, encoding="utf-8")
        write(folder)
        clean = expected(flow, folder)
        summary = clean["summary"]
        if summary["ingested"] != sum(summary[name] for name in COUNTS[1:]) or summary["ingested"] == 0:
            sys.exit(f"the counts do not add up: {summary}")
        shutil.rmtree(folder / ".fovea")
        for name in ("out.jsonl", "tally.jsonl"):
            (folder / name).unlink(missing_ok=True)
        if flow == "mail":
            shutil.rmtree(folder / "inbox")
            shutil.rmtree(folder / "done")
            write(folder)
        ran = start(folder, 1 << 60, report=True)
        reported = [line for line in ran.stderr.splitlines() if line.startswith("fault points passed: ")]
        if not reported:
            sys.exit(f"the program does not say how many fault points it passed: {ran.stderr}")
        total = int(reported[0].split(": ")[1])
        shutil.rmtree(folder)
        count = max(1, int(options.points * share))
        # Every point where there are few; then again, with other crashes after it.
        every = [1 + (i * total // count if total > count else i % total) for i in range(count)]
        for point in every:
            more = [seeded.randrange(1, total + 1) for _ in range(seeded.randrange(0, 3))]
            jobs.append((flow, write, point, more, clean, options.keep))
        print(f"{flow}: {total} fault points, {len(every)} of them crashed at")
    if options.only:
        jobs = [job for job in jobs if f"{job[0]}:{job[2]}" == options.only]
    failed = kills = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for job, (killed, faults) in zip(jobs, pool.map(lambda job: live(*job), jobs)):
            kills += killed
            for fault in faults:
                print(f"{job[0]}:{job[2]} then {job[3]}: {fault}")
            failed += bool(faults)
    print(f"{len(jobs)} points, {kills} kills; {failed} failed")
    return 1 if failed or kills < len(jobs) // 2 or not jobs else 0


if __name__ == "__main__":
    sys.exit(main())
