/* SPDX-License-Identifier: MIT
 * Requests of the DFU class: the standard's state machine, and what its actions mean here. */
#include "boot/inside.h"
#include "boot/port.h"
#include "core/bytes.h"

enum { LEAVE_POLL_MS = 1, COMMAND_COUNT = 5, INFO_WORDS = BOOT_INFO_BYTES / 4 };
enum { HOLD_MS = 1800 }; /* under the 2 s that a chip with one bank may keep a host waiting */

/* A set of requests or states. */
#define IN_SET(number) (uint16_t)(1u << (number))
#define ANY_BUT_ENDING (uint16_t) ~(IN_SET(DFU_MANIFEST) | IN_SET(DFU_MANIFEST_WAIT_RESET))

enum { REQUESTS_IN = IN_SET(DFU_UPLOAD) | IN_SET(DFU_GETSTATUS) | IN_SET(DFU_GETSTATE) };

void dfu_begin(struct boot *boot)
{
    boot->pointer = board_of(boot)->flash->addr;
    dfu_rest(boot);
    port_usb_connect(true);
    boot_enter(boot, BOOT_DFU);
}

void dfu_rest(struct boot *boot)
{
    boot->state = DFU_IDLE;
    boot->status = DFU_OK;
    boot->text = 0;
}

void dfu_fail(struct boot *boot, uint8_t status, uint8_t text)
{
    boot->state = DFU_ERROR;
    boot->status = status;
    boot->text = text;
    boot->complete = false;
    work_cancel(boot);
}

/* What was taken on before the request goes on, unless the host has not even heard of it. */
static bool refuse(struct boot *boot)
{
    port_ep0_stall();
    if (boot->pending) {
        dfu_fail(boot, DFU_ERR_STALLEDPKT, BOOT_STRING_COMMAND);
    } else if (boot->state != DFU_ERROR && boot->phase == BOOT_DFU) {
        boot->state = DFU_ERROR;
        boot->status = DFU_ERR_STALLEDPKT;
        boot->text = BOOT_STRING_COMMAND;
    }
    return true;
}

static bool acknowledge(void)
{
    port_ep0_send(0, 0, 0);
    return true;
}

static bool reply(struct boot *boot, const uint8_t *data, uint32_t length)
{
    uint32_t asked = boot->setup.length;
    port_ep0_send(data, length < asked ? length : asked, asked);
    return true;
}

/* Nobody reads a status while a request waits for the flash: what was to begin after it begins. */
static bool wait(struct boot *boot)
{
    boot->pending = false;
    return false;
}

/* The state follows when the data is here: a host may give up before. */
static bool receive(struct boot *boot)
{
    if (boot->setup.length > BOOT_BLOCK_BYTES) {
        port_ep0_stall();
        dfu_fail(boot, DFU_ERR_STALLEDPKT, BOOT_STRING_LONG);
    } else if (boot->count == board_of(boot)->flash->banks) {
        return wait(boot);
    } else {
        boot->receiving = true;
        port_ep0_receive(block_spare(boot)->data, boot->setup.length);
    }
    return true;
}

/* An earlier block may have failed while this one was on its way: that error stays. */
void dfu_received(struct boot *boot)
{
    if (boot->receiving && boot->state == DFU_ERROR) {
        port_ep0_stall();
    } else if (boot->receiving) {
        boot->state = DFU_DNLOAD_SYNC;
        (void)acknowledge();
        command_take(boot);
    }
    boot->receiving = false;
}

/* The first word holds the name, the second what varies. */
static void put_info(struct boot *boot)
{
    const struct boot_board *board = board_of(boot);
    const struct boot_flash *flash = board->flash;
    bool valid = seal_allows(boot) && app_is_valid(board);
    uint32_t varies = BOOT_VERSION | (uint32_t)boot->reason << 16;
    const uint32_t words[INFO_WORDS] = {
        BOOT_RECORD_NAME, varies | (uint32_t)valid << 24,
        board->app.addr,  sector_addr(flash, flash->bank_sectors) - flash->addr,
        board->app.bytes, boot->crc,
    };
    for (uint32_t i = 0; i < INFO_WORDS; i++) {
        put_le32(boot->reply + 4 * i, words[i]);
    }
}

/* Reads memory for an UPLOAD, as much as there is. Returns the length, 0 after a refusal. */
static uint32_t fetch(struct boot *boot)
{
    uint32_t length = boot->setup.length;
    uint32_t addr = command_block_addr(boot);
    const struct boot_area *area = region_find(boot, addr, 1);
    if (area == 0 || length > BOOT_BLOCK_BYTES) {
        dfu_fail(boot, DFU_ERR_ADDRESS, BOOT_STRING_RANGE);
        return 0;
    }
    uint32_t left = area->bytes - (addr - area->addr);
    length = length < left ? length : left;
    if (!work_read(boot, addr, block_spare(boot)->data, length)) {
        dfu_fail(boot, DFU_ERR_VERIFY, BOOT_STRING_ECC);
        return 0;
    }
    return length;
}

