/* SPDX-License-Identifier: MIT
 * The inside of a device, shared by the files of this room. */
#ifndef DEVICE_INSIDE_H
#define DEVICE_INSIDE_H

#include "device/device.h"

enum {
    DEVICE_REQUEST_MS =
        5000, /* longest answer to a request. Source USB 2.0, "Request Processing Timing" */
    DEVICE_FAULTS_MAX = 16,
    DEVICE_SAFETY = 2,       /* margin on datasheet maxima */
    DEVICE_BLOCK_MAX = 4096, /* one transfer; Linux' usbfs and WinUSB take no more */
};

/* Families of chips and bootloaders that behave alike. */
enum device_family {
    FAMILY_UNKNOWN,
    FAMILY_F4,
    FAMILY_F7,
    FAMILY_F76,
    FAMILY_H743,
    FAMILY_H7,
    FAMILY_G4,
    FAMILY_L4,
    FAMILY_STRICT,
    FAMILY_OTHER_ROM,
    FAMILY_MBOOT,
    FAMILY_DFUKIT_BOOT,
    FAMILY_GD32,
    FAMILY_OTHER, /* known by name only */
};

/* What the errata table can switch on. */
enum device_flag {
    FLAG_BANK2_WEDGE = 1u << 0,
    FLAG_BANK2_EARLY = 1u << 1,
    FLAG_BANK2_CHECK = 1u << 2,
    FLAG_MASS_ERASE_BROKEN = 1u << 3,
    FLAG_LEAVE_HANGS = 1u << 4,
    FLAG_FEATURE_X32 = 1u << 5,
    FLAG_BLOCK_1024 = 1u << 6,
    FLAG_STATUS_STALLS = 1u << 7,
    FLAG_MASS_ERASE_LIES = 1u << 8,
};

/* Where a run of blocks without a new Set Address began. */
struct device_run {
    bool valid, writing;
    uint32_t pointer;
    uint32_t next; /* where the last block ended */
};

/* The alternate settings of a device with what their strings say. */
struct device_alternates {
    struct dfk_alternate alternates[DFU_ALTERNATES_MAX];
    struct layout layouts[DFU_ALTERNATES_MAX];
    struct dfk_sector_run runs[DFU_ALTERNATES_MAX][LAYOUT_RUNS_MAX];
    enum layout_result results[DFU_ALTERNATES_MAX];
};

struct device {
    struct bus *bus;
    struct clock *clock;
    const struct dfk_callbacks *callbacks;
    struct bus_handle *handle;
    struct dfk_device_info info;
    struct device_alternates memory;
    struct dfk_known_fault faults[DEVICE_FAULTS_MAX];
    struct device_traits traits;
    uint16_t asked_bytes; /* transfer size the person wants; 0: the device's own */
    enum device_family family;
    uint8_t rom_id; /* 0: not known */
    uint32_t flags; /* enum device_flag */
    bool alternate_known;
    uint8_t alternate;
    uint8_t state; /* enum dfu_state, as far as it follows from what was said */
    struct device_run run;
    struct dfk_device_state last;
    uint32_t faults_overcome;
    bool warned_poll;
    bool attaching;        /* the first recovery is under way */
    bool started_in_error; /* was in dfuERROR when it was found */
    bool gone;             /* a transfer found nothing on the bus any more */
    bool sped_up;          /* device_speed_up has done its work */
    uint32_t prepared_ms;  /* what the sectors that were prepared take to erase, at most */
};

/* One thing a device was asked to do, for deadlines and messages. */
struct device_work {
    const char *doing; /* "erase of the sector" */
    uint32_t addr;
    bool has_addr;
    uint32_t limit_ms;
    const char *source;      /* of limit_ms */
    uint32_t stuck_after_ms; /* 0: never; else: still busy then means that it will stay so */
};

/* One control transfer. */
struct device_transfer {
    struct usb_setup setup;
    uint8_t *data;       /* setup.length bytes */
    uint16_t actual;     /* out: bytes of the data stage */
    uint32_t timeout_ms; /* for the whole transfer */
};

/* ---- request.c ---- */

/* Makes one control transfer. err is filled with BUS_GONE and BUS_ERROR only. */
enum bus_result device_request(struct device *device, struct device_transfer *transfer,
                               struct dfk_error *err);

/* Gives the setup packet of a DFU class request to the device's interface. */
struct usb_setup device_setup(const struct device *device, uint8_t request, uint16_t value,
                              uint16_t length);

/* Asks for the status and remembers it. err as device_request. */
enum bus_result device_ask(struct device *device, struct dfu_status *out, uint32_t timeout_ms,
                           struct dfk_error *err);

/* Sends a request without data that must succeed.
 *
 * Returns   0, -DFK_E_DEVICE, -DFK_E_TIMEOUT, -DFK_E_LOST, -DFK_E_PROTOCOL */
int device_send(struct device *device, uint8_t request, const struct device_work *work,
                struct dfk_error *err);

/* Resets the port of the device. err as device_request. */
enum bus_result device_reset_port(struct device *device, struct dfk_error *err);

/* Says what was done and where: "erase of the sector at 0x08000000". */
void device_name_place(const struct device_work *work, char *text, size_t capacity);

/* Turns a failed transfer into an error. Returns its negative code. */
int device_fail_transfer(struct device *device, enum bus_result result,
                         const struct device_work *work, const struct dfk_error *from,
                         struct dfk_error *err);

/* Turns a status that is not OK into an error: PROTECTED for errVENDOR, else DEVICE. */
int device_fail_status(struct device *device, const struct dfu_status *status,
                       const struct device_work *work, struct dfk_error *err);

