#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Golden tests: the exact words of the program, on standard output, standard error and as exit code.

run.py [--accept] [NAME ...]    every case, or those whose folder begins with a NAME; prints TAP
--accept shows what would change and writes it.
DFUKIT_BUILD is the build folder (default: build). A case is a folder:
  cmd       shell commands; the exit code is the last one's
  setup     before them, its output not looked at; twin, firmware, board (preamble.sh)
  without_sanitizer  if there: left out where a sanitizer reserves all memory
  terminal  if there: standard error is a terminal of that many columns
  stdout, stderr, exit   what is expected; what changes from run to run is replaced (VOLATILE)"""
import concurrent.futures
import difflib
import fcntl
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading

import messages

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
LIMIT_S = 120
VOLATILE = [
    (r"usbip://127\.0\.0\.1:\d+", "usbip://127.0.0.1:PORT"),
    (r"(?m)^(time +)(\d+ min )?\d+(\.\d+)? m?s\b", r"\1TIME"),
    (r'"elapsed_ms":\d+', '"elapsed_ms":0'),
    (r'(?m)^\{"event":"progress".*\n', ""),
    (r"127\.0\.0\.1 port \d+", "127.0.0.1 port PORT"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    (r"dfukit-twin-\d+\.sock", "dfukit-twin-PORT.sock"),
]
BAR = re.compile(r"^(\w+) +0x[0-9A-F]{8} \[[#.]+\] +\d+ % +\d+ KiB/s +[\d. mins]+ left$")


def build_folder():
    return pathlib.Path(os.environ.get("DFUKIT_BUILD", SOURCE / "build")).resolve()


def steady(text):
    for pattern, replacement in VOLATILE:
        text = re.sub(pattern, replacement, text)
    return text


def terminal_text(data):
    """What a person saw: redrawn lines once per phase, with the moving parts named instead of shown."""
    lines = []
    for line in re.split(r"[\r\n]+", data.decode("utf-8", "replace")):
        line = line.rstrip()
        match = BAR.match(line)
        if match:
            line = f"{match.group(1):<10}ADDRESS [BAR] N %  RATE KiB/s  TIME left"
        if line and not (match and lines and lines[-1] == line):
            lines.append(line)
    return "\n".join(lines) + "\n"


class Terminal:
    """A pseudo terminal that collects what is written to it."""

    def __init__(self, columns):
        self.ours, self.theirs = pty.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.data = b""
        self.reader = threading.Thread(target=self.collect, daemon=True)
        self.reader.start()

    def collect(self):
        try:
            while chunk := os.read(self.ours, 65536):
                self.data += chunk
        except OSError:
            pass

    def close(self):
        os.close(self.theirs)
        self.reader.join(5)
        os.close(self.ours)


def script(case):
    setup = (case / "setup").read_text() if (case / "setup").is_file() else ""
    return (f". {HERE}/preamble.sh\n"
            f"set -e\n{{ :\n{setup}\n}} > setup.log 2>&1\nset +e\nexec 2>&9\n"
            f"{(case / 'cmd').read_text()}")


def run(case):
    """(stdout, stderr, exit) of a case."""
    build = build_folder()
    folder = tempfile.mkdtemp(prefix="golden-")
    terminal = Terminal(int((case / "terminal").read_text())) if (case / "terminal").is_file() else None
    out, err = open(folder + ".out", "w+b"), open(folder + ".err", "w+b")
    environment = dict(os.environ, LC_ALL="C", DFUKIT_BUILD=str(build), DFUKIT_SOURCE=str(SOURCE),
                       PATH=f"{build}/cli:{build}/twin/app:{os.environ['PATH']}")
    talk = terminal.theirs if terminal else err.fileno()
    child = subprocess.Popen(["sh", "-c", f"exec 9>&2; {script(case)}"], cwd=folder, stdin=subprocess.DEVNULL,
                             stdout=out, stderr=talk, env=environment, start_new_session=True)
    try:
        status = child.wait(LIMIT_S)
    except subprocess.TimeoutExpired:
        status = "did not end"
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    child.wait()
    if terminal:
        terminal.close()
    out.seek(0)
    err.seek(0)
    said = terminal_text(terminal.data) if terminal else err.read().decode("utf-8", "replace")
    result = (steady(out.read().decode("utf-8", "replace")), steady(said), f"{status}\n")
    out.close()
    err.close()
    if status == 99 or os.environ.get("GOLDEN_KEEP"):
        log = pathlib.Path(folder, "setup.log")
        result = (result[0], result[1] + (log.read_text() if log.is_file() else ""), result[2])
    shutil.rmtree(folder)
    os.unlink(folder + ".out")
    os.unlink(folder + ".err")
    return result


def expected(case):
    def text(name, otherwise):
        return (case / name).read_text() if (case / name).is_file() else otherwise
    return text("stdout", ""), text("stderr", ""), text("exit", "0\n")


def differences(want, got):
    for name, a, b in zip(("stdout", "stderr", "exit"), want, got):
        yield from difflib.unified_diff(a.splitlines(), b.splitlines(), f"{name} expected", f"{name} got", "", "", 2, "")


def accept(case, want, got):
    if want == got:
        return
    print(f"# {case.name}")
    print("\n".join(differences(want, got)))
    for name, text, otherwise in zip(("stdout", "stderr", "exit"), got, ("", "", "0\n")):
        if text == otherwise:
            (case / name).unlink(missing_ok=True)
        else:
            (case / name).write_text(text)


def documented():
    """Keys per event, as the tables of docs/json.md have them."""
    events, event = {}, None
    for line in (SOURCE / "docs" / "json.md").read_text().splitlines():
        if line.startswith("## "):
            event = events.setdefault(line[3:].strip(), {"event"})
        elif event is not None and re.match(r"^\| [a-z]", line) and not line.startswith("| key"):
            event.update(key.strip().rstrip("?") for key in line.split("|")[1].split(","))
    return events


def undocumented(cases):
    """Keys in the golden JSON lines that docs/json.md does not have, and events that no case shows."""
    events, seen, problems = documented(), set(), []
    for case in cases:
        for line in expected(case)[0].splitlines():
            if not line.startswith('{"event"'):
                continue
            said = json.loads(line)
            seen.add(said["event"])
            for key in set(said) - events.get(said["event"], set()):
                problems.append(f"{case.name}: {said['event']}: {key} is not in docs/json.md")
    problems += [f"no case shows the event {name}" for name in sorted(set(events) - seen - {"progress"})]
    return problems


def unprovoked(cases):
    """Rows of the error table that nothing provokes: no golden case, no test listed in provoked_elsewhere."""
    rows = re.findall(r"^\s+X\((\w+), \"([\w-]+)\", (\d+),", (SOURCE / "include" / "dfukit_errors.h").read_text(), re.M)
    ends = set()
    for out, err, status in map(expected, cases):
        ends.update(re.findall(r"^  exit (\d+)$", out, re.M))
        if "dfukit: error: " in err or '{"event":"error"' in out:
            ends.add(status.strip())
    elsewhere = {}
    for line in (HERE / "provoked_elsewhere").read_text().splitlines():
        if line and not line.startswith("#"):
            name, test = line.split()
            elsewhere[name] = test
    problems = []
    for identifier, name, code in rows:
        test = SOURCE / elsewhere.get(name, "none")
        if code in ends and name not in elsewhere:
            continue
        if code in ends:
            problems.append(f"{name} is provoked by a golden case: drop its line in provoked_elsewhere")
        elif not test.is_file() or f"DFK_E_{identifier}" not in test.read_text():
            problems.append(f"{name} is provoked by no golden case and no test of provoked_elsewhere")
    return problems


def unheld(cases):
    """Messages of the program that nothing shows."""
    golden = "\n".join(text for case in cases for text in expected(case)[:2]).replace('\\"', '"')
    tests = "\n".join(file.read_text() for file in (SOURCE / "tests").rglob("*.c"))
    tests = re.sub(r'"\s*\n\s*"', "", tests).replace('\\"', '"')
    exempt = [line for line in (HERE / "messages_exempt").read_text().splitlines() if line and line[0] != "#"]
    return messages.unheld(golden, tests, exempt)


def has_sanitizer():
    """Whether the program reserves memory for a sanitizer, so that it cannot run out of it."""
    return b"__asan_init" in (build_folder() / "cli" / "dfukit").read_bytes()


def report(number, name, problems):
    print(f"{'not ok' if problems else 'ok'} {number} - {name}")
    for line in problems:
        print(f"# {line}")
    return bool(problems)


def main():
    names = [word for word in sys.argv[1:] if not word.startswith("-")]
    if not (build_folder() / "cli" / "dfukit").is_file():
        sys.exit(f"{build_folder()}/cli/dfukit is not there: set DFUKIT_BUILD to the build folder")
    cases = sorted(folder.parent for folder in HERE.glob("*/cmd"))
    cases_here = [case for case in cases if not ((case / "without_sanitizer").is_file() and has_sanitizer())]
    chosen = [case for case in cases_here if not names or case.name.startswith(tuple(names))]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(run, chosen)
        if "--accept" in sys.argv:
            for case, got in zip(chosen, results):
                accept(case, expected(case), got)
            return 0
        failed, number = 0, 0
        for number, (case, got) in enumerate(zip(chosen, results), 1):
            failed += report(number, case.name, list(differences(expected(case), got)))
    if not names:
        failed += report(number + 1, "json_is_documented", undocumented(cases))
        failed += report(number + 2, "every_error_is_provoked", unprovoked(cases))
        failed += report(number + 3, "every_message_is_held", unheld(cases))
        number += 3
    print(f"1..{number}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
