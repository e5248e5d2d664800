/* SPDX-License-Identifier: MIT
 * A board with the bootloader on the bench of a test. */
#include "tests/boot/bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "core/bytes.h"
#include "core/crc32.h"
#include "glue/boards.h"
#include "glue/boot_guest.h"
#include "tests/support/seal_maker.h"
#include "twin/board/arm.h"
#include "twin/board/arm_board.h"
#include "twin/mem/flash.h"

enum {
    STACK = 0x20010000,
    ENTRY = 0x100,
    KIB = 1024,
    ORDER_ADDR = 0x20000000,
    ORDER_DFU = 0x70AD0000,
    MODE_ADDR = 0x20008000, /* where the application below leaves what it found in r0 */
};

/* ldr r1, [pc, #4]; str r0, [r1]; wfi; b .-2; MODE_ADDR */
static const uint8_t code[] = {0x01, 0x49, 0x08, 0x60, 0x30, 0xBF,
                               0xFD, 0xE7, 0x00, 0x80, 0x00, 0x20};

static const struct bench_place places[] = {
    {.name = "pybv11",
     .own = 0x08000000,
     .own_bytes = 16 * KIB,
     .app = 0x08020000,
     .app_bytes = 896 * KIB,
     .app_sector_bytes = 128 * KIB,
     .drive = 0x08004000,
     .drive_bytes = 112 * KIB,
     .drive_sector_bytes = 16 * KIB,
     .banks = 1,
     .led_count = 4,
     .button = true},
    {.name = "nucleo-h743zi",
     .own = 0x08000000,
     .own_bytes = 128 * KIB,
     .app = 0x08020000,
     .app_bytes = 1408 * KIB,
     .app_sector_bytes = 128 * KIB,
     .drive = 0x08180000,
     .drive_bytes = 512 * KIB,
     .drive_sector_bytes = 128 * KIB,
     .banks = 2,
     .led_count = 3,
     .button = true},
    {.name = "pybv11-signed",
     .own = 0x08000000,
     .own_bytes = 16 * KIB,
     .app = 0x08020000,
     .app_bytes = 896 * KIB,
     .app_sector_bytes = 128 * KIB,
     .drive = 0x08004000,
     .drive_bytes = 112 * KIB,
     .drive_sector_bytes = 16 * KIB,
     .banks = 1,
     .led_count = 4,
     .button = true,
     .seal_board = "pybv11",
     .check_ms = 150},
    {.name = "nucleo-h743zi-signed",
     .own = 0x08000000,
     .own_bytes = 128 * KIB,
     .app = 0x08020000,
     .app_bytes = 896 * KIB,
     .app_sector_bytes = 128 * KIB,
     .drive = 0x08180000,
     .drive_bytes = 512 * KIB,
     .drive_sector_bytes = 128 * KIB,
     .banks = 2,
     .led_count = 3,
     .button = true,
     .seal_board = "nucleo_h743zi",
     .check_ms = 250},
    {.name = "openmv4p",
     .own = 0x08000000,
     .own_bytes = 128 * KIB,
     .app = 0x08040000,
     .app_bytes = 1792 * KIB,
     .app_sector_bytes = 128 * KIB,
     .drive = 0x08020000,
     .drive_bytes = 128 * KIB,
     .drive_sector_bytes = 128 * KIB,
     .banks = 2,
     .led_count = 3},
};

static struct arm *machine(struct bench *bench)
{
    return arm_board_machine(board_guest(bench->host.board));
}

static struct {
    const struct bench_place *place;
    bool arm;
} chosen; /* by the command line, before the first test */

bool bench_choose(int argc, char **argv)
{
    const size_t count = sizeof places / sizeof places[0];
    for (size_t i = 0; argc == 3 && i < count; i++) {
        if (strcmp(argv[2], places[i].name) == 0) {
            chosen.place = &places[i];
        }
    }
    chosen.arm = argc == 3 && strcmp(argv[1], "arm") == 0;
    bool good = chosen.place != NULL && (chosen.arm || strcmp(argv[1], "native") == 0);
    if (!good) {
        (void)fprintf(stderr, "usage: %s native|arm BOARD\n", argv[0]);
    }
    return good;
}

void bench_use_arm(bool arm)
{
    chosen.arm = arm;
}

