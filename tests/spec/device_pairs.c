/* SPDX-License-Identifier: MIT
 * Every state of a device at every request of every class of length, against DFU 1.1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/bytes.h"
#include "tests/spec/dfu_table.h"
#include "tests/spec/parties.h"
#include "twin/rom/plain.h"
#include "twin/rom/rom.h"

enum { DATA_BYTES = 8192, PARTIES_MAX = 32, WORDS_BYTES = 160 };

/* Any of these may be meant when GETSTATE stalls. */
enum { MUTE_STATES = 1u << DFU_DNBUSY | 1u << DFU_MANIFEST | 1u << DFU_MANIFEST_WAIT_RESET };

/* A device and the table that it is held against. */
struct bench_test {
    struct party party;
    struct dfu_table table;
    unsigned pairs, differences, states;
};

/* What was seen of one pair. */
struct seen {
    enum ep0_answer answer;
    uint16_t states; /* one bit; MUTE_STATES; TABLE_OFF_BUS */
    int status;      /* -1: not asked */
    uint16_t length;
    uint8_t data[DATA_BYTES];
};

static struct usb_setup make_setup(const struct party *party, const struct table_request *request)
{
    struct usb_setup setup = request->setup;
    if (request->relative) {
        setup.length = (uint16_t)(setup.length + party->transfer_bytes);
    }
    return setup;
}

/* Makes the request, or what stands for one. */
static void send(struct party *party, const struct table_request *request, struct seen *seen)
{
    const struct usb_setup setup = make_setup(party, request);
    memset(seen, 0, sizeof *seen);
    seen->status = -1;
    if (!request->on_wire) {
        if (request->event == TABLE_RESET) {
            party_reset_bus(party);
        } else {
            dfu_host_run_ms(party->host, party->poll_ms + 1);
        }
        return;
    }
    memset(seen->data, request->data, setup.length);
    if (request->address) {
        seen->data[0] = DFUSE_SET_ADDRESS;
        put_le32(seen->data + 1, party->app);
    }
    seen->answer = dfu_host_control(party->host, &setup, seen->data, &seen->length);
}

/* The answer to GETSTATUS tells the state that follows; else GETSTATE, which changes none. */
static void look(struct party *party, const struct table_request *request, struct seen *seen)
{
    const struct usb_setup setup = {DFU_REQUEST_IN, DFU_GETSTATE, 0, 0, 1};
    uint8_t state = UINT8_MAX;
    bool told = request->event == TABLE_STATUS_WORKING && seen->answer == EP0_ACK &&
                seen->length == DFU_STATUS_BYTES;
    if (told) {
        state = seen->data[4];
        seen->status = seen->data[0];
    } else {
        enum ep0_answer answer = seen->answer == EP0_GONE
                                     ? EP0_GONE
                                     : dfu_host_control(party->host, &setup, &state, NULL);
        bool application = request->event == TABLE_RESET && dfu_host_started(party->host);
        seen->states = answer == EP0_STALL ? MUTE_STATES
                       : application       ? 1u << DFU_APP_IDLE
                                           : TABLE_OFF_BUS;
        if (answer != EP0_ACK) {
            return;
        }
    }
    seen->states = (uint16_t)(1u << state);
    struct dfu_status status;
    if ((state == DFU_ERROR || state == DFU_IDLE) &&
        dfu_host_get_status(party->host, &status) == EP0_ACK) {
        seen->status = status.status;
        seen->states = (uint16_t)(seen->states | 1u << status.state);
    }
}

/* bStatus after a pair. Source    DFU 1.1, appendix A.2 */
static int standard_status(const struct table_cell *cell, const struct seen *seen, uint8_t state,
                           uint8_t status)
{
    bool refused = cell->stall && (cell->states & 1u << DFU_ERROR) != 0;
    bool same = seen->states == 1u << state;
    return same ? status : refused ? DFU_ERR_STALLEDPKT : DFU_OK;
}

static bool agrees(const struct table_cell *cell, int status, const struct seen *seen)
{
    if (cell->states == TABLE_OFF_BUS || seen->states == TABLE_OFF_BUS) {
        return cell->states == seen->states;
    }
    bool mute = seen->states == MUTE_STATES;
    bool known = (seen->states & cell->states) == seen->states ||
                 (mute && (seen->states & cell->states) != 0);
    return known && (seen->answer == EP0_STALL) == cell->stall && seen->answer != EP0_NAK &&
           (seen->status < 0 || status < 0 || seen->status == status);
}

/* What a device sends is as long, and says what, it has to. */
static bool content_is_right(const struct party *party, uint8_t state,
                             const struct table_request *request, const struct seen *seen)
{
    const struct usb_setup setup = make_setup(party, request);
    uint16_t all = request->event == TABLE_STATE ? 1 : DFU_STATUS_BYTES;
    if (seen->answer != EP0_ACK || !request->on_wire || (setup.request_type & USB_DIR_IN) == 0) {
        return true;
    }
    if (request->event == TABLE_STATE || request->event == TABLE_STATUS_WORKING) {
        bool long_enough = seen->length == (setup.length < all ? setup.length : all);
        bool says_state =
            request->event != TABLE_STATE || seen->length == 0 || seen->data[0] == state;
        return long_enough && says_state;
    }
    return seen->length <= setup.length;
}

