/* SPDX-License-Identifier: MIT
 * The flash interface of an STM32H743: what its files share. */
#ifndef TWIN_SOC_FLASH_H7_H
#define TWIN_SOC_FLASH_H7_H

#include "twin/soc/makers.h"
#include "twin/soc/registers.h"

enum { FLASH_BANKS = 2, FLASH_WORD_BYTES = 32 };

enum flash_h7_row {
    FLASH_ACR,
    FLASH_KEYR,
    FLASH_OPTKEYR,
    FLASH_CR,
    FLASH_SR,
    FLASH_CCR,
    FLASH_OPTCR,
    FLASH_OPTSR_CUR,
    FLASH_OPTSR_PRG,
    FLASH_OPTCCR,
    FLASH_PRAR_CUR,
    FLASH_PRAR_PRG,
    FLASH_SCAR_CUR,
    FLASH_SCAR_PRG,
    FLASH_WPSN_CUR,
    FLASH_WPSN_PRG,
    FLASH_BOOT_CUR,
    FLASH_BOOT_PRG,
    FLASH_CRCCR,
    FLASH_CRCSADD,
    FLASH_CRCEADD,
    FLASH_CRCDATA,
    FLASH_ECC_FA,
    FLASH_ROWS
};

/* Bits of CR. */
enum {
    FLASH_LOCK = 1 << 0,
    FLASH_PG = 1 << 1,
    FLASH_SER = 1 << 2,
    FLASH_BER = 1 << 3,
    FLASH_FW = 1 << 6,
    FLASH_START = 1 << 7,
};

/* Bits of SR. */
enum {
    FLASH_BSY = 1 << 0,
    FLASH_WBNE = 1 << 1,
    FLASH_QW = 1 << 2,
    FLASH_EOP = 1 << 16,
    FLASH_WRPERR = 1 << 17,
    FLASH_PGSERR = 1 << 18,
    FLASH_STRBERR = 1 << 19,
    FLASH_INCERR = 1 << 21,
    FLASH_OPERR = 1 << 22,
    FLASH_DBECCERR = 1 << 26,
    FLASH_FLAGS = 0x1FEF0000,
};

/* Bits of OPTCR. */
enum { FLASH_OPTLOCK = 1, FLASH_OPTSTART = 2, FLASH_MER = 1 << 4 };

/* How far a sequence of keys has come. */
enum flash_key { FLASH_KEY_NONE, FLASH_KEY_FIRST, FLASH_KEY_WRONG };

/* One bank: it works on its own. */
struct flash_h7_bank {
    struct soc_block block;
    uint32_t values[FLASH_ROWS]; /* what both banks share is in bank 0 */
    uint32_t base;
    uint8_t key; /* enum flash_key */
    bool busy;
    uint64_t end_ns;
    uint32_t addr, length;      /* what changes */
    uint32_t word_addr, filled; /* the write buffer: one bit a byte */
    uint8_t word[FLASH_WORD_BYTES];
};

struct flash_h7 {
    struct soc_chip *chip;
    struct flash_h7_bank banks[FLASH_BANKS];
    uint32_t irq;
    uint8_t option_key; /* enum flash_key */
    bool options_busy, powered;
    uint64_t options_end_ns;
    uint64_t resets;
};

/* Tells whether a register exists once for both banks. */
bool flash_h7_is_shared(uint32_t row);

/* Works the interrupt line. */
void flash_h7_update_irq(struct flash_h7 *flash);

/* Erases sectors first..last of a bank; a protected one prevents it. */
void flash_h7_begin_erase(struct flash_h7 *flash, uint32_t bank, uint32_t first, uint32_t last);

/* Two keys in order open a lock (a bit of a register); anything else is a bus error and shuts it
 * until the next reset.
 *
 * keys      the two */
void flash_h7_store_key(struct flash_h7 *flash, uint8_t *state, uint32_t *lock,
                        const uint32_t *keys, uint32_t value);

/* A store to the registers of the option bytes. */
void flash_h7_store_option(struct flash_h7 *flash, uint32_t row, const struct soc_store *store);

/* The option bytes are written when their time has come. */
void flash_h7_advance_options(struct flash_h7 *flash);

/* Gives the registers what the option bytes hold, as every reset does. */
void flash_h7_load_options(struct flash_h7 *flash);

#endif
