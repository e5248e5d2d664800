#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs in the guest: the cases of every cases_*.py beside it, as TAP. run.py [NAME ...] runs those that begin so, or
with -NAME those that do not."""
import importlib
import pathlib
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "compat"))
import lab  # noqa: E402


def kernel_log(since):
    log = lab.run("dmesg").out.splitlines()
    return log[since:], len(log)


def main(names):
    cases = []
    for path in sorted(HERE.glob("cases_*.py")):
        cases += importlib.import_module(path.stem).CASES
    wanted, not_wanted = ([name.lstrip("-") for name in names if name.startswith("-") is out] for out in (False, True))
    cases = [case for case in cases if not case.__name__.startswith(tuple(not_wanted))
             and (not wanted or case.__name__.startswith(tuple(wanted)))]
    print(f"1..{len(cases)}", flush=True)
    failed, lines = 0, len(kernel_log(0)[0])
    for number, case in enumerate(cases, 1):
        started = time.monotonic()
        try:
            case()
            print(f"ok {number} - {case.__name__} # {time.monotonic() - started:.1f} s", flush=True)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print(f"not ok {number} - {case.__name__}")
            news, _ = kernel_log(lines)
            for line in [*traceback.format_exc().splitlines(), "kernel:", *news[-30:]]:
                print(f"# {line}", flush=True)
        lines = len(kernel_log(0)[0])
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
