#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Turns the ELF of a firmware into the form that the name of the output asks for: .elf, .bin, .hex or .dfu.

firmware_image.py IN.elf OUT.{elf,bin,hex,dfu} VENDOR:PRODUCT
The numbers go into a .dfu: those of the bootloader that is to take it.
Source    System V ABI, "Program header"; Intel HEX, 1988; UM0391, "DfuSe file format specification"."""
import pathlib
import struct
import sys
import zlib

LOAD = 1
HEX_LINE = 16


def segments(path):
    """(address, bytes) of what the ELF puts into flash, ascending."""
    with open(path, "rb") as file:
        elf = file.read()
    if elf[:6] != b"\x7fELF\x01\x01":
        raise SystemExit(f"{path}: not a 32-bit little-endian ELF")
    offset, size, count = struct.unpack_from("<I", elf, 28)[0], *struct.unpack_from("<HH", elf, 42)
    for at in range(offset, offset + size * count, size):
        kind, data_at, _, addr, length = struct.unpack_from("<IIIII", elf, at)
        if kind == LOAD and length > 0:
            yield addr, elf[data_at:data_at + length]


def flat(path):
    """(address, bytes) of everything, gaps filled as erased flash."""
    parts = sorted(segments(path))
    start = parts[0][0]
    data = bytearray()
    for addr, part in parts:
        data += b"\xff" * (addr - start - len(data)) + part
    return start, bytes(data)


def hex_record(kind, addr, data):
    body = bytes([len(data), addr >> 8 & 0xFF, addr & 0xFF, kind]) + data
    return ":" + (body + bytes([-sum(body) & 0xFF])).hex().upper() + "\n"


def to_hex(start, data):
    text, high = "", None
    for at in range(0, len(data), HEX_LINE):
        addr = start + at
        if addr >> 16 != high:
            high = addr >> 16
            text += hex_record(4, 0, struct.pack(">H", high))
        text += hex_record(0, addr & 0xFFFF, data[at:at + HEX_LINE])
    return (text + hex_record(1, 0, b"")).encode("ascii")


def to_dfuse(start, data, ids):
    vendor, product = (int(word, 16) for word in ids.split(":"))
    element = struct.pack("<II", start, len(data)) + data
    target = struct.pack("<6sBI255sII", b"Target", 0, 1, b"Internal Flash", len(element), 1) + element
    head = struct.pack("<5sBIB", b"DfuSe", 1, 11 + len(target), 1)
    body = head + target + struct.pack("<HHHH3sB", 0xFFFF, product, vendor, 0x011A, b"UFD", 16)
    return body + struct.pack("<I", ~zlib.crc32(body) & 0xFFFFFFFF)


def main():
    source, out, ids = sys.argv[1:4]
    start, data = flat(source)
    content = {"elf": lambda: pathlib.Path(source).read_bytes(),
               "bin": lambda: data,
               "hex": lambda: to_hex(start, data),
               "dfu": lambda: to_dfuse(start, data, ids)}
    with open(out, "wb") as file:
        file.write(content[out.rsplit(".", 1)[1]]())


if __name__ == "__main__":
    main()
