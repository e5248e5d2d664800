/* SPDX-License-Identifier: MIT
 * ST's ROM bootloaders as guests: one engine, one table row for each version.
 */
#ifndef TWIN_ROM_ROM_H
#define TWIN_ROM_ROM_H

#include "twin/chapter9.h"
#include "twin/fault.h"
#include "twin/guest.h"
#include "twin/mem/flash.h"
#include "twin/time.h"

/* Which GETSTATUS the chip holds off (NAKs) while the CPU is busy with flash.
 */
enum rom_hold {
    ROM_HOLDS_SECOND, /* F4, F7: the answer "busy" comes at once, the next one
                         when it is done */
    ROM_HOLDS_FIRST,  /* H7 erase: "busy" itself comes only when it is done */
    ROM_HOLDS_NONE,   /* answers "busy" as often as it is asked */
    ROM_STALLS,       /* refuses GETSTATUS while it is busy (some L4) */
};

/* What the ROM does with a sector erase in the second bank. */
enum rom_bank2 {
    ROM_BANK2_FINE,
    ROM_BANK2_WEDGES,        /* reports busy for ever; CLRSTATUS twice gets out of it */
    ROM_BANK2_RETURNS_EARLY, /* reports done at once; the next access to the bank
                                hangs */
    ROM_BANK2_OFF_BY_FOUR,   /* erases sector i + 4 */
};

/* What happens after the zero-length DNLOAD and its GETSTATUS. */
enum rom_leave {
    ROM_LEAVE_STARTS,
    ROM_LEAVE_HANGS,    /* goes off the bus, the application does not start */
    ROM_LEAVE_VANISHES, /* off the bus before it answers the GETSTATUS */
};

enum { ROM_ALTERNATES_MAX = 4 };

/* A stretch of memory beside the flash that the ROM lets the host reach. */
struct rom_area {
    uint32_t addr, length;
};

/* One ROM version. Times in nanoseconds unless the name says otherwise. */
struct rom_row {
    const char *name;    /* "h743-v9.0" */
    const char *version; /* "V9.0" */
    struct usb_device device;
    const char *manufacturer, *product, *serial; /* serial NULL: made of the chip's UID */
    const char *configuration_text;              /* NULL: none */
    uint8_t max_power;                           /* 2 mA */
    const char *alternates[ROM_ALTERNATES_MAX];
    uint8_t first_alternate_string;
    struct dfu_functional functional;
    uint16_t write_bytes_max; /* a longer DNLOAD is refused */
    uint16_t write_align;     /* address and length of a write must be multiples of this */
    uint8_t id;               /* bootloader ID byte; 0: system memory is not readable */
    uint32_t id_addr;
    struct rom_area system, option, otp;
    uint32_t flash_kb_addr, uid_addr; /* in system memory */
    uint32_t feature_addr;            /* Device Feature; 0: none */
    struct mem_geometry flash;
    struct mem_speed slow, fast; /* fast: after feature 3; unit_bytes 0: there is none */
    uint32_t address_poll_ms, erase_poll_ms, erase_all_poll_ms, write_poll_ms;
    enum rom_hold erase_hold, write_hold;
    enum rom_bank2 bank2;
    enum rom_leave leave;
    bool erase_all_broken;      /* reports OK, erases nothing */
    bool strict;                /* CLRSTATUS only in dfuERROR, ABORT only where the standard has
                                   it */
    bool no_functional_request; /* GET_DESCRIPTOR(0x2100) is never answered */
    bool eight_bit_serial;
    struct rom_area ram[2];      /* where an application's stack may be */
    uint32_t stack_margin_bytes; /* a stack pointer this close to the end is not
                                    accepted */
    uint64_t startup_ns;         /* reset to pull-up */
    const char *source;
};

/* What a ROM is given by its board. Everything outlives the guest. */
struct rom_parts {
    const struct rom_row *row;
    struct mem_flash *flash;
    struct twin_time *time;
    const struct fault_schedule *faults;
    const uint8_t *uid; /* 12 bytes */
};

/* Finds a row by name, for instance "h743-v9.0".
 * Owns      nothing: a constant. NULL when there is none */
const struct rom_row *rom_find(const char *name);

/* Gives the n-th row.
 * Owns      nothing: a constant. NULL after the last */
const struct rom_row *rom_at(uint32_t index);

/* Makes a ROM guest.
 * Owns      the caller: guest->free. NULL when memory ran out */
struct guest *rom_new(const struct rom_parts *parts);

#endif
