/* SPDX-License-Identifier: MIT
 * The flash interface of an STM32F405. */
#include <stdlib.h>

#include "twin/soc/makers.h"
#include "twin/soc/registers.h"

enum row { ACR, KEYR, OPTKEYR, SR, CR, OPTCR, ROWS };
enum { EOP = 1, OPERR = 2, WRPERR = 1 << 4, PGAERR = 1 << 5, PGPERR = 1 << 6, PGSERR = 1 << 7 };
enum { ERRORS = WRPERR | PGAERR | PGPERR | PGSERR, BSY = 1 << 16 };
enum { PG = 1, SER = 2, MER = 4, STRT = 1 << 16, EOPIE = 1 << 24, ERRIE = 1 << 25 };
enum { OPTLOCK = 1, OPTSTRT = 2, WDG_SW = 1 << 5, OPTION_BITS = 0x0FFFFFEC };
enum { SECTORS = 12, ROW_BYTES = 16, RDP_NONE = 0xAA };
#define LOCK            0x80000000u
#define FACTORY_OPTIONS 0x0FFFAAEDu
#define OPTION_NS       ((uint64_t)400 * TWIN_MS) /* not published: as erasing a small sector */

/* Source RM0090 "Flash interface registers"; OPTCR as parts come from the factory */
static const struct soc_register rows[ROWS] = {
    [ACR] = {"ACR", 0x00, 0, 0x00001F07}, [KEYR] = {"KEYR", 0x04, 0, 0},
    [OPTKEYR] = {"OPTKEYR", 0x08, 0, 0},  [SR] = {"SR", 0x0C, 0, 0},
    [CR] = {"CR", 0x10, LOCK, 0},         [OPTCR] = {"OPTCR", 0x14, FACTORY_OPTIONS, 0},
};

#define MS ((uint64_t)TWIN_MS)
#define US ((uint64_t)TWIN_US)
/* Typical times by PSIZE. Source DS8626 "Flash memory programming" */
static const struct mem_speed speeds[4] = {
    {{{16384, 400 * MS}, {65536, 1200 * MS}, {131072, 2000 * MS}}, 16000 * MS, 1, 16 * US, "x8"},
    {{{16384, 300 * MS}, {65536, 700 * MS}, {131072, 1300 * MS}}, 11000 * MS, 2, 16 * US, "x16"},
    {{{16384, 250 * MS}, {65536, 550 * MS}, {131072, 1000 * MS}}, 8000 * MS, 4, 16 * US, "x32"},
    {{{16384, 230 * MS}, {65536, 490 * MS}, {131072, 875 * MS}}, 6900 * MS, 8, 16 * US, "x64"},
};

static const uint32_t keys[2] = {0x45670123u, 0xCDEF89ABu};
static const uint32_t option_keys[2] = {0x08192A3Bu, 0x4C5D6E7Fu};

/* How far a sequence of keys has come. */
enum key_state { KEY_NONE, KEY_FIRST, KEY_WRONG };

enum job { JOB_NONE, JOB_ARRAY, JOB_OPTIONS };

struct flash {
    struct soc_chip *chip;
    struct soc_block block;
    uint32_t values[ROWS];
    uint8_t key, option_key; /* enum key_state */
    enum job job;
    uint64_t end_ns;
    uint32_t addr, length; /* what changes */
    uint32_t options;      /* the option bytes, as OPTCR shows them; they survive everything */
    bool options_set;
    uint64_t resets;
    uint32_t irq;
};

static const struct soc_lines *lines_of(const struct flash *flash)
{
    return &flash->chip->lines;
}

static void update_irq(struct flash *flash)
{
    uint32_t sr = flash->values[SR], cr = flash->values[CR];
    bool level = ((sr & EOP) != 0 && (cr & EOPIE) != 0) || ((sr & OPERR) != 0 && (cr & ERRIE) != 0);
    lines_of(flash)->irq(lines_of(flash)->chip, flash->irq, level);
}

