#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A board with the bootloader in its flash, handled by `dfukit twin` as by hand: buttons, BOOT0, cable. Prints TAP."""
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import time

BUILD = pathlib.Path(os.environ["DFUKIT_BUILD"])
DFUKIT = BUILD / "cli/dfukit"
TWIN = BUILD / "twin/app/dfukit-twin"
END_S = 30
APPLICATION = 0x08020000


class Board:
    """A running dfukit-twin whose usual socket lies in folder, and the commands that are given to it."""

    def __init__(self, folder, *words):
        self.folder = folder
        self.process = subprocess.Popen([DFUKIT, "twin", *map(str, words), "--port", "0"], env=self.environment(),
                                        stdout=subprocess.PIPE, stderr=open(folder / "log", "w"), text=True)
        line = self.process.stdout.readline()
        found = re.search(r"usbip://127\.0\.0\.1:\d+", line)
        assert found, f"not ready: {line} {self.log()}"
        self.bus = found[0]

    def environment(self):
        return dict(os.environ, LC_ALL="C", XDG_RUNTIME_DIR=str(self.folder))

    def log(self):
        return (self.folder / "log").read_text()

    def socket(self):
        found, = self.folder.glob("dfukit-twin-*.sock")
        return found

    def run(self, *words):
        return subprocess.run([DFUKIT, *map(str, words)], env=self.environment(), cwd=self.folder,
                              capture_output=True, text=True, timeout=END_S)

    def do(self, *words):
        """A command to the board that succeeds; gives what it printed."""
        done = self.run("twin", *words)
        assert done.returncode == 0 and not done.stderr, done
        return done.stdout

    def listed(self):
        done = self.run("list", "--json", "--bus", self.bus)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def product(self):
        """What is on the bus, by its product string; None: nothing."""
        devices = [device for device in self.listed() if device["event"] == "device"]
        return devices[0]["product_text"] if devices else None

    def wait_for(self, wanted):
        until = time.monotonic() + END_S
        while (product := self.product()) != wanted:
            assert time.monotonic() < until, f"{product} instead of {wanted}: {self.log()}"
            time.sleep(0.05)

    def wait_for_log(self, wanted, count=1):
        until = time.monotonic() + END_S
        while self.log().count(wanted) < count:
            assert time.monotonic() < until, f"not {count} times {wanted!r}: {self.log()}"
            time.sleep(0.02)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(END_S)
        assert self.process.returncode == 0, self.log()


@contextlib.contextmanager
def board(folder, *words):
    made = Board(folder, *words)
    try:
        yield made
        made.end()
    finally:
        made.process.kill()
        made.process.communicate()


PYBOARD = ("--board", "pybv11", "--program", "native", "--boot0", "low")
OURS, ROM = "PYBv1.1 dfukit-boot", "STM32  BOOTLOADER"


