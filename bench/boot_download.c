/* SPDX-License-Identifier: MIT
 * How fast the bootloader's ARM code takes a download when nothing paces it, and what it costs
 * while it waits: in host CPU time, in one process. Arguments: arm BOARD. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "tests/boot/bench.h"
#include "twin/board/arm.h"
#include "twin/board/arm_board.h"

enum { IMAGE_BYTES = 333080, RUNS = 3, SEED = 5, IDLE_MS = 10000, SETTLE_MS = 100 };
enum { HELD = 32 }; /* what the bootloader writes last */

static double cpu_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static uint64_t instructions(struct bench *bench)
{
    return arm_counts(arm_board_machine(board_guest(bench->host.board))).instructions;
}

static bool download(struct bench *bench, const uint8_t *image)
{
    const struct bench_place *place = bench->place;
    uint32_t bytes = (IMAGE_BYTES + place->app_sector_bytes - 1) / place->app_sector_bytes *
                     place->app_sector_bytes;
    if (!dfu_host_erase(&bench->host, place->app, bytes, place->app_sector_bytes)) {
        return false;
    }
    uint64_t before = instructions(bench);
    double start = cpu_seconds();
    bool good = dfu_host_write(&bench->host, place->app, image, IMAGE_BYTES);
    double seconds = cpu_seconds() - start;
    printf("download: %.0f KB/s, %.1f instructions a byte\n", IMAGE_BYTES / seconds / 1e3,
           (double)(instructions(bench) - before) / IMAGE_BYTES);
    dfu_host_run_ms(&bench->host, SETTLE_MS); /* the last block may be on its way to the flash */
    return good && bench_holds(bench, place->app + HELD, image + HELD, IMAGE_BYTES - HELD);
}

static void idle(struct bench *bench)
{
    double start = cpu_seconds();
    dfu_host_run_ms(&bench->host, IDLE_MS);
    printf("idle: %.1f %% of a core at real time\n", (cpu_seconds() - start) * 1e5 / IDLE_MS);
}

int main(int argc, char **argv)
{
    void *state = NULL;
    static uint8_t image[IMAGE_BYTES];
    if (!bench_choose(argc, argv) || bench_set_up(&state) != 0) {
        return EXIT_FAILURE;
    }
    struct bench *bench = state;
    bench_make_image(bench, image, sizeof image, SEED);
    bench_enter(bench);
    bool good = true;
    for (int i = 0; i < RUNS && good; i++) {
        good = download(bench, image);
    }
    idle(bench);
    (void)bench_tear_down(&state);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
