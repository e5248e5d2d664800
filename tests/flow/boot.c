/* SPDX-License-Identifier: MIT
 * The engine and the project's own bootloader: what it can do beyond DfuSe, and how fast. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "glue/boards.h"
#include "tests/support/scene.h"

enum { APP = 0x08020000, PYBV11_FIRMWARE = 333080, NUCLEO_FIRMWARE = 1300000 };

static const struct scene_part pybv11_file[] = {{APP, PYBV11_FIRMWARE, 4}};

/* A board whose flash is erased: its bootloader has nothing to start. */
static void start(struct scene *scene, const char *board)
{
    const struct board_config config = {
        .name = board, .boot0_low = true, .make_program = boot_guest_make, .seed = 1};
    scene_start_with(scene, &config);
}

static void flash(struct scene *scene, const struct dfk_image *image,
                  const struct dfk_flash_options *options)
{
    if (scene_flash(scene, image, options) != 0) {
        fail_msg("flash: %s", scene->err.what);
    }
    assert_true(scene_holds(scene, image));
    assert_true(scene->report.verified);
}

static void it_is_recognised_by_what_it_says_of_itself(void **context)
{
    (void)context;
    struct scene scene;
    start(&scene, "nucleo-h743zi");
    assert_int_equal(scene_open(&scene), 0);
    const struct dfk_device_info *info = dfk_device_get_info(scene.device);
    assert_string_equal(info->firmware, "dfukit-boot V1.0");
    assert_string_equal(info->chip, "STM32H7");
    assert_true(info->boot.known);
    assert_int_equal(info->boot.version, 0x0100);
    assert_int_equal(info->boot.reason, DFK_BOOT_NO_APPLICATION);
    assert_false(info->boot.application_valid);
    assert_int_equal(info->boot.application_addr, 0x08020000);
    assert_int_equal(info->boot.application_bytes, 0x160000);
    assert_int_equal(info->boot.bank_bytes, 0x100000);
    scene_end(&scene);
}

static void a_flash_starts_the_application(void **context)
{
    (void)context;
    struct scene scene;
    struct dfk_image *image = scene_image(pybv11_file, 1);
    uint32_t addr = 0;
    start(&scene, "pybv11");
    flash(&scene, image, NULL);
    assert_true(scene.report.left);
    assert_true(scene.report.gone);
    assert_false(scene.report.must_reset);
    assert_true(board_application(scene.board, &addr));
    assert_int_equal(addr, APP);
    scene_restart(&scene);
    assert_int_equal(scene_open(&scene), 0);
    const struct dfk_device_info *info = dfk_device_get_info(scene.device);
    assert_int_equal(info->boot.reason, DFK_BOOT_BUTTON);
    assert_true(info->boot.application_valid);
    dfk_image_free(image);
    scene_end(&scene);
}

/* An older firmware in the slot of the application, and a hand at the button. */
static void start_in_use(struct scene *scene, const char *board, uint32_t old_bytes)
{
    start(scene, board);
    scene_fill(scene, APP, old_bytes);
    scene_restart(scene);
}

static void tell(struct scene *scene, const char *what)
{
    double seconds = scene_seconds(scene);
    double physics = scene_physics(scene);
    print_message("# %s: %.3f s, physics %.3f s, ratio %.3f\n", what, seconds, physics,
                  seconds / physics);
}

static void one_bank_is_flashed_at_the_speed_of_the_chip(void **context)
{
    (void)context;
    struct scene scene;
    struct dfk_image *image = scene_image(pybv11_file, 1);
    start_in_use(&scene, "pybv11", PYBV11_FIRMWARE);
    flash(&scene, image, NULL);
    tell(&scene, "pybv11, 333080 bytes");
    assert_true(scene_seconds(&scene) <= 1.10 * scene_physics(&scene));
    scene_restart(&scene);
    flash(&scene, image, NULL);
    tell(&scene, "pybv11, the same again");
    assert_int_equal(scene.report.done.sectors_erased, 0);
    assert_int_equal(scene.report.done.bytes_written, 0);
    assert_true(scene_seconds(&scene) <= 0.3);
    dfk_image_free(image);
    scene_end(&scene);
}

