/* SPDX-License-Identifier: MIT
 * One verb at work: the device, the options, the progress, and the steps that verbs share. */
#ifndef FLASH_JOB_H
#define FLASH_JOB_H

#include "flash/session.h"
#include "plan/plan.h"

enum { JOB_PARTS_MAX = 8 };

/* What compare learnt of one sector, beside what the plan needs. */
struct job_note {
    bool has_data;      /* a byte that is not blank was seen */
    uint32_t data_addr; /* where */
};

/* Bytes that memory should hold; data NULL: nothing but 0xFF. */
struct job_bytes {
    uint32_t addr, length;
    const uint8_t *data;
};

/* A stretch to read as far as that is possible. */
struct job_salvage {
    uint32_t addr, length;
    uint8_t *data;
    uint32_t lost; /* out: bytes that could not be read */
};

/* Bytes of a sector as they were before it was erased. */
struct job_kept {
    uint8_t alternate;
    uint32_t addr, length;
    uint8_t *bytes;
};

enum job_answer { JOB_UNKNOWN, JOB_SAME, JOB_DIFFERENT };

/* The part of an image that goes to one alternate setting. */
struct job_part {
    struct plan_input input;
    struct plan_survey survey;
    struct plan_sector_content *content; /* one per sector of survey */
    struct job_note *notes;
    struct dfk_plan *plan;
};

/* A verb at work. */
struct job {
    struct dfk_device *handle;
    struct device *device;
    const struct dfk_flash_options *options; /* never NULL */
    struct job_part parts[JOB_PARTS_MAX];
    size_t part_count;
    struct dfk_report report;
    uint64_t started_ns, phase_started_ns;
    enum dfk_phase phase;
    uint64_t bytes_done, bytes_total;
    uint32_t phase_estimate_ms;
    uint32_t prepared_ms; /* estimate of the erases that the writes still have to wait for */
    bool touched;         /* something on the board was changed */
    bool complete;        /* all was written and read back; only leave is missing */
    struct dfk_flash_options again; /* for what is left after the board was away */
    struct job_kept *kept;          /* of sectors that were to be rewritten when it was lost */
    size_t kept_count;
};

/* One try at a verb with an image. Returns 0 or a negative code. */
typedef int job_attempt(struct job *job, const struct dfk_image *image, struct dfk_error *err);

/* Begins a job: clock, options (NULL for the defaults). */
void job_begin(struct job *job, struct dfk_device *handle, const struct dfk_flash_options *options);

/* Forgets what was found and planned, since the board was away: all of that is done anew, but what
 * the board holds by now is never written twice, whatever the options say. What was done stays
 * counted. */
void job_again(struct job *job);

/* Puts aside what was read of sectors to be written again, before the parts are freed. */
void job_keep(struct job *job);

/* Frees what was put aside. */
void job_free_kept(struct job *job);

/* Copies what was put aside of the sector at addr.
 *
 * *bytes    as long as the sector, or NULL: then it is made, and the caller's
 * *found    false: nothing was put aside, *bytes stays as it is
 * Returns   0, -DFK_E_NO_MEMORY */
int job_copy_kept(const struct job *job, const struct job_part *part, uint32_t addr,
                  uint8_t **bytes, bool *found, struct dfk_error *err);

/* Looks at a sector of which bytes were put aside: it has to hold them and the image, or is erased
 * and gets both.
 *
 * *done     false: nothing of it was put aside
 * Returns   0, -DFK_E_NO_MEMORY, and what the device returns */
int job_look_at_kept(struct job *job, struct job_part *part, size_t index, bool *done,
                     struct dfk_error *err);

/* Makes an attempt, and where options->resume_ms allows for it another one each time the board was
 * lost and is back.
 *
 * Waits     resume_ms for each return; ten returns at most
 * Returns   what attempt returns; -DFK_E_LOST, -DFK_E_SEVERAL, -DFK_E_INTERRUPTED when the board
 *           did not come back */
int job_resume(struct job *job, const struct dfk_image *image, job_attempt *attempt,
               struct dfk_error *err);

/* Frees what a job holds, and hands the report over when result is 0.
 *
 * report    may be NULL
 * Returns   result */
int job_end(struct job *job, int result, struct dfk_report *report);

/* Begins a phase and says so. */
void job_phase(struct job *job, enum dfk_phase phase, uint64_t bytes_total, uint32_t estimate_ms);

/* Says that bytes at addr are done. */
void job_progress(struct job *job, uint32_t addr, uint32_t bytes);

/* Sends a warning. */
void job_warn(struct job *job, const char *id, const char *text);

/* Checks whether the person wants to stop.
 *
 * Returns   0, -DFK_E_INTERRUPTED */
int job_check_cancelled(struct job *job, uint32_t addr, struct dfk_error *err);

/* Finds the alternate setting a job without an image works on.
 *
 * addr      looked up when none was selected and has_addr
 * Returns   0, -DFK_E_USAGE, -DFK_E_OUTSIDE, -DFK_E_REFUSED */
int job_find_alternate(struct job *job, bool has_addr, uint32_t addr, uint8_t *alternate,
                       struct dfk_error *err);

/* Refuses an image that was made for another device.
 *
 * Returns   0, -DFK_E_WRONG_DEVICE, -DFK_E_REFUSED, -DFK_E_UNSUPPORTED */
int job_check_image(struct job *job, const struct dfk_image *image, struct dfk_error *err);

/* Refuses an application that the board would not start: not sealed, for another board, not signed
 * with its key, or older than it takes. Boards that ask for no seal take all.
 *
 * Returns   0, -DFK_E_REFUSED, -DFK_E_WRONG_DEVICE, -DFK_E_BAD_FILE */
