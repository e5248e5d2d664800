/* SPDX-License-Identifier: MIT
 * An ARMv7-M core without its peripherals: runs code, enters and leaves exceptions when told. */
#ifndef TWIN_CPU_CPU_H
#define TWIN_CPU_CPU_H

#include <stdbool.h>
#include <stdint.h>

enum cpu_model { CPU_M4, CPU_M7 };

/* Why the core stopped. Except for CPU_BUDGET, a reason is something to do before it goes on. */
enum cpu_stop {
    CPU_BUDGET,     /* the budget is used up, or cpu_attend was called, or masks changed */
    CPU_WFI,        /* waits for an interrupt; PC is after the instruction */
    CPU_WFE,        /* waits for an event; PC is after the instruction */
    CPU_SVC,        /* PC is after the instruction */
    CPU_BKPT,       /* PC is at the instruction, as for all that follow */
    CPU_RETURN,     /* an exception return: cpu_leave is due */
    CPU_UNDEFINED,  /* no such instruction */
    CPU_NO_FPU,     /* an instruction of the FPU, which is off */
    CPU_NO_THUMB,   /* EPSR.T is 0 */
    CPU_UNALIGNED,  /* an access that has to be aligned is not */
    CPU_BAD_DATA,   /* bus error of a load or store: cpu_bad_addr */
    CPU_BAD_FETCH,  /* bus error of an instruction fetch */
    CPU_NO_EXECUTE, /* the address is never executable */
};

/* What lies outside plain memory. Addresses are absolute, width is 1, 2 or 4 bytes. A result of
 * false is a bus error, and the instruction has had no effect. */
struct cpu_bus {
    void *self;
    bool (*read)(void *self, uint32_t addr, uint32_t width, uint32_t *value);
    bool (*write)(void *self, uint32_t addr, uint32_t width, uint32_t value);
    bool (*guard)(void *self, uint32_t addr, uint32_t width); /* may guarded memory be read? */
};

/* PRIMASK, FAULTMASK (0, 1) and BASEPRI (0: none). */
struct cpu_masks {
    uint8_t primask, faultmask, basepri;
};

/* How an exception is entered. */
struct cpu_entry {
    uint32_t number;       /* 2.. */
    uint32_t vector_table; /* VTOR */
    bool align;            /* CCR.STKALIGN */
};

/* How entering or leaving an exception went. */
enum cpu_result {
    CPU_OK,
    CPU_STACK_ERROR,  /* bus error while stacking or unstacking */
    CPU_VECTOR_ERROR, /* bus error while the vector was read */
    CPU_RETURN_ERROR, /* no valid exception return: INVPC */
};

/* General registers by number; the rest by name. */
enum cpu_register {
    CPU_SP = 13,
    CPU_LR = 14,
    CPU_PC = 15,
    CPU_XPSR,
    CPU_MSP,
    CPU_PSP,
    CPU_CONTROL,
    CPU_FPSCR,
};

struct cpu;

/* Makes a core without memory.
 *
 * bus       copied
 * Returns   NULL when memory ran out or the engine refuses
 * Owns      the result: cpu_close */
struct cpu *cpu_open(enum cpu_model model, const struct cpu_bus *bus);

/* Frees a core; NULL is nothing. */
void cpu_close(struct cpu *cpu);

/* Lets memory appear on the bus, executable. The same memory may appear at several addresses.
 *
 * base      multiple of 4096, as bytes
 * host      stays as long as the core
 * writable  false: stores go to bus->write
 * Returns   false when there is something already */
bool cpu_map_memory(struct cpu *cpu, uint32_t base, uint32_t bytes, uint8_t *host, bool writable);

/* Sends accesses of a range to the bus. base and bytes: multiples of 4096. */
bool cpu_map_io(struct cpu *cpu, uint32_t base, uint32_t bytes);

/* Asks bus->guard before each load from read-only memory, or no more. Not while the core runs.
 *
 * base      multiple of 4096, as bytes */
void cpu_guard(struct cpu *cpu, uint32_t base, uint32_t bytes, bool on);

