/* SPDX-License-Identifier: MIT
 * The flash of an STM32F405 in the order of ST's library. */
#include "tests/arm/hal/flash_inside.h"

enum { ACR = 0x40023C00, KEYR = ACR + 4, SR = ACR + 0xC, CR = ACR + 0x10 };
enum { EOP = 1, BSY = 1 << 16, ERRORS = 0xF2, PG = 1, SER = 2, STRT = 1 << 16, EOPIE = 1 << 24 };
enum { ERRIE = 1 << 25, WORDS_AT_ONCE = 2 << 8, SNB = 0xF << 3 };
#define LOCK (1u << 31)

const struct hal_flash hal_flash = {
    .key = KEYR,
    .control = CR,
    .status = SR,
    .clear = SR,
    .lock = LOCK,
    .interrupts = EOPIE | ERRIE,
    .end = EOP,
    .busy = BSY,
    .errors = ERRORS,
};

/* What the accelerator may remember of the sector is thrown away. */
static void flush_caches(void)
{
    clear_bits(ACR, 1u << 9);
    set_bits(ACR, 1u << 11);
    clear_bits(ACR, 1u << 11);
    set_bits(ACR, 1u << 9);
    clear_bits(ACR, 1u << 10);
    set_bits(ACR, 1u << 12);
    clear_bits(ACR, 1u << 12);
    set_bits(ACR, 1u << 10);
}

bool flash_erase(uint32_t addr, bool by_interrupt)
{
    uint32_t sector = 4 + (addr - 0x08000000) / 0x20000;
    bool good = flash_unlock() && flash_wait(false);
    flash_expect(by_interrupt);
    clear_bits(CR, 3u << 8);
    set_bits(CR, WORDS_AT_ONCE);
    clear_bits(CR, SNB);
    set_bits(CR, SER | sector << 3);
    set_bits(CR, STRT);
    good = flash_wait(by_interrupt) && good;
    clear_bits(CR, SER | SNB);
    flush_caches();
    set_bits(CR, LOCK);
    return good;
}

bool flash_program(uint32_t addr, const uint32_t words[8], bool by_interrupt)
{
    bool good = flash_unlock();
    for (uint32_t i = 0; i < 8; i++) {
        good = flash_wait(false) && good;
        flash_expect(by_interrupt);
        clear_bits(CR, 3u << 8);
        set_bits(CR, WORDS_AT_ONCE);
        set_bits(CR, PG);
        WORD(addr + 4 * i) = words[i];
        good = flash_wait(by_interrupt) && good;
        clear_bits(CR, PG);
    }
    set_bits(CR, LOCK);
    return good;
}