static void raise_error(struct flash *flash, uint32_t error)
{
    /* "OPERR is set only if error interrupts are enabled" */
    flash->values[SR] |= error | ((flash->values[CR] & ERRIE) != 0 ? OPERR : 0u);
    update_irq(flash);
}

/* Option bytes take effect; leaving read protection erases everything. */
static void load_options(struct flash *flash, uint32_t options)
{
    flash->options = options & OPTION_BITS;
    flash->chip->nets.hardware_watchdog = (flash->options & WDG_SW) == 0;
}

static void end_job(struct flash *flash)
{
    enum job job = flash->job;
    const struct soc_lines *lines = lines_of(flash);
    flash->job = JOB_NONE;
    flash->values[SR] &= ~(uint32_t)BSY;
    flash->values[CR] &= ~(uint32_t)STRT;
    if (job == JOB_OPTIONS) {
        flash->values[OPTCR] &= ~(uint32_t)OPTSTRT;
        load_options(flash, flash->values[OPTCR]);
    }
    if (flash->length != 0) {
        enum mem_result result = mem_flash_end(flash->chip->flash, 0);
        lines->flash_changed(lines->chip, flash->addr, flash->length);
        if (result == MEM_POWER_LOST) {
            lines->reset(lines->chip, RESET_POWER_ON);
            return;
        }
        if (result == MEM_FAILED) {
            raise_error(flash, PGSERR); /* no flag is only for this */
            return;
        }
    }
    flash->values[SR] |= (flash->values[CR] & EOPIE) != 0 ? EOP : 0u;
    update_irq(flash);
}

/* Code in RAM goes on while the array works; code in flash does not. */
static void stall(struct flash *flash)
{
    const struct soc_lines *lines = lines_of(flash);
    uint32_t pc = lines->pc == NULL ? flash->chip->flash->geometry->base : lines->pc(lines->chip);
    if (pc < 0x08000000u || mem_flash_holds(flash->chip->flash, pc, 1)) {
        lines->stall(lines->chip, flash->end_ns);
    }
}

static void begin_job(struct flash *flash, enum job job, uint64_t start_ns, uint64_t length_ns)
{
    flash->job = job;
    flash->values[SR] |= BSY;
    flash->end_ns = start_ns + length_ns;
    stall(flash);
}

/* An access that needs the array waits until it is ready. Returns the moment it goes on. */
static uint64_t wait_for_array(struct flash *flash)
{
    uint64_t now = lines_of(flash)->time->now_ns;
    if (flash->job == JOB_NONE) {
        return now;
    }
    uint64_t end = flash->end_ns > now ? flash->end_ns : now;
    end_job(flash);
    return end;
}

static void power_lost(struct flash *flash)
{
    lines_of(flash)->reset(lines_of(flash)->chip, RESET_POWER_ON);
}

static bool is_write_protected(const struct flash *flash, uint32_t first, uint32_t last)
{
    uint32_t sectors = ((2u << last) - 1) & ~((1u << first) - 1);
    return (~(flash->options >> 16) & sectors & 0xFFF) != 0;
}

/* Erases what lies from one sector to another. */
static void begin_erase(struct flash *flash, uint32_t first, uint32_t last, uint64_t length_ns)
{
    struct layout_sector from, to;
    const struct layout *layout = &flash->chip->flash->layout;
    if (!layout_get_sector(layout, first, &from) || !layout_get_sector(layout, last, &to)) {
        return;
    }
    if (is_write_protected(flash, first, last)) {
        flash->values[CR] &= ~(uint32_t)STRT;
        raise_error(flash, WRPERR);
        return;
    }
    flash->addr = from.addr;
    flash->length = to.addr + to.length - from.addr;
    if (mem_flash_begin_erase(flash->chip->flash, flash->addr, flash->length) != MEM_OK) {
        power_lost(flash);
        return;
    }
    flash->chip->flash->counters.erase_ns += length_ns;
    begin_job(flash, JOB_ARRAY, lines_of(flash)->time->now_ns, length_ns);
}

