/* SPDX-License-Identifier: MIT
 * The inside of a ROM guest, shared by the files of its engine. */
#ifndef TWIN_ROM_ENGINE_H
#define TWIN_ROM_ENGINE_H

#include "core/dfu_machine.h"
#include "twin/rom/rom.h"

enum { ROM_BUFFER_BYTES = 4096, ROM_OTP_BYTES = 1040, ROM_SERIAL_BYTES = 33 };

/* What the last DNLOAD asked for. */
enum rom_job {
    JOB_NONE,
    JOB_SET_ADDRESS,
    JOB_ERASE,
    JOB_ERASE_ALL,
    JOB_WRITE,
    JOB_UNPROTECT,
    JOB_REFUSED, /* a command that the ROM does not know */
};

/* An operation of the flash controller that is under way. */
struct rom_work {
    bool active;
    enum rom_job job;
    uint32_t addr;
    uint64_t end_ns;
};

struct rom {
    struct guest guest; /* first: the guest is the rom */
    struct rom_parts parts;
    struct chapter9 usb;
    char serial[ROM_SERIAL_BYTES];
    uint8_t state, status; /* enum dfu_state, enum dfu_status_code */
    uint32_t pointer;
    enum rom_job job;
    uint16_t job_block;
    uint8_t buffer[ROM_BUFFER_BYTES];
    uint16_t buffer_bytes;
    struct rom_work work;   /* in the foreground: the CPU waits for it */
    struct rom_work behind; /* in the second bank, unknown to the ROM's state machine */
    uint64_t held_until_ns; /* GETSTATUS is not answered before */
    bool busy_reported, wedged, locked_up, busy_forever, fast, leaving;
    uint8_t otp[ROM_OTP_BYTES];
    uint32_t erase_count, write_count;
    uint64_t attach_ns; /* when the pull-up comes on; UINT64_MAX: never */
    enum guest_stop stop;
};

/* Decodes the DNLOAD that lies in the buffer into rom->job. */
void rom_decode(struct rom *rom, uint16_t block);

/* Checks and starts rom->job; on refusal sets status and leaves no work behind.
 *
 * Returns   the poll timeout to announce, in ms */
uint32_t rom_start(struct rom *rom);

/* Completes work whose time has come. */
void rom_complete(struct rom *rom, struct rom_work *work);

/* Reads memory for an UPLOAD. EP0_NAK while the bank is busy. */
enum ep0_answer rom_read(struct rom *rom, uint32_t addr, uint8_t *data, uint16_t length);

/* Gives the speed that the flash is operated with now.
 * Owns      nothing: a part of the row */
const struct mem_speed *rom_speed(const struct rom *rom);

/* Answers a request of the DFU class. */
enum ep0_answer rom_class_request(struct rom *rom, const struct usb_setup *setup, uint8_t *data,
                                  uint16_t *length);

/* Tells whether an address lies in an area. */
bool rom_area_holds(const struct rom_area *area, uint32_t addr, uint32_t length);

#endif
