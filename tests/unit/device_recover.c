/* SPDX-License-Identifier: MIT
 * From every state to dfuIDLE, with only the requests that the standard allows in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/script_bus.h"

enum { STEPS_MAX = 8 };

struct recovery_case {
    const char *what;
    struct script_step steps[STEPS_MAX];
    size_t count;
    int wanted;
    uint32_t within_ms;
    const char *said;
};

static const struct recovery_case cases[] = {
    {"dfuIDLE", {{GETSTATUS, IDLE, 0}}, 1, 0, 0, ""},
    {"dfuIDLE with an odd status", {{GETSTATUS, "03 000000 02 00", 0}}, 1, 0, 0, ""},
    {"dfuERROR",
     {{GETSTATUS, "0a 000000 0a 00", 0}, {CLRSTATUS, "", 0}, {GETSTATUS, IDLE, 0}},
     3,
     0,
     0,
     "starts-in-dfuerror "},
    {"dfuDNLOAD-IDLE",
     {{GETSTATUS, DNLOAD_IDLE, 0}, {ABORT, "", 0}, {GETSTATUS, IDLE, 0}},
     3,
     0,
     0,
     ""},
    {"dfuUPLOAD-IDLE",
     {{GETSTATUS, "00 000000 09 00", 0}, {ABORT, "", 0}, {GETSTATUS, IDLE, 0}},
     3,
     0,
     0,
     ""},
    {"dfuDNBUSY, then the rest",
     {{GETSTATUS, "00 640000 04 00", 0, 3},
      {GETSTATUS, DNLOAD_IDLE, 0},
      {ABORT, "", 0},
      {GETSTATUS, IDLE, 0}},
     4,
     0,
     300,
     ""},
    {"dfuDNLOAD-SYNC",
     {{GETSTATUS, "00 000000 03 00", 0},
      {GETSTATUS, DNLOAD_IDLE, 0},
      {ABORT, "", 0},
      {GETSTATUS, IDLE, 0}},
     4,
     0,
     20,
     ""},
    {"dfuMANIFEST-SYNC and dfuMANIFEST",
     {{GETSTATUS, "00 000000 06 00", 0}, {GETSTATUS, "00 000000 07 00", 0}, {GETSTATUS, IDLE, 0}},
     3,
     0,
     40,
     ""},
    {"dfuMANIFEST-WAIT-RESET",
     {{GETSTATUS, "00 000000 08 00", 0}, {"reset", "", 0}, {GETSTATUS, IDLE, 0}},
     3,
     0,
     0,
     ""},
    {"dfuMANIFEST-WAIT-RESET, and the reset leads away",
     {{GETSTATUS, "00 000000 08 00", 0}, {"reset", "gone", 0}},
     2,
     -DFK_E_LOST,
     0,
     ""},
    {"dfuMANIFEST-WAIT-RESET, and the reset does not help",
     {{GETSTATUS, "00 000000 08 00", 0}, {"reset", "", 0}, {GETSTATUS, "00 000000 08 00", 0}},
     3,
     -DFK_E_DEVICE,
     0,
     ""},
    {"dfuERROR that comes back",
     {{GETSTATUS, "0e 000000 0a 00", 0},
      {CLRSTATUS, "", 0},
      {GETSTATUS, "0e 000000 0a 00", 0},
      {CLRSTATUS, "", 0},
      {GETSTATUS, "0e 000000 0a 00", 0}},
     5,
     -DFK_E_DEVICE,
     0,
     "starts-in-dfuerror "},
    {"CLRSTATUS is refused",
     {{GETSTATUS, "0e 000000 0a 00", 0}, {CLRSTATUS, "stall", 0}},
     2,
     -DFK_E_DEVICE,
     0,
     "starts-in-dfuerror "},
    {"GETSTATUS is refused four times",
     {{GETSTATUS, "stall", 0, 4}, {GETSTATUS, IDLE, 0}},
     2,
     0,
     80,
     ""},
    {"GETSTATUS is refused always", {{GETSTATUS, "stall", 0, 5}}, 1, -DFK_E_DEVICE, 80, ""},
    {"a state that does not exist", {{GETSTATUS, "00 000000 0b 00", 0}}, 1, -DFK_E_DEVICE, 0, ""},
    {"a short answer", {{GETSTATUS, "00 000000 02", 0}}, 1, -DFK_E_PROTOCOL, 0, ""},
    {"busy for ever", {{GETSTATUS, "00 e80300 04 00", 0, 20}}, 1, -DFK_E_TIMEOUT, 20000, ""},
    {"an absurd pause is not obeyed",
     {{GETSTATUS, "00 ffffff 04 00", 0, 2}, {GETSTATUS, IDLE, 0}},
     2,
     0,
     2000,
     ""},
    {"no answer", {{GETSTATUS, "timeout", 0}}, 1, -DFK_E_TIMEOUT, 20001, ""},
    {"gone", {{GETSTATUS, "gone", 0}}, 1, -DFK_E_LOST, 0, ""},
};

static void each_state_has_its_own_way_to_dfuidle(void **context)
{
    (void)context;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct script_bus bus;
        struct device *device = NULL;
        struct dfk_error err = {0};
        script_init(&bus, &script_plain, 1);
        script_expect(&bus, cases[i].steps, cases[i].count);
        int result = device_open(&bus.bus, &bus.clock, NULL, &bus.callbacks, &device, &err);
        if (result != cases[i].wanted || script_ms(&bus) > cases[i].within_ms ||
            strcmp(bus.said, cases[i].said) != 0) {
            fail_msg("%s: %d after %u ms, said \"%s\": %s", cases[i].what, result, script_ms(&bus),
                     bus.said, err.what);
        }
        script_done(&bus);
        device_close(device);
    }
}

static void the_message_names_state_and_status(void **context)
{
    (void)context;
    struct script_bus bus;
    struct device *device = NULL;
    struct dfk_error err = {0};
    script_init(&bus, &script_plain, 1);
    SCRIPT_EXPECT(&bus, {GETSTATUS, "0e 000000 0a 00", 0}, {CLRSTATUS, "", 0},
                  {GETSTATUS, "0e 000000 0a 00", 0}, {CLRSTATUS, "", 0},
                  {GETSTATUS, "0e 341200 0a 00", 0});
    assert_int_equal(device_open(&bus.bus, &bus.clock, NULL, NULL, &device, &err), -DFK_E_DEVICE);
    assert_string_equal(err.what, "the device stays in state dfuERROR, status errUNKNOWN, and does "
                                  "not come to dfuIDLE");
    assert_true(err.device.known);
    assert_int_equal(err.device.state, 10);
    assert_int_equal(err.device.status, 14);
    assert_int_equal(err.device.poll_timeout_ms, 0x1234);
}

/* Some applications have the descriptors of DFU mode. */
static void an_application_is_told_by_its_state(void **context)
{
    (void)context;
    struct script_bus bus;
    script_init(&bus, &script_plain, 1);
    SCRIPT_EXPECT(&bus, {GETSTATUS, "00 000000 00 00", 0, 2});
    struct device *device = script_open(&bus);
    assert_int_equal(device_get_info(device)->mode, DFK_MODE_RUNTIME);
    assert_string_equal(bus.said, "run-time-state ");
    device_close(device);
}

