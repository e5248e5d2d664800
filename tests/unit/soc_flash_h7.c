/* SPDX-License-Identifier: MIT
 * The flash interface of an STM32H743, register by register. */
#include "tests/support/soc_bench.h"

enum {
    BASE = 0x52002000,
    ACR = BASE,
    KEYR = BASE + 0x04,
    OPTKEYR = BASE + 0x08,
    CR = BASE + 0x0C,
    SR = BASE + 0x10,
    CCR = BASE + 0x14,
    OPTCR = BASE + 0x18,
    OPTSR_CUR = BASE + 0x1C,
    OPTSR_PRG = BASE + 0x20,
    WPSN_CUR = BASE + 0x38,
    WPSN_PRG = BASE + 0x3C,
    ECC_FA = BASE + 0x60,
    BANK2 = 0x100,
};
enum { LOCK = 1, PG = 2, SER = 4, BER = 8, X64 = 0x30, FW = 0x40, START = 0x80, SNB = 8 };
enum { BSY = 1, WBNE = 2, QW = 4, EOP = 1 << 16, WRPERR = 1 << 17, PGSERR = 1 << 18 };
enum { STRBERR = 1 << 19, INCERR = 1 << 21, OPERR = 1 << 22, DBECCERR = 1 << 26, IRQ = 4 };

static void unlock(struct bench *bench, uint32_t bank)
{
    bench_write(bench, KEYR + bank, 0x45670123);
    bench_write(bench, KEYR + bank, 0xCDEF89AB);
}

static void open_unlocked(struct bench *bench)
{
    bench_open(bench, &soc_map_h743);
    unlock(bench, 0);
    unlock(bench, BANK2);
    assert_int_equal(bench_read(bench, CR), X64);
    assert_int_equal(bench_read(bench, CR + BANK2), X64);
}

static void store(struct bench *bench, uint32_t addr, uint32_t value)
{
    assert_true(soc_chip_store_flash(&bench->chip, addr, 4, value));
}

static void store_word(struct bench *bench, uint32_t addr, uint32_t value)
{
    for (uint32_t i = 0; i < 8; i++) {
        store(bench, addr + 4 * i, value + i);
    }
}

static void banks_have_locks_of_their_own(void **context)
{
    (void)context;
    struct bench bench;
    bench_open(&bench, &soc_map_h743);
    assert_int_equal(bench_read(&bench, ACR), 0x37);
    assert_int_equal(bench_read(&bench, CR), 0x31);
    unlock(&bench, 0);
    bench_write(&bench, CR, PG);
    bench_write(&bench, CR + BANK2, PG);
    assert_int_equal(bench_read(&bench, CR), PG);
    assert_int_equal(bench_read(&bench, CR + BANK2), 0x31);
    bench_write(&bench, KEYR + BANK2, 1);
    assert_int_equal(bench.bus_errors, 1);
    unlock(&bench, BANK2);
    assert_int_equal(bench_read(&bench, CR + BANK2), 0x31);
    bench_write(&bench, KEYR, 0x45670123); /* never again while it is open */
    assert_int_equal(bench_read(&bench, CR), PG | LOCK);
    soc_chip_reset(&bench.chip, RESET_SOFTWARE);
    unlock(&bench, BANK2);
    assert_int_equal(bench_read(&bench, CR + BANK2), X64);
    bench_write(&bench, ACR + BANK2, 0x24); /* shared by both banks */
    assert_int_equal(bench_read(&bench, ACR), 0x24);
    bench_close(&bench);
}

/* The order of RM0433 "Single write sequence". */
static void a_word_is_programmed_when_its_buffer_is_full(void **context)
{
    (void)context;
    struct bench bench;
    open_unlocked(&bench);
    bench_write(&bench, CR, PG | X64);
    store(&bench, 0x08000020, 1);
    assert_int_equal(bench_read(&bench, SR), WBNE);
    for (uint32_t i = 1; i < 8; i++) {
        store(&bench, 0x08000020 + 4 * i, i);
    }
    assert_int_equal(bench_read(&bench, SR), BSY | QW);
    assert_int_equal(bench.stalled_until_ns, 100 * TWIN_US);
    assert_int_equal(bench.flash.cells[0x20], 0xFF);
    bench_wait(&bench, 100 * TWIN_US);
    assert_int_equal(bench_read(&bench, SR), EOP);
    assert_int_equal(bench.flash.cells[0x20], 1);
    assert_int_equal(bench.flash.cells[0x3C], 7);
    bench_write(&bench, CCR, EOP);
    assert_int_equal(bench_read(&bench, SR), 0);
    assert_int_equal(bench.changes, 1);
    bench_close(&bench);
}

