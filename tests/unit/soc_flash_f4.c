/* SPDX-License-Identifier: MIT
 * The flash interface of an STM32F405, register by register. */
#include "tests/support/soc_bench.h"

enum {
    ACR = 0x40023C00,
    KEYR = 0x40023C04,
    OPTKEYR = 0x40023C08,
    SR = 0x40023C0C,
    CR = 0x40023C10,
    OPTCR = 0x40023C14,
};
enum { PG = 1, SER = 2, MER = 4, X32 = 2 << 8, STRT = 1 << 16, BSY = 1 << 16 };
enum { WRPERR = 1 << 4, PGAERR = 1 << 5, PGPERR = 1 << 6, PGSERR = 1 << 7 };
enum { EOP = 1, OPERR = 2, EOPIE = 1 << 24, ERRIE = 1 << 25, IRQ = 4 };

static void unlock(struct bench *bench)
{
    bench_write(bench, KEYR, 0x45670123);
    bench_write(bench, KEYR, 0xCDEF89AB);
}

static void open_unlocked(struct bench *bench)
{
    bench_open(bench, &soc_map_f405);
    unlock(bench);
    assert_int_equal(bench_read(bench, CR), 0);
}

static bool store(struct bench *bench, uint32_t addr, uint32_t width, uint32_t value)
{
    return soc_chip_store_flash(&bench->chip, addr, width, value);
}

static void a_locked_control_register_ignores_stores(void **context)
{
    (void)context;
    struct bench bench;
    bench_open(&bench, &soc_map_f405);
    bench_write(&bench, CR, PG | X32);
    assert_int_equal(bench_read(&bench, CR), 0x80000000);
    unlock(&bench);
    bench_write(&bench, CR, PG | X32);
    assert_int_equal(bench_read(&bench, CR), PG | X32);
    bench_write(&bench, CR, 0x80000000);
    bench_write(&bench, CR, PG);
    assert_int_equal(bench_read(&bench, CR), 0x80000000);
    unlock(&bench);
    assert_int_equal(bench_read(&bench, CR), 0);
    assert_int_equal(bench.bus_errors, 0);
    bench_close(&bench);
}

static void wrong_keys_are_a_bus_error_and_lock_until_reset(void **context)
{
    (void)context;
    struct bench bench;
    bench_open(&bench, &soc_map_f405);
    bench_write(&bench, KEYR, 0x45670123);
    bench_write(&bench, KEYR, 0x45670123);
    assert_int_equal(bench.bus_errors, 1);
    unlock(&bench);
    assert_int_equal(bench_read(&bench, CR), 0x80000000);
    assert_int_equal(bench.bus_errors, 3);
    soc_chip_reset(&bench.chip, RESET_SOFTWARE);
    unlock(&bench);
    assert_int_equal(bench_read(&bench, CR), 0);
    bench_close(&bench);
}

/* The order of RM0090 "Sector Erase". */
static void a_sector_takes_its_time_to_erase(void **context)
{
    (void)context;
    static const struct {
        uint32_t number, psize, addr, ms;
    } rows[] = {{0, 0, 0x08000000, 400}, {4, 1, 0x08010000, 700}, {11, 2, 0x080E0000, 1000}};
    for (size_t i = 0; i < 3; i++) {
        struct bench bench;
        uint8_t *cell;
        open_unlocked(&bench);
        cell = bench.flash.cells + rows[i].addr - 0x08000000;
        *cell = 0;
        bench_write(&bench, CR, SER | rows[i].number << 3 | rows[i].psize << 8);
        bench_write(&bench, CR, SER | rows[i].number << 3 | rows[i].psize << 8 | STRT);
        assert_int_equal(bench_read(&bench, SR), BSY);
        assert_int_equal(bench.stalled_until_ns, (uint64_t)rows[i].ms * TWIN_MS);
        bench_wait(&bench, (uint64_t)rows[i].ms * TWIN_MS - 1);
        assert_int_equal(*cell, 0);
        assert_int_equal(bench_read(&bench, CR) & STRT, STRT);
        bench_wait(&bench, 1);
        assert_int_equal(bench_read(&bench, SR), 0);
        assert_int_equal(bench_read(&bench, CR) & STRT, 0);
        assert_int_equal(*cell, 0xFF);
        assert_int_equal(bench.changes, 1);
        bench_close(&bench);
    }
}

