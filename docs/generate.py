#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the pages that come from the tables of the program: man page, errors.md, completion.

generate.py DFUKIT            writes them
generate.py DFUKIT --check    says in TAP whether the committed ones are what the program says"""
import difflib
import pathlib
import subprocess
import sys

DOCS = pathlib.Path(__file__).resolve().parent
ERRORS = """# Errors and exit codes

Generated from the error table (include/dfukit_errors.h) by docs/generate.py. Every way to fail has one name, in JSON and in
`dfukit explain NAME`, and one exit code. The message itself says what failed, where, and what to try when it knows better
than this table.

@GENERATED@
"""


def pages():
    """(file, the text around the generated part, topic of dfukit --help)"""
    yield DOCS / "man" / "dfukit.1.scd", (DOCS / "man" / "frame.scd").read_text(encoding="utf-8"), "scdoc"
    yield DOCS / "errors.md", ERRORS, "errors"
    yield DOCS / "completion" / "dfukit.bash", "@GENERATED@\n", "bash"
    yield DOCS / "completion" / "_dfukit", "@GENERATED@\n", "zsh"
    yield DOCS / "completion" / "dfukit.fish", "@GENERATED@\n", "fish"


def wanted(dfukit, frame, topic):
    said = subprocess.run([dfukit, f"--help={topic}"], check=True, capture_output=True, text=True).stdout
    return frame.replace("@GENERATED@", said.rstrip("\n"))


def main():
    dfukit, check = sys.argv[1], "--check" in sys.argv
    failed = 0
    for number, (file, frame, topic) in enumerate(pages(), 1):
        text = wanted(dfukit, frame, topic)
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