static void half_a_word_can_be_forced(void **context)
{
    (void)context;
    struct bench bench;
    open_unlocked(&bench);
    bench_write(&bench, CR, PG);
    store(&bench, 0x08000000, 0);
    bench_write(&bench, CR, PG | FW);
    assert_int_equal(bench_read(&bench, CR), PG);
    assert_int_equal(bench_read(&bench, SR), BSY | QW);
    bench_wait(&bench, 290 * TWIN_US - 1);
    assert_int_equal(bench_read(&bench, SR), BSY | QW);
    bench_wait(&bench, 1);
    assert_int_equal(bench.flash.cells[3], 0);
    assert_int_equal(bench.flash.cells[4], 0xFF);
    store_word(&bench, 0x08000000, 0x100);
    bench_wait(&bench, 290 * TWIN_US);
    assert_false(soc_chip_check_flash(&bench.chip, 0x08000004, 4));
    bench_close(&bench);
}

static void errors_of_programming(void **context)
{
    (void)context;
    struct bench bench;
    open_unlocked(&bench);
    store(&bench, 0x08000000, 0);
    assert_int_equal(bench_read(&bench, SR), PGSERR);
    bench_write(&bench, CR, PG);
    store(&bench, 0x08000000, 0); /* dropped as long as the flag is there */
    assert_int_equal(bench_read(&bench, SR), PGSERR);
    bench_write(&bench, CCR, PGSERR);
    store(&bench, 0x08000000, 0);
    store(&bench, 0x08000000, 0);
    assert_int_equal(bench_read(&bench, SR), WBNE | STRBERR);
    bench_write(&bench, CCR, STRBERR);
    store(&bench, 0x08000020, 0);
    assert_int_equal(bench_read(&bench, SR) & ~(uint32_t)WBNE, INCERR);
    store(&bench, 0x08000004, 0);
    assert_int_equal(bench_read(&bench, SR) & ~(uint32_t)WBNE, INCERR | PGSERR);
    assert_int_equal(bench.flash.operation_count, 0);
    bench_close(&bench);
}

static void both_banks_erase_at_once(void **context)
{
    (void)context;
    struct bench bench;
    open_unlocked(&bench);
    memset(bench.flash.cells, 0, 0x200000);
    mem_flash_refresh(&bench.flash, 0x08000000, 0x200000);
    bench_write(&bench, CR, SER | X64 | 1 << SNB | START);
    assert_int_equal(bench.stalled_until_ns, 1000ull * TWIN_MS);
    bench.stalled_until_ns = 0;
    bench_wait(&bench, 10 * TWIN_MS);
    bench_write(&bench, CR + BANK2, SER | 7 << SNB);
    bench_write(&bench, CR + BANK2, SER | 7 << SNB | START);
    assert_int_equal(bench.stalled_until_ns, 0); /* the code runs in bank 1 */
    assert_int_equal(soc_chip_flash_busy_until(&bench.chip, 0x08100000), 2010ull * TWIN_MS);
    assert_int_equal(soc_chip_flash_busy_until(&bench.chip, 0x080FFFFF), 1000ull * TWIN_MS);
    bench_wait(&bench, 990ull * TWIN_MS);
    assert_int_equal(bench_read(&bench, SR), EOP);
    assert_int_equal(bench_read(&bench, SR + BANK2), BSY | QW);
    assert_int_equal(bench.flash.cells[0x20000], 0xFF);
    assert_int_equal(bench.flash.cells[0x1E0000], 0);
    bench_wait(&bench, 1010ull * TWIN_MS);
    assert_int_equal(bench_read(&bench, SR + BANK2), EOP);
    assert_int_equal(bench.flash.cells[0x1E0000], 0xFF);
    assert_int_equal(bench.flash.cells[0x1DFFFF], 0);
    assert_int_equal(bench.flash.cells[0x40000], 0);
    bench_close(&bench);
}

static void a_bank_erases_whole(void **context)
{
    (void)context;
    struct bench bench;
    open_unlocked(&bench);
    memset(bench.flash.cells, 0, 0x200000);
    bench_write(&bench, CR + BANK2, BER | X64 | START);
    bench_wait(&bench, 5000ull * TWIN_MS);
    assert_int_equal(bench_read(&bench, SR + BANK2), EOP);
    assert_int_equal(bench.flash.cells[0x100000], 0xFF);
    assert_int_equal(bench.flash.cells[0x1FFFFF], 0xFF);
    assert_int_equal(bench.flash.cells[0xFFFFF], 0);
    bench_close(&bench);
}

static void a_bad_word_is_an_ecc_error(void **context)
{
    (void)context;
    struct bench bench;
    open_unlocked(&bench);
    bench_write(&bench, CR + BANK2, PG | X64 | DBECCERR);
    store_word(&bench, 0x08100040, 0x11);
    bench_wait(&bench, TWIN_MS);
    store_word(&bench, 0x08100040, 0x22);
    bench_wait(&bench, TWIN_MS);
    assert_true(soc_chip_check_flash(&bench.chip, 0x08100000, 0x40));
    assert_false(bench.irqs[IRQ]);
    assert_false(soc_chip_check_flash(&bench.chip, 0x08100048, 4));
    assert_int_equal(bench_read(&bench, SR + BANK2), DBECCERR | EOP);
    assert_int_equal(bench_read(&bench, ECC_FA + BANK2), 2);
    assert_int_equal(bench_read(&bench, SR), 0);
    assert_true(bench.irqs[IRQ]);
    bench_write(&bench, CCR + BANK2, DBECCERR);
    assert_false(bench.irqs[IRQ]);
    bench_close(&bench);
}

