#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How large the firmware of each board is, section by section and function by function, against its budget.

firmware_size.py [--record] FOLDER [BOARD...]    FOLDER/BOARD/... as `make firmware` leaves it; no board: all of them
--record also writes the sums into the boards' rows of bench/sizes.csv."""
import pathlib
import subprocess
import sys

FLASH_BUDGET, RAM_BUDGET = 8192, 8192
SEALED_BUDGET = 16384  # the first sector of an F405, and the log of versions at its end (boot/seal_log.h)
LOG_BYTES = 1536
ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLE = ROOT / "bench/sizes.csv"
HEAD = "board,flash_bytes,ram_bytes"
LARGEST = 12


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def sections(elf):
    """{name: (bytes, address)} of the sections that take room on the chip."""
    found = {}
    for line in run("arm-none-eabi-size", "-A", elf).splitlines()[2:]:
        fields = line.split()
        if len(fields) == 3 and not fields[0].startswith((".debug", ".comment", ".ARM", "Total")):
            found[fields[0]] = (int(fields[1]), int(fields[2]))
    return {name: value for name, value in found.items() if value[1] != 0 and value[0] > 0}


def symbols(elf):
    """(bytes, name), largest first."""
    rows = [line.split() for line in run("arm-none-eabi-nm", "-S", "--size-sort", "-r", elf).splitlines()]
    return [(int(row[1], 16), row[3]) for row in rows if len(row) == 4 and row[2] in "tTrR"]


def flash_budget(board):
    """More for a board that checks seals; where its first sector is no larger than that, it has the log of versions."""
    text = run("arm-none-eabi-gcc", "-E", "-dM", f"-I{ROOT}", str(ROOT / f"boot/board/{board}/board.h"))
    if "BOARD_SEAL_ID" not in text:
        return FLASH_BUDGET
    return SEALED_BUDGET - (LOG_BYTES if "CHIP_RUN1_KIB 16\n" in text else 0)


def report(board, elf, out):
    parts = sections(elf)
    flash = sum(size for size, addr in parts.values() if addr < 0x20000000)
    ram = sum(size for size, addr in parts.values() if addr >= 0x20000000)
    lines = [f"{board}: flash {flash} of {flash_budget(board)} bytes, RAM {ram} of {RAM_BUDGET} bytes"]
    lines += [f"  {name:<10} {size:>6}  at 0x{addr:08X}" for name, (size, addr) in parts.items()]
    print("\n".join(lines))
    lines += [f"  {size:>6}  {name}" for size, name in symbols(elf)]
    out.write_text("\n".join(lines) + "\n", encoding="ascii")
    print("  largest: " + ", ".join(f"{name} {size}" for size, name in symbols(elf)[:LARGEST]))
    return flash, ram


def all_boards():
    return sorted(header.parent.name for header in (ROOT / "boot/board").glob("*/board.h"))


def write_rows(rows):
    """Into the table; what it says of other boards stays."""
    known = dict(line.split(",", 1) for line in TABLE.read_text(encoding="ascii").splitlines()[1:])
    known.update(rows)
    TABLE.write_text("\n".join([HEAD] + [f"{board},{sums}" for board, sums in known.items()]) + "\n", encoding="ascii")


def main():
    words = [word for word in sys.argv[1:] if word != "--record"]
    folder, boards = pathlib.Path(words[0]), words[1:] or all_boards()
    rows, over = {}, 0
    for board in boards:
        name = folder / board / f"dfukit-boot-{board}"
        flash, ram = report(board, f"{name}.elf", pathlib.Path(f"{name}.size.txt"))
        rows[board] = f"{flash},{ram}"
        if flash > flash_budget(board) or ram > RAM_BUDGET:
            print(f"{board}: over budget: {max(flash - flash_budget(board), 0)} bytes of flash, "
                  f"{max(ram - RAM_BUDGET, 0)} bytes of RAM too many")
            over += 1
    if "--record" in sys.argv:
        write_rows(rows)
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
