#!/usr/bin/env python3
"""Plants one fault at a time in a small tree and asserts that layers.py names it."""
import unittest

import layers
from fake_tree import FakeTree

LAYERS = """# who may see whom
base:
record:        base
stream/clean:  base record
decide/table:  base record
flow:          base record stream/clean decide/table
"""


class LayersTest(FakeTree):
    healthy = {
        "LAYERS": LAYERS,
        "src/base/error.h": "#pragma once\n#include <string>\n",
        "src/record/event.h": '#pragma once\n#include "base/error.h"\n',
        "src/stream/clean/html.cpp": '#include "record/event.h"\n/* #include "flow/loop.h" */\n// #include "x.h"\n',
        "src/decide/table/table.cpp": '#include <vector>\n\n#include "record/event.h"\n',
        "src/decide/table/deep/row.h": '#pragma once\n#include "base/error.h"\n',
        "src/flow/loop.h": '#pragma once\n#include "decide/table/deep/row.h"\n#include "record/event.h"\n',
    }

    def faults(self):
        return layers.check(self.root)[0]

    def layers_line(self, old, new):
        self.assertIn(old, LAYERS)
        self.write("LAYERS", LAYERS.replace(old, new))

    def test_a_healthy_tree_has_no_fault(self):
        faults, summary = layers.check(self.root)
        self.assertEqual(faults, [])
        self.assertEqual(summary, "layers: 5 rooms, 6 files, 6 includes, 0 faults")

    def test_include_not_allowed(self):
        self.write("src/record/event.h", '#pragma once\n\n#include "decide/table/deep/row.h"\n')
        self.one_fault(self.faults(), "src/record/event.h:3", "record may not see decide/table")

    def test_wing_sees_wing_in_a_file(self):
        self.write("src/decide/table/table.cpp", '#include "stream/clean/html.cpp"\n')
        self.one_fault(self.faults(), "src/decide/table/table.cpp:1", "may not see stream/clean")

    def test_wing_sees_wing_in_layers(self):
        self.layers_line("decide/table:  base record", "decide/table:  base record stream/clean")
        self.one_fault(self.faults(), "decide/table sees stream/clean", "wings")

    def test_unknown_room(self):
        self.layers_line("record:        base", "record:        base store")
        self.one_fault(self.faults(), "record sees store", "unknown room")

    def test_room_listed_before_what_it_sees(self):
        self.write("LAYERS", LAYERS.replace("base:\n", "") + "base:\n")
        faults = self.faults()
        self.assertIn("LAYERS: record is listed before base, which it sees", faults)
        self.assertEqual({f.split(" before ")[1] for f in faults}, {"base, which it sees"})

    def test_cycle(self):
        self.layers_line("base:\n", "base: flow\n")
        self.assertTrue(any("cycle base -> flow -> base" in f for f in self.faults()), self.faults())

    def test_room_that_sees_itself(self):
        self.layers_line("record:        base", "record:        base record")
        self.assertTrue(any("cycle record -> record" in f for f in self.faults()), self.faults())

    def test_room_listed_twice(self):
        self.write("LAYERS", LAYERS + "flow: base record decide/table\n")
        self.one_fault(self.faults(), "flow is listed twice")

    def test_line_that_cannot_be_read(self):
        self.write("LAYERS", LAYERS + "Door/CLI = flow\n")
        self.one_fault(self.faults(), "LAYERS:7", "cannot be read")

    def test_file_outside_any_room(self):
        self.write("src/attic/old.cpp", "int x;\n")
        self.one_fault(self.faults(), "src/attic/old.cpp", "outside any room")

    def test_room_without_files(self):
        self.remove("src/stream/clean/html.cpp")
        self.one_fault(self.faults(), "stream/clean has no files")

    def test_include_that_does_not_start_at_the_source_root(self):
        self.write("src/flow/loop.cpp", '#include "loop.h"\n')
        self.one_fault(self.faults(), "src/flow/loop.cpp:1", "no file src/loop.h")

    def test_ours_in_angle_brackets(self):
        self.write("src/flow/loop.cpp", "#include <record/event.h>\n")
        self.one_fault(self.faults(), "src/flow/loop.cpp:1", "write it in quotes")

    def test_angle_brackets_hide_nothing(self):
        self.write("src/record/event.h", "#include <flow/loop.h>\n")
        self.assertTrue(any("record may not see flow" in f for f in self.faults()), self.faults())

    def test_nothing_seen(self):
        self.write("LAYERS", "base:\n")
        for path in list((self.root / "src").rglob("*.*")):
            path.unlink()
        self.assertTrue(any("no file seen" in f for f in self.faults()), self.faults())


if __name__ == "__main__":
    unittest.main()
