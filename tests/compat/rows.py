# SPDX-License-Identifier: MIT
"""The table: command lines of dfu-util, and where our answer is another one on purpose.

A row: name, boards (words of dfukit-twin, one string each), commands (one or more, run in turn on the same boards).
  files     name -> bytes, there before the first command
  flash     "blank", or "old": other firmware everywhere (of every board)
  differs   ids of sections of docs/dfu-util.md: the two programs must then differ in exactly the ways named in
  ways      any of compare.WAYS; "hangs": dfu-util runs into the time limit, and ours ends well
  goes_on_s for how long the board goes on when the program has ended
  bus_reset the device needs one, which USB/IP does not have: not in the kernel lane"""
from dataclasses import dataclass, field

from files import damaged, dfuse, firmware, noise, suffixed


@dataclass
class Row:
    name: str
    boards: tuple
    commands: tuple
    files: dict = field(default_factory=dict)
    flash: str = "blank"
    differs: str = ""
    ways: tuple = ()
    bus_reset: bool = False
    goes_on_s: float = 0


F405, F405_OLD = "--board pybv11 --rom V9.1", "--board pybv11 --rom V3.1"
H743, H743_WEDGES = "--board nucleo-h743zi --rom V9.2", "--board openmv4p --rom V9.0"
PLAIN, PLAIN_1_0 = "--board plain-dfu11", "--board plain-dfu10"
PARTITIONS = "--board openmv-boot"
DETACHES, NEEDS_RESET = "--board runtime-detaches", "--board runtime-needs-reset"

START = 0x08000000
APP = {"app.bin": firmware(START, 20000)}
PAD = {"app.bin": firmware(START, 16384)}
TWO = {"app.dfu": dfuse((0, [(START, firmware(START, 9000)), (START + 0x20000, noise(2, 140000))]))}


def one(name, board, command, files=None, **more):
    return Row(name, (board,), (command,), files or {}, **more)


LISTS = [one("list_" + name, board, "-l") for name, board in (
    ("f405_v9_1", F405), ("f405_v3_1", F405_OLD), ("h743_v9_2", H743), ("h743_v9_0", H743_WEDGES),
    ("f767", "--board f767"), ("g431", "--board g431"), ("l476", "--board l476"), ("gd32", "--board gd32"),
    ("at32", "--board at32"), ("plain", PLAIN), ("plain_1_0", PLAIN_1_0), ("partitions", PARTITIONS),
    ("runtime", DETACHES))]

FILTERS = [
    one("filter_dfu_ids", F405, "-l -d ,0483:df11"),
    one("filter_both_ids", F405, "-l -d 0483:df11"),
    one("filter_other_dfu_ids", F405, "-l -d ,1209:0001"),
    one("filter_other_ids", F405, "-l -d 1209:0001", differs="ids-choose-in-both-modes", ways=("lines",)),
    one("filter_any_dfu", F405, "-l -d ,"),
    one("filter_no_dfu", F405, "-l -d *,-"),
    one("filter_runtime_ids", DETACHES, "-l -d 1209:0a01"),
    one("filter_runtime_ignored", DETACHES, "-l -d ,1209:0a02"),
    one("filter_nonsense_ids", F405, "-l -d xyz", differs="nonsense-is-refused", ways=("exit", "lines")),
    one("filter_serial", F405, "-l -S 0CC3A28C7B5B"),
    one("filter_other_serial", F405, "-l -S nobody"),
    one("filter_dfu_serial", F405, "-l -S nobody,0CC3A28C7B5B"),
    one("filter_path", F405, "-l -p 1-1"),
    one("filter_other_path", F405, "-l -p 1-7"),
    one("filter_alternate", F405, "-l -a 2"),
    one("filter_alternate_name", PARTITIONS, "-l -a FIRMWARE"),
    one("filter_configuration", F405, "-l -c 1"),
    one("filter_other_configuration", F405, "-l -c 2"),
    one("filter_interface", F405, "-l -i 0"),
    one("filter_other_interface", F405, "-l -i 3"),
    one("filter_number", F405, "-l -n 999"),
    Row("list_four_boards", (F405, H743, PLAIN, DETACHES), ("-l",)),
]

