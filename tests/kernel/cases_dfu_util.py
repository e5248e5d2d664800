# SPDX-License-Identifier: MIT
"""Debian's dfu-util against every ROM: it reads, writes and leaves as on the chip, or fails as on the chip."""
import pathlib
import re
import tempfile

import files
import lab
from lab import DFU_UTIL, check, check_code, check_flash

START = 0x08000000
LENGTH = 6144
CASES = []
# board, exit code of a download (None: it announces a poll timeout of hours, and dfu-util obeys), whether the
# application starts; at32's first sectors are read-only, g431 takes smaller blocks than it announces
ROMS = [
    ("pybv11 --rom V3.1", 0, True), ("pybv11 --rom V9.1", 0, True), ("nucleo-h743zi --rom V9.2", 0, True),
    ("nucleo-h743zi --rom V9.1", 0, True), ("nucleo-h743zi --rom V13.3", 0, True), ("openmv4p --rom V9.0", 0, False),
    ("f767", 0, True), ("g431", 74, False), ("l476", 0, True), ("c562", 0, True), ("gd32", None, False), ("at32", 64, False),
]


def check_rom(words, code, starts):
    data = files.firmware(START, LENGTH)
    with tempfile.TemporaryDirectory() as folder, lab.Board(f"--board {words}") as board:
        app, out = pathlib.Path(folder) / "app.bin", pathlib.Path(folder) / "out.bin"
        app.write_bytes(data)
        try:
            done = lab.run(DFU_UTIL, "-a", "0", "-s", f"{START:#x}", "-D", app, limit_s=lab.LIMIT_S if code is not None else 10)
            check_code(done, code)
        except lab.LastedTooLong:
            check(code is None, "dfu-util does not end")
        if code == 0:
            check_code(lab.run(DFU_UTIL, "-a", "0", "-s", f"{START:#x}:{LENGTH}", "-U", out), 0)
            check(out.read_bytes() == data, "what dfu-util reads is not what it wrote")
            check_code(lab.run(DFU_UTIL, "-a", "0", "-s", f"{START:#x}:leave", "-D", app), 0)
        board.end()
        if code == 0:
            check_flash(board, 0, data)
        check((board.stats.get("application") == "0x08000000") == starts, board.stats)


for one in ROMS:
    def case(row=one):
        check_rom(*row)
    case.__name__ = "dfu_util_on_" + re.sub(r"\W+", "_", one[0].replace(" --rom", ""))
    CASES.append(case)
