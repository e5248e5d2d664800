#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""dfu-suffix and dfu-prefix: Debian's and ours on equal files; exit codes, files and lines must agree. Prints TAP."""
import os
import pathlib
import random
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("DFUKIT_BUILD", HERE.parents[1] / "build")).resolve()
RAW = random.Random(1).randbytes(1000)
# What a file goes through; the lines of every step but the first two (version, copyright) are compared where they
# stand in both programs: "contains", values, what was done.
SEQUENCES = {
    "suffix_added_and_removed": ("dfu-suffix -v 0483 -p df11 -d 2200 -a f", "dfu-suffix -c f", "dfu-suffix -D f"),
    "suffix_wildcards": ("dfu-suffix -a f", "dfu-suffix -c f"),
    "suffix_dfuse_version": ("dfu-suffix -S 011a -a f", "dfu-suffix -c f"),
    "suffix_long_options": ("dfu-suffix --vid 1 --pid 0x2 --did 3 --spec 0100 --add f", "dfu-suffix --check f",
                            "dfu-suffix --delete f"),
    "suffix_twice": ("dfu-suffix -a f", "dfu-suffix -a f"),
    "suffix_missing": ("dfu-suffix -c f", "dfu-suffix -D f"),
    "suffix_bad_version": ("dfu-suffix -S 0200 -a f",),
    "suffix_no_file": ("dfu-suffix -c nothing",),
    "suffix_nothing": ("dfu-suffix",),
    "suffix_unknown_option": ("dfu-suffix -x",),
    "suffix_empty_file": ("dfu-suffix -a empty", "dfu-suffix -c empty"),
    "suffix_help": ("dfu-suffix -h",),
    "prefix_ti": ("dfu-prefix -s 0x4000 -a f", "dfu-prefix -c f", "dfu-prefix -T -c f", "dfu-prefix -L -c f",
                  "dfu-prefix -T -D f", "dfu-prefix -D f"),
    "prefix_lpc": ("dfu-prefix -L -a f", "dfu-prefix -c f", "dfu-prefix -L -D f"),
    "prefix_twice": ("dfu-prefix -L -a f", "dfu-prefix -s 0x4000 -a f"),
    "prefix_before_a_suffix": ("dfu-suffix -v 1cbe -a f", "dfu-prefix -s 0x800 -a f", "dfu-suffix -c f", "dfu-prefix -D f",
                               "dfu-suffix -D f"),
    "prefix_no_kind": ("dfu-prefix -a f",),
    "prefix_nothing": ("dfu-prefix",),
}
COMPARED = ("The file ", "BCD ", "Product ID", "Vendor ID", "Length", "CRC", "Address", "Size", "Suffix ", "Adding ",
            "Removing ")


def go_through(steps, programs):
    with tempfile.TemporaryDirectory(prefix="marks-") as folder:
        pathlib.Path(folder, "f").write_bytes(RAW)
        pathlib.Path(folder, "empty").write_bytes(b"")
        done = []
        for step in steps:
            program, *words = step.split()
            ended = subprocess.run([programs / program, *words], cwd=folder, capture_output=True, text=True, check=False)
            lines = [line for line in ended.stdout.splitlines() if line.startswith(COMPARED)]
            done.append((step, ended.returncode, lines, pathlib.Path(folder, "f").read_bytes(),
                         pathlib.Path(folder, "empty").read_bytes()))
        return done


def main():
    failed = 0
    print(f"1..{len(SEQUENCES)}")
    with tempfile.TemporaryDirectory(prefix="marks-") as names:
        for name in ("dfu-suffix", "dfu-prefix"):
            pathlib.Path(names, name).symlink_to(BUILD / "cli/dfukit")
        for number, (name, steps) in enumerate(SEQUENCES.items(), 1):
            pairs = zip(go_through(steps, pathlib.Path(names)), go_through(steps, pathlib.Path("/usr/bin")))
            bad = next(((a, b) for a, b in pairs if a != b), None)
            failed += bad is not None
            print(f"{'ok' if bad is None else 'not ok'} {number} - {name}")
            if bad is not None:
                print(f"# {bad[0][0]}: exit ours {bad[0][1]}, theirs {bad[1][1]}; lines ours {bad[0][2]}, theirs {bad[1][2]}; "
                      f"files {'equal' if bad[0][3:] == bad[1][3:] else 'differ'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
