/* SPDX-License-Identifier: MIT
 * Programs for an ARM core about memory, registers and time. */
#include "tests/arm/inside.h"

static void start_systick(uint32_t load, uint32_t bits)
{
    SYSTICK_LOAD = load;
    SYSTICK_VAL = 0;
    SYSTICK_CTRL = bits;
}

void do_sleep(void)
{
    start_systick(15999, 7);
    __asm__ volatile("wfi");
    note(1);
    __asm__ volatile("cpsid i\n wfi");
    note(2);
    note(ICSR >> 26 & 1);
    __asm__ volatile("cpsie i\n isb");
    note(3);
    __asm__ volatile("wfe\n wfe");
    note(4);
    SYSTICK_CTRL = 0;
}

void do_sleep_on_exit(void)
{
    SCR = 2;
    start_systick(15999, 7);
    __asm__ volatile("wfi");
    note(1);
}

void do_systick(void)
{
    start_systick(99, 5);
    while ((SYSTICK_CTRL & 1 << 16) == 0) {
    }
    note(1);
    note(SYSTICK_CTRL & 1 << 16);
    note(SYSTICK_VAL <= 99);
    uint32_t first = SYSTICK_VAL;
    __asm__ volatile("nop\n nop\n nop\n nop");
    uint32_t passed = first - SYSTICK_VAL;
    note(passed > 0x80000000 ? passed + 100 : passed);
    SYSTICK_CTRL = 0;
    first = SYSTICK_VAL;
    note(first - SYSTICK_VAL);
}

/* Waits for a register: with nothing else to do, and counting. */
void do_poll(void)
{
    volatile uint32_t *gadget = (volatile uint32_t *)0x40001000;
    uint32_t turns = 0;
    while (gadget[1] == 0) {
    }
    note(gadget[2]);
    gadget[1] = 0;
    gadget[0] = 1;
    while (gadget[1] == 0) {
        turns++;
    }
    note(gadget[2]);
    note(turns);
}

void do_cycles(void)
{
    volatile uint32_t *cyccnt = (volatile uint32_t *)0xE0001004;
    note(*cyccnt);
    REGISTER(0xE000EDFC) = 1 << 24;
    REGISTER(0xE0001000) |= 1;
    uint32_t first = *cyccnt;
    __asm__ volatile("nop\n nop\n nop\n nop\n nop\n nop\n nop\n nop\n nop\n nop");
    note(*cyccnt - first);
    *cyccnt = 0;
    note(*cyccnt < 20);
}

void do_reset(void)
{
    if (REGISTER(0x20000800) == 0x1234) {
        REGISTER(0x20000800) = 0;
        NOTES[0] = 1;
        note(SHCSR);
        note(VTOR);
        finish();
    }
    REGISTER(0x20000800) = 0x1234;
    SHCSR = 7 << 16;
    VTOR = 0x08000000;
    note(0x77);
    AIRCR = 0x05FA0004;
    for (;;) {
    }
}

void do_core_reset(void)
{
    if (REGISTER(0x20000800) == 0x1234) {
        REGISTER(0x20000800) = 0;
        note(2);
        finish();
    }
    REGISTER(0x20000800) = 0x1234;
    VTOR = 0x08000000;
    note(1);
    AIRCR = 0x05FA0001;
    for (;;) {
    }
}

void do_bit_band(void)
{
    REGISTER(0x20000900) = 0;
    REGISTER(0x22000000 + 0x900 * 32 + 9 * 4) = 1;
    note(REGISTER(0x20000900));
    BYTE(0x22000000 + 0x900 * 32 + 31 * 4) = 1;
    note(REGISTER(0x20000900));
    note(REGISTER(0x22000000 + 0x900 * 32 + 9 * 4));
    note(REGISTER(0x22000000 + 0x900 * 32 + 10 * 4));
    REGISTER(0x22000000 + 0x900 * 32 + 9 * 4) = 0;
    note(REGISTER(0x20000900));
    REGISTER(0x42000000 + 0x1004 * 32 + 3 * 4) = 1;
    note(REGISTER(0x40001004));
}

void do_registers(void)
{
    note(REGISTER(0xE000ED00));
    BYTE(0xE000ED23) = 0xFF;
    BYTE(0xE000ED1F) = 0x73;
    note(REGISTER(0xE000ED20));
    note(REGISTER(0xE000ED1C));
    REGISTER(0xE000ED84) = 1;
    note(REGISTER(0xE000ED80));
    note(REGISTER(0xE000ED90));
    AIRCR = 0x05FA0300;
    note(AIRCR);
    AIRCR = 0x00000100;
    note(AIRCR);
    REGISTER(0xE000ED98) = 3;
    REGISTER(0xE000ED9C) = 0x20000000;
    REGISTER(0xE000EDA0) = 0x0306001F;
    REGISTER(0xE000ED9C) = 0x08000014;
    note(REGISTER(0xE000ED9C));
    REGISTER(0xE000ED98) = 3;
    note(REGISTER(0xE000ED9C));
    note(REGISTER(0xE000EDA0));
    REGISTER(0xE000EF50) = 0;
    note(*(volatile uint16_t *)0xE000ED02);
    REGISTER(0xE0040010) = 8;
    note(REGISTER(0xE0040304) + REGISTER(0xE0041000));
}

void do_ram_code(void)
{
    volatile uint16_t *code = (volatile uint16_t *)0x20003000;
    uint32_t (*function)(void) = (uint32_t(*)(void))0x20003001;
    code[0] = 0x2001;
    code[1] = 0x4770;
    __asm__ volatile("dsb\n isb");
    note(function());
    code[0] = 0x2002;
    __asm__ volatile("dsb\n isb");
    note(function());
}

/* Runs what the test changes meanwhile: at each write to 0x40001000 it may. */
void do_changed(void)
{
    uint32_t (*function)(void) = (uint32_t(*)(void))0x08008001;
    note(function());
    REGISTER(0x40001000) = 1;
    note(function());
}

void do_stall(void)
{
    note(REGISTER(0x40001008));
    REGISTER(0x40001000) = 2;
    note(REGISTER(0x40001008));
}

/* A counted loop without an end; the test looks at where it is. */
void do_endless(void)
{
    for (;;) {
        REGISTER(0x20000A00)++;
        REGISTER(0x40001004) = REGISTER(0x20000A00);
    }
}

/* Reads a bank that the test keeps busy. */
void do_busy(void)
{
    note(REGISTER(0x08100000));
    note(REGISTER(0x40001008));
    REGISTER(0x40001000) = 3;
    register uint32_t value __asm__("r2") = 7;
    __asm__ volatile("ldr %0, [%1]\n" : "+r"(value) : "r"(0x08100000));
    note(value);
    note(REGISTER(0x40001008));
}

/* Stores to flash in several ways. */
void do_store(void)
{
    register uint32_t at __asm__("r4") = 0x08100000;
    __asm__ volatile(
        "movs r0, #1\n movs r1, #2\n movs r2, #3\n"
        "str r0, [%0], #4\n strh r1, [%0], #2\n strb r2, [%0], #1\n strb r0, [%0], #1\n"
        "stm %0!, {r0, r1, r2}\n strd r1, r2, [%0], #8\n"
        : "+r"(at)::"r0", "r1", "r2", "memory");
    note(at);
    note(REGISTER(0x08100000));
    note(REGISTER(0x08100008));
}
