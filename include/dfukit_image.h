/* SPDX-License-Identifier: MIT
 * Firmware files: read, look into, combine, write. A chapter of dfukit.h; include that one. */
#ifndef DFUKIT_IMAGE_H
#define DFUKIT_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dfukit_errors.h"

#ifndef DFK_API
#error "include dfukit.h"
#endif

enum dfk_format {
    DFK_FORMAT_AUTO, /* reading: by content; writing: by the file name's ending */
    DFK_FORMAT_DFUSE,
    DFK_FORMAT_DFU, /* raw bytes with a DFU suffix */
    DFK_FORMAT_BIN,
    DFK_FORMAT_HEX,
    DFK_FORMAT_SREC,
    DFK_FORMAT_ELF,
    DFK_FORMAT_UF2,
};

struct dfk_image;

struct dfk_image_options {
    enum dfk_format format; /* DFK_FORMAT_AUTO: by content */
    bool has_addr;          /* addr is given */
    uint32_t addr;          /* where raw bytes go; refused with a format that has addresses */
    uint32_t uf2_family;    /* only blocks of this family; 0: the file must name just one */
};

/* Bytes of an image that stand together. Segments are sorted by alternate, then address; they never
 * overlap nor touch. */
struct dfk_segment {
    uint8_t alternate; /* bAlternateSetting it is meant for; 0 where the format does not say */
    uint32_t addr;     /* device address; with addressed == false, the offset in the partition */
    uint32_t length;   /* bytes, 1.. */
    const uint8_t *data;
};

/* Something that is wrong in the file and was tolerated. */
struct dfk_image_warning {
    const char *id;  /* stable word, e.g. "dfuse-image-size" */
    uint64_t offset; /* in the (unpacked) file */
    char text[200];
};

struct dfk_image_info {
    char file[256];
    enum dfk_format format;
    bool gzipped;
    bool addressed;                       /* false: raw bytes without any address (bin, dfu) */
    bool has_ids;                         /* the file has a DFU suffix */
    uint16_t vendor, product, bcd_device; /* of the suffix; 0xFFFF: any */
    uint16_t dfu_version;                 /* bcdDFU of the suffix */
    uint32_t uf2_family;                  /* 0: none named */
    uint32_t entry;                       /* start address the file names, or 0xFFFFFFFF */
    uint64_t file_bytes; /* of the file as it is stored, packed when it is gzipped */
    uint64_t data_bytes; /* of all segments */
    size_t segment_count, warning_count;
    size_t target_count;   /* DfuSe targets, else 1 */
    char target_name[256]; /* of the first DfuSe target, or "" */
};

/* Reads a firmware file.
 *
 * path      a file name; "-" for standard input
 * options   NULL for the defaults
 * Owns      *image is the caller's: dfk_image_free
 * Returns   0, -DFK_E_FILE_IO, -DFK_E_BAD_FILE (offset in err->where), -DFK_E_OVERLAP,
 *           -DFK_E_USAGE (address missing or superfluous), -DFK_E_WRONG_DEVICE (UF2 family),
 *           -DFK_E_NO_MEMORY
 * Source    UM0391 (DfuSe), DFU 1.1 appendix B (suffix), Intel HEX 1988, Motorola S-record,
 *           TIS ELF 1.2, UF2 specification */
DFK_API int dfk_image_read(const char *path, const struct dfk_image_options *options,
                           struct dfk_image **image, struct dfk_error *err);

/* Adds everything of from to into.
 *
 * Returns   0, -DFK_E_OVERLAP (into unchanged), -DFK_E_USAGE (one has addresses, the other none),
 *           -DFK_E_NO_MEMORY */
DFK_API int dfk_image_merge(struct dfk_image *into, const struct dfk_image *from,
                            struct dfk_error *err);

/* Gives what a file said of itself.
 * Owns      nothing: lives as long as the image */
DFK_API const struct dfk_image_info *dfk_image_get_info(const struct dfk_image *image);

/* Gives segment index (0..segment_count-1), NULL beyond.
 * Owns      nothing: lives as long as the image, until the next merge */
DFK_API const struct dfk_segment *dfk_image_get_segment(const struct dfk_image *image,
                                                        size_t index);

/* Gives warning index (0..warning_count-1), NULL beyond. At most 64 are kept; the last one then
 * says how many more there were.
 *
 * Owns      nothing: lives as long as the image, until the next merge */
DFK_API const struct dfk_image_warning *dfk_image_get_warning(const struct dfk_image *image,
                                                              size_t index);

struct dfk_write_options {
    enum dfk_format format;               /* DFK_FORMAT_AUTO: by the ending of path */
    bool has_ids;                         /* the next three are given; else taken from the image */
    uint16_t vendor, product, bcd_device; /* default 0x0483, 0xDF11, 0xFFFF; 0xFFFF each in dfu */
    uint32_t uf2_family;                  /* default: the image's, or none */
    uint8_t fill;                         /* between segments of a bin; 0 means the default 0xFF */
    bool overwrite;                       /* replace an existing file */
};

/* Writes an image to a file, whole or not at all.
 *
 * path      a file name; "-" for standard output (format must then be given)
 * Returns   0, -DFK_E_FILE_IO (also when the file exists and overwrite is false), -DFK_E_USAGE
 *           (unknown ending; a format that cannot hold this image), -DFK_E_NO_MEMORY
 * Source    as for dfk_image_read */
DFK_API int dfk_image_write(const struct dfk_image *image, const char *path,
                            const struct dfk_write_options *options, struct dfk_error *err);

/* Gives the short name of a format ("dfuse", "hex", ...). Never NULL.
 * Owns      nothing: a constant */
DFK_API const char *dfk_format_name(enum dfk_format format);

/* Frees an image. */
DFK_API void dfk_image_free(struct dfk_image *image);

#endif
