/* SPDX-License-Identifier: MIT
 * Each known fault of silicon on the twin that shows it, overcome. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/scene.h"

static bool has_fault(struct scene *scene, const char *id)
{
    const struct dfk_device_info *info = dfk_device_get_info(scene->device);
    bool has = false;
    for (size_t i = 0; i < info->fault_count; i++) {
        has = has || strcmp(info->faults[i].id, id) == 0;
    }
    return has;
}

/* Opens the board and wants the fault in its list. */
static void expect_fault(struct scene *scene, const char *board, const char *rom, const char *id)
{
    scene_start(scene, board, rom, NULL);
    assert_int_equal(scene_open(scene), 0);
    if (!has_fault(scene, id)) {
        fail_msg("%s %s does not list %s", board, rom == NULL ? "" : rom, id);
    }
    scene_close(scene);
}

/* Flashes one part onto a board in use. */
static int flash_used(struct scene *scene, uint32_t total, struct scene_part part)
{
    struct dfk_image *image = scene_image(&part, 1);
    scene_fill(scene, 0x08000000, total);
    int result = scene_flash(scene, image, NULL);
    if (result == 0) {
        assert_true(scene_holds(scene, image));
    }
    dfk_image_free(image);
    return result;
}

static void h743_bank2_erase_wedge(void **context)
{
    (void)context;
    struct scene scene;
    expect_fault(&scene, "openmv4p", "V9.0", "h743-bank2-erase-wedge");
    assert_int_equal(flash_used(&scene, 2 << 20, (struct scene_part){0x08100000, 140000, 3}), 0);
    assert_true(scene_said(&scene, "h743-bank2-erase-wedge"));
    assert_int_equal(scene.report.faults_overcome, 2);
    scene_end(&scene);
}

static void h743_v9_1_bank2_early_return(void **context)
{
    (void)context;
    struct scene scene;
    expect_fault(&scene, "openmv4p", "V9.1", "h743-v9.1-bank2-early-return");
    assert_int_equal(flash_used(&scene, 2 << 20, (struct scene_part){0x08100000, 140000, 3}), 0);
    assert_true(scene_said(&scene, "h743-v9.1-bank2-early-return"));
    scene_end(&scene);
}

static void h743_v13_3_mass_erase(void **context)
{
    (void)context;
    struct scene scene;
    expect_fault(&scene, "nucleo-h743zi", "V13.3", "h743-v13.3-mass-erase");
    scene_fill(&scene, 0x08000000, 2 << 20);
    assert_int_equal(scene_erase(&scene, NULL, NULL), 0);
    assert_int_equal(scene.report.done.sectors_erased, 16);
    uint32_t first = 0;
    assert_true(board_peek(scene.board, 0x08000000, (uint8_t *)&first, 4));
    assert_int_equal(first, UINT32_MAX);
    scene_end(&scene);
}

static void h743_v9_0_leave(void **context)
{
    (void)context;
    struct scene scene;
    expect_fault(&scene, "openmv4p", "V9.0", "h743-v9.0-leave");
    assert_int_equal(flash_used(&scene, 2 << 20, (struct scene_part){0x08000000, 5000, 3}), 0);
    assert_true(scene.report.left);
    assert_true(scene.report.must_reset);
    assert_false(board_application(scene.board, NULL));
    scene_end(&scene);
}

static void h743_v9_1_leave(void **context)
{
    (void)context;
    struct scene scene;
    expect_fault(&scene, "openmv4p", "V9.1", "h743-v9.1-leave");
    assert_int_equal(flash_used(&scene, 2 << 20, (struct scene_part){0x08000000, 5000, 3}), 0);
    assert_true(scene.report.must_reset);
    scene_end(&scene);
}

static void f4_x8_default(void **context)
{
    (void)context;
    struct scene scene;
    expect_fault(&scene, "pybv11", "V3.1", "f4-x8-default");
    assert_int_equal(flash_used(&scene, 1 << 20, (struct scene_part){0x08020000, 100000, 3}), 0);
    assert_true(scene_said(&scene, "f4-x8-default"));
    /* 1 s for the sector and 4 us a byte, against 2 s and 16 us */
    assert_true(scene_seconds(&scene) < 2.5);
    scene_end(&scene);
}

static void f7_v9_3_bank2_off_by_four(void **context)
{
    (void)context;
    struct scene scene;
    expect_fault(&scene, "f767", NULL, "f7-v9.3-bank2-off-by-four");
    assert_int_equal(flash_used(&scene, 2 << 20, (struct scene_part){0x08100000, 5000, 3}),
                     -DFK_E_ERASE);
    assert_true(scene.err.where.addr >= 0x08100000 && scene.err.where.addr < 0x08140000);
    scene_end(&scene);
}

static void mass_erase_100ms(void **context)
{
    (void)context;
    struct scene scene;
    expect_fault(&scene, "pybv11", "V3.1", "mass-erase-100ms");
    scene_fill(&scene, 0x08000000, 1 << 20);
    assert_int_equal(scene_erase(&scene, NULL, NULL), 0);
    assert_true(scene_seconds(&scene) > 7.9);
    scene_end(&scene);
}

static void h7_1024_byte_limit(void **context)
{
    (void)context;
    struct scene scene;
    expect_fault(&scene, "nucleo-h743zi", "V9.2", "h7-1024-byte-limit");
    scene_end(&scene);
}

