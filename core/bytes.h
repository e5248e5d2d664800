/* SPDX-License-Identifier: MIT
 * Integers in wire and file byte order. */
#ifndef CORE_BYTES_H
#define CORE_BYTES_H

#include <stdint.h>

/* Reads 2 bytes, least significant first. */
static inline uint16_t get_le16(const uint8_t *at)
{
    return (uint16_t)(at[0] | (uint16_t)(at[1] << 8));
}

/* Reads 3 bytes, least significant first. */
static inline uint32_t get_le24(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16;
}

/* Reads 4 bytes, least significant first. */
static inline uint32_t get_le32(const uint8_t *at)
{
    return get_le24(at) | (uint32_t)at[3] << 24;
}

/* Reads 2 bytes, most significant first. */
static inline uint16_t get_be16(const uint8_t *at)
{
    return (uint16_t)((uint16_t)(at[0] << 8) | at[1]);
}

/* Reads 4 bytes, most significant first. */
static inline uint32_t get_be32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Writes 2 bytes, least significant first. */
static inline void put_le16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

/* Writes 3 bytes, least significant first; bits 31:24 of value are dropped. */
static inline void put_le24(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
    at[2] = (uint8_t)(value >> 16);
}

/* Writes 4 bytes, least significant first. */
static inline void put_le32(uint8_t *at, uint32_t value)
{
    put_le24(at, value);
    at[3] = (uint8_t)(value >> 24);
}

/* Writes 2 bytes, most significant first. */
static inline void put_be16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* Writes 4 bytes, most significant first. */
static inline void put_be32(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 24);
    at[1] = (uint8_t)(value >> 16);
    at[2] = (uint8_t)(value >> 8);
    at[3] = (uint8_t)value;
}

#endif
