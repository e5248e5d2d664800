# SPDX-License-Identifier: MIT
"""dfukit over libusb and the kernel: what dfu-util cannot do, unplugging, several boards, waiting."""
import json
import pathlib
import random
import signal
import subprocess
import tempfile

import files
import lab
from lab import DFU_UTIL, DFUKIT, check, check_code, check_flash, check_in

START, BANK2 = 0x08000000, 0x08100000
MIB = 1 << 20
CASES = []
F405 = "--board pybv11 --rom V3.1"
PARTS = ((START, files.firmware(START, 24000)), (START + 0x20000, files.noise(2, 9000)))
POINTS = 10
POLLS_UNTIL_STOPPED = 15


def case(function):
    CASES.append(function)
    return function


def used(length):
    """The flash of a board that ran something else before."""
    return random.Random(9).randbytes(length)


def write(folder, name, data):
    path = pathlib.Path(folder) / name
    path.write_bytes(data)
    return path


def both_banks():
    return files.firmware(START, 20000), files.noise(3, 20000)


def stop_after_polls(words, count):
    """Starts a program, counts its "Poll timeout" lines, and stops it as a person does."""
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    polls, before = 0, ""
    for line in process.stdout:
        polls = polls + 1 if "Poll timeout 1000 ms" in line and "Poll timeout 1000 ms" in before else 0
        before = line
        if polls == count:
            process.send_signal(signal.SIGINT)
    process.wait(timeout=lab.LIMIT_S)
    return polls, process.returncode


@case
def the_rom_that_holds_dfu_util_for_ever_is_flashed_by_dfukit():
    low, high = both_banks()
    with tempfile.TemporaryDirectory() as folder:
        file = write(folder, "openmv.dfu", files.dfuse((0, [(START, low), (BANK2, high)])))
        with lab.Board("--board openmv4p --rom V9.0", flash=used(2 * MIB)) as board:
            polls, code = stop_after_polls([DFU_UTIL, "-w", "-d", ",", "-a", "0", "-s", ":leave", "-D", file, "-v", "-v"],
                                           POLLS_UNTIL_STOPPED)
        check(polls == POLLS_UNTIL_STOPPED and code != 0, f"dfu-util polled {polls} times in a row, exit {code}")
        with lab.Board("--board openmv4p --rom V9.0", flash=used(2 * MIB)) as board:
            done = lab.run(DFUKIT, "flash", file)
            check_code(done, 0)
            check_in("h743-bank2-erase-wedge", done.out + done.err)
            board.end()
            check_flash(board, 0, low)
            check_flash(board, MIB, high)
            kept = used(2 * MIB)
            check_flash(board, 0x20000, kept[0x20000:0x40000])


@case
def a_rom_that_dfu_util_left_hanging_is_helped_out():
    low, high = both_banks()
    with tempfile.TemporaryDirectory() as folder:
        file = write(folder, "openmv.dfu", files.dfuse((0, [(START, low), (BANK2, high)])))
        with lab.Board("--board openmv4p --rom V9.0", flash=used(2 * MIB)) as board:
            stop_after_polls([DFU_UTIL, "-a", "0", "-D", file, "-v", "-v"], 3)
            check_code(lab.run(DFUKIT, "flash", file), 0)
            board.end()
            check_flash(board, MIB, high)


