/* SPDX-License-Identifier: MIT
 * The DFU requests of a lying device: the standard's machine, bent by its moods. */
#include <string.h>

#include "core/bytes.h"
#include "core/crc32.h"
#include "tests/hostile/liar.h"

enum {
    COMMAND_CHECKSUM = 0xC0,
    COMMAND_PREPARE = 0xC1,
    RANGED_BYTES = 9,
    INFO_BYTES = 24,
    CHECKSUM_BYTES_MAX = 1 << 20,
    ERASE_BYTES = 16384, /* a sector of this device, whatever its layout says */
    RETURN_MS_MAX = 3000,
};

static const uint64_t ns_per_ms = 1000000;

static bool has_mood(const struct liar *liar, enum liar_mood mood)
{
    return (liar->temper.moods & (uint32_t)mood) != 0;
}

static enum bus_result stall(struct liar_machine *machine, uint8_t status)
{
    machine->state = DFU_ERROR;
    machine->status = status;
    return BUS_STALL;
}

/* The device leaves the bus for its application, and comes back or not. */
static enum bus_result leave(struct liar *liar, struct liar_device *device)
{
    liar_unplug(liar, device);
    if (chance_below(&liar->chance, 2) == 0) {
        device->returns_ns =
            liar->now_ns + (1 + chance_below(&liar->chance, RETURN_MS_MAX)) * ns_per_ms;
    }
    return BUS_GONE;
}

static void begin_work(struct liar *liar, struct liar_machine *machine)
{
    static const uint32_t times_ms[] = {0, 0, 0, 1, 5, 30, 400, 1500};
    machine->works = true;
    machine->jobs++;
    machine->done_ns = liar->now_ns + CHANCE_PICK(&liar->chance, times_ms) * ns_per_ms;
    if (has_mood(liar, MOOD_BUSY_FOREVER) && machine->jobs >= machine->jobs_until_forever) {
        machine->done_ns = UINT64_MAX;
    }
}

static void bend_status(struct liar *liar, const struct liar_machine *machine,
                        struct dfu_status *status)
{
    static const uint32_t polls[] = {0, 1, 100, 1000, 30000, 100000, 0xFFFFFF};
    struct chance *chance = &liar->chance;
    if (has_mood(liar, MOOD_ABSURD_POLL)) {
        status->poll_timeout_ms = CHANCE_PICK(chance, polls);
    }
    if (has_mood(liar, MOOD_STUCK_STATE)) {
        status->state = machine->stuck_state;
    }
    if (!chance_permille(chance, liar->temper.status_permille)) {
        return;
    }
    switch (chance_below(chance, 4)) {
    case 0: status->state = (uint8_t)chance_below(chance, 12); break;
    case 1: status->status = (uint8_t)chance_below(chance, 17); break;
    case 2: status->poll_timeout_ms = CHANCE_PICK(chance, polls); break;
    default:
        status->state = (uint8_t)chance_next(chance);
        status->string_index = (uint8_t)chance_next(chance);
        break;
    }
}

static void step_status(struct liar *liar, struct liar_machine *machine)
{
    bool over = !machine->works || liar->now_ns >= machine->done_ns;
    switch (machine->state) {
    case DFU_DNLOAD_SYNC: machine->state = DFU_DNBUSY; break;
    case DFU_DNBUSY: machine->state = over ? DFU_DNLOAD_IDLE : DFU_DNBUSY; break;
    case DFU_MANIFEST_SYNC: machine->state = DFU_MANIFEST; break;
    case DFU_MANIFEST:
        machine->state =
            (uint8_t)(chance_below(&liar->chance, 2) == 0 ? DFU_MANIFEST_WAIT_RESET : DFU_IDLE);
        break;
    default: break;
    }
    machine->works = machine->works && !over;
}

static enum bus_result get_status(struct liar *liar, struct liar_device *device, uint8_t *data,
                                  uint16_t *actual)
{
    struct liar_machine *machine = &device->machine;
    bool busy = machine->works && liar->now_ns < machine->done_ns;
    if (machine->state == DFU_MANIFEST_SYNC && !has_mood(liar, MOOD_NEVER_LEAVES) &&
        chance_below(&liar->chance, 2) == 0) {
        return leave(liar, device);
    }
    if (busy && has_mood(liar, MOOD_STALLS_WHEN_BUSY)) {
        return BUS_STALL;
    }
    step_status(liar, machine);
    struct dfu_status status = {machine->status, busy ? 10u : 0u, machine->state, 0};
    uint8_t bytes[DFU_STATUS_BYTES];
    bend_status(liar, machine, &status);
    dfu_status_put(&status, bytes);
    *actual = *actual < DFU_STATUS_BYTES ? *actual : DFU_STATUS_BYTES;
    memcpy(data, bytes, *actual);
    return BUS_OK;
}

