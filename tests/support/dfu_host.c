/* SPDX-License-Identifier: MIT
 * A DFU host of single requests, at a virtual board whose flash runs a program. */
#include "tests/support/dfu_host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/bytes.h"
#include "core/crc32.h"
#include "twin/guest.h"
#include "twin/time.h"
#include "twin/usb_port.h"

enum { STEP_MS = 1, POLLS_MAX = 10000, SET_CONFIGURATION_TYPE = 0x00, SET_INTERFACE_TYPE = 0x01 };

void dfu_host_open(struct dfu_host *host, const char *board, chip_make_program *make, uint64_t seed)
{
    struct board_config config = {
        .name = board, .seed = seed, .boot0_low = true, .make_program = make};
    struct dfk_error err = {0};
    memset(host, 0, sizeof *host);
    if (board_open(&config, &host->board, &err) != 0) {
        fail_msg("board %s: %s", board, err.what);
    }
    host->port = board_port(host->board);
}

void dfu_host_close(struct dfu_host *host)
{
    (void)board_close(host->board, NULL);
}

void dfu_host_run_ms(struct dfu_host *host, uint32_t ms)
{
    host->port->run(host->port, host->port->now(host->port) + (uint64_t)ms * TWIN_MS);
}

bool dfu_host_wait_bus(struct dfu_host *host, bool attached, uint32_t limit_ms)
{
    for (uint32_t ms = 0; ms < limit_ms && host->port->attached(host->port) != attached;
         ms += STEP_MS) {
        dfu_host_run_ms(host, STEP_MS);
    }
    return host->port->attached(host->port) == attached;
}

bool dfu_host_power_on(struct dfu_host *host, uint32_t limit_ms)
{
    board_reset(host->board, true, false);
    for (uint32_t ms = 0; ms < limit_ms && !dfu_host_started(host); ms += STEP_MS) {
        if (host->port->attached(host->port)) {
            return true;
        }
        dfu_host_run_ms(host, STEP_MS);
    }
    return false;
}

/* What is the same for every build of a device: not the time that things take. */
static void tell(struct dfu_host *host, const struct usb_setup *setup, const uint8_t *data,
                 enum ep0_answer answer, uint16_t length)
{
    uint8_t head[USB_SETUP_BYTES + 3];
    bool in = (setup->request_type & USB_DIR_IN) != 0;
    usb_setup_put(setup, head);
    head[USB_SETUP_BYTES] = (uint8_t)answer;
    put_le16(head + USB_SETUP_BYTES + 1, answer == EP0_ACK ? length : 0);
    host->digest = crc32_update(host->digest, head, sizeof head);
    host->digest = crc32_update(host->digest, data, in && answer == EP0_ACK ? length : 0);
    host->requests++;
}

enum ep0_answer dfu_host_control(struct dfu_host *host, const struct usb_setup *setup,
                                 uint8_t *data, uint16_t *length)
{
    uint16_t actual = setup->length;
    uint8_t nothing = 0;
    enum ep0_answer answer = usb_port_transfer(host->port, setup, data != NULL ? data : &nothing,
                                               &actual, (uint64_t)DFU_HOST_LIMIT_MS * TWIN_MS);
    if (length != NULL) {
        *length = actual;
    }
    if (host->told) {
        tell(host, setup, data, answer, actual);
    }
    return answer;
}

enum ep0_answer dfu_host_get_status(struct dfu_host *host, struct dfu_status *status)
{
    const struct usb_setup setup = {DFU_REQUEST_IN, DFU_GETSTATUS, 0, 0, DFU_STATUS_BYTES};
    uint8_t bytes[DFU_STATUS_BYTES] = {0};
    uint16_t length = 0;
    bool told = host->told;
    host->told = false; /* how long something takes is not the same everywhere */
    enum ep0_answer answer = dfu_host_control(host, &setup, bytes, &length);
    host->told = told;
    *status = dfu_status_get(bytes);
    if (answer == EP0_ACK && length != DFU_STATUS_BYTES) {
        fail_msg("GETSTATUS gave %u bytes", length);
    }
    return answer;
}

uint8_t dfu_host_get_state(struct dfu_host *host)
{
    const struct usb_setup setup = {DFU_REQUEST_IN, DFU_GETSTATE, 0, 0, 1};
    uint8_t state = UINT8_MAX;
    (void)dfu_host_control(host, &setup, &state, NULL);
    return state;
}

enum ep0_answer dfu_host_download(struct dfu_host *host, uint16_t block, const uint8_t *data,
                                  uint16_t length)
{
    const struct usb_setup setup = {DFU_REQUEST_OUT, DFU_DNLOAD, block, 0, length};
    uint8_t copy[UINT16_MAX];
    if (length > 0) {
        memcpy(copy, data, length);
    }
    return dfu_host_control(host, &setup, copy, NULL);
}

