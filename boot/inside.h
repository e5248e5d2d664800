/* SPDX-License-Identifier: MIT
 * What the files of the bootloader know of each other. */
#ifndef BOOT_INSIDE_H
#define BOOT_INSIDE_H

#include "boot/boot.h"

#ifdef BOOT_BOARD_NAME
#include "boot/board_name.h"
#endif

/* Strings; those of errors and of the layout are counted from these. */
enum boot_string {
    BOOT_STRING_MANUFACTURER = 1,
    BOOT_STRING_PRODUCT = 2,
    BOOT_STRING_SERIAL = 3,
    BOOT_STRING_LAYOUT = 4,
    BOOT_STRING_OWN = 0x10, /* the numbers that mboot gave these two */
    BOOT_STRING_RANGE = 0x11,
    BOOT_STRING_COMMAND,
    BOOT_STRING_ERASE,
    BOOT_STRING_WRITE,
    BOOT_STRING_VERIFY,
    BOOT_STRING_NO_APPLICATION,
    BOOT_STRING_LONG,
    BOOT_STRING_ECC,
    BOOT_STRING_END,
    BOOT_STRING_SEAL = BOOT_STRING_END, /* made up when it is needed */
};

/* Extensions of DfuSe; docs/boot.md describes them. */
enum boot_command { BOOT_COMMAND_CRC = 0xC0, BOOT_COMMAND_PREPARE = 0xC1 };

enum { BOOT_INFO_BLOCK = 1, BOOT_INFO_BYTES = 24 };

/* Gives the board. An image is built for one: then everything about it is a constant to the
 * compiler, which leaves out what that board has no need of.
 * Owns      nothing: outlives the boot */
#ifdef BOOT_BOARD_NAME
static inline const struct boot_board *board_of(const struct boot *boot)
{
    (void)boot;
    return BOOT_THE_BOARD;
}
#else
static inline const struct boot_board *board_of(const struct boot *boot)
{
    return boot->board;
}
#endif

/* Gives the address of a sector; the end of the flash for the one after the last. */
uint32_t sector_addr(const struct boot_flash *flash, uint32_t index);

/* Finds the sector of an address of the flash. */
uint32_t sector_find(const struct boot_flash *flash, uint32_t addr);

/* Tells whether a range lies in an area, also when addr + length would wrap. */
bool area_holds(const struct boot_area *area, uint32_t addr, uint32_t length);

/* Tells whether the application can be started: its stack pointer points into memory, its entry
 * into its own slot. */
bool app_is_valid(const struct boot_board *board);

/* Why to stay at start, an enum boot_reason: a table of decisions without side effects. */
uint8_t entry_choose(const struct boot_start *start, bool button, bool app_valid);

/* Begins a phase. */
void boot_enter(struct boot *boot, uint8_t phase);

/* Takes one step of the button menu. */
void menu_step(struct boot *boot);

/* Begins DFU mode. */
void dfu_begin(struct boot *boot);

/* Comes to dfuIDLE, with all well. */
void dfu_rest(struct boot *boot);

/* Answers a request of the DFU class. Returns false when it has to wait for the flash. */
bool dfu_request(struct boot *boot);

/* Takes note that the data stage of a DNLOAD is complete. */
void dfu_received(struct boot *boot);

/* Takes note that the host has the answer. */
void dfu_answered(struct boot *boot);

/* Goes to dfuERROR. */
void dfu_fail(struct boot *boot, uint8_t status, uint8_t text);

/* Gives the block that the next data goes into.
 * Owns      nothing: part of boot */
struct boot_block *block_spare(struct boot *boot);

/* Finds the area of the alternate setting that holds a range.
 * Owns      nothing: a constant. NULL when none does */
const struct boot_area *region_find(const struct boot *boot, uint32_t addr, uint32_t length);

/* Gives the address that the block number of the request stands for. */
uint32_t command_block_addr(const struct boot *boot);

/* Checks what a DNLOAD brought and takes it on, or fails. */
void command_take(struct boot *boot);

/* Gives the time that what is under way still takes, in ms. */
uint32_t work_remaining_ms(const struct boot *boot);

/* Lets the flash do what there is to do. Returns true when it can go on at once. */
bool work_step(struct boot *boot);

/* Tells whether nothing is left to be done in the flash. */
bool work_is_idle(const struct boot *boot);

/* Tells whether the host has to wait for the flash before its next request. */
bool work_is_awaited(const struct boot *boot);

/* Forgets what has not begun, and what was held back. */
void work_cancel(struct boot *boot);

/* Reads as if what was held back were in its place already. Returns false on an ECC error. */
bool work_read(const struct boot *boot, uint32_t addr, uint8_t *data, uint32_t length);

/* Answers standard and vendor requests. */
void usb_answer(struct boot *boot);

/* Gives a descriptor of fixed content. Returns its length, 0 when there is none. */
uint32_t descriptor_find(uint8_t type, uint8_t index, const uint8_t **data);

/* Answers a vendor request: Microsoft's descriptors. Returns the length, 0 when there is none. */
uint32_t descriptor_vendor(const struct usb_setup *setup, const uint8_t **data);

/* Gives the text of a string index.
 * Owns      nothing: a constant. NULL when there is none, or when it is not constant */
const char *text_find(const struct boot *boot, uint8_t index);

/* Ends what is under way and takes the board off the bus when it is time. */
void leave_step(struct boot *boot);

/* Accepts leave. */
void leave_begin(struct boot *boot);

/* Takes note that the host is silent, or that it reset the bus or chose an alternate setting: what
 * comes next may be another host's, and does not complete an application that was left unfinished.
 * One that is complete is committed. */
void leave_host_gone(struct boot *boot, bool silent);

#endif
