#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""docs/porting.md, followed: its board is made and built in a copy of the tree; wrong boards are refused. Prints TAP."""
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(os.environ["DFUKIT_SOURCE"])
DOCUMENT = (SOURCE / "docs/porting.md").read_text(encoding="ascii")
PARTS = ("boot", "core", "examples", "cross", "tools", "meson.build", "meson_options.txt", "bench/sizes.csv")
FLASH = 0x08000000
CC = "arm-none-eabi-gcc"
FLAGS = ("-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-mcpu=cortex-m4", "-mthumb", "-ffreestanding", "-Os")
CHECKED = ("boot/board_data.c", "boot/mcu/pins_data.c", "examples/app/board.c")

# What is changed in the document's board, and a part of the message that must stop it.
WRONG = [
    ([("#include .*", "")], "include boot/board/f405.h"),
    ([("#define BOARD_APP_ADDR .*", "")], "define BOARD_APP_ADDR"),
    ([("#define BOARD_VENDOR .*", "")], "define BOARD_VENDOR"),
    ([("#define BOARD_PRODUCT_TEXT .*", "")], "define BOARD_PRODUCT_TEXT"),
    ([("0xFC000", "0")], "the application has no sectors"),
    ([("0x08004000", "0x08000000"), ("0xFC000", "0x100000")], "the application begins inside the bootloader"),
    ([("0x08004000", "0x08005000"), ("0xFC000", "0xFB000")], "no sector begins at BOARD_APP_ADDR"),
    ([("0x08004000", "0x08014000"), ("0xFC000", "0xEC000")], "no sector begins at BOARD_APP_ADDR"),
    ([("0x08004000", "0x08030000"), ("0xFC000", "0xD0000")], "no sector begins at BOARD_APP_ADDR"),
    ([("0xFC000", "0xFB000")], "the application ends within a sector"),
    ([("0xFC000", "0x11C000")], "the application ends behind the flash"),
    ([("f405", "h743"), ("0x08004000", "0x08020000"), ("0xFC000", "0x200000")], "the application ends behind the flash"),
    ([("f405", "h743"), ("0x08004000", "0x08100000"), ("0xFC000", "0x80000")], "the application begins in the second bank"),
    ([("DRIVE", "0x08000000, 0x4000")], "the drive begins inside the bootloader"),
    ([("DRIVE", "0x08006000, 0x2000")], "no sector begins at BOARD_DRIVE_ADDR"),
    ([("DRIVE", "0x08020000, 0x10000")], "the drive ends within a sector"),
    ([("DRIVE", "0x08020000, 0x100000")], "the drive ends behind the flash"),
    ([("DRIVE", "0x080E0000, 0x20000")], "drive and application overlap"),
    ([("DRIVE", "0x08004000, 0x4000"), ("0xFC000", "0xC000")], "drive and application overlap"),
    ([('"Sensor bootloader"', '"' + 80 * "x" + '"')], "BOARD_PRODUCT_TEXT is longer"),
    ([('"Sensors Ltd"', '"' + 80 * "x" + '"')], "BOARD_MANUFACTURER is longer"),
    ([("0x1209", "0x11209")], "BOARD_VENDOR (1..0xFFFF)"),
    ([("0x0001", "0x10001")], "BOARD_PRODUCT (0..0xFFFF)"),
    ([("BOARD_LED_COUNT .*", "BOARD_LED_COUNT 5"),
      (r"PIN\('C', 13\)", ", ".join(f"PIN('C', {n})" for n in range(5)))], "BOARD_LED_COUNT is at most 4"),
    ([("BOARD_LED_COUNT .*", "BOARD_LED_COUNT 2")], "BOARD_LEDS lists another number of pins"),
    ([(r"PIN\('A', 0\)", "PIN('A', 12)")], "BOARD_BUTTON is a pin of USB"),
    ([("#define BOARD_VENDOR", '#define BOARD_SEAL_ID ""\n#define BOARD_VENDOR')], "BOARD_SEAL_ID has 1 to 23"),
    ([("#define BOARD_VENDOR", '#define BOARD_SEAL_ID "' + 24 * "x" + '"\n#define BOARD_VENDOR')],
     "BOARD_SEAL_ID has 1 to 23"),
    ([("#define BOARD_VENDOR", '#define BOARD_SEAL_ID "x"\n#define BOARD_SEAL_KEY 1, 2\n#define BOARD_VENDOR')],
     "BOARD_SEAL_KEY is 32 bytes"),
    ([("f405", "h743"), ("0x08004000", "0x08020000"), ("0xFC000", "0x100000"),
      ("#define BOARD_VENDOR", '#define BOARD_SEAL_ID "x"\n#define BOARD_VENDOR')], "to check so large an application"),
    ([("8000000", "8")], "BOARD_CRYSTAL_HZ is a whole number"),
    ([("8000000", "14745600")], "BOARD_CRYSTAL_HZ is a whole number"),
    ([("BOARD_SERIAL .*", "BOARD_SERIAL 7")], "BOARD_SERIAL is the number of a serial port"),
]

