/* SPDX-License-Identifier: MIT
 * What a board with the bootloader does, put down in the words of the model of its updates. */
#include "tests/models/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/bytes.h"

enum {
    STACK = 0x20010100,
    STACK_TOP_AT = 3,
    ENTRY_AT = 4,
    REST1_SECTORS = 1, /* of the application before it, with one bank */
    BANK1_AT = 0x08100000,
    FILLER = 0x5A, /* what random bytes are masked with: none is blank */
};

uint32_t trace_addr(const struct trace *trace, enum trace_block block)
{
    const struct bench_place *place = trace->bench->place;
    uint32_t rest1 = place->banks == 1 ? place->app + REST1_SECTORS * place->app_sector_bytes
                                       : (uint32_t)BANK1_AT;
    return block == TRACE_START   ? place->app
           : block == TRACE_REST0 ? place->app + TRACE_BLOCK
                                  : rest1;
}

/* nop, and a loop for ever: what the ARM guest is to run. */
static void make_image(const struct trace *trace, struct trace_image *image, uint32_t seed)
{
    static const uint8_t code[] = {0x00, 0xBF, 0x30, 0xBF, 0xFD, 0xE7};
    uint32_t value = seed;
    uint8_t *bytes = image->blocks[0];
    for (uint32_t i = 0; i < sizeof image->blocks; i++) {
        value = value * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(value >> 24) & FILLER;
    }
    memset(image->blocks[TRACE_START] + TRACE_UNIT, 0xFF, TRACE_BLOCK - TRACE_UNIT);
    put_le32(image->blocks[TRACE_START], STACK + 8 * seed);
    put_le32(image->blocks[TRACE_START] + ENTRY_AT, trace_addr(trace, TRACE_REST0) + 1);
    memcpy(image->blocks[TRACE_REST0], code, sizeof code);
}

static bool is_in(uint32_t addr, uint32_t from, uint32_t length)
{
    return addr - from < length;
}

static bool is_zero(const struct mem_operation *operation)
{
    uint32_t at = 0;
    while (at < operation->length && operation->data[at] == 0) {
        at++;
    }
    return at == operation->length;
}

/* What is programmed in the unit that is held back. Bytes come one by one where there is no ECC,
 * but for those that are taken away before an erase. */
static const char *name_start(const struct mem_operation *operation, uint32_t offset)
{
    if (operation->length == 1) {
        return offset > STACK_TOP_AT     ? "commit_entry"
               : offset < STACK_TOP_AT   ? "commit_low"
               : operation->data[0] == 0 ? "spoil"
                                         : "commit_top";
    }
    if (operation->length == TRACE_UNIT) {
        return is_zero(operation) ? "spoil" : "commit_top";
    }
    return is_zero(operation) ? "clear" : "something_at_the_start";
}

/* Gives the operation of the model, NULL for one that it leaves out: the erase of a sector of the
 * slot that holds nothing. */
static const char *name_of(const struct trace *trace, const struct mem_operation *operation)
{
    const struct bench_place *place = trace->bench->place;
    struct mem_flash *flash = board_flash(trace->bench->host.board);
    uint32_t addr = flash->geometry->base + operation->offset;
    uint32_t rest0 = trace_addr(trace, TRACE_REST0), rest1 = trace_addr(trace, TRACE_REST1);
    if (operation->erases) {
        return addr == place->app                          ? "erase0"
               : addr == rest1                             ? "erase1"
               : addr == place->drive                      ? "erase_drive"
               : is_in(addr, place->app, place->app_bytes) ? NULL
                                                           : "another_erase";
    }
    return is_in(addr, place->app, TRACE_UNIT) ? name_start(operation, addr - place->app)
           : is_in(addr, rest0, TRACE_BLOCK)   ? "write0"
           : is_in(addr, rest1, TRACE_BLOCK)   ? "write1"
           : is_in(addr, place->drive, place->drive_bytes) ? "write_drive"
                                                           : "another_write";
}

/* The units of one block are one operation of the model; they come in order. */
static bool goes_on(const struct trace *trace, const char *name,
                    const struct mem_operation *operation, uint32_t bank)
{
    const char *last = trace->last[bank];
    uint32_t offset = trace->last_offset[bank];
    return name != NULL && last != NULL && !operation->erases && strcmp(name, last) == 0 &&
           operation->offset / TRACE_BLOCK == offset / TRACE_BLOCK && operation->offset > offset;
}

static void begun(void *context, const struct mem_operation *operation)
{
    struct trace *trace = context;
    struct mem_flash *flash = board_flash(trace->bench->host.board);
    const char *name = name_of(trace, operation);
    uint32_t bank = operation->offset / flash->geometry->bank_bytes;
    bool more = goes_on(trace, name, operation, bank);
    trace->last[bank] = name;
    trace->last_offset[bank] = operation->offset;
    if (name == NULL) {
        return;
    }
    if (more) {
        size_t at = trace->span_count;
        while (strcmp(trace->spans[at - 1].name, name) != 0) {
            at--;
        }
        trace->spans[at - 1].last = flash->operation_count;
    } else {
        trace_add(trace, name, TRACE_DID);
        trace->spans[trace->span_count++] =
            (struct trace_span){name, flash->operation_count, flash->operation_count};
    }
}

