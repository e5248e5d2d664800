/* SPDX-License-Identifier: MIT
 * What can be done with an open device. A chapter of dfukit.h; include that one. */
#ifndef DFUKIT_VERBS_H
#define DFUKIT_VERBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef DFK_API
#error "include dfukit.h"
#endif

struct dfk_range {
    uint32_t addr;
    uint32_t length; /* bytes, 1..; addr + length at most 2^32 */
};

/* ---- the plan ---------------------------------------------------------------------------- */

enum dfk_action {
    DFK_ACTION_SKIP,  /* the sector stays as it is; reason says why */
    DFK_ACTION_ERASE, /* one sector */
    DFK_ACTION_WRITE,
    DFK_ACTION_VERIFY,
    DFK_ACTION_LEAVE, /* addr is the start address */
};

enum dfk_reason {
    DFK_REASON_IMAGE,       /* the image puts bytes here */
    DFK_REASON_SAME,        /* the board already holds these bytes */
    DFK_REASON_BLANK,       /* erase not needed: nothing is programmed here */
    DFK_REASON_PADDING,     /* the file has nothing but 0xFF here */
    DFK_REASON_KEPT,        /* --keep, or outside --only */
    DFK_REASON_BLANK_ASKED, /* padding, erased because --blank was given */
    DFK_REASON_ASKED,       /* an erase without a file */
    DFK_REASON_MERGED,      /* bytes of the board that share a sector with the image */
};

/* What the board was found to hold. */
enum dfk_content {
    DFK_CONTENT_UNKNOWN, /* not looked at, or not readable */
    DFK_CONTENT_BLANK,
    DFK_CONTENT_SAME,
    DFK_CONTENT_DATA,
    DFK_CONTENT_FAT,      /* starts like a FAT file system */
    DFK_CONTENT_LITTLEFS, /* starts like littlefs */
};

struct dfk_step {
    enum dfk_action action;
    enum dfk_reason reason;
    enum dfk_content content;
    uint8_t alternate;
    uint32_t addr;
    uint32_t length; /* bytes */
    uint32_t estimate_ms;
};

struct dfk_plan_summary {
    uint32_t sectors_erased, sectors_same, sectors_padding, sectors_kept, sectors_blank;
    uint64_t bytes_written, bytes_verified, bytes_merged;
    uint32_t estimate_ms;
};

/* Gives the number of steps of a plan. */
DFK_API size_t dfk_plan_step_count(const struct dfk_plan *plan);

/* Gives step index (0..count-1) of a plan.
 * Owns      nothing: lives as long as the plan */
DFK_API const struct dfk_step *dfk_plan_get_step(const struct dfk_plan *plan, size_t index);

/* Gives the sums of a plan.
 * Owns      nothing: lives as long as the plan */
DFK_API const struct dfk_plan_summary *dfk_plan_get_summary(const struct dfk_plan *plan);

/* ---- verbs ------------------------------------------------------------------------------- */

struct dfk_flash_options {
    bool full;           /* do not compare first: erase and write everything */
    bool no_verify;      /* do not read back */
    bool no_leave;       /* stay in DFU mode */
    bool dry_run;        /* stop after DFK_EVENT_PLAN */
    bool blank;          /* erase sectors that the file fills with 0xFF */
    bool any_device;     /* accept a file whose suffix names another vendor or product */
    bool force;          /* write also where the device says that it has no writeable memory */
    bool has_leave_addr; /* leave_addr is given; else the first segment's address */
    uint32_t leave_addr;
    const struct dfk_range *keep; /* never erased nor written; an image over it is refused */
    size_t keep_count;
    const struct dfk_range *only; /* the rest of the image is left out */
    size_t only_count;
    /* A device that disappears is waited for this long, each time, and the work goes on where the
     * device stands; 0: it is lost. It has to be the same one: same ids, serial number and path; at
     * another path only when no other device on the bus had its serial number. */
    uint32_t resume_ms;
};

struct dfk_report {
    struct dfk_plan_summary done; /* what was carried out; estimate_ms as planned */
    uint32_t elapsed_ms;
    bool verified;
    bool left;            /* leave was requested */
    bool gone;            /* the device went off the bus after leave */
    bool must_reset;      /* known fault: the person has to press reset */
    uint32_t application; /* address leave was sent with */
    uint32_t faults_overcome;
    uint32_t resumed; /* how often the device was away meanwhile */
};

