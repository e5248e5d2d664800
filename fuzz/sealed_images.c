/* SPDX-License-Identifier: MIT
 * Applications sealed in every way for the boards of a fuzz target, and by libsodium's word whether
 * a signed board may start what is in its flash. */
#include "fuzz/sealed_images.h"

#include <string.h>

#include <sodium.h>

#include "core/bytes.h"
#include "tests/support/seal_maker.h"

enum {
    STACK = 0x20010000,
    APP_ADDR = 0x08020000,
    ENTRY = 0x100,
    MAGIC = 0x6C616573,
    HEAD_BYTES = 64,
    SIGNED_BYTES = 96,
    BOARD_BYTES = 24,
    KEY_ID_BYTES = 8
};

void sealed_image_make(uint8_t *image, enum sealed_kind kind, const char *board)
{
    static const uint8_t code[] = {0x30, 0xBF, 0xFD, 0xE7}; /* wfi; b .-2 */
    static const struct seal_maker makers[SEALED_KINDS] = {
        [SEALED_RIGHT] = {NULL, 0x01000000, SEAL_MAKER_SIGNED, SEAL_MAKER_EXAMPLE},
        [SEALED_NEWER] = {NULL, 0x01010000, SEAL_MAKER_SIGNED, SEAL_MAKER_EXAMPLE},
        [SEALED_NEWEST] = {NULL, 0x01020000, SEAL_MAKER_SIGNED, SEAL_MAKER_EXAMPLE},
        [SEALED_ANY_VERSION] = {NULL, 0x00090000, SEAL_MAKER_SIGNED | SEAL_MAKER_ANY_VERSION,
                                SEAL_MAKER_EXAMPLE},
        [SEALED_OLDER] = {NULL, 0x00090000, SEAL_MAKER_SIGNED, SEAL_MAKER_EXAMPLE},
        [SEALED_ANOTHER_BOARDS] = {"another", 0x01020000, SEAL_MAKER_SIGNED, SEAL_MAKER_EXAMPLE},
        [SEALED_UNSIGNED] = {NULL, 0x01020000, 0, SEAL_MAKER_EXAMPLE},
        [SEALED_ANOTHER_KEYS] = {NULL, 0x01020000, SEAL_MAKER_SIGNED, SEAL_MAKER_OTHER},
        [SEALED_NOT] = {NULL, 0x01020000, SEAL_MAKER_SIGNED, SEAL_MAKER_EXAMPLE},
    };
    struct seal_maker how = makers[kind];
    how.board = how.board == NULL ? board : how.board;
    memset(image, (int)kind, SEALED_IMAGE_BYTES);
    put_le32(image, STACK);
    put_le32(image + 4, APP_ADDR + ENTRY + 1);
    memcpy(image + ENTRY, code, sizeof code);
    seal_maker_put(image, SEALED_IMAGE_BYTES, &how);
    if (kind == SEALED_NOT) {
        memset(image + 32, 0, 8);
    }
}

static bool is_whole(const uint8_t *app, uint32_t sealed)
{
    uint8_t digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, app, sealed + HEAD_BYTES);
    return memcmp(digest, app + sealed + HEAD_BYTES, sizeof digest) == 0;
}

static bool is_signed(const uint8_t *seal)
{
    uint8_t seed[crypto_sign_SEEDBYTES], key[crypto_sign_PUBLICKEYBYTES];
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    (void)sodium_hex2bin(seed, sizeof seed, SEAL_MAKER_EXAMPLE, 2 * sizeof seed, NULL, NULL, NULL);
    (void)crypto_sign_seed_keypair(key, secret, seed);
    return (get_le16(seal + 6) & 1) != 0 && memcmp(seal + 40, key, KEY_ID_BYTES) == 0 &&
           crypto_sign_verify_detached(seal + SIGNED_BYTES, seal, SIGNED_BYTES, key) == 0;
}

bool sealed_image_is_right(const uint8_t *app, uint32_t room, const char *board, uint32_t floor)
{
    uint32_t sealed = get_le32(app + 36);
    uint8_t name[BOARD_BYTES] = {0};
    if (get_le32(app + 32) != MAGIC || sealed < HEAD_BYTES || sealed % 32 != 0 ||
        sealed > room - SEAL_MAKER_BYTES) {
        return false;
    }
    const uint8_t *seal = app + sealed;
    memcpy(name, board, strlen(board));
    bool known = get_le32(seal) == MAGIC && get_le16(seal + 4) == 1 && get_le32(seal + 8) == sealed;
    bool any = (get_le16(seal + 6) & 2) != 0;
    return known && memcmp(seal + 16, name, sizeof name) == 0 && is_whole(app, sealed) &&
           is_signed(seal) && (any || get_le32(seal + 12) >= floor);
}
