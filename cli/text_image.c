/* SPDX-License-Identifier: MIT
 * Firmware files, as text.
 */
#include <inttypes.h>
#include <string.h>

#include "cli/text.h"

/* For what the file says it is made: " for 0483:DF11", or nothing. */
static void add_ids(char *out, size_t size, const struct dfk_image_info *info)
{
    out[0] = '\0';
    if (!info->has_ids) {
        return;
    }
    if (info->vendor == 0xFFFF && info->product == 0xFFFF) {
        (void)snprintf(out, size, ", for any device");
    } else {
        (void)snprintf(out, size, ", for %04x:%04x", info->vendor, info->product);
    }
}

static void say_warnings(FILE *to, const struct dfk_image *image)
{
    for (size_t i = 0; i < dfk_image_get_info(image)->warning_count; i++) {
        const struct dfk_image_warning *warning = dfk_image_get_warning(image, i);
        text_line(to, "warning", "offset 0x%08" PRIX64 ": %s (%s)", warning->offset, warning->text,
                  warning->id);
    }
}

/* "DfuSe, gzipped, 1300000 bytes in 2 segments, for 0483:DF11" */
static void describe(char *out, size_t size, const struct dfk_image_info *info)
{
    char ids[40];
    add_ids(ids, sizeof ids, info);
    (void)snprintf(out, size, "%s%s, %" PRIu64 " bytes in %zu segment%s%s",
                   dfk_format_name(info->format), info->gzipped ? ", gzipped" : "",
                   info->data_bytes, info->segment_count, text_plural(info->segment_count), ids);
}

void text_source(struct ui *ui, const struct dfk_image *image)
{
    enum { SEGMENTS_SHOWN = 8 };
    const struct dfk_image_info *info = dfk_image_get_info(image);
    char text[120];
    if (ui->quiet) {
        return;
    }
    describe(text, sizeof text, info);
    text_line(ui->talk, "file", "%s: %s", info->file, text);
    for (size_t i = 0; i < info->segment_count && (i < SEGMENTS_SHOWN || ui->verbose); i++) {
        const struct dfk_segment *segment = dfk_image_get_segment(image, i);
        text_line(ui->talk, "", "0x%08" PRIX32 "-0x%08" PRIX32 "  %" PRIu32 " bytes", segment->addr,
                  segment->addr + (segment->length - 1), segment->length);
    }
    if (info->segment_count > SEGMENTS_SHOWN && !ui->verbose) {
        text_line(ui->talk, "", "and %zu more (-v shows all)",
                  info->segment_count - SEGMENTS_SHOWN);
    }
    say_warnings(ui->talk, image);
}

static void say_seal(FILE *to, const struct dfk_seal *seal, enum signature_check signature)
{
    static const char *const words[] = {
        [SIGNATURE_UNCHECKED] = "names key %s as its signer; --key PUB checks that",
        [SIGNATURE_CORRECT] = "signed with key %s, signature correct",
        [SIGNATURE_WRONG] = "names key %s as its signer"};
    char key[2 * DFK_KEY_ID_BYTES + 1];
    if (!seal->found) {
        return;
    }
    if (!seal->whole) {
        text_line(to, "seal", "damaged: %s", seal->problem);
        return;
    }
    text_line(to, "seal", "board %s, version %u.%u.%u%s, %" PRIu32 " bytes, SHA-256 correct",
              seal->board, seal->version >> 24, seal->version >> 16 & 255u, seal->version & 0xFFFFu,
              seal->any_version ? " (may replace a newer one)" : "", seal->length);
    text_hex(key, seal->key_id, sizeof seal->key_id);
    if (seal->is_signed) {
        text_line(to, "", words[signature], key);
    } else {
        text_line(to, "", "not signed");
    }
}

/* What was just sealed needs no check. */
static void say_new_seal(FILE *to, const struct written *written)
{
    struct dfk_seal seal;
    if (strcmp(written->command, "image") == 0) {
        dfk_image_get_seal(written->image, &seal);
        say_seal(to, &seal, SIGNATURE_CORRECT);
    }
}

