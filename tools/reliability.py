#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The whole proof that boards are neither stuck nor bricked: every sweep at its full length, and what they add up to.

reliability.py [--only GROUP] [--write]   runs what tools/reliability.json lists, two programs at a time, and prints the
sums; --write puts them into docs/reliability.md as well. The builds named in the list have to be there."""
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
AT_ONCE = 2
LIMIT_S = 3000
JOBS = json.loads((ROOT / "tools/reliability.json").read_text())


class Outcome:
    """How one program ended, and the figures it printed."""

    def __init__(self, job, number):
        self.job, self.number = job, number
        self.sums, self.largest = collections.Counter(), {}
        started = time.monotonic()
        self.problem = self.run()
        self.seconds = time.monotonic() - started

    def run(self):
        """Empty when all is well, else what is wrong."""
        build = ROOT / self.job["build"]
        surroundings = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP", DFUKIT_SOURCE=str(ROOT), DFUKIT_BUILD=str(build),
                            DFUKIT_FIRMWARE=str(ROOT / "build/firmware"),
                            ASAN_OPTIONS="detect_leaks=1:abort_on_error=1:allocator_may_return_null=1",
                            UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1")
        words = [word.format(build=build, root=ROOT) for word in self.job["run"]]
        try:
            result = subprocess.run(words, cwd=ROOT, env=surroundings, capture_output=True, text=True, errors="replace",
                                    timeout=LIMIT_S, check=False)
        except subprocess.TimeoutExpired:
            return f"does not end within {LIMIT_S} s"
        (build / f"reliability-{self.number}.log").write_text(result.stdout + result.stderr)
        for line in re.findall(r"# total: (.*)", result.stdout + result.stderr):
            self.note(re.findall(r"(\w+)=(\S+)", line))
        if result.returncode != 0 or re.search("^not ok", result.stdout, re.MULTILINE):
            return f"ended with {result.returncode}:\n" + "\n".join((result.stdout + result.stderr).splitlines()[-12:])
        return "" if self.sums or self.largest else "printed no totals"

    def note(self, pairs):
        for key, value in pairs:
            if re.fullmatch(r"\d+", value) and not key.startswith("rss"):
                self.sums[key] += int(value)
            elif re.fullmatch(r"[\d.]+", value):
                self.largest[key] = max(self.largest.get(key, 0.0), float(value))


def run_all(chosen):
    outcomes = []
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = [pool.submit(Outcome, job, number) for number, job in enumerate(chosen)]
        for future in concurrent.futures.as_completed(waiting):
            outcome = future.result()
            outcomes.append(outcome)
            name = " ".join(word.rsplit("/", 1)[-1] for word in outcome.job["run"])
            print(f"{'not ok' if outcome.problem else 'ok'} - {outcome.job['group']}: {name} ({outcome.seconds:.0f} s) "
                  f"{outcome.problem}", flush=True)
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
    block = f"\n| what | figure | demanded |\n| --- | ---: | --- |\n{lines}\n\nOne run, {seconds / 60:.0f} minutes on 2 cores.\n"
    PAGE.write_text(text[:begin] + block + text[end:])


def main():
    only = sys.argv[sys.argv.index("--only") + 1] if "--only" in sys.argv else None
    chosen = [job for job in JOBS["jobs"] if only in (None, job["group"])]
    started = time.monotonic()
    outcomes = run_all(sorted(chosen, key=lambda job: -job.get("minutes", 0)))
    table = list(rows_of(add_up(outcomes), JOBS["rows"]))
    for what, figure, wanted, met in table:
        print(f"{'ok' if met else 'not ok'} - {what}: {figure}{f' (demanded: {wanted})' if wanted else ''}")
    seconds = time.monotonic() - started
    failed = sum(outcome.problem != "" for outcome in outcomes) + sum(not met for *_, met in table)
    print(f"reliability: {len(outcomes)} programs, {seconds / 60:.1f} minutes, {failed} problems")
    if "--write" in sys.argv and failed == 0:
        write_page(table, seconds)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
