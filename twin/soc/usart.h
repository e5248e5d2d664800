/* SPDX-License-Identifier: MIT
 * The serial ports of a chip, seen from the board. */
#ifndef TWIN_SOC_USART_H
#define TWIN_SOC_USART_H

#include "twin/soc/chip.h"

/* Says who takes the bytes that a port sends; NULL: nobody.
 *
 * number    1.. as in the reference manual (UART4 is 4); ports the chip has not are ignored */
void soc_usart_listen(struct soc_chip *chip, uint32_t number,
                      void (*take)(void *context, uint8_t byte), void *context);

/* Sends a byte to a port. Returns false when too many wait already, or there is no such port. */
bool soc_usart_push(struct soc_chip *chip, uint32_t number, uint8_t byte);

/* Says whether a port asks a DMA controller: for a byte to send, or to fetch one. */
bool soc_usart_asks(const struct soc_chip *chip, uint32_t number, bool sends);

#endif