void trace_open(struct trace *trace, struct bench *bench)
{
    memset(trace, 0, sizeof *trace);
    trace->bench = bench;
    make_image(trace, &trace->old, 1);
    make_image(trace, &trace->fresh, 2);
}

/* What an earlier session may have touched is blank again, and the old application is there. */
static void prepare_flash(struct trace *trace)
{
    const struct bench_place *place = trace->bench->place;
    struct board *board = trace->bench->host.board;
    struct mem_flash *flash = board_flash(board);
    flash->watch = (struct mem_watch){0};
    flash->cut = (struct mem_cut){0};
    flash->power_lost = false;
    assert_true(mem_flash_erase(flash, place->drive));
    for (int i = 0; i < TRACE_BLOCKS; i++) {
        assert_true(mem_flash_erase(flash, trace_addr(trace, (enum trace_block)i)));
    }
    for (int i = 0; i < TRACE_BLOCKS; i++) {
        assert_true(board_poke(board, trace_addr(trace, (enum trace_block)i), trace->old.blocks[i],
                               TRACE_BLOCK));
    }
}

void trace_begin(struct trace *trace)
{
    struct mem_flash *flash = board_flash(trace->bench->host.board);
    board_unplug(trace->bench->host.board);
    prepare_flash(trace);
    bench_enter_by_button(trace->bench);
    flash->operation_count = 0;
    flash->watch = (struct mem_watch){.begun = begun, .context = trace};
    memset(trace->last, 0, sizeof trace->last);
    trace->count = trace->span_count = 0;
    trace->running = trace->cut = false;
}

void trace_add(struct trace *trace, const char *what, enum trace_mark mark)
{
    assert_true(trace->count < TRACE_EVENTS_MAX);
    trace->events[trace->count++] = (struct trace_event){what, mark};
}

void trace_forget(struct trace *trace, const char *what)
{
    static const enum trace_mark marks[] = {TRACE_ANSWERED, TRACE_ASKED};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        size_t at = trace->count - 1;
        while (trace->events[at].mark != marks[i] || strcmp(trace->events[at].what, what) != 0) {
            at--;
        }
        trace->count--;
        memmove(&trace->events[at], &trace->events[at + 1],
                (trace->count - at) * sizeof trace->events[0]);
    }
}

static bool holds(const struct trace *trace, const struct trace_image *image, uint32_t last_bytes)
{
    struct mem_flash *flash = board_flash(trace->bench->host.board);
    bool good = true;
    for (int i = 0; i < TRACE_BLOCKS; i++) {
        uint32_t addr = trace_addr(trace, (enum trace_block)i);
        uint32_t length = i == TRACE_REST1 ? last_bytes : (uint32_t)TRACE_BLOCK;
        good = good && bench_holds(trace->bench, addr, image->blocks[i], length) &&
               !mem_flash_find_bad(flash, addr, length, NULL);
    }
    return good;
}

static const char *name_application(const struct trace *trace)
{
    return holds(trace, &trace->old, TRACE_BLOCK)     ? "starts_old"
           : holds(trace, &trace->fresh, TRACE_SHORT) ? "starts_new"
                                                      : "starts_a_part";
}

bool trace_look(struct trace *trace)
{
    if (!trace->cut && board_flash(trace->bench->host.board)->power_lost) {
        trace->cut = true;
        trace_add(trace, "cut", TRACE_DID);
    } else if (!trace->cut && !trace->running && dfu_host_started(&trace->bench->host)) {
        trace->running = true;
        trace_add(trace, name_application(trace), TRACE_DID);
    }
    return !trace->cut && !trace->running;
}

void trace_power_on(struct trace *trace)
{
    board_flash(trace->bench->host.board)->cut = (struct mem_cut){0};
    bool dfu = dfu_host_power_on(&trace->bench->host, BENCH_UP_MS);
    memset(trace->last, 0, sizeof trace->last);
    trace->cut = trace->running = false;
    if (dfu) {
        trace_add(trace, "dfu_mode", TRACE_DID);
    } else if (trace_look(trace)) {
        trace_add(trace, "hangs", TRACE_DID);
    }
}

void trace_print(const struct trace *trace, const char *name)
{
    static const char *const marks[] = {
        [TRACE_DID] = "", [TRACE_ASKED] = "?", [TRACE_ANSWERED] = "!"};
    printf("# trace %s:", name);
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_event *event = &trace->events[i];
        bool at_once = event->mark == TRACE_ASKED && i + 1 < trace->count &&
                       trace->events[i + 1].mark == TRACE_ANSWERED;
        if (!at_once) {
            printf(" %s%s", marks[event->mark], event->what);
        }
    }
    printf("\n");
}