static void describe(char *text, const struct seen *seen)
{
    uint8_t state = 0;
    while (state < DFU_STATE_COUNT && (seen->states >> state & 1) == 0) {
        state++;
    }
    if (seen->states == TABLE_OFF_BUS) {
        (void)snprintf(text, WORDS_BYTES, "gone");
    } else {
        (void)snprintf(text, WORDS_BYTES, "%s%u/%d%s%s", seen->answer == EP0_STALL ? "!" : "",
                       state, seen->status, seen->states == MUTE_STATES ? " (mute)" : "",
                       seen->answer == EP0_NAK ? " (never answered)" : "");
    }
}

static unsigned complain(const struct bench_test *test, uint8_t state,
                         const struct table_request *request, const struct seen *seen,
                         const char *why)
{
    char text[WORDS_BYTES];
    describe(text, seen);
    print_message("# %s %u %s %s: %s\n", test->party.row->name, state, request->name, text, why);
    return 1;
}

/* Returns the number of complaints, 0 or 1. */
static unsigned check(struct bench_test *test, uint8_t state, const struct table_request *request,
                      uint8_t status)
{
    struct seen seen;
    send(&test->party, request, &seen);
    bool whole = seen.length == make_setup(&test->party, request).length;
    struct table_cell cell = dfu_table_standard(&test->table, state, request, whole);
    const struct table_rule *rule = dfu_table_difference(&test->table, state, request);
    look(&test->party, request, &seen);
    bool standard = agrees(&cell, standard_status(&cell, &seen, state, status), &seen);
    if (!content_is_right(&test->party, state, request, &seen)) {
        return complain(test, state, request, &seen, "wrong data");
    }
    if (rule == NULL) {
        return standard ? 0 : complain(test, state, request, &seen, "not as the standard has it");
    }
    cell = rule->cell;
    cell.states = (uint16_t)(rule->own_state ? 1u << state : cell.states);
    int expected = cell.status == -1 ? standard_status(&cell, &seen, state, status) : cell.status;
    test->differences++;
    return standard ? complain(test, state, request, &seen, "listed as different, and is not")
           : agrees(&cell, expected, &seen)
               ? 0
               : complain(test, state, request, &seen, "not as listed");
}

/* One state. Returns the number of complaints. */
static unsigned check_state(struct bench_test *test, uint8_t state)
{
    unsigned complaints = 0;
    uint8_t status = 0;
    bool listed = dfu_table_unreached(&test->table, state);
    if (party_reach(&test->party, state, &status) == listed) {
        print_message("# %s %u: %s\n", test->party.row->name, state,
                      listed ? "listed as unreached, and is not" : "was not reached");
        return 1;
    }
    for (size_t i = 0; !listed && i < test->table.request_count; i++) {
        (void)party_reach(&test->party, state, &status);
        complaints += check(test, state, &test->table.requests[i], status);
        test->pairs++;
    }
    test->states += listed ? 0 : 1;
    return complaints;
}

static void every_state_at_every_request(void **state)
{
    const struct party_row *row = *state;
    static struct bench_test test; /* too large for the stack */
    unsigned complaints = 0;
    memset(&test, 0, sizeof test);
    dfu_table_open(&test.table, row->name);
    party_open(&test.party, row);
    for (uint8_t number = 0; number < DFU_STATE_COUNT; number++) {
        complaints += check_state(&test, number);
    }
    party_close(&test.party);
    print_message("# total: party=%s states=%u pairs=%u differences=%u complaints=%u\n", row->name,
                  test.states, test.pairs, test.differences, complaints);
    assert_int_equal(complaints, 0);
    dfu_table_check_used(&test.table);
}

/* A device that is added to the twin has to be held against the standard as well. */
static void every_device_of_the_twin_is_a_party(void **state)
{
    (void)state;
    for (uint32_t i = 0; rom_at(i) != NULL; i++) {
        assert_non_null(party_find(rom_at(i)->name));
    }
    for (uint32_t i = 0; plain_at(i) != NULL; i++) {
        assert_non_null(party_find(plain_at(i)->name));
    }
}

/* Adds the parties that a word of the command line names. Returns the new count. */
static size_t add_parties(struct CMUnitTest *tests, size_t count, const char *word)
{
    size_t index = 0;
    for (const struct party_row *row = party_at(0); row != NULL; row = party_at(++index)) {
        if (party_is_called(row, word) && count < PARTIES_MAX) {
            tests[count] =
                (struct CMUnitTest){.name = row->name, .test_func = every_state_at_every_request};
            memcpy(&tests[count++].initial_state, &row, sizeof row);
        }
    }
    return count;
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[PARTIES_MAX] = {cmocka_unit_test(every_device_of_the_twin_is_a_party)};
    size_t count = 1;
    for (int i = 1; i < argc; i++) {
        size_t before = count;
        count = add_parties(tests, count, argv[i]);
        if (count == before) {
            (void)fprintf(stderr, "%s: no such party\n", argv[i]);
            return 2;
        }
    }
    return _cmocka_run_group_tests("device_pairs", tests, count, NULL, NULL);
}