/* Says that memory was changed behind the core's back. Not while the core runs. */
void cpu_code_changed(struct cpu *cpu, uint32_t base, uint32_t bytes);

/* Tells whether code of the pages of a range has run since cpu_code_changed for them. What has not
 * run need not be forgotten, and forgetting is slow. */
bool cpu_code_ran(const struct cpu *cpu, uint32_t base, uint32_t bytes);

/* Puts the core into its state after a reset, SP and PC from the vector table.
 *
 * Returns   CPU_OK, CPU_VECTOR_ERROR
 * Source    ARMv7-M ARM, "Reset behavior" */
enum cpu_result cpu_reset(struct cpu *cpu, uint32_t vector_table);

/* Runs at most budget instructions, at least one.
 *
 * budget    1.. instructions
 * watch     stop too after an instruction that may have changed the masks */
enum cpu_stop cpu_run(struct cpu *cpu, uint64_t budget, bool watch);

/* Switches the FPU on or off: off after cpu_open. Not while the core runs. */
void cpu_set_fpu(struct cpu *cpu, bool on);

/* From a bus function: stops the core before its next instruction. */
void cpu_attend(struct cpu *cpu);

/* Gives the instructions begun since cpu_open, the one under way included. */
uint64_t cpu_count(const struct cpu *cpu);

/* Gives the address behind the last CPU_BAD_DATA or CPU_BAD_FETCH. */
uint32_t cpu_bad_addr(const struct cpu *cpu);

/* Gives the address of the instruction under way or last begun. */
uint32_t cpu_pc(const struct cpu *cpu);

/* Steps over the instruction at PC without carrying it out. */
void cpu_skip(struct cpu *cpu);

/* Gives the masks, whatever the privilege of the code that runs. */
struct cpu_masks cpu_masks(struct cpu *cpu);

/* Clears FAULTMASK; in Handler mode only. */
void cpu_clear_faultmask(struct cpu *cpu);

/* Gives the number of the exception that is handled, 0 in Thread mode. */
uint32_t cpu_ipsr(struct cpu *cpu);

/* Tells whether the code that runs is privileged. */
bool cpu_privileged(struct cpu *cpu);

/* Registers, for tests and traces.
 *
 * number    0..15 or enum cpu_register */
uint32_t cpu_get(struct cpu *cpu, uint32_t number);
void cpu_set(struct cpu *cpu, uint32_t number, uint32_t value);

/* Gives or sets a single-precision register of the FPU, 0..31, as its bits. */
uint32_t cpu_get_float(struct cpu *cpu, uint32_t number);
void cpu_set_float(struct cpu *cpu, uint32_t number, uint32_t bits);

/* Enters an exception: stacks a frame (with the FPU's registers when CONTROL.FPCA is set), and goes
 * on in Handler mode at the vector. Whatever goes wrong, the mode has changed.
 *
 * Returns   CPU_OK, CPU_STACK_ERROR, CPU_VECTOR_ERROR
 * Source    ARMv7-M ARM, "Exception entry behavior" */
enum cpu_result cpu_enter(struct cpu *cpu, const struct cpu_entry *entry);

/* Says where the exception return that is due goes: to Thread mode or an exception. PC holds it.
 *
 * Returns   false when it is no value of EXC_RETURN */
bool cpu_return_valid(struct cpu *cpu, bool *to_thread);

/* Leaves an exception by the EXC_RETURN value in PC: unstacks what cpu_enter stacked.
 *
 * Returns   CPU_OK, CPU_STACK_ERROR, CPU_RETURN_ERROR; still in Handler mode unless CPU_OK
 * Source    ARMv7-M ARM, "Exception return behavior" */
enum cpu_result cpu_leave(struct cpu *cpu);

/* Reads or writes a word as the core would, aligned. Returns false on a bus error. */
bool cpu_load(struct cpu *cpu, uint32_t addr, uint32_t *value);
bool cpu_store(struct cpu *cpu, uint32_t addr, uint32_t value);

#endif
