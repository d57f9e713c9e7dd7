"""The kernels on aarch64 (NEON), under qemu: int8 has the bits of this machine's baseline, the rest is near it.

Needs aarch64-linux-gnu-g++ and qemu-aarch64-static (Debian: g++-aarch64-linux-gnu, qemu-user-static). Exit 99: skipped.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parent.parent.parent
SOURCES = ["tests/engine/neon_kernels.cpp", "src/engine/kernels/isa_baseline.cpp"]
FLAGS = ["-std=c++20", "-O2", "-ffp-contract=off", "-fno-math-errno", "-static"]


def build(compiler, to):
    command = [compiler, *FLAGS, f"-I{ROOT}/src", *(str(ROOT / source) for source in SOURCES), "-o", str(to), "-lm"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return to


def lines(command):
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0, f"{command}: {done.returncode} {done.stderr}"
    rows = [line.split() for line in done.stdout.splitlines()]
    return {name: (digest, [float(value) for value in values]) for name, digest, *values in rows}


def main():
    cross, emulator = shutil.which("aarch64-linux-gnu-g++"), shutil.which("qemu-aarch64-static")
    if not cross or not emulator:
        print("skipped: no aarch64-linux-gnu-g++ or no qemu-aarch64-static")
        sys.exit(99)
    with tempfile.TemporaryDirectory() as folder:
        here = lines([build("g++", pathlib.Path(folder) / "here")])
        there = lines([emulator, build(cross, pathlib.Path(folder) / "there")])
    assert set(here) == set(there) and len(here) == 5, (here.keys(), there.keys())
    for name, (digest, values) in here.items():
        other_digest, others = there[name]
        assert len(values) > 10, name
        if name.startswith("int8"):
            assert digest == other_digest, f"{name}: other bits on aarch64"
        limit = 2e-5 if name.startswith("fp32") else 0.02
        worst = max(abs(a - b) for a, b in zip(values, others, strict=True))
        assert worst <= limit, f"{name}: {worst} apart"
        print(f"{name}: {'the same bits' if digest == other_digest else f'at most {worst:.2g} apart'}")


main()
