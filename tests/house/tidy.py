#!/usr/bin/env python3
"""Reads the whole tree as a careful reviewer would: lengths, names, leftovers, unused files, READMEs, links.
usage: tidy.py [ROOT]

tests/house/ratchet.txt forgives what stands there, a line each: `RULE PATH [NAME] NUMBER`. It may only shrink: a line
that is no longer needed is a fault too.
"""
import pathlib
import sys

import layers
import tidy_rules

SKIPPED = {".git", "build", ".fovea", ".cache", "__pycache__", "node_modules"}
# Data: mail as ugly as it comes, tables, models, images.
DATA_SUFFIXES = {".eml", ".mbox", ".jsonl", ".csv", ".png", ".svg", ".safetensors", ".bin", ".made-from", ".html"}
DATA_FOLDERS = ("tests/corpus/", "examples/support-triage/model/", "examples/support-triage/out/")


class File:
    def __init__(self, path, text):
        self.path, self.text = path, text
        self.suffix = pathlib.PurePath(path).suffix
        self.lines = text.splitlines()


class Tree:
    def __init__(self, root):
        self.root = root
        self.files = list(self._read())
        self.paths = {file.path: file for file in self.files}
        rooms, _ = layers.read_layers((root / "LAYERS").read_text(encoding="utf-8"))
        self.room_folders = {f"src/{room}" for room in rooms}

    def _read(self):
        for path in sorted(self.root.rglob("*")):
            relative = path.relative_to(self.root)
            name = relative.as_posix()
            if SKIPPED & set(relative.parts) or not path.is_file() or path.suffix in DATA_SUFFIXES:
                continue
            if not name.startswith(DATA_FOLDERS):
                yield File(name, path.read_text(encoding="utf-8"))

    def cmake_texts(self):
        return (file.text for file in self.files if file.path.endswith(("CMakeLists.txt", ".cmake")))


def read_ratchet(tree):
    """{key: (number, line)}"""
    file = tree.paths.get("tests/house/ratchet.txt")
    entries = {}
    for number, line in enumerate(file.lines if file else (), 1):
        if line.strip() and not line.startswith("#"):
            key, _, limit = line.rpartition(" ")
            entries[key] = (int(limit), number)
    return entries


def findings(tree):
    for file in tree.files:
        for rule in tidy_rules.FILE_RULES:
            yield from rule(file)
        yield from tidy_rules.own_header_first(file, tree)
    for rule in tidy_rules.TREE_RULES:
        yield from rule(tree)


def check(root):
    tree = Tree(root)
    ratchet, needed, faults, forgiven = read_ratchet(tree), set(), [], 0
    for key, where, size, what in findings(tree):
        if key in ratchet:
            needed.add(key)
            if size <= ratchet[key][0]:
                forgiven += 1
                continue
            what += f"; the ratchet allows {ratchet[key][0]}"
        faults.append(f"{where}: {what}")
    for key, (_, number) in ratchet.items():
        if key not in needed:
            faults.append(f"tests/house/ratchet.txt:{number}: '{key}' is no longer needed: remove the line")
    if not any(file.path.startswith("src/") for file in tree.files):
        faults.append("no file of src seen: a check that saw nothing fails")
    return faults, f"tidy: {len(tree.files)} files, {forgiven} forgiven by the ratchet, {len(faults)} faults"


def main():
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    faults, summary = check(root)
    print("\n".join(faults + [summary]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
