/* SPDX-License-Identifier: MIT
 * The chip of a board, with everything around its core, as a guest that runs ARM code. */
#include "twin/board/arm_board.h"

#include <stdlib.h>
#include <string.h>

#include "twin/board/arm.h"
#include "twin/board/arm_wiring.h"
#include "twin/soc/dwc2.h"
#include "twin/soc/gpio.h"
#include "twin/soc/usart.h"
#include "twin/soc/usb_wire.h"

enum { VBUS_PORT = 0, VBUS_PIN = 9 }; /* a board without VBUS has no power at all */

/* A chip, its USB host and what it has said on its serial ports. */
struct machine {
    const struct arm_wiring *wiring;
    struct soc_chip chip;
    struct soc_dwc2 *usb;
    struct soc_wire *wire;
    struct arm *arm;
    char *log;
    size_t log_length, log_room;
};

static void press(void *self, bool down)
{
    struct machine *machine = self;
    const struct arm_button *button = &machine->wiring->button;
    enum soc_pin level = down ? button->pressed : button->idle;
    soc_gpio_drive(&machine->chip, button->pin.port, button->pin.number, level);
}

static uint32_t get_leds(void *self)
{
    const struct machine *machine = self;
    const struct arm_wiring *wiring = machine->wiring;
    uint32_t lit = 0;
    for (uint32_t i = 0; i < wiring->led_count; i++) {
        const struct arm_pin *pin = &wiring->leds[i];
        enum soc_pin level = soc_gpio_get(&machine->chip, pin->port, pin->number);
        lit |= level == wiring->led_on ? 1u << i : 0;
    }
    return lit;
}

/* Without memory for it, the log ends. */
static void take_byte(void *self, uint8_t byte)
{
    struct machine *machine = self;
    if (machine->log_length == machine->log_room) {
        size_t room = machine->log_room == 0 ? 1024 : 2 * machine->log_room;
        char *log = realloc(machine->log, room);
        if (log == NULL) {
            return;
        }
        machine->log = log;
        machine->log_room = room;
    }
    machine->log[machine->log_length++] = (char)byte;
}

static size_t get_log(void *self, size_t from, char *text, size_t capacity)
{
    const struct machine *machine = self;
    size_t left = from < machine->log_length ? machine->log_length - from : 0;
    size_t length = left < capacity ? left : capacity;
    if (length > 0) {
        memcpy(text, machine->log + from, length);
    }
    return length;
}

static bool push_byte(void *self, uint8_t byte)
{
    struct machine *machine = self;
    return soc_usart_push(&machine->chip, machine->wiring->usart, byte);
}

static uint32_t read_register(void *bus, uint32_t addr, uint32_t width)
{
    return soc_chip_read(bus, addr, width);
}

static void write_register(void *bus, uint32_t addr, uint32_t width, uint32_t value)
{
    soc_chip_write(bus, addr, width, value);
}

static bool is_connected(void *self)
{
    return soc_wire_connected(self);
}

static enum ep0_answer control(void *self, const struct usb_setup *setup, uint8_t *data,
                               uint16_t *length)
{
    return soc_wire_control(self, setup, data, length);
}

static void cancel(void *self)
{
    soc_wire_cancel(self);
}

static enum ep0_answer move_data(void *self, const struct usb_pipe *pipe, uint8_t *data,
                                 uint32_t *length)
{
    return soc_wire_data(self, pipe, data, length);
}

static bool cancel_data(void *self, uint8_t endpoint)
{
    return soc_wire_cancel_data(self, endpoint);
}

static void reset_bus(void *self)
{
    soc_wire_bus_reset(self);
}

static void suspend_bus(void *self)
{
    soc_wire_sleep(self, true);
}

static void free_machine(void *self)
{
    struct machine *machine = self;
    soc_chip_close(&machine->chip);
    soc_wire_free(machine->wire);
    soc_dwc2_free(machine->usb);
    free(machine->log);
    free(machine);
}

/* The USB core and the host at its cable, in the place that the map left for it. */
static bool add_usb(struct machine *machine, const struct soc_lines *lines)
{
    struct soc_chip *chip = &machine->chip;
    struct soc_dwc2 *core = soc_dwc2_new(machine->wiring->usb, lines, &chip->nets.clocks);
    machine->usb = core;
    if (core == NULL) {
        return false;
    }
    struct soc_part part = soc_dwc2_part(core);
    if (!soc_chip_add(chip, soc_chip_row(chip, machine->wiring->usb_row), &part)) {
        return false;
    }
    machine->wire = soc_wire_new(core, lines->time);
    if (machine->wire == NULL) {
        return false;
    }
    soc_dwc2_vbus(core, true);
    part = soc_wire_part(machine->wire);
    return soc_chip_add(chip, NULL, &part);
}

static bool open_chip(struct machine *machine, const struct chip *board)
{
    const struct soc_lines *lines = arm_lines(machine->arm);
    struct soc_specimen specimen = {.hse_hz =
                                        board->has_hse ? board->hse_hz : machine->wiring->hse_hz,
                                    .lse_hz = machine->wiring->lse_hz,
                                    .seed = board->seed};
    memcpy(specimen.uid, board->uid, sizeof specimen.uid);
    const struct soc_parts from = {machine->wiring->map, lines, &specimen, board->flash};
    if (!soc_chip_open(&machine->chip, &from) || !add_usb(machine, lines)) {
        return false;
    }
    for (uint32_t i = 1; i <= SOC_USARTS_MAX; i++) {
        soc_usart_listen(&machine->chip, i, take_byte, machine);
    }
    return true;
}

static bool connect(struct machine *machine)
{
    struct soc_chip *chip = &machine->chip;
    const struct arm_around around = {
        .parts = chip->parts,
        .part_count = chip->part_count,
        .clocks = &chip->nets.clocks,
        .bus = chip,
        .read = read_register,
        .write = write_register,
        .flash = {chip->array.self, chip->array.store, chip->array.busy_until, chip->array.check},
        .usb = {machine->wire, is_connected, control, cancel, reset_bus, suspend_bus, move_data,
                cancel_data},
        .pins = {machine, press, get_leds},
        .serial = {machine, get_log, push_byte},
        .owner = machine,
        .free = free_machine,
    };
    return arm_connect(machine->arm, &around);
}

struct guest *arm_board_make(const struct chip *board)
{
    const struct arm_wiring *wiring = arm_wiring_find(board->name);
    struct machine *machine = wiring == NULL ? NULL : calloc(1, sizeof *machine);
    if (machine == NULL) {
        return NULL;
    }
    const struct arm_config config = {.chip = wiring->chip,
                                      .time = board->time,
                                      .flash = board->flash,
                                      .seed = board->seed,
                                      .log_self = board->log_self,
                                      .log = board->log};
    machine->wiring = wiring;
    machine->arm = arm_new(&config);
    if (machine->arm == NULL) {
        free(machine);
        return NULL;
    }
    if (!open_chip(machine, board) || !connect(machine)) {
        arm_free(machine->arm);
        free_machine(machine);
        return NULL;
    }
    press(machine, false);
    if (wiring->vbus) {
        soc_gpio_drive(&machine->chip, VBUS_PORT, VBUS_PIN, SOC_PIN_HIGH);
    }
    return arm_guest(machine->arm);
}

static struct machine *machine_of(struct guest *guest)
{
    return arm_owner(guest);
}

struct arm *arm_board_machine(struct guest *guest)
{
    return machine_of(guest)->arm;
}

struct soc_chip *arm_board_chip(struct guest *guest)
{
    return &machine_of(guest)->chip;
}
