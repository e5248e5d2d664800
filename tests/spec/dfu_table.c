/* SPDX-License-Identifier: MIT
 * Reading the tables of what DFU 1.1 wants, and of who differs. */
#include "tests/spec/dfu_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX = 512, WORDS_MAX = 20, HEX = 16 };

/* The words of one line. */
struct words {
    char line[LINE_MAX];
    char *at[WORDS_MAX];
    size_t count;
    uint32_t number;
};

struct reader {
    FILE *file;
    const char *name;
    struct words words;
};

static const char *const columns[] = {"DNLOAD",  "DNLOAD0", "UPLOAD",  "UPLOADs", "STATUS",
                                      "STATUSd", "STATE",   "CLRSTAT", "ABORT",   "DETACH",
                                      "POLL",    "OTHER",   "RESET",   "STD",     "FOREIGN"};

static void open_file(struct reader *reader, const char *name)
{
    char path[1024];
    const char *source = getenv("DFUKIT_SOURCE");
    (void)snprintf(path, sizeof path, "%s/tests/spec/%s", source == NULL ? "." : source, name);
    memset(reader, 0, sizeof *reader);
    reader->name = name;
    reader->file = fopen(path, "r");
    if (reader->file == NULL) {
        fail_msg("%s: not there", path);
    }
}

/* The next line with words on it; what follows " # " is for people. Closes the file at its end. */
static bool next_line(struct reader *reader)
{
    struct words *words = &reader->words;
    words->count = 0;
    while (words->count == 0 && fgets(words->line, sizeof words->line, reader->file) != NULL) {
        char *rest = NULL;
        words->number++;
        for (char *word = strtok_r(words->line, " \n", &rest);
             word != NULL && word[0] != '#' && words->count < WORDS_MAX;
             word = strtok_r(NULL, " \n", &rest)) {
            words->at[words->count++] = word;
        }
    }
    if (words->count == 0) {
        (void)fclose(reader->file);
    }
    return words->count > 0;
}

static void require(const struct reader *reader, bool good, const char *what)
{
    if (!good) {
        fail_msg("%s, line %u: %s", reader->name, (unsigned)reader->words.number, what);
    }
}

/* "2", "3-6", "0|10", separated by commas or bars. Returns bits; sets *rest behind it. */
static uint16_t parse_states(const char *text, char **rest)
{
    uint16_t states = 0;
    char *at = NULL;
    for (const char *from = text; at == NULL || *at == ',' || *at == '|'; from = at + 1) {
        unsigned long first = strtoul(from, &at, 10);
        unsigned long last = first;
        if (*at == '-') {
            last = strtoul(at + 1, &at, 10);
        }
        for (unsigned long i = first; i <= last && i < DFU_STATE_COUNT; i++) {
            states = (uint16_t)(states | 1u << i);
        }
    }
    *rest = at;
    return states;
}

/* "[!]STATES[/STATUS]", "[!]=[/STATUS]", "gone", "sent". Returns false when it is none. */
static bool parse_cell(const char *text, struct table_cell *cell, bool *own)
{
    char *rest = NULL;
    *cell = (struct table_cell){.stall = text[0] == '!', .status = -1};
    const char *at = text + (cell->stall ? 1 : 0);
    *own = at[0] == '=';
    if (strcmp(text, "gone") == 0 || strcmp(text, "sent") == 0) {
        cell->states = text[0] == 'g' ? TABLE_OFF_BUS : 0;
        return true;
    }
    cell->states = *own ? 0 : parse_states(at, &rest);
    const char *end = *own ? at + 1 : rest;
    if (*end == '/') {
        cell->status = end[1] == '*' ? -2 : (int16_t)strtol(end + 1, &rest, 10);
        end = end[1] == '*' ? end + 2 : rest;
    }
    return *end == '\0' && (*own || cell->states != 0);
}

static void read_states(struct dfu_table *table)
{
    struct reader reader;
    unsigned rows = 0;
    bool own = false;
    for (open_file(&reader, "dfu11_states.txt"); next_line(&reader); rows++) {
        const struct words *words = &reader.words;
        unsigned long state = strtoul(words->at[0], NULL, 10);
        require(&reader, words->count == TABLE_COLUMNS + 1 && state < DFU_STATE_COUNT, "columns");
        for (size_t i = 0; i < TABLE_COLUMNS; i++) {
            require(&reader, parse_cell(words->at[i + 1], &table->cells[state][i], &own), "cell");
        }
    }
    assert_int_equal(rows, DFU_STATE_COUNT);
}

static uint8_t find_column(const struct reader *reader, const char *name)
{
    uint8_t column = 0;
    while (column < TABLE_COLUMNS && strcmp(columns[column], name) != 0) {
        column++;
    }
    require(reader, column < TABLE_COLUMNS, "no such column");
    return column;
}

