/* SPDX-License-Identifier: MIT
 * UF2 files: 512-byte blocks that each name the address of their payload. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "image/formats.h"

/* Source "USB Flashing Format (UF2)", "File format" */
enum {
    BLOCK_BYTES = 512,
    AT_MAGIC_1 = 4,
    AT_FLAGS = 8,
    AT_ADDR = 12,
    AT_PAYLOAD_BYTES = 16,
    AT_NUMBER = 20,
    AT_COUNT = 24,
    AT_FAMILY = 28,
    AT_PAYLOAD = 32,
    AT_MAGIC_END = 508,
    PAYLOAD_BYTES_MAX = 476,
    MD5_BYTES = 24, /* at the end of the payload's room: address, length, MD5 */
    FLAG_NOT_MAIN_FLASH = 1,
    FLAG_FILE_CONTAINER = 0x1000,
    FLAG_FAMILY = 0x2000,
    FLAG_MD5 = 0x4000,
};

#define UF2_MAGIC_0   UINT32_C(0x0A324655)
#define UF2_MAGIC_1   UINT32_C(0x9E5D5157)
#define UF2_MAGIC_END UINT32_C(0x0AB16F30)

/* Readers of UF2 on small devices want this much per block, aligned. */
enum { PAGE_BYTES = 256 };

enum { FAMILIES_NAMED = 4 };

struct uf2 {
    const struct image_source *source;
    struct dfk_image *image;
    struct dfk_error *err;
    size_t blocks;
    uint32_t family; /* only blocks of it; 0: blocks name none */
    uint8_t *store;
    size_t used;
    struct skipped {
        uint32_t count;
        size_t offset; /* of the first */
    } containers, strangers, elsewhere;
};

struct block {
    size_t offset;
    uint32_t flags, addr, payload_bytes, number, count, family;
    const uint8_t *payload;
};

bool uf2_matches(const struct image_source *source)
{
    return image_has_nearly(source, 0, "UF2\n", 4) ||
           image_has_nearly(source, AT_MAGIC_1, "WQ\x5D\x9E", 4);
}

/* ---- reading: one block -------------------------------------------------------------------- */

static struct block block_at(const struct image_source *source, size_t index)
{
    const uint8_t *data = source->data + index * BLOCK_BYTES;
    uint32_t flags = get_le32(data + AT_FLAGS);
    return (struct block){
        .offset = index * BLOCK_BYTES,
        .flags = flags,
        .addr = get_le32(data + AT_ADDR),
        .payload_bytes = get_le32(data + AT_PAYLOAD_BYTES),
        .number = get_le32(data + AT_NUMBER),
        .count = get_le32(data + AT_COUNT),
        .family = (flags & FLAG_FAMILY) != 0 ? get_le32(data + AT_FAMILY) : 0,
        .payload = data + AT_PAYLOAD,
    };
}

static int check_magic(struct uf2 *uf2, size_t offset, size_t at, uint32_t wanted)
{
    uint32_t got = get_le32(uf2->source->data + offset + at);
    return got == wanted
               ? 0
               : image_refuse(uf2->source, offset + at, uf2->err,
                              "magic number 0x%08" PRIX32 ", wanted 0x%08" PRIX32, got, wanted);
}

static int check_block(struct uf2 *uf2, const struct block *block)
{
    int result = check_magic(uf2, block->offset, 0, UF2_MAGIC_0);
    result = result == 0 ? check_magic(uf2, block->offset, AT_MAGIC_1, UF2_MAGIC_1) : result;
    result = result == 0 ? check_magic(uf2, block->offset, AT_MAGIC_END, UF2_MAGIC_END) : result;
    if (result != 0) {
        return result;
    }
    uint32_t most = PAYLOAD_BYTES_MAX - ((block->flags & FLAG_MD5) != 0 ? MD5_BYTES : 0);
    if (block->payload_bytes > most) {
        return image_refuse(uf2->source, block->offset + AT_PAYLOAD_BYTES, uf2->err,
                            "a payload of %" PRIu32 " bytes, at most %" PRIu32 " fit",
                            block->payload_bytes, most);
    }
    if (block->number >= block->count) {
        return image_refuse(uf2->source, block->offset + AT_NUMBER, uf2->err,
                            "block number %" PRIu32 " of %" PRIu32, block->number, block->count);
    }
    return 0;
}

/* Blocks without a family are for everyone. */
static bool is_wanted(const struct uf2 *uf2, const struct block *block)
{
    return (block->flags & FLAG_FAMILY) == 0 || block->family == uf2->family;
}

/* ---- reading: which family ----------------------------------------------------------------- */

struct families {
    uint32_t ids[FAMILIES_NAMED];
    size_t count; /* FAMILIES_NAMED: perhaps more */
};

static void note_family(struct families *families, const struct block *block)
{
    if ((block->flags & FLAG_FAMILY) == 0 || families->count == FAMILIES_NAMED) {
        return;
    }
    for (size_t i = 0; i < families->count; i++) {
        if (families->ids[i] == block->family) {
            return;
        }
    }
    families->ids[families->count++] = block->family;
}

