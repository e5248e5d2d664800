/* SPDX-License-Identifier: MIT
 * What the programs for an ARM core share: the core's registers, notes. */
#ifndef TESTS_ARM_INSIDE_H
#define TESTS_ARM_INSIDE_H

#include <stdint.h>

#include "tests/arm/programs.h"

#define REGISTER(addr) (*(volatile uint32_t *)(addr))
#define BYTE(addr)     (*(volatile uint8_t *)(addr))
#define NOTES          ((volatile uint32_t *)0x20000000) /* their count, then the notes */
#define MODE           REGISTER(0x20000400)              /* what the next fault handler does */

enum { STACK_TOP = 0x20008000, PROCESS_STACK = 0x20004000 };
enum { MODE_FINISH = 0x100, MODE_STUCK };

#define ICSR         REGISTER(0xE000ED04)
#define VTOR         REGISTER(0xE000ED08)
#define AIRCR        REGISTER(0xE000ED0C)
#define SCR          REGISTER(0xE000ED10)
#define CCR          REGISTER(0xE000ED14)
#define SHCSR        REGISTER(0xE000ED24)
#define CFSR         REGISTER(0xE000ED28)
#define HFSR         REGISTER(0xE000ED2C)
#define BFAR         REGISTER(0xE000ED38)
#define ISER0        REGISTER(0xE000E100)
#define ISPR0        REGISTER(0xE000E200)
#define STIR         REGISTER(0xE000EF00)
#define SYSTICK_CTRL REGISTER(0xE000E010)
#define SYSTICK_LOAD REGISTER(0xE000E014)
#define SYSTICK_VAL  REGISTER(0xE000E018)

static inline void note(uint32_t value)
{
    uint32_t count = NOTES[0];
    NOTES[1 + count] = value;
    NOTES[0] = count + 1;
}

static inline __attribute__((noreturn)) void finish(void)
{
    note(ARM_NOTE_DONE);
    for (;;) {
        __asm__ volatile("cpsid i\n wfi");
    }
}

static inline uint32_t ipsr(void)
{
    uint32_t value;
    __asm__ volatile("mrs %0, ipsr" : "=r"(value));
    return value;
}

static inline uint32_t control(void)
{
    uint32_t value;
    __asm__ volatile("mrs %0, control" : "=r"(value));
    return value;
}

#define DECLARE(name) void do_##name(void);
ARM_PROGRAMS(DECLARE)

#endif