static void start(struct flash *flash)
{
    const struct mem_speed *speed = &speeds[flash->values[CR] >> 8 & 3];
    uint32_t number = flash->values[CR] >> 3 & 0xF;
    uint32_t last = layout_sector_count(&flash->chip->flash->layout) - 1;
    struct layout_sector sector;
    if ((flash->values[CR] & MER) != 0) {
        begin_erase(flash, 0, last, speed->erase_all_ns);
    } else if ((flash->values[CR] & SER) != 0 &&
               layout_get_sector(&flash->chip->flash->layout, number, &sector)) {
        uint64_t ns = mem_flash_erase_ns(flash->chip->flash, speed, sector.addr);
        begin_erase(flash, number, number, ns);
    } else {
        flash->values[CR] &= ~(uint32_t)STRT;
    }
}

static void store_cr(struct flash *flash, const struct soc_store *store)
{
    (void)wait_for_array(flash);
    if ((flash->values[CR] & LOCK) != 0) {
        return;
    }
    uint32_t bits = PG | SER | MER | 0x78 | 0x300 | STRT | EOPIE | ERRIE;
    flash->values[CR] = soc_merge(flash->values[CR], store, bits);
    flash->values[CR] |= store->value & LOCK;
    if ((store->value & STRT) != 0) {
        start(flash);
    }
    update_irq(flash);
}

static void store_optcr(struct flash *flash, const struct soc_store *store)
{
    (void)wait_for_array(flash);
    if ((flash->values[OPTCR] & OPTLOCK) != 0) {
        return;
    }
    flash->values[OPTCR] = soc_merge(flash->values[OPTCR], store, OPTION_BITS | OPTSTRT);
    flash->values[OPTCR] |= store->value & OPTLOCK;
    if ((store->value & OPTSTRT) == 0) {
        return;
    }
    bool was_protected = (flash->options >> 8 & 0xFF) != RDP_NONE;
    bool opens = was_protected && (flash->values[OPTCR] >> 8 & 0xFF) == RDP_NONE;
    uint64_t length_ns = OPTION_NS;
    flash->length = 0;
    if (opens) {
        flash->addr = flash->chip->flash->geometry->base;
        flash->length = flash->chip->flash->geometry->bytes;
        length_ns += speeds[2].erase_all_ns;
        (void)mem_flash_begin_erase(flash->chip->flash, flash->addr, flash->length);
    }
    begin_job(flash, JOB_OPTIONS, lines_of(flash)->time->now_ns, length_ns);
}

/* Two keys in order open a lock; anything else is a bus error and shuts it until the next reset. */
static void store_key(struct flash *flash, uint32_t value, bool options)
{
    uint8_t *state = options ? &flash->option_key : &flash->key;
    const uint32_t *wanted = options ? option_keys : keys;
    uint32_t *lock = &flash->values[options ? OPTCR : CR];
    uint32_t bit = options ? OPTLOCK : LOCK;
    if (*state != KEY_WRONG && (*lock & bit) == 0) {
        return;
    }
    if (*state == KEY_WRONG || value != wanted[*state]) {
        *state = KEY_WRONG;
        *lock |= bit;
        lines_of(flash)->bus_error(lines_of(flash)->chip);
    } else if (*state == KEY_NONE) {
        *state = KEY_FIRST;
    } else {
        *state = KEY_NONE;
        *lock &= ~bit;
    }
}

static bool is_done(const struct flash *flash)
{
    return flash->job != JOB_NONE && lines_of(flash)->time->now_ns >= flash->end_ns;
}

static void flash_advance(void *self)
{
    struct flash *flash = self;
    if (is_done(flash)) {
        end_job(flash);
    }
}

static uint64_t flash_due(void *self)
{
    const struct flash *flash = self;
    return flash->job == JOB_NONE ? UINT64_MAX : flash->end_ns;
}

