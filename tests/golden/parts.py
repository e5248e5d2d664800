#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Files that golden cases work on; the same bytes in every run.

parts.py firmware OUT.hex ADDR:LENGTH ...   Intel HEX; the first part begins with a vector table
parts.py application OUT.hex ADDR:LENGTH ...   the same, with a table of sixteen vectors
parts.py board OUT.flash SIZE ADDR:LENGTH   blank flash with a FAT file system at ADDR"""
import sys

BASE, STACK_TOP, LINE = 0x08000000, 0x20010000, 32


def noise(seed, length):
    """Bytes without long runs, from a linear congruential generator (Numerical Recipes, section 7.1)."""
    state, data = seed, bytearray(length)
    for i in range(length):
        state = (1664525 * state + 1013904223) & 0xFFFFFFFF
        data[i] = state >> 24
    return data


def record(kind, addr, data):
    body = bytes([len(data), addr >> 8 & 0xFF, addr & 0xFF, kind]) + data
    return ":" + (body + bytes([-sum(body) & 0xFF])).hex().upper() + "\n"


def firmware(out, words, table=8):
    lines = []
    for number, word in enumerate(words):
        addr, length = (int(half, 0) for half in word.split(":"))
        data = noise(number + 1, length)
        if number == 0:
            data[:8] = STACK_TOP.to_bytes(4, "little") + (addr + 0x401).to_bytes(4, "little")
            data[8:table] = bytes(table - 8)
        for at in range(0, length, LINE):
            if at == 0 or (addr + at) & 0xFFFF < LINE:
                lines.append(record(4, 0, (addr + at >> 16).to_bytes(2, "big")))
            lines.append(record(0, addr + at & 0xFFFF, bytes(data[at:at + LINE])))
    with open(out, "w", encoding="ascii") as file:
        file.write("".join(lines) + record(1, 0, b""))


def board(out, size, word):
    addr, length = (int(half, 0) for half in word.split(":"))
    flash = bytearray(b"\xff" * int(size, 0))
    drive = noise(99, length)
    drive[:62] = (b"\xeb\x3c\x90MSDOS5.0" + bytes([0, 2, 1, 1, 0, 1, 0, 2]) + (length // 512).to_bytes(2, "little")
                  + bytes([0xF8, 1, 0]) + bytes(30) + b"FAT12   ")
    drive[510:512] = b"\x55\xaa"
    flash[addr - BASE:addr - BASE + length] = drive
    with open(out, "wb") as file:
        file.write(flash)


if __name__ == "__main__":
    {"firmware": lambda: firmware(sys.argv[2], sys.argv[3:]), "board": lambda: board(*sys.argv[2:]),
     "application": lambda: firmware(sys.argv[2], sys.argv[3:], 64)}[sys.argv[1]]()
