#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Our readers and writers against objcopy, srec_cat, dfu-suffix, fwupdtool and gzip, byte for byte. Prints TAP."""
import base64
import gzip
import os
import random
import re
import subprocess
import sys
import tempfile

TOOL = sys.argv[1]
START = 0x08000000
PAGES = bytes(random.Random(1).randbytes(5120))
ODD = bytes(random.Random(2).randbytes(5003))
WIDE = bytes(random.Random(3).randbytes(0x18000))

ASSEMBLY = """
 .syntax unified
 .cpu cortex-m4
 .thumb
 .section .isr,"a"
 .word 0x20020000
 .word start+1
 .text
 .thumb_func
 .global start
start: ldr r0,=value
 bx lr
 .data
value: .word 0x12345678, 7, 8
 .bss
 .space 64
"""
LINKER = """
ENTRY(start)
MEMORY { F (rx): ORIGIN = 0x08000000, LENGTH = 1M  R (rwx): ORIGIN = 0x20000000, LENGTH = 128K }
SECTIONS { .isr : {*(.isr)} >F  .text 0x08000100 : {*(.text)} >F  .data : {*(.data)} >R AT>F  .bss : {*(.bss)} >R }
"""


def run(*command, ok=True):
    done = subprocess.run([str(part) for part in command], capture_output=True, timeout=60)
    if ok and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))} ended with {done.returncode}: {done.stderr.decode()}")
    return done


