/* SPDX-License-Identifier: MIT
 * How fast the ARM machine runs ordinary code: a CRC table, a fill, a sort. Prints MIPS of host CPU
 * time. Argument: the program, linked for 0x08000000. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "twin/board/arm.h"

enum { MB = 1024 * 1024, HZ = 168000000, RUNS = 3, STEP_MS = 1000, RESULT = 0x2001F000 };

static const struct mem_geometry geometry = {
    .base = 0x08000000, .bytes = MB, .bank_bytes = MB, .layout = "@F/0x08000000/8*128Kg"};

static double cpu_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static bool load(struct mem_flash *flash, const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t length = file == NULL ? 0 : fread(flash->cells, 1, MB, file);
    if (file != NULL) {
        (void)fclose(file);
    }
    return length > 0;
}

static void measure(struct arm *arm, struct twin_time *time)
{
    struct guest *guest = arm_guest(arm);
    guest->reset(guest, RESET_POWER_ON);
    for (int i = 0; i < RUNS; i++) {
        uint64_t before = arm_counts(arm).instructions;
        double start = cpu_seconds();
        time->now_ns += (uint64_t)STEP_MS * TWIN_MS;
        (void)guest->run(guest, time->now_ns);
        double seconds = cpu_seconds() - start;
        uint64_t count = arm_counts(arm).instructions - before;
        uint32_t rounds = 0;
        (void)arm_peek(arm, RESULT, &rounds);
        printf("%llu instructions in %.2f s: %.0f MIPS (round %u, %llu slices)\n",
               (unsigned long long)count, seconds, (double)count / seconds / 1e6, (unsigned)rounds,
               (unsigned long long)arm_counts(arm).slices);
    }
}

int main(int argc, char **argv)
{
    struct twin_time time = {0};
    const struct soc_clocks clocks = {.hclk = HZ, .cpu = HZ};
    struct mem_flash flash;
    if (argc != 2 || !mem_flash_open(&flash, &geometry) || !load(&flash, argv[1])) {
        (void)fprintf(stderr, "usage: cpu_speed PROGRAM.bin\n");
        return EXIT_FAILURE;
    }
    const struct arm_config config = {.chip = &arm_chip_f405, .time = &time, .flash = &flash};
    const struct arm_around around = {.clocks = &clocks};
    struct arm *arm = arm_new(&config);
    if (arm == NULL || !arm_connect(arm, &around)) {
        return EXIT_FAILURE;
    }
    measure(arm, &time);
    arm_free(arm);
    mem_flash_close(&flash);
    return EXIT_SUCCESS;
}
