/* SPDX-License-Identifier: MIT
 * The records of USB/IP, byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/usbip.h"

static void the_operation_header_has_eight_bytes(void **state)
{
    (void)state;
    static const uint8_t wire[USBIP_OP_BYTES] = {0x01, 0x11, 0x80, 0x03, 0, 0, 0, 1};
    uint8_t bytes[USBIP_OP_BYTES];
    struct usbip_op op = usbip_op_get(wire);
    assert_int_equal(op.version, USBIP_VERSION);
    assert_int_equal(op.code, USBIP_REQ_IMPORT);
    assert_int_equal(op.status, 1);
    usbip_op_put(&op, bytes);
    assert_memory_equal(bytes, wire, sizeof wire);
}

/* All that follows path and bus id in a device record. */
static const uint8_t numbers[24] = {0, 0,    0,    1,    0,    0,    0, 7, 0, 0, 0, 2,
                                    4, 0x83, 0xDF, 0x11, 0x22, 0x00, 0, 0, 0, 1, 1, 1};

static void a_device_record_has_312_bytes(void **state)
{
    (void)state;
    static const struct usbip_device device = {.path = "/sys/devices/twin/1-1",
                                               .busid = "1-1",
                                               .busnum = 1,
                                               .devnum = 7,
                                               .speed = USBIP_SPEED_FULL,
                                               .vendor = 0x0483,
                                               .product = 0xDF11,
                                               .bcd_device = 0x2200,
                                               .configuration = 1,
                                               .configurations = 1,
                                               .interfaces = 1};
    uint8_t bytes[USBIP_DEVICE_BYTES + 1];
    memset(bytes, 0xEE, sizeof bytes);
    usbip_device_put(&device, bytes);
    assert_string_equal((char *)bytes, "/sys/devices/twin/1-1");
    assert_int_equal(bytes[255], 0);
    assert_string_equal((char *)bytes + 256, "1-1");
    assert_int_equal(bytes[287], 0);
    assert_memory_equal(bytes + 288, numbers, sizeof numbers);
    assert_int_equal(bytes[312], 0xEE);
    struct usbip_device again;
    usbip_device_get(bytes, &again);
    assert_string_equal(again.path, device.path);
    assert_string_equal(again.busid, "1-1");
    assert_int_equal(again.busnum, 1);
    assert_int_equal(again.devnum, 7);
    assert_int_equal(again.speed, 2);
    assert_int_equal(again.vendor, 0x0483);
    assert_int_equal(again.product, 0xDF11);
    assert_int_equal(again.bcd_device, 0x2200);
    assert_int_equal(again.configuration, 1);
    assert_int_equal(again.configurations, 1);
    assert_int_equal(again.interfaces, 1);
}

static void a_text_without_nul_ends_with_its_field(void **state)
{
    (void)state;
    uint8_t bytes[USBIP_DEVICE_BYTES];
    memset(bytes, 'x', sizeof bytes);
    struct usbip_device device;
    usbip_device_get(bytes, &device);
    assert_int_equal(strlen(device.path), 256);
    assert_int_equal(strlen(device.busid), 32);
    assert_int_equal(device.class_code, 'x');
    assert_int_equal(device.subclass, 'x');
    assert_int_equal(device.protocol, 'x');
    uint8_t again[USBIP_DEVICE_BYTES];
    usbip_device_put(&device, again);
    assert_memory_equal(again, bytes, sizeof bytes);
}

/* Packs, compares with the wire, unpacks, packs again. */
static void check_message(const struct usbip_message *message, const uint8_t wire[])
{
    uint8_t bytes[USBIP_HEADER_BYTES];
    memset(bytes, 0xEE, sizeof bytes);
    usbip_message_put(message, bytes);
    assert_memory_equal(bytes, wire, sizeof bytes);
    struct usbip_message again;
    memset(&again, 0xEE, sizeof again);
    usbip_message_get(wire, &again);
    memset(bytes, 0xEE, sizeof bytes);
    usbip_message_put(&again, bytes);
    assert_memory_equal(bytes, wire, sizeof bytes);
    assert_int_equal(again.status, message->status);
    assert_int_equal(again.length, message->length);
    assert_int_equal(again.flags, message->flags);
    assert_int_equal(again.unlink_seqnum, message->unlink_seqnum);
    assert_int_equal(again.setup.length, message->setup.length);
}

