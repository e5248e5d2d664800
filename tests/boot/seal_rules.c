/* SPDX-License-Identifier: MIT
 * Boards that ask for less than a signature and newer versions: a seal is enough, any version will
 * do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "core/bytes.h"
#include "core/dfu.h"
#include "glue/boot_guest.h"
#include "tests/boot/seal_bench.h"
#include "tests/boot/version_log.h"
#include "twin/chip.h"
#include "twin/mem/flash.h"

enum {
    FLAGS_AT = 24,
    STATE_AT = 25,
    OLDEST_AT = 28,
    KEY_AT = 56,
    GOOD = 3,
    VERSION_2 = 0x02000000
};

extern const struct boot_sealed_board test_board_sealed_only;
extern const struct boot_sealed_board test_board_any_version;

static struct guest *make(const struct chip *chip, const struct boot_sealed_board *board)
{
    const struct boot_parts parts = {.board = &board->board,
                                     .flash = chip->flash,
                                     .speed = chip->speed,
                                     .time = chip->time,
                                     .uid = chip->uid};
    return boot_guest_new(&parts);
}

static struct guest *make_sealed_only(const struct chip *chip)
{
    return make(chip, &test_board_sealed_only);
}

static struct guest *make_any_version(const struct chip *chip)
{
    return make(chip, &test_board_any_version);
}

static int set_up_sealed_only(void **state)
{
    return bench_set_up_with(state, make_sealed_only);
}

static int set_up_any_version(void **state)
{
    return bench_set_up_with(state, make_any_version);
}

static void make_image(struct bench *bench, uint16_t flags, const char *seed, uint32_t version)
{
    struct seal_maker how = seal_right(bench);
    how.flags = flags;
    how.seed = seed;
    how.version = version;
    seal_make(bench, &how);
}

static void a_seal_without_signature_is_enough(void **state)
{
    struct bench *bench = *state;
    make_image(bench, 0, SEAL_MAKER_EXAMPLE, SEAL_BENCH_VERSION);
    bench_enter(bench);
    seal_expect_start(bench);
    assert_false(dfu_host_power_on(&bench->host, BENCH_UP_MS));
    assert_true(dfu_host_started(&bench->host));
}

/* Nobody's key is asked for, so that nobody's signature is looked at. */
static void whose_signature_it_is_does_not_matter(void **state)
{
    struct bench *bench = *state;
    make_image(bench, SEAL_MAKER_SIGNED, SEAL_MAKER_OTHER, SEAL_BENCH_VERSION);
    bench_enter(bench);
    seal_expect_start(bench);
    bench_enter_by_button(bench);
    bench->image[SEAL_BENCH_BYTES - 1] ^= 1;
    seal_expect_start(bench);
}

static void a_seal_that_is_wrong_is_refused(void **state)
{
    struct bench *bench = *state;
    struct seal_maker how = seal_right(bench);
    make_image(bench, 0, SEAL_MAKER_EXAMPLE, SEAL_BENCH_VERSION);
    bench->image[1000] ^= 1;
    bench_enter(bench);
    seal_expect_refusal(bench, DFU_ERR_FIRMWARE, "Image is torn");
    how.board = "another";
    how.flags = 0;
    seal_make(bench, &how);
    seal_expect_refusal(bench, DFU_ERR_TARGET, "Image is for board another");
    memset(bench->image + 32, 0, 8);
    seal_expect_refusal(bench, DFU_ERR_FILE, "Image is not sealed");
}

static bool is_log_blank(struct bench *bench)
{
    uint8_t log[VERSION_LOG_BYTES], blank[VERSION_LOG_BYTES];
    memset(blank, 0xFF, sizeof blank);
    assert_true(board_peek(bench->host.board, version_log_addr(bench), log, sizeof log));
    return memcmp(log, blank, sizeof log) == 0;
}

/* What nobody signed could shut the board to every true version. */
static void versions_are_not_noted_without_a_key(void **state)
{
    struct bench *bench = *state;
    make_image(bench, 0, SEAL_MAKER_EXAMPLE, VERSION_2);
    bench_enter(bench);
    seal_expect_start(bench);
    assert_int_equal(version_log_floor(bench), 0);
    assert_true(is_log_blank(bench));
    make_image(bench, 0, SEAL_MAKER_EXAMPLE, SEAL_BENCH_VERSION);
    bench_enter_by_button(bench);
    seal_expect_start(bench);
}

static void read_info(struct bench *bench, uint8_t info[SEAL_BENCH_INFO_BYTES])
{
    uint16_t length = SEAL_BENCH_INFO_BYTES;
    bench_enter_by_button(bench);
    assert_int_equal(dfu_host_upload(&bench->host, SEAL_BENCH_INFO_BLOCK, info, &length), EP0_ACK);
    assert_int_equal(length, SEAL_BENCH_INFO_BYTES);
    assert_int_equal(dfu_host_abort(&bench->host), EP0_ACK);
}

static void it_says_that_it_asks_for_no_signature(void **state)
{
    static const uint8_t none[8];
    struct bench *bench = *state;
    uint8_t info[SEAL_BENCH_INFO_BYTES];
    make_image(bench, 0, SEAL_MAKER_EXAMPLE, VERSION_2);
    bench_enter(bench);
    seal_expect_start(bench);
    read_info(bench, info);
    assert_int_equal(info[FLAGS_AT], 0);
    assert_int_equal(info[STATE_AT], GOOD);
    assert_int_equal(get_le32(info + OLDEST_AT), 0);
    assert_memory_equal(info + KEY_AT, none, sizeof none);
}

static void a_board_may_take_older_versions(void **state)
{
    struct bench *bench = *state;
    uint8_t info[SEAL_BENCH_INFO_BYTES];
    make_image(bench, SEAL_MAKER_SIGNED, SEAL_MAKER_EXAMPLE, VERSION_2);
    bench_enter(bench);
    seal_expect_start(bench);
    make_image(bench, SEAL_MAKER_SIGNED, SEAL_MAKER_EXAMPLE, SEAL_BENCH_VERSION);
    bench_enter_by_button(bench);
    seal_expect_start(bench);
    assert_false(dfu_host_power_on(&bench->host, BENCH_UP_MS));
    assert_true(dfu_host_started(&bench->host));
    read_info(bench, info);
    assert_int_equal(info[FLAGS_AT], 1 | 2);
    make_image(bench, 0, SEAL_MAKER_EXAMPLE, VERSION_2);
    seal_expect_refusal(bench, DFU_ERR_FILE, "Image is not signed");
}

#define SEALED_ONLY(function)                                                                      \
    cmocka_unit_test_setup_teardown(function, set_up_sealed_only, bench_tear_down)
#define ANY_VERSION(function)                                                                      \
    cmocka_unit_test_setup_teardown(function, set_up_any_version, bench_tear_down)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SEALED_ONLY(a_seal_without_signature_is_enough),
        SEALED_ONLY(whose_signature_it_is_does_not_matter),
        SEALED_ONLY(a_seal_that_is_wrong_is_refused),
        SEALED_ONLY(versions_are_not_noted_without_a_key),
        SEALED_ONLY(it_says_that_it_asks_for_no_signature),
        ANY_VERSION(a_board_may_take_older_versions),
    };
    if (sodium_init() < 0 || !bench_choose(argc, argv)) {
        return 2;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
