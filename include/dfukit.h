/* SPDX-License-Identifier: MIT
 * The whole public interface of libdfukit: find, flash, check and read USB DFU and DfuSe devices.
 */
#ifndef DFUKIT_H
#define DFUKIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dfukit_errors.h"

/* Chapter 1: the idea
 *
 * A file becomes an image (dfk_image_read). A device is selected and opened (dfk_open). A verb
 * (dfk_flash, dfk_verify, ...) compares the two, makes a plan, carries it out and reports what it
 * does as events. Nothing is printed, no global is kept, the process is never ended.
 *
 * Chapter 2: a complete program: examples/flash_file.c, built and run by the tests.
 *
 * Chapter 3: errors. Functions that can fail return 0 or a negative code (-DFK_E_...) and fill the
 * caller's struct dfk_error, which may be NULL. A zeroed struct dfk_error means "no error".
 * The first failure wins: a set error is never overwritten. Output parameters are untouched on
 * failure.
 *
 * Chapter 4: ownership. Handles are freed by the function named at their declaration; free
 * functions accept NULL. Strings and structs reached through a handle live as long as the handle.
 *
 * Chapter 5: threads. Calls on different handles may overlap. Calls on one handle may not.
 *
 * Chapter 6: options. All option structs mean "the default" when zeroed. */

#if defined(__GNUC__)
#define DFK_API __attribute__((visibility("default")))
#else
#define DFK_API
#endif

/* ---- errors ------------------------------------------------------------------------------ */

#define DFK_ERROR_ENUM(id, name, exit_code, next, sentence) DFK_E_##id,
enum dfk_code { DFK_OK = 0, DFK_ERROR_TABLE(DFK_ERROR_ENUM) DFK_CODE_COUNT };
#undef DFK_ERROR_ENUM

/* What a failure is about, so that a program need not read it out of a sentence. */
enum dfk_where_kind { DFK_WHERE_NOWHERE, DFK_WHERE_FILE, DFK_WHERE_ADDRESS };

struct dfk_where {
    enum dfk_where_kind kind;
    char file[96];   /* name of the file, shortened from the left; "" when unknown */
    uint64_t offset; /* bytes from the start of the file; valid with DFK_WHERE_FILE */
    uint32_t addr;   /* device address; valid with DFK_WHERE_ADDRESS */
};

/* What the device last said (DFU 1.1, "DFU_GETSTATUS Request"). */
struct dfk_device_state {
    bool known;               /* false: never read, the rest is 0 */
    uint8_t state;            /* bState, 0..10 */
    uint8_t status;           /* bStatus, 0..15 */
    uint32_t poll_timeout_ms; /* bwPollTimeout, 0..0xFFFFFF, as the device sent it */
    char text[64];            /* the string iString points at, or "" */
};

struct dfk_error {
    enum dfk_code code;
    char what[320]; /* what failed, where, wanted against got */
    char why[240];  /* probable cause, or "" when nothing is known */
    char next[240]; /* what to try */
    struct dfk_where where;
    struct dfk_device_state device;
};

/* Gives the word for a code, as in JSON and in `dfukit explain`. Returns "ok" for DFK_OK, never
 * NULL. Owns      nothing: a constant */
DFK_API const char *dfk_error_name(enum dfk_code code);

/* Gives the exit code of a program that fails with code: 0 for DFK_OK, else 1..99. */
DFK_API int dfk_error_exit_code(enum dfk_code code);

/* Gives what to try for a code when the failure itself says nothing better. Never NULL.
 * Owns      nothing: a constant */
DFK_API const char *dfk_error_next(enum dfk_code code);

/* Gives one sentence on what a code means. Never NULL.
 * Owns      nothing: a constant */
DFK_API const char *dfk_error_sentence(enum dfk_code code);

/* Gives the version of the library, "MAJOR.MINOR.PATCH". Never NULL.
 * Owns      nothing: a constant */
DFK_API const char *dfk_version(void);

/* Gives the standard's name of a bState ("dfuIDLE"), "unknown state" above 10.
 * Owns      nothing: a constant
 * Source    DFU 1.1, "Interface State Transition Diagram" */
DFK_API const char *dfk_state_name(uint8_t state);

/* Gives the standard's name of a bStatus ("errADDRESS"), "unknown status" above 15.
 * Owns      nothing: a constant
 * Source    DFU 1.1, "DFU_GETSTATUS Request" */
DFK_API const char *dfk_status_name(uint8_t status);

/* ---- events ------------------------------------------------------------------------------ */

enum dfk_event_kind {
    DFK_EVENT_WARNING,   /* text: something was tolerated; id names it */
    DFK_EVENT_WAITING,   /* text: what is waited for */
    DFK_EVENT_DEVICE,    /* device: opened and identified */
    DFK_EVENT_PLAN,      /* plan: what is about to happen */
    DFK_EVENT_PHASE,     /* phase begins; bytes_total, estimate_ms */
    DFK_EVENT_PROGRESS,  /* phase goes on; addr, bytes_done, bytes_total, elapsed_ms */
    DFK_EVENT_RECOVERED, /* text: a fault of the device was met and overcome; id is the errata row
                          */
    DFK_EVENT_DONE,      /* report: all went well */
    DFK_EVENT_RESUMED,   /* text: the device that was lost is back; id: "returned", or "moved" */
};

