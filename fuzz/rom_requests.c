/* SPDX-License-Identifier: MIT
 * Fuzz target: any sequence of control requests and bus events at every virtual ROM and plain DFU
 * device. What it is stays readable unless its row says that it hangs; power brings all back. */
#include <string.h>

#include "fuzz/reached.h"
#include "fuzz/requests.h"
#include "twin/board/board.h"
#include "twin/board/rows.h"
#include "twin/mem/flash.h"
#include "twin/rom/plain.h"
#include "twin/rom/rom.h"

enum {
    TARGETS_MAX = 32,
    CHUNK_BYTES = 16 * 1024,
    START_MS = 400, /* the slowest row needs 300 */
    STEPS_MAX = 64,
    SELDOM = 254,
    LONG_MS = 40000, /* longer than any mass erase */
};

/* One row: a board, and the ROM in it or the plain device that it is. */
struct target {
    const struct board_row *row;
    const struct rom_row *rom;     /* NULL: plain */
    const struct plain_row *plain; /* NULL: a ROM */
    struct board *board;           /* NULL: not built yet */
    uint8_t device[USB_DEVICE_BYTES];
};

/* Every row there is. */
struct targets {
    struct target all[TARGETS_MAX];
    size_t count;
};

static void add(struct targets *targets, const struct board_row *row, const struct rom_row *rom)
{
    must(targets->count < TARGETS_MAX);
    struct target *target = &targets->all[targets->count++];
    target->row = row;
    target->rom = rom;
    target->plain = rom == NULL ? plain_find(row->plain) : NULL;
}

static bool is_of_family(const struct rom_row *rom, const char *family)
{
    size_t length = strlen(family);
    return strncmp(rom->name, family, length) == 0 &&
           (rom->name[length] == '-' || rom->name[length] == '\0');
}

static bool is_there(const struct targets *targets, const struct rom_row *rom)
{
    bool there = false;
    for (size_t i = 0; i < targets->count; i++) {
        there = there || targets->all[i].rom == rom;
    }
    return there;
}

static void find_targets(struct targets *targets)
{
    const struct board_row *row;
    for (uint32_t i = 0; (row = board_row_at(i)) != NULL; i++) {
        if (row->plain != NULL) {
            add(targets, row, NULL);
        }
        const struct rom_row *rom;
        for (uint32_t j = 0; row->family != NULL && (rom = rom_at(j)) != NULL; j++) {
            if (is_of_family(rom, row->family) && !is_there(targets, rom)) {
                add(targets, row, rom);
            }
        }
    }
    for (uint32_t j = 0; rom_at(j) != NULL; j++) {
        must(is_there(targets, rom_at(j)));
    }
}

static enum ep0_answer read_device(struct board *board, uint8_t *device)
{
    const struct usb_setup ask = {USB_DIR_IN, USB_GET_DESCRIPTOR, USB_DEVICE << 8, 0,
                                  USB_DEVICE_BYTES};
    uint16_t length = USB_DEVICE_BYTES;
    enum ep0_answer answer = usb_port_transfer(board_port(board), &ask, device, &length,
                                               (uint64_t)REQUEST_LIMIT_MS * TWIN_MS);
    must(answer != EP0_ACK || length == USB_DEVICE_BYTES);
    return answer;
}

static void power_cycle(struct board *board)
{
    board_press(board, false);
    board_reset(board, true, true);
    run_ms(board_port(board), START_MS);
}

static void build(struct target *target)
{
    struct board_config config = {.name = target->row->name,
                                  .rom = target->rom != NULL ? target->rom->version : NULL,
                                  .seed = 1};
    must(board_open(&config, &target->board, NULL) == 0);
    power_cycle(target->board);
    must(read_device(target->board, target->device) == EP0_ACK);
}

/* Erased again, and started. */
static void restore(struct board *board)
{
    struct mem_flash *flash = board_flash(board);
    for (uint32_t at = 0;
         flash != NULL && flash->operation_count != 0 && at < flash->geometry->bytes;
         at += CHUNK_BYTES) {
        uint8_t *cells = flash->cells + at;
        if (cells[0] != 0xFF || memcmp(cells, cells + 1, CHUNK_BYTES - 1) != 0) {
            memset(cells, 0xFF, CHUNK_BYTES);
            mem_flash_refresh(flash, flash->geometry->base + at, CHUNK_BYTES);
        }
    }
    if (flash != NULL) {
        flash->operation_count = 0;
    }
    power_cycle(board);
}

