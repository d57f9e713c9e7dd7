#!/usr/bin/env python3
"""Checks every include in src against LAYERS: who may see whom. usage: layers.py [ROOT]

Faults: a LAYERS line that cannot be read, a room listed twice, an unknown room, a room listed before what it sees, a
cycle, a wing that sees another wing, a file outside any room, a room without files, an include that is not allowed,
that does not exist, or that does not start at the source root. A run that saw no file fails.
"""
import pathlib
import re
import sys

WINGS = ("stream", "decide", "act", "trust", "watch")
ENDINGS = {".h", ".cpp", ".inc"}
LINE = re.compile(r"^([a-z][a-z0-9_/]*):((?:\s+[a-z][a-z0-9_/]*)*)\s*$")
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def wing(room):
    top = room.split("/")[0]
    return top if top in WINGS else None


def read_layers(text):
    """LAYERS as {room: [rooms it sees]} in the order of the file, and the faults of the file itself."""
    rooms, faults = {}, []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = LINE.match(line)
        if not match:
            faults.append(f"LAYERS:{number}: cannot be read: {line.strip()!r} (want `room: room room`)")
            continue
        room, seen = match[1], match[2].split()
        if room in rooms:
            faults.append(f"LAYERS:{number}: {room} is listed twice")
        rooms[room] = seen
    return rooms, faults


def find_cycle(rooms):
    state, path = {}, []

    def visit(room):
        state[room] = 1
        path.append(room)
        for other in rooms.get(room, ()):
            if state.get(other) == 1:
                return path[path.index(other):] + [other]
            if other in rooms and other not in state and (cycle := visit(other)):
                return cycle
        path.pop()
        state[room] = 2
        return None

    for room in rooms:
        if room not in state and (cycle := visit(room)):
            return cycle
    return None


def check_rooms(rooms):
    faults, listed = [], set()
    for room, seen in rooms.items():
        for other in seen:
            if other not in rooms:
                faults.append(f"LAYERS: {room} sees {other}, which is an unknown room")
            elif other not in listed:
                faults.append(f"LAYERS: {room} is listed before {other}, which it sees")
            if wing(room) and wing(other) and wing(room) != wing(other):
                faults.append(f"LAYERS: {room} sees {other}: the wings {', '.join(WINGS)} never see one another")
        listed.add(room)
    if cycle := find_cycle(rooms):
        faults.append(f"LAYERS: cycle {' -> '.join(cycle)}")
    return faults


def room_of(relative, rooms):
    """The innermost room that holds the path, or None."""
    parts = relative.parts[:-1]
    for length in range(len(parts), 0, -1):
        if (name := "/".join(parts[:length])) in rooms:
            return name
    return None


def includes(text):
    """(line, quoted, path) of each include outside comments."""
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m[0].count("\n"), text, flags=re.S)
    for number, line in enumerate(text.splitlines(), 1):
        if match := INCLUDE.match(line):
            yield number, match[1] == '"', match[2]


def check_file(path, src, rooms):
    """The faults of one file, and how many includes of ours it has."""
    relative = path.relative_to(src)
    here = room_of(relative, rooms)
    if not here:
        return [f"src/{relative}: outside any room of LAYERS"], 0
    faults, count = [], 0
    for number, quoted, target in includes(path.read_text(encoding="utf-8")):
        where = f"src/{relative}:{number}"
        if not (src / target).is_file():
            if quoted:
                faults.append(f'{where}: no file src/{target} (includes start at the source root)')
            continue
        count += 1
        if not quoted:
            faults.append(f"{where}: <{target}> is ours, write it in quotes")
        there = room_of(pathlib.PurePath(target), rooms)
        if there and there != here and there not in rooms[here]:
            faults.append(f'{where}: {here} may not see {there} (includes "{target}")')
    return faults, count


def check(root):
    src = root / "src"
    rooms, faults = read_layers((root / "LAYERS").read_text(encoding="utf-8"))
    faults += check_rooms(rooms)
    files = sorted(p for p in src.rglob("*") if p.suffix in ENDINGS and p.is_file())
    count, lived_in = 0, set()
    for path in files:
        lived_in.add(room_of(path.relative_to(src), rooms))
        found, seen = check_file(path, src, rooms)
        faults += found
        count += seen
    faults += [f"LAYERS: {room} has no files in src/{room}" for room in rooms if room not in lived_in]
    if not files:
        faults.append("no file seen: a check that saw nothing fails")
    return faults, f"layers: {len(rooms)} rooms, {len(files)} files, {count} includes, {len(faults)} faults"


def main():
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    faults, summary = check(root)
    print("\n".join(faults + [summary]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
