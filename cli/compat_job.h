/* SPDX-License-Identifier: MIT
 * One call of dfu-util: what it asks for, the device it has opened, what was said. */
#ifndef CLI_COMPAT_JOB_H
#define CLI_COMPAT_JOB_H

#include "cli/compat_args.h"
#include "cli/compat_say.h"

/* One call of dfu-util. */
struct compat_job {
    const struct compat_request *request;
    const char *bus;
    struct dfk_device *device; /* NULL: not open */
    struct dfk_image *image;   /* to be downloaded; NULL: none */
    struct compat_bars bars;
    bool for_application; /* the file names the application's ids, and that is what was found */
    bool gone;            /* the device left the bus, as it should */
    struct dfk_error err;
};

/* Gives what is known of the open device.
 * Owns      nothing: lives as long as the device */
const struct dfk_device_info *compat_info(const struct compat_job *job);

/* Finds the one device that is meant, opens it and says so.
 *
 * Returns   0, or the negative code of job->err */
int compat_open(struct compat_job *job);

/* The same, and brings a device that runs its application into DFU mode.
 *
 * Returns   0, or the negative code of job->err */
int compat_open_in_dfu_mode(struct compat_job *job);

#endif
