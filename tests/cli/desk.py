"""A small flow in a folder of its own, and the fovea program on it."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

FOVEA = os.environ.get("FOVEA_BIN", "")

FLOW = """\
flow: desk
version: 1
source: {{ jsonl: ./events.jsonl, id: event.id, key: event.user, time: event.at }}
steps:
  - redact: [email, phone, card, cn_resident_id]
  - score: {{ as: intent, text: event.body, ladder: [ {{ rules: ./keywords.csv }}, {{ human: tier1 }} ] }}
  - decide: ./routing.csv
act:
  - note: {{ append: ./out.jsonl, body: {{ id: event.id, queue: decision.queue }}, key: event.id }}
  - twice: {{ append: ./twice.jsonl, body: {{ id: event.id }}, key: event.id{undo} }}
  - later: {{ append: ./later.jsonl, body: {{ id: event.id }}, key: event.id, hold: 10m, when: event.amount > 100 }}
"""
KEYWORDS = """\
text.contains('refund'),text.contains('angry'),=> label,=> probability
true,-,refund,0.9
-,true,complaint,0.8
"""
ROUTING = """\
intent.label,event.amount,=> queue
"refund, complaint",> 100,desk
"refund, complaint",-,refunds
-,-,general
"""
BODIES = ["a refund please, joe@example.com", "I am angry", "hello there", "你好"]


class Desk(unittest.TestCase):
    """Sixteen events, every fourth to a person twice over, one line that is no JSON."""

    undo = ""

    def setUp(self):
        if not FOVEA or not os.path.exists(FOVEA):
            print("skipped: FOVEA_BIN names no program")
            sys.exit(99)
        self.dir = tempfile.mkdtemp(prefix="fovea-cli-")
        self.addCleanup(shutil.rmtree, self.dir, True)
        self.write("flow.yaml", FLOW.format(undo=self.undo))
        self.write("keywords.csv", KEYWORDS)
        self.write("routing.csv", ROUTING)
        lines = [json.dumps({"id": f"event-{i:02}", "user": f"u{i % 3}", "at": f"2026-09-01T08:{i:02}:00Z",
                             "body": BODIES[i % 4], "amount": i * 20}) for i in range(16)]
        self.write("events.jsonl", "\n".join(lines + ["not json"]) + "\n")

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as out:
            out.write(text)

    def lines(self, name):
        if not os.path.exists(self.path(name)):
            return []
        with open(self.path(name), encoding="utf-8") as text:
            return [json.loads(line) for line in text]

    def fovea(self, *arguments, expect=0):
        """Standard output, standard error; the exit code must be `expect`."""
        done = subprocess.run([FOVEA, *arguments], cwd=self.dir, capture_output=True, text=True, timeout=60,
                              check=False)
        self.assertEqual(done.returncode, expect, f"fovea {' '.join(arguments)}\n{done.stdout}{done.stderr}")
        return done.stdout, done.stderr

    def json(self, *arguments, expect=0):
        out, _ = self.fovea(*arguments, "--json", expect=expect)
        return json.loads(out.splitlines()[-1])

    def run_once(self):
        return self.json("run", "flow.yaml", "--once", "--quiet")

    def start(self):
        """A run that goes on; it is ready once it holds the state."""
        run = subprocess.Popen([FOVEA, "run", "flow.yaml", "--quiet"], cwd=self.dir, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, run)
        for _ in range(200):
            time.sleep(0.05)
            if len(self.lines("out.jsonl")) >= 8:
                return run
        self.fail("the run decided nothing within 10 s")

    def end(self, run):
        if run.poll() is None:
            run.send_signal(signal.SIGTERM)
            run.wait(timeout=20)
        run.stderr.close()
        return run.returncode
