/* SPDX-License-Identifier: MIT
 * The DFU suffix, alone behind raw bytes or at the end of a DfuSe file. */
#include <inttypes.h>

#include <zlib.h>

#include "core/bytes.h"
#include "core/dfu.h"
#include "image/formats.h"

/* Places in the suffix, counted back from the end of the file, since a longer suffix grows to the
 * front. Source DFU 1.1, appendix B */
enum {
    SUFFIX_BYTES = 16,
    CRC_BYTES = 4,
    BACK_TO_DEVICE = 16,
    BACK_TO_PRODUCT = 14,
    BACK_TO_VENDOR = 12,
    BACK_TO_VERSION = 10,
    BACK_TO_SIGNATURE = 8,
    BACK_TO_LENGTH = 5,
    BACK_TO_CRC = 4,
    ID_ANY = 0xFFFF,
};

static uint32_t suffix_crc(const uint8_t *data, size_t length)
{
    return ~(uint32_t)crc32_z(crc32_z(0, NULL, 0), data, length);
}

bool dfu_suffix_matches(const struct image_source *source)
{
    return source->length >= SUFFIX_BYTES &&
           image_has_nearly(source, source->length - BACK_TO_SIGNATURE, "UFD\x10", 4);
}

int dfu_suffix_check(const struct image_source *source, struct dfu_suffix *suffix,
                     struct dfk_error *err)
{
    size_t length = source->length;
    const uint8_t *end = source->data + length;
    if (length < SUFFIX_BYTES) {
        return image_refuse(source, length, err, "a DFU suffix has 16 bytes, the file has %zu",
                            length);
    }
    const uint8_t *signature = end - BACK_TO_SIGNATURE;
    if (signature[0] != 'U' || signature[1] != 'F' || signature[2] != 'D') {
        return image_refuse(source, length - BACK_TO_SIGNATURE, err,
                            "the DFU suffix is signed %02X %02X %02X, wanted \"UFD\"", signature[0],
                            signature[1], signature[2]);
    }
    if (end[-BACK_TO_LENGTH] < SUFFIX_BYTES || end[-BACK_TO_LENGTH] > length) {
        return image_refuse(source, length - BACK_TO_LENGTH, err,
                            "the DFU suffix claims %u bytes, wanted 16 to %zu",
                            end[-BACK_TO_LENGTH], length);
    }
    uint32_t stored = get_le32(end - BACK_TO_CRC);
    uint32_t computed = suffix_crc(source->data, length - CRC_BYTES);
    if (stored == computed) {
        *suffix = (struct dfu_suffix){.ids = {get_le16(end - BACK_TO_VENDOR),
                                              get_le16(end - BACK_TO_PRODUCT),
                                              get_le16(end - BACK_TO_DEVICE)},
                                      .version = get_le16(end - BACK_TO_VERSION),
                                      .length = end[-BACK_TO_LENGTH],
                                      .crc = stored};
        return 0;
    }
    int result = image_refuse(source, length - BACK_TO_CRC, err,
                              "the DFU suffix has CRC 0x%08" PRIX32 ", the file has 0x%08" PRIX32,
                              stored, computed);
    dfk_fail_why(err, stored == 0 ? "the CRC is 0: the program that wrote the file left it out"
                                  : "the file was damaged or changed after it was written");
    return result;
}

int dfu_suffix_read(const struct image_source *source, struct dfk_image *image, size_t *body,
                    struct dfk_error *err)
{
    struct dfu_suffix suffix;
    int result = dfu_suffix_check(source, &suffix, err);
    if (result != 0) {
        return result;
    }
    struct dfk_image_info *info = image_info(image);
    info->has_ids = true;
    info->bcd_device = suffix.ids.bcd_device;
    info->product = suffix.ids.product;
    info->vendor = suffix.ids.vendor;
    info->dfu_version = suffix.version;
    *body = source->length - suffix.length;
    return 0;
}

