/* SPDX-License-Identifier: MIT
 * Registers of the DWC2 OTG core in device mode, as RM0090 and RM0433 name them. */
#ifndef TWIN_SOC_DWC2_REGS_H
#define TWIN_SOC_DWC2_REGS_H

/* Offsets of the global registers. */
enum {
    R_GOTGCTL = 0x000,
    R_GOTGINT = 0x004,
    R_GAHBCFG = 0x008,
    R_GUSBCFG = 0x00C,
    R_GRSTCTL = 0x010,
    R_GINTSTS = 0x014,
    R_GINTMSK = 0x018,
    R_GRXSTSR = 0x01C,
    R_GRXSTSP = 0x020,
    R_GRXFSIZ = 0x024,
    R_DIEPTXF0 = 0x028,
    R_GNPTXSTS = 0x02C,
    R_GCCFG = 0x038,
    R_CID = 0x03C,
    R_GSNPSID = 0x040,
    R_GHWCFG1 = 0x044,
    R_GHWCFG4 = 0x050,
    R_GLPMCFG = 0x054,
    R_GADPCTL = 0x060,
    R_HPTXFSIZ = 0x100,
    R_DIEPTXF1 = 0x104,
    R_DIEPTXF15 = 0x13C,
    R_DCFG = 0x800,
    R_DCTL = 0x804,
    R_DSTS = 0x808,
    R_DIEPMSK = 0x810,
    R_DOEPMSK = 0x814,
    R_DAINT = 0x818,
    R_DAINTMSK = 0x81C,
    R_DVBUSDIS = 0x828,
    R_DVBUSPULSE = 0x82C,
    R_DTHRCTL = 0x830,
    R_DIEPEMPMSK = 0x834,
    R_DIEP = 0x900,
    R_DOEP = 0xB00,
    R_DOEP_END = 0xD00,
    R_PCGCCTL = 0xE00,
    R_END = 0x1000,   /* of the registers; FIFO 0 begins */
    R_FIFO = 0x1000,  /* bytes between two FIFOs */
    R_BLOCK = 0x20,   /* bytes of one endpoint's registers */
    R_SPACE = 0x40000 /* bytes that the core takes on the bus */
};

/* Offsets inside the registers of one endpoint. */
enum { EP_CTL = 0x00, EP_INT = 0x08, EP_TSIZ = 0x10, EP_DMA = 0x14, EP_TXFSTS = 0x18 };

#define BIT(n)           (1U << (n))

#define GOTGCTL_BVALOEN  BIT(6)
#define GOTGCTL_BVALOVAL BIT(7)
#define GOTGCTL_CIDSTS   BIT(16)
#define GOTGCTL_BSVLD    BIT(19)

#define GOTGINT_SEDET    BIT(2)

#define GAHBCFG_GINT     BIT(0)
#define GAHBCFG_TXFELVL  BIT(7)

#define GUSBCFG_PHYSEL   BIT(6)
#define GUSBCFG_FHMOD    BIT(29)

#define GRSTCTL_CSRST    BIT(0)
#define GRSTCTL_RXFFLSH  BIT(4)
#define GRSTCTL_TXFFLSH  BIT(5)
#define GRSTCTL_TXFNUM   (0x1FU << 6)
#define GRSTCTL_AHBIDL   BIT(31)
#define GRSTCTL_ALL_FIFO 0x10U

#define GINT_CMOD        BIT(0)
#define GINT_OTGINT      BIT(2)
#define GINT_SOF         BIT(3)
#define GINT_RXFLVL      BIT(4)
#define GINT_NPTXFE      BIT(5)
#define GINT_GINAKEFF    BIT(6)
#define GINT_BOUTNAKEFF  BIT(7)
#define GINT_ESUSP       BIT(10)
#define GINT_USBSUSP     BIT(11)
#define GINT_USBRST      BIT(12)
#define GINT_ENUMDNE     BIT(13)
#define GINT_IEPINT      BIT(18)
#define GINT_OEPINT      BIT(19)
#define GINT_PTXFE       BIT(26)
#define GINT_SRQINT      BIT(30)
#define GINT_WKUINT      BIT(31)

#define GCCFG_PWRDWN     BIT(16)
#define GCCFG_VBUSBSEN   BIT(19) /* core 1.x */
#define GCCFG_NOVBUSSENS BIT(21) /* core 1.x */
#define GCCFG_VBDEN      BIT(21) /* core 2.x */

#define DCFG_DAD(value)  ((value) >> 4 & 0x7FU)
#define DCFG_DSPD        3U

#define DCTL_RWUSIG      BIT(0)
#define DCTL_SDIS        BIT(1)
#define DCTL_GINSTS      BIT(2)
#define DCTL_GONSTS      BIT(3)
#define DCTL_SGINAK      BIT(7)
#define DCTL_CGINAK      BIT(8)
#define DCTL_SGONAK      BIT(9)
#define DCTL_CGONAK      BIT(10)

#define DSTS_SUSPSTS     BIT(0)
#define DSTS_ENUM_FS     (3U << 1)
#define DSTS_RESET       0x10U

#define EPCTL_USBAEP     BIT(15)
#define EPCTL_DPID       BIT(16)
#define EPCTL_NAKSTS     BIT(17)
#define EPCTL_STALL      BIT(21)
#define EPCTL_TXFNUM     (0xFU << 22)
#define EPCTL_CNAK       BIT(26)
#define EPCTL_SNAK       BIT(27)
#define EPCTL_SD0PID     BIT(28)
#define EPCTL_SD1PID     BIT(29)
#define EPCTL_EPDIS      BIT(30)
#define EPCTL_EPENA      BIT(31)

#define EPINT_XFRC       BIT(0)
#define EPINT_EPDISD     BIT(1)
#define EPINT_STUP       BIT(3) /* OUT */
#define EPINT_ITTXFE     BIT(4) /* IN */
#define EPINT_OTEPDIS    BIT(4) /* OUT */
#define EPINT_INEPNE     BIT(6) /* IN */
#define EPINT_B2BSTUP    BIT(6) /* OUT */
#define EPINT_TXFE       BIT(7) /* IN; reads 1 in every DOEPINT */
#define EPINT_NAK        BIT(13)

#define EP0_TSIZ_BYTES   0x7FU
#define EPN_TSIZ_BYTES   0x7FFFFU

/* PKTSTS of a word in the receive FIFO. */
enum { RX_OUT_NAK = 1, RX_OUT = 2, RX_OUT_DONE = 3, RX_SETUP_DONE = 4, RX_SETUP = 6 };

#define PCGCCTL_STPPCLK BIT(0)
#define PCGCCTL_PHYSUSP BIT(4)

#endif
