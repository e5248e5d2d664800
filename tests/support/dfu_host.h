/* SPDX-License-Identifier: MIT
 * A DFU host of single requests, at a virtual board whose flash runs a program. */
#ifndef TESTS_SUPPORT_DFU_HOST_H
#define TESTS_SUPPORT_DFU_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "core/dfu.h"
#include "core/usb.h"
#include "twin/board/board.h"

enum { DFU_HOST_LIMIT_MS = 2000, DFU_HOST_BLOCK_BYTES = 2048 };

struct dfu_host {
    struct board *board;
    struct usb_port *port;
    uint32_t app, app_bytes; /* where the application of a guest with a program counter lies */
    bool told;               /* every request and answer goes to the transcript */
    uint32_t digest;         /* CRC-32 of the transcript so far */
    uint32_t requests;       /* in it */
};

/* Builds a board whose flash is erased but for what is then poked. */
void dfu_host_open(struct dfu_host *host, const char *board, chip_make_program *make,
                   uint64_t seed);

/* Powers the board off for good. */
void dfu_host_close(struct dfu_host *host);

/* Powers the board on, BOOT0 low, and lets limit_ms pass or a little more than the board needs to
 * show up. Returns true when it is on the bus then. */
bool dfu_host_power_on(struct dfu_host *host, uint32_t limit_ms);

/* Lets time pass. */
void dfu_host_run_ms(struct dfu_host *host, uint32_t ms);

/* Lets time pass until the board is on the bus, or off it. Returns false when that does not come
 * within limit_ms. */
bool dfu_host_wait_bus(struct dfu_host *host, bool attached, uint32_t limit_ms);

/* Makes one control transfer. *length is the data stage's on return; may be NULL when it is of no
 * interest. */
enum ep0_answer dfu_host_control(struct dfu_host *host, const struct usb_setup *setup,
                                 uint8_t *data, uint16_t *length);

/* Class requests. */
enum ep0_answer dfu_host_get_status(struct dfu_host *host, struct dfu_status *status);
uint8_t dfu_host_get_state(struct dfu_host *host);
enum ep0_answer dfu_host_download(struct dfu_host *host, uint16_t block, const uint8_t *data,
                                  uint16_t length);
enum ep0_answer dfu_host_upload(struct dfu_host *host, uint16_t block, uint8_t *data,
                                uint16_t *length);
enum ep0_answer dfu_host_abort(struct dfu_host *host);
enum ep0_answer dfu_host_clear_status(struct dfu_host *host);
enum ep0_answer dfu_host_set_alternate(struct dfu_host *host, uint16_t alternate);

/* Asks for the status, waiting as told, until no work is left. Returns the last status; one with
 * DFU_ERR_UNKNOWN when the device did not answer. */
struct dfu_status dfu_host_settle(struct dfu_host *host);

/* A DfuSe command and its status. Returns true when it went well. */
bool dfu_host_command(struct dfu_host *host, uint8_t command, uint32_t addr);

/* Erases the sectors of a range that starts and ends with one, sector_bytes apart. */
bool dfu_host_erase(struct dfu_host *host, uint32_t addr, uint32_t length, uint32_t sector_bytes);

/* Writes, in blocks of DFU_HOST_BLOCK_BYTES. */
bool dfu_host_write(struct dfu_host *host, uint32_t addr, const uint8_t *data, uint32_t length);

/* Reads, likewise. */
bool dfu_host_read(struct dfu_host *host, uint32_t addr, uint8_t *data, uint32_t length);

/* Sends the zero-length DNLOAD, and asks for the status when ask. */
void dfu_host_leave(struct dfu_host *host, bool ask);

/* Tells whether the application has been started since the last reset. */
bool dfu_host_started(struct dfu_host *host);

#endif
