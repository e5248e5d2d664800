#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""From a blank board to a running application, by hand: ROM, bootloader, button, application. Prints TAP.

second_story.py [BOARD ...]    the boards; the words that are typed are the README's"""
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
FIRMWARE = pathlib.Path(os.environ.get("DFUKIT_FIRMWARE", BUILD / "firmware"))
DFUKIT = BUILD / "cli/dfukit"
END_S = 60
STEP_S = 0.64  # of the button's menu
LAYOUTS = {
    "pybv11": "@Internal Flash  /0x08000000/01*016Ka/0x08020000/07*128Kg",
    "nucleo-h743zi": "@Internal Flash  /0x08000000/01*128Ka,11*128Kg",
    "openmv4p": "@Internal Flash  /0x08000000/01*128Ka/0x08040000/14*128Kg",
}
FOURTH = {"pybv11": "0001", "nucleo-h743zi": "111"}  # the fourth pattern of the LEDs; openmv4p has no button: blank, it comes up in DFU mode by itself


class Desk:
    """A virtual board and the person in front of it."""

    def __init__(self, folder, board):
        self.folder = folder
        self.environment = dict(os.environ, LC_ALL="C", XDG_RUNTIME_DIR=str(folder))
        self.twin = subprocess.Popen([DFUKIT, "twin", "--board", board, "--port", "0"], env=self.environment,
                                     stdout=subprocess.PIPE, stderr=open(folder / "log", "w"), text=True)
        self.bus = re.search(r"usbip://127\.0\.0\.1:\d+", self.twin.stdout.readline())[0]

    def type(self, *words):
        done = subprocess.run([DFUKIT, *map(str, words)], env=self.environment, capture_output=True, text=True,
                              timeout=END_S)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def device(self):
        listed = [json.loads(line) for line in self.type("list", "--json", "--bus", self.bus).splitlines()]
        devices = [entry for entry in listed if entry["event"] == "device"]
        return devices[0] if devices else None

    def wait(self, what, seconds=10):
        """Until what() is true; gives the seconds that took."""
        start = time.monotonic()
        while not what():
            assert time.monotonic() - start < seconds, (self.folder / "log").read_text()
            time.sleep(0.02)
        return time.monotonic() - start

    def leds(self):
        return "".join("1" if word == "on" else "0" for word in re.findall(r"LED\d (on|off)", self.type("twin", "leds")))

    def end(self):
        self.twin.send_signal(signal.SIGTERM)
        self.twin.wait(END_S)


def file_of(board, kind):
    name = board.replace("-", "_")
    return FIRMWARE / name / f"dfukit-{kind}-{name}.dfu"


def play(desk, board):
    """The steps of the story, each with its name."""
    yield "a blank board shows its ROM", int(desk.device()["bcd_device"], 16) < 0x4000
    desk.type("flash", file_of(board, "boot"), "--bus", desk.bus)
    desk.type("twin", "boot0", "low")
    if board in FOURTH:
        desk.type("twin", "press", "usr", "down")
        desk.type("twin", "reset")
        desk.wait(lambda: desk.leds() == FOURTH[board])
        yield "the button, held, comes to the fourth pattern", True
        desk.type("twin", "press", "usr", "up")
    else:
        desk.type("twin", "reset")
    desk.wait(lambda: desk.device() is not None)
    device = desk.device()
    yield "the bootloader shows its layout", device["alternates"][0]["text"] == LAYOUTS[board]
    desk.type("flash", file_of(board, "app"), "--bus", desk.bus)
    took = desk.wait(lambda: "sample application" in desk.type("twin", "log"))
    print(f"# {board}: first line of the application {1000 * took:.0f} ms after dfukit ended")
    yield "the application says that it runs", "reset mode  0x00000001" in desk.type("twin", "log")
    before = desk.leds()
    desk.wait(lambda: desk.leds() != before)
    yield "its LED toggles", True
    lines = desk.type("twin", "log").count("sample application")
    desk.type("twin", "power-cycle")
    desk.wait(lambda: desk.type("twin", "log").count("sample application") > lines)
    yield "it runs again after a power cycle", True


def main():
    boards = sys.argv[1:] or list(LAYOUTS)
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
