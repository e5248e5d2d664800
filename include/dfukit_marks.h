/* SPDX-License-Identifier: MIT
 * What stands around the payload of a firmware file: DFU suffix, makers' prefixes. A chapter of
 * dfukit.h; include that one. */
#ifndef DFUKIT_MARKS_H
#define DFUKIT_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#ifndef DFK_API
#error "include dfukit.h"
#endif

enum dfk_prefix {
    DFK_PREFIX_NONE,
    DFK_PREFIX_TI,  /* TI Stellaris and Tiva: load address and length, 8 bytes */
    DFK_PREFIX_LPC, /* NXP LPC, not encrypted: length, 16 bytes */
};

/* The marks of a file. Writing computes what is marked "read only here" anew. */
struct dfk_marks {
    bool has_suffix;
    uint16_t vendor, product, bcd_device; /* of the suffix; 0xFFFF: any */
    uint16_t dfu_version;                 /* bcdDFU of the suffix: 0x0100, 0x0110, 0x011A */
    uint8_t suffix_bytes;                 /* read only here: 16..255 */
    uint32_t crc;                         /* read only here */
    char suffix_problem[160];             /* read only here: why there is no valid suffix, or "" */
    enum dfk_prefix prefix;
    uint32_t prefix_addr;   /* TI: load address, a multiple of 1024 below 64 MiB */
    uint32_t payload_bytes; /* read only here: as the prefix tells it; LPC: a multiple of 512 */
};

/* Finds the marks of a file. A damaged suffix counts as none, and suffix_problem says why.
 *
 * path      a file name; "-" for standard input
 * Returns   0, -DFK_E_FILE_IO, -DFK_E_BAD_FILE (1 GiB or more), -DFK_E_NO_MEMORY
 * Source    DFU 1.1, appendix B; TI "LM Flash Programmer" and NXP UM10503, DFU image headers */
DFK_API int dfk_marks_read(const char *path, struct dfk_marks *marks, struct dfk_error *err);

/* Gives a file other marks; the payload between them stays. The file is replaced as a whole.
 *
 * Returns   0, -DFK_E_FILE_IO, -DFK_E_USAGE (load address that the prefix cannot hold),
 *           -DFK_E_BAD_FILE (1 GiB or more), -DFK_E_NO_MEMORY */
DFK_API int dfk_marks_write(const char *path, const struct dfk_marks *marks, struct dfk_error *err);

#endif
