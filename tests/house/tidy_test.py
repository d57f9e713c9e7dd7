#!/usr/bin/env python3
"""Plants one fault at a time in a small tree and asserts that tidy.py names it."""
import textwrap
import unittest

import cpp_text
import tidy
from fake_tree import FakeTree

README = "# base\n\n" + "One line that says something.\n" * 10
LOCK = "/* line */\n"


def body(lines):
    return "int f(int x) {\n" + "  x += 1;\n" * (lines - 3) + "  return x;\n}\n"


class TidyTest(FakeTree):
    healthy = {
        "LAYERS": "base:\nrecord: base\n",
        "README.md": "# it\n\nSee [the rooms](docs/ROOMS.md#the-house) and [base](src/base).\n",
        "docs/ROOMS.md": "# Rooms\n\n## The house\n",
        "packages.txt": "# build\ncmake\nninja-build\n\n# tests\ncurl\n",
        "src/base/README.md": README,
        "src/base/error.h": "#pragma once\nint f(int x);\n",
        "src/base/error.cpp": '#include "base/error.h"\n\n#include <string>\n\n' + body(70),
        "src/base/error_test.cpp": '#include "base/error.h"\n\n#include <string>\n',
        "src/record/README.md": README,
        "src/record/event.h": '// A contract.\n#pragma once\n#include "base/error.h"\n',
        "src/record/event_test.cpp": '#include "record/event.h"\n',
        "src/record/leaf.cpp": '#include "record/event.h"\n',
        "src/record/leaf_test.cpp": '#include "record/event.h"\n',
        "tests/house/ratchet.txt": "# forgiven\n",
    }

    def faults(self):
        return tidy.check(self.root)[0]

    def planted(self, path, text, *words):
        self.write(path, text)
        self.one_fault(self.faults(), *words)

    def error_cpp(self, more):
        return '#include "base/error.h"\n' + textwrap.dedent(more)

    def test_a_healthy_tree_has_no_fault(self):
        self.assertEqual(self.faults(), [])

    def test_file_over_400_lines(self):
        self.planted("src/base/error.cpp", self.error_cpp(LOCK * 400), "error.cpp: 401 lines, over 400")

    def test_ratchet_forgives_up_to_its_number(self):
        self.write("src/base/error.cpp", self.error_cpp(LOCK * 400))
        self.write("tests/house/ratchet.txt", "long_file src/base/error.cpp 401\n")
        self.assertEqual(self.faults(), [])
        self.planted("src/base/error.cpp", self.error_cpp(LOCK * 401), "402 lines", "ratchet allows 401")

    def test_ratchet_forgives_no_hard_limit(self):
        self.write("tests/house/ratchet.txt", "long_file src/base/error.cpp 900\n")
        self.write("src/base/error.cpp", self.error_cpp(LOCK * 800))
        self.assertTrue(any("801 lines, over 800" in fault for fault in self.faults()), self.faults())

    def test_ratchet_may_only_shrink(self):
        entry = "long_file src/base/error.cpp 500\n"
        self.planted("tests/house/ratchet.txt", entry, "ratchet.txt:1", "remove the line")

    def test_function_over_70_lines(self):
        self.planted("src/base/error.cpp", self.error_cpp(body(71)), "error.cpp:2", "f has 71 lines")

    def test_python_function_over_70_lines(self):
        self.planted("dev.d/x.py", "def long():\n" + "    x = 1\n" * 70, "dev.d/x.py:1", "long has 71 lines")

    def test_line_over_120_columns(self):
        self.write("src/base/error.cpp", self.error_cpp("// " + "字" * 117 + "\n"))
        self.assertEqual(self.faults(), [])
        self.planted("src/base/error.cpp", self.error_cpp("// " + "字" * 118 + "\n"), "error.cpp:2: 121 columns")

    def test_a_room_s_readme_begins_with_its_name(self):
        self.planted("src/base/README.md", README.replace("# base", "#base"), "base/README.md", "no heading")

    def test_names_that_say_nothing(self):
        self.planted("docs/string_utils.md", "# x\n", "docs/string_utils.md", "utils")
        self.remove("docs/string_utils.md")
        self.planted("docs/common/x.md", "# x\n", "docs/common/x.md", "common")

    def test_leftovers(self):
        for left in ("TODO: more", "FIXME", "a HACK", "good enough For now", "not yet implemented"):
            with self.subTest(left):
                self.planted("docs/x.md", f"# x\n{left}\n", "docs/x.md:2")

    def test_conflict_marker(self):
        self.planted("docs/x.md", "# x\n" + "<" * 7 + " ours\n", "docs/x.md:2", "conflict marker")

    def test_machine_path_and_registry(self):
        self.planted("docs/x.md", "see /home/jo/x\n", "docs/x.md:1", "absolute path")
        self.planted("docs/x.md", "from pypi.org\n", "docs/x.md:1", "registry")

    def test_blanks_tabs_and_missing_line_end(self):
        self.planted("docs/x.md", "# x \n", "docs/x.md:1", "blanks at the end")
        self.remove("docs/x.md")
        self.planted("dev.d/x.sh", "\techo\n", "dev.d/x.sh:1", "a tab")
        self.planted("dev.d/x.sh", "echo", "dev.d/x.sh", "no line end")

    def test_printing_in_a_room(self):
        head = '#include "record/event.h"\n'
        self.planted("src/record/leaf.cpp", head + 'void g() { std::cerr << "x"; }\n', "leaf.cpp:2", "std::cerr")
        self.write("src/record/leaf.cpp", head + '// std::cerr\nint s(char* b) { return snprintf(b, 1, ""); }\n')
        self.assertEqual(self.faults(), [])

    def test_header_without_pragma_once(self):
        self.planted("src/base/error.h", "int f(int x);\n", "src/base/error.h", "#pragma once")

    def test_own_header_is_not_first(self):
        wrong = '#include "base/x.h"\n#include "base/error.h"\n'
        self.planted("src/base/error.cpp", wrong, "error.cpp", "own header")

    def test_unused_header(self):
        self.planted("src/base/clock.h", "#pragma once\n", "src/base/clock.h", "includes it")

    def test_header_that_only_its_own_source_uses(self):
        self.write("src/base/clock.h", "#pragma once\n")
        self.write("src/base/clock.cpp", '#include "base/clock.h"\n')
        self.planted("src/base/clock_test.cpp", '#include "base/clock.h"\n', "src/base/clock.h", "nothing but its own")

    def test_source_that_nothing_builds(self):
        self.write("src/record/deep/row_test.cpp", "int x;\n")
        self.one_fault(self.faults(), "src/record/deep/row_test.cpp", "no CMake file builds it")
        self.write("src/record/deep/CMakeLists.txt", "add_executable(row row_test.cpp)\n")
        self.assertEqual(self.faults(), [])

    def test_source_without_a_test(self):
        self.remove("src/record/leaf_test.cpp")
        self.remove("src/record/event_test.cpp")
        self.one_fault(self.faults(), "src/record/leaf.cpp", "no test reaches it")

    def test_a_test_reaches_through_sources_of_its_room(self):
        self.remove("src/record/leaf_test.cpp")
        self.write("src/record/leaf.h", "#pragma once\n")
        self.write("src/record/leaf.cpp", '#include "record/leaf.h"\n')
        self.write("src/record/event.cpp", '#include "record/event.h"\n\n#include "record/leaf.h"\n')
        self.write("src/base/use.h", '#pragma once\n#include "record/event.h"\n#include "base/use.h"\n')
        self.write("src/base/error_test.cpp", '#include "base/error.h"\n#include "base/use.h"\n')
        self.assertEqual(self.faults(), [])
        self.write("src/record/event_test.cpp", "int x;\n")
        faults = [fault for fault in self.faults() if "no test reaches it" in fault]
        self.one_fault(faults, "src/record/leaf.cpp")

    def test_room_without_readme(self):
        self.remove("src/record/README.md")
        self.one_fault(self.faults(), "src/record/README.md", "no README")

    def test_readme_too_short(self):
        self.planted("src/record/README.md", "# record\n", "src/record/README.md", "1 lines")

    def test_link_that_leads_nowhere(self):
        self.planted("docs/x.md", "[x](ROOMS.txt)\n", "docs/x.md:1", "leads nowhere")
        self.planted("docs/x.md", "[x](ROOMS.md#attic)\n", "docs/x.md:1", "no such heading")
        self.write("docs/x.md", "`[x](nowhere)`\n```\n[x](nowhere)\n```\n[far](https://x.example/)\n")
        self.assertEqual(self.faults(), [])

    def test_packages_unsorted_or_twice(self):
        self.planted("packages.txt", "# build\nninja-build\ncmake\n", "packages.txt:3", "sort")
        self.planted("packages.txt", "# build\ncmake\n\n# tests\ncmake\n", "packages.txt:5", "twice")

    def test_nothing_seen(self):
        for path in self.healthy:
            if path.startswith("src/"):
                self.remove(path)
        self.write("README.md", "# it\n")
        self.assertTrue(any("no file of src seen" in fault for fault in self.faults()), self.faults())


class FunctionsTest(unittest.TestCase):
    def names(self, code):
        return [(name, lines) for _, lines, name in cpp_text.functions(textwrap.dedent(code))]

    def test_methods_lambdas_and_initialisers(self):
        code = """\
            namespace a {
            struct S : B<int> {
              S() : x{1}, y(2) {
              }
              int get() const { return x; }
              int x{}, y = f({1});
            };
            const auto table = std::array{1, 2};
            template <typename T>
            Result<std::vector<T>> S::run(T t,
                                          int u) && {
              auto inner = [&](int i) {
                if (i) { return "{"; }
              };
            }
            }  // namespace a
            """
        names = self.names(code)
        self.assertIn(("get", 1), names)
        self.assertIn(("S::run", 7), names)
        self.assertNotIn("inner", [name for name, _ in names])

    def test_literals_hide_braces(self):
        self.assertEqual(self.names('void f() {\n  x = R"x(}}}{)x"; y = "}"; z = \'}\';\n}\n'), [("f", 3)])


if __name__ == "__main__":
    unittest.main()
