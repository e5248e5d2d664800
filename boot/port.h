/* SPDX-License-Identifier: MIT
 * The one boundary between the bootloader's decisions and the chip it runs on.
 *
 * Nothing here waits, except port_wait and the reads. There are no interrupt handlers: everything
 * is polled, so that no call has to expect another in its middle. */
#ifndef BOOT_PORT_H
#define BOOT_PORT_H

#include <stdbool.h>
#include <stdint.h>

enum port_ep0 {
    PORT_EP0_NONE,
    PORT_EP0_RESET,   /* the host reset the bus: address 0, endpoint 0 armed for a SETUP */
    PORT_EP0_SUSPEND, /* the bus is silent: the host sleeps or the cable is gone */
    PORT_EP0_SETUP,   /* setup[] holds a SETUP packet; what was under way before is over */
    PORT_EP0_DATA,    /* the data stage asked for with port_ep0_receive is complete */
    PORT_EP0_DONE,    /* the status stage has ended: the host knows the answer */
};

/* Begins to erase a sector, and returns at once; where the CPU cannot run beside an erase (one
 * bank), when it is over. Errors of earlier operations of the bank are forgotten. Without error
 * correction, which tells a torn erase by itself, its first 8 bytes are 0 before it begins.
 *
 * addr      the start of the sector
 * Source    RM0090, "Flash erase and program operations"; RM0433, "FLASH erase operations" */
void port_flash_erase(uint32_t addr);

/* Begins to program one unit, and returns at once.
 *
 * addr      a multiple of length
 * length    BOOT_UNIT_BYTES, or commit_bytes of struct boot_flash; what the chip cannot program
 *           at once it programs piece by piece, upwards
 * Source    RM0090, "Programming"; RM0433, "FLASH program operations" */
void port_flash_program(uint32_t addr, const uint8_t *data, uint32_t length);

/* Tells whether the operation in the bank of addr goes on; to be asked until it does not. Whether
 * it went well, only the flash itself can tell. */
bool port_flash_busy(uint32_t addr);

/* Reads flash. Returns false, data in any state, when the chip reports an ECC error it cannot
 * correct.
 *
 * Source    RM0433, "Error code correction"; ARMv7-M, "CCR", BFHFNMIGN */
bool port_flash_read(uint32_t addr, uint8_t *data, uint32_t length);

/* Takes bytes into a CRC-32, as of zlib, and gives it.
 *
 * first     begins anew; else it goes on behind the last call, whose length was a multiple of 4 */
uint32_t port_crc(bool first, const uint8_t *data, uint32_t length);

/* Connects the pull-up, or takes the device off the bus. */
void port_usb_connect(bool on);

/* Gives the next event of endpoint 0.
 *
 * setup     8 bytes, written for PORT_EP0_SETUP only */
enum port_ep0 port_ep0_poll(uint8_t *setup);

/* Begins the IN data stage, and after it the status stage; length 0 and asked 0: the IN status
 * stage alone.
 *
 * data      stays as it is until PORT_EP0_DONE or the next PORT_EP0_SETUP
 * length    0..asked bytes; a multiple of 64 below asked is ended with an empty packet
 * asked     wLength */
void port_ep0_send(const uint8_t *data, uint32_t length, uint32_t asked);

/* Begins the OUT data stage: exactly length bytes, 1.., then PORT_EP0_DATA. */
void port_ep0_receive(uint8_t *data, uint32_t length);

/* Refuses the request; ends with the next SETUP. */
void port_ep0_stall(void);

/* Takes the address that SET_ADDRESS gave, for what follows its status stage. */
void port_usb_set_address(uint8_t address);

/* Gives the milliseconds since port_usb_connect or the start, modulo 2^32. May run late by the time
 * that a single-bank chip stood still for its flash. */
uint32_t port_time_ms(void);

/* Sleeps until an event of the USB, the flash or the clock, at most 1 ms. */
void port_wait(void);

/* Works as fast as the chip can do by itself, or again as after reset. For boards with seals.
 *
 * on        true before a check at start, false before the application starts */
void port_hurry(bool on);

/* Feeds a watchdog that runs already; starts none. For boards with seals. */
void port_feed(void);

/* Tells whether the user button is down. */
bool port_button(void);

/* Shows a pattern: bit n is LED n. */
void port_leds(uint32_t pattern);

/* Starts the watchdog the first time, feeds it afterwards. */
void port_watchdog(void);

/* Resets the chip, with a word for the bootloader that starts then (enum boot_order). Does not
 * return on a chip. */
void port_reset(uint32_t order);

/* Starts the application, mode in r0, from a state as after a reset. Does not return on a chip.
 *
 * Source    ARMv7-M, "Reset behavior" */
void port_start(uint32_t addr, uint32_t mode);

#endif
