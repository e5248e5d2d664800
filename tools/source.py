# SPDX-License-Identifier: MIT
"""What the checks know of our C sources: the files, their functions and their rooms."""
import dataclasses
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent


def files(*endings):
    """The project's files with one of these endings, tracked or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return sorted(name for name in set(listed)
                  if name.endswith(endings) and (ROOT / name).is_file())


def read(name):
    return (ROOT / name).read_text(encoding="utf-8").splitlines()


def without_comments_and_strings(lines):
    """The same lines with comments, strings and characters blanked, so that braces can be counted."""
    text = "\n".join(lines)
    pattern = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
    blank = pattern.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), text)
    return blank.split("\n")


@dataclasses.dataclass
class Function:
    file: str
    name: str
    line: int        # of its first line, from 1
    length: int      # lines, signature to closing brace
    nesting: int     # deepest block below the body
    parameters: int
    has_if: bool     # a preprocessor condition inside

    def where(self):
        return f"{self.file}:{self.line} {self.name}"


def _signature_start(lines, brace):
    first = brace
    while first > 0:
        above = lines[first - 1].strip()
        if not above or above.endswith((";", "}", "*/")) or above.startswith("#"):
            break
        first -= 1
    return first


def _count_parameters(signature):
    inside = signature[signature.index("(") + 1:signature.rindex(")")]
    depth = 0
    count = 1
    for letter in inside:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(letter, 0)
        count += letter == "," and depth == 0
    # where an error goes to is the same in every function and says nothing about its shape
    count -= bool(re.search(r"struct dfk_error \*err\s*$", inside))
    return 0 if inside.strip() in ("", "void") else count


def functions(name):
    """The functions of one file. The formatter puts their braces into column 0, and no others."""
    raw = read(name)
    lines = without_comments_and_strings(raw)
    found = []
    for brace, line in enumerate(lines):
        if line.rstrip() != "{":
            continue
        end = next(i for i in range(brace, len(lines)) if lines[i].rstrip() == "}")
        first = _signature_start(lines, brace)
        signature = " ".join(lines[first:brace])
        match = re.search(r"(\w+)\s*\(", signature)
        if not match:
            continue
        depth = deepest = 0
        for body in lines[brace:end]:
            depth += body.count("{") - body.count("}")
            if not body.rstrip().endswith("= {"):  # an initialiser is not a branch
                deepest = max(deepest, depth)
        found.append(Function(
            name, match.group(1), first + 1, end - first + 1, deepest - 1,
            _count_parameters(signature),
            any(re.match(r"\s*#\s*if", body) for body in raw[brace:end])))
    return found


def room_of(name):
    """The room a file lives in, by the names of tools/layers.txt."""
    folder = str(pathlib.PurePosixPath(name).parent)
    rooms = layers()
    while folder not in rooms and "/" in folder:
        folder = folder.rsplit("/", 1)[0]
    return folder


def layers():
    """tools/layers.txt as {room: set of rooms it may include from}."""
    arrows = {}
    for line in read("tools/layers.txt"):
        text = line.split("#")[0].strip()
        if text:
            room, targets = text.split("->")
            arrows[room.strip()] = set(targets.split())
    return arrows
