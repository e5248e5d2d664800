/* SPDX-License-Identifier: MIT
 * The native and the ARM bootloader side by side: the same answers, and the same flash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/bytes.h"
#include "core/crc32.h"
#include "tests/boot/bench.h"
#include "twin/mem/flash.h"

enum { REQUESTS = 400, WRITTEN_MS = 50 };

/* One of the two, and what it said and did. */
struct side {
    struct bench *bench;
    uint32_t digests[REQUESTS];
    uint32_t flash;
};

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* An update, as hosts make it. */
static void update(struct bench *bench)
{
    struct dfu_host *host = &bench->host;
    static uint8_t back[BENCH_IMAGE_MAX];
    bench_make_image(bench, bench->image, BENCH_IMAGE_MAX, 5);
    (void)dfu_host_set_alternate(host, 0);
    bench_download(bench, bench->image, BENCH_IMAGE_MAX - 100);
    (void)dfu_host_abort(host);
    assert_true(dfu_host_read(host, bench->place->app, back, BENCH_IMAGE_MAX));
    (void)dfu_host_command(host, DFUSE_ERASE, bench->place->own);
    (void)dfu_host_clear_status(host);
    (void)dfu_host_set_alternate(host, 1);
    (void)dfu_host_command(host, DFUSE_ERASE, bench->place->drive);
    (void)dfu_host_write(host, bench->place->drive + 40, bench->image, 3000);
    dfu_host_run_ms(host, WRITTEN_MS); /* an H743 takes no unit in two goes, and says so later */
    (void)dfu_host_abort(host);
}

/* Requests of any kind, whose answers do not depend on how fast the chip is. */
static struct usb_setup make_request(uint32_t *seed)
{
    static const uint8_t types[] = {0x21, 0xA1, 0x00, 0x80, 0x01, 0x81, 0x02, 0x82, 0xC0};
    struct usb_setup setup = {.request_type = types[next_random(seed) % sizeof types],
                              .request = (uint8_t)(next_random(seed) % 12),
                              .value = (uint16_t)(next_random(seed) % 4),
                              .index = (uint16_t)(next_random(seed) % 8 == 0),
                              .length = (uint16_t)(next_random(seed) % 300)};
    bool address = setup.request_type == 0 && setup.request == USB_SET_ADDRESS;
    bool leave = setup.request_type == DFU_REQUEST_OUT && setup.request == DFU_DNLOAD;
    if (address || (leave && setup.length == 0)) {
        setup.request = USB_GET_STATUS;
    }
    if (setup.request_type == 0x80 && setup.request == USB_GET_DESCRIPTOR) {
        setup.value = (uint16_t)(next_random(seed) % 20 << 8 | next_random(seed) % 32);
    }
    return setup;
}

static void converse(struct side *side)
{
    struct dfu_host *host = &side->bench->host;
    uint32_t seed = 99;
    bench_enter(side->bench);
    host->told = true;
    update(side->bench);
    for (uint32_t i = 0; i < REQUESTS; i++) {
        uint8_t data[512] = {(uint8_t)(i % 3 == 0 ? 0x21 : i)};
        struct usb_setup setup = make_request(&seed);
        put_le32(data + 1, side->bench->place->app + i * 64);
        (void)dfu_host_control(host, &setup, data, NULL);
        (void)dfu_host_settle(host);
        side->digests[i] = host->digest;
    }
    host->told = false;
    const struct mem_flash *flash = board_flash(host->board);
    uint32_t own = side->bench->place->own_bytes; /* only one of the two has code there */
    side->flash = crc32_update(0, flash->cells + own, flash->geometry->bytes - own);
}

static void native_and_arm_say_and_do_the_same(void **state)
{
    static struct side native, arm;
    (void)state;
    void *bench = NULL;
    for (uint32_t i = 0; i < 2; i++) {
        struct side *side = i == 0 ? &native : &arm;
        bench_use_arm(i == 1);
        assert_int_equal(bench_set_up(&bench), 0);
        side->bench = bench;
        converse(side);
        assert_int_equal(bench_tear_down(&bench), 0);
    }
    for (uint32_t i = 0; i < REQUESTS; i++) {
        if (native.digests[i] != arm.digests[i]) {
            fail_msg("they differ at request %u", (unsigned)i);
        }
    }
    assert_int_equal(native.flash, arm.flash);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(native_and_arm_say_and_do_the_same),
    };
    return bench_choose(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
