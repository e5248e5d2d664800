/* SPDX-License-Identifier: MIT
 * The seal of an image: put on, found, checked. */
#include "core/seal.h"

#include <ctype.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "core/bytes.h"
#include "image/key.h"
#include "image/parts.h"

enum { GAP_MAX = 1024 * 1024, BLANK = 0xFF, BLANK_WORD_BYTES = 8 };

_Static_assert((int)SEAL_BOARD_BYTES == (int)DFK_SEAL_BOARD_BYTES, "what the public header says");
_Static_assert((int)SEAL_KEY_ID_BYTES == (int)DFK_KEY_ID_BYTES, "what the public header says");
_Static_assert(SEAL_SIGNATURE_AT + crypto_sign_BYTES == SEAL_BYTES, "the signature is the last");

static bool is_board(const char *board)
{
    size_t length = board == NULL ? 0 : strlen(board);
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)board[i]) && strchr("-_.", board[i]) == NULL) {
            return false;
        }
    }
    return length > 0 && length < SEAL_BOARD_BYTES;
}

static int check_stretch(const struct dfk_image *image, struct dfk_error *err)
{
    for (size_t i = 1; i < image->part_count; i++) {
        const struct dfk_segment *last = &image->parts[i - 1].segment;
        const struct dfk_segment *next = &image->parts[i].segment;
        if (next->alternate != last->alternate) {
            return dfk_fail(err, DFK_E_USAGE,
                            "%s: parts for alternate settings %u and %u; a seal is for one stretch",
                            image->info.file, last->alternate, next->alternate);
        }
        if (next->addr - segment_end(last) > GAP_MAX) {
            return dfk_fail(err, DFK_E_USAGE,
                            "%s: %" PRIu64 " bytes between the parts at 0x%08" PRIX32
                            " and 0x%08" PRIX32 "; a seal is for one stretch",
                            image->info.file, next->addr - segment_end(last), last->addr,
                            next->addr);
        }
    }
    return image->part_count > 0
               ? 0
               : dfk_fail(err, DFK_E_USAGE, "%s: nothing to seal in it", image->info.file);
}

static uint32_t round_up(uint32_t length)
{
    return (length + SEAL_UNIT_BYTES - 1) / SEAL_UNIT_BYTES * SEAL_UNIT_BYTES;
}

/* The stretch from the first byte of the image to the last. */
static void copy_stretch(const struct dfk_image *image, uint8_t *to, size_t length)
{
    uint32_t first = image->parts[0].segment.addr;
    memset(to, BLANK, length);
    for (size_t i = 0; i < image->part_count; i++) {
        const struct dfk_segment *part = &image->parts[i].segment;
        memcpy(to + (part->addr - first), part->data, part->length);
    }
}

/* Nothing but a vector table with its reserved words unused may be written into. */
static int check_place(const struct dfk_image *image, const uint8_t *data, size_t length,
                       struct dfk_error *err)
{
    uint32_t addr = image->parts[0].segment.addr;
    static const uint8_t zeros[BLANK_WORD_BYTES];
    uint8_t blank[BLANK_WORD_BYTES];
    memset(blank, BLANK, sizeof blank);
    if (length < SEAL_PLACE_END) {
        return dfk_fail(err, DFK_E_BAD_FILE, "%s: %zu bytes hold no vector table", image->info.file,
                        length);
    }
    uint32_t reset = get_le32(data + 4);
    if (reset % 2 == 0 || (image->info.addressed && reset - addr >= length)) {
        return dfk_fail(err, DFK_E_BAD_FILE,
                        "%s: no vector table at 0x%08" PRIX32 ": the reset vector is 0x%08" PRIX32,
                        image->info.file, addr, reset);
    }
    const uint8_t *place = data + SEAL_PLACE_AT;
    if (memcmp(place, zeros, sizeof zeros) != 0 && memcmp(place, blank, sizeof blank) != 0 &&
        seal_find(data) == 0) {
        return dfk_fail(err, DFK_E_BAD_FILE,
                        "%s: the reserved vectors 8 and 9 at 0x%08" PRIX32
                        " are in use (0x%08" PRIX32 ", 0x%08" PRIX32 "): no place for a seal",
                        image->info.file, addr + SEAL_PLACE_AT, get_le32(place),
                        get_le32(place + 4));
    }
    return 0;
}

static void hash(const uint8_t *data, uint32_t length, const uint8_t *seal, uint8_t *digest)
{
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, data, length);
    crypto_hash_sha256_update(&state, seal, SEAL_HEAD_BYTES);
    crypto_hash_sha256_final(&state, digest);
}

