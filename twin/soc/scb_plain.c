/* SPDX-License-Identifier: MIT
 * Registers of the system control space that keep what is written or never change; the MPU. */
#include <string.h>

#include "twin/soc/scb_inside.h"

/* Registers that keep what is written, or never change. */
struct plain_row {
    uint16_t offset;
    uint8_t kept; /* 1..SOC_SCB_PLAIN_MAX: place in plain[]; 0: constant */
    uint32_t value_m4, value_m7, writable;
};

/* Source: also Cortex-M4 TRM and Cortex-M7 TRM, "System control"; cache sizes of RM0433 */
static const struct plain_row plain_rows[] = {
    {0x008, 1, 0, 0, 0x7FFFFFFF},                    /* ACTLR */
    {0xD00, 0, 0x410FC241, 0x411FC271, 0},           /* CPUID */
    {0xD40, 0, 0x00000030, 0x00000030, 0},           /* ID_PFR0 */
    {0xD44, 0, 0x00000200, 0x00000200, 0},           /* ID_PFR1 */
    {0xD48, 0, 0x00100000, 0x00100000, 0},           /* ID_DFR0 */
    {0xD50, 0, 0x00000030, 0x00100030, 0},           /* ID_MMFR0 */
    {0xD58, 0, 0x01000000, 0x01000000, 0},           /* ID_MMFR2 */
    {0xD60, 0, 0x01101110, 0x01101110, 0},           /* ID_ISAR0 */
    {0xD64, 0, 0x02112000, 0x02112000, 0},           /* ID_ISAR1 */
    {0xD68, 0, 0x20232231, 0x20232231, 0},           /* ID_ISAR2 */
    {0xD6C, 0, 0x01111131, 0x01111131, 0},           /* ID_ISAR3 */
    {0xD70, 0, 0x01310132, 0x01310132, 0},           /* ID_ISAR4 */
    {0xD78, 0, 0, 0x09000003, 0},                    /* CLIDR */
    {0xD7C, 0, 0x8000C000, 0x8303C003, 0},           /* CTR */
    {0xD84, 2, 0, 0, 0xF},                           /* CSSELR */
    {0xD88, 3, 0, 0, 0x00F00000},                    /* CPACR */
    {0xF34, 4, 0xC0000000, 0xC0000000, 0xC0000000u}, /* FPCCR */
    {0xF38, 5, 0, 0, 0xFFFFFFF8},                    /* FPCAR */
    {0xF3C, 6, 0, 0, 0x07C00000},                    /* FPDSCR */
    {0xF40, 0, 0x10110021, 0x10110221, 0},           /* MVFR0 */
    {0xF44, 0, 0x11000011, 0x12000011, 0},           /* MVFR1 */
    {0xF48, 0, 0, 0x00000040, 0},                    /* MVFR2 */
    {0xF90, 7, 0, 0x00000001, 0x7},                  /* ITCMCR */
    {0xF94, 8, 0, 0x00000001, 0x7},                  /* DTCMCR */
    {0xF98, 9, 0, 0, 0x1},                           /* AHBPCR */
    {0xF9C, 10, 0, 0, 0x7},                          /* CACR */
    {0xFA0, 11, 0, 0x00000800, 0x0000FFFF},          /* AHBSCR */
    {0xFA8, 12, 0, 0, 0x0000031F},                   /* ABFSR */
};

enum { PLAIN_ROWS = sizeof plain_rows / sizeof plain_rows[0] };

static const struct plain_row *find_plain(uint32_t offset)
{
    for (uint32_t i = 0; i < PLAIN_ROWS; i++) {
        if (plain_rows[i].offset == offset) {
            return &plain_rows[i];
        }
    }
    return NULL;
}

static uint32_t row_reset(const struct soc_scb *scb, const struct plain_row *row)
{
    return scb->m7 ? row->value_m7 : row->value_m4;
}

