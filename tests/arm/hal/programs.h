/* SPDX-License-Identifier: MIT
 * The programs of tests/arm/hal, which use a chip in the order in which a vendor's library does. */
#ifndef TESTS_ARM_HAL_PROGRAMS_H
#define TESTS_ARM_HAL_PROGRAMS_H

#define HAL_PROGRAMS(X)                                                                            \
    X(clocks)                                                                                      \
    X(cdc)                                                                                         \
    X(uart)                                                                                        \
    X(memory)                                                                                      \
    X(pins)                                                                                        \
    X(time)                                                                                        \
    X(flash)                                                                                       \
    X(tasks)

/* HAL_CHOICE: a word that says which one. HAL_NOTES: their count, then the notes. HAL_SEEN: counts
 * of interrupts, by enum hal_seen. HAL_ORDER: what a test asks of a running program. */
enum {
    HAL_CHOICE = 0x0800FFF0,
    HAL_NOTES = 0x20000000,
    HAL_SEEN = 0x20000400,
    HAL_ORDER = 0x20000600,
    HAL_DONE = 0x600D
};

enum hal_seen {
    HAL_SEEN_RESET,
    HAL_SEEN_ENUMERATED,
    HAL_SEEN_SUSPEND,
    HAL_SEEN_WAKE_UP,
    HAL_SEEN_FRAME,
    HAL_SEEN_SESSION,
    HAL_SEEN_OTG,
    HAL_SEEN_OUT_NAK,
    HAL_SEEN_IN_NAK,
    HAL_SEEN_CONFIGURED,
    HAL_SEEN_LINE,
    HAL_SEEN_DISABLED,
    HAL_SEEN_TICKS,
    HAL_SEEN_HALF,
    HAL_SEEN_WHOLE,
    HAL_SEEN_PIN,
    HAL_SEEN_TIMER,
    HAL_SEEN_FLASH,
    HAL_SEEN_IDLE,
    HAL_SEEN_KINDS
};

/* Vendor requests of the program cdc, to the device. */
enum {
    HAL_ASK_READ = 1,  /* wValue bytes there are; byte i is i * 7 */
    HAL_ASK_WRITE,     /* what is written is kept for HAL_ASK_WRITTEN */
    HAL_ASK_WRITTEN,   /* gives what was written */
    HAL_ASK_WAKE,      /* wakes the host when it sleeps */
    HAL_ASK_RECONNECT, /* leaves the bus for 20 ms */
    HAL_ASK_OUT_NAK,   /* stops OUT endpoints, closes and opens endpoint 1, goes on */
    HAL_ASK_FLUSH,     /* gives up what waits on endpoint 1 IN */
    HAL_ASK_FRAMES,    /* counts frames from now on */
    HAL_ASK_HOLD,      /* sends without being asked: wValue bytes on endpoint 1 IN */
};

#endif
