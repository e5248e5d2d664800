/* SPDX-License-Identifier: MIT
 * Fuzz target: any sequence of control requests and bus events at the bootloader, native or (with
 * FUZZ_ARM) the ARM code. It never changes its own sectors, and still answers GET_DESCRIPTOR after
 * each sequence. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/requests.h"
#include "glue/boards.h"
#include "twin/board/board.h"
#include "twin/mem/flash.h"

#ifdef FUZZ_ARM
#include "base/file.h"
#include "twin/board/arm_board.h"
#define MAKE_GUEST arm_board_make
#else
#define MAKE_GUEST boot_guest_make
#endif

enum {
    OWN_ADDR = 0x08000000, /* the start of the flash */
    OWN_BYTES = 16 * 1024,
    OWN_FILL = 0x5A,
    TARGETS = 4,
    SIGNED_FROM = 0x80, /* of the first byte */
    APP_ADDR = 0x08020000,
    UP_MS = 1000,
    START_MS = 90,
    SELDOM = 254,
    LONG_MS = 61000, /* enough to leave by itself */
    STEPS_MAX = 64,
};

/* A board, and what its own sectors hold. */
struct target {
    struct board *board;
    uint8_t own[OWN_BYTES];
};

#ifdef FUZZ_ARM
static void fill_own(struct target *target, const char *name)
{
    const char *folder = getenv("DFUKIT_FIRMWARE");
    char path[512];
    uint8_t *data = NULL;
    size_t length = 0;
    (void)snprintf(path, sizeof path, "%s/%s/dfukit-boot-%s.bin", folder == NULL ? "." : folder,
                   name, name);
    memset(target->own, 0xFF, OWN_BYTES);
    must(file_read(path, OWN_BYTES, &data, &length, NULL) == 0);
    memcpy(target->own, data, length);
    free(data);
}
#else
static void fill_own(struct target *target, const char *name)
{
    (void)name;
    memset(target->own, OWN_FILL, OWN_BYTES);
}
#endif

static void open_target(struct target *target, uint8_t which)
{
    static const char *const names[TARGETS][2] = {
        {"pybv11", "pybv11"},
        {"nucleo-h743zi", "nucleo_h743zi"},
        {"pybv11-signed", "pybv11_signed"},
        {"nucleo-h743zi-signed", "nucleo_h743zi_signed"},
    };
    struct board_config config = {
        .name = names[which][0], .seed = 1, .boot0_low = true, .make_program = MAKE_GUEST};
    must(board_open(&config, &target->board, NULL) == 0);
    board_flash(target->board)->operation_count = 1; /* not filled yet */
    fill_own(target, names[which][1]);
}

static void restore(const struct target *target)
{
    struct board *board = target->board;
    struct mem_flash *flash = board_flash(board);
    for (uint32_t at = 0; at < flash->geometry->bytes && flash->operation_count != 0;
         at += OWN_BYTES) {
        uint8_t *cells = flash->cells + at;
        if (at == 0) {
            memcpy(cells, target->own, OWN_BYTES);
        } else if (cells[0] != 0xFF || memcmp(cells, cells + 1, OWN_BYTES - 1) != 0) {
            memset(cells, 0xFF, OWN_BYTES);
        } else {
            continue;
        }
        mem_flash_refresh(flash, flash->geometry->base + at, OWN_BYTES);
    }
    flash->operation_count = 0;
    board_reset(board, true, false);
}

static void step(struct board *board, struct input *input, uint8_t *data)
{
    static const uint32_t places[] = {OWN_ADDR,   APP_ADDR,   0x08004000, 0x08010000, 0x080FF800,
                                      0x08100000, 0x0817FFE0, 0x08180000, 0x081FFFE0, 0xFFFFFFE0};
    static const uint8_t codes[] = {0x21, 0x41, 0x41, 0xC0, 0xC1, 0x92};
    static const struct command_places at = {places, sizeof places / sizeof places[0], codes,
                                             sizeof codes};
    struct usb_port *port = board_port(board);
    uint8_t kind = take(input);
    switch (kind % 8) {
    case 0: any_request(port, input, data); break;
    case 1:
    case 2:
    case 3: likely_request(port, input, data); break;
    case 4:
    case 5: command_request(port, input, data, &at); break;
    case 6: run_ms(port, kind == SELDOM && take(input) < 4 ? LONG_MS : kind / 16); break;
    default:
        if (kind < 64) {
            port->reset(port);
        } else if (kind < 128) {
            board_suspend(board);
        } else {
            board_press(board, kind < 192);
        }
        break;
    }
}

static bool is_own_untouched(const struct target *target)
{
    return memcmp(board_flash(target->board)->cells, target->own, OWN_BYTES) == 0;
}

static void still_answers(struct board *board)
{
    struct usb_port *port = board_port(board);
    const struct usb_setup ask = {USB_DIR_IN, USB_GET_DESCRIPTOR, USB_DEVICE << 8, 0,
                                  USB_DEVICE_BYTES};
    uint8_t device[USB_DEVICE_BYTES] = {0};
    if (!port->attached(port)) { /* it left, as it was told */
        board_press(board, false);
        board_reset(board, true, false);
        run_ms(port, UP_MS);
    }
    if (port->attached(port) || !board_application(board, NULL)) {
        uint16_t length = sizeof device;
        must(port->attached(port));
        must(usb_port_transfer(port, &ask, device, &length, (uint64_t)REQUEST_LIMIT_MS * TWIN_MS) ==
             EP0_ACK);
        must(length == USB_DEVICE_BYTES && device[1] == USB_DEVICE);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct target targets[TARGETS];
    struct input input = {bytes, length};
    uint8_t data[REQUEST_DATA_MAX];
    uint8_t first = take(&input);
    uint8_t which = (uint8_t)(first % 2 + (first >= SIGNED_FROM ? 2 : 0));
    struct target *target = &targets[which];
    if (target->board == NULL) {
        open_target(target, which);
    }
    struct board *board = target->board;
    memset(data, take(&input), sizeof data);
    board_press(board, false);
    restore(target);
    run_ms(board_port(board), START_MS);
    for (uint32_t i = 0; i < STEPS_MAX && input.length > 0; i++) {
        step(board, &input, data);
    }
    must(is_own_untouched(target));
    still_answers(board);
    must(is_own_untouched(target));
    return 0;
}
