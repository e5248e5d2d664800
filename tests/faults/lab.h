/* SPDX-License-Identifier: MIT
 * One case of the matrix: a board, a bus, a verb, a mishap at one transfer; played and judged. */
#ifndef TESTS_FAULTS_LAB_H
#define TESTS_FAULTS_LAB_H

#include "tests/faults/line.h"

enum verb {
    VERB_FLASH,
    VERB_RESUME, /* flash that waits for a board that was lost */
    VERB_VERIFY, /* the board holds the image */
    VERB_DIFFER, /* verify, and one byte on the board is another */
    VERB_READ,
    VERB_ERASE,
    VERB_LEAVE,
    VERB_COUNT,
};

enum { LAB_PLACES = 5 };

struct lab_case {
    uint32_t place; /* 0..LAB_PLACES-1 */
    bool usbip;
    enum verb verb;
    enum mishap kind;
    uint32_t at, dice;
};

/* How a case ended. */
enum ending {
    ENDING_IDLE,    /* the mishap could not happen to this transfer: not a case */
    ENDING_WELL,    /* success, and the flash is right */
    ENDING_CLEAR,   /* an error that fits what happened */
    ENDING_UNSEEN,  /* success with a bit that nothing can tell from a right one (see rules.h) */
    ENDING_UNCLEAR, /* an error that does not fit */
    ENDING_WRONG,   /* success over wrong flash, or memory that nobody named was changed */
    ENDING_HANG,
    ENDING_BRICKED, /* the next flash failed */
    ENDING_COUNT,
};

struct lab_result {
    enum ending ending;
    int code; /* of the verb */
    struct dfk_error err;
    uint32_t transfers;
    double seconds; /* virtual */
    char text[512]; /* what is wrong with it */
};

const char *lab_place_name(uint32_t place);
const char *lab_verb_name(enum verb verb);

/* Writes the name of a case: "f405-rom/usb/flash/stall:12", with "+3" for dice. */
void lab_name(const struct lab_case *one, char *text, size_t capacity);

/* Plays a case, and the person's next flash. MISHAP_NONE counts the transfers. */
void lab_play(const struct lab_case *one, struct lab_result *result);

#endif
