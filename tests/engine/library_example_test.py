#!/usr/bin/env python3
"""Installs the engine's library into an empty prefix, builds examples/engine against it with find_package(fovea), runs
both programs on small models, and looks at what the library and its headers give away.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PREFIXES = ("fovea_engine_", "fovea_answers_", "fovea_error_")


def run(*command, code=0, **more):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **more)
    if done.returncode != code:
        sys.exit(f"{' '.join(map(str, command))}: exit {done.returncode}, not {code}\n{done.stdout}{done.stderr}")
    return done.stdout if code == 0 else done.stderr


def check(condition, what):
    if not condition:
        sys.exit(f"not so: {what}")


def check_installed(prefix):
    files = {str(path.relative_to(prefix)) for path in prefix.rglob("*") if not path.is_dir()}
    for ending in ("include/fovea/engine.h", "include/fovea/engine_c.h", "/libfovea_engine.so", "/foveaConfig.cmake",
                   "/foveaConfigVersion.cmake", "/foveaTargets.cmake", "/fovea-engine.pc"):
        check(any(name.endswith(ending) for name in files), f"{ending} is installed (of {sorted(files)})")
    for name in files:
        check("libfovea_engine.so" in name or "include/fovea/engine" in name or "fovea" in pathlib.Path(name).name,
              f"{name} belongs to the library")
    return next(prefix / name for name in files if name.endswith("/libfovea_engine.so"))


def check_symbols(library, header):
    lines = run("nm", "-D", "--defined-only", "--format=posix", library).splitlines()
    names = {line.split()[0].split("@")[0] for line in lines if line.split()[1] != "A"}
    check(names and all(name.startswith(PREFIXES) for name in names), f"nothing else is exported: {sorted(names)}")
    declared = set(re.findall(r"\b(fovea_\w+)\(", re.sub(r"//.*", "", header.read_text())))
    check(names == declared, f"what is declared is exported: {sorted(names ^ declared)}")


def check_version(prefix):
    own = re.search(r'kFoveaVersion = "([\d.]+)"', (ROOT / "src/base/version.h").read_text())[1]
    for name in ("foveaConfigVersion.cmake", "fovea-engine.pc"):
        text = next(prefix.rglob(name)).read_text()
        found = re.search(r'PACKAGE_VERSION "([\d.]+)"|^Version: ([\d.]+)$', text, re.M)
        check(own in found.groups(), f"{name} has the version {own}: {found[0]}")


def check_guide():
    """The guide shows lines of the example and of its CMakeLists.txt, as they are."""
    example = "".join(path.read_text() for path in sorted((ROOT / "examples/engine").iterdir()))
    guide = (ROOT / "docs/guide/engine-library.md").read_text()
    blocks = re.findall(r"^```(?:cpp|c|cmake)\n(.*?)^```", guide, re.M | re.S)
    check(len(blocks) >= 3, f"the guide has samples: {len(blocks)}")
    for block in blocks:
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        there = [line.strip() for line in example.splitlines() if line.strip()]
        check(any(there[i:i + len(lines)] == lines for i in range(len(there))), f"examples/engine has:\n{block}")


def check_headers(prefix, compiler, folder):
    """Each header alone, by the strictest compilers of C99 and C++20."""
    for header, name, options in (("engine_c.h", "alone.c", ["-x", "c", "-std=c99", "-Wstrict-prototypes"]),
                                  ("engine_c.h", "alone_c.cpp", ["-x", "c++", "-std=c++98"]),
                                  ("engine.h", "alone.cpp", ["-x", "c++", "-std=c++20"])):
        source = folder / name
        source.write_text(f"#include <fovea/{header}>\nint main(void) {{ return 0; }}\n")
        pedantic = ["-pedantic-errors"] if name != "alone_c.cpp" else ["-Wno-variadic-macros", "-Wno-long-long"]
        run(compiler, *options, *pedantic, "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I", prefix / "include",
            source)


def build_example(prefix, folder, compiler, sanitizers):
    flags = f"-Wall -Wextra -Wpedantic -Werror {'-fsanitize=' + sanitizers if sanitizers else ''}"
    build = folder / "build"
    run("cmake", "-S", ROOT / "examples/engine", "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}",
        f"-DCMAKE_CXX_COMPILER={compiler}", f"-DCMAKE_CXX_FLAGS={flags}", f"-DCMAKE_C_FLAGS={flags}")
    run("cmake", "--build", build)
    return build


def matched(pattern, lines):
    found = [re.fullmatch(pattern, line) for line in lines]
    check(found and all(found), f"{lines} are lines like {pattern}")
    return [match.groups() for match in found]


def check_nearest(program, model):
    lines = run(program, model, "where is my order", "bad refund !", "refund", "where is my order",
                "安全 !").splitlines()
    found = matched(r"(-?\d\.\d{4}) (.*)", lines)
    check(len(found) == 4 and found[0] == ("1.0000", "where is my order"), f"the same text is nearest: {found}")
    check([float(f[0]) for f in found] == sorted((float(f[0]) for f in found), reverse=True), f"in order: {found}")
    check(all(float(f[0]) < 1 for f in found[1:]), f"others are less near: {found}")
    wrong = run(program, model.with_name("nowhere"), "a", "b", code=1)
    check("nowhere/config.json" in wrong, f"the error names the file: {wrong}")
    forced = run(program, model, "good", "bad", env={**os.environ, "FOVEA_ISA": "baseline"})
    check(forced == run(program, model, "good", "bad"), "the baseline gives the same to four digits")
    no_isa = run(program, model, "good", "bad", code=1, env={**os.environ, "FOVEA_ISA": "abacus"})
    check("FOVEA_ISA" in no_isa, f"an unknown instruction set is refused: {no_isa}")


def check_classify(program, model, embeddings):
    texts = ["my refund is late", "good order !", "my refund is late"]
    lines = run(program, model, *texts).splitlines()
    found = matched(r"label ([012]) -?\d+\.\d{4} \[(.*)\] (.*)", lines)
    check([f[2] for f in found] == texts, f"a line a text: {found}")
    check(lines[0] == lines[2], f"the same text, the same answer: {found}")
    check(all(f[1] in f[2] for f in found), f"the token lies in the text: {found}")
    check("no labels" in run(program, embeddings, "a", code=1), "a model without labels is refused")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("writer", type=pathlib.Path)
    parser.add_argument("library", type=pathlib.Path)
    parser.add_argument("--compiler", default="c++")
    parser.add_argument("--sanitizers", default="")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fovea_library_") as temporary:
        folder = pathlib.Path(temporary)
        prefix = folder / "prefix"
        run("cmake", "--install", given.build, "--component", "engine", "--prefix", prefix)
        library = check_installed(prefix)
        check(library.stat().st_size == given.library.stat().st_size, "what was built is what is installed")
        check_version(prefix)
        check_guide()
        check_symbols(library, prefix / "include/fovea/engine_c.h")
        check_headers(prefix, given.compiler, folder)
        build = build_example(prefix, folder, given.compiler, given.sanitizers)
        run(given.writer, folder / "embeddings")
        run(given.writer, folder / "classifier", 3)
        check_nearest(build / "nearest", folder / "embeddings")
        check_classify(build / "classify", folder / "classifier", folder / "embeddings")
    print(f"library: {library.name} installed, examples built and run")


if __name__ == "__main__":
    main()
