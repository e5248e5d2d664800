/* SPDX-License-Identifier: MIT
 * The fault matrix: every verb on every board over every bus, and each mishap at each transfer. */
#include <inttypes.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/faults/lab.h"

enum { CASE_SECONDS_MAX = 60, COMPLAINTS_MAX = 20, NAME_BYTES = 120, KEEP_BYTES = 64 << 20 };

/* What the command line asks for. */
struct wish {
    uint32_t per_place; /* cases drawn for each board and bus; 0: all there are */
    uint32_t bits;      /* flips tried at each transfer */
    uint64_t seed;
    const char *only; /* cases whose name has this in it; NULL: all */
    bool tells;       /* every case that does not end well */
};

struct totals {
    uint64_t faults, endings[ENDING_COUNT];
    double seconds_max;
    unsigned complaints;
};

struct matrix {
    struct wish wish;
    uint32_t next; /* board and bus */
    struct totals totals;
    uint64_t random;
};

static uint32_t draw(struct matrix *matrix)
{
    matrix->random = matrix->random * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(matrix->random >> 33);
}

static void complain(struct matrix *matrix, const char *name, const struct lab_result *result)
{
    bool bad = result->ending > ENDING_UNSEEN;
    matrix->totals.complaints += bad ? 1 : 0;
    if (matrix->wish.tells || (bad && matrix->totals.complaints <= COMPLAINTS_MAX)) {
        print_message("# %s: ending %d %s, %s: %s | %s | %s\n", name, (int)result->ending,
                      result->text, dfk_error_name((enum dfk_code) - result->code),
                      result->err.what, result->err.why, result->err.next);
    }
}

static void play(struct matrix *matrix, const struct lab_case *one)
{
    char name[NAME_BYTES];
    struct lab_result result;
    lab_name(one, name, sizeof name);
    if (matrix->wish.only != NULL && strstr(name, matrix->wish.only) == NULL) {
        return;
    }
    (void)alarm(CASE_SECONDS_MAX);
    lab_play(one, &result);
    struct totals *totals = &matrix->totals;
    if (result.ending == ENDING_IDLE) {
        return;
    }
    totals->faults++;
    totals->endings[result.ending]++;
    totals->seconds_max =
        result.seconds > totals->seconds_max ? result.seconds : totals->seconds_max;
    if (result.ending != ENDING_WELL) {
        complain(matrix, name, &result);
    }
}

/* Counts the transfers of a verb without a mishap, which must end well. */
static uint32_t count(struct lab_case *one)
{
    struct lab_result result;
    char name[NAME_BYTES];
    one->kind = MISHAP_NONE;
    lab_name(one, name, sizeof name);
    (void)alarm(CASE_SECONDS_MAX);
    lab_play(one, &result);
    if (result.ending != (one->verb == VERB_DIFFER ? ENDING_CLEAR : ENDING_WELL)) {
        fail_msg("%s: %s %s", name, result.text, result.err.what);
    }
    print_message("# %s: %u transfers, %.3f s\n", name, (unsigned)result.transfers, result.seconds);
    return result.transfers;
}

/* Waiting makes a difference only for a board that is lost. */
static bool is_of_interest(enum verb verb, enum mishap kind)
{
    return verb != VERB_RESUME || kind == MISHAP_GONE || kind == MISHAP_BACK ||
           kind == MISHAP_BACK_SPOILT;
}

static void play_all(struct matrix *matrix, struct lab_case *one, uint32_t transfers)
{
    for (int kind = MISHAP_NONE + 1; kind < MISHAP_COUNT; kind++) {
        uint32_t times = kind == MISHAP_FLIP ? matrix->wish.bits : 1;
        bool wanted = is_of_interest(one->verb, (enum mishap)kind);
        for (uint32_t i = 0; wanted && i < transfers * times; i++) {
            one->kind = (enum mishap)kind;
            one->at = i / times + 1;
            one->dice = draw(matrix);
            play(matrix, one);
        }
    }
}

