/* SPDX-License-Identifier: MIT
 * The end of a flash operation, waited for or told by an interrupt. */
#include "tests/arm/hal/flash_inside.h"

static volatile bool ended;
static volatile uint32_t failed;

void on_flash(void)
{
    uint32_t status = WORD(hal_flash.status);
    failed |= status & hal_flash.errors;
    if ((status & hal_flash.end) != 0) {
        WORD(hal_flash.clear) = hal_flash.end;
        seen(HAL_SEEN_FLASH);
        ended = true;
    }
    if (failed != 0) {
        WORD(hal_flash.clear) = hal_flash.errors;
        ended = true;
    }
}

bool flash_unlock(void)
{
    if ((WORD(hal_flash.control) & hal_flash.lock) != 0) {
        WORD(hal_flash.key) = 0x45670123;
        WORD(hal_flash.key) = 0xCDEF89AB;
    }
    return (WORD(hal_flash.control) & hal_flash.lock) == 0;
}

void flash_expect(bool by_interrupt)
{
    ended = false;
    failed = 0;
    if (by_interrupt) {
        set_bits(hal_flash.control, hal_flash.interrupts);
    }
}

static bool wait_interrupt(void)
{
    while (!ended) {
    }
    clear_bits(hal_flash.control, hal_flash.interrupts);
    return failed == 0;
}

static bool wait_status(void)
{
    bool good = wait_for(hal_flash.status, hal_flash.busy, 0, 5000);
    if ((WORD(hal_flash.status) & hal_flash.end) != 0) {
        WORD(hal_flash.clear) = hal_flash.end;
    }
    return good && (WORD(hal_flash.status) & hal_flash.errors) == 0;
}

bool flash_wait(bool by_interrupt)
{
    return by_interrupt ? wait_interrupt() : wait_status();
}