# The document's splits, and more: chip, application, drive; and what hosts are to read.
SPLITS = [
    ("f405", "0x08004000, 0xFC000", None, "@Internal Flash  /0x08000000/01*016Ka,03*016Kg,01*064Kg,07*128Kg"),
    ("f405", "0x08020000, 0xE0000", "0x08004000, 0x1C000", "@Internal Flash  /0x08000000/01*016Ka/0x08020000/07*128Kg",
     "@Flash Drive  /0x08004000/03*016Kg,01*064Kg"),
    ("h743", "0x08020000, 0x1E0000", None, "@Internal Flash  /0x08000000/01*128Ka,15*128Kg"),
    ("h743", "0x08020000, 0x160000", "0x08180000, 0x80000", "@Internal Flash  /0x08000000/01*128Ka,11*128Kg",
     "@Flash Drive  /0x08180000/04*128Kg"),
    ("f405", "0x08008000, 0xF8000", "0x08004000, 0x4000",
     "@Internal Flash  /0x08000000/01*016Ka/0x08008000/02*016Kg,01*064Kg,07*128Kg", "@Flash Drive  /0x08004000/01*016Kg"),
    ("f405", "0x08004000, 0x1C000", "0x08020000, 0xE0000", "@Internal Flash  /0x08000000/01*016Ka,03*016Kg,01*064Kg",
     "@Flash Drive  /0x08020000/07*128Kg"),
    ("f405", "0x08010000, 0x10000", "0x080E0000, 0x20000", "@Internal Flash  /0x08000000/01*016Ka/0x08010000/01*064Kg",
     "@Flash Drive  /0x080E0000/01*128Kg"),
]


def run(*command, code=0, cwd=None):
    done = subprocess.run([str(word) for word in command], capture_output=True, timeout=300, text=True, cwd=cwd)
    assert code is None or done.returncode == code, \
        f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def block(language, word):
    """The document's code block in a language that has a word in it."""
    found = [text for text in re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT, re.M | re.S) if word in text]
    assert len(found) == 1, f"{len(found)} blocks with {word}"
    return found[0]


def with_drive(header, drive):
    addr, size = drive.split(", ")
    return header.replace("\n#endif", f"\n#define BOARD_DRIVE_ADDR {addr}\n#define BOARD_DRIVE_BYTES {size}\n\n#endif")


class Tree:
    """A copy of the parts of the tree that a board is built from."""

    def __init__(self, folder):
        self.root, self.out = folder / "tree", folder / "out"
        for part in PARTS:
            (self.root / part).parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if (SOURCE / part).is_dir() else shutil.copy
            copy(SOURCE / part, self.root / part)
        self.example = block("c", "#define BOARD_APP_ADDR")

    def board(self, name, text):
        header = self.root / "boot/board" / name / "board.h"
        header.parent.mkdir(exist_ok=True)
        header.write_text(text, encoding="ascii")

    def firmware(self, *names, code=0):
        return run(self.root / "tools/firmware", self.out, *names, code=code)

    def image(self, name, kind, form):
        return self.out / name / f"dfukit-{kind}-{name}.{form}"

    def compile(self, name, source, *more, code=0):
        return run(CC, *FLAGS, "-I", self.root, f'-DBOOT_BOARD_HEADER="boot/board/{name}/board.h"',
                   "-DBOOT_BOARD_NAME=boot_board_x", '-DAPP_BOARD_NAME="x"', self.root / source, *more, code=code)