uint32_t soc_scb_read_plain(const struct soc_scb *scb, uint32_t offset)
{
    const struct plain_row *row = find_plain(offset);
    if (row == NULL) {
        return 0;
    }
    return row->kept == 0 ? row_reset(scb, row) : scb->plain[row->kept - 1];
}

void soc_scb_write_plain(struct soc_scb *scb, uint32_t offset, struct soc_store word)
{
    const struct plain_row *row = find_plain(offset);
    if (row != NULL && row->kept != 0) {
        uint32_t *kept = &scb->plain[row->kept - 1];
        *kept = soc_merge(*kept, &word, row->writable);
    }
}

void soc_scb_reset_plain(struct soc_scb *scb)
{
    for (uint32_t i = 0; i < PLAIN_ROWS; i++) {
        if (plain_rows[i].kept != 0) {
            scb->plain[plain_rows[i].kept - 1] = row_reset(scb, &plain_rows[i]);
        }
    }
    scb->mpu_control = 0;
    scb->mpu_region = 0;
    memset(scb->mpu_rbar, 0, sizeof scb->mpu_rbar);
    memset(scb->mpu_rasr, 0, sizeof scb->mpu_rasr);
}

/* Access for privileged code only counts as access. */
bool soc_scb_fpu_on(const struct soc_scb *scb)
{
    enum { CPACR_KEPT = 2 };
    return (scb->plain[CPACR_KEPT] >> 20 & 3) != 0;
}

/* Size of a cache: 16 KB of data in 4 ways, 16 KB of instructions in 2 (RM0433). */
uint32_t soc_scb_read_cache_size(const struct soc_scb *scb)
{
    enum { CSSELR_INSTRUCTIONS = 1, CSSELR_KEPT = 1 };
    if (!scb->m7) {
        return 0;
    }
    return (scb->plain[CSSELR_KEPT] & CSSELR_INSTRUCTIONS) != 0 ? 0xF01FE009 : 0xF00FE019;
}

/* Offsets from MPU_TYPE; RBAR and RASR follow three times more. */
enum { MPU_TYPE = 0x0, MPU_CTRL = 0x4, MPU_RNR = 0x8, MPU_RBAR = 0xC };
enum { MPU_REGIONS_M4 = 8, RBAR_VALID = 1 << 4, MPU_CTRL_WRITABLE = 7 };

static uint32_t mpu_regions(const struct soc_scb *scb)
{
    return scb->m7 ? SOC_MPU_REGIONS_MAX : MPU_REGIONS_M4;
}

uint32_t soc_scb_read_mpu(const struct soc_scb *scb, uint32_t offset)
{
    uint32_t region = scb->mpu_region;
    switch (offset) {
    case MPU_TYPE: return mpu_regions(scb) << 8;
    case MPU_CTRL: return scb->mpu_control;
    case MPU_RNR: return region;
    default: break;
    }
    bool base = (offset - MPU_RBAR) % 8 == 0;
    return base ? scb->mpu_rbar[region] | region : scb->mpu_rasr[region];
}

static void write_rbar(struct soc_scb *scb, uint32_t value)
{
    if ((value & RBAR_VALID) != 0 && (value & 0xF) < mpu_regions(scb)) {
        scb->mpu_region = value & 0xF;
    }
    scb->mpu_rbar[scb->mpu_region] = value & ~0x1Fu;
}

void soc_scb_write_mpu(struct soc_scb *scb, uint32_t offset, struct soc_store word)
{
    bool base = (offset - MPU_RBAR) % 8 == 0;
    switch (offset) {
    case MPU_TYPE: return;
    case MPU_CTRL: scb->mpu_control = soc_merge(scb->mpu_control, &word, MPU_CTRL_WRITABLE); return;
    case MPU_RNR: scb->mpu_region = word.value % mpu_regions(scb); return;
    default: break;
    }
    if (base) {
        write_rbar(scb, word.value);
    } else {
        uint32_t *rasr = &scb->mpu_rasr[scb->mpu_region];
        *rasr = soc_merge(*rasr, &word, 0x173FFF3F);
    }
}
