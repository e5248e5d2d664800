/* SPDX-License-Identifier: MIT
 * Writing the memory-layout string of DfuSe interfaces. */
#include "core/layout.h"

/* Text under construction; full counts the bytes that did not fit. */
struct writer {
    char *text;
    size_t capacity, used;
    bool full;
};

static void put(struct writer *w, char letter)
{
    if (w->used + 1 < w->capacity) {
        w->text[w->used++] = letter;
    } else {
        w->full = true;
    }
}

static void put_number(struct writer *w, uint32_t value, uint32_t base, uint32_t digits)
{
    enum { DIGITS_MAX = 10 };
    char reversed[DIGITS_MAX];
    uint32_t used = 0;
    while (value > 0 || used < digits) {
        reversed[used++] = "0123456789ABCDEF"[value % base];
        value /= base;
    }
    while (used > 0) {
        put(w, reversed[--used]);
    }
}

/* Sizes as ST writes them: three digits, in the largest unit that divides them. */
static void put_size(struct writer *w, uint32_t bytes)
{
    enum { K = 1024, M = 1048576 };
    uint32_t unit = bytes % M == 0 ? M : bytes % K == 0 ? K : 1;
    put_number(w, bytes / unit, 10, 3);
    put(w, unit == M ? 'M' : unit == K ? 'K' : ' ');
}

static void put_run(struct writer *w, const struct layout_run *run, bool new_group)
{
    if (new_group) {
        put(w, '/');
        put(w, '0');
        put(w, 'x');
        put_number(w, run->addr, 16, 8);
    }
    put(w, new_group ? '/' : ',');
    put_number(w, run->count, 10, 2);
    put(w, '*');
    put_size(w, run->sector_bytes);
    put(w, (char)('`' + (run->access & 7)));
}

size_t layout_format(const struct layout *layout, char *text, size_t capacity)
{
    struct writer w = {text, capacity, 0, false};
    put(&w, '@');
    for (size_t i = 0; i < LAYOUT_NAME_BYTES && layout->name[i] != '\0'; i++) {
        put(&w, layout->name[i]);
    }
    uint64_t next = UINT64_MAX;
    for (size_t i = 0; i < layout->run_count; i++) {
        const struct layout_run *run = &layout->runs[i];
        put_run(&w, run, run->addr != next);
        next = run->addr + (uint64_t)run->sector_bytes * run->count;
    }
    if (capacity > 0) {
        w.used = w.full ? 0 : w.used;
        text[w.used] = '\0';
    }
    return w.full ? 0 : w.used;
}
