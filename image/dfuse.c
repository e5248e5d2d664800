/* SPDX-License-Identifier: MIT
 * DfuSe files: targets (one per alternate setting) made of elements (one per run of bytes). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/bytes.h"
#include "core/dfu.h"
#include "image/formats.h"

/* Source UM0391, "DfuSe file format specification" */
enum {
    PREFIX_BYTES = 11,
    PREFIX_VERSION = 5,
    PREFIX_IMAGE_SIZE = 6,
    PREFIX_TARGETS = 10,
    TARGET_BYTES = 274,
    TARGET_ALTERNATE = 6,
    TARGET_NAMED = 7,
    TARGET_NAME = 11,
    TARGET_NAME_BYTES = 255,
    TARGET_SIZE = 266,
    TARGET_ELEMENTS = 270,
    ELEMENT_BYTES = 8,
    ELEMENT_SIZE = 4,
    SUFFIX_BYTES = 16,
    FILE_VERSION = 1,
    ELEMENT_UNIT = 8, /* what the ROM of an STM32L476 programs at once; dfu.py pads to it */
};

/* The chunk header of MicroPython's packed files (mboot, pack.h): version, format, 2 bytes of
 * padding, address, length; then the encrypted bytes. */
enum { PACK_HEADER_BYTES = 12, PACK_VERSION = 1, PACK_FORMAT_LAST = 3 };

struct walk {
    const struct image_source *source;
    struct dfk_image *image;
    struct dfk_error *err;
    size_t at, end;        /* next byte; end of the elements, before the suffix */
    uint8_t seen[256 / 8]; /* alternate settings that had a target */
    uint64_t next_addr;    /* where the element before ended */
    unsigned target;       /* number of the current target, from 1 */
    uint8_t alternate;     /* of the current target */
    bool said_order, said_length, said_pack;
};

bool dfuse_matches(const struct image_source *source)
{
    return image_has_nearly(source, 0, "DfuSe", 5);
}

/* ---- reading: prefix and suffix ------------------------------------------------------------ */

static void check_image_size(struct walk *walk)
{
    uint32_t claimed = get_le32(walk->source->data + PREFIX_IMAGE_SIZE);
    if (claimed == walk->end) {
        return;
    }
    const char *note = claimed == walk->source->length ? " (it counts the suffix)" : "";
    image_warn(walk->image, "dfuse-image-size", PREFIX_IMAGE_SIZE,
               "the prefix claims %" PRIu32 " bytes, the file has %zu without the suffix%s",
               claimed, walk->end, note);
}

static int read_suffix(struct walk *walk)
{
    const struct image_source *source = walk->source;
    if (!dfu_suffix_matches(source)) {
        walk->end = source->length;
        image_warn(walk->image, "dfuse-no-suffix", source->length,
                   "the DFU suffix is missing, so no CRC protects the file");
        return 0;
    }
    int result = dfu_suffix_read(source, walk->image, &walk->end, walk->err);
    if (result != 0) {
        return result;
    }
    uint16_t version = image_info(walk->image)->dfu_version;
    if (version != DFU_VERSION_DFUSE) {
        image_warn(walk->image, "dfuse-version", source->length - 10,
                   "the suffix has bcdDFU 0x%04X, wanted 0x011A for a DfuSe file", version);
    }
    if (source->length - walk->end != SUFFIX_BYTES) {
        image_warn(walk->image, "dfuse-suffix-length", source->length - 5,
                   "the suffix is %zu bytes long, wanted 16", source->length - walk->end);
    }
    return 0;
}

