/* SPDX-License-Identifier: MIT
 * Runs a fuzz target over inputs from a seed, as many as asked for: no coverage, but fast.
 * Many inputs that never reached what the target is about are a finding, too. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/reached.h"

enum { INPUT_MAX = 256, TELL_EVERY = 100000, ENOUGH = 1000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

int main(int argc, char **argv)
{
    uint8_t input[INPUT_MAX];
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 0) : 1000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t state = seed + i;
        size_t length = next_random(&state) % INPUT_MAX;
        for (size_t at = 0; at < length; at++) {
            input[at] = (uint8_t)next_random(&state);
        }
        (void)LLVMFuzzerTestOneInput(input, length);
        if ((i + 1) % TELL_EVERY == 0) {
            (void)fprintf(stderr, "%llu inputs\n", (unsigned long long)(i + 1));
        }
    }
    const char *slash = strrchr(argv[0], '/');
    printf("%llu inputs from seed %llu, no finding\n", (unsigned long long)count,
           (unsigned long long)seed);
    printf("# total: target=%s executions=%llu findings=0", slash == NULL ? argv[0] : slash + 1,
           (unsigned long long)count);
    bool reached = fuzz_tell_reached(stdout) || count < ENOUGH;
    printf("\n%s", reached ? "" : "something was never reached\n");
    return reached ? 0 : 1;
}
