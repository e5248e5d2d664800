#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A board that wants signatures, from blank to running: what dfukit and its bootloader refuse, what they start.

seal.py [BOARD ...]    the boards; prints TAP. The bootloader is the ARM code that is shipped"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

BUILD = pathlib.Path(os.environ["DFUKIT_BUILD"])
SOURCE = pathlib.Path(os.environ["DFUKIT_SOURCE"])
FIRMWARE = pathlib.Path(os.environ.get("DFUKIT_FIRMWARE", BUILD / "firmware"))
DFUKIT = BUILD / "cli/dfukit"
KEYS = SOURCE / "tests/keys"
END_S = 60
IDS = {"pybv11-signed": "pybv11", "nucleo-h743zi-signed": "nucleo_h743zi"}
FOURTH = {"pybv11": "0001", "pybv11-signed": "0001", "nucleo-h743zi-signed": "111"}  # the fourth pattern of the LEDs: DFU mode
DEVICE_ERROR, REFUSED, WRONG_DEVICE, BAD_FILE = 7, 6, 16, 5
APP = "0x08020000"


class Desk:
    """A virtual board and the person in front of it."""

    def __init__(self, folder, board):
        self.folder, self.board = folder, board
        self.environment = dict(os.environ, LC_ALL="C", XDG_RUNTIME_DIR=str(folder))
        self.twin = subprocess.Popen([DFUKIT, "twin", "--board", board, "--port", "0"], env=self.environment,
                                     stdout=subprocess.PIPE, stderr=open(folder / "log", "w"), text=True)
        self.bus = re.search(r"usbip://127\.0\.0\.1:\d+", self.twin.stdout.readline())[0]

    def try_to(self, *words):
        """(exit code, everything that was said)"""
        done = subprocess.run([DFUKIT, *map(str, words)], env=self.environment, capture_output=True, text=True,
                              timeout=END_S)
        return done.returncode, done.stdout + done.stderr

    def type(self, *words):
        code, said = self.try_to(*words)
        assert code == 0, f"{words}: {code} {said}"
        return said

    def wait(self, what, seconds=20):
        start = time.monotonic()
        while not what():
            assert time.monotonic() - start < seconds, (self.folder / "log").read_text()
            time.sleep(0.02)

    def listed(self):
        return '"event":"device"' in self.type("list", "--json", "--bus", self.bus).replace(" ", "")

    def info(self):
        lines = self.type("info", "--json", "--bus", self.bus).splitlines()
        return next(entry for entry in map(json.loads, lines) if entry["event"] == "device")["boot"]

    def flash(self, file):
        return self.try_to("flash", file, "--at", APP, "--bus", self.bus) if file.suffix == ".bin" else \
            self.try_to("flash", file, "--bus", self.bus)

    def starts(self):
        return self.type("twin", "log").count("sample application")

    def leds(self):
        return "".join("1" if word == "on" else "0" for word in re.findall(r"LED\d (on|off)", self.type("twin", "leds")))

    def enter(self):
        """DFU mode by the button."""
        self.type("twin", "press", "usr", "down")
        self.type("twin", "reset")
        self.wait(lambda: self.leds() == FOURTH[self.board])
        self.type("twin", "press", "usr", "up")
        self.wait(self.listed)

    def end(self):
        self.twin.send_signal(signal.SIGTERM)
        self.twin.wait(END_S)


class Files:
    """The sample application, sealed in every way."""

    def __init__(self, desk, board):
        self.desk, self.id = desk, IDS[board]
        self.name = board.replace("-", "_")
        self.app = FIRMWARE / self.name / f"dfukit-app-{self.name}.elf"
        self.boot = FIRMWARE / self.name / f"dfukit-boot-{self.name}.dfu"

    def seal(self, name, *words, board=None, key="example"):
        out = self.desk.folder / name
        signed = () if key is None else ("--sign", KEYS / f"{key}.key")
        self.desk.type("image", "seal", self.app, "--board", board or self.id, "-o", out, *signed, *words)
        return out

    def flip(self, file, at):
        data = bytearray(file.read_bytes())
        data[at] ^= 1
        file.write_bytes(data)
        return file


def refusals(desk, files):
    """What dfukit refuses before anything is erased: (name, file, exit code, words)."""
    yield "not sealed", files.app, REFUSED, "is not sealed, and the board starts sealed applications only"
    yield "another board's", files.seal("board.dfu", board="another-board"), WRONG_DEVICE, \
        f"sealed for board another-board, not for {files.id}"
    yield "not signed", files.seal("unsigned.dfu", key=None), REFUSED, "is not signed"
    yield "another key's", files.seal("other.hex", key="other"), REFUSED, "is signed with key 3d4017c3"
    yield "damaged", files.flip(files.seal("damaged.bin"), 300), BAD_FILE, "the seal is damaged"


def play(desk, board):
    """The steps of the story, each with its name."""
    files = Files(desk, board)
    desk.type("flash", files.boot, "--bus", desk.bus)
    desk.type("twin", "boot0", "low")
    desk.type("twin", "reset")
    desk.wait(desk.listed)
    seals = desk.info()["seals"]
    yield "the bootloader says what it asks", (seals["board"], seals["key"], seals["oldest_version"]) == \
        (files.id, "fc51cd8e6218a1a3", "0.0.0")
    for name, file, expected, words in refusals(desk, files):
        code, said = desk.flash(file)
        yield f"{name}: refused with a clear error", code == expected and words in said and "erase" not in said
    forged = files.flip(files.seal("forged.bin"), -1)
    code, said = desk.flash(forged)
    yield "a forged signature: the board refuses it", code == DEVICE_ERROR and "Bad signature" in said
    desk.type("twin", "power-cycle")
    desk.wait(desk.listed)
    yield "it was not started, nor is it after a power cycle", desk.starts() == 0
    code, said = desk.flash(files.seal("good.dfu", "--image-version", "1.2.0"))
    desk.wait(lambda: desk.starts() == 1)
    yield "sealed and signed: it runs", code == 0
    desk.type("twin", "power-cycle")
    desk.wait(lambda: desk.starts() == 2)
    yield "it runs again after a power cycle", True
    desk.enter()
    yield "the board knows its version", desk.info()["seals"]["oldest_version"] == "1.2.0"
    code, said = desk.flash(files.seal("older.dfu", "--image-version", "1.1.9"))
    yield "an older version: refused", code == REFUSED and "1.1.9, the board takes nothing older than 1.2.0" in said
    code, said = desk.flash(files.seal("allowed.dfu", "--image-version", "1.1.9", "--any-version"))
    desk.wait(lambda: desk.starts() == 3)
    yield "one that its maker allows: it runs", code == 0


def main():
    boards = sys.argv[1:] or list(IDS)
    count = failed = 0
    for board in boards:
        with tempfile.TemporaryDirectory() as folder:
            desk = Desk(pathlib.Path(folder), board)
            try:
                for name, good in play(desk, board):
                    count += 1
                    failed += not good
                    print(f"{'ok' if good else 'not ok'} {count} - {board}: {name}", flush=True)
            except AssertionError as error:
                count += 1
                failed += 1
                print(f"not ok {count} - {board}: {str(error)!r}", flush=True)
            finally:
                desk.end()
    print(f"1..{count}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
