/* SPDX-License-Identifier: MIT
 * The inside of the core, shared by its files. */
#ifndef TWIN_CPU_INSIDE_H
#define TWIN_CPU_INSIDE_H

#include <unicorn/unicorn.h>

#include "twin/cpu/cpu.h"

enum {
    CPU_REGIONS_MAX = 64,
    CPU_HOOKS = 5,
    CPU_CLEAN = 1024,
    CPU_BLOCK_MAX = 4096,
    CPU_UNDO_MAX = 32
};

/* A range of the bus. */
struct cpu_region {
    uint32_t base, bytes;
    uint8_t *host; /* NULL: on the bus */
    bool writable;
};

/* What a store to read-only memory has to leave there. */
struct cpu_undo {
    uint8_t *host;
    uint32_t bytes;
    uint8_t old[8];
};

enum { CPU_PAGE_SHIFT = 12, CPU_PAGES = 1 << (32 - CPU_PAGE_SHIFT) };

struct cpu {
    uc_engine *engine;
    struct cpu_bus bus;
    struct cpu_region regions[CPU_REGIONS_MAX];
    uint32_t region_count;
    uint32_t region_last;     /* where the last search ended */
    uc_hook hooks[CPU_HOOKS]; /* the last for loads, once something is guarded */
    bool asks;

    uint64_t count;            /* instructions begun */
    uint64_t limit;            /* at which the next instruction is looked at closer */
    uint64_t budget_end;       /* at which the core stops */
    bool watch, unmasked;      /* an instruction that may change the masks has just run */
    bool fpu;                  /* is on */
    bool plain;                /* the block under way needs no closer look */
    bool has_float;            /* the block under way has instructions of the FPU */
    bool no_fpu;               /* stopped before one */
    uint32_t clean[CPU_CLEAN]; /* addresses of blocks in read-only memory that have none */
    bool stopped;              /* on purpose, by a hook */
    uint32_t stop_pc;          /* where it should have stopped */
    uint32_t pc;               /* of the instruction under way */
    uint32_t origin;           /* from where code has run straight on to pc */
    uint32_t block_end;
    uint8_t start_it, origin_it; /* IT state at the start, at origin */
    bool first_block;
    bool pc_written;  /* PC was set from outside the engine */
    uint32_t next_pc; /* where it goes on */

    int32_t interrupt; /* that the engine reported, -1: none */
    uint32_t bad_addr;
    bool unaligned;       /* why an access was refused */
    uint32_t taken_addr;  /* of the load that the bus has answered */
    uint64_t taken_value; /* its answer */
    struct cpu_undo undo[CPU_UNDO_MAX];
    uint32_t undo_count;
    struct cpu_masks kept;      /* as last seen from privileged code */
    uint32_t ran_page;          /* the page set last in ran */
    uint8_t ran[CPU_PAGES / 8]; /* bit n: code of page n has run since it was last forgotten */
};

/* Finds the region of an address, or NULL.
 *
 * Owns      the core keeps it */
const struct cpu_region *cpu_find_region(struct cpu *cpu, uint32_t addr);

/* Takes back what the engine itself has stored into read-only memory. */
void cpu_undo_stores(struct cpu *cpu);

/* The halfword of code at an address, 0 outside memory. */
uint16_t cpu_code_at(struct cpu *cpu, uint32_t addr);

/* Tells whether the instruction at an address is one of the FPU. */
bool cpu_code_is_float(struct cpu *cpu, uint32_t addr);

/* Tells whether an instruction may change what masks interrupts. */
bool cpu_code_unmasks(struct cpu *cpu, uint32_t addr);

/* Tells whether a block has neither such instructions nor any of the FPU. */
bool cpu_block_is_plain(struct cpu *cpu, uint32_t addr, uint32_t bytes);

/* The bytes of an instruction: 2 or 4. */
uint32_t cpu_code_length(uint16_t first);

/* The IT state (ITSTATE[7:0]) before the instruction at addr, that code has reached straight on
 * from cpu->origin. */
uint8_t cpu_it_state(struct cpu *cpu, uint32_t addr);

/* ITSTATE after one more instruction. */
uint8_t cpu_it_advance(uint8_t state);

/* ITSTATE as it lies in xPSR, and out of it. */
uint32_t cpu_it_to_xpsr(uint8_t state);
uint8_t cpu_it_from_xpsr(uint32_t xpsr);

/* The engine's registers, by its own numbers. */
uint32_t cpu_raw_get(struct cpu *cpu, int number);
void cpu_raw_set(struct cpu *cpu, int number, uint32_t value);

/* Sets xPSR whole, and lets the engine notice the change of mode. */
void cpu_set_xpsr(struct cpu *cpu, uint32_t xpsr);

#endif