static bool upload(struct boot *boot)
{
    static const uint8_t commands[COMMAND_COUNT] = {
        DFUSE_GET_COMMANDS, DFUSE_SET_ADDRESS, DFUSE_ERASE, BOOT_COMMAND_CRC, BOOT_COMMAND_PREPARE};
    const uint8_t *data = commands;
    uint32_t length = COMMAND_COUNT;
    if (!work_is_idle(boot)) {
        return wait(boot);
    }
    if (boot->setup.value >= DFUSE_FIRST_DATA_BLOCK) {
        length = fetch(boot);
        data = block_spare(boot)->data;
    } else if (boot->setup.value == BOOT_INFO_BLOCK) {
        put_info(boot);
        data = boot->reply;
        length = BOOT_INFO_BYTES + seal_put_info(boot, boot->reply + BOOT_INFO_BYTES);
    }
    if (boot->state == DFU_ERROR) {
        port_ep0_stall();
        return true;
    }
    boot->state = length < boot->setup.length ? DFU_IDLE : DFU_UPLOAD_IDLE;
    return reply(boot, data, length);
}

static bool get_status(struct boot *boot)
{
    uint32_t wait_ms = 0, check_ms = 0;
    if (boot->state == DFU_DNLOAD_SYNC || boot->state == DFU_DNBUSY) {
        /* dfu-util gives up unless the first answer to a command is dfuDNBUSY, pydfu unless the
         * second one is that the work is done. */
        bool awaited = work_is_awaited(boot);
        if (boot->state == DFU_DNLOAD_SYNC) {
            boot->state = DFU_DNBUSY;
        } else if (!awaited) {
            boot->state = DFU_DNLOAD_IDLE;
        } else if (!boot->pending && port_time_ms() - boot->request_ms < HOLD_MS) {
            return false;
        }
        wait_ms = awaited ? work_remaining_ms(boot) : 0;
    } else if (boot->state == DFU_MANIFEST_SYNC) {
        check_ms = seal_remaining_ms(boot);
        if (check_ms == 0 && !work_is_idle(boot)) {
            return false;
        }
        boot->state = check_ms != 0 ? boot->state : (uint8_t)DFU_MANIFEST;
        wait_ms = check_ms != 0 ? check_ms : (uint32_t)LEAVE_POLL_MS;
    }
    boot->reply[0] = boot->status;
    put_le24(boot->reply + 1, wait_ms);
    boot->reply[4] = check_ms != 0 ? (uint8_t)DFU_DNBUSY : boot->state;
    boot->reply[5] = boot->text;
    return reply(boot, boot->reply, DFU_STATUS_BYTES);
}

/* The work that was announced begins when the host has read so, whatever the status was: a reset of
 * the bus may have changed it meanwhile. */
void dfu_answered(struct boot *boot)
{
    boot->pending = boot->pending && boot->setup.request != DFU_GETSTATUS;
    if (boot->state == DFU_MANIFEST) {
        boot->state = DFU_MANIFEST_WAIT_RESET;
        boot->phase_ms = port_time_ms();
    }
}

/* With one alternate setting hosts choose none, and nothing else says that another one begins than
 * that it has a look at the device: dfu-util does. */
static void meet(struct boot *boot)
{
    if (board_of(boot)->region_count == 1 && boot->looked) {
        leave_host_gone(boot, false);
    }
}

static bool clear_status(struct boot *boot)
{
    dfu_rest(boot);
    meet(boot);
    return acknowledge();
}

/* Straight after data it ends a download. After a command, it says nothing about what another host
 * may have left unfinished. */
static bool abort_transfer(struct boot *boot)
{
    meet(boot);
    boot->complete = boot->complete || (boot->state == DFU_DNLOAD_IDLE && boot->data);
    boot->data = false;
    boot->state = DFU_IDLE;
    return acknowledge();
}

static bool end(struct boot *boot)
{
    boot->state = DFU_MANIFEST_SYNC;
    leave_begin(boot);
    return acknowledge();
}

/* Whether a request may come in a state; DfuSe also leaves from dfuIDLE, where its address command
 * ends.
 * Source    DFU 1.1, appendix A.2; AN3156, "Leave DFU mode" */
static bool is_allowed(const struct boot *boot)
{
    static const uint16_t states[DFU_ABORT + 1] = {
        [DFU_DNLOAD] = IN_SET(DFU_IDLE) | IN_SET(DFU_DNLOAD_IDLE),
        [DFU_UPLOAD] = IN_SET(DFU_IDLE) | IN_SET(DFU_UPLOAD_IDLE),
        [DFU_GETSTATUS] = ANY_BUT_ENDING,
        [DFU_CLRSTATUS] = IN_SET(DFU_ERROR),
        [DFU_GETSTATE] = ANY_BUT_ENDING,
        [DFU_ABORT] = IN_SET(DFU_IDLE) | IN_SET(DFU_DNLOAD_IDLE) | IN_SET(DFU_UPLOAD_IDLE),
    };
    const struct usb_setup *setup = &boot->setup;
    uint32_t request = setup->request;
    if (request > DFU_ABORT || (states[request] >> boot->state & 1) == 0) {
        return false;
    }
    bool in = (REQUESTS_IN >> request & 1) != 0;
    return setup->request_type == (in ? DFU_REQUEST_IN : DFU_REQUEST_OUT) &&
           (in || request == DFU_DNLOAD || setup->length == 0);
}

bool dfu_request(struct boot *boot)
{
    if (boot->setup.index != 0) {
        port_ep0_stall();
        return true;
    }
    if (!is_allowed(boot)) {
        return refuse(boot);
    }
    switch (boot->setup.request) {
    case DFU_DNLOAD: return boot->setup.length > 0 ? receive(boot) : end(boot);
    case DFU_UPLOAD: return upload(boot);
    case DFU_GETSTATUS: return get_status(boot);
    case DFU_GETSTATE: return reply(boot, &boot->state, 1);
    case DFU_CLRSTATUS: return clear_status(boot);
    default: return abort_transfer(boot);
    }
}
