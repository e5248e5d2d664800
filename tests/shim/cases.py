#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Unmodified programs against virtual boards, over our own libusb-1.0.so.0, in virtual time: TAP."""
import json
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile

import shim
from shim import DFUKIT, physics, seconds, shim_run

HERE = pathlib.Path(__file__).resolve().parent
KIB, MIB = 1024, 1024 * 1024
BASE = 0x08000000
F405, H743 = "--board pybv11 --rom V3.1", "--board nucleo-h743zi --rom V9.2"
WEDGING = "--board openmv4p --rom V9.0"
EX_IO = 74  # dfu-util's exit code for most failures
CASES = []


def case(function):
    CASES.append(function)
    return function


def say(text):
    print(f"# {text}")


def firmware(length, seed):
    """Bytes that begin with a vector table which a ROM accepts."""
    return (0x20000400).to_bytes(4, "little") + (BASE + 0x101).to_bytes(4, "little") + random.Random(seed).randbytes(length - 8)


def write(path, data):
    path.write_bytes(data)
    return path


def used(path, length):
    """The flash of a board that ran something else before: every sector has to be erased."""
    return write(path, random.Random(99).randbytes(length))


def check(found, wanted, what):
    assert found == wanted, f"{what}: {found!r}, wanted {wanted!r}"


def check_code(result, code):
    assert result.code == code, f"exit {result.code}, wanted {code}\n{result.out[-800:]}\n{result.err[-800:]}"


def check_in(text, where):
    assert text in where, f"{text!r} is not in\n{where[-1500:]}"


def check_same(held, data, what):
    at = next((i for i, (a, b) in enumerate(zip(held, data)) if a != b), None)
    assert held == data, f"{what} differs from offset {at} on; {len(held)} bytes, wanted {len(data)}"


def check_flash(path, data, offset=0):
    check_same(path.read_bytes()[offset:offset + len(data)], data, "flash")


def python_with_pyusb():
    for name in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([name, "-c", "import usb.core"], capture_output=True).returncode == 0:
            return name
    raise AssertionError("no python3 with pyusb: apt-get install python3-usb")


def flash_with_dfu_util(file, boards, **more):
    return shim_run(["dfu-util", "-a", "0", "-s", f"{BASE:#x}:leave", "-D", file], boards, **more)


def flash_with_dfukit(file, boards, **more):
    return shim_run([DFUKIT, "flash", file, "--at", f"{BASE:#x}"], boards, **more)


@case
def dfu_util_lists_every_board(_):
    expected = {}
    for line in (HERE / "dfu_util_list.txt").read_text().splitlines():
        if line.startswith("["):
            lines = expected.setdefault(line[1:-1], [])
        elif not line.startswith("#"):
            lines.append(line)
    boards = subprocess.run([shim.TWIN, "--list-boards"], capture_output=True, text=True, check=True).stdout.split()
    check(sorted(expected), sorted(boards), "boards in dfu_util_list.txt")
    for board in boards:
        result = shim_run(["dfu-util", "-l"], f"--board {board}")
        check_code(result, 0)
        check([line for line in result.out.splitlines() if line.startswith("Found ")], expected[board], board)


@case
def dfu_util_tells_two_boards_apart(folder):
    both = f"{F405} {H743}"
    result = shim_run(["dfu-util", "-l"], both)
    check(re.findall(r'devnum=(\d+), cfg=1, intf=0, path="([0-9-]+)", alt=0', result.out), [("3", "1-2"), ("2", "1-1")],
          "addresses and paths, newest first")
    result = shim_run(["dfu-util", "-p", "1-2", "-a", "0", "-s", f"{BASE:#x}:64", "-U", folder / "read"], both)
    check_code(result, 0)
    check_same((folder / "read").read_bytes(), b"\xff" * 64, "a blank board")


@case
def dfu_util_flashes_reads_and_starts_both_families(folder):
    for boards, length in ((F405, 100_004), (H743, 300_000)):
        data = firmware(length, 5)
        path = used(folder / f"{length}.flash", MIB if boards == F405 else 2 * MIB)
        with_flash = f"{boards} --flash {path}"
        result = flash_with_dfu_util(write(folder / "image", data), with_flash)
        check_code(result, 0)
        check(result.stats[0].get("application"), f"0x{BASE:08X}", "application started")
        check_flash(path, data)
        read, whole = folder / f"{length}.read", length // 2048 * 2048
        check_code(shim_run(["dfu-util", "-a", "0", "-s", f"{BASE:#x}:{whole}", "-U", read], with_flash), 0)
        check_same(read.read_bytes(), data[:whole], "what dfu-util reads")


