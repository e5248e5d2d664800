/* SPDX-License-Identifier: MIT
 * One virtual board and the engine at it, for scenarios that read as straight-line code. */
#ifndef TESTS_SUPPORT_SCENE_H
#define TESTS_SUPPORT_SCENE_H

#include "flash/session.h"
#include "image/image.h"
#include "tests/support/twin_bus.h"

enum { SCENE_IDS_MAX = 32, SCENE_STEPS_MAX = 128 };

/* What was said, and where the scene stands. */
struct scene {
    struct board *board;
    struct twin_bus bus;
    struct dfk_device *device;
    struct dfk_error err;
    struct dfk_report report;
    bool from_flash;             /* the bootloader in flash is what talks */
    const char *alternate;       /* -a */
    char ids[SCENE_IDS_MAX][48]; /* of warnings and recoveries, in order */
    size_t id_count;
    struct dfk_step steps[SCENE_STEPS_MAX]; /* of the last plan */
    size_t step_count;
    struct dfk_plan_summary planned;
    struct board_counters before;
    uint64_t started_ns;
    uint32_t cancel_after; /* events until the person presses Ctrl-C; 0: never */
    uint32_t events;
};

/* One part of an image: length bytes at addr, made from a seed; seed 0: nothing but 0xFF. */
struct scene_part {
    uint32_t addr, length;
    uint32_t seed;
};

/* Powers a board on in DFU mode. rom, faults NULL: the usual, none. Fails the test when it cannot.
 */
void scene_start(struct scene *scene, const char *board, const char *rom, const char *faults);

/* The same with every choice that there is. */
void scene_start_with(struct scene *scene, const struct board_config *config);

/* Fills the flash with an older firmware (pseudo-random bytes, a plausible vector table). */
void scene_fill(struct scene *scene, uint32_t base, uint32_t length);

/* Power-cycles the board into DFU mode, as a person does between two commands. */
void scene_restart(struct scene *scene);

/* Power-cycles the board and leaves it alone. Returns true when its application was started within
 * a second. */
bool scene_power_on(struct scene *scene);

/* Lets time pass. */
void scene_wait_ms(struct scene *scene, uint32_t ms);

/* Makes an image of parts; the first bytes of the first part are a plausible vector table.
 * Owns      the caller: dfk_image_free */
struct dfk_image *scene_image(const struct scene_part *parts, size_t count);

/* Opens the device, runs one verb, closes it. Results land in scene->err and scene->report.
 *
 * Returns   what the verb returned */
int scene_flash(struct scene *scene, const struct dfk_image *image,
                const struct dfk_flash_options *options);
int scene_verify(struct scene *scene, const struct dfk_image *image);
int scene_erase(struct scene *scene, const struct dfk_range *range,
                const struct dfk_flash_options *options);

/* Opens the device; scene->device is then valid until scene_close.
 *
 * Returns   what session_open returned */
int scene_open(struct scene *scene);

/* Closes the device. */
void scene_close(struct scene *scene);

/* Tells whether the board holds exactly the image where the image has bytes. */
bool scene_holds(struct scene *scene, const struct dfk_image *image);

/* Gives a checksum of a stretch of flash, to compare it before and after. */
uint32_t scene_checksum(struct scene *scene, uint32_t addr, uint32_t length);

/* Tells whether a warning or recovery of this id was said. */
bool scene_said(const struct scene *scene, const char *id);

/* Gives the number of steps of one kind in the last plan. */
size_t scene_count_steps(const struct scene *scene, enum dfk_action action);

/* Virtual seconds since the last verb began, and those the chip itself needed (erase, program,
 * USB). */
double scene_seconds(struct scene *scene);
double scene_physics(struct scene *scene);

/* Powers the board off and frees everything. */
void scene_end(struct scene *scene);

#endif