def flash_interrupted(file, board, lines):
    """Starts a flash and pulls the plug after so many lines of --json; gives exit code and the lines."""
    process = subprocess.Popen([DFUKIT, "flash", file, "--json"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = []
    for line in process.stdout:
        said.append(line)
        if len(said) == lines:
            board.unplug()
    process.wait(timeout=lab.LIMIT_S)
    return process.returncode, said


def count_lines(file):
    with lab.Board(F405, flash=used(MIB), speed="2") as board:
        code, said = flash_interrupted(file, board, None)
        check(code == 0, *said[-3:])
        phases = [number for number, line in enumerate(said, 1) if '"event":"phase"' in line and '"leave"' not in line]
    return phases[0], phases[-1]


@case
def unplugged_at_ten_points_and_flashed_again():
    with tempfile.TemporaryDirectory() as folder:
        file = write(folder, "app.dfu", files.dfuse((0, list(PARTS))))
        first, last = count_lines(file)
        for point in range(POINTS):
            lines = first + (last - first) * point // POINTS
            with lab.Board(F405, flash=used(MIB), speed="2") as board:
                code, said = flash_interrupted(file, board, lines)
                about = f"point {point}, after line {lines}"
                check(code == 8, f"{about}: exit {code}", *said[-3:])
                check(json.loads(said[-1])["code"] == "device-lost", about, said[-1])
                if point % 2 == 0:
                    board.plug()
                    done = lab.run(DFUKIT, "flash", file)
                else:
                    done = run_and_plug_later(board, DFUKIT, "flash", file, "--wait=60")
                check(done.code == 0, about, done.out[-800:], done.err[-800:])
                board.end()
                for addr, data in PARTS:
                    check_flash(board, addr - START, data)


def run_and_plug_later(board, *words):
    """Starts a program while the board is out, and plugs it in when the program says that it waits."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(words, stdout=said, stderr=subprocess.STDOUT)

        def waits():
            said.seek(0)
            return b"wait" in said.read() or process.poll() is not None
        lab.wait_for("the program to wait", waits)
        check(process.poll() is None, "the program ended before the board was there")
        board.plug()
        process.wait(timeout=lab.LIMIT_S)
        said.seek(0)
        done = lab.Done()
        done.code, done.out, done.err = process.returncode, said.read().decode(), ""
    return done


@case
def without_wait_a_board_that_is_not_there_is_an_error():
    with lab.Board(F405, plugged=False):
        check_code(lab.run(DFUKIT, "info"), 3)


@case
def wait_notices_a_board_that_is_plugged_in():
    with lab.Board(F405, plugged=False) as board:
        done = run_and_plug_later(board, DFUKIT, "info", "--wait=60")
        check_code(done, 0)
        check_in("STM32F405", done.out)


@case
def four_boards_are_listed_and_told_apart():
    with lab.Board(F405 + " --fault serial:SAME") as one, lab.Board("--board pybv11 --rom V9.1 --fault serial:SAME") as two, \
            lab.Board("--board nucleo-h743zi") as three, lab.Board("--board plain-dfu11") as four:
        done = lab.run(DFUKIT, "list", "--json")
        check_code(done, 0)
        found = [json.loads(line) for line in done.out.splitlines()]
        devices = {entry["path"]: entry for entry in found if entry.get("event") == "device"}
        check(set(devices) == {one.path, two.path, three.path, four.path}, done.out)
        check([devices[board.path]["serial"] for board in (one, two)] == ["SAME", "SAME"], done.out)
        check_code(lab.run(DFUKIT, "info", "-S", "SAME"), 4)
        check_code(lab.run(DFUKIT, "info", "-S", "SAME", "-p", two.path), 0)
        check_code(lab.run(DFUKIT, "info", "-p", three.path), 0)
        check_code(lab.run(DFUKIT, "info"), 4)


@case
def the_application_starts_and_the_board_is_gone():
    with tempfile.TemporaryDirectory() as folder, lab.Board(F405) as board:
        file = write(folder, "app.dfu", files.dfuse((0, list(PARTS))))
        done = lab.run(DFUKIT, "flash", file)
        check_code(done, 0)
        lab.wait_for("the board to leave", lambda: not board.cable.node.exists())
        board.end()
        check(board.stats.get("application") == "0x08000000", board.stats)


@case
def an_application_is_detached_and_flashed():
    data = files.noise(5, 5000)
    with tempfile.TemporaryDirectory() as folder, lab.Board("--board runtime-detaches") as board:
        file = write(folder, "app.bin", data)
        done = lab.run(DFUKIT, "flash", file)
        check_code(done, 0)
        board.end()
        check_flash(board, 0, data)


@case
def read_verify_and_erase_over_the_kernel():
    held = used(MIB)
    with tempfile.TemporaryDirectory() as folder, lab.Board(F405, flash=held) as board:
        out = pathlib.Path(folder) / "out.bin"
        check_code(lab.run(DFUKIT, "read", f"0x{START:08x}+70000", "-o", out), 0)
        check(out.read_bytes() == held[:70000], "what was read is not what the board holds")
        check_code(lab.run(DFUKIT, "verify", out, "--at", hex(START)), 0)
        check_code(lab.run(DFUKIT, "erase", "0x08004000+0x4000"), 0)
        check_code(lab.run(DFUKIT, "verify", out, "--at", hex(START)), 9)
        board.end()
        check_flash(board, 0x4000, b"\xff" * 0x4000)
        check_flash(board, 0x8000, held[0x8000:0x10000])


@case
def a_trace_of_the_kernels_bus_is_written():
    with tempfile.TemporaryDirectory() as folder, lab.Board(F405):
        trace = pathlib.Path(folder) / "t.pcapng"
        check_code(lab.run(DFUKIT, "info", "--trace", trace), 0)
        check(trace.stat().st_size > 1000, f"{trace.stat().st_size} bytes")


@case
def debians_usbip_attaches_a_board():
    with lab.Board(F405, plugged=False) as board:
        tcp_port = str(board.cable.tcp_port)
        listed = lab.run("usbip", "--tcp-port", tcp_port, "list", "-r", "127.0.0.1")
        check_in("1-1: ", listed.out)
        check_code(lab.run("usbip", "--tcp-port", tcp_port, "attach", "-r", "127.0.0.1", "-b", "1-1"), 0)
        lab.wait_for("the device", lambda: (board.cable.node / "bConfigurationValue").exists())
        lab.settle()
        check_in("0483:df11", lab.run("usbip", "port").out)
        check_code(lab.run(DFUKIT, "info"), 0)
        check_code(lab.run("usbip", "detach", "-p", str(board.cable.port)), 0)
        lab.wait_for("the device to go", lambda: not board.cable.node.exists())
