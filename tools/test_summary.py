#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Adds up the test results of several build folders and ends on the line "N passed, N failed".

Arguments: build folders, whose meson-logs are read, and files of TAP lines. A program that dies on its way is a failure,
however many of its tests passed before: testlog.junit.xml has only those, testlog.json how each program ended."""
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as tree


def ended_badly(build):
    """The names of the programs that did not end well."""
    log = pathlib.Path(build) / "meson-logs" / "testlog.json"
    results = [json.loads(line) for line in log.read_text().splitlines()]
    return [result["name"] for result in results if result["result"] not in ("OK", "EXPECTEDFAIL", "SKIP")]


def count(build):
    """(passed, failed, skipped, names of the failed) of one build folder."""
    log = pathlib.Path(build) / "meson-logs" / "testlog.junit.xml"
    passed, skipped, bad = 0, 0, []
    if not log.is_file():
        return 0, 1, 0, [f"{build}: no test ran"]
    for suite in tree.parse(log).getroot().iter("testsuite"):
        for case in suite.iter("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                bad.append(f"{build}: {suite.get('name')}: {case.get('name')}")
            elif case.find("skipped") is not None:
                skipped += 1
            else:
                passed += 1
    bad += [f"{build}: {name}" for name in ended_badly(build) if not any(name in one for one in bad)]
    return passed, len(bad), skipped, bad


def count_lines(path):
    """The same of a file of TAP lines; one without any, or with others than it planned, is a failure."""
    lines = path.read_text(errors="replace").splitlines()
    good = [line for line in lines if re.match(r"ok\b", line)]
    skipped = [line for line in good if re.search(r"# SKIP", line, re.I)]
    bad = [f"{path}: {line[7:]}" for line in lines if re.match(r"not ok\b", line)]
    if not good and not bad:
        bad = [f"{path}: no test ran"]
    plans = [int(plan[1]) for plan in (re.match(r"1\.\.(\d+)", line) for line in lines) if plan]
    if plans and sum(plans) != len(good) + len(bad):
        bad.append(f"{path}: {len(good) + len(bad)} tests ran of {sum(plans)}")
    return len(good) - len(skipped), len(bad), len(skipped), bad


def main():
    passed = failed = skipped = 0
    for argument in sys.argv[1:]:
        path = pathlib.Path(argument)
        good, bad, left, names = count_lines(path) if path.is_file() else count(path)
        passed, failed, skipped = passed + good, failed + bad, skipped + left
        for name in names:
            print(f"failed: {name}")
    tail = f", {skipped} skipped" if skipped else ""
    print(f"{passed} passed, {failed} failed{tail}")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
