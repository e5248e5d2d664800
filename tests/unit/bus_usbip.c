/* SPDX-License-Identifier: MIT
 * Control transfers over USB/IP, answered by servers that are slow, rude or liars. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bus/usbip.h"
#include "core/bytes.h"
#include "tests/support/script_server.h"

enum { HEADER = USBIP_HEADER_BYTES, SOON_MS = 30, LONG_MS = 5000, DEVID = 0x00010002 };

static const struct usb_setup read_6 = {0xA1, 3, 0, 0, 6};
static const struct usb_setup write_5 = {0x21, 1, 0x0002, 0, 5};

/* One answer of the server: the fields that matter, big endian as on the wire. */
static void answer(uint8_t *to, uint32_t command, uint32_t seqnum, int32_t status, uint32_t length)
{
    memset(to, 0, HEADER);
    put_be32(to, command);
    put_be32(to + 4, seqnum);
    put_be32(to + 20, (uint32_t)status);
    put_be32(to + 24, length);
}

/* What one transfer came to. */
struct outcome {
    enum bus_result result;
    uint16_t actual;
    uint8_t data[8];
    struct dfk_error err;
    bool broken;
};

static struct outcome transfer(struct script_server *server, const struct usb_setup *setup,
                               uint32_t timeout_ms)
{
    struct outcome out = {.actual = 0xEEEE, .data = {1, 2, 3, 4, 5, 6, 7, 8}};
    struct usbip_link link = {.fd = server->client, .devid = DEVID, .seqnum = 6};
    out.result = usbip_control(&link, setup, out.data, &out.actual, timeout_ms, &out.err);
    out.broken = link.broken;
    return out;
}

static struct outcome answered(const uint8_t *says, size_t length, bool hangs_up)
{
    struct script_server server = {
        .steps = {{HEADER, says, length}}, .step_count = 1, .hangs_up = hangs_up};
    script_start(&server);
    struct outcome out = transfer(&server, &read_6, LONG_MS);
    script_end(&server);
    return out;
}

static void a_read_gives_the_data_of_the_answer(void **state)
{
    (void)state;
    uint8_t says[HEADER + 6];
    answer(says, 3, 7, 0, 6);
    memcpy(says + HEADER, "\x00\x05\x00\x00\x02\x09", 6);
    struct outcome out = answered(says, sizeof says, false);
    assert_int_equal(out.result, BUS_OK);
    assert_int_equal(out.actual, 6);
    assert_memory_equal(out.data, "\x00\x05\x00\x00\x02\x09\x07\x08", 8);
    assert_false(out.broken);
    assert_int_equal(out.err.code, DFK_OK);
}

static void a_short_answer_leaves_the_rest_of_the_data_alone(void **state)
{
    (void)state;
    uint8_t says[HEADER + 2];
    answer(says, 3, 7, 0, 2);
    says[HEADER] = 0xAA;
    says[HEADER + 1] = 0xBB;
    struct outcome out = answered(says, sizeof says, false);
    assert_int_equal(out.result, BUS_OK);
    assert_int_equal(out.actual, 2);
    assert_memory_equal(out.data, "\xAA\xBB\x03\x04\x05\x06\x07\x08", 8);
}

static void questions_are_sent_to_the_byte(void **state)
{
    (void)state;
    static const uint8_t wanted[] = {
        0, 0, 0, 1, 0, 0, 0, 7, 0, 1, 0, 2, 0, 0, 0, 1, 0,    0, 0, 0, 0, 0, 2, 0,
        0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xA1, 3, 0, 0, 0, 0, 6, 0,
    };
    uint8_t says[HEADER];
    answer(says, 3, 7, 0, 0);
    struct script_server server = {.steps = {{HEADER, says, HEADER}}, .step_count = 1};
    script_start(&server);
    struct outcome out = transfer(&server, &read_6, LONG_MS);
    script_end(&server);
    assert_int_equal(out.result, BUS_OK);
    assert_int_equal(out.actual, 0);
    assert_int_equal(server.asked_bytes, sizeof wanted);
    assert_memory_equal(server.asked, wanted, sizeof wanted);
}