enum dfk_phase {
    DFK_PHASE_COMPARE,
    DFK_PHASE_ERASE,
    DFK_PHASE_WRITE,
    DFK_PHASE_VERIFY,
    DFK_PHASE_READ,
    DFK_PHASE_LEAVE,
    DFK_PHASE_DETACH,
};

struct dfk_device_info;
struct dfk_plan;
struct dfk_report;

struct dfk_event {
    enum dfk_event_kind kind;
    enum dfk_phase phase;
    uint32_t addr;
    uint64_t bytes_done;
    uint64_t bytes_total;
    uint32_t elapsed_ms;  /* since the phase began */
    uint32_t estimate_ms; /* of the phase */
    const char *id;
    const char *text;
    const struct dfk_device_info *device;
    const struct dfk_plan *plan;
    const struct dfk_report *report;
};

/* How a program hears of progress and stops the work. Both functions may be NULL. They are called
 * on the caller's thread, from within the verb. cancelled returns true to stop: the verb then ends
 * in -DFK_E_INTERRUPTED at the next safe point. */
struct dfk_callbacks {
    void *user;
    void (*event)(void *user, const struct dfk_event *event);
    bool (*cancelled)(void *user);
};

/* ---- devices ----------------------------------------------------------------------------- */

enum dfk_mode {
    DFK_MODE_RUNTIME, /* an application with a DFU interface: DETACH leads to DFU mode */
    DFK_MODE_DFU,     /* plain DFU 1.0 or 1.1 */
    DFK_MODE_DFUSE,   /* ST's extension, bcdDFUVersion 0x011A */
};

enum { DFK_READABLE = 1, DFK_ERASABLE = 2, DFK_WRITEABLE = 4 };

/* A run of equal sectors of the memory layout. */
struct dfk_sector_run {
    uint32_t addr;         /* of the first sector */
    uint32_t sector_bytes; /* 1.. */
    uint32_t count;        /* 1.. */
    uint8_t access;        /* DFK_READABLE | DFK_ERASABLE | DFK_WRITEABLE */
};

struct dfk_alternate {
    uint8_t number;                    /* bAlternateSetting */
    char text[256];                    /* the interface string as sent, UTF-8 */
    char name[128];                    /* the part before the first '/', trimmed, without '@' */
    const struct dfk_sector_run *runs; /* NULL for plain DFU */
    size_t run_count;
};

/* What a known fault can spoil. */
enum {
    DFK_FAULT_ERASE = 1, /* erasing sectors one by one */
    DFK_FAULT_WRITE = 2,
    DFK_FAULT_READ = 4,
    DFK_FAULT_LEAVE = 8,
    DFK_FAULT_ERASE_ALL = 16, /* the mass erase */
    DFK_FAULT_TALK = 32,      /* how it is found and spoken to: no plan has to mention it */
};

/* A fault that this silicon is known to have (device/errata.c). */
struct dfk_known_fault {
    const char *id;     /* stable word, e.g. "h743-bank2-erase-wedge" */
    const char *does;   /* what goes wrong */
    const char *remedy; /* what dfukit does about it */
    const char *source; /* where it is documented */
    uint8_t concerns;   /* DFK_FAULT_..., so that only what matters is said; 0: all of it */
    uint32_t from_addr; /* only addresses from here on are concerned; 0: all */
};

/* Why dfukit-boot did not start the application. */
enum dfk_boot_reason {
    DFK_BOOT_UNKNOWN,
    DFK_BOOT_BUTTON,         /* the button was held */
    DFK_BOOT_APPLICATION,    /* the application asked for it */
    DFK_BOOT_DOUBLE_RESET,   /* reset was pressed twice */
    DFK_BOOT_NO_APPLICATION, /* there is none that could be started */
    DFK_BOOT_WATCHDOG,       /* the application was reset by the watchdog too often in a row */
};

/* What the bootloader dfukit-boot says of itself and of the application. */
struct dfk_boot {
    bool known;                                   /* false: another bootloader, the rest is 0 */
    uint16_t version;                             /* major in bits 15:8, minor in bits 7:0 */
    uint8_t reason;                               /* enum dfk_boot_reason; more may come */
    bool application_valid;                       /* it could be started */
    uint32_t application_addr, application_bytes; /* the room for it */
    uint32_t bank_bytes;                          /* of one bank of the flash memory */
    bool sealed;                                  /* it starts sealed applications only */
    bool must_be_signed;                          /* and signed ones, with the key of key_id */
    bool any_version;                             /* and older ones than it has started before */
    uint32_t oldest_version; /* DFK_SEAL_VERSION; older ones it refuses. 0: takes any */
    char board[24];          /* the id that applications have to be sealed for */
    uint8_t key_id[8];       /* the start of the public key; zeros: none */
    char refused[64];        /* why it does not start the application there is, or "" */
};

