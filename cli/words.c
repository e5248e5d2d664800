/* SPDX-License-Identifier: MIT
 * A growing text: what help, man page and completion are composed in.
 */
#include "cli/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_COLUMNS = 78 };

static bool make_room(struct words *words, size_t length)
{
    char *grown = words->failed ? NULL : realloc(words->text, words->length + length + 1);
    if (grown == NULL) {
        words->failed = true;
        return false;
    }
    words->text = grown;
    return true;
}

void words_add(struct words *words, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    if (length >= 0 && make_room(words, (size_t)length)) {
        (void)vsnprintf(words->text + words->length, (size_t)length + 1, format, again);
        words->length += (size_t)length;
    }
    va_end(again);
    va_end(args);
}

static unsigned column_now(const struct words *words)
{
    size_t at = words->length;
    while (at > 0 && words->text[at - 1] != '\n') {
        at--;
    }
    return (unsigned)(words->length - at);
}

void words_add_column(struct words *words, unsigned column)
{
    unsigned now = column_now(words);
    if (now > 0 && now + 1 > column) {
        words_add(words, "\n");
        now = 0;
    }
    words_add(words, "%*s", (int)(column - now), "");
}

void words_add_wrapped(struct words *words, unsigned indent, const char *text)
{
    bool first = true;
    words_add_column(words, indent);
    while (*text != '\0') {
        size_t length = strcspn(text, " ");
        if (!first && column_now(words) + 1 + length > LINE_COLUMNS) {
            words_add(words, "\n%*s", (int)indent, "");
            first = true;
        }
        words_add(words, "%s%.*s", first ? "" : " ", (int)length, text);
        first = false;
        text += length;
        text += strspn(text, " ");
    }
    words_add(words, "\n");
}

void words_free(struct words *words)
{
    free(words->text);
    *words = (struct words){0};
}
