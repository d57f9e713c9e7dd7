"""`fovea bench load` against a server: the same client for all of them.

It shares the processors with the server. In the real-time class, where the system allows that, it does not wait for one
itself: what it measures is the server. It takes a few percent of a processor, the same of all servers.
"""
import functools
import json
import os
import shutil
import subprocess
import sys

from .ours import BIN


@functools.cache
def first():
    """What is put before a command so that it never waits for a processor."""
    words = ["chrt", "--rr", "1"]
    if not shutil.which(words[0]) or subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
        return []
    return words


def load(server, door, **flags):
    """Its report. Flags as on the command line, with _ for -; True: no value; None: not given."""
    words = [*first(), BIN, "bench", "load", "--url", server.url(door), "--model", server.model, "--protocol", door]
    words += ["--json", *server.flags]
    for name, value in flags.items():
        if value is not None and value is not False:
            words += ["--" + name.replace("_", "-")] + ([] if value is True else [str(value)])
    done = subprocess.run(words, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}, check=False)
    lines = done.stdout.strip().splitlines()
    report = json.loads(lines[-1]) if lines else {}
    if "offered" not in report:
        sys.exit(f"{server.name}: {' '.join(words)}: {done.stdout[-300:]}{done.stderr[-300:]}")
    return report
