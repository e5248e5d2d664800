/* SPDX-License-Identifier: MIT
 * What the commands on a device have in common: open it as selected, and the options of the work.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/command.h"

/* Opens the device that the command line selects, and says which it is.
 *
 * Owns      *device is the caller's: cli_close
 * Returns   0, or the negative code of run->err */
int cli_open(struct run *run, struct dfk_device **device);

/* As cli_open, but leaves it to the caller to say which it is. */
int cli_open_quietly(struct run *run, struct dfk_device **device);

/* Brings an open device from its application into DFU mode, and says what came back.
 *
 * Returns   0, or the negative code of run->err */
int cli_detach(struct run *run, struct dfk_device *device);

/* As cli_open; a device that runs its application is brought into DFU mode first. */
int cli_open_for_dfu(struct run *run, struct dfk_device **device);

/* Closes the device. NULL does nothing. */
void cli_close(struct run *run, struct dfk_device *device);

/* Gives what the command line says of how to flash, verify or erase.
 * The ranges lie in arguments. */
struct dfk_flash_options cli_flash_options(const struct arguments *arguments);

/* Reads the files that were named, opens the device in DFU mode, lets work do its part with both,
 * and gives both back.
 *
 * Returns   what work returned, or the first failure before it */
int cli_with_image(struct run *run, int (*work)(struct run *run, struct dfk_device *device,
                                                const struct dfk_image *image));

#endif
