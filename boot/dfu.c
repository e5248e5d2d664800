/* SPDX-License-Identifier: MIT
 * Requests of the DFU class: the standard's state machine, and what its actions mean here. */
#include "boot/inside.h"
#include "boot/port.h"
#include "core/bytes.h"
#include "core/dfu_machine.h"

enum { LEAVE_POLL_MS = 1, COMMAND_COUNT = 5, CRC_BYTES_A_MS = 2048 };

void dfu_begin(struct boot *boot)
{
    boot->phase = BOOT_DFU;
    boot->state = DFU_IDLE;
    boot->status = DFU_OK;
    boot->pointer = boot->board->flash->addr;
    port_usb_connect(true);
    boot->phase_ms = boot->request_ms = port_time_ms();
}

void dfu_fail(struct boot *boot, uint8_t status, uint8_t text)
{
    boot->state = DFU_ERROR;
    boot->status = status;
    boot->text = text;
    boot->job = BOOT_JOB_NONE;
    boot->complete = false;
}

static void acknowledge(void)
{
    port_ep0_send(0, 0, 0);
}

/* A device that stalls says why at the next GETSTATUS. */
static void refuse(struct boot *boot, uint8_t status, uint8_t text)
{
    port_ep0_stall();
    dfu_fail(boot, status, text);
}

static struct boot_block *spare(struct boot *boot)
{
    return &boot->blocks[(boot->head + boot->count) % BOOT_BLOCKS];
}

/* The state follows when the data is here: a host may give up before. */
static void receive(struct boot *boot)
{
    if (boot->setup.length > BOOT_BLOCK_BYTES) {
        refuse(boot, DFU_ERR_STALLEDPKT, BOOT_STRING_LONG);
        return;
    }
    boot->receiving = true;
    port_ep0_receive(spare(boot)->data, boot->setup.length);
}

void dfu_received(struct boot *boot)
{
    if (boot->receiving) {
        boot->receiving = false;
        boot->state = DFU_DNLOAD_SYNC;
        command_decode(boot);
        acknowledge();
    }
}

/* DfuSe leaves also from dfuIDLE: its address command ends there.
 * Source    AN3156, "Leave DFU mode" */
static uint8_t end_event(const struct boot *boot)
{
    bool early = boot->state != DFU_IDLE && boot->state != DFU_DNLOAD_IDLE;
    return early ? DFU_EVENT_OTHER : DFU_EVENT_DNLOAD_END;
}

/* The work that was announced begins when the host has read so. */
static uint8_t status_event(struct boot *boot)
{
    bool pending = boot->job != BOOT_JOB_NONE && !(boot->started && command_is_done(boot));
    if (boot->state == DFU_DNBUSY && boot->started && !pending) {
        boot->state = dfu_machine_step(boot->state, DFU_EVENT_POLL_ELAPSED).next;
        boot->job = BOOT_JOB_NONE;
    }
    return pending ? DFU_EVENT_GETSTATUS_WORKING : DFU_EVENT_GETSTATUS_DONE;
}

static uint8_t event_of(struct boot *boot)
{
    const struct usb_setup *setup = &boot->setup;
    bool in = setup->request_type == DFU_REQUEST_IN;
    if (setup->index != 0 || (!in && setup->request_type != DFU_REQUEST_OUT)) {
        return DFU_EVENT_OTHER;
    }
    if (in) {
        switch (setup->request) {
        case DFU_UPLOAD: return DFU_EVENT_UPLOAD_FULL;
        case DFU_GETSTATUS: return setup->length == 0 ? DFU_EVENT_OTHER : status_event(boot);
        case DFU_GETSTATE: return setup->length == 0 ? DFU_EVENT_OTHER : DFU_EVENT_GETSTATE;
        default: return DFU_EVENT_OTHER;
        }
    }
    switch (setup->request) {
    case DFU_DNLOAD: return setup->length > 0 ? DFU_EVENT_DNLOAD_DATA : end_event(boot);
    case DFU_CLRSTATUS: return setup->length > 0 ? DFU_EVENT_OTHER : DFU_EVENT_CLRSTATUS;
    case DFU_ABORT: return setup->length > 0 ? DFU_EVENT_OTHER : DFU_EVENT_ABORT;
    case DFU_DETACH: return DFU_EVENT_DETACH;
    default: return DFU_EVENT_OTHER;
    }
}

