/* SPDX-License-Identifier: MIT
 * Erases and programs flash while code runs from it: by waiting, then by interrupt. */
#include "tests/arm/hal/hal.h"

enum { NEAR = 0x08020000, FAR = 0x080E0000, WORDS = 8 };

static bool is_blank(uint32_t addr)
{
    uint32_t all = 0xFFFFFFFF;
    for (uint32_t i = 0; i < 1024; i++) {
        all &= WORD(addr + 4 * i);
    }
    return all == 0xFFFFFFFF;
}

static bool holds(uint32_t addr, const uint32_t *words)
{
    bool same = true;
    for (uint32_t i = 0; i < WORDS; i++) {
        same = same && WORD(addr + 4 * i) == words[i];
    }
    return same;
}

void do_flash(void)
{
    static const uint32_t words[WORDS] = {1, 2, 3, 4, 0xDEADBEEF, 6, 7, 0xFFFFFFFF};
    note((uint32_t)clocks_start());
    irq_enable(4, 4);
    note(flash_erase(NEAR, false));
    note(is_blank(NEAR));
    note(flash_program(NEAR + 32, words, false));
    note(holds(NEAR + 32, words));
    note(WORD(HAL_SEEN + 4 * HAL_SEEN_FLASH));
    note(flash_erase(FAR, true));
    note(is_blank(FAR));
    note(flash_program(FAR + 64, words, true));
    note(holds(FAR + 64, words) && holds(NEAR + 32, words));
    note(WORD(HAL_SEEN + 4 * HAL_SEEN_FLASH) != 0);
}
