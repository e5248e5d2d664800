#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes firmware files that are damaged or odd, one per rule of their format, into the current folder.

damaged.py dfuse|dfu|elf|hex|srec|uf2|gzip      names say what is wrong with each"""
import gzip
import pathlib
import struct
import sys
import zlib

PAYLOAD = bytes(range(32))


# ---- DFU suffix and DfuSe (DFU 1.1 appendix B, UM0391) ----

def suffix(body, version=0x011A, vendor=0x0483, product=0xDF11, signature=b"UFD", length=16, crc=None):
    tail = struct.pack("<HHHH3sB", 0xFFFF, product, vendor, version, signature, length)
    body += b"\xEE" * (length - 16 if 16 < length < 200 else 0) + tail
    return body + struct.pack("<I", zlib.crc32(body) ^ 0xFFFFFFFF if crc is None else crc)


def target(elements, alternate=0, name=b"ST...", named=1, size=None, count=None, signature=b"Target"):
    body = b"".join(struct.pack("<II", addr, len(data)) + data for addr, data in elements)
    return signature + struct.pack("<BI255sII", alternate, named, name, len(body) if size is None else size,
                                   len(elements) if count is None else count) + body


def prefix(targets, size=None, count=None, version=1):
    body = b"".join(targets)
    return b"DfuSe" + struct.pack("<BIB", version, len(body) + 11 if size is None else size,
                                  len(targets) if count is None else count) + body


def dfuse():
    one = target([(0x08000000, PAYLOAD)])
    good = suffix(prefix([one]))
    pack = struct.pack("<BBHII", 1, 0, 0, 0x08000000, 20) + PAYLOAD[:20]
    yield "good", good
    yield "prefix-cut", b"DfuSe\1"
    yield "version-2", suffix(prefix([one], version=2))
    yield "no-suffix", prefix([one])
    yield "crc-wrong", good[:300] + b"\xff" + good[301:]
    yield "crc-zero", suffix(prefix([one]), crc=0)
    yield "suffix-cut", good[:-3]
    yield "suffix-signature", suffix(prefix([one]), signature=b"UFE")
    yield "suffix-length-4", suffix(prefix([one]), length=4)
    yield "suffix-length-20", suffix(prefix([one]), length=20)
    yield "suffix-covers-prefix", suffix(b"DfuSe\1" + bytes(5))[:11] + suffix(b"DfuSe\1" + bytes(5))[11:22] + b"\x1b" + \
        struct.pack("<I", zlib.crc32(suffix(b"DfuSe\1" + bytes(5))[:22] + b"\x1b") ^ 0xFFFFFFFF)
    yield "plain-version", suffix(prefix([one]), version=0x0100)
    yield "image-size", suffix(prefix([one], size=7))
    yield "image-size-with-suffix", suffix(prefix([one], size=len(good)))
    yield "target-signature", suffix(prefix([target([(0x08000000, PAYLOAD)], signature=b"target")]))
    yield "target-missing", suffix(prefix([one], count=2))
    yield "target-size", suffix(prefix([target([(0x08000000, PAYLOAD)], size=1)]))
    yield "target-not-counted", suffix(prefix([one, target([(0x08000100, PAYLOAD)])], count=1))
    yield "target-twice", suffix(prefix([one, target([(0x08000100, PAYLOAD)])]))
    yield "target-name-unended", suffix(prefix([target([(0x08000000, PAYLOAD)], name=b"n" * 255)]))
    yield "target-name-leftover", suffix(prefix([target([(0x08000000, PAYLOAD)], name=b"a\0b")]))
    yield "trailing", suffix(prefix([one]) + b"\0" * 5)
    yield "element-missing", suffix(prefix([target([(0x08000000, PAYLOAD)], count=2)]))
    yield "element-too-long", suffix(prefix([target([(0x08000000, PAYLOAD)])])[:289] + b"\xff\0\0\0" + PAYLOAD)
    yield "element-empty", suffix(prefix([target([(0x08000000, PAYLOAD), (0x08001000, b"")])]))
    yield "element-unsorted", suffix(prefix([target([(0x08001000, PAYLOAD), (0x08000000, PAYLOAD)])]))
    yield "element-odd-length", suffix(prefix([target([(0x08000000, PAYLOAD[:5])])]))
    yield "element-past-the-end", suffix(prefix([target([(0xFFFFFFF0, PAYLOAD)])]))
    yield "elements-overlap", suffix(prefix([target([(0x08000000, PAYLOAD), (0x08000008, PAYLOAD)])]))
    yield "elements-overlap-same", suffix(prefix([target([(0x08000000, PAYLOAD), (0x08000000, PAYLOAD)])]))
    yield "no-elements", suffix(prefix([target([])]))
    yield "mboot-pack", suffix(prefix([target([(0x08000000, pack)])]))
    yield "alternates-0-to-254", suffix(prefix([target([(8, PAYLOAD)], alternate=n) for n in range(255)]))
    yield "alternate-255", suffix(prefix([target([(8, PAYLOAD)], alternate=255)]))
    yield "two-alternates", suffix(prefix([one, target([(0x90000000, PAYLOAD)], alternate=1)]))


def dfu():
    yield "good", suffix(PAYLOAD, version=0x0100)
    yield "too-short", b"UFD"
    yield "dfuse-version", suffix(PAYLOAD)
    yield "odd-version", suffix(PAYLOAD, version=0x0999)
    yield "ti-prefix", suffix(struct.pack("<BBHI", 1, 0, 8, len(PAYLOAD)) + PAYLOAD, version=0x0100)
    yield "lpc-prefix", suffix(b"\x1a\x3f" + bytes(10) + b"\xff" * 4 + PAYLOAD, version=0x0100)


# ---- ELF (TIS ELF 1.2) ----

def elf(kind=2, machine=40, klass=1, order=1, headers=1, header_bytes=32, at=52, file_bytes=32, offset=84, memory=32):
    ident = b"\x7fELF" + bytes([klass, order, 1]) + bytes(9)
    head = struct.pack("<HHIIIIIHHHHHH", kind, machine, 1, 0x08000001, at, 0, 0, 52, header_bytes, headers, 40, 0, 0)
    program = struct.pack("<IIIIIIII", 1, offset, 0x20000000, 0x08000000, file_bytes, memory, 5, 4)
    return ident + head + program + PAYLOAD


def elf_files():
    yield "good", elf()
    yield "header-cut", elf()[:40]
    yield "magic", b"\x7fELG" + elf()[4:]
    yield "64-bit", elf(klass=2)
    yield "class-7", elf(klass=7)
    yield "big-endian", elf(order=2)
    yield "order-7", elf(order=7)
    yield "machine-62", elf(machine=62)
    yield "object-file", elf(kind=1)
    yield "core-file", elf(kind=4)
    yield "no-program-headers", elf(headers=0)
    yield "too-many-program-headers", elf(headers=0xFFFF)
    yield "program-header-size", elf(header_bytes=56)
    yield "program-headers-outside", elf(at=200)
    yield "segment-outside", elf(offset=100)
    yield "segment-larger-than-memory", elf(memory=16)
    yield "headers-loaded", elf(offset=0, file_bytes=116, memory=116)


# ---- Intel HEX, S-record ----

def hexed(*records, end=True):
    lines = [bytes([len(data), addr >> 8, addr & 255, kind]) + data for kind, addr, data in records]
    lines += [b"\0\0\0\1"] if end else []
    return "".join(":" + (line + bytes([-sum(line) & 255])).hex().upper() + "\n" for line in lines).encode()


def hex_files():
    good = hexed((4, 0, b"\x08\x00"), (0, 0, PAYLOAD))
    yield "good", good
    yield "checksum", good[:-15] + b"00" + good[-13:]
    yield "type-7", hexed((7, 0, b"\0\0"))
    yield "length-of-type-4", hexed((4, 0, b"\0"))
    yield "no-colon", good.replace(b"\n:", b"\n;", 1)
    yield "not-a-digit", good.replace(b"2000", b"20x0", 1)
    yield "after-the-record", good.replace(b"\n", b"zz\n", 1)
    yield "cut-off", good[:-20]
    yield "no-end", hexed((4, 0, b"\x08\x00"), (0, 0, PAYLOAD), end=False)
    yield "after-the-end", good + b"something else\n"
    yield "wraps", hexed((2, 0, b"\x10\x00"), (0, 0xFFF8, PAYLOAD[:16]))
    yield "no-data", hexed()
    yield "past-the-end", hexed((4, 0, b"\xff\xff"), (0, 0xFFF0, PAYLOAD))


def srecord(kind, addr, data, count=None, check=None):
    width = {"0": 2, "1": 2, "2": 3, "3": 4, "5": 2, "6": 3, "7": 4, "8": 3, "9": 2}.get(kind, 2)
    body = bytes([len(data) + width + 1 if count is None else count]) + addr.to_bytes(width, "big") + data
    return f"S{kind}{body.hex().upper()}{(~sum(body) & 255) if check is None else check:02X}\n".encode()


def srec_files():
    data, end = srecord("3", 0x08000000, PAYLOAD), srecord("7", 0x08000001, b"")
    yield "good", srecord("0", 0, b"HDR") + data + srecord("5", 1, b"") + end
    yield "no-s", data + data.replace(b"S", b"T", 1) + end
    yield "type-4", data + srecord("4", 0, b"") + end
    yield "too-short", data + srecord("3", 0, b"", count=2) + end
    yield "end-with-data", data + srecord("9", 0, b"x")
    yield "header-with-address", srecord("0", 7, b"HDR") + data + end
    yield "checksum", srecord("3", 0x08000000, PAYLOAD, check=0) + end
    yield "count", data + srecord("5", 9, b"") + end
    yield "cut-off", data
    yield "no-end", data + srecord("5", 1, b"")
    yield "after-the-end", data + end + b"something else\n"


# ---- UF2 ----

def block(number, count, flags=0, family=0, size=32, magic=(0x0A324655, 0x9E5D5157, 0x0AB16F30), addr=0x08000000):
    return struct.pack("<IIIIIIII", magic[0], magic[1], flags, addr + number * 32, size, number, count, family) + \
        PAYLOAD + bytes(444) + struct.pack("<I", magic[2])


def uf2_files():
    family = {"flags": 0x2000, "family": 0x57755A57}
    other = {"flags": 0x2000, "family": 0xE48BFF56}
    yield "good", block(0, 2) + block(1, 2)
    yield "first-magic", block(0, 2) + block(1, 2, magic=(1, 0x9E5D5157, 0x0AB16F30))
    yield "last-magic", block(0, 2) + block(1, 2, magic=(0x0A324655, 0x9E5D5157, 1))
    yield "payload-too-long", block(0, 1, size=477)
    yield "number-beyond-count", block(0, 2) + block(2, 2)
    yield "two-families", block(0, 1, **family) + block(0, 1, **other)
    yield "count-changes", block(0, 2) + block(1, 3)
    yield "cut-off", block(0, 3) + block(1, 3)
    yield "block-missing", block(0, 2) + block(0, 2)
    yield "half-a-block", block(0, 1) + block(0, 1)[:100]
    yield "not-main-flash", block(0, 2) + block(1, 2, flags=1)
    yield "file-container", block(0, 2) + block(1, 2, flags=0x1000)


def gzip_files():
    good = gzip.compress(hexed((4, 0, b"\x08\x00"), (0, 0, PAYLOAD)), mtime=0)
    yield "good", good
    yield "cut-off", good[:-12]
    yield "wrong-crc", good[:-8] + b"\0\0\0\0" + good[-4:]
    yield "other-bytes-behind", good + b"xyz"
    yield "twice", gzip.compress(good, mtime=0)
    yield "empty", gzip.compress(b"", mtime=0)


FORMATS = {"dfuse": (dfuse, ".dfu"), "dfu": (dfu, ".dfu"), "elf": (elf_files, ".elf"), "hex": (hex_files, ".hex"),
           "srec": (srec_files, ".srec"), "uf2": (uf2_files, ".uf2"), "gzip": (gzip_files, ".hex.gz")}
make, ending = FORMATS[sys.argv[1]]
for name, data in make():
    pathlib.Path(name + ending).write_bytes(data)
