/* SPDX-License-Identifier: MIT
 * What only the ARM code can show: start, hand-over, watchdog, what it inherits and leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/bytes.h"
#include "tests/boot/bench.h"
#include "twin/board/arm.h"
#include "twin/board/arm_board.h"
#include "twin/mem/flash.h"
#include "twin/soc/part.h"
#include "twin/soc/usart.h"
#include "twin/time.h"

enum {
    STACK = 0x20010000,
    ENTRY = 0x100,
    SEEN_ADDR = 0x20008000,
    START_LIMIT_US = 2000,
    RECORD_AT = 0x1C,
    F4_RCC_CSR = 0x40023874,
    H7_RCC_RSR = 0x580244D0,
};

/* What the application below found, in the order in which it stores it. */
enum seen {
    SEEN_R0,
    SEEN_PRIMASK,
    SEEN_CONTROL,
    SEEN_BASEPRI,
    SEEN_FAULTMASK,
    SEEN_SP,
    SEEN_SYSTICK,
    SEEN_ENABLED, /* 4 words */
    SEEN_PENDING = SEEN_ENABLED + 4,
    SEEN_VTOR = SEEN_PENDING + 4,
    SEEN_CCR,
    SEEN_SHCSR,
    SEEN_ICSR,
    SEEN_CFSR,
    SEEN_WORDS,
};

/* ldr r1, =0x20008000; ldr r3, =0xE000E000; str r0, [r1]; then each register of enum seen by mrs
 * or ldr into r2 and str r2, [r1, #4 * n]; wfi; b .-2; the constant */
static const uint8_t look_around[] = {
    0x1e, 0x49, 0x4f, 0xf0, 0xe0, 0x23, 0x08, 0x60, 0xef, 0xf3, 0x10, 0x82, 0x4a, 0x60, 0xef, 0xf3,
    0x14, 0x82, 0x8a, 0x60, 0xef, 0xf3, 0x11, 0x82, 0xca, 0x60, 0xef, 0xf3, 0x13, 0x82, 0x0a, 0x61,
    0x6a, 0x46, 0x4a, 0x61, 0x1a, 0x69, 0x8a, 0x61, 0xd3, 0xf8, 0x00, 0x21, 0xca, 0x61, 0xd3, 0xf8,
    0x04, 0x21, 0x0a, 0x62, 0xd3, 0xf8, 0x08, 0x21, 0x4a, 0x62, 0xd3, 0xf8, 0x0c, 0x21, 0x8a, 0x62,
    0xd3, 0xf8, 0x00, 0x22, 0xca, 0x62, 0xd3, 0xf8, 0x04, 0x22, 0x0a, 0x63, 0xd3, 0xf8, 0x08, 0x22,
    0x4a, 0x63, 0xd3, 0xf8, 0x0c, 0x22, 0x8a, 0x63, 0xd3, 0xf8, 0x08, 0x2d, 0xca, 0x63, 0xd3, 0xf8,
    0x14, 0x2d, 0x0a, 0x64, 0xd3, 0xf8, 0x24, 0x2d, 0x4a, 0x64, 0xd3, 0xf8, 0x04, 0x2d, 0x8a, 0x64,
    0xd3, 0xf8, 0x28, 0x2d, 0xca, 0x64, 0x30, 0xbf, 0xfd, 0xe7, 0x00, 0x00, 0x00, 0x80, 0x00, 0x20};

static struct arm *machine(struct bench *bench)
{
    return arm_board_machine(board_guest(bench->host.board));
}

static struct soc_chip *chip(struct bench *bench)
{
    return arm_board_chip(board_guest(bench->host.board));
}

static void install_code(struct bench *bench, const uint8_t *code, uint32_t length)
{
    memset(bench->image, 0xFF, 1024);
    put_le32(bench->image, STACK);
    put_le32(bench->image + 4, bench->place->app + ENTRY + 1);
    memcpy(bench->image + ENTRY, code, length);
    memset(bench->image + 0x20, 0, 8);
    bench_seal(bench, bench->image, 1024, BENCH_VERSION);
    assert_true(mem_flash_erase(board_flash(bench->host.board), bench->place->app));
    assert_true(board_poke(bench->host.board, bench->place->app, bench->image, 1024));
}

