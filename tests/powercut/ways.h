/* SPDX-License-Identifier: MIT
 * The ways in which hosts update a board. */
#ifndef TESTS_POWERCUT_WAYS_H
#define TESTS_POWERCUT_WAYS_H

#include "tests/powercut/sweep.h"

extern const struct way way_plain; /* erase, write, leave: as dfu-util with :leave does */
extern const struct way way_mass;  /* DfuSe's mass erase first */
extern const struct way way_wipe;  /* DfuSe's mass erase, and nothing else */
extern const struct way way_ahead; /* erased ahead while it is written, with both banks at work */
extern const struct way way_quiet; /* ends with an ABORT, then the host is quiet */
extern const struct way way_reset; /* ends with an ABORT, then the host resets the bus */
extern const struct way way_cable; /* ends with an ABORT, then the cable is pulled */

/* Waits for the application, which must be running after limit_ms at most. */
bool way_wait(struct bench *bench, uint32_t limit_ms);

#endif
