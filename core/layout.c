/* SPDX-License-Identifier: MIT
 * Reading the memory-layout string of DfuSe interfaces. */
#include "core/layout.h"

/* Where the parser stands. */
struct reader {
    const char *text;
    size_t length, at;
};

static bool take(struct reader *r, char wanted)
{
    bool here = r->at < r->length && r->text[r->at] == wanted;
    r->at += here ? 1 : 0;
    return here;
}

static void skip_blanks(struct reader *r)
{
    while (take(r, ' ')) {
    }
}

static int digit_value(char letter, uint32_t base)
{
    int value = letter >= '0' && letter <= '9'   ? letter - '0'
                : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10
                : letter >= 'A' && letter <= 'F' ? letter - 'A' + 10
                                                 : -1;
    return value >= 0 && (uint32_t)value < base ? value : -1;
}

/* At least one digit, and no more than fits 32 bits. */
static bool take_number(struct reader *r, uint32_t base, uint32_t *out)
{
    uint64_t value = 0;
    size_t start = r->at;
    while (r->at < r->length && digit_value(r->text[r->at], base) >= 0) {
        value = value * base + (uint32_t)digit_value(r->text[r->at], base);
        if (value > UINT32_MAX) {
            r->at = start;
            return false;
        }
        r->at++;
    }
    *out = (uint32_t)value;
    return r->at > start;
}

static bool take_access(struct reader *r, uint8_t *access)
{
    char letter = r->at < r->length ? r->text[r->at] : '\0';
    if (letter < 'a' || letter > 'g') {
        return false;
    }
    *access = (uint8_t)(letter & 7);
    r->at++;
    return true;
}

/* 'K', 'M', 'B', a blank, or nothing when the type letter follows at once. */
static uint64_t take_unit(struct reader *r)
{
    if (take(r, 'K')) {
        return 1024;
    }
    if (take(r, 'M')) {
        return 1048576;
    }
    (void)(take(r, 'B') || take(r, ' '));
    return 1;
}

/* COUNT*SIZE[UNIT]TYPE. On failure the reader stands at the first byte that was wrong. */
static bool take_run(struct reader *r, struct layout_run *run)
{
    uint32_t size;
    if (!take_number(r, 10, &run->count) || !take(r, '*') || !take_number(r, 10, &size)) {
        return false;
    }
    size_t unit_at = r->at;
    uint64_t bytes = size * take_unit(r);
    if (!take_access(r, &run->access)) {
        return false;
    }
    if (bytes > UINT32_MAX) {
        r->at = unit_at;
        return false;
    }
    run->sector_bytes = (uint32_t)bytes;
    return true;
}

/* Puts a run behind the others. Empty runs and runs without room count as damage, not as the end.
 */
static bool keep_run(struct layout *out, struct layout_run *run, uint64_t *next, bool *clean)
{
    uint64_t bytes = (uint64_t)run->count * run->sector_bytes;
    if (bytes > UINT32_MAX || *next + bytes > (uint64_t)UINT32_MAX + 1) {
        return false;
    }
    if (bytes == 0 || out->run_count == LAYOUT_RUNS_MAX) {
        *clean = false;
        *next += bytes;
        return true;
    }
    run->addr = (uint32_t)*next;
    out->runs[out->run_count++] = *run;
    *next += bytes;
    return true;
}

/* 0xADDR/RUN[,RUN...]. Returns false at damage, with the reader at the first wrong byte. */
static bool take_group(struct reader *r, struct layout *out, bool *clean, size_t *bad_at)
{
    uint32_t start;
    if (!take(r, '0') || !take(r, 'x') || !take_number(r, 16, &start) || !take(r, '/')) {
        return false;
    }
    uint64_t next = start;
    bool more = true;
    while (more) {
        struct layout_run run = {0, 0, 0, 0};
        skip_blanks(r);
        size_t run_at = r->at;
        bool was_clean = *clean;
        if (!take_run(r, &run)) {
            return false;
        }
        if (!keep_run(out, &run, &next, clean)) {
            r->at = run_at;
            return false;
        }
        *bad_at = was_clean && !*clean ? run_at : *bad_at;
        more = take(r, ',');
    }
    return true;
}

/* '@' and the name up to the first '/'; a longer name is cut. */
static bool take_name(struct reader *r, struct layout *out)
{
    if (!take(r, '@')) {
        return false;
    }
    size_t used = 0;
    while (r->at < r->length && r->text[r->at] != '/') {
        if (used < LAYOUT_NAME_BYTES - 1) {
            out->name[used++] = r->text[r->at];
        }
        r->at++;
    }
    out->name[used] = '\0';
    return r->at < r->length;
}

enum layout_result layout_parse(const char *text, size_t length, struct layout *out, size_t *bad_at)
{
    static const struct layout nothing;
    struct layout found = nothing;
    struct reader r = {text, length, 0};
    size_t first_bad = 0;
    bool clean = true;
    bool good = take_name(&r, &found);
    while (good && r.at < length) {
        good = take(&r, '/') && take_group(&r, &found, &clean, &first_bad);
    }
    if (!good && clean) {
        first_bad = r.at;
    }
    bool usable = found.run_count > 0;
    if (bad_at != NULL && (!good || !clean || !usable)) {
        *bad_at = first_bad;
    }
    if (!usable) {
        return LAYOUT_BAD;
    }
    *out = found;
    return good && clean ? LAYOUT_OK : LAYOUT_TOLERATED;
}
