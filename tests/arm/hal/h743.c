/* SPDX-License-Identifier: MIT
 * An STM32H743 with a crystal of 8 MHz, brought to 400 MHz in the order of ST's library. */
#include "tests/arm/hal/hal.h"

enum { RCC = 0x58024400, PWR = 0x58024800, FLASH_ACR = 0x52002000, SYSCFG_PWRCR = 0x5800042C };
enum { CPACR = 0xE000ED88, CCR = 0xE000ED14, CCSIDR = 0xE000ED80, CSSELR = 0xE000ED84 };
enum { ICIALLU = 0xE000EF50, DCISW = 0xE000EF60, MPU_TYPE = 0xE000ED90, MPU_CTRL = 0xE000ED94 };
enum { MPU_RNR = 0xE000ED98, MPU_RBAR = 0xE000ED9C, MPU_RASR = 0xE000EDA0, SHCSR = 0xE000ED24 };
enum { RCC_CR = RCC, CFGR = RCC + 0x10, D1CFGR = RCC + 0x18, D2CFGR = RCC + 0x1C };
enum { D3CFGR = RCC + 0x20, PLLCKSELR = RCC + 0x28, PLLCFGR = RCC + 0x2C, PLL1DIVR = RCC + 0x30 };
enum { PLL1FRACR = RCC + 0x34, D2CCIP2R = RCC + 0x54, AHB1ENR = RCC + 0xD8, AHB4ENR = RCC + 0xE0 };
enum { APB1HENR = RCC + 0xEC, APB1LENR = RCC + 0xE8, APB4ENR = RCC + 0xF4, APB1HRSTR = RCC + 0x94 };
enum { PWR_CR3 = PWR + 0x0C, PWR_CSR1 = PWR + 0x04, PWR_D3CR = PWR + 0x18, CRS = 0x40008400 };
enum { AHB2ENR = RCC + 0xDC, RCC_BDCR = RCC + 0x70, RCC_CSR = RCC + 0x74, DMAMUX1 = 0x40020800 };
enum { HSI_HZ = 64000000, HSERDY = 1 << 17, PLL1RDY = 1 << 25, HSI48RDY = 1 << 13 };

const struct hal_chip hal_chip = {
    .hclk_hz = 200000000,
    .core_hz = 400000000,
    .usb = 0x40080000,
    .usb_irq = 101,
    .usb_endpoints = 9,
    .gpio_a = 0x58020000,
    .uart = 0x40004800,
    .uart_irq = 39,
    .uart_divisor = (100000000 + 57600) / 115200,
    .uart_at = {0x00, 0x04, 0x08, 0x0C, 0x1C, 0x20, 0x24, 0x28, 1},
    .dma = 0x40020000,
    .dma_send = 0,
    .dma_receive = 1,
    .exti_rising = 0x58000000,
    .exti_falling = 0x58000004,
    .exti_mask = 0x58000080,
    .exti_pending = 0x58000088,
    .exti_choose = 0x58000408,
    .button_pin = 13,
    .button_port = 2,
    .button_irq = 40,
    .rtc = 0x58004000,
    .watchdog = 0x58004800,
    .random = 0x48021800,
    .crc = 0x58024C00,
    .reset_flags = RCC + 0xD0,
    .watchdog_flag = 1u << 26,
    .clear_flag = 1u << 16,
};

static void barrier(void)
{
    __asm__ volatile("dsb\n isb" ::: "memory");
}

/* A region of normal memory that is not cached, as for the buffers of a DMA. */
static void start_mpu(void)
{
    __asm__ volatile("dmb" ::: "memory");
    clear_bits(SHCSR, 1u << 16);
    WORD(MPU_CTRL) = 0;
    if ((WORD(MPU_TYPE) >> 8 & 0xFF) != 16) {
        note(0xBAD00001);
    }
    WORD(MPU_RNR) = 0;
    WORD(MPU_RASR) = 0;
    WORD(MPU_RBAR) = 0x30040000;
    WORD(MPU_RASR) = 3u << 24 | 1u << 19 | 17u << 1 | 1;
    WORD(MPU_CTRL) = 5;
    set_bits(SHCSR, 1u << 16);
    barrier();
    if (WORD(MPU_RASR) != (3u << 24 | 1u << 19 | 17u << 1 | 1)) {
        note(0xBAD00002);
    }
}

