#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How long a flash takes on real-time twins, against the time the chip itself needs.

flash_time.py BUILD [BOARD:ROM ...]   prints a table; nothing else is judged here"""
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
H743_FILE = ["0x08000000:100000", "0x08040000:1200000"]
F405_FILE = ["0x08000000:14000", "0x08020000:333080"]
DRIVES = {"openmv4p": ("0x200000", 0x08020000, 0x20000), "pybv11": ("0x100000", 0x08004000, 0x1C000)}
CASES = [("openmv4p", rom) for rom in ("V9.0", "V9.1", "V9.2", "V13.3")] + \
        [("pybv11", rom) for rom in ("V3.1", "V9.1")]


class Twin:
    """A running dfukit-twin."""

    def __init__(self, build, folder, board, rom):
        self.stats = folder / "stats"
        self.process = subprocess.Popen(
            [build / "twin/app/dfukit-twin", "--board", board, "--rom", rom, "--speed", "1", "--port", "0",
             "--once", "--seed", "1", "--flash", folder / "flash", "--stats", self.stats],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.uri = None
        while self.uri is None:
            line = self.process.stdout.readline()
            if not line:
                raise SystemExit("the twin did not start")
            found = re.search(r"usbip://[0-9.:]+", line)
            self.uri = found and found.group(0)

    def finish(self, needs_stop):
        if needs_stop:
            self.process.terminate()
        self.process.communicate(timeout=30)
        return {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", self.stats.read_text())}


def firmware(folder, parts):
    out = folder / "firmware.hex"
    subprocess.run([sys.executable, ROOT / "tools/demo_firmware.py", "firmware", out, *parts], check=True)
    return out


def flash(build, folder, board, rom, file):
    """(seconds, the twin's own figures) of one flash."""
    twin = Twin(build, folder, board, rom)
    started = time.monotonic()
    run = subprocess.run([build / "cli/dfukit", "flash", file, "--bus", twin.uri, "-q"],
                         capture_output=True, text=True)
    seconds = time.monotonic() - started
    if run.returncode != 0:
        twin.process.terminate()
        raise SystemExit(f"{board} {rom}: dfukit ended with {run.returncode}\n{run.stderr}")
    return seconds, twin.finish(needs_stop=rom in ("V9.0",))


def change_one_byte(file):
    """Turns the last data byte of the last part over, checksum and all."""
    lines = file.read_text().splitlines()
    body = bytearray.fromhex(lines[-2][1:-2])
    body[-1] ^= 0xFF
    lines[-2] = ":" + (body + bytes([-sum(body) & 0xFF])).hex().upper()
    file.write_text("\n".join(lines) + "\n")


def drive(folder, board):
    _, addr, length = DRIVES[board]
    return (folder / "flash").read_bytes()[addr - 0x08000000:][:length]


def measure(build, board, rom):
    size, addr, length = DRIVES[board]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        file = firmware(folder, F405_FILE if board == "pybv11" else H743_FILE)
        subprocess.run([sys.executable, ROOT / "tools/demo_firmware.py", "board", folder / "flash", size,
                        f"{addr}:{length}"], check=True)
        before = drive(folder, board)
        first, stats = flash(build, folder, board, rom, file)
        kept = drive(folder, board) == before
        again, stats_again = flash(build, folder, board, rom, file)
        change_one_byte(file)
        _, stats_one = flash(build, folder, board, rom, file)
    physics = (stats["erase_ns"] + stats["program_ns"] + stats["usb_ns"]) / 1e9
    print(f"{board + ' ' + rom:<16} {first:7.2f} s {physics:7.2f} s {first / physics:6.2f} "
          f"{again:7.2f} s {100 * again / first:5.1f} % {stats_again['erases']:>6} {stats_one['erases']:>6}   "
          f"{'kept' if kept else 'LOST'}", flush=True)
    return kept


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    cases = [tuple(word.split(":")) for word in sys.argv[2:]] or CASES
    print("                   flash    physics  ratio    again          erases  1 byte   flash drive")
    return 0 if all([measure(build, board, rom) for board, rom in cases]) else 1


if __name__ == "__main__":
    sys.exit(main())
