/* SPDX-License-Identifier: MIT
 * Errors are filled once, where they are known. */
#include "base/fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NAME_ROW(id, name, exit_code, next, sentence)     [DFK_E_##id] = name,
#define EXIT_ROW(id, name, exit_code, next, sentence)     [DFK_E_##id] = exit_code,
#define NEXT_ROW(id, name, exit_code, next, sentence)     [DFK_E_##id] = next,
#define SENTENCE_ROW(id, name, exit_code, next, sentence) [DFK_E_##id] = sentence,

static const char *const names[] = {[DFK_OK] = "ok", DFK_ERROR_TABLE(NAME_ROW)};
static const int exit_codes[] = {[DFK_OK] = 0, DFK_ERROR_TABLE(EXIT_ROW)};
static const char *const nexts[] = {[DFK_OK] = "", DFK_ERROR_TABLE(NEXT_ROW)};
static const char *const sentences[] = {[DFK_OK] = "All went well.", DFK_ERROR_TABLE(SENTENCE_ROW)};

static unsigned row(enum dfk_code code)
{
    return (unsigned)code < DFK_CODE_COUNT ? (unsigned)code : DFK_E_INTERNAL;
}

const char *dfk_error_name(enum dfk_code code)
{
    return names[row(code)];
}

int dfk_error_exit_code(enum dfk_code code)
{
    return exit_codes[row(code)];
}

const char *dfk_error_next(enum dfk_code code)
{
    return nexts[row(code)];
}

const char *dfk_error_sentence(enum dfk_code code)
{
    return sentences[row(code)];
}

const char *dfk_version(void)
{
    return DFUKIT_VERSION;
}

static bool continues_character(char letter)
{
    return ((uint8_t)letter & 0xC0) == 0x80;
}

/* Writes text that shows where it was cut, and is not cut within a UTF-8 sequence. */
static void write_text(char *text, size_t capacity, const char *format, va_list args)
{
    static const char cut[] = "...";
    int length = vsnprintf(text, capacity, format, args);
    if (length < 0 || (size_t)length < capacity) {
        return;
    }
    size_t end = capacity - sizeof cut;
    while (end > 0 && continues_character(text[end])) {
        end--;
    }
    memcpy(text + end, cut, sizeof cut);
}

int dfk_fail(struct dfk_error *err, enum dfk_code code, const char *format, ...)
{
    if (err != NULL && err->code == DFK_OK) {
        va_list args;
        va_start(args, format);
        err->code = code;
        write_text(err->what, sizeof err->what, format, args);
        va_end(args);
        (void)snprintf(err->next, sizeof err->next, "%s", dfk_error_next(code));
    }
    return -(int)code;
}

void dfk_fail_why(struct dfk_error *err, const char *format, ...)
{
    if (err != NULL && err->code != DFK_OK && err->why[0] == '\0') {
        va_list args;
        va_start(args, format);
        write_text(err->why, sizeof err->why, format, args);
        va_end(args);
    }
}

void dfk_fail_next(struct dfk_error *err, const char *format, ...)
{
    if (err != NULL && err->code != DFK_OK && strcmp(err->next, dfk_error_next(err->code)) == 0) {
        va_list args;
        va_start(args, format);
        write_text(err->next, sizeof err->next, format, args);
        va_end(args);
    }
}

void dfk_fail_in_file(struct dfk_error *err, const char *file, uint64_t offset)
{
    if (err == NULL || err->where.kind != DFK_WHERE_NOWHERE) {
        return;
    }
    size_t length = strlen(file);
    size_t room = sizeof err->where.file - 1;
    const char *tail = length > room ? file + (length - room) : file;
    while (tail > file && continues_character(*tail)) {
        tail++;
    }
    err->where.kind = DFK_WHERE_FILE;
    err->where.offset = offset;
    (void)snprintf(err->where.file, sizeof err->where.file, "%s", tail);
}

void dfk_fail_at_addr(struct dfk_error *err, uint32_t addr)
{
    if (err != NULL && err->where.kind == DFK_WHERE_NOWHERE) {
        err->where.kind = DFK_WHERE_ADDRESS;
        err->where.addr = addr;
    }
}

int dfk_fail_copy(struct dfk_error *err, const struct dfk_error *from)
{
    if (err != NULL && err->code == DFK_OK) {
        *err = *from;
    }
    return -(int)from->code;
}
