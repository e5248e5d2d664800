#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Header documentation: every declaration says what it means, who frees, which errors, in which unit."""
import re
import sys

import source

ROOMS = ("include/", "base/", "core/", "image/", "bus/", "device/", "plan/", "flash/", "cli/", "twin/")
TIME_WORDS = r"(timeout|delay|elapsed|duration|deadline|interval|period)"
UNITS = ("_ms", "_ns", "_us", "_s", "_ms_per_kb_x100", "_ns_per_byte")


def codes():
    text = "\n".join(source.read("include/dfukit_errors.h"))
    return set(re.findall(r"^\s+X\((\w+),", text, re.M))


def declarations(lines):
    """(line number, comment above or '', text) of each function declared at file scope."""
    blank = source.without_comments_and_strings(lines)
    depth = 0
    number = 0
    while number < len(lines):
        line = blank[number]
        if depth == 0 and re.match(r"^[A-Za-z].*\(", line) and not line.startswith(("typedef", "#", "enum", "struct {")):
            text, end = line, number
            while ";" not in text and "{" not in text and end + 1 < len(lines):
                end += 1
                text += " " + blank[end].strip()
            if re.search(r"\)\s*(BASE_PRINTF\([^)]*\)\s*)?[;{]", text) or text.rstrip().endswith(("{", ";")):
                yield number + 1, comment_above(lines, number), text
            depth += sum(blank[i].count("{") - blank[i].count("}") for i in range(number, end + 1))
            number = end + 1
            continue
        depth += line.count("{") - line.count("}")
        depth = 0 if re.match(r"^}", line) and depth <= 0 else depth
        number += 1


def comment_above(lines, number):
    """The comment that a declaration stands under; declarations without a blank line between share it."""
    at = number - 1
    while at >= 0 and lines[at].strip() and not lines[at].strip().endswith("*/"):
        at -= 1
    if at < 0 or not lines[at].strip().endswith("*/"):
        return ""
    end = at
    while at >= 0 and not lines[at].lstrip().startswith("/*"):
        at -= 1
    return "\n".join(lines[at:end + 1])


def check_declaration(where, comment, text, known, problems):
    name = re.search(r"(\w+)\s*\(", text.replace("DFK_API", ""))
    what = f"{where} {name.group(1) if name else text}"
    if not comment:
        problems.append(f"{what}: not documented. Say above it: meaning, units, Owns, Waits, Returns, Source.")
        return
    returns_pointer = re.match(r"^(DFK_API\s+|static\s+|inline\s+|const\s+)*[\w ]+\*\s*\w+\s*\(", text)
    if returns_pointer and "Owns" not in comment and "Returns" not in comment:
        problems.append(f"{what}: returns a pointer: an Owns line says who frees it.")
    for code in re.findall(r"DFK_E_(\w+)", comment):
        if code not in known and not any(k.startswith(code.rstrip("_")) for k in known):
            problems.append(f"{what}: DFK_E_{code} is not a row of include/dfukit_errors.h.")
    if text.startswith("DFK_API int") and "err)" in text and "Returns" not in comment:
        problems.append(f"{what}: can fail: a Returns line names every code.")


def check_units(name, lines, problems):
    for number, line in enumerate(lines, 1):
        for match in re.finditer(r"\buint(?:16|32|64)_t\s+\**(\w*" + TIME_WORDS + r"\w*)", line):
            if not match.group(1).endswith(UNITS):
                problems.append(f"{name}:{number}: {match.group(1)} is a time without a unit: end it in _ms or _ns.")


def main():
    known, problems, count = codes(), [], 0
    for name in source.files(".h"):
        if not name.startswith(ROOMS):
            continue
        lines = source.read(name)
        check_units(name, lines, problems)
        for number, comment, text in declarations(lines):
            count += 1
            check_declaration(f"{name}:{number}", comment, text, known, problems)
    for problem in problems:
        print(problem)
    print(f"headers: {count} declarations, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
