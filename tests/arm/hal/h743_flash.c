/* SPDX-License-Identifier: MIT
 * The first bank of an STM32H743's flash in the order of ST's library. */
#include "tests/arm/hal/flash_inside.h"

enum { FLASH = 0x52002000, KEYR = FLASH + 4, CR = FLASH + 0xC, SR = FLASH + 0x10 };
enum { CCR = FLASH + 0x14, LOCK = 1, PG = 2, SER = 4, START = 1 << 7, SNB = 7 << 8, QW = 4 };
enum { EOP = 1 << 16, ERRORS = 0x17EE0000, DOUBLES = 3 << 4 };

const struct hal_flash hal_flash = {
    .key = KEYR,
    .control = CR,
    .status = SR,
    .clear = CCR,
    .lock = LOCK,
    .interrupts = EOP | 1u << 17 | 1u << 18 | 1u << 19 | 1u << 21 | 1u << 22,
    .end = EOP,
    .busy = QW,
    .errors = ERRORS,
};

bool flash_erase(uint32_t addr, bool by_interrupt)
{
    uint32_t sector = (addr - 0x08000000) / 0x20000;
    bool good = flash_unlock() && flash_wait(false);
    flash_expect(by_interrupt);
    clear_bits(CR, DOUBLES | SNB);
    set_bits(CR, SER | DOUBLES | sector << 8 | START);
    good = flash_wait(by_interrupt) && good;
    clear_bits(CR, SER | SNB);
    set_bits(CR, LOCK);
    return good;
}

/* The whole word of 256 bits goes in a row, between barriers. */
bool flash_program(uint32_t addr, const uint32_t words[8], bool by_interrupt)
{
    bool good = flash_unlock() && flash_wait(false);
    flash_expect(by_interrupt);
    set_bits(CR, PG);
    __asm__ volatile("isb\n dsb" ::: "memory");
    for (uint32_t i = 0; i < 8; i++) {
        WORD(addr + 4 * i) = words[i];
    }
    __asm__ volatile("isb\n dsb" ::: "memory");
    good = flash_wait(by_interrupt) && good;
    clear_bits(CR, PG);
    set_bits(CR, LOCK);
    return good;
}