static void a_submit_carries_a_setup_packet(void **state)
{
    (void)state;
    static const struct usbip_message message = {.command = USBIP_CMD_SUBMIT,
                                                 .seqnum = 0x0102,
                                                 .devid = 0x00010007,
                                                 .direction = 1,
                                                 .flags = 0x200,
                                                 .length = 6,
                                                 .setup = {0xA1, 3, 0, 0x0001, 6}};
    static const uint8_t wire[USBIP_HEADER_BYTES] = {
        0, 0, 0, 1, 0, 0, 1, 2, 0, 1, 0, 7, 0, 0, 0, 1, 0,    0, 0, 0, 0, 0, 2, 0,
        0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xA1, 3, 0, 0, 1, 0, 6, 0};
    check_message(&message, wire);
}

static void an_answer_carries_status_and_length(void **state)
{
    (void)state;
    static const struct usbip_message message = {
        .command = USBIP_RET_SUBMIT, .seqnum = 5, .status = USBIP_STATUS_STALL, .length = 0x10000};
    static const uint8_t wire[USBIP_HEADER_BYTES] = {0,    0,    0,    3,    0, 0, 0, 5, 0, 0,
                                                     0,    0,    0,    0,    0, 0, 0, 0, 0, 0,
                                                     0xFF, 0xFF, 0xFF, 0xE0, 0, 1, 0, 0};
    check_message(&message, wire);
}

static void an_unlink_names_the_transfer_it_cancels(void **state)
{
    (void)state;
    static const struct usbip_message message = {
        .command = USBIP_CMD_UNLINK, .seqnum = 6, .devid = 1, .unlink_seqnum = 5};
    static const uint8_t wire[USBIP_HEADER_BYTES] = {0, 0, 0, 2, 0, 0, 0, 6, 0, 0, 0, 1,
                                                     0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5};
    static const struct usbip_message answer = {
        .command = USBIP_RET_UNLINK, .seqnum = 6, .status = USBIP_STATUS_UNLINKED};
    static const uint8_t answer_wire[USBIP_HEADER_BYTES] = {
        0, 0, 0, 4, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0x98};
    check_message(&message, wire);
    check_message(&answer, answer_wire);
}

static void an_unknown_command_has_only_the_common_fields(void **state)
{
    (void)state;
    uint8_t wire[USBIP_HEADER_BYTES];
    memset(wire, 9, sizeof wire);
    struct usbip_message message;
    usbip_message_get(wire, &message);
    assert_int_equal(message.command, 0x09090909);
    assert_int_equal(message.endpoint, 0x09090909);
    assert_int_equal(message.flags, 0);
    assert_int_equal(message.length, 0);
    assert_int_equal(message.status, 0);
    assert_int_equal(message.unlink_seqnum, 0);
    assert_int_equal(message.setup.request, 0);
    uint8_t bytes[USBIP_HEADER_BYTES];
    usbip_message_put(&message, bytes);
    assert_memory_equal(bytes, wire, 20);
    assert_int_equal(bytes[20] | bytes[24] | bytes[40] | bytes[47], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_operation_header_has_eight_bytes),
        cmocka_unit_test(a_device_record_has_312_bytes),
        cmocka_unit_test(a_text_without_nul_ends_with_its_field),
        cmocka_unit_test(a_submit_carries_a_setup_packet),
        cmocka_unit_test(an_answer_carries_status_and_length),
        cmocka_unit_test(an_unlink_names_the_transfer_it_cancels),
        cmocka_unit_test(an_unknown_command_has_only_the_common_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