/* The registers of all peripherals but those that count, and those whose reading changes them. */
static bool is_copied(const struct soc_part *part)
{
    static const char *const left_out[] = {"RTC", "RNG", "DBGMCU", "OTP", "CRC"};
    bool skipped = part->bytes == 0 || part->bytes > 0x1000;
    for (size_t k = 0; k < sizeof left_out / sizeof left_out[0]; k++) {
        skipped = skipped || strcmp(part->name, left_out[k]) == 0;
    }
    return !skipped;
}

static uint32_t copy_registers(struct bench *bench, uint32_t *words, uint32_t room)
{
    struct soc_chip *soc = chip(bench);
    uint32_t count = 0;
    for (size_t i = 0; i < soc->part_count; i++) {
        const struct soc_part *part = &soc->parts[i];
        for (uint32_t at = 0; at < part->bytes && is_copied(part); at += 4) {
            assert_true(count < room);
            words[count++] = soc_chip_read(soc, part->base + at, 4);
        }
    }
    return count;
}

/* And the time for its seal, where it has one. */
static void the_application_starts_within_2_ms(void **state)
{
    struct bench *bench = *state;
    struct usb_port *port = bench->host.port;
    bench_install(bench, 3);
    for (uint32_t round = 0; round < 3; round++) {
        board_reset(bench->host.board, round == 0, false);
        uint64_t start = port->now(port);
        while (!dfu_host_started(&bench->host) &&
               port->now(port) - start < TWIN_MS * bench_limit_ms(bench, 10)) {
            port->run(port, port->now(port) + 1000);
        }
        uint32_t us = (uint32_t)((port->now(port) - start) / 1000);
        printf("# reset to the application's first instruction: %u us\n", (unsigned)us);
        assert_true(us <= START_LIMIT_US + 1000 * bench->place->check_ms);
        dfu_host_run_ms(&bench->host, 1000);
    }
}

static void b7_the_core_is_as_after_a_reset(void **state)
{
    struct bench *bench = *state;
    uint32_t seen[SEEN_WORDS];
    install_code(bench, look_around, sizeof look_around);
    board_reset(bench->host.board, true, false);
    assert_true(bench_wait_started(bench, bench_limit_ms(bench, 100)) <=
                bench_limit_ms(bench, 100));
    for (uint32_t i = 0; i < SEEN_WORDS; i++) {
        assert_true(arm_peek(machine(bench), SEEN_ADDR + 4 * i, &seen[i]));
    }
    assert_int_equal(seen[SEEN_R0], 1);
    assert_int_equal(seen[SEEN_PRIMASK] | seen[SEEN_CONTROL] | seen[SEEN_BASEPRI], 0);
    assert_int_equal(seen[SEEN_FAULTMASK], 0);
    assert_int_equal(seen[SEEN_SP], STACK);
    assert_int_equal(seen[SEEN_SYSTICK] & 7, 0);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(seen[SEEN_ENABLED + i] | seen[SEEN_PENDING + i], 0);
    }
    assert_int_equal(seen[SEEN_VTOR], bench->place->app);
    assert_int_equal(seen[SEEN_CCR] & 0x30100, 0); /* caches, BFHFNMIGN */
    assert_int_equal(seen[SEEN_SHCSR] | seen[SEEN_CFSR], 0);
    assert_int_equal(seen[SEEN_ICSR] & 0x0C000000, 0);
}