static void g4_1024_byte_limit(void **context)
{
    (void)context;
    struct scene scene;
    expect_fault(&scene, "g431", NULL, "g4-1024-byte-limit");
    assert_int_equal(flash_used(&scene, 128 << 10, (struct scene_part){0x08000000, 9000, 3}), 0);
    scene_end(&scene);
}

static void l4_getstatus_stall(void **context)
{
    (void)context;
    struct scene scene;
    expect_fault(&scene, "l476", NULL, "l4-getstatus-stall");
    assert_int_equal(flash_used(&scene, 512 << 10, (struct scene_part){0x08000000, 9000, 3}), 0);
    scene_end(&scene);
}

static void strict_rom(void **context)
{
    (void)context;
    struct scene scene;
    expect_fault(&scene, "c562", NULL, "strict-rom");
    assert_int_equal(flash_used(&scene, 512 << 10, (struct scene_part){0x08000000, 20000, 3}), 0);
    scene_end(&scene);
}

static void absurd_poll_timeout(void **context)
{
    (void)context;
    struct scene scene;
    expect_fault(&scene, "gd32", NULL, "absurd-poll-timeout");
    assert_int_equal(flash_used(&scene, 1 << 20, (struct scene_part){0x08000000, 9000, 3}), 0);
    assert_true(scene_said(&scene, "absurd-poll-timeout"));
    assert_true(scene_seconds(&scene) < 10);
    scene_end(&scene);
}

static void gd32_leave(void **context)
{
    (void)context;
    struct scene scene;
    expect_fault(&scene, "gd32", NULL, "gd32-leave");
    assert_int_equal(flash_used(&scene, 1 << 20, (struct scene_part){0x08000000, 3000, 3}), 0);
    assert_true(scene.report.left && scene.report.gone);
    scene_end(&scene);
}

/* Two boards with one serial number: choosing by it is refused, by place it works. */
static void non_unique_serial(void **context)
{
    (void)context;
    struct scene scene;
    expect_fault(&scene, "openmv4p", "V9.0", "non-unique-serial");
    struct board_config config = {.name = "nucleo-h743zi", .rom = "V9.2", .seed = 2};
    struct board *other = NULL;
    assert_int_equal(board_open(&config, &other, NULL), 0);
    struct board *boards[] = {scene.board, other};
    twin_bus_init(&scene.bus, boards, 2);
    struct dfk_select select = {.serial = "200364500000"};
    struct dfk_error err = {0};
    struct dfk_device *device = NULL;
    assert_int_equal(session_open(&scene.bus.bus, &scene.bus.clock, &select, NULL, &device, &err),
                     -DFK_E_SEVERAL);
    assert_non_null(strstr(err.what, "1-1"));
    assert_non_null(strstr(err.what, "1-2"));
    select = (struct dfk_select){.path = "1-2"};
    assert_int_equal(session_open(&scene.bus.bus, &scene.bus.clock, &select, NULL, &device, NULL),
                     0);
    dfk_close(device);
    assert_int_equal(board_close(other, NULL), 0);
    scene_end(&scene);
}

static void transfer_size_0(void **context)
{
    (void)context;
    struct scene scene;
    scene_start(&scene, "gd32", NULL, "transfer-size:0");
    assert_int_equal(scene_open(&scene), 0);
    assert_true(has_fault(&scene, "transfer-size-0"));
    assert_true(scene_said(&scene, "transfer-size-0"));
    scene_close(&scene);
    scene_end(&scene);
}

static void a_device_that_starts_in_dfuerror_is_cleared(void **context)
{
    (void)context;
    struct scene scene;
    scene_start(&scene, "pybv11", "V3.1", "start-error");
    assert_int_equal(flash_used(&scene, 1 << 20, (struct scene_part){0x08000000, 3000, 3}), 0);
    assert_true(scene_said(&scene, "starts-in-dfuerror"));
    scene_end(&scene);
}

static void the_chip_and_its_rom_are_named(void **context)
{
    (void)context;
    struct scene scene;
    scene_start(&scene, "openmv4p", "V13.3", NULL);
    assert_int_equal(scene_open(&scene), 0);
    assert_string_equal(dfk_device_get_info(scene.device)->chip, "STM32H742/743/750/753");
    assert_string_equal(dfk_device_get_info(scene.device)->firmware, "ROM bootloader V13.3");
    scene_close(&scene);
    scene_end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(h743_bank2_erase_wedge),
        cmocka_unit_test(h743_v9_1_bank2_early_return),
        cmocka_unit_test(h743_v13_3_mass_erase),
        cmocka_unit_test(h743_v9_0_leave),
        cmocka_unit_test(h743_v9_1_leave),
        cmocka_unit_test(f4_x8_default),
        cmocka_unit_test(f7_v9_3_bank2_off_by_four),
        cmocka_unit_test(mass_erase_100ms),
        cmocka_unit_test(h7_1024_byte_limit),
        cmocka_unit_test(g4_1024_byte_limit),
        cmocka_unit_test(l4_getstatus_stall),
        cmocka_unit_test(strict_rom),
        cmocka_unit_test(absurd_poll_timeout),
        cmocka_unit_test(gd32_leave),
        cmocka_unit_test(non_unique_serial),
        cmocka_unit_test(transfer_size_0),
        cmocka_unit_test(a_device_that_starts_in_dfuerror_is_cleared),
        cmocka_unit_test(the_chip_and_its_rom_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
