/* SPDX-License-Identifier: MIT
 * The table of boards. */
#include "twin/board/rows.h"

#include <string.h>

#include "twin/board/board.h"

static const struct board_row rows[] = {
    {"pybv11", "pyboard V1.1, STM32F405", "f405", "V3.1", NULL, 4},
    {"nucleo-h743zi", "NUCLEO-H743ZI, STM32H743", "h743", "V9.2", NULL, 3},
    {"pybv11-signed", "pyboard V1.1 whose bootloader wants signatures", "f405", "V3.1", NULL, 4},
    {"nucleo-h743zi-signed", "NUCLEO-H743ZI whose bootloader wants signatures", "h743", "V9.2",
     NULL, 3},
    {"openmv4p", "OpenMV 4 Plus class, STM32H743 rev V", "h743", "V9.0", NULL, 3},
    {"f767", "STM32F767 with the bank-2 erase fault", "f767", "V9.3", NULL, 0},
    {"g431", "STM32G431 that promises too large a transfer", "g431", "V13.4", NULL, 0},
    {"l476", "STM32L476 that refuses to be asked while it erases", "l476", "V9.2", NULL, 0},
    {"c562", "STM32C562, strict to the standard", "c562", "V3.0", NULL, 0},
    {"gd32", "GD32VF103 with absurd poll timeouts", "gd32", "1.0", NULL, 0},
    {"at32", "AT32F4 with a read-only bootloader", "at32", "1.0", NULL, 0},
    {"plain-dfu11", "plain DFU 1.1 bootloader", NULL, NULL, "plain-dfu11", 0},
    {"plain-dfu10", "plain DFU 1.0 bootloader", NULL, NULL, "plain-dfu10", 0},
    {"openmv-boot", "OpenMV's own bootloader, a partition per alternate", NULL, NULL, "openmv-boot",
     0},
    {"runtime-detaches", "application that leaves the bus on DETACH", NULL, NULL,
     "runtime-detaches", 0},
    {"runtime-needs-reset", "application that waits for a port reset after DETACH", NULL, NULL,
     "runtime-needs-reset", 0},
};

const struct board_row *board_row_at(uint32_t index)
{
    return index < sizeof rows / sizeof rows[0] ? &rows[index] : NULL;
}

const struct board_row *board_row_find(const char *name)
{
    uint32_t index = 0;
    const struct board_row *row = board_row_at(index);
    while (row != NULL && strcmp(row->name, name) != 0) {
        row = board_row_at(++index);
    }
    return row;
}

const char *board_name_at(uint32_t index)
{
    const struct board_row *row = board_row_at(index);
    return row == NULL ? NULL : row->name;
}