/* Beside a chip whose flash is empty, so that nothing ran at all. */
static void b7_the_peripherals_are_as_after_a_reset(void **state)
{
    enum { WORDS_MAX = 16384 };
    static uint32_t fresh[WORDS_MAX], handed[WORDS_MAX];
    struct bench *bench = *state;
    bench_install(bench, 3);
    board_reset(bench->host.board, true, false);
    assert_true(bench_wait_started(bench, bench_limit_ms(bench, 100)) <=
                bench_limit_ms(bench, 100));
    uint32_t count = copy_registers(bench, handed, WORDS_MAX);
    assert_true(mem_flash_erase(board_flash(bench->host.board), bench->place->own));
    board_reset(bench->host.board, true, false);
    assert_int_equal(copy_registers(bench, fresh, WORDS_MAX), count);
    assert_memory_equal(handed, fresh, count * sizeof fresh[0]);
}

static void i13_leave_is_a_real_reset(void **state)
{
    struct bench *bench = *state;
    bool h7 = bench->place->banks == 2;
    bench_install(bench, 3);
    bench_enter_by_button(bench);
    dfu_host_leave(&bench->host, true);
    assert_true(bench_wait_started(bench, bench_leave_limit_ms(bench)) <=
                bench_leave_limit_ms(bench));
    uint32_t flags = soc_chip_read(chip(bench), h7 ? H7_RCC_RSR : F4_RCC_CSR, 4);
    assert_int_equal(flags >> (h7 ? 24 : 28) & 1, 1);
}

static void store(struct bench *bench, uint32_t addr, uint32_t value)
{
    soc_chip_write(chip(bench), addr, 4, value);
}

/* The place where the loop is, made an endless loop: only the watchdog is left. */
static void b4_a_watchdog_guards_the_loop(void **state)
{
    enum { KR = 0, PR = 4, RLR = 8, OPEN = 0x5555, FEED = 0xAAAA, SHORT = 0x3FF };
    static const uint8_t stay[2] = {0xFE, 0xE7}; /* b . */
    struct bench *bench = *state;
    const struct soc_lines *lines = arm_lines(machine(bench));
    uint32_t iwdg = bench->place->banks == 1 ? 0x40003000 : 0x58004800;
    uint8_t was[2];
    bench_enter(bench);
    assert_int_equal(soc_chip_read(chip(bench), iwdg + PR, 4), 6);
    assert_int_equal(soc_chip_read(chip(bench), iwdg + RLR, 4), 0xFFF);
    uint32_t at = arm_pc(machine(bench)) & ~1u;
    assert_true(board_peek(bench->host.board, at, was, sizeof was));
    assert_true(board_poke(bench->host.board, at, stay, sizeof stay));
    lines->flash_changed(lines->chip, at, sizeof stay);
    dfu_host_run_ms(&bench->host, 1);
    /* the core goes on with what it has translated; after the reset all is as it was */
    assert_true(board_poke(bench->host.board, at, was, sizeof was));
    store(bench, iwdg + KR, OPEN); /* 128 ms instead of 33 s, which take long to emulate */
    store(bench, iwdg + PR, 2);
    store(bench, iwdg + RLR, SHORT);
    dfu_host_run_ms(&bench->host, 100);
    store(bench, iwdg + KR, FEED);
    uint32_t before = bench->host.port->generation(bench->host.port);
    struct dfu_status status;
    assert_int_not_equal(dfu_host_get_status(&bench->host, &status), EP0_ACK);
    assert_true(dfu_host_wait_bus(&bench->host, true, BENCH_UP_MS));
    assert_true(bench->host.port->generation(bench->host.port) > before);
    assert_int_equal(bench_status(bench).state, DFU_IDLE);
}

/* The option byte that makes the watchdog run from reset on, with half a second. */
static void choose_hardware_watchdog(struct bench *bench)
{
    board_reset(bench->host.board, true, false);
    if (bench->place->banks == 1) {
        store(bench, 0x40023C08, 0x08192A3B);
        store(bench, 0x40023C08, 0x4C5D6E7F);
        store(bench, 0x40023C14, 0x0FFFAACC);
        store(bench, 0x40023C14, 0x0FFFAACE);
    } else {
        store(bench, 0x52002008, 0x08192A3B);
        store(bench, 0x52002008, 0x4C5D6E7F);
        uint32_t now = soc_chip_read(chip(bench), 0x52002020, 4);
        store(bench, 0x52002020, now & ~(1u << 4));
        store(bench, 0x52002018, 1u << 1);
    }
    dfu_host_run_ms(&bench->host, 3000);
}