static int read_prefix(struct walk *walk)
{
    const struct image_source *source = walk->source;
    if (source->length < PREFIX_BYTES) {
        return image_refuse(source, source->length, walk->err,
                            "the DfuSe prefix has 11 bytes, the file has %zu", source->length);
    }
    if (memcmp(source->data, "DfuSe", 5) != 0) {
        return image_refuse(source, 0, walk->err, "the file does not start with \"DfuSe\"");
    }
    if (source->data[PREFIX_VERSION] != FILE_VERSION) {
        image_warn(walk->image, "dfuse-file-version", PREFIX_VERSION,
                   "the prefix has version %u, wanted 1", source->data[PREFIX_VERSION]);
    }
    int result = read_suffix(walk);
    if (result == 0 && walk->end < PREFIX_BYTES) {
        result = image_refuse(source, source->length - 5, walk->err,
                              "the suffix claims %zu bytes and so covers the prefix",
                              source->length - walk->end);
    }
    if (result == 0) {
        check_image_size(walk);
    }
    walk->at = PREFIX_BYTES;
    return result;
}

/* ---- reading: targets ---------------------------------------------------------------------- */

static void read_name(struct walk *walk, const uint8_t *target, unsigned number)
{
    const uint8_t *name = target + TARGET_NAME;
    size_t length = strnlen((const char *)name, TARGET_NAME_BYTES);
    uint64_t offset = walk->at + TARGET_NAME;
    if (length == TARGET_NAME_BYTES) {
        image_warn(walk->image, "dfuse-target-name", offset,
                   "the name of target %u has no NUL at its end", number);
    }
    for (size_t i = length; i < TARGET_NAME_BYTES; i++) {
        if (name[i] != 0) {
            image_warn(walk->image, "dfuse-target-name", offset + i,
                       "the name of target %u has other bytes after its NUL", number);
            break;
        }
    }
    struct dfk_image_info *info = image_info(walk->image);
    if (number != 1 || target[TARGET_NAMED] == 0) {
        return;
    }
    for (size_t i = 0; i < length; i++) {
        info->target_name[i] = name[i] >= ' ' && name[i] < 0x7F ? (char)name[i] : '?';
    }
}

static void note_alternate(struct walk *walk)
{
    uint8_t *seen = &walk->seen[walk->alternate / 8];
    uint8_t bit = (uint8_t)(1u << (walk->alternate % 8));
    if ((*seen & bit) != 0) {
        image_warn(walk->image, "dfuse-same-alternate", walk->at + TARGET_ALTERNATE,
                   "target %u is a further one for alternate setting %u; they are merged",
                   walk->target, walk->alternate);
    }
    *seen |= bit;
    walk->next_addr = 0;
}

/* ---- reading: elements --------------------------------------------------------------------- */

static void warn_of_pack(struct walk *walk, const struct dfk_segment *element)
{
    const uint8_t *data = element->data;
    if (walk->said_pack || element->length < PACK_HEADER_BYTES || data[0] != PACK_VERSION ||
        data[1] > PACK_FORMAT_LAST || get_le16(data + 2) != 0 ||
        get_le32(data + 4) != element->addr ||
        get_le32(data + 8) > element->length - PACK_HEADER_BYTES) {
        return;
    }
    walk->said_pack = true;
    image_warn(
        walk->image, "mboot-pack", walk->at + ELEMENT_BYTES,
        "looks like a packed (encrypted) MicroPython file: only an mboot with its key can use "
        "it");
}

static void warn_of_element(struct walk *walk, const struct dfk_segment *element)
{
    if (element->length == 0) {
        image_warn(walk->image, "dfuse-empty-element", walk->at,
                   "the element at 0x%08" PRIX32 " has no bytes", element->addr);
    }
    if (element->addr < walk->next_addr && !walk->said_order) {
        walk->said_order = true;
        image_warn(walk->image, "dfuse-unsorted", walk->at,
                   "the element at 0x%08" PRIX32 " stands after one at a higher address",
                   element->addr);
    }
    if (element->length % ELEMENT_UNIT != 0 && !walk->said_length) {
        walk->said_length = true;
        image_warn(walk->image, "dfuse-element-length", walk->at + ELEMENT_SIZE,
                   "the element at 0x%08" PRIX32 " has %" PRIu32
                   " bytes, not a multiple of 8; when flashed, its end is filled with 0xFF",
                   element->addr, element->length);
    }
    warn_of_pack(walk, element);
}

