/* SPDX-License-Identifier: MIT
 * What the chips differ in: addresses as data, and three things that only the chip knows to do. */
#ifndef BOOT_MCU_CHIP_H
#define BOOT_MCU_CHIP_H

#include <stdbool.h>
#include <stdint.h>

/* Addresses of registers and blocks, and masks. */
struct chip {
    uint32_t gpio;                 /* port A; the others follow every 1 KB */
    uint32_t gpio_enable;          /* RCC: bit n is port n */
    uint32_t crc, crc_enable_mask; /* enabled in gpio_enable */
    uint32_t iwdg, rtc, usb, uid;
    uint32_t backup;                                   /* the last RTC backup register */
    uint32_t backup_enable, backup_enable_mask;        /* RCC: what opens the way to the RTC */
    uint32_t power;                                    /* PWR: the register with DBP in bit 8 */
    uint32_t bdcr, csr;                                /* RCC: RTC clock, LSI */
    uint32_t flags;                                    /* RCC: why the chip was reset */
    uint32_t flag_power, flag_software, flag_watchdog; /* masks of the same */
    uint32_t usb_reset, usb_reset_mask;                /* RCC: AHB reset of the USB core */
    uint32_t usb_gccfg, usb_gotgctl;                   /* transceiver on, VBUS taken as present */
    uint8_t usb_irq, flash_irq;
    uint16_t start_mhz, usb_mhz; /* of the CPU: after reset, after chip_usb_power */
    bool stalls;                 /* the CPU stands still while the flash works */
};

extern const struct chip chip;

/* Where the host stores the reset flags' end: forgets the causes of earlier resets.
 *
 * Source    RM0090, "RCC_CSR"; RM0433, "RCC_RSR" */
void chip_forget_flags(void);

/* Brings the clock tree back to where reset leaves it, for those who jump here without one. */
void chip_clock_reset(void);

/* Clocks the CPU at usb_mhz and the USB core at 48 MHz, and supplies the transceiver. Every wait
 * has an end: a dead crystal leaves the nearest clock there is.
 *
 * Source    RM0090, "Reset and clock control"; RM0433, "Power control", "Clock recovery system" */
void chip_usb_power(void);

#endif
