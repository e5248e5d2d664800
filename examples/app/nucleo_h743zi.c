/* SPDX-License-Identifier: MIT
 * The sample application on the NUCLEO-H743ZI: green B0 LED, USART3 on D8 and D9, which the ST-LINK
 * passes on. */
#include "examples/app/board.h"
#include "examples/app/registers.h"

enum {
    GPIO_LED = 0x58020400,
    GPIO_SERIAL = 0x58020C00,
    TX = 8,
    RX = 9,
    RCC = 0x58024400,
    AHB4ENR = RCC + 0xE0,
    APB1LENR = RCC + 0xE8,
    USART3 = 0x40004800,
    USART_CR1 = USART3,
    USART_BRR = USART3 + 0x0C,
    USART_ISR = USART3 + 0x1C,
    USART_RDR = USART3 + 0x24,
    USART_TDR = USART3 + 0x28,
    RECEIVED = 1 << 5,
    EMPTY = 1 << 7,
};

const struct board board = {"nucleo_h743zi", RCC + 0xD0, 1 << 16, RCC, RCC + 0x10, GPIO_LED, 0};

/* Source    RM0433, "USART registers" */
void board_start(void)
{
    *at(AHB4ENR) |= 1u << (GPIO_LED >> 10 & 15) | 1u << (GPIO_SERIAL >> 10 & 15);
    *at(APB1LENR) |= 1 << 18;
    (void)*at(APB1LENR);
    pin_set_alternate(GPIO_SERIAL, TX, 7);
    pin_set_alternate(GPIO_SERIAL, RX, 7);
    pin_set_mode(board.led_port, board.led_pin, MODE_OUTPUT);
    *at(USART_BRR) = 64000000 / 115200;
    *at(USART_CR1) = 1 << 3 | 1 << 2 | 1 << 0;
}

void board_put(char byte)
{
    while ((*at(USART_ISR) & EMPTY) == 0) {
    }
    *at(USART_TDR) = (uint8_t)byte;
}

int board_get(void)
{
    return (*at(USART_ISR) & RECEIVED) == 0 ? -1 : (int)(*at(USART_RDR) & 0xFF);
}
