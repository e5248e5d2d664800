/* SPDX-License-Identifier: MIT
 * The flash of an STM32F405 in the order of ST's library. */
#include "tests/arm/hal/hal.h"

enum { ACR = 0x40023C00, KEYR = ACR + 4, SR = ACR + 0xC, CR = ACR + 0x10 };
enum { EOP = 1, BSY = 1 << 16, ERRORS = 0xF2, PG = 1, SER = 2, STRT = 1 << 16, EOPIE = 1 << 24 };
enum { ERRIE = 1 << 25, WORDS_AT_ONCE = 2 << 8, SNB = 0xF << 3 };
#define LOCK (1u << 31)

static volatile bool ended;
static volatile uint32_t failed;

void on_flash(void)
{
    failed |= WORD(SR) & ERRORS;
    if ((WORD(SR) & EOP) != 0) {
        WORD(SR) = EOP;
        seen(HAL_SEEN_FLASH);
        ended = true;
    }
    if (failed != 0) {
        WORD(SR) = ERRORS;
        ended = true;
    }
}

static bool unlock(void)
{
    if ((WORD(CR) & LOCK) != 0) {
        WORD(KEYR) = 0x45670123;
        WORD(KEYR) = 0xCDEF89AB;
    }
    return (WORD(CR) & LOCK) == 0;
}

static bool wait_end(void)
{
    bool good = wait_for(SR, BSY, 0, 5000);
    if ((WORD(SR) & EOP) != 0) {
        WORD(SR) = EOP;
    }
    return good && (WORD(SR) & ERRORS) == 0;
}

static bool wait_interrupt(void)
{
    while (!ended) {
    }
    clear_bits(CR, EOPIE | ERRIE);
    return failed == 0;
}

static void expect_interrupt(bool wanted)
{
    ended = false;
    failed = 0;
    if (wanted) {
        set_bits(CR, EOPIE);
        set_bits(CR, ERRIE);
    }
}

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
    bool good = unlock() && wait_end();
    expect_interrupt(by_interrupt);
    clear_bits(CR, 3u << 8);
    set_bits(CR, WORDS_AT_ONCE);
    clear_bits(CR, SNB);
    set_bits(CR, SER | sector << 3);
    set_bits(CR, STRT);
    good = (by_interrupt ? wait_interrupt() : wait_end()) && good;
    clear_bits(CR, SER | SNB);
    flush_caches();
    set_bits(CR, LOCK);
    return good;
}

bool flash_program(uint32_t addr, const uint32_t words[8], bool by_interrupt)
{
    bool good = unlock();
    for (uint32_t i = 0; i < 8; i++) {
        good = wait_end() && good;
        expect_interrupt(by_interrupt);
        clear_bits(CR, 3u << 8);
        set_bits(CR, WORDS_AT_ONCE);
        set_bits(CR, PG);
        WORD(addr + 4 * i) = words[i];
        good = (by_interrupt ? wait_interrupt() : wait_end()) && good;
        clear_bits(CR, PG);
    }
    set_bits(CR, LOCK);
    return good;
}
