# SPDX-License-Identifier: MIT
"""What a case in the guest works with: boards that are plugged into the kernel's USB ports, programs, users.

    with lab.Board("--board pybv11 --rom V3.1") as board:      # plugged in, its device node there
        lab.run("dfu-util", "-l").out
        board.unplug(); board.plug()
    board.flash                                                # bytes, after the end"""
import os
import pathlib
import pwd
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

SOURCE = pathlib.Path(os.environ["DFUKIT_SOURCE"])
BUILD = pathlib.Path(os.environ["DFUKIT_BUILD"])
sys.path.insert(0, str(SOURCE / "tests/support"))
import usbip_client  # noqa: E402

DFUKIT = str(BUILD / "cli/dfukit")
DFU_UTIL = "/usr/bin/dfu-util"
HUB = pathlib.Path("/sys/devices/platform/vhci_hcd.0")
PORTS_FULL_SPEED = 8  # of the first hub; its ports for faster devices come after them
LIMIT_S = 120
USER = "nobody"


class PeakMemory(threading.Thread):
    """Watches the most memory that a process had. Not its ru_maxrss, which counts ours from before exec."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.status, self.kib, self.ended = pathlib.Path(f"/proc/{pid}/status"), 0, threading.Event()
        self.start()

    def run(self):
        while not self.ended.wait(0.02):
            try:
                found = re.search(r"VmHWM:\s+(\d+)", self.status.read_text())
            except OSError:
                return
            self.kib = int(found.group(1)) if found else self.kib


class Done:
    """How a program ended: code, out, err (texts), seconds, cpu_s, and peak_kib where it was watched."""


class LastedTooLong(Exception):
    """A program did not end: the fault that everything here is about."""


def run(*words, user=None, limit_s=LIMIT_S, cwd=None, env=None, watch_memory=False):
    """Runs a program to its end. watch_memory takes a sixth of an emulated computer's time."""
    started = time.monotonic()
    rights = {}
    if user is not None:
        entry = pwd.getpwnam(user)
        rights = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": groups_of(user)}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=cwd,
                                   env=dict(os.environ, **(env or {})), **rights)
        timer = threading.Timer(limit_s, process.kill)
        timer.start()
        memory = PeakMemory(process.pid) if watch_memory else None
        _, status, usage = os.wait4(process.pid, 0)
        in_time = timer.is_alive()
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        done = Done()
        out.seek(0)
        err.seek(0)
        done.out, done.err = out.read().decode("latin-1"), err.read().decode("latin-1")
    done.code, done.seconds = process.returncode, time.monotonic() - started
    done.cpu_s = usage.ru_utime + usage.ru_stime
    if memory is not None:
        memory.ended.set()
        done.peak_kib = memory.kib
    if not in_time:
        raise LastedTooLong(f"{words} still ran after {limit_s} s\n{done.out[-2000:]}\n{done.err[-2000:]}")
    return done


def groups_of(user):
    listed = [line.split(":") for line in pathlib.Path("/etc/group").read_text().splitlines()]
    return [int(fields[2]) for fields in listed if user in fields[3].split(",")]


def settle():
    """Waits until udevd has done its work. It may close the line while it takes new rules up: then it is asked again."""
    def is_settled():
        return subprocess.run(["udevadm", "settle", "--timeout=20"], stderr=subprocess.DEVNULL, check=False).returncode == 0
    wait_for("udevd to settle", is_settled, 60)


def wait_for(what, condition, limit_s=20):
    end = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > end:
            raise LastedTooLong(f"{what}: not within {limit_s} s")
        time.sleep(0.05)


def take_free_port():
    with Cable.lock:
        port = next(number for number in range(PORTS_FULL_SPEED) if number not in Cable.taken)
        Cable.taken.add(port)
    return port