static int sign(uint8_t seal[SEAL_BYTES], const uint8_t *data, const char *key_path,
                struct dfk_error *err)
{
    uint8_t seed[DFK_KEY_BYTES], key[crypto_sign_PUBLICKEYBYTES];
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    int result = key_read_secret(key_path, seed, err);
    if (result == 0) {
        (void)crypto_sign_seed_keypair(key, secret, seed);
        memcpy(seal + SEAL_KEY_ID_AT, key, SEAL_KEY_ID_BYTES);
        hash(data, get_le32(seal + SEAL_LENGTH_AT), seal, seal + SEAL_DIGEST_AT);
        (void)crypto_sign_detached(seal + SEAL_SIGNATURE_AT, NULL, seal, SEAL_SIGNATURE_AT, secret);
    }
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(secret, sizeof secret);
    return result;
}

/* Writes the seal behind the bytes that it is about. */
static int put_seal(uint8_t *data, uint32_t length, const struct dfk_seal_options *options,
                    struct dfk_error *err)
{
    uint8_t *seal = data + length;
    uint16_t flags = options->key != NULL ? SEAL_SIGNED : 0;
    flags |= options->any_version ? SEAL_ANY_VERSION : 0;
    seal_put_place(data, length);
    memset(seal, 0, SEAL_HEAD_BYTES);
    put_le32(seal, SEAL_MAGIC);
    put_le16(seal + 4, SEAL_FORMAT);
    put_le16(seal + SEAL_FLAGS_AT, flags);
    put_le32(seal + SEAL_LENGTH_AT, length);
    put_le32(seal + SEAL_VERSION_AT, options->version);
    memcpy(seal + SEAL_BOARD_AT, options->board, strlen(options->board));
    memset(seal + SEAL_SIGNATURE_AT, BLANK, SEAL_BYTES - SEAL_SIGNATURE_AT);
    if (options->key != NULL) {
        return sign(seal, data, options->key, err);
    }
    hash(data, length, seal, seal + SEAL_DIGEST_AT);
    return 0;
}

/* How much of the image is to be sealed: all of it, or what was sealed before. */
static int measure(const struct dfk_image *image, const struct dfk_seal_options *options,
                   uint32_t *length, struct dfk_error *err)
{
    struct dfk_seal old;
    dfk_image_get_seal(image, &old);
    if (old.found && !options->again) {
        return dfk_fail(err, DFK_E_REFUSED, "%s: sealed already, for %s", image->info.file,
                        old.board);
    }
    uint64_t all =
        segment_end(&image->parts[image->part_count - 1].segment) - image->parts[0].segment.addr;
    if (all > UINT32_MAX - SEAL_BYTES - SEAL_UNIT_BYTES) {
        return dfk_fail(err, DFK_E_USAGE, "%s: no room for a seal", image->info.file);
    }
    *length = old.found && old.length <= all ? old.length : (uint32_t)all;
    return 0;
}

int dfk_image_seal(struct dfk_image *image, const struct dfk_seal_options *options,
                   struct dfk_error *err)
{
    uint32_t length = 0;
    if (!is_board(options->board)) {
        return dfk_fail(err, DFK_E_USAGE,
                        "no id of a board: wanted 1 to 23 letters, digits, -, _ or .");
    }
    int result = check_stretch(image, err);
    result = result == 0 ? measure(image, options, &length, err) : result;
    if (result != 0) {
        return result;
    }
    size_t room =
        segment_end(&image->parts[image->part_count - 1].segment) - image->parts[0].segment.addr;
    uint8_t *data = image_store(image, room + SEAL_UNIT_BYTES + SEAL_BYTES, err);
    if (data == NULL) {
        return -DFK_E_NO_MEMORY;
    }
    copy_stretch(image, data, room + SEAL_UNIT_BYTES + SEAL_BYTES);
    result = check_place(image, data, length, err);
    result = result == 0 ? put_seal(data, round_up(length), options, err) : result;
    if (result == 0) {
        image->parts[0].segment.data = data;
        image->parts[0].segment.length = round_up(length) + SEAL_BYTES;
        image->part_count = 1;
        image_count(image);
    }
    return result;
}

/* Finds a stretch of the image that lies in one part. NULL when it does not. */
static const uint8_t *find(const struct dfk_image *image, uint64_t addr, uint32_t length)
{
    for (size_t i = 0; i < image->part_count; i++) {
        const struct dfk_segment *part = &image->parts[i].segment;
        if (addr >= part->addr && addr + length <= segment_end(part)) {
            return part->data + (addr - part->addr);
        }
    }
    return NULL;
}

static const uint8_t *find_seal(const struct dfk_image *image, uint32_t *addr, uint32_t *length)
{
    for (size_t i = 0; i < image->part_count; i++) {
        const struct dfk_segment *part = &image->parts[i].segment;
        *addr = part->addr;
        *length = part->length >= SEAL_PLACE_END ? seal_find(part->data) : 0;
        if (*length != 0) {
            return find(image, (uint64_t)*addr + *length, SEAL_BYTES);
        }
    }
    return NULL;
}

