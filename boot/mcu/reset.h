/* SPDX-License-Identifier: MIT
 * The word that one start of the bootloader leaves for the next. */
#ifndef BOOT_MCU_RESET_H
#define BOOT_MCU_RESET_H

#include <stdint.h>

/* Takes the order out of the RAM, so that it is good for one start only.
 *
 * The first 16 bytes of the RAM at 0x20000000 hold it: a word of 64 bits and its complement, since
 * 64 bits are what the RAM of an STM32H7 writes at once. An application that wants DFU mode may
 * also write enum boot_order's BOOT_ORDER_DFU as the first 64 bits alone, and then reset.
 *
 * Returns   enum boot_order
 * Source    RM0433, "Error code correction (ECC)" of the RAMs */
uint32_t reset_take_order(void);

#endif
