/* SPDX-License-Identifier: MIT
 * Start and handlers of the programs for an ARM core, which note what they see. */
#include "tests/arm/inside.h"

/* A fault: notes its number, status, where, and goes on behind the instruction (of MODE bytes). */
void fault(uint32_t *frame, uint32_t link);
void fault(uint32_t *frame, uint32_t link)
{
    note(ipsr());
    note(CFSR);
    note(HFSR);
    note(frame[6]);
    note(link);
    if (MODE == MODE_STUCK) {
        __asm__ volatile("udf #0");
    } else if (MODE == MODE_FINISH) {
        finish();
    }
    CFSR = 0xFFFFFFFF;
    HFSR = 0xFFFFFFFF;
    frame[6] += MODE;
}

__attribute__((naked)) void on_fault(void);
__attribute__((naked)) void on_fault(void)
{
    __asm__ volatile("tst lr, #4\n ite eq\n mrseq r0, msp\n mrsne r0, psp\n mov r1, lr\n"
                     "push {r4, lr}\n bl fault\n pop {r4, pc}");
}

void svc(uint32_t *frame, uint32_t link);
void svc(uint32_t *frame, uint32_t link)
{
    note(0x5C000000 | *(uint8_t *)(frame[6] - 2));
    note(link);
    note(control());
    note(frame[7] & 0x07FFFDFF); /* without the flags and the alignment */
    frame[0] = 0xA5;
}

__attribute__((naked)) void on_svc(void);
__attribute__((naked)) void on_svc(void)
{
    __asm__ volatile("tst lr, #4\n ite eq\n mrseq r0, msp\n mrsne r0, psp\n mov r1, lr\n"
                     "push {r4, lr}\n bl svc\n pop {r4, pc}");
}

/* Clobbers every register of the FPU that it may. */
void on_pendsv(void);
void on_pendsv(void)
{
    note(0xDE000000 | ipsr());
    if (MODE == 0xF) {
        __asm__ volatile("vmov s0, %0\n vmov s15, %0" ::"r"(0) : "s0", "s15");
        note(control());
    }
}

void on_systick(void);
void on_systick(void)
{
    note(0x71000000 | ipsr());
}

void on_nmi(void);
void on_nmi(void)
{
    note(0x33000000 | ipsr());
}

/* Input 5 pends input 6 while it runs. */
void on_irq5(void);
void on_irq5(void)
{
    note(0x15000000 | ipsr());
    if (MODE == 5) {
        ISPR0 = 1 << 6;
        __asm__ volatile("dsb\n isb");
    }
    note(0x15FFFFFF);
}

void on_irq6(void);
void on_irq6(void)
{
    note(0x16000000 | ipsr());
}

/* Counts, up to four times, then masks its input. */
void on_irq7(void);
void on_irq7(void)
{
    note(0x17000000 | ipsr());
    if (NOTES[0] >= 4) {
        REGISTER(0xE000E180) = 1 << 7;
    }
}

#define PROGRAM(name) do_##name,
static void (*const programs[])(void) = {ARM_PROGRAMS(PROGRAM)};

__attribute__((noreturn)) void start(void);
__attribute__((noreturn)) void start(void)
{
    if (REGISTER(0x20000800) != 0x1234) {
        NOTES[0] = 0;
        REGISTER(0x20000A00) = 0;
    }
    programs[REGISTER(ARM_CHOICE)]();
    finish();
}

__attribute__((section(".vectors"), used)) void *const vectors[16 + 16] = {
    (void *)STACK_TOP,
    start,
    on_nmi,
    on_fault,
    on_fault,
    on_fault,
    on_fault,
    0,
    0,
    0,
    0,
    on_svc,
    0,
    0,
    on_pendsv,
    on_systick,
    0,
    0,
    0,
    0,
    0,
    on_irq5,
    on_irq6,
    on_irq7,
};
