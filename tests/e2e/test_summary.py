#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tools/test_summary.py against what Meson really writes of programs that pass, fail, and die on their way."""
import os
import pathlib
import subprocess
import sys
import tempfile

SUMMARY = pathlib.Path(os.environ["DFUKIT_SOURCE"]) / "tools/test_summary.py"
PROGRAMS = {  # name: what a shell does
    "passes": "echo 1..2; echo ok 1; echo ok 2",
    "fails": "echo 1..2; echo ok 1; echo not ok 2; exit 1",
    "dies": "echo 1..3; echo ok 1; kill -ABRT $$",
    "ends_early": "echo 1..3; echo ok 1",
}
CASES = [  # name, programs that Meson runs, lines of a TAP file or None, what is counted, what is named
    ("all is well", ["passes"], None, "2 passed, 0 failed", []),
    ("a test that fails is one failure", ["passes", "fails"], None, "3 passed, 1 failed", ["fails"]),
    ("a program that dies is a failure though its tests passed", ["passes", "dies"], None, "3 passed, 1 failed", ["dies"]),
    ("so is one that ends before its plan does", ["passes", "ends_early"], None, "3 passed, 1 failed", ["ends_early"]),
    ("lines are counted", ["passes"], "ok 1\nok 2 # SKIP no disk\nnot ok 3 - it\n1..3\n", "3 passed, 1 failed, 1 skipped", ["it"]),
    ("lines without a plan are counted", ["passes"], "ok one\nok two\n", "4 passed, 0 failed", []),
    ("no line is a failure", ["passes"], "\n", "2 passed, 1 failed", ["no test ran"]),
    ("fewer lines than planned are a failure", ["passes"], "1..3\nok 1\nok 2\n", "4 passed, 1 failed", ["2 tests ran of 3"]),
]


def build(folder, programs):
    """Runs the programs as tests of a project of their own. Returns its build folder."""
    tests = "".join(f"test('{name}', find_program('sh'), args: ['-c', '{PROGRAMS[name]}'], protocol: 'tap')\n" for name in programs)
    (folder / "meson.build").write_text("project('some')\n" + tests)
    subprocess.run(["meson", "setup", folder / "build", folder], check=True, capture_output=True)
    subprocess.run(["meson", "test", "-C", folder / "build"], check=False, capture_output=True)
    return folder / "build"


def check(programs, lines, counted, named):
    """What is wrong, in words; None when nothing is."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        arguments = [build(folder, programs)]
        if lines is not None:
            arguments.append(folder / "lines.txt")
            arguments[-1].write_text(lines)
        done = subprocess.run([sys.executable, SUMMARY, *arguments], capture_output=True, text=True, check=False)
    *failures, last = done.stdout.splitlines() or [""]
    if last != counted or done.returncode != (", 0 failed" not in counted):
        return f"ends with {done.returncode} and says {done.stdout}{done.stderr}"
    return next((f"{word} is not named in {failures}" for word in named if not any(word in line for line in failures)), None)


def main():
    failed = 0
    print(f"1..{len(CASES)}")
    for number, (name, *case) in enumerate(CASES, 1):
        wrong = check(*case)
        failed += wrong is not None
        print(f"{'not ok' if wrong else 'ok'} {number} - {name}")
        if wrong:
            print("\n".join(f"# {line}" for line in wrong.splitlines()))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