/* Everything that may be erased: neither the bootloader nor the flash drive. */
static void erase_everything(const char *board, uint32_t drive, uint32_t drive_bytes)
{
    struct scene scene;
    uint8_t blank[64], found[64];
    start_in_use(&scene, board, PYBV11_FIRMWARE);
    assert_true(board_poke(scene.board, drive, (const uint8_t *)"files", 5));
    uint32_t sum = scene_checksum(&scene, drive, drive_bytes);
    assert_int_equal(scene_erase(&scene, NULL, NULL), 0);
    assert_int_equal(scene_checksum(&scene, drive, drive_bytes), sum);
    memset(blank, 0xFF, sizeof blank);
    for (uint32_t at = 0; at < PYBV11_FIRMWARE; at += sizeof found) {
        assert_true(board_peek(scene.board, APP + at, found, sizeof found));
        assert_memory_equal(found, blank, sizeof found);
    }
    tell(&scene, "erase everything");
    scene_end(&scene);
}

static void a_mass_erase_spares_bootloader_and_drive(void **context)
{
    (void)context;
    erase_everything("pybv11", 0x08004000, 0x1C000);
    erase_everything("nucleo-h743zi", 0x08180000, 0x80000);
}

static void a_full_flash_does_not_compare_and_is_as_whole(void **context)
{
    (void)context;
    struct scene scene;
    const struct scene_part file[] = {{0x08100000, 5000, 9}};
    const struct dfk_flash_options options = {.full = true};
    struct dfk_image *image = scene_image(file, 1);
    start_in_use(&scene, "nucleo-h743zi", PYBV11_FIRMWARE);
    uint32_t first = scene_checksum(&scene, APP, 0x20000);
    flash(&scene, image, &options);
    assert_int_equal(scene.report.done.sectors_erased, 2);
    assert_int_equal(scene_checksum(&scene, APP, 0x20000), first);
    dfk_image_free(image);
    scene_end(&scene);
}

static double flash_nucleo(bool by_rom, const struct dfk_image *image)
{
    struct scene scene;
    if (by_rom) {
        scene_start(&scene, "nucleo-h743zi", "V9.2", NULL);
        scene_fill(&scene, APP, NUCLEO_FIRMWARE);
    } else {
        start_in_use(&scene, "nucleo-h743zi", NUCLEO_FIRMWARE);
    }
    flash(&scene, image, NULL);
    tell(&scene, by_rom ? "nucleo-h743zi by its ROM" : "nucleo-h743zi by dfukit-boot");
    double seconds = scene_seconds(&scene);
    scene_end(&scene);
    return seconds;
}

static void two_banks_work_at_the_same_time(void **context)
{
    (void)context;
    const struct scene_part file[] = {{APP, NUCLEO_FIRMWARE, 9}};
    struct dfk_image *image = scene_image(file, 1);
    double rom = flash_nucleo(true, image);
    double boot = flash_nucleo(false, image);
    print_message("# nucleo-h743zi, %u bytes: %.3f of the time of the ROM\n", NUCLEO_FIRMWARE,
                  boot / rom);
    assert_true(boot <= 0.65 * rom);
    dfk_image_free(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_recognised_by_what_it_says_of_itself),
        cmocka_unit_test(a_flash_starts_the_application),
        cmocka_unit_test(one_bank_is_flashed_at_the_speed_of_the_chip),
        cmocka_unit_test(two_banks_work_at_the_same_time),
        cmocka_unit_test(a_mass_erase_spares_bootloader_and_drive),
        cmocka_unit_test(a_full_flash_does_not_compare_and_is_as_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
