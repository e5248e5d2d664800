#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The shape of the code: sizes of files and functions against our limits, and words that may not occur."""
import re
import statistics
import subprocess
import sys

import source

FILE_LINES = 400
FUNCTION_MEDIAN, FUNCTION_P90, FUNCTION_LONGEST = 12, 35, 60
NESTING, PARAMETERS = 3, 5
PRODUCT = ("include/", "base/", "core/", "image/", "bus/", "device/", "plan/", "flash/", "cli/", "boot/", "glue/", "twin/")
LIBRARY = ("base/", "core/", "image/", "bus/", "device/", "plan/", "flash/", "twin/mem/", "twin/rom/",
           "twin/board/", "twin/serve/")
# (pattern, where it may not stand, where it may, what to do instead)
FORBIDDEN = [
    (r"\b(printf|puts|putchar|fprintf|vprintf|perror)\s*\(", LIBRARY, (),
     "libraries do not print: send an event or fill the error"),
    (r"\b(exit|abort|_exit)\s*\(", LIBRARY, (), "libraries do not end the process: return a code"),
    (r"while \(1\)|while \(true\)|for \(;;\)", PRODUCT, ("boot/mcu/start.c",),
     "a loop needs an end: take a struct deadline or a count"),
    (r"\b(sleep|usleep|nanosleep|clock_nanosleep)\s*\(", PRODUCT, ("base/clock.c",),
     "sleep through struct clock, so that tests can run in virtual time"),
    (r"__attribute__\s*\(\(\s*packed|#pragma pack", PRODUCT, (),
     "no struct is laid over wire bytes: use core/bytes.h"),
    (r"\b(TODO|FIXME|XXX)\b", PRODUCT + ("tests/", "fuzz/", "tools/", "bench/"), ("tools/check_shape.py",),
     "finish it, or open an issue"),
]
# fakes of functions, and functions to be called back, whose signature is not ours
FOREIGN = ("libusb_", "uc_on_")
# the one object a signal handler may set
MUTABLE_ALLOWED = {("glue", "current"), ("cli", "interrupted"), ("twin/app", "stop"), ("twin/app", "stopping")}


def check_words(name, problems):
    lines = source.read(name)
    code = source.without_comments_and_strings(lines)
    for pattern, where, but, advice in FORBIDDEN:
        if not name.startswith(where) or name in but:
            continue
        text = lines if "TODO" in pattern else code
        for number, line in enumerate(text, 1):
            if re.search(pattern, line):
                problems.append(f"{name}:{number}: {line.strip()[:60]}: {advice}")


def check_opening(name, problems):
    lines = source.read(name)
    if not lines or not lines[0].startswith("/* SPDX-License-Identifier: MIT"):
        problems.append(f"{name}:1: the first line is the SPDX tag: /* SPDX-License-Identifier: MIT")
    elif len(lines) < 2 or not re.match(r" \* \S.*", lines[1]):
        problems.append(f"{name}:2: the second line says the file's one job in one sentence")


def mutable_objects(build):
    """(room, symbol) of every writable file-scope object in the product's object files."""
    found = []
    for path in sorted((source.ROOT / build).rglob("*.o")):
        folder = str(path.relative_to(source.ROOT / build))
        if not folder.startswith(tuple(p for p in PRODUCT if p != "include/")):
            continue
        table = subprocess.run(["objdump", "-t", str(path)], check=True, capture_output=True, text=True)
        for line in table.stdout.splitlines():
            match = re.match(r"^[0-9a-f]+ .{6}O (\.data|\.bss|\.tbss|\.tdata)\S*\s+[0-9a-f]+ (?:\.hidden )?(\S+)", line)
            if match and not match.group(1).startswith(".data.rel.ro") and ".rel.ro" not in line:
                found.append((source.room_of(folder.split("/lib")[0].split("/dfukit")[0] + "/x.c"),
                              match.group(2).split(".")[0]))
    return [item for item in found if not item[1].startswith(("__", "completed"))]


def over_limits(functions, problems):
    for f in functions:
        if f.length > FUNCTION_LONGEST:
            problems.append(f"{f.where()}: {f.length} lines, at most {FUNCTION_LONGEST}: give each idea its name")
        if f.nesting > NESTING:
            problems.append(f"{f.where()}: nested {f.nesting} deep, at most {NESTING}: return early or name a block")
        if f.parameters > PARAMETERS and not f.name.startswith(FOREIGN):
            problems.append(f"{f.where()}: {f.parameters} parameters, at most {PARAMETERS}: pass a struct")
        if f.has_if:
            problems.append(f"{f.where()}: #if inside a function: make the variant a file or a table row")


def row(name, ours, limit):
    print(f"  {name:<34} {ours:>16}   {limit}")


def main():
    build = sys.argv[1] if len(sys.argv) > 1 else "build"
    names = source.files(".c", ".h")
    product = [n for n in names if n.startswith(PRODUCT)]
    problems = []
    sizes = {n: len(source.read(n)) for n in names}
    every = [f for n in names if n.endswith(".c") for f in source.functions(n)]
    functions = [f for f in every if f.file.startswith(PRODUCT)]
    for name in names:
        check_opening(name, problems)
        check_words(name, problems)
        if sizes[name] > FILE_LINES:
            problems.append(f"{name}: {sizes[name]} lines, at most {FILE_LINES}: two rooms in one?")
    over_limits(every, problems)
    lengths = sorted(f.length for f in functions) or [0]
    median, p90 = statistics.median(lengths), lengths[int(len(lengths) * 0.9)]
    if median > FUNCTION_MEDIAN or p90 > FUNCTION_P90:
        problems.append(f"functions: median {median:g}, 90 % within {p90} lines; at most {FUNCTION_MEDIAN} and "
                        f"{FUNCTION_P90}: split the long ones named below")
    mutable = [m for m in mutable_objects(build) if m not in MUTABLE_ALLOWED]
    for room, symbol in mutable:
        problems.append(f"{room}: {symbol} is a mutable file-scope object: put it into the handle that owns it")
    longest = max(product, key=sizes.get)
    print("shape of the product                               ours   limit")
    row("files / lines", f"{len(product)} / {sum(sizes[n] for n in product)}", "")
    row("largest file, lines", sizes[longest], f"<= {FILE_LINES}   {longest}")
    row("function median / p90 / longest", f"{median:g} / {p90} / {lengths[-1]}",
        f"<= {FUNCTION_MEDIAN} / <= {FUNCTION_P90} / <= {FUNCTION_LONGEST}")
    row("functions with #if inside", sum(f.has_if for f in functions), "0")
    row("mutable file-scope objects", len(mutable), "0 (signal flags aside)")
    row("deepest nesting / most parameters*",
        f"{max((f.nesting for f in functions), default=0)} / {max((f.parameters for f in functions), default=0)}",
        f"<= {NESTING} / <= {PARAMETERS}")
    print("  * the error that a function fills is not counted")
    print("  longest functions: " + ", ".join(
        f"{f.name} {f.length}" for f in sorted(functions, key=lambda f: -f.length)[:5]))
    for problem in problems:
        print(problem)
    print(f"shape: {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
