/* SPDX-License-Identifier: MIT
 * A chip with a Cortex-M core as a guest: runs the ARM code in its flash. */
#ifndef TWIN_BOARD_ARM_H
#define TWIN_BOARD_ARM_H

#include <stddef.h>

#include "twin/guest.h"
#include "twin/mem/flash.h"
#include "twin/soc/part.h"

enum { ARM_RAMS_MAX = 8, ARM_FLASH_PLACES_MAX = 3 };

/* Memory of a chip; base and bytes are multiples of 4096. */
struct arm_memory {
    uint32_t base, bytes;
};

/* A chip as a table. */
struct arm_chip {
    const char *name;
    bool m7;                /* a Cortex-M7, else a Cortex-M4 */
    bool bit_band;          /* aliases of the first megabytes of SRAM and peripherals */
    uint32_t line_count;    /* inputs of the NVIC, 1..240 */
    uint32_t reset_vectors; /* where the core finds its vectors after a reset */
    uint32_t flash_places[ARM_FLASH_PLACES_MAX]; /* where the array appears besides its base */
    uint32_t flash_place_count;
    struct arm_memory system;             /* where the ROM's code is */
    struct arm_memory rams[ARM_RAMS_MAX]; /* ends at bytes 0 */
};

/* The chips there are. Source: RM0090 and RM0433, "Memory organization" */
extern const struct arm_chip arm_chip_f405, arm_chip_h743;

/* The flash interface. Functions may be NULL: stores are bus errors, nothing is ever busy or bad.
 */
struct arm_flash {
    void *self;
    bool (*store)(void *self, uint32_t addr, uint32_t width, uint32_t value);
    uint64_t (*busy_until)(void *self, uint32_t addr);         /* reads stand still until then */
    bool (*check)(void *self, uint32_t addr, uint32_t length); /* false: a bus error */
};

/* The other end of the chip's USB cable; functions as in struct guest, and may be NULL. */
struct arm_usb {
    void *self;
    bool (*connected)(void *self);
    enum ep0_answer (*control)(void *self, const struct usb_setup *setup, uint8_t *data,
                               uint16_t *length);
    void (*cancel)(void *self);
    void (*bus_reset)(void *self);
    void (*bus_suspend)(void *self);
    enum ep0_answer (*data)(void *self, const struct usb_pipe *pipe, uint8_t *data,
                            uint32_t *length);
    bool (*cancel_data)(void *self, uint8_t endpoint);
};

/* What is soldered to the pins; functions may be NULL. */
struct arm_pins {
    void *self;
    void (*button)(void *self, bool down);
    uint32_t (*leds)(void *self);
};

/* What is at the serial port; functions may be NULL. */
struct arm_serial {
    void *self;
    size_t (*get)(void *self, size_t from, char *text, size_t capacity); /* what the chip sent */
    bool (*push)(void *self, uint8_t byte); /* to the chip; false: it has not taken the last ones */
};

/* All that is around the core. Pointers must outlive the guest. */
struct arm_around {
    const struct soc_part *parts; /* bytes 0: only events */
    size_t part_count;
    const struct soc_clocks *clocks; /* cpu: of the core */
    void *bus;                       /* for read and write, which replace those of the parts; */
    uint32_t (*read)(void *bus, uint32_t addr, uint32_t width); /* may be NULL */
    void (*write)(void *bus, uint32_t addr, uint32_t width, uint32_t value);
    struct arm_flash flash;
    struct arm_usb usb;
    struct arm_pins pins;
    struct arm_serial serial;
    void *owner;
    void (*free)(void *owner); /* called when the guest is freed; may be NULL */
};

/* What a guest is made from. */
struct arm_config {
    const struct arm_chip *chip;
    const struct twin_time *time; /* of the board; the guest follows with its own */
    struct mem_flash *flash;
    uint64_t seed; /* of what RAM holds at power-on */
    void *log_self;
    void (*log)(void *log_self, const char *line); /* what the code does that it should not */
};

/* A machine without its surroundings. */
struct arm;

/* What has happened since the machine was made. */
struct arm_counts {
    uint64_t instructions, exceptions, slices, accesses;
};

/* Makes the core, its own peripherals and memories. The flash array keeps belonging to the caller
 * and must outlive the machine.
 *
 * Returns   NULL when memory ran out
 * Owns      the result: arm_free, or the free of its guest */
struct arm *arm_new(const struct arm_config *config);

/* Frees a machine; NULL is nothing. */
void arm_free(struct arm *arm);

/* Gives what peripherals may do to the machine; its time is the one they live in.
 *
 * Owns      the machine keeps it */
const struct soc_lines *arm_lines(const struct arm *arm);

/* Connects the surroundings, once, before the first reset. Returns false when parts overlap memory
 * or are too many; their owner then stays the caller's. */
bool arm_connect(struct arm *arm, const struct arm_around *around);

/* Gives the owner that arm_connect was told.
 * Owns      nothing */
void *arm_owner(struct guest *guest);

/* Gives the machine as a guest; the first reset must be at power-on.
 *
 * Owns      the machine is the guest: guest->free frees both */
struct guest *arm_guest(struct arm *arm);

/* Gives the counts so far: equal for equal runs. */
struct arm_counts arm_counts(const struct arm *arm);

/* Gives the address of the instruction that is next, for traces. */
uint32_t arm_pc(struct arm *arm);

/* Reads RAM or flash as it is, without effects. Returns false where there is none. */
bool arm_peek(struct arm *arm, uint32_t addr, uint32_t *word);

/* Writes RAM. Returns false where there is none. */
bool arm_poke(struct arm *arm, uint32_t addr, uint32_t word);

#endif