static int read_element(struct walk *walk, uint32_t number)
{
    const struct image_source *source = walk->source;
    size_t left = walk->end - walk->at;
    if (left < ELEMENT_BYTES) {
        return image_refuse(source, walk->at, walk->err,
                            "element %" PRIu32 " of target %u is missing", number, walk->target);
    }
    const uint8_t *header = source->data + walk->at;
    struct dfk_segment element = {walk->alternate, get_le32(header),
                                  get_le32(header + ELEMENT_SIZE), header + ELEMENT_BYTES};
    left -= ELEMENT_BYTES;
    if (element.length > left) {
        return image_refuse(source, walk->at + ELEMENT_SIZE, walk->err,
                            "element %" PRIu32 " of target %u claims %" PRIu32
                            " bytes, %zu are left",
                            number, walk->target, element.length, left);
    }
    warn_of_element(walk, &element);
    int result = image_add(walk->image, &element, walk->at + ELEMENT_BYTES, walk->err);
    walk->next_addr = (uint64_t)element.addr + element.length;
    walk->at += ELEMENT_BYTES + element.length;
    return result;
}

static int read_elements(struct walk *walk, uint32_t count)
{
    int result = 0;
    /* A count that lies ends at the first element that is not there. */
    for (uint32_t i = 1; i <= count && result == 0; i++) {
        result = read_element(walk, i);
    }
    return result;
}

static int read_target(struct walk *walk, unsigned number)
{
    const struct image_source *source = walk->source;
    const uint8_t *target = source->data + walk->at;
    if (walk->end - walk->at < TARGET_BYTES) {
        return image_refuse(source, walk->at, walk->err, "target %u of %u is missing or cut off",
                            number, source->data[PREFIX_TARGETS]);
    }
    if (memcmp(target, "Target", 6) != 0) {
        return image_refuse(source, walk->at, walk->err, "target %u does not start with \"Target\"",
                            number);
    }
    walk->target = number;
    walk->alternate = target[TARGET_ALTERNATE];
    read_name(walk, target, number);
    note_alternate(walk);
    size_t size_at = walk->at + TARGET_SIZE;
    walk->at += TARGET_BYTES;
    size_t begin = walk->at;
    int result = read_elements(walk, get_le32(target + TARGET_ELEMENTS));
    uint32_t claimed = get_le32(target + TARGET_SIZE);
    if (result == 0 && claimed != walk->at - begin) {
        image_warn(walk->image, "dfuse-target-size", size_at,
                   "target %u claims %" PRIu32 " bytes, its elements have %zu", number, claimed,
                   walk->at - begin);
    }
    return result;
}

/* A target that the prefix does not count would stay unwritten: half a firmware. */
static int check_rest(struct walk *walk)
{
    size_t left = walk->end - walk->at;
    if (left == 0) {
        return 0;
    }
    if (left >= TARGET_BYTES && memcmp(walk->source->data + walk->at, "Target", 6) == 0) {
        return image_refuse(walk->source, walk->at, walk->err,
                            "a target begins here, but the prefix counts only %u",
                            walk->source->data[PREFIX_TARGETS]);
    }
    if (walk->end == walk->source->length) {
        return image_refuse(walk->source, walk->at, walk->err,
                            "%zu bytes after the last target are no DFU suffix: it is cut off or "
                            "damaged",
                            left);
    }
    image_warn(walk->image, "dfuse-trailing", walk->at,
               "%zu bytes after the last target are ignored", left);
    return 0;
}

int dfuse_read(const struct image_source *source, struct dfk_image *image, struct dfk_error *err)
{
    struct walk walk = {.source = source, .image = image, .err = err};
    int result = read_prefix(&walk);
    if (result != 0) {
        return result;
    }
    unsigned targets = source->data[PREFIX_TARGETS];
    image_info(image)->target_count = targets;
    for (unsigned i = 1; i <= targets && result == 0; i++) {
        result = read_target(&walk, i);
    }
    return result == 0 ? check_rest(&walk) : result;
}

