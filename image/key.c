/* SPDX-License-Identifier: MIT
 * Files with the keys that sign images: two lines of text, what it is and 64 hexadecimal digits. */
#include "image/key.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/file.h"

enum { FILE_BYTES_MAX = 4096, DIGITS = 2 * DFK_KEY_BYTES };

static const char secret_title[] = "dfukit secret key 1\n";
static const char public_title[] = "dfukit public key 1\n";

_Static_assert(sizeof secret_title == sizeof public_title, "one place for the digits");
enum { TITLE_BYTES = sizeof secret_title - 1, TEXT_BYTES = TITLE_BYTES + DIGITS + 1 };

static int ready(struct dfk_error *err)
{
    return sodium_init() < 0
               ? dfk_fail(err, DFK_E_INTERNAL, "libsodium finds no source of random numbers")
               : 0;
}

static bool parse(const uint8_t *text, size_t length, const char *title, uint8_t *bytes)
{
    size_t got = 0;
    return length == TEXT_BYTES && memcmp(text, title, TITLE_BYTES) == 0 &&
           text[length - 1] == '\n' &&
           sodium_hex2bin(bytes, DFK_KEY_BYTES, (const char *)text + TITLE_BYTES, DIGITS, NULL,
                          &got, NULL) == 0 &&
           got == DFK_KEY_BYTES;
}

/* Reads the file, and what stands in it under a title; another file is for the caller to judge. */
static int read_text(const char *path, uint8_t **text, size_t *length, struct dfk_error *err)
{
    int result = ready(err);
    return result == 0 ? file_read(path, FILE_BYTES_MAX, text, length, err) : result;
}

int key_read_secret(const char *path, uint8_t seed[DFK_KEY_BYTES], struct dfk_error *err)
{
    uint8_t *text = NULL, bytes[DFK_KEY_BYTES];
    size_t length = 0;
    int result = read_text(path, &text, &length, err);
    if (result == 0 && parse(text, length, secret_title, bytes)) {
        memcpy(seed, bytes, sizeof bytes);
    } else if (result == 0) {
        result = dfk_fail(err, DFK_E_BAD_FILE, "%s: %s", path,
                          parse(text, length, public_title, bytes)
                              ? "a public key; it takes the secret one to sign"
                              : "no secret key of dfukit");
        dfk_fail_in_file(err, path, 0);
    }
    if (text != NULL) {
        sodium_memzero(text, length);
    }
    free(text);
    sodium_memzero(bytes, sizeof bytes);
    return result;
}

static void public_of(const uint8_t seed[DFK_KEY_BYTES], uint8_t key[DFK_KEY_BYTES])
{
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    (void)crypto_sign_seed_keypair(key, secret, seed);
    sodium_memzero(secret, sizeof secret);
}

int dfk_key_read(const char *path, uint8_t key[DFK_KEY_BYTES], struct dfk_error *err)
{
    uint8_t *text = NULL, bytes[DFK_KEY_BYTES];
    size_t length = 0;
    int result = read_text(path, &text, &length, err);
    if (result == 0 && parse(text, length, public_title, bytes)) {
        memcpy(key, bytes, sizeof bytes);
    } else if (result == 0 && parse(text, length, secret_title, bytes)) {
        public_of(bytes, key);
    } else if (result == 0) {
        result = dfk_fail(err, DFK_E_BAD_FILE, "%s: no key of dfukit", path);
        dfk_fail_in_file(err, path, 0);
    }
    if (text != NULL) {
        sodium_memzero(text, length);
    }
    free(text);
    sodium_memzero(bytes, sizeof bytes);
    return result;
}

static void format(char text[TEXT_BYTES + 1], const char *title, const uint8_t *bytes)
{
    memcpy(text, title, TITLE_BYTES);
    (void)sodium_bin2hex(text + TITLE_BYTES, DIGITS + 1, bytes, DFK_KEY_BYTES);
    text[TEXT_BYTES - 1] = '\n';
    text[TEXT_BYTES] = '\0';
}

static int refuse_existing(const char *path, struct dfk_error *err)
{
    int code = 0;
    if (access(path, F_OK) == 0) {
        code = dfk_fail(err, DFK_E_FILE_IO, "%s exists; keys are never overwritten", path);
        dfk_fail_next(err, "choose another name, or move the old pair away: boards trust it");
    }
    return code;
}

/* The secret last: a secret key without its public one could be mistaken for a pair. */
static int write_pair(const char *secret_path, const char *public_path, const uint8_t *seed,
                      const uint8_t *key, struct dfk_error *err)
{
    char text[TEXT_BYTES + 1];
    format(text, public_title, key);
    int result = file_write(public_path, (const uint8_t *)text, TEXT_BYTES, false, err);
    if (result != 0) {
        return result;
    }
    format(text, secret_title, seed);
    result = file_write_private(secret_path, (const uint8_t *)text, TEXT_BYTES, err);
    if (result != 0) {
        (void)unlink(public_path);
    }
    sodium_memzero(text, sizeof text);
    return result;
}

int dfk_key_make(const char *secret_path, const char *public_path, uint8_t key[DFK_KEY_BYTES],
                 struct dfk_error *err)
{
    uint8_t seed[DFK_KEY_BYTES], made[DFK_KEY_BYTES];
    int result = ready(err);
    result = result == 0 ? refuse_existing(secret_path, err) : result;
    result = result == 0 ? refuse_existing(public_path, err) : result;
    if (result != 0) {
        return result;
    }
    randombytes_buf(seed, sizeof seed);
    public_of(seed, made);
    result = write_pair(secret_path, public_path, seed, made, err);
    if (result == 0) {
        memcpy(key, made, sizeof made);
    }
    sodium_memzero(seed, sizeof seed);
    return result;
}
