#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""core/ needs nothing below it: it compiles freestanding for both instruction sets with no foreign symbol."""
import pathlib
import subprocess
import sys
import tempfile

import source

ALLOWED = {"memcpy", "memset", "memcmp", "memmove", "__aeabi_memcpy", "__aeabi_memset", "__aeabi_memclr",
           "__aeabi_memcpy4", "__aeabi_memclr4", "__aeabi_uidiv", "__aeabi_uidivmod", "__aeabi_uldivmod",
           "__aeabi_llsl", "__aeabi_llsr", "__aeabi_lmul"}
TARGETS = {
    "Cortex-M4": ["--target=thumbv7em-none-eabi", "-mcpu=cortex-m4"],
    "Cortex-M7": ["--target=thumbv7em-none-eabi", "-mcpu=cortex-m7"],
    "x86-64": ["--target=x86_64-unknown-none-elf"],
}
FLAGS = ["-std=c11", "-ffreestanding", "-nostdlibinc", "-Os", "-Wall", "-Wextra", "-Wconversion", "-Wshadow",
         "-Werror", f"-I{source.ROOT}"]


def symbols(objects):
    """(defined, undefined) names over all objects."""
    table = subprocess.run(["llvm-nm-14", "--format=posix", *objects], check=True, capture_output=True, text=True)
    defined, undefined = set(), set()
    for line in table.stdout.splitlines():
        fields = line.split()
        if len(fields) >= 2:
            (undefined if fields[1] == "U" else defined).add(fields[0])
    return defined, undefined


def main():
    sources = [n for n in source.files(".c") if n.startswith("core/")]
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        for target, flags in TARGETS.items():
            objects = []
            for name in sources:
                out = pathlib.Path(folder) / f"{target}-{name.replace('/', '_')}.o"
                made = subprocess.run(["clang-14", *flags, *FLAGS, "-c", str(source.ROOT / name), "-o", str(out)],
                                      capture_output=True, text=True)
                if made.returncode != 0:
                    problems.append(f"{name}: does not compile freestanding for {target}: core/ uses only "
                                    f"stdint, stddef, stdbool.\n{made.stderr}")
                else:
                    objects.append(str(out))
            defined, undefined = symbols(objects) if objects else (set(), set())
            for symbol in sorted(undefined - defined - ALLOWED):
                problems.append(f"core/ for {target} needs {symbol}: only memcpy, memset, memcmp may come from outside.")
    for problem in problems:
        print(problem)
    print(f"freestanding: {len(sources)} files for {', '.join(TARGETS)}, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