static void families_to_text(const struct families *families, char *text, size_t room)
{
    size_t used = 0;
    for (size_t i = 0; i < families->count; i++) {
        used += (size_t)snprintf(text + used, room - used, "%s0x%08" PRIX32, i > 0 ? ", " : "",
                                 families->ids[i]);
    }
    if (families->count == FAMILIES_NAMED) {
        (void)snprintf(text + used, room - used, ", ...");
    }
}

static int choose_family(struct uf2 *uf2, const struct families *families, bool asked_is_there)
{
    uint32_t asked = uf2->source->options->uf2_family;
    char text[FAMILIES_NAMED * 12 + 8] = "none";
    families_to_text(families, text, sizeof text);
    if (asked == 0 && families->count > 1) {
        int result = dfk_fail(uf2->err, DFK_E_USAGE,
                              "%s: holds firmware for several chip families (%s); none was chosen",
                              uf2->source->name, text);
        dfk_fail_next(uf2->err, "choose one with --uf2-family");
        return result;
    }
    if (asked != 0 && families->count > 0 && !asked_is_there) {
        return dfk_fail(uf2->err, DFK_E_WRONG_DEVICE,
                        "%s: holds firmware for chip family %s, wanted 0x%08" PRIX32,
                        uf2->source->name, text, asked);
    }
    uf2->family = asked != 0 || families->count == 0 ? asked : families->ids[0];
    image_info(uf2->image)->uf2_family = families->count > 0 ? uf2->family : 0;
    return 0;
}

static int check_blocks(struct uf2 *uf2)
{
    struct families families = {0};
    bool asked_is_there = false;
    for (size_t i = 0; i < uf2->blocks; i++) {
        struct block block = block_at(uf2->source, i);
        int result = check_block(uf2, &block);
        if (result != 0) {
            return result;
        }
        note_family(&families, &block);
        asked_is_there = asked_is_there || ((block.flags & FLAG_FAMILY) != 0 &&
                                            block.family == uf2->source->options->uf2_family);
    }
    return choose_family(uf2, &families, asked_is_there);
}

/* ---- reading: completeness ----------------------------------------------------------------- */

/* Marks the numbers that are there. Every family counts its own blocks, but some tools number all
 * blocks of the file through. */
static int mark_blocks(struct uf2 *uf2, uint8_t *there, uint32_t count)
{
    bool all = count == uf2->blocks;
    for (size_t i = 0; i < uf2->blocks; i++) {
        struct block block = block_at(uf2->source, i);
        if (!all && !is_wanted(uf2, &block)) {
            continue;
        }
        if (block.count != count && is_wanted(uf2, &block)) {
            return image_refuse(uf2->source, block.offset + AT_COUNT, uf2->err,
                                "the block claims %" PRIu32 " blocks in all, the first %" PRIu32,
                                block.count, count);
        }
        if (block.number < count) {
            there[block.number] = 1;
        }
    }
    return 0;
}

static int check_complete(struct uf2 *uf2)
{
    uint32_t count = 0;
    for (size_t i = 0; i < uf2->blocks && count == 0; i++) {
        struct block block = block_at(uf2->source, i);
        count = is_wanted(uf2, &block) ? block.count : 0;
    }
    if (count > uf2->blocks) {
        return image_refuse(uf2->source, uf2->source->length, uf2->err,
                            "the file has %zu blocks, its blocks claim %" PRIu32 ": it is cut off",
                            uf2->blocks, count);
    }
    uint8_t *there = calloc((size_t)count + 1, 1);
    if (there == NULL) {
        return dfk_fail(uf2->err, DFK_E_NO_MEMORY, "%s: no memory for %" PRIu32 " blocks",
                        uf2->source->name, count);
    }
    int result = mark_blocks(uf2, there, count);
    const uint8_t *missing = result == 0 ? memchr(there, 0, count) : NULL;
    if (missing != NULL) {
        result = image_refuse(uf2->source, uf2->source->length, uf2->err,
                              "block %td of %" PRIu32 " is missing", missing - there, count);
    }
    free(there);
    return result;
}

/* ---- reading: bytes ------------------------------------------------------------------------ */

static void note_skipped(struct skipped *skipped, const struct block *block)
{
    skipped->offset = skipped->count == 0 ? block->offset : skipped->offset;
    skipped->count++;
}

static bool is_for_flash(struct uf2 *uf2, const struct block *block)
{
    if (!is_wanted(uf2, block)) {
        note_skipped(&uf2->strangers, block);
    } else if ((block->flags & FLAG_FILE_CONTAINER) != 0) {
        note_skipped(&uf2->containers, block);
    } else if ((block->flags & FLAG_NOT_MAIN_FLASH) != 0) {
        note_skipped(&uf2->elsewhere, block);
    } else {
        return true;
    }
    return false;
}

