/* SPDX-License-Identifier: MIT
 * Time by SysTick, which nobody interrupts for: its flag is looked at. */
#include "boot/mcu/clock.h"

#include "boot/mcu/chip.h"
#include "boot/mcu/core.h"
#include "boot/port.h"

/* port.h knows no handles: a chip has one clock. */
static uint32_t now_ms;

void clock_start(uint32_t mhz)
{
    CORE_SYSTICK->load = mhz * 1000 - 1;
    CORE_SYSTICK->val = 0;
    CORE_SYSTICK->ctrl = SYSTICK_ENABLE | SYSTICK_INT | SYSTICK_CPU_CLOCK;
}

void clock_stop(void)
{
    CORE_SYSTICK->ctrl = 0;
    CORE_SYSTICK->load = 0;
    CORE_SYSTICK->val = 0;
    CORE_SCB->icsr = SCB_ICSR_SYSTICK_CLEAR;
}

uint32_t port_time_ms(void)
{
    if ((CORE_SYSTICK->ctrl & SYSTICK_PASSED) != 0) {
        now_ms++;
    }
    return now_ms;
}

bool clock_wait(const volatile uint32_t *at, uint32_t mask, uint32_t value, uint32_t limit_ms)
{
    uint32_t start_ms = port_time_ms();
    while ((*at & mask) != value) {
        if (port_time_ms() - start_ms > limit_ms) {
            return false;
        }
    }
    return true;
}

/* PRIMASK is set: an interrupt that is enabled ends the sleep, and is never taken. What has been
 * handled is taken back before the sleep, not after it, where its cause still stands and would end
 * the next sleep as well; a cause that has come up since pends again at once. */
void port_wait(void)
{
    CORE_NVIC->unpend[chip.usb_irq / 32] = 1u << chip.usb_irq % 32;
    CORE_NVIC->unpend[chip.flash_irq / 32] = 1u << chip.flash_irq % 32;
    __asm volatile("dsb\n\twfi" ::: "memory");
    CORE_SCB->icsr = SCB_ICSR_SYSTICK_CLEAR;
}
