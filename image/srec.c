/* SPDX-License-Identifier: MIT
 * Motorola S-record files. */
#include <inttypes.h>

#include "core/bytes.h"
#include "image/formats.h"
#include "image/records.h"

enum { COUNT_BYTES = 1, SUM_BYTES = 1, TYPE_COUNT = 10, ADDR_BYTES_MAX = 4 };

enum srec_kind { SREC_HEADER, SREC_DATA, SREC_RESERVED, SREC_COUNT, SREC_END };

/* What S0 to S9 are, and how many bytes of address they have. */
static const struct {
    enum srec_kind kind;
    uint8_t addr_bytes;
} types[TYPE_COUNT] = {
    {SREC_HEADER, 2}, {SREC_DATA, 2},  {SREC_DATA, 3}, {SREC_DATA, 4}, {SREC_RESERVED, 0},
    {SREC_COUNT, 2},  {SREC_COUNT, 3}, {SREC_END, 4},  {SREC_END, 3},  {SREC_END, 2},
};

struct srec {
    struct record_reader reader;
    struct dfk_image *image;
    struct dfk_error *err;
    uint32_t data_records;
    bool counted, ended;
};

struct record {
    size_t offset; /* of its 'S' */
    uint8_t type, length;
    uint32_t addr;
    const uint8_t *data;
};

bool srec_matches(const struct image_source *source)
{
    return record_matches(source, 'S');
}

static int read_type(struct srec *srec, struct record *record)
{
    struct record_reader *reader = &srec->reader;
    const struct image_source *source = reader->source;
    record->offset = reader->at;
    if (source->data[reader->at] != 'S') {
        return image_refuse(source, reader->at, srec->err,
                            "character 0x%02X, wanted 'S' at the start of a record",
                            source->data[reader->at]);
    }
    uint8_t type = reader->at + 1 < source->length ? source->data[reader->at + 1] : 0;
    if (type < '0' || type > '9' || types[type - '0'].kind == SREC_RESERVED) {
        return image_refuse(source, reader->at + 1, srec->err,
                            "record type 0x%02X, wanted '0' to '9' without '4'", type);
    }
    record->type = (uint8_t)(type - '0');
    reader->at += 2;
    return 0;
}

static int read_addr(struct srec *srec, struct record *record, uint8_t *sum)
{
    struct record_reader *reader = &srec->reader;
    uint8_t count = 0, addr[ADDR_BYTES_MAX] = {0};
    uint8_t addr_bytes = types[record->type].addr_bytes;
    size_t count_at = reader->at;
    int result = record_bytes(reader, COUNT_BYTES, &count, sum, srec->err);
    if (result == 0 && count < addr_bytes + SUM_BYTES) {
        return image_refuse(reader->source, count_at, srec->err,
                            "an S%u record claims %u bytes, wanted %u or more", record->type, count,
                            addr_bytes + SUM_BYTES);
    }
    if (result == 0) {
        result =
            record_bytes(reader, addr_bytes, addr + ADDR_BYTES_MAX - addr_bytes, sum, srec->err);
    }
    record->addr = get_be32(addr);
    record->length = (uint8_t)(count - addr_bytes - SUM_BYTES);
    return result;
}

/* The checksum does not cover the type: data records that became others by damage show here. */
static int check_record(const struct srec *srec, const struct record *record)
{
    enum srec_kind kind = types[record->type].kind;
    if ((kind == SREC_END || kind == SREC_COUNT) && record->length != 0) {
        return image_refuse(srec->reader.source, record->offset + 2, srec->err,
                            "an S%u record with %u bytes of data, wanted none", record->type,
                            record->length);
    }
    if (kind == SREC_HEADER && record->addr != 0) {
        return image_refuse(srec->reader.source, record->offset + 4, srec->err,
                            "an S0 record with address 0x%04" PRIX32 ", wanted 0", record->addr);
    }
    return record_end(&srec->reader, srec->err);
}

static int read_record(struct srec *srec, struct record *record)
{
    struct record_reader *reader = &srec->reader;
    uint8_t sum = 0, stored = 0, ignored = 0;
    int result = read_type(srec, record);
    result = result == 0 ? read_addr(srec, record, &sum) : result;
    if (result != 0) {
        return result;
    }
    uint8_t *data = reader->store + reader->used;
    record->data = data;
    result = record_bytes(reader, record->length, data, &sum, srec->err);
    if (result == 0) {
        result = record_bytes(reader, SUM_BYTES, &stored, &ignored, srec->err);
    }
    uint8_t computed = (uint8_t)(0xFF - sum);
    if (result == 0 && stored != computed) {
        return image_refuse(reader->source, reader->at - 2, srec->err,
                            "checksum 0x%02X, the record has 0x%02X", stored, computed);
    }
    return result == 0 ? check_record(srec, record) : result;
}

/* A count that differs means lost or doubled lines. The 16-bit form may have overflowed. */
static int check_count(struct srec *srec, const struct record *record)
{
    uint32_t mask = types[record->type].addr_bytes == 2 ? 0xFFFF : 0xFFFFFF;
    srec->counted = true;
    if ((srec->data_records & mask) == record->addr) {
        return 0;
    }
    return image_refuse(srec->reader.source, record->offset + 4, srec->err,
                        "the file claims %" PRIu32 " data records and has %" PRIu32, record->addr,
                        srec->data_records);
}

static int apply(struct srec *srec, const struct record *record)
{
    struct dfk_segment part = {0, record->addr, record->length, record->data};
    switch (types[record->type].kind) {
    case SREC_DATA:
        srec->data_records++;
        srec->counted = false;
        srec->reader.used += record->length;
        return image_add(srec->image, &part, record->offset, srec->err);
    case SREC_COUNT: return check_count(srec, record);
    case SREC_END:
        srec->ended = true;
        /* Tools write 0 when the program names no start. */
        image_info(srec->image)->entry = record->addr != 0 ? record->addr : UINT32_MAX;
        return 0;
    case SREC_HEADER:
    case SREC_RESERVED: return 0;
    }
    return 0;
}

static int check_end(struct srec *srec)
{
    const struct image_source *source = srec->reader.source;
    if (!srec->ended && !srec->counted) {
        return image_refuse(source, source->length, srec->err,
                            "the end record (S7, S8 or S9) is missing: the file is cut off");
    }
    if (!srec->ended) {
        image_warn(srec->image, "srec-no-end", source->length,
                   "the end record (S7, S8 or S9) is missing; the record count is right");
    } else if (record_next_line(&srec->reader)) {
        image_warn(srec->image, "srec-after-end", srec->reader.at,
                   "%zu bytes after the end record are ignored", source->length - srec->reader.at);
    }
    return 0;
}

int srec_read(const struct image_source *source, struct dfk_image *image, struct dfk_error *err)
{
    struct srec srec = {.image = image, .err = err};
    int result = record_begin(&srec.reader, source, image, err);
    while (result == 0 && !srec.ended && record_next_line(&srec.reader)) {
        struct record record = {0};
        result = read_record(&srec, &record);
        result = result == 0 ? apply(&srec, &record) : result;
    }
    return result == 0 ? check_end(&srec) : result;
}
