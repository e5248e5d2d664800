/* SPDX-License-Identifier: MIT
 * Endpoint 0 of the USB OTG core, without DMA or interrupts. */
#include "boot/mcu/chip.h"
#include "boot/mcu/clock.h"
#include "boot/mcu/core.h"
#include "boot/mcu/dwc2.h"
#include "boot/mcu/pins.h"
#include "boot/port.h"
#include "core/bytes.h"

enum {
    PACKET_BYTES = 64,
    SETUP_BYTES = 8,
    RX_WORDS = 128,
    TX_WORDS = 64,
    LIMIT_MS = 5,
    DEVICE_LIMIT_MS = 100, /* until the core has become a device */
    OFF_MS = 5,            /* longer than the 3 ms after which a host takes the device as gone */
    USB_FUNCTIONS = 10 << 12 | 10 << 16, /* of pins 11 and 12 */
    USB_DM = PIN('A', 11),
    USB_DP = PIN('A', 12),
};

enum stage {
    STAGE_NONE,
    STAGE_IN,        /* data to the host, then an empty packet from it */
    STAGE_OUT,       /* data from the host */
    STAGE_STATUS_IN, /* the empty packet to the host */
};

/* The transfer under way. port.h knows no handles: a chip has one endpoint 0. */
static struct {
    uint8_t *in;        /* where data from the host goes */
    const uint8_t *out; /* what goes to the host next */
    uint32_t left;
    bool short_end; /* ends with a packet of less than PACKET_BYTES */
    uint8_t stage;
    uint8_t setup[SETUP_BYTES];
} ep0;

static struct dwc2_regs *core(void)
{
    return (struct dwc2_regs *)chip.usb;
}

static struct dwc2_device_regs *device(void)
{
    return (struct dwc2_device_regs *)(chip.usb + DWC2_DEVICE);
}

static struct dwc2_endpoint_regs *in_endpoint(void)
{
    return (struct dwc2_endpoint_regs *)(chip.usb + DWC2_IN);
}

static struct dwc2_endpoint_regs *out_endpoint(void)
{
    return (struct dwc2_endpoint_regs *)(chip.usb + DWC2_OUT);
}

static volatile uint32_t *fifo(void)
{
    return core_register(chip.usb + DWC2_FIFO);
}

/* Lets the core do something to itself, and waits until it has. */
static void command(uint32_t what)
{
    (void)clock_wait(&core()->grstctl, DWC2_GRSTCTL_AHBIDL, DWC2_GRSTCTL_AHBIDL, LIMIT_MS);
    core()->grstctl = what;
    (void)clock_wait(&core()->grstctl, what | DWC2_GRSTCTL_AHBIDL, DWC2_GRSTCTL_AHBIDL, LIMIT_MS);
}

/* SETUP packets are taken in any case, other OUT packets only when enable is set. */
static void arm_out(uint32_t enable)
{
    out_endpoint()->tsiz = (uint32_t)DWC2_TSIZ_SETUPS | DWC2_TSIZ_PACKET | PACKET_BYTES;
    out_endpoint()->ctl = enable;
}

/* A SETUP waits in the FIFO, and the host no longer wants what is about to be answered. The core
 * has set NAK for it; clearing that would send the old answer to the new question. */
static bool is_overtaken(void)
{
    return (core()->gintsts & DWC2_GINTSTS_RXFLVL) != 0;
}

static void send_packet(void)
{
    if (is_overtaken()) {
        return;
    }
    uint32_t length = ep0.left < PACKET_BYTES ? ep0.left : PACKET_BYTES;
    in_endpoint()->intr = DWC2_INT_XFRC;
    in_endpoint()->tsiz = DWC2_TSIZ_PACKET | length;
    in_endpoint()->ctl = DWC2_CTL_EPENA | DWC2_CTL_CNAK;
    for (uint32_t i = 0; i < length; i += 4) {
        *fifo() = get_le32(ep0.out + i);
    }
    ep0.out += length;
    ep0.left -= length;
    ep0.short_end = length < PACKET_BYTES;
}

