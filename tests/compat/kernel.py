#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The table of rows.py in the guest: both programs over the kernel's USB stack. Prints TAP lines without a plan.

kernel.py SHARE OF [NAME ...]   every OF-th row from SHARE (0..) on"""
import pathlib
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "kernel"))
import compare  # noqa: E402
import lab  # noqa: E402
import rows  # noqa: E402

HANGS_AFTER_S = 12


class Kernel:
    """Boards behind vhci_hcd."""

    def __init__(self, limit_s, goes_on_s):
        self.limit_s, self.goes_on_s = limit_s, goes_on_s

    def run(self, words, boards, flash, folder):
        plugged = []
        try:
            for board, path in zip(boards, flash):
                plugged.append(lab.Board(board, flash=path.read_bytes()).__enter__())
            try:
                done = lab.run(*words, cwd=folder, limit_s=self.limit_s)
                done.hangs = False
            except lab.LastedTooLong as late:
                done = lab.Done()
                done.code, done.out, done.err, done.hangs = None, "", str(late), True
            time.sleep(self.goes_on_s)
        finally:
            for board in plugged:
                board.end()
        for board, path in zip(plugged, flash):
            path.write_bytes(board.flash)
            board.folder.cleanup()
        done.figures = [board.stats for board in plugged]
        done.application = [board.stats.get("application") for board in plugged]
        return done


def judge(row):
    with tempfile.TemporaryDirectory(prefix="compat-") as folder:
        places = {name: pathlib.Path(folder) / name for name in ("names", "ours", "theirs")}
        for place in places.values():
            place.mkdir()
        mine = places["names"] / "dfu-util"
        mine.symlink_to(lab.DFUKIT)
        limit_s = HANGS_AFTER_S if "hangs" in row.ways else lab.LIMIT_S
        ours = compare.run_row(row, str(mine), Kernel(lab.LIMIT_S, row.goes_on_s), places["ours"])
        theirs = compare.run_row(row, lab.DFU_UTIL, Kernel(limit_s, row.goes_on_s), places["theirs"])
    return compare.verdict(row, ours, theirs)


def main(words):
    share, of = int(words[0]), int(words[1])
    chosen = [row for row in rows.ROWS if not row.bus_reset]
    chosen = [row for number, row in enumerate(chosen) if number % of == share]
    chosen = [row for row in chosen if not words[2:] or any(row.name.startswith(name) for name in words[2:])]
    failed = 0
    for row in chosen:
        started = time.monotonic()
        try:
            problem = judge(row)
        except Exception as error:  # pylint: disable=broad-except
            problem = [f"{type(error).__name__}: {error}"]
        failed += 1 if problem else 0
        print(f"{'not ok' if problem else 'ok'} - dfu_util_{row.name} "
              f"# {time.monotonic() - started:.1f} s", flush=True)
        for line in problem or []:
            for part in line.splitlines():
                print(f"# {part}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
