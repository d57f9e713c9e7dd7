#!/usr/bin/env python3
"""Adds `ROOM: SEEN...` to a LAYERS file after the last room it sees. usage: add_to_layers.py LAYERS ROOM SEEN..."""
import re
import sys


def main():
    path, room, *seen = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    at = {match[1]: number for number, line in enumerate(lines) if (match := re.match(r"([a-z0-9_/]+):", line))}
    if room in at:
        sys.exit(f"LAYERS has {room} already")
    if unknown := [other for other in seen if other not in at]:
        sys.exit(f"LAYERS has no room {', '.join(unknown)}; it has {', '.join(at)}")
    # Beside its wing where that keeps the order, else right after what it sees.
    wing = [number for name, number in at.items() if name.split("/")[0] == room.split("/")[0]]
    lines.insert(max([at[other] for other in seen] + wing) + 1, f"{room + ':':<20} {' '.join(seen)}")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