/* Whatever the last transfer left behind is gone. */
static void drop(void)
{
    ep0.stage = STAGE_NONE;
    if ((in_endpoint()->ctl & DWC2_CTL_EPENA) != 0) {
        in_endpoint()->ctl = DWC2_CTL_EPENA | DWC2_CTL_EPDIS | DWC2_CTL_SNAK;
        (void)clock_wait(&in_endpoint()->ctl, DWC2_CTL_EPENA, 0, LIMIT_MS);
    }
    command(DWC2_GRSTCTL_TXFFLSH);
    in_endpoint()->intr = DWC2_INT_XFRC;
}

static void bus_reset(void)
{
    out_endpoint()->ctl = DWC2_CTL_SNAK;
    command(DWC2_GRSTCTL_RXFFLSH);
    drop();
    device()->daintmsk = 1;
    device()->diepmsk = DWC2_INT_XFRC;
    port_usb_set_address(0);
    arm_out(0);
}

/* Moves one packet out of the FIFO, which gives words. What there is no room for is lost. */
static void take_packet(uint8_t *to, uint32_t room, uint32_t length)
{
    uint32_t end = length < room ? length : room;
    for (uint32_t i = 0; i < length; i += 4) {
        uint32_t word = *fifo();
        if (i + 4 <= end) {
            __builtin_memcpy(to + i, &word, sizeof word);
        } else if (i < end) {
            __builtin_memcpy(to + i, &word, end - i);
        }
    }
}

static void take_data(uint32_t length)
{
    uint32_t room = ep0.stage == STAGE_OUT ? ep0.left : 0;
    take_packet(ep0.in, room, length);
    uint32_t taken = length < room ? length : room;
    ep0.in += taken;
    ep0.left -= taken;
}

/* An OUT packet has been taken and acknowledged. */
static enum port_ep0 out_done(void)
{
    if (ep0.stage == STAGE_IN) {
        ep0.stage = STAGE_NONE;
        return PORT_EP0_DONE;
    }
    if (ep0.stage != STAGE_OUT) {
        return PORT_EP0_NONE;
    }
    if (ep0.left > 0) {
        arm_out(DWC2_CTL_EPENA | DWC2_CTL_CNAK);
        return PORT_EP0_NONE;
    }
    ep0.stage = STAGE_NONE;
    return PORT_EP0_DATA;
}

/* An IN packet has been sent and acknowledged. */
static enum port_ep0 in_done(void)
{
    in_endpoint()->intr = DWC2_INT_XFRC;
    if (ep0.stage == STAGE_STATUS_IN) {
        ep0.stage = STAGE_NONE;
        return PORT_EP0_DONE;
    }
    if (ep0.stage == STAGE_IN && (ep0.left > 0 || !ep0.short_end)) {
        send_packet();
    }
    return PORT_EP0_NONE;
}

static enum port_ep0 take(uint8_t *setup)
{
    uint32_t status = core()->grxstsp;
    uint32_t length = status >> DWC2_GRXSTS_COUNT_SHIFT & DWC2_GRXSTS_COUNT_MASK;
    switch (status >> DWC2_GRXSTS_STATUS_SHIFT & DWC2_GRXSTS_STATUS_MASK) {
    case DWC2_STATUS_SETUP: take_packet(ep0.setup, SETUP_BYTES, length); return PORT_EP0_NONE;
    case DWC2_STATUS_SETUP_DONE:
        drop();
        arm_out(0);
        __builtin_memcpy(setup, ep0.setup, SETUP_BYTES);
        return PORT_EP0_SETUP;
    case DWC2_STATUS_DATA: take_data(length); return PORT_EP0_NONE;
    case DWC2_STATUS_OUT_DONE: return out_done();
    default: return PORT_EP0_NONE;
    }
}

