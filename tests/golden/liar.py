#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A USB/IP server that answers wrongly: liar.py REPLY ...

Prints its address. The n-th connection gets the n-th REPLY, the last one is repeated:
  close | silence | HEX (any bytes) | list:N (N times the device 1-1) | import:BUSID (that device)"""
import socket
import struct
import sys
import time

HANDED_OUT = 0x0111


def device(busid):
    """The 312 bytes of a device, as the kernel's tools send them (Linux, Documentation/usb/usbip_protocol.rst)."""
    return (b"/sys/devices/virtual".ljust(256, b"\0") + busid.encode().ljust(32, b"\0")
            + struct.pack(">III", 1, 1, 2) + struct.pack(">HHHBBBBBB", 0x0483, 0xDF11, 0x0200, 0, 0, 0, 1, 1, 1))


def answer(reply):
    kind, _, word = reply.partition(":")
    if kind == "list":
        count = int(word)
        entries = (device("1-1") + bytes([0xFE, 1, 2, 0])) * min(count, 2)
        return struct.pack(">HHII", HANDED_OUT, 5, 0, count) + entries
    if kind == "import":
        return struct.pack(">HHI", HANDED_OUT, 3, 0) + device(word)
    return bytes.fromhex(reply)


def main():
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"usbip://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    open_ones, replies = [], sys.argv[1:]
    for reply in replies + replies[-1:] * 100:
        connection, _ = listener.accept()
        if reply == "close":
            connection.close()
            continue
        open_ones.append(connection)
        connection.recv(4096)
        if reply != "silence":
            connection.sendall(answer(reply))
    time.sleep(60)


main()