static void start_instruction_cache(void)
{
    if ((WORD(CCR) & 1u << 17) != 0) {
        return;
    }
    barrier();
    WORD(ICIALLU) = 0;
    barrier();
    set_bits(CCR, 1u << 17);
    barrier();
}

/* Every set and way of the data cache is invalidated, as many as the core says it has. */
static void start_data_cache(void)
{
    if ((WORD(CCR) & 1u << 16) != 0) {
        return;
    }
    WORD(CSSELR) = 0;
    __asm__ volatile("dsb");
    uint32_t size = WORD(CCSIDR);
    uint32_t sets = size >> 13 & 0x7FFF;
    do {
        uint32_t ways = size >> 3 & 0x3FF;
        do {
            WORD(DCISW) = (sets << 5 & 0x3FE0) | (ways << 30 & 0xC0000000);
        } while (ways-- != 0);
    } while (sets-- != 0);
    __asm__ volatile("dsb");
    set_bits(CCR, 1u << 16);
    barrier();
}

void system_start(void)
{
    WORD(CPACR) |= 0xFu << 20;
    barrier();
}

static void enable(uint32_t reg, uint32_t bits)
{
    set_bits(reg, bits);
    (void)(WORD(reg) & bits);
}

/* The supply is chosen once; scale 1 afterwards. */
static bool start_power(void)
{
    bool good = true;
    if ((WORD(PWR_CR3) & 7) == 6) {
        change_bits(PWR_CR3, 7, 2);
        good = wait_for(PWR_CSR1, 1u << 13, 1u << 13, 1000);
    } else {
        good = (WORD(PWR_CR3) & 7) == 2; /* as it was chosen before a reset */
    }
    change_bits(PWR_D3CR, 3u << 14, 3u << 14);
    (void)(WORD(PWR_D3CR) & 3u << 14);
    return wait_for(PWR_D3CR, 1u << 13, 1u << 13, 1000) && good;
}

/* 8 MHz / 1 * 100: 800 MHz, of which P is the half. */
static bool start_oscillators(void)
{
    set_bits(RCC_CR, 1u << 16);
    bool good = wait_for(RCC_CR, HSERDY, HSERDY, 100);
    set_bits(RCC_CR, 1u << 12);
    good = wait_for(RCC_CR, HSI48RDY, HSI48RDY, 2) && good;
    clear_bits(RCC_CR, 1u << 24);
    good = wait_for(RCC_CR, PLL1RDY, 0, 2) && good;
    change_bits(PLLCKSELR, 0x3F3, 2 | 1u << 4);
    WORD(PLL1DIVR) = (100 - 1) | 1u << 9 | 3u << 16 | 1u << 24;
    clear_bits(PLLCFGR, 1);
    change_bits(PLL1FRACR, 0xFFF8, 0);
    change_bits(PLLCFGR, 3u << 2, 3u << 2);
    change_bits(PLLCFGR, 2, 0);
    set_bits(PLLCFGR, 1u << 16);
    set_bits(PLLCFGR, 1u << 17);
    set_bits(PLLCFGR, 1u << 18);
    set_bits(PLLCFGR, 1);
    set_bits(RCC_CR, 1u << 24);
    return wait_for(RCC_CR, PLL1RDY, PLL1RDY, 2) && good;
}

static bool switch_clock(void)
{
    change_bits(FLASH_ACR, 0xF, 2);
    bool good = (WORD(FLASH_ACR) & 0xF) == 2;
    change_bits(D1CFGR, 7u << 4, 4u << 4);
    change_bits(D2CFGR, 7u << 4, 4u << 4);
    change_bits(D2CFGR, 7u << 8, 4u << 8);
    change_bits(D3CFGR, 7u << 4, 4u << 4);
    change_bits(D1CFGR, 0xF, 8);
    change_bits(D1CFGR, 0xFu << 8, 0);
    change_bits(CFGR, 7, 3);
    return wait_for(CFGR, 7u << 3, 3u << 3, 5000) && good;
}

