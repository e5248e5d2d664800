/* SPDX-License-Identifier: MIT
 * The hosts of the model, at a board. */
#include "tests/models/hosts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/bytes.h"

enum {
    COMMAND_PREPARE = 0xC1, /* docs/boot.md, "Beyond DfuSe" */
    PREPARE_MS = 2,         /* that dfukit waits between two of them */
    NAME_MAX = 20,
    ADDRESSED = 5,
    RANGED = 9,
    COMMAND_MAX = RANGED,
    BUS_MS = 2,
};

static const struct host hosts[] = {
    {"in_order_leave", 0, 0,
     "set_interface erase0 heard start_block heard rest0_block heard erase1 heard last_rest1_block "
     "heard leave"},
    {"in_order_leave_asked", 0, 0,
     "set_interface erase0 heard start_block heard rest0_block heard erase1 heard last_rest1_block "
     "heard leave "
     "status"},
    {"in_order", 0, 0,
     "set_interface erase0 heard start_block heard rest0_block heard erase1 heard last_rest1_block "
     "heard"},
    {"in_order_abort", 0, 0,
     "set_interface erase0 heard start_block heard rest0_block heard erase1 heard last_rest1_block "
     "heard abort"},
    {"in_order_full_abort", 0, 0,
     "set_interface erase0 heard start_block heard rest0_block heard erase1 heard rest1_block "
     "heard abort"},
    {"in_order_full_abort_leave", 0, 0,
     "set_interface erase0 heard start_block heard rest0_block heard erase1 heard rest1_block "
     "heard abort leave"},
    {"mass_erase_leave", 0, 0,
     "set_interface erase_all heard start_block heard rest0_block heard last_rest1_block heard "
     "leave"},
    {"mass_erase", 0, 0,
     "set_interface erase_all heard start_block heard rest0_block heard last_rest1_block heard"},
    {"erase_both_leave", 1, 0,
     "set_interface erase0 heard erase1 heard rest0_block heard rest1_block heard start_block "
     "heard leave"},
    {"prepare_leave", 2, 0,
     "set_interface prepare0 heard wait prepare1 heard rest0_block heard rest1_block heard "
     "start_block heard leave"},
    {"address_leave", 0, 0, "set_interface address heard leave"},
    {"drive_block", 0, 1,
     "set_interface drive_erase heard drive_block heard last_drive_block heard"},
    {"drive_leave", 0, 1,
     "set_interface drive_erase heard drive_block heard last_drive_block heard leave"},
    {"drive_full_abort", 0, 1, "set_interface drive_erase heard drive_block heard abort"},
    {"look", 0, 0, "set_interface abort"},
    {"look_leave", 0, 0, "set_interface abort leave"},
};

const struct host *host_at(uint32_t banks, size_t number)
{
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        if (hosts[i].banks == 0 || hosts[i].banks == banks) {
            if (number-- == 0) {
                return &hosts[i];
            }
        }
    }
    return NULL;
}

/* A DNLOAD: a command, or a block of the application or the drive. */
struct download {
    const char *name;
    uint8_t command; /* 0: a block */
    uint8_t command_bytes;
    enum trace_block block;
    bool drive;
    uint16_t length; /* of a block */
    uint16_t number; /* on the drive */
};

static const struct download downloads[] = {
    {"erase0", DFUSE_ERASE, ADDRESSED, TRACE_START, false, 0, 0},
    {"erase1", DFUSE_ERASE, ADDRESSED, TRACE_REST1, false, 0, 0},
    {"erase_all", DFUSE_ERASE, 1, TRACE_START, false, 0, 0},
    {"prepare0", COMMAND_PREPARE, RANGED, TRACE_START, false, 0, 0},
    {"prepare1", COMMAND_PREPARE, RANGED, TRACE_REST1, false, 0, 0},
    {"address", DFUSE_SET_ADDRESS, ADDRESSED, TRACE_START, false, 0, 0},
    {"drive_erase", DFUSE_ERASE, ADDRESSED, TRACE_START, true, 0, 0},
    {"start_block", 0, 0, TRACE_START, false, TRACE_BLOCK, 0},
    {"rest0_block", 0, 0, TRACE_REST0, false, TRACE_BLOCK, 0},
    {"rest1_block", 0, 0, TRACE_REST1, false, TRACE_BLOCK, 0},
    {"last_rest1_block", 0, 0, TRACE_REST1, false, TRACE_SHORT, 0},
    {"drive_block", 0, 0, TRACE_REST0, true, TRACE_BLOCK, 0},
    {"last_drive_block", 0, 0, TRACE_REST1, true, TRACE_SHORT, 1},
};

/* Other requests, by their names for ever. */
static const char *find_name(const char *name)
{
    static const char *const names[] = {"heard", "set_interface", "abort",
                                        "leave", "status",        "wait"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            return names[i];
        }
    }
    fail_msg("no request %s", name);
    return NULL;
}

static const struct download *find_download(const char *name)
{
    for (size_t i = 0; i < sizeof downloads / sizeof downloads[0]; i++) {
        if (strcmp(downloads[i].name, name) == 0) {
            return &downloads[i];
        }
    }
    return NULL;
}

/* Takes note of the answer to what was asked last. Returns true when it was accepted. */
static bool note(struct trace *trace, const char *name, enum ep0_answer answer)
{
    bool on = trace_look(trace);
    if (on && answer == EP0_STALL) {
        trace_add(trace, "refused", TRACE_ANSWERED);
    } else if (on && answer == EP0_ACK) {
        trace_add(trace, name, TRACE_ANSWERED);
    }
    return on && answer == EP0_ACK;
}

