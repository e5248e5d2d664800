/* SPDX-License-Identifier: MIT
 * A plain DFU device: the standard's table over partitions of memory. */
#include "twin/rom/plain.h"

#include <stdlib.h>
#include <string.h>

#include "core/dfu_machine.h"
#include "twin/rom/form.h"

enum { TYPE_MASK = 0x60, TYPE_CLASS = 0x20, SHORT_END_BYTES = 4, BUFFER_BYTES = 4096 };

struct plain {
    struct guest guest; /* first: the guest is the device */
    struct plain_parts parts;
    struct chapter9 usb;
    bool runtime, detaching;
    uint8_t state, status;
    uint8_t buffer[BUFFER_BYTES];
    uint16_t buffer_bytes;
    uint32_t block;
    bool block_waits; /* a block lies in the buffer, not yet written */
    bool got_data;
    uint64_t work_end_ns, attach_ns;
    enum guest_stop stop;
};

static struct plain *plain_of(struct guest *guest)
{
    return (struct plain *)guest;
}

static uint8_t count_partitions(const struct plain_row *row)
{
    uint8_t count = 0;
    while (count < PLAIN_PARTITIONS_MAX && row->partitions[count].name != NULL) {
        count++;
    }
    return count;
}

static void build_usb(struct plain *plain)
{
    const struct plain_row *row = plain->parts.row;
    struct chapter9_dfu dfu = {.attributes = 0xC0,
                               .max_power = 50,
                               .protocol = plain->runtime ? USB_PROTOCOL_RUNTIME : USB_PROTOCOL_DFU,
                               .alternate_count = plain->runtime ? 1 : count_partitions(row),
                               .first_alternate_string = 4,
                               .functional = row->functional,
                               .short_functional = row->version_1_0};
    plain->usb.device = plain->runtime ? row->runtime : row->device;
    plain->usb.strings[0] = row->manufacturer;
    plain->usb.strings[1] = plain->runtime ? row->runtime_product : row->product;
    plain->usb.strings[2] = row->serial;
    for (size_t i = 0; i < PLAIN_PARTITIONS_MAX; i++) {
        plain->usb.strings[3 + i] = row->partitions[i].name;
    }
    plain->usb.answers_functional = true;
    chapter9_build(&plain->usb, &dfu);
}

static void start_in(struct plain *plain, bool runtime)
{
    plain->runtime = runtime;
    plain->detaching = false;
    plain->state = runtime ? DFU_APP_IDLE : DFU_IDLE;
    plain->status = DFU_OK;
    plain->block_waits = plain->got_data = false;
    plain->work_end_ns = 0;
    plain->attach_ns = plain->parts.time->now_ns + plain->parts.row->startup_ns;
    plain->stop = GUEST_IDLE;
    chapter9_reset(&plain->usb);
    build_usb(plain);
}

static void plain_reset(struct guest *guest, enum reset_cause cause)
{
    struct plain *plain = plain_of(guest);
    (void)cause;
    start_in(plain, plain->parts.row->runtime.vendor != 0);
}

static const struct plain_partition *partition_of(const struct plain *plain)
{
    return &plain->parts.row->partitions[plain->usb.alternate];
}

static bool is_tolerant(const struct plain *plain)
{
    return (plain->parts.row->functional.attributes & DFU_MANIFESTATION_TOLERANT) != 0;
}

/* Block number times transfer size is the place in the partition. */
static void write_block(struct plain *plain)
{
    const struct plain_partition *partition = partition_of(plain);
    uint64_t offset = (uint64_t)plain->block * plain->parts.row->functional.transfer_bytes;
    plain->block_waits = false;
    if (partition->read_only || offset + plain->buffer_bytes > partition->length) {
        plain->status = partition->read_only ? DFU_ERR_WRITE : DFU_ERR_ADDRESS;
        plain->state = DFU_ERROR;
        return;
    }
    memcpy(plain->parts.memory + partition->offset + offset, plain->buffer, plain->buffer_bytes);
}

static enum guest_stop plain_run(struct guest *guest, uint64_t until_ns)
{
    struct plain *plain = plain_of(guest);
    if (plain->work_end_ns != 0 && plain->work_end_ns <= until_ns) {
        plain->work_end_ns = 0;
        if (plain->state == DFU_DNBUSY) {
            plain->state = DFU_DNLOAD_SYNC;
            write_block(plain);
        } else if (plain->state == DFU_MANIFEST) {
            plain->state = is_tolerant(plain) ? DFU_MANIFEST_SYNC : DFU_MANIFEST_WAIT_RESET;
            plain->got_data = false;
        }
    }
    enum guest_stop stop = plain->stop;
    plain->stop = GUEST_IDLE;
    return stop;
}

