/* SPDX-License-Identifier: MIT
 * Fuzz target: applications sealed in every way, whole and damaged, downloaded to boards that want
 * signatures, among requests of any kind. What is not right by libsodium's word is never started,
 * versions are only ever added, and the bootloader stays as it is and answers. */
#include <string.h>

#include <sodium.h>

#include "fuzz/boot_target.h"
#include "fuzz/reached.h"
#include "fuzz/sealed_images.h"
#include "twin/mem/flash.h"

enum {
    APP_BYTES = 896 * 1024,
    LOG_BYTES = 1536,
    RECORD_BYTES = 32,
    START_MS = 300,
    HOLD_MS = 2200,
    CHOSEN_MS = 1500,
    STEPS_MAX = 24,
    POLLS_MAX = 200,
    TEXT_BYTES = 64,
    UNITS = 32, /* the start of the application, of which a part may be downloaded first */
};

static const char *const ids[2] = {"pybv11", "nucleo_h743zi"};

/* Why images were refused: the words of docs/seal.md. */
static const char *const reasons[] = {
    "Image is not sealed",     "Image is for board ", "Image is torn", "Image is not signed",
    "Signed with another key", "Bad signature",       "Version ",
};
enum { REASONS = sizeof reasons / sizeof reasons[0] };

struct tally {
    uint64_t starts, updates, noted;
    uint64_t refused[REASONS];
};

static struct tally *tally_of(void)
{
    static struct tally tally;
    return &tally;
}

/* A board under test. */
struct seat {
    struct boot_target target;
    const char *id;
    uint8_t log[LOG_BYTES]; /* as last looked at */
    bool started;
};

static uint8_t *log_of(const struct seat *seat)
{
    return board_flash(seat->target.board)->cells + seat->target.own_bytes - LOG_BYTES;
}

static uint32_t floor_of(const struct seat *seat)
{
    uint32_t floor = 0;
    for (uint32_t at = 0; at < LOG_BYTES; at += RECORD_BYTES) {
        uint32_t version = get_le32(seat->log + at);
        floor = version == ~get_le32(seat->log + at + 4) && version > floor ? version : floor;
    }
    return floor;
}

/* A record is blank, and then one of a version that is newer than all before it. */
static void check_log(struct seat *seat)
{
    const uint8_t *log = log_of(seat);
    for (uint32_t at = 0; at < LOG_BYTES; at += RECORD_BYTES) {
        uint8_t record[RECORD_BYTES] = {0};
        uint32_t version = get_le32(log + at);
        if (memcmp(log + at, seat->log + at, RECORD_BYTES) == 0) {
            continue;
        }
        put_le32(record, version);
        put_le32(record + 4, ~version);
        must(get_le32(seat->log + at) == UINT32_MAX && version > floor_of(seat));
        if (memcmp(log + at, record, RECORD_BYTES) != 0) {
            return; /* it is being written: looked at again later */
        }
        memcpy(seat->log + at, record, RECORD_BYTES);
        tally_of()->noted++;
    }
}

static void check(struct seat *seat)
{
    const struct mem_flash *flash = board_flash(seat->target.board);
    const uint8_t *app = flash->cells + (BOOT_TARGET_APP_ADDR - flash->geometry->base);
    bool started = boot_target_started(seat->target.board);
    check_log(seat);
    if (started && !seat->started) {
        must(sealed_image_is_right(app, APP_BYTES, seat->id, floor_of(seat)));
        tally_of()->starts++;
    }
    seat->started = started;
}

static struct dfu_status ask(struct usb_port *port)
{
    const struct usb_setup setup = {DFU_REQUEST_IN, DFU_GETSTATUS, 0, 0, DFU_STATUS_BYTES};
    uint8_t bytes[DFU_STATUS_BYTES] = {0};
    uint16_t length = sizeof bytes;
    (void)usb_port_transfer(port, &setup, bytes, &length, (uint64_t)REQUEST_LIMIT_MS * TWIN_MS);
    return dfu_status_get(bytes);
}

/* As a host does: asks until the board is not busy, and waits as told. */
static struct dfu_status settle(struct usb_port *port)
{
    struct dfu_status status = ask(port);
    for (uint32_t i = 0; i < POLLS_MAX && status.state == DFU_DNBUSY; i++) {
        run_ms(port, status.poll_timeout_ms);
        status = ask(port);
    }
    return status;
}

static void count_refusal(struct usb_port *port, uint8_t index)
{
    const struct usb_setup setup = {USB_DIR_IN, USB_GET_DESCRIPTOR,
                                    (uint16_t)(USB_STRING << 8 | index), 0x0409, 255};
    uint8_t bytes[255] = {0};
    char text[TEXT_BYTES] = "";
    uint16_t length = sizeof bytes;
    (void)usb_port_transfer(port, &setup, bytes, &length, (uint64_t)REQUEST_LIMIT_MS * TWIN_MS);
    for (uint32_t i = 0; i + 1 < TEXT_BYTES && 2 * i + 2 < length; i++) {
        text[i] = (char)bytes[2 * i + 2];
    }
    for (uint32_t i = 0; i < REASONS; i++) {
        tally_of()->refused[i] += strncmp(text, reasons[i], strlen(reasons[i])) == 0 ? 1 : 0;
    }
}

static void download(struct usb_port *port, uint16_t block, uint8_t *data, uint16_t length)
{
    const struct usb_setup setup = {DFU_REQUEST_OUT, DFU_DNLOAD, block, 0, length};
    request(port, &setup, data);
}

