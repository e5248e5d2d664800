/* SPDX-License-Identifier: MIT
 * Which device a command line of dfu-util means. */
#ifndef CLI_COMPAT_SELECT_H
#define CLI_COMPAT_SELECT_H

#include "cli/compat_args.h"

/* Tells whether a listed device is one that the request means. */
bool compat_matches(const struct compat_request *request, const struct dfk_device_info *info);

/* Tells whether an alternate setting is one that the request means. */
bool compat_matches_alternate(const struct compat_request *request,
                              const struct dfk_alternate *alternate);

/* The device that was found, as dfk_open wants it. */
struct compat_choice {
    char path[64];
    char alternate[8]; /* number; "": left to the address */
    struct dfk_select select;
};

/* Finds the one device that is meant; with -w waits for it until Ctrl-C.
 *
 * bus       "usb:" or another bus URI
 * Returns   0, -DFK_E_NO_DEVICE, -DFK_E_SEVERAL, -DFK_E_INTERRUPTED, or as dfk_device_list_get */
int compat_find(const struct compat_request *request, const char *bus, struct compat_choice *choice,
                struct dfk_error *err);

#endif
