/* SPDX-License-Identifier: MIT
 * Intel HEX files. */
#include <inttypes.h>
#include <string.h>

#include "core/bytes.h"
#include "image/formats.h"
#include "image/records.h"

enum hex_type {
    HEX_DATA = 0,
    HEX_END = 1,
    HEX_SEGMENT = 2,
    HEX_START_SEGMENT = 3,
    HEX_LINEAR = 4,
    HEX_START_LINEAR = 5,
    HEX_TYPE_COUNT = 6,
};

enum {
    HEADER_BYTES = 4, /* length, address (big endian), type */
    SEGMENT_BYTES = 0x10000,
    LINE_DATA_BYTES = 16,
    LINE_BYTES_MAX = 1 + 2 * (HEADER_BYTES + LINE_DATA_BYTES + 1) + 1,
    ANY_LENGTH = -1,
};

/* How many bytes a record of each type must have. */
static const int lengths[HEX_TYPE_COUNT] = {
    [HEX_DATA] = ANY_LENGTH, [HEX_END] = 0,    [HEX_SEGMENT] = 2,
    [HEX_START_SEGMENT] = 4, [HEX_LINEAR] = 2, [HEX_START_LINEAR] = 4,
};

struct hex {
    struct record_reader reader;
    struct dfk_image *image;
    struct dfk_error *err;
    uint32_t base;
    bool linear; /* the base came with record type 04: addresses carry into the next 64 KiB */
    bool ended;
};

/* One record; data lies in the reader's store. */
struct record {
    size_t offset; /* of its ':' */
    uint8_t length, type;
    uint16_t addr;
    uint8_t *data;
};

bool hex_matches(const struct image_source *source)
{
    return record_matches(source, ':') || record_matches_but_for_mark(source);
}

/* ---- reading ------------------------------------------------------------------------------- */

static int check_record(const struct hex *hex, const struct record *record, uint8_t sum,
                        uint8_t stored)
{
    const struct image_source *source = hex->reader.source;
    if (sum != 0) {
        return image_refuse(source, hex->reader.at - 2, hex->err,
                            "checksum 0x%02X, the record has 0x%02X", stored,
                            (uint8_t)(stored - sum));
    }
    if (record->type >= HEX_TYPE_COUNT) {
        return image_refuse(source, record->offset + 7, hex->err,
                            "record type 0x%02X, wanted 00 to 05", record->type);
    }
    int wanted = lengths[record->type];
    if (wanted != ANY_LENGTH && wanted != record->length) {
        return image_refuse(source, record->offset + 1, hex->err,
                            "a record of type %02X with %u bytes, wanted %d", record->type,
                            record->length, wanted);
    }
    return record_end(&hex->reader, hex->err);
}

static int read_record(struct hex *hex, struct record *record)
{
    struct record_reader *reader = &hex->reader;
    uint8_t header[HEADER_BYTES], sum = 0, stored = 0;
    record->offset = reader->at;
    if (reader->source->data[reader->at] != ':') {
        return image_refuse(reader->source, reader->at, hex->err,
                            "character 0x%02X, wanted ':' at the start of a record",
                            reader->source->data[reader->at]);
    }
    reader->at++;
    int result = record_bytes(reader, HEADER_BYTES, header, &sum, hex->err);
    if (result != 0) {
        return result;
    }
    record->length = header[0];
    record->addr = get_be16(header + 1);
    record->type = header[3];
    record->data = reader->store + reader->used;
    result = record_bytes(reader, record->length, record->data, &sum, hex->err);
    if (result == 0) {
        result = record_bytes(reader, 1, &stored, &sum, hex->err);
    }
    return result == 0 ? check_record(hex, record, sum, stored) : result;
}

/* In a segment, addresses wrap at 64 KiB; with a linear base they go on. */
static int add_data(struct hex *hex, const struct record *record)
{
    struct dfk_segment part = {0, hex->base + record->addr, record->length, record->data};
    hex->reader.used += record->length;
    uint32_t room = (uint32_t)SEGMENT_BYTES - record->addr;
    if (hex->linear || record->length <= room) {
        return image_add(hex->image, &part, record->offset, hex->err);
    }
    image_warn(
        hex->image, "hex-wrap", record->offset,
        "the record at 0x%04X wraps round to the start of its 64 KiB segment at 0x%08" PRIX32,
        record->addr, hex->base);
    part.length = room;
    int result = image_add(hex->image, &part, record->offset, hex->err);
    struct dfk_segment rest = {0, hex->base, record->length - room, record->data + room};
    return result == 0 ? image_add(hex->image, &rest, record->offset, hex->err) : result;
}