/* ---- writing ------------------------------------------------------------------------------- */

/* The segments of one alternate setting: a target. */
struct target {
    size_t first, count;
    uint64_t length; /* bytes of its elements with their headers */
};

static struct target target_at(const struct dfk_image *image, size_t first)
{
    struct target target = {first, 0, 0};
    uint8_t alternate = dfk_image_get_segment(image, first)->alternate;
    size_t count = dfk_image_get_info(image)->segment_count;
    for (size_t i = first; i < count; i++) {
        const struct dfk_segment *segment = dfk_image_get_segment(image, i);
        if (segment->alternate != alternate) {
            return target;
        }
        target.count++;
        target.length += ELEMENT_BYTES + (uint64_t)segment->length;
    }
    return target;
}

static void write_target(const struct dfk_image *image, const struct target *target,
                         struct buffer *out)
{
    uint8_t header[TARGET_BYTES] = {"Target"};
    header[TARGET_ALTERNATE] = dfk_image_get_segment(image, target->first)->alternate;
    put_le32(header + TARGET_NAMED, 1);
    memcpy(header + TARGET_NAME, "ST...", 5);
    put_le32(header + TARGET_SIZE, (uint32_t)target->length);
    put_le32(header + TARGET_ELEMENTS, (uint32_t)target->count);
    buffer_append(out, header, sizeof header);
    for (size_t i = 0; i < target->count; i++) {
        const struct dfk_segment *segment = dfk_image_get_segment(image, target->first + i);
        uint8_t element[ELEMENT_BYTES];
        put_le32(element, segment->addr);
        put_le32(element + ELEMENT_SIZE, segment->length);
        buffer_append(out, element, sizeof element);
        buffer_append(out, segment->data, segment->length);
    }
}

static int check_writable(const struct dfk_image *image, struct dfk_error *err)
{
    const struct dfk_image_info *info = dfk_image_get_info(image);
    if (!info->addressed) {
        int result =
            dfk_fail(err, DFK_E_USAGE, "a dfuse file needs addresses, %s has none", info->file);
        dfk_fail_next(err, "give the address of the raw bytes");
        return result;
    }
    uint64_t largest = UINT32_MAX - PREFIX_BYTES - (uint64_t)TARGET_BYTES * (UINT8_MAX + 1) -
                       (uint64_t)ELEMENT_BYTES * info->segment_count;
    if (info->data_bytes > largest) {
        return dfk_fail(err, DFK_E_USAGE,
                        "a dfuse file cannot hold %" PRIu64 " bytes, at most %" PRIu64,
                        info->data_bytes, largest);
    }
    return 0;
}

int dfuse_write(const struct dfk_image *image, const struct dfk_write_options *options,
                struct buffer *out, struct dfk_error *err)
{
    static const struct image_ids stm = {0x0483, 0xDF11, 0xFFFF};
    int result = check_writable(image, err);
    if (result != 0) {
        return result;
    }
    const uint8_t prefix[PREFIX_BYTES] = {'D', 'f', 'u', 'S', 'e', FILE_VERSION};
    buffer_append(out, prefix, sizeof prefix);
    unsigned targets = 0;
    for (size_t next = 0; next < dfk_image_get_info(image)->segment_count; targets++) {
        struct target target = target_at(image, next);
        write_target(image, &target, out);
        next += target.count;
    }
    if (targets > UINT8_MAX) {
        return dfk_fail(err, DFK_E_USAGE,
                        "a dfuse file cannot hold %u alternate settings, at most %u", targets,
                        UINT8_MAX);
    }
    result = image_written(out, err);
    if (result != 0) {
        return result;
    }
    put_le32(out->data + PREFIX_IMAGE_SIZE, (uint32_t)out->length);
    out->data[PREFIX_TARGETS] = (uint8_t)targets;
    struct image_ids ids = image_ids_for(image, options, &stm);
    return dfu_suffix_write(out, &ids, DFU_VERSION_DFUSE, err);
}