enum port_ep0 port_ep0_poll(uint8_t *setup)
{
    uint32_t events = core()->gintsts;
    core()->gintsts = events & (DWC2_GINTSTS_USBRST | DWC2_GINTSTS_ENUMDNE | DWC2_GINTSTS_USBSUSP);
    if ((events & DWC2_GINTSTS_USBRST) != 0) {
        if (chip.stalls && (events & DWC2_GINTSTS_ENUMDNE) != 0) {
            port_usb_connect(true); /* over before it was seen: the host may have given up */
        }
        bus_reset();
        return PORT_EP0_RESET;
    }
    if ((events & DWC2_GINTSTS_IEPINT) != 0) {
        return in_done(); /* before what came in, as it was on the bus */
    }
    if ((events & DWC2_GINTSTS_RXFLVL) != 0) {
        return take(setup);
    }
    return (events & DWC2_GINTSTS_USBSUSP) != 0 ? PORT_EP0_SUSPEND : PORT_EP0_NONE;
}

void port_ep0_send(const uint8_t *data, uint32_t length, uint32_t asked)
{
    ep0.out = data;
    ep0.left = length;
    ep0.stage = asked == 0 ? STAGE_STATUS_IN : STAGE_IN;
    send_packet();
    if (ep0.stage == STAGE_IN && !is_overtaken()) {
        arm_out(DWC2_CTL_EPENA | DWC2_CTL_CNAK);
    }
}

void port_ep0_receive(uint8_t *data, uint32_t length)
{
    ep0.in = data;
    ep0.left = length;
    ep0.stage = STAGE_OUT;
    if (!is_overtaken()) {
        arm_out(DWC2_CTL_EPENA | DWC2_CTL_CNAK);
    }
}

void port_ep0_stall(void)
{
    if (is_overtaken()) {
        return;
    }
    in_endpoint()->ctl = DWC2_CTL_STALL;
    out_endpoint()->ctl = DWC2_CTL_STALL;
}

void port_usb_set_address(uint8_t address)
{
    device()->dcfg = DWC2_DCFG_FULL_SPEED | (uint32_t)address << DWC2_DCFG_DAD_SHIFT;
}

/* Source    RM0090, "OTG_FS programming model", "Core initialization", "Device initialization" */
static void start_core(void)
{
    volatile uint32_t *reset = core_register(chip.usb_reset);
    *reset = chip.usb_reset_mask;
    (void)*reset;
    *reset = 0;
    (void)*reset;
    core()->gusbcfg = DWC2_GUSBCFG_DEVICE; /* which transceiver counts during the reset */
    command(DWC2_GRSTCTL_CSRST);
    core()->gusbcfg = DWC2_GUSBCFG_DEVICE;
    core()->gotgctl = chip.usb_gotgctl;
    device()->dctl = DWC2_DCTL_SDIS;
    core()->gccfg = chip.usb_gccfg;
    (void)clock_wait(&core()->gintsts, DWC2_GINTSTS_CMOD, 0, DEVICE_LIMIT_MS);
    *core_register(chip.usb + DWC2_PCGCCTL) = 0;
    device()->dcfg = DWC2_DCFG_FULL_SPEED;
    core()->grxfsiz = RX_WORDS;
    core()->dieptxf0 = (uint32_t)TX_WORDS << 16 | RX_WORDS;
    core()->gintsts = UINT32_MAX;
    core()->gintmsk = DWC2_GINTSTS_RXFLVL | DWC2_GINTSTS_IEPINT | DWC2_GINTSTS_USBRST |
                      DWC2_GINTSTS_ENUMDNE | DWC2_GINTSTS_USBSUSP;
    core()->gahbcfg = DWC2_GAHBCFG_GINT;
}

void port_usb_connect(bool on)
{
    if (!on) {
        device()->dctl = DWC2_DCTL_SDIS;
        return;
    }
    chip_forget_flags();
    chip_usb_power();
    clock_start(chip.usb_mhz);
    pins_set_mode(USB_DM, PINS_ALTERNATE);
    pins_set_mode(USB_DP, PINS_ALTERNATE);
    ((struct gpio_regs *)chip.gpio)->afr[1] = USB_FUNCTIONS;
    start_core();
    CORE_NVIC->enable[chip.usb_irq / 32] = 1u << chip.usb_irq % 32;
    CORE_NVIC->enable[chip.flash_irq / 32] = 1u << chip.flash_irq % 32;
    uint32_t start_ms = port_time_ms();
    while (port_time_ms() - start_ms < OFF_MS) {
    }
    device()->dctl = 0;
}
