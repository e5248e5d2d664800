#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the models with spin, that each of their rules is needed, and that what the bootloader does at a board is in
them. Prints TAP. Argument: full, for what takes minutes."""
import os
import re
import subprocess
import sys
import tempfile

import traces
from traces import Failure

HERE = os.path.dirname(os.path.abspath(__file__))
MODEL = os.path.join(HERE, "update.pml")
LIMIT_S = 900
STATES_MIN = 10000
SESSIONS = 150  # that are recorded; in full all there are
TALLY = {"traces": 0}
PROPERTIES = ["always_leaves", "no_dead_end", "is_started"]

# A rule that is taken away, the number of banks, and what has to fail then.
MUTANTS = [
    ("COMMIT_WORD_FIRST", 1, "safety"),
    ("NO_SPOIL", 1, "safety"),
    ("NO_SPOIL", 2, "safety"),
    ("NO_CLEAR", 1, "safety"),
    ("NO_HOLD_BACK", 1, "safety"),
    ("NO_HOLD_BACK", 2, "safety"),
    ("KEEP_UNFINISHED", 1, "safety"),
    ("KEEP_UNHEARD", 1, "safety"),
    ("KEEP_UNHEARD", 2, "safety"),
    ("SESSION_KEEPS_PENDING", 2, "safety"),
    ("ERASE_WITHOUT_WAITING", 2, "safety"),
    ("NO_QUIET_COMMIT", 1, "is_started"),
    ("LEAVE_WAITS_FOR_STATUS", 1, "always_leaves"),
    ("LEAVE_KEEPS_PENDING", 1, "always_leaves"),
]
# Operations of the flash that have to occur, or the model shows nothing.
OPERATIONS = {
    1: ["spoil", "clear", "erase0", "erase1", "write0", "write1", "erase_drive", "write_drive", "commit_entry",
        "commit_low", "commit_top"],
    2: ["spoil", "erase0", "erase1", "write0", "write1", "erase_drive", "write_drive", "commit_top"],
}


def build(folder, banks, words, safety):
    """Makes the verifier of one variant in a folder of its own."""
    defines = ["-DBANKS=%d" % banks] + ["-D" + word for word in words]
    made = subprocess.run(["spin"] + defines + ["-a", MODEL], cwd=folder, capture_output=True,
                          text=True, timeout=LIMIT_S, check=False)
    if made.returncode != 0:
        raise Failure(made.stdout + made.stderr)
    options = ["-DSAFETY", "-DNOCLAIM", "-DCOLLAPSE"] if safety else ["-DNFAIR=3", "-DCOLLAPSE"]
    if "TRACE" in words:
        options = ["-DSAFETY", "-I" + HERE]
    subprocess.run(["gcc", "-O0", "-w"] + options + ["-o", "pan", "pan.c"], cwd=folder, check=True, timeout=LIMIT_S)


def verify(folder, claim):
    """Runs a verifier. Returns (errors, states)."""
    words = [] if claim == "safety" else ["-a", "-f", "-N", claim]
    ran = subprocess.run(["./pan", "-m2000000"] + words, cwd=folder, capture_output=True, text=True,
                         timeout=LIMIT_S, check=False)
    errors = re.search(r"errors: (\d+)", ran.stdout)
    states = re.search(r"^\s*(\S+) states, stored", ran.stdout, re.M)
    if errors is None or states is None or "max search depth too small" in ran.stdout:
        raise Failure(ran.stdout + ran.stderr)
    return int(errors.group(1)), int(float(states.group(1)))


def holds(banks, words, claims):
    """Every claim holds for the model as it is. Returns the number of states."""
    total = 0
    with tempfile.TemporaryDirectory() as folder:
        build(folder, banks, words, claims == ["safety"])
        for claim in claims:
            errors, states = verify(folder, claim)
            if errors != 0 or states < STATES_MIN:
                raise Failure("%s: %d errors, %d states" % (claim, errors, states))
            total += states
    return total


def fails(banks, words, claim):
    """The claim fails for a changed model, and spin has a trail that shows how."""
    with tempfile.TemporaryDirectory() as folder:
        build(folder, banks, words, claim == "safety")
        errors, states = verify(folder, claim)
        if errors == 0 or not os.path.exists(os.path.join(folder, "update.pml.trail")):
            raise Failure("%s: no error" % " ".join(words))
    return states


def recorded(banks, guest, amount, each):
    """Traces of a board can be followed in the model, and altered ones cannot. Returns the number of states."""
    found = traces.record(banks, guest, amount)
    with tempfile.TemporaryDirectory() as folder:
        build(folder, banks, ["TRACE"], True)
        states = traces.check(folder, banks, found, each)
    print("# %s: %d different traces" % (traces.BOARDS[banks], len(found)))
    TALLY["traces"] += len(found)
    return states


def cases(full):
    """Gives (name, function, arguments) of every check."""
    yield "safety_1_banks", holds, (1, [], ["safety"])
    yield "safety_2_banks", holds, (2, [] if full else ["FEW"], ["safety"])
    yield "liveness_1_banks", holds, (1, ["CUTS=1" if full else "CUTS=0"], PROPERTIES)
    if full:
        yield "liveness_2_banks", holds, (2, ["CUTS=0"], PROPERTIES)
    for banks, operations in OPERATIONS.items():
        for operation in operations if full else operations[:1] + operations[-1:]:
            yield "%d_banks_%s_occurs" % (banks, operation), fails, (
                banks, ["NEVER_SEEN=" + operation], "safety")
    for banks, board in traces.BOARDS.items():
        yield "what_%s_does_is_in_the_model" % board, recorded, (
            banks, "native", 0 if full else SESSIONS, 25 if full else 3)
    for word, banks, claim in MUTANTS:
        yield "%d_banks_%s_breaks_%s" % (banks, word, claim), fails, (
            banks, [word] if claim == "safety" else [word, "CUTS=0"], claim)


def attempt(function, arguments):
    """Runs one check. Returns (states, what went wrong or None)."""
    try:
        return function(*arguments), None
    except (Failure, subprocess.SubprocessError) as failure:
        return 0, str(failure)


def main():
    """Runs them all."""
    todo = list(cases("full" in sys.argv[1:]))
    print("1..%d" % len(todo), flush=True)
    failed = states = 0
    for number, (name, function, arguments) in enumerate(todo, 1):
        seen, wrong = attempt(function, arguments)
        states += seen
        failed += wrong is not None
        print("%sok %d - %s" % ("not " if wrong else "", number, name), flush=True)
        for line in (wrong or "").splitlines()[:20]:
            print("# " + line)
    print("# total: model_states=%d model_checks=%d model_mutants=%d model_traces=%d model_failures=%d"
          % (states, len(todo), len(MUTANTS), TALLY["traces"], failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
