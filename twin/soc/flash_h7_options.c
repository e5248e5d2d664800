/* SPDX-License-Identifier: MIT
 * The locks of the flash interface of an STM32H743 and its option bytes. */
#include "twin/soc/flash_h7.h"

enum { OPT_BUSY = 1, IWDG1_SW = 1 << 4, RDP_NONE = 0xAA, LAST_SECTOR = 7 };
enum { FACTORY_WPSN = 0xFF, FACTORY_AREA = 0xFF };
#define FACTORY_OPTSR 0x1006AAF0u
#define FACTORY_BOOT  0x1FF00800u
#define OPTION_NS     ((uint64_t)200 * TWIN_MS) /* not published */

static const uint32_t option_keys[2] = {0x08192A3Bu, 0x4C5D6E7Fu};

/* Registers that show option bytes, and those that hold what is to be written. */
static const struct {
    uint8_t current, wanted;
} pairs[] = {
    {FLASH_OPTSR_CUR, FLASH_OPTSR_PRG}, {FLASH_PRAR_CUR, FLASH_PRAR_PRG},
    {FLASH_SCAR_CUR, FLASH_SCAR_PRG},   {FLASH_WPSN_CUR, FLASH_WPSN_PRG},
    {FLASH_BOOT_CUR, FLASH_BOOT_PRG},
};
enum { PAIRS = sizeof pairs / sizeof pairs[0] };

static uint32_t *shared(struct flash_h7 *flash, uint32_t row)
{
    return &flash->banks[0].values[row];
}

static void copy_pairs(struct flash_h7 *flash, bool to_current)
{
    for (uint32_t bank = 0; bank < FLASH_BANKS; bank++) {
        uint32_t *values = flash->banks[bank].values;
        for (uint32_t i = 0; i < PAIRS; i++) {
            uint32_t from = to_current ? pairs[i].wanted : pairs[i].current;
            values[to_current ? pairs[i].current : pairs[i].wanted] = values[from];
        }
    }
}

static void take_effect(struct flash_h7 *flash)
{
    bool software = (*shared(flash, FLASH_OPTSR_CUR) & IWDG1_SW) != 0;
    flash->chip->nets.hardware_watchdog = !software;
}

static bool is_read_protected(uint32_t optsr)
{
    return (optsr >> 8 & 0xFF) != RDP_NONE;
}

static void erase_everything(struct flash_h7 *flash)
{
    for (uint32_t bank = 0; bank < FLASH_BANKS; bank++) {
        flash_h7_begin_erase(flash, bank, 0, LAST_SECTOR);
    }
}

/* "Both FLASH_CR1/2 and FLASH_OPTCR must be unlocked" */
static void mass_erase(struct flash_h7 *flash)
{
    uint32_t locks = flash->banks[0].values[FLASH_CR] | flash->banks[1].values[FLASH_CR];
    if ((locks & FLASH_LOCK) == 0) {
        erase_everything(flash);
    }
}

static void store_optcr(struct flash_h7 *flash, const struct soc_store *store)
{
    uint32_t *optcr = shared(flash, FLASH_OPTCR);
    if ((*optcr & FLASH_OPTLOCK) != 0) {
        return;
    }
    *optcr = soc_merge(*optcr, store, FLASH_OPTLOCK | 1u << 30);
    if ((store->value & FLASH_MER) != 0) {
        mass_erase(flash);
    }
    if ((store->value & FLASH_OPTSTART) != 0 && !flash->options_busy) {
        flash->options_busy = true;
        flash->options_end_ns = flash->chip->lines.time->now_ns + OPTION_NS;
        *shared(flash, FLASH_OPTSR_CUR) |= OPT_BUSY;
        if (is_read_protected(*shared(flash, FLASH_OPTSR_CUR)) &&
            !is_read_protected(*shared(flash, FLASH_OPTSR_PRG))) {
            erase_everything(flash);
        }
    }
}

void flash_h7_store_option(struct flash_h7 *flash, uint32_t row, const struct soc_store *store)
{
    if (row == FLASH_OPTKEYR) {
        flash_h7_store_key(flash, &flash->option_key, shared(flash, FLASH_OPTCR), option_keys,
                           store->value);
    } else if (row == FLASH_OPTCR) {
        store_optcr(flash, store);
    }
}

void flash_h7_advance_options(struct flash_h7 *flash)
{
    if (flash->options_busy && flash->chip->lines.time->now_ns >= flash->options_end_ns) {
        flash->options_busy = false;
        copy_pairs(flash, true);
        *shared(flash, FLASH_OPTSR_CUR) &= ~(uint32_t)OPT_BUSY;
        take_effect(flash);
    }
}

/* Option bytes are cells of their own: no reset changes them. */
void flash_h7_load_options(struct flash_h7 *flash)
{
    for (uint32_t bank = 0; bank < FLASH_BANKS && !flash->powered; bank++) {
        uint32_t *values = flash->banks[bank].values;
        values[FLASH_OPTSR_CUR] = FACTORY_OPTSR;
        values[FLASH_BOOT_CUR] = FACTORY_BOOT;
        values[FLASH_WPSN_CUR] = FACTORY_WPSN;
        values[FLASH_PRAR_CUR] = values[FLASH_SCAR_CUR] = FACTORY_AREA;
    }
    flash->powered = true;
    flash->options_busy = false;
    *shared(flash, FLASH_OPTSR_CUR) &= ~(uint32_t)OPT_BUSY;
    copy_pairs(flash, false);
    *shared(flash, FLASH_OPTCR) = FLASH_OPTLOCK;
    flash->option_key = FLASH_KEY_NONE;
    take_effect(flash);
}

void flash_h7_store_key(struct flash_h7 *flash, uint8_t *state, uint32_t *lock,
                        const uint32_t *wanted, uint32_t value)
{
    bool open = (*lock & FLASH_LOCK) == 0;
    if (open || *state == FLASH_KEY_WRONG || value != wanted[*state]) {
        *state = FLASH_KEY_WRONG;
        *lock |= FLASH_LOCK;
        flash->chip->lines.bus_error(flash->chip->lines.chip);
    } else if (*state == FLASH_KEY_NONE) {
        *state = FLASH_KEY_FIRST;
    } else {
        *state = FLASH_KEY_NONE;
        *lock &= ~(uint32_t)FLASH_LOCK;
    }
}
