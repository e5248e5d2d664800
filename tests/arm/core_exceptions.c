/* SPDX-License-Identifier: MIT
 * Programs for an ARM core about exceptions: order, masks, frames, stacks. */
#include "tests/arm/inside.h"

void do_svc(void)
{
    register uint32_t result __asm__("r0") = 1;
    __asm__ volatile("svc #42" : "+r"(result)::"memory");
    note(result);
}

void do_order(void)
{
    BYTE(0xE000E405) = 0x80;
    BYTE(0xE000E406) = MODE == 0 ? 0x80 : 0x40;
    note(REGISTER(0xE000E404));
    ISER0 = 3 << 5;
    MODE = 5;
    STIR = 5;
    __asm__ volatile("dsb\n isb");
}

void do_nest(void)
{
    MODE = 1;
    do_order();
}

void do_no_nest(void)
{
    MODE = 0;
    do_order();
}

void do_primask(void)
{
    MODE = 0;
    ISER0 = 3 << 5;
    __asm__ volatile("cpsid i");
    ISPR0 = 1 << 6;
    note(1);
    __asm__ volatile("cpsie i\n nop\n nop\n cpsid i");
    note(2);
    ICSR = 1u << 28;
    note(3);
    __asm__ volatile("cpsie i\n isb");
    note(4);
}

static void set_basepri(uint32_t value)
{
    __asm__ volatile("msr basepri, %0\n isb" ::"r"(value) : "memory");
}

void do_basepri(void)
{
    MODE = 0;
    BYTE(0xE000E405) = 0x80;
    BYTE(0xE000E406) = 0x40;
    ISER0 = 3 << 5;
    set_basepri(0x60);
    ISPR0 = 3 << 5;
    __asm__ volatile("dsb\n isb");
    note(1);
    set_basepri(0);
    note(2);
}

void do_process(void)
{
    SHCSR = 7 << 16;
    MODE = 2;
    __asm__ volatile("msr psp, %0\n msr control, %1\n isb\n" ::"r"(PROCESS_STACK), "r"(3)
                     : "memory");
    __asm__ volatile("mov r0, sp\n svc #1\n mov r1, %0\n ldr r1, [r1]" ::"r"(0xE000ED00)
                     : "r0", "r1", "memory");
    uint32_t sp;
    __asm__ volatile("mov %0, sp" : "=r"(sp));
    note(control());
    note(sp == PROCESS_STACK);
    __asm__ volatile("cpsid i"); /* has no effect */
    finish();
}

void do_float(void)
{
    MODE = 0xF;
    REGISTER(0xE000ED88) = 0xF << 20;
    __asm__ volatile("vmov s0, %0\n vmov s15, %1\n vmov s31, %1" ::"r"(0x3F800000),
                     "r"(0x40490FDB));
    note(control());
    ICSR = 1u << 28;
    __asm__ volatile("dsb\n isb");
    uint32_t first;
    uint32_t last;
    __asm__ volatile("vmov %0, s0\n vmov %1, s15" : "=r"(first), "=r"(last));
    note(first);
    note(last);
    note(control());
    __asm__ volatile("svc #3" ::: "r0", "memory");
}

/* The frame stays below the stack; PSR is 8 bytes below a stack that is not aligned. */
void do_align(void)
{
    uint32_t before;
    uint32_t after;
    uint32_t psr;
    __asm__ volatile("mov r4, sp\n bic r0, r4, #7\n sub r0, #4\n mov sp, r0\n mov %0, sp\n"
                     "svc #9\n mov %1, sp\n ldr %2, [sp, #-8]\n mov sp, r4"
                     : "=&r"(before), "=&r"(after), "=&r"(psr)::"r0", "r4", "memory");
    note(before == after);
    note(psr >> 9 & 1);
}

void do_level(void)
{
    ISER0 = 1 << 7;
    note(1);
    __asm__ volatile("wfi\n isb");
}

void do_nmi(void)
{
    __asm__ volatile("cpsid f");
    ICSR = 1u << 31;
    __asm__ volatile("dsb\n isb");
    note(1);
}