/* Asks why a request was refused, and turns the answer into an error; brings the device to dfuIDLE.
 */
int device_fail_refused(struct device *device, const struct device_work *work,
                        struct dfk_error *err);

/* Sends an event to the callbacks; text printf style. */
void device_say(struct device *device, enum dfk_event_kind kind, const char *id, const char *format,
                ...) BASE_PRINTF(4, 5);

/* Tells whether the person wants to stop. */
bool device_cancelled(const struct device *device);

/* ---- recover.c ---- */

/* Brings the device to dfuIDLE, whatever state it is in.
 *
 * Waits     20 s
 * Returns   0, -DFK_E_DEVICE, -DFK_E_TIMEOUT, -DFK_E_LOST */
int device_recover(struct device *device, struct dfk_error *err);

/* ---- wait.c ---- */

/* Waits until what the last DNLOAD asked for is done.
 *
 * *stuck    may be NULL; true: still busy after work->stuck_after_ms, the rest is the caller's
 * Returns   0, -DFK_E_DEVICE, -DFK_E_PROTECTED, -DFK_E_TIMEOUT, -DFK_E_LOST, -DFK_E_PROTOCOL,
 *           -DFK_E_INTERRUPTED */
int device_wait(struct device *device, const struct device_work *work, bool *stuck,
                struct dfk_error *err);

/* ---- dfuse.c ---- */

/* Sends a DfuSe command and waits until it is done.
 *
 * bytes     5 with an address (work->has_addr), else 1
 * Returns   as device_wait */
int device_command(struct device *device, const uint8_t *bytes, const struct device_work *work,
                   bool *stuck, struct dfk_error *err);

/* Sends a command of any length and waits until it is done.
 *
 * Returns   as device_wait */
int device_command_long(struct device *device, const uint8_t *bytes, uint16_t length,
                        const struct device_work *work, struct dfk_error *err);

/* Sets the address pointer.
 *
 * Returns   as device_wait */
int device_set_address(struct device *device, uint32_t addr, struct dfk_error *err);

/* Comes to a state from which DNLOAD (or UPLOAD) is allowed.
 *
 * Returns   as device_send */
int device_ready(struct device *device, bool to_write, struct dfk_error *err);

/* ---- errata_h743.c ---- */

/* Tells whether the device is of the family whose ROM can hang in dfuDNBUSY. */
bool device_can_wedge(const struct device *device);

/* Gives the time after which such a ROM that is still busy counts as hanging. */
uint32_t device_wedge_after_ms(const struct device *device);

/* Helps a ROM out that never leaves dfuDNBUSY: CLRSTATUS makes it admit an error, a second one
 * clears that. The erase itself goes on; a read of the sector waits for it and judges it.
 *
 * addr      of the sector; NULL when it hung before this session
 * Returns   as device_send
 * Source    traces of the chip maker's own tool on STM32H743 revision V */
int device_clear_wedge(struct device *device, const uint32_t *addr, struct dfk_error *err);

/* Starts the time that an erase can take at most. */
struct deadline device_start_erase_time(const struct device *device);

/* Waits until that time is over: the ROM says "done" while the bank still erases, and nothing may
 * be asked of it before. Source AN2606, limitation of bootloader V9.1 */
void device_wait_out(struct device *device, const struct deadline *since, uint32_t addr);

/* ---- identify.c, errata.c ---- */

/* Recognises the device by its descriptors and strings, without asking it anything. */
void device_recognise(struct device *device);

/* Finds out which version of chip and bootloader this is, and fills traits. The device is in
 * dfuIDLE, or in run-time mode. */
void device_identify(struct device *device);

/* Looks the device up in the table of known faults; fills faults and flags. */
void device_find_faults(struct device *device);

/* Counts a fault that was overcome and says so. */
void device_overcame(struct device *device, const char *id, const char *format, ...)
    BASE_PRINTF(3, 4);

/* ---- alternates.c ---- */

/* Reads the string of every alternate setting and, with DfuSe, the layout in it; info then points
 * into out. A string that is no layout leaves its alternate without runs. */
void device_read_alternates(struct bus_handle *handle, const struct dfu_interface *interface,
                            struct device_alternates *out, struct dfk_device_info *info);

/* ---- list.c ---- */

/* Fills the part of info that a list has; it has no alternate settings yet
 * (device_read_alternates). */
void device_describe(const struct bus *bus, const struct bus_device *from,
                     struct dfk_device_info *info, struct dfu_interface *interface);

/* Tells whether a device is what was asked for. */
bool device_matches(const struct dfk_device_info *info, const struct dfk_select *select);

/* Which device is wanted, by whose clock, and who hears of the wait; callbacks may be NULL. */
struct device_wish {
    const struct dfk_select *select;
    struct clock *clock;
    const struct dfk_callbacks *callbacks;
};

/* Waits for the one device that matches.
 *
 * *found    a copy
 * Waits     wish->select->wait_ms
 * Returns   0, -DFK_E_NO_DEVICE, -DFK_E_SEVERAL, -DFK_E_PERMISSION, -DFK_E_INTERRUPTED, ... */
int device_find(struct bus *bus, const struct device_wish *wish, struct bus_device *found,
                struct dfk_error *err);

/* ---- open.c ---- */

/* Opens, claims and reads the device that was found; the rest of *device is set already.
 *
 * Returns   as dfk_open */
int device_attach(struct device *device, const struct bus_device *found, struct dfk_error *err);

#endif
