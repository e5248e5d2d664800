/* SPDX-License-Identifier: MIT
 * A pyboard that wants a seal, from whomever. */
#ifndef TESTS_BOOT_RULES_SEALED_ONLY_H
#define TESTS_BOOT_RULES_SEALED_ONLY_H

#include "boot/board/pybv11/board.h"

#define BOARD_SEAL_ID "pybv11"

#endif
