/* SPDX-License-Identifier: MIT
 * The numbers of the DFU standard and their names, typed a second time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/dfu.h"
#include "core/dfu_text.h"
#include "core/usb.h"
#include "core/usbip.h"

struct number {
    int ours, standard;
};

static void check_numbers(const struct number *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (numbers[i].ours != numbers[i].standard) {
            fail_msg("row %zu: %d, standard %d", i, numbers[i].ours, numbers[i].standard);
        }
    }
}

static void numbers_of_dfu_are_the_standards(void **state)
{
    (void)state;
    static const struct number numbers[] = {
        {DFU_DETACH, 0},
        {DFU_DNLOAD, 1},
        {DFU_UPLOAD, 2},
        {DFU_GETSTATUS, 3},
        {DFU_CLRSTATUS, 4},
        {DFU_GETSTATE, 5},
        {DFU_ABORT, 6},
        {DFU_REQUEST_OUT, 0x21},
        {DFU_REQUEST_IN, 0xA1},
        {DFU_STATUS_BYTES, 6},
        {DFU_CAN_DNLOAD, 1 << 0},
        {DFU_CAN_UPLOAD, 1 << 1},
        {DFU_MANIFESTATION_TOLERANT, 1 << 2},
        {DFU_WILL_DETACH, 1 << 3},
        {DFU_VERSION_DFUSE, 0x011A},
        {DFU_VERSION_1_1, 0x0110},
        {DFU_VERSION_1_0, 0x0100},
        {DFU_FUNCTIONAL_BYTES, 9},
        {DFU_FUNCTIONAL_1_0_BYTES, 7},
        {DFUSE_GET_COMMANDS, 0x00},
        {DFUSE_SET_ADDRESS, 0x21},
        {DFUSE_ERASE, 0x41},
        {DFUSE_READ_UNPROTECT, 0x92},
        {DFUSE_COMMAND_BLOCK, 0},
        {DFUSE_FIRST_DATA_BLOCK, 2},
    };
    check_numbers(numbers, sizeof numbers / sizeof numbers[0]);
}

static void numbers_of_usb_are_the_standards(void **state)
{
    (void)state;
    static const struct number numbers[] = {
        {USB_GET_STATUS, 0},
        {USB_CLEAR_FEATURE, 1},
        {USB_SET_FEATURE, 3},
        {USB_SET_ADDRESS, 5},
        {USB_GET_DESCRIPTOR, 6},
        {USB_GET_CONFIGURATION, 8},
        {USB_SET_CONFIGURATION, 9},
        {USB_GET_INTERFACE, 10},
        {USB_SET_INTERFACE, 11},
        {USB_DEVICE, 1},
        {USB_CONFIGURATION, 2},
        {USB_STRING, 3},
        {USB_INTERFACE, 4},
        {USB_ENDPOINT, 5},
        {USB_DFU_FUNCTIONAL, 0x21},
        {USB_CLASS_APPLICATION, 0xFE},
        {USB_SUBCLASS_DFU, 1},
        {USB_PROTOCOL_RUNTIME, 1},
        {USB_PROTOCOL_DFU, 2},
        {USB_DIR_IN, 0x80},
        {USBIP_PORT, 3240},
        {USBIP_VERSION, 0x0111},
        {USBIP_REQ_DEVLIST, 0x8005},
        {USBIP_REP_DEVLIST, 0x0005},
        {USBIP_REQ_IMPORT, 0x8003},
        {USBIP_REP_IMPORT, 0x0003},
        {USBIP_DEVICE_BYTES, 0x138},
        {USBIP_HEADER_BYTES, 0x30},
        {USBIP_STATUS_STALL, -32},
        {USBIP_STATUS_TIMEOUT, -110},
        {USBIP_STATUS_UNLINKED, -104},
        {USBIP_STATUS_GONE, -108},
    };
    check_numbers(numbers, sizeof numbers / sizeof numbers[0]);
}

static void states_are_named_as_in_the_standard(void **state)
{
    (void)state;
    static const char *const names[] = {
        "appIDLE",          "appDETACH",   "dfuIDLE",
        "dfuDNLOAD-SYNC",   "dfuDNBUSY",   "dfuDNLOAD-IDLE",
        "dfuMANIFEST-SYNC", "dfuMANIFEST", "dfuMANIFEST-WAIT-RESET",
        "dfuUPLOAD-IDLE",   "dfuERROR",
    };
    assert_int_equal(sizeof names / sizeof names[0], DFU_STATE_COUNT);
    for (uint8_t i = 0; i < 11; i++) {
        assert_string_equal(dfu_state_name(i), names[i]);
    }
    assert_string_equal(dfu_state_name(11), "unknown state");
    assert_string_equal(dfu_state_name(255), "unknown state");
    assert_string_equal(dfu_state_name(DFU_DNBUSY), "dfuDNBUSY");
    assert_string_equal(dfu_state_name(DFU_ERROR), "dfuERROR");
}

static void statuses_are_named_as_in_the_standard(void **state)
{
    (void)state;
    static const char *const names[] = {
        "OK",      "errTARGET", "errFILE",    "errWRITE",      "errERASE",    "errCHECK_ERASED",
        "errPROG", "errVERIFY", "errADDRESS", "errNOTDONE",    "errFIRMWARE", "errVENDOR",
        "errUSBR", "errPOR",    "errUNKNOWN", "errSTALLEDPKT",
    };
    assert_int_equal(sizeof names / sizeof names[0], DFU_STATUS_COUNT);
    for (uint8_t i = 0; i < 16; i++) {
        assert_string_equal(dfu_status_name(i), names[i]);
        assert_true(strlen(dfu_status_meaning(i)) > 0);
    }
    assert_string_equal(dfu_status_name(16), "unknown status");
    assert_string_equal(dfu_status_meaning(0xFF), "a status beyond the standard");
    assert_string_equal(dfu_status_name(DFU_ERR_VENDOR), "errVENDOR");
    assert_string_equal(dfu_status_name(DFU_ERR_STALLEDPKT), "errSTALLEDPKT");
}

static void requests_are_named_as_in_the_standard(void **state)
{
    (void)state;
    static const char *const names[] = {
        "DFU_DETACH",    "DFU_DNLOAD",   "DFU_UPLOAD", "DFU_GETSTATUS",
        "DFU_CLRSTATUS", "DFU_GETSTATE", "DFU_ABORT",
    };
    for (uint8_t i = 0; i < 7; i++) {
        assert_string_equal(dfu_request_name(i), names[i]);
    }
    assert_string_equal(dfu_request_name(7), "unknown request");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_dfu_are_the_standards),
        cmocka_unit_test(numbers_of_usb_are_the_standards),
        cmocka_unit_test(states_are_named_as_in_the_standard),
        cmocka_unit_test(statuses_are_named_as_in_the_standard),
        cmocka_unit_test(requests_are_named_as_in_the_standard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