static void a_hardware_watchdog_does_not_bite_in_an_erase_of_4_s(void **state)
{
    struct bench *bench = *state;
    const struct mem_spot slow = {MEM_SPOT_SLOW, bench->place->app, 4};
    choose_hardware_watchdog(bench);
    assert_true(mem_flash_add_spot(board_flash(bench->host.board), &slow));
    bench_enter(bench);
    assert_true(chip(bench)->nets.hardware_watchdog);
    uint32_t before = bench->host.port->generation(bench->host.port);
    uint8_t command[5] = {DFUSE_ERASE};
    put_le32(command + 1, bench->place->app);
    assert_int_equal(dfu_host_download(&bench->host, 0, command, sizeof command), EP0_ACK);
    (void)bench_status(bench);
    dfu_host_run_ms(&bench->host, 4500);
    assert_int_equal(dfu_host_settle(&bench->host).state, DFU_DNLOAD_IDLE);
    assert_int_equal(bench->host.port->generation(bench->host.port), before);
    dfu_host_run_ms(&bench->host, 3000);
    assert_int_equal(bench_status(bench).status, DFU_OK);
    assert_int_equal(bench->host.port->generation(bench->host.port), before);
}

static void i7_it_is_off_the_bus_long_enough_to_be_seen(void **state)
{
    enum { SEEN_MS = 3 };
    struct bench *bench = *state;
    bench_enter(bench);
    uint32_t before = bench->host.port->generation(bench->host.port);
    board_reset(bench->host.board, false, false);
    uint32_t ms = 0;
    while (ms < BENCH_UP_MS && !bench->host.port->attached(bench->host.port)) {
        dfu_host_run_ms(&bench->host, 1);
        ms++;
    }
    assert_in_range(ms, SEEN_MS, BENCH_UP_MS - 1);
    assert_int_equal(bench->host.port->generation(bench->host.port), before + 1);
}

/* Levels of pins go with the blinking. */
static void forget_levels(struct bench *bench, uint32_t *words)
{
    enum { IDR = 0x10, ODR = 0x14, PORTS = 11, PORT_BYTES = 0x400 };
    uint32_t first = bench->place->banks == 1 ? 0x40020000 : 0x58020000;
    struct soc_chip *soc = chip(bench);
    uint32_t at = 0;
    for (size_t i = 0; i < soc->part_count; i++) {
        const struct soc_part *part = &soc->parts[i];
        bool port = part->base - first < PORTS * PORT_BYTES && strncmp(part->name, "GPIO", 4) == 0;
        if (is_copied(part)) {
            words[at + IDR / 4] = port ? 0 : words[at + IDR / 4];
            words[at + ODR / 4] = port ? 0 : words[at + ODR / 4];
            at += part->bytes / 4;
        }
    }
}

static uint32_t registers_in_dfu_mode(struct bench *bench, uint32_t *words, uint32_t room)
{
    dfu_host_run_ms(&bench->host, 2500); /* the LED has blinked */
    assert_int_equal(bench_status(bench).state, DFU_IDLE);
    uint32_t count = copy_registers(bench, words, room);
    forget_levels(bench, words);
    return count;
}

