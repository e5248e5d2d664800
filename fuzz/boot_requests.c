/* SPDX-License-Identifier: MIT
 * Fuzz target: any sequence of control requests and bus events at the bootloader. It never changes
 * its own sectors, and still answers GET_DESCRIPTOR after each sequence. */
#include <string.h>

#include "fuzz/boot_target.h"
#include "fuzz/reached.h"
#include "twin/mem/flash.h"

enum { SIGNED_FROM = 0x80 /* of the first byte */, START_MS = 90, STEPS_MAX = 64 };

/* What was done to the flash. */
struct tally {
    uint64_t erases, programs;
};

static struct tally *tally_of(void)
{
    static struct tally tally;
    return &tally;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct boot_target targets[BOOT_TARGETS];
    struct input input = {bytes, length};
    uint8_t data[REQUEST_DATA_MAX];
    uint8_t first = take(&input);
    uint8_t which = (uint8_t)(first % 2 + (first >= SIGNED_FROM ? BOOT_TARGET_SIGNED : 0));
    struct boot_target *target = &targets[which];
    boot_target_open(target, which);
    struct board *board = target->board;
    const struct mem_counters *done = &board_flash(board)->counters;
    struct mem_counters before = *done;
    memset(data, take(&input), sizeof data);
    board_press(board, false);
    boot_target_restore(target);
    run_ms(board_port(board), START_MS);
    for (uint32_t i = 0; i < STEPS_MAX && input.length > 0; i++) {
        boot_target_step(board, &input, data);
    }
    must(boot_target_is_own_untouched(target));
    boot_target_still_answers(board);
    must(boot_target_is_own_untouched(target));
    tally_of()->erases += done->erases - before.erases;
    tally_of()->programs += done->programs - before.programs;
    return 0;
}

bool fuzz_tell_reached(FILE *to)
{
    const struct tally *tally = tally_of();
    (void)fprintf(to, " erases=%llu programs=%llu", (unsigned long long)tally->erases,
                  (unsigned long long)tally->programs);
    return tally->erases > 0 && tally->programs > 0;
}
