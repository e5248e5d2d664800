/* SPDX-License-Identifier: MIT
 * The devices that are held against the standard, each brought into any of its states. */
#include "tests/spec/parties.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/bytes.h"
#include "twin/usb_port.h"

enum {
    ORDER_DFU = 0x70AD0000,
    UP_MS = 1000,
    FLASH = 0x08000000,
    AT32_WRITEABLE = 0x08008000, /* behind its bootloader */
    BLOCK_BYTES = 64,
    BOARD_MAX = 32,
    UNKNOWN_REQUEST = 7
};

static const struct party_row rows[] = {
    {"boot-native-pybv11", PARTY_NATIVE, "pybv11", NULL, 0, FLASH},
    {"boot-native-nucleo-h743zi", PARTY_NATIVE, "nucleo-h743zi", NULL, 0, FLASH},
    {"boot-native-openmv4p", PARTY_NATIVE, "openmv4p", NULL, 0, FLASH},
    {"boot-arm-pybv11", PARTY_ARM, "pybv11", NULL, 0, FLASH},
    {"boot-arm-nucleo-h743zi", PARTY_ARM, "nucleo-h743zi", NULL, 0, FLASH},
    {"boot-arm-openmv4p", PARTY_ARM, "openmv4p", NULL, 0, FLASH},
    {"f405-v3.1", PARTY_ROM, "pybv11", "V3.1", 0, FLASH},
    {"f405-v9.1", PARTY_ROM, "pybv11", "V9.1", 0, FLASH},
    {"h743-v13.3", PARTY_ROM, "nucleo-h743zi", "V13.3", 0, FLASH},
    {"h743-v9.0", PARTY_ROM, "nucleo-h743zi", "V9.0", 0, FLASH},
    {"h743-v9.1", PARTY_ROM, "nucleo-h743zi", "V9.1", 0, FLASH},
    {"h743-v9.2", PARTY_ROM, "nucleo-h743zi", "V9.2", 0, FLASH},
    {"f767-v9.3", PARTY_ROM, "f767", NULL, 0, FLASH},
    {"g431-v13.4", PARTY_ROM, "g431", NULL, 0, FLASH},
    {"l476-v9.2", PARTY_ROM, "l476", NULL, 0, FLASH},
    {"c562-v3.0", PARTY_ROM, "c562", NULL, 0, FLASH},
    {"gd32", PARTY_ROM, "gd32", NULL, 0, FLASH},
    {"at32", PARTY_ROM, "at32", NULL, 0, AT32_WRITEABLE},
    {"plain-dfu11", PARTY_PLAIN, "plain-dfu11", NULL, 0, FLASH},
    {"plain-dfu10", PARTY_PLAIN, "plain-dfu10", NULL, 0, FLASH},
    {"openmv-boot", PARTY_PLAIN, "openmv-boot", NULL, 2, FLASH},
    {"runtime-detaches", PARTY_PLAIN, "runtime-detaches", NULL, 0, FLASH},
    {"runtime-needs-reset", PARTY_PLAIN, "runtime-needs-reset", NULL, 0, FLASH},
};

const struct party_row *party_at(size_t index)
{
    return index < sizeof rows / sizeof rows[0] ? &rows[index] : NULL;
}

const struct party_row *party_find(const char *name)
{
    size_t index = 0;
    const struct party_row *row = party_at(index);
    while (row != NULL && strcmp(row->name, name) != 0) {
        row = party_at(++index);
    }
    return row;
}

bool party_is_called(const struct party_row *row, const char *word)
{
    static const char *const kinds[] = {"boot-native", "boot-arm", "roms", "plain"};
    return strcmp(row->name, word) == 0 || strcmp(kinds[row->kind], word) == 0;
}

static bool is_boot(const struct party *party)
{
    return party->row->kind <= PARTY_ARM;
}

static enum ep0_answer simple(struct party *party, uint8_t request, uint16_t value)
{
    const struct usb_setup setup = {DFU_REQUEST_OUT, request, value, 0, 0};
    return dfu_host_control(party->host, &setup, NULL, NULL);
}

static void configure(struct party *party)
{
    (void)dfu_host_set_alternate(party->host, party->row->alternate);
}