static void ask_status(struct usb_port *port)
{
    const struct usb_setup ask = {DFU_REQUEST_IN, DFU_GETSTATUS, 0, 0, DFU_STATUS_BYTES};
    uint8_t bytes[DFU_STATUS_BYTES];
    request(port, &ask, bytes);
}

/* From wherever it is to where work can begin, as far as it lets itself be brought there. */
static void settle(struct usb_port *port)
{
    const struct usb_setup clear = {DFU_REQUEST_OUT, DFU_CLRSTATUS, 0, 0, 0};
    const struct usb_setup stop = {DFU_REQUEST_OUT, DFU_ABORT, 0, 0, 0};
    uint8_t nothing = 0;
    ask_status(port);
    request(port, &stop, &nothing);
    request(port, &clear, &nothing);
}

/* A DNLOAD, the GETSTATUS that starts the work, some of its time, and one more. */
static void download(struct usb_port *port, struct input *input, const struct usb_setup *setup,
                     uint8_t *data)
{
    uint8_t pause = take(input);
    request(port, setup, data);
    ask_status(port);
    run_ms(port, pause < 16 ? LONG_MS / 16 * pause : pause);
    ask_status(port);
}

static void rom_command(const struct target *target, struct input *input, uint8_t *data)
{
    static const uint8_t codes[] = {0x21, 0x21, 0x21, 0x41, 0x41, 0x41, 0x92, 0x00};
    const struct rom_row *rom = target->rom;
    const uint32_t places[] = {rom->flash.base,
                               rom->flash.base + rom->flash.bytes / 2,
                               rom->flash.base + rom->flash.bytes - 16,
                               rom->option.addr,
                               rom->otp.addr,
                               rom->id_addr & ~3u,
                               rom->feature_addr,
                               0xFFFFFFE0};
    uint8_t what = take(input);
    uint8_t code = take(input);
    struct usb_setup setup = {DFU_REQUEST_OUT, DFU_DNLOAD, 0, 0, code < 240 ? 5 : code % 8};
    uint32_t offset = take_16(input);
    data[0] = codes[code % sizeof codes];
    put_le32(data + 1,
             places[what % (sizeof places / sizeof places[0])] + (what < 128 ? 0 : offset << 5));
    settle(board_port(target->board));
    download(board_port(target->board), input, &setup, data);
}

/* A block of data to where the pointer stands, or one from there. */
static void block(const struct target *target, struct input *input, uint8_t *data)
{
    struct usb_port *port = board_port(target->board);
    uint8_t what = take(input);
    bool in = what % 2 == 1;
    uint16_t length = (uint16_t)(what < 224 ? 8 * (take(input) + 1) : take_16(input));
    uint16_t first = target->rom != NULL ? DFUSE_FIRST_DATA_BLOCK : 0;
    struct usb_setup setup = {in ? DFU_REQUEST_IN : DFU_REQUEST_OUT, in ? DFU_UPLOAD : DFU_DNLOAD,
                              (uint16_t)(first + what / 64), 0, length % REQUEST_DATA_MAX};
    if (what % 4 < 2) {
        ask_status(port);
    }
    if (in) {
        request(port, &setup, data);
    } else {
        download(port, input, &setup, data);
    }
}

static void event(struct board *board, uint8_t kind)
{
    struct usb_port *port = board_port(board);
    if (kind < 96) {
        port->reset(port);
    } else if (kind < 160) {
        board_suspend(board);
    } else if (kind < 224) {
        board_press(board, kind < 192);
    } else {
        power_cycle(board);
    }
}

static void step(const struct target *target, struct input *input, uint8_t *data)
{
    struct usb_port *port = board_port(target->board);
    uint8_t kind = take(input);
    switch (kind % 8) {
    case 0: any_request(port, input, data); break;
    case 1: likely_request(port, input, data); break;
    case 2:
    case 3:
        if (target->rom != NULL) {
            rom_command(target, input, data);
        } else {
            settle(port);
        }
        break;
    case 4:
    case 5: block(target, input, data); break;
    case 6: run_ms(port, kind == SELDOM ? LONG_MS : kind / 4); break;
    default: event(target->board, kind); break;
    }
}

