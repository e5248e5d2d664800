/* SPDX-License-Identifier: MIT
 * Start of the programs, their ticks, notes and vectors. */
#include "tests/arm/hal/hal.h"

enum { STACK_TOP = 0x20010000, DEMCR = 0xE000EDFC, VTOR = 0xE000ED08, AIRCR = 0xE000ED0C };
enum { SYSTICK = 0xE000E010, PRIORITIES = 0xE000E400, ENABLES = 0xE000E100 };
enum { VECTORS = 166, SYSTICK_PRIORITY_AT = 0xE000ED23 };

extern uint32_t data_load[], data_start[], data_end[], bss_start[], bss_end[];
extern uint32_t vectors[];

static volatile uint32_t ticks;

void note(uint32_t value)
{
    volatile uint32_t *notes = &WORD(HAL_NOTES);
    uint32_t count = notes[0];
    notes[1 + count] = value;
    notes[0] = count + 1;
}

void seen(enum hal_seen kind)
{
    volatile uint32_t *counts = &WORD(HAL_SEEN);
    counts[kind]++;
}

uint32_t tick_now(void)
{
    return ticks;
}

void on_systick(void);
void on_systick(void)
{
    ticks++;
    seen(HAL_SEEN_TICKS);
    tasks_tick();
}

/* Priority groups first, then reload, priority, value, control: all with the clock that runs now.
 */
void tick_start(uint32_t core_hz)
{
    WORD(AIRCR) = (WORD(AIRCR) & ~0xFFFF0700u) | 0x05FA0000u | 3u << 8;
    WORD(SYSTICK + 4) = core_hz / 1000 - 1;
    BYTE(SYSTICK_PRIORITY_AT) = 0xF0;
    WORD(SYSTICK + 8) = 0;
    WORD(SYSTICK) = 7;
    BYTE(SYSTICK_PRIORITY_AT) = 0x00;
}

/* At least as long as asked for: a tick may be about to come. */
void tick_delay(uint32_t ms)
{
    uint32_t start = tick_now();
    while (tick_now() - start < ms + 1) {
    }
}

void note_20_ms(uint32_t timer_mhz)
{
    WORD(0x40000028) = timer_mhz - 1;
    WORD(0x4000002C) = 0xFFFFFFFF;
    WORD(0x40000014) = 1;
    WORD(0x40000000) = 1;
    uint32_t before = WORD(0x40000024);
    tick_delay(20);
    note((WORD(0x40000024) - before + 500) / 1000);
}

void tick_sleep(uint32_t ms)
{
    uint32_t start = tick_now();
    while (tick_now() - start < ms + 1) {
        __asm__ volatile("wfi");
    }
}

bool wait_for(uint32_t addr, uint32_t mask, uint32_t wanted, uint32_t limit_ms)
{
    uint32_t start = tick_now();
    while ((WORD(addr) & mask) != wanted) {
        if (tick_now() - start > limit_ms) {
            note(0xBAD00000u | (addr & 0xFFFFu));
            return false;
        }
    }
    return true;
}

void irq_enable(uint32_t irq, uint32_t priority)
{
    BYTE(PRIORITIES + irq) = (uint8_t)(priority << 4);
    WORD(ENABLES + 4 * (irq / 32)) = 1u << irq % 32;
}

static void on_surprise(void)
{
    uint32_t number;
    __asm__ volatile("mrs %0, ipsr" : "=r"(number));
    note(0xBAD10000u | number);
    for (;;) {
    }
}

#define HAL_PROGRAM(name) do_##name,
static void (*const programs[])(void) = {HAL_PROGRAMS(HAL_PROGRAM)};

__attribute__((noreturn)) void start(void);
__attribute__((noreturn)) void start(void)
{
    system_start();
    for (uint32_t i = 0; &data_start[i] < data_end; i++) {
        data_start[i] = data_load[i];
    }
    for (uint32_t *at = bss_start; at < bss_end; at++) {
        *at = 0;
    }
    for (uint32_t at = HAL_NOTES; at < HAL_ORDER + 0x100; at += 4) {
        WORD(at) = 0;
    }
    WORD(VTOR) = (uint32_t)(uintptr_t)vectors;
    programs[WORD(HAL_CHOICE)]();
    note(HAL_DONE);
    for (;;) {
        __asm__ volatile("wfi");
    }
}

/* Where both chips' inputs lie, and those of one that the other leaves alone. */
__attribute__((section(".vectors"), used)) void *const table[VECTORS] = {
    [0] = (void *)STACK_TOP,
    [1] = start,
    [2 ... 10] = on_surprise,
    [11] = on_begin, /* SVC */
    [12 ... 13] = on_surprise,
    [14] = on_switch, /* PendSV */
    [15] = on_systick,
    [16 ... 19] = on_surprise,
    [20] = on_flash,
    [21 ... 24] = on_surprise,
    [25] = on_pin, /* EXTI3 */
    [26] = on_surprise,
    [27] = on_dma_send, /* DMA1 streams 0, 1 */
    [28] = on_dma_receive,
    [29 ... 31] = on_surprise,
    [32] = on_dma_receive, /* DMA1 streams 5, 6 */
    [33] = on_dma_send,
    [34 ... 44] = on_surprise,
    [45] = on_timer, /* TIM3 */
    [46 ... 53] = on_surprise,
    [54] = on_uart, /* USART2, USART3 */
    [55] = on_uart,
    [56] = on_pin, /* EXTI15_10 */
    [57 ... 71] = on_surprise,
    [72] = on_dma_copy, /* DMA2 stream 0 */
    [73 ... 82] = on_surprise,
    [83] = on_usb, /* OTG_FS */
    [84 ... 116] = on_surprise,
    [117] = on_usb, /* OTG2_FS */
    [118 ... 165] = on_surprise,
};
