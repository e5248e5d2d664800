/* SPDX-License-Identifier: MIT
 * What a fuzz target of requests reached: inputs that nothing comes of find nothing. */
#ifndef FUZZ_REACHED_H
#define FUZZ_REACHED_H

#include <stdbool.h>
#include <stdio.h>

/* Prints what all inputs so far came to, as " key=value" pairs. Returns false when something that
 * the target is about was never reached. */
bool fuzz_tell_reached(FILE *to);

#endif
