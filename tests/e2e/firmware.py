#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The firmware of every board as it would be flashed: its vectors, its memories, its forms, its budget. Prints TAP."""
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(os.environ["DFUKIT_SOURCE"])
OUT = pathlib.Path(os.environ["DFUKIT_BUILD"]) / "firmware"
FLASH, RAM, RAM_END = 0x08000000, 0x20000000, 0x20002000
APPS = {"pybv11": 0x08020000, "nucleo_h743zi": 0x08020000, "openmv4p": 0x08040000,
        "pybv11_signed": 0x08020000, "nucleo_h743zi_signed": 0x08020000}
NAMES = {"pybv11": "PYBv1.1 dfukit-boot", "nucleo_h743zi": "NUCLEO-H743ZI dfukit-boot",
         "openmv4p": "OpenMV4P dfukit-boot", "pybv11_signed": "PYBv1.1 dfukit-boot signed",
         "nucleo_h743zi_signed": "NUCLEO-H743ZI dfukit-boot signed"}


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, timeout=300, text=True)
    assert done.returncode == 0, f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def image(board, kind, form):
    return OUT / board / f"dfukit-{kind}-{board}.{form}"


def check_vectors(board):
    """A vector table of the core alone, all of it inside the image, all of it Thumb code."""
    data = image(board, "boot", "bin").read_bytes()
    stack, *handlers = struct.unpack_from("<7I", data)
    assert stack == RAM_END, f"stack 0x{stack:08X}"
    for handler in handlers:
        assert handler & 1 and FLASH + 28 <= handler - 1 < FLASH + len(data), f"vector 0x{handler:08X}"
    assert handlers[0] not in handlers[1:], "a fault looks like a reset"


def check_start(board):
    """The first instructions of the start need no stack and leave r0 alone."""
    text = run("arm-none-eabi-objdump", "-d", "--disassemble=start_reset", image(board, "boot", "elf"))
    words = [line.split("\t", 2)[2] for line in text.splitlines() if re.match(r"^ 8[0-9a-f]{6}:\t", line)]
    assert words[0].startswith("cpsid\ti"), words
    assert any(word.startswith("msr\tCONTROL") for word in words[:3]), words
    assert any(word.startswith("msr\tMSP") for word in words[:5]), words
    assert not any(re.search(r"\br0\b|\bsp\b", word) for word in words[:6]), words


def check_memories(board):
    """Nothing initialised in RAM, the order at its start, code only in the first sector."""
    text = run("arm-none-eabi-nm", image(board, "boot", "elf"))
    rows = [line.split() for line in text.splitlines()]
    places = {row[2]: int(row[0], 16) for row in rows if len(row) == 3}
    assert places["reset_words"] == RAM
    assert places["start_bss"] == RAM + 16 and places["start_bss_end"] <= RAM_END - 1024
    sections = run("arm-none-eabi-objdump", "-h", image(board, "boot", "elf"))
    assert not re.search(r"^\s*\d+ \.data\s+0*[1-9a-f]", sections, re.M), sections
    assert not re.search(r"\bU\b", run("arm-none-eabi-nm", "-u", image(board, "boot", "elf")))


def check_app(board):
    """The sample application stands where the bootloader looks for one, and passes its test."""
    data = image(board, "app", "bin").read_bytes()
    stack, entry = struct.unpack_from("<2I", data)
    assert stack % 8 == 0 and RAM < stack <= RAM + 0x20000
    assert entry & 1 and APPS[board] + 28 <= entry - 1 < APPS[board] + len(data)
    text = run("arm-none-eabi-readelf", "-l", image(board, "app", "elf"))
    assert f"0x{APPS[board]:08x}" in text, text


def check_forms(board):
    """bin, hex and DfuSe hold the same bytes, by objcopy's and dfu-suffix's judgement."""
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("boot", "app"):
            data = image(board, kind, "bin").read_bytes()
            flat = pathlib.Path(folder) / "flat"
            run("arm-none-eabi-objcopy", "-O", "binary", image(board, kind, "elf"), flat)
            assert flat.read_bytes() == data, "bin"
            run("arm-none-eabi-objcopy", "-I", "ihex", "-O", "binary", image(board, kind, "hex"), flat)
            assert flat.read_bytes() == data, "hex"
            dfuse = image(board, kind, "dfu").read_bytes()
            assert dfuse[:5] == b"DfuSe" and dfuse[293:-16] == data, "DfuSe"
            assert struct.unpack_from("<II", dfuse, 285) == (FLASH if kind == "boot" else APPS[board], len(data))
            run("dfu-suffix", "-c", image(board, kind, "dfu"))


def check_units(board):
    """Whole units of 8 bytes: the ROM of an H7 refuses the end of anything else."""
    for kind in ("boot", "app"):
        data = image(board, kind, "bin").read_bytes()
        assert len(data) % 8 == 0, f"{kind}: {len(data)} bytes"


def check_board(board):
    """It is the board's own data that was built in."""
    data = image(board, "boot", "bin").read_bytes()
    ended = {name: text.encode() + b"\0" for name, text in NAMES.items()}
    assert ended[board] in data, "product"
    others = [name for name, text in ended.items() if name != board and text in data]
    assert not others, others


def check_budget(_board):
    """Every board fits; a budget that is too small is noticed."""
    run(sys.executable, SOURCE / "tools/firmware_size.py", OUT)


CHECKS = [check_vectors, check_start, check_memories, check_app, check_forms, check_units, check_board]


def main():
    if shutil.which("arm-none-eabi-gcc") is None:
        print("1..0 # SKIP no arm-none-eabi-gcc")
        return 0
    run(SOURCE / "tools/firmware", OUT)
    cases = [(check, board) for check in CHECKS for board in APPS] + [(check_budget, "pybv11")]
    print(f"1..{len(cases)}")
    failed = 0
    for number, (check, board) in enumerate(cases, 1):
        what = f"{board}: {check.__doc__.split('.')[0].strip()}"
        try:
            check(board)
            print(f"ok {number} - {what}")
        except (AssertionError, LookupError, OSError, subprocess.TimeoutExpired) as error:
            failed += 1
            print(f"not ok {number} - {what}\n# " + str(error).replace("\n", "\n# "))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
