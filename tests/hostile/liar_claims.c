/* SPDX-License-Identifier: MIT
 * What a lying device said that its memory holds, since that was last changed. */
#include <string.h>

#include "core/crc32.h"
#include "tests/hostile/liar.h"

/* The part of a stretch that a claim is about, as offsets in the claim. Returns false when there is
 * none. */
static bool cut(const struct liar_claim *claim, uint32_t addr, uint32_t length, uint32_t *from,
                uint32_t *to)
{
    uint64_t end = (uint64_t)addr + length;
    uint64_t claim_end = (uint64_t)claim->addr + claim->length;
    uint64_t start = addr > claim->addr ? addr : claim->addr;
    end = end < claim_end ? end : claim_end;
    *from = (uint32_t)(start - claim->addr);
    *to = start < end ? (uint32_t)(end - claim->addr) : *from;
    return start < end;
}

void liar_claim_read(struct liar *liar, uint32_t addr, const uint8_t *data, uint32_t length)
{
    for (size_t i = 0; i < liar->claim_count; i++) {
        struct liar_claim *claim = &liar->claims[i];
        uint32_t from, to;
        if (cut(claim, addr, length, &from, &to)) {
            memcpy(claim->value + from, data + (claim->addr + from - addr), to - from);
            memset(claim->valid + from, 1, to - from);
        }
    }
}

static uint32_t checksum(const struct liar_claim *claim, uint32_t from, uint32_t to)
{
    static const uint8_t blank = 0xFF;
    uint32_t crc = CRC32_START;
    for (uint32_t at = from; at < to; at++) {
        crc = crc32_update(crc, claim->data != NULL ? &claim->data[at] : &blank, 1);
    }
    return crc;
}

/* A checksum of more than what is asked for cannot be judged here: the host judges it. */
void liar_claim_checksum(struct liar *liar, uint32_t addr, uint32_t length, uint32_t crc)
{
    for (size_t i = 0; i < liar->claim_count; i++) {
        struct liar_claim *claim = &liar->claims[i];
        uint32_t from, to;
        if (cut(claim, addr, length, &from, &to) &&
            (to - from < length || checksum(claim, from, to) == crc)) {
            memset(claim->valid + from, 2, to - from);
        }
    }
}

void liar_claim_write(struct liar *liar, uint32_t addr, uint32_t length)
{
    for (size_t i = 0; i < liar->claim_count; i++) {
        struct liar_claim *claim = &liar->claims[i];
        uint32_t from, to;
        if (cut(claim, addr, length, &from, &to)) {
            memset(claim->valid + from, 0, to - from);
        }
    }
}

void liar_claim_download(struct liar *liar, uint32_t addr, const uint8_t *data, uint32_t length)
{
    for (size_t i = 0; i < liar->claim_count; i++) {
        struct liar_claim *claim = &liar->claims[i];
        uint32_t from, to;
        bool cuts = cut(claim, addr, length, &from, &to);
        bool same = cuts && claim->data != NULL &&
                    memcmp(claim->data + from, data + (claim->addr + from - addr), to - from) == 0;
        if (cuts && !same) {
            memset(claim->valid + from, 0, to - from);
        }
    }
}

/* The sector is what the host believes it to be, by the layout of the alternate it has selected. */
void liar_claim_erase(struct liar *liar, uint8_t alternate, uint32_t addr)
{
    struct layout_sector sector;
    const struct layout *layout =
        liar->device != NULL ? device_get_layout(liar->device, alternate) : NULL;
    if (layout != NULL && layout_find_sector(layout, addr, &sector)) {
        liar_claim_write(liar, sector.addr, sector.length);
    }
}

bool liar_claims_hold(const struct liar *liar)
{
    bool hold = true;
    for (size_t i = 0; i < liar->claim_count; i++) {
        const struct liar_claim *claim = &liar->claims[i];
        for (uint32_t at = 0; at < claim->length; at++) {
            uint8_t wanted = claim->data != NULL ? claim->data[at] : 0xFF;
            hold = hold &&
                   (claim->valid[at] == 2 || (claim->valid[at] == 1 && claim->value[at] == wanted));
        }
    }
    return hold;
}