/* In DFU mode or, of a device that has one, in its application. */
static bool is_its_own(const struct target *target, const uint8_t *device)
{
    const struct plain_row *plain = target->plain;
    return memcmp(device, target->device, USB_DEVICE_BYTES) == 0 ||
           (plain != NULL && get_le16(device + 8) == plain->device.vendor &&
            get_le16(device + 10) == plain->device.product);
}

/* V9.1 hangs when it is asked for anything in a bank that still erases: its row says so. */
static bool may_hang(const struct target *target)
{
    return target->rom != NULL && target->rom->bank2 == ROM_BANK2_RETURNS_EARLY;
}

static void check_answers(const struct target *target)
{
    struct usb_port *port = board_port(target->board);
    uint8_t device[USB_DEVICE_BYTES] = {0};
    if (!port->attached(port)) {
        return; /* it left, as it was told */
    }
    enum ep0_answer answer = read_device(target->board, device);
    must(answer == EP0_ACK || (answer == EP0_NAK && may_hang(target)));
    must(answer != EP0_ACK || is_its_own(target, device));
}

static void check_comes_back(const struct target *target)
{
    struct usb_port *port = board_port(target->board);
    const struct usb_setup ask = {DFU_REQUEST_IN, DFU_GETSTATUS, 0, 0, DFU_STATUS_BYTES};
    uint8_t device[USB_DEVICE_BYTES] = {0}, bytes[DFU_STATUS_BYTES] = {0};
    uint16_t length = sizeof bytes;
    bool runtime = target->plain != NULL && target->plain->runtime.vendor != 0;
    power_cycle(target->board);
    must(port->attached(port) && read_device(target->board, device) == EP0_ACK);
    must(memcmp(device, target->device, sizeof device) == 0);
    must(usb_port_transfer(port, &ask, bytes, &length, (uint64_t)REQUEST_LIMIT_MS * TWIN_MS) ==
         EP0_ACK);
    must(length == sizeof bytes && dfu_status_get(bytes).status == DFU_OK);
    must(dfu_status_get(bytes).state == (runtime ? DFU_APP_IDLE : DFU_IDLE));
}

/* What no host may write: everything in it is still erased. */
static void check_read_only(const struct target *target)
{
    const struct plain_row *plain = target->plain;
    for (size_t i = 0; plain != NULL && i < PLAIN_PARTITIONS_MAX; i++) {
        const struct plain_partition *part = &plain->partitions[i];
        uint8_t bytes[1024];
        for (uint32_t at = 0; part->name != NULL && part->read_only && at < part->length;
             at += sizeof bytes) {
            must(board_peek(target->board, part->offset + at, bytes, sizeof bytes));
            must(bytes[0] == 0xFF && memcmp(bytes, bytes + 1, sizeof bytes - 1) == 0);
        }
    }
}

/* How inputs ended: with a device that is on the bus, or one that left it as it was told. */
struct tally {
    uint64_t inputs, left;
};

static struct tally *tally_of(void)
{
    static struct tally tally;
    return &tally;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct targets targets;
    struct input input = {bytes, length};
    uint8_t data[REQUEST_DATA_MAX];
    if (targets.count == 0) {
        find_targets(&targets);
    }
    struct target *target = &targets.all[take(&input) % targets.count];
    if (target->board == NULL) {
        build(target);
    }
    memset(data, take(&input), sizeof data);
    restore(target->board);
    for (uint32_t i = 0; i < STEPS_MAX && input.length > 0; i++) {
        step(target, &input, data);
    }
    tally_of()->inputs++;
    tally_of()->left += board_port(target->board)->attached(board_port(target->board)) ? 0 : 1;
    check_answers(target);
    check_comes_back(target);
    check_read_only(target);
    return 0;
}

bool fuzz_tell_reached(FILE *to)
{
    const struct tally *tally = tally_of();
    (void)fprintf(to, " left=%llu", (unsigned long long)tally->left);
    return tally->left > 0 && tally->left < tally->inputs;
}
