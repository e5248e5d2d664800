/* SPDX-License-Identifier: MIT
 * The programs of tests/arm/core.c, for the programs and for the tests that choose one. */
#ifndef TESTS_ARM_PROGRAMS_H
#define TESTS_ARM_PROGRAMS_H

#define ARM_PROGRAMS(X)                                                                            \
    X(svc)                                                                                         \
    X(nest)                                                                                        \
    X(no_nest)                                                                                     \
    X(primask)                                                                                     \
    X(basepri)                                                                                     \
    X(ignored)                                                                                     \
    X(process)                                                                                     \
    X(float)                                                                                       \
    X(undefined)                                                                                   \
    X(bus_fault)                                                                                   \
    X(it)                                                                                          \
    X(breakpoint)                                                                                  \
    X(lock_up)                                                                                     \
    X(sleep)                                                                                       \
    X(sleep_on_exit)                                                                               \
    X(systick)                                                                                     \
    X(cycles)                                                                                      \
    X(reset)                                                                                       \
    X(core_reset)                                                                                  \
    X(bit_band)                                                                                    \
    X(registers)                                                                                   \
    X(align)                                                                                       \
    X(bad_return)                                                                                  \
    X(unaligned)                                                                                   \
    X(ram_code)                                                                                    \
    X(level)                                                                                       \
    X(no_thumb)                                                                                    \
    X(fetch)                                                                                       \
    X(spoilt)                                                                                      \
    X(changed)                                                                                     \
    X(stall)                                                                                       \
    X(nmi)                                                                                         \
    X(poll)                                                                                        \
    X(endless)                                                                                     \
    X(busy)                                                                                        \
    X(store)                                                                                       \
    X(no_fpu)

enum { ARM_CHOICE = 0x08007FF0, ARM_NOTE_DONE = 0x600D, ARM_NOTES = 0x20000000 };

#endif
