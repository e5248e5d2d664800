/* SPDX-License-Identifier: MIT
 * The one interface through which commands speak: as text for a person, or as JSON for a program.
 */
#ifndef CLI_UI_H
#define CLI_UI_H

#include <stdio.h>

#include "include/dfukit.h"

struct ui;

/* What a device is about to be used for. */
struct job {
    const char *command;                     /* "flash", "erase", ... */
    const struct dfk_flash_options *options; /* keep, only and dry_run are shown; NULL: none */
    bool whole;                              /* erase: everything, by mass erase where it works */
};

/* How a command on a device ended. */
struct outcome {
    const char *command;
    const struct dfk_report *report;
    const struct dfk_flash_options *options; /* NULL: none */
    const char *file;                        /* that was flashed or compared; NULL: none */
};

/* The start of a segment, read as the vector table of a Cortex-M. */
struct vectors {
    uint32_t addr, stack, reset; /* addr: of the table */
    bool found;                  /* the segment is one that could begin with a table */
    bool plausible;
    const char *problem; /* what speaks against it; NULL when plausible */
};

enum { IMAGE_FACTS_SEGMENTS_MAX = 4096 };

/* What is known of the signature in a seal. */
enum signature_check { SIGNATURE_UNCHECKED, SIGNATURE_CORRECT, SIGNATURE_WRONG };

/* A firmware file, looked into. */
struct image_facts {
    const struct dfk_image *image;
    const uint32_t *crcs;          /* CRC-32 of each segment's bytes */
    const struct vectors *vectors; /* of each segment */
    struct dfk_seal seal;
    enum signature_check signature;
};

/* A file that was written. */
struct written {
    const char *command, *file;
    const struct dfk_image *image;
};

/* A pair of keys that was made. */
struct keys {
    const char *secret, *public; /* files */
    uint8_t key[DFK_KEY_BYTES];  /* the public one */
};

enum { TWIN_LEDS_MAX = 32 };

/* The LEDs of a virtual board. */
struct twin_leds {
    const char *text;        /* as the twin told it, with the board's path and name */
    const char *path, *name; /* "1-1", "pybv11" */
    unsigned count;
    bool lit[TWIN_LEDS_MAX];
};

/* A line of what a virtual board wrote to its serial line. */
struct twin_serial {
    const char *text; /* NUL-terminated; may hold any other byte */
    bool ended;       /* false: the rest of the line follows */
};

/* The words that a user interface has. Every function is set. */
struct ui_calls {
    void (*plain)(struct ui *ui, const char *text); /* help, version */
    void (*hint)(struct ui *ui, const char *text);  /* what to do next */
    void (*error)(struct ui *ui, const struct dfk_error *err);
    void (*event)(struct ui *ui, const struct dfk_event *event);
    void (*code)(struct ui *ui, enum dfk_code code, bool whole); /* a row of the error table */
    void (*listed)(struct ui *ui, const struct dfk_device_info *info);
    void (*info)(struct ui *ui, const struct dfk_device_info *info);
    void (*opened)(struct ui *ui, const struct dfk_device_info *info);
    void (*source)(struct ui *ui, const struct dfk_image *image); /* a file about to be used */
    void (*job)(struct ui *ui, const struct job *job);
    void (*inspected)(struct ui *ui, const struct image_facts *facts);
    void (*written)(struct ui *ui, const struct written *written);
    void (*keys)(struct ui *ui, const struct keys *keys);
    void (*done)(struct ui *ui, const struct outcome *outcome);
    void (*leds)(struct ui *ui, const struct twin_leds *leds);
    void (*serial)(struct ui *ui, const struct twin_serial *serial);
    void (*obeyed)(struct ui *ui, const char *order); /* a virtual board did as told */
};

/* What the last progress event left on the screen. */
struct ui_progress {
    bool begun, line_open;
    enum dfk_phase phase;
    uint32_t drawn_ms; /* of the phase, when last drawn */
    uint64_t bytes_total;
    uint32_t estimate_ms;
};

struct ui {
    const struct ui_calls *calls;
    FILE *out;  /* results */
    FILE *talk; /* everything else */
    bool quiet, verbose, hints;
    bool terminal; /* talk goes to a terminal that can redraw a line */
    unsigned columns;
    struct job job;
    const struct dfk_device_info *device; /* that is open; NULL: none */
    struct ui_progress progress;
};

extern const struct ui_calls text_calls, json_calls;

#endif
