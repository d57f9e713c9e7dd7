"""Who runs: a peer's worker process, and fovea by its own command. Both with one thread."""
import json
import os
import subprocess
import sys

import numpy

from .messages import write_lengths
from .peer import Refused

ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE",
              "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1", "ORT_LOGGING_LEVEL": "3"}


class PeerProcess:
    def __init__(self, mode, model, cache, lengths_file):
        environment = {**os.environ, **ONE_THREAD}
        command = [sys.executable, "-m", "bench.engine.worker", mode.name, model.name, str(cache), str(lengths_file)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, encoding="utf-8", env=environment)

    def ask(self, *command):
        try:
            self.process.stdin.write(json.dumps(command) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        line = self.process.stdout.readline()
        if not line:
            raise Refused(f"its process ended with {self.process.wait()}")
        answer = json.loads(line)
        if "refused" in answer:
            raise Refused(answer["refused"])
        return answer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Ours:
    """`fovea bench encoder` in one precision."""

    def __init__(self, program, model, precision, lengths_file):
        self.command = [program, "bench", "encoder", "--model", model.folder, "--precision", precision, "--lengths",
                        str(lengths_file), "--threads", "1", "--json"]

    def ask(self, *more):
        done = subprocess.run([*self.command, *more], capture_output=True, encoding="utf-8")
        answer = json.loads(done.stdout.splitlines()[-1]) if done.stdout else {}
        if done.returncode != 0:
            said = answer.get("error", {}).get("message") or done.stderr.strip()[-160:]
            raise Refused(said or f"the program ended with {done.returncode}")
        return answer

    def round(self):
        """Messages a second of CPU time: one round after a warm-up."""
        return self.ask("--rounds", "1", "--rate-only")["messages_per_s"]

    def whole_row(self, rounds, answers):
        return self.ask("--rounds", str(rounds), "--answers", str(answers))


def read_answers(path, messages):
    return numpy.fromfile(path, dtype=numpy.float32).reshape(messages, -1)


def cosines(rows, others):
    rows, others = rows.astype(numpy.float64), others.astype(numpy.float64)
    return (rows * others).sum(axis=1) / numpy.linalg.norm(rows, axis=1) / numpy.linalg.norm(others, axis=1)


def lengths_file(lengths, folder):
    path = folder / f"{lengths.name}-{len(lengths.counts)}.lengths"
    write_lengths(lengths.counts, path)
    return path
