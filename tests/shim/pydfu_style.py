#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes a file to a DfuSe board with pyusb, in the way of the small scripts that boards' makers hand out.

pydfu_style.py FILE ADDRESS     erases, writes, reads back, leaves"""
import sys
import time

import usb.core
import usb.util

DNLOAD, UPLOAD, GETSTATUS, CLRSTATUS, ABORT = 1, 2, 3, 4, 6
IDLE, DNLOAD_IDLE, MANIFEST = 2, 5, 7
BLOCK, FIRST_BLOCK, TIMEOUT_MS = 2048, 2, 4000
SET_ADDRESS, ERASE = 0x21, 0x41


def is_dfu(device):
    return any(interface.bInterfaceClass == 0xFE and interface.bInterfaceSubClass == 1
               for configuration in device for interface in configuration)


class Dfu:
    def __init__(self):
        self.device = usb.core.find(custom_match=is_dfu)
        if self.device is None:
            sys.exit("no DFU device")
        self.device.set_configuration()
        usb.util.claim_interface(self.device, 0)
        self.device.set_interface_altsetting(0, 0)
        if self.status() != IDLE:
            self.device.ctrl_transfer(0x21, CLRSTATUS, 0, 0, None, TIMEOUT_MS)

    def status(self):
        """Waits as long as the board wants and gives its state."""
        answer = self.device.ctrl_transfer(0xA1, GETSTATUS, 0, 0, 6, TIMEOUT_MS)
        time.sleep((answer[1] | answer[2] << 8 | answer[3] << 16) / 1000)
        if answer[0] != 0:
            sys.exit(f"status {answer[0]}, state {answer[4]}")
        return answer[4]

    def download(self, block, data):
        self.device.ctrl_transfer(0x21, DNLOAD, block, 0, data, TIMEOUT_MS)
        self.status()
        state = self.status()
        if state != DNLOAD_IDLE:
            sys.exit(f"state {state} after a download")

    def command(self, code, addr):
        self.download(0, bytes([code]) + addr.to_bytes(4, "little"))

    def read(self, addr, length):
        self.command(SET_ADDRESS, addr)
        self.device.ctrl_transfer(0x21, ABORT, 0, 0, None, TIMEOUT_MS)
        data = b""
        while len(data) < length:
            # Whole blocks only: a ROM takes the request's own length for the size of the blocks before it.
            block = FIRST_BLOCK + len(data) // BLOCK
            data += bytes(self.device.ctrl_transfer(0xA1, UPLOAD, block, 0, BLOCK, TIMEOUT_MS))
        self.device.ctrl_transfer(0x21, ABORT, 0, 0, None, TIMEOUT_MS)
        return data[:length]

    def leave(self, addr):
        self.command(SET_ADDRESS, addr)
        self.device.ctrl_transfer(0x21, DNLOAD, 0, 0, None, TIMEOUT_MS)
        return self.status()


def main():
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    start = int(sys.argv[2], 0)
    dfu = Dfu()
    for at in range(0, len(data), BLOCK):
        if at % 0x4000 == 0:
            dfu.command(ERASE, start + at)
        dfu.command(SET_ADDRESS, start + at)
        dfu.download(FIRST_BLOCK, data[at:at + BLOCK])
    if dfu.read(start, len(data)) != data:
        sys.exit("reads back different")
    print(f"{len(data)} bytes written and read back")
    if dfu.leave(start) != MANIFEST:
        sys.exit("does not leave")
    usb.util.dispose_resources(dfu.device)
    print("still there" if usb.core.find(custom_match=is_dfu) is not None else "left")


if __name__ == "__main__":
    main()
