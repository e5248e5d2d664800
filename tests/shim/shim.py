#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs an unmodified program against virtual boards in its own process, in virtual time.

shim.py --board pybv11 --rom V3.1 -- dfu-util -l"""
import collections
import os
import pathlib
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("DFUKIT_BUILD", SOURCE / "build")).resolve()
LIBRARY = BUILD / "tests/shim/libusb-1.0.so.0"
DFUKIT = BUILD / "cli/dfukit"
TWIN = BUILD / "twin/app/dfukit-twin"
EXIT_LIMIT = 99  # the program's exit code when the virtual time limit passed
REAL_LIMIT_S = 120

# code, out and err of the program; stats is one dict per board, numbers where they are numbers
Result = collections.namedtuple("Result", "code out err stats")


def environment(boards, limit_s=None):
    """The environment in which a program sees the boards: words as on dfukit-twin's command line, without spaces."""
    env = dict(os.environ, LD_PRELOAD=str(LIBRARY), DFUKIT_SHIM=boards)
    if limit_s is not None:
        env["DFUKIT_SHIM_LIMIT_S"] = str(limit_s)
    return env


def read_stats(path):
    def value(text):
        return int(text) if text.isdecimal() else text
    lines = path.read_text().splitlines() if path.is_file() else []
    return [{key: value(text) for key, text in (word.split("=", 1) for word in line.split())} for line in lines]


def shim_run(program_words, boards, limit_s=None, cwd=None):
    """Runs a program to its end. The boards' text may not name --stats: the figures are in the result. "": no boards."""
    with tempfile.TemporaryDirectory() as folder:
        stats = pathlib.Path(folder) / "stats"
        done = subprocess.run([str(word) for word in program_words], env=environment(f"{boards} --stats {stats}" if boards else "", limit_s),
                              cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, timeout=REAL_LIMIT_S)
        return Result(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"),
                      read_stats(stats))


def seconds(result):
    """Virtual seconds that the program took."""
    return result.stats[0]["virtual_ns"] / 1e9


def physics(result):
    """Virtual seconds that erasing, programming and the wire took on the first board."""
    return sum(result.stats[0][key] for key in ("erase_ns", "program_ns", "usb_ns")) / 1e9


def main():
    if "--" not in sys.argv[1:-1]:
        sys.exit(__doc__)
    at = sys.argv.index("--")
    words = sys.argv[at + 1:]
    os.execvpe(words[0], words, environment(" ".join(sys.argv[1:at])))


if __name__ == "__main__":
    main()
