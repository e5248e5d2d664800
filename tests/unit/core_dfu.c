/* SPDX-License-Identifier: MIT
 * GETSTATUS answers, and the DFU interface in configurations of real devices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/dfu.h"

static void a_getstatus_answer_has_six_bytes(void **state)
{
    (void)state;
    static const uint8_t wire[DFU_STATUS_BYTES] = {0x0A, 0x68, 0x01, 0x02, 0x04, 0x10};
    struct dfu_status status = dfu_status_get(wire);
    assert_int_equal(status.status, DFU_ERR_FIRMWARE);
    assert_int_equal(status.poll_timeout_ms, 0x020168);
    assert_int_equal(status.state, DFU_DNBUSY);
    assert_int_equal(status.string_index, 0x10);
    uint8_t bytes[DFU_STATUS_BYTES];
    dfu_status_put(&status, bytes);
    assert_memory_equal(bytes, wire, sizeof wire);
}

/* Descriptors by their bytes: configuration, interface, functional. */
#define CONFIGURATION(total, interfaces, text)  9, 2, total, 0, interfaces, 1, text, 0xC0, 0x32
#define ALTERNATE(interface, n, protocol, text) 9, 4, interface, n, 0, 0xFE, 1, protocol, text
#define FUNCTIONAL(attributes, detach, transfer, version)                                          \
    9, 0x21, attributes, (detach)&0xFF, (detach) >> 8, (transfer)&0xFF, (transfer) >> 8,           \
        (version)&0xFF, (version) >> 8

static const uint8_t f405[] = {CONFIGURATION(0x36, 1, 0), ALTERNATE(0, 0, 2, 4),
                               ALTERNATE(0, 1, 2, 5),     ALTERNATE(0, 2, 2, 6),
                               ALTERNATE(0, 3, 2, 7),     FUNCTIONAL(0x0B, 255, 2048, 0x011A)};
static const uint8_t h743[] = {CONFIGURATION(0x24, 1, 2), ALTERNATE(0, 0, 2, 6),
                               ALTERNATE(0, 1, 2, 7), FUNCTIONAL(0x0B, 255, 1024, 0x011A)};
static const uint8_t mboot[] = {0x09, 0x02, 0x1B, 0x00, 0x01, 0x01, 0x00, 0xC0, 0x32,
                                0x09, 0x04, 0x00, 0x00, 0x00, 0xFE, 0x01, 0x02, 0x04,
                                0x09, 0x21, 0x0B, 0xFF, 0x00, 0x00, 0x08, 0x1A, 0x01};
/* A plain DFU device with one alternate setting per partition, a functional descriptor each. */
static const uint8_t partitions[] = {CONFIGURATION(0x51, 1, 0),
                                     ALTERNATE(0, 0, 2, 4),
                                     FUNCTIONAL(0x07, 1000, 4096, 0x0101),
                                     ALTERNATE(0, 1, 2, 5),
                                     FUNCTIONAL(0x07, 1000, 4096, 0x0101),
                                     ALTERNATE(0, 2, 2, 6),
                                     FUNCTIONAL(0x07, 1000, 4096, 0x0101),
                                     ALTERNATE(0, 3, 2, 7),
                                     FUNCTIONAL(0x07, 1000, 4096, 0x0101)};
/* A running application: keyboard with its HID descriptor of the same number 0x21, then DFU. */
static const uint8_t composite[] = {CONFIGURATION(0x34, 2, 0),
                                    9,
                                    4,
                                    0,
                                    0,
                                    1,
                                    3,
                                    1,
                                    1,
                                    0, /* HID interface */
                                    9,
                                    0x21,
                                    0x11,
                                    0x01,
                                    0,
                                    1,
                                    0x22,
                                    0x3F,
                                    0, /* HID descriptor */
                                    7,
                                    5,
                                    0x81,
                                    3,
                                    8,
                                    0,
                                    10, /* its endpoint */
                                    ALTERNATE(1, 0, 1, 5),
                                    FUNCTIONAL(0x0D, 500, 64, 0x0110)};
static const uint8_t dfu_before_hid[] = {CONFIGURATION(0x34, 2, 0),
                                         8,
                                         0x0B,
                                         0,
                                         1,
                                         0xFE,
                                         1,
                                         1,
                                         0, /* association */
                                         ALTERNATE(0, 0, 0, 5),
                                         FUNCTIONAL(0x09, 250, 128, 0x0110),
                                         9,
                                         4,
                                         1,
                                         0,
                                         1,
                                         3,
                                         1,
                                         1,
                                         0,
                                         9,
                                         0x21,
                                         0x11,
                                         0x01,
                                         0,
                                         1,
                                         0x22,
                                         0x3F,
                                         0};
static const uint8_t dfu_1_0[] = {
    CONFIGURATION(0x19, 1, 0), ALTERNATE(0, 0, 0, 0), 7, 0x21, 0x03, 0xFF, 0x00, 0x40, 0x00};
