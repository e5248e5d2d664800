/* SPDX-License-Identifier: MIT
 * B2: an application is out of service before any of it is gone, in whatever order hosts ask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/bytes.h"
#include "tests/boot/bench.h"
#include "twin/mem/flash.h"

enum { LATER = 2, NONE = UINT8_MAX, CUTS = 6 }; /* a sector in the bank of the start */

static uint32_t app_sector(const struct bench *bench, uint32_t index)
{
    return bench->place->app + index * bench->place->app_sector_bytes;
}

/* Something at the start of each sector but one, so that none is blank. Returns true when it is
 * there. */
static bool mark_sectors(struct bench *bench, bool check, uint32_t but)
{
    enum { MARK_BYTES = 512 }; /* the code of the application is in it */
    const struct bench_place *place = bench->place;
    bool good = true;
    for (uint32_t i = 0; i < place->app_bytes / place->app_sector_bytes; i++) {
        uint32_t addr = app_sector(bench, i);
        good = good && (i == but ? true
                        : check  ? bench_holds(bench, addr, bench->image, MARK_BYTES)
                                 : board_poke(bench->host.board, addr, bench->image, MARK_BYTES));
    }
    return good;
}

/* A mass erase begins with the start of the application, which is cut off at once: what else it
 * takes, in the other bank, must not have begun. */
static void b2_no_bank_is_erased_before_the_application_is_out_of_service(void **state)
{
    enum { SPARSE_AT = 8, UNIT_BYTES = 32 };
    struct bench *bench = *state;
    const uint8_t command = DFUSE_ERASE;
    struct mem_flash *flash = board_flash(bench->host.board);
    bench_make_image(bench, bench->image, sizeof bench->image, 3);
    memset(bench->image + SPARSE_AT, 0, UNIT_BYTES - SPARSE_AT); /* a half of it changes nothing */
    assert_true(mark_sectors(bench, false, NONE));
    bench_enter_by_button(bench);
    flash->cut = (struct mem_cut){flash->operation_count + 1, MEM_CUT_HIGH_HALF, 1};
    (void)dfu_host_download(&bench->host, DFUSE_COMMAND_BLOCK, &command, 1);
    (void)dfu_host_settle(&bench->host);
    assert_true(flash->power_lost);
    assert_true(dfu_host_power_on(&bench->host, BENCH_UP_MS) ||
                (dfu_host_started(&bench->host) && mark_sectors(bench, true, NONE)));
}

static void prepare(struct bench *bench, uint32_t addr, uint32_t length)
{
    uint8_t command[9] = {0xC1};
    put_le32(command + 1, addr);
    put_le32(command + 5, length);
    struct dfu_status status;
    (void)dfu_host_download(&bench->host, DFUSE_COMMAND_BLOCK, command, sizeof command);
    (void)dfu_host_get_status(&bench->host, &status);
}

/* The next host, or the same one with the other part of its file. */
static void prepare_for(struct bench *bench, uint16_t alternate, uint32_t addr, uint32_t length)
{
    (void)dfu_host_set_alternate(&bench->host, alternate);
    prepare(bench, addr, length);
}

static void send_data(struct bench *bench, uint32_t pointer, uint32_t addr)
{
    uint16_t block = (uint16_t)(DFUSE_FIRST_DATA_BLOCK + (addr - pointer) / DFU_HOST_BLOCK_BYTES);
    struct dfu_status status;
    (void)dfu_host_download(&bench->host, block, bench->image, DFU_HOST_BLOCK_BYTES);
    (void)dfu_host_get_status(&bench->host, &status);
}

/* What a host does to a board with an application, the power lost after each of the first
 * operations: what is left of the application starts whole or not at all. One sector may be blank
 * before. */
static void expect_order(struct bench *bench, void (*host)(struct bench *bench), uint32_t blank)
{
    const struct bench_place *place = bench->place;
    struct mem_flash *flash = board_flash(bench->host.board);
    bench_make_image(bench, bench->image, sizeof bench->image, 3);
    for (uint32_t at = 1; at <= CUTS; at++) {
        flash->cut = (struct mem_cut){0};
        flash->power_lost = false;
        for (uint32_t i = 0; i < place->app_bytes / place->app_sector_bytes; i++) {
            assert_true(mem_flash_erase(flash, app_sector(bench, i)));
        }
        assert_true(mark_sectors(bench, false, blank));
        bench_enter_by_button(bench);
        flash->cut = (struct mem_cut){flash->operation_count + at, MEM_CUT_AFTER, 1};
        host(bench);
        (void)dfu_host_settle(&bench->host);
        dfu_host_run_ms(&bench->host, 8 * BENCH_UP_MS);
        assert_true(flash->power_lost);
        assert_true(dfu_host_power_on(&bench->host, BENCH_UP_MS) ||
                    (dfu_host_started(&bench->host) && mark_sectors(bench, true, blank)));
    }
}

static void erase_drive_then_all(struct bench *bench)
{
    prepare_for(bench, 1, bench->place->drive, bench->place->drive_sector_bytes);
    prepare_for(bench, 0, bench->place->app, bench->place->app_bytes);
}

/* While the bank of the start is busy with the drive that comes before it. */
static void b2_a_busy_bank_does_not_let_the_other_one_go_ahead(void **state)
{
    expect_order(*state, erase_drive_then_all, NONE);
}

static void erase_drive_then_all_and_send(struct bench *bench)
{
    const struct bench_place *place = bench->place;
    struct dfu_status status;
    prepare_for(bench, 1, place->drive, place->drive_bytes);
    prepare_for(bench, 0, place->app, place->app_bytes);
    (void)dfu_host_get_status(&bench->host, &status);
    send_data(bench, place->app, app_sector(bench, LATER));
}

static void b2_data_does_not_draw_its_sector_ahead(void **state)
{
    expect_order(*state, erase_drive_then_all_and_send, NONE);
}

/* A mass erase that its host did not hear of, and the next host's data. */
static void erase_all_unheard_and_send(struct bench *bench)
{
    const uint8_t command = DFUSE_ERASE;
    (void)dfu_host_download(&bench->host, DFUSE_COMMAND_BLOCK, &command, 1);
    bench->host.port->reset(bench->host.port);
    dfu_host_run_ms(&bench->host, 100);
    send_data(bench, bench->place->own, app_sector(bench, LATER));
}

static void b2_the_next_hosts_data_does_not_either(void **state)
{
    expect_order(*state, erase_all_unheard_and_send, NONE);
}

/* Data that goes to no sector that is to be erased keeps the bank of the start busy. */
static void write_and_erase_elsewhere(struct bench *bench)
{
    const struct bench_place *place = bench->place;
    struct dfu_status status;
    (void)dfu_host_set_alternate(&bench->host, 0);
    send_data(bench, place->app, app_sector(bench, LATER));
    (void)dfu_host_get_status(&bench->host, &status);
    prepare(bench, place->app, 1);
    (void)dfu_host_get_status(&bench->host, &status);
    prepare(bench, place->app + place->app_bytes - 1, 1);
}

static void b2_a_writing_bank_does_not_let_the_other_one_go_ahead(void **state)
{
    expect_order(*state, write_and_erase_elsewhere, LATER);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(b2_no_bank_is_erased_before_the_application_is_out_of_service),
        BENCH_TEST(b2_a_busy_bank_does_not_let_the_other_one_go_ahead),
        BENCH_TEST(b2_data_does_not_draw_its_sector_ahead),
        BENCH_TEST(b2_the_next_hosts_data_does_not_either),
        BENCH_TEST(b2_a_writing_bank_does_not_let_the_other_one_go_ahead),
    };
    return bench_choose(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
