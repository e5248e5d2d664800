/* SPDX-License-Identifier: MIT
 * The peripherals of an STM32F405. */
#include "twin/soc/makers.h"

enum { K = 1024 };

/* Source RM0090 "Memory map", "Vector table for STM32F405xx/07xx", "RCC registers". Parts that
 * others look at come first: a reset goes down the list. */
static const struct soc_row rows[] = {
    /* name, base, bytes, maker, input of the NVIC, clock enable: register, bit; variant */
    {"PWR", 0x40007000, K, soc_pwr_f4_make, 0, 0x40, 28, 0},
    {"RCC", 0x40023800, K, soc_rcc_f4_make, 5, 0x00, 0, 0},
    {"FLASH", 0x40023C00, K, soc_flash_f4_make, 4, 0x00, 0, 0},
    {"IWDG", 0x40003000, K, soc_iwdg_make, 0, 0x00, 0, 0},
    {"RTC", 0x40002800, K, soc_rtc_make, 41, 0x00, 0, 0},
    {"SYSCFG", 0x40013800, K, soc_syscfg_make, 0, 0x44, 14, 0},
    {"EXTI", 0x40013C00, K, soc_exti_make, 0, 0x00, 0, 0},
    {"GPIOA", 0x40020000, K, soc_gpio_make, 0, 0x30, 0, 0},
    {"GPIOB", 0x40020400, K, soc_gpio_make, 0, 0x30, 1, 1},
    {"GPIOC", 0x40020800, K, soc_gpio_make, 0, 0x30, 2, 2},
    {"GPIOD", 0x40020C00, K, soc_gpio_make, 0, 0x30, 3, 3},
    {"GPIOE", 0x40021000, K, soc_gpio_make, 0, 0x30, 4, 4},
    {"GPIOF", 0x40021400, K, soc_gpio_make, 0, 0x30, 5, 5},
    {"GPIOG", 0x40021800, K, soc_gpio_make, 0, 0x30, 6, 6},
    {"GPIOH", 0x40021C00, K, soc_gpio_make, 0, 0x30, 7, 7},
    {"GPIOI", 0x40022000, K, soc_gpio_make, 0, 0x30, 8, 8},
    {"USART1", 0x40011000, K, soc_usart_make, 37, 0x44, 4, 1},
    {"USART2", 0x40004400, K, soc_usart_make, 38, 0x40, 17, 2},
    {"USART3", 0x40004800, K, soc_usart_make, 39, 0x40, 18, 3},
    {"UART4", 0x40004C00, K, soc_usart_make, 52, 0x40, 19, 4},
    {"UART5", 0x40005000, K, soc_usart_make, 53, 0x40, 20, 5},
    {"USART6", 0x40011400, K, soc_usart_make, 71, 0x44, 5, 6},
    {"TIM2", 0x40000000, K, soc_tim_make, 28, 0x40, 0, 2},
    {"TIM3", 0x40000400, K, soc_tim_make, 29, 0x40, 1, 3},
    {"TIM4", 0x40000800, K, soc_tim_make, 30, 0x40, 2, 4},
    {"TIM5", 0x40000C00, K, soc_tim_make, 50, 0x40, 3, 5},
    {"TIM6", 0x40001000, K, soc_tim_make, 54, 0x40, 4, 6},
    {"TIM7", 0x40001400, K, soc_tim_make, 55, 0x40, 5, 7},
    {"TIM12", 0x40001800, K, soc_tim_make, 43, 0x40, 6, 12},
    {"TIM13", 0x40001C00, K, soc_tim_make, 44, 0x40, 7, 13},
    {"TIM14", 0x40002000, K, soc_tim_make, 45, 0x40, 8, 14},
    {"TIM1", 0x40010000, K, soc_tim_make, 25, 0x44, 0, 1},
    {"TIM8", 0x40010400, K, soc_tim_make, 44, 0x44, 1, 8},
    {"TIM9", 0x40014000, K, soc_tim_make, 24, 0x44, 16, 9},
    {"TIM10", 0x40014400, K, soc_tim_make, 25, 0x44, 17, 10},
    {"TIM11", 0x40014800, K, soc_tim_make, 26, 0x44, 18, 11},
    {"DMA1", 0x40026000, K, soc_dma_make, 0, 0x30, 21, 1},
    {"DMA2", 0x40026400, K, soc_dma_make, 0, 0x30, 22, 2},
    {"CRC", 0x40023000, K, soc_crc_make, 0, 0x30, 12, 0},
    {"RNG", 0x50060800, K, soc_rng_make, 80, 0x34, 6, 0},
    {"DBGMCU", 0xE0042000, K, soc_dbgmcu_make, 0, 0x00, 0, 0},
    {"SYSTEM", 0x1FFF0000, 28 * K, soc_system_make, 0, 0x00, 0, 0},
    {"OTP", 0x1FFF7800, K, soc_system_make, 0, 0x00, 0, 0},
    {"OPTIONS", 0x1FFFC000, 16, soc_system_make, 0, 0x00, 0, 0},
    {"OTG_FS", 0x50000000, 256 * K, NULL, 67, 0x34, 7, 0},
    {"OTG_HS", 0x40040000, 256 * K, NULL, 77, 0x30, 29, 1},
};

static const uint32_t exti_irqs[16] = {6, 7, 8, 9, 10, 23, 23, 23, 23, 23, 40, 40, 40, 40, 40, 40};

static const struct soc_region regions[] = {{"APB1", 0x40000000, 0x8000},
                                            {"APB2", 0x40010000, 0x8000},
                                            {"AHB1", 0x40020000, 0x60000},
                                            {"AHB2", 0x50000000, 0x61000},
                                            {"FSMC", 0xA0000000, 0x1000}};

const struct soc_map soc_map_f405 = {
    .name = "f405",
    .rows = rows,
    .row_count = sizeof rows / sizeof rows[0],
    .regions = regions,
    .region_count = sizeof regions / sizeof regions[0],
    .reset_distance = 0x20,
    .exti_irqs = exti_irqs,
};