static void a_write_sends_its_data_behind_the_question(void **state)
{
    (void)state;
    static const uint8_t wanted[] = {
        0, 0, 0, 1, 0, 0, 0, 7, 0, 1, 0, 2, 0, 0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x21, 1, 2, 0, 0, 0, 5, 0, 1, 2, 3, 4, 5,
    };
    uint8_t says[HEADER];
    answer(says, 3, 7, 0, 5);
    struct script_server server = {.steps = {{HEADER + 5, says, HEADER}}, .step_count = 1};
    script_start(&server);
    struct outcome out = transfer(&server, &write_5, LONG_MS);
    script_end(&server);
    assert_int_equal(out.result, BUS_OK);
    assert_int_equal(out.actual, 5);
    assert_int_equal(server.asked_bytes, sizeof wanted);
    assert_memory_equal(server.asked, wanted, sizeof wanted);
}

static void the_status_of_an_answer_tells_how_it_went(void **state)
{
    (void)state;
    static const struct {
        int32_t status;
        enum bus_result result;
        bool broken;
        enum dfk_code code;
    } rows[] = {
        {-32, BUS_STALL, false, DFK_OK},    {-110, BUS_TIMEOUT, false, DFK_OK},
        {-104, BUS_TIMEOUT, false, DFK_OK}, {-108, BUS_GONE, true, DFK_E_LOST},
        {-19, BUS_GONE, true, DFK_E_LOST},  {-71, BUS_GONE, true, DFK_E_LOST},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t says[HEADER];
        answer(says, 3, 7, rows[i].status, 0);
        struct outcome out = answered(says, sizeof says, false);
        assert_int_equal(out.result, rows[i].result);
        assert_int_equal(out.broken, rows[i].broken);
        assert_int_equal(out.err.code, rows[i].code);
        assert_int_equal(out.actual, 0xEEEE);
    }
}

/* Some servers count nothing that went to the device; one that counts less has lost the rest. */
static void a_write_tells_how_much_of_it_arrived(void **state)
{
    (void)state;
    static const struct {
        uint32_t said;
        uint16_t actual;
    } rows[] = {{5, 5}, {0, 5}, {2, 2}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t says[HEADER];
        answer(says, 3, 7, 0, rows[i].said);
        struct script_server server = {.steps = {{HEADER + 5, says, HEADER}}, .step_count = 1};
        script_start(&server);
        struct outcome out = transfer(&server, &write_5, LONG_MS);
        script_end(&server);
        assert_int_equal(out.result, BUS_OK);
        assert_int_equal(out.actual, rows[i].actual);
    }
}

static void an_answer_that_comes_twice_is_passed_over(void **state)
{
    (void)state;
    uint8_t once[HEADER + 6], says[2 * (HEADER + 6)], next[HEADER + 6];
    answer(once, 3, 7, 0, 6);
    memcpy(once + HEADER, "\x00\x05\x00\x00\x02\x09", 6);
    memcpy(says, once, sizeof once);
    memcpy(says + sizeof once, once, sizeof once);
    answer(next, 3, 8, 0, 6);
    memcpy(next + HEADER, "\x00\x00\x00\x00\x05\x00", 6);
    struct script_server server = {
        .steps = {{HEADER, says, sizeof says}, {HEADER, next, sizeof next}}, .step_count = 2};
    script_start(&server);
    struct usbip_link link = {.fd = server.client, .devid = DEVID, .seqnum = 6};
    struct outcome out = {.actual = 0};
    for (unsigned i = 0; i < 2; i++) {
        out.result = usbip_control(&link, &read_6, out.data, &out.actual, LONG_MS, &out.err);
        assert_int_equal(out.result, BUS_OK);
    }
    script_end(&server);
    assert_false(link.broken);
    assert_int_equal(out.actual, 6);
    assert_memory_equal(out.data, "\x00\x00\x00\x00\x05\x00", 6);
}