static void option_bytes_protect_sectors(void **context)
{
    (void)context;
    struct bench bench;
    open_unlocked(&bench);
    assert_int_equal(bench_read(&bench, WPSN_CUR), 0xFF);
    bench_write(&bench, WPSN_PRG, 0xFD);
    assert_int_equal(bench_read(&bench, WPSN_PRG), 0xFF);
    bench_write(&bench, OPTKEYR, 0x08192A3B);
    bench_write(&bench, OPTKEYR, 0x4C5D6E7F);
    assert_int_equal(bench_read(&bench, OPTCR), 0);
    bench_write(&bench, WPSN_PRG, 0xFD);
    bench_write(&bench, OPTSR_PRG, bench_read(&bench, OPTSR_CUR) & ~(uint32_t)(1 << 4));
    assert_int_equal(bench_read(&bench, WPSN_CUR), 0xFF);
    bench_write(&bench, OPTCR, 2);
    assert_int_equal(bench_read(&bench, OPTSR_CUR) & 1, 1);
    bench_wait(&bench, 1000ull * TWIN_MS);
    assert_int_equal(bench_read(&bench, OPTSR_CUR) & 0x11, 0);
    assert_int_equal(bench_read(&bench, WPSN_CUR), 0xFD);
    assert_int_equal(bench_read(&bench, WPSN_CUR + BANK2), 0xFF);
    assert_true(bench.chip.nets.hardware_watchdog);
    bench_write(&bench, CR, SER | 1 << SNB | START);
    assert_int_equal(bench_read(&bench, SR), WRPERR);
    bench_write(&bench, CCR, WRPERR);
    bench_write(&bench, CR, BER | START);
    assert_int_equal(bench_read(&bench, SR), WRPERR);
    bench_write(&bench, CR, PG);
    store(&bench, 0x08020000, 0);
    store(&bench, 0x08040000, 0); /* not blocked by WRPERR */
    assert_int_equal(bench_read(&bench, SR), WRPERR | WBNE);
    soc_chip_reset(&bench.chip, RESET_POWER_ON);
    assert_int_equal(bench_read(&bench, WPSN_CUR), 0xFD);
    assert_int_equal(bench_read(&bench, OPTCR), 1);
    bench_close(&bench);
}

static void a_reset_tears_a_word(void **context)
{
    (void)context;
    struct bench bench;
    open_unlocked(&bench);
    bench_write(&bench, CR, PG | X64);
    store_word(&bench, 0x08000000, 0);
    bench_wait(&bench, 50 * TWIN_US);
    soc_chip_reset(&bench.chip, RESET_WATCHDOG);
    assert_int_equal(bench_read(&bench, CR), 0x31);
    assert_int_equal(bench_read(&bench, SR), 0);
    assert_false(soc_chip_check_flash(&bench.chip, 0x08000000, 4));
    bench_close(&bench);
}

static void words_queue_up(void **context)
{
    (void)context;
    struct bench bench;
    open_unlocked(&bench);
    bench_write(&bench, CR + BANK2, PG | X64);
    store_word(&bench, 0x08100000, 1);
    assert_int_equal(bench.stalled_until_ns, 0);
    store_word(&bench, 0x08100020, 2);
    assert_int_equal(bench.stalled_until_ns, 100 * TWIN_US);
    assert_int_equal(bench_read(&bench, SR + BANK2) & QW, QW);
    assert_int_equal(soc_chip_flash_busy_until(&bench.chip, 0x08100000), 200 * TWIN_US);
    bench_wait(&bench, 200 * TWIN_US);
    assert_int_equal(bench_read(&bench, SR + BANK2), EOP);
    assert_int_equal(bench.flash.cells[0x100020], 2);
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
        bench_write(&bench, CR, PG | X64);
        store_word(&bench, 0x08000020, 1);
        bench_wait(&bench, 100 * TWIN_US);
        assert_int_equal(bench_read(&bench, SR), told ? OPERR : EOP);
        assert_int_equal(bench.flash.cells[0x20], 0xFF);
        bench_close(&bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(banks_have_locks_of_their_own),
        cmocka_unit_test(a_word_is_programmed_when_its_buffer_is_full),
        cmocka_unit_test(half_a_word_can_be_forced),
        cmocka_unit_test(errors_of_programming),
        cmocka_unit_test(both_banks_erase_at_once),
        cmocka_unit_test(a_bank_erases_whole),
        cmocka_unit_test(a_bad_word_is_an_ecc_error),
        cmocka_unit_test(option_bytes_protect_sectors),
        cmocka_unit_test(a_reset_tears_a_word),
        cmocka_unit_test(words_queue_up),
        cmocka_unit_test(what_went_wrong_raises_an_error_when_the_controller_notices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
