# SPDX-License-Identifier: MIT
"""What the bootloader does at a board, and whether the model of its updates does that too: traces, and altered ones."""
import os
import re
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
LIMIT_S = 900
BOARDS = {1: "pybv11", 2: "nucleo-h743zi"}  # by their banks
WRITES = ("write0", "write1")
COMMITS = ("commit_entry", "commit_top")


class Failure(Exception):
    """A check that did not come out as it has to."""


def record(banks, guest, amount):
    """Plays sessions, 0: all of them. Returns {trace: name of a session that has it}."""
    program = os.path.join(os.environ.get("DFUKIT_BUILD", "build"), "tests/models/model_record")
    ran = subprocess.run([program, guest, BOARDS[banks], str(amount)], capture_output=True, text=True, timeout=LIMIT_S,
                         check=False)
    traces = {}
    for name, trace in re.findall(r"^# trace (\S+): (.*)$", ran.stdout, re.M):
        traces.setdefault(trace, name)
    if ran.returncode != 0 or not traces:
        raise Failure("\n".join(line for line in (ran.stdout + ran.stderr).splitlines() if "trace " not in line))
    return traces


def follows(folder, trace):
    """The verifier in the folder finds its way to the end of the trace. Returns (whether, states)."""
    ran = subprocess.run(["./pan", "-E", "-w16", "-m200000"], cwd=folder, env=dict(os.environ, TRACE=trace),
                         capture_output=True, text=True, timeout=LIMIT_S, check=False)
    errors = re.search(r"errors: (\d+)", ran.stdout)
    states = re.search(r"^\s*(\S+) states, stored", ran.stdout, re.M)
    if errors is None or states is None or "max search depth too small" in ran.stdout:
        raise Failure(ran.stdout + ran.stderr)
    return errors[1] != "0", int(float(states[1]))


def took(word):
    """It is a request of a host, not what the board did."""
    return word[0] in "?!"


def find(words, *wanted):
    """Gives the place of the first of the words that is wanted, None without one."""
    return next((at for at, word in enumerate(words) if word in wanted), None)


def without(*names):
    """Alters a trace: what the board did first of these was not done."""
    def alter(words):
        at = find(words, *names)
        after = [] if at is None else [word for word in words[at + 1:] if not took(word)]
        once = at is not None and words.count(words[at]) == 1
        return words[:at] + words[at + 1:] if once and after and after[0] != "cut" else None
    return alter


def instead(old, new):
    """Alters a trace: another end, where it ends so."""
    return lambda words: words[:-1] + [new] if words[-1] == old else None


def commit_first(words):
    """The start is committed before the last block is written."""
    at = find(words, *COMMITS)
    before = [place for place in range(at or 0) if not took(words[place])]
    if not before or words[before[-1]] not in WRITES:
        return None
    last = before[-1]
    return words[:last] + [words[at]] + words[last:at] + words[at + 1:]


def top_first(words):
    """The last piece of the start is programmed before the others."""
    entry, top = find(words, "commit_entry"), find(words, "commit_top")
    if entry is None or top is None:
        return None
    words = list(words)
    words[entry], words[top] = words[top], words[entry]
    return words


def unheard(words):
    """A block is written before the host heard that it was taken."""
    for at, word in enumerate(words[:-1]):
        if word == "?heard" and words[at + 1] in WRITES:
            return words[:at] + [words[at + 1], word] + words[at + 2:]
    return None


def old_again(words):
    """The power is cut when the first sector is erased, and the old application is started."""
    erased, cut = find(words, "write0"), find(words, "cut")
    if erased is None or cut is None or cut < erased or words[cut + 1] != "dfu_mode":
        return None
    return words[:cut + 1] + ["starts_old"]


def completed(words):
    """Somebody comes for the drive, and what another host left unfinished is committed."""
    start, drive = find(words, "!start_block"), find(words, "!drive_erase")
    rest = find(words, "!rest1_block", "!last_rest1_block")
    if None in (start, drive) or drive < start or rest is not None or words[-1] != "stays":
        return None
    return words[:-1] + ["commit_top", "starts_a_part"]


def other_bank_first(words):
    """With two banks, the other one is erased before the start is spoilt."""
    spoil, erase1 = find(words, "spoil"), find(words, "erase1")
    if None in (spoil, erase1) or erase1 < spoil or find(words, "!erase_all", "?erase_all") is None:
        return None
    words = words[:erase1] + words[erase1 + 1:]
    return words[:spoil] + ["erase1"] + words[spoil:]


# What no bootloader may do, and what of it there is to be seen with one bank, with two.
ALTERED = {
    "spoil_left_out": (without("spoil"), (1, 2)),
    "clear_left_out": (without("clear"), (1,)),
    "erase_left_out": (without("erase0"), (1, 2)),
    "write_left_out": (without(*WRITES), (1, 2)),
    "top_left_out": (without("commit_top"), (1, 2)),
    "commit_before_write": (commit_first, (1, 2)),
    "top_before_entry": (top_first, (1,)),
    "write_before_heard": (unheard, (1, 2)),
    "old_started_after_erase": (old_again, (1, 2)),
    "unfinished_committed": (completed, (2,)),
    "other_bank_before_spoil": (other_bank_first, (2,)),
    "part_started": (instead("starts_new", "starts_a_part"), (1, 2)),
    "old_started_for_new": (instead("starts_new", "starts_old"), (1, 2)),
    "never_started": (instead("starts_new", "stays"), (1, 2)),
}


def altered(banks, traces, each):
    """Gives (name, altered trace), each kind at most so many times. Fails when there is nothing to be altered."""
    for name, (alter, kinds) in ALTERED.items():
        made = sorted({" ".join(words) for words in (alter(trace.split()) for trace in traces) if words})
        if banks in kinds and not made:
            raise Failure("no trace for " + name)
        for trace in made[::max(1, len(made) // each)][:each] if banks in kinds else []:
            yield name, trace


def check(folder, banks, traces, each):
    """Every trace can be followed, and no altered one. Returns the states that were looked at."""
    wrong, total = [], 0
    for trace, name in traces.items():
        good, states = follows(folder, trace)
        total += states
        wrong += [] if good else ["not in the model: %s: %s" % (name, trace)]
    for name, trace in altered(banks, traces, each) if each != 0 else []:
        good, states = follows(folder, trace)
        total += states
        wrong += ["in the model: %s: %s" % (name, trace)] if good else []
    if wrong:
        raise Failure("\n".join(wrong))
    return total
