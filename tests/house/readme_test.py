#!/usr/bin/env python3
"""The pages for users run as they stand. usage: readme_test.py PAGE...

In a page, a fenced block whose first line is ```LANGUAGE PATH is written to PATH, and one of ```sh run is run, in
order, in an empty folder in which `fovea` is on the PATH and `examples` is the project's. Each line must end with 0.
FOVEA_BIN names the program. Exit 99: there is no program.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(\w+) (\S+)\n(.*?)^```$", re.M | re.S)
SECONDS = 540


def run_page(page, program):
    """How many commands of the page ran; ends the test at the first that fails."""
    ran = 0
    with tempfile.TemporaryDirectory() as folder:
        here = pathlib.Path(folder)
        (here / "examples").symlink_to(ROOT / "examples")
        (here / ".bin").mkdir()
        (here / ".bin/fovea").symlink_to(program)
        environment = dict(os.environ, PATH=f"{here}/.bin:{os.environ['PATH']}")
        environment.pop("FOVEA_STATE", None)
        for language, name, text in BLOCK.findall(page.read_text(encoding="utf-8")):
            if (language, name) != ("sh", "run"):
                (here / name).parent.mkdir(parents=True, exist_ok=True)
                (here / name).write_text(text, encoding="utf-8")
                continue
            for command in filter(None, map(str.strip, text.splitlines())):
                done = subprocess.run(["bash", "-c", command], cwd=here, env=environment, timeout=SECONDS,
                                      capture_output=True, text=True, stdin=subprocess.DEVNULL)
                if done.returncode != 0:
                    sys.exit(f"{page.name}: {command}: exit {done.returncode}\n{done.stdout}{done.stderr}")
                ran += 1
    return ran


def main():
    program = os.path.abspath(os.environ.get("FOVEA_BIN", ROOT / "build/release/fovea"))
    if not os.access(program, os.X_OK):
        print(f"skipped: no program at {program}")
        sys.exit(99)
    for name in sys.argv[1:]:
        ran = run_page(ROOT / name, program)
        print(f"{name}: {ran} commands ran")
        if ran == 0:
            sys.exit(f"{name}: no command seen: a check that saw nothing fails")


if __name__ == "__main__":
    main()
