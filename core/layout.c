/* SPDX-License-Identifier: MIT
 * Reading the memory-layout string of DfuSe interfaces. */
#include "core/layout.h"

/* Where the parser stands, and the first byte that it could not use. */
struct reader {
    const char *text;
    size_t length, at;
    bool damaged;
    size_t bad_at;
    uint32_t sectors; /* of all runs kept so far */
};

static void note_damage(struct reader *r, size_t at)
{
    if (!r->damaged) {
        r->damaged = true;
        r->bad_at = at;
    }
}

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

/* Puts a run at *next. Returns false when it passes the end of the address space or has more
 * sectors than any memory; a run that is empty or finds no room is left out and noted. */
static bool keep_run(struct reader *r, struct layout *out, struct layout_run *run, uint64_t *next)
{
    const uint64_t space = (uint64_t)UINT32_MAX + 1;
    uint64_t bytes = (uint64_t)run->count * run->sector_bytes;
    if (bytes > space || *next + bytes > space || run->count > LAYOUT_SECTORS_MAX - r->sectors) {
        return false;
    }
    if (bytes == 0 || out->run_count == LAYOUT_RUNS_MAX) {
        note_damage(r, r->at);
    } else {
        run->addr = (uint32_t)*next;
        r->sectors += run->count;
        out->runs[out->run_count++] = *run;
    }
    *next += bytes;
    return true;
}

/* 0xADDR/RUN[,RUN...]. Returns false at damage, with the reader at the first wrong byte. */
static bool take_group(struct reader *r, struct layout *out)
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
        if (!take_run(r, &run)) {
            return false;
        }
        size_t end_at = r->at;
        r->at = run_at;
        if (!keep_run(r, out, &run, &next)) {
            return false;
        }
        r->at = end_at;
        more = take(r, ',');
    }
    return true;
}

static bool continues_character(char letter)
{
    return ((uint8_t)letter & 0xC0) == 0x80;
}

/* A name that was cut must not end within a UTF-8 sequence: its last one goes. */
static size_t without_last_sequence(const char *name, size_t used)
{
    size_t start = used;
    while (start > 0 && continues_character(name[start - 1])) {
        start--;
    }
    return start > 0 && ((uint8_t)name[start - 1] & 0x80) != 0 ? start - 1 : used;
}

/* '@' and the name up to the first '/'. */
static bool take_name(struct reader *r, struct layout *out)
{
    if (!take(r, '@')) {
        return false;
    }
    size_t used = 0;
    size_t start = r->at;
    while (r->at < r->length && r->text[r->at] != '/') {
        uint8_t letter = (uint8_t)r->text[r->at++];
        if (used < LAYOUT_NAME_BYTES - 1) {
            out->name[used++] = (char)(letter < ' ' || letter == 0x7F ? '?' : letter);
        }
    }
    if (r->at - start > used) {
        used = without_last_sequence(out->name, used);
    }
    out->name[used] = '\0';
    return r->at < r->length;
}

/* A group has an address of its own, so that one behind damage is as good as one before it. */
static void take_groups(struct reader *r, struct layout *out)
{
    while (r->at < r->length) {
        if (take(r, '/') && take_group(r, out)) {
            continue;
        }
        note_damage(r, r->at);
        while (r->at < r->length && r->text[r->at] != '/') {
            r->at++;
        }
    }
}

enum layout_result layout_parse(const char *text, size_t length, struct layout *out, size_t *bad_at)
{
    static const struct layout nothing;
    struct layout found = nothing;
    struct reader r = {text, length, 0, false, 0, 0};
    if (take_name(&r, &found)) {
        take_groups(&r, &found);
    } else {
        note_damage(&r, r.at);
    }
    if (bad_at != NULL && r.damaged) {
        *bad_at = r.bad_at;
    }
    if (found.run_count == 0) {
        return LAYOUT_BAD;
    }
    *out = found;
    return r.damaged ? LAYOUT_TOLERATED : LAYOUT_OK;
}