/* After power-on, and after an application that had clocks and a serial port on and then jumped. */
static void i6_what_ran_before_leaves_nothing(void **state)
{
    enum { WORDS_MAX = 16384 };
    static uint32_t cold[WORDS_MAX], warm[WORDS_MAX];
    struct bench *bench = *state;
    bench_enter(bench);
    uint32_t count = registers_in_dfu_mode(bench, cold, WORDS_MAX);
    uint32_t length = bench_read_firmware(bench, "app", bench->image, sizeof bench->image);
    assert_true(board_poke(bench->host.board, bench->place->app, bench->image, length));
    board_reset(bench->host.board, true, false);
    dfu_host_run_ms(&bench->host, 200);
    assert_true(soc_usart_push(chip(bench), bench->place->banks == 1 ? 2 : 3, 'b'));
    assert_true(dfu_host_wait_bus(&bench->host, true, BENCH_UP_MS));
    assert_int_equal(registers_in_dfu_mode(bench, warm, WORDS_MAX), count);
    for (uint32_t i = 0; i < count; i++) {
        if (cold[i] != warm[i]) {
            fail_msg("register word %u: 0x%08X, after the application 0x%08X", (unsigned)i,
                     (unsigned)cold[i], (unsigned)warm[i]);
        }
    }
}

static bool says(struct bench *bench, const char *words)
{
    char text[4096];
    size_t length = board_log(bench->host.board, 0, text, sizeof text - 1);
    text[length] = '\0';
    return strstr(text, words) != NULL;
}

static void the_sample_application_runs_within_100_ms_of_leave_and_comes_back(void **state)
{
    struct bench *bench = *state;
    uint32_t length = bench_read_firmware(bench, "app", bench->image, sizeof bench->image);
    if (bench->place->seal_board != NULL) {
        length = (length + 31) / 32 * 32 + 160;
        bench_seal(bench, bench->image, length, BENCH_VERSION);
    }
    bench_enter(bench);
    bench_download(bench, bench->image, length);
    dfu_host_leave(&bench->host, true);
    dfu_host_run_ms(&bench->host, bench_leave_limit_ms(bench));
    assert_true(says(bench, "sample application"));
    assert_true(says(bench, "reset mode  0x00000001"));
    uint32_t lit = board_leds(bench->host.board);
    assert_int_not_equal(lit, 0);
    uint32_t changes = 0;
    for (uint32_t ms = 0; ms < 3000; ms += 10) {
        dfu_host_run_ms(&bench->host, 10);
        changes += board_leds(bench->host.board) != lit;
        lit = board_leds(bench->host.board);
    }
    assert_true(changes >= 2);
    assert_true(soc_usart_push(chip(bench), bench->place->banks == 1 ? 2 : 3, 'b'));
    assert_true(dfu_host_wait_bus(&bench->host, true, BENCH_UP_MS));
    assert_int_equal(bench_status(bench).state, DFU_IDLE);
}

static void i21_the_layout_stands_at_a_fixed_place(void **state)
{
    struct bench *bench = *state;
    const struct bench_place *place = bench->place;
    uint8_t record[24];
    assert_true(board_peek(bench->host.board, place->own + RECORD_AT, record, sizeof record));
    assert_memory_equal(record, "dfuk", 4);
    assert_int_equal(get_le32(record + 4), 0x0100);
    assert_int_equal(get_le32(record + 8), place->app);
    assert_int_equal(get_le32(record + 12), place->app_bytes);
    assert_int_equal(get_le32(record + 16), place->drive);
    assert_int_equal(get_le32(record + 20), place->drive_bytes);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(the_application_starts_within_2_ms),
        BENCH_TEST(b7_the_core_is_as_after_a_reset),
        BENCH_TEST(b7_the_peripherals_are_as_after_a_reset),
        BENCH_TEST(i13_leave_is_a_real_reset),
        BENCH_TEST(b4_a_watchdog_guards_the_loop),
        BENCH_TEST(a_hardware_watchdog_does_not_bite_in_an_erase_of_4_s),
        BENCH_TEST(i6_what_ran_before_leaves_nothing),
        BENCH_TEST(i7_it_is_off_the_bus_long_enough_to_be_seen),
        BENCH_TEST(the_sample_application_runs_within_100_ms_of_leave_and_comes_back),
        BENCH_TEST(i21_the_layout_stands_at_a_fixed_place),
    };
    return bench_choose(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
