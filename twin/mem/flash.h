/* SPDX-License-Identifier: MIT
 * The physics of a flash array: what erase and program do to the cells, and how
 * long they take. */
#ifndef TWIN_MEM_FLASH_H
#define TWIN_MEM_FLASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/layout.h"

enum { MEM_ERASE_SIZES_MAX = 8, MEM_SPOTS_MAX = 8, MEM_BANKS_MAX = 2, MEM_UNIT_MAX = 32 };

/* Typical erase time of a sector of some size. */
struct mem_erase_time {
    uint32_t sector_bytes;
    uint64_t ns;
};

/* Times at one program parallelism. */
struct mem_speed {
    struct mem_erase_time erase[MEM_ERASE_SIZES_MAX]; /* ends at sector_bytes 0 */
    uint64_t erase_all_ns;
    uint32_t unit_bytes; /* programmed at once */
    uint64_t unit_ns;
    const char *source;
};

/* One kind of flash array. */
struct mem_geometry {
    uint32_t base, bytes;
    uint32_t bank_bytes;     /* banks work independently; == bytes for one bank */
    uint32_t ecc_word_bytes; /* programmed whole and only once between erases; 0:
                                bits can only clear */
    const char *layout;      /* sectors, as a memory-layout string */
};

/* Something wrong with one place of the array. */
enum mem_spot_kind {
    MEM_SPOT_SLOW,       /* erasing its sector takes value times as long */
    MEM_SPOT_STUCK_BIT,  /* bit number value of the byte reads 0, whatever was done
                          */
    MEM_SPOT_ERASE_NOOP, /* erasing its sector changes nothing */
    MEM_SPOT_PROTECTED,  /* neither erase nor program change its sector, no error
                            is raised */
};

struct mem_spot {
    enum mem_spot_kind kind;
    uint32_t addr;
    uint32_t value;
};

/* Work done since the array was made. */
struct mem_counters {
    uint64_t erase_ns, program_ns;
    uint32_t erases, programs; /* sectors; units or words */
};

/* What a loss of power leaves of the operation that it strikes. */
enum mem_cut_kind {
    MEM_CUT_NONE,
    MEM_CUT_BEFORE,    /* nothing was done */
    MEM_CUT_LOW_HALF,  /* the lower half of the unit is programmed, of the sector erased */
    MEM_CUT_HIGH_HALF, /* the upper half */
    MEM_CUT_RANDOM,    /* a part of the bits that should change did */
    MEM_CUT_AFTER,     /* everything was done, nobody was told */
};

/* A loss of power to come. Operations are counted from 1; an operation is one erase (of a sector,
 * or of many at once) or one programmed unit. */
struct mem_cut {
    uint64_t at_operation; /* 0: never */
    enum mem_cut_kind kind;
    uint64_t seed; /* which bits changed */
};

/* What a dip of the supply, too short for a reset, makes of the operation that it strikes. */
enum mem_dip_kind {
    MEM_DIP_NONE,
    MEM_DIP_WEAK,    /* a part of the bits that should change did not */
    MEM_DIP_EXTRA,   /* they did, and some bits that should read 1 read 0 */
    MEM_DIP_OTHER,   /* other data was programmed, with its ECC; an erased sector holds some */
    MEM_DIP_NOTHING, /* nothing was done */
};

/* A brown-out to come: one operation is done wrong, and the chip goes on. Counted as for a cut. */
struct mem_dip {
    uint64_t at_operation; /* 0: never */
    enum mem_dip_kind kind;
    bool told;     /* the operation ends with MEM_FAILED, as a controller that noticed does */
    uint64_t seed; /* which bits */
};

/* An operation that has begun. */
struct mem_operation {
    bool active, erases;
    bool struck;             /* the power is lost in it */
    bool dipped;             /* the supply dips in it */
    uint32_t offset, length; /* from the start of the array, in bytes */
    uint8_t data[MEM_UNIT_MAX];
};

/* Somebody who is told of every operation when it begins, and may look at anything but change
 * nothing. One that a loss of power comes before does not begin. */
struct mem_watch {
    void (*begun)(void *context, const struct mem_operation *operation); /* NULL: nobody */
    void *context;
};

struct mem_flash {
    const struct mem_geometry *geometry;
    struct layout layout;
    uint8_t *cells;
    uint8_t *words; /* with ECC: one enum mem_word a word */
    struct mem_spot spots[MEM_SPOTS_MAX];
    size_t spot_count;
    struct mem_counters counters;
    uint32_t unit_bytes; /* without ECC: programmed at once, 1..MEM_UNIT_MAX; 4 when opened */
    struct mem_operation operations[MEM_BANKS_MAX];
    uint64_t operation_count; /* begun since the array was made; may be set to 0 */
    struct mem_cut cut;       /* set it, and power is lost there */
    struct mem_dip dip;       /* set it, and one operation goes wrong there */
    struct mem_watch watch;   /* set it, and be told */
    bool power_lost;          /* nothing is erased or programmed until it is cleared */
};