static uint64_t plain_wake(struct guest *guest)
{
    const struct plain *plain = plain_of(guest);
    uint64_t now = plain->parts.time->now_ns;
    uint64_t wake = plain->work_end_ns > now ? plain->work_end_ns : UINT64_MAX;
    return plain->attach_ns > now && plain->attach_ns < wake ? plain->attach_ns : wake;
}

static bool plain_connected(struct guest *guest)
{
    const struct plain *plain = plain_of(guest);
    return plain->parts.time->now_ns >= plain->attach_ns;
}

static enum ep0_answer stall(struct plain *plain, uint8_t next, uint8_t status)
{
    plain->state = next;
    plain->status = next == DFU_ERROR ? status : plain->status;
    return EP0_STALL;
}

static enum ep0_answer send_status(struct plain *plain, uint32_t poll_ms, uint8_t *data,
                                   uint16_t *length)
{
    struct dfu_status status = {plain->status, poll_ms, plain->state, 0};
    uint8_t bytes[DFU_STATUS_BYTES];
    dfu_status_put(&status, bytes);
    *length = *length < DFU_STATUS_BYTES ? *length : DFU_STATUS_BYTES;
    memcpy(data, bytes, *length);
    return EP0_ACK;
}

static enum ep0_answer get_status(struct plain *plain, uint8_t *data, uint16_t *length)
{
    const struct plain_row *row = plain->parts.row;
    bool working = plain->block_waits || (plain->state == DFU_MANIFEST_SYNC && plain->got_data);
    struct dfu_step step = dfu_machine_step(plain->state, working ? DFU_EVENT_GETSTATUS_WORKING
                                                                  : DFU_EVENT_GETSTATUS_DONE);
    uint64_t now = plain->parts.time->now_ns;
    if (plain->state == DFU_MANIFEST_WAIT_RESET) {
        return send_status(plain, 0, data, length);
    }
    if (step.action == DFU_ACTION_STALL || step.action == DFU_ACTION_STALL_QUIET) {
        return stall(plain, step.next, DFU_ERR_STALLEDPKT);
    }
    plain->state = step.next;
    if (step.action == DFU_ACTION_START_WORK) {
        plain->work_end_ns = now + row->block_ns;
        return send_status(plain, row->poll_ms, data, length);
    }
    if (step.action == DFU_ACTION_MANIFEST) {
        plain->work_end_ns = now + row->manifest_ns;
        return send_status(plain, (uint32_t)(row->manifest_ns / TWIN_MS) + 1, data, length);
    }
    return send_status(plain, 0, data, length);
}

static enum ep0_answer download(struct plain *plain, const struct usb_setup *setup,
                                const uint8_t *data)
{
    uint8_t event = setup->length == 0 ? DFU_EVENT_DNLOAD_END : DFU_EVENT_DNLOAD_DATA;
    struct dfu_step step = dfu_machine_step(plain->state, event);
    if (step.action != DFU_ACTION_ACCEPT ||
        setup->length > plain->parts.row->functional.transfer_bytes) {
        return stall(plain, step.action == DFU_ACTION_ACCEPT ? (uint8_t)DFU_ERROR : step.next,
                     DFU_ERR_STALLEDPKT);
    }
    plain->state = step.next;
    if (setup->length > 0) {
        memcpy(plain->buffer, data, setup->length);
        plain->buffer_bytes = setup->length;
        plain->block = setup->value;
        plain->block_waits = plain->got_data = true;
    }
    return EP0_ACK;
}

static enum ep0_answer upload(struct plain *plain, const struct usb_setup *setup, uint8_t *data,
                              uint16_t *length)
{
    const struct plain_row *row = plain->parts.row;
    const struct plain_partition *partition = partition_of(plain);
    uint64_t offset = (uint64_t)setup->value * row->functional.transfer_bytes;
    uint64_t left = offset < partition->length ? partition->length - offset : 0;
    uint64_t have = left > 0 ? left : row->short_end ? SHORT_END_BYTES : 0;
    uint16_t send = (uint16_t)(have < setup->length ? have : setup->length);
    struct dfu_step step = dfu_machine_step(
        plain->state, send < setup->length ? DFU_EVENT_UPLOAD_SHORT : DFU_EVENT_UPLOAD_FULL);
    if (step.action != DFU_ACTION_ACCEPT) {
        return stall(plain, step.next, DFU_ERR_STALLEDPKT);
    }
    plain->state = step.next;
    memset(data, 0, send);
    if (left > 0) {
        memcpy(data, plain->parts.memory + partition->offset + offset, send);
    }
    *length = send;
    return EP0_ACK;
}

