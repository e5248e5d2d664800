/* SPDX-License-Identifier: MIT
 * Fuzz target: any sequence of control requests and bus events at the bootloader, native or (with
 * FUZZ_ARM) the ARM code. It never changes its own sectors, and still answers GET_DESCRIPTOR after
 * each sequence. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/dfu.h"
#include "glue/boards.h"
#include "twin/board/board.h"
#include "twin/mem/flash.h"
#include "twin/time.h"
#include "twin/usb_port.h"

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
    APP_ADDR = 0x08020000,
    LIMIT_MS = 2000,
    UP_MS = 1000,
    START_MS = 90,
    SELDOM = 254,
    LONG_MS = 61000, /* enough to leave by itself */
    STEPS_MAX = 64,
    DATA_MAX = 4096,
};

/* What is left of the input. */
struct input {
    const uint8_t *data;
    size_t length;
};

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static uint8_t take(struct input *input)
{
    if (input->length == 0) {
        return 0;
    }
    input->length--;
    return *input->data++;
}

static uint16_t take_16(struct input *input)
{
    uint16_t low = take(input);
    return (uint16_t)(low | take(input) << 8);
}

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
    struct board_config config = {.name = which == 0 ? "pybv11" : "nucleo-h743zi",
                                  .seed = 1,
                                  .boot0_low = true,
                                  .make_program = MAKE_GUEST};
    must(board_open(&config, &target->board, NULL) == 0);
    board_flash(target->board)->operation_count = 1; /* not filled yet */
    fill_own(target, which == 0 ? "pybv11" : "nucleo_h743zi");
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

static void run_ms(struct usb_port *port, uint32_t ms)
{
    port->run(port, port->now(port) + (uint64_t)ms * TWIN_MS);
}

static void request(struct usb_port *port, const struct usb_setup *setup, uint8_t *data)
{
    uint16_t length = setup->length;
    (void)usb_port_transfer(port, setup, data, &length, (uint64_t)LIMIT_MS * TWIN_MS);
}

/* A request of any bits. */
static void any_request(struct usb_port *port, struct input *input, uint8_t *data)
{
    struct usb_setup setup = {take(input), take(input), take_16(input), take_16(input),
                              take_16(input)};
    setup.length %= DATA_MAX;
    request(port, &setup, data);
}

/* A request that a DFU host would make. */
static void likely_request(struct usb_port *port, struct input *input, uint8_t *data)
{
    uint8_t what = take(input);
    bool in = what % 7 == DFU_UPLOAD || what % 7 == DFU_GETSTATUS || what % 7 == DFU_GETSTATE;
    struct usb_setup setup = {in ? DFU_REQUEST_IN : DFU_REQUEST_OUT, what % 7, what >> 5, 0, 0};
    bool carries = what % 7 == DFU_UPLOAD || what % 7 == DFU_DNLOAD;
    setup.length = in && !carries ? DFU_STATUS_BYTES : carries ? take_16(input) % DATA_MAX : 0;
    request(port, &setup, data);
}

/* A DfuSe command with an address near an edge, and the two status requests after it. */
static void command(struct usb_port *port, struct input *input, uint8_t *data)
{
    static const uint32_t places[] = {OWN_ADDR,   APP_ADDR,   0x08004000, 0x08010000, 0x080FF800,
                                      0x08100000, 0x0817FFE0, 0x08180000, 0x081FFFE0, 0xFFFFFFE0};
    static const uint8_t codes[] = {0x21, 0x41, 0x41, 0xC0, 0xC1, 0x92};
    uint8_t what = take(input);
    uint32_t addr = places[what % (sizeof places / sizeof places[0])] + take_16(input);
    bool range = what >= 128;
    struct usb_setup setup = {DFU_REQUEST_OUT, DFU_DNLOAD, 0, 0, range ? 9 : 5};
    struct usb_setup ask = {DFU_REQUEST_IN, DFU_GETSTATUS, 0, 0, DFU_STATUS_BYTES};
    uint8_t bytes[DFU_STATUS_BYTES];
    data[0] = codes[take(input) % sizeof codes];
    put_le32(data + 1, addr);
    put_le32(data + 5, (uint32_t)take_16(input) >> (what % 16));
    request(port, &setup, data);
    request(port, &ask, bytes);
    run_ms(port, take(input) % 16);
    request(port, &ask, bytes);
}

static void step(struct board *board, struct input *input, uint8_t *data)
{
    struct usb_port *port = board_port(board);
    uint8_t kind = take(input);
    switch (kind % 8) {
    case 0: any_request(port, input, data); break;
    case 1:
    case 2:
    case 3: likely_request(port, input, data); break;
    case 4:
    case 5: command(port, input, data); break;
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
        must(usb_port_transfer(port, &ask, device, &length, (uint64_t)LIMIT_MS * TWIN_MS) ==
             EP0_ACK);
        must(length == USB_DEVICE_BYTES && device[1] == USB_DEVICE);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct target targets[2];
    struct input input = {bytes, length};
    uint8_t data[DATA_MAX];
    uint8_t which = take(&input) % 2;
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