static void an_application_for_one_answer_is_none(void **context)
{
    (void)context;
    struct script_bus bus;
    script_init(&bus, &script_plain, 1);
    SCRIPT_EXPECT(&bus, {GETSTATUS, "00 000000 00 00", 0}, {GETSTATUS, IDLE, 0});
    struct device *device = script_open(&bus);
    assert_int_equal(device_get_info(device)->mode, DFK_MODE_DFU);
    device_close(device);
}

/* Another tool has left the chip hanging in the erase of its second bank. */
static void a_rom_that_hangs_since_an_earlier_session_is_helped_out(void **context)
{
    (void)context;
    struct script_bus bus;
    script_init(&bus, &script_h743, 1);
    SCRIPT_EXPECT(&bus, {GETSTATUS, "00 e80300 04 00", 0, 5}, {CLRSTATUS, "", 0},
                  {GETSTATUS, "0e 000000 0a 00", 0}, {CLRSTATUS, "", 0}, {GETSTATUS, IDLE, 0},
                  SCRIPT_OPEN_H743("90"));
    struct device *device = script_open(&bus);
    assert_string_equal(bus.said, "h743-bank2-erase-wedge ");
    assert_int_equal(device_faults_overcome(device), 1);
    assert_int_equal(script_ms(&bus), 4000);
    device_close(device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_state_has_its_own_way_to_dfuidle),
        cmocka_unit_test(the_message_names_state_and_status),
        cmocka_unit_test(an_application_is_told_by_its_state),
        cmocka_unit_test(an_application_for_one_answer_is_none),
        cmocka_unit_test(a_rom_that_hangs_since_an_earlier_session_is_helped_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