static int add_blocks(struct uf2 *uf2)
{
    int result = 0;
    for (size_t i = 0; i < uf2->blocks && result == 0; i++) {
        struct block block = block_at(uf2->source, i);
        if (!is_for_flash(uf2, &block)) {
            continue;
        }
        uint8_t *at = uf2->store + uf2->used;
        memcpy(at, block.payload, block.payload_bytes);
        uf2->used += block.payload_bytes;
        struct dfk_segment part = {0, block.addr, block.payload_bytes, at};
        result = image_add(uf2->image, &part, block.offset, uf2->err);
    }
    return result;
}

static void warn_of_skipped(struct uf2 *uf2)
{
    const struct {
        const struct skipped *skipped;
        const char *id, *text;
    } kinds[] = {
        {&uf2->strangers, "uf2-other-family", "for other chip families"},
        {&uf2->containers, "uf2-file-container", "that hold files, not flash"},
        {&uf2->elsewhere, "uf2-not-main-flash", "marked as not for the main flash"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].skipped->count > 0) {
            image_warn(uf2->image, kinds[i].id, kinds[i].skipped->offset,
                       "%" PRIu32 " blocks %s are left out", kinds[i].skipped->count,
                       kinds[i].text);
        }
    }
}

int uf2_read(const struct image_source *source, struct dfk_image *image, struct dfk_error *err)
{
    struct uf2 uf2 = {.source = source, .image = image, .err = err};
    uf2.blocks = source->length / BLOCK_BYTES;
    int result = check_blocks(&uf2);
    if (result == 0 && source->length % BLOCK_BYTES != 0) {
        result =
            image_refuse(source, uf2.blocks * BLOCK_BYTES, err,
                         "the last block has %zu bytes, wanted 512", source->length % BLOCK_BYTES);
    }
    result = result == 0 ? check_complete(&uf2) : result;
    if (result != 0) {
        return result;
    }
    uf2.store = image_store(image, uf2.blocks * PAYLOAD_BYTES_MAX, err);
    result = uf2.store != NULL ? add_blocks(&uf2) : -DFK_E_NO_MEMORY;
    warn_of_skipped(&uf2);
    return result;
}

/* ---- writing ------------------------------------------------------------------------------- */

struct page {
    uint32_t addr, family;
    bool begun;
    uint8_t bytes[PAGE_BYTES];
};

static void write_page(const struct page *page, struct buffer *out)
{
    uint8_t block[BLOCK_BYTES] = {0};
    if (!page->begun) {
        return;
    }
    put_le32(block, UF2_MAGIC_0);
    put_le32(block + AT_MAGIC_1, UF2_MAGIC_1);
    put_le32(block + AT_FLAGS, page->family != 0 ? FLAG_FAMILY : 0);
    put_le32(block + AT_ADDR, page->addr);
    put_le32(block + AT_PAYLOAD_BYTES, PAGE_BYTES);
    put_le32(block + AT_NUMBER, (uint32_t)(out->length / BLOCK_BYTES));
    put_le32(block + AT_FAMILY, page->family);
    memcpy(block + AT_PAYLOAD, page->bytes, PAGE_BYTES);
    put_le32(block + AT_MAGIC_END, UF2_MAGIC_END);
    buffer_append(out, block, sizeof block);
}

/* Two segments can share a page: it is written when the next one begins. */
static void write_segment(struct page *page, const struct dfk_segment *segment, struct buffer *out)
{
    uint32_t done = 0;
    while (done < segment->length) {
        uint32_t addr = segment->addr + done, at = addr % PAGE_BYTES;
        uint32_t left = segment->length - done;
        uint32_t length = left < PAGE_BYTES - at ? left : PAGE_BYTES - at;
        if (!page->begun || page->addr != addr - at) {
            write_page(page, out);
            page->begun = true;
            page->addr = addr - at;
            memset(page->bytes, 0xFF, PAGE_BYTES);
        }
        memcpy(page->bytes + at, segment->data + done, length);
        done += length;
    }
}

int uf2_write(const struct dfk_image *image, const struct dfk_write_options *options,
              struct buffer *out, struct dfk_error *err)
{
    const struct dfk_image_info *info = dfk_image_get_info(image);
    int result = image_require_plain_addresses(image, "uf2", err);
    if (result != 0) {
        return result;
    }
    struct page page = {.family =
                            options->uf2_family != 0 ? options->uf2_family : info->uf2_family};
    for (size_t i = 0; i < info->segment_count; i++) {
        write_segment(&page, dfk_image_get_segment(image, i), out);
    }
    write_page(&page, out);
    result = image_written(out, err);
    uint32_t blocks = (uint32_t)(out->length / BLOCK_BYTES);
    for (uint32_t i = 0; i < blocks && result == 0; i++) {
        put_le32(out->data + (size_t)i * BLOCK_BYTES + AT_COUNT, blocks);
    }
    return result;
}
