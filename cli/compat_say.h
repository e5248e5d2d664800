/* SPDX-License-Identifier: MIT
 * The lines of dfu-util that other programs read. */
#ifndef CLI_COMPAT_SAY_H
#define CLI_COMPAT_SAY_H

#include "cli/compat_args.h"

/* What has been drawn of a job. */
struct compat_bars {
    const char *program; /* in whose name is complained */
    uint64_t bytes;      /* of the image: what a finished bar shows; 0: what the phase counts */
    bool erase, download, open;
    bool dfuse;  /* such a device has an erase bar too */
    bool hidden; /* nothing is drawn for now */
    enum dfk_phase phase;
    uint32_t percent;
    bool verbose;
};

/* Says the lines of a list: one for each alternate setting that is meant, the last one first. */
void compat_say_found(const struct compat_request *request, const struct dfk_device_info *info);

/* Says that a listed device could not be opened. */
void compat_say_unusable(const struct dfk_device_info *info);

/* Says what is known of the device that was opened. */
void compat_say_opened(const struct dfk_device_info *info, const struct compat_request *request);

/* Draws an event as a bar. user: struct compat_bars. */
void compat_say_event(void *user, const struct dfk_event *event);

/* Ends the bars of a download that went well: what was equal already counts as done. */
void compat_end_bars(struct compat_bars *bars);

/* Ends the bar of an upload of that many bytes. */
void compat_end_upload(struct compat_bars *bars, uint64_t bytes);

/* Ends a bar that a failure interrupted. */
void compat_break_bars(struct compat_bars *bars);

/* Says what dfu-util --help says, in our words. */
void compat_say_help(void);

#endif
