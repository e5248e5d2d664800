/* SPDX-License-Identifier: MIT
 * How a ROM answers DFU class requests: the standard's table, and where this
 * version departs from it. */
#include <string.h>

#include "core/bytes.h"
#include "twin/rom/engine.h"
#include "twin/rom/form.h"

enum { ADDRESS_COMMAND_BYTES = 5 };

void rom_decode(struct rom *rom, uint16_t block)
{
    uint16_t length = rom->buffer_bytes;
    uint8_t first = rom->buffer[0];
    rom->job_block = block;
    rom->job = JOB_REFUSED;
    if (block >= DFUSE_FIRST_DATA_BLOCK) {
        rom->job = JOB_WRITE;
    } else if (first == DFUSE_SET_ADDRESS && length == ADDRESS_COMMAND_BYTES) {
        rom->job = JOB_SET_ADDRESS;
    } else if (first == DFUSE_ERASE && length == ADDRESS_COMMAND_BYTES) {
        rom->job = JOB_ERASE;
    } else if (first == DFUSE_ERASE && length == 1) {
        rom->job = JOB_ERASE_ALL;
    } else if (first == DFUSE_READ_UNPROTECT && length == 1) {
        rom->job = JOB_UNPROTECT;
    }
}

static enum ep0_answer stall(struct rom *rom, uint8_t status)
{
    rom->state = DFU_ERROR;
    rom->status = status;
    return EP0_STALL;
}

static uint8_t status_or(const struct rom *rom, uint8_t fallback)
{
    return rom->status != DFU_OK ? rom->status : fallback;
}

static enum ep0_answer send_status(struct rom *rom, uint32_t poll_ms, uint8_t *data,
                                   uint16_t *length)
{
    const struct fault *lie = fault_find(rom->parts.faults, FAULT_POLL_TIMEOUT, FAULT_ALWAYS, 0);
    bool busy = rom->state == DFU_DNBUSY;
    struct dfu_status status = {.status = rom->status,
                                .poll_timeout_ms = lie != NULL && busy ? lie->value : poll_ms,
                                .state = rom->state,
                                .string_index = 0};
    uint8_t bytes[DFU_STATUS_BYTES];
    dfu_status_put(&status, bytes);
    *length = *length < DFU_STATUS_BYTES ? *length : DFU_STATUS_BYTES;
    memcpy(data, bytes, *length);
    return EP0_ACK;
}

static enum rom_hold hold_of(const struct rom *rom)
{
    const struct rom_row *row = rom->parts.row;
    bool erase = rom->job == JOB_ERASE || rom->job == JOB_ERASE_ALL;
    return erase ? row->erase_hold : row->write_hold;
}

static uint32_t poll_of(const struct rom *rom)
{
    const struct rom_row *row = rom->parts.row;
    switch (rom->job) {
    case JOB_ERASE: return row->erase_poll_ms;
    case JOB_ERASE_ALL: return row->erase_all_poll_ms;
    case JOB_SET_ADDRESS: return row->address_poll_ms;
    default: return row->write_poll_ms;
    }
}

/* The GETSTATUS after a DNLOAD: the command starts, or is refused at the next
 * one. */
static enum ep0_answer status_in_sync(struct rom *rom, uint8_t *data, uint16_t *length)
{
    if (!rom->busy_reported) {
        rom->busy_reported = true;
        (void)rom_start(rom);
    }
    if (rom->locked_up || rom->parts.time->now_ns < rom->held_until_ns) {
        return EP0_NAK;
    }
    rom->state = DFU_DNBUSY;
    uint8_t refused = rom->status;
    rom->status = DFU_OK; /* "busy" never carries the error: the next answer does */
    enum ep0_answer answer = send_status(rom, poll_of(rom), data, length);
    rom->status = refused;
    return answer;
}

static enum ep0_answer status_while_busy(struct rom *rom, uint8_t *data, uint16_t *length)
{
    if (rom->wedged || rom->busy_forever) {
        return send_status(rom, poll_of(rom), data, length);
    }
    if (rom->work.active) {
        enum rom_hold hold = hold_of(rom);
        return hold == ROM_HOLDS_NONE ? send_status(rom, poll_of(rom), data, length)
               : hold == ROM_STALLS   ? EP0_STALL
                                      : EP0_NAK;
    }
    rom->state = rom->status == DFU_OK ? DFU_DNLOAD_IDLE : DFU_ERROR;
    rom->busy_reported = false;
    return send_status(rom, 0, data, length);
}

/* The GETSTATUS after a zero-length DNLOAD: the answer goes out, then the ROM
 * leaves. */
static enum ep0_answer status_in_manifest(struct rom *rom, uint8_t *data, uint16_t *length)
{
    if (fault_find(rom->parts.faults, FAULT_LEAVE_STAYS, FAULT_ALWAYS, 0) == NULL) {
        rom->leaving = true;
    }
    rom->state = DFU_MANIFEST;
    if (rom->parts.row->leave == ROM_LEAVE_VANISHES ||
        fault_find(rom->parts.faults, FAULT_LEAVE_VANISHES, FAULT_ALWAYS, 0) != NULL) {
        return EP0_GONE;
    }
    return send_status(rom, 0, data, length);
}

