#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs in the guest: dfu-util and dfukit in turn on equal real-time boards; prints one JSON object per measurement.

in_guest.py RUNS"""
import json
import os
import pathlib
import sys
import tempfile

SOURCE = pathlib.Path(os.environ["DFUKIT_SOURCE"])
sys.path[:0] = [str(SOURCE / "tests/kernel"), str(SOURCE / "tests/compat")]
import files  # noqa: E402
import lab  # noqa: E402

START, MIB = 0x08000000, 1 << 20
# board, bytes of the file, bytes of the flash, which byte is another one for the one-sector change
CONFIGS = [("F405 V3.1", "--board pybv11 --rom V3.1", 400000, MIB, 300000),
           ("H743 V9.2", "--board nucleo-h743zi --rom V9.2", 1300000, 2 * MIB, 700000)]


def program_words(program, job, file, out):
    if program == "dfu-util":
        return [lab.DFU_UTIL, "-a", "0", "-s", f"{START:#x}:{MIB}", "-U", out] if job == "upload 1 MiB" else \
            [lab.DFU_UTIL, "-a", "0", "-s", f"{START:#x}", "-D", file]
    return [lab.DFUKIT, "read", f"{START:#x}+{MIB}", "-o", out, "-q"] if job == "upload 1 MiB" else \
        [lab.DFUKIT, "flash", file, "--at", f"{START:#x}", "--no-leave", "-q"]


def measure(config, program, job, flash, data):
    """One program, one job, one board; gives the flash afterwards."""
    name, board_words, _, _, _ = config
    with tempfile.TemporaryDirectory() as folder:
        file, out = pathlib.Path(folder) / "app.bin", pathlib.Path(folder) / "out.bin"
        file.write_bytes(data)
        with lab.Board(board_words, flash=flash, speed="1") as board:
            done = lab.run(*program_words(program, job, file, out), limit_s=300, watch_memory=True)
            lab.check_code(done, 0)
            board.end()
            if job == "upload 1 MiB":
                lab.check(out.read_bytes() == flash[:MIB], "what was read is not what the board holds")
            else:
                lab.check_flash(board, 0, data)
    stats = {key: int(board.stats[key]) for key in ("erase_ns", "program_ns", "usb_ns", "transfers")}
    print(json.dumps({"board": name, "program": program, "job": job, "seconds": done.seconds, "cpu_s": done.cpu_s,
                      "peak_kib": done.peak_kib, **stats}), flush=True)
    return board.flash


def main(runs):
    for _ in range(runs):
        for config in CONFIGS:
            _, _, length, flash_bytes, changed = config
            data = files.firmware(START, length)
            other = data[:changed] + bytes([data[changed] ^ 0xFF]) + data[changed + 1:]
            for program in ("dfu-util", "dfukit"):
                flash = measure(config, program, "blank board", b"\xff" * flash_bytes, data)
                measure(config, program, "same file again", flash, data)
                measure(config, program, "one sector changed", flash, other)
                measure(config, program, "upload 1 MiB", flash, data)


if __name__ == "__main__":
    main(int(sys.argv[1]))
