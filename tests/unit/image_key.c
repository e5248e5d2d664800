/* SPDX-License-Identifier: MIT
 * Files with keys: made once, private, read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "image/key.h"

struct folder {
    char path[64], secret[96], public[96];
};

static int set_up(void **state)
{
    struct folder *folder = calloc(1, sizeof *folder);
    assert_non_null(folder);
    (void)snprintf(folder->path, sizeof folder->path, "/tmp/dfukit-key-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
    (void)snprintf(folder->secret, sizeof folder->secret, "%s/a.key", folder->path);
    (void)snprintf(folder->public, sizeof folder->public, "%s/a.pub", folder->path);
    *state = folder;
    return 0;
}

static int tear_down(void **state)
{
    struct folder *folder = *state;
    (void)unlink(folder->secret);
    (void)unlink(folder->public);
    assert_int_equal(rmdir(folder->path), 0);
    free(folder);
    return 0;
}

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static void a_pair_belongs_together(void **state)
{
    const struct folder *folder = *state;
    uint8_t made[DFK_KEY_BYTES], of_secret[DFK_KEY_BYTES], of_public[DFK_KEY_BYTES];
    uint8_t seed[DFK_KEY_BYTES], expected[DFK_KEY_BYTES], long_form[crypto_sign_SECRETKEYBYTES];
    assert_int_equal(dfk_key_make(folder->secret, folder->public, made, NULL), 0);
    assert_int_equal(dfk_key_read(folder->secret, of_secret, NULL), 0);
    assert_int_equal(dfk_key_read(folder->public, of_public, NULL), 0);
    assert_memory_equal(of_secret, made, sizeof made);
    assert_memory_equal(of_public, made, sizeof made);
    assert_int_equal(key_read_secret(folder->secret, seed, NULL), 0);
    assert_int_equal(crypto_sign_seed_keypair(expected, long_form, seed), 0);
    assert_memory_equal(expected, made, sizeof made);
}

static void only_the_owner_can_read_the_secret_key(void **state)
{
    const struct folder *folder = *state;
    uint8_t key[DFK_KEY_BYTES];
    struct stat about;
    mode_t before = umask(0);
    assert_int_equal(dfk_key_make(folder->secret, folder->public, key, NULL), 0);
    (void)umask(before);
    assert_int_equal(stat(folder->secret, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
}

static void two_pairs_differ(void **state)
{
    const struct folder *folder = *state;
    uint8_t one[DFK_KEY_BYTES], other[DFK_KEY_BYTES];
    assert_int_equal(dfk_key_make(folder->secret, folder->public, one, NULL), 0);
    assert_int_equal(unlink(folder->secret), 0);
    assert_int_equal(unlink(folder->public), 0);
    assert_int_equal(dfk_key_make(folder->secret, folder->public, other, NULL), 0);
    assert_memory_not_equal(one, other, sizeof one);
}

/* Whichever of the two is there, neither is written. */
static void a_file_is_never_overwritten(void **state)
{
    const struct folder *folder = *state;
    const char *const there[] = {folder->secret, folder->public};
    const char *const missing[] = {folder->public, folder->secret};
    for (int i = 0; i < 2; i++) {
        uint8_t key[DFK_KEY_BYTES] = {1}, untouched[DFK_KEY_BYTES] = {1};
        struct dfk_error err = {0};
        char text[16] = {0};
        put(there[i], "precious");
        assert_int_equal(dfk_key_make(folder->secret, folder->public, key, &err), -DFK_E_FILE_IO);
        assert_non_null(strstr(err.what, there[i]));
        assert_memory_equal(key, untouched, sizeof key);
        assert_int_not_equal(access(missing[i], F_OK), 0);
        FILE *file = fopen(there[i], "rb");
        assert_non_null(file);
        assert_int_equal(fread(text, 1, sizeof text, file), 8);
        assert_int_equal(fclose(file), 0);
        assert_string_equal(text, "precious");
        assert_int_equal(unlink(there[i]), 0);
    }
}

static void what_is_no_key_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "dfukit secret key 1\n",
        "dfukit secret key 2\n"
        "0000000000000000000000000000000000000000000000000000000000000001\n",
        "dfukit secret key 1\n"
        "000000000000000000000000000000000000000000000000000000000000001\n",
        "dfukit secret key 1\n"
        "000000000000000000000000000000000000000000000000000000000000000g\n",
        "dfukit secret key 1\n"
        "0000000000000000000000000000000000000000000000000000000000000001 ",
        "dfukit secret key 1\n"
        "0000000000000000000000000000000000000000000000000000000000000001\n\n",
    };
    const struct folder *folder = *state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        uint8_t key[DFK_KEY_BYTES];
        struct dfk_error err = {0};
        put(folder->secret, texts[i]);
        assert_int_equal(dfk_key_read(folder->secret, key, &err), -DFK_E_BAD_FILE);
        assert_int_equal(key_read_secret(folder->secret, key, NULL), -DFK_E_BAD_FILE);
        assert_non_null(strstr(err.what, "no key of dfukit"));
    }
}

static void a_public_key_does_not_sign(void **state)
{
    const struct folder *folder = *state;
    uint8_t key[DFK_KEY_BYTES];
    struct dfk_error err = {0};
    assert_int_equal(dfk_key_make(folder->secret, folder->public, key, NULL), 0);
    assert_int_equal(key_read_secret(folder->public, key, &err), -DFK_E_BAD_FILE);
    assert_non_null(strstr(err.what, "a public key; it takes the secret one to sign"));
}

static void a_missing_file_is_named(void **state)
{
    const struct folder *folder = *state;
    uint8_t key[DFK_KEY_BYTES];
    struct dfk_error err = {0};
    assert_int_equal(dfk_key_read(folder->public, key, &err), -DFK_E_FILE_IO);
    assert_non_null(strstr(err.what, folder->public));
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_pair_belongs_together),   IN_FOLDER(only_the_owner_can_read_the_secret_key),
        IN_FOLDER(two_pairs_differ),          IN_FOLDER(a_file_is_never_overwritten),
        IN_FOLDER(what_is_no_key_is_refused), IN_FOLDER(a_public_key_does_not_sign),
        IN_FOLDER(a_missing_file_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