/* Puts an image onto a device: refuse what does not fit, compare, erase, write, verify, leave.
 *
 * options   NULL for the defaults
 * report    may be NULL
 * Waits     for each operation at most the datasheet's maximum, doubled; for a device that is away
 *           options->resume_ms, ten times at most
 * Returns   0, -DFK_E_REFUSED, -DFK_E_WRONG_DEVICE, -DFK_E_OUTSIDE, -DFK_E_OVERLAP, -DFK_E_KEPT,
 *           -DFK_E_READ_ONLY, -DFK_E_UNSUPPORTED, -DFK_E_PROTECTED, -DFK_E_DEVICE, -DFK_E_TIMEOUT,
 *           -DFK_E_ERASE, -DFK_E_VERIFY, -DFK_E_LOST, -DFK_E_PROTOCOL, -DFK_E_INTERRUPTED,
 *           -DFK_E_USAGE, -DFK_E_NO_MEMORY, -DFK_E_SEVERAL (which one came back is unclear)
 * Source    AN3156 (DfuSe commands), DFU 1.1 (plain devices) */
DFK_API int dfk_flash(struct dfk_device *device, const struct dfk_image *image,
                      const struct dfk_flash_options *options, struct dfk_report *report,
                      struct dfk_error *err);

/* Compares a device with an image and changes nothing. Options keep, only and any_device count.
 *
 * Returns   0 (all bytes agree), -DFK_E_VERIFY (address of the first difference in err->where), or
 *           as dfk_flash */
DFK_API int dfk_verify(struct dfk_device *device, const struct dfk_image *image,
                       const struct dfk_flash_options *options, struct dfk_report *report,
                       struct dfk_error *err);

struct dfk_read_options {
    bool force; /* read also where the device says that it has no readable memory */
};

/* Reads memory of a device into a new image.
 *
 * range     NULL: everything that is readable in the selected alternate (plain DFU: the whole
 *           upload)
 * options   NULL for the defaults
 * Owns      *image is the caller's: dfk_image_free
 * Returns   0, -DFK_E_OUTSIDE, -DFK_E_UNSUPPORTED, -DFK_E_PROTECTED, -DFK_E_DEVICE, -DFK_E_LOST,
 *           -DFK_E_TIMEOUT, -DFK_E_INTERRUPTED, -DFK_E_NO_MEMORY */
DFK_API int dfk_read(struct dfk_device *device, const struct dfk_range *range,
                     const struct dfk_read_options *options, struct dfk_image **image,
                     struct dfk_error *err);

/* Erases every sector that a range touches, and checks that it is blank.
 *
 * range     NULL: the whole alternate but for sectors that cannot be erased (mass erase where the
 *           device has one that works)
 * options   keep and dry_run count; NULL for the defaults
 * Returns   as dfk_flash */
DFK_API int dfk_erase(struct dfk_device *device, const struct dfk_range *range,
                      const struct dfk_flash_options *options, struct dfk_report *report,
                      struct dfk_error *err);

/* Starts the application.
 *
 * addr      NULL: the start of the first writeable run of the selected alternate
 * Returns   0 (also when the device is gone at once), -DFK_E_DEVICE, -DFK_E_TIMEOUT, -DFK_E_LOST */
DFK_API int dfk_leave(struct dfk_device *device, const uint32_t *addr, struct dfk_report *report,
                      struct dfk_error *err);

/* Removes the read protection of a chip, which erases everything in its flash memory.
 *
 * *gone     may be NULL; true when the chip reset itself and left the bus, as ROMs do. The handle
 *           is then good for dfk_close only
 * Waits     for the datasheet's maximum of a mass erase, doubled
 * Returns   0, -DFK_E_UNSUPPORTED (plain DFU), -DFK_E_DEVICE, -DFK_E_TIMEOUT
 * Source    AN3156, "Read unprotect" */
DFK_API int dfk_unprotect(struct dfk_device *device, bool *gone, struct dfk_error *err);

/* Resets the port that a device is plugged into.
 *
 * *gone     may be NULL; true when the device came back as another one, or not at all. The handle
 *           is then good for dfk_close only
 * Returns   0, -DFK_E_DEVICE, -DFK_E_TIMEOUT, -DFK_E_PROTOCOL
 * Source    USB 2.0, "Reset Signaling" */
DFK_API int dfk_reset(struct dfk_device *device, bool *gone, struct dfk_error *err);

/* Brings a device from its application into DFU mode and waits until it is back on the bus.
 * The handle then stands for the device in DFU mode.
 *
 * Returns   0 (also when it is in DFU mode already), -DFK_E_LOST (not back in time),
 *           -DFK_E_SEVERAL, -DFK_E_DEVICE, -DFK_E_UNSUPPORTED
 * Source    DFU 1.1, "Device Detach" */
DFK_API int dfk_detach(struct dfk_device *device, struct dfk_error *err);

#endif
