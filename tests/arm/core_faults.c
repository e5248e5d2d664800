/* SPDX-License-Identifier: MIT
 * Programs for an ARM core that go wrong, or see others do so. */
#include "tests/arm/inside.h"

void do_ignored(void)
{
    register uint32_t value __asm__("r3") = 7;
    CCR |= 1 << 8;
    __asm__ volatile("cpsid f\n ldr %0, [%1]\n cpsie f\n" : "+r"(value) : "r"(0x70000000));
    note(1);
    note(CFSR);
    __asm__ volatile("cpsid f\n ldr %0, [%1]\n cpsie f\n" : "+r"(value) : "r"(0x5FFF0000));
    note(2);
    MODE = 2;
    __asm__ volatile("ldr r3, [%0]" ::"r"(0x5FFF0000) : "r3");
    note(3);
}

void do_undefined(void)
{
    MODE = 2;
    SHCSR = 1 << 18;
    __asm__ volatile("movs r0, #1\n movs r1, #2\n udf #0\n movs r0, #3" ::: "r0", "r1");
    SHCSR = 0;
    __asm__ volatile("udf #0");
    MODE = 4;
    __asm__ volatile("udf.w #0");
}

void do_bus_fault(void)
{
    MODE = 2;
    SHCSR = 1 << 17;
    register uint32_t value __asm__("r2") = 7;
    __asm__ volatile("movs r3, #1\n adds r3, #2\n ldr %0, [%1]\n adds r3, #3\n"
                     : "+r"(value)
                     : "r"(0x50000000)
                     : "r3");
    note(value);
    note(BFAR);
    __asm__ volatile("movs r3, #1\n adds r3, #2\n str %0, [%1]\n" ::"r"(value), "r"(0x70000004)
                     : "r3");
    note(BFAR);
    __asm__ volatile("str %0, [%1]\n" ::"r"(value), "r"(0x08004000));
    note(BFAR);
}

/* A fault, and a call of the supervisor, in the middle of IT blocks. */
void do_it(void)
{
    register uint32_t a __asm__("r4") = 0;
    SHCSR = 7 << 16;
    MODE = 2;
    __asm__ volatile("movs r5, #0\n cmp r5, #0\n"
                     "itete eq\n ldreq r6, [%1]\n movne %0, #1\n addeq %0, #8\n addne %0, #16\n"
                     "cmp r5, #1\n"
                     "itett eq\n addeq %0, #32\n addne %0, #64\n addeq %0, #128\n addeq %0, #1\n"
                     : "+r"(a)
                     : "r"(0x50000000)
                     : "r5", "r6");
    note(a);
    __asm__ volatile("movs r5, #0\n cmp r5, #0\n itee eq\n svceq #7\n addne %0, #1\n addne %0, #2\n"
                     : "+r"(a)::"r0", "r5", "memory");
    note(a);
}

void do_breakpoint(void)
{
    MODE = 2;
    __asm__ volatile("bkpt #0");
}

void do_lock_up(void)
{
    MODE = MODE_STUCK;
    __asm__ volatile("udf #0");
}

__attribute__((naked)) static void bad_return(void)
{
    __asm__ volatile("push {r4, lr}\n mov r0, #0\n pop {r4, lr}\n mvn r0, #4\n bx r0");
}

void do_bad_return(void)
{
    VTOR = 0x20002000;
    for (uint32_t i = 0; i < 32; i++) {
        REGISTER(0x20002000 + 4 * i) = REGISTER(0x08000000 + 4 * i);
    }
    REGISTER(0x20002000 + 4 * 11) = (uint32_t)bad_return;
    MODE = MODE_FINISH;
    __asm__ volatile("dsb\n svc #1");
    note(1);
}

void do_unaligned(void)
{
    MODE = 2;
    SHCSR = 1 << 18;
    __asm__ volatile("ldr r3, [%0]" ::"r"(0x40001005) : "r3");
    REGISTER(0x20000900) = 0x11223344;
    REGISTER(0x20000904) = 0x55667788;
    note(*(volatile uint32_t *)0x20000901);
}

void do_no_thumb(void)
{
    SHCSR = 1 << 18;
    MODE = MODE_FINISH;
    __asm__ volatile("mov r0, %0\n bx r0" ::"r"(0x08000100) : "r0");
}

void do_fetch(void)
{
    SHCSR = 7 << 16;
    MODE = MODE_FINISH;
    __asm__ volatile("mov r0, %0\n bx r0" ::"r"(0x60000001) : "r0");
}

/* Reads flash that the test has spoilt, and flash beside it. */
void do_spoilt(void)
{
    MODE = 2;
    SHCSR = 1 << 17;
    register uint32_t value __asm__("r2") = 7;
    __asm__ volatile("movs r3, #0\n ldr %0, [%1]\n" : "+r"(value) : "r"(0x08020020) : "r3");
    note(value);
    note(BFAR);
    note(REGISTER(0x08020040));
    CCR |= 1 << 8;
    __asm__ volatile("cpsid f\n ldr %0, [%1]\n cpsie f\n" : "+r"(value) : "r"(0x08020020));
    note(value);
}

/* The FPU is off after a reset. */
void do_no_fpu(void)
{
    MODE = 4;
    SHCSR = 1 << 18;
    __asm__ volatile("movs r0, #1\n movs r1, #2\n vmov s0, r0\n movs r0, #3" ::: "r0", "r1");
    REGISTER(0xE000ED88) = 0xF << 20;
    __asm__ volatile("dsb\n isb\n movs r0, #1\n vmov s0, r0" ::: "r0");
    note(control());
    __asm__ volatile("cpsid i");
    REGISTER(0xE000ED88) = 0;
    __asm__ volatile("dsb\n isb\n movs r0, #1\n vmov s0, r0" ::: "r0");
}
