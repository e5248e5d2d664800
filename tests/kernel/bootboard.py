# SPDX-License-Identifier: MIT
"""Boards that run our bootloader's ARM code, for a person with dfu-util, a BOOT0 jumper, a reset button and a power switch.

    with bootboard.Bootboard(bootboard.PLACES[0]) as board:    # the bootloader in flash, in DFU mode on the bus
        board.dfu_util("-D", file, at=":leave")
        board.wait_runs(1)"""
import collections
import json
import os
import pathlib
import random
import socket
import time

import files
import lab
from lab import DFU_UTIL, check, check_code

START = 0x08000000
BLOCK_BYTES = 2048  # the bootloader's wTransferSize
OUTSIDE = ("10.0.2.2", int(os.environ["DFUKIT_OUTSIDE"]))  # the computer that the guest runs on, seen from inside
SLOW = "0.25"  # a board waits 60 ms for the request that follows leave; a guest may need longer, when it is busy
QUIET = "5.5s"  # after 5 s without a request a download that ended without leave is complete
RUNS = "dfukit sample application on "  # what the sample application says first
Place = collections.namedtuple("Place", "name words product rom flash_bytes own_bytes app app_bytes drive drive_bytes alternates")
PLACES = (
    Place("pybv11", "--board pybv11 --rom V3.1", "PYBv1.1 dfukit-boot", "STM32  BOOTLOADER", 1 << 20, 0x4000,
          0x08020000, 0xE0000, 0x08004000, 0x1C000,
          ("@Internal Flash  /0x08000000/01*016Ka/0x08020000/07*128Kg", "@Flash Drive  /0x08004000/03*016Kg,01*064Kg")),
    Place("nucleo_h743zi", "--board nucleo-h743zi --rom V9.2", "NUCLEO-H743ZI dfukit-boot", "DFU in FS Mode", 2 << 20, 0x20000,
          0x08020000, 0x160000, 0x08180000, 0x80000,
          ("@Internal Flash  /0x08000000/01*128Ka,11*128Kg", "@Flash Drive  /0x08180000/04*128Kg")),
)
# its drive lies in front of the application; no button
EVERY = (*PLACES, Place("openmv4p", "--board openmv4p --rom V9.0", "OpenMV4P dfukit-boot", "DFU in FS Mode", 2 << 20, 0x20000,
                        0x08040000, 0x1C0000, 0x08020000, 0x20000,
                        ("@Internal Flash  /0x08000000/01*128Ka/0x08040000/14*128Kg", "@Flash Drive  /0x08020000/01*128Kg")))


def built(place, kind):
    """A file of `make firmware`: KIND.FORM is boot.bin, app.bin, app.dfu, ..."""
    name, _, form = kind.partition(".")
    return lab.BUILD / "firmware" / place.name / f"dfukit-{name}-{place.name}.{form}"


def application(place, length, seed=1):
    """The sample application, with bytes behind it that make it as long as a real one."""
    code = built(place, "app.bin").read_bytes()
    return code + files.noise(seed, length - len(code))


def flash_of(place, app=b"", drive=b""):
    """The bytes of a flash that holds the bootloader, nothing behind it in its own sector, and what is given."""
    flash = bytearray(b"\xff" * place.flash_bytes)
    for addr, data in ((START, built(place, "boot.bin").read_bytes()), (place.app, app), (place.drive, drive)):
        flash[addr - START:addr - START + len(data)] = data
    return bytes(flash)


def used_drive(place):
    """What a person keeps on the board."""
    return random.Random(5).randbytes(place.drive_bytes)


class Bootboard(lab.Board):
    """A board with the bootloader in flash, or blank in its ROM, that runs its code outside of the guest (outside.py)."""

    folders = "/results"

    def __init__(self, place, flash=None, boot0="low", **options):
        super().__init__(f"{place.words} --boot0 {boot0}", flash=flash_of(place) if flash is None else flash, **options)
        self.place = place

    def order(self, what, *words):
        """Has something done outside; gives the answer."""
        order = {"order": what, "folder": pathlib.Path(self.folder.name).name, "words": [str(word) for word in words]}
        with socket.create_connection(OUTSIDE) as line, line.makefile("rw") as text:
            text.write(json.dumps(order) + "\n")
            text.flush()
            return json.loads(text.readline())

    def start(self):
        answer = self.order("start", *self.words)
        check("port" in answer, answer)
        return OUTSIDE[0], answer["port"]

    def stop(self):
        answer = self.order("stop")
        check(answer["code"] == 0, answer["log"])
        return answer["log"]

    def do(self, *words):
        """A hand on the board: a command of `dfukit twin`, which has to succeed; gives what it printed."""
        answer = self.order("do", *words)
        check(answer["code"] == 0, words, answer["out"], answer["err"])
        return answer["out"]

    @property
    def product(self):
        """What the kernel sees on the bus; None: nothing."""
        try:
            return (self.cable.node / "product").read_text().strip("\n")
        except OSError:
            return None

    def wait_for(self, product):
        """Waits for a device of that product, told the kernel and every program; None: for nothing there."""
        lab.wait_for(f"{product} on the bus", lambda: self.product == product, 60)
        if product is not None:
            lab.wait_for("its configuration", lambda: (self.cable.node / "bConfigurationValue").exists())
        lab.settle()

    def dfu_util(self, *words, at="", alternate=0, code=0):
        """dfu-util on an alternate setting, -s at; gives what it did."""
        done = lab.run(DFU_UTIL, "-a", alternate, *(("-s", at) if at else ()), *words)
        check_code(done, code)
        return done

    def runs(self):
        """How often the sample application has begun since the twin started."""
        return self.do("log").count(RUNS + self.place.name)

    def wait_runs(self, count):
        """Waits for the count-th run; fails too when there were more."""
        lab.wait_for(f"run {count} of the application", lambda: self.runs() >= count, 60)
        check(self.runs() == count, self.do("log"))
        check(self.product is None or count == 0, f"{self.product} is on the bus")

    def wait_toggles(self):
        """The LED of the sample application goes on and off."""
        seen = set()

        def has_toggled():
            seen.add("LED1 on" in self.do("leds"))
            return len(seen) == 2
        lab.wait_for("LED 1 to toggle", has_toggled, 60)

    def enter_by_button(self):
        """From the application into DFU mode, and plugged in: the fourth pattern, which stays while the button is held."""
        self.do("press", "usr", "down")
        self.do("reset")
        time.sleep(3)
        self.do("press", "usr", "up")
        self.plug()
        self.wait_for(self.place.product)

    def power_cycle_into_dfu(self):
        """No application runs after power on."""
        before = self.runs()
        self.power_cycle()
        self.wait_for(self.place.product)
        check(self.runs() == before, self.do("log"))

    def wait_quiet(self):
        """Lets time without a request pass, in the board's own time: the button, which has no meaning in DFU mode, knows it."""
        self.do("press", "usr", QUIET)

    def run_after_quiet(self, count):
        """After a download without leave: nothing starts by itself, the power switch makes it."""
        self.wait_quiet()
        check(self.product == self.place.product and self.runs() == count - 1, "something started", self.do("log"))
        self.power_cycle()
        self.wait_runs(count)

    def power_cycle(self):
        """Off, on, and everything that the kernel has to do about it."""
        self.do("power-cycle")
        time.sleep(1)

    def check_application(self, data):
        """After end(): the slot holds data, the bootloader is what it was."""
        lab.check_flash(self, self.place.app - START, data)
        lab.check_flash(self, 0, flash_of(self.place)[:self.place.own_bytes])