static enum ep0_answer send_command(struct trace *trace, const struct download *download)
{
    const struct bench_place *place = trace->bench->place;
    uint32_t addr = download->drive ? place->drive : trace_addr(trace, download->block);
    uint8_t bytes[COMMAND_MAX] = {download->command};
    put_le32(bytes + 1, addr);
    put_le32(bytes + ADDRESSED, TRACE_BLOCK);
    return dfu_host_download(&trace->bench->host, DFUSE_COMMAND_BLOCK, bytes,
                             download->command_bytes);
}

/* Blocks count from where the alternate setting begins, so that no address has to be sent. */
static enum ep0_answer send_block(struct trace *trace, const struct download *download)
{
    uint32_t offset = trace_addr(trace, download->block) - trace->bench->place->app;
    uint32_t number = download->drive ? download->number : offset / TRACE_BLOCK;
    return dfu_host_download(&trace->bench->host, (uint16_t)(DFUSE_FIRST_DATA_BLOCK + number),
                             trace->fresh.blocks[download->block], download->length);
}

static bool run_download(struct trace *trace, const struct download *download)
{
    trace_add(trace, download->name, TRACE_ASKED);
    return note(trace, download->name,
                download->command != 0 ? send_command(trace, download)
                                       : send_block(trace, download));
}

/* The first status after a DNLOAD, and all the others until it is done. */
static bool run_heard(struct trace *trace)
{
    struct dfu_status status = {0};
    trace_add(trace, "heard", TRACE_ASKED);
    enum ep0_answer answer = dfu_host_get_status(&trace->bench->host, &status);
    bool good = note(trace, "heard", answer);
    if (good && status.state != DFU_DNBUSY) {
        trace_forget(trace, "heard"); /* it went wrong before: that status is one of many */
    }
    while (good && status.state == DFU_DNBUSY) {
        dfu_host_run_ms(&trace->bench->host, status.poll_timeout_ms);
        good = trace_look(trace) && dfu_host_get_status(&trace->bench->host, &status) == EP0_ACK &&
               trace_look(trace);
    }
    return good && status.status == DFU_OK && status.state == DFU_DNLOAD_IDLE;
}

static bool run_simple(struct trace *trace, const struct host *host, const char *name)
{
    struct dfu_host *bus = &trace->bench->host;
    struct dfu_status status;
    if (strcmp(name, "heard") == 0) {
        return run_heard(trace);
    }
    if (strcmp(name, "wait") == 0) {
        return host_wait(trace, PREPARE_MS);
    }
    if (strcmp(name, "status") == 0) {
        return dfu_host_get_status(bus, &status) == EP0_ACK && trace_look(trace);
    }
    trace_add(trace, name, TRACE_ASKED);
    return note(trace, name,
                strcmp(name, "set_interface") == 0 ? dfu_host_set_alternate(bus, host->alternate)
                : strcmp(name, "abort") == 0       ? dfu_host_abort(bus)
                                                   : dfu_host_download(bus, 0, NULL, 0));
}

static void order(struct trace *trace)
{
    trace->running = false;
    bench_enter_by_button(trace->bench);
    trace_add(trace, "dfu_mode_by_order", TRACE_DID);
}

uint32_t host_run(struct trace *trace, const struct host *host, uint32_t count)
{
    uint32_t done = 0;
    const char *at = host->requests;
    if (trace->running) {
        order(trace);
    }
    for (bool good = true; good && done < count && *at != '\0'; done++) {
        char name[NAME_MAX] = {0};
        size_t length = strcspn(at, " ");
        memcpy(name, at, length);
        at += length + strspn(at + length, " ");
        const struct download *download = find_download(name);
        good = download != NULL ? run_download(trace, download)
                                : run_simple(trace, host, find_name(name));
    }
    return done;
}

bool host_wait(struct trace *trace, uint32_t ms)
{
    bool on = trace_look(trace);
    for (uint32_t i = 0; i < ms && on; i++) {
        dfu_host_run_ms(&trace->bench->host, 1);
        on = trace_look(trace);
    }
    return on;
}

bool host_be_quiet(struct trace *trace)
{
    enum { AT_ONCE_MS = 2500, LONG_MS = 72000 }; /* before what it does after 5 s; after 60 s */
    bool on = host_wait(trace, AT_ONCE_MS);
    if (on) {
        trace_add(trace, "quiet", TRACE_DID);
        on = host_wait(trace, LONG_MS);
    }
    return on;
}

/* A CPU that stands still for its flash takes note of the bus when that is done. */
static void wait_noticed(struct trace *trace, const char *name)
{
    const struct mem_flash *flash = board_flash(trace->bench->host.board);
    bool on = host_wait(trace, BUS_MS);
    while (on && trace->bench->place->banks == 1 && flash->operations[0].active) {
        on = host_wait(trace, BUS_MS);
    }
    if (on) {
        trace_add(trace, name, TRACE_ANSWERED);
    }
}

void host_reset_bus(struct trace *trace)
{
    struct usb_port *port = trace->bench->host.port;
    trace_add(trace, "bus_reset", TRACE_ASKED);
    port->reset(port);
    wait_noticed(trace, "bus_reset");
}

void host_suspend(struct trace *trace)
{
    trace_add(trace, "suspend", TRACE_ASKED);
    board_suspend(trace->bench->host.board);
    wait_noticed(trace, "suspend");
}
