/* SPDX-License-Identifier: MIT
 * One conversation with one DFU device: find it, claim it, and ask it for one thing at a time. */
#ifndef DEVICE_DEVICE_H
#define DEVICE_DEVICE_H

#include "base/clock.h"
#include "bus/bus.h"
#include "core/dfu.h"
#include "core/layout.h"
#include "include/dfukit.h"

struct device;

/* How long flash operations of a part take. 0: not known. */
struct device_timing {
    uint32_t erase_typ_ms_per_kb_x100; /* typical erase time of 1 KiB, in 0.01 ms */
    uint32_t erase_min_typ_ms;         /* a sector never takes less (typical) */
    uint32_t erase_max_ms;             /* datasheet maximum of the largest sector */
    uint32_t erase_all_max_ms;         /* datasheet maximum of a mass erase */
    uint32_t program_typ_ns_per_byte;
    uint32_t program_max_ms_per_block; /* maximum for one transfer */
    uint32_t read_ns_per_byte;         /* wire time of an upload */
    const char *source;                /* where the figures come from */
};

/* What is known of a device's behaviour beyond its descriptors. */
struct device_traits {
    uint16_t block_bytes;      /* bytes per DNLOAD or UPLOAD, after all corrections; 1..4096 */
    uint16_t write_unit_bytes; /* flash word: writes are padded to it; 1 when unknown */
    bool holds_until_done;     /* answers a GETSTATUS when the work is done: do not sleep, ask */
    bool can_download, can_upload;
    bool is_dfuse;
    bool leave_starts_application; /* false: known fault, the person has to press reset */
    bool mass_erase_works;
    bool can_checksum;    /* device_checksum works */
    bool can_prepare;     /* device_prepare works, and gains something */
    uint32_t second_bank; /* where it begins; 0: there is none, or it is not known */
    struct device_timing timing;
};

/* Lists DFU devices, usable or not. Arguments and results as dfk_device_list_get. */
int device_list(struct bus *bus, const struct dfk_select *select, struct dfk_device_list **list,
                struct dfk_error *err);

/* Finds the one device that matches, claims it, reads its strings and layouts, brings it to dfuIDLE
 * (DFU 1.1, A.1: CLRSTATUS only in dfuERROR, ABORT only in dfuDNLOAD-IDLE and dfuUPLOAD-IDLE), and
 * looks its silicon up. A device in run-time mode is opened as it is.
 *
 * bus       stays the caller's and must outlive the device
 * clock     stays the caller's and must outlive the device
 * callbacks may be NULL; must outlive the device
 * Waits     select->wait_ms for the device; 20 s for dfuIDLE
 * Owns      *device is the caller's: device_close
 * Returns   as dfk_open */
int device_open(struct bus *bus, struct clock *clock, const struct dfk_select *select,
                const struct dfk_callbacks *callbacks, struct device **device,
                struct dfk_error *err);

/* Gives what is known of the device.
 * Owns      nothing: lives as long as the device */
const struct dfk_device_info *device_get_info(const struct device *device);

/* Gives how the device behaves.
 * Owns      nothing: lives as long as the device; device_speed_up may change it */
const struct device_traits *device_get_traits(const struct device *device);

/* Gives the layout of an alternate setting.
 * Owns      nothing: lives as long as the device. NULL when it has none */
const struct layout *device_get_layout(const struct device *device, uint8_t alternate);

/* Gives the clock that was handed in.
 * Owns      nothing */
struct clock *device_get_clock(const struct device *device);

/* Makes an alternate setting the current one; does nothing when it is.
 *
 * Returns   0, -DFK_E_DEVICE, -DFK_E_LOST, -DFK_E_TIMEOUT */
int device_select_alternate(struct device *device, uint8_t alternate, struct dfk_error *err);

/* Applies what makes the part faster without risk (F4: x32 through the Device Feature alternate).
 * Does nothing on other parts. The alternate setting that was selected stays selected.
 *
 * Returns   0, also when the device declined; -DFK_E_LOST, -DFK_E_TIMEOUT */
int device_speed_up(struct device *device, struct dfk_error *err);

/* Erases the sector that starts at addr, and overcomes the known faults of the silicon. After a
 * fault was met *check is true: the sector has to be read back before it is trusted.
 *
 * length    bytes of the sector, for the deadline
 * Waits     the datasheet's maximum, doubled
 * Returns   0, -DFK_E_DEVICE, -DFK_E_PROTECTED, -DFK_E_TIMEOUT, -DFK_E_LOST, -DFK_E_PROTOCOL */
int device_erase_sector(struct device *device, uint32_t addr, uint32_t length, bool *check,
                        struct dfk_error *err);

/* Gives the CRC-32 (core/crc32.h) of a stretch of memory, as the device itself computes it. Only
 * when traits.can_checksum. What the device still holds back of the application counts as written.
 *
 * Waits     5 s and a tenth of the speed of the slowest chip
 * Returns   0, -DFK_E_UNSUPPORTED, -DFK_E_DEVICE (also: the memory cannot be read),
 *           -DFK_E_TIMEOUT, -DFK_E_LOST, -DFK_E_PROTOCOL */
int device_checksum(struct device *device, uint32_t addr, uint32_t length, uint32_t *crc,
                    struct dfk_error *err);

