/* SPDX-License-Identifier: MIT
 * Register names of the DWC2 core, typed a second time so that a slip in the model's own shows. */
#ifndef TESTS_SUPPORT_DWC2_NAMES_H
#define TESTS_SUPPORT_DWC2_NAMES_H

#include <stdint.h>

/* Source RM0090, "OTG_FS register map" */
enum {
    GOTGCTL = 0x000,
    GAHBCFG = 0x008,
    GUSBCFG = 0x00C,
    GRSTCTL = 0x010,
    GINTSTS = 0x014,
    GINTMSK = 0x018,
    GRXSTSR = 0x01C,
    GRXSTSP = 0x020,
    GRXFSIZ = 0x024,
    DIEPTXF0 = 0x028,
    GCCFG = 0x038,
    GSNPSID = 0x040,
    DIEPTXF1 = 0x104,
    DCFG = 0x800,
    DCTL = 0x804,
    DSTS = 0x808,
    DIEPMSK = 0x810,
    DOEPMSK = 0x814,
    DAINT = 0x818,
    DAINTMSK = 0x81C,
    DIEPEMPMSK = 0x834,
    DIEPCTL = 0x900,
    DIEPINT = 0x908,
    DIEPTSIZ = 0x910,
    DTXFSTS = 0x918,
    DOEPCTL = 0xB00,
    DOEPINT = 0xB08,
    DOEPTSIZ = 0xB10,
    PCGCCTL = 0xE00,
    FIFO = 0x1000
};

/* Bits of GINTSTS. */
enum {
    SOF = 1 << 3,
    RXFLVL = 1 << 4,
    ESUSP = 1 << 10,
    USBSUSP = 1 << 11,
    USBRST = 1 << 12,
    ENUMDNE = 1 << 13,
    IEPINT = 1 << 18,
    OEPINT = 1 << 19
};
#define WKUINT 0x80000000U

/* Bits of DIEPCTL and DOEPCTL. */
#define EPENA  0x80000000U
#define EPDIS  0x40000000U
#define SD1PID 0x20000000U
#define SD0PID 0x10000000U
#define SNAK   0x08000000U
#define CNAK   0x04000000U
#define STALL  0x00200000U
#define BULK   0x00080000U
#define NAKSTS 0x00020000U
#define USBAEP 0x00008000U

/* Bits of DIEPINT and DOEPINT. */
enum {
    XFRC = 1 << 0,
    EPDISD = 1 << 1,
    STUP = 1 << 3,
    ITTXFE = 1 << 4,
    OTEPDIS = 1 << 4,
    INEPNE = 1 << 6,
    B2BSTUP = 1 << 6,
    TXFE = 1 << 7
};

/* Gives a register of IN endpoint n; which: its offset among them. */
static inline uint32_t diep(uint32_t n, uint32_t which)
{
    return DIEPCTL + 0x20 * n + which;
}

/* Gives a register of OUT endpoint n. */
static inline uint32_t doep(uint32_t n, uint32_t which)
{
    return DOEPCTL + 0x20 * n + which;
}

#endif