int job_check_seal(struct job *job, const struct dfk_image *image, struct dfk_error *err);

/* Surveys every part of an image, before anything is touched.
 *
 * Returns   0, or a refusal of plan_survey */
int job_survey(struct job *job, const struct dfk_image *image, struct dfk_error *err);

/* Looks at what the board holds, as far as the survey needs it.
 *
 * Returns   0, -DFK_E_PROTECTED, -DFK_E_DEVICE, -DFK_E_LOST, -DFK_E_INTERRUPTED, ... */
int job_compare(struct job *job, struct dfk_error *err);

/* Lets the device erase ahead what the plan erases, where it can do that to two banks at once.
 * Nothing is done where it cannot: job_erase does it then.
 *
 * *done     true when it has been ordered
 * Returns   0, and what the device returns */
int job_prepare(struct job *job, bool *done, struct dfk_error *err);

/* Writes the start of the application and reads it back; the last thing before leave.
 *
 * Returns   0, -DFK_E_VERIFY, and what the device returns */
int job_write_start(struct job *job, struct dfk_error *err);

/* Ends a flash without leave. A bootloader that holds the start of the application back takes ABORT
 * after data for the end of the download: so the start is sent once more.
 *
 * Returns   0, and what the device returns */
int job_stay(struct job *job, struct dfk_error *err);

/* Carries out the steps of one kind over all parts, but for the start of an application.
 *
 * Returns   0, -DFK_E_ERASE, -DFK_E_VERIFY, and what the device returns */
int job_erase(struct job *job, struct dfk_error *err);
int job_write(struct job *job, struct dfk_error *err);
int job_verify(struct job *job, struct dfk_error *err);

/* Compares the board with one segment of an image.
 *
 * Returns   0, -DFK_E_VERIFY, and what the device returns */
int job_verify_segment(struct job *job, const struct dfk_segment *segment, struct dfk_error *err);

/* Erases one sector and makes sure of it.
 *
 * note      where data was seen before; NULL: the whole sector is read back
 * Returns   0, -DFK_E_ERASE, and what the device returns */
int job_erase_sector(struct job *job, const struct layout_sector *sector,
                     const struct job_note *note, struct dfk_error *err);

/* Asks the board itself, by checksum, whether it holds these bytes. JOB_UNKNOWN: it has no such
 * command, or the memory cannot be read; reading tells more.
 *
 * Returns   0, -DFK_E_INTERRUPTED, -DFK_E_TIMEOUT, -DFK_E_LOST, -DFK_E_PROTOCOL */
int job_ask_same(struct job *job, const struct job_bytes *bytes, enum job_answer *answer,
                 struct dfk_error *err);

/* Reads a stretch, also one with words that a loss of power left unreadable, which then count as
 * blank.
 *
 * Returns   0, and what the device returns */
int job_salvage(struct job *job, struct job_salvage *salvage, struct dfk_error *err);

/* Says that bytes cannot be read twice with the same result.
 *
 * Returns   -DFK_E_PROTOCOL */
int job_fail_unsteady(uint32_t addr, struct dfk_error *err);

/* Makes sure of what salvage->data holds, before it is written back or handed out: by the board's
 * own checksum, else by reading until two reads in a row agree.
 *
 * Returns   0, -DFK_E_PROTOCOL (no two agree), -DFK_E_NO_MEMORY, and what the device returns */
int job_confirm(struct job *job, struct job_salvage *salvage, struct dfk_error *err);

/* Says that bytes of a sector that is rewritten are lost. */
void job_warn_lost(struct job *job, const struct layout_sector *sector, uint32_t lost);

/* Gets the application's first sector ready to be rewritten where plan_find_rewrite asks for it.
 *
 * Returns   0, -DFK_E_NO_MEMORY, and what the device returns */
int job_take_first_sector(struct job *job, struct job_part *part, struct dfk_error *err);

/* Tells whether a step is about the start of an application, which is written when everything else
 * stands and was verified. */
bool job_is_start(const struct job_part *part, const struct dfk_step *step);

/* Reads a stretch in blocks.
 *
 * Returns   0, and what the device returns */
int job_read(struct job *job, uint32_t addr, uint8_t *data, uint32_t length, struct dfk_error *err);

/* Reads a whole sector back: after a fault of the ROM nothing that it said counts.
 *
 * Returns   0, -DFK_E_ERASE (not blank), and what the device returns */
int job_check_blank(struct job *job, const struct layout_sector *sector, struct dfk_error *err);

/* Sends the plan of a part. */
void job_show_plan(const struct job *job, const struct dfk_plan *plan);

/* Gives the times for an estimate, as the device works now. */
struct plan_timing job_timing(const struct job *job);

/* Starts the application and notes in the report how that went.
 *
 * Returns   0, and what the device returns */
int job_leave(struct job *job, uint32_t addr, struct dfk_error *err);

/* Plain DFU devices: flash and verify.
 *
 * Returns   as dfk_flash */
int job_flash_plain(struct job *job, const struct dfk_image *image, struct dfk_error *err);
int job_verify_plain(struct job *job, const struct dfk_image *image, struct dfk_error *err);

/* Reads a partition of a plain DFU device.
 *
 * range     offsets in it; NULL: all of it
 * Owns      *image is the caller's: dfk_image_free
 * Returns   as dfk_read */
int job_read_plain(struct job *job, const struct dfk_range *range, struct dfk_image **image,
                   struct dfk_error *err);

#endif
