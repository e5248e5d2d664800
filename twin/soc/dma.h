/* SPDX-License-Identifier: MIT
 * The DMA controllers of a chip, seen from the peripherals that ask them for data. */
#ifndef TWIN_SOC_DMA_H
#define TWIN_SOC_DMA_H

#include "twin/soc/chip.h"

enum { SOC_DMA_STREAMS = 8 };

/* Who asks: a serial port for what it should send, or to fetch what it received. number 0: nobody
 * that is modelled. */
struct soc_dma_request {
    uint8_t number; /* of the USART or UART */
    bool sends;
};

/* Gives who asks a stream. Source RM0090, "DMA1 request mapping", "DMA2 request mapping"; RM0433,
 * "DMAMUX1: assignment of multiplexer inputs to resources"
 *
 * controller 0 or 1
 * select    the channel of an F4's stream; an H7 asks its DMAMUX instead */
struct soc_dma_request soc_dma_request(const struct soc_chip *chip, uint32_t controller,
                                       uint32_t stream, uint32_t select);

/* Tells the controllers that a peripheral may ask now, or no more. */
void soc_dma_look(struct soc_chip *chip);

#endif
