/* SPDX-License-Identifier: MIT
 * Where the fault schedule meets the board. */
#include <string.h>

#include "core/bytes.h"
#include "core/dfu.h"
#include "twin/board/inside.h"

static bool is_download(const struct usb_setup *setup)
{
    return setup->request_type == DFU_REQUEST_OUT && setup->request == DFU_DNLOAD &&
           setup->length > 0;
}

/* Which counter a transfer raises besides its own. */
static enum fault_trigger operation_of(const struct usb_setup *setup, const uint8_t *data)
{
    if (!is_download(setup)) {
        return FAULT_ALWAYS;
    }
    if (setup->value >= DFUSE_FIRST_DATA_BLOCK) {
        return FAULT_AT_WRITE;
    }
    return setup->length == 5 && data[0] == DFUSE_ERASE ? FAULT_AT_ERASE : FAULT_ALWAYS;
}

static const struct fault *find(const struct board *board, enum fault_kind kind,
                                enum fault_trigger operation)
{
    const struct fault *fault =
        fault_find(&board->faults, kind, FAULT_AT_TRANSFER, board->transfer);
    if (fault == NULL && operation != FAULT_ALWAYS) {
        uint32_t count =
            operation == FAULT_AT_ERASE ? board->erase_commands : board->write_commands;
        fault = fault_find(&board->faults, kind, operation, count);
    }
    return fault;
}

/* Power goes in the middle of an erase: half of the sector is blank, half is as
 * before. */
static void tear(struct board *board, const struct usb_setup *setup, const uint8_t *data)
{
    struct layout_sector sector;
    if (board->rom == NULL || setup->value != DFUSE_COMMAND_BLOCK ||
        !layout_find_sector(&board->flash.layout, get_le32(data + 1), &sector)) {
        return;
    }
    memset(board->flash.cells + (sector.addr - board->rom->flash.base), 0xFF, sector.length / 2);
}

static void unplug(struct board *board, const struct fault *fault)
{
    board->unplugged = true;
    board->replug_ns =
        fault->value == 0 ? UINT64_MAX : board->time.now_ns + (uint64_t)fault->value * TWIN_MS;
}

enum board_strike board_strike(struct board *board, const struct usb_setup *setup,
                               const uint8_t *data)
{
    enum fault_trigger operation = operation_of(setup, data);
    board->transfer++;
    board->erase_commands += operation == FAULT_AT_ERASE ? 1 : 0;
    board->write_commands += operation == FAULT_AT_WRITE ? 1 : 0;
    const struct fault *cut = find(board, FAULT_POWER_CUT, operation);
    const struct fault *off = cut != NULL ? cut : find(board, FAULT_UNPLUG, operation);
    if (cut != NULL && operation == FAULT_AT_ERASE) {
        tear(board, setup, data);
    }
    if (off != NULL) {
        unplug(board, off);
        return STRIKE_GONE;
    }
    if (find(board, FAULT_DROP, operation) != NULL) {
        return STRIKE_DROP;
    }
    return find(board, FAULT_STALL, operation) != NULL ? STRIKE_STALL : STRIKE_NONE;
}

void board_corrupt(struct board *board, uint8_t *data, uint16_t length)
{
    if (length > 0 &&
        fault_find(&board->faults, FAULT_CORRUPT, FAULT_AT_TRANSFER, board->transfer) != NULL) {
        data[length / 2] ^= 0x10;
    }
}

/* One operation of the flash that a cut or a dip of the supply strikes. */
static void damage_operation(struct board *board, const struct fault *fault)
{
    static const enum mem_cut_kind cuts[FAULT_WAY_COUNT] = {
        [FAULT_WAY_BEFORE] = MEM_CUT_BEFORE,  [FAULT_WAY_LOW] = MEM_CUT_LOW_HALF,
        [FAULT_WAY_HIGH] = MEM_CUT_HIGH_HALF, [FAULT_WAY_RANDOM] = MEM_CUT_RANDOM,
        [FAULT_WAY_AFTER] = MEM_CUT_AFTER,
    };
    static const enum mem_dip_kind dips[FAULT_WAY_COUNT] = {
        [FAULT_WAY_WEAK] = MEM_DIP_WEAK,
        [FAULT_WAY_EXTRA] = MEM_DIP_EXTRA,
        [FAULT_WAY_OTHER] = MEM_DIP_OTHER,
        [FAULT_WAY_NOTHING] = MEM_DIP_NOTHING,
    };
    if (fault->kind == FAULT_POWER_CUT) {
        board->flash.cut = (struct mem_cut){fault->at, cuts[fault->way], fault->at};
    } else {
        board->flash.dip = (struct mem_dip){fault->at, dips[fault->way], fault->told, fault->at};
    }
}

void board_damage_flash(struct board *board)
{
    static const struct {
        enum fault_kind fault;
        enum mem_spot_kind spot;
    } places[] = {
        {FAULT_SLOW_SECTOR, MEM_SPOT_SLOW},
        {FAULT_STUCK_BIT, MEM_SPOT_STUCK_BIT},
        {FAULT_ERASE_NOOP, MEM_SPOT_ERASE_NOOP},
        {FAULT_WRITE_PROTECT, MEM_SPOT_PROTECTED},
    };
    for (size_t i = 0; i < board->faults.count; i++) {
        const struct fault *fault = &board->faults.faults[i];
        if (fault->trigger == FAULT_AT_FLASH) {
            damage_operation(board, fault);
        }
        for (size_t k = 0; k < sizeof places / sizeof places[0]; k++) {
            if (fault->kind == places[k].fault) {
                struct mem_spot spot = {places[k].spot, fault->at, fault->value};
                (void)mem_flash_add_spot(&board->flash, &spot);
            }
        }
    }
}