static enum ep0_answer detach(struct plain *plain)
{
    if (plain->state != DFU_APP_IDLE) {
        return stall(plain,
                     plain->state == DFU_APP_DETACH ? (uint8_t)DFU_APP_IDLE : (uint8_t)DFU_ERROR,
                     DFU_ERR_STALLEDPKT);
    }
    plain->state = DFU_APP_DETACH;
    plain->detaching = true;
    if ((plain->parts.row->functional.attributes & DFU_WILL_DETACH) != 0) {
        start_in(plain, false);
    }
    return EP0_ACK;
}

static enum ep0_answer simple_request(struct plain *plain, uint8_t event)
{
    struct dfu_step step = dfu_machine_step(plain->state, event);
    if (step.action != DFU_ACTION_ACCEPT && step.action != DFU_ACTION_CLEAR) {
        return stall(plain, step.next, DFU_ERR_STALLEDPKT);
    }
    plain->state = step.next;
    plain->status = DFU_OK;
    plain->block_waits = plain->got_data = false;
    return EP0_ACK;
}

static enum ep0_answer class_request(struct plain *plain, const struct usb_setup *setup,
                                     uint8_t *data, uint16_t *length)
{
    bool too_long =
        setup->request == DFU_UPLOAD && setup->length > plain->parts.row->functional.transfer_bytes;
    if (too_long || !form_is_right(setup)) {
        *length = 0;
        return simple_request(plain, DFU_EVENT_OTHER);
    }
    switch (setup->request) {
    case DFU_GETSTATUS: return get_status(plain, data, length);
    case DFU_UPLOAD: return upload(plain, setup, data, length);
    case DFU_GETSTATE: *length = *length < 1 ? *length : 1; break;
    case DFU_DNLOAD: break; /* the data stage is taken whole */
    default: *length = 0; break;
    }
    switch (setup->request) {
    case DFU_GETSTATE: memcpy(data, &plain->state, *length); return EP0_ACK;
    case DFU_DNLOAD: return download(plain, setup, data);
    case DFU_CLRSTATUS: return simple_request(plain, DFU_EVENT_CLRSTATUS);
    case DFU_ABORT: return simple_request(plain, DFU_EVENT_ABORT);
    default: return detach(plain);
    }
}

static enum ep0_answer plain_control(struct guest *guest, const struct usb_setup *setup,
                                     uint8_t *data, uint16_t *length)
{
    struct plain *plain = plain_of(guest);
    if ((setup->request_type & TYPE_MASK) == TYPE_CLASS) {
        return setup->index == 0 ? class_request(plain, setup, data, length) : EP0_STALL;
    }
    enum ep0_answer answer = chapter9_control(&plain->usb, setup, data, length);
    if (setup->request == USB_SET_INTERFACE && answer == EP0_ACK && plain->state > DFU_APP_DETACH) {
        (void)simple_request(plain, DFU_EVENT_ABORT);
        plain->state = DFU_IDLE;
        plain->status = DFU_OK;
    }
    return answer;
}

/* A run-time device that was told to detach comes back in DFU mode, a device that waits for a reset
 * after manifestation starts its application, and so does one in DFU mode that has one.
 * Assumption: one that has none starts anew; the standard has dfuERROR, which nobody does. */
static void plain_bus_reset(struct guest *guest)
{
    struct plain *plain = plain_of(guest);
    bool in_dfu = plain->state > DFU_APP_DETACH && plain->state != DFU_MANIFEST_WAIT_RESET;
    if (plain->detaching) {
        start_in(plain, false);
    } else if (in_dfu && plain->parts.row->runtime.vendor != 0) {
        start_in(plain, true);
    } else if (in_dfu && plain->state != DFU_ERROR) {
        start_in(plain, false);
    } else if (plain->state == DFU_MANIFEST_WAIT_RESET) {
        bool runtime = plain->parts.row->runtime.vendor != 0;
        start_in(plain, runtime);
        plain->stop = runtime ? GUEST_IDLE : GUEST_JUMP;
    }
}

static void plain_free(struct guest *guest)
{
    free(plain_of(guest));
}

struct guest *plain_new(const struct plain_parts *parts)
{
    struct plain *plain = calloc(1, sizeof *plain);
    if (plain == NULL) {
        return NULL;
    }
    plain->parts = *parts;
    plain->guest = (struct guest){.kind = "plain",
                                  .reset = plain_reset,
                                  .run = plain_run,
                                  .wake = plain_wake,
                                  .connected = plain_connected,
                                  .bus_reset = plain_bus_reset,
                                  .control = plain_control,
                                  .free = plain_free};
    plain_reset(&plain->guest, RESET_POWER_ON);
    return &plain->guest;
}
