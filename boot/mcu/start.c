/* SPDX-License-Identifier: MIT
 * From the reset to the main loop. */
#include BOOT_BOARD_HEADER

#include "boot/board_defaults.h"
#include "boot/board_name.h"
#include "boot/boot.h"
#include "boot/mcu/backup.h"
#include "boot/mcu/chip.h"
#include "boot/mcu/clock.h"
#include "boot/mcu/core.h"
#include "boot/mcu/reset.h"
#include "boot/port.h"

enum { VECTORS_ADDR = 0x08000000, MODE_MASK = 0xFF, NVIC_WORDS = 8, VECTORS = 7 };

/* Ends of the memories, from memory.ld. */
extern uint32_t start_bss[], start_bss_end[], start_stack_end[];

/* The one object of the bootloader. */
static struct boot boot;

void start_main(uint32_t r0);
void start_reset(void);
void start_fault(void);

/* Whoever jumps here from an application may be on the process stack, with interrupts. */
__attribute__((naked, used)) void start_reset(void)
{
    __asm volatile("cpsid i\n\t"
                   "movs r1, #0\n\t"
                   "msr control, r1\n\t"
                   "ldr r1, =start_stack_end\n\t"
                   "msr msp, r1\n\t"
                   "b start_main");
}

/* Whatever went wrong, after a reset it starts anew. */
__attribute__((used)) void start_fault(void)
{
    port_reset(BOOT_ORDER_NONE);
}

/* Interrupts are never taken: the stack, the reset and the five that PRIMASK does not hold are all.
 * In the place of the others, an application finds where it and its drive belong.
 * Source    ARMv7-M ARM, "The vector table" */
struct vectors {
    uint32_t *stack;
    void (*handlers[VECTORS - 1])(void);
    struct boot_record record;
};

__attribute__((section(".vectors"), used)) static const struct vectors vectors = {
    .stack = start_stack_end,
    .handlers = {start_reset, start_fault, start_fault, start_fault, start_fault, start_fault},
    .record = {BOOT_RECORD_NAME,
               BOOT_VERSION,
               {BOARD_APP_ADDR, BOARD_APP_BYTES},
               {BOARD_DRIVE_ADDR, BOARD_DRIVE_BYTES}},
};

static enum boot_cause cause_of(uint32_t flags)
{
    return (flags & chip.flag_watchdog) != 0   ? BOOT_CAUSE_WATCHDOG
           : (flags & chip.flag_software) != 0 ? BOOT_CAUSE_SOFTWARE
           : (flags & chip.flag_power) != 0    ? BOOT_CAUSE_POWER
                                               : BOOT_CAUSE_PIN;
}

__attribute__((used, noreturn)) void start_main(uint32_t r0)
{
    if ((r0 & ~(uint32_t)MODE_MASK) == BOOT_ORDER_DFU) {
        port_reset(BOOT_ORDER_DFU); /* so that nothing of the application stays */
    }
    CORE_SCB->vtor = VECTORS_ADDR;
    for (uint32_t *at = start_bss; at != start_bss_end; at++) {
        *at = 0;
    }
    for (uint32_t i = 0; i < NVIC_WORDS; i++) {
        CORE_NVIC->disable[i] = UINT32_MAX;
        CORE_NVIC->unpend[i] = UINT32_MAX;
    }
    clock_start(chip.start_mhz);
    chip_clock_reset();
    struct boot_start start = {.order = reset_take_order()};
    start.cause = (uint8_t)cause_of(*core_register(chip.flags));
    backup_note_reset(&start);
    for (uint32_t i = 0; i < BOOT_UID_BYTES; i++) {
        start.uid[i] = ((const uint8_t *)chip.uid)[i];
    }
    boot_begin(&boot, BOOT_THE_BOARD, &start);
    for (;;) {
        if (!boot_step(&boot)) {
            port_wait();
        }
    }
}
