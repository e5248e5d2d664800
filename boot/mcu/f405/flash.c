/* SPDX-License-Identifier: MIT
 * The flash of the STM32F405: one bank, in which the CPU waits for its own writes. */
#include "boot/mcu/clock.h"
#include "boot/mcu/core.h"
#include "boot/mcu/f405/regs.h"
#include "boot/port.h"
#include "core/bytes.h"

enum {
    KEY1 = 0x45670123,
    SECTOR_BYTES = 0x20000,
    BASE = 0x08000000,
    LIMIT_MS = 2,
    VECTOR_BYTES = 8,
    STACK_TOP_AT = 3
};
#define KEY2 0xCDEF89ABu

/* Forgets earlier errors, and opens CR for the operation in it. */
static void open_for(uint32_t operation)
{
    F405_FLASH->sr = FLASH_SR_ERRORS | FLASH_SR_EOP;
    if ((F405_FLASH->cr & FLASH_CR_LOCK) != 0) {
        F405_FLASH->keyr = KEY1;
        F405_FLASH->keyr = KEY2;
    }
    F405_FLASH->cr = operation | FLASH_CR_EOPIE | FLASH_CR_ERRIE;
}

/* Four of 16 KB, one of 64 KB, and 128 KB each from there on. */
static uint32_t sector_of(uint32_t addr)
{
    uint32_t offset = addr - BASE;
    return offset >= SECTOR_BYTES ? 4 + offset / SECTOR_BYTES
           : offset >= 0x10000    ? 4
                                  : offset >> 14;
}

/* An erase that is cut off has raised some bits and not others. A start that lacks but one bit to
 * be in order could get it back so, and nothing else of its sector: it is taken away whole before.
 * One whose top of the stack is not 0 stays, as a write that is cut off could put it in order. */
void port_flash_erase(uint32_t addr)
{
    static const uint8_t nothing[VECTOR_BYTES];
    if (((const uint8_t *)addr)[STACK_TOP_AT] == 0) {
        port_flash_program(addr, nothing, sizeof nothing);
    }
    open_for(FLASH_CR_PSIZE_X32 | FLASH_CR_SER | sector_of(addr) << FLASH_CR_SNB_SHIFT);
    F405_FLASH->cr |= FLASH_CR_STRT;
    core_barrier();
}

/* By words, and a single byte by itself. The core stands still meanwhile, as it runs from here. */
void port_flash_program(uint32_t addr, const uint8_t *data, uint32_t length)
{
    open_for(length == 1 ? FLASH_CR_PSIZE_X8 | FLASH_CR_PG : FLASH_CR_PSIZE_X32 | FLASH_CR_PG);
    if (length == 1) {
        *(volatile uint8_t *)addr = data[0];
    }
    for (uint32_t i = 0; i + 4 <= length; i += 4) {
        *core_register(addr + i) = get_le32(data + i);
        if ((F405_FLASH->sr & FLASH_SR_BSY) != 0) {
            (void)clock_wait(&F405_FLASH->sr, FLASH_SR_BSY, 0, LIMIT_MS);
        }
    }
}

bool port_flash_busy(uint32_t addr)
{
    (void)addr;
    bool busy = (F405_FLASH->sr & FLASH_SR_BSY) != 0;
    if (!busy) {
        F405_FLASH->cr = FLASH_CR_LOCK;
    }
    return busy;
}

/* There is no error correction that could fail. */
bool port_flash_read(uint32_t addr, uint8_t *data, uint32_t length)
{
    __builtin_memcpy(data, (const uint8_t *)addr, length);
    return true;
}