static int apply(struct hex *hex, const struct record *record)
{
    switch ((enum hex_type)record->type) {
    case HEX_DATA: return add_data(hex, record);
    case HEX_END: hex->ended = true; return 0;
    case HEX_SEGMENT:
        hex->base = (uint32_t)get_be16(record->data) << 4;
        hex->linear = false;
        return 0;
    case HEX_LINEAR:
        hex->base = (uint32_t)get_be16(record->data) << 16;
        hex->linear = true;
        return 0;
    case HEX_START_LINEAR: image_info(hex->image)->entry = get_be32(record->data); return 0;
    case HEX_START_SEGMENT: /* a register pair of the 8086 */
    case HEX_TYPE_COUNT: return 0;
    }
    return 0;
}

int hex_read(const struct image_source *source, struct dfk_image *image, struct dfk_error *err)
{
    struct hex hex = {.image = image, .err = err};
    int result = record_begin(&hex.reader, source, image, err);
    while (result == 0 && !hex.ended && record_next_line(&hex.reader)) {
        struct record record = {0};
        result = read_record(&hex, &record);
        result = result == 0 ? apply(&hex, &record) : result;
    }
    if (result == 0 && !hex.ended) {
        result = image_refuse(source, source->length, err,
                              "the end record (type 01) is missing: the file is cut off");
    }
    if (result == 0 && record_next_line(&hex.reader)) {
        image_warn(image, "hex-after-end", hex.reader.at,
                   "%zu bytes after the end record are ignored", source->length - hex.reader.at);
    }
    return result;
}

/* ---- writing ------------------------------------------------------------------------------- */

static char *put_digits(char *at, uint8_t value)
{
    static const char upper[] = "0123456789ABCDEF";
    *at++ = upper[value >> 4];
    *at++ = upper[value & 15];
    return at;
}

static void write_record(struct buffer *out, const struct record *record)
{
    char line[LINE_BYTES_MAX], *at = line;
    uint8_t header[HEADER_BYTES] = {record->length, 0, 0, record->type};
    put_be16(header + 1, record->addr);
    uint8_t sum = 0;
    *at++ = ':';
    for (size_t i = 0; i < HEADER_BYTES; i++) {
        at = put_digits(at, header[i]);
        sum = (uint8_t)(sum + header[i]);
    }
    for (size_t i = 0; i < record->length; i++) {
        at = put_digits(at, record->data[i]);
        sum = (uint8_t)(sum + record->data[i]);
    }
    at = put_digits(at, (uint8_t)-sum);
    *at++ = '\n';
    buffer_append(out, line, (size_t)(at - line));
}

static void write_linear(struct buffer *out, uint16_t upper)
{
    uint8_t bytes[2];
    put_be16(bytes, upper);
    struct record record = {.length = sizeof bytes, .type = HEX_LINEAR, .data = bytes};
    write_record(out, &record);
}

static void write_segment(struct buffer *out, const struct dfk_segment *segment, uint32_t *upper)
{
    uint32_t done = 0;
    while (done < segment->length) {
        uint8_t bytes[LINE_DATA_BYTES];
        uint32_t addr = segment->addr + done;
        uint32_t left = segment->length - done, room = SEGMENT_BYTES - (addr & 0xFFFF);
        uint32_t length = left < LINE_DATA_BYTES ? left : LINE_DATA_BYTES;
        length = length < room ? length : room;
        if (addr >> 16 != *upper) {
            *upper = addr >> 16;
            write_linear(out, (uint16_t)*upper);
        }
        memcpy(bytes, segment->data + done, length);
        struct record record = {0, (uint8_t)length, HEX_DATA, (uint16_t)addr, bytes};
        write_record(out, &record);
        done += length;
    }
}

int hex_write(const struct dfk_image *image, const struct dfk_write_options *options,
              struct buffer *out, struct dfk_error *err)
{
    (void)options;
    const struct dfk_image_info *info = dfk_image_get_info(image);
    int result = image_require_plain_addresses(image, "hex", err);
    if (result != 0) {
        return result;
    }
    uint32_t upper = 0;
    for (size_t i = 0; i < info->segment_count; i++) {
        write_segment(out, dfk_image_get_segment(image, i), &upper);
    }
    if (info->entry != UINT32_MAX) {
        uint8_t bytes[4];
        put_be32(bytes, info->entry);
        struct record start = {.length = 4, .type = HEX_START_LINEAR, .data = bytes};
        write_record(out, &start);
    }
    struct record end = {.type = HEX_END};
    write_record(out, &end);
    return image_written(out, err);
}
