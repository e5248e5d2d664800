# SPDX-License-Identifier: MIT
"""One row of the table through two programs: what each did, and in which ways that differs."""
import pathlib
import re
import shlex

import files

# Lines that other programs look for (OpenMV IDE, Arduino, QMK, scripts); of bars the full ones.
READ_BY_MACHINES = re.compile(
    r"Found (?:DFU|Runtime): |Device ID |DFU mode device DFU version|Device returned transfer size|"
    r"DfuSe interface name|Downloading element to address|Parsing element|(?:Download|Upload)\t\[=+\] 100%|"
    r"(?:Erase   |Download|Upload) done\.|File downloaded successfully|Done parsing DfuSe file|Done!|"
    r"Received a total of|Opening DFU capable USB device")
COMPLAINT = re.compile(r"dfu-util: (Invalid dfuse .*)")
WAYS = ("exit", "lines", "flash", "files", "application", "complaints", "hangs")
FLASH_BYTES = {"pybv11": 1 << 20, "g431": 128 << 10, "l476": 512 << 10, "gd32": 1 << 20, "at32": 4032 << 10,
               "openmv-boot": 2560 << 10, "plain-dfu11": 64 << 10, "plain-dfu10": 64 << 10, "runtime-detaches": 64 << 10,
               "runtime-needs-reset": 64 << 10}
FLASH_BYTES_USUAL = 2 << 20


class Outcome:
    """What a program did with a row: exit codes, lines, flash of every board, files, started applications."""

    def __init__(self):
        self.exit, self.lines, self.errors, self.complaints, self.hangs = [], [], [], [], False
        self.flash, self.files, self.application = [], {}, []
        self.commands = []  # what the backend measured of each command

    def ways_it_differs(self, other):
        if self.hangs != other.hangs:  # how far it came when it was stopped is of no interest
            return {"hangs"}
        return {way for way in WAYS if getattr(self, way) != getattr(other, way)}


def machine_lines(text):
    """The lines that programs read, without what changes from plug-in to plug-in; bars may come in any order."""
    found = []
    for line in re.split(r"[\r\n]+", text):
        if READ_BY_MACHINES.match(line):
            line = re.sub(r"devnum=\d+", "devnum=N", line)
            found.append(re.sub(r'path="\d+-', 'path="N-', line).rstrip())
    return sorted(set(found))


def board_name(words):
    return re.search(r"--board (\S+)", words).group(1)


def prepare(row, folder):
    """Files of the row, and a flash file for each board; gives the flash files."""
    for name, data in row.files.items():
        (folder / name).write_bytes(data)
    paths = []
    for number, words in enumerate(row.boards):
        path = folder / f"board{number}.flash"
        size = FLASH_BYTES.get(board_name(words), FLASH_BYTES_USUAL)
        path.write_bytes(files.firmware(0x08000000, size, 77) if row.flash == "old" else b"\xff" * size)
        paths.append(path)
    return paths


def run_row(row, program, backend, folder):
    """Runs every command of a row; program is the path of a dfu-util."""
    folder = pathlib.Path(folder)
    flash = prepare(row, folder)
    outcome = Outcome()
    before = set(folder.iterdir())
    for command in row.commands:
        done = backend.run([program, *shlex.split(command)], row.boards, flash, folder)
        outcome.exit.append(done.code)
        if done.code == 0:  # in which order it was looked for what is wrong is of no interest
            outcome.lines += machine_lines(done.out)
        outcome.errors.append(done.err)
        outcome.complaints += COMPLAINT.findall(done.err)
        outcome.hangs = outcome.hangs or done.hangs
        outcome.application.append(done.application)
        outcome.commands.append(done)
    outcome.flash = [path.read_bytes() for path in flash]
    outcome.files = {path.name: path.read_bytes() for path in sorted(set(folder.iterdir()) - before)
                     if path.is_file() and not path.name.startswith(".")}
    return outcome


def describe(ours, theirs, ways):
    """Where two outcomes differ, for a person."""
    lines = []
    for way in sorted(ways):
        if way == "flash":
            for number, (a, b) in enumerate(zip(ours.flash, theirs.flash)):
                at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), None)
                if at is not None:
                    lines.append(f"flash of board {number} from offset 0x{at:X}: ours {a[at:at + 8].hex()}, "
                                 f"theirs {b[at:at + 8].hex()}")
        elif way == "lines":
            lines += [f"only ours:   {line}" for line in ours.lines if line not in theirs.lines]
            lines += [f"only theirs: {line}" for line in theirs.lines if line not in ours.lines]
        else:
            lines.append(f"{way}: ours {getattr(ours, way)}, theirs {getattr(theirs, way)}"[:300])
    for whose, outcome in (("ours", ours), ("theirs", theirs)):
        lines += [f"{whose} said: {line}" for text in outcome.errors for line in text.splitlines()[:6]]
    return lines


def verdict(row, ours, theirs):
    """None when the two differ as the row says, else what is wrong."""
    ways = ours.ways_it_differs(theirs)
    if ours.hangs:
        return ["ours does not end", *describe(ours, theirs, ways)]
    if ways == set(row.ways):
        return None
    return [f"differs in: {', '.join(sorted(ways)) or 'nothing'}; the table says: {', '.join(sorted(row.ways)) or 'nothing'}",
            *describe(ours, theirs, ways)]