static uint32_t flash_read(void *self, uint32_t offset, uint32_t width)
{
    struct flash *flash = self;
    flash_advance(flash);
    return soc_block_read(&flash->block, offset, width);
}

static void flash_write(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    struct flash *flash = self;
    struct soc_store store = soc_store(offset, width, value);
    flash_advance(flash);
    switch (soc_block_write(&flash->block, &store)) {
    case KEYR: store_key(flash, store.value, false); break;
    case OPTKEYR: store_key(flash, store.value, true); break;
    case SR:
        flash->values[SR] &= ~(store.value & (EOP | OPERR | ERRORS));
        update_irq(flash);
        break;
    case CR: store_cr(flash, &store); break;
    case OPTCR: store_optcr(flash, &store); break;
    default: break;
    }
}

static uint32_t store_error(const struct flash *flash, uint32_t addr, uint32_t width)
{
    struct layout_sector sector;
    const struct layout *layout = &flash->chip->flash->layout;
    if ((flash->values[CR] & PG) == 0) {
        return PGSERR;
    }
    if (addr % ROW_BYTES + width > ROW_BYTES) {
        return PGAERR;
    }
    if (width != 1u << (flash->values[CR] >> 8 & 3)) {
        return PGPERR;
    }
    bool known = layout_find_sector(layout, addr, &sector);
    return known && is_write_protected(flash, sector.index, sector.index) ? WRPERR : 0;
}

static bool flash_store(void *self, uint32_t addr, uint32_t width, uint32_t value)
{
    struct flash *flash = self;
    uint8_t data[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                       (uint8_t)(value >> 24)};
    uint64_t start_ns = wait_for_array(flash);
    uint32_t error = store_error(flash, addr, width);
    if (error != 0) {
        raise_error(flash, error);
        return true;
    }
    flash->addr = addr;
    flash->length = width;
    if (mem_flash_begin_program(flash->chip->flash, addr, data, width) != MEM_OK) {
        power_lost(flash);
        return true;
    }
    uint64_t length_ns = mem_flash_program_ns(&speeds[flash->values[CR] >> 8 & 3], width);
    flash->chip->flash->counters.program_ns += length_ns;
    begin_job(flash, JOB_ARRAY, start_ns, length_ns);
    return true;
}

static uint64_t flash_busy_until(void *self, uint32_t addr)
{
    const struct flash *flash = self;
    (void)addr;
    return flash->job == JOB_NONE ? 0 : flash->end_ns;
}

static bool flash_check(void *self, uint32_t addr, uint32_t length)
{
    (void)self;
    (void)addr;
    (void)length;
    return true;
}

static void flash_reset(void *self, enum reset_cause cause)
{
    struct flash *flash = self;
    (void)cause;
    if (flash->job != JOB_NONE && flash->length != 0) {
        mem_flash_interrupt(flash->chip->flash, flash->chip->specimen.seed + ++flash->resets);
        lines_of(flash)->flash_changed(lines_of(flash)->chip, flash->addr, flash->length);
    }
    flash->job = JOB_NONE;
    flash->key = flash->option_key = KEY_NONE;
    soc_block_reset(&flash->block);
    load_options(flash, flash->options_set ? flash->options : FACTORY_OPTIONS);
    flash->options_set = true;
    flash->values[OPTCR] = flash->options | OPTLOCK;
    update_irq(flash);
}

bool soc_flash_f4_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part)
{
    struct flash *flash = calloc(1, sizeof *flash);
    if (flash == NULL) {
        return false;
    }
    flash->chip = chip;
    flash->irq = row->irq;
    flash->block = (struct soc_block){rows, ROWS, flash->values, row->name, &chip->lines};
    chip->array = (struct soc_flash_port){flash, flash_store, flash_busy_until, flash_check};
    part->self = flash;
    part->read = flash_read;
    part->write = flash_write;
    part->reset = flash_reset;
    part->due = flash_due;
    part->advance = flash_advance;
    return true;
}