static void mass_erase_wins_over_sector_erase(void **context)
{
    (void)context;
    struct bench bench;
    open_unlocked(&bench);
    bench.flash.cells[0] = bench.flash.cells[0xFFFFF] = 0;
    bench_write(&bench, CR, MER | SER | X32 | STRT);
    bench_wait(&bench, 8000ull * TWIN_MS);
    assert_int_equal(bench_read(&bench, SR), 0);
    assert_int_equal(bench.flash.cells[0], 0xFF);
    assert_int_equal(bench.flash.cells[0xFFFFF], 0xFF);
    assert_int_equal(bench.flash.operation_count, 1);
    bench_close(&bench);
}

static void programming_wants_pg_and_the_right_width(void **context)
{
    (void)context;
    struct bench bench;
    open_unlocked(&bench);
    assert_true(store(&bench, 0x08000000, 4, 0));
    assert_int_equal(bench_read(&bench, SR), PGSERR);
    bench_write(&bench, SR, PGSERR);
    assert_int_equal(bench_read(&bench, SR), 0);
    bench_write(&bench, CR, PG | X32);
    assert_true(store(&bench, 0x08000000, 1, 0));
    assert_int_equal(bench_read(&bench, SR), PGPERR);
    assert_true(store(&bench, 0x0800000E, 4, 0));
    assert_int_equal(bench_read(&bench, SR), PGPERR | PGAERR);
    bench_write(&bench, SR, 0xF0);
    assert_int_equal(bench.flash.cells[0], 0xFF);
    assert_true(store(&bench, 0x08000004, 4, 0x12345678));
    assert_int_equal(bench_read(&bench, SR), BSY);
    bench_wait(&bench, 16 * TWIN_US);
    assert_int_equal(bench_read(&bench, SR), 0);
    assert_int_equal(bench.flash.cells[4], 0x78);
    assert_int_equal(bench.flash.cells[7], 0x12);
    assert_true(store(&bench, 0x08000004, 4, 0xFFFF00FF));
    bench_wait(&bench, 16 * TWIN_US);
    assert_int_equal(bench.flash.cells[5], 0);
    assert_int_equal(bench.flash.cells[4], 0x78);
    bench_close(&bench);
}

/* A store during an operation waits for it. */
static void the_bus_waits_for_the_array(void **context)
{
    (void)context;
    struct bench bench;
    open_unlocked(&bench);
    bench_write(&bench, CR, PG | X32);
    bench.pc = 0x20000100;
    assert_true(store(&bench, 0x08000000, 4, 0));
    assert_int_equal(bench.stalled_until_ns, 0);
    bench.pc = 0x08000100;
    assert_true(store(&bench, 0x08000004, 4, 0));
    assert_int_equal(bench.stalled_until_ns, 32 * TWIN_US);
    assert_int_equal(soc_chip_flash_busy_until(&bench.chip, 0x08000000), 32 * TWIN_US);
    assert_int_equal(bench.flash.cells[0], 0);
    bench_wait(&bench, 32 * TWIN_US);
    assert_int_equal(bench.flash.cells[4], 0);
    assert_int_equal(soc_chip_flash_busy_until(&bench.chip, 0x08000000), 0);
    bench_close(&bench);
}

static void interrupts_say_how_it_ended(void **context)
{
    (void)context;
    struct bench bench;
    open_unlocked(&bench);
    bench_write(&bench, CR, PG | X32 | 1 << 24 | 1 << 25);
    assert_true(store(&bench, 0x08000000, 4, 0));
    assert_false(bench.irqs[IRQ]);
    bench_wait(&bench, 16 * TWIN_US);
    assert_true(bench.irqs[IRQ]);
    assert_int_equal(bench_read(&bench, SR), 1);
    bench_write(&bench, SR, 1);
    assert_false(bench.irqs[IRQ]);
    assert_true(store(&bench, 0x08000000, 2, 0));
    assert_int_equal(bench_read(&bench, SR), PGPERR | 2);
    assert_true(bench.irqs[IRQ]);
    bench_close(&bench);
}

