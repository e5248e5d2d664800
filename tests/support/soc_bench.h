/* SPDX-License-Identifier: MIT
 * A chip's peripherals on a test bench: what they did to the chip is counted. */
#ifndef TESTS_SUPPORT_SOC_BENCH_H
#define TESTS_SUPPORT_SOC_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "twin/soc/chip.h"

enum { BENCH_IRQS = 160 };

struct bench {
    struct twin_time time;
    struct mem_flash flash;
    struct soc_chip chip;
    bool irqs[BENCH_IRQS];
    int resets, bus_errors, changes, unknowns;
    enum reset_cause cause;
    uint64_t stalled_until_ns;
    uint32_t pc;
};

static inline void bench_irq(void *self, uint32_t line, bool level)
{
    ((struct bench *)self)->irqs[line] = level;
}

static inline void bench_reset(void *self, enum reset_cause cause)
{
    ((struct bench *)self)->resets++;
    ((struct bench *)self)->cause = cause;
}

static inline void bench_stall(void *self, uint64_t until_ns)
{
    ((struct bench *)self)->stalled_until_ns = until_ns;
}

static inline void bench_bus_error(void *self)
{
    ((struct bench *)self)->bus_errors++;
}

static inline void bench_changed(void *self, uint32_t addr, uint32_t length)
{
    (void)addr;
    (void)length;
    ((struct bench *)self)->changes++;
}

static inline uint32_t bench_pc(void *self)
{
    return ((struct bench *)self)->pc;
}

static inline void bench_unknown(void *self, const char *part, uint32_t offset)
{
    (void)part;
    (void)offset;
    ((struct bench *)self)->unknowns++;
}

/* A chip that has just got its power. */
static inline void bench_open(struct bench *bench, const struct soc_map *map)
{
    static const struct mem_geometry f405 = {
        .base = 0x08000000,
        .bytes = 0x100000,
        .bank_bytes = 0x100000,
        .layout = "@x/0x08000000/04*016Kg,01*064Kg,07*128Kg",
    };
    static const struct mem_geometry h743 = {
        .base = 0x08000000,
        .bytes = 0x200000,
        .bank_bytes = 0x100000,
        .ecc_word_bytes = 32,
        .layout = "@x/0x08000000/16*128Kg",
    };
    memset(bench, 0, sizeof *bench);
    bench->pc = 0x08000000;
    assert_true(mem_flash_open(&bench->flash, map == &soc_map_h743 ? &h743 : &f405));
    const struct soc_lines lines = {bench,         &bench->time, bench_irq,
                                    bench_reset,   bench_stall,  bench_bus_error,
                                    bench_changed, bench_pc,     bench_unknown};
    const struct soc_specimen specimen = {
        .hse_hz = 8000000, .lse_hz = 32768, .uid = "0123456789a", .seed = 1};
    assert_true(
        soc_chip_open(&bench->chip, &(struct soc_parts){map, &lines, &specimen, &bench->flash}));
    soc_chip_reset(&bench->chip, RESET_POWER_ON);
}

static inline void bench_close(struct bench *bench)
{
    soc_chip_close(&bench->chip);
    mem_flash_close(&bench->flash);
}

static inline uint32_t bench_read(struct bench *bench, uint32_t addr)
{
    return soc_chip_read(&bench->chip, addr, 4);
}

static inline void bench_write(struct bench *bench, uint32_t addr, uint32_t value)
{
    soc_chip_write(&bench->chip, addr, 4, value);
}

/* Lets time pass, with everything that falls due. */
static inline void bench_wait(struct bench *bench, uint64_t length_ns)
{
    uint64_t end = bench->time.now_ns + length_ns;
    uint64_t due = soc_chip_due(&bench->chip);
    for (int i = 0; i < 100000 && due <= end; i++) {
        bench->time.now_ns = due > bench->time.now_ns ? due : bench->time.now_ns;
        soc_chip_advance(&bench->chip);
        due = soc_chip_due(&bench->chip);
    }
    bench->time.now_ns = end;
    soc_chip_advance(&bench->chip);
}

#endif
