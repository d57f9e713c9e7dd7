"""One peer in one mode in a process of its own: reads a command a line from standard input, answers a JSON line each.

Commands: load, pass, bits, memory, answers. What libraries print goes to standard error.
"""
import json
import os
import resource
import sys
import time

import numpy

from . import model_folders, peers
from .messages import make_ids
from .peer import Refused

BATCH = 4  # messages that are asked for together with the one whose bits are looked at


def resident_mib():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 2**20


class Worker:
    def __init__(self, mode_name, model, cache, counts):
        self.mode = next(mode for mode in peers.all_modes(model, cache) if mode.name == mode_name)
        self.messages = make_ids(counts, model.vocabulary)

    def load(self):
        self.peer = self.mode.make()
        self.peer.load()
        longest = max(self.messages, key=len)
        for _ in range(3):  # the first run of all, and the largest memory, are no matter of a length
            self.peer.run(longest)
        return {"version": self.peer.version()}

    def run_pass(self):
        """All messages once. CPU time is that of the process, over all of its threads."""
        if self.peer.together:
            begun = time.process_time()
            self.rows = self.peer.run_all(self.messages)
            return {"cpu_s": time.process_time() - begun}
        wall, cpu, self.rows = [], [], []
        begun = time.process_time()
        for message in self.messages:
            cpu_begun, wall_begun = time.process_time(), time.perf_counter()
            self.rows.append(self.peer.run(message))
            wall.append(time.perf_counter() - wall_begun)
            cpu.append(time.process_time() - cpu_begun)
        return {"cpu_s": time.process_time() - begun, "wall_ms": [1000 * s for s in wall],
                "cpu_ms": [1000 * s for s in cpu]}

    def bits(self):
        """The largest difference between a message's answers alone and in a batch with others of other lengths."""
        short = sorted(range(len(self.messages)), key=lambda i: len(self.messages[i]))[:len(self.messages) * 9 // 10]
        worst = 0.0
        for first in range(0, min(len(short) - BATCH, 40), 5):
            group = [self.messages[i] for i in short[first::max(1, len(short) // BATCH)]][:BATCH]
            together = self.peer.run_batch(group)
            for message, row in zip(group, together):
                worst = max(worst, float(numpy.abs(self.peer.run(message) - row).max()))
        return {"difference": worst}

    def answers(self, path):
        """Writes what the last pass gave: [messages, hidden] fp32."""
        numpy.asarray(self.rows, dtype=numpy.float32).tofile(path)
        return {}

    def memory(self):
        return {"rss_mib": resident_mib()}

    def obey(self, line):
        what, *rest = json.loads(line)
        do = {"load": self.load, "pass": self.run_pass, "bits": self.bits, "answers": self.answers,
              "memory": self.memory}[what]
        try:
            return do(*rest)
        except Refused as refused:
            return {"refused": str(refused)}
        except Exception as error:  # a library's error is the row's reason, not the end of the benchmark
            return {"refused": f"{type(error).__name__}: {str(error).strip().splitlines()[0][:160]}"}


def main():
    mode, model, cache, lengths = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    with open(lengths, encoding="utf-8") as file:
        counts = [int(line) for line in file]
    worker = Worker(mode, model_folders.by_name(model, cache), cache, counts)
    for line in sys.stdin:
        answers.write(json.dumps(worker.obey(line)) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
