/* SPDX-License-Identifier: MIT
 * What the text formats (Intel HEX, S-record) have in common: lines of hexadecimal digits. */
#include "image/records.h"

#include <string.h>

enum {
    BAD = 0x80,
    LOOKED_AT = 8,        /* characters after the mark that tell a record */
    SHORTEST_DIGITS = 10, /* of an Intel HEX record */
};

/* The value of each character as a digit, plus one; 0: it is none. */
static const uint8_t digits[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
    ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
};

static const char byte_order_mark[] = "\xEF\xBB\xBF";

int record_begin(struct record_reader *reader, const struct image_source *source,
                 struct dfk_image *image, struct dfk_error *err)
{
    *reader = (struct record_reader){.source = source};
    reader->store = image_store(image, source->length / 2, err);
    return reader->store != NULL ? 0 : -DFK_E_NO_MEMORY;
}

static bool is_space(uint8_t character)
{
    return character == '\n' || character == '\r' || character == ' ' || character == '\t';
}

static size_t skip_spaces(const struct image_source *source, size_t at)
{
    if (at == 0 && source->length >= 3 && memcmp(source->data, byte_order_mark, 3) == 0) {
        at = 3;
    }
    while (at < source->length && is_space(source->data[at])) {
        at++;
    }
    return at;
}

bool record_next_line(struct record_reader *reader)
{
    reader->at = skip_spaces(reader->source, reader->at);
    return reader->at < reader->source->length;
}

static int refuse_digit(const struct record_reader *reader, size_t count, struct dfk_error *err)
{
    const struct image_source *source = reader->source;
    size_t at = reader->at;
    while (at < source->length && at < reader->at + 2 * count && digits[source->data[at]] != 0) {
        at++;
    }
    if (at >= source->length || is_space(source->data[at])) {
        return image_refuse(source, at, err, "the record ends too early: %zu digits are missing",
                            reader->at + 2 * count - at);
    }
    return image_refuse(source, at, err, "character 0x%02X is no hexadecimal digit",
                        source->data[at]);
}

int record_bytes(struct record_reader *reader, size_t count, uint8_t *out, uint8_t *sum,
                 struct dfk_error *err)
{
    if ((reader->source->length - reader->at) / 2 < count) {
        return refuse_digit(reader, count, err);
    }
    const uint8_t *text = reader->source->data + reader->at;
    uint8_t total = *sum;
    unsigned bad = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned high = digits[text[2 * i]] - 1u, low = digits[text[2 * i + 1]] - 1u;
        bad |= high | low;
        out[i] = (uint8_t)(high << 4 | low);
        total = (uint8_t)(total + out[i]);
    }
    if ((bad & BAD) != 0) {
        return refuse_digit(reader, count, err);
    }
    *sum = total;
    reader->at += 2 * count;
    return 0;
}

int record_end(const struct record_reader *reader, struct dfk_error *err)
{
    const struct image_source *source = reader->source;
    size_t at = reader->at;
    while (at < source->length && (source->data[at] == ' ' || source->data[at] == '\t')) {
        at++;
    }
    if (at == source->length || is_space(source->data[at])) {
        return 0;
    }
    return image_refuse(source, at, err, "character 0x%02X after the end of the record",
                        source->data[at]);
}

bool record_matches(const struct image_source *source, char mark)
{
    size_t at = skip_spaces(source, 0);
    if (at >= source->length || source->data[at] != (uint8_t)mark) {
        return false;
    }
    size_t looked = 0, wrong = 0;
    for (at++; at < source->length && looked < LOOKED_AT && !is_space(source->data[at]); at++) {
        wrong += digits[source->data[at]] == 0;
        looked++;
    }
    return wrong <= 1 && (looked > wrong || at == source->length);
}

bool record_matches_but_for_mark(const struct image_source *source)
{
    size_t at = skip_spaces(source, 0) + 1;
    size_t first = at;
    while (at < source->length && digits[source->data[at]] != 0) {
        at++;
    }
    return at < source->length && is_space(source->data[at]) && at - first >= SHORTEST_DIGITS &&
           (at - first) % 2 == 0;
}
