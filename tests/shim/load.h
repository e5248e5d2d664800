/* SPDX-License-Identifier: MIT
 * Boards by the environment: plugged in when the program first uses libusb, saved at its end. */
#ifndef TESTS_SHIM_LOAD_H
#define TESTS_SHIM_LOAD_H

/* Plugs in what DFUKIT_SHIM names, the first time. Ends the process when that is nonsense. */
void shim_load(void);

/* Saves the flash of every loaded board and writes the figures, if this process loaded them. */
void shim_save(void);

#endif