def check_example(tree):
    """The document's board builds as it stands, with nothing else in the tree changed."""
    tree.board("mysensor", tree.example)
    tree.firmware("mysensor")
    assert sorted(path.name for path in tree.out.iterdir()) == ["mysensor", "mysensor.setup.txt"], "other boards too"
    for kind in ("boot", "app"):
        assert "ARM" in run("arm-none-eabi-readelf", "-h", tree.image("mysensor", kind, "elf"))
        assert all(tree.image("mysensor", kind, form).stat().st_size > 0 for form in ("bin", "hex", "dfu"))


def check_size(tree):
    """It keeps the budget, and make size would say so."""
    text = run(sys.executable, tree.root / "tools/firmware_size.py", "--record", tree.out, "mysensor")
    flash = int(re.search(r"^mysensor: flash (\d+) of 8192 bytes", text, re.M).group(1))
    assert 4096 < flash <= 8192, text
    rows = (tree.root / "bench/sizes.csv").read_text(encoding="ascii").splitlines()
    old = (SOURCE / "bench/sizes.csv").read_text(encoding="ascii").splitlines()
    assert rows[:len(old)] == old and rows[-1].startswith(f"mysensor,{flash},"), rows


def check_data(tree):
    """Layout, texts, identity, alternate settings and record in the image are those of the header."""
    data = tree.image("mysensor", "boot", "bin").read_bytes()
    for text in (SPLITS[0][3], "Sensors Ltd", "Sensor bootloader"):
        assert text.encode() + b"\0" in data, text
    assert b"Flash Drive" not in data
    assert struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x0210, 0, 0, 0, 64, 0x1209, 1, 0x4100, 1, 2, 3, 1) in data, "device"
    assert struct.pack("<BBHB", 9, 2, 27, 1) in data, "configuration: one alternate"
    assert struct.unpack_from("<4sIIIII", data, 28) == (b"dfuk", 0x0100, 0x08004000, 0xFC000, 0, 0), "record"


def check_app(tree):
    """The sample application stands at BOARD_APP_ADDR, and its file names the board."""
    data = tree.image("mysensor", "app", "bin").read_bytes()
    stack, entry = struct.unpack_from("<2I", data)
    assert stack == 0x20020000 and 0x08004040 <= entry - 1 < 0x08004000 + len(data), f"{stack:X} {entry:X}"
    suffix = {kind: tree.image("mysensor", kind, "dfu").read_bytes()[-16:] for kind in ("boot", "app")}
    assert struct.unpack_from("<HHH", suffix["app"]) == (0xFFFF, 0x0001, 0x1209), "for the bootloader"
    assert struct.unpack_from("<HHH", suffix["boot"]) == (0xFFFF, 0xDF11, 0x0483), "for the ROM"


def check_edit(tree):
    """An edit of the header reaches the next build: address, identity, even the chip."""
    text = tree.example.replace("0x08004000", "0x08020000").replace("0xFC000", "0xE0000").replace("0x1209", "0x1234")
    tree.board("mysensor", text)
    tree.firmware("mysensor")
    app = tree.image("mysensor", "app", "dfu").read_bytes()
    assert struct.unpack_from("<I", app, 285)[0] == 0x08020000, "address"
    assert struct.unpack_from("<H", app, len(app) - 12)[0] == 0x1234, "identity"
    tree.board("mysensor", text.replace("f405", "h743"))
    tree.firmware("mysensor")
    attributes = run("arm-none-eabi-objdump", "-d", tree.image("mysensor", "boot", "elf"))
    assert b"14*128Kg" not in tree.image("mysensor", "boot", "bin").read_bytes()
    assert b"01*128Ka,07*128Kg" in tree.image("mysensor", "boot", "bin").read_bytes() and "5802" in attributes


