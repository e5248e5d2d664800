/* SPDX-License-Identifier: MIT
 * The peripherals of an STM32H743. */
#include "twin/soc/makers.h"

enum { K = 1024 };

/* Source RM0433 "Memory organization", "NVIC", "RCC register description". Parts that others look
 * at come first: a reset goes down the list. */
static const struct soc_row rows[] = {
    /* name, base, bytes, maker, input of the NVIC, clock enable: register, bit; variant */
    {"PWR", 0x58024800, K, soc_pwr_h7_make, 0, 0x00, 0, 0},
    {"RCC", 0x58024400, K, soc_rcc_h7_make, 5, 0x00, 0, 0},
    {"FLASH", 0x52002000, K, soc_flash_h7_make, 4, 0x00, 0, 0},
    {"IWDG1", 0x58004800, K, soc_iwdg_make, 0, 0x00, 0, 0},
    {"RTC", 0x58004000, K, soc_rtc_make, 41, 0xF4, 16, 0},
    {"SYSCFG", 0x58000400, K, soc_syscfg_make, 0, 0xF4, 1, 0},
    {"EXTI", 0x58000000, K, soc_exti_make, 0, 0x00, 0, 0},
    {"GPIOA", 0x58020000, K, soc_gpio_make, 0, 0xE0, 0, 0},
    {"GPIOB", 0x58020400, K, soc_gpio_make, 0, 0xE0, 1, 1},
    {"GPIOC", 0x58020800, K, soc_gpio_make, 0, 0xE0, 2, 2},
    {"GPIOD", 0x58020C00, K, soc_gpio_make, 0, 0xE0, 3, 3},
    {"GPIOE", 0x58021000, K, soc_gpio_make, 0, 0xE0, 4, 4},
    {"GPIOF", 0x58021400, K, soc_gpio_make, 0, 0xE0, 5, 5},
    {"GPIOG", 0x58021800, K, soc_gpio_make, 0, 0xE0, 6, 6},
    {"GPIOH", 0x58021C00, K, soc_gpio_make, 0, 0xE0, 7, 7},
    {"GPIOI", 0x58022000, K, soc_gpio_make, 0, 0xE0, 8, 8},
    {"GPIOJ", 0x58022400, K, soc_gpio_make, 0, 0xE0, 9, 9},
    {"GPIOK", 0x58022800, K, soc_gpio_make, 0, 0xE0, 10, 10},
    {"USART1", 0x40011000, K, soc_usart_make, 37, 0xF0, 4, 1},
    {"USART2", 0x40004400, K, soc_usart_make, 38, 0xE8, 17, 2},
    {"USART3", 0x40004800, K, soc_usart_make, 39, 0xE8, 18, 3},
    {"UART4", 0x40004C00, K, soc_usart_make, 52, 0xE8, 19, 4},
    {"UART5", 0x40005000, K, soc_usart_make, 53, 0xE8, 20, 5},
    {"USART6", 0x40011400, K, soc_usart_make, 71, 0xF0, 5, 6},
    {"UART7", 0x40007800, K, soc_usart_make, 82, 0xE8, 30, 7},
    {"UART8", 0x40007C00, K, soc_usart_make, 83, 0xE8, 31, 8},
    {"TIM2", 0x40000000, K, soc_tim_make, 28, 0xE8, 0, 2},
    {"TIM3", 0x40000400, K, soc_tim_make, 29, 0xE8, 1, 3},
    {"TIM4", 0x40000800, K, soc_tim_make, 30, 0xE8, 2, 4},
    {"TIM5", 0x40000C00, K, soc_tim_make, 50, 0xE8, 3, 5},
    {"TIM6", 0x40001000, K, soc_tim_make, 54, 0xE8, 4, 6},
    {"TIM7", 0x40001400, K, soc_tim_make, 55, 0xE8, 5, 7},
    {"TIM12", 0x40001800, K, soc_tim_make, 43, 0xE8, 6, 12},
    {"TIM13", 0x40001C00, K, soc_tim_make, 44, 0xE8, 7, 13},
    {"TIM14", 0x40002000, K, soc_tim_make, 45, 0xE8, 8, 14},
    {"TIM1", 0x40010000, K, soc_tim_make, 25, 0xF0, 0, 1},
    {"TIM8", 0x40010400, K, soc_tim_make, 44, 0xF0, 1, 8},
    {"TIM15", 0x40014000, K, soc_tim_make, 116, 0xF0, 16, 15},
    {"TIM16", 0x40014400, K, soc_tim_make, 117, 0xF0, 17, 16},
    {"TIM17", 0x40014800, K, soc_tim_make, 118, 0xF0, 18, 17},
    {"DMA1", 0x40020000, K, soc_dma_make, 0, 0xD8, 0, 1},
    {"DMA2", 0x40020400, K, soc_dma_make, 0, 0xD8, 1, 2},
    {"DMAMUX1", 0x40020800, K, soc_dmamux_make, 0, 0x00, 0, 0},
    {"CRC", 0x58024C00, K, soc_crc_make, 0, 0xE0, 19, 0},
    {"RNG", 0x48021800, K, soc_rng_make, 80, 0xDC, 6, 0},
    {"CRS", 0x40008400, K, soc_crs_make, 144, 0xEC, 1, 0},
    {"DBGMCU", 0x5C001000, K, soc_dbgmcu_make, 0, 0x00, 0, 0},
    {"SYSTEM", 0x1FF00000, 120 * K, soc_system_make, 0, 0x00, 0, 0},
    {"SIGNATURE", 0x1FF1E800, 256, soc_system_make, 0, 0x00, 0, 0},
    {"OTG1_HS", 0x40040000, 256 * K, NULL, 77, 0xD8, 25, 0},
    {"OTG2_FS", 0x40080000, 256 * K, NULL, 101, 0xD8, 27, 1},
};

static const uint32_t exti_irqs[16] = {6, 7, 8, 9, 10, 23, 23, 23, 23, 23, 40, 40, 40, 40, 40, 40};

static const struct soc_region regions[] = {
    {"APB1", 0x40000000, 0x10000}, {"APB2", 0x40010000, 0x8000}, {"AHB1", 0x40020000, 0xA0000},
    {"AHB2", 0x48020000, 0x3400},  {"APB3", 0x50000000, 0x4000}, {"AHB3", 0x51000000, 0x1009400},
    {"APB4", 0x58000000, 0x7000},  {"AHB4", 0x58020000, 0x7400}};

const struct soc_map soc_map_h743 = {
    .name = "h743",
    .rows = rows,
    .row_count = sizeof rows / sizeof rows[0],
    .regions = regions,
    .region_count = sizeof regions / sizeof regions[0],
    .reset_distance = 0x58,
    .exti_irqs = exti_irqs,
};
