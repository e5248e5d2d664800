/* SPDX-License-Identifier: MIT
 * The engine over libusb's functions, which are ours over virtual boards: all but the hardware. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <libusb.h>

#include "flash/session.h"
#include "image/image.h"
#include "tests/shim/world.h"

static struct board *plug_in(const char *name, const char *rom)
{
    struct board_config config = {.name = name, .rom = rom, .seed = 4};
    struct board *board = NULL;
    assert_int_equal(board_open(&config, &board, NULL), 0);
    shim_plug(board);
    return board;
}

static int unplug_all(void **context)
{
    (void)context;
    return shim_unplug_all() ? 0 : -1;
}

static struct dfk_image *make_image(uint32_t addr)
{
    static const uint8_t bytes[3000] = {0x00, 0xFF, 0x01, 0x20, 0x01, 0x01, 0x00, 0x08};
    const struct dfk_segment part = {0, addr, sizeof bytes, bytes};
    struct dfk_image *image = NULL;
    assert_int_equal(image_from_memory("made", &part, 1, true, &image, NULL), 0);
    return image;
}

static void a_board_is_listed_and_flashed(void **context)
{
    (void)context;
    struct dfk_device_list *list = NULL;
    struct dfk_device *device = NULL;
    struct dfk_error err = {0};
    struct board *board = plug_in("pybv11", "V3.1");
    assert_int_equal(dfk_device_list_get(NULL, &list, &err), 0);
    assert_int_equal(dfk_device_list_count(list), 1);
    assert_string_equal(dfk_device_list_at(list, 0)->path, "1-1");
    assert_int_equal(dfk_device_list_at(list, 0)->alternate_count, 4);
    dfk_device_list_free(list);
    assert_int_equal(dfk_open(NULL, NULL, &device, &err), 0);
    struct dfk_image *image = make_image(0x08000000);
    if (dfk_flash(device, image, NULL, NULL, &err) != 0) {
        fail_msg("%s", err.what);
    }
    assert_true(board_application(board, NULL));
    dfk_close(device);
    dfk_image_free(image);
}

static void without_permission_the_board_is_listed_and_says_so(void **context)
{
    (void)context;
    struct dfk_device_list *list = NULL;
    struct dfk_device *device = NULL;
    struct dfk_error err = {0};
    (void)plug_in("nucleo-h743zi", "V9.2");
    shim_world()->fail_open = LIBUSB_ERROR_ACCESS;
    assert_int_equal(dfk_device_list_get(NULL, &list, &err), 0);
    assert_int_equal(dfk_device_list_count(list), 1);
    assert_false(dfk_device_list_at(list, 0)->usable);
    assert_int_equal(dfk_device_list_at(list, 0)->problem, DFK_E_PERMISSION);
    dfk_device_list_free(list);
    assert_int_equal(dfk_open(NULL, NULL, &device, &err), -DFK_E_PERMISSION);
    assert_non_null(strstr(err.next, "udev"));
}

static void a_claimed_board_is_in_use(void **context)
{
    (void)context;
    struct dfk_device *device = NULL;
    struct dfk_error err = {0};
    (void)plug_in("nucleo-h743zi", "V9.2");
    shim_world()->fail_claim = LIBUSB_ERROR_BUSY;
    assert_int_equal(dfk_open(NULL, NULL, &device, &err), -DFK_E_BUSY_BUS);
}

static void two_boards_are_told_apart_by_their_place(void **context)
{
    (void)context;
    struct dfk_device *device = NULL;
    struct dfk_error err = {0};
    const struct dfk_select second = {.path = "1-2"};
    (void)plug_in("nucleo-h743zi", "V9.2");
    (void)plug_in("openmv4p", "V9.0");
    assert_int_equal(dfk_open(NULL, NULL, &device, &err), -DFK_E_SEVERAL);
    assert_non_null(strstr(err.what, "1-1"));
    assert_int_equal(dfk_open(&second, NULL, &device, NULL), 0);
    assert_string_equal(dfk_device_get_info(device)->firmware, "ROM bootloader V9.0");
    dfk_close(device);
}

static void an_application_is_detached_through_a_port_reset(void **context)
{
    (void)context;
    struct dfk_device *device = NULL;
    struct dfk_error err = {0};
    (void)plug_in("runtime-needs-reset", NULL);
    assert_int_equal(dfk_open(NULL, NULL, &device, &err), 0);
    assert_int_equal(dfk_device_get_info(device)->mode, DFK_MODE_RUNTIME);
    if (dfk_detach(device, &err) != 0) {
        fail_msg("%s", err.what);
    }
    assert_int_equal(dfk_device_get_info(device)->mode, DFK_MODE_DFU);
    dfk_close(device);
}

static void a_computer_without_usb_has_an_empty_bus(void **context)
{
    (void)context;
    struct dfk_device_list *list = NULL;
    struct dfk_device *device = NULL;
    struct dfk_error err = {0};
    const struct dfk_select soon = {.wait_ms = 20};
    shim_world()->fail_init = LIBUSB_ERROR_OTHER;
    assert_int_equal(dfk_device_list_get(NULL, &list, &err), 0);
    assert_int_equal(dfk_device_list_count(list), 0);
    dfk_device_list_free(list);
    assert_int_equal(dfk_open(&soon, NULL, &device, &err), -DFK_E_NO_DEVICE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_board_is_listed_and_flashed, unplug_all),
        cmocka_unit_test_teardown(without_permission_the_board_is_listed_and_says_so, unplug_all),
        cmocka_unit_test_teardown(a_claimed_board_is_in_use, unplug_all),
        cmocka_unit_test_teardown(two_boards_are_told_apart_by_their_place, unplug_all),
        cmocka_unit_test_teardown(an_application_is_detached_through_a_port_reset, unplug_all),
        cmocka_unit_test_teardown(a_computer_without_usb_has_an_empty_bus, unplug_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