struct dfk_device_info {
    char bus[64];    /* the bus URI it was found on */
    char path[64];   /* place on that bus: "1-4.2", the USB/IP bus id */
    uint16_t number; /* address on that bus, new at each plug-in; 0: not known */
    uint16_t vendor, product, bcd_device;
    char manufacturer[128], product_text[128], serial[128]; /* UTF-8, "" when not readable */
    enum dfk_mode mode;
    uint8_t configuration, interface;
    uint8_t attributes; /* bmAttributes of the DFU functional descriptor */
    uint16_t detach_timeout_ms;
    uint16_t transfer_bytes; /* wTransferSize as sent; 0 is possible */
    uint16_t dfu_version;    /* bcdDFUVersion */
    const struct dfk_alternate *alternates;
    size_t alternate_count;
    /* Filled by dfk_open; empty in a list. */
    char chip[64];     /* "STM32H742/743/750/753", or "" when not recognised */
    char firmware[64]; /* "ROM bootloader V9.0", "mboot", or "" */
    const struct dfk_known_fault *faults;
    size_t fault_count;
    struct dfk_boot boot;
    /* In a list: whether dfk_open could use it, and if not, why and what to do. */
    bool usable;
    enum dfk_code problem; /* DFK_OK when usable */
    char problem_text[160];
};

/* Which device. Everything that is given must match; zero or NULL means "any". */
struct dfk_select {
    const char *bus; /* "usb:" (NULL) or "usbip://HOST[:PORT][/BUSID]" */
    bool match_vendor, match_product;
    uint16_t vendor, product;
    const char *serial;      /* whole serial number */
    const char *path;        /* as in dfk_device_info.path */
    const char *alternate;   /* number or name of an alternate setting; NULL: found by address */
    const char *trace;       /* write the conversation to this pcapng file; NULL: do not */
    uint32_t wait_ms;        /* wait this long for the device to appear; 0: do not wait */
    uint16_t transfer_bytes; /* of one DNLOAD or UPLOAD, 8..4096; 0: what the device says */
};

struct dfk_device_list;
struct dfk_device;

/* Lists the DFU devices on a bus, usable or not.
 *
 * select    only .bus, ids, .serial and .path are looked at; NULL lists everything on "usb:"
 * Owns      *list is the caller's: dfk_device_list_free
 * Returns   0 (also when the list is empty), -DFK_E_CONNECTION, -DFK_E_PROTOCOL, -DFK_E_USAGE,
 *           -DFK_E_NO_MEMORY */
DFK_API int dfk_device_list_get(const struct dfk_select *select, struct dfk_device_list **list,
                                struct dfk_error *err);

/* Gives the number of devices in a list. */
DFK_API size_t dfk_device_list_count(const struct dfk_device_list *list);

/* Gives one device of a list; index 0..count-1.
 * Owns      nothing: lives as long as the list */
DFK_API const struct dfk_device_info *dfk_device_list_at(const struct dfk_device_list *list,
                                                         size_t index);

/* Frees a list. */
DFK_API void dfk_device_list_free(struct dfk_device_list *list);

/* Waits until devices came to a bus or left it. May return earlier without a reason.
 *
 * select    only .bus is looked at; NULL means "usb:"
 * Waits     at most limit_ms
 * Returns   0, -DFK_E_CONNECTION, -DFK_E_USAGE, -DFK_E_NO_MEMORY */
DFK_API int dfk_device_wait(const struct dfk_select *select, uint32_t limit_ms,
                            struct dfk_error *err);

/* Opens the one device that matches, and finds out what it is.
 *
 * select    NULL means: the only DFU device on "usb:"
 * callbacks used by every verb on this device; copied; NULL for none
 * Waits     at most select->wait_ms for the device, then at most 20 s to bring it to dfuIDLE
 * Owns      *device is the caller's: dfk_close
 * Returns   0, -DFK_E_NO_DEVICE, -DFK_E_SEVERAL, -DFK_E_PERMISSION, -DFK_E_BUSY_BUS,
 *           -DFK_E_CONNECTION, -DFK_E_PROTOCOL, -DFK_E_DEVICE, -DFK_E_TIMEOUT, -DFK_E_LOST,
 *           -DFK_E_USAGE, -DFK_E_FILE_IO (trace), -DFK_E_INTERRUPTED, -DFK_E_NO_MEMORY */
DFK_API int dfk_open(const struct dfk_select *select, const struct dfk_callbacks *callbacks,
                     struct dfk_device **device, struct dfk_error *err);

/* Gives what is known of an open device.
 * Owns      nothing: lives as long as the device */
DFK_API const struct dfk_device_info *dfk_device_get_info(const struct dfk_device *device);

/* Closes a device. The board keeps its state; use dfk_leave before to start the application. */
DFK_API void dfk_close(struct dfk_device *device);

#include "dfukit_image.h"
#include "dfukit_marks.h"
#include "dfukit_seal.h"
#include "dfukit_verbs.h"

#endif
