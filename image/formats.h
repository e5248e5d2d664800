/* SPDX-License-Identifier: MIT
 * What the files of single formats offer to the table of formats, and to each other. */
#ifndef IMAGE_FORMATS_H
#define IMAGE_FORMATS_H

#include "image/image.h"

/* The three functions of a row of the table; their contract stands at struct image_format. */
typedef bool image_matches(const struct image_source *source);
typedef int image_reader(const struct image_source *source, struct dfk_image *image,
                         struct dfk_error *err);
typedef int image_writer(const struct dfk_image *image, const struct dfk_write_options *options,
                         struct buffer *out, struct dfk_error *err);

/* Source UM0391, "DfuSe file format specification" */
image_matches dfuse_matches;
image_reader dfuse_read;
image_writer dfuse_write;

/* Source DFU 1.1, appendix B */
image_matches dfu_matches;
image_reader dfu_read;
image_writer dfu_write;

/* Raw bytes. */
image_reader bin_read;
image_writer bin_write;

/* Source Intel, "Hexadecimal Object File Format Specification", revision A, 1988 */
image_matches hex_matches;
image_reader hex_read;
image_writer hex_write;

/* Source Motorola, "M68000 Family Programmer's Reference Manual", appendix C */
image_matches srec_matches;
image_reader srec_read;

/* Source TIS, "Executable and Linking Format (ELF) Specification", version 1.2 */
image_matches elf_matches;
image_reader elf_read;

/* Source "USB Flashing Format (UF2)", github.com/microsoft/uf2 */
image_matches uf2_matches;
image_reader uf2_read;
image_writer uf2_write;

/* Tells whether the bytes at offset are wanted but for at most one damaged or missing byte. */
bool image_has_nearly(const struct image_source *source, size_t offset, const char *wanted,
                      size_t length);

/* The ids that a written file shall carry. */
struct image_ids {
    uint16_t vendor, product, bcd_device;
};

/* Chooses the ids: those asked for, else the image's own, else fallback. */
struct image_ids image_ids_for(const struct dfk_image *image,
                               const struct dfk_write_options *options,
                               const struct image_ids *fallback);

/* What a valid DFU suffix says. */
struct dfu_suffix {
    struct image_ids ids;
    uint16_t version; /* bcdDFU */
    uint8_t length;   /* bytes, 16.. */
    uint32_t crc;
};

/* Checks the suffix at the end of a file.
 *
 * suffix    untouched on failure
 * Returns   0, -DFK_E_BAD_FILE (none, damaged, cut off, wrong CRC)
 * Source    DFU 1.1, appendix B */
int dfu_suffix_check(const struct image_source *source, struct dfu_suffix *suffix,
                     struct dfk_error *err);

/* Prefixes that makers of other chips put before the payload, as dfu-util's dfu-prefix writes them:
 * TI Stellaris/Tiva (1, 0, address / 1024, length) and NXP LPC (0x1A, 0x3F, blocks, ... 0xFF). */
enum { DFU_PREFIX_TI_BYTES = 8, DFU_PREFIX_LPC_BYTES = 16, DFU_PREFIX_BYTES_MAX = 16 };

/* Recognises a prefix.
 *
 * length    of the file without its suffix
 * bytes     gets the length of the prefix, 0 when there is none */
enum dfk_prefix dfu_prefix_find(const uint8_t *data, size_t length, size_t *bytes);

/* Tells whether a file ends in a DFU suffix, damaged or not. */
bool dfu_suffix_matches(const struct image_source *source);

/* Checks the suffix and puts its ids into the image's info.
 *
 * body      gets the bytes before the suffix
 * Returns   0, -DFK_E_BAD_FILE (damaged, cut off, wrong CRC: what it protects cannot be trusted)
 * Source    DFU 1.1, appendix B */
int dfu_suffix_read(const struct image_source *source, struct dfk_image *image, size_t *body,
                    struct dfk_error *err);

/* Appends a suffix over everything that out holds.
 *
 * version   bcdDFU: 0x0100, or 0x011A after a DfuSe file
 * Returns   0, -DFK_E_NO_MEMORY */
int dfu_suffix_write(struct buffer *out, const struct image_ids *ids, uint16_t version,
                     struct dfk_error *err);

/* Tells whether a file is gzipped. Source RFC 1952, "Member header and trailer" */
bool gzip_matches(const uint8_t *data, size_t length);

/* Unpacks a gzipped file, all its members.
 *
 * packed    its name goes into messages; offsets are of the packed file
 * limit     most bytes to unpack
 * Owns      out's bytes are the caller's: buffer_free, also on failure
 * Returns   0, -DFK_E_BAD_FILE, -DFK_E_NO_MEMORY
 * Source    RFC 1952 */
int gzip_unpack(const struct image_source *packed, size_t limit, struct buffer *out,
                struct dfk_error *err);

/* Appends the bytes of an image from its first to its last address, gaps filled. The image must
 * have one alternate setting.
 *
 * format    its name, for messages
 * Returns   0, -DFK_E_USAGE (several alternate settings; 64 MiB or more to fill),
 *           -DFK_E_NO_MEMORY */
int image_flatten(const struct dfk_image *image, const struct dfk_write_options *options,
                  const char *format, struct buffer *out, struct dfk_error *err);

/* Refuses to write an image whose alternate settings or missing addresses a format cannot express.
 *
 * Returns   0, -DFK_E_USAGE */
int image_require_plain_addresses(const struct dfk_image *image, const char *format,
                                  struct dfk_error *err);

/* Ends a writer: 0, or -DFK_E_NO_MEMORY when the buffer ran out of memory. */
int image_written(const struct buffer *out, struct dfk_error *err);

#endif
