/* SPDX-License-Identifier: MIT
 * Programs for an ARM core that note what they see; the tests choose one by its number. */
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

static void note(uint32_t value)
{
    uint32_t count = NOTES[0];
    NOTES[1 + count] = value;
    NOTES[0] = count + 1;
}

static __attribute__((noreturn)) void finish(void)
{
    note(ARM_NOTE_DONE);
    for (;;) {
        __asm__ volatile("cpsid i\n wfi");
    }
}

static uint32_t ipsr(void)
{
    uint32_t value;
    __asm__ volatile("mrs %0, ipsr" : "=r"(value));
    return value;
}

static uint32_t control(void)
{
    uint32_t value;
    __asm__ volatile("mrs %0, control" : "=r"(value));
    return value;
}

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
    note(frame[7] & 0x07FFFFFF); /* without the flags */
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

static void do_svc(void)
{
    register uint32_t result __asm__("r0") = 1;
    __asm__ volatile("svc #42" : "+r"(result)::"memory");
    note(result);
}

static void do_order(void)
{
    BYTE(0xE000E405) = 0x80;
    BYTE(0xE000E406) = MODE == 0 ? 0x80 : 0x40;
    note(REGISTER(0xE000E404));
    ISER0 = 3 << 5;
    MODE = 5;
    STIR = 5;
    __asm__ volatile("dsb\n isb");
}

static void do_nest(void)
{
    MODE = 1;
    do_order();
}

static void do_no_nest(void)
{
    MODE = 0;
    do_order();
}

static void do_primask(void)
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

static void do_basepri(void)
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

static void do_ignored(void)
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

static void do_process(void)
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

static void do_float(void)
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

static void do_undefined(void)
{
    MODE = 2;
    SHCSR = 1 << 18;
    __asm__ volatile("movs r0, #1\n movs r1, #2\n udf #0\n movs r0, #3" ::: "r0", "r1");
    SHCSR = 0;
    __asm__ volatile("udf #0");
    MODE = 4;
    __asm__ volatile("udf.w #0");
}

static void do_bus_fault(void)
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
static void do_it(void)
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

static void do_breakpoint(void)
{
    MODE = 2;
    __asm__ volatile("bkpt #0");
}

static void do_lock_up(void)
{
    MODE = MODE_STUCK;
    __asm__ volatile("udf #0");
}

static void start_systick(uint32_t load, uint32_t bits)
{
    SYSTICK_LOAD = load;
    SYSTICK_VAL = 0;
    SYSTICK_CTRL = bits;
}

static void do_sleep(void)
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

static void do_sleep_on_exit(void)
{
    SCR = 2;
    start_systick(15999, 7);
    __asm__ volatile("wfi");
    note(1);
}

static void do_systick(void)
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

static void do_cycles(void)
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

static void do_reset(void)
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

static void do_core_reset(void)
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

static void do_bit_band(void)
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

static void do_registers(void)
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
}

static void do_align(void)
{
    uint32_t before;
    uint32_t after;
    __asm__ volatile("mov r4, sp\n sub sp, #4\n mov %0, sp\n svc #9\n mov %1, sp\n mov sp, r4"
                     : "=&r"(before), "=&r"(after)::"r0", "r4", "memory");
    note(before == after);
}

__attribute__((naked)) static void bad_return(void)
{
    __asm__ volatile("push {r4, lr}\n mov r0, #0\n pop {r4, lr}\n mvn r0, #4\n bx r0");
}

static void do_bad_return(void)
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

static void do_unaligned(void)
{
    MODE = 2;
    SHCSR = 1 << 18;
    __asm__ volatile("ldr r3, [%0]" ::"r"(0x40001005) : "r3");
    REGISTER(0x20000900) = 0x11223344;
    REGISTER(0x20000904) = 0x55667788;
    note(*(volatile uint32_t *)0x20000901);
}

static void do_ram_code(void)
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

static void do_level(void)
{
    ISER0 = 1 << 7;
    note(1);
    __asm__ volatile("wfi\n isb");
}

static void do_no_thumb(void)
{
    SHCSR = 1 << 18;
    MODE = MODE_FINISH;
    __asm__ volatile("mov r0, %0\n bx r0" ::"r"(0x08000100) : "r0");
}

static void do_fetch(void)
{
    SHCSR = 7 << 16;
    MODE = MODE_FINISH;
    __asm__ volatile("mov r0, %0\n bx r0" ::"r"(0x60000001) : "r0");
}

/* Reads flash that the test has spoilt, and flash beside it. */
static void do_spoilt(void)
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

/* Runs what the test changes meanwhile: at each write to 0x40001000 it may. */
static void do_changed(void)
{
    uint32_t (*function)(void) = (uint32_t(*)(void))0x08008001;
    note(function());
    REGISTER(0x40001000) = 1;
    note(function());
}

static void do_stall(void)
{
    note(REGISTER(0x40001008));
    REGISTER(0x40001000) = 2;
    note(REGISTER(0x40001008));
}

static void do_nmi(void)
{
    __asm__ volatile("cpsid f");
    ICSR = 1u << 31;
    __asm__ volatile("dsb\n isb");
    note(1);
}

/* A counted loop without an end; the test looks at where it is. */
static void do_endless(void)
{
    for (;;) {
        REGISTER(0x20000A00)++;
        REGISTER(0x40001004) = REGISTER(0x20000A00);
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
