#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""docs/quickstart.md shows what the program says: each of its "$ dfukit ..." is run and compared. Prints TAP.

quickstart.py --accept    writes what the program says into the page"""
import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import no_permission
import udev_rule

SOURCE = pathlib.Path(os.environ["DFUKIT_SOURCE"])
BUILD = pathlib.Path(os.environ["DFUKIT_BUILD"])
PAGE = SOURCE / "docs/quickstart.md"
BLOCK = re.compile(r"^```\n\$ dfukit ([^\n]+)\n(.*?)```$", re.M | re.S)
STEADY = [(r"usbip://127\.0\.0\.1:\d+", "usb:"), (r"(?m)^(time +)[\d.]+ m?s,", r"\g<1>495 ms,")]


def dfukit(folder, words, around=()):
    """What a person sees: both outputs in the order in which they come."""
    command = [*around, "stdbuf", "-oL", BUILD / "cli/dfukit", *words]
    done = subprocess.run([str(word) for word in command], cwd=folder, env=dict(os.environ, LC_ALL="C"), check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for pattern, replacement in STEADY:
        done.stdout = re.sub(pattern, replacement, done.stdout)
    return done.stdout


@contextlib.contextmanager
def board():
    process = subprocess.Popen([BUILD / "twin/app/dfukit-twin", "--board", "pybv11", "--speed", "0", "--port", "0"],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        lines = iter(process.stdout.readline, "")
        yield next(found[0] for line in lines if (found := re.search(r"usbip://[0-9.:]+", line)))
    finally:
        process.terminate()
        process.communicate()


def make_firmware(folder, *numbers):
    subprocess.run([sys.executable, SOURCE / "tools/demo_firmware.py", "firmware", folder / "f.hex", "0x08000000:14000",
                    "0x08020000:50000"], check=True)
    dfukit(folder, ["convert", "f.hex", "-o", "firmware.dfu", "--overwrite", *numbers])


def on_a_board(folder, words):
    make_firmware(folder)
    with board() as bus:
        return dfukit(folder, [*words, "--bus", bus])


def without_a_board(folder, words):
    make_firmware(folder)
    return dfukit(folder, words, ["umockdev-run", "--"])


def on_a_closed_board(folder, words):
    folder.chmod(0o755)
    device = folder / "device.umockdev"
    device.write_text(udev_rule.mock(0x0483, 0xDF11, ["fe0102"]), encoding="utf-8")
    return no_permission.run(folder, "umockdev-run", "-d", device, "--", "sh", "-c", no_permission.CLOSED, "sh",
                             no_permission.DFUKIT, *words).stdout


def with_a_file_for_another(folder, words):
    make_firmware(folder, "--vendor", "1234", "--product", "5678")
    with board() as bus:
        return dfukit(folder, [*words, "--bus", bus])


SCENES = [on_a_board, on_a_board, without_a_board, on_a_closed_board, with_a_file_for_another]  # in the order of the page


def main():
    text = PAGE.read_text(encoding="utf-8")
    blocks = list(BLOCK.finditer(text))
    assert len(blocks) == len(SCENES), "the page and the table of scenes differ"
    accept = "--accept" in sys.argv
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if shutil.which("umockdev-run") is None or not no_permission.reachable(folder):
            print("1..0 # SKIP umockdev is missing, or others than root cannot reach the build folder")
            return
        said = [scene(folder, block[1].split()) for scene, block in zip(SCENES, blocks)]
    if accept:
        told = iter(said)
        PAGE.write_text(BLOCK.sub(lambda block: f"```\n$ dfukit {block[1]}\n{next(told)}```", text), encoding="utf-8")
        return
    print(f"1..{len(blocks)}")
    for number, (block, now) in enumerate(zip(blocks, said), 1):
        print(f"{'ok' if block[2] == now else 'not ok'} {number} - {SCENES[number - 1].__name__}: dfukit {block[1]}")
        for line in [] if block[2] == now else now.splitlines():
            print(f"# {line}")


if __name__ == "__main__":
    main()