/* 33 bytes, of which the first 9 are the standard's, as Dell's D6000 dock sends them. */
static const uint8_t long_functional[] = {CONFIGURATION(0x33, 1, 0),
                                          ALTERNATE(0, 0, 2, 0),
                                          33,
                                          0x21,
                                          0x0F,
                                          0x10,
                                          0x27,
                                          0x00,
                                          0x10,
                                          0x10,
                                          0x01,
                                          1,
                                          2,
                                          3,
                                          4,
                                          5,
                                          6,
                                          7,
                                          8,
                                          9,
                                          0x21,
                                          9,
                                          0x21,
                                          9,
                                          4,
                                          0,
                                          0,
                                          0,
                                          0xFE,
                                          1,
                                          2,
                                          0,
                                          0,
                                          0,
                                          0};
static const uint8_t no_functional[] = {CONFIGURATION(0x12, 1, 0), ALTERNATE(3, 0, 2, 9)};
static const uint8_t functional_outside[] = {
    CONFIGURATION(0x1B, 1, 0), FUNCTIONAL(0x0B, 255, 2048, 0x011A), ALTERNATE(0, 0, 2, 4)};
static const uint8_t functional_short[] = {
    CONFIGURATION(0x18, 1, 0), ALTERNATE(0, 0, 2, 4), 6, 0x21, 0x0B, 0xFF, 0x00, 0x00};
static const uint8_t two_interfaces[] = {CONFIGURATION(0x2D, 2, 0), ALTERNATE(0, 0, 2, 4),
                                         FUNCTIONAL(0x0B, 255, 2048, 0x011A), ALTERNATE(1, 0, 2, 5),
                                         FUNCTIONAL(0x01, 1, 8, 0x0110)};
static const uint8_t not_first[] = {
    CONFIGURATION(0x24, 1, 0),          9, 4, 2, 0, 0, 0xFF, 1, 2, 0, ALTERNATE(2, 1, 2, 4),
    FUNCTIONAL(0x0B, 255, 2048, 0x011A)};
static const uint8_t length_0_later[] = {
    CONFIGURATION(0x1B, 1, 0), ALTERNATE(0, 0, 2, 4), 0, 0x21, 0x0B, 0xFF, 0, 0, 8, 0x1A, 1};

struct interface_case {
    const char *about;
    const uint8_t *bytes;
    uint32_t length;
    uint8_t interface, protocol, alternates, first_text, last_text;
    bool has_functional;
    struct dfu_functional functional;
};

#define BLOB(bytes) bytes, sizeof bytes

static const struct interface_case interface_cases[] = {
    {"F405", BLOB(f405), 0, 2, 4, 4, 7, true, {0x0B, 255, 2048, 0x011A}},
    {"H743", BLOB(h743), 0, 2, 2, 6, 7, true, {0x0B, 255, 1024, 0x011A}},
    {"mboot", BLOB(mboot), 0, 2, 1, 4, 4, true, {0x0B, 255, 2048, 0x011A}},
    {"partitions", BLOB(partitions), 0, 2, 4, 4, 7, true, {0x07, 1000, 4096, 0x0101}},
    {"composite", BLOB(composite), 1, 1, 1, 5, 5, true, {0x0D, 500, 64, 0x0110}},
    {"DFU before HID", BLOB(dfu_before_hid), 0, 0, 1, 5, 5, true, {0x09, 250, 128, 0x0110}},
    {"DFU 1.0", BLOB(dfu_1_0), 0, 0, 1, 0, 0, true, {0x03, 255, 64, 0x0100}},
    {"33 bytes", BLOB(long_functional), 0, 2, 1, 0, 0, true, {0x0F, 10000, 4096, 0x0110}},
    {"no functional descriptor", BLOB(no_functional), 3, 2, 1, 9, 9, false, {0, 0, 0, 0}},
    {"functional outside", BLOB(functional_outside), 0, 2, 1, 4, 4, false, {0, 0, 0, 0}},
    {"functional of 6 bytes", BLOB(functional_short), 0, 2, 1, 4, 4, false, {0, 0, 0, 0}},
    {"two interfaces", BLOB(two_interfaces), 0, 2, 1, 4, 4, true, {0x0B, 255, 2048, 0x011A}},
    {"first alternate of another class",
     BLOB(not_first),
     2,
     2,
     1,
     4,
     4,
     true,
     {0x0B, 255, 2048, 0x011A}},
    {"a length of 0 ends the search", BLOB(length_0_later), 0, 2, 1, 4, 4, false, {0, 0, 0, 0}},
    {"cut within the functional descriptor", f405, 9 + 36 + 8, 0, 2, 4, 4, 7, false, {0, 0, 0, 0}},
    {"cut after two alternates", f405, 9 + 18 + 1, 0, 2, 2, 4, 5, false, {0, 0, 0, 0}},
};

static void expect(const struct interface_case *c, const char *field, unsigned got, unsigned want)
{
    if (got != want) {
        fail_msg("%s: %s is %u, wanted %u", c->about, field, got, want);
    }
}

