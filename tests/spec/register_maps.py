#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The bootloader's registers and the twin's were typed apart: every name that both have stands at one place."""
import os
import pathlib
import re
import sys

SOURCE = pathlib.Path(os.environ.get("DFUKIT_SOURCE", pathlib.Path(__file__).parents[2]))

# struct of the bootloader: its file, the block in the twin, the twin's file, offset of the struct in the block
COMMON = {
    "gpio_regs": ("core.h", "GPIOA", "gpio.c", 0),
    "iwdg_regs": ("core.h", "IWDG", "iwdg.c", 0),
    "rtc_regs": ("core.h", "RTC", "rtc.c", 0),
}
CHIPS = {
    "f405": COMMON | {
        "flash_regs": ("f405/regs.h", "FLASH", "flash_f4.c", 0),
        "rcc_regs": ("f405/regs.h", "RCC", "rcc_f4.c", 0),
    },
    "h743": COMMON | {
        "flash_regs": ("h743/regs.h", "FLASH", "flash_h7.c", 0),
        "rcc_regs": ("h743/regs.h", "RCC", "rcc_h7.c", 0),
        "rcc_enable_regs": ("h743/regs.h", "RCC", "rcc_h7.c", 0xD0),
        "pwr_regs": ("h743/regs.h", "PWR", "pwr_h7.c", 0),
        "crs_regs": ("h743/regs.h", "CRS", "crs.c", 0),
    },
}
# files of the twin with the bits of a block
BITS = {
    "f405": {"FLASH": ["flash_f4.c"], "RCC": ["rcc_f4.c"]},
    "h743": {"FLASH": ["flash_h7.h"], "RCC": ["rcc_h7.h"], "PWR": ["pwr_h7.c"]},
}
GROUPS = ("ERRORS", "FLAGS")  # masks of several bits: names of ours, not of the manual
# members of struct chip that are the base of a block
BASES = {"gpio": "GPIOA", "iwdg": "IWDG", "rtc": "RTC", "power": "PWR"}


def read(path):
    return re.sub(r"/\*.*?\*/", "", (SOURCE / path).read_text(), flags=re.S)


def number(text, names=None):
    """The value of a constant expression of C, or None."""
    words = re.sub(r"\b(0x[0-9A-Fa-f]+|\d+)[uUlL]+\b", r"\1", text).strip()
    words = re.sub(r"[A-Za-z_]\w*", lambda m: str((names or {}).get(m[0], m[0])), words)
    return eval(words) if re.fullmatch(r"[\s0-9a-fA-Fx|&<>()+*~-]+", words) else None


def constants(text):
    found = {}
    for body in re.findall(r"enum\s*\w*\s*\{(.*?)\}", text, re.S):
        for name, value in re.findall(r"(\w+)\s*=\s*([^,]+)", body):
            found[name] = number(value, found)
    for name, value in re.findall(r"#define (\w+) +(\S.*)", text):
        found[name] = number(value, found)
    return {name: value for name, value in found.items() if value is not None}


def fields(text, struct):
    """(name, offset) of the members of a struct of 32-bit registers; gaps are left out."""
    body = re.search(r"struct %s \{\s*volatile uint32_t (.*?);" % struct, text, re.S)[1]
    offset = 0
    for member in re.split(r",\s*", body):
        name, count = re.fullmatch(r"(\w+)(?:\[(\d+)\])?", member.strip()).groups()
        if not name.startswith("gap"):
            yield name.upper(), offset
        offset += 4 * int(count or 1)


def twin_rows(path):
    """offset: name of the registers in a table of the twin."""
    rows = re.findall(r'\{"(\w+)",\s*(0x[0-9A-Fa-f]+),', read("twin/soc/" + path))
    return {int(offset, 16): name for name, offset in reversed(rows)}


def twin_map(chip):
    """name: (base, clock enable register, bit) of the parts of a chip."""
    rows = re.findall(r'\{"(\w+)",\s*(0x\w+),\s*[^,]+,\s*\w+,\s*(\d+),\s*(0x\w+),\s*(\d+),', read(f"twin/soc/map_{chip}.c"))
    return {name: {"base": int(base, 16), "irq": int(irq), "enable": (int(at, 16), int(bit))}
            for name, base, irq, at, bit in rows}


def block_of(parts, name):
    return parts.get(name) or parts[name + "1"]


def compare_registers(chip, check):
    for struct, (path, _, twin, start) in CHIPS[chip].items():
        rows = twin_rows(twin)
        for name, offset in fields(read("boot/mcu/" + path), struct):
            theirs = rows.get(start + offset, "nothing")
            check(theirs.startswith(name), f"{chip} {struct} 0x{start + offset:02X} {name}: the twin has {theirs}")


def compare_bases(chip, check):
    parts = twin_map(chip)
    text = read(f"boot/mcu/{chip}/regs.h")
    for struct, value in re.findall(r"#define \w+\s+\(\(struct (\w+) \*\)(0x\w+?)u?\)", text):
        _, block, _, start = CHIPS[chip][struct]
        check(int(value, 16) == block_of(parts, block)["base"] + start, f"{chip} {struct} at {value}")
    members = dict(re.findall(r"\.(\w+) = (0x\w+|\d+),", read(f"boot/mcu/{chip}/chip.c")))
    for member, block in BASES.items():
        check(int(members[member], 0) == block_of(parts, block)["base"], f"{chip} .{member} at {members[member]}")
    check(int(members["flash_irq"]) == parts["FLASH"]["irq"], f"{chip} .flash_irq {members['flash_irq']}")
    usb = [part for part in parts.values() if part["base"] == int(members["usb"], 16)]
    check([part["irq"] for part in usb] == [int(members["usb_irq"])], f"{chip} .usb_irq {members['usb_irq']}")
    gpio = int(members["gpio_enable"], 16) - parts["RCC"]["base"]
    check(parts["GPIOA"]["enable"] == (gpio, 0), f"{chip} .gpio_enable {members['gpio_enable']}")


def compare_bits(chip, check):
    ours = constants(read(f"boot/mcu/{chip}/regs.h"))
    for block, files in BITS[chip].items():
        theirs = {}
        for path in files:
            theirs |= {name.removeprefix(block + "_"): value for name, value in constants(read("twin/soc/" + path)).items()}
        for name, value in ours.items():
            words = re.fullmatch(block + r"_[A-Z0-9]+?_([A-Z0-9]+)", name)
            if words and words[1] in theirs and words[1] not in GROUPS:
                check(value == theirs[words[1]], f"{chip} {name} 0x{value:X}, the twin has 0x{theirs[words[1]]:X}")


def main():
    compared, wrong = 0, []

    def check(good, what):
        nonlocal compared
        compared += 1
        if not good:
            wrong.append(what)

    for chip in CHIPS:
        compare_registers(chip, check)
        compare_bases(chip, check)
        compare_bits(chip, check)
    print("1..2")
    print("\n".join("# " + line for line in wrong))
    print("ok 1 - register_maps_agree" if not wrong else "not ok 1 - register_maps_agree")
    print(f"{'ok' if compared >= 120 else 'not ok'} 2 - enough was compared: {compared}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