DOWNLOADS = [
    one("raw", F405, "-a 0 -s 0x08000000 -D app.bin", APP),
    one("raw_leave", F405, "-a 0 -s 0x08000000:leave -D app.bin", APP),
    one("raw_leave_f405_v3_1", F405_OLD, "-a 0 -s 0x08000000:leave -D app.bin", APP),
    one("raw_leave_h743", H743, "-a 0 -s 0x08000000:leave -D app.bin", APP),
    one("raw_leave_g431", "--board g431", "-a 0 -s 0x08000000:leave -D app.bin", APP, differs="blocks-that-a-rom-takes",
        ways=("exit", "lines", "flash", "application")),
    one("raw_alternate_name", F405,
        '-a "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg" -s 0x08000000 -D app.bin', APP),
    one("raw_second_sector", F405, "-a 0 -s 0x08004000 -D app.bin", {"app.bin": noise(3, 20000)}),
    one("raw_over_old_whole_sectors", F405, "-a 0 -s 0x08000000 -D app.bin", PAD, flash="old"),
    one("raw_over_old_leaves_neighbours", H743, "-a 0 -s 0x08020000 -D app.bin", {"app.bin": noise(3, 0x20000)},
        flash="old"),
    one("raw_over_old_part_of_a_sector", F405, "-a 0 -s 0x08000000 -D app.bin", APP, flash="old",
        differs="rest-of-a-sector", ways=("flash",)),
    one("raw_one_byte", F405, "-a 0 -s 0x08000000 -D app.bin", {"app.bin": b"\x42"},
        differs="padded-to-the-flash-word", ways=("exit", "lines", "flash")),
    one("raw_many_sectors", F405, "-a 0 -s 0x08000000 -D app.bin", {"app.bin": firmware(START, 100000)}),
    one("raw_decimal_address", F405, "-a 0 -s 134217728 -D app.bin", APP),
    one("raw_without_alternate", F405, "-s 0x08000000 -D app.bin", APP, differs="alternate-by-address",
        ways=("exit", "lines", "flash")),
    one("raw_with_suffix", F405, "-a 0 -s 0x08000000 -D app.dfu",
        {"app.dfu": suffixed(firmware(START, 5000), 0x0483, 0xDF11)}),
    one("raw_small_blocks", F405, "-a 0 -t 64 -s 0x08000000 -D app.bin", {"app.bin": firmware(START, 2000)}),
    one("raw_verbose", F405, "-v -v -a 0 -s 0x08000000 -D app.bin", APP, differs="bars-when-verbose", ways=("lines",)),
    one("raw_blank_in_the_file", F405, "-a 0 -s 0x08000000 -D app.bin",
        {"app.bin": firmware(START, 16384) + b"\xff" * 32768}, flash="old", differs="padding-is-left-alone",
        ways=("flash",)),
    one("raw_wait_with_device", F405, "-w -a 0 -s 0x08000000 -D app.bin", APP),
    one("raw_wait_by_its_long_name", F405, "--wait -a 0 -s 0x08000000 -D app.bin", APP, differs="wait-takes-no-value",
        ways=("exit", "lines", "flash")),
    one("raw_twice", F405, "-a 0 -s 0x08000000 -D app.bin", APP),
    one("dfuse", F405, "-a 0 -D app.dfu", TWO, differs="one-bar-for-the-file", ways=("lines",)),
    one("dfuse_leave", F405, "-a 0 -D app.dfu -s :leave", TWO,
        differs="leave-sets-the-address one-bar-for-the-file", ways=("application", "lines")),
    one("dfuse_micropython", F405, "-a 0 -d 0483:df11 -D app.dfu -s :leave",
        {"app.dfu": dfuse((0, [(START, firmware(START, 14000)), (START + 0x20000, noise(2, 40000))]))},
        differs="leave-sets-the-address one-bar-for-the-file", ways=("application", "lines")),
    one("dfuse_one_element_leave", F405, "-a 0 -D app.dfu -s :leave",
        {"app.dfu": dfuse((0, [(START, firmware(START, 2000))]))}),
    one("dfuse_h743", H743, "-a 0 -D app.dfu",
        {"app.dfu": dfuse((0, [(START, firmware(START, 9000)), (START + 0x100000, noise(2, 9000))]))},
        differs="one-bar-for-the-file", ways=("lines",)),
    one("dfuse_wedge", H743_WEDGES, "-a 0 -D app.dfu",
        {"app.dfu": dfuse((0, [(START, firmware(START, 9000)), (START + 0x100000, noise(2, 9000))]))},
        flash="old", differs="a-rom-that-hangs", ways=("hangs",)),
    one("dfuse_without_alternate", F405, "-D app.dfu", TWO, differs="one-bar-for-the-file", ways=("lines",)),
    one("dfuse_sector_twice", F405, "-a 0 -D app.dfu",
        {"app.dfu": dfuse((0, [(START, firmware(START, 4096)), (START + 0x4000, noise(2, 16384)),
                               (START + 0x2000, noise(3, 4096))]))},
        differs="a-sector-is-erased-once one-bar-for-the-file", ways=("flash", "lines")),
    one("dfuse_wildcard_ids", F405, "-a 0 -D app.dfu",
        {"app.dfu": dfuse((0, [(START, noise(2, 3000))]), vendor=0xFFFF, product=0xFFFF)}),
    one("dfuse_other_ids", F405, "-a 0 -D app.dfu",
        {"app.dfu": dfuse((0, [(START, noise(2, 3000))]), vendor=0x1111, product=0x2222)},
        differs="other-ids-are-refused", ways=("exit", "lines", "flash")),
    one("dfuse_other_ids_device_named", F405, "-a 0 -d ,0483:df11 -D app.dfu",
        {"app.dfu": dfuse((0, [(START, noise(2, 3000))]), vendor=0x1111, product=0x2222)}),
    one("dfuse_other_element_outside", F405, "-a 0 -D app.dfu",
        {"app.dfu": dfuse((0, [(START, noise(2, 3000)), (0x20000000, noise(3, 3000))]))},
        differs="the-whole-file-is-checked-first", ways=("flash",)),
    one("dfuse_damaged", F405, "-a 0 -D app.dfu",
        {"app.dfu": damaged(dfuse((0, [(START, noise(2, 3000))])), 1000)}, differs="damaged-files-are-refused",
        ways=("exit",)),
    one("dfuse_damaged_with_address", F405, "-a 0 -s 0x08000000 -D app.dfu",
        {"app.dfu": damaged(dfuse((0, [(START, noise(2, 3000))])), 1000)}, differs="damaged-files-are-refused",
        ways=("exit", "flash")),
    one("dfuse_with_address", F405, "-a 0 -s 0x08000000 -D app.dfu", TWO),
    one("named_board_only", F405, "-d 1209:0001 -a 0 -s 0x08000000 -D app.bin", APP,
        differs="ids-choose-in-both-modes", ways=("exit", "lines", "flash")),
    one("modifier_cut_short", F405, "-a 0 -s 0x08000000:l -D app.bin", APP, differs="modifiers-in-full",
        ways=("complaints",)),
    one("raw_board_gone_after_leave", F405 + " --fault leave-vanishes", "-a 0 -s 0x08000000:leave -D app.bin", APP,
        differs="gone-after-the-work-is-success", ways=("exit", "lines")),
]