static void check_interface(const struct interface_case *c)
{
    struct dfu_interface found;
    memset(&found, 0xEE, sizeof found);
    if (!dfu_interface_find(c->bytes, c->length, &found)) {
        fail_msg("%s: not found", c->about);
    }
    expect(c, "configuration", found.configuration, 1);
    expect(c, "interface", found.interface, c->interface);
    expect(c, "protocol", found.protocol, c->protocol);
    expect(c, "alternate_count", found.alternate_count, c->alternates);
    expect(c, "string_index of the first alternate", found.alternates[0].string_index,
           c->first_text);
    expect(c, "string_index of the last alternate",
           found.alternates[c->alternates - 1].string_index, c->last_text);
    expect(c, "interface of the last alternate", found.alternates[c->alternates - 1].interface,
           c->interface);
    expect(c, "protocol of the last alternate", found.alternates[c->alternates - 1].protocol,
           c->protocol);
    expect(c, "has_functional", found.has_functional, c->has_functional);
    expect(c, "functional.attributes", found.functional.attributes, c->functional.attributes);
    expect(c, "functional.detach_timeout_ms", found.functional.detach_timeout_ms,
           c->functional.detach_timeout_ms);
    expect(c, "functional.transfer_bytes", found.functional.transfer_bytes,
           c->functional.transfer_bytes);
    expect(c, "functional.version", found.functional.version, c->functional.version);
}

static void the_dfu_interface_of_real_devices_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof interface_cases / sizeof interface_cases[0]; i++) {
        check_interface(&interface_cases[i]);
    }
}

static void alternates_keep_their_numbers(void **state)
{
    (void)state;
    struct dfu_interface found;
    assert_true(dfu_interface_find(BLOB(f405), &found));
    for (uint8_t i = 0; i < 4; i++) {
        assert_int_equal(found.alternates[i].alternate, i);
        assert_int_equal(found.alternates[i].string_index, 4 + i);
    }
    assert_true(dfu_interface_find(BLOB(not_first), &found));
    assert_int_equal(found.alternates[0].alternate, 1);
}

static void more_alternates_than_fit_are_left_out(void **state)
{
    (void)state;
    static const uint8_t functional[9] = {FUNCTIONAL(0x0B, 255, 2048, 0x011A)};
    uint8_t bytes[9 + 20 * 9 + 9] = {CONFIGURATION(0xC6, 1, 0)};
    for (uint8_t i = 0; i < 20; i++) {
        const uint8_t alternate[9] = {ALTERNATE(0, i, 2, (uint8_t)(i + 1))};
        memcpy(bytes + 9 + 9 * i, alternate, 9);
    }
    memcpy(bytes + 9 + 20 * 9, functional, 9);
    struct dfu_interface found;
    assert_true(dfu_interface_find(bytes, sizeof bytes, &found));
    assert_int_equal(found.alternate_count, 16);
    assert_int_equal(found.alternates[15].string_index, 16);
    assert_true(found.has_functional);
}

static void where_there_is_no_dfu_nothing_is_touched(void **state)
{
    (void)state;
    static const uint8_t hid[] = {CONFIGURATION(0x1B, 1, 0),
                                  9,
                                  4,
                                  0,
                                  0,
                                  1,
                                  3,
                                  1,
                                  1,
                                  0,
                                  9,
                                  0x21,
                                  0x11,
                                  0x01,
                                  0,
                                  1,
                                  0x22,
                                  0x3F,
                                  0};
    static const uint8_t other_subclass[] = {
        CONFIGURATION(0x12, 1, 0), 9, 4, 0, 0, 0, 0xFE, 3, 1, 0};
    static const uint8_t short_interface[] = {CONFIGURATION(0x11, 1, 0), 8, 4, 0, 0, 0, 0xFE, 1, 2};
    static const uint8_t length_1[] = {1, 4, 9, 4, 0, 0, 0, 0xFE, 1, 2, 0};
    struct dfu_interface found, untouched;
    memset(&found, 0xEE, sizeof found);
    memset(&untouched, 0xEE, sizeof untouched);
    assert_false(dfu_interface_find(BLOB(hid), &found));
    assert_false(dfu_interface_find(BLOB(other_subclass), &found));
    assert_false(dfu_interface_find(BLOB(short_interface), &found));
    assert_false(dfu_interface_find(BLOB(length_1), &found));
    assert_false(dfu_interface_find(NULL, 0, &found));
    for (uint32_t length = 0; length < 18; length++) {
        assert_false(dfu_interface_find(f405, length, &found));
    }
    assert_memory_equal(&found, &untouched, sizeof found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_getstatus_answer_has_six_bytes),
        cmocka_unit_test(the_dfu_interface_of_real_devices_is_found),
        cmocka_unit_test(alternates_keep_their_numbers),
        cmocka_unit_test(more_alternates_than_fit_are_left_out),
        cmocka_unit_test(where_there_is_no_dfu_nothing_is_touched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
