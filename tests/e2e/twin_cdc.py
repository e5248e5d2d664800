#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A serial line over USB, a program of somebody's own, served by dfukit-twin over USB/IP. Prints TAP."""
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
import usbip_client as usbip  # noqa: E402

BUILD = pathlib.Path(os.environ["DFUKIT_BUILD"])
CHOICE, CDC = 0xFFF0, 1
BOARDS = {"pybv11": ("f405", 1 << 20), "nucleo-h743zi": ("h743", 2 << 20)}


def flash_image(board, path):
    """The whole array: the program, and the word that chooses what it does."""
    chip, size = BOARDS[board]
    image = bytearray(b"\xff" * size)
    program = (BUILD / f"tests/arm/hal_{chip}.bin").read_bytes()
    image[:len(program)] = program
    image[CHOICE:CHOICE + 4] = struct.pack("<I", CDC)
    path.write_bytes(image)


class Twin:
    """A board that runs the program."""

    def __init__(self, board, folder, *words):
        flash = folder / "flash.bin"
        flash_image(board, flash)
        self.process = subprocess.Popen(
            [BUILD / "twin/app/dfukit-twin", "--port", "0", "--control", "none", "--board", board, "--flash",
             flash, "--boot0", "low", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        found = re.search(r"usbip://127\.0\.0\.1:(\d+)/1-1", line)
        assert found, f"not ready: {line} {self.process.stderr.read()}"
        self.port = int(found.group(1))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


def echo(device, data):
    assert device.write(1, data) == len(data)
    back = b""
    while len(back) < len(data):
        part = device.read(1, 128)
        assert part, f"nothing after {len(back)} of {len(data)} bytes"
        back += part
    assert back == data


def is_listed_and_echoes(board, folder):
    with Twin(board, folder) as twin:
        listed = usbip.listing(twin.port)
        assert [one["classes"] for one in listed] == [[(2, 2, 1), (10, 0, 0)]], listed
        device = usbip.Device(twin.port)
        assert device.descriptor(2)[2] == 67
        assert device.string(2) == "serial line"
        device.control(0, 9, 1, 0, b"")
        device.control(0x21, 0x20, 0, 0, bytes((0, 0x96, 0, 0, 0, 0, 8)))
        for length in (1, 2, 63, 64, 33, 64, 64, 7):
            echo(device, bytes((length + i) & 255 for i in range(length)))
        device.close()


def waits_with_reads_posted(board, folder):
    """As a kernel's driver does: many reads and one for notices wait; control goes on beside them."""
    with Twin(board, folder, "--speed", "1") as twin:
        device = usbip.Device(twin.port)
        notice = device.post(2, 16)
        reads = [device.post(1, 128) for _ in range(16)]
        assert device.control(0xA1, 0x21, 0, 0, 7)[6] == 8
        time.sleep(0.1)
        for i, read in enumerate(reads):
            device.write(1, bytes([i] * (i + 1)))
            assert device.result(read) == bytes([i] * (i + 1))
        device.control(0x21, 0x22, 3, 0, b"")
        assert device.result(notice)[:2] == b"\xa1\x20"
        device.close()


def is_given_to_the_next_client(board, folder):
    with Twin(board, folder) as twin:
        for i in range(4):
            usbip.listing(twin.port)
            device = usbip.Device(twin.port)
            device.control(0, 9, 1, 0, b"")
            device.post(1, 128)
            device.close()
            time.sleep(0.05)
            device = usbip.Device(twin.port)
            device.control(0, 9, 1, 0, b"")
            echo(device, bytes([i] * 9))
            device.close()
            time.sleep(0.05)


def main():
    tests = [(function, board) for board in BOARDS
             for function in (is_listed_and_echoes, waits_with_reads_posted, is_given_to_the_next_client)]
    print(f"1..{len(tests)}")
    failed = 0
    for number, (function, board) in enumerate(tests, 1):
        name = f"{function.__name__} on {board}"
        try:
            with tempfile.TemporaryDirectory() as folder:
                function(board, pathlib.Path(folder))
            print(f"ok {number} - {name}", flush=True)
        except Exception as problem:  # pylint: disable=broad-except
            failed += 1
            print(f"not ok {number} - {name}\n# {type(problem).__name__}: {problem}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