/* HSI48, trimmed by the starts of frame. */
static void start_usb_clock(void)
{
    change_bits(D2CCIP2R, 3u << 20, 3u << 20);
    enable(APB1HENR, 1u << 1);
    set_bits(APB1HRSTR, 1u << 1);
    clear_bits(APB1HRSTR, 1u << 1);
    WORD(CRS + 4) = 47999u | 34u << 16 | 2u << 28;
    change_bits(CRS, 0x3Fu << 8, 32u << 8);
    set_bits(CRS, 1u << 6 | 1u << 5);
    set_bits(PWR_CR3, 1u << 24);
    (void)wait_for(PWR_CR3, 1u << 26, 1u << 26, 1000);
}

int clocks_start(void)
{
    start_mpu();
    start_instruction_cache();
    start_data_cache();
    tick_start(HSI_HZ);
    enable(APB4ENR, 1u << 1);
    bool good = start_power() && start_oscillators() && switch_clock();
    tick_start(hal_chip.core_hz);
    start_usb_clock();
    return good ? 0 : -1;
}

/* PA11 and PA12 as alternate function 10; then the core's clock, its interrupt. */
void usb_start_pins(void)
{
    enable(AHB4ENR, 1);
    for (uint32_t pin = 11; pin <= 12; pin++) {
        change_bits(hal_chip.gpio_a + 0x08, 3u << 2 * pin, 3u << 2 * pin);
        change_bits(hal_chip.gpio_a + 0x24, 0xFu << 4 * (pin - 8), 10u << 4 * (pin - 8));
        change_bits(hal_chip.gpio_a, 3u << 2 * pin, 2u << 2 * pin);
    }
    enable(AHB1ENR, 1u << 27);
    irq_enable(hal_chip.usb_irq, 5);
}

/* PD8 and PD9 as alternate function 7; who asks the streams is the multiplexer's business. */
void uart_start_pins(void)
{
    enable(AHB4ENR, 1u << 3);
    enable(AHB1ENR, 3);
    enable(APB1LENR, 1u << 18);
    change_bits(hal_chip.gpio_a + 0xC24, 0xFF, 0x77);
    change_bits(hal_chip.gpio_a + 0xC00, 0xFu << 16, 0xAu << 16);
    WORD(DMAMUX1) = 46;
    WORD(DMAMUX1 + 4) = 45;
    WORD(DMAMUX1 + 0x84) = 3;
}

/* Ports A to D, CRC; RNG; TIM3; SYSCFG, calendar. */
void rest_start_clocks(void)
{
    enable(AHB4ENR, 0xF | 1u << 19);
    enable(AHB2ENR, 1u << 6);
    enable(APB1LENR, 1u << 1);
    enable(APB4ENR, 1u << 1 | 1u << 16);
}

/* A board without the crystal falls back to what the chip has. */
bool calendar_start_clock(void)
{
    set_bits(PWR, 1u << 8);
    bool good = wait_for(PWR, 1u << 8, 1u << 8, 100);
    set_bits(RCC_BDCR, 1);
    uint32_t start = tick_now();
    while ((WORD(RCC_BDCR) & 2) == 0 && tick_now() - start <= 5000) {
    }
    uint32_t source = (WORD(RCC_BDCR) & 2) != 0 ? 1 : 2;
    if (source == 2) {
        set_bits(RCC_CSR, 1);
        good = wait_for(RCC_CSR, 2, 2, 5) && good;
    }
    change_bits(RCC_BDCR, 3u << 8, source << 8);
    set_bits(RCC_BDCR, 1u << 15);
    return good;
}

/* Notes 0, the clock, and what 20 ms took of 1 us of a timer. */
void do_clocks(void)
{
    note((uint32_t)clocks_start());
    note(WORD(CFGR));
    enable(APB1LENR, 1);
    note_20_ms(200);
}