uint32_t bench_read_firmware(const struct bench *bench, const char *kind, uint8_t *to,
                             uint32_t room)
{
    const char *folder = getenv("DFUKIT_FIRMWARE");
    char path[512], name[32];
    uint8_t *data = NULL;
    size_t length = 0;
    struct dfk_error err = {0};
    (void)snprintf(name, sizeof name, "%s", bench->place->name);
    for (char *at = strchr(name, '-'); at != NULL; at = strchr(at, '-')) {
        *at = '_';
    }
    (void)snprintf(path, sizeof path, "%s/%s/dfukit-%s-%s.bin", folder == NULL ? "." : folder, name,
                   kind, name);
    if (file_read(path, room, &data, &length, &err) != 0) {
        fail_msg("%s (make firmware builds it)", err.what);
    }
    memcpy(to, data, length);
    free(data);
    return (uint32_t)length;
}

static void install_firmware(struct bench *bench)
{
    uint32_t length = bench_read_firmware(bench, "boot", bench->image, sizeof bench->image);
    assert_true(board_poke(bench->host.board, bench->place->own, bench->image, length));
}

int bench_set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    if (bench == NULL) {
        return -1;
    }
    bench->place = chosen.place;
    bench->arm = chosen.arm;
    dfu_host_open(&bench->host, chosen.place->name, chosen.arm ? arm_board_make : boot_guest_make,
                  1);
    bench->host.app = chosen.place->app;
    bench->host.app_bytes = chosen.place->app_bytes;
    *state = bench;
    if (chosen.arm) {
        install_firmware(bench);
    }
    return 0;
}

int bench_set_up_with(void **state, chip_make_program *make)
{
    if (bench_set_up(state) != 0) {
        return -1;
    }
    struct bench *bench = *state;
    dfu_host_close(&bench->host);
    dfu_host_open(&bench->host, bench->place->name, make, 1);
    bench->host.app = bench->place->app;
    bench->host.app_bytes = bench->place->app_bytes;
    return 0;
}

int bench_tear_down(void **state)
{
    struct bench *bench = *state;
    dfu_host_close(&bench->host);
    free(bench);
    return 0;
}

void bench_seal(const struct bench *bench, uint8_t *data, uint32_t length, uint32_t version)
{
    if (bench->place->seal_board != NULL) {
        const struct seal_maker how = {.board = bench->place->seal_board,
                                       .version = version,
                                       .flags = SEAL_MAKER_SIGNED,
                                       .seed = SEAL_MAKER_EXAMPLE};
        seal_maker_put(data, length, &how);
    }
}

void bench_forget_versions(struct bench *bench)
{
    if (bench->place->seal_board != NULL) {
        uint8_t *kept = malloc(BENCH_IMAGE_MAX);
        assert_non_null(kept);
        memcpy(kept, bench->image, BENCH_IMAGE_MAX);
        assert_true(mem_flash_erase(board_flash(bench->host.board), bench->place->own));
        if (bench->arm) {
            install_firmware(bench);
        }
        memcpy(bench->image, kept, BENCH_IMAGE_MAX);
        free(kept);
    }
}

void bench_make_image(const struct bench *bench, uint8_t *data, uint32_t length, uint32_t seed)
{
    uint32_t value = seed;
    for (uint32_t i = 0; i < length; i++) {
        value = value * 1664525u + 1013904223u;
        data[i] = (uint8_t)(value >> 24);
    }
    put_le32(data, STACK);
    put_le32(data + 4, bench->place->app + ENTRY + 1);
    memcpy(data + ENTRY, code, sizeof code);
    bench_seal(bench, data, length, BENCH_VERSION);
}

void bench_install(struct bench *bench, uint32_t seed)
{
    bench_make_image(bench, bench->other, sizeof bench->other, seed);
    assert_true(
        board_poke(bench->host.board, bench->place->app, bench->other, sizeof bench->other));
}

void bench_enter(struct bench *bench)
{
    if (!dfu_host_power_on(&bench->host, BENCH_UP_MS)) {
        fail_msg("no DFU mode within %u ms", BENCH_UP_MS);
    }
}