static void command(struct usb_port *port, uint8_t code)
{
    uint8_t bytes[5] = {code};
    put_le32(bytes + 1, BOOT_TARGET_APP_ADDR);
    download(port, 0, bytes, sizeof bytes);
    (void)settle(port);
}

/* An image of a kind, with one bit altered when the input says so. */
static void take_image(const struct seat *seat, struct input *input, uint8_t *image)
{
    uint16_t altered = take_16(input);
    sealed_image_make(image, take(input) % SEALED_KINDS, seat->id);
    if (altered >= 0x8000) {
        image[altered / 8 % SEALED_IMAGE_BYTES] ^= (uint8_t)(1u << altered % 8);
    }
}

/* An update: all of it, or the parts of it that the input chooses. */
static void update(struct seat *seat, struct input *input)
{
    enum { PART = 7, NO_ERASE = 15, ABORTED = 6 };
    struct usb_port *port = board_port(seat->target.board);
    uint8_t image[SEALED_IMAGE_BYTES], what = take(input);
    uint16_t first = what % 8 == PART ? (uint16_t)(take(input) % UNITS * UNITS) : 0;
    bool before = boot_target_started(seat->target.board);
    take_image(seat, input, image);
    (void)settle(port);
    request(port, &(struct usb_setup){DFU_REQUEST_OUT, DFU_CLRSTATUS, 0, 0, 0}, image);
    if (what % 16 != NO_ERASE) {
        command(port, DFUSE_ERASE);
    }
    command(port, DFUSE_SET_ADDRESS);
    if (first != 0) {
        download(port, 2, image, first);
        (void)settle(port);
    }
    download(port, 2, image, sizeof image);
    (void)settle(port);
    check(seat);
    if (what % 8 == ABORTED) {
        request(port, &(struct usb_setup){DFU_REQUEST_OUT, DFU_ABORT, 0, 0, 0}, image);
        return;
    }
    download(port, 0, image, 0);
    struct dfu_status status = settle(port);
    run_ms(port, START_MS);
    check(seat);
    tally_of()->updates += !before && boot_target_started(seat->target.board) ? 1 : 0;
    if (status.state == DFU_ERROR) {
        count_refusal(port, status.string_index);
    }
}

/* DFU mode in spite of an application. */
static void enter(struct seat *seat)
{
    struct board *board = seat->target.board;
    check(seat);
    board_press(board, true);
    board_reset(board, true, false);
    run_ms(board_port(board), HOLD_MS);
    board_press(board, false);
    run_ms(board_port(board), CHOSEN_MS);
    check(seat);
}

/* What lies in flash when the power comes. */
static void lay(struct seat *seat, struct input *input)
{
    struct board *board = seat->target.board;
    uint8_t image[SEALED_IMAGE_BYTES];
    take_image(seat, input, image);
    must(board_poke(board, BOOT_TARGET_APP_ADDR, image, sizeof image));
    board_flash(board)->operation_count++; /* or nobody would take it away again */
    board_reset(board, true, false);
    run_ms(board_port(board), START_MS);
}

static void step(struct seat *seat, struct input *input, uint8_t *data)
{
    struct board *board = seat->target.board;
    uint8_t kind = take(input);
    switch (kind % 4) {
    case 0:
    case 1:
        if (boot_target_started(board)) {
            enter(seat);
        }
        update(seat, input);
        break;
    case 2: boot_target_step(board, input, data); break;
    default: board_reset(board, kind < 128, false); run_ms(board_port(board), START_MS);
    }
    check(seat);
}

static void open_seat(struct seat *seat, uint8_t which)
{
    must(sodium_init() >= 0);
    boot_target_open(&seat->target, (uint8_t)(BOOT_TARGET_SIGNED + which));
    seat->id = ids[which];
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct seat seats[2];
    struct input input = {bytes, length};
    uint8_t data[REQUEST_DATA_MAX];
    uint8_t first = take(&input);
    struct seat *seat = &seats[first % 2];
    open_seat(seat, first % 2);
    memset(data, take(&input), sizeof data);
    board_press(seat->target.board, false);
    boot_target_restore(&seat->target);
    memcpy(seat->log, log_of(seat), LOG_BYTES);
    seat->started = false;
    if (first % 4 >= 2) {
        lay(seat, &input);
    }
    run_ms(board_port(seat->target.board), START_MS);
    check(seat);
    for (uint32_t i = 0; i < STEPS_MAX && input.length > 0; i++) {
        step(seat, &input, data);
    }
    must(boot_target_is_own_untouched(&seat->target));
    seat->started = false;
    boot_target_still_answers(seat->target.board);
    check(seat);
    must(boot_target_is_own_untouched(&seat->target));
    return 0;
}

bool fuzz_tell_reached(FILE *to)
{
    const struct tally *tally = tally_of();
    uint64_t refused = 0;
    bool all = tally->starts > 0 && tally->updates > 0 && tally->noted > 0;
    for (uint32_t i = 0; i < REASONS; i++) {
        refused += tally->refused[i];
        all = all && tally->refused[i] > 0;
    }
    (void)fprintf(to, " started=%llu updated=%llu versions_noted=%llu refused=%llu",
                  (unsigned long long)tally->starts, (unsigned long long)tally->updates,
                  (unsigned long long)tally->noted, (unsigned long long)refused);
    return all;
}
