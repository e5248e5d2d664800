/* SPDX-License-Identifier: MIT
 * An ARM guest with one peripheral of the tests' own, that runs a program of tests/arm/core.c. */
#ifndef TESTS_ARM_BENCH_H
#define TESTS_ARM_BENCH_H

#include "tests/arm/programs.h"
#include "twin/board/arm.h"

#define ARM_PROGRAM_NUMBER(name) ARM_DO_##name,
enum { ARM_PROGRAMS(ARM_PROGRAM_NUMBER) };

enum { ARM_GADGET = 0x40001000, ARM_HZ = 16000000 };

struct arm_bench {
    struct mem_flash flash;
    struct twin_time time;
    struct soc_clocks clocks;
    struct soc_part gadget;
    struct arm *arm;
    struct guest *guest;
    const struct soc_lines *lines;
    uint32_t word;                                        /* of the gadget, at offset 4 */
    void (*on_write)(struct arm_bench *, uint32_t value); /* of offset 0; may be NULL */
    uint64_t due_ns;                                      /* of the gadget */
    uint64_t busy_ns;                                     /* the second bank is busy until then */
    bool takes_stores;
    uint32_t stores[16], store_count; /* values stored into flash */
    void (*on_due)(struct arm_bench *);
    uint32_t resets;
    enum reset_cause cause; /* of the last */
    enum guest_stop stop;   /* the last */
    char log[160];          /* the last line */
};

/* Makes a guest with a program in its flash, after its power-on. Fails the test when it cannot.
 *
 * program   ARM_DO_... */
void arm_bench_open(struct arm_bench *bench, const struct arm_chip *chip, uint32_t program);

/* Runs for a while, through resets. */
void arm_bench_run(struct arm_bench *bench, uint64_t ns);

/* Gives note number index, from 0; the last is ARM_NOTE_DONE. */
uint32_t arm_bench_note(struct arm_bench *bench, uint32_t index);
uint32_t arm_bench_count(struct arm_bench *bench);

/* Compares the notes with what they should be, and DONE after them. */
void arm_bench_expect(struct arm_bench *bench, const uint32_t *notes, uint32_t count);

void arm_bench_close(struct arm_bench *bench);

#endif
