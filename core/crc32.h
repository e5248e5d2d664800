/* SPDX-License-Identifier: MIT
 * CRC-32 as in the DFU suffix. */
#ifndef CORE_CRC32_H
#define CORE_CRC32_H

#include <stddef.h>
#include <stdint.h>

enum { CRC32_START = 0 };

/* Continues a CRC over more bytes: reflected polynomial 0xEDB88320, as zlib's crc32().
 *
 * crc       CRC32_START, or what the last call returned
 * Returns   the CRC in zlib's convention ("123456789" gives 0xCBF43926); the DFU suffix stores its
 *           bitwise inverse
 * Source    DFU 1.1, appendix B */
uint32_t crc32_update(uint32_t crc, const uint8_t *data, size_t length);

#endif
