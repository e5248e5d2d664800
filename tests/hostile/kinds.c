/* SPDX-License-Identifier: MIT
 * What known devices say of themselves: every virtual board is asked. */
#include "tests/hostile/kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/dfu.h"
#include "glue/boards.h"
#include "twin/board/board.h"
#include "twin/board/rows.h"
#include "twin/rom/rom.h"
#include "twin/time.h"

enum { SHOW_UP_MS = 500, LIMIT_MS = 1000 };

static void run_ms(struct usb_port *port, uint32_t ms)
{
    port->run(port, port->now(port) + (uint64_t)ms * TWIN_MS);
}

/* Returns the length of what was answered, 0 when it was refused. */
static uint16_t ask(struct usb_port *port, uint16_t value, uint8_t *data, uint16_t length)
{
    struct usb_setup setup = {USB_DIR_IN, USB_GET_DESCRIPTOR, value, 0x0409, length};
    enum ep0_answer answer =
        usb_port_transfer(port, &setup, data, &length, (uint64_t)LIMIT_MS * TWIN_MS);
    return answer == EP0_ACK ? length : 0;
}

static void read_kind(struct kinds *kinds, struct board *board, const char *name, const char *rom)
{
    struct usb_port *port = board_port(board);
    struct kind *kind = &kinds->all[kinds->count];
    memset(kind, 0, sizeof *kind);
    (void)snprintf(kind->name, sizeof kind->name, "%s %s", name, rom);
    if (kinds->count == KINDS_MAX ||
        ask(port, USB_DEVICE << 8, kind->device, USB_DEVICE_BYTES) != USB_DEVICE_BYTES) {
        fprintf(stderr, "%s does not say what it is\n", kind->name);
        abort();
    }
    kind->configuration_bytes =
        ask(port, USB_CONFIGURATION << 8, kind->configuration, KIND_CONFIGURATION_BYTES);
    for (uint16_t i = 0; i < KIND_STRINGS; i++) {
        kind->string_bytes[i] = (uint8_t)ask(port, (uint16_t)(USB_STRING << 8 | i),
                                             kind->strings[i], KIND_STRING_BYTES);
    }
    kinds->count++;
}

/* An application leaves for DFU mode, where it is another kind. */
static void detach(struct usb_port *port)
{
    struct usb_setup setup = {DFU_REQUEST_OUT, DFU_DETACH, 1000, 0, 0};
    uint16_t length = 0;
    (void)usb_port_transfer(port, &setup, NULL, &length, (uint64_t)LIMIT_MS * TWIN_MS);
    port->reset(port);
    run_ms(port, SHOW_UP_MS);
}

static void read_board(struct kinds *kinds, const struct board_config *config)
{
    struct board *board = NULL;
    if (board_open(config, &board, NULL) != 0) {
        fprintf(stderr, "%s cannot be built\n", config->name);
        abort();
    }
    const char *rom = config->boot0_low ? "dfukit-boot" : board_rom_version(board);
    run_ms(board_port(board), SHOW_UP_MS);
    read_kind(kinds, board, config->name, rom);
    if (strncmp(config->name, "runtime-", 8) == 0) {
        detach(board_port(board));
        read_kind(kinds, board, config->name, "detached");
    }
    (void)board_close(board, NULL);
}

static void read_roms(struct kinds *kinds, const struct board_row *row)
{
    size_t length = strlen(row->family);
    const struct rom_row *rom;
    for (uint32_t i = 0; (rom = rom_at(i)) != NULL; i++) {
        if (strncmp(rom->name, row->family, length) == 0) {
            struct board_config config = {.name = row->name, .rom = rom->version, .seed = i};
            read_board(kinds, &config);
            kinds->all[kinds->count - 1].id_addr = rom->id_addr;
            kinds->all[kinds->count - 1].id = rom->id;
        }
    }
}

void kinds_gather(struct kinds *kinds)
{
    const struct board_row *row;
    kinds->count = 0;
    for (uint32_t i = 0; (row = board_row_at(i)) != NULL; i++) {
        if (row->family != NULL) {
            read_roms(kinds, row);
        } else {
            read_board(kinds, &(struct board_config){.name = row->name, .seed = i});
        }
        if (boot_board_find(row->name) != NULL) {
            read_board(kinds, &(struct board_config){.name = row->name,
                                                     .seed = i,
                                                     .boot0_low = true,
                                                     .make_program = boot_guest_make});
        }
    }
}
