#!/usr/bin/env python3
"""No inline function of a library comes out of a file that is compiled for one instruction set.

Such a function is a weak symbol; the linker keeps one of those that it finds, and a machine without AVX-512 would run
the one from the AVX-512 file. So each object file of src/engine/kernels/isa_*.cpp defines its table and nothing else
that others see, and needs nothing but C functions.
Exit 99: skipped.
"""
import argparse
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
NEEDED = {"memcpy", "memmove", "memset", "memcmp", "fmaf", "logf", "sqrtf",
          "_GLOBAL_OFFSET_TABLE_", "__stack_chk_fail"}  # of position-independent and of hardened builds
OFFENDER = """
#include <algorithm>
#include <vector>
namespace fovea::kernels {
const int& baseline_kernels() {
  static const int kTable = 1;
  return kTable;
}
void sort_in_a_fast_file(std::vector<int>& values) { std::sort(values.begin(), values.end()); }
}
"""


def symbols(path):
    """(type as nm writes it, name) of each symbol."""
    lines = subprocess.run(["nm", "--format=posix", str(path)], capture_output=True, text=True, check=True).stdout
    for line in lines.splitlines():
        name, kind = line.split()[:2]
        yield kind, name


def faults(path, isa):
    found, table = [], f"_ZN5fovea7kernels{len(isa) + 8}{isa}_kernelsEv"
    tables = 0
    for kind, name in symbols(path):
        if kind.islower() and kind not in "vwu":  # local
            continue
        if kind == "T" and name == table:
            tables += 1
        elif kind == "U":
            if name not in NEEDED:
                found.append(f"{path.name} needs {name}")
        else:
            found.append(f"{path.name} defines {name} ({kind})")
    wanted = 1 if isa == "baseline" or platform.machine() in ("x86_64", "AMD64") else 0
    if tables != wanted:
        found.append(f"{path.name} defines {table} {tables} times, not {wanted}")
    return found


def sees_an_offender(compiler):
    with tempfile.TemporaryDirectory() as folder:
        source, made = pathlib.Path(folder, "isa_baseline.cpp"), pathlib.Path(folder, "isa_baseline.cpp.o")
        source.write_text(OFFENDER)
        subprocess.run([compiler, "-std=c++20", "-O1", "-c", source, "-o", made], check=True)
        found = faults(made, "baseline")
    text = "\n".join(found)
    return re.search(r"defines \w*sort_in_a_fast_file\w* \(T\)", text) and re.search(r"\(W\)", text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("--compiler", default="c++")
    parser.add_argument("--sanitizers", default="")
    given = parser.parse_args()
    if given.sanitizers:
        print(f"skipped: {given.sanitizers} bring functions of their own into every file")
        return 99
    if not sees_an_offender(given.compiler):
        print("the check does not see a file that offends")
        return 1
    sources = sorted((ROOT / "src/engine/kernels").glob("isa_*.cpp"))
    isas = [s.stem.removeprefix("isa_") for s in sources if not s.stem.endswith(("_test", "_bench"))]
    seen, found = 0, []
    for isa in isas:
        for path in pathlib.Path(given.build, "CMakeFiles/fovea_engine_kernels.dir").rglob(f"isa_{isa}.cpp.o"):
            seen += 1
            found += faults(path, isa)
    if seen < len(isas) or not isas:
        found.append(f"saw {seen} object files of {len(isas)} instruction sets under {given.build}")
    print("\n".join(found + [f"{seen} object files, {len(found)} faults"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
