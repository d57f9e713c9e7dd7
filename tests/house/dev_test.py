#!/usr/bin/env python3
"""./dev's own promises: verbs are listed, wrong words are refused, a new room keeps to the house's rules."""
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import layers
import tidy

ROOT = pathlib.Path(__file__).resolve().parents[2]
PIECES = ("dev", "dev.d", "LAYERS", "packages.txt", ".clang-format")


def dev(root, *words):
    return subprocess.run([root / "dev", *words], cwd="/", capture_output=True, text=True, stdin=subprocess.DEVNULL)


class DevTest(unittest.TestCase):
    def test_lists_every_verb_in_one_line(self):
        told = dev(ROOT)
        self.assertEqual(told.returncode, 0)
        verbs = {path.stem for path in (ROOT / "dev.d/verbs").iterdir()}
        listed = {line.split()[0]: line for line in told.stdout.splitlines() if line.startswith("  ")}
        self.assertEqual(set(listed), verbs)
        for line in listed.values():
            self.assertGreater(len(line.split()), 3, line)

    def test_every_verb_has_help(self):
        for verb in {path.stem for path in (ROOT / "dev.d/verbs").iterdir()} - {"run"}:  # run hands --help to fovea
            told = dev(ROOT, verb, "--help")
            self.assertEqual(told.returncode, 0, told.stderr)
            self.assertIn(f"usage: ./dev {verb}", told.stdout)

    def test_wrong_words_are_refused(self):
        for words in (["nonsense"], ["../x"], ["demo", "x"], ["test", "--nonsense"], ["setup", "--with", "x"],
                      ["new-room", "Bad Name"], ["clean", "x"], ["build", "--preset", "x"], ["fuzz", "--seconds", "x"]):
            told = dev(ROOT, *words)
            self.assertEqual(told.returncode, 2, (words, told.stderr))
            self.assertIn("./dev: ", told.stderr)

    def test_pieces_are_short(self):
        for path in [ROOT / "dev", *(ROOT / "dev.d").rglob("*")]:
            if path.is_file() and path.suffix != ".pyc":
                self.assertLess(len(path.read_text(encoding="utf-8").splitlines()), 150, path)


class PackagesTest(unittest.TestCase):
    def sourced(self, words):
        script = f"set -euo pipefail; . dev.d/say.sh; . dev.d/packages.sh; {words}"
        return subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True)

    def test_sections(self):
        self.assertEqual(self.sourced("packages_of train").stdout.split(), ["libopenblas0-pthread", "libtorch-dev"])

    def test_what_is_missing_is_seen_where_dpkg_does_not_know_it(self):
        told = self.sourced('mapfile -t gone < <(missing_of bash no-such-package); echo "${gone[@]}"')
        self.assertEqual(told.stdout.split(), ["no-such-package"], told.stderr)

    def test_causes_in_one_line(self):
        causes = {
            "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 9": "apt is locked",
            "Err:1 x InRelease\n  Temporary failure resolving 'x'\nE: Unable to locate package cmake": "no network",
            "E: Unable to locate package cmake": "a package is missing",
            "E: You don't have enough free space in /var/cache/apt/archives/.": "too little disk",
            "E: dpkg was interrupted": "dpkg was interrupted",
        }
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder) / "log"
            for words, cause in causes.items():
                log.write_text(words + "\n", encoding="utf-8")
                told = self.sourced(f"explain_apt {log}")
                self.assertEqual((told.returncode, told.stderr.count("\n")), (1, 1), told.stderr)
                self.assertIn(cause, told.stderr)

    def test_too_little_disk(self):
        told = self.sourced("need_disk 99999999 . building")
        self.assertEqual((told.returncode, told.stderr.count("\n")), (1, 1), told.stderr)
        self.assertIn("too little disk: building needs 99999999 GB", told.stderr)


class NewRoomTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for piece in PIECES:
            source = ROOT / piece
            (shutil.copytree if source.is_dir() else shutil.copy)(source, self.root / piece)
        for piece in ("base", "record"):
            shutil.copytree(ROOT / "src" / piece, self.root / "src" / piece)

    def test_it_keeps_to_the_rules(self):
        told = dev(self.root, "new-room", "trust/fair_play", "base")
        self.assertEqual(told.returncode, 0, told.stderr)
        rooms, faults = layers.read_layers((self.root / "LAYERS").read_text(encoding="utf-8"))
        self.assertEqual(faults + layers.check_rooms(rooms), [])
        self.assertEqual(rooms["trust/fair_play"], ["base"])
        names = {path.name for path in (self.root / "src/trust/fair_play").iterdir()}
        self.assertEqual(names, {"README.md", "fair_play.h", "fair_play.cpp", "fair_play_test.cpp"})
        faults = [f for f in tidy.check(self.root)[0] + layers.check(self.root)[0] if "fair_play" in f]
        # A room that nobody uses yet is the one thing left to do.
        self.assertEqual([f.split(": ")[0] for f in faults], ["src/trust/fair_play/fair_play.h"], faults)
        compiled = subprocess.run(["g++", "-std=c++23", "-fsyntax-only", "-Wall", "-Werror", "-I", self.root / "src",
                                   self.root / "src/trust/fair_play/fair_play.cpp"], capture_output=True, text=True)
        self.assertEqual(compiled.returncode, 0, compiled.stderr)

    def test_it_refuses_what_is_there_and_what_is_unknown(self):
        self.assertEqual(dev(self.root, "new-room", "record").returncode, 1)
        self.assertEqual(dev(self.root, "new-room", "trust/fair", "attic").returncode, 1)
        self.assertFalse((self.root / "src/trust/fair").exists())


if __name__ == "__main__":
    unittest.main()
