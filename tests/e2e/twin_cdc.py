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
PROGRAM = BUILD / "twin/app/dfukit-twin"
CHOICE, CDC = 0x0800FFF0, 1
BOARDS = {"pybv11": "f405", "nucleo-h743zi": "h743"}
END_S = 20
UNMODELLED = 0x40007400  # the DAC of both chips


def words_for(board, folder):
    """--load of the program as it was linked, and of the word that chooses what it does."""
    choice = folder / "choice.bin"
    choice.write_bytes(struct.pack("<I", CDC))
    return ["--load", BUILD / f"tests/arm/hal_{BOARDS[board]}.elf", "--load", f"{choice}@0x{CHOICE:08x}"]


class Twin:
    """A board that runs the program."""

    def __init__(self, board, folder, *words):
        self.process = subprocess.Popen(
            [PROGRAM, "--port", "0", "--control", "none", "--board", board, *words_for(board, folder), *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
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


def listen(board, *words):
    """What the program says of a board within a second; it is then ended."""
    process = subprocess.Popen([PROGRAM, "--port", "0", "--control", "none", "--board", board, *map(str, words)],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(1)
    process.terminate()
    _, said = process.communicate(timeout=END_S)
    return process.returncode, said


def tells_what_a_program_does_wrong(board, folder):
    """Code that stores to a part that is not modelled, then to nothing at all, without a handler."""
    code = struct.pack("<II", 0x20010000, 0x08000009)
    code += struct.pack("<6HII", 0x4802, 0x6001, 0x4802, 0x6001, 0xE7FE, 0xBF00, UNMODELLED, 0x60000000)
    program = folder / "wrong.bin"
    program.write_bytes(code + bytes(256))
    exit_code, said = listen(board, "--load", program)
    assert exit_code == 0, said
    assert f"nothing is modelled at 0x{UNMODELLED:08x}: pc 0x0800000a" in said, said
    assert "bus fault at 0x60000000: pc 0x0800000e" in said, said
    assert "the core has locked up" in said, said


def needs_the_crystal_it_was_made_for(board, folder):
    own = {"pybv11": "12M", "nucleo-h743zi": "8000000"}[board]
    with Twin(board, folder, "--hse", own) as twin:
        assert usbip.Device(twin.port).string(2) == "serial line"
    exit_code, said = listen(board, *words_for(board, folder), "--hse", "16.5M")
    assert exit_code == 0, said
    if board == "pybv11":  # the other board's USB has a clock of its own
        assert "USB runs at 66000000 Hz, not at 48 MHz (the crystal?), and hears nothing: pc" in said, said


def refuses_what_does_not_fit(board, folder):
    program = folder / "program.bin"
    program.write_bytes(bytes(64))
    for words, wanted in (
            (("--load", f"{program}@0x20000000"), "are not in the flash"),
            (("--load", folder / "nothing.elf"), "cannot open"),
            (("--flash", program), "is put into it with --load"),
            (("--hse", "60M"), "wanted a frequency up to 50M"),
            (("--load", program) * 5, "more than 4 --load")):
        exit_code, said = listen(board, *words)
        assert exit_code != 0 and wanted in said, (exit_code, said)


def leaves_the_flash_file_when_it_refuses(board, folder):
    """What was loaded before something was refused is not kept."""
    program, kept = folder / "program.bin", folder / "kept.flash"
    program.write_bytes(bytes(64))
    words = ("--flash", kept, "--load", program, "--load", folder / "nothing.elf")
    exit_code, said = listen(board, *words)
    assert exit_code != 0 and not kept.exists(), (exit_code, said)
    before = b"\xA5" * {"pybv11": 1 << 20, "nucleo-h743zi": 2 << 20}[board]
    kept.write_bytes(before)
    exit_code, said = listen(board, *words)
    assert exit_code != 0 and "cannot open" in said and kept.read_bytes() == before, (exit_code, said)


def main():
    tests = [(function, board) for board in BOARDS
             for function in (is_listed_and_echoes, waits_with_reads_posted, is_given_to_the_next_client,
                              tells_what_a_program_does_wrong, needs_the_crystal_it_was_made_for,
                              refuses_what_does_not_fit, leaves_the_flash_file_when_it_refuses)]
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
