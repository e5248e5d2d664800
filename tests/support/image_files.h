/* SPDX-License-Identifier: MIT
 * Small good firmware files, written out by hand, that tests damage. */
#ifndef TESTS_SUPPORT_IMAGE_FILES_H
#define TESTS_SUPPORT_IMAGE_FILES_H

#include <string.h>

#include "base/buffer.h"
#include "core/bytes.h"

/* The check value of the suffix, bit by bit: not the code under test. */
static inline uint32_t files_crc(const uint8_t *data, size_t length)
{
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < length; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        }
    }
    return crc;
}

/* Makes the CRC of the last four bytes right again. */
static inline void files_seal(struct buffer *file)
{
    put_le32(file->data + file->length - 4, files_crc(file->data, file->length - 4));
}

static inline void files_suffix(struct buffer *file, uint8_t version)
{
    const uint8_t suffix[16] = {0xFF, 0xFF, 0x11, 0xDF, 0x83, 4, version, 1, 'U', 'F', 'D', 16};
    buffer_append(file, suffix, sizeof suffix);
    files_seal(file);
}

static inline void files_target(struct buffer *file, uint8_t alternate, uint32_t length,
                                uint32_t elements)
{
    uint8_t target[274] = {'T', 'a', 'r', 'g', 'e', 't', alternate, 1, 0, 0, 0, 'S', 'T'};
    put_le32(target + 266, length);
    put_le32(target + 270, elements);
    buffer_append(file, target, sizeof target);
}

static inline void files_element(struct buffer *file, uint32_t addr, const char *data)
{
    uint8_t header[8];
    put_le32(header, addr);
    put_le32(header + 4, (uint32_t)strlen(data));
    buffer_append(file, header, sizeof header);
    buffer_append(file, data, strlen(data));
}

/* prefix 0, target 11, elements 285 and 301, target 325, element 599, suffix 615, end 631 */
static inline void files_dfuse(struct buffer *file)
{
    const uint8_t prefix[11] = {'D', 'f', 'u', 'S', 'e', 1, 0x67, 2, 0, 0, 2};
    buffer_append(file, prefix, sizeof prefix);
    files_target(file, 0, 40, 2);
    files_element(file, 0x08000000, "abcdefgh");
    files_element(file, 0x08004000, "0123456789ABCDEF");
    files_target(file, 1, 16, 1);
    files_element(file, 0x90000000, "ijklmnop");
    files_suffix(file, 0x1A);
}

/* bytes 0, suffix 8, end 24 */
static inline void files_dfu(struct buffer *file)
{
    buffer_append(file, "ABCDEFGH", 8);
    files_suffix(file, 0);
}

/* header 0, program header 52, bytes 84, end 92 */
static inline void files_elf(struct buffer *file)
{
    uint8_t header[84] = {0x7F, 'E', 'L', 'F', 1, 1, 1};
    const uint32_t program[8] = {1, 84, 0x20000000, 0x08000000, 8, 12, 5, 4};
    put_le16(header + 16, 2);
    put_le16(header + 18, 40);
    put_le32(header + 20, 1);
    put_le32(header + 24, 0x08000001);
    put_le32(header + 28, 52);
    put_le16(header + 40, 52);
    put_le16(header + 42, 32);
    put_le16(header + 44, 1);
    put_le16(header + 46, 40);
    for (size_t i = 0; i < 8; i++) {
        put_le32(header + 52 + 4 * i, program[i]);
    }
    buffer_append(file, header, sizeof header);
    buffer_append(file, "abcdefgh", 8);
}

static inline void files_uf2_block(struct buffer *file, uint32_t addr, uint32_t number,
                                   uint32_t count)
{
    uint8_t block[512] = {'U', 'F', '2', '\n', 0x57, 0x51, 0x5D, 0x9E, 0, 0x20};
    const uint32_t fields[5] = {addr, 256, number, count, 0x57755A57};
    for (size_t i = 0; i < 5; i++) {
        put_le32(block + 12 + 4 * i, fields[i]);
    }
    memset(block + 32, (int)('a' + number), 256);
    put_le32(block + 508, 0x0AB16F30);
    buffer_append(file, block, sizeof block);
}

/* blocks 0 and 512, end 1024 */
static inline void files_uf2(struct buffer *file)
{
    files_uf2_block(file, 0x08000000, 0, 2);
    files_uf2_block(file, 0x08000100, 1, 2);
}

#define FILES_HEX                                                                                  \
    ":020000040800F2\r\n"                                                                          \
    ":08000000616263646566676"                                                                     \
    "8D4\r\n"                                                                                      \
    ":0400000508000101ED\r\n"                                                                      \
    ":00000001FF\r\n"

#define FILES_SREC                                                                                 \
    "S00600004844521B\n"                                                                           \
    "S30D080000006162636465666768C6\n"                                                             \
    "S5030001FB\n"                                                                                 \
    "S70508000101F0\n"

static inline void files_hex(struct buffer *file)
{
    buffer_append(file, FILES_HEX, strlen(FILES_HEX));
}

static inline void files_srec(struct buffer *file)
{
    buffer_append(file, FILES_SREC, strlen(FILES_SREC));
}

/* The word "hello\n", packed by gzip 1.12 with -n: header 0, data 10, trailer 18, end 26 */
static inline void files_gzip(struct buffer *file)
{
    static const uint8_t packed[] = {0x1F, 0x8B, 8,    0,    0,    0,    0,    0, 0,
                                     3,    0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0xE7, 2, 0,
                                     0x20, 0x30, 0x3A, 0x36, 6,    0,    0,    0};
    buffer_append(file, packed, sizeof packed);
}

#endif
