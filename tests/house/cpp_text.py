"""What a checker needs to know of C++ without a compiler: its code without comments and texts, its functions."""
import re

_NOISE = re.compile(
    r'R"(?P<tag>[^\s()\\]{0,16})\((?:.|\n)*?\)(?P=tag)"'  # raw string
    r"|//[^\n]*|/\*(?:.|\n)*?\*/"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'"
)
_NOT_A_FUNCTION = re.compile(r"^\s*(?:\}?\s*(?:else|do|try)\b|(?:if|for|while|switch|catch|return|co_return|throw)\b)")
_SCOPE = re.compile(r"\b(?:namespace|class|struct|union|enum|extern)\b")


def without_noise(text):
    """The code with comments and literals blanked; line numbers stay."""

    def blank(match):
        found = match[0]
        left = '""' if found[0] in "\"R" else ("0" if found[0] == "'" else "")
        return left + "\n" * found.count("\n")

    return _NOISE.sub(blank, text)


def _is_function(header):
    if "(" not in header or _NOT_A_FUNCTION.match(header):
        return False
    before = header.split("(")[0]
    if "=" in before.replace("operator=", "").replace("==", ""):
        return False
    return not _SCOPE.search(re.sub(r"<[^<>]*>", "", before))


def functions(text):
    """(first line, lines, name) of each outermost function body; a lambda belongs to the function that holds it."""
    code = without_noise(text)
    found, stack, header, header_line, line = [], [], "", 1, 1
    for char in code:
        if char == "{":
            inside = any(kind == "function" for kind, _, _ in stack)
            kind = "function" if not inside and _is_function(header) else "other"
            stack.append((kind, header_line, header))
        if char in "{};":
            if char == "}" and stack:
                kind, begun, head = stack.pop()
                if kind == "function":
                    name = re.search(r"([~\w:]+|operator\S+)\s*\(", head)
                    found.append((begun, line - begun + 1, name[1] if name else head.strip()))
            header = ""
        elif header or not char.isspace():
            if not header:
                header_line = line
            header += char
        if char == "\n":
            line += 1
            if header.lstrip().startswith("#"):
                header = ""
    return found
