/* SPDX-License-Identifier: MIT
 * All peripherals of one chip: made from its map, wired to each other, found by address. */
#ifndef TWIN_SOC_CHIP_H
#define TWIN_SOC_CHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "twin/mem/flash.h"
#include "twin/soc/part.h"

enum {
    SOC_PARTS_MAX = 160,
    SOC_PORTS_MAX = 11,
    SOC_UID_BYTES = 12,
    SOC_USARTS_MAX = 8,
    SOC_DMAS_MAX = 2,
    SOC_NOWHERE_MAX = 64
};

struct soc_block;
struct soc_chip;

/* One peripheral of a chip's map. */
struct soc_row {
    const char *name;
    uint32_t base, bytes;
    bool (*make)(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part);
    uint32_t irq;           /* its input of the NVIC, when it has one */
    uint16_t enable_offset; /* its clock enable register in the RCC; 0: always on */
    uint8_t enable_bit;     /* the bit number of its reset is the same */
    uint32_t variant;       /* which of several equal ones, from 0; layout of registers */
};

/* A stretch of addresses where peripherals are. */
struct soc_region {
    const char *name;
    uint32_t base, bytes;
};

/* A chip as a table. */
struct soc_map {
    const char *name;
    const struct soc_row *rows;
    size_t row_count;
    const struct soc_region *regions; /* where what has no row reads 0 */
    size_t region_count;
    uint32_t reset_distance;   /* a reset register is so far below the enable register */
    const uint32_t *exti_irqs; /* NVIC inputs of EXTI lines 0..15 */
};

/* What one board and one specimen of a chip have of their own. */
struct soc_specimen {
    uint32_t hse_hz, lse_hz; /* 0: not fitted */
    uint8_t uid[SOC_UID_BYTES];
    uint64_t seed; /* of everything random */
};

/* The flash interface, for the CPU. */
struct soc_flash_port {
    void *self;
    bool (*store)(void *self, uint32_t addr, uint32_t width, uint32_t value);
    uint64_t (*busy_until)(void *self, uint32_t addr);
    bool (*check)(void *self, uint32_t addr, uint32_t length);
};

/* What peripherals tell each other. */
struct soc_nets {
    struct soc_clocks clocks;
    bool backup_writable;   /* PWR: DBP */
    bool watchdog_runs;     /* IWDG: the LSI may not stop */
    bool hardware_watchdog; /* option bytes: it runs from reset on */
    bool rtc_reset;         /* RCC: BDRST is set */
    bool overdrive;         /* SYSCFG: ODEN */
    uint8_t memory_mode;    /* SYSCFG: what is at address 0 */
    uint8_t exti_ports[16]; /* SYSCFG: the port of each EXTI line */
    void *rtc, *exti;
    struct soc_block *rcc; /* its registers */
    void *ports[SOC_PORTS_MAX];
    void *usarts[SOC_USARTS_MAX];
    void *dmas[SOC_DMAS_MAX];
    void *dmamux; /* NULL: streams choose by themselves */
    void *timers; /* a chain of all */
};

/* The peripherals of one chip. */
struct soc_chip {
    const struct soc_map *map;
    struct soc_lines lines;
    struct soc_specimen specimen;
    struct mem_flash *flash; /* the caller's */
    struct soc_part parts[SOC_PARTS_MAX];
    const struct soc_row *rows[SOC_PARTS_MAX]; /* of each part; NULL: added by hand */
    size_t part_count;
    void
        *owned[SOC_PARTS_MAX]; /* of each part: one allocated block, freed with the chip, or NULL */
    size_t last;               /* the part found last */
    const uint32_t *enables[SOC_PARTS_MAX]; /* the clock enable register of each; NULL: always on */
    struct soc_flash_port array;
    struct soc_nets nets;
    uint32_t nowhere[SOC_NOWHERE_MAX]; /* addresses without a part that were reported */
    size_t nowhere_count;
};

/* The chips there are. Source RM0090 and RM0433, "Memory map"; DS8626, DS12110 */
extern const struct soc_map soc_map_f405, soc_map_h743;

/* What a chip is made of. */
struct soc_parts {
    const struct soc_map *map;
    const struct soc_lines *lines;       /* copied */
    const struct soc_specimen *specimen; /* copied */
    struct mem_flash *flash;
};

/* Makes all peripherals whose row can. The others (of rows without a make) are the caller's to add.
 * The chip has had no power yet: soc_chip_reset(RESET_POWER_ON) comes next. It may not move in
 * memory from here on.
 *
 * Owns      soc_chip_close frees what it holds
 * Returns   false when memory ran out; the chip is then closed */
bool soc_chip_open(struct soc_chip *chip, const struct soc_parts *from);

/* Frees the peripherals. */
void soc_chip_close(struct soc_chip *chip);

/* Adds a peripheral made elsewhere. Returns false when the chip is full.
 *
 * row       its row of the map: clock enable and reset; NULL: always on
 * part      copied; its self stays the caller's and must outlive the chip */
bool soc_chip_add(struct soc_chip *chip, const struct soc_row *row, const struct soc_part *part);

/* Adds a peripheral whose self is one allocated block: the chip frees it, even when it returns
 * false, because it is full. */
bool soc_chip_own(struct soc_chip *chip, const struct soc_row *row, const struct soc_part *part);

/* Reports an address without a register, once. */
void soc_chip_report(struct soc_chip *chip, uint32_t addr);

/* Gives the row of a name in the chip's map, or NULL.
 *
 * Owns      nothing; the map keeps it */
const struct soc_row *soc_chip_row(const struct soc_chip *chip, const char *name);

/* Gives the peripheral at an address, or NULL.
 *
 * Owns      the chip keeps it */
struct soc_part *soc_chip_find(struct soc_chip *chip, uint32_t addr);

/* Reads a register. What has no clock, and what is nothing, reads 0; what is nothing is reported
 * once, as part "" at its address.
 *
 * width     1, 2 or 4 bytes */
uint32_t soc_chip_read(struct soc_chip *chip, uint32_t addr, uint32_t width);

/* Writes a register. What has no clock ignores it.
 *
 * width     1, 2 or 4 bytes */
void soc_chip_write(struct soc_chip *chip, uint32_t addr, uint32_t width, uint32_t value);

/* Resets every peripheral; what survives that cause stays. */
void soc_chip_reset(struct soc_chip *chip, enum reset_cause cause);

/* Gives the moment of the next event of any peripheral, UINT64_MAX when none is to come. */
uint64_t soc_chip_due(struct soc_chip *chip);

/* Lets the events up to the present happen. */
void soc_chip_advance(struct soc_chip *chip);

/* Stores into the flash array, as the CPU does. Returns false on a bus error.
 *
 * width     1, 2 or 4 bytes (a store of 8 bytes is two of 4) */
bool soc_chip_store_flash(struct soc_chip *chip, uint32_t addr, uint32_t width, uint32_t value);

/* Gives until when reads and fetches at a flash address stand still; a moment gone by: they do not.
 */
uint64_t soc_chip_flash_busy_until(struct soc_chip *chip, uint32_t addr);

/* Looks whether flash can be read there, and raises the error flags when not. Returns false on a
 * bus error (a word that cannot be corrected). */
bool soc_chip_check_flash(struct soc_chip *chip, uint32_t addr, uint32_t length);

/* Resets the peripherals whose bit is set in a reset register of the RCC. */
void soc_chip_reset_parts(struct soc_chip *chip, uint32_t reset_offset, uint32_t bits);

#endif
