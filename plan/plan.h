/* SPDX-License-Identifier: MIT
 * From image, layout, options and what the board holds to a list of steps: pure, no clock, no I/O.
 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "base/fail.h"
#include "core/layout.h"
#include "include/dfukit.h"

/* Times for the estimate, of one part. 0: not known, counted as 0. */
struct plan_timing {
    uint32_t erase_typ_ms_per_kb_x100; /* typical erase time of 1 KiB, in 0.01 ms */
    uint32_t erase_min_typ_ms;
    uint32_t program_ns_per_byte; /* program and wire */
    uint32_t read_ns_per_byte;
};

/* What the board holds in one sector, as far as it was looked at. */
struct plan_sector_content {
    enum dfk_content content;
    bool range_blank; /* the part that the image covers is blank, whatever the rest holds */
    uint8_t *bytes;   /* the sector's bytes when they are needed for a merge; else NULL */
};

enum { PLAN_HELD_BYTES = 32 }; /* what dfukit-boot holds back of an application */

/* The application of a bootloader that holds its start back until everything else is in place. */
struct plan_application {
    uint32_t addr, bytes; /* the room for it; bytes 0: nothing is held back */
    uint32_t start_bytes; /* these are written after everything else, PLAN_HELD_BYTES or more */
};

/* Everything a plan is made of. Nothing is owned. */
struct plan_input {
    const struct dfk_image *image;
    uint8_t image_alternate;  /* which segments of the image count */
    uint8_t device_alternate; /* goes into the steps */
    const struct layout *layout;
    const struct dfk_flash_options *options; /* never NULL */
    uint16_t write_unit_bytes;               /* 1.. */
    bool can_verify;
    bool can_leave;
    struct plan_timing timing;
    struct plan_application application;
    uint32_t second_bank; /* erases at the same time as the one before it; 0: there is none */
};

/* What has to be read from the board before the plan can be made. */
enum plan_look {
    PLAN_LOOK_NOT,   /* nothing: the sector is not touched */
    PLAN_LOOK_KIND,  /* only what it holds (padding that is left alone) */
    PLAN_LOOK_EQUAL, /* compare with the image, stop at the first difference */
    PLAN_LOOK_MERGE, /* the same, and its bytes outside the image are needed */
};

/* One sector that the image touches. */
struct plan_sector {
    struct layout_sector sector;
    enum plan_look look;
    bool padding;  /* the image has only 0xFF here and covers the sector as far as it goes */
    bool preserve; /* the image wants nothing here: whatever stands there is written again */
};

/* The sectors an image touches, checked against every rule of refusal. */
struct plan_survey {
    struct plan_sector *sectors;
    size_t count;
    uint32_t highest; /* address of a sector in it; 0 when there is none */
};

/* Checks that image and device fit (every segment, before anything is touched) and lists the
 * sectors.
 *
 * Owns      out->sectors is the caller's: plan_survey_free
 * Returns   0, -DFK_E_OUTSIDE, -DFK_E_READ_ONLY, -DFK_E_KEPT, -DFK_E_REFUSED, -DFK_E_NO_MEMORY */
int plan_survey(const struct plan_input *input, struct plan_survey *out, struct dfk_error *err);

/* Frees what a survey holds. */
void plan_survey_free(struct plan_survey *survey);

/* Gives the bytes that the image wants in a stretch of memory, 0xFF where it wants nothing.
 *
 * covered   may be NULL; set to 1 for every byte the image names, 0 elsewhere; length bytes */
void plan_image_bytes(const struct plan_input *input, uint32_t addr, uint32_t length, uint8_t *data,
                      uint8_t *covered);

/* Gives the bytes that a sector is to hold as far as the image names them, 0xFF elsewhere.
 *
 * covered   set to 1 for every byte that the image names, 0 elsewhere
 * data      both as long as the sector */
void plan_wanted_bytes(const struct plan_input *input, const struct plan_sector *sector,
                       uint8_t *data, uint8_t *covered);

/* Finds the first sector of an application that has to be erased and written only because later
 * ones change. Its content then has to be DFK_CONTENT_DATA, without range_blank, with bytes where
 * the image does not cover it whole.
 *
 * content   one per sector of survey
 * Returns   false when there is none, or when it is rewritten (or blank) anyway */
bool plan_find_rewrite(const struct plan_input *input, const struct plan_survey *survey,
                       const struct plan_sector_content *content, size_t *index);

/* Makes the plan.
 *
 * content   one per sector of survey
 * Owns      *plan is the caller's: plan_free
 * Returns   0, -DFK_E_NO_MEMORY */
int plan_make(const struct plan_input *input, const struct plan_survey *survey,
              const struct plan_sector_content *content, struct dfk_plan **plan,
              struct dfk_error *err);

/* Makes the plan of an erase: each sector that a range touches, once, in the order of the layout.
 *
 * range     NULL: every sector that can be erased; all of them when none can
 * input     layout, device_alternate and timing count
 * Owns      *plan is the caller's: plan_free
 * Returns   0, -DFK_E_NO_MEMORY */
int plan_make_erase(const struct plan_input *input, const struct dfk_range *range,
                    struct dfk_plan **plan, struct dfk_error *err);

/* Gives the bytes of a WRITE or VERIFY step: image, merged bytes, padding to the flash word.
 * Owns      nothing: lives as long as the plan. NULL for other steps */
const uint8_t *plan_step_data(const struct dfk_plan *plan, size_t index);

/* Frees a plan. NULL does nothing. */
void plan_free(struct dfk_plan *plan);

#endif
