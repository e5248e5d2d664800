# SPDX-License-Identifier: MIT
"""Firmware files for the comparison with dfu-util, put together here and by nobody's writer."""
import random
import struct
import zlib

STACK_TOP = 0x20010000


def noise(seed, length):
    return random.Random(seed).randbytes(length)


def firmware(addr, length, seed=1):
    """Bytes that begin with a vector table a ROM accepts."""
    return (struct.pack("<II", STACK_TOP, addr + 0x401) + noise(seed, length))[:length]


def suffixed(data, vendor=0xFFFF, product=0xFFFF, device=0xFFFF, version=0x0100):
    """With a DFU suffix (DFU 1.1, appendix B)."""
    body = data + struct.pack("<HHHH3sB", device, product, vendor, version, b"UFD", 16)
    return body + struct.pack("<I", ~zlib.crc32(body) & 0xFFFFFFFF)


def dfuse(*targets, **ids):
    """A DfuSe file (UM0391); a target is (alternate setting, [(address, bytes), ...])."""
    body = b""
    for alternate, elements in targets:
        data = b"".join(struct.pack("<II", addr, len(part)) + part for addr, part in elements)
        body += struct.pack("<6sBI255sII", b"Target", alternate, 1, b"ST...", len(data), len(elements)) + data
    whole = struct.pack("<5sBIB", b"DfuSe", 1, len(body) + 11, len(targets)) + body
    return suffixed(whole, ids.get("vendor", 0x0483), ids.get("product", 0xDF11), ids.get("device", 0), 0x011A)


def damaged(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]