def ask(path, data):
    """What the socket answers to bytes, to the end."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(END_S)
        line.connect(str(path))
        line.sendall(data)
        line.shutdown(socket.SHUT_WR)
        answer = b""
        while part := line.recv(65536):
            answer += part
    return answer.decode()


def flash_application(here):
    firmware = here.folder / "application.bin"
    firmware.write_bytes(struct.pack("<II", 0x20010000, APPLICATION + 0x401) + bytes(range(256)) * 64)
    done = here.run("flash", firmware, "--at", hex(APPLICATION), "--bus", here.bus)
    assert done.returncode == 0, done
    here.wait_for_log(f"application at 0x{APPLICATION:08X} started")


def a_blank_board_is_in_dfu_mode(folder):
    with board(folder, *PYBOARD) as here:
        here.wait_for(OURS)


def button_and_reset_lead_from_the_application_back_to_dfu(folder):
    with board(folder, *PYBOARD) as here:
        flash_application(here)
        assert here.product() is None
        here.do("reset")
        here.wait_for_log("application at 0x08020000 started", 2)
        press = subprocess.Popen([DFUKIT, "twin", "press", "usr", "2.2s"], env=here.environment())
        here.wait_for_log("user button pressed for 2.200 s")
        here.do("reset")
        assert press.poll() is None
        assert press.wait(END_S) == 0
        here.wait_for(OURS)
        here.do("reset")
        here.wait_for_log("application at 0x08020000 started", 3)


def boot0_counts_at_the_next_reset(folder):
    with board(folder, *PYBOARD) as here:
        here.wait_for(OURS)
        here.do("boot0", "high")
        assert here.product() == OURS
        here.do("press", "reset")
        here.wait_for(ROM)
        here.do("boot0", "low")
        here.do("power-cycle")
        here.wait_for(OURS)


def the_cable_takes_the_power_along(folder):
    with board(folder, *PYBOARD) as here:
        here.wait_for(OURS)
        here.do("unplug")
        here.wait_for(None)
        refused = here.run("twin", "reset")
        assert refused.returncode == 2 and "1-1 pybv11 is without power" in refused.stderr, refused
        here.do("plug")
        here.wait_for(OURS)


def a_power_cycle_is_told_with_boot0(folder):
    with board(folder, *PYBOARD) as here:
        here.do("power-cycle")
        assert "power on, BOOT0 low" in here.log()


def leds_are_those_of_the_bootloader(folder):
    with board(folder, *PYBOARD) as here:
        here.wait_for(OURS)
        assert re.fullmatch(r"1-1 pybv11(  LED[1-4] (on|off)){4}\n", here.do("leds")), here.do("leds")
        said = json.loads(here.do("leds", "--json"))
        assert (said["event"], said["path"], said["board"], len(said["leds"])) == ("leds", "1-1", "pybv11", 4), said
        here.do("unplug")
        assert " on" not in here.do("leds")


def a_press_takes_the_boards_own_time(folder):
    with board(folder, *PYBOARD, "--speed", "4") as here:
        started = time.monotonic()
        here.do("press", "usr", "4s")
        assert 0.9 < time.monotonic() - started < 3.5


def who_hangs_up_lets_the_button_go(folder):
    with board(folder, *PYBOARD) as here:
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(here.socket()))
            line.sendall(b"press usr 1000s\n")
            here.wait_for_log("user button pressed for")
        started = time.monotonic()
        here.do("press", "usr", "50ms")
        assert time.monotonic() - started < END_S / 2


def the_log_ends_at_once_and_follows_until_the_twin_ends(folder):
    with board(folder, *PYBOARD) as here:
        assert here.do("log") == ""
        following = subprocess.Popen([DFUKIT, "twin", "log", "--follow"], env=here.environment())
        time.sleep(0.5)
        assert following.poll() is None
        here.end()
        assert following.wait(END_S) == 0


def one_of_several_boards_has_to_be_named(folder):
    with board(folder, *PYBOARD, "--board", "nucleo-h743zi") as here:
        refused = here.run("twin", "reset")
        assert refused.returncode == 2 and "2 boards: choose one with --board 1-1 to 1-2" in refused.stderr, refused
        here.do("reset", "--board", "2")
        here.do("--board=1-1", "press", "usr", "down")
        here.do("press", "usr", "up", "-b", "1-1")
        assert here.log().count("nucleo-h743zi, ") and "reset button pressed, BOOT0 high" in here.log()
        assert len(here.do("leds").splitlines()) == 2
        assert len(here.do("leds", "--board", "1-2").splitlines()) == 1


def one_of_several_twins_has_to_be_named(folder):
    with board(folder, *PYBOARD) as here:
        other = Board(folder, *PYBOARD, "--control", folder / "other.sock", "--quiet")
        extra = Board(folder, "--board", "openmv4p")
        try:
            refused = here.run("twin", "leds")
            assert refused.returncode == 4 and "more than one twin runs" in refused.stderr, refused
            assert here.do("leds", "--control", "other.sock").startswith("1-1 pybv11")
        finally:
            extra.end()
            other.end()
        assert here.do("leds").startswith("1-1 pybv11")


def the_socket_is_its_owners_and_goes_with_the_twin(folder):
    with board(folder, *PYBOARD) as here:
        path = here.socket()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        here.end()
        assert not path.exists()
    refused = here.run("twin", "leds")
    assert refused.returncode == 22 and "no virtual board runs" in refused.stderr, refused


def a_socket_left_behind_is_replaced_and_one_in_use_is_not(folder):
    path = folder / "c.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with board(folder, *PYBOARD, "--control", path) as here:
        assert ask(path, b"leds\n").endswith("ok\n")
        second = subprocess.run([TWIN, *PYBOARD, "--port", "0", "--control", path], capture_output=True, text=True,
                                timeout=END_S)
        assert second.returncode == 15 and "another twin listens there" in second.stderr, second
        assert here.do("leds", "--control", path)
    path.write_text("precious")
    third = subprocess.run([TWIN, *PYBOARD, "--port", "0", "--control", path], capture_output=True, text=True,
                           timeout=END_S)
    assert third.returncode == 15 and path.read_text() == "precious", third


def none_means_no_socket(folder):
    with board(folder, *PYBOARD, "--control", "none") as here:
        assert not list(folder.glob("*.sock"))
        assert here.run("twin", "leds").returncode == 22


def nonsense_is_answered_and_stops_nothing(folder):
    with board(folder, *PYBOARD) as here:
        path = here.socket()
        for said, answer in ((b"dance\n", "error: there is no command 'dance'"),
                             (b"press usr soon\n", "error: press usr soon: wanted a time"),
                             (b"press reset now\n", "error: press: wanted"),
                             (b"boot0\n", "error: boot0: wanted high or low"),
                             (b"reset --board 0\n", "error: --board 0: wanted"),
                             (b"reset --board 2\n", "error: there is no board 1-2: the last is 1-1"),
                             (b"reset now\n", "error: reset: wanted nothing behind it"),
                             (b"\xff\x00\n", "error: a command is printable ASCII"),
                             (b"x" * 5000 + b"\nlog\n", "error: a command has at most 255 bytes\nok\n"),
                             (b"\n", "error: there is no command ''"),
                             (b"log", "ok\n")):
            got = ask(path, said)
            assert got.startswith(answer), (said, got)
        assert ask(path, b"leds\n" * 40).count("ok\n") == 40
        lines = [socket.socket(socket.AF_UNIX) for _ in range(17)]
        for line in lines:
            line.connect(str(path))  # the last one waits for a place
        lines[16].sendall(b"log\n")
        for line in lines[:16]:
            line.close()
        lines[16].settimeout(END_S)
        assert lines[16].recv(10) == b"ok\n"
        for line in lines:
            line.close()
        assert here.product() == OURS


def senseless_options_are_refused(_):
    for words, what in ((("--program", "native", "--board", "pybv11"), "--program comes after the --board"),
                        (("--board", "f767", "--program", "native"), "there is no bootloader for f767"),
                        (("--board", "pybv11", "--program", "forth"), "--program forth: wanted arm, native or none"),
                        (("--board", "pybv11", "--boot0", "up"), "--boot0 up: wanted high or low"),
                        (("--board", "pybv11", "--control", "x" * 200), "longer than 107 bytes")):
        done = subprocess.run([TWIN, "--port", "0", *words], capture_output=True, text=True, timeout=END_S)
        assert done.returncode in (2, 15) and what in done.stderr, done


TESTS = (a_blank_board_is_in_dfu_mode, button_and_reset_lead_from_the_application_back_to_dfu,
         boot0_counts_at_the_next_reset, the_cable_takes_the_power_along, a_power_cycle_is_told_with_boot0,
         leds_are_those_of_the_bootloader, a_press_takes_the_boards_own_time, who_hangs_up_lets_the_button_go,
         the_log_ends_at_once_and_follows_until_the_twin_ends, one_of_several_boards_has_to_be_named,
         one_of_several_twins_has_to_be_named, the_socket_is_its_owners_and_goes_with_the_twin,
         a_socket_left_behind_is_replaced_and_one_in_use_is_not, none_means_no_socket,
         nonsense_is_answered_and_stops_nothing, senseless_options_are_refused)


def main():
    chosen = [test for test in TESTS if not sys.argv[1:] or test.__name__.startswith(tuple(sys.argv[1:]))]
    print(f"1..{len(chosen)}")
    failed = 0
    for number, test in enumerate(chosen, 1):
        with tempfile.TemporaryDirectory() as folder:
            try:
                test(pathlib.Path(folder))
                print(f"ok {number} - {test.__name__}", flush=True)
            except Exception as why:  # a test that breaks is a test that fails
                failed += 1
                print(f"not ok {number} - {test.__name__}", flush=True)
                print("# " + f"{type(why).__name__}: {why}".replace("\n", "\n# "), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
