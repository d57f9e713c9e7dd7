"""The rules of tidy.py. Each takes a File or the Tree and yields (key, where, size, what). A key that stands in the
ratchet is forgiven up to the size that stands there; what has no key is never forgiven.
"""
import ast
import pathlib
import re

from cpp_text import functions, without_noise

FILE_LINES, FILE_LINES_MAX, FUNCTION_LINES, LINE_COLUMNS = 400, 800, 70, 120
README_LINES = range(10, 31)
BAD_NAMES = {"util", "utils", "helper", "helpers", "common", "misc", "manager"}
CODE = {".h", ".cpp", ".inc", ".py", ".sh", ".cmake"}
CPP = {".h", ".cpp", ".inc"}
PROSE_OR_CODE = CODE | {".md", ".yaml", ".yml", ".json", ".txt", ""}
# These two name the leftovers that they look for.
NAMES_LEFTOVERS = {"tests/house/tidy_rules.py", "tests/house/tidy_test.py"}
LEFTOVERS = [
    (re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b"), "a leftover note"),
    (re.compile(r"\bfor now\b", re.I), "'for now' means not done"),
    (re.compile(r"\bnot (?:yet )?implemented\b"), "something not done"),
    (re.compile(r"^(?:<{7}|>{7}|={7})(?: |$)"), "a conflict marker"),
    (re.compile(r"(?<![\w.~-])/(?:work|home|root|Users)/\w"), "an absolute path of one machine"),
    (re.compile(r"\b(?:pypi\.org|pythonhosted\.org|crates\.io|npmjs\.org|proxy\.golang\.org|deb\.debian\.org|"
                r"repo1?\.maven)"), "a registry's host"),
]
PRINTING = re.compile(r"\bstd::(?:cout|cerr)\b|\bf?printf\s*\(|\bfmt::print\s*\(|\bputs\s*\(")
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)


def length_of_file(file):
    if file.suffix in CODE and (count := len(file.lines)) > FILE_LINES:
        hard = " (the hard limit)" if count > FILE_LINES_MAX else ""
        key = None if hard else f"long_file {file.path}"
        yield key, file.path, count, f"{count} lines, over {FILE_LINES_MAX if hard else FILE_LINES}{hard}"


def length_of_functions(file):
    if file.suffix in CPP:
        found = functions(file.text)
    elif file.suffix == ".py":
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        nodes = [node for node in ast.walk(ast.parse(file.text)) if isinstance(node, kinds)]
        found = [(node.lineno, node.end_lineno - node.lineno + 1, node.name) for node in nodes]
    else:
        return
    for line, count, name in found:
        if count > FUNCTION_LINES:
            key = f"long_function {file.path} {name}"
            yield key, f"{file.path}:{line}", count, f"{name} has {count} lines, over {FUNCTION_LINES}"


def lines(file):
    if file.suffix not in PROSE_OR_CODE:
        return
    if file.text and not file.text.endswith("\n"):
        yield None, file.path, 1, "no line end at the end"
    for number, line in enumerate(file.lines, 1):
        where = f"{file.path}:{number}"
        if file.suffix in CODE and len(line) > LINE_COLUMNS:
            yield f"long_line {file.path}", where, len(line), f"{len(line)} columns, over {LINE_COLUMNS}"
        if line != line.rstrip():
            yield None, where, 1, "blanks at the end of the line"
        if "\t" in line and file.suffix in CODE | {".yaml", ".yml"}:
            yield None, where, 1, "a tab"
        if file.path in NAMES_LEFTOVERS:
            continue
        for pattern, what in LEFTOVERS:
            if found := pattern.search(line):
                yield None, where, 1, f"{what}: '{found[0]}'"


def name_of_file(file):
    for part in pathlib.PurePath(file.path).parts:
        if bad := BAD_NAMES & set(re.split(r"[_.\-]", part.lower())):
            yield None, file.path, 1, f"'{bad.pop()}' says nothing: name the thing it holds"


def printing(file):
    """Rooms do not print; doors, programs and the progress line do."""
    path = file.path
    if file.suffix not in CPP or not path.startswith("src/") or path.startswith("src/door/"):
        return
    own = r"_(?:test|bench|main|fuzz)\.cpp$|^src/base/(?:progress|error|fault_point)\.|/torch/"
    if re.search(own, path):
        return
    for number, line in enumerate(without_noise(file.text).splitlines(), 1):
        if found := PRINTING.search(line):
            yield None, f"{path}:{number}", 1, f"prints with {found[0].rstrip(' (')}; return the value or an Error"


def header_guard(file):
    if file.suffix == ".h":
        code = [line for line in without_noise(file.text).splitlines() if line.strip()]
        if not code or code[0].strip() != "#pragma once":
            yield None, file.path, 1, "#pragma once is not its first line of code"


def own_header_first(file, tree):
    """x.cpp includes x.h first; x_test.cpp too, where it includes it."""
    if file.suffix != ".cpp" or not file.path.startswith("src/"):
        return
    own = re.sub(r"(?:_test)?\.cpp$", ".h", file.path)
    found = ["src/" + target for target in INCLUDE.findall(file.text)]
    if own in tree.paths and found and found[0] != own and (own in found or not file.path.endswith("_test.cpp")):
        yield None, file.path, 1, f'its own header "{own[4:]}" is not the first include'