def check_bare(tree):
    """A board of which only what has no default is said builds: no LED, no button, no drive, no serial port."""
    lines = ["#include \"boot/board/h743.h\"", "#define BOARD_APP_ADDR 0x08020000", "#define BOARD_APP_BYTES 0x1E0000",
             "#define BOARD_VENDOR 0x1209", "#define BOARD_PRODUCT 0x0001", "#define BOARD_PRODUCT_TEXT \"Bare\""]
    tree.board("bare-board", "\n".join(lines) + "\n")
    tree.firmware("bare-board")
    run(sys.executable, tree.root / "tools/firmware_size.py", tree.out, "bare-board")


def check_all(tree):
    """Without a name every folder is built, and the ones in the tree as before."""
    tree.board("mysensor", tree.example)
    tree.firmware()
    names = {path.parent.name for path in (SOURCE / "boot/board").glob("*/board.h")} | {"mysensor", "bare-board"}
    assert {path.name for path in tree.out.iterdir() if path.is_dir()} == names


def check_splits(tree):
    """Layout strings follow from the numbers, for every split of the document."""
    for chip, app, drive, *texts in SPLITS:
        addr, size = app.split(", ")
        header = tree.example.replace("f405", chip).replace("0x08004000", addr).replace("0xFC000", size)
        tree.board("split", with_drive(header, drive) if drive else header)
        out = tree.root / "split.o"
        tree.compile("split", "boot/board_data.c", "-Werror", "-c", "-o", out)
        found = re.findall(rb"@[ -~]+", out.read_bytes())
        assert found == [text.encode() for text in texts] or found[::-1] == [text.encode() for text in texts], found
    shutil.rmtree(tree.root / "boot/board/split")
    for chip, app, drive, *_ in SPLITS[:4]:
        assert re.search(rf"^\| {chip.upper()}.* \| {app} \| {drive or ''}", DOCUMENT, re.M), app


def check_names(tree):
    """A folder without a header and a header without a chip are refused by name, before anything is built."""
    text = tree.firmware("nowhere", code=1)
    assert "there is no boot/board/nowhere/board.h" in text and "docs/porting.md" in text, text
    tree.board("chipless", "#define BOARD_APP_ADDR 0x08020000\n")
    text = tree.firmware("chipless", code=1)
    assert "boot/board/chipless/board.h: include boot/board/f405.h or boot/board/h743.h" in text, text


def check_wrong_build(tree):
    """A wrong board does not get through the build as the document has it."""
    tree.board("wrong", with_drive(tree.example, "0x080E0000, 0x20000"))
    assert "board.h: drive and application overlap: move BOARD_DRIVE_ADDR" in tree.firmware("wrong", code=1)


def check_messages(tree):
    """Every message of the code is provoked by a wrong board, and explained in the document."""
    said = set()
    for source in (*CHECKED, "boot/board_rules.h"):
        text = re.sub(r'"\s*\n\s*"', "", (tree.root / source).read_text(encoding="ascii"))
        said.update(re.findall(r'"board\.h: ([^"]+)"', text))
    assert len(said) > 15, said
    for message in sorted(said):
        assert any(part in message for _, part in WRONG), f"no wrong board for: {message}"
    rows = re.findall(r"^\| (`.*?`[^|]*) \| ", DOCUMENT, re.M)
    quoted = [re.sub(r" ?\.\.\.", "", part) for row in rows for part in re.findall(r"`([^`]+)`", row)]
    for message in sorted(said):
        alike = re.sub("the drive (begins|ends).*", r"the drive \1", message)
        assert any(len(part) > 11 and part in alike for part in quoted), f"not in the document: {message}"