@case
def dfu_util_polls_for_ever_where_dfukit_goes_on(folder):
    """H743 ROM V9.0, an image in both banks."""
    data = firmware(1_300_000, 6)
    image = write(folder / "image", data)
    stuck = shim_run(["dfu-util", "-v", "-v", "-v", "-a", "0", "-s", f"{BASE:#x}", "-D", image],
                     f"{WEDGING} --flash {used(folder / 'a.flash', 2 * MIB)}", limit_s=600)
    check_code(stuck, shim.EXIT_LIMIT)
    check_in("virtual time limit 600 s passed", stuck.err)
    polls = (stuck.out + stuck.err).count("Poll timeout 1000 ms")
    say(f"dfu-util: {polls} times 'Poll timeout 1000 ms' in {seconds(stuck):.0f} virtual seconds")
    assert polls >= 550, f"{polls} polls of 1000 ms"
    path = used(folder / "b.flash", 2 * MIB)
    done = flash_with_dfukit(image, f"{WEDGING} --flash {path}")
    check_code(done, 0)
    check_in("h743-bank2-erase-wedge", done.err)
    check_flash(path, data)
    say(f"dfukit: done in {seconds(done):.1f} virtual seconds, physics {physics(done):.1f}")


def compare(folder, name, boards, length):
    """A full flash of a board in use and the same again with both programs: results of dfu-util, of dfukit."""
    image, results = write(folder / "image", firmware(length, 7)), []
    size = MIB if boards == F405 else 2 * MIB
    for tool, flash in (("dfu-util", flash_with_dfu_util), ("dfukit", flash_with_dfukit)):
        with_flash = f"{boards} --flash {used(folder / (tool + '.flash'), size)}"
        pair = [flash(image, with_flash) for _ in range(2)]
        for result in pair:
            check_code(result, 0)
            check_flash(folder / f"{tool}.flash", image.read_bytes())
        say(f"{name}, {tool}: {seconds(pair[0]):.2f} s, again {seconds(pair[1]):.2f} s; physics {physics(pair[0]):.2f} s, "
            f"ratio {seconds(pair[0]) / physics(pair[0]):.3f}")
        results.append(pair)
    (slow, slow_again), (fast, fast_again) = results
    say(f"{name}: dfukit is {seconds(slow) / seconds(fast):.2f} times as fast, "
        f"{seconds(slow_again) / seconds(fast_again):.1f} times when nothing changed")
    return results


def check_speed(results, full, again):
    (slow, slow_again), (fast, fast_again) = results
    assert seconds(fast) * full <= seconds(slow), f"full flash: not {full} times as fast"
    assert seconds(fast) <= 1.15 * physics(fast), "full flash: more than 1.15 of the board's own time"
    assert seconds(fast_again) * again <= seconds(slow_again), f"the same again: not {again} times as fast"


@case
def f405_is_flashed_eight_times_as_fast(folder):
    check_speed(compare(folder, "F405 V3.1, 1 MiB", F405, MIB), 8, 10)


@case
def h743_is_flashed_faster_though_compared_and_verified(folder):
    check_speed(compare(folder, "H743 V9.2, 1300000 bytes", H743, 1_300_000), 1.3, 10)


@case
def upload_is_not_slower(folder):
    """But for the dozen requests by which dfukit finds out which board and ROM it speaks to: below one in a hundred."""
    for name, boards, size in (("F405", F405, MIB), ("H743", H743, 2 * MIB)):
        path = used(folder / f"{name}.flash", size)
        with_flash = f"{boards} --flash {path}"
        theirs = shim_run(["dfu-util", "-a", "0", "-s", f"{BASE:#x}:{MIB}", "-U", folder / f"{name}.1"], with_flash)
        ours = shim_run([DFUKIT, "read", f"{BASE:#x}:{MIB}", "-o", folder / f"{name}.2", "--format", "bin"], with_flash)
        for number, result in ((1, theirs), (2, ours)):
            check_code(result, 0)
            check_same((folder / f"{name}.{number}").read_bytes(), path.read_bytes()[:MIB], "what was read")
        say(f"{name}, 1 MiB read: dfu-util {seconds(theirs):.5f} s, dfukit {seconds(ours):.5f} s, transfers "
            f"{theirs.stats[0]['transfers']} and {ours.stats[0]['transfers']}")
        assert seconds(ours) <= 1.01 * seconds(theirs), f"{name}: slower"