static uint32_t poll_ms(struct boot *boot)
{
    struct boot_sector sector;
    uint32_t ms = work_remaining_ms(boot);
    if (boot->job == BOOT_JOB_CRC) {
        return ms + boot->job_length / CRC_BYTES_A_MS;
    }
    if (boot->job == BOOT_JOB_WRITE) {
        bool full = boot->count + (boot->started ? 0 : 1) >= BOOT_BLOCKS;
        return full ? ms : 0;
    }
    if (boot->job == BOOT_JOB_ERASE || boot->job == BOOT_JOB_ERASE_ALL) {
        bool known = sector_find(boot->board->flash,
                                 boot->job == BOOT_JOB_ERASE
                                     ? boot->job_addr
                                     : boot->board->regions[boot->alternate].write.addr,
                                 &sector);
        return boot->started || !known ? ms : ms + sector.erase_ms;
    }
    return 0;
}

static void report(struct boot *boot, uint32_t wait_ms)
{
    boot->reply[0] = boot->status;
    put_le24(boot->reply + 1, wait_ms);
    boot->reply[4] = boot->state;
    boot->reply[5] = boot->text;
    uint32_t asked = boot->setup.length;
    port_ep0_send(boot->reply, asked < DFU_STATUS_BYTES ? asked : DFU_STATUS_BYTES, asked);
}

static void report_working(struct boot *boot)
{
    boot->state = DFU_DNBUSY;
    boot->announced = true;
    report(boot, poll_ms(boot));
}

void dfu_answered(struct boot *boot)
{
    if (boot->announced && !boot->started) {
        command_start(boot);
    }
    boot->announced = false;
    if (boot->state == DFU_MANIFEST) {
        boot->state = DFU_MANIFEST_WAIT_RESET;
        boot->phase_ms = port_time_ms();
    }
}

static void put_info(struct boot *boot)
{
    const struct boot_board *board = boot->board;
    uint8_t *at = boot->reply;
    for (uint32_t i = 0; i < 4; i++) {
        at[i] = (uint8_t) "dfuk"[i];
    }
    put_le16(at + 4, BOOT_VERSION);
    at[6] = boot->reason;
    at[7] = app_is_valid(board) ? 1 : 0;
    put_le32(at + 8, board->app.addr);
    put_le32(at + 12, board->flash->bank_bytes);
    put_le32(at + 16, board->app.bytes);
    put_le32(at + 20, boot->crc);
}

/* What UPLOAD gives: the commands, the record, or memory. */
static uint32_t collect(struct boot *boot, const uint8_t **data)
{
    static const uint8_t commands[COMMAND_COUNT] = {
        DFUSE_GET_COMMANDS, DFUSE_SET_ADDRESS, DFUSE_ERASE, BOOT_COMMAND_CRC, BOOT_COMMAND_PREPARE};
    uint32_t asked = boot->setup.length;
    uint32_t have = COMMAND_COUNT;
    *data = commands;
    if (boot->setup.value == BOOT_INFO_BLOCK) {
        put_info(boot);
        *data = boot->reply;
        have = BOOT_INFO_BYTES;
    } else if (boot->setup.value >= DFUSE_FIRST_DATA_BLOCK) {
        *data = spare(boot)->data;
        have = asked;
    }
    return asked < have ? asked : have;
}

/* Reads memory for an UPLOAD. Past the end there is less, up to nothing. */
static bool fetch(struct boot *boot, uint32_t *length)
{
    const struct boot_region *region = &boot->board->regions[boot->alternate];
    uint32_t addr =
        boot->pointer + ((uint32_t)boot->setup.value - DFUSE_FIRST_DATA_BLOCK) * BOOT_BLOCK_BYTES;
    const struct boot_area *area =
        area_holds(&region->write, addr, 1) ? &region->write : &region->read;
    uint32_t offset = addr - area->addr;
    if (*length > BOOT_BLOCK_BYTES) {
        refuse(boot, DFU_ERR_STALLEDPKT, BOOT_STRING_LONG);
        return false;
    }
    if (addr < area->addr || offset > area->bytes) {
        refuse(boot, DFU_ERR_ADDRESS, BOOT_STRING_RANGE);
        return false;
    }
    *length = *length < area->bytes - offset ? *length : area->bytes - offset;
    if (!work_read(boot, addr, spare(boot)->data, *length)) {
        refuse(boot, DFU_ERR_VERIFY, BOOT_STRING_ECC);
        return false;
    }
    return true;
}