static void take(const uint8_t *bytes, struct dfk_seal *seal)
{
    uint16_t flags = get_le16(bytes + SEAL_FLAGS_AT);
    seal->is_signed = (flags & SEAL_SIGNED) != 0;
    seal->any_version = (flags & SEAL_ANY_VERSION) != 0;
    seal->version = get_le32(bytes + SEAL_VERSION_AT);
    memcpy(seal->board, bytes + SEAL_BOARD_AT, SEAL_BOARD_BYTES);
    seal->board[SEAL_BOARD_BYTES - 1] = '\0';
    memcpy(seal->key_id, bytes + SEAL_KEY_ID_AT, SEAL_KEY_ID_BYTES);
    memcpy(seal->digest, bytes + SEAL_DIGEST_AT, sizeof seal->digest);
}

/* What is wrong with a seal. NULL: it is whole. */
static const char *judge(const struct dfk_image *image, const uint8_t *bytes, struct dfk_seal *seal)
{
    uint8_t digest[crypto_hash_sha256_BYTES];
    const uint8_t *data = find(image, seal->addr, seal->length);
    if (bytes == NULL || data == NULL) {
        return "the image ends before its seal";
    }
    if (!seal_is_for(bytes, seal->length)) {
        return "where the seal should be is something else";
    }
    take(bytes, seal);
    if (!is_board(seal->board)) {
        return "the name of the board is none";
    }
    hash(data, seal->length, bytes, digest);
    return memcmp(digest, seal->digest, sizeof digest) == 0 ? NULL : "the digest is another one";
}

void dfk_image_get_seal(const struct dfk_image *image, struct dfk_seal *seal)
{
    *seal = (struct dfk_seal){0};
    const uint8_t *bytes = find_seal(image, &seal->addr, &seal->length);
    seal->found = seal->length != 0;
    if (!seal->found) {
        seal->addr = 0;
        return;
    }
    const char *problem = judge(image, bytes, seal);
    seal->whole = problem == NULL;
    (void)snprintf(seal->problem, sizeof seal->problem, "%s", problem == NULL ? "" : problem);
}

static int check_signature(const struct dfk_image *image, const struct dfk_seal *seal,
                           const char *key_path, struct dfk_error *err)
{
    uint8_t key[DFK_KEY_BYTES];
    uint32_t addr = 0, length = 0;
    int result = dfk_key_read(key_path, key, err);
    if (result != 0) {
        return result;
    }
    const uint8_t *bytes = find_seal(image, &addr, &length);
    if (memcmp(key, seal->key_id, sizeof seal->key_id) != 0) {
        int code = dfk_fail(err, DFK_E_REFUSED, "%s: signed with another key than that of %s",
                            image->info.file, key_path);
        const uint8_t *id = seal->key_id;
        dfk_fail_why(err, "its key begins with %02x%02x%02x%02x, that of %s with %02x%02x%02x%02x",
                     id[0], id[1], id[2], id[3], key_path, key[0], key[1], key[2], key[3]);
        dfk_fail_next(err, "get the file from whoever has that key; nothing was changed");
        return code;
    }
    if (crypto_sign_verify_detached(bytes + SEAL_SIGNATURE_AT, bytes, SEAL_SIGNATURE_AT, key) !=
        0) {
        int code = dfk_fail(err, DFK_E_REFUSED, "%s: the signature is not one of %s",
                            image->info.file, key_path);
        dfk_fail_next(err, "do not use it: somebody changed it, or made up the signature");
        return code;
    }
    return 0;
}

int dfk_image_check_seal(const struct dfk_image *image, const struct dfk_seal_wish *wish,
                         struct dfk_error *err)
{
    struct dfk_seal seal;
    dfk_image_get_seal(image, &seal);
    if (!seal.found) {
        int code = dfk_fail(err, DFK_E_REFUSED, "%s: not sealed", image->info.file);
        dfk_fail_next(err, "seal it: dfukit image seal %s --board ID%s -o NEW", image->info.file,
                      wish->is_signed || wish->key != NULL ? " --sign KEY" : "");
        return code;
    }
    if (!seal.whole) {
        return dfk_fail(err, DFK_E_BAD_FILE, "%s: the seal is damaged: %s", image->info.file,
                        seal.problem);
    }
    if (wish->board != NULL && strcmp(wish->board, seal.board) != 0) {
        return dfk_fail(err, DFK_E_WRONG_DEVICE, "%s: sealed for board %s, not for %s",
                        image->info.file, seal.board, wish->board);
    }
    if ((wish->is_signed || wish->key != NULL) && !seal.is_signed) {
        int code = dfk_fail(err, DFK_E_REFUSED, "%s: sealed, but not signed", image->info.file);
        dfk_fail_next(err,
                      "sign it: dfukit image seal %s --board %s --image-version %u.%u.%u --again "
                      "--sign KEY -o NEW",
                      image->info.file, seal.board, seal.version >> 24 & 255u,
                      seal.version >> 16 & 255u, seal.version & 0xFFFFu);
        return code;
    }
    return wish->key == NULL ? 0 : check_signature(image, &seal, wish->key, err);
}