def check_defines(_tree):
    """The document's table has every define that a header may say, with the default of the code."""
    rules = (SOURCE / "boot/board_rules.h").read_text(encoding="ascii")
    defaults = dict(re.findall(r"^#define (BOARD_\w+) +(.*)$",
                               (SOURCE / "boot/board_defaults.h").read_text(encoding="ascii"), re.M))
    table = re.findall(r"^\| (`(?:BOARD|#).*?) \| .* \| (.*?) \|$", DOCUMENT, re.M)
    rows = {}
    for names, default in table:
        names = re.findall(r"`(\w+)`", names)
        rows.update({name if name.startswith("BOARD") else names[0].rsplit("_", 1)[0] + name: default for name in names})
    used = set(re.findall(r"\bBOARD_[A-Z_]+", rules)) - {"BOARD_TEXT_MAX", "BOARD_LAYOUT_H", "BOARD_RULES_H"}
    known = {name for name in set(defaults) | used if not name.endswith("_H")} - {"BOARD_HAS_BUTTON", "BOARD_SEAL_SIGNED"}
    assert known == set(rows), known ^ set(rows)
    for name, default in rows.items():
        said = default.strip("`")
        if name == "BOARD_SEAL_ID":  # the preprocessor asks whether it is there
            assert said == "none" and name not in defaults
            continue
        assert said == defaults.get(name, "must be") or said == "none" and defaults[name] == "0", (name, said)


def check_snippets(tree):
    """The application's code compiles without a warning, and links to where its memories say."""
    (tree.root / "enter.c").write_text(block("c", "enter_bootloader"), encoding="ascii")
    (tree.root / "app.ld").write_text(block("ld", "MEMORY") + "SECTIONS { .text : { *(.text*) } > FLASH }\n", encoding="ascii")
    elf = tree.root / "enter.elf"
    run(CC, *FLAGS, "-Werror", "-nostdlib", "-Wl,-T," + str(tree.root / "app.ld"), "-Wl,-e,enter_bootloader",
        tree.root / "enter.c", "-o", elf)
    text = run("arm-none-eabi-objdump", "-d", elf)
    enter = text[text.index("<enter_bootloader>:"):text.index("<order_bootloader>:")]
    assert re.search(r"8004000|800400[0-9a-f]:", text), text
    steps = [enter.index(step) for step in ("cpsid\ti", "mov\tr0, ", "msr\tMSP, ", "bx\t")]
    assert steps == sorted(steps) and "0x70ad0000" in text.lower() and "0x05fa0004" in text.lower(), text


def wrong(tree, changes, part):
    text = tree.example
    for old, new in changes:
        text = with_drive(text, new) if old == "DRIVE" else re.sub(old, lambda _, new=new: new, text)
    assert text != tree.example, "nothing changed"
    tree.board("wrong", text)
    said = "".join(tree.compile("wrong", source, "-fsyntax-only", code=None) for source in CHECKED)
    assert re.search(r"error: .*" + re.escape(part), said), said


CHECKS = [check_example, check_size, check_data, check_app, check_edit, check_bare, check_all, check_splits, check_names,
          check_wrong_build, check_messages, check_defines, check_snippets]


def main():
    if shutil.which(CC) is None:
        print(f"1..0 # SKIP no {CC}")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        tree = Tree(pathlib.Path(folder))
        cases = [(check.__doc__.split(".")[0].strip(), check, ()) for check in CHECKS]
        cases += [(f"refused: {part} (by {case[0][-1][1][:20]!r})", wrong, case) for case in WRONG for part in case[1:]]
        print(f"1..{len(cases)}")
        failed = 0
        for number, (what, check, words) in enumerate(cases, 1):
            try:
                check(tree, *words)
                print(f"ok {number} - {what}", flush=True)
            except (AssertionError, LookupError, OSError, subprocess.TimeoutExpired, AttributeError) as error:
                failed += 1
                print(f"not ok {number} - {what}\n# " + str(error).replace("\n", "\n# "), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
