/* SPDX-License-Identifier: MIT
 * Where the seal of an application is, and what makes it one. */
#include "core/seal.h"

#include "core/bytes.h"

uint32_t seal_find(const uint8_t *vectors)
{
    const uint8_t *place = vectors + SEAL_PLACE_AT;
    return get_le32(place) == SEAL_MAGIC ? get_le32(place + 4) : 0;
}

void seal_put_place(uint8_t *vectors, uint32_t length)
{
    put_le32(vectors + SEAL_PLACE_AT, SEAL_MAGIC);
    put_le32(vectors + SEAL_PLACE_AT + 4, length);
}

bool seal_is_for(const uint8_t seal[SEAL_BYTES], uint32_t length)
{
    return get_le32(seal) == SEAL_MAGIC && get_le16(seal + 4) == SEAL_FORMAT &&
           get_le32(seal + SEAL_LENGTH_AT) == length && length % SEAL_UNIT_BYTES == 0;
}

bool seal_names(const uint8_t seal[SEAL_BYTES], const char *board)
{
    uint32_t differ = 0;
    for (uint32_t i = 0; i < SEAL_BOARD_BYTES; i++) {
        differ |= (uint32_t)(seal[SEAL_BOARD_AT + i] ^ (uint8_t)board[i]);
    }
    return differ == 0;
}