void text_written(struct ui *ui, const struct written *written)
{
    const struct dfk_image_info *info = dfk_image_get_info(written->image);
    bool to_standard_output = strcmp(written->file, "-") == 0;
    FILE *to = to_standard_output ? ui->talk : ui->out;
    text_close_line(ui);
    if (!ui->quiet) {
        text_line(to, "written", "%s: %" PRIu64 " bytes in %zu segment%s",
                  to_standard_output ? "standard output" : written->file, info->data_bytes,
                  info->segment_count, text_plural(info->segment_count));
        say_new_seal(to, written);
    }
}

static void say_header(FILE *to, const struct dfk_image_info *info)
{
    text_line(to, "file", "%s, %" PRIu64 " bytes", info->file, info->file_bytes);
    text_line(to, "format", "%s%s", dfk_format_name(info->format),
              info->gzipped ? ", gzipped" : "");
    if (info->has_ids) {
        text_line(to, "suffix", "vendor %04x, product %04x, device %04x, DFU %04x, CRC correct",
                  info->vendor, info->product, info->bcd_device, info->dfu_version);
    }
    if (info->format == DFK_FORMAT_DFUSE) {
        text_line(to, "targets", "%zu, the first is \"%s\"", info->target_count, info->target_name);
    }
    if (info->uf2_family != 0) {
        text_line(to, "family", "0x%08" PRIX32, info->uf2_family);
    }
    if (info->entry != UINT32_MAX) {
        text_line(to, "entry", "0x%08" PRIX32, info->entry);
    }
    text_line(to, "data", "%" PRIu64 " bytes in %zu segment%s%s", info->data_bytes,
              info->segment_count, text_plural(info->segment_count),
              info->addressed ? "" : ", without addresses");
}

static void say_segment(FILE *to, const struct dfk_segment *segment, uint32_t crc)
{
    text_line(to, "",
              "0x%08" PRIX32 "-0x%08" PRIX32 "  %10" PRIu32 " bytes  CRC-32 %08" PRIX32 "  alt %u",
              segment->addr, segment->addr + (segment->length - 1), segment->length, crc,
              segment->alternate);
}

/* The first segment should begin with a table; in others it is worth a word when it is there. */
static void say_vectors(FILE *to, const struct vectors *vectors, bool first)
{
    if (vectors->plausible) {
        text_line(to, "vectors",
                  "0x%08" PRIX32 ": stack 0x%08" PRIX32 ", reset 0x%08" PRIX32 ", plausible",
                  vectors->addr, vectors->stack, vectors->reset);
    } else if (first && vectors->found) {
        text_line(to, "vectors",
                  "0x%08" PRIX32 ": no vector table (stack 0x%08" PRIX32 ", reset 0x%08" PRIX32
                  "): %s",
                  vectors->addr, vectors->stack, vectors->reset, vectors->problem);
    }
}

void text_keys(struct ui *ui, const struct keys *keys)
{
    enum { PER_LINE = 8 };
    char hex[2 * DFK_KEY_BYTES + 1], line[6 * PER_LINE + 1];
    text_hex(hex, keys->key, sizeof keys->key);
    text_line(ui->out, "secret", "%s: whoever has it can sign; keep it safe", keys->secret);
    text_line(ui->out, "public", "%s: %s", keys->public, hex);
    text_line(ui->out, "board.h", "#define BOARD_SEAL_KEY \\");
    for (size_t i = 0; i < DFK_KEY_BYTES; i += PER_LINE) {
        bool last = i + PER_LINE == DFK_KEY_BYTES;
        for (size_t j = 0; j < PER_LINE; j++) {
            bool end = last && j + 1 == PER_LINE;
            (void)snprintf(line + 6 * j, sizeof line - 6 * j, end ? "0x%02X" : "0x%02X, ",
                           keys->key[i + j]);
        }
        text_line(ui->out, "", last ? "%s" : "%s\\", line);
    }
}

void text_inspected(struct ui *ui, const struct image_facts *facts)
{
    const struct dfk_image_info *info = dfk_image_get_info(facts->image);
    say_header(ui->out, info);
    for (size_t i = 0; i < info->segment_count; i++) {
        say_segment(ui->out, dfk_image_get_segment(facts->image, i), facts->crcs[i]);
    }
    for (size_t i = 0; i < info->segment_count; i++) {
        say_vectors(ui->out, &facts->vectors[i], i == 0);
    }
    say_seal(ui->out, &facts->seal, facts->signature);
    say_warnings(ui->out, facts->image);
}
