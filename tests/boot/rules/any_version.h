/* SPDX-License-Identifier: MIT
 * A pyboard that wants a signature, and takes older versions too. */
#ifndef TESTS_BOOT_RULES_ANY_VERSION_H
#define TESTS_BOOT_RULES_ANY_VERSION_H

#include "boot/board/pybv11_signed/board.h"

#define BOARD_SEAL_ANY_VERSION 1

#endif
