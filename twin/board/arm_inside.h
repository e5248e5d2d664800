/* SPDX-License-Identifier: MIT
 * The inside of an ARM guest, shared by its files. */
#ifndef TWIN_BOARD_ARM_INSIDE_H
#define TWIN_BOARD_ARM_INSIDE_H

#include "twin/board/arm.h"
#include "twin/cpu/cpu.h"
#include "twin/soc/dwt.h"
#include "twin/soc/nvic.h"
#include "twin/soc/scb.h"
#include "twin/soc/systick.h"

enum {
    ARM_CORE_PARTS = SOC_SCB_PARTS + SOC_DWT_PARTS + 2,
    ARM_SYSTICK = 0,
    ARM_CACHE = 64,
    ARM_REPORTS_MAX = 64
};
enum { ARM_TIMED_MAX = 128, ARM_HIDDEN_MAX = 8 };
enum { ARM_SPIN_REGISTERS = 15 }; /* R0 to LR */
enum { ARM_PAGE = 4096, ARM_PAGES_MAX = 1024, ARM_BANKS = 2 };

/* The load from a peripheral that came last, and how often it came in succession. */
struct arm_spin {
    uint32_t pc, addr, value;
    uint32_t turns;
    uint32_t registers[ARM_SPIN_REGISTERS];
};

struct arm {
    struct guest guest; /* first: the guest is the machine */
    struct arm_config config;
    struct arm_around around;
    struct cpu *cpu;
    struct twin_time time; /* of this chip */
    struct soc_lines lines;
    struct soc_nvic nvic;
    struct soc_scb scb;
    struct soc_systick systick;
    struct soc_dwt dwt;
    struct soc_part core_parts[ARM_CORE_PARTS];
    const struct soc_part *cache[ARM_CACHE];     /* the part last found for such an address */
    const struct soc_part *timed[ARM_TIMED_MAX]; /* of the parts around, those with events */
    uint32_t timed_count;
    const struct soc_part *hidden[ARM_HIDDEN_MAX]; /* of these, those without registers */
    uint32_t hidden_count;
    uint8_t *rams[ARM_RAMS_MAX];

    uint64_t anchor_ns, anchor_count; /* from where the core's time is reckoned */
    uint32_t hz;                      /* of the core */
    uint64_t slice_end_ns;
    uint64_t stall_ns;     /* the core stands still until then */
    uint64_t stall_cycles; /* and has done so for as many cycles */
    bool running;          /* code is being run: time follows the core's count */
    bool watched;          /* it stops after an instruction that may unmask */

    bool reset_wanted, core_reset_wanted, system_wanted;
    enum reset_cause reset_cause;
    bool sleeping, for_event; /* WFI or WFE */
    bool event;               /* the event register */
    uint64_t wfe_end_ns;      /* WFE may end for no reason, and does then */
    bool locked;
    bool bus_error;          /* of the access under way */
    bool busy;               /* the access under way has to wait for the flash */
    bool guarded[ARM_BANKS]; /* reads have to ask, as the bank is or was just busy */
    uint64_t guard_end_ns[ARM_BANKS];
    uint8_t page_bad[ARM_PAGES_MAX];
    uint8_t *known_flash;          /* what the engine may have translated; NULL: no memory for it */
    uint32_t dirty_from, dirty_to; /* flash whose code has changed; equal: none */
    uint32_t stored_from, stored_to; /* RAM that was not stored to by the core; equal: none */
    uint32_t reported[ARM_REPORTS_MAX];
    uint32_t report_count;
    struct arm_counts counts;
    struct arm_spin spin;
};

/* The functions that the core calls for what is not memory. */
struct cpu_bus arm_make_bus(struct arm *arm);

/* Sends the pages of the parts, the bit-band aliases and the private peripherals to the bus. */
bool arm_map_parts(struct arm *arm);

/* Notes what a load from a peripheral gave: a loop that waits is paused. Not for registers that
 * change as time goes. */
void arm_notice_load(struct arm *arm, uint32_t addr, uint32_t value);

/* Notes that a store may have changed something: what waits now has just begun to. */
void arm_notice_store(struct arm *arm);

/* Tells the log, once for each key; the second of text and an address, once for each address. */
void arm_report(struct arm *arm, uint32_t key, const char *text);
void arm_report_at(struct arm *arm, uint32_t addr, const char *text);

/* Brings the chip's time up to the instruction that the core is at. */
void arm_update_time(struct arm *arm);

/* Reckons the core's time from now on anew, at the present clock. */
void arm_anchor(struct arm *arm);

/* The next event of the parts. */
uint64_t arm_due(struct arm *arm);

/* Lets the events up to now happen. */
void arm_advance(struct arm *arm);

/* Masks as the NVIC wants them. */
struct soc_masks arm_masks(struct arm *arm);

/* Enters an exception that is pending or was raised. */
void arm_take(struct arm *arm, uint32_t number);

/* Handles what made the core stop. */
void arm_handle_stop(struct arm *arm, enum cpu_stop stop);

/* Puts the core, and what belongs to it, into the state after a reset. */
void arm_reset_core(struct arm *arm, enum reset_cause cause);

/* At a reset: finds what was changed behind the code's back. What is as before stays translated,
 * for the engine keeps the memory of translations that are thrown away. */
void arm_look_at_flash(struct arm *arm);

/* Guards the flash that cannot be read now, and forgets code that has changed. */
void arm_settle_flash(struct arm *arm);

/* Tells whether a bank has become busy since arm_settle_flash. */
bool arm_flash_has_turned(struct arm *arm);

/* Notes that what the CPU may read or run from flash has changed. */
void arm_mark_flash(void *chip, uint32_t addr, uint32_t length);

/* Reads or stores memory as a DMA controller does. Returns false where there is none, and for a
 * store outside RAM. */
bool arm_move_memory(void *chip, uint32_t addr, uint8_t *data, uint32_t length, bool store);

/* Forgets code in RAM that was overwritten behind the core's back. */
void arm_settle_ram(struct arm *arm);

/* Makes the core's own peripherals, and the lines for all others. */
void arm_make_core_parts(struct arm *arm);

/* Makes RAM, and lets memory appear on the bus. */
bool arm_map_memories(struct arm *arm);

/* Runs. */
enum guest_stop arm_run(struct arm *arm, uint64_t until_ns);

#endif