static void upload(struct boot *boot)
{
    const uint8_t *data = 0;
    uint32_t length = boot->setup.length;
    if (boot->setup.value >= DFUSE_FIRST_DATA_BLOCK && !fetch(boot, &length)) {
        return;
    }
    uint32_t have = collect(boot, &data);
    length = length < have ? length : have;
    uint8_t event = length < boot->setup.length ? DFU_EVENT_UPLOAD_SHORT : DFU_EVENT_UPLOAD_FULL;
    boot->state = dfu_machine_step(boot->state, event).next;
    port_ep0_send(data, length, boot->setup.length);
}

/* Leave needs an application; who asks for the status hears that there is none. */
static void manifest(struct boot *boot)
{
    if (!app_is_valid(boot->board)) {
        dfu_fail(boot, DFU_ERR_FIRMWARE, BOOT_STRING_NO_APPLICATION);
        report(boot, 0);
        return;
    }
    boot->state = DFU_MANIFEST;
    report(boot, LEAVE_POLL_MS);
}

static void accept(struct boot *boot, uint8_t event, uint8_t next)
{
    if (event == DFU_EVENT_DNLOAD_DATA) {
        receive(boot);
        return;
    }
    if (event == DFU_EVENT_ABORT) {
        boot->complete = boot->complete || (boot->state == DFU_DNLOAD_IDLE && boot->held);
        boot->job = BOOT_JOB_NONE;
    }
    boot->state = next;
    acknowledge();
    if (event == DFU_EVENT_DNLOAD_END) {
        leave_begin(boot);
    }
}

/* Requests that need the flash to have caught up are answered later, not refused. */
static bool must_wait(const struct boot *boot, uint8_t event)
{
    bool reads = event == DFU_EVENT_UPLOAD_FULL && boot->state != DFU_ERROR &&
                 boot->setup.value != DFUSE_COMMAND_BLOCK;
    bool full = event == DFU_EVENT_DNLOAD_DATA && boot->count == BOOT_BLOCKS;
    bool leaves = boot->state == DFU_MANIFEST_SYNC && boot->setup.request == DFU_GETSTATUS;
    return ((reads || leaves) && !work_is_idle(boot)) || full;
}

static void act(struct boot *boot, uint8_t event, struct dfu_step step)
{
    switch (step.action) {
    case DFU_ACTION_ACCEPT: accept(boot, event, step.next); break;
    case DFU_ACTION_START_WORK: report_working(boot); break;
    case DFU_ACTION_MANIFEST: manifest(boot); break;
    case DFU_ACTION_REPORT:
        boot->state = step.next;
        if (event == DFU_EVENT_GETSTATE) {
            boot->reply[0] = boot->state;
            port_ep0_send(boot->reply, 1, boot->setup.length);
        } else {
            report(boot, 0);
        }
        break;
    case DFU_ACTION_CLEAR:
        boot->status = DFU_OK;
        boot->text = 0;
        boot->state = step.next;
        acknowledge();
        break;
    case DFU_ACTION_STALL: refuse(boot, DFU_ERR_STALLEDPKT, BOOT_STRING_COMMAND); break;
    default: port_ep0_stall(); break;
    }
}

bool dfu_request(struct boot *boot)
{
    uint8_t event = event_of(boot);
    if (must_wait(boot, event)) {
        return false;
    }
    if (event == DFU_EVENT_GETSTATUS_WORKING && boot->state == DFU_DNBUSY) {
        report_working(boot);
        return true;
    }
    if (event == DFU_EVENT_DNLOAD_END) {
        accept(boot, event, DFU_MANIFEST_SYNC);
        return true;
    }
    if (event == DFU_EVENT_UPLOAD_FULL &&
        dfu_machine_step(boot->state, event).action == DFU_ACTION_ACCEPT) {
        upload(boot);
        return true;
    }
    if (boot->state == DFU_MANIFEST_SYNC && event == DFU_EVENT_GETSTATUS_DONE) {
        event = DFU_EVENT_GETSTATUS_WORKING;
    }
    act(boot, event, dfu_machine_step(boot->state, event));
    return true;
}