static void option_bytes_protect_sectors(void **context)
{
    (void)context;
    struct bench bench;
    open_unlocked(&bench);
    assert_int_equal(bench_read(&bench, OPTCR), 0x0FFFAAED);
    bench_write(&bench, OPTCR, 0);
    assert_int_equal(bench_read(&bench, OPTCR), 0x0FFFAAED);
    bench_write(&bench, OPTKEYR, 0x08192A3B);
    bench_write(&bench, OPTKEYR, 0x4C5D6E7F);
    assert_int_equal(bench_read(&bench, OPTCR), 0x0FFFAAEC);
    bench_write(&bench, OPTCR, 0x0FFEAACC);
    bench_write(&bench, OPTCR, 0x0FFEAACE);
    assert_int_equal(bench_read(&bench, SR), BSY);
    bench_wait(&bench, 1000ull * TWIN_MS);
    assert_int_equal(bench_read(&bench, OPTCR), 0x0FFEAACC);
    assert_true(bench.chip.nets.hardware_watchdog);
    assert_int_equal(soc_chip_read(&bench.chip, 0x1FFFC008, 2), 0xFFE);
    bench_write(&bench, CR, PG | X32);
    assert_true(store(&bench, 0x08000000, 4, 0));
    assert_int_equal(bench_read(&bench, SR), WRPERR);
    bench_write(&bench, SR, WRPERR);
    bench_write(&bench, CR, MER | STRT);
    assert_int_equal(bench_read(&bench, SR), WRPERR);
    bench_write(&bench, SR, WRPERR);
    bench_write(&bench, CR, PG | X32);
    assert_true(store(&bench, 0x08004000, 4, 0));
    assert_int_equal(bench_read(&bench, SR), BSY);
    soc_chip_reset(&bench.chip, RESET_POWER_ON);
    assert_int_equal(bench_read(&bench, OPTCR), 0x0FFEAACD);
    bench_close(&bench);
}

static void a_reset_tears_an_erase(void **context)
{
    (void)context;
    struct bench bench;
    int blank = 0;
    open_unlocked(&bench);
    memset(bench.flash.cells, 0, 0x8000);
    bench_write(&bench, CR, SER | X32 | STRT);
    bench_wait(&bench, TWIN_MS);
    soc_chip_reset(&bench.chip, RESET_PIN);
    assert_int_equal(bench_read(&bench, SR), 0);
    assert_int_equal(bench_read(&bench, CR), 0x80000000);
    for (size_t i = 0; i < 0x4000; i++) {
        blank += bench.flash.cells[i] == 0xFF;
    }
    assert_true(blank < 0x4000);
    assert_int_not_equal(memcmp(bench.flash.cells, bench.flash.cells + 0x4000, 0x4000), 0);
    assert_int_equal(bench.changes, 1);
    bench_close(&bench);
}

static void a_cut_stops_the_chip(void **context)
{
    (void)context;
    struct bench bench;
    open_unlocked(&bench);
    bench.flash.cut = (struct mem_cut){.at_operation = 2, .kind = MEM_CUT_AFTER};
    bench_write(&bench, CR, PG | X32);
    assert_true(store(&bench, 0x08000000, 4, 0));
    bench_wait(&bench, 16 * TWIN_US);
    assert_int_equal(bench.resets, 0);
    assert_true(store(&bench, 0x08000004, 4, 0));
    bench_wait(&bench, 16 * TWIN_US);
    assert_int_equal(bench.resets, 1);
    assert_int_equal(bench.cause, RESET_POWER_ON);
    assert_true(bench.flash.power_lost);
    assert_int_equal(bench.flash.cells[4], 0);
    bench_close(&bench);
}

static void what_went_wrong_raises_an_error_when_the_controller_notices(void **context)
{
    (void)context;
    for (int told = 0; told < 2; told++) {
        struct bench bench;
        open_unlocked(&bench);
        bench.flash.dip =
            (struct mem_dip){.at_operation = 1, .kind = MEM_DIP_NOTHING, .told = told != 0};
        bench_write(&bench, CR, PG | X32 | EOPIE | ERRIE);
        assert_true(store(&bench, 0x08000000, 4, 0));
        bench_wait(&bench, 16 * TWIN_US);
        assert_int_equal(bench_read(&bench, SR), told ? PGSERR | OPERR : EOP);
        assert_int_equal(bench.flash.cells[0], 0xFF);
        bench_close(&bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_locked_control_register_ignores_stores),
        cmocka_unit_test(wrong_keys_are_a_bus_error_and_lock_until_reset),
        cmocka_unit_test(a_sector_takes_its_time_to_erase),
        cmocka_unit_test(mass_erase_wins_over_sector_erase),
        cmocka_unit_test(programming_wants_pg_and_the_right_width),
        cmocka_unit_test(the_bus_waits_for_the_array),
        cmocka_unit_test(interrupts_say_how_it_ended),
        cmocka_unit_test(option_bytes_protect_sectors),
        cmocka_unit_test(a_reset_tears_an_erase),
        cmocka_unit_test(a_cut_stops_the_chip),
        cmocka_unit_test(what_went_wrong_raises_an_error_when_the_controller_notices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