/* wTransferSize stands in front of bcdDFUVersion, which DFU 1.0 does not have. */
static void read_functional(struct party *party)
{
    uint8_t data[512];
    uint16_t length = 0;
    const struct usb_setup setup = {USB_DIR_IN, USB_GET_DESCRIPTOR, USB_CONFIGURATION << 8, 0,
                                    sizeof data};
    assert_int_equal(dfu_host_control(party->host, &setup, data, &length), EP0_ACK);
    bool modern = data[length - DFU_FUNCTIONAL_BYTES] == DFU_FUNCTIONAL_BYTES;
    const uint8_t *functional =
        data + length - (modern ? DFU_FUNCTIONAL_BYTES : DFU_FUNCTIONAL_1_0_BYTES);
    party->tolerant = (functional[2] & DFU_MANIFESTATION_TOLERANT) != 0;
    party->transfer_bytes = get_le16(functional + 5);
}

static void open_bench(struct party *party)
{
    char kind[8], board[BOARD_MAX];
    char program[] = "parties";
    char *words[] = {program, kind, board};
    void *made = NULL;
    (void)strcpy(kind, party->row->kind == PARTY_ARM ? "arm" : "native");
    (void)strncpy(board, party->row->board, sizeof board - 1);
    board[sizeof board - 1] = '\0';
    assert_true(bench_choose(3, words));
    assert_int_equal(bench_set_up(&made), 0);
    party->bench = made;
    party->host = &party->bench->host;
    party->app = party->bench->place->app;
    party->base = party->app;
}

void party_open(struct party *party, const struct party_row *row)
{
    memset(party, 0, sizeof *party);
    party->row = row;
    if (is_boot(party)) {
        open_bench(party);
        return;
    }
    /* A ROM that leaves at once is in dfuMANIFEST for no time: with this fault it stays. */
    const struct board_config config = {.name = row->board,
                                        .rom = row->rom,
                                        .faults = row->kind == PARTY_ROM ? "leave-stays" : NULL,
                                        .seed = 1};
    struct dfk_error err = {0};
    if (board_open(&config, &party->own.board, &err) != 0) {
        fail_msg("%s: %s", row->name, err.what);
    }
    party->own.port = board_port(party->own.board);
    party->host = &party->own;
    party->app = party->base = row->app;
}

void party_close(struct party *party)
{
    if (is_boot(party)) {
        void *made = party->bench;
        (void)bench_tear_down(&made);
    } else {
        dfu_host_close(party->host);
    }
}

static enum ep0_answer ask(struct party *party, struct dfu_status *status)
{
    enum ep0_answer answer = dfu_host_get_status(party->host, status);
    party->poll_ms = answer == EP0_ACK ? status->poll_timeout_ms : party->poll_ms;
    return answer;
}

static void send_command(struct party *party, uint8_t command, uint32_t addr)
{
    uint8_t bytes[5] = {command};
    put_le32(bytes + 1, addr);
    (void)dfu_host_download(party->host, DFUSE_COMMAND_BLOCK, bytes, sizeof bytes);
}

/* Something that a DNLOAD may bring: an address, or data where there are no commands. */
static void send_something(struct party *party)
{
    uint8_t data[BLOCK_BYTES] = {0x5A};
    if (party->row->kind == PARTY_PLAIN) {
        (void)dfu_host_download(party->host, 0, data, sizeof data);
    } else {
        send_command(party, DFUSE_SET_ADDRESS, party->app);
    }
}

static void power_on(struct party *party)
{
    struct dfu_host *host = party->host;
    if (is_boot(party)) {
        bench_install(party->bench, 3);
        board_reset(host->board, true, false);
        bench_order(party->bench, ORDER_DFU);
        bench_reset_by(party->bench, RESET_SOFTWARE);
    } else {
        board_reset(host->board, true, true);
    }
    assert_true(dfu_host_wait_bus(host, true, UP_MS));
    configure(party);
}

static void enter_dfu(struct party *party)
{
    struct dfu_host *host = party->host;
    (void)simple(party, DFU_DETACH, 1000);
    if (dfu_host_wait_bus(host, true, UP_MS) && dfu_host_get_state(host) == DFU_APP_DETACH) {
        host->port->reset(host->port);
    }
    assert_true(dfu_host_wait_bus(host, true, UP_MS));
    configure(party);
}

