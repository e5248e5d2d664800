/* SPDX-License-Identifier: MIT
 * Ctrl-C: the first one asks the work to stop, the second ends the program.
 */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <stdbool.h>

/* From now on the first interrupt, hang-up or termination signal is remembered, and a closed pipe
 * does not end the program in the middle of a write to flash. */
void interrupt_watch(void);

/* Tells whether such a signal came. user is not used: the signature is that of dfk_callbacks. */
bool interrupt_seen(void *user);

#endif
