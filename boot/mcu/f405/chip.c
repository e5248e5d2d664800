/* SPDX-License-Identifier: MIT
 * The STM32F405: its addresses, and its clocks. */
#include "boot/mcu/chip.h"

#include "boot/mcu/clock.h"
#include "boot/mcu/f405/regs.h"
#include "boot/mcu/pins.h"

/* Source    RM0090, "Memory map", "RCC_CSR", "OTG_FS_GCCFG", "Interrupt and exception vectors";
 *           "Unique device ID register" */
const struct chip chip = {
    .gpio = 0x40020000,
    .gpio_enable = 0x40023830,
    .crc = 0x40023000,
    .crc_enable_mask = 1 << 12,
    .iwdg = 0x40003000,
    .rtc = 0x40002800,
    .usb = 0x50000000,
    .uid = 0x1FFF7A10,
    .backup = 0x4000289C,
    .backup_enable = 0x40023840,
    .backup_enable_mask = RCC_APB1ENR_PWR,
    .power = 0x40007000,
    .bdcr = 0x40023870,
    .csr = 0x40023874,
    .flags = 0x40023874,
    .flag_power = 1 << 27 | 1 << 25 | 1u << 31,
    .flag_software = 1 << 28,
    .flag_watchdog = 1 << 29 | 1 << 30,
    .usb_reset = 0x40023814,
    .usb_reset_mask = 1 << 7,
    .usb_gccfg = 1 << 16 | 1 << 21,
    .usb_gotgctl = 0,
    .usb_irq = 67,
    .flash_irq = 4,
    .start_mhz = 16,
    .usb_mhz = 96,
    .stalls = true,
};

enum {
    VCO_MHZ = 192, /* by 4 the 48 MHz of USB, by 2 those 96 MHz of the CPU */
    USB_DIVIDER = 4,
    HSI_MHZ = 16,
    HSE_LIMIT_MS = 50,
    LIMIT_MS = 5,
};

void chip_forget_flags(void)
{
    F405_RCC->csr |= RCC_CSR_RMVF;
}

void chip_clock_reset(void)
{
    F405_RCC->cr |= RCC_CR_HSION;
    (void)clock_wait(&F405_RCC->cr, RCC_CR_HSIRDY, RCC_CR_HSIRDY, LIMIT_MS);
    F405_RCC->cfgr = 0;
    (void)clock_wait(&F405_RCC->cfgr, RCC_CFGR_SWS, 0, LIMIT_MS);
    F405_RCC->cr = RCC_CR_HSITRIM_MIDDLE | RCC_CR_HSION;
    F405_RCC->pllcfgr = RCC_PLLCFGR_RESET;
    F405_RCC->cir = 0;
    F405_FLASH->acr = 0;
}

/* Without its crystal the PLL runs from the HSI: outside what USB demands, near enough for most
 * hosts, and better than nothing. */
void chip_usb_power(void)
{
    chip_clock_reset();
    uint32_t on = RCC_CR_HSITRIM_MIDDLE | RCC_CR_HSION | RCC_CR_HSEON;
    F405_RCC->cr = on;
    bool crystal = clock_wait(&F405_RCC->cr, RCC_CR_HSERDY, RCC_CR_HSERDY, HSE_LIMIT_MS);
    uint32_t source = crystal ? RCC_PLLCFGR_HSE | pins.crystal_hz / 1000000 : HSI_MHZ;
    F405_RCC->pllcfgr = (uint32_t)USB_DIVIDER << 24 | (uint32_t)VCO_MHZ << 6 | source;
    F405_RCC->cr = on | RCC_CR_PLLON;
    (void)clock_wait(&F405_RCC->cr, RCC_CR_PLLRDY, RCC_CR_PLLRDY, LIMIT_MS);
    F405_FLASH->acr = FLASH_ACR_96MHZ;
    F405_RCC->cfgr = RCC_CFGR_APB1_BY_4 | RCC_CFGR_APB2_BY_2 | RCC_CFGR_PLL;
    (void)clock_wait(&F405_RCC->cfgr, RCC_CFGR_SWS, RCC_CFGR_PLL << 2, LIMIT_MS);
    F405_RCC->ahb2enr = RCC_AHB2ENR_OTGFS;
}