def put(name, data):
    with open(name, "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())


def get(name):
    with open(name, "rb") as file:
        return file.read()


def convert(source, target, *options):
    run(TOOL, "convert", source, target, *options)
    return get(target)


def show(name, *options):
    text = run(TOOL, "show", name, *options).stdout.decode()
    segments = [(int(addr, 16), bytes.fromhex(data)) for addr, data in
                re.findall(r"^segment \d+ (0x\w+) \d+ (\w+)$", text, re.M)]
    return text, segments


def equal(got, wanted, what):
    if got != wanted:
        at = next((i for i, (a, b) in enumerate(zip(got, wanted)) if a != b), min(len(got), len(wanted)))
        raise AssertionError(f"{what}: first difference at index {at}; lengths {len(got)}, {len(wanted)}")


def our_hex_says_the_same_to_srec_cat_and_objcopy():
    put("wide.bin", WIDE)
    convert("wide.bin", "wide.hex", "--at", "0x0800F000")
    run("srec_cat", "wide.hex", "-intel", "-offset", "-0x0800F000", "-o", "wide.srec_cat", "-binary")
    equal(get("wide.srec_cat"), WIDE, "srec_cat")
    run("arm-none-eabi-objcopy", "-I", "ihex", "-O", "binary", "wide.hex", "wide.objcopy")
    equal(get("wide.objcopy"), WIDE, "objcopy")


def our_hex_is_that_of_objcopy():
    put("odd.bin", ODD)
    ours = convert("odd.bin", "odd.hex", "--at", "0x08000000")
    run("arm-none-eabi-objcopy", "-I", "binary", "-O", "ihex", "--change-addresses", "0x08000000", "odd.bin", "theirs.hex")
    lines = get("theirs.hex").decode().split()
    equal(ours.decode().split(), [line for line in lines if not line.startswith(":04000005")], "lines")


def hex_of_srec_cat_and_objcopy_is_read():
    put("wide.bin", WIDE)
    for style in ("-address-length=4", "-address-length=3"):
        addr = 0x0001F000
        run("srec_cat", "wide.bin", "-binary", "-offset", addr, "-o", "theirs.hex", "-intel", style)
        equal(show("theirs.hex")[1], [(addr, WIDE)], style)
    run("arm-none-eabi-objcopy", "-I", "binary", "-O", "ihex", "--change-addresses", "0x0800FFF1", "wide.bin", "theirs.hex")
    equal(show("theirs.hex")[1], [(0x0800FFF1, WIDE)], "objcopy")


def srecords_of_srec_cat_and_objcopy_are_read():
    for size, addr in ((2, 0x1000), (3, 0x123456), (4, START)):
        put("odd.bin", ODD)
        run("srec_cat", "odd.bin", "-binary", "-offset", addr, "-o", "theirs.srec", "-motorola", f"-address-length={size}")
        equal(show("theirs.srec")[1], [(addr, ODD)], f"srec_cat with {size} bytes of address")
    run("arm-none-eabi-objcopy", "-I", "binary", "-O", "srec", "--change-addresses", START, "odd.bin", "theirs.srec")
    equal(show("theirs.srec")[1], [(START, ODD)], "objcopy")


def our_plain_dfu_is_that_of_dfu_suffix():
    put("odd.bin", ODD)
    put("theirs.dfu", ODD)
    run("dfu-suffix", "-v", "37c5", "-p", "9204", "-d", "0101", "-a", "theirs.dfu")
    equal(convert("odd.bin", "ours.dfu", "--ids", "37c5:9204:0101"), get("theirs.dfu"), "file")
    put("any.dfu", ODD)
    run("dfu-suffix", "-a", "any.dfu")
    equal(convert("odd.bin", "ours.dfu"), get("any.dfu"), "file with wildcards")
    text, segments = show("theirs.dfu")
    assert "ids 37C5:9204:0101 0100 1" in text, text
    equal(segments, [(0, ODD)], "read")


def dfu_suffix_accepts_our_files():
    put("odd.bin", ODD)
    for name, options, version in (("plain.dfu", [], "0x0100"), ("dfuse.dfu", ["--at", "0x08000000"], "0x011A")):
        convert("odd.bin", name, *options)
        said = run("dfu-suffix", "-c", name).stdout.decode()
        assert re.search(rf"BCD DFU:\s+{version}", said), said


def fwupd_xml(targets):
    images = ""
    for alternate, chunks in targets:
        inner = "".join(f"<chunk><addr>{addr:#x}</addr><data>{base64.b64encode(data).decode()}</data></chunk>"
                        for addr, data in chunks)
        images += f"<firmware><id>ST...</id><idx>{alternate:#x}</idx><chunks>{inner}</chunks></firmware>"
    return ("<firmware gtype='FuDfuseFirmware'><vendor>0x483</vendor><product>0xdf11</product>"
            f"<release>0xffff</release><dfu_version>0x11a</dfu_version>{images}</firmware>")


def our_dfuse_is_that_of_fwupd():
    put("fwupd.xml", fwupd_xml([(0, [(START, ODD), (0x08040000, PAGES)])]))
    run("fwupdtool", "firmware-build", "fwupd.xml", "theirs.dfu")
    convert("theirs.dfu", "two.hex")
    equal(convert("two.hex", "ours.dfu"), get("theirs.dfu"), "file")


def dfuse_with_two_alternates_of_fwupd_is_read_and_written():
    put("fwupd.xml", fwupd_xml([(0, [(START, ODD)]), (2, [(0x90000000, PAGES), (0x90010000, ODD)])]))
    run("fwupdtool", "firmware-build", "fwupd.xml", "theirs.dfu")
    equal(show("theirs.dfu")[1], [(START, ODD), (0x90000000, PAGES), (0x90010000, ODD)], "read")
    equal(convert("theirs.dfu", "ours.dfu"), get("theirs.dfu"), "file")


def fwupd_parses_our_dfuse():
    put("pages.bin", PAGES)
    convert("pages.bin", "ours.dfu", "--at", "0x08020000", "--ids", "1209:0001:0203")
    said = run("fwupdtool", "firmware-parse", "ours.dfu", "dfuse").stdout.decode()
    for wanted in ("<vendor>0x1209</vendor>", "<product>0x1</product>", "<release>0x203</release>",
                   "<addr>0x8020000</addr>", 'size="0x1400"'):
        assert wanted in said, said


def our_uf2_is_that_of_fwupd():
    put("pages.bin", PAGES)
    put("fwupd.xml", "<firmware gtype='FuUf2Firmware'><addr>0x8000000</addr><idx>0x57755a57</idx>"
                     "<filename>pages.bin</filename></firmware>")
    run("fwupdtool", "firmware-build", "fwupd.xml", "theirs.uf2")
    equal(convert("pages.bin", "ours.dfu", "--at", START) and
          convert("ours.dfu", "ours.uf2", "--family", "0x57755A57"), get("theirs.uf2"), "file")
    text, segments = show("theirs.uf2")
    assert "family 0x57755A57" in text, text
    equal(segments, [(START, PAGES)], "read")


def link(name, *options):
    put("e.s", ASSEMBLY)
    put("e.ld", LINKER)
    run("arm-none-eabi-as", "e.s", "-o", "e.o")
    run("arm-none-eabi-ld", "e.o", "-o", name, *options)


def elf_loads_what_objcopy_loads():
    link("e.elf", "-T", "e.ld")
    run("arm-none-eabi-objcopy", "-O", "binary", "e.elf", "theirs.bin")
    text, segments = show("e.elf")
    equal(segments, [(START, get("theirs.bin"))], "bytes")
    assert "entry 0x08000101" in text, text


def elf_headers_that_the_linker_loads_are_left_out():
    link("paged.elf", "-z", "max-page-size=0x10000", "-Ttext=0x08000100", "-e", "start")
    run("arm-none-eabi-objcopy", "-O", "srec", "paged.elf", "theirs.srec")
    text, segments = show("paged.elf")
    equal(segments, show("theirs.srec")[1], "bytes")
    assert "warning elf-headers 0" in text, text


def gzipped_files_of_gzip_are_read():
    put("odd.bin", ODD)
    convert("odd.bin", "odd.dfu", "--at", "0x08000000")
    run("gzip", "-k", "-f", "-9", "odd.dfu")
    text, segments = show("odd.dfu.gz")
    equal(segments, [(START, ODD)], "read")
    assert "gzipped 1" in text, text
    put("two.bin.gz", gzip.compress(ODD) + gzip.compress(PAGES))
    equal(show("two.bin.gz")[1], [(0, ODD + PAGES)], "two members")


def damage_seen_by_others_is_seen_by_us():
    put("odd.bin", ODD)
    good = convert("odd.bin", "good.dfu", "--at", "0x08000000")
    put("bad.dfu", good[:700] + bytes([good[700] ^ 4]) + good[701:])
    ours = run(TOOL, "show", "bad.dfu", ok=False)
    assert ours.returncode == 5 and b"CRC" in ours.stderr, ours.stderr
    assert run("dfu-suffix", "-c", "bad.dfu", ok=False).returncode != 0
    assert run("fwupdtool", "firmware-parse", "bad.dfu", "dfuse", ok=False).returncode != 0


TESTS = (
    our_hex_says_the_same_to_srec_cat_and_objcopy,
    our_hex_is_that_of_objcopy,
    hex_of_srec_cat_and_objcopy_is_read,
    srecords_of_srec_cat_and_objcopy_are_read,
    our_plain_dfu_is_that_of_dfu_suffix,
    dfu_suffix_accepts_our_files,
    our_dfuse_is_that_of_fwupd,
    dfuse_with_two_alternates_of_fwupd_is_read_and_written,
    fwupd_parses_our_dfuse,
    our_uf2_is_that_of_fwupd,
    elf_loads_what_objcopy_loads,
    elf_headers_that_the_linker_loads_are_left_out,
    gzipped_files_of_gzip_are_read,
    damage_seen_by_others_is_seen_by_us,
)


def main():
    print(f"1..{len(TESTS)}")
    failed = 0
    for number, test in enumerate(TESTS, 1):
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            try:
                test()
                print(f"ok {number} {test.__name__}")
            except (AssertionError, OSError, subprocess.TimeoutExpired) as problem:
                failed = 1
                print(f"not ok {number} {test.__name__}\n# " + str(problem).replace("\n", "\n# "))
            os.chdir("/")
    return failed


if __name__ == "__main__":
    TOOL = os.path.abspath(TOOL)
    sys.exit(main())