/* Lets the device erase the sectors of a range while the host goes on: a write waits for its own
 * sector, and both banks erase at the same time. Only when traits.can_prepare.
 *
 * Waits     5 s for the answer; the erase is waited for by the writes
 * Returns   0, -DFK_E_UNSUPPORTED, -DFK_E_DEVICE, -DFK_E_TIMEOUT, -DFK_E_LOST, -DFK_E_PROTOCOL */
int device_prepare(struct device *device, uint32_t addr, uint32_t length, struct dfk_error *err);

/* Erases everything with one command. Only when traits.mass_erase_works.
 *
 * Waits     the datasheet's maximum, doubled
 * Returns   as device_erase_sector */
int device_erase_all(struct device *device, struct dfk_error *err);

/* Removes the read protection: the chip erases everything and resets itself.
 *
 * *gone     true when it went off the bus
 * Waits     the datasheet's maximum of a mass erase, doubled
 * Returns   as device_erase_sector
 * Source    AN3156, "Read unprotect" */
int device_unprotect(struct device *device, bool *gone, struct dfk_error *err);

/* Resets the port of the device. The device has to be opened again when it is gone.
 *
 * *gone     true when it is another device now, or none
 * Returns   0, -DFK_E_DEVICE, -DFK_E_TIMEOUT, -DFK_E_PROTOCOL */
int device_reset(struct device *device, bool *gone, struct dfk_error *err);

/* Writes one block of at most traits.block_bytes at addr. Consecutive blocks of full size go
 * without a new Set Address (AN3156, "Write memory").
 *
 * Returns   0, -DFK_E_DEVICE, -DFK_E_PROTECTED, -DFK_E_TIMEOUT, -DFK_E_LOST, -DFK_E_PROTOCOL */
int device_write_block(struct device *device, uint32_t addr, const uint8_t *data, uint16_t length,
                       struct dfk_error *err);

/* Reads one block of at most traits.block_bytes at addr.
 *
 * Returns   as device_write_block, -DFK_E_UNSUPPORTED */
int device_read_block(struct device *device, uint32_t addr, uint8_t *data, uint16_t length,
                      struct dfk_error *err);

/* Writes one block of a plain DFU device.
 *
 * block     0, 1, 2, ...; the sixteen low bits go on the wire
 * Returns   as device_write_block */
int device_write_plain(struct device *device, uint32_t block, const uint8_t *data, uint16_t length,
                       struct dfk_error *err);

/* Reads one block of a plain DFU device. *actual < traits.block_bytes ends the upload.
 *
 * Returns   as device_read_block */
int device_read_plain(struct device *device, uint32_t block, uint8_t *data, uint16_t *actual,
                      struct dfk_error *err);

/* Ends a transfer (ABORT where the state machine allows it) and comes to dfuIDLE.
 *
 * Returns   as device_write_block */
int device_finish(struct device *device, struct dfk_error *err);

/* Starts the application at addr (DfuSe), or manifests what was downloaded (plain DFU). A device
 * that is gone afterwards is success.
 *
 * *gone     true when it went off the bus
 * Waits     5 s for it to go, where it does
 * Returns   0, -DFK_E_DEVICE, -DFK_E_TIMEOUT, -DFK_E_LOST (before the request was made) */
int device_leave(struct device *device, uint32_t addr, bool *gone, struct dfk_error *err);

/* Brings a device in run-time mode into DFU mode and opens it again wherever it comes back: same
 * path first, else same serial number, else the only new DFU device.
 *
 * Waits     10 s for it to come back
 * Returns   0, -DFK_E_LOST, -DFK_E_SEVERAL, -DFK_E_DEVICE, -DFK_E_UNSUPPORTED */
int device_detach(struct device *device, struct dfk_error *err);

enum { DEVICE_OTHERS_MAX = 32 };

/* Who a device is, and which others were on the bus, so that it can be told when it comes back. */
struct device_mark {
    char path[64], serial[128], firmware[64];
    uint16_t vendor, product, bcd_device;
    bool has_double;                    /* another one may have the same serial number */
    char others[DEVICE_OTHERS_MAX][64]; /* paths of the others */
    size_t other_count;
};

/* Notes who an open device is. A bus that cannot be listed makes it stricter, and is no failure. */
void device_note(struct device *device, struct device_mark *mark);

/* Waits until a device that disappeared is back in DFU mode, and opens it again: the one with the
 * same ids and serial number at the same path; at another path only when no other device had its
 * serial number and none else could be it. The device then is as device_open leaves it.
 *
 * Waits     at most wait_ms, and what the opening takes
 * Returns   0, -DFK_E_LOST (not back, or with another bootloader), -DFK_E_SEVERAL (more than one
 *           could be it), -DFK_E_INTERRUPTED, and what device_open returns */
int device_return(struct device *device, const struct device_mark *mark, uint32_t wait_ms,
                  struct dfk_error *err);

/* Gives the number of faults that were overcome since open. */
uint32_t device_faults_overcome(const struct device *device);

/* Gives row index of the table of known faults, of any device.
 * Owns      nothing: a constant. NULL after the last */
const struct dfk_known_fault *device_errata_at(size_t index);

/* Closes. NULL does nothing. */
void device_close(struct device *device);

#endif
