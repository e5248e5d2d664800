# SPDX-License-Identifier: MIT
"""What the kernel and lsusb make of every board's descriptors."""
import re

import lab

CASES = []
# board words, id, bcdDevice, DFU version, wTransferSize, bmAttributes, number of alternate settings, a string of one
ST = "0483:df11"
BOARDS = [
    ("pybv11 --rom V3.1", ST, "22.00", "1.1a", 2048, 0x0B, 4, "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg"),
    ("pybv11 --rom V9.1", ST, "22.00", "1.1a", 2048, 0x0B, 4, "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg"),
    ("nucleo-h743zi --rom V9.2", ST, "2.00", "1.1a", 1024, 0x0B, 2, "@Internal Flash   /0x08000000/16*128Kg"),
    ("nucleo-h743zi --rom V9.1", ST, "2.00", "1.1a", 1024, 0x0B, 2, "@Internal Flash   /0x08000000/16*128Kg"),
    ("nucleo-h743zi --rom V13.3", ST, "2.00", "1.1a", 1024, 0x0B, 2, "@Internal Flash   /0x08000000/16*128Kg"),
    ("openmv4p --rom V9.0", ST, "2.00", "1.1a", 1024, 0x0B, 2, "@Internal Flash   /0x08000000/16*128Kg"),
    ("f767", ST, "22.00", "1.1a", 2048, 0x0B, None, "@Internal Flash"),
    ("g431", ST, None, "1.1a", 2048, 0x0B, None, "@Internal Flash"),
    ("l476", ST, None, "1.1a", 2048, 0x0B, None, "@Internal Flash"),
    ("gd32", "28e9:0189", "10.00", "1.1a", 2048, 0x0B, 2, "@Internal Flash  /0x08000000/512*002Kg"),
    ("at32", None, None, "1.1a", None, None, None, "@"),
    ("plain-dfu11", "1209:0d11", "1.00", "1.10", 1024, 0x07, 1, "Firmware"),
    ("openmv-boot", "37c5:924a", "1.00", "1.01", 4096, 0x0F, 5, "FIRMWARE"),
    ("runtime-detaches", "1209:0a01", "1.00", "1.10", 1024, None, 1, "Firmware"),
]
COMPLAINTS = re.compile(r"unknown|warning|junk|invalid|unrecognized|error|UNRECOGNIZED", re.I)


def field(text, name):
    found = re.search(rf"^\s*{name}\s+(\S+)", text, re.M)
    lab.check(found is not None, f"no {name} in", text)
    return found.group(1)


def check_board(row):
    words, ids, device, version, transfer, attributes, alternates, string = row
    with lab.Board(f"--board {words}") as board:
        number = (board.cable.node / "devnum").read_text().strip()
        done = lab.run("lsusb", "-v", "-s", f"{board.path.split('-')[0]}:{number}")
        log = lab.run("dmesg").out.splitlines()[-6:]
    text = done.out
    lab.check(not [line for line in done.err.splitlines() if "can't get" not in line], done.err)
    about_dfu = text[text.index("Interface Descriptor"):]
    lab.check(not COMPLAINTS.search(about_dfu.replace("iInterface", "")), "lsusb complains:", text)
    lab.check(not [line for line in log if "descriptor" in line and "error" in line], *log)
    lab.check_in("Application Specific Interface", text)
    lab.check_in("Device Firmware Update", text)
    lab.check_in(string, text)
    lab.check(ids is None or f"ID {ids}" in text, "ids", text)
    lab.check(device is None or field(text, "bcdDevice") == device, "bcdDevice", text)
    lab.check(field(text, "bcdDFUVersion") == version, "bcdDFUVersion", text)
    lab.check(transfer is None or int(field(text, "wTransferSize")) == transfer, "wTransferSize", text)
    lab.check(attributes is None or int(field(about_dfu, "bmAttributes"), 0) == attributes, "bmAttributes", text)
    lab.check(alternates is None or text.count("bAlternateSetting") == alternates, "alternate settings", text)


for one in BOARDS:
    def case(row=one):
        check_board(row)
    case.__name__ = "lsusb_" + re.sub(r"\W+", "_", one[0].replace(" --rom", ""))
    CASES.append(case)
