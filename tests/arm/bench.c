/* SPDX-License-Identifier: MIT
 * An ARM guest with one peripheral of the tests' own. */
#include "tests/arm/bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { OFFSET_ACTION = 0, OFFSET_WORD = 4, OFFSET_TIME = 8, K = 1024 };

static const struct mem_geometry plain_array = {.base = 0x08000000,
                                                .bytes = 1024 * K,
                                                .bank_bytes = 1024 * K,
                                                .layout = "@F/0x08000000/8*128Kg"};
static const struct mem_geometry ecc_array = {.base = 0x08000000,
                                              .bytes = 2048 * K,
                                              .bank_bytes = 1024 * K,
                                              .ecc_word_bytes = 32,
                                              .layout = "@F/0x08000000/16*128Kg"};

static uint32_t gadget_read(void *self, uint32_t offset, uint32_t width)
{
    struct arm_bench *bench = self;
    (void)width;
    switch (offset) {
    case OFFSET_WORD: return bench->word;
    case OFFSET_TIME: return (uint32_t)(bench->lines->time->now_ns / TWIN_US);
    default: return 0;
    }
}

static void gadget_write(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    struct arm_bench *bench = self;
    (void)width;
    if (offset == OFFSET_WORD) {
        bench->word = value;
    } else if (offset == OFFSET_ACTION && bench->on_write != NULL) {
        bench->on_write(bench, value);
    }
}

static void gadget_reset(void *self, enum reset_cause cause)
{
    struct arm_bench *bench = self;
    bench->cause = cause;
    bench->resets++;
}

static uint64_t gadget_due(void *self)
{
    const struct arm_bench *bench = self;
    return bench->due_ns;
}

static void gadget_advance(void *self)
{
    struct arm_bench *bench = self;
    bench->due_ns = UINT64_MAX;
    bench->on_due(bench);
}

static bool check_flash(void *self, uint32_t addr, uint32_t length)
{
    const struct arm_bench *bench = self;
    return !mem_flash_find_bad(&bench->flash, addr, length, NULL);
}

static uint64_t busy_until(void *self, uint32_t addr)
{
    const struct arm_bench *bench = self;
    return addr >= 0x08100000 ? bench->busy_ns : 0;
}

static bool store_flash(void *self, uint32_t addr, uint32_t width, uint32_t value)
{
    struct arm_bench *bench = self;
    (void)width;
    if (!bench->takes_stores || addr < 0x08100000) {
        return false;
    }
    bench->stores[bench->store_count++ % 16] = value;
    return true;
}

static void keep_line(void *self, const char *line)
{
    struct arm_bench *bench = self;
    (void)snprintf(bench->log, sizeof bench->log, "%s", line);
}

static void load_program(struct arm_bench *bench, uint32_t program)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/tests/arm/core.bin", getenv("DFUKIT_BUILD"));
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t length = fread(bench->flash.cells, 1, 32 * K, file);
    assert_true(length > 1024);
    (void)fclose(file);
    memcpy(bench->flash.cells + (ARM_CHOICE - 0x08000000), &program, sizeof program);
    mem_flash_refresh(&bench->flash, 0x08000000, 32 * K);
}

void arm_bench_open(struct arm_bench *bench, const struct arm_chip *chip, uint32_t program)
{
    memset(bench, 0, sizeof *bench);
    assert_true(mem_flash_open(&bench->flash, chip->m7 ? &ecc_array : &plain_array));
    load_program(bench, program);
    bench->clocks = (struct soc_clocks){.hclk = ARM_HZ, .cpu = ARM_HZ};
    bench->due_ns = UINT64_MAX;
    bench->gadget =
        (struct soc_part){"gadget",     ARM_GADGET,   1024,       bench,          gadget_read,
                          gadget_write, gadget_reset, gadget_due, gadget_advance, false};
    const struct arm_config config = {.chip = chip,
                                      .time = &bench->time,
                                      .flash = &bench->flash,
                                      .seed = 1,
                                      .log_self = bench,
                                      .log = keep_line};
    bench->arm = arm_new(&config);
    assert_non_null(bench->arm);
    bench->lines = arm_lines(bench->arm);
    const struct arm_around around = {.parts = &bench->gadget,
                                      .part_count = 1,
                                      .clocks = &bench->clocks,
                                      .flash = {bench, store_flash, busy_until, check_flash}};
    assert_true(arm_connect(bench->arm, &around));
    bench->guest = arm_guest(bench->arm);
    bench->guest->reset(bench->guest, RESET_POWER_ON);
}

void arm_bench_run(struct arm_bench *bench, uint64_t ns)
{
    bench->time.now_ns += ns;
    bench->stop = bench->guest->run(bench->guest, bench->time.now_ns);
    for (uint32_t i = 0; i < 10 && bench->stop == GUEST_RESET; i++) {
        bench->guest->reset(bench->guest, RESET_SOFTWARE);
        bench->stop = bench->guest->run(bench->guest, bench->time.now_ns);
    }
}

uint32_t arm_bench_count(struct arm_bench *bench)
{
    uint32_t count = 0;
    assert_true(arm_peek(bench->arm, ARM_NOTES, &count));
    return count;
}

uint32_t arm_bench_note(struct arm_bench *bench, uint32_t index)
{
    uint32_t note = 0;
    assert_true(arm_peek(bench->arm, ARM_NOTES + 4 + 4 * index, &note));
    return note;
}

void arm_bench_expect(struct arm_bench *bench, const uint32_t *notes, uint32_t count)
{
    for (uint32_t i = 0; i < arm_bench_count(bench) && i < 32 && getenv("ARM_NOTES") != NULL; i++) {
        print_message("# note %u: 0x%08x (%08x)\n", i, arm_bench_note(bench, i),
                      i < count ? notes[i] : 0);
    }
    for (uint32_t i = 0; i < count && i < arm_bench_count(bench); i++) {
        assert_int_equal(arm_bench_note(bench, i), notes[i]);
    }
    assert_int_equal(arm_bench_count(bench), count + 1);
    assert_int_equal(arm_bench_note(bench, count), ARM_NOTE_DONE);
}

void arm_bench_close(struct arm_bench *bench)
{
    bench->guest->free(bench->guest);
    mem_flash_close(&bench->flash);
}
