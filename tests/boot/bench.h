/* SPDX-License-Identifier: MIT
 * A board with the bootloader on the bench of a test: which guest, which board, what goes where. */
#ifndef TESTS_BOOT_BENCH_H
#define TESTS_BOOT_BENCH_H

#include "tests/support/dfu_host.h"
#include "twin/guest.h"

enum {
    BENCH_UP_MS = 1000,
    BENCH_LEAVE_MS = 100,
    BENCH_IMAGE_MAX = 64 * 1024,
    BENCH_VERSION = 0x01000000 /* of what bench_make_image seals: 1.0.0 */
};

/* What is known of a board from its documentation, not from the bootloader. */
struct bench_place {
    const char *name;
    uint32_t own, own_bytes;     /* the bootloader's sectors */
    uint32_t app, app_bytes;     /* the application's slot */
    uint32_t app_sector_bytes;   /* all its sectors are of this size */
    uint32_t drive, drive_bytes; /* the flash drive */
    uint32_t drive_sector_bytes; /* of its first sectors */
    uint32_t banks;
    uint32_t led_count;
    bool button;
    const char *seal_board; /* what its applications are sealed for, and signed; NULL: not */
    uint32_t check_ms;      /* at most, for the seal of BENCH_IMAGE_MAX bytes; 0: no seal */
};

struct bench {
    struct dfu_host host; /* first */
    const struct bench_place *place;
    bool arm;
    uint8_t image[BENCH_IMAGE_MAX], other[BENCH_IMAGE_MAX];
};

/* A test of cmocka that has the bench to itself. */
#define BENCH_TEST(function)                                                                       \
    cmocka_unit_test_setup_teardown(function, bench_set_up, bench_tear_down)

/* Takes "native|arm BOARD" from the command line. Returns false, after a word on how to call it,
 * when that is not there. */
bool bench_choose(int argc, char **argv);

/* Chooses the guest for the next bench that is set up. */
void bench_use_arm(bool arm);

/* cmocka's setup and teardown of one test: a board with erased flash, off. */
int bench_set_up(void **state);
int bench_tear_down(void **state);

/* The same set-up with another native bootloader in place of the board's own. */
int bench_set_up_with(void **state, chip_make_program *make);

/* Reads what make firmware built for the board: kind "boot" or "app". Fails the test when it is not
 * there. Returns its length. */
uint32_t bench_read_firmware(const struct bench *bench, const char *kind, uint8_t *to,
                             uint32_t room);

/* Makes an application that starts and does nothing, length bytes, the rest from a seed, and seals
 * it. */
void bench_make_image(const struct bench *bench, uint8_t *data, uint32_t length, uint32_t seed);

/* Seals and signs an application where the board asks for it: in its last 160 bytes, length being a
 * multiple of 32 then. */
void bench_seal(const struct bench *bench, uint8_t *data, uint32_t length, uint32_t version);

/* Takes away what the bootloader noted of versions. */
void bench_forget_versions(struct bench *bench);

/* Puts an application into flash without the bootloader's help. */
void bench_install(struct bench *bench, uint32_t seed);

/* Powers the board on and waits for DFU mode; fails the test when it does not come. */
void bench_enter(struct bench *bench);

/* Makes DFU mode come although there is an application: with the button, held long enough; on a
 * board without one by an order. */
void bench_enter_by_button(struct bench *bench);

/* Gives what limit_ms becomes on a board that checks a seal at each start: once, or with the check
 * before the commit twice. */
uint32_t bench_limit_ms(const struct bench *bench, uint32_t limit_ms);
uint32_t bench_leave_limit_ms(const struct bench *bench);

/* Lets time pass until the application has been started. Returns the milliseconds that took,
 * UINT32_MAX when it was not within limit_ms. */
uint32_t bench_wait_started(struct bench *bench, uint32_t limit_ms);

/* Expects that nothing is started, left alone for longer than a host counts as quiet, and then
 * switched off and on. */
void bench_expect_no_application(struct bench *bench);

/* Erases what length bytes of application need, and writes them. Fails the test when refused. */
void bench_download(struct bench *bench, const uint8_t *data, uint32_t length);

/* Tells whether flash holds data at addr, without asking the bootloader. */
bool bench_holds(struct bench *bench, uint32_t addr, const uint8_t *data, uint32_t length);

/* A checksum of a stretch of flash, without asking the bootloader. */
uint32_t bench_checksum(struct bench *bench, uint32_t addr, uint32_t length);

/* The status, which must come. */
struct dfu_status bench_status(struct bench *bench);

/* The mode that the application was started with. */
uint32_t bench_mode(struct bench *bench);

/* Leaves an order for the bootloader where an application leaves it. */
void bench_order(struct bench *bench, uint32_t order);

/* Resets the chip as software or a watchdog does. */
void bench_reset_by(struct bench *bench, enum reset_cause cause);

/* Expects dfuERROR with a status and a text, which stay until they are cleared; clears them. */
void bench_expect_error(struct bench *bench, uint8_t status);

#endif
