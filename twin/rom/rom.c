/* SPDX-License-Identifier: MIT
 * A ROM bootloader as a guest: reset, time, requests, leave. */
#include "twin/rom/rom.h"

#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "twin/rom/engine.h"

enum { REQUEST_TYPE_MASK = 0x60, REQUEST_CLASS = 0x20 };

static struct rom *rom_of(struct guest *guest)
{
    return (struct rom *)guest;
}

static void rom_reset(struct guest *guest, enum reset_cause cause)
{
    struct rom *rom = rom_of(guest);
    (void)cause;
    bool failed = fault_find(rom->parts.faults, FAULT_START_ERROR, FAULT_ALWAYS, 0) != NULL;
    chapter9_reset(&rom->usb);
    rom->state = failed ? DFU_ERROR : DFU_IDLE;
    rom->status = failed ? DFU_ERR_FIRMWARE : DFU_OK;
    rom->pointer = rom->parts.row->flash.base;
    rom->job = JOB_NONE;
    rom->work.active = false;
    rom->behind.active = false;
    rom->held_until_ns = 0;
    rom->busy_reported = rom->wedged = rom->locked_up = rom->busy_forever = false;
    rom->fast = rom->leaving = false;
    rom->attach_ns = rom->parts.time->now_ns + rom->parts.row->startup_ns;
    rom->stop = GUEST_IDLE;
}

static void complete_if_due(struct rom *rom, struct rom_work *work, uint64_t until_ns)
{
    if (work->active && work->end_ns <= until_ns) {
        rom_complete(rom, work);
    }
}

static bool is_stack(const struct rom_row *row, uint32_t stack)
{
    bool good = false;
    for (size_t i = 0; i < 2; i++) {
        const struct rom_area *ram = &row->ram[i];
        good = good || (ram->length != 0 && stack > ram->addr &&
                        stack - ram->addr <= ram->length - row->stack_margin_bytes);
    }
    return good;
}

/* What the ROM finds at the pointer decides how it leaves.
 * Source AN3156, "Leave DFU mode"; AN2606 on the stack pointer */
static void leave(struct rom *rom)
{
    const struct rom_row *row = rom->parts.row;
    uint8_t vectors[8] = {0};
    bool read = mem_flash_read(rom->parts.flash, rom->pointer, vectors, sizeof vectors) == MEM_OK;
    bool valid = read && is_stack(row, get_le32(vectors));
    rom->attach_ns = UINT64_MAX;
    rom->guest.jump_addr = rom->pointer;
    rom->stop = !valid ? GUEST_RESET : row->leave == ROM_LEAVE_HANGS ? GUEST_LOCKUP : GUEST_JUMP;
}

