/* SPDX-License-Identifier: MIT
 * A board that runs one of the programs of tests/arm/hal. */
#ifndef TESTS_ARM_HAL_BENCH_H
#define TESTS_ARM_HAL_BENCH_H

#include "tests/arm/hal/programs.h"
#include "twin/board/board.h"
#include "twin/usb_port.h"

#define HAL_PROGRAM_NUMBER(name) HAL_DO_##name,
enum { HAL_PROGRAMS(HAL_PROGRAM_NUMBER) };

struct hal_bench {
    struct board *board;
    struct usb_port *port;
};

/* Makes a board with a program in its flash, after its power-on. Fails the test when it cannot.
 *
 * name      pybv11, or nucleo-h743zi
 * program   HAL_DO_... */
void hal_bench_open(struct hal_bench *bench, const char *name, uint32_t program);
void hal_bench_close(struct hal_bench *bench);

/* Runs a test on each of the two boards. */
void hal_bench_each(uint32_t program, void (*test)(struct hal_bench *bench));

/* Lets time pass; until the notes end with HAL_DONE, 10 s at most. */
void hal_bench_run(struct hal_bench *bench, uint32_t ms);
void hal_bench_finish(struct hal_bench *bench);

/* Waits for a note of that value, 10 s at most. */
void hal_bench_await(struct hal_bench *bench, uint32_t value);

/* Gives a note, from 0. */
uint32_t hal_bench_note(struct hal_bench *bench, uint32_t index);

/* Compares the notes of a program that has finished. */
void hal_bench_expect(struct hal_bench *bench, const uint32_t *notes, uint32_t count);

/* How often something was seen, by enum hal_seen. */
uint32_t hal_bench_seen(struct hal_bench *bench, uint32_t kind);

/* Fails the test when the program has noted anything but what its start notes: 0. */
void hal_bench_expect_calm(struct hal_bench *bench);

/* Waits until the device is on the bus with its address, and configures it. */
void hal_bench_attach(struct hal_bench *bench);

/* Makes whole transfers, within 2 s. */
enum ep0_answer hal_bench_control(struct hal_bench *bench, const struct usb_setup *setup,
                                  uint8_t *data, uint16_t *length);
enum ep0_answer hal_bench_data(struct hal_bench *bench, uint8_t endpoint, uint8_t *data,
                               uint32_t *length);

/* Makes a control transfer without data. */
enum ep0_answer hal_bench_ask(struct hal_bench *bench, uint8_t type, uint8_t request,
                              uint16_t value, uint16_t index);

/* Sends a packet of 1..64 bytes to the program cdc, and checks what comes back: with an empty
 * packet behind it when it fills its packet. */
void hal_bench_echo(struct hal_bench *bench, uint32_t bytes, uint8_t seed);

#endif
