/* SPDX-License-Identifier: MIT
 * The sample application on the pyboard v1.1: red LED A13, USART2 on X3 (TX, A2) and X4 (RX, A3).
 */
#include "examples/app/board.h"
#include "examples/app/registers.h"

enum {
    GPIOA = 0x40020000,
    RCC = 0x40023800,
    AHB1ENR = RCC + 0x30,
    APB1ENR = RCC + 0x40,
    USART2 = 0x40004400,
    USART_SR = USART2,
    USART_DR = USART2 + 4,
    USART_BRR = USART2 + 8,
    USART_CR1 = USART2 + 12,
    RECEIVED = 1 << 5,
    EMPTY = 1 << 7,
};

const struct board board = {"pybv11", RCC + 0x74, 1 << 24, RCC, RCC + 8, GPIOA, 13};

/* Source    RM0090, "USART registers" */
void board_start(void)
{
    *at(AHB1ENR) |= 1;
    *at(APB1ENR) |= 1 << 17;
    (void)*at(APB1ENR);
    pin_set_alternate(GPIOA, 2, 7);
    pin_set_alternate(GPIOA, 3, 7);
    pin_set_mode(board.led_port, board.led_pin, MODE_OUTPUT);
    *at(USART_BRR) = 16000000 / 115200;
    *at(USART_CR1) = 1 << 13 | 1 << 3 | 1 << 2;
}

void board_put(char byte)
{
    while ((*at(USART_SR) & EMPTY) == 0) {
    }
    *at(USART_DR) = (uint8_t)byte;
}

int board_get(void)
{
    return (*at(USART_SR) & RECEIVED) == 0 ? -1 : (int)(*at(USART_DR) & 0xFF);
}