static enum guest_stop rom_run(struct guest *guest, uint64_t until_ns)
{
    struct rom *rom = rom_of(guest);
    complete_if_due(rom, &rom->work, until_ns);
    complete_if_due(rom, &rom->behind, until_ns);
    if (rom->leaving) {
        rom->leaving = false;
        leave(rom);
    }
    enum guest_stop stop = rom->stop;
    rom->stop = GUEST_IDLE;
    return stop;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t rom_wake(struct guest *guest)
{
    const struct rom *rom = rom_of(guest);
    uint64_t now = rom->parts.time->now_ns;
    uint64_t wake = rom->work.active ? rom->work.end_ns : UINT64_MAX;
    wake = rom->behind.active ? earlier(wake, rom->behind.end_ns) : wake;
    wake = rom->held_until_ns > now ? earlier(wake, rom->held_until_ns) : wake;
    return rom->attach_ns > now ? earlier(wake, rom->attach_ns) : wake;
}

static bool rom_connected(struct guest *guest)
{
    const struct rom *rom = rom_of(guest);
    return rom->parts.time->now_ns >= rom->attach_ns;
}

static enum ep0_answer rom_control(struct guest *guest, const struct usb_setup *setup,
                                   uint8_t *data, uint16_t *length)
{
    struct rom *rom = rom_of(guest);
    if (rom->locked_up) {
        return EP0_NAK;
    }
    if ((setup->request_type & REQUEST_TYPE_MASK) == REQUEST_CLASS) {
        return setup->index == 0 ? rom_class_request(rom, setup, data, length) : EP0_STALL;
    }
    enum ep0_answer answer = chapter9_control(&rom->usb, setup, data, length);
    if (setup->request == USB_SET_INTERFACE && answer == EP0_ACK && rom->state != DFU_ERROR) {
        rom->state = DFU_IDLE;
    }
    return answer;
}

/* Assumption: as bootloaders do in practice, it stays in DFU mode, and starts anew unless its CPU
 * is busy. */
static void rom_bus_reset(struct guest *guest)
{
    struct rom *rom = rom_of(guest);
    bool busy = rom->work.active || rom->wedged || rom->locked_up || rom->busy_forever;
    chapter9_reset(&rom->usb);
    if (!busy && rom->state != DFU_ERROR) {
        rom->state = DFU_IDLE;
        rom->busy_reported = false;
    }
}

static void rom_free(struct guest *guest)
{
    free(rom_of(guest));
}

static void put_hex(char *text, uint32_t value, unsigned digits)
{
    for (unsigned i = 0; i < digits; i++) {
        text[i] = "0123456789ABCDEF"[value >> (4 * (digits - 1 - i)) & 15];
    }
}

/* 12 digits of the UID: bytes 11, 10 + 2, 9, 8 + 0, 7, 6. Source: as the ROM of
 * the F4 makes it */
static void make_serial(struct rom *rom)
{
    const struct fault *other = fault_find(rom->parts.faults, FAULT_SERIAL, FAULT_ALWAYS, 0);
    const uint8_t *uid = rom->parts.uid;
    const char *fixed = other != NULL ? other->text : rom->parts.row->serial;
    if (fixed != NULL) {
        strncpy(rom->serial, fixed, sizeof rom->serial - 1);
        return;
    }
    const uint8_t bytes[6] = {
        uid[11], (uint8_t)(uid[10] + uid[2]), uid[9], (uint8_t)(uid[8] + uid[0]), uid[7], uid[6]};
    for (unsigned i = 0; i < sizeof bytes; i++) {
        put_hex(rom->serial + 2 * (size_t)i, bytes[i], 2);
    }
}

static void build_usb(struct rom *rom)
{
    const struct rom_row *row = rom->parts.row;
    struct chapter9_dfu dfu = {.attributes = 0xC0,
                               .max_power = row->max_power,
                               .protocol = USB_PROTOCOL_DFU,
                               .first_alternate_string = row->first_alternate_string,
                               .functional = row->functional};
    const struct fault *size = fault_find(rom->parts.faults, FAULT_TRANSFER_SIZE, FAULT_ALWAYS, 0);
    if (size != NULL) {
        dfu.functional.transfer_bytes = (uint16_t)size->value;
    }
    rom->usb.device = row->device;
    rom->usb.strings[0] = row->manufacturer;
    rom->usb.strings[row->device.product_text - 1] = row->product;
    rom->usb.strings[row->device.serial - 1] = rom->serial;
    if (row->configuration_text != NULL) {
        dfu.string_index = 2;
        rom->usb.strings[1] = row->configuration_text;
    }
    while (dfu.alternate_count < ROM_ALTERNATES_MAX && row->alternates[dfu.alternate_count]) {
        rom->usb.strings[row->first_alternate_string - 1 + dfu.alternate_count] =
            row->alternates[dfu.alternate_count];
        dfu.alternate_count++;
    }
    rom->usb.answers_functional = !row->no_functional_request;
    rom->usb.eight_bit_serial = row->eight_bit_serial;
    chapter9_build(&rom->usb, &dfu);
}

struct guest *rom_new(const struct rom_parts *parts)
{
    struct rom *rom = calloc(1, sizeof *rom);
    if (rom == NULL) {
        return NULL;
    }
    rom->parts = *parts;
    rom->guest = (struct guest){.kind = "rom",
                                .reset = rom_reset,
                                .run = rom_run,
                                .wake = rom_wake,
                                .connected = rom_connected,
                                .control = rom_control,
                                .bus_reset = rom_bus_reset,
                                .free = rom_free};
    memset(rom->otp, 0xFF, sizeof rom->otp);
    make_serial(rom);
    build_usb(rom);
    rom_reset(&rom->guest, RESET_POWER_ON);
    return &rom->guest;
}
