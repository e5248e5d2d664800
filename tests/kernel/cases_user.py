# SPDX-License-Identifier: MIT
"""A person without root: the udev rule, what is said without it, and the packages alone."""
import pathlib
import subprocess
import tempfile

import files
import lab
from lab import DFUKIT, SOURCE, check, check_code, check_flash, check_in

CASES = []
START = 0x08000000
F405 = "--board pybv11 --rom V3.1"
RULES = pathlib.Path("/run/udev/rules.d")
INSTALLED = "60-dfukit.rules"
OTHERS = ("40-dfuse.rules", "60-dfu-util.rules", "45-dfu-util.rules")  # of other packages, on the computer's own root
MAKER, STRANGER = "maker", "stranger"


def case(function):
    CASES.append(function)
    return function


def add_users():
    """Two people; one is in plugdev, as Debian's installer puts the first user of a desktop."""
    groups = pathlib.Path("/etc/group")
    lines = [line for line in groups.read_text().splitlines() if not line.startswith("plugdev:")]
    groups.write_text("\n".join([*lines, f"plugdev:x:46:{MAKER}"]) + "\n")
    users = pathlib.Path("/etc/passwd")
    text = users.read_text()
    for number, name in ((4001, MAKER), (4002, STRANGER)):
        if f"\n{name}:" not in text:
            text += f"{name}:x:{number}:{number}::/tmp:/bin/sh\n"
    users.write_text(text)
    for folder in (*lab.BUILD.parents, *SOURCE.parents, lab.BUILD, SOURCE):
        folder.chmod(folder.stat().st_mode | 0o011)  # people may come as far as the program, wherever it was built


def set_rules(ours):
    """Leaves our rule, or none, as the only one that concerns DFU devices."""
    RULES.mkdir(parents=True, exist_ok=True)
    for name in OTHERS:
        (RULES / name).write_text("")
    (RULES / INSTALLED).write_text((SOURCE / "packaging" / INSTALLED).read_text() if ours else "")
    subprocess.run(["udevadm", "control", "--reload"], check=True)


@case
def without_a_rule_the_error_says_what_to_do():
    add_users()
    set_rules(ours=False)
    with lab.Board(F405):
        done = lab.run(DFUKIT, "info", user=MAKER)
        check_code(done, 13)
        check_in("60-dfukit.rules", done.err)
        listed = lab.run(DFUKIT, "list", user=MAKER)
        check_code(listed, 0)
        check_in("0483:df11", listed.out)
        seen = lab.run(DFUKIT, "dfu-util", "-l", user=MAKER)
        check_in("Cannot open DFU device 0483:df11", seen.err)
        check_in("LIBUSB_ERROR_ACCESS", seen.err)


@case
def with_the_rule_a_person_in_plugdev_needs_no_root():
    add_users()
    set_rules(ours=True)
    data = files.firmware(START, 8000)
    with tempfile.TemporaryDirectory() as folder, lab.Board(F405) as board:
        pathlib.Path(folder).chmod(0o755)
        file = pathlib.Path(folder) / "app.bin"
        file.write_bytes(data)
        check_code(lab.run(DFUKIT, "flash", file, "--at", hex(START), user=MAKER), 0)
        board.end()
        check_flash(board, 0, data)


@case
def with_the_rule_a_stranger_still_may_not():
    add_users()
    set_rules(ours=True)
    with lab.Board(F405):
        check_code(lab.run(DFUKIT, "info", user=STRANGER), 13)


@case
def with_only_the_packages_one_command_is_enough():
    add_users()
    packages = sorted(str(path) for path in (SOURCE / "build-deb").glob("*_*.deb") if "-dbgsym_" not in path.name)
    check(len(packages) == 4, "build-deb holds no packages: make deb", *packages)
    data = files.firmware(START, 8000)
    for name in OTHERS:
        (RULES / name).write_text("")
    (RULES / INSTALLED).unlink(missing_ok=True)
    pathlib.Path("/var/lib/man-db/auto-update").unlink(missing_ok=True)  # an index of all man pages takes a minute
    check_code(lab.run("dpkg", "--force-confnew", "--force-unsafe-io", "-i", *packages, limit_s=300), 0)
    subprocess.run(["udevadm", "control", "--reload"], check=True)
    with tempfile.TemporaryDirectory() as folder, lab.Board(F405) as board:
        pathlib.Path(folder).chmod(0o755)
        (pathlib.Path(folder) / "firmware.dfu").write_bytes(files.dfuse((0, [(START, data)])))
        done = lab.run("/usr/bin/dfukit", "flash", "firmware.dfu", user=MAKER, cwd=folder)
        check_code(done, 0)
        board.end()
        check_flash(board, 0, data)
        check(board.stats.get("application") == "0x08000000", board.stats)
    check_code(lab.run("dpkg", "--purge", "dfukit", "dfukit-twin", "libdfukit-dev", "libdfukit0", limit_s=300), 0)
