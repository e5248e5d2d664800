/* SPDX-License-Identifier: MIT
 * A sample application: blinks, says over a serial line how it was started, and on the key b goes
 * back into the bootloader. */
#include "examples/app/board.h"
#include "examples/app/chip.h"

enum {
    BOOTLOADER = 0x08000000,
    ENTER_DFU = 0x70AD0000, /* in r0: the bootloader is to stay in DFU mode */
    VECTORS = 16,
    BLINK_TURNS = 400000,
};

extern uint32_t app_stack_end[], app_bss[], app_bss_end[];

void app_reset(void);
void app_main(uint32_t mode);
void app_fault(void);

struct vectors {
    uint32_t *stack;
    void (*handlers[VECTORS - 1])(void);
};

__attribute__((section(".vectors"), used)) static const struct vectors vectors = {
    .stack = app_stack_end,
    .handlers = {app_reset, app_fault, app_fault, app_fault, app_fault, app_fault},
};

/* The mode is in r0 already: normal 1, safe 2, factory filesystem 3. */
__attribute__((naked, used)) void app_reset(void)
{
    __asm volatile("b app_main");
}

__attribute__((used)) void app_fault(void)
{
    __asm volatile("b .");
}

static void say(const char *text)
{
    while (*text != '\0') {
        board_put(*text++);
    }
}

static void say_number(const char *what, uint32_t value)
{
    say(what);
    for (int shift = 28; shift >= 0; shift -= 4) {
        board_put("0123456789ABCDEF"[value >> shift & 15]);
    }
    say("\r\n");
}

/* As the application of a bootloader that keeps its vectors at the start of the flash. */
static void enter_bootloader(void)
{
    register uint32_t r0 __asm("r0") = ENTER_DFU;
    register uint32_t r1 __asm("r1") = BOOTLOADER;
    __asm volatile("cpsid i\n\t"
                   "ldr r2, [r1]\n\t"
                   "msr msp, r2\n\t"
                   "ldr r2, [r1, #4]\n\t"
                   "bx r2"
                   :
                   : "r"(r0), "r"(r1)
                   : "r2", "memory");
    __builtin_unreachable();
}

/* Clears the reset flags, so that the next start can tell what happened since. */
static void report(uint32_t mode)
{
    say("dfukit sample application on ");
    say(board_name);
    say("\r\n");
    say_number("reset flags 0x", *at(chip.reset_flags));
    say_number("reset mode  0x", mode);
    say_number("RCC_CR      0x", *at(chip.clock_control));
    say_number("RCC_CFGR    0x", *at(chip.clock_switch));
    *at(chip.reset_flags) |= chip.forget_flags;
}

__attribute__((used, noreturn)) void app_main(uint32_t mode)
{
    for (uint32_t *word = app_bss; word != app_bss_end; word++) {
        *word = 0;
    }
    board_start();
    report(mode);
    for (uint32_t turn = 0;; turn++) {
        board_set_led(turn / BLINK_TURNS % 2 == 0);
        if (board_get() == 'b') {
            enter_bootloader();
        }
    }
}
