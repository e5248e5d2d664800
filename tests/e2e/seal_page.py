#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""docs/seal.md, followed to the letter on a virtual board: each command of its story is typed, with a key of its own
making in a bootloader built for it, and has to say what the page says. Prints TAP."""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import seal

PAGE = seal.SOURCE / "docs/seal.md"
PARTS = ("boot", "core", "examples", "cross", "tools", "meson.build", "meson_options.txt", "bench/sizes.csv", "Makefile")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
HEADER = """#include "boot/board/pybv11/board.h"
#define BOARD_SEAL_ID "mysensor"
%s
"""
TWIN = "pybv11"


class Maker:
    """A person with the page, a copy of the tree and a board."""

    def __init__(self, folder):
        self.tree, self.said, self.expected = folder, "", 0
        for part in PARTS:
            (folder / part).parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if (seal.SOURCE / part).is_dir() else shutil.copy
            copy(seal.SOURCE / part, folder / part)
        name = "pybv11_signed"
        shutil.copy(seal.FIRMWARE / name / f"dfukit-app-{name}.elf", folder / "app.elf")
        self.desk = seal.Desk(folder, TWIN)

    def type(self, line):
        """Types a command. (exit code, what it said)"""
        words = shlex.split(line)
        if words[0] == "make":
            return self.build(words)
        if words[1] in ("flash", "info"):
            self.desk.wait(self.desk.listed)
            words += ["--bus", self.desk.bus]
        done = subprocess.run([seal.DFUKIT, *words[1:]], cwd=self.tree, env=self.desk.environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seal.END_S)
        if words[1:3] == ["image", "keygen"]:
            self.write_header(done.stdout)
        return done.returncode, done.stdout

    def write_header(self, said):
        """The lines after board.h, with what the page adds to them."""
        assert '#define BOARD_SEAL_ID "mysensor"' in PAGE.read_text(encoding="ascii")
        lines = re.search(r"^board\.h +(#define.*)\Z", said, re.M | re.S)[1]
        folder = self.tree / "boot/board/mysensor"
        folder.mkdir()
        (folder / "board.h").write_text(HEADER % lines, encoding="ascii")

    def build(self, words):
        """make, without looking for packages again."""
        done = subprocess.run([*words, "-o", "packages"], cwd=self.tree, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=5 * seal.END_S)
        return done.returncode, done.stdout

    def do(self, line):
        """What the page asks of a person's hands."""
        if line.startswith("(BOOT0"):
            self.desk.type("twin", "boot0", re.match(r"\(BOOT0 (high|low), reset\)", line)[1])
            self.desk.type("twin", "reset")
        elif line.startswith("(the button"):
            self.desk.enter()
        else:
            raise AssertionError(f"nobody knows how to: {line}")


def steps(text):
    """The lines of all blocks of a transcript, each command with what has to be in its output."""
    command = None
    for line in "".join(block for language, block in BLOCK.findall(text) if language == "").splitlines():
        by_hand = line.startswith(("(BOOT0", "(the button"))
        if command is not None and (line.startswith("$ ") or by_hand):
            yield command
            command = None
        if line.startswith("$ "):
            command = (line[2:], [])
        elif by_hand:
            yield (line, None)
        elif command is not None:
            command[1].append(line)
    yield command


def follow(maker, what, expected):
    """An empty text when it went as the page says."""
    if expected is None:
        maker.do(what)
        return ""
    code, said = maker.type(what)
    refused = any(line.startswith("dfukit: error") for line in expected)
    missing = [line for line in expected if line not in said]
    if (code != 0) != refused or missing or (refused and "erase " in said):
        return f"exit {code}, not said: {missing}\n{said}"
    return ""


def main():
    number = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        maker = Maker(pathlib.Path(folder))
        try:
            for what, expected in steps(PAGE.read_text(encoding="ascii")):
                number += 1
                problem = follow(maker, what, expected)
                failed += problem != ""
                print(f"{'not ok' if problem else 'ok'} {number} - {what}", flush=True)
                for line in problem.splitlines():
                    print(f"# {line}")
        except AssertionError as error:
            failed += 1
            print(f"not ok {number} - {str(error)!r}")
        finally:
            maker.desk.end()
    if number < 20:
        failed += 1
        print(f"not ok {number + 1} - the page has only {number} steps")
    print(f"1..{number}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
