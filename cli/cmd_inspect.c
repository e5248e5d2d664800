/* SPDX-License-Identifier: MIT
 * dfukit inspect: looks into a firmware file.
 */
#include <stdlib.h>

#include "cli/files.h"

#define FIELD(name) offsetof(struct arguments, name)

static const struct option_row options[] = {
    {.name = "at",
     .kind = OPTION_NUMBER,
     .argument = "ADDR",
     .field = FIELD(at),
     .help = "where raw bytes belong"},
    FILES_OPTIONS,
    {0},
};

/* CRC-32 as zlib and zip have it. */
static uint32_t crc32_of(const uint8_t *data, size_t length)
{
    uint32_t table[16], crc = UINT32_MAX;
    for (uint32_t i = 0; i < 16; i++) {
        uint32_t value = i;
        for (unsigned bit = 0; bit < 4; bit++) {
            value = value >> 1 ^ (UINT32_C(0xEDB88320) & (0U - (value & 1)));
        }
        table[i] = value;
    }
    for (size_t i = 0; i < length; i++) {
        crc = crc >> 4 ^ table[(crc ^ data[i]) & 15];
        crc = crc >> 4 ^ table[(crc ^ (uint32_t)(data[i] >> 4)) & 15];
    }
    return ~crc;
}

static uint32_t word_at(const struct dfk_segment *segment, size_t offset)
{
    const uint8_t *b = segment->data + offset;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static bool is_in_image(const struct dfk_image *image, uint32_t addr)
{
    for (size_t i = 0; i < dfk_image_get_info(image)->segment_count; i++) {
        const struct dfk_segment *segment = dfk_image_get_segment(image, i);
        if (addr >= segment->addr && addr - segment->addr < segment->length) {
            return true;
        }
    }
    return false;
}

/* RAM of Cortex-M parts: the SRAM region, and core-coupled memory below it. */
static bool could_be_stack(uint32_t addr)
{
    return addr % 4 == 0 && addr >= 0x10000000 && addr <= 0x3FFFFFFF;
}

/* A table stands on a multiple of 128 at least (ARMv7-M, "Vector Table Offset Register"). */
static struct vectors look_for_vectors(const struct dfk_image *image,
                                       const struct dfk_segment *segment)
{
    struct vectors vectors = {.addr = segment->addr};
    if (!dfk_image_get_info(image)->addressed || segment->addr % 128 != 0 || segment->length < 8) {
        return vectors;
    }
    vectors.found = true;
    vectors.stack = word_at(segment, 0);
    vectors.reset = word_at(segment, 4);
    vectors.problem = !could_be_stack(vectors.stack) ? "the stack pointer is not in RAM"
                      : vectors.reset % 2 == 0       ? "the reset vector is even, so no Thumb code"
                      : !is_in_image(image, vectors.reset - 1)
                          ? "the reset vector lies outside the file"
                          : NULL;
    vectors.plausible = vectors.problem == NULL;
    return vectors;
}

/* A seal that is there has to be whole; whose signature it is, only a key can tell. */
static int judge_seal(struct run *run, struct image_facts *facts)
{
    static const struct dfk_seal_wish whole;
    int status = facts->seal.found ? dfk_image_check_seal(facts->image, &whole, &run->err) : 0;
    status = status == 0 ? files_check_seal(run, facts->image) : status;
    if (run->arguments.key != NULL && (status == 0 || status == -DFK_E_REFUSED)) {
        facts->signature = status == 0 ? SIGNATURE_CORRECT : SIGNATURE_WRONG;
    }
    return status;
}

static int show(struct run *run, const struct dfk_image *image)
{
    size_t count = dfk_image_get_info(image)->segment_count;
    uint32_t *crcs = calloc(count + 1, sizeof *crcs);
    struct vectors *vectors = calloc(count + 1, sizeof *vectors);
    int status = 0;
    if (crcs == NULL || vectors == NULL) {
        status = cli_fail(&run->err, DFK_E_NO_MEMORY, "no memory for %zu segments", count);
    }
    for (size_t i = 0; i < count && status == 0; i++) {
        const struct dfk_segment *segment = dfk_image_get_segment(image, i);
        crcs[i] = crc32_of(segment->data, segment->length);
        vectors[i] = look_for_vectors(image, segment);
    }
    if (status == 0) {
        struct image_facts facts = {.image = image, .crcs = crcs, .vectors = vectors};
        dfk_image_get_seal(image, &facts.seal);
        status = judge_seal(run, &facts);
        run->ui->calls->inspected(run->ui, &facts);
    }
    free(vectors);
    free(crcs);
    return status;
}

static int run_inspect(struct run *run)
{
    struct dfk_image *image = NULL;
    bool quiet = run->ui->quiet;
    run->ui->quiet = true; /* what it finds is more than what reading would say */
    int status = files_read(run, run->arguments.format, &image);
    run->ui->quiet = quiet;
    if (status == 0) {
        status = show(run, image);
    }
    dfk_image_free(image);
    return status;
}

const struct command command_inspect = {
    .name = "inspect",
    .operands = "FILE",
    .summary = "look into a firmware file",
    .about =
        "Shows format, ids, segments with their CRC-32, whether a vector table is there and "
        "makes sense, and everything that is wrong in the file but tolerated. A file that this "
        "command accepts has a correct suffix and a correct CRC, where its format has them, and a "
        "whole seal, where it has one.",
    .example = "dfukit inspect firmware.dfu\ndfukit inspect app.bin --at 0x08020000 --json",
    .options = options,
    .operands_min = 1,
    .operands_max = 1,
    .run = run_inspect,
};