@case
def a_makers_script_over_pyusb_works(folder):
    data, path = firmware(50_000, 8), used(folder / "flash", MIB)
    result = shim_run([python_with_pyusb(), HERE / "pydfu_style.py", write(folder / "image", data), f"{BASE:#x}"],
                      f"{F405} --flash {path}")
    check_code(result, 0)
    check(result.out, "50000 bytes written and read back\nleft\n", "what it says")
    check(result.stats[0].get("application"), f"0x{BASE:08X}", "application started")
    check_flash(path, data)


@case
def dfukit_lists_and_describes(_):
    listed = [json.loads(line) for line in shim_run([DFUKIT, "list", "--json"], f"{F405} {H743}").out.splitlines()]
    check([(one["path"], one["serial"], len(one["alternates"])) for one in listed if one["event"] == "device"],
          [("1-1", "0CC3A28C7B5B", 4), ("1-2", "200364500000", 2)], "devices")
    told = shim_run([DFUKIT, "info"], H743)
    check_code(told, 0)
    check_in("ROM bootloader V9.2", told.out)


@case
def dfukit_verifies_reads_erases_and_leaves(folder):
    data, path = firmware(40_000, 9), used(folder / "flash", MIB)
    image, boards = write(folder / "image", data), f"{F405} --flash {path}"
    check_code(flash_with_dfukit(image, boards), 0)
    check_code(shim_run([DFUKIT, "verify", image, "--at", f"{BASE:#x}"], boards), 0)
    check_code(shim_run([DFUKIT, "read", f"{BASE:#x}:40000", "-o", folder / "read", "--format", "bin"], boards), 0)
    check_same((folder / "read").read_bytes(), data, "what dfukit reads")
    left = shim_run([DFUKIT, "leave"], boards)
    check_code(left, 0)
    check(left.stats[0].get("application"), f"0x{BASE:08X}", "application started")
    check_code(shim_run([DFUKIT, "erase", f"{BASE:#x}:{16 * KIB}"], boards), 0)
    check_flash(path, b"\xff" * 16 * KIB)
    check_flash(path, data[16 * KIB:], 16 * KIB)


@case
def running_applications_are_detached(_):
    for board, product in (("runtime-detaches", "0a02"), ("runtime-needs-reset", "0b02")):
        boards = f"--board {board}"
        done = shim_run([DFUKIT, "detach"], boards)
        check_code(done, 0)
        check_in(f"1209:{product}", done.err)
        other = shim_run(["dfu-util", "-e"], boards)
        check_code(other, 0)
        check_in("send DFU detach request", other.out)


@case
def dfu_util_flashes_a_board_that_has_to_be_detached_first(folder):
    """Detached, found again under another address and other ids, flashed, reset. dfu-util 0.11 then takes a device
    that has become another one for a failure, though it says that it is done."""
    data = random.Random(10).randbytes(20_000)
    for board in ("runtime-detaches", "runtime-needs-reset"):
        path = folder / f"{board}.flash"
        done = shim_run(["dfu-util", "-D", write(folder / "image", data)], f"--board {board} --flash {path}")
        check_code(done, EX_IO)
        check_in("Done!", done.out)
        check_flash(path, data)


@case
def unplugged_while_flashing(folder):
    data, path = firmware(100_000, 11), used(folder / "flash", MIB)
    image, boards = write(folder / "image", data), f"{F405} --flash {path}"
    lost = flash_with_dfukit(image, f"{boards} --fault unplug@write:3")
    check_code(lost, 8)
    check_in("the device disappeared from the bus", lost.err)
    check_code(flash_with_dfukit(image, f"{boards} --fault unplug@write:3+500ms"), 8)
    check_code(flash_with_dfukit(image, boards), 0)
    check_flash(path, data)


