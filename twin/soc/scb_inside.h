/* SPDX-License-Identifier: MIT
 * The inside of the system control space, shared by its files. */
#ifndef TWIN_SOC_SCB_INSIDE_H
#define TWIN_SOC_SCB_INSIDE_H

#include "twin/soc/registers.h"
#include "twin/soc/scb.h"

/* Registers with no effect. Offsets are from 0xE000E000; unknown ones read 0. */
uint32_t soc_scb_read_plain(const struct soc_scb *scb, uint32_t offset);
void soc_scb_write_plain(struct soc_scb *scb, uint32_t offset, struct soc_store word);
void soc_scb_reset_plain(struct soc_scb *scb);

/* CCSIDR. */
uint32_t soc_scb_read_cache_size(const struct soc_scb *scb);

/* The MPU's registers; offsets are from MPU_TYPE. */
uint32_t soc_scb_read_mpu(const struct soc_scb *scb, uint32_t offset);
void soc_scb_write_mpu(struct soc_scb *scb, uint32_t offset, struct soc_store word);

/* ICSR and SHCSR. */
uint32_t soc_scb_read_icsr(const struct soc_scb *scb);
void soc_scb_write_icsr(struct soc_scb *scb, uint32_t value);
uint32_t soc_scb_read_shcsr(const struct soc_scb *scb);
void soc_scb_write_shcsr(struct soc_scb *scb, struct soc_store word);

/* SHPR1 to SHPR3; offsets 0, 4, 8. */
uint32_t soc_scb_read_priorities(const struct soc_scb *scb, uint32_t offset);
void soc_scb_write_priorities(struct soc_scb *scb, uint32_t offset, struct soc_store word);

#endif
