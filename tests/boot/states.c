/* SPDX-License-Identifier: MIT
 * Every state of the bootloader against every request, beside the standard's table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/bytes.h"
#include "core/dfu_machine.h"
#include "tests/boot/bench.h"

/* A request, and the event that it is for the standard. */
struct request {
    const char *name;
    struct usb_setup setup;
    uint8_t event;
};

static const struct request requests[] = {
    {"DETACH", {DFU_REQUEST_OUT, DFU_DETACH, 1000, 0, 0}, DFU_EVENT_DETACH},
    {"DNLOAD with data", {DFU_REQUEST_OUT, DFU_DNLOAD, 0, 0, 5}, DFU_EVENT_DNLOAD_DATA},
    {"DNLOAD without", {DFU_REQUEST_OUT, DFU_DNLOAD, 0, 0, 0}, DFU_EVENT_DNLOAD_END},
    {"UPLOAD", {DFU_REQUEST_IN, DFU_UPLOAD, 2, 0, 64}, DFU_EVENT_UPLOAD_FULL},
    {"short UPLOAD", {DFU_REQUEST_IN, DFU_UPLOAD, 0, 0, 64}, DFU_EVENT_UPLOAD_SHORT},
    {"GETSTATUS", {DFU_REQUEST_IN, DFU_GETSTATUS, 0, 0, 6}, DFU_EVENT_GETSTATUS_DONE},
    {"GETSTATE", {DFU_REQUEST_IN, DFU_GETSTATE, 0, 0, 1}, DFU_EVENT_GETSTATE},
    {"CLRSTATUS", {DFU_REQUEST_OUT, DFU_CLRSTATUS, 0, 0, 0}, DFU_EVENT_CLRSTATUS},
    {"ABORT", {DFU_REQUEST_OUT, DFU_ABORT, 0, 0, 0}, DFU_EVENT_ABORT},
    {"request 7", {DFU_REQUEST_OUT, 7, 0, 0, 0}, DFU_EVENT_OTHER},
    {"request 255", {DFU_REQUEST_IN, 255, 0, 0, 6}, DFU_EVENT_OTHER},
    {"GETSTATUS outwards", {DFU_REQUEST_OUT, DFU_GETSTATUS, 0, 0, 0}, DFU_EVENT_OTHER},
    {"ABORT with data", {DFU_REQUEST_OUT, DFU_ABORT, 0, 0, 4}, DFU_EVENT_OTHER},
};

static enum ep0_answer send_command(struct bench *bench, uint8_t code)
{
    uint8_t bytes[5] = {code};
    put_le32(bytes + 1, bench->place->app);
    return dfu_host_download(&bench->host, 0, bytes, sizeof bytes);
}

/* Brings the board from power-on into a state. */
static void reach(struct bench *bench, uint8_t state)
{
    struct dfu_host *host = &bench->host;
    uint16_t length = 64;
    bench_install(bench, 3);
    bench_enter_by_button(bench);
    switch (state) {
    case DFU_DNLOAD_SYNC: (void)send_command(bench, DFUSE_SET_ADDRESS); break;
    case DFU_DNBUSY:
        (void)send_command(bench, DFUSE_ERASE);
        (void)bench_status(bench);
        break;
    case DFU_DNLOAD_IDLE: (void)dfu_host_command(host, DFUSE_SET_ADDRESS, bench->place->app); break;
    case DFU_UPLOAD_IDLE: (void)dfu_host_upload(host, 2, bench->image, &length); break;
    case DFU_ERROR: (void)dfu_host_command(host, DFUSE_ERASE, 0x1FFF0000); break;
    case DFU_MANIFEST_SYNC: dfu_host_leave(host, false); break;
    default: break;
    }
}

/* Where the bootloader is not the table's, for these reasons:
 * - DfuSe leaves from dfuIDLE too, where its address command has ended;
 * - in dfuDNBUSY it answers GETSTATUS and GETSTATE, as hosts that poll early expect;
 * - its first answer to any DNLOAD is dfuDNBUSY, without which dfu-util gives up;
 * - what was refused after leave does not keep it from leaving. */
static struct dfu_step expected(const struct bench *bench, uint8_t state,
                                const struct request *request)
{
    struct dfu_step step = dfu_machine_step(state, request->event);
    uint8_t event = request->event;
    if (state == DFU_IDLE && event == DFU_EVENT_DNLOAD_END) {
        step = (struct dfu_step){DFU_MANIFEST_SYNC, DFU_ACTION_ACCEPT};
    } else if (state == DFU_DNBUSY && event == DFU_EVENT_GETSTATUS_DONE) {
        /* one bank: no answer before the erase is over */
        uint8_t next = bench->place->banks == 1 ? DFU_DNLOAD_IDLE : DFU_DNBUSY;
        step = (struct dfu_step){next, DFU_ACTION_REPORT};
    } else if (state == DFU_DNBUSY && event == DFU_EVENT_GETSTATE) {
        step = (struct dfu_step){DFU_DNBUSY, DFU_ACTION_REPORT};
    } else if (state == DFU_DNLOAD_SYNC && event == DFU_EVENT_GETSTATUS_DONE) {
        step = (struct dfu_step){DFU_DNBUSY, DFU_ACTION_REPORT};
    } else if (state == DFU_MANIFEST_SYNC && event == DFU_EVENT_GETSTATUS_DONE) {
        step = (struct dfu_step){DFU_MANIFEST, DFU_ACTION_REPORT};
    } else if (state == DFU_MANIFEST_SYNC && step.action == DFU_ACTION_STALL) {
        step.next = DFU_MANIFEST_SYNC;
    }
    return step;
}

static bool refuses(struct dfu_step step)
{
    return step.action == DFU_ACTION_STALL || step.action == DFU_ACTION_STALL_QUIET ||
           step.action == DFU_ACTION_STALL_EARLY;
}

static void check(struct bench *bench, uint8_t state, const struct request *request)
{
    uint8_t bytes[64] = {DFUSE_SET_ADDRESS};
    struct dfu_step step = expected(bench, state, request);
    reach(bench, state);
    put_le32(bytes + 1, bench->place->app);
    enum ep0_answer answer = dfu_host_control(&bench->host, &request->setup, bytes, NULL);
    uint8_t reached = DFU_MANIFEST;
    if (step.next != DFU_MANIFEST) { /* from there it stalls until it is gone */
        reached = dfu_host_get_state(&bench->host);
    }
    if (answer != (refuses(step) ? EP0_STALL : EP0_ACK) || reached != step.next) {
        fail_msg("%s in state %u: answer %d, state %u instead of %u", request->name, state, answer,
                 reached, step.next);
    }
}

static void every_state_and_request_is_as_the_standard_says(void **state)
{
    static const uint8_t states[] = {DFU_IDLE,         DFU_DNLOAD_SYNC, DFU_DNBUSY,
                                     DFU_DNLOAD_IDLE,  DFU_UPLOAD_IDLE, DFU_ERROR,
                                     DFU_MANIFEST_SYNC};
    struct bench *bench = *state;
    for (size_t i = 0; i < sizeof states; i++) {
        for (size_t k = 0; k < sizeof requests / sizeof requests[0]; k++) {
            check(bench, states[i], &requests[k]);
        }
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(every_state_and_request_is_as_the_standard_says),
    };
    return bench_choose(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