def unused_files(tree):
    """Headers that only their own source and test include, sources that no CMake file builds."""
    users = {}
    for file in tree.files:
        if file.suffix in CPP:
            for target in INCLUDE.findall(file.text):
                users.setdefault("src/" + target, set()).add(file.path)
    for file in tree.files:
        path = file.path
        if not path.startswith("src/"):
            continue
        stem = re.sub(r"\.\w+$", "", path)
        own = {f"{stem}{end}.cpp" for end in ("", "_test", "_realdata_test", "_slow_test", "_fuzz", "_bench")}
        if file.suffix in {".h", ".inc"} and not users.get(path, set()) - own:
            yield f"unused {path}", path, 1, "nothing but its own source and tests includes it"
        if file.suffix == ".cpp" and str(pathlib.PurePath(path).parent) not in tree.room_folders:
            name = pathlib.PurePath(path).name
            if not any(name in text for text in tree.cmake_texts()):
                yield None, path, 1, "no CMake file builds it"


def untested_sources(tree):
    """Every x.cpp is reached by a test: one that includes x.h, or a header whose source of the same room leads there.
    A source without a header of its own holds a part of what the headers declare that it includes.
    """
    reached, ahead = set(), []
    for file in tree.files:
        if file.suffix in CPP and (file.path.endswith("_test.cpp") or file.path.startswith("tests/")):
            home = str(pathlib.PurePath(file.path).parent) if file.path.startswith("src/") else None
            ahead.append((file.path, home))
    while ahead:
        path, home = ahead.pop()
        if (path, home) in reached or path not in tree.paths:
            continue
        reached.add((path, home))
        for target in INCLUDE.findall(tree.paths[path].text):
            folder = str(pathlib.PurePath("src/" + target).parent)
            if home in (None, folder):
                ahead += [("src/" + target, folder), ("src/" + re.sub(r"\.h$", ".cpp", target), folder)]
    tested = {path for path, _ in reached}

    def part_of_tested(file):
        folder = str(pathlib.PurePath(file.path).parent)
        headers = {"src/" + target for target in INCLUDE.findall(file.text)}
        return any(h in tested and str(pathlib.PurePath(h).parent) == folder for h in headers)

    for file in tree.files:
        path = file.path
        if not (path.startswith("src/") and file.suffix == ".cpp") or path in tested:
            continue
        if re.search(r"_(?:test|fuzz|bench|main)\.cpp$", path) or path.replace(".cpp", "_test.cpp") in tree.paths:
            continue
        if path.replace(".cpp", ".h") in tree.paths or not part_of_tested(file):
            yield f"untested {path}", path, 1, "no test reaches it by includes"


def room_readmes(tree):
    for folder in sorted(tree.room_folders):
        path = f"{folder}/README.md"
        if path not in tree.paths:
            yield None, path, 1, "the room has no README.md"
        elif (count := len(tree.paths[path].lines)) not in README_LINES:
            yield None, path, 1, f"{count} lines; a room's README has 10 to 30"
        elif not tree.paths[path].lines[0].startswith("# "):
            yield None, path, 1, "begins with no heading: a program that formats code was here"


def anchor(heading):
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def links(tree):
    """Relative links of every Markdown page lead to a file, and their anchors to a heading."""
    for file in tree.files:
        if file.suffix != ".md":
            continue
        fenced = re.sub(r"^```.*?^```", lambda m: "\n" * m[0].count("\n"), file.text, flags=re.M | re.S)
        for number, line in enumerate(fenced.splitlines(), 1):
            for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", line)):
                if re.match(r"[a-z]+:", target):
                    continue
                path, _, part = target.partition("#")
                aim = (tree.root / file.path).parent / path if path else tree.root / file.path
                if not aim.exists():
                    yield None, f"{file.path}:{number}", 1, f"the link {target} leads nowhere"
                elif part and aim.suffix == ".md":
                    headings = re.findall(r"^#+ (.*)$", aim.read_text(encoding="utf-8"), flags=re.M)
                    if part not in map(anchor, headings):
                        yield None, f"{file.path}:{number}", 1, f"{target} has no such heading"


def packages(tree):
    if "packages.txt" not in tree.paths:
        return
    section, before, seen = None, "", set()
    for number, line in enumerate(tree.paths["packages.txt"].lines, 1):
        if line.startswith("#"):
            section, before = line, ""
        elif line:
            if line in seen:
                yield None, f"packages.txt:{number}", 1, f"{line} is listed twice"
            if line < before:
                yield None, f"packages.txt:{number}", 1, f"{line} stands after {before} in '{section}': sort"
            seen.add(line)
            before = line


FILE_RULES = [length_of_file, length_of_functions, lines, name_of_file, printing, header_guard]
TREE_RULES = [unused_files, untested_sources, room_readmes, links, packages]