class Cable:
    """One board of a twin in one port of the kernel's hub. While it is in, a board that comes back is seen again, as
    on a real port: USB/IP itself would leave it at the first disappearance."""

    lock, taken = threading.Lock(), set()

    def __init__(self, host, tcp_port, busid):
        self.host, self.tcp_port, self.busid = host, tcp_port, busid
        self.port = take_free_port()
        self.inside = False
        self.thread = None

    @property
    def path(self):
        """As libusb names the place: BUS-PORT."""
        number = next(entry.name[3:] for entry in HUB.iterdir() if re.fullmatch(r"usb\d+", entry.name))
        return f"{number}-{self.port + 1}"

    @property
    def node(self):
        """The device's folder in sysfs; it exists while a device is there."""
        return pathlib.Path("/sys/bus/usb/devices") / self.path

    def is_attached(self):
        row = HUB.joinpath("status").read_text().splitlines()[1 + self.port].split()
        return row[2] != "004"  # 004: nothing is connected

    def attach(self):
        """Hands a fresh connection to the kernel; gives False while the board is off the bus."""
        try:
            device = usbip_client.Device(self.tcp_port, self.busid, self.host)
        except (usbip_client.Gone, OSError):
            return False
        speed = device.record["speed"]
        HUB.joinpath("attach").write_text(f"{self.port} {device.line.fileno()} {device.devid} {speed}")
        device.close()  # the kernel has its own reference now
        return True

    def keep_attached(self):
        while self.inside:
            if not self.is_attached():
                self.attach()
            time.sleep(0.1)

    def plug(self):
        self.inside = True
        wait_for(f"{self.busid} to be imported", lambda: self.is_attached() or self.attach())
        wait_for(f"the device at {self.path}", lambda: (self.node / "bConfigurationValue").exists())
        settle()
        self.thread = threading.Thread(target=self.keep_attached, daemon=True)
        self.thread.start()

    def unplug(self):
        self.inside = False
        if self.thread is not None:
            self.thread.join()
            self.thread = None
        if self.is_attached():
            HUB.joinpath("detach").write_text(str(self.port))
        # what udevd still has to do then, the next one that is plugged in waits for
        wait_for(f"{self.path} to be empty", lambda: not self.is_attached() and not self.node.exists())

    def give_back(self):
        self.unplug()
        with Cable.lock:
            Cable.taken.discard(self.port)


class Board:
    """A virtual board, on a server of its own, plugged in. words: those of dfukit-twin. What is in its flash does not run."""

    folders = None  # where the board's folder is made; None: the usual place

    def __init__(self, words, flash=None, speed="0", plugged=True):
        self.plugged = plugged
        self.folder = tempfile.TemporaryDirectory(prefix="board-", dir=self.folders)
        self.words = [*words.split(), "--flash", "flash", "--port", "0", "--seed", "1", "--speed", speed, "--stats", "stats"]
        if flash is not None:
            (pathlib.Path(self.folder.name) / "flash").write_bytes(flash)
        self.flash, self.stats, self.log, self.cable = b"", {}, "", None

    def start(self):
        """Starts the twin; gives where it serves the board."""
        self.process = subprocess.Popen([BUILD / "twin/app/dfukit-twin", *self.words, "--program", "none", "--control", "none"],
                                        cwd=self.folder.name, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        found = re.search(r"usbip://127\.0\.0\.1:(\d+)/1-1", line)
        assert found, f"dfukit-twin: {line} {self.process.stderr.read()}"
        return "127.0.0.1", int(found.group(1))

    def stop(self):
        """Ends the twin; gives what it said."""
        self.process.send_signal(signal.SIGTERM)
        _, log = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, log
        return log

    def __enter__(self):
        self.cable = Cable(*self.start(), "1-1")
        try:
            if self.plugged:
                self.cable.plug()
        except Exception:
            self.end()  # or the next case would meet this board too
            raise
        return self

    def plug(self):
        self.cable.plug()

    def unplug(self):
        self.cable.unplug()

    @property
    def path(self):
        return self.cable.path

    def end(self):
        """Pulls the plug, ends the twin, takes over its flash and its figures."""
        if self.cable is None:
            return
        self.cable.give_back()
        self.cable = None
        self.log = self.stop()
        folder = pathlib.Path(self.folder.name)
        self.flash = (folder / "flash").read_bytes()
        self.stats = dict(re.findall(r"(\w+)=(\S+)", (folder / "stats").read_text()))

    def __exit__(self, *_):
        self.end()
        self.folder.cleanup()


def check(condition, *about):
    """An assertion that shows what it is about."""
    if not condition:
        raise AssertionError("\n".join(str(part) for part in about))


def check_in(part, text):
    check(part in text, f"{part!r} is not in:", text[-3000:])


def check_code(done, code):
    check(done.code == code, f"exit {done.code}, wanted {code}", done.out[-1500:], done.err[-1500:])


def check_flash(board, offset, data):
    """After end(): the flash holds data at offset."""
    held = board.flash[offset:offset + len(data)]
    at = next((i for i, (a, b) in enumerate(zip(held, data)) if a != b), None)
    check(held == data, f"flash differs from the file at offset 0x{offset + (at or 0):X}")
