/* SPDX-License-Identifier: MIT
 * The fault schedule as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "twin/fault.h"

struct good {
    const char *text;
    enum fault_kind kind;
    enum fault_trigger trigger;
    uint32_t at, value;
};

static const struct good goods[] = {
    {"unplug@transfer:312", FAULT_UNPLUG, FAULT_AT_TRANSFER, 312, 0},
    {"unplug@transfer:312+2000ms", FAULT_UNPLUG, FAULT_AT_TRANSFER, 312, 2000},
    {"stall@transfer:1", FAULT_STALL, FAULT_AT_TRANSFER, 1, 0},
    {"drop@transfer:9", FAULT_DROP, FAULT_AT_TRANSFER, 9, 0},
    {"corrupt@transfer:9", FAULT_CORRUPT, FAULT_AT_TRANSFER, 9, 0},
    {"unplug@erase:2", FAULT_UNPLUG, FAULT_AT_ERASE, 2, 0},
    {"power-cut@write:7", FAULT_POWER_CUT, FAULT_AT_WRITE, 7, 0},
    {"busy-forever@erase:1", FAULT_BUSY_FOREVER, FAULT_AT_ERASE, 1, 0},
    {"slow-sector@0x08040000:x10", FAULT_SLOW_SECTOR, FAULT_AT_ADDRESS, 0x08040000, 10},
    {"stuck-bit@0x08000010:3", FAULT_STUCK_BIT, FAULT_AT_ADDRESS, 0x08000010, 3},
    {"erase-noop@0x08020000", FAULT_ERASE_NOOP, FAULT_AT_ADDRESS, 0x08020000, 0},
    {"write-protect@0x08020000", FAULT_WRITE_PROTECT, FAULT_AT_ADDRESS, 0x08020000, 0},
    {"poll-timeout:0xFFFFFF", FAULT_POLL_TIMEOUT, FAULT_ALWAYS, 0, 0xFFFFFF},
    {"rdp:1", FAULT_RDP, FAULT_ALWAYS, 0, 1},
    {"transfer-size:0", FAULT_TRANSFER_SIZE, FAULT_ALWAYS, 0, 0},
    {"start-error", FAULT_START_ERROR, FAULT_ALWAYS, 0, 0},
    {"leave-stays", FAULT_LEAVE_STAYS, FAULT_ALWAYS, 0, 0},
    {"leave-vanishes", FAULT_LEAVE_VANISHES, FAULT_ALWAYS, 0, 0},
};

static void each_form_is_read(void **context)
{
    (void)context;
    for (size_t i = 0; i < sizeof goods / sizeof goods[0]; i++) {
        struct fault_schedule schedule = {.count = 0};
        size_t bad_at = 0;
        assert_true(fault_parse(goods[i].text, &schedule, &bad_at));
        assert_int_equal(schedule.count, 1);
        assert_int_equal(schedule.faults[0].kind, goods[i].kind);
        assert_int_equal(schedule.faults[0].trigger, goods[i].trigger);
        assert_int_equal(schedule.faults[0].at, goods[i].at);
        assert_int_equal(schedule.faults[0].value, goods[i].value);
    }
}

static void an_operation_of_the_flash_is_struck_in_a_way(void **context)
{
    (void)context;
    static const struct {
        const char *text;
        enum fault_kind kind;
        enum fault_way way;
        bool told;
    } rows[] = {
        {"power-cut@flash:12:before", FAULT_POWER_CUT, FAULT_WAY_BEFORE, false},
        {"power-cut@flash:12:low", FAULT_POWER_CUT, FAULT_WAY_LOW, false},
        {"power-cut@flash:12:high", FAULT_POWER_CUT, FAULT_WAY_HIGH, false},
        {"power-cut@flash:12:random", FAULT_POWER_CUT, FAULT_WAY_RANDOM, false},
        {"power-cut@flash:12:after", FAULT_POWER_CUT, FAULT_WAY_AFTER, false},
        {"brown-out@flash:12:weak", FAULT_BROWN_OUT, FAULT_WAY_WEAK, false},
        {"brown-out@flash:12:extra+told", FAULT_BROWN_OUT, FAULT_WAY_EXTRA, true},
        {"brown-out@flash:12:other", FAULT_BROWN_OUT, FAULT_WAY_OTHER, false},
        {"brown-out@flash:12:nothing+told", FAULT_BROWN_OUT, FAULT_WAY_NOTHING, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fault_schedule schedule = {.count = 0};
        size_t bad_at = 0;
        assert_true(fault_parse(rows[i].text, &schedule, &bad_at));
        assert_int_equal(schedule.count, 1);
        assert_int_equal(schedule.faults[0].kind, rows[i].kind);
        assert_int_equal(schedule.faults[0].trigger, FAULT_AT_FLASH);
        assert_int_equal(schedule.faults[0].at, 12);
        assert_int_equal(schedule.faults[0].way, rows[i].way);
        assert_true(schedule.faults[0].told == rows[i].told);
    }
}

static void several_are_separated_by_commas(void **context)
{
    (void)context;
    struct fault_schedule schedule = {.count = 0};
    size_t bad_at = 0;
    assert_true(fault_parse("rdp:1,serial:ABC,stall@transfer:4", &schedule, &bad_at));
    assert_int_equal(schedule.count, 3);
    assert_string_equal(schedule.faults[1].text, "ABC");
    assert_non_null(fault_find(&schedule, FAULT_STALL, FAULT_AT_TRANSFER, 4));
    assert_null(fault_find(&schedule, FAULT_STALL, FAULT_AT_TRANSFER, 5));
    assert_true(fault_parse(NULL, &schedule, &bad_at));
    assert_int_equal(schedule.count, 0);
}

static void damage_is_refused_at_its_place(void **context)
{
    (void)context;
    static const char *const bads[] = {
        "unplug",
        "unplug@",
        "unplug@transfer:",
        "unplug@transfer:x",
        "rdp",
        "rdp:",
        "stuck-bit@0x08000000",
        "slow-sector@8:x",
        "start-error:1",
        "unknown@1",
        "unplug@transfer:1+5s",
        "serial:",
        "power-cut@transfer:3",
        "erase-noop@",
        "power-cut@flash:3",
        "power-cut@flash:3:weak",
        "power-cut@flash:3:low+told",
        "brown-out@flash:3:before",
        "brown-out@write:3",
        "brown-out@flash::weak",
        ",",
    };
    for (size_t i = 0; i < sizeof bads / sizeof bads[0]; i++) {
        struct fault_schedule schedule = {.count = 9};
        size_t bad_at = 99;
        if (fault_parse(bads[i], &schedule, &bad_at)) {
            fail_msg("\"%s\" was accepted", bads[i]);
        }
        assert_int_equal(bad_at, 0);
        assert_int_equal(schedule.count, 9);
    }
    struct fault_schedule schedule;
    size_t bad_at = 0;
    assert_false(fault_parse("rdp:1,nonsense", &schedule, &bad_at));
    assert_int_equal(bad_at, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_is_read),
        cmocka_unit_test(an_operation_of_the_flash_is_struck_in_a_way),
        cmocka_unit_test(several_are_separated_by_commas),
        cmocka_unit_test(damage_is_refused_at_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
