/* SPDX-License-Identifier: MIT
 * What each of libusb's error numbers becomes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bus/usb_error.h"

/* libusb's numbers are part of its binary interface, so they stand here as literals. */
static const struct {
    int number;
    enum dfk_code code;
    enum bus_result result;
} rows[] = {
    {-1, DFK_E_PROTOCOL, BUS_GONE},    /* IO */
    {-2, DFK_E_PROTOCOL, BUS_ERROR},   /* INVALID_PARAM */
    {-3, DFK_E_PERMISSION, BUS_ERROR}, /* ACCESS */
    {-4, DFK_E_NO_DEVICE, BUS_GONE},   /* NO_DEVICE */
    {-5, DFK_E_NO_DEVICE, BUS_GONE},   /* NOT_FOUND */
    {-6, DFK_E_BUSY_BUS, BUS_ERROR},   /* BUSY */
    {-7, DFK_E_PROTOCOL, BUS_TIMEOUT}, /* TIMEOUT */
    {-8, DFK_E_PROTOCOL, BUS_ERROR},   /* OVERFLOW */
    {-9, DFK_E_PROTOCOL, BUS_STALL},   /* PIPE */
    {-10, DFK_E_PROTOCOL, BUS_ERROR},  /* INTERRUPTED */
    {-11, DFK_E_NO_MEMORY, BUS_ERROR}, /* NO_MEM */
    {-12, DFK_E_PROTOCOL, BUS_ERROR},  /* NOT_SUPPORTED */
    {-99, DFK_E_PROTOCOL, BUS_ERROR},  /* OTHER */
    {-1000, DFK_E_PROTOCOL, BUS_ERROR},
};

static void a_failed_open_has_the_code_of_its_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(usb_error_code(rows[i].number), rows[i].code);
    }
}

static void a_failed_transfer_has_the_result_of_its_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(usb_error_result(rows[i].number), rows[i].result);
    }
}

static void a_length_is_no_error(void **state)
{
    (void)state;
    assert_int_equal(usb_error_result(0), BUS_OK);
    assert_int_equal(usb_error_result(1), BUS_OK);
    assert_int_equal(usb_error_result(65535), BUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_open_has_the_code_of_its_reason),
        cmocka_unit_test(a_failed_transfer_has_the_result_of_its_reason),
        cmocka_unit_test(a_length_is_no_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