static void lies_end_the_conversation(void **state)
{
    (void)state;
    static const struct {
        uint32_t command, seqnum, length;
        const char *what;
    } rows[] = {
        {4, 7, 0, "the USB/IP server answers with command 4, wanted 3"},
        {1, 7, 0, "the USB/IP server answers with command 1, wanted 3"},
        {0xFFFFFFFF, 7, 0, "the USB/IP server answers with command 4294967295, wanted 3"},
        {3, 6, 0, "the USB/IP server answers with sequence number 6, wanted 7"},
        {3, 0x07000000, 0, "the USB/IP server answers with sequence number 117440512, wanted 7"},
        {3, 7, 7, "the USB/IP server answers with a length of 7, wanted 6"},
        {3, 7, 0xFFFFFFFF, "the USB/IP server answers with a length of 4294967295, wanted 6"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t says[HEADER + 8] = {0};
        answer(says, rows[i].command, rows[i].seqnum, 0, rows[i].length);
        struct outcome out = answered(says, sizeof says, false);
        assert_int_equal(out.result, BUS_ERROR);
        assert_int_equal(out.err.code, DFK_E_PROTOCOL);
        assert_string_equal(out.err.what, rows[i].what);
        assert_true(out.broken);
        assert_memory_equal(out.data, "\x01\x02\x03\x04\x05\x06\x07\x08", 8);
    }
}

static void an_answer_that_breaks_off_means_that_the_device_is_gone(void **state)
{
    (void)state;
    uint8_t says[HEADER + 6];
    answer(says, 3, 7, 0, 6);
    memset(says + HEADER, 0x55, 6);
    for (size_t length = 0; length < sizeof says; length++) {
        struct outcome out = answered(says, length, true);
        assert_int_equal(out.result, BUS_GONE);
        assert_int_equal(out.err.code, DFK_E_LOST);
        assert_string_equal(out.err.what,
                            "the USB/IP server closed the connection: the device is gone");
        assert_true(out.broken);
        assert_int_equal(out.actual, 0xEEEE);
    }
}

static void nothing_is_sent_over_a_broken_link(void **state)
{
    (void)state;
    struct script_server server = {.step_count = 0};
    script_start(&server);
    struct usbip_link link = {.fd = server.client, .devid = DEVID, .broken = true};
    uint8_t data[6] = {0};
    uint16_t actual = 0;
    struct dfk_error err = {0};
    assert_int_equal(usbip_control(&link, &read_6, data, &actual, SOON_MS, &err), BUS_GONE);
    assert_int_equal(err.code, DFK_E_LOST);
    script_end(&server);
    assert_int_equal(server.asked_bytes, 0);
}

static void a_transfer_without_an_answer_is_taken_back(void **state)
{
    (void)state;
    static const uint8_t wanted[] = {
        0, 0, 0, 2, 0, 0, 0, 8, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    };
    uint8_t says[HEADER];
    answer(says, 4, 8, -104, 0);
    struct script_server server = {.steps = {{2 * HEADER, says, HEADER}}, .step_count = 1};
    script_start(&server);
    struct outcome out = transfer(&server, &read_6, SOON_MS);
    script_end(&server);
    assert_int_equal(out.result, BUS_TIMEOUT);
    assert_int_equal(out.err.code, DFK_OK);
    assert_false(out.broken);
    assert_int_equal(server.asked_bytes, 2 * HEADER);
    assert_memory_equal(server.asked + HEADER, wanted, HEADER);
}

/* The answer crosses the UNLINK on the wire; both come, the answer first. */
static struct outcome crossed(int32_t status, uint32_t length)
{
    uint8_t says[HEADER + 6 + HEADER];
    answer(says, 3, 7, status, length);
    memset(says + HEADER, 0x55, length);
    answer(says + HEADER + length, 4, 8, 0, 0);
    struct script_server server = {.steps = {{2 * HEADER, says, 2 * HEADER + length}},
                                   .step_count = 1};
    script_start(&server);
    struct outcome out = transfer(&server, &read_6, SOON_MS);
    uint8_t rest;
    ssize_t left = recv(server.client, &rest, 1, MSG_DONTWAIT);
    script_end(&server);
    assert_int_equal(left, -1); /* nothing is left for the next transfer to stumble over */
    return out;
}

static void an_answer_that_crosses_the_unlink_counts(void **state)
{
    (void)state;
    struct outcome out = crossed(0, 6);
    assert_int_equal(out.result, BUS_OK);
    assert_int_equal(out.actual, 6);
    assert_memory_equal(out.data, "\x55\x55\x55\x55\x55\x55\x07\x08", 8);
    assert_false(out.broken);
    out = crossed(-32, 0);
    assert_int_equal(out.result, BUS_STALL);
    assert_false(out.broken);
    out = crossed(-104, 0);
    assert_int_equal(out.result, BUS_TIMEOUT);
    assert_false(out.broken);
}

static void a_false_answer_to_the_unlink_ends_the_conversation(void **state)
{
    (void)state;
    uint8_t says[2 * HEADER];
    answer(says, 4, 7, -104, 0);
    struct script_server server = {.steps = {{2 * HEADER, says, HEADER}}, .step_count = 1};
    script_start(&server);
    struct outcome out = transfer(&server, &read_6, SOON_MS);
    script_end(&server);
    assert_int_equal(out.result, BUS_ERROR);
    assert_string_equal(out.err.what, "the USB/IP server answers with sequence number 7, wanted 8");
    assert_true(out.broken);
    answer(says, 3, 7, 0, 0);
    answer(says + HEADER, 3, 7, 0, 0);
    struct script_server twice = {.steps = {{2 * HEADER, says, 2 * HEADER}}, .step_count = 1};
    script_start(&twice);
    out = transfer(&twice, &read_6, SOON_MS);
    script_end(&twice);
    assert_int_equal(out.result, BUS_OK);
    assert_true(out.broken);
}

static void a_server_that_does_not_take_a_transfer_back_is_given_up(void **state)
{
    (void)state;
    struct script_server server = {.step_count = 0};
    script_start(&server);
    struct outcome out = transfer(&server, &read_6, SOON_MS);
    script_end(&server);
    assert_int_equal(out.result, BUS_GONE);
    assert_int_equal(out.err.code, DFK_E_LOST);
    assert_string_equal(out.err.what,
                        "the USB/IP server does not take a transfer back within 2000 ms");
    assert_true(out.broken);
    assert_int_equal(server.asked_bytes, 2 * HEADER);
}

static void a_server_that_closes_instead_of_taking_back_is_gone(void **state)
{
    (void)state;
    struct script_server server = {
        .steps = {{2 * HEADER, NULL, 0}}, .step_count = 1, .hangs_up = true};
    script_start(&server);
    struct outcome out = transfer(&server, &read_6, SOON_MS);
    script_end(&server);
    assert_int_equal(out.result, BUS_GONE);
    assert_int_equal(out.err.code, DFK_E_LOST);
    assert_true(out.broken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_read_gives_the_data_of_the_answer),
        cmocka_unit_test(a_short_answer_leaves_the_rest_of_the_data_alone),
        cmocka_unit_test(questions_are_sent_to_the_byte),
        cmocka_unit_test(a_write_sends_its_data_behind_the_question),
        cmocka_unit_test(the_status_of_an_answer_tells_how_it_went),
        cmocka_unit_test(a_write_tells_how_much_of_it_arrived),
        cmocka_unit_test(an_answer_that_comes_twice_is_passed_over),
        cmocka_unit_test(lies_end_the_conversation),
        cmocka_unit_test(an_answer_that_breaks_off_means_that_the_device_is_gone),
        cmocka_unit_test(nothing_is_sent_over_a_broken_link),
        cmocka_unit_test(a_transfer_without_an_answer_is_taken_back),
        cmocka_unit_test(an_answer_that_crosses_the_unlink_counts),
        cmocka_unit_test(a_false_answer_to_the_unlink_ends_the_conversation),
        cmocka_unit_test(a_server_that_does_not_take_a_transfer_back_is_given_up),
        cmocka_unit_test(a_server_that_closes_instead_of_taking_back_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
