/* SPDX-License-Identifier: MIT
 * boot/port.h on the physics of a virtual board. */
#include <string.h>

#include "core/crc32.h"
#include "glue/native.h"

enum { CONNECT_MS = 20 }; /* from the pull-up to a host that asks */

/* port.h has no handles, since a chip has no use for them: this is the guest that runs now. */
static struct native *current;

void native_make_current(struct native *native)
{
    current = native;
}

static uint32_t bank_of(uint32_t addr)
{
    return mem_flash_bank(current->parts.flash, addr);
}

/* One bank stands still with its CPU; two work on. */
static void take_time(uint32_t addr, uint64_t length_ns)
{
    uint64_t end_ns = current->parts.time->now_ns + length_ns;
    current->banks[bank_of(addr)] = (struct pending){end_ns, true};
    if (current->parts.board->flash->banks == 1) {
        current->stalled_ns = end_ns;
    }
}

/* Without error correction, the first bytes of a spoilt start go before the rest. */
static uint64_t clear_start(struct mem_flash *flash, uint32_t addr)
{
    enum { STACK_TOP_AT = 3 };
    static const uint8_t nothing[8];
    uint8_t top = flash->cells[addr - flash->geometry->base + STACK_TOP_AT];
    if (flash->geometry->ecc_word_bytes != 0 || top != 0) {
        return 0;
    }
    (void)mem_flash_program(flash, addr, nothing, sizeof nothing);
    return mem_flash_program_ns(current->parts.speed, sizeof nothing);
}

void port_flash_erase(uint32_t addr)
{
    struct mem_flash *flash = current->parts.flash;
    uint64_t length_ns = mem_flash_erase_ns(flash, current->parts.speed, addr);
    uint64_t clear_ns = clear_start(flash, addr);
    (void)mem_flash_begin_erase(flash, addr, 1);
    take_time(addr, clear_ns + length_ns);
    flash->counters.erase_ns += length_ns;
    flash->counters.program_ns += clear_ns;
}

/* What is more than one unit is programmed in one go: there is no other bank to run from then. */
void port_flash_program(uint32_t addr, const uint8_t *data, uint32_t length)
{
    struct mem_flash *flash = current->parts.flash;
    uint64_t length_ns = mem_flash_program_ns(current->parts.speed, length);
    bool one = length <= current->parts.speed->unit_bytes;
    (void)(one ? mem_flash_begin_program(flash, addr, data, length)
               : mem_flash_program(flash, addr, data, length));
    take_time(addr, length_ns);
    flash->counters.program_ns += length_ns;
}

bool port_flash_busy(uint32_t addr)
{
    struct pending *bank = &current->banks[bank_of(addr)];
    bool busy = bank->end_ns > current->parts.time->now_ns;
    if (!busy && bank->active) {
        bank->active = false;
        (void)mem_flash_end(current->parts.flash, bank_of(addr));
    }
    return busy;
}

bool port_flash_read(uint32_t addr, uint8_t *data, uint32_t length)
{
    return mem_flash_read(current->parts.flash, addr, data, length) == MEM_OK;
}

uint32_t port_crc(bool first, const uint8_t *data, uint32_t length)
{
    current->crc = crc32_update(first ? 0 : current->crc, data, length);
    return current->crc;
}

void port_usb_connect(bool on)
{
    current->connected_ns =
        on ? current->parts.time->now_ns + (uint64_t)CONNECT_MS * TWIN_MS : UINT64_MAX;
    current->was_reset = false;
}

enum port_ep0 port_ep0_poll(uint8_t *setup)
{
    enum port_ep0 event = current->event;
    current->event = PORT_EP0_NONE;
    if (event == PORT_EP0_SETUP) {
        memcpy(setup, current->setup, USB_SETUP_BYTES);
    }
    return event;
}

void port_ep0_send(const uint8_t *data, uint32_t length, uint32_t asked)
{
    (void)asked;
    current->ep0 = EP0_SEND;
    current->out = data;
    current->length = length;
}

void port_ep0_receive(uint8_t *data, uint32_t length)
{
    current->ep0 = EP0_RECEIVE;
    current->in = data;
    current->length = length;
}

void port_ep0_stall(void)
{
    current->ep0 = EP0_REFUSE;
}

void port_usb_set_address(uint8_t address)
{
    (void)address;
}

uint32_t port_time_ms(void)
{
    return (uint32_t)((current->parts.time->now_ns - current->start_ns) / TWIN_MS);
}

bool port_button(void)
{
    return current->down;
}

void port_leds(uint32_t pattern)
{
    current->leds = pattern;
}

/* The loop is stepped from outside: there is nothing that could hang and nothing to wait for. */
void port_watchdog(void)
{
}

/* Computing takes no time here. */
void port_hurry(bool on)
{
    (void)on;
}

void port_feed(void)
{
}

void port_wait(void)
{
}

void port_reset(uint32_t order)
{
    current->order = order;
    current->stop = GUEST_RESET;
}

void port_start(uint32_t addr, uint32_t mode)
{
    current->mode = mode;
    current->guest.jump_addr = addr;
    current->stop = GUEST_JUMP;
}
