# SPDX-License-Identifier: MIT
"""Deliberate bugs, and for each the test that has to find it."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Mutant:
    """One line or so of the source, what it becomes, and the case of a test program that must fail then."""
    name: str
    path: str
    before: str
    after: str
    program: tuple
    case: str


POWER_CUT = ("tests/powercut/powercut_single", "native", "pybv11", "400")
GUARANTEES = ("tests/boot/boot_guarantees", "native", "pybv11")
INVARIANTS = ("tests/boot/boot_invariants", "native", "pybv11")
PROTOCOL = ("tests/boot/boot_protocol", "native", "pybv11")
ABANDONED = ("tests/boot/boot_abandoned", "native", "pybv11")
ARM_ABANDONED = ("tests/boot/boot_abandoned", "arm", "pybv11")
ORDER = ("tests/boot/boot_order", "native", "nucleo-h743zi")
ARM_PROTOCOL = ("tests/boot/boot_protocol", "arm", "pybv11")
ARM_PROTOCOL_H743 = ("tests/boot/boot_protocol", "arm", "nucleo-h743zi")
ENTRY = ("tests/boot/boot_entry", "native", "pybv11")
ARM_ENTRY = ("tests/boot/boot_entry", "arm", "pybv11")
ARM = ("tests/boot/boot_arm", "arm", "pybv11")
RULES = ("tests/flow/flow_rules",)
ERRATA = ("tests/flow/flow_errata",)
FAILURES = ("tests/flow/flow_failures",)
RESUME = ("tests/flow/flow_resume",)
AGAIN = ("tests/device_again",)
SIGNED_POWER_CUT = ("tests/powercut/powercut_single", "native", "pybv11-signed", "20")
REFUSED = ("tests/powercut/powercut_refused", "native", "pybv11-signed", "5")
FORGED = ("tests/core_ed25519_forged",)


def faults(only):
    """The part of the fault matrix whose cases have this in their names."""
    return ("tests/faults/faults", "only=" + only)


MUTANTS = (
    # The bootloader.
    Mutant("commit word written first", "boot/work.c", "enum { AFTER_STACK = 4 };", "enum { AFTER_STACK = 0 };",
           POWER_CUT, "b2_power_lost_at_every_operation"),
    Mutant("nothing held back", "boot/work.c", "if (offset < BOOT_UNIT_BYTES) {", "if (offset == UINT32_MAX) {",
           POWER_CUT, "b2_power_lost_at_every_operation"),
    Mutant("a first block outlives its host", "boot/work.c", "boot->held = boot->fresh >= boot->count;", "boot->held = true;",
           ABANDONED, "b2_the_drive_written_after_a_first_block_without_its_status"),
    Mutant("start not spoilt before its sector is erased", "boot/work.c",
           "if (first && app_is_valid(board_of(boot))) {", "if (first && app_is_valid(board_of(boot)) && false) {",
           POWER_CUT, "b2_a_torn_erase_does_not_bring_the_old_application_back"),
    Mutant("the other bank goes ahead", "boot/work.c", "return number != 0 && is_wanted(boot, first)",
           "return number > 1 && is_wanted(boot, first)", ORDER, "b2_a_writing_bank_does_not_let_the_other_one_go_ahead"),
    Mutant("a short block is the last one", "boot/command.c", "boot->complete = length < boot->last_length;",
           "boot->complete = length < BOOT_BLOCK_BYTES;", ABANDONED, "b2_a_host_of_small_blocks_dies"),
    Mutant("a checksum goes on without its host", "boot/leave.c", "boot->last_length = boot->crc_length = 0;",
           "boot->last_length = 0;", ARM_ABANDONED, "an_abandoned_checksum_is_not_waited_for"),
    Mutant("watchdog off", "boot/boot.c", "    port_watchdog();\n", "", ARM, "b4_a_watchdog_guards_the_loop"),
    Mutant("own sectors not protected", "boot/command.c",
           "    bool good = area_holds(&region->write, addr, length);\n",
           "    bool good = area_holds(&region->write, addr, length) || area_holds(&region->read, addr, length);\n",
           GUARANTEES, "b5_its_own_sectors_are_safe"),
    Mutant("addresses wrap", "boot/sector.c", "return offset < area->bytes && length <= area->bytes - offset;",
           "return offset < area->bytes && offset + length <= area->bytes;", INVARIANTS,
           "i18_a_checksum_is_bounded"),
    Mutant("stays in DFU mode", "boot/leave.c", "        !port_button() && boot->seal.state != BOOT_SEAL_BAD",
           "        boot->alternate > 1 && boot->seal.state != BOOT_SEAL_BAD", GUARANTEES, "b4_dfu_mode_by_accident_ends"),
    Mutant("leave only for hosts that ask", "boot/leave.c", "(asked ? ASKED_MS : UNASKED_MS)",
           "(asked ? ASKED_MS : UINT32_MAX)", GUARANTEES, "b3_leave_without_a_status_request"),
    Mutant("a quiet host is waited for", "boot/leave.c", "    if (quiet_ms >= board->quiet_ms) {",
           "    if (quiet_ms > UINT32_MAX - 1) {", PROTOCOL, "i12_a_quiet_host_has_finished"),
    Mutant("any length is taken", "boot/dfu.c", "if (boot->setup.length > BOOT_BLOCK_BYTES) {",
           "if (boot->setup.length > 2 * BOOT_BLOCK_BYTES) {", PROTOCOL,
           "a_block_longer_than_the_transfer_size_is_refused"),
    Mutant("what was written is not read back", "boot/work.c", "        wrong |= old[i] ^ word;\n",
           "        wrong |= bank->tries == 0 ? old[i] ^ word : 0;\n", INVARIANTS, "i17_what_was_written_is_read_back"),
    Mutant("any entry is good", "boot/app.c",
           "entry - board->app.addr >= VECTORS_BYTES && area_holds(&board->app, entry, 1);", "true;", INVARIANTS,
           "i1_an_entry_outside_the_slot_is_not_started"),
    Mutant("an order is obeyed for ever", "boot/mcu/reset.c", "    store(0, 0);\n", "", ARM_ENTRY,
           "i3_an_order_is_obeyed_once"),
    Mutant("an error gets lost on the way", "boot/dfu.c", "if (boot->receiving && boot->state == DFU_ERROR) {",
           "if (boot->receiving && boot->state == DFU_APP_IDLE) {", ARM_PROTOCOL_H743,
           "i11_an_error_while_the_next_block_comes_in_stays"),
    Mutant("a missed reset of the bus stays so", "boot/mcu/usb_dwc2.c", "if (chip.stalls && ", "if (!chip.stalls && ",
           ARM_PROTOCOL, "i12_a_reset_of_the_bus_during_an_erase_does_not_lose_the_board"),
    # Seals.
    Mutant("a torn record counts", "boot/seal_log.c", "if (good && version == ~get_le32(record + 4) && version > floor) {",
           "if (good && version != UINT32_MAX && version > floor) {", SIGNED_POWER_CUT,
           "b2_power_lost_at_every_operation"),
    Mutant("the version is noted after the commit", "boot/work.c",
           "    const uint8_t *record = seal_record(boot, &record_addr);\n",
           "    const uint8_t *record = boot->held ? 0 : seal_record(boot, &record_addr);\n", SIGNED_POWER_CUT,
           "b2_power_lost_at_every_operation"),
    Mutant("the old application's seal does for the new one", "boot/seal.c",
           "    if (area_holds(&board_of(boot)->app, addr, 1)) {", "    if (!area_holds(&board_of(boot)->app, addr, 1)) {",
           REFUSED, "a_wrong_image_is_never_started_whatever_strikes_its_update"),
    Mutant("an older version is as good", "boot/seal.c", "&& !any && version < seal_log_floor(board_of(boot));",
           "&& !any && version > seal_log_floor(board_of(boot)) + UINT32_MAX / 2;", REFUSED,
           "a_wrong_image_is_never_started_whatever_strikes_its_update"),
    # Signatures: the equation holds for whoever wants it to, so that each of these alone opens the door.
    Mutant("a key above p is a key", "core/ed25519.c", "!is_same(key, bytes) || !find_x", "!find_x", FORGED,
           "keys_above_p_are_refused"),
    Mutant("a key needs no point", "core/ed25519.c", "        return field_equal(&check, &u);\n", "        return true;\n",
           FORGED, "keys_beside_the_curve_are_refused"),
    Mutant("a key of small order is a key", "core/ed25519.c", "    return !is_of_small_order(p);\n", "    return true;\n",
           FORGED, "a_key_of_small_order_is_refused_although_the_equation_holds"),
    Mutant("only order 4 is small", "core/ed25519.c", "    add(&four, &four, &four);\n", "", FORGED,
           "an_r_of_small_order_is_refused_although_the_equation_holds"),
    Mutant("an R of small order passes", "core/ed25519.c", " && !is_of_small_order(&check->sum);", ";", FORGED,
           "an_r_of_small_order_is_refused_although_the_equation_holds"),
    Mutant("S above the order", "core/ed25519.c", "!is_below_order(check->scalars[BASE]) || ", "", FORGED,
           "s_at_or_above_the_order_is_refused"),
    Mutant("the sign of R does not count", "core/ed25519.c", "y[FIELD_BYTES - 1] | (x[0] & 1) << 7);",
           "y[FIELD_BYTES - 1] | (check->r[FIELD_BYTES - 1] & SIGN_BIT));", FORGED, "r_is_compared_to_the_last_bit"),
    Mutant("R modulo p is R", "core/ed25519.c", "    bool good = is_same(check->r, y) &&",
           "    struct field r;\n    field_read(&r, check->r);\n"
           "    bool good = field_equal(&r, &part) && check->r[FIELD_BYTES - 1] >> 7 == (x[0] & 1) &&", FORGED,
           "r_above_p_is_refused"),
    # The host.
    Mutant("no deadline", "base/clock.c", "    return deadline_elapsed_ms(deadline) >= deadline->limit_ms;\n",
           "    return deadline == NULL;\n", RULES, "rule1_no_wait_is_without_an_end"),
    Mutant("errata row missing", "device/errata.c",
           "     FAMILY_H743,\n     0x90,\n     true,\n     NULL,\n     FLAG_BANK2_WEDGE},",
           "     FAMILY_H743,\n     0xFF,\n     false,\n     NULL,\n     FLAG_BANK2_WEDGE},", ERRATA,
           "h743_bank2_erase_wedge"),
    Mutant("wedge not cleared", "device/erase.c",
           "    return addr >= BANK2 && device_can_wedge(device) ? device_wedge_after_ms(device) : 0;\n",
           "    return addr >= BANK2 && device_can_wedge(device) ? 0 : 0;\n", ERRATA, "h743_bank2_erase_wedge"),
    Mutant("erase believed", "flash/carry.c",
           "    if (check || note == NULL) {\n        return job_check_blank(job, sector, err);\n    }\n"
           "    return note->has_data ? check_spot(job, note->data_addr, err) : 0;\n",
           "    return note == NULL ? job_check_blank(job, sector, err) : 0;\n", ERRATA,
           "f7_v9_3_bank2_off_by_four"),
    Mutant("read-back skipped", "flash/flash.c", "    result = result == 0 ? job_verify(job, err) : result;\n", "",
           RULES, "rule2_what_was_written_is_read_back"),
    Mutant("read-back not compared", "flash/carry.c", "    if (memcmp(got, wanted, length) == 0) {",
           "    if (result == 0) {", FAILURES, "a_write_that_does_not_take_is_found"),
    Mutant("partial sectors not merged", "flash/compare.c",
           "    bool rest = merge && (!look->same || job->options->full || look->sector->preserve);\n",
           "    bool rest = false;\n", RULES, "rule4_partial_sectors_are_merged"),
    # The line between them.
    Mutant("bytes beside the image read once", "flash/compare.c", "        result = confirm_rest(job, look, err);\n",
           "        result = 0;\n", faults("f405-rom/usb/flash/flip"), "f405-rom_over_usb"),
    Mutant("bytes beside the image forgotten", "flash/job.c", "    job_keep(job);\n", "", RESUME,
           "bytes_beside_the_image_survive_a_loss_after_the_erase"),
    Mutant("half a command is a command", "device/request.c",
           "!in && transfer->actual < transfer->setup.length", "!in && transfer->actual > transfer->setup.length",
           faults("f405-rom/usb/flash/short"), "f405-rom_over_usb"),
    Mutant("gone counts as left", "device/leave.c", "    if (boot && *gone) {", "    if (boot && *gone && *gone > 1) {",
           faults("f405-boot/usb/flash/gone"), "f405-boot_over_usb"),
    Mutant("the second answer counts", "bus/usbip_control.c", "message->seqnum == link->answered_seqnum &&",
           "message->seqnum != link->answered_seqnum &&", faults("f405-rom/usbip/flash/twice"), "f405-rom_over_usbip"),
    Mutant("a status after a bus reset does not count", "boot/dfu.c", "boot->setup.request != DFU_GETSTATUS;",
           "(boot->setup.request != DFU_GETSTATUS || boot->state == DFU_IDLE);", PROTOCOL,
           "i9_a_reset_of_the_bus_before_the_status_stops_nothing"),
    Mutant("any serial number will do", "device/again.c",
           "    bool serial = strcmp(info->serial, mark->serial) == 0;\n", "    bool serial = true;\n", AGAIN,
           "another_board_at_its_place_is_not_taken_but_named"),
    Mutant("the board beside it will do", "device/again.c", "(!here && is_noted(mark, info->path))",
           "(!here && is_noted(mark, info->path) && here)", RESUME,
           "the_other_board_with_the_same_serial_number_is_never_touched"),
)
