/* SPDX-License-Identifier: MIT
 * The ways out of the bootloader: a reset, and the application. */
#include "boot/mcu/reset.h"

#include "boot/boot.h"
#include "boot/mcu/clock.h"
#include "boot/mcu/core.h"
#include "boot/port.h"

/* memory.ld keeps it out of what is zeroed at start. */
extern volatile uint64_t reset_words[2];

static void store(uint64_t first, uint64_t second)
{
    reset_words[0] = first;
    reset_words[1] = second;
    /* Reading moves the last words out of the buffer in front of the RAM. */
    (void)reset_words[0];
    (void)reset_words[1];
    core_barrier();
}

uint32_t reset_take_order(void)
{
    uint64_t word = reset_words[0];
    bool whole = word == ~reset_words[1];
    store(0, 0);
    return whole || word == BOOT_ORDER_DFU ? (uint32_t)word : (uint32_t)BOOT_ORDER_NONE;
}

void port_reset(uint32_t order)
{
    store(order, ~(uint64_t)order);
    CORE_SCB->aircr = SCB_AIRCR_RESET;
    __asm volatile("dsb\n0:\tb 0b" ::: "memory");
    __builtin_unreachable();
}

/* VTOR is left on the application's vectors, so that its first fault is its own. */
void port_start(uint32_t addr, uint32_t mode)
{
    clock_stop();
    CORE_SCB->vtor = addr;
    core_barrier();
    register uint32_t r0 __asm("r0") = mode;
    register uint32_t r1 __asm("r1") = addr;
    __asm volatile("ldrd r2, r3, [r1]\n\t"
                   "msr msp, r2\n\t"
                   "mov lr, #-1\n\t"
                   "cpsie i\n\t"
                   "bx r3"
                   :
                   : "r"(r0), "r"(r1)
                   : "r2", "r3", "memory");
    __builtin_unreachable();
}