/* Source    USB 2.0, "Reset Signaling" and "Reset Recovery Time": 50 ms and 10 ms */
void party_reset_bus(struct party *party)
{
    enum { RECOVERY_MS = 100, PATIENCE_MS = 2000 };
    struct dfu_host *host = party->host;
    const struct usb_setup setup = {USB_DIR_IN, USB_GET_STATUS, 0, 0, 2};
    enum ep0_answer answer = EP0_GONE;
    uint8_t data[2];
    host->port->reset(host->port);
    for (uint32_t ms = 0; ms < PATIENCE_MS && answer == EP0_GONE && !dfu_host_started(host);
         ms += RECOVERY_MS) {
        dfu_host_run_ms(host, RECOVERY_MS);
        answer = dfu_host_control(host, &setup, data, NULL);
    }
}

/* To dfuIDLE, the pointer of DfuSe where the application is. */
static void prepare(struct party *party)
{
    if (party->row->kind != PARTY_PLAIN) {
        assert_true(dfu_host_command(party->host, DFUSE_SET_ADDRESS, party->app));
        assert_int_equal(dfu_host_abort(party->host), EP0_ACK);
    }
}

/* To dfuDNBUSY with work under way. */
static void make_busy(struct party *party, struct dfu_status *status)
{
    if (party->row->kind == PARTY_PLAIN) {
        send_something(party);
    } else {
        send_command(party, DFUSE_ERASE, party->base);
    }
    (void)ask(party, status);
}

static void end_download(struct party *party)
{
    send_something(party);
    (void)dfu_host_settle(party->host);
    (void)simple(party, DFU_DNLOAD, 0);
}

/* Sends what leads from dfuIDLE to a state. */
static void go(struct party *party, uint8_t state, struct dfu_status *status)
{
    uint8_t data[BLOCK_BYTES];
    uint16_t length = sizeof data;
    switch (state) {
    case DFU_DNLOAD_SYNC: send_something(party); break;
    case DFU_DNBUSY: make_busy(party, status); break;
    case DFU_DNLOAD_IDLE:
        send_something(party);
        *status = dfu_host_settle(party->host);
        break;
    case DFU_UPLOAD_IDLE: (void)dfu_host_upload(party->host, 2, data, &length); break;
    case DFU_ERROR: (void)simple(party, UNKNOWN_REQUEST, 0); break;
    case DFU_MANIFEST_SYNC: end_download(party); break;
    case DFU_MANIFEST:
    case DFU_MANIFEST_WAIT_RESET:
        end_download(party);
        (void)ask(party, status);
        break;
    default: break;
    }
}

/* dfuMANIFEST ends by itself, dfuMANIFEST-WAIT-RESET comes after it. Neither can be asked for the
 * state without a stall that the standard wants: what it says last has to do. */
static bool is_manifesting(struct party *party, uint8_t state, const struct dfu_status *status)
{
    enum { MANIFEST_MS = 100 };
    bool waits = state == DFU_MANIFEST_WAIT_RESET;
    if (party->row->kind == PARTY_ROM) { /* one of them does not answer: it has left already */
        return !waits && dfu_host_get_state(party->host) == DFU_MANIFEST;
    }
    if (status->state != DFU_MANIFEST || is_boot(party)) {
        return status->state == DFU_MANIFEST && waits;
    }
    if (waits) {
        dfu_host_run_ms(party->host, MANIFEST_MS);
        return dfu_host_get_state(party->host) == DFU_MANIFEST_WAIT_RESET;
    }
    return true;
}

bool party_reach(struct party *party, uint8_t state, uint8_t *status)
{
    struct dfu_status said = {0};
    power_on(party);
    party->poll_ms = 0;
    if (party->transfer_bytes == 0) {
        read_functional(party);
    }
    if (state == DFU_APP_DETACH) {
        (void)simple(party, DFU_DETACH, 1000);
    } else if (state != DFU_APP_IDLE && dfu_host_get_state(party->host) == DFU_APP_IDLE) {
        enter_dfu(party);
    }
    if (state > DFU_APP_DETACH) {
        prepare(party);
        go(party, state, &said);
    }
    *status = state == DFU_ERROR ? DFU_ERR_STALLEDPKT : DFU_OK;
    if (state == DFU_MANIFEST || state == DFU_MANIFEST_WAIT_RESET) {
        return is_manifesting(party, state, &said);
    }
    return state == DFU_DNBUSY ? said.state == state : dfu_host_get_state(party->host) == state;
}
