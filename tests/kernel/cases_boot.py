# SPDX-License-Identifier: MIT
"""Our bootloader's ARM code, driven by Debian's dfu-util, lsusb and usbip, and by dfukit through libusb."""
import pathlib
import re
import signal
import subprocess
import tempfile

import usb.core

import files
import lab
from bootboard import BLOCK_BYTES, EVERY, PLACES, SLOW, START, Bootboard, application, built, flash_of, used_drive
from lab import DFU_UTIL, DFUKIT, check, check_code, check_in

CASES = []
LENGTH = 30001
CAPABILITIES = ("{3408b638-09a9-47a0-8bfd-a0768815b665}",  # WebUSB
                "{d8dd60df-4589-4cc7-9cd2-659d9e648a9f}")  # Microsoft OS 2.0
DNLOAD, GETSTATUS, CLRSTATUS = 1, 3, 4
ERASE = b"\x41"
DFU_ERROR, ERR_ADDRESS = 10, 8


def on(places):
    """A case for each of the boards."""
    def add(function):
        for place in places:
            def case(place=place):
                with tempfile.TemporaryDirectory() as folder:
                    function(place, pathlib.Path(folder))
            case.__name__ = f"boot_{place.name}_{function.__name__}"
            CASES.append(case)
        return function
    return add


def write(folder, name, data):
    path = folder / name
    path.write_bytes(data)
    return path


def check_descriptors(board):
    number = (board.cable.node / "devnum").read_text().strip()
    seen = lab.run("lsusb", "-v", "-s", f"{board.path.split('-')[0]}:{number}")
    for part in (*board.place.alternates, *CAPABILITIES, "Platform Device Capability", "Device Firmware Update",
                 board.place.product):
        check_in(part, seen.out.replace("UUID", "").lower() if part in CAPABILITIES else seen.out)
    check(seen.out.count("bAlternateSetting") == 2, seen.out)
    check(not re.search(r"junk|invalid|unrecognized|warning", seen.out, re.I), seen.out)


def check_listed(board):
    listed = lab.run(DFU_UTIL, "-l")
    check_code(listed, 0)
    for alternate, name in enumerate(board.place.alternates):
        check(re.search(rf'Found DFU: \[0483:df11\].*path="{board.path}", alt={alternate}, name="{re.escape(name)}"',
                        listed.out), listed.out)
    check(listed.out.count("Found DFU") == 2, listed.out)


@on(EVERY)
def is_written_through_the_rom_of_a_blank_board(place, _folder):
    with Bootboard(place, flash=b"\xff" * place.flash_bytes, boot0="high") as board:
        board.wait_for(place.rom)
        board.dfu_util("-D", built(place, "boot.bin"), at=hex(START))
        board.do("boot0", "low")
        board.do("reset")
        board.wait_for(place.product)
        check_descriptors(board)
        check_listed(board)
        board.end()
        lab.check_flash(board, 0, flash_of(place)[:place.own_bytes])


@on(EVERY)
def leaves_into_the_application(place, folder):
    app = application(place, LENGTH)
    with Bootboard(place, speed=SLOW) as board:
        said = board.dfu_util("-D", write(folder, "app.bin", app), at=f"{place.app:#x}:leave")
        check_in("File downloaded successfully", said.out)
        board.wait_runs(1)
        board.wait_toggles()
        check_in("reset mode  0x00000001", board.do("log"))
        board.power_cycle()
        board.wait_runs(2)
        board.end()
        board.check_application(app)


def without_leave(place, folder, length):
    app = application(place, length)
    with Bootboard(place) as board:
        board.dfu_util("-D", write(folder, "app.bin", app), at=hex(place.app))
        check(board.product == place.product and board.runs() == 0, "something started")
        board.run_after_quiet(1)
        board.end()
        board.check_application(app)


@on(PLACES)
def without_leave_the_next_power_on_starts_the_application(place, folder):
    without_leave(place, folder, LENGTH)


@on(PLACES)
def without_leave_and_whole_blocks_it_is_the_same(place, folder):
    without_leave(place, folder, 16 * BLOCK_BYTES)


@on(PLACES)
def a_dfuse_file_and_leave(place, _folder):
    with Bootboard(place, speed=SLOW) as board:
        board.dfu_util("-D", built(place, "app.dfu"), at=":leave")
        board.wait_runs(1)
        board.end()
        board.check_application(built(place, "app.bin").read_bytes())


@on(PLACES)
def a_dfuse_file_is_read_back_the_same(place, folder):
    app = application(place, 2 * LENGTH)
    with Bootboard(place) as board:
        board.dfu_util("-D", write(folder, "app.dfu", files.dfuse((0, [(place.app, app)]))))
        out = folder / "out.bin"
        board.dfu_util("-U", out, at=f"{place.app:#x}:{len(app)}")
        check(out.read_bytes() == app, "what dfu-util reads is not what it wrote")
        own = folder / "own.bin"
        boot = built(place, "boot.bin").read_bytes()
        board.dfu_util("-U", own, at=f"{START:#x}:{len(boot)}")
        check(own.read_bytes() == boot, "the bootloader cannot be read")
        board.run_after_quiet(1)


def ask(device, request, value=0, data=6):
    return device.ctrl_transfer(0xA1 if isinstance(data, int) else 0x21, request, value, 0, data, 5000)