enum ep0_answer dfu_host_upload(struct dfu_host *host, uint16_t block, uint8_t *data,
                                uint16_t *length)
{
    const struct usb_setup setup = {DFU_REQUEST_IN, DFU_UPLOAD, block, 0, *length};
    return dfu_host_control(host, &setup, data, length);
}

static enum ep0_answer simple(struct dfu_host *host, uint8_t type, uint8_t request, uint16_t value)
{
    const struct usb_setup setup = {type, request, value, 0, 0};
    return dfu_host_control(host, &setup, NULL, NULL);
}

enum ep0_answer dfu_host_abort(struct dfu_host *host)
{
    return simple(host, DFU_REQUEST_OUT, DFU_ABORT, 0);
}

enum ep0_answer dfu_host_clear_status(struct dfu_host *host)
{
    return simple(host, DFU_REQUEST_OUT, DFU_CLRSTATUS, 0);
}

enum ep0_answer dfu_host_set_alternate(struct dfu_host *host, uint16_t alternate)
{
    (void)simple(host, SET_CONFIGURATION_TYPE, USB_SET_CONFIGURATION, 1);
    return simple(host, SET_INTERFACE_TYPE, USB_SET_INTERFACE, alternate);
}

struct dfu_status dfu_host_settle(struct dfu_host *host)
{
    struct dfu_status status = {.status = DFU_ERR_UNKNOWN};
    for (uint32_t i = 0; i < POLLS_MAX; i++) {
        if (dfu_host_get_status(host, &status) != EP0_ACK) {
            status.status = DFU_ERR_UNKNOWN;
            return status;
        }
        if (status.state != DFU_DNBUSY && status.state != DFU_DNLOAD_SYNC) {
            return status;
        }
        dfu_host_run_ms(host, status.poll_timeout_ms);
    }
    status.status = DFU_ERR_UNKNOWN;
    return status;
}

bool dfu_host_command(struct dfu_host *host, uint8_t command, uint32_t addr)
{
    uint8_t bytes[5] = {command};
    put_le32(bytes + 1, addr);
    if (dfu_host_download(host, DFUSE_COMMAND_BLOCK, bytes, sizeof bytes) != EP0_ACK) {
        return false;
    }
    struct dfu_status status = dfu_host_settle(host);
    return status.status == DFU_OK && status.state == DFU_DNLOAD_IDLE;
}

bool dfu_host_erase(struct dfu_host *host, uint32_t addr, uint32_t length, uint32_t sector_bytes)
{
    bool good = true;
    for (uint32_t at = 0; at < length && good; at += sector_bytes) {
        good = dfu_host_command(host, DFUSE_ERASE, addr + at);
    }
    return good;
}

bool dfu_host_write(struct dfu_host *host, uint32_t addr, const uint8_t *data, uint32_t length)
{
    bool good = dfu_host_command(host, DFUSE_SET_ADDRESS, addr);
    uint16_t block = DFUSE_FIRST_DATA_BLOCK;
    for (uint32_t at = 0; at < length && good; at += DFU_HOST_BLOCK_BYTES, block++) {
        uint32_t left = length - at;
        uint16_t part = (uint16_t)(left < DFU_HOST_BLOCK_BYTES ? left : DFU_HOST_BLOCK_BYTES);
        good = dfu_host_download(host, block, data + at, part) == EP0_ACK;
        struct dfu_status status = dfu_host_settle(host);
        good = good && status.status == DFU_OK && status.state == DFU_DNLOAD_IDLE;
    }
    return good;
}

bool dfu_host_read(struct dfu_host *host, uint32_t addr, uint8_t *data, uint32_t length)
{
    bool good = dfu_host_command(host, DFUSE_SET_ADDRESS, addr) && dfu_host_abort(host) == EP0_ACK;
    uint16_t block = DFUSE_FIRST_DATA_BLOCK;
    for (uint32_t at = 0; at < length && good; at += DFU_HOST_BLOCK_BYTES, block++) {
        uint32_t left = length - at;
        uint16_t part = (uint16_t)(left < DFU_HOST_BLOCK_BYTES ? left : DFU_HOST_BLOCK_BYTES);
        uint16_t got = part;
        good = dfu_host_upload(host, block, data + at, &got) == EP0_ACK && got == part;
    }
    return dfu_host_abort(host) == EP0_ACK && good;
}

void dfu_host_leave(struct dfu_host *host, bool ask)
{
    struct dfu_status status;
    (void)dfu_host_download(host, 0, NULL, 0);
    if (ask) {
        (void)dfu_host_get_status(host, &status);
    }
}

bool dfu_host_started(struct dfu_host *host)
{
    struct guest *guest = board_guest(host->board);
    return guest->pc != NULL ? guest->pc(guest) - host->app < host->app_bytes
                             : board_application(host->board, NULL);
}
