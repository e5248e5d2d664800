#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the pages that come from the tables of the programs: man pages, errors.md, completions.

generate.py DFUKIT DFUKIT_TWIN            writes them
generate.py DFUKIT DFUKIT_TWIN --check    says in TAP whether the committed ones are what the programs say"""
import difflib
import pathlib
import re
import subprocess
import sys

DOCS = pathlib.Path(__file__).resolve().parent
ERRORS = """# Errors and exit codes

Generated from the error table (include/dfukit_errors.h) by docs/generate.py. Every way to fail has one name, in JSON and in
`dfukit explain NAME`, and one exit code. The message itself says what failed, where, and what to try when it knows better
than this table.

@GENERATED@
"""


def said_by(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def escaped(text):
    """Text in scdoc's notation, where some signs have a meaning of their own."""
    return re.sub(r"([\\*_#|\[\]])", r"\\\1", text)


def dfukit_page(dfukit, frame, topic):
    return frame.replace("@GENERATED@", said_by(dfukit, f"--help={topic}").rstrip("\n"))


def twin_options(twin):
    """The options of dfukit-twin --help: "  -b, --board NAME   the help", the help at times on the next line."""
    text = re.sub(r"\n {26}(?=\S)", "  ", said_by(twin, "--help"))
    rows = re.findall(r"^  ((?:-\w, )?--[\w-]+)(?: (\S+))?  +(\S.*)$", text, re.M)
    if len(rows) != len(re.findall(r"^  (?:-\w, )?--", text, re.M)):
        sys.exit("a line of dfukit-twin --help is not understood: it is no option, argument, explanation")
    for names, argument, about in rows:
        bold = ", ".join(f"*{name}*" for name in names.split(", "))
        yield f"{bold}{' ' + escaped(argument) if argument else ''}\n\t{escaped(about)}\n"


def twin_faults():
    """The table of faults in docs/twin.md."""
    table = (DOCS / "twin.md").read_text(encoding="utf-8").split("## Faults")[1].split("\n## ")[0]
    for specs, about in re.findall(r"^\| (`.*`) \| (.*) \|$", table, re.M):
        names = ", ".join(f"*{escaped(name)}*" for name in re.findall(r"`([^`]+)`", specs))
        yield f"{names}\n\t{escaped(about.replace('`', ''))}\n"


def twin_page(twin):
    frame = (DOCS / "man/twin_frame.scd").read_text(encoding="utf-8")
    boards = ", ".join(f"*{escaped(board)}*" for board in said_by(twin, "--list-boards").split())
    return (frame.replace("@OPTIONS@", "\n".join(twin_options(twin))).replace("@BOARDS@", boards)
            .replace("@FAULTS@", "\n".join(twin_faults())))


def pages(dfukit, twin):
    """(file, its text)"""
    frame = (DOCS / "man/frame.scd").read_text(encoding="utf-8")
    yield DOCS / "man/dfukit.1.scd", dfukit_page(dfukit, frame, "scdoc")
    yield DOCS / "man/dfukit-twin.1.scd", twin_page(twin)
    yield DOCS / "errors.md", dfukit_page(dfukit, ERRORS, "errors")
    for file, shell in (("dfukit.bash", "bash"), ("_dfukit", "zsh"), ("dfukit.fish", "fish")):
        yield DOCS / "completion" / file, dfukit_page(dfukit, "@GENERATED@\n", shell)


def main():
    check = "--check" in sys.argv
    failed = 0
    for number, (file, text) in enumerate(pages(sys.argv[1], sys.argv[2]), 1):
        name = file.relative_to(DOCS.parent)
        if not check:
            file.write_text(text, encoding="utf-8")
            continue
        committed = file.read_text(encoding="utf-8") if file.is_file() else ""
        failed += committed != text
        print(f"{'ok' if committed == text else 'not ok'} {number} - {name} is what the program says")
        for line in difflib.unified_diff(committed.splitlines(), text.splitlines(), "committed", "generated", "", "", 1, ""):
            print("# " + line)
    if check:
        print(f"1..{number}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