COMMANDS = [
    one("mass_erase", F405, "-a 0 -s 0x08000000:mass-erase:force -D app.bin", APP, flash="old"),
    one("mass_erase_h743", H743, "-a 0 -s 0x08000000:mass-erase:force -D app.bin", APP, flash="old"),
    one("mass_erase_alone", F405, "-a 0 -s :mass-erase:force", flash="old"),
    one("mass_erase_unforced", F405, "-a 0 -s 0x08000000:mass-erase -D app.bin", APP, flash="old"),
    one("unprotect", F405, "-a 0 -s :unprotect:force -D app.bin", APP, flash="old", goes_on_s=20),
    one("unprotect_unforced", F405, "-a 0 -s :unprotect -D app.bin", APP, flash="old"),
    one("leave_alone", F405, "-a 0 -s 0x08000000:leave", flash="old"),
    one("outside", F405, "-a 0 -s 0x20000000 -D app.bin", APP),
    one("outside_the_end", F405, "-a 0 -s 0x080ff000 -D app.bin", APP),
    one("no_such_alternate", F405, "-a 9 -s 0x08000000 -D app.bin", APP),
    one("no_such_alternate_name", F405, "-a nothing -s 0x08000000 -D app.bin", APP),
    one("raw_without_address", F405, "-a 0 -D app.bin", APP),
    Row("several_devices", (F405, H743), ("-a 0 -s 0x08000000 -D app.bin",), APP),
    Row("several_devices_path", (F405, H743), ("-p 1-2 -a 0 -s 0x08000000 -D app.bin",), APP),
    Row("several_devices_serial", (F405, H743), ("-S 0CC3A28C7B5B -a 0 -s 0x08000000 -D app.bin",), APP),
    one("read_protected", F405 + " --fault rdp:1", "-a 0 -s 0x08000000 -D app.bin", APP),
    one("starts_in_error", F405 + " --fault start-error", "-a 0 -s 0x08000000 -D app.bin", APP),
    one("no_transfer_size", F405 + " --fault transfer-size:0", "-a 0 -s 0x08000000 -D app.bin", APP,
        differs="transfer-size-0", ways=("exit", "lines", "flash")),
]