/* What a command does to the memory; the host's view of it is noted whether it is done or not. */
static void obey(struct liar *liar, struct liar_machine *machine, const uint8_t *data,
                 uint16_t length)
{
    uint32_t addr = length >= 5 ? get_le32(data + 1) : 0;
    bool all = data[0] == DFUSE_ERASE && length == 1;
    switch (data[0]) {
    case DFUSE_SET_ADDRESS: machine->pointer = addr; return;
    case DFUSE_ERASE:
    case COMMAND_PREPARE:
        for (uint32_t i = 0; i < (all ? LIAR_WINDOW_BYTES : ERASE_BYTES); i++) {
            uint32_t at = (addr + i) % LIAR_WINDOW_BYTES;
            liar->cells[at] = has_mood(liar, MOOD_ERASES_NOTHING) ? liar->cells[at] : 0xFF;
        }
        break;
    case COMMAND_CHECKSUM:
        machine->checksum_addr = addr;
        machine->checksum_length = length >= RANGED_BYTES ? get_le32(data + 5) : 0;
        return;
    default: break;
    }
    if (all || data[0] == DFUSE_READ_UNPROTECT) {
        liar_claim_write(liar, 0, UINT32_MAX);
    } else if (data[0] == COMMAND_PREPARE && length >= RANGED_BYTES) {
        liar_claim_write(liar, addr, get_le32(data + 5));
    } else {
        liar_claim_erase(liar, machine->alternate, addr);
    }
}

/* Where the host thinks that a block goes: a plain device counts blocks, the others have a pointer
 * and count from block 2. */
static uint32_t place_of(const struct liar *liar, const struct liar_machine *machine,
                         const struct usb_setup *setup)
{
    const struct device_traits *traits =
        liar->device != NULL ? device_get_traits(liar->device) : NULL;
    if (traits != NULL && !traits->is_dfuse) {
        return setup->value * (uint32_t)traits->block_bytes;
    }
    return machine->pointer +
           (uint32_t)(setup->value - DFUSE_FIRST_DATA_BLOCK) * (uint32_t)setup->length;
}

static bool is_dfuse(const struct liar *liar)
{
    return liar->device == NULL || device_get_traits(liar->device)->is_dfuse;
}

static enum bus_result download(struct liar *liar, struct liar_device *device,
                                const struct usb_setup *setup, const uint8_t *data)
{
    struct liar_machine *machine = &device->machine;
    if (machine->state != DFU_IDLE && machine->state != DFU_DNLOAD_IDLE) {
        return stall(machine, DFU_ERR_STALLEDPKT);
    }
    if (setup->length == 0) {
        machine->state = DFU_MANIFEST_SYNC;
        return BUS_OK;
    }
    if (is_dfuse(liar) && setup->value == 0) {
        obey(liar, machine, data, setup->length);
    } else {
        uint32_t addr = place_of(liar, machine, setup);
        liar_claim_download(liar, addr, data, setup->length);
        for (uint32_t i = 0; i < setup->length && !has_mood(liar, MOOD_WRITES_NOTHING); i++) {
            liar->cells[(addr + i) % LIAR_WINDOW_BYTES] = data[i];
        }
    }
    machine->state = DFU_DNLOAD_SYNC;
    begin_work(liar, machine);
    return BUS_OK;
}

static uint16_t list_commands(struct liar *liar, uint8_t *data, uint16_t room)
{
    static const uint8_t commands[] = {DFUSE_GET_COMMANDS,   DFUSE_SET_ADDRESS, DFUSE_ERASE,
                                       DFUSE_READ_UNPROTECT, COMMAND_CHECKSUM,  COMMAND_PREPARE};
    uint16_t length = room < sizeof commands ? room : sizeof commands;
    memcpy(data, commands, length);
    if (has_mood(liar, MOOD_EXTENSION_LIES)) {
        length = (uint16_t)chance_below(&liar->chance, room + 1u);
        chance_fill(&liar->chance, data, length);
    }
    return length;
}

