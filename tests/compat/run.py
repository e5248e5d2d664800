#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The table of rows.py through Debian's dfu-util and ours, on equal virtual boards in virtual time. Prints TAP.

run.py [NAME ...]   every row, or those that begin with a NAME; DFUKIT_BUILD is the build folder"""
import concurrent.futures
import os
import pathlib
import re
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "shim"))
import compare  # noqa: E402
import rows  # noqa: E402
import shim  # noqa: E402

DOCUMENT = HERE.parents[1] / "docs/dfu-util.md"
THEIRS = "/usr/bin/dfu-util"
LIMIT_VIRTUAL_S = 600


class Done:
    """One command: code, out, err, whether it ran into the time limit, what was started, figures of each board."""


class Shim:
    """Boards in the process of the program, behind a libusb of our own."""

    def run(self, words, boards, flash, folder):
        line = " ".join(f"{board} --flash {path}" for board, path in zip(boards, flash))
        ended = shim.shim_run(words, line, LIMIT_VIRTUAL_S, folder)
        if "libusb shim: " in ended.err and ended.code != shim.EXIT_LIMIT:
            raise RuntimeError(ended.err)
        done = Done()
        done.code, done.hangs = ended.code, ended.code == shim.EXIT_LIMIT
        done.out, done.err, done.figures = ended.out, ended.err, ended.stats
        done.application = [figures.get("application") for figures in done.figures] or [None] * len(boards)
        return done


def judge(row, backend):
    """None when a row is as the table says, else what is wrong."""
    with tempfile.TemporaryDirectory(prefix="compat-") as one, tempfile.TemporaryDirectory(prefix="compat-") as other, \
            tempfile.TemporaryDirectory(prefix="compat-") as names:
        mine = pathlib.Path(names) / "dfu-util"
        mine.symlink_to(shim.DFUKIT.resolve())
        ours = compare.run_row(row, str(mine), backend, one)
        theirs = compare.run_row(row, THEIRS, backend, other)
    return compare.verdict(row, ours, theirs)


def check_document():
    """Every deliberate difference is explained, and every explanation has a row that shows it."""
    explained = set(re.findall(r"^### `([a-z0-9-]+)`", DOCUMENT.read_text(), re.M))
    shown = {name for row in rows.ROWS for name in row.differs.split()}
    problems = [f"{name}: not a section of docs/dfu-util.md" for name in sorted(shown - explained)]
    problems += [f"{name}: no row of the table shows it" for name in sorted(explained - shown)]
    problems += [f"{row.name}: says how it differs, but not why" for row in rows.ROWS if bool(row.ways) != bool(row.differs)]
    return problems


def main(names):
    chosen = [row for row in rows.ROWS if not names or any(row.name.startswith(name) for name in names)]
    tests = [(row.name, lambda row=row: judge(row, Shim())) for row in chosen]
    if not names:
        tests.append(("every_difference_is_explained_and_shown", check_document))
    failed = 0
    print(f"1..{len(tests)}")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = [pool.submit(test) for _, test in tests]
        for number, ((name, _), result) in enumerate(zip(tests, results), 1):
            problem = str(result.exception()).splitlines() if result.exception() else result.result()
            failed += 1 if problem else 0
            print(f"{'not ok' if problem else 'ok'} {number} - {name}")
            for line in problem or []:
                print(f"# {line}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
