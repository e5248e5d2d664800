/* SPDX-License-Identifier: MIT
 * A board that runs one of the programs of tests/arm/hal. */
#include "tests/arm/hal_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "twin/board/arm.h"
#include "twin/board/arm_board.h"
#include "twin/time.h"

enum { IMAGE_MAX = 60 * 1024, LIMIT_MS = 2000, PROGRAM_LIMIT_MS = 10000, NOTES_MAX = 64 };

static uint32_t load(struct hal_bench *bench, const char *name)
{
    static uint8_t image[IMAGE_MAX];
    char path[512];
    (void)snprintf(path, sizeof path, "%s/tests/arm/hal_%s.bin", getenv("DFUKIT_BUILD"),
                   strcmp(name, "pybv11") == 0 ? "f405" : "h743");
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t length = fread(image, 1, sizeof image, file);
    (void)fclose(file);
    assert_true(length > 1024);
    length = (length + 31) & ~31u;
    assert_true(board_poke(bench->board, 0x08000000, image, (uint32_t)length));
    return (uint32_t)length;
}

void hal_bench_open(struct hal_bench *bench, const char *name, uint32_t program)
{
    const struct board_config config = {
        .name = name, .seed = 1, .boot0_low = true, .make_program = arm_board_make};
    struct dfk_error err = {0};
    uint8_t choice[32] = {0};
    memset(bench, 0, sizeof *bench);
    assert_int_equal(board_open(&config, &bench->board, &err), 0);
    bench->port = board_port(bench->board);
    (void)load(bench, name);
    memcpy(choice + 16, &program, sizeof program);
    assert_true(board_poke(bench->board, HAL_CHOICE - 16, choice, sizeof choice));
    board_reset(bench->board, true, false);
}

void hal_bench_close(struct hal_bench *bench)
{
    struct dfk_error err = {0};
    assert_int_equal(board_close(bench->board, &err), 0);
}

void hal_bench_each(uint32_t program, void (*test)(struct hal_bench *bench))
{
    static const char *const names[] = {"pybv11", "nucleo-h743zi"};
    for (uint32_t i = 0; i < 2; i++) {
        struct hal_bench bench;
        hal_bench_open(&bench, names[i], program);
        test(&bench);
        hal_bench_close(&bench);
    }
}

void hal_bench_run(struct hal_bench *bench, uint32_t ms)
{
    bench->port->run(bench->port, bench->port->now(bench->port) + ms * (uint64_t)TWIN_MS);
}

static uint32_t peek(struct hal_bench *bench, uint32_t addr)
{
    uint32_t word = 0;
    assert_true(arm_peek(arm_board_machine(board_guest(bench->board)), addr, &word));
    return word;
}

uint32_t hal_bench_note(struct hal_bench *bench, uint32_t index)
{
    return peek(bench, HAL_NOTES + 4 + 4 * index);
}

static void show(struct hal_bench *bench)
{
    uint32_t count = peek(bench, HAL_NOTES);
    for (uint32_t i = 0; i < count && i < NOTES_MAX && getenv("HAL_SHOW") != NULL; i++) {
        print_message("# note %u: 0x%08x\n", i, hal_bench_note(bench, i));
    }
}

static bool ends_with(struct hal_bench *bench, uint32_t value)
{
    uint32_t count = peek(bench, HAL_NOTES);
    return count > 0 && count < NOTES_MAX && hal_bench_note(bench, count - 1) == value;
}

void hal_bench_await(struct hal_bench *bench, uint32_t value)
{
    hal_bench_run(bench, 1);
    for (uint32_t ms = 0; ms < PROGRAM_LIMIT_MS && !ends_with(bench, value); ms++) {
        hal_bench_run(bench, 1);
    }
    show(bench);
    assert_true(ends_with(bench, value));
}

void hal_bench_finish(struct hal_bench *bench)
{
    hal_bench_await(bench, HAL_DONE);
}

void hal_bench_expect(struct hal_bench *bench, const uint32_t *notes, uint32_t count)
{
    hal_bench_finish(bench);
    for (uint32_t i = 0; i < count && i + 1 < peek(bench, HAL_NOTES); i++) {
        assert_int_equal(hal_bench_note(bench, i), notes[i]);
    }
    assert_int_equal(peek(bench, HAL_NOTES), count + 1);
}

uint32_t hal_bench_seen(struct hal_bench *bench, uint32_t kind)
{
    return peek(bench, HAL_SEEN + 4 * kind);
}

void hal_bench_expect_calm(struct hal_bench *bench)
{
    show(bench);
    assert_int_equal(peek(bench, HAL_NOTES), 1);
    assert_int_equal(hal_bench_note(bench, 0), 0);
}

void hal_bench_attach(struct hal_bench *bench)
{
    for (uint32_t ms = 0; ms < LIMIT_MS && !bench->port->attached(bench->port); ms++) {
        hal_bench_run(bench, 1);
    }
    show(bench);
    assert_true(bench->port->attached(bench->port));
    const struct usb_setup setup = {0, USB_SET_CONFIGURATION, 1, 0, 0};
    uint16_t length = 0;
    uint8_t none[1];
    assert_int_equal(hal_bench_control(bench, &setup, none, &length), EP0_ACK);
}

enum ep0_answer hal_bench_control(struct hal_bench *bench, const struct usb_setup *setup,
                                  uint8_t *data, uint16_t *length)
{
    enum ep0_answer answer =
        usb_port_transfer(bench->port, setup, data, length, LIMIT_MS * (uint64_t)TWIN_MS);
    if (answer == EP0_NAK) {
        bench->port->cancel(bench->port);
        show(bench);
    }
    return answer;
}

enum ep0_answer hal_bench_data(struct hal_bench *bench, uint8_t endpoint, uint8_t *data,
                               uint32_t *length)
{
    struct usb_port *port = bench->port;
    const bool notices = endpoint == 0x82;
    const struct usb_pipe pipe = {endpoint, notices ? 8 : 64, notices ? 16 : 0, notices ? 0 : 1};
    uint64_t end_ns = port->now(port) + LIMIT_MS * (uint64_t)TWIN_MS;
    enum ep0_answer answer = port->data(port, &pipe, data, length);
    while (answer == EP0_NAK && port->now(port) < end_ns) {
        port->run(port, port->now(port) + 20 * TWIN_US);
        answer = port->data(port, &pipe, data, length);
    }
    if (answer == EP0_NAK) {
        port->cancel_data(port, endpoint);
    }
    return answer;
}

enum ep0_answer hal_bench_ask(struct hal_bench *bench, uint8_t type, uint8_t request,
                              uint16_t value, uint16_t index)
{
    const struct usb_setup setup = {type, request, value, index, 0};
    uint16_t length = 0;
    uint8_t none[1];
    return hal_bench_control(bench, &setup, none, &length);
}

void hal_bench_echo(struct hal_bench *bench, uint32_t bytes, uint8_t seed)
{
    uint8_t data[64], back[128];
    uint32_t length = bytes;
    memset(data, seed, sizeof data);
    assert_int_equal(hal_bench_data(bench, 0x01, data, &length), EP0_ACK);
    assert_int_equal(length, bytes);
    length = sizeof back;
    memset(back, ~seed, sizeof back);
    assert_int_equal(hal_bench_data(bench, 0x81, back, &length), EP0_ACK);
    assert_int_equal(length, bytes);
    assert_memory_equal(back, data, bytes);
}
