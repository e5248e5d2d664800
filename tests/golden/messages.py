# SPDX-License-Identifier: MIT
"""Every message of the program: found in its sources, looked for in the golden cases and in the tests."""
import pathlib
import re

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
ROOMS = ("cli", "image", "bus", "device", "plan", "flash", "base")
CALLS = re.compile(r"\b(dfk_fail|dfk_fail_why|dfk_fail_next|image_refuse|image_warn|cli_fail|cli_fail_next)\s*\(")
LITERALS = re.compile(r'((?:"(?:\\.|[^"\\])*"\s*|PRI[a-zA-Z0-9]+\s*)+)')
CONVERSION = re.compile(r"%[-+ #0]*[\d*]*(?:\.[\d*]+)?(?:hh|h|ll|l|z|j|t)?[a-zA-Z]|%%")
WORDS_MIN = 12  # letters of a message that a test has to name


def call_text(text, start):
    """The arguments of a call, from its opening to its closing parenthesis."""
    depth, at, quoted = 0, start, False
    while at < len(text):
        letter = text[at]
        if quoted:
            at += letter == "\\"
            quoted = letter != '"'
        elif letter == '"':
            quoted = True
        else:
            depth += (letter == "(") - (letter == ")")
            if depth == 0:
                break
        at += 1
    return text[start:at]


def message(arguments):
    """The first string literal of a call, joined; None when there is none."""
    found = LITERALS.search(arguments)
    if not found:
        return None
    parts = re.findall(r'"((?:\\.|[^"\\])*)"|(PRI\w+)', found.group(1))
    return "".join(literal if not macro else "u" for literal, macro in parts).replace('\\"', '"')


def messages():
    """(file, line, message) of every message in the rooms of the program."""
    for room in ROOMS:
        for file in sorted((SOURCE / room).glob("*.c")):
            text = file.read_text(encoding="utf-8")
            for call in CALLS.finditer(text):
                words = message(call_text(text, call.end() - 1))
                if words and file.name != "fail.c":
                    yield file.relative_to(SOURCE), text.count("\n", 0, call.start()) + 1, words


def unheld(golden, tests, exempt):
    """Messages that occur neither in the golden texts nor, by their longest stretch, in a test's source."""
    problems = []
    for file, line, words in messages():
        if any(re.search(pattern, words) for pattern in exempt):
            continue
        stretches = CONVERSION.split(words)
        longest = max(stretches, key=len)
        in_golden = re.search(".*".join(map(re.escape, stretches)), golden)
        if not in_golden and (len(longest) < WORDS_MIN or longest not in tests):
            problems.append(f"{file}:{line}: no golden case and no test shows: {words}")
    return problems
