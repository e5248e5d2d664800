/* SPDX-License-Identifier: MIT
 * Plays sessions of hosts at a board with the bootloader, and prints each as a trace of the model.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/models/hosts.h"

#define WHOLE UINT32_MAX

enum {
    LATER_MS = 40, /* when the next host comes: some operations are over, others not */
    NAME_MAX = 120,
    KINDS = 6, /* of power cuts of one operation of the model */
};

/* What the bus does after the first host. */
enum between { NOTHING, LATER, BUS_RESET, SUSPEND, BETWEEN_COUNT };

/* A first host, as far as it comes; then another one, or silence. */
struct session {
    const struct host *first, *second; /* second NULL: none */
    uint32_t requests;
    enum between between;
    struct mem_cut cut;
};

/* Every so many sessions one is played. */
struct share {
    struct trace *trace;
    uint64_t step, seen, played;
};

static uint64_t amount; /* from the command line, before the test */

static void name_session(const struct session *session, char *name)
{
    static const char *const betweens[] = {"nothing", "later", "bus_reset", "suspend"};
    static const char *const cuts[] = {"none", "before", "low", "high", "random", "after"};
    int length = snprintf(name, NAME_MAX, "%s", session->first->name);
    if (session->cut.kind != MEM_CUT_NONE) {
        length += snprintf(name + length, NAME_MAX - (size_t)length, ",cut=%" PRIu64 "/%s/%" PRIu64,
                           session->cut.at_operation, cuts[session->cut.kind], session->cut.seed);
    } else {
        length +=
            snprintf(name + length, NAME_MAX - (size_t)length, ",%s", betweens[session->between]);
    }
    if (session->requests != WHOLE) {
        length += snprintf(name + length, NAME_MAX - (size_t)length, ",requests=%" PRIu32,
                           session->requests);
    }
    (void)snprintf(name + length, NAME_MAX - (size_t)length, ",%s",
                   session->second == NULL ? "quiet" : session->second->name);
}

static void pass(struct trace *trace, enum between between)
{
    switch (between) {
    case LATER: (void)host_wait(trace, LATER_MS); break;
    case BUS_RESET: host_reset_bus(trace); break;
    case SUSPEND: host_suspend(trace); break;
    default: break;
    }
}

/* Nobody does anything any more: the board starts its application, or it stays as it is. */
static void be_quiet(struct trace *trace)
{
    if (!trace->running && host_be_quiet(trace)) {
        trace_add(trace, "stays", TRACE_DID);
    }
}

static void play(struct trace *trace, const struct session *session)
{
    trace_begin(trace);
    struct mem_flash *flash = board_flash(trace->bench->host.board);
    flash->cut = session->cut;
    (void)host_run(trace, session->first, session->requests);
    if (session->cut.kind == MEM_CUT_NONE) {
        if (trace_look(trace)) {
            pass(trace, session->between);
        }
    } else if (host_be_quiet(trace) || !trace->cut) {
        fail_msg("%s: operation %" PRIu64 " was not reached", session->first->name,
                 session->cut.at_operation);
    } else {
        trace_power_on(trace);
    }
    if (session->second != NULL) {
        (void)host_run(trace, session->second, WHOLE);
    }
    be_quiet(trace);
}

static void offer(struct share *share, const struct session *session)
{
    char name[NAME_MAX];
    if (share->seen++ % share->step == 0) {
        share->played++;
        play(share->trace, session);
        name_session(session, name);
        trace_print(share->trace, name);
    }
}

static uint32_t count_requests(const struct host *host)
{
    uint32_t count = 1;
    for (const char *at = strchr(host->requests, ' '); at != NULL; at = strchr(at + 1, ' ')) {
        count++;
    }
    return count;
}

/* Everything that may come after the first host's requests, and every other host then, or nobody.
 */
static void play_after(struct share *share, struct session *session)
{
    uint32_t banks = share->trace->bench->place->banks;
    for (int between = NOTHING; between < BETWEEN_COUNT; between++) {
        session->between = (enum between)between;
        session->second = NULL;
        offer(share, session);
        for (size_t n = 0; (session->second = host_at(banks, n)) != NULL; n++) {
            offer(share, session);
        }
    }
}

/* Every host, given up after every request. */
static void play_hosts(struct share *share)
{
    uint32_t banks = share->trace->bench->place->banks;
    struct session session = {0};
    for (size_t i = 0; (session.first = host_at(banks, i)) != NULL; i++) {
        uint32_t count = count_requests(session.first);
        for (session.requests = 1; session.requests <= count; session.requests++) {
            play_after(share, &session);
        }
    }
}

/* The power cut in one operation of the model: before it, at its first unit, in its middle, at its
 * last unit, after it. */
static void play_cuts_of(struct share *share, struct session *session, struct trace_span span)
{
    uint64_t middle = span.first + (span.last - span.first) / 2;
    const struct mem_cut cuts[KINDS] = {
        {span.first, MEM_CUT_BEFORE, 0},   {span.first, MEM_CUT_RANDOM, share->seen},
        {middle, MEM_CUT_LOW_HALF, 0},     {middle, MEM_CUT_RANDOM, share->seen + 1},
        {span.last, MEM_CUT_HIGH_HALF, 0}, {span.last, MEM_CUT_AFTER, 0}};
    uint32_t banks = share->trace->bench->place->banks;
    for (size_t i = 0; i < KINDS; i++) {
        session->cut = cuts[i];
        session->second = NULL;
        offer(share, session);
        for (size_t n = 0; (session->second = host_at(banks, n)) != NULL; n++) {
            offer(share, session);
        }
    }
}

static void play_cuts(struct share *share)
{
    struct session session = {.requests = WHOLE};
    struct trace_span spans[TRACE_EVENTS_MAX];
    uint32_t banks = share->trace->bench->place->banks;
    for (size_t i = 0; (session.first = host_at(banks, i)) != NULL; i++) {
        session.cut = (struct mem_cut){0};
        session.second = NULL;
        play(share->trace, &session);
        size_t count = share->trace->span_count;
        memcpy(spans, share->trace->spans, count * sizeof spans[0]);
        for (size_t n = 0; n < count; n++) {
            play_cuts_of(share, &session, spans[n]);
        }
    }
}

static void sessions_as_traces(void **state)
{
    struct trace *trace = calloc(1, sizeof *trace);
    assert_non_null(trace);
    trace_open(trace, *state);
    struct share all = {.trace = trace, .step = UINT64_MAX, .seen = 1};
    play_hosts(&all);
    play_cuts(&all);
    struct share share = {.trace = trace, .step = amount == 0 ? 1 : 1 + all.seen / amount};
    play_hosts(&share);
    play_cuts(&share);
    printf("# total: recorded=%" PRIu64 "\n", share.played);
    assert_true(share.played > 0);
    free(trace);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {BENCH_TEST(sessions_as_traces)};
    amount = argc == 4 ? strtoull(argv[3], NULL, 10) : 0;
    return bench_choose(argc - 1, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