static void read_requests(struct dfu_table *table)
{
    enum { NAME, TYPE, REQUEST, VALUE, INDEX, LENGTH, EVENT, DATA, WORDS };
    struct reader reader;
    for (open_file(&reader, "dfu_requests.txt"); next_line(&reader); table->request_count++) {
        char *const *at = reader.words.at;
        require(&reader, reader.words.count == WORDS, "columns");
        require(&reader, table->request_count < TABLE_REQUESTS_MAX, "too many");
        struct table_request *to = &table->requests[table->request_count];
        (void)snprintf(to->name, sizeof to->name, "%s", at[NAME]);
        to->on_wire = at[TYPE][0] != '-';
        to->relative = at[LENGTH][0] == 'T';
        to->address = strcmp(at[DATA], "app") == 0;
        to->data = (uint8_t)strtoul(at[DATA], NULL, HEX);
        to->event = find_column(&reader, at[EVENT]);
        to->setup.request_type = (uint8_t)strtoul(at[TYPE], NULL, HEX);
        to->setup.request = (uint8_t)strtoul(at[REQUEST], NULL, HEX);
        to->setup.value = (uint16_t)strtoul(at[VALUE], NULL, 10);
        to->setup.index = (uint16_t)strtoul(at[INDEX], NULL, 10);
        to->setup.length = (uint16_t)strtol(at[LENGTH] + (to->relative ? 1 : 0), NULL, 10);
    }
}

/* "reason NAME TEXT" explains; "PARTIES STATES REQUESTS CELL REASON" differs;
 * "PARTIES STATES unreached REASON" is never there. */
static void read_differences(struct dfu_table *table, const char *party)
{
    struct reader reader;
    for (open_file(&reader, "dfu_differences.txt"); next_line(&reader);) {
        char *const *at = reader.words.at;
        char *rest = NULL;
        if (strcmp(at[0], "reason") == 0) {
            require(&reader, reader.words.count > 4, "a reason says why");
            require(&reader, table->reason_count < TABLE_RULES_MAX, "too many");
            (void)snprintf(table->reasons[table->reason_count++], TABLE_NAME_MAX, "%s", at[1]);
            continue;
        }
        bool unreached = reader.words.count == 4 && strcmp(at[2], "unreached") == 0;
        require(&reader, unreached || reader.words.count == 5, "columns");
        require(&reader, table->rule_count < TABLE_RULES_MAX, "too many");
        struct table_rule *to = &table->rules[table->rule_count];
        *to = (struct table_rule){.unreached = unreached, .line = reader.words.number};
        to->states = parse_states(at[1], &rest);
        require(&reader, *rest == '\0', "states");
        (void)snprintf(to->requests, sizeof to->requests, "%s", at[2]);
        (void)snprintf(to->reason, sizeof to->reason, "%s", at[unreached ? 3 : 4]);
        require(&reader, unreached || parse_cell(at[3], &to->cell, &to->own_state), "cell");
        table->rule_count += dfu_table_matches(at[0], party) ? 1 : 0;
    }
}

bool dfu_table_matches(const char *patterns, const char *word)
{
    char copy[TABLE_GLOB_MAX];
    char *rest = NULL;
    bool found = false;
    (void)snprintf(copy, sizeof copy, "%s", patterns);
    for (char *at = strtok_r(copy, ",", &rest); at != NULL; at = strtok_r(NULL, ",", &rest)) {
        bool not = at[0] == '^';
        found = not ? found && fnmatch(at + 1, word, 0) != 0 : found || fnmatch(at, word, 0) == 0;
    }
    return found;
}

void dfu_table_open(struct dfu_table *table, const char *party)
{
    memset(table, 0, sizeof *table);
    read_states(table);
    read_requests(table);
    read_differences(table, party);
}

struct table_cell dfu_table_standard(const struct dfu_table *table, uint8_t state,
                                     const struct table_request *request, bool whole)
{
    uint8_t event = request->event;
    bool upload = event == TABLE_UPLOAD_FULL;
    struct table_cell cell = table->cells[state][event + (upload && !whole ? 1 : 0)];
    if (event == TABLE_STATUS_WORKING) {
        uint16_t done = table->cells[state][TABLE_STATUS_DONE].states;
        cell.states = (uint16_t)(cell.states | done);
    }
    return cell;
}

const struct table_rule *dfu_table_difference(struct dfu_table *table, uint8_t state,
                                              const struct table_request *request)
{
    struct table_rule *found = NULL;
    for (size_t i = 0; i < table->rule_count; i++) {
        struct table_rule *rule = &table->rules[i];
        if (!rule->unreached && (rule->states >> state & 1) != 0 &&
            dfu_table_matches(rule->requests, request->name)) {
            found = rule;
        }
    }
    if (found != NULL) {
        found->used = (uint16_t)(found->used | 1u << state);
    }
    return found;
}

bool dfu_table_unreached(struct dfu_table *table, uint8_t state)
{
    bool listed = false;
    for (size_t i = 0; i < table->rule_count; i++) {
        struct table_rule *rule = &table->rules[i];
        if (rule->unreached && (rule->states >> state & 1) != 0) {
            rule->used = (uint16_t)(rule->used | 1u << state);
            listed = true;
        }
    }
    return listed;
}

static bool is_explained(const struct dfu_table *table, const char *reason)
{
    bool found = false;
    for (size_t i = 0; i < table->reason_count; i++) {
        found = found || strcmp(table->reasons[i], reason) == 0;
    }
    return found;
}

void dfu_table_check_used(const struct dfu_table *table)
{
    for (size_t i = 0; i < table->rule_count; i++) {
        const struct table_rule *rule = &table->rules[i];
        if (rule->used != rule->states) {
            fail_msg("dfu_differences.txt, line %u: does not occur in states %03X",
                     (unsigned)rule->line, (unsigned)(rule->states & ~rule->used));
        }
        if (!is_explained(table, rule->reason)) {
            fail_msg("dfu_differences.txt, line %u: no reason is called %s", (unsigned)rule->line,
                     rule->reason);
        }
    }
}