int dfu_suffix_write(struct buffer *out, const struct image_ids *ids, uint16_t version,
                     struct dfk_error *err)
{
    uint8_t suffix[SUFFIX_BYTES];
    uint8_t *end = suffix + SUFFIX_BYTES;
    put_le16(end - BACK_TO_DEVICE, ids->bcd_device);
    put_le16(end - BACK_TO_PRODUCT, ids->product);
    put_le16(end - BACK_TO_VENDOR, ids->vendor);
    put_le16(end - BACK_TO_VERSION, version);
    end[-BACK_TO_SIGNATURE] = 'U';
    end[-BACK_TO_SIGNATURE + 1] = 'F';
    end[-BACK_TO_SIGNATURE + 2] = 'D';
    end[-BACK_TO_LENGTH] = SUFFIX_BYTES;
    buffer_append(out, suffix, SUFFIX_BYTES - CRC_BYTES);
    put_le32(end - BACK_TO_CRC, suffix_crc(out->data, out->length));
    buffer_append(out, end - BACK_TO_CRC, CRC_BYTES);
    return image_written(out, err);
}

struct image_ids image_ids_for(const struct dfk_image *image,
                               const struct dfk_write_options *options,
                               const struct image_ids *fallback)
{
    const struct dfk_image_info *info = dfk_image_get_info(image);
    if (options->has_ids) {
        return (struct image_ids){options->vendor, options->product, options->bcd_device};
    }
    return info->has_ids ? (struct image_ids){info->vendor, info->product, info->bcd_device}
                         : *fallback;
}

/* ---- raw bytes with a suffix --------------------------------------------------------------- */

bool dfu_matches(const struct image_source *source)
{
    return dfu_suffix_matches(source);
}

enum dfk_prefix dfu_prefix_find(const uint8_t *data, size_t length, size_t *bytes)
{
    *bytes = 0;
    if (length >= DFU_PREFIX_TI_BYTES && data[0] == 1 && data[1] == 0 &&
        get_le32(data + 4) == length - DFU_PREFIX_TI_BYTES) {
        *bytes = DFU_PREFIX_TI_BYTES;
        return DFK_PREFIX_TI;
    }
    if (length >= DFU_PREFIX_LPC_BYTES && data[0] == 0x1A && data[1] == 0x3F &&
        get_le32(data + DFU_PREFIX_LPC_BYTES - 4) == UINT32_MAX) {
        *bytes = DFU_PREFIX_LPC_BYTES;
        return DFK_PREFIX_LPC;
    }
    return DFK_PREFIX_NONE;
}

static void warn_of_prefix(const uint8_t *data, size_t length, struct dfk_image *image)
{
    size_t bytes = 0;
    enum dfk_prefix prefix = dfu_prefix_find(data, length, &bytes);
    if (prefix == DFK_PREFIX_TI) {
        image_warn(image, "ti-prefix", 0,
                   "starts with the 8-byte prefix of TI Stellaris and Tiva parts (address "
                   "0x%08" PRIX32 "); it is kept, since those devices want it",
                   (uint32_t)get_le16(data + 2) * 1024);
    }
    if (prefix == DFK_PREFIX_LPC) {
        image_warn(image, "lpc-prefix", 0,
                   "starts with the 16-byte prefix of NXP LPC parts; it is kept, since those "
                   "devices want it");
    }
}

static void warn_of_version(const struct image_source *source, struct dfk_image *image)
{
    uint16_t version = image_info(image)->dfu_version;
    uint64_t offset = source->length - BACK_TO_VERSION;
    if (version == DFU_VERSION_DFUSE) {
        image_warn(image, "dfu-version", offset,
                   "the suffix says DfuSe (bcdDFU 0x011A), but the file does not start with "
                   "\"DfuSe\"; taken as raw bytes");
    } else if (version != DFU_VERSION_1_0 && version != DFU_VERSION_1_1) {
        image_warn(image, "dfu-version", offset,
                   "the suffix has bcdDFU 0x%04X, wanted 0x0100 or 0x0110", version);
    }
}

int dfu_read(const struct image_source *source, struct dfk_image *image, struct dfk_error *err)
{
    size_t body = 0;
    int result = dfu_suffix_read(source, image, &body, err);
    if (result != 0) {
        return result;
    }
    warn_of_version(source, image);
    warn_of_prefix(source->data, body, image);
    struct dfk_segment all = {0, source->options->has_addr ? source->options->addr : 0,
                              (uint32_t)body, source->data};
    return image_add(image, &all, 0, err);
}

int dfu_write(const struct dfk_image *image, const struct dfk_write_options *options,
              struct buffer *out, struct dfk_error *err)
{
    static const struct image_ids any = {ID_ANY, ID_ANY, ID_ANY};
    struct image_ids ids = image_ids_for(image, options, &any);
    int result = image_flatten(image, options, "dfu", out, err);
    return result == 0 ? dfu_suffix_write(out, &ids, DFU_VERSION_1_0, err) : result;
}