@case
def a_board_that_comes_back_has_a_new_address(folder):
    script = write(folder / "script.py", b"""
import time, usb.core
def look():
    return [(d.bus, d.address, d.port_numbers) for d in usb.core.find(find_all=True)]
print(look())
device = usb.core.find()
try:
    for n in range(100):
        device.ctrl_transfer(0x80, 0, 0, 0, 2)
except usb.core.USBError as error:
    print(error.backend_error_code)
print(look())
time.sleep(1)
print(look())
""")
    result = shim_run([python_with_pyusb(), script], f"{F405} --fault unplug@transfer:20+500ms")
    check_code(result, 0)
    check(result.out, "[(1, 2, (1,))]\n-4\n[]\n[(1, 3, (1,))]\n", "what pyusb sees")


@case
def dfu_util_names_the_failures_as_libusb_does(folder):
    """The transfer that selects the alternate setting, and the first read."""
    select = "Cannot set alternate interface: "
    for fault, words in (("stall", "LIBUSB_ERROR_OTHER"), ("drop", "LIBUSB_ERROR_OTHER"), ("unplug", "LIBUSB_ERROR_NO_DEVICE")):
        number = first_of(folder, fault, select)
        say(f"{fault}@transfer:{number}: {select}{words}")
        check_in(select + words, read_a_board(folder, f"{fault}@transfer:{number}").err)
    for fault, words in (("stall", "LIBUSB_ERROR_PIPE"), ("drop", "LIBUSB_ERROR_TIMEOUT"), ("unplug", "LIBUSB_ERROR_NO_DEVICE")):
        number = first_of(folder, fault, "get_status: ")
        say(f"{fault}@transfer:{number}: get_status: {words}")
        check_in("get_status: " + words, read_a_board(folder, f"{fault}@transfer:{number}").err)


def read_a_board(folder, fault):
    (folder / "read").unlink(missing_ok=True)
    return shim_run(["dfu-util", "-a", "0", "-s", f"{BASE:#x}:64", "-U", folder / "read"], f"{F405} --fault {fault}")


def first_of(folder, fault, words):
    """The first transfer at which a fault makes dfu-util say the words."""
    for number in range(3, 60):
        result = read_a_board(folder, f"{fault}@transfer:{number}")
        if words in result.err:
            check_code(result, EX_IO)
            return number
    raise AssertionError(f"{fault}: dfu-util never says {words!r}")


@case
def flash_is_saved_when_a_signal_ends_the_program(folder):
    path = used(folder / "flash", 2 * MIB)
    image = write(folder / "image", firmware(1_300_000, 12))
    words = ["dfu-util", "-v", "-v", "-v", "-a", "0", "-s", f"{BASE:#x}", "-D", str(image)]
    with subprocess.Popen(words, env=shim.environment(f"{WEDGING} --flash {path}", 4_000_000_000), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as child:
        polls = 0
        while polls < 50:  # more than before the first sector of the second bank
            line = child.stdout.readline()
            assert line, "dfu-util ended"
            polls += b"Poll timeout 1000 ms" in line
        child.terminate()
        child.stdout.read()
        check(child.wait(), -signal.SIGTERM, "how it ended")
    check_flash(path, b"\xff" * MIB)


@case
def nonsense_in_the_environment_is_refused(folder):
    for boards, words in (("--board none", 'no virtual board "none"'), ("--nonsense", "no option '--nonsense'"),
                          ("--list-boards", "names no board")):
        result = shim_run(["dfu-util", "-l"], boards)
        check_code(result, 2)
        check_in(words, result.err)
    short = write(folder / "short", b"123")
    check_in("3 bytes, the board has 1048576", shim_run(["dfu-util", "-l"], f"{F405} --flash {short}").err)


def play(number, function):
    try:
        with tempfile.TemporaryDirectory() as folder:
            function(pathlib.Path(folder))
    except (AssertionError, subprocess.TimeoutExpired, OSError, ValueError, KeyError) as problem:
        print(f"not ok {number} - {function.__name__}")
        for line in f"{type(problem).__name__}: {problem}".replace("\r", "\n").splitlines():
            say(line)
        return False
    print(f"ok {number} - {function.__name__}", flush=True)
    return True


def main():
    chosen = [function for function in CASES if len(sys.argv) == 1 or function.__name__ in sys.argv[1:]]
    print(f"1..{len(chosen)}")
    return 0 if all([play(number, function) for number, function in enumerate(chosen, 1)]) else 1


if __name__ == "__main__":
    sys.exit(main())