static void play_some(struct matrix *matrix, struct lab_case *one, uint32_t transfers)
{
    for (uint32_t i = 0; i < matrix->wish.per_place / VERB_COUNT; i++) {
        one->kind = (enum mishap)(1 + draw(matrix) % (MISHAP_COUNT - 1));
        one->at = 1 + draw(matrix) % transfers;
        one->dice = draw(matrix);
        if (is_of_interest(one->verb, one->kind)) {
            play(matrix, one);
        }
    }
}

static void play_place(struct matrix *matrix, uint32_t place, bool usbip)
{
    for (int verb = 0; verb < VERB_COUNT; verb++) {
        struct lab_case one = {.place = place, .usbip = usbip, .verb = (enum verb)verb};
        uint32_t transfers = count(&one);
        if (matrix->wish.per_place == 0) {
            play_all(matrix, &one, transfers);
        } else {
            play_some(matrix, &one, transfers);
        }
    }
}

static bool take_arguments(int argc, char **argv, struct wish *wish)
{
    *wish = (struct wish){.bits = 1, .seed = 1};
    for (int i = 1; i < argc; i++) {
        if (sscanf(argv[i], "sample=%" SCNu32, &wish->per_place) == 1 ||
            sscanf(argv[i], "bits=%" SCNu32, &wish->bits) == 1 ||
            sscanf(argv[i], "seed=%" SCNu64, &wish->seed) == 1) {
            continue;
        }
        if (strncmp(argv[i], "only=", 5) == 0) {
            wish->only = argv[i] + 5;
        } else if (strcmp(argv[i], "tell") == 0) {
            wish->tells = true;
        } else {
            return false;
        }
    }
    return wish->bits > 0;
}

static void print_totals(const struct totals *t)
{
    const uint64_t *ended = t->endings;
    print_message("# total: faults=%" PRIu64 " well=%" PRIu64 " clear_error=%" PRIu64
                  " unseen_read_flips=%" PRIu64 " unclear_error=%" PRIu64 " hangs=%" PRIu64
                  " wrong_after_success=%" PRIu64 " bricked=%" PRIu64 " virtual_seconds_max=%.1f\n",
                  t->faults, ended[ENDING_WELL], ended[ENDING_CLEAR], ended[ENDING_UNSEEN],
                  ended[ENDING_UNCLEAR], ended[ENDING_HANG], ended[ENDING_WRONG],
                  ended[ENDING_BRICKED], t->seconds_max);
}

/* One board on one bus: all of its cases, of which none may end badly. */
static void play_one(void **state)
{
    struct matrix *matrix = *state;
    unsigned before = matrix->totals.complaints;
    play_place(matrix, matrix->next / 2, matrix->next % 2 != 0);
    matrix->next++;
    assert_int_equal(matrix->totals.complaints - before, 0);
}

int main(int argc, char **argv)
{
    struct matrix matrix = {0};
    char names[LAB_PLACES * 2][NAME_BYTES];
    struct CMUnitTest tests[LAB_PLACES * 2];
    if (!take_arguments(argc, argv, &matrix.wish)) {
        (void)fprintf(stderr, "usage: %s [sample=N] [bits=N] [seed=N] [only=PART-OF-NAME] [tell]\n",
                      argv[0]);
        return 2;
    }
    /* Every case takes and gives back some megabytes: they stay with the process. */
    (void)mallopt(M_MMAP_THRESHOLD, KEEP_BYTES);
    (void)mallopt(M_TRIM_THRESHOLD, KEEP_BYTES);
    matrix.random = matrix.wish.seed;
    for (uint32_t i = 0; i < LAB_PLACES * 2; i++) {
        (void)snprintf(names[i], sizeof names[i], "%s_over_%s", lab_place_name(i / 2),
                       i % 2 == 0 ? "usb" : "usbip");
        tests[i] =
            (struct CMUnitTest){.name = names[i], .test_func = play_one, .initial_state = &matrix};
    }
    print_message("# seed %" PRIu64 "\n", matrix.wish.seed);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    print_totals(&matrix.totals);
    return failed;
}
