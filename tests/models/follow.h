/* SPDX-License-Identifier: MIT
 * Holds what the model does against a trace that was recorded; a part of the verifier that spin
 * makes.
 *
 * The trace is one line in the environment, TRACE: "x" for what the board did, in that order; "?x"
 * and "!x" around the time in which it accepted x from the host, "!x" alone where that was at once.
 * A request of which the host did not learn what came of it may have been accepted or not. */
#include <stdlib.h>
#include <string.h>

enum { FOLLOW_MAX = 400 };

struct follow_request {
    const char *what;
    int from, to; /* events of the board that are over: at least, at most */
    bool open;    /* nobody learned whether it was accepted */
};

static struct {
    const char *did[FOLLOW_MAX];
    struct follow_request took[FOLLOW_MAX];
    int dids, tooks;
} follow_trace;

/* What ends every transfer that is under way. */
static bool follow_is_start(const char *what)
{
    return strcmp(what, "cut") == 0 || strncmp(what, "starts", strlen("starts")) == 0;
}

static void follow_add(const char *word)
{
    struct follow_request *last = &follow_trace.took[follow_trace.tooks - 1];
    bool open = follow_trace.tooks > 0 && last->open && last->to == FOLLOW_MAX;
    if (follow_trace.dids == FOLLOW_MAX || follow_trace.tooks == FOLLOW_MAX) {
        abort();
    }
    if (*word == '?' || (*word == '!' && !open)) {
        follow_trace.took[follow_trace.tooks++] =
            (struct follow_request){word + 1, follow_trace.dids, FOLLOW_MAX, true};
        last = &follow_trace.took[follow_trace.tooks - 1];
    }
    if (*word == '!') {
        last->what = word + 1;
        last->to = follow_trace.dids;
        last->open = false;
    } else if (*word != '?') {
        if (open && follow_is_start(word)) {
            last->to = follow_trace.dids;
        }
        follow_trace.did[follow_trace.dids++] = word;
    }
}

static void follow_read(void)
{
    const char *line = getenv("TRACE");
    if (follow_trace.dids + follow_trace.tooks == 0) {
        char *copy = strdup(line == NULL ? "" : line);
        for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " ")) {
            follow_add(word);
        }
    }
}

/* Passes over requests that need not have been accepted, where nothing can come of them any more.
 */
static void follow_pass_over(void)
{
    bool end = now.step == follow_trace.dids;
    while (now.asked < follow_trace.tooks && follow_trace.took[now.asked].open &&
           (end || follow_trace.took[now.asked].to == now.step)) {
        now.asked++;
    }
}

static void follow_check(void)
{
    if (now.step == follow_trace.dids) {
        follow_pass_over();
        now.arrived = now.asked == follow_trace.tooks;
    }
}

/* The board did something: it has to be the next thing, and not too early. */
static void follow_did(const char *what)
{
    follow_read();
    if (follow_is_start(what)) {
        follow_pass_over();
    }
    if (now.step < follow_trace.dids && strcmp(follow_trace.did[now.step], what) == 0 &&
        (now.asked == follow_trace.tooks || now.step < follow_trace.took[now.asked].to)) {
        now.step++;
    } else {
        now.lost_track = true;
    }
    follow_check();
}

/* The board accepted a request: it has to be the next one, and while it was being asked for. */
static void follow_took(const char *what)
{
    follow_read();
    const struct follow_request *next = &follow_trace.took[now.asked];
    if (now.asked < follow_trace.tooks && strcmp(next->what, what) == 0 && next->from <= now.step &&
        now.step <= next->to) {
        now.asked++;
    } else {
        now.lost_track = true;
    }
    follow_check();
}
