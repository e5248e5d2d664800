/* SPDX-License-Identifier: MIT
 * The caches of the STM32H743. */
#ifndef BOOT_MCU_H743_CACHE_H
#define BOOT_MCU_H743_CACHE_H

/* Empties the caches and switches them on.
 *
 * Source    ARMv7-M ARM, "Cache and branch predictor maintenance operations" */
void cache_start(void);

#endif
