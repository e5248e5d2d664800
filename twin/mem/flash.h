/* SPDX-License-Identifier: MIT
 * The physics of a flash array: what erase and program do to the cells, and how
 * long they take. */
#ifndef TWIN_MEM_FLASH_H
#define TWIN_MEM_FLASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/layout.h"

enum { MEM_ERASE_SIZES_MAX = 8, MEM_SPOTS_MAX = 8 };

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

struct mem_flash {
    const struct mem_geometry *geometry;
    struct layout layout;
    uint8_t *cells;
    uint8_t *words; /* with ECC: one enum mem_word a word */
    struct mem_spot spots[MEM_SPOTS_MAX];
    size_t spot_count;
    struct mem_counters counters;
};

enum mem_result {
    MEM_OK,
    MEM_OUTSIDE, /* not in the array */
    MEM_ECC,     /* a word cannot be corrected: a bus error on the chip */
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

/* Erases the sector that holds addr, all at once. Returns false outside. */
bool mem_flash_erase(struct mem_flash *flash, uint32_t addr);

/* Programs bytes: without ECC bits are cleared; with ECC each word that is
 * touched is programmed whole, filled with 0xFF, and a word that was not blank
 * becomes uncorrectable unless the bytes are those it holds.
 *
 * Returns   MEM_OK, MEM_OUTSIDE
 * Source    RM0090 "Programming", RM0433 "FLASH program operations" */
enum mem_result mem_flash_program(struct mem_flash *flash, uint32_t addr, const uint8_t *data,
                                  uint32_t length);

/* Reads bytes. data is untouched on failure.
 *
 * Returns   MEM_OK, MEM_OUTSIDE, MEM_ECC
 * Source    RM0433 "Error code correction": blank words never raise an error */
enum mem_result mem_flash_read(const struct mem_flash *flash, uint32_t addr, uint8_t *data,
                               uint32_t length);

#endif