void bench_enter_by_button(struct bench *bench)
{
    enum { HOLD_MS = 2200, CHOSEN_MS = 1500, SLOT_CHECK_MS = 1000 };
    /* The native build takes no time to check a seal. */
    bool checks = bench->arm && bench->place->seal_board != NULL;
    if (!bench->place->button) {
        board_reset(bench->host.board, true, false);
        bench_order(bench, ORDER_DFU);
        bench_reset_by(bench, RESET_SOFTWARE);
        assert_true(dfu_host_wait_bus(&bench->host, true, CHOSEN_MS));
        return;
    }
    board_press(bench->host.board, true);
    board_reset(bench->host.board, true, false);
    dfu_host_run_ms(&bench->host, HOLD_MS + (checks ? SLOT_CHECK_MS : 0));
    board_press(bench->host.board, false);
    if (!dfu_host_wait_bus(&bench->host, true, CHOSEN_MS)) {
        fail_msg("the button did not lead to DFU mode");
    }
}

uint32_t bench_limit_ms(const struct bench *bench, uint32_t limit_ms)
{
    return limit_ms + bench->place->check_ms;
}

uint32_t bench_leave_limit_ms(const struct bench *bench)
{
    return BENCH_LEAVE_MS + 2 * bench->place->check_ms;
}

uint32_t bench_wait_started(struct bench *bench, uint32_t limit_ms)
{
    uint32_t ms = 0;
    while (ms < limit_ms && !dfu_host_started(&bench->host)) {
        dfu_host_run_ms(&bench->host, 1);
        ms++;
    }
    return dfu_host_started(&bench->host) ? ms : UINT32_MAX;
}

void bench_download(struct bench *bench, const uint8_t *data, uint32_t length)
{
    const struct bench_place *place = bench->place;
    uint32_t sectors = (length + place->app_sector_bytes - 1) / place->app_sector_bytes;
    assert_true(dfu_host_erase(&bench->host, place->app, sectors * place->app_sector_bytes,
                               place->app_sector_bytes));
    assert_true(dfu_host_write(&bench->host, place->app, data, length));
}

bool bench_holds(struct bench *bench, uint32_t addr, const uint8_t *data, uint32_t length)
{
    uint8_t *found = malloc(length);
    assert_non_null(found);
    assert_true(board_peek(bench->host.board, addr, found, length));
    bool same = memcmp(found, data, length) == 0;
    free(found);
    return same;
}

uint32_t bench_checksum(struct bench *bench, uint32_t addr, uint32_t length)
{
    uint8_t *found = malloc(length);
    assert_non_null(found);
    assert_true(board_peek(bench->host.board, addr, found, length));
    uint32_t sum = crc32_update(0, found, length);
    free(found);
    return sum;
}

struct dfu_status bench_status(struct bench *bench)
{
    struct dfu_status status;
    assert_int_equal(dfu_host_get_status(&bench->host, &status), EP0_ACK);
    return status;
}

uint32_t bench_mode(struct bench *bench)
{
    uint32_t mode = 0;
    if (!bench->arm) {
        return boot_guest_mode(board_guest(bench->host.board));
    }
    assert_true(arm_peek(machine(bench), MODE_ADDR, &mode));
    return mode;
}

void bench_order(struct bench *bench, uint32_t order)
{
    if (!bench->arm) {
        boot_guest_order(board_guest(bench->host.board), order);
        return;
    }
    const uint32_t words[] = {order, 0, ~order, UINT32_MAX};
    for (uint32_t i = 0; i < 4; i++) {
        assert_true(arm_poke(machine(bench), ORDER_ADDR + 4 * i, words[i]));
    }
}

void bench_reset_by(struct bench *bench, enum reset_cause cause)
{
    board_reset_by(bench->host.board, (int)cause);
}

void bench_expect_error(struct bench *bench, uint8_t status)
{
    for (uint32_t i = 0; i < 3; i++) {
        struct dfu_status got = bench_status(bench);
        assert_int_equal(got.state, DFU_ERROR);
        assert_int_equal(got.status, status);
        assert_int_not_equal(got.string_index, 0);
    }
    assert_int_equal(dfu_host_clear_status(&bench->host), EP0_ACK);
    assert_int_equal(bench_status(bench).status, DFU_OK);
    assert_int_equal(bench_status(bench).state, DFU_IDLE);
}

void bench_expect_no_application(struct bench *bench)
{
    enum { QUIET_MS = 8000 };
    assert_int_equal(bench_wait_started(bench, QUIET_MS), UINT32_MAX);
    board_reset(bench->host.board, true, false);
    assert_int_equal(bench_wait_started(bench, BENCH_UP_MS), UINT32_MAX);
}
