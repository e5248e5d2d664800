/* SPDX-License-Identifier: MIT
 * The commands of the control socket: what is understood, and what is refused how. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "twin/app/order.h"

static struct order understood(const char *line)
{
    struct dfk_error err = {.code = DFK_OK};
    struct order order;
    memset(&order, 0xA5, sizeof order);
    if (order_parse(line, &order, &err) != 0) {
        fail_msg("\"%s\" was refused: %s", line, err.what);
    }
    return order;
}

static void refused(const char *line, const char *what)
{
    struct dfk_error err = {.code = DFK_OK};
    struct order order, before;
    memset(&order, 0xA5, sizeof order);
    before = order;
    assert_int_equal(order_parse(line, &order, &err), -DFK_E_USAGE);
    assert_memory_equal(&order, &before, sizeof order);
    if (strstr(err.what, what) == NULL) {
        fail_msg("\"%s\": \"%s\" instead of \"%s\"", line, err.what, what);
    }
}

static void every_verb_is_understood(void **state)
{
    (void)state;
    assert_int_equal(understood("reset").verb, ORDER_RESET);
    assert_int_equal(understood("press reset").verb, ORDER_RESET);
    assert_int_equal(understood("power-cycle").verb, ORDER_POWER_CYCLE);
    assert_int_equal(understood("leds").verb, ORDER_LEDS);
    assert_int_equal(understood("log").verb, ORDER_LOG);
    assert_int_equal(understood("unplug").verb, ORDER_UNPLUG);
    assert_int_equal(understood("plug").verb, ORDER_PLUG);
    assert_int_equal(understood("\t press \t usr  down ").press, PRESS_DOWN);
    assert_int_equal(understood("press usr up").press, PRESS_UP);
    assert_true(understood("boot0 high").high);
    assert_false(understood("boot0 low").high);
}

static void lengths_have_a_unit(void **state)
{
    (void)state;
    assert_int_equal(understood("press usr 2s").length_ns, 2000000000u);
    assert_int_equal(understood("press usr 2.5s").length_ns, 2500000000u);
    assert_int_equal(understood("press usr 500ms").length_ns, 500000000u);
    assert_int_equal(understood("press usr 3600s").length_ns, 3600000000000u);
    assert_int_equal(understood("press usr").length_ns, 200000000u);
    assert_int_equal(understood("press usr").press, PRESS_FOR);
    refused("press usr 2 s", "press: wanted usr 2s");
    refused("press usr -1s", "no option '-1s'");
    static const char *const bad[] = {"2",  "s",      "0s",   "3601s", "2m",   "1e2s",
                                      ".s", "1.2.3s", "infs", "nans",  "0x2s", "2sx"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char line[64];
        (void)snprintf(line, sizeof line, "press usr %s", bad[i]);
        refused(line, "wanted a time, as 2s or 500ms");
    }
}

static void boards_have_a_number_or_a_path(void **state)
{
    (void)state;
    assert_int_equal(understood("reset").board, 0);
    assert_int_equal(understood("reset --board 1").board, 1);
    assert_int_equal(understood("--board=1-16 reset").board, 16);
    assert_int_equal(understood("reset --board 1-2").board, 2);
    static const char *const bad[] = {"0", "17", "2-1", "1-", "x", "1-2x", "4294967297"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char line[64];
        (void)snprintf(line, sizeof line, "reset --board %s", bad[i]);
        refused(line, "wanted its number, as 1, or its path, as 1-1");
    }
    refused("reset --board", "wanted its number");
}

static void only_the_log_is_followed(void **state)
{
    (void)state;
    assert_false(understood("log").follow);
    assert_true(understood("log --follow").follow);
    refused("leds --follow", "leds has no option '--follow'");
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    char line[400];
    refused("", "there is no command ''");
    refused("dance", "there is no command 'dance': wanted reset, press");
    refused("RESET", "there is no command 'RESET'");
    refused("reset now", "reset: wanted nothing behind it");
    refused("boot0", "boot0: wanted high or low");
    refused("boot0 high low", "boot0: wanted high or low");
    refused("press", "press: wanted usr 2s");
    refused("press usr 1s 2s", "press: wanted usr 2s");
    refused("press reset 2s", "press: wanted usr 2s");
    refused("reset --hard", "a command has no option '--hard'");
    refused("a b c d e f g h i", "at most 8 words");
    refused("res\x01t", "printable ASCII");
    refused("res\xFFt", "printable ASCII");
    memset(line, 'x', sizeof line);
    line[256] = '\0';
    refused(line, "at most 255 bytes");
    line[255] = '\0';
    refused(line, "there is no command");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_verb_is_understood),
        cmocka_unit_test(lengths_have_a_unit),
        cmocka_unit_test(boards_have_a_number_or_a_path),
        cmocka_unit_test(only_the_log_is_followed),
        cmocka_unit_test(nonsense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