enum mem_result {
    MEM_OK,
    MEM_OUTSIDE,    /* not in the array */
    MEM_ECC,        /* a word cannot be corrected: a bus error on the chip */
    MEM_BUSY,       /* its bank has an operation under way */
    MEM_POWER_LOST, /* the chip has no power (any more) */
    MEM_FAILED,     /* the controller noticed that the operation went wrong */
};

/* Makes a blank array. Returns false when memory ran out. */
bool mem_flash_open(struct mem_flash *flash, const struct mem_geometry *geometry);

/* Frees what the array holds. */
void mem_flash_close(struct mem_flash *flash);

/* Adds a damaged place. Returns false when there are MEM_SPOTS_MAX already. */
bool mem_flash_add_spot(struct mem_flash *flash, const struct mem_spot *spot);

/* Replaces all cells; words that are not blank count as properly programmed.
 *
 * data      geometry->bytes bytes */
void mem_flash_load(struct mem_flash *flash, const uint8_t *data);

/* Says that cells of a range were set from outside: their words count as
 * properly programmed. */
void mem_flash_refresh(struct mem_flash *flash, uint32_t addr, uint32_t length);

/* Tells whether a range lies in the array. */
bool mem_flash_holds(const struct mem_flash *flash, uint32_t addr, uint32_t length);

/* Gives the bank (0, 1) of an address of the array. */
uint32_t mem_flash_bank(const struct mem_flash *flash, uint32_t addr);

/* Gives the time that erasing the sector at addr takes, slow spots included; 0
 * outside. */
uint64_t mem_flash_erase_ns(const struct mem_flash *flash, const struct mem_speed *speed,
                            uint32_t addr);

/* Gives the time that programming takes. */
uint64_t mem_flash_program_ns(const struct mem_speed *speed, uint32_t length);

/* Erases the sector that holds addr, all at once. Returns false outside, when power is lost, and
 * when the operation went wrong and that was noticed. */
bool mem_flash_erase(struct mem_flash *flash, uint32_t addr);

/* Programs bytes, all at once: without ECC bits are cleared; with ECC each word that is
 * touched is programmed whole, filled with 0xFF, and a word that was not blank
 * becomes uncorrectable unless the bytes are those it holds. Goes on after a unit that failed.
 *
 * Returns   MEM_OK, MEM_OUTSIDE, MEM_POWER_LOST, MEM_FAILED
 * Source    RM0090 "Programming", RM0433 "FLASH program operations" */
enum mem_result mem_flash_program(struct mem_flash *flash, uint32_t addr, const uint8_t *data,
                                  uint32_t length);

/* Begins to erase every sector that the range touches; the cells stay as they are until
 * mem_flash_end.
 *
 * length    1.. bytes; the range lies in one bank
 * Returns   MEM_OK, MEM_OUTSIDE, MEM_BUSY, MEM_POWER_LOST */
enum mem_result mem_flash_begin_erase(struct mem_flash *flash, uint32_t addr, uint32_t length);

/* Begins to program one unit; the cells stay as they are until mem_flash_end.
 *
 * length    1..MEM_UNIT_MAX bytes; with ECC they lie in one word
 * Returns   MEM_OK, MEM_OUTSIDE, MEM_BUSY, MEM_POWER_LOST */
enum mem_result mem_flash_begin_program(struct mem_flash *flash, uint32_t addr, const uint8_t *data,
                                        uint32_t length);

/* Ends the operation of a bank; without one nothing happens. A cut that strikes it tears the
 * operation of the other bank as well.
 *
 * bank      0..MEM_BANKS_MAX-1
 * Returns   MEM_OK, MEM_POWER_LOST, MEM_FAILED */
enum mem_result mem_flash_end(struct mem_flash *flash, uint32_t bank);

/* Tears the operations that have begun, as a reset or a loss of power between begin and end does.
 *
 * seed      which bits changed */
void mem_flash_interrupt(struct mem_flash *flash, uint64_t seed);

/* Finds the first word of a range that cannot be corrected. Returns false when there is none.
 *
 * bad_addr  the start of the word; may be NULL */
bool mem_flash_find_bad(const struct mem_flash *flash, uint32_t addr, uint32_t length,
                        uint32_t *bad_addr);

/* Reads bytes. data is untouched on failure.
 *
 * Returns   MEM_OK, MEM_OUTSIDE, MEM_ECC
 * Source    RM0433 "Error code correction": blank words never raise an error */
enum mem_result mem_flash_read(const struct mem_flash *flash, uint32_t addr, uint8_t *data,
                               uint32_t length);

#endif
