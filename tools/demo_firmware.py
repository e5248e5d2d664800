#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes what the demo and the bench flash: a firmware in two parts as Intel HEX, and the flash of a board in use.

demo_firmware.py firmware OUT.hex ADDR:LENGTH ...   parts that look like code, the first with a vector table
demo_firmware.py board OUT.bin SIZE ADDR:LENGTH     an older firmware everywhere but for a FAT flash drive"""
import random
import sys

STACK_TOP = 0x2001FF00  # in the RAM of an STM32F405 and of an STM32H743, away from its end
LINE = 32


def record(kind, addr, data):
    body = bytes([len(data), addr >> 8 & 0xFF, addr & 0xFF, kind]) + data
    return ":" + (body + bytes([-sum(body) & 0xFF])).hex().upper() + "\n"


def code(seed, addr, length, vectors):
    """Bytes that do not compress to anything a flasher could skip; reproducible."""
    data = bytearray(random.Random(seed).randbytes(length))
    if vectors:
        table = [STACK_TOP] + [(addr + 0x401 + 4 * n) | 1 for n in range(97)]
        data[:4 * len(table)] = b"".join(word.to_bytes(4, "little") for word in table)
    return bytes(data)


def ranges(words):
    for word in words:
        addr, length = word.split(":")
        yield int(addr, 0), int(length, 0)


def firmware(out, words):
    with open(out, "w", encoding="ascii") as file:
        for number, (addr, length) in enumerate(ranges(words)):
            data, high = code(number, addr, length, number == 0), None
            for at in range(0, length, LINE):
                if (addr + at) >> 16 != high:
                    high = (addr + at) >> 16
                    file.write(record(4, 0, high.to_bytes(2, "big")))
                file.write(record(0, (addr + at) & 0xFFFF, data[at:at + LINE]))
        file.write(record(1, 0, b""))


def board(out, size, word):
    base = 0x08000000
    flash = bytearray(code("old", base, int(size, 0), True))
    addr, length = next(ranges([word]))
    drive = bytearray(random.Random("photos").randbytes(length))
    drive[:11] = b"\xeb\x3c\x90MSDOS5.0"
    drive[11:62] = bytes([0, 2, 1, 1, 0, 1, 0, 2]) + (length // 512).to_bytes(2, "little") + \
        bytes([0xF8, 1, 0]) + b"\0" * 30 + b"FAT12   "
    drive[510:512] = b"\x55\xaa"
    flash[addr - base:addr - base + length] = drive
    with open(out, "wb") as file:
        file.write(flash)


def main():
    if len(sys.argv) >= 4 and sys.argv[1] == "firmware":
        firmware(sys.argv[2], sys.argv[3:])
    elif len(sys.argv) == 5 and sys.argv[1] == "board":
        board(*sys.argv[2:])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
