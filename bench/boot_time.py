#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How long a flash takes through the bootloader (its ARM code, in real time), beside the chip's physics and its ROM.

boot_time.py BUILD FIRMWARE   prints a table; FIRMWARE is where make firmware put its results"""
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile
import time

CASES = {"pybv11": ("V3.1", 0x100000, 0x08020000, 333080), "nucleo-h743zi": ("V9.2", 0x200000, 0x08020000, 1300000)}
BASE = 0x08000000


class Twin:
    """A running dfukit-twin over a flash of our making."""

    def __init__(self, build, folder, *words):
        self.stats = folder / "stats"
        self.process = subprocess.Popen(
            [build / "twin/app/dfukit-twin", *words, "--speed", "1", "--port", "0", "--control", "none", "--seed", "1",
             "--flash", folder / "flash", "--stats", self.stats], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        self.uri = re.search(r"usbip://[0-9.:]+", self.process.stdout.readline())[0]

    def finish(self):
        self.process.terminate()
        self.process.communicate(timeout=60)
        return {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", self.stats.read_text())}


def flash(build, folder, what, words, times=1):
    """(seconds of the last of so many flashes, physics in seconds of all)."""
    twin = Twin(build, folder, *words)
    for _ in range(times):
        started = time.monotonic()
        run = subprocess.run([build / "cli/dfukit", "flash", what, "--no-leave", "--bus", twin.uri, "-q"],
                             capture_output=True, text=True)
        seconds = time.monotonic() - started
        if run.returncode != 0:
            twin.process.terminate()
            raise SystemExit(f"{words}: dfukit ended with {run.returncode}\n{run.stderr}")
    stats = twin.finish()
    return seconds, (stats["erase_ns"] + stats["program_ns"] + stats["usb_ns"]) / 1e9


def measure(build, firmware, board):
    rom, size, addr, length = CASES[board]
    name = board.replace("-", "_")
    numbers = random.Random(1)
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        image = folder / "image.bin"
        image.write_bytes(struct.pack("<II", 0x20010000, addr + 0x101) + numbers.randbytes(length - 8))
        old = bytearray(numbers.randbytes(size))  # an older firmware, whose start is in no order
        old[0:0x4000] = (firmware / name / f"dfukit-boot-{name}.bin").read_bytes().ljust(0x4000, b"\xFF")
        what = f"{image}@{addr:#x}"
        boot, through_rom = ["--board", board, "--boot0", "low"], ["--board", board, "--rom", rom, "--program", "none"]
        (folder / "flash").write_bytes(old)
        seconds, physics = flash(build, folder, what, boot)
        (folder / "flash").write_bytes(old)
        again, _ = flash(build, folder, what, boot, times=2)
        (folder / "flash").write_bytes(old)
        by_rom, _ = flash(build, folder, what, through_rom)
    print(f"{board:<16}{length:>8} {seconds:7.2f} s {physics:7.2f} s {seconds / physics:6.2f} {again:7.2f} s "
          f"{by_rom:7.2f} s {seconds / by_rom:6.2f}", flush=True)


def main():
    build, firmware = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
    print("board              bytes     flash   physics  ratio     again       ROM  ratio")
    for board in CASES:
        measure(build, firmware, board)


if __name__ == "__main__":
    main()
