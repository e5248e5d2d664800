/* SPDX-License-Identifier: MIT
 * The makers of the peripherals, for the maps; what one peripheral asks of another. */
#ifndef TWIN_SOC_MAKERS_H
#define TWIN_SOC_MAKERS_H

#include "twin/soc/chip.h"

/* Make one peripheral each: fill part, whose name, base and bytes are set already.
 *
 * Owns      the chip frees part->self
 * Returns   false when memory ran out
 * Source    RM0090 and RM0433, the chapter of the peripheral */
bool soc_rcc_f4_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part);
bool soc_rcc_h7_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part);
bool soc_pwr_f4_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part);
bool soc_pwr_h7_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part);
bool soc_flash_f4_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part);
bool soc_flash_h7_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part);
bool soc_gpio_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part);
bool soc_syscfg_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part);
bool soc_exti_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part);
bool soc_iwdg_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part);
bool soc_rtc_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part);
bool soc_usart_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part);
bool soc_rng_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part);
bool soc_crc_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part);
bool soc_crs_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part);
bool soc_dma_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part);
bool soc_dmamux_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part);
bool soc_tim_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part);
bool soc_dbgmcu_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part);
bool soc_system_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part);

/* Fills what the map's rows leave of a region with parts that read 0. Returns false when memory ran
 * out. */
bool soc_gaps_fill(struct soc_chip *chip, const struct soc_region *region);

/* Resets the backup domain's own part, as BDRST does. */
void soc_rtc_reset_domain(void *rtc);

/* Tells the RTC that its clock changes now: it counts with the old one until here. */
void soc_rtc_settle(void *rtc);

/* Tells the EXTI of a line inside the chip that has gone up: an alarm of the RTC, its wake-up. */
void soc_exti_alarm(void *exti);
void soc_exti_wake_up(void *exti);

/* Tells the EXTI of a pin that has changed. */
void soc_exti_pin(void *exti, uint32_t port, uint32_t pin, bool level);

#endif