static uint32_t compute_checksum(struct liar *liar, const struct liar_machine *machine)
{
    uint32_t crc = CRC32_START;
    uint32_t length = machine->checksum_length;
    length = length < CHECKSUM_BYTES_MAX ? length : CHECKSUM_BYTES_MAX;
    for (uint32_t i = 0; i < length; i++) {
        crc = crc32_update(crc, &liar->cells[(machine->checksum_addr + i) % LIAR_WINDOW_BYTES], 1);
    }
    return has_mood(liar, MOOD_CHECKSUM_LIES) ? (uint32_t)chance_next(&liar->chance) : crc;
}

static uint16_t describe_itself(struct liar *liar, const struct liar_machine *machine,
                                uint8_t *data, uint16_t room)
{
    uint8_t info[INFO_BYTES] = {'d', 'f', 'u', 'k', 1, 0, 4, 0};
    uint16_t length = room < INFO_BYTES ? room : INFO_BYTES;
    put_le32(info + 8, 0x08020000);
    put_le32(info + 12, 0x00100000);
    put_le32(info + 16, 0x000E0000);
    if (has_mood(liar, MOOD_EXTENSION_LIES)) {
        chance_fill(&liar->chance, info + 4 + chance_below(&liar->chance, 16), 4);
    }
    put_le32(info + 20, compute_checksum(liar, machine));
    memcpy(data, info, length);
    if (length == INFO_BYTES) {
        liar_claim_checksum(liar, machine->checksum_addr, machine->checksum_length,
                            get_le32(info + 20));
    }
    return length;
}

static void read_memory(struct liar *liar, const struct kind *kind, uint32_t addr, uint8_t *data,
                        uint16_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        bool id = kind->id_addr != 0 && addr + i == kind->id_addr;
        data[i] = id ? kind->id : liar->cells[(addr + i) % LIAR_WINDOW_BYTES];
    }
    if (has_mood(liar, MOOD_RANDOM_READS)) {
        chance_fill(&liar->chance, data, length);
    }
}

static enum bus_result upload(struct liar *liar, struct liar_device *device,
                              const struct usb_setup *setup, uint8_t *data, uint16_t *actual)
{
    struct liar_machine *machine = &device->machine;
    if (machine->state != DFU_IDLE && machine->state != DFU_UPLOAD_IDLE) {
        return stall(machine, DFU_ERR_STALLEDPKT);
    }
    if (is_dfuse(liar) && setup->value == 0) {
        *actual = list_commands(liar, data, setup->length);
    } else if (is_dfuse(liar) && setup->value == 1) {
        *actual = describe_itself(liar, machine, data, setup->length);
    } else {
        uint32_t addr = place_of(liar, machine, setup);
        bool over = !is_dfuse(liar) && addr >= LIAR_WINDOW_BYTES;
        *actual = over && !has_mood(liar, MOOD_ENDLESS_UPLOAD) ? 0 : setup->length;
        read_memory(liar, &device->kind, addr, data, *actual);
    }
    machine->state = (uint8_t)(*actual < setup->length ? DFU_IDLE : DFU_UPLOAD_IDLE);
    return BUS_OK;
}

/* An application that is told to detach does so now, or at the next reset of the port. */
static enum bus_result detach(struct liar *liar, struct liar_device *device)
{
    device->detaching = true;
    return chance_below(&liar->chance, 2) == 0 ? BUS_OK : leave(liar, device);
}

enum bus_result liar_dfu(struct liar *liar, struct liar_device *device,
                         const struct usb_setup *setup, uint8_t *data, uint16_t *actual)
{
    struct liar_machine *machine = &device->machine;
    switch (setup->request) {
    case DFU_GETSTATUS: return get_status(liar, device, data, actual);
    case DFU_DNLOAD: return download(liar, device, setup, data);
    case DFU_UPLOAD: return upload(liar, device, setup, data, actual);
    case DFU_DETACH: return detach(liar, device);
    case DFU_GETSTATE:
        *actual = *actual < 1 ? *actual : 1;
        memcpy(data, &machine->state, *actual);
        return BUS_OK;
    case DFU_CLRSTATUS:
    case DFU_ABORT:
        machine->state = DFU_IDLE;
        machine->status = DFU_OK;
        machine->works = false;
        return BUS_OK;
    default: return stall(machine, DFU_ERR_STALLEDPKT);
    }
}
