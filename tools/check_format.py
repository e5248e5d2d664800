#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Formatting: every C file is as clang-format leaves it. With --fix: makes it so."""
import subprocess
import sys

import source


def main():
    names = source.files(".c", ".h")
    fix = "--fix" in sys.argv
    action = ["-i"] if fix else ["--dry-run", "-Werror"]
    run = subprocess.run(["clang-format-14", *action, *names], cwd=source.ROOT, capture_output=True, text=True)
    wrong = sorted({line.split(":")[0] for line in run.stderr.splitlines() if "error:" in line})
    for name in wrong:
        print(f"{name}: not formatted: run make format")
    print(f"format: {len(names)} files, {len(wrong)} problems")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