static enum ep0_answer get_status(struct rom *rom, uint8_t *data, uint16_t *length)
{
    switch (rom->state) {
    case DFU_DNLOAD_SYNC: return status_in_sync(rom, data, length);
    case DFU_DNBUSY: return status_while_busy(rom, data, length);
    case DFU_MANIFEST_SYNC: return status_in_manifest(rom, data, length);
    default: return send_status(rom, 0, data, length);
    }
}

static enum ep0_answer download(struct rom *rom, const struct usb_setup *setup, const uint8_t *data)
{
    uint8_t event = setup->length == 0 ? DFU_EVENT_DNLOAD_END : DFU_EVENT_DNLOAD_DATA;
    struct dfu_step step = dfu_machine_step(rom->state, event);
    if (rom->state == DFU_IDLE && setup->length == 0) {
        /* Leave is accepted from dfuIDLE as well. Source AN3156, "Leave DFU mode"
         */
        step = dfu_machine_step(DFU_DNLOAD_IDLE, event);
    }
    if (step.action != DFU_ACTION_ACCEPT || setup->length > rom->parts.row->write_bytes_max ||
        (setup->length != 0 && setup->value == 1)) {
        return stall(rom, DFU_ERR_STALLEDPKT);
    }
    rom->state = step.next;
    rom->busy_reported = false;
    rom->buffer_bytes = setup->length;
    if (setup->length > 0) {
        memcpy(rom->buffer, data, setup->length);
    }
    rom_decode(rom, setup->value);
    return EP0_ACK;
}

static enum ep0_answer upload(struct rom *rom, const struct usb_setup *setup, uint8_t *data,
                              uint16_t *length)
{
    static const uint8_t commands[] = {DFUSE_GET_COMMANDS, DFUSE_SET_ADDRESS, DFUSE_ERASE,
                                       DFUSE_READ_UNPROTECT};
    struct dfu_step step = dfu_machine_step(rom->state, DFU_EVENT_UPLOAD_FULL);
    if (step.action != DFU_ACTION_ACCEPT || setup->value == 1 ||
        setup->length > rom->parts.row->functional.transfer_bytes ||
        setup->length > ROM_BUFFER_BYTES) {
        return stall(rom, DFU_ERR_STALLEDPKT);
    }
    if (setup->value == DFUSE_COMMAND_BLOCK) {
        *length = setup->length < sizeof commands ? setup->length : sizeof commands;
        memcpy(data, commands, *length);
        rom->state = *length < setup->length ? DFU_IDLE : DFU_UPLOAD_IDLE;
        return EP0_ACK;
    }
    uint32_t addr =
        rom->pointer + (uint32_t)(setup->value - DFUSE_FIRST_DATA_BLOCK) * setup->length;
    enum ep0_answer answer = rom_read(rom, addr, data, setup->length);
    if (answer == EP0_STALL) {
        return stall(rom, status_or(rom, DFU_ERR_TARGET));
    }
    rom->state = answer == EP0_ACK ? step.next : rom->state;
    *length = setup->length;
    return answer;
}

/* Old ROMs take CLRSTATUS anywhere, and it is what gets a wedged one out. */
static enum ep0_answer clear_status(struct rom *rom)
{
    if (rom->wedged) {
        rom->wedged = false;
        rom->state = DFU_ERROR;
        rom->status = DFU_ERR_UNKNOWN;
        return EP0_ACK;
    }
    if (rom->state != DFU_ERROR && rom->parts.row->strict) {
        return stall(rom, DFU_ERR_STALLEDPKT);
    }
    rom->state = DFU_IDLE;
    rom->status = DFU_OK;
    rom->busy_reported = false;
    return EP0_ACK;
}

static enum ep0_answer abort_transfer(struct rom *rom)
{
    struct dfu_step step = dfu_machine_step(rom->state, DFU_EVENT_ABORT);
    if (step.action != DFU_ACTION_ACCEPT && (rom->parts.row->strict || rom->state == DFU_ERROR)) {
        return stall(rom, status_or(rom, DFU_ERR_STALLEDPKT));
    }
    rom->state = DFU_IDLE;
    rom->busy_reported = false;
    return EP0_ACK;
}

enum ep0_answer rom_class_request(struct rom *rom, const struct usb_setup *setup, uint8_t *data,
                                  uint16_t *length)
{
    if (!form_is_right(setup)) {
        return stall(rom, status_or(rom, DFU_ERR_STALLEDPKT));
    }
    switch (setup->request) {
    case DFU_GETSTATUS: return get_status(rom, data, length);
    case DFU_UPLOAD: return upload(rom, setup, data, length);
    case DFU_DNLOAD: return download(rom, setup, data); /* the data stage is taken whole */
    default: break;
    }
    uint16_t asked = *length;
    *length = 0;
    switch (setup->request) {
    case DFU_CLRSTATUS: return clear_status(rom);
    case DFU_ABORT: return abort_transfer(rom);
    case DFU_GETSTATE:
        *length = asked < 1 ? asked : 1;
        memcpy(data, &rom->state, *length);
        return EP0_ACK;
    default: return stall(rom, DFU_ERR_STALLEDPKT);
    }
}
