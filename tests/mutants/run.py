#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Puts one deliberate bug after the other into a copy of the source: the test named with it must fail.

run.py [NAME…]   all of them, or those whose names contain a word; needs DFUKIT_SOURCE"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from mutants import MUTANTS

SOURCE = pathlib.Path(os.environ.get("DFUKIT_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
LIMIT_S = 120  # a test that does not end has found something too


def copy_source(to):
    names = subprocess.run(["git", "-C", SOURCE, "ls-files", "-z"], check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        target = to / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (SOURCE / name).is_file():
            target.write_bytes((SOURCE / name).read_bytes())
            target.chmod((SOURCE / name).stat().st_mode)


class Copy:
    """A copy of the source, with a build of it."""

    def __init__(self, folder):
        self.source, self.build, self.firmware = folder / "source", folder / "build", folder / "firmware"
        copy_source(self.source)
        self.run(["meson", "setup", "-Dwerror=false", self.build, self.source], check=True)

    @staticmethod
    def run(words, check=False, **options):
        result = subprocess.run(words, capture_output=True, text=True, check=False, **options)
        if check and result.returncode != 0:
            raise SystemExit(f"{' '.join(map(str, words))}\n{result.stdout[-4000:]}{result.stderr[-4000:]}")
        return result

    def make(self, mutant):
        """Builds what the mutant's test needs."""
        self.run(["ninja", "-C", self.build, mutant.program[0]], check=True)
        if "arm" in mutant.program:
            self.run([self.source / "tools/firmware", self.firmware, mutant.program[-1].replace("-", "_")], check=True)

    def passes(self, mutant):
        """Runs the test. Tells whether the case passed; None when it was not run at all."""
        surroundings = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP", DFUKIT_SOURCE=str(self.source),
                            DFUKIT_BUILD=str(self.build), DFUKIT_FIRMWARE=str(self.firmware))
        words = [self.build / mutant.program[0], *mutant.program[1:]]
        try:
            result = self.run(words, timeout=LIMIT_S, env=surroundings)
        except subprocess.TimeoutExpired:
            return False
        found = re.search(rf"^(not )?ok \d+ - {re.escape(mutant.case)}$", result.stdout, re.MULTILINE)
        return None if found is None and result.returncode == 0 else found is not None and found[1] is None


def try_mutant(copy, mutant):
    """An empty text when the mutant was found, else what is wrong."""
    path = copy.source / mutant.path
    text = path.read_text()
    if text.count(mutant.before) != 1:
        return f"{mutant.path} has the text {text.count(mutant.before)} times: {mutant.before.strip()}"
    copy.make(mutant)
    if copy.passes(mutant) is not True:
        return f"{mutant.case} does not pass without it"
    path.write_text(text.replace(mutant.before, mutant.after))
    try:
        copy.make(mutant)
        return f"{mutant.case} passes in spite of it" if copy.passes(mutant) is not False else ""
    finally:
        path.write_text(text)


def main():
    chosen = [mutant for mutant in MUTANTS
              if len(sys.argv) == 1 or any(word in mutant.name for word in sys.argv[1:])]
    missed = 0
    print(f"1..{len(chosen)}")
    with tempfile.TemporaryDirectory() as folder:
        copy = Copy(pathlib.Path(folder))
        for number, mutant in enumerate(chosen, 1):
            problem = try_mutant(copy, mutant)
            missed += problem != ""
            print(f"{'not ok' if problem else 'ok'} {number} - {mutant.name}: {problem or mutant.case}", flush=True)
    print(f"# total: mutants={len(chosen)} caught={len(chosen) - missed} missed={missed}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
