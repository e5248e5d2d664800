#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The program dfukit-twin from outside: options, USB/IP for strangers, flash that survives, time. Prints TAP."""
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
import usbip_client as usbip  # noqa: E402

PROGRAM = pathlib.Path(os.environ["DFUKIT_BUILD"]) / "twin/app/dfukit-twin"
END_S = 20
F405_SECTOR_1 = 0x08004000
VECTORS = struct.pack("<II", 0x20020000, 0x08000401) + bytes(range(248))


class Twin:
    """A running dfukit-twin on a free port."""

    def __init__(self, *words):
        self.process = subprocess.Popen([PROGRAM, "--port", "0", *map(str, words)], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.lines = []
        wanted = max(1, sum(word.count(",") + 1 for word, before in zip(map(str, words), ("", *words))
                            if before == "--board"))
        for _ in range(wanted):
            self.lines.append(self.process.stdout.readline())
        found = re.search(r"usbip://127\.0\.0\.1:(\d+)/1-1", self.lines[0])
        assert found, f"not ready: {self.lines} {self.process.stderr.read()}"
        self.port = int(found.group(1))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def end(self, number=signal.SIGTERM):
        """Sends a signal (None: waits only); gives what the program logged."""
        if number is not None:
            self.process.send_signal(number)
        _, log = self.process.communicate(timeout=END_S)
        assert self.process.returncode == 0, f"exit code {self.process.returncode}: {log}"
        return log


def run(*words):
    return subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=END_S)


def figures(path):
    """The lines of --stats as dictionaries."""
    return [dict(re.findall(r"(\w+)=(\S+)", line)) for line in path.read_text().splitlines()]


def help_has_every_option_and_examples(_):
    out = run("--help").stdout
    for word in ("--board", "--rom", "--flash", "--fault", "--speed", "--port", "--once", "examples:"):
        assert word in out, word


def version_and_boards_are_told(_):
    assert re.fullmatch(r"dfukit-twin \d+\.\d+\.\d+\n", run("--version").stdout)
    boards = run("--list-boards").stdout.split()
    assert {"pybv11", "nucleo-h743zi", "openmv4p"} <= set(boards), boards


def senseless_command_lines_are_refused(_):
    for words, what in (
            ([], "no board: wanted --board NAME, see --list-boards"),
            (["--bored"], "dfukit-twin has no option '--bored'"),
            (["--board"], "--board wants NAME[,NAME...]"),
            (["--rom", "V9.0"], "--rom comes after the --board that it is about"),
            (["--board", "pybv11", "--speed", "fast"], "--speed fast: wanted a number from 0 to 1000000"),
            (["--board", "pybv11", "--port", "65536"], "--port 65536: wanted 0 to 65535"),
            (["--board", "pybv11,pybv11", "--flash", "x"], "--flash x would be the flash of 2 boards: give each "
                                                           "its own --board and --flash"),
            (["--board", "pybv11", "--flash", "x", "--board", "pybv11", "--flash", "x"],
             "--flash x is given for two boards")):
        done = run(*words)
        assert done.returncode == 2, (words, done)
        assert done.stderr.splitlines()[0] == f"dfukit-twin: {what}", done.stderr


def unknown_boards_and_roms_are_refused(_):
    for words in (["--board", "toaster"], ["--board", "pybv11", "--rom", "V0.0"],
                  ["--board", "pybv11", "--fault", "gremlins"]):
        done = run("--port", "0", *words)
        assert done.returncode == 2 and words[-1] in done.stderr, (words, done)


def a_taken_port_is_told(_):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("--board", "pybv11", "--port", str(port))
    assert done.returncode == 22, done
    assert f"cannot listen on 127.0.0.1 port {port}" in done.stderr, done.stderr


