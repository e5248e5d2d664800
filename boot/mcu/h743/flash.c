/* SPDX-License-Identifier: MIT
 * The flash of the STM32H743: two banks of flash words with error correction. */
#include "boot/mcu/core.h"
#include "boot/mcu/h743/regs.h"
#include "boot/port.h"
#include "core/bytes.h"

enum { KEY1 = 0x45670123, SECTOR_SHIFT = 17, SECTORS_MASK = 7, BANK2 = 0x08100000 };
#define KEY2 0xCDEF89ABu

static struct flash_regs *bank_of(uint32_t addr)
{
    uint32_t base = (uint32_t)H743_FLASH;
    return (struct flash_regs *)(addr >= BANK2 ? base + FLASH_BANK_STEP : base);
}

/* Forgets earlier errors, and opens CR for the operation in it. */
static struct flash_regs *open_for(uint32_t addr, uint32_t operation)
{
    struct flash_regs *bank = bank_of(addr);
    bank->ccr = FLASH_CCR_ALL;
    if ((bank->cr & FLASH_CR_LOCK) != 0) {
        bank->keyr = KEY1;
        bank->keyr = KEY2;
    }
    bank->cr = operation | FLASH_CR_PSIZE_X64 | FLASH_CR_INTERRUPTS;
    return bank;
}

void port_flash_erase(uint32_t addr)
{
    uint32_t sector = addr >> SECTOR_SHIFT & SECTORS_MASK;
    struct flash_regs *bank = open_for(addr, FLASH_CR_SER | sector << FLASH_CR_SNB_SHIFT);
    bank->cr |= FLASH_CR_START;
}

/* The bank begins by itself when its buffer of one flash word is full. */
void port_flash_program(uint32_t addr, const uint8_t *data, uint32_t length)
{
    (void)open_for(addr, FLASH_CR_PG);
    core_barrier();
    for (uint32_t i = 0; i < length; i += 4) {
        *core_register(addr + i) = get_le32(data + i);
    }
    core_barrier();
}

bool port_flash_busy(uint32_t addr)
{
    struct flash_regs *bank = bank_of(addr);
    bool busy = (bank->sr & FLASH_SR_BUSY) != 0;
    if (!busy) {
        bank->cr = FLASH_CR_LOCK | FLASH_CR_PSIZE_X64;
    }
    return busy;
}

/* Two wrong bits are a bus error, unless the core is told to go on: then SR alone tells. */
bool port_flash_read(uint32_t addr, uint8_t *data, uint32_t length)
{
    struct flash_regs *bank = bank_of(addr);
    uint32_t ccr = CORE_SCB->ccr;
    bank->ccr = FLASH_SR_READ_ERRORS;
    for (uint32_t line = addr & ~(CACHE_LINE_BYTES - 1u); line < addr + length;
         line += CACHE_LINE_BYTES) {
        CORE_CACHE->dcimvac = line; /* what the flash holds now, not what was read before */
    }
    __asm volatile("cpsid f" ::: "memory");
    CORE_SCB->ccr = ccr | SCB_CCR_IGNORE;
    core_barrier();
    __builtin_memcpy(data, (const uint8_t *)addr, length);
    core_barrier();
    CORE_SCB->ccr = ccr;
    __asm volatile("cpsie f" ::: "memory");
    bool good = (bank->sr & FLASH_SR_READ_ERRORS) == 0;
    bank->ccr = FLASH_SR_READ_ERRORS;
    return good;
}
