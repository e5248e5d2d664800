# SPDX-License-Identifier: MIT
"""Debian's fwupd: reads what we write, and sees and reads our boards."""
import json
import pathlib
import random
import tempfile

import files
import lab
from lab import DFUKIT, check, check_code, check_in

CASES = []
START = 0x08000000


def case(function):
    CASES.append(function)
    return function


@case
def fwupd_parses_every_dfuse_file_we_write():
    with tempfile.TemporaryDirectory() as folder:
        raw = pathlib.Path(folder) / "a.bin"
        raw.write_bytes(files.firmware(START, 5001))
        two = pathlib.Path(folder) / "two.dfu"
        two.write_bytes(files.dfuse((0, [(START, files.noise(1, 300))]), (1, [(0x90000000, files.noise(2, 77))])))
        for number, words in enumerate(([f"{raw}@0x08000000"], [f"{raw}@0x08000000", f"{raw}@0x08020000"], [two])):
            out = pathlib.Path(folder) / f"out{number}.dfu"
            check_code(lab.run(DFUKIT, "convert", *words, "-o", out), 0)
            done = lab.run("fwupdtool", "firmware-parse", out, "dfuse")
            check_code(done, 0)
            check_in("0x8000000", done.out.replace("0x08000000", "0x8000000"))


def find_device():
    done = lab.run("fwupdtool", "get-devices", "--plugins", "dfu", "--json", "--show-all", limit_s=240)
    check_code(done, 0)
    found = json.loads(done.out[done.out.index("{"):])["Devices"]
    ours = [device for device in found if device.get("Plugin") == "dfu"]
    check(len(ours) == 1, done.out)
    return ours[0]


@case
def fwupd_sees_a_board():
    with lab.Board("--board pybv11 --rom V9.1"):
        device = find_device()
    check_in("USB\\VID_0483&PID_DF11", " ".join(device["InstanceIds"]))


@case
def fwupd_reads_a_board_to_its_end():
    """Then it asks for a block behind the last sector, which the ROM refuses, and so it keeps nothing of it."""
    held = files.firmware(START, 2 << 20)
    with tempfile.TemporaryDirectory() as folder, lab.Board("--board nucleo-h743zi", flash=held) as board:
        out = pathlib.Path(folder) / "dump"
        done = lab.run("fwupdtool", "firmware-dump", out, find_device()["DeviceId"], "--plugins", "dfu", limit_s=240)
        board.end()
        check_in("cannot upload data", done.out + done.err)
        check(int(board.stats["bytes_in"]) > 2 << 20, board.stats)


@case
def the_sector_before_is_left_alone():
    """fwupd erases it, by reports; there MicroPython and OpenMV boards have their drive. (Debian's fwupdtool finds no
    device to install to without the daemon, so that only our half can be shown.)"""
    before = random.Random(7).randbytes(1 << 20)
    data = files.noise(3, 0x10000)
    with tempfile.TemporaryDirectory() as folder, lab.Board("--board pybv11 --rom V9.1", flash=before) as board:
        file = pathlib.Path(folder) / "app.dfu"
        file.write_bytes(files.dfuse((0, [(0x08010000, data)])))
        check_code(lab.run(DFUKIT, "dfu-util", "-a", "0", "-D", file), 0)
        board.end()
        lab.check_flash(board, 0x10000, data)
    check(board.flash[:0x10000] == before[:0x10000] and board.flash[0x20000:] == before[0x20000:], "another sector changed")