def a_stranger_lists_the_boards(_):
    program = shutil.which("usbip", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    with Twin("--board", "pybv11,openmv4p", "--speed", "0") as twin:
        out = subprocess.run([program, "--tcp-port", str(twin.port), "list", "-r", "127.0.0.1"],
                             capture_output=True, text=True, timeout=END_S).stdout
        twin.end()
    for busid in ("1-1", "1-2"):
        assert re.search(rf"^\s+{busid}: .*\(0483:df11\)", out, re.M), out
    assert out.count("(fe/01/02)") == 2, out


def the_list_tells_what_the_descriptors_say(_):
    with Twin("--board", "pybv11", "--rom", "V3.1", "--speed", "0") as twin:
        one, = usbip.listing(twin.port)
        twin.end()
    assert (one["busid"], one["vendor"], one["product"], one["bcd"]) == ("1-1", 0x0483, 0xDF11, 0x2200), one
    assert (one["speed"], one["configurations"], one["classes"]) == (2, 1, [(0xFE, 1, 2)]), one


def a_client_enumerates_the_board(_):
    with Twin("--board", "pybv11", "--rom", "V3.1", "--speed", "0") as twin:
        device = usbip.Device(twin.port)
        found = device.descriptor(1, length=18)
        assert found[8:12] == bytes([0x83, 0x04, 0x11, 0xDF]), found
        assert device.string(found[15]) == "STM32  BOOTLOADER"
        alternates = device.alternates()
        assert alternates[0] == "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg", alternates
        assert len(alternates) == 4
        device.close()
        twin.end()


def a_board_has_one_client_at_a_time(_):
    with Twin("--board", "pybv11", "--board", "openmv4p", "--speed", "0") as twin:
        first, other = usbip.Device(twin.port), usbip.Device(twin.port, "1-2")
        try:
            usbip.Device(twin.port)
            raise AssertionError("the second import was not refused")
        except usbip.Gone as refused:
            assert "status 1" in str(refused)
        assert len(usbip.listing(twin.port)) == 2
        first.close()
        other.close()
        time.sleep(0.2)
        usbip.Device(twin.port).close()
        log = twin.end()
    assert "a client was refused" in log, log


def flash_survives_a_restart(folder):
    flash = folder / "board.flash"
    with Twin("--board", "pybv11", "--speed", "0", "--flash", flash) as twin:
        device = usbip.Device(twin.port)
        assert device.erase(F405_SECTOR_1) == (0, 5)
        assert device.point(F405_SECTOR_1) == (0, 5)
        assert device.download(2, VECTORS) == (0, 5)
        device.close()
        twin.end()
    assert flash.read_bytes()[0x4000:0x4100] == VECTORS
    with Twin("--board", "pybv11", "--speed", "0", "--flash", flash) as twin:
        device = usbip.Device(twin.port)
        assert device.upload(F405_SECTOR_1, 256) == VECTORS
        device.close()
        twin.end(signal.SIGINT)


def leave_starts_the_application_and_once_ends_the_program(folder):
    stats = folder / "stats"
    with Twin("--board", "pybv11", "--speed", "0", "--once", "--stats", stats) as twin:
        device = usbip.Device(twin.port)
        device.erase(0x08000000)
        device.point(0x08000000)
        device.download(2, VECTORS)
        device.leave(0x08000000)
        log = twin.end(None)
    assert "application at 0x08000000 started" in log, log
    line, = figures(stats)
    assert line["board"] == "pybv11" and line["erases"] == "1", line
    assert line["application"] == "0x08000000", line


def once_ends_for_a_board_that_is_stuck_too(_):
    with Twin("--board", "openmv4p", "--rom", "V9.0", "--speed", "0", "--once") as twin:
        device = usbip.Device(twin.port)
        device.erase(0x08000000)
        device.point(0x08000000)
        device.download(2, struct.pack("<I", 0x2001FF00) + VECTORS[4:])
        device.leave(0x08000000)
        log = twin.end(None)
    assert "stays off the bus, and no application was started" in log, log


def a_reset_button_brings_the_board_back(_):
    with Twin("--board", "pybv11", "--speed", "0") as twin:
        device = usbip.Device(twin.port)
        device.erase(0x08000000)
        device.point(0x08000000)
        device.download(2, VECTORS)
        device.leave(0x08000000)
        assert not usbip.listing(twin.port)
        twin.process.send_signal(signal.SIGUSR1)
        until = time.monotonic() + END_S
        while not usbip.listing(twin.port) and time.monotonic() < until:
            time.sleep(0.02)
        device = usbip.Device(twin.port)
        assert device.upload(0x08000000, 256) == VECTORS
        device.close()
        assert "reset button pressed" in twin.end()


def paced_transfers_take_at_least_their_wire_time(folder):
    stats = folder / "stats"
    with Twin("--board", "pybv11", "--speed", "0.1", "--stats", stats) as twin:
        device = usbip.Device(twin.port)
        started = time.monotonic()
        for _ in range(200):
            device.status()
        seconds = time.monotonic() - started
        device.close()
        twin.end()
    wire = 10 * int(figures(stats)[0]["usb_ns"]) / 1e9
    assert wire * 0.9 < seconds < wire * 5 + 2, (wire, seconds)


def a_real_time_erase_takes_its_time_and_a_free_one_does_not(folder):
    seconds = {}
    for speed in ("1", "0"):
        stats = folder / f"stats{speed}"
        with Twin("--board", "pybv11", "--speed", speed, "--stats", stats) as twin:
            device = usbip.Device(twin.port)
            device.download(0, struct.pack("<BI", 0x41, 0x08000000))
            device.point(0x08000000)
            device.download(2, VECTORS)
            started = time.monotonic()
            assert device.erase(0x08000000) == (0, 5)
            seconds[speed] = time.monotonic() - started
            device.close()
            twin.end()
        erase = int(figures(stats)[0]["erase_ns"]) / 1e9 / int(figures(stats)[0]["erases"])
    assert seconds["1"] > 0.4 * erase, (seconds, erase)
    assert seconds["0"] < 0.5 * seconds["1"], (seconds, erase)


def nonsense_does_not_stop_the_server(_):
    with Twin("--board", "pybv11", "--speed", "0") as twin:
        for noise in (b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 4096, bytes(4096)):
            with usbip.dial(twin.port) as line:
                line.sendall(noise)
        assert len(usbip.listing(twin.port)) == 1
        twin.end()


def the_ready_file_holds_the_address(folder):
    ready = folder / "ready"
    with Twin("--board", "pybv11", "--rom", "V3.1", "--speed", "0", "--ready-file", ready) as twin:
        assert ready.read_text() == twin.lines[0]
        assert twin.lines[0] == f"dfukit-twin: pybv11 (ROM V3.1) at usbip://127.0.0.1:{twin.port}/1-1\n"
        twin.end()


TESTS = (help_has_every_option_and_examples, version_and_boards_are_told, senseless_command_lines_are_refused,
         unknown_boards_and_roms_are_refused, a_taken_port_is_told, a_stranger_lists_the_boards,
         the_list_tells_what_the_descriptors_say, a_client_enumerates_the_board,
         a_board_has_one_client_at_a_time, flash_survives_a_restart,
         leave_starts_the_application_and_once_ends_the_program, once_ends_for_a_board_that_is_stuck_too,
         a_reset_button_brings_the_board_back, paced_transfers_take_at_least_their_wire_time,
         a_real_time_erase_takes_its_time_and_a_free_one_does_not, nonsense_does_not_stop_the_server,
         the_ready_file_holds_the_address)


def main():
    print(f"1..{len(TESTS)}")
    failed = 0
    for number, test in enumerate(TESTS, 1):
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
