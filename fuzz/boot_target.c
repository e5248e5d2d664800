/* SPDX-License-Identifier: MIT
 * A board with the bootloader, native or (with FUZZ_ARM) the ARM code, for the inputs of a fuzz
 * target. */
#include "fuzz/boot_target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "glue/boards.h"
#include "twin/guest.h"
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
    OWN_BYTES = BOOT_TARGET_OWN_BYTES,
    OWN_FILL = 0x5A,
    LOG_BYTES = 1536, /* docs/seal.md */
    APP_BYTES = 896 * 1024,
    BLANK = 0xFF,
    SELDOM = 254,
    CLEARS_FROM = 64, /* most requests end in an error, after which nothing else is taken */
    LONG_MS = 61000,  /* enough to leave by itself */
};

static const struct {
    const char *board, *firmware;
    uint32_t own_bytes, log_bytes;
} rows[BOOT_TARGETS] = {
    {"pybv11", "pybv11", OWN_BYTES, 0},
    {"nucleo-h743zi", "nucleo_h743zi", 128 * 1024, 0},
    {"pybv11-signed", "pybv11_signed", OWN_BYTES, LOG_BYTES},
    {"nucleo-h743zi-signed", "nucleo_h743zi_signed", 128 * 1024, LOG_BYTES},
};

#ifdef FUZZ_ARM
static void fill_own(struct boot_target *target, const char *name)
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
static void fill_own(struct boot_target *target, const char *name)
{
    (void)name;
    memset(target->own, OWN_FILL, OWN_BYTES);
}
#endif

void boot_target_open(struct boot_target *target, uint8_t which)
{
    struct board_config config = {
        .name = rows[which].board, .seed = 1, .boot0_low = true, .make_program = MAKE_GUEST};
    if (target->board != NULL) {
        return;
    }
    must(board_open(&config, &target->board, NULL) == 0);
    board_flash(target->board)->operation_count = 1; /* not filled yet */
    target->own_bytes = rows[which].own_bytes;
    target->log_bytes = rows[which].log_bytes;
    fill_own(target, rows[which].firmware);
    if (target->own_bytes == OWN_BYTES && target->log_bytes != 0) {
        memset(target->own + OWN_BYTES - LOG_BYTES, BLANK, LOG_BYTES);
    }
}

void boot_target_restore(const struct boot_target *target)
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

void boot_target_step(struct board *board, struct input *input, uint8_t *data)
{
    static const uint32_t places[] = {
        OWN_ADDR,   BOOT_TARGET_APP_ADDR, 0x08004000, 0x08010000, 0x080FF800,
        0x08100000, 0x0817FFE0,           0x08180000, 0x081FFFE0, 0xFFFFFFE0};
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
    case 5:
        if (kind >= CLEARS_FROM) {
            request(port, &(struct usb_setup){DFU_REQUEST_OUT, DFU_CLRSTATUS, 0, 0, 0}, data);
        }
        command_request(port, input, data, &at);
        break;
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

bool boot_target_started(struct board *board)
{
    struct guest *guest = board_guest(board);
    return guest->pc != NULL ? guest->pc(guest) - BOOT_TARGET_APP_ADDR < APP_BYTES
                             : board_application(board, NULL);
}

bool boot_target_is_own_untouched(const struct boot_target *target)
{
    const uint8_t *cells = board_flash(target->board)->cells;
    uint32_t end = target->own_bytes - target->log_bytes, at = OWN_BYTES;
    while (at < end && cells[at] == BLANK) {
        at++;
    }
    return at >= end && memcmp(cells, target->own, end < OWN_BYTES ? end : OWN_BYTES) == 0;
}

void boot_target_still_answers(struct board *board)
{
    struct usb_port *port = board_port(board);
    const struct usb_setup ask = {USB_DIR_IN, USB_GET_DESCRIPTOR, USB_DEVICE << 8, 0,
                                  USB_DEVICE_BYTES};
    uint8_t device[USB_DEVICE_BYTES] = {0};
    if (!port->attached(port)) { /* it left, as it was told */
        board_press(board, false);
        board_reset(board, true, false);
        run_ms(port, BOOT_TARGET_UP_MS);
    }
    if (port->attached(port) || !board_application(board, NULL)) {
        uint16_t length = sizeof device;
        must(port->attached(port));
        must(usb_port_transfer(port, &ask, device, &length, (uint64_t)REQUEST_LIMIT_MS * TWIN_MS) ==
             EP0_ACK);
        must(length == USB_DEVICE_BYTES && device[1] == USB_DEVICE);
    }
}
