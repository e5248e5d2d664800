/* SPDX-License-Identifier: MIT
 * What a board's header need not say. Included after it, where its values are used. */
#ifndef BOOT_BOARD_DEFAULTS_H
#define BOOT_BOARD_DEFAULTS_H

/* No flash drive: the one alternate setting is the application's. */
#ifndef BOARD_DRIVE_BYTES
#define BOARD_DRIVE_ADDR  0
#define BOARD_DRIVE_BYTES 0
#endif

/* bcdDevice, by which a host tells the bootloader's version: 0x4000 + 0x0100 for 1.0. */
#ifndef BOARD_RELEASE
#define BOARD_RELEASE 0x4100
#endif

#ifndef BOARD_MANUFACTURER
#define BOARD_MANUFACTURER "dfukit"
#endif

/* A board that starts nothing but sealed applications gives BOARD_SEAL_ID, the id they are sealed
 * for; with BOARD_SEAL_KEY, 32 bytes, they have to be signed too, and older versions than were
 * accepted before are refused unless BOARD_SEAL_ANY_VERSION is 1. */
#ifdef BOARD_SEAL_KEY
#define BOARD_SEAL_SIGNED BOOT_SEAL_MUST_BE_SIGNED
#else
#define BOARD_SEAL_SIGNED 0
#define BOARD_SEAL_KEY    0
#endif
#ifndef BOARD_SEAL_ANY_VERSION
#define BOARD_SEAL_ANY_VERSION 0
#endif

#ifndef BOARD_IDLE_EXIT_MS
#define BOARD_IDLE_EXIT_MS 60000
#endif

#ifndef BOARD_QUIET_MS
#define BOARD_QUIET_MS 5000
#endif

#ifndef BOARD_LED_COUNT
#define BOARD_LED_COUNT 0
#define BOARD_LEDS      0
#endif

#ifndef BOARD_LEDS_LOW
#define BOARD_LEDS_LOW 0
#endif

#ifndef BOARD_BUTTON
#define BOARD_HAS_BUTTON 0
#define BOARD_BUTTON     0
#define BOARD_BUTTON_UP  0
#else
#define BOARD_HAS_BUTTON 1
#endif

/* Pulled up, pressed is low. */
#ifndef BOARD_BUTTON_UP
#define BOARD_BUTTON_UP 1
#endif

/* H743 needs none for USB; F405 starts its PLL from the internal oscillator. */
#ifndef BOARD_CRYSTAL_HZ
#define BOARD_CRYSTAL_HZ 0
#endif

/* The serial port of the sample application: none. */
#ifndef BOARD_SERIAL
#define BOARD_SERIAL    0
#define BOARD_SERIAL_TX 0
#define BOARD_SERIAL_RX 0
#endif

/* The alternate function of its pins: 7 for ports 1 to 3, 8 for most of the others. */
#ifndef BOARD_SERIAL_FUNCTION
#define BOARD_SERIAL_FUNCTION 7
#endif

#endif