UPLOADS = [
    one("upload", F405, "-a 0 -s 0x08000000:32768 -U out.bin", flash="old"),
    one("upload_h743", H743, "-a 0 -s 0x08100000:0x10000 -U out.bin", flash="old"),
    one("upload_short_last_block", F405, "-a 0 -s 0x08000000:30000 -U out.bin", flash="old", differs="short-last-block",
        ways=("files",)),
    one("upload_short_last_block_h743", H743, "-a 0 -s 0x08100000:30000 -U out.bin", flash="old",
        differs="short-last-block", ways=("files",)),
    one("upload_hex_length", F405, "-a 0 -s 0x08000004:0x1000 -U out.bin", flash="old"),
    one("upload_default", F405, "-a 0 -U out.bin", flash="old"),
    one("upload_to_the_segments_end", F405, "-a 0 -s 0x0800c000 -U out.bin", flash="old"),
    one("upload_option_bytes", F405, "-a 1 -s 0x1fffc000:16 -U out.bin"),
    one("upload_outside", F405, "-a 0 -s 0x20000000:16 -U out.bin", differs="files-whole-or-not-at-all", ways=("files",)),
    one("upload_exists", F405, "-a 0 -s 0x08000000:64 -U app.bin", APP),
    one("upload_leave", F405, "-a 0 -s 0x08000000:64:leave -U out.bin", flash="old"),
    one("upload_plain", PLAIN, "-U out.bin", flash="old"),
    one("upload_partition", PARTITIONS, "-a FILESYSTEM -U out.bin", flash="old"),
    one("upload_size_is_a_hint", PLAIN, "-Z 1000 -U out.bin", flash="old"),
]

PLAINS = [
    one("plain", PLAIN, "-D app.bin", APP),
    one("plain_reset", PLAIN, "-R -D app.bin", APP),
    one("plain_suffix", PLAIN, "-D app.dfu", {"app.dfu": suffixed(noise(4, 5000), 0x1209, 0x0D11)}),
    one("plain_suffix_other_ids", PLAIN, "-d ,1209:0d11 -D app.dfu", {"app.dfu": suffixed(noise(4, 5000), 1, 2)}),
    one("plain_1_0", PLAIN_1_0, "-D app.bin", APP, differs="gone-after-the-work-is-success", ways=("exit", "lines"), bus_reset=True),
    one("plain_text_of_a_hex_file", PLAIN, "-D app.hex", {"app.hex": b":0400000001020304F2\n:00000001FF\n"}),
    one("plain_partition", PARTITIONS, "-a FIRMWARE -D app.bin", APP),
    one("plain_partition_not_named", PARTITIONS, "-D app.bin", APP),
    one("plain_with_an_address", PLAIN, "-s 0x08000000:leave -D app.bin", APP, differs="plain-devices-have-no-address",
        ways=("exit",)),
]

RUNTIMES = [
    one("detach", DETACHES, "-e"),
    one("detach_with_reset", NEEDS_RESET, "-e", bus_reset=True),
    one("runtime_download", DETACHES, "-E 1 -D app.bin", APP, differs="gone-after-the-work-is-success",
        ways=("exit", "lines"), bus_reset=True),
    one("runtime_download_ids", DETACHES, "-d 1209:0a01,1209:0a02 -E 1 -D app.bin", APP, differs="gone-after-the-work-is-success",
        ways=("exit", "lines"), bus_reset=True),
    one("runtime_download_reset", NEEDS_RESET, "-E 1 -R -D app.bin", APP, differs="gone-after-the-work-is-success",
        ways=("exit", "lines"), bus_reset=True),
]

USAGE = [
    one("usage_nothing", F405, ""),
    one("usage_unknown_option", F405, "--frobnicate"),
    one("usage_unknown_letter", F405, "-x"),
    one("usage_value_missing", F405, "-D"),
    one("usage_extra_word", F405, "-l more"),
    one("usage_no_file", F405, "-a 0 -s 0x08000000 -D nothing.bin"),
    one("usage_bad_address", F405, "-a 0 -s nonsense -D app.bin", APP),
    one("usage_bad_modifier", F405, "-a 0 -s 0x08000000:quickly -D app.bin", APP),
    one("usage_bad_transfer_size", F405, "-t many -l"),
    one("usage_bad_upload_size", F405, "-Z 12x -l"),
    one("usage_version", F405, "-V"),
    one("usage_help", F405, "-h"),
    Row("no_device", (), ("-a 0 -s 0x08000000 -D app.bin",), APP),
    Row("no_device_list", (), ("-l",)),
]

ROWS = LISTS + FILTERS + DOWNLOADS + COMMANDS + UPLOADS + PLAINS + RUNTIMES + USAGE