def refused_erase(addr):
    """Sends an erase as a tool that does not look at the layout would; gives what the device says in words."""
    device = usb.core.find(idVendor=0x0483, idProduct=0xDF11)
    ask(device, DNLOAD, 0, ERASE + addr.to_bytes(4, "little"))
    answers = [ask(device, GETSTATUS) for _ in range(2)]
    check((answers[-1][0], answers[-1][4]) == (ERR_ADDRESS, DFU_ERROR), answers)
    text = usb.util.get_string(device, answers[-1][5])
    ask(device, CLRSTATUS, 0, b"")
    usb.util.dispose_resources(device)
    return text


@on(PLACES)
def does_not_erase_itself(place, folder):
    file = write(folder, "any.bin", files.firmware(START, LENGTH))
    with Bootboard(place) as board:
        done = lab.run(DFU_UTIL, "-a", "0", "-s", hex(START), "-D", file)
        check(done.code != 0, done.out)
        check_in("not writeable", done.err)
        ours = lab.run(DFUKIT, "flash", file, "--at", hex(START))
        check(ours.code != 0 and "0x08000000" in ours.err, ours.out, ours.err)
        text = refused_erase(START)
        check(text == "Bootloader sector", text)
        board.end()
        check(board.flash == flash_of(place), "the flash has changed")


@on(EVERY)
def a_mass_erase_spares_bootloader_and_drive(place, folder):
    old, new, drive = application(place, 0x30000, 1), application(place, LENGTH, 2), used_drive(place)
    with Bootboard(place, flash=flash_of(place, files.noise(3, 16) + old[16:], drive)) as board:
        board.dfu_util("-D", write(folder, "new.bin", new), at=f"{place.app:#x}:mass-erase:force")
        board.run_after_quiet(1)
        board.end()
        board.check_application(new)
        lab.check_flash(board, place.drive - START, drive)
        rest = board.flash[place.app - START + 0x20000:][:place.app_bytes - 0x20000]
        check(rest == b"\xff" * len(rest), "the application's slot is not blank behind the new application")


@on(PLACES)
def the_drive_is_written_and_the_application_stays(place, folder):
    app, drive = application(place, LENGTH), used_drive(place)[:50000]
    with Bootboard(place, flash=flash_of(place, b"\0" * 4 + app[4:])) as board:
        board.dfu_util("-D", write(folder, "drive", drive), at=f"{place.drive:#x}:mass-erase:force", alternate=1)
        board.dfu_util("-U", folder / "out", at=f"{place.drive:#x}:{len(drive)}", alternate=1)
        check((folder / "out").read_bytes() == drive, "what dfu-util reads is not what it wrote")
        board.power_cycle_into_dfu()
        board.end()
        board.check_application(b"\0" * 4 + app[4:])


def kill_in_the_middle(words, mark):
    """Starts dfu-util and kills it when its progress, first of the erases and then of the data, shows the mark."""
    process = subprocess.Popen([DFU_UTIL, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = b""
    while mark not in said.rpartition(b"\r")[2]:
        part = process.stdout.read1(64)
        check(part, "dfu-util ended too early", said)
        said += part
    process.send_signal(signal.SIGKILL)
    process.communicate()


@on(PLACES)
def a_killed_dfu_util_leaves_no_partial_application(place, folder):
    old, new = application(place, LENGTH, 1), application(place, 150000, 2)
    file = write(folder, "new.bin", new)
    with Bootboard(place, flash=flash_of(place, old), speed="1", plugged=False) as board:
        board.wait_runs(1)
        board.enter_by_button()
        kill_in_the_middle(("-a", "0", "-s", f"{place.app:#x}", "-D", file), b"Download\t[" + b"=" * 12)
        board.wait_quiet()
        board.power_cycle_into_dfu()
        board.dfu_util("-D", file, at=hex(place.app))
        board.run_after_quiet(2)
        board.end()
        board.check_application(new)


@on(PLACES)
def dfukit_flashes_it_through_libusb(place, folder):
    app, drive = application(place, 2 * LENGTH), used_drive(place)
    with Bootboard(place, flash=flash_of(place, drive=drive)) as board:
        known = lab.run(DFUKIT, "info")
        check_code(known, 0)
        check_in(place.product, known.out)
        check_code(lab.run(DFUKIT, "flash", write(folder, "app.dfu", files.dfuse((0, [(place.app, app)])))), 0)
        board.wait_runs(1)
        board.end()
        board.check_application(app)
        lab.check_flash(board, place.drive - START, drive)


def ports_in_use():
    return re.findall(r"^Port (\d+): <Port in Use>", lab.run("usbip", "port").out, re.M)


@on(PLACES)
def usbip_attaches_it(place, folder):
    with Bootboard(place, speed=SLOW, plugged=False) as board:
        server = ("--tcp-port", board.cable.tcp_port)
        listed = lab.run("usbip", *server, "list", "-r", board.cable.host)
        check_code(listed, 0)
        check(re.search(r"1-1: .*\(0483:df11\)", listed.out), listed.out)
        check_code(lab.run("usbip", *server, "attach", "-r", board.cable.host, "-b", "1-1"), 0)
        lab.wait_for("dfu-util to see it", lambda: lab.run(DFU_UTIL, "-l").out.count("Found DFU") == 2, 60)
        used = ports_in_use()
        check(len(used) == 1, used)
        board.dfu_util("-D", built(place, "app.dfu"), at=":leave")
        board.wait_runs(1)
        lab.wait_for("the port to be free", lambda: not ports_in_use(), 60)
