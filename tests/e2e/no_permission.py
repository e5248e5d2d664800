#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What dfukit says of a USB device that it may not open: libusb on a device made up with umockdev, its node closed to all."""
import os
import pathlib
import shutil
import subprocess
import tempfile

import udev_rule

BUILD = pathlib.Path(os.environ["DFUKIT_BUILD"])
DFUKIT = BUILD / "cli/dfukit"
NOBODY = 65534
CLOSED = 'chmod 0 "$UMOCKDEV_DIR/dev/bus/usb/001/005" && exec "$@"'
NEXT = "install the udev rule 60-dfukit.rules, over ssh also join the group plugdev, then plug the board in again"
CASES = [  # arguments of dfukit, exit code, what it says
    (["list"], 0, ["0483:df11  usb:, path 1-1", "does not let this user open the device", NEXT]),
    (["info"], 13, ["0483:df11 at 1-1 cannot be used", "does not let this user open the device", NEXT]),
]


def run(folder, *words):
    """Runs a command as somebody whom file permissions bind: not as root."""
    who = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, cwd="/",
                          env=dict(os.environ, LC_ALL="C", HOME=str(folder)), **who)


def reachable(folder):
    try:
        return run(folder, DFUKIT, "--version").returncode == 0
    except OSError:
        return False


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        if shutil.which("umockdev-run") is None or not reachable(folder):
            print("1..0 # SKIP umockdev is missing, or others than root cannot reach the build folder")
            return
        device = folder / "device.umockdev"
        device.write_text(udev_rule.mock(0x0483, 0xDF11, ["fe0102"]), encoding="utf-8")
        print(f"1..{len(CASES)}")
        for number, (words, code, wanted) in enumerate(CASES, 1):
            done = run(folder, "umockdev-run", "-d", device, "--", "sh", "-c", CLOSED, "sh", DFUKIT, *words)
            said = done.stdout + done.stderr
            good = done.returncode == code and all(text in said for text in wanted)
            print(f"{'ok' if good else 'not ok'} {number} - dfukit {words[0]} says who lets the person in")
            for line in [] if good else [f"exit {done.returncode}", *said.splitlines()]:
                print(f"# {line}")


if __name__ == "__main__":
    main()
