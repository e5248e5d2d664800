#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The whole proof that boards are neither stuck nor bricked: every sweep at its full length, and what they add up to.

reliability.py [--only GROUP] [--write]   runs what tools/reliability.json lists, or one group of it, two programs at a
time, and prints the sums; --write puts them into docs/reliability.md, from the latest log of every program. The builds
named in the list have to be there. "minutes" in the list is about how long a program takes: the longest go first."""
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/reliability.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
AT_ONCE = 2  # the cores that an hour is promised for
LIMIT_S = 3000  # of one program: what is left of that hour when it comes last
JOBS = json.loads((ROOT / "tools/reliability.json").read_text())


class Outcome:
    """How one program ended, and the figures it printed: what its log says."""

    def __init__(self, number):
        self.job = JOBS["jobs"][number]
        self.build = ROOT / self.job["build"]
        self.log = self.build / f"reliability-{number}.log"
        self.name = " ".join(word.rsplit("/", 1)[-1] for word in self.job["run"])
        self.sums, self.largest, self.targets = collections.Counter(), {}, collections.Counter()
        self.seconds, self.problem = 0.0, "was not run"

    def run(self):
        surroundings = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP", DFUKIT_SOURCE=str(ROOT), DFUKIT_BUILD=str(self.build),
                            DFUKIT_FIRMWARE=str(ROOT / "build/firmware"),
                            ASAN_OPTIONS="detect_leaks=1:abort_on_error=1:allocator_may_return_null=1",
                            UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1")
        words = [word.format(build=self.build, root=ROOT) for word in self.job["run"]]
        started = time.monotonic()
        try:
            result = subprocess.run(words, cwd=ROOT, env=surroundings, capture_output=True, text=True, errors="replace",
                                    timeout=LIMIT_S, check=False)
            code, text = result.returncode, result.stdout + result.stderr
        except subprocess.TimeoutExpired:
            code, text = 1, f"# does not end within {LIMIT_S} s\n"
        self.log.write_text(f"# ended with {code} after {time.monotonic() - started:.0f} s\n{text}")
        return self.read()

    def read(self):
        text = self.log.read_text() if self.log.is_file() else ""
        head = re.match(r"# ended with (-?\d+) after (\d+) s", text)
        if head is None:
            return self
        for line in re.findall(r"# total: (.*)", text):
            self.note(re.findall(r"(\w+)=(\S+)", line))
        self.seconds, self.problem = float(head[2]), ""
        if head[1] != "0" or re.search("^not ok", text, re.MULTILINE):
            bad = re.findall("^not ok.*", text, re.MULTILINE)
            self.problem = f"ended with {head[1]}:\n" + "\n".join(bad + text.splitlines()[-12:])
        elif not self.sums and not self.largest:
            self.problem = "printed no totals"
        return self

    def note(self, pairs):
        told = dict(pairs)
        if "target" in told:
            self.targets[told["target"]] += int(told["executions"])
        for key, value in pairs:
            if re.fullmatch(r"\d+", value) and not key.endswith("_kib"):
                self.sums[key] += int(value)
            elif re.fullmatch(r"[\d.]+", value):
                self.largest[key] = max(self.largest.get(key, 0.0), float(value))


def run_all(numbers):
    outcomes = []
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = [pool.submit(Outcome(number).run) for number in numbers]
        for future in concurrent.futures.as_completed(waiting):
            outcome = future.result()
            outcomes.append(outcome)
            print(f"{'not ok' if outcome.problem else 'ok'} - {outcome.job['group']}: {outcome.name} "
                  f"({outcome.seconds:.0f} s) {outcome.problem}", flush=True)
    return outcomes


def add_up(outcomes):
    """The sums of each group, and the largest of what is not counted."""
    groups = {}
    for outcome in outcomes:
        sums, largest = groups.setdefault(outcome.job["group"], (collections.Counter(), {}))
        sums.update(outcome.sums)
        for key, value in outcome.largest.items():
            largest[key] = max(largest.get(key, 0.0), value)
    return groups


def rows_of(groups, rows):
    """(what, figure, what is demanded, whether it is met) of each row whose group has run."""
    for row in rows:
        if row["group"] in groups:
            sums, largest = groups[row["group"]]
            figure = sum(sums[key] if key in sums else largest.get(key, 0) for key in row["keys"])
            wanted = "0" if row.get("zero") else f"at least {row['least']}" if "least" in row else ""
            met = figure == 0 if row.get("zero") else figure >= row.get("least", 0)
            yield row["what"], f"{figure:g}" if isinstance(figure, float) else str(figure), wanted, met


def write_page(table, seconds):
    text = PAGE.read_text()
    begin, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    lines = "\n".join(f"| {what} | {figure} | {wanted} |" for what, figure, wanted, _ in table)
    block = (f"\n| what | figure | demanded |\n| --- | ---: | --- |\n{lines}\n\n"
             f"The programs ran for {seconds / AT_ONCE / 60:.0f} minutes, {AT_ONCE} at a time.\n")
    PAGE.write_text(text[:begin] + block + text[end:])


def report(outcomes):
    """Prints the sums. Returns the rows of the page, and how many problems there are."""
    table = list(rows_of(add_up(outcomes), JOBS["rows"]))
    targets = sum((outcome.targets for outcome in outcomes), collections.Counter())
    table += [(f"executions of `{target}`", str(count), "", count > 0) for target, count in sorted(targets.items())]
    for what, figure, wanted, met in table:
        print(f"{'ok' if met else 'not ok'} - {what}: {figure}{f' (demanded: {wanted})' if wanted else ''}")
    seconds = sum(outcome.seconds for outcome in outcomes)
    failed = sum(outcome.problem != "" for outcome in outcomes) + sum(not met for *_, met in table)
    print(f"reliability: {len(outcomes)} programs, {seconds / AT_ONCE / 60:.1f} minutes, {failed} problems")
    return table, seconds, failed


def main():
    only = sys.argv[sys.argv.index("--only") + 1] if "--only" in sys.argv else None
    jobs = JOBS["jobs"]
    chosen = [number for number, job in enumerate(jobs) if only in (None, job["group"])]
    outcomes = run_all(sorted(chosen, key=lambda number: -jobs[number]["minutes"]))
    if "--write" in sys.argv:
        outcomes = [Outcome(number).read() for number in range(len(jobs))]
    table, seconds, failed = report(outcomes)
    if "--write" in sys.argv and failed == 0:
        write_page(table, seconds)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
