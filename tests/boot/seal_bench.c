/* SPDX-License-Identifier: MIT
 * Sealed applications on the bench of a test. */
#include "tests/boot/seal_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/bytes.h"
#include "core/dfu.h"
#include "core/usb.h"
#include "twin/mem/flash.h"

enum { SOON_MS = 500 };

struct seal_maker seal_right(const struct bench *bench)
{
    return (struct seal_maker){.board = bench->place->seal_board,
                               .version = SEAL_BENCH_VERSION,
                               .flags = SEAL_MAKER_SIGNED,
                               .seed = SEAL_MAKER_EXAMPLE};
}

void seal_make(struct bench *bench, const struct seal_maker *how)
{
    bench_make_image(bench, bench->image, SEAL_BENCH_BYTES, 9);
    seal_maker_put(bench->image, SEAL_BENCH_BYTES, how);
}

void seal_put_into_flash(struct bench *bench)
{
    assert_true(mem_flash_erase(board_flash(bench->host.board), bench->place->app));
    assert_true(board_poke(bench->host.board, bench->place->app, bench->image, SEAL_BENCH_BYTES));
}

static void read_text(struct bench *bench, uint8_t index, char *text)
{
    const struct usb_setup ask = {0x80, USB_GET_DESCRIPTOR, (uint16_t)(USB_STRING << 8 | index),
                                  0x0409, 255};
    uint8_t bytes[255];
    uint16_t length = 0;
    assert_int_equal(dfu_host_control(&bench->host, &ask, bytes, &length), EP0_ACK);
    for (uint32_t i = 2; i < length; i += 2) {
        text[i / 2 - 1] = (char)bytes[i];
    }
    text[length / 2 - 1] = '\0';
}

struct dfu_status seal_wait_for_refusal(struct bench *bench)
{
    struct dfu_status status = bench_status(bench);
    for (uint32_t i = 0; i < 100 && status.state == DFU_DNBUSY; i++) {
        assert_true(status.poll_timeout_ms > 0);
        dfu_host_run_ms(&bench->host, status.poll_timeout_ms);
        status = bench_status(bench);
    }
    return status;
}

void seal_expect_refusal(struct bench *bench, uint8_t code, const char *words)
{
    char text[128];
    bench_download(bench, bench->image, SEAL_BENCH_BYTES);
    dfu_host_leave(&bench->host, false);
    struct dfu_status status = seal_wait_for_refusal(bench);
    assert_int_equal(status.state, DFU_ERROR);
    assert_int_equal(status.status, code);
    read_text(bench, status.string_index, text);
    assert_string_equal(text, words);
    dfu_host_run_ms(&bench->host, SOON_MS);
    assert_false(dfu_host_started(&bench->host));
    assert_int_equal(dfu_host_clear_status(&bench->host), EP0_ACK);
    assert_int_equal(bench_status(bench).state, DFU_IDLE);
    assert_true(dfu_host_power_on(&bench->host, BENCH_UP_MS));
}

void seal_expect_start(struct bench *bench)
{
    bench_download(bench, bench->image, SEAL_BENCH_BYTES);
    dfu_host_leave(&bench->host, true);
    assert_true(bench_wait_started(bench, bench_leave_limit_ms(bench)) != UINT32_MAX);
    assert_true(bench_holds(bench, bench->place->app, bench->image, SEAL_BENCH_BYTES));
}

void seal_expect_no_start(struct bench *bench, const char *words)
{
    uint8_t info[SEAL_BENCH_INFO_BYTES];
    uint16_t length = SEAL_BENCH_INFO_BYTES;
    char text[128];
    assert_true(dfu_host_power_on(&bench->host, BENCH_UP_MS));
    assert_int_equal(dfu_host_upload(&bench->host, SEAL_BENCH_INFO_BLOCK, info, &length), EP0_ACK);
    assert_int_equal(length, SEAL_BENCH_INFO_BYTES);
    assert_int_equal(info[7], 0);
    assert_int_equal(info[25], 4);
    read_text(bench, info[26], text);
    assert_string_equal(text, words);
    dfu_host_leave(&bench->host, false);
    struct dfu_status status = seal_wait_for_refusal(bench);
    assert_int_equal(status.state, DFU_ERROR);
    dfu_host_run_ms(&bench->host, SOON_MS);
    assert_false(dfu_host_started(&bench->host));
}
