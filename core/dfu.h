/* SPDX-License-Identifier: MIT
 * The numbers of DFU 1.1 and DfuSe: requests, states, statuses, commands, descriptor. */
#ifndef CORE_DFU_H
#define CORE_DFU_H

#include <stdbool.h>
#include <stdint.h>

/* Source DFU 1.1, "DFU Class-Specific Request Values" */
enum dfu_request {
    DFU_DETACH = 0,
    DFU_DNLOAD = 1,
    DFU_UPLOAD = 2,
    DFU_GETSTATUS = 3,
    DFU_CLRSTATUS = 4,
    DFU_GETSTATE = 5,
    DFU_ABORT = 6,
};

enum { DFU_REQUEST_OUT = 0x21, DFU_REQUEST_IN = 0xA1, DFU_STATUS_BYTES = 6 };

/* Source DFU 1.1, "DFU_GETSTATUS Request", bState */
enum dfu_state {
    DFU_APP_IDLE = 0,
    DFU_APP_DETACH = 1,
    DFU_IDLE = 2,
    DFU_DNLOAD_SYNC = 3,
    DFU_DNBUSY = 4,
    DFU_DNLOAD_IDLE = 5,
    DFU_MANIFEST_SYNC = 6,
    DFU_MANIFEST = 7,
    DFU_MANIFEST_WAIT_RESET = 8,
    DFU_UPLOAD_IDLE = 9,
    DFU_ERROR = 10,
    DFU_STATE_COUNT = 11,
};

/* Source DFU 1.1, "DFU_GETSTATUS Request", bStatus */
enum dfu_status_code {
    DFU_OK = 0,
    DFU_ERR_TARGET = 1,
    DFU_ERR_FILE = 2,
    DFU_ERR_WRITE = 3,
    DFU_ERR_ERASE = 4,
    DFU_ERR_CHECK_ERASED = 5,
    DFU_ERR_PROG = 6,
    DFU_ERR_VERIFY = 7,
    DFU_ERR_ADDRESS = 8,
    DFU_ERR_NOTDONE = 9,
    DFU_ERR_FIRMWARE = 10,
    DFU_ERR_VENDOR = 11,
    DFU_ERR_USBR = 12,
    DFU_ERR_POR = 13,
    DFU_ERR_UNKNOWN = 14,
    DFU_ERR_STALLEDPKT = 15,
    DFU_STATUS_COUNT = 16,
};

/* bmAttributes. Source DFU 1.1, "DFU Functional Descriptor" */
enum {
    DFU_CAN_DNLOAD = 1,
    DFU_CAN_UPLOAD = 2,
    DFU_MANIFESTATION_TOLERANT = 4,
    DFU_WILL_DETACH = 8,
};

enum {
    DFU_VERSION_1_0 = 0x0100,
    DFU_VERSION_1_1 = 0x0110,
    DFU_VERSION_DFUSE = 0x011A,
    DFU_FUNCTIONAL_BYTES = 9,
    DFU_FUNCTIONAL_1_0_BYTES = 7, /* DFU 1.0 has no bcdDFUVersion */
};

/* First byte of a DNLOAD with wBlockNum 0. Source AN3156, "DFU bootloader commands" */
enum dfuse_command {
    DFUSE_GET_COMMANDS = 0x00,
    DFUSE_SET_ADDRESS = 0x21,
    DFUSE_ERASE = 0x41,
    DFUSE_READ_UNPROTECT = 0x92,
};

enum { DFUSE_COMMAND_BLOCK = 0, DFUSE_FIRST_DATA_BLOCK = 2 };

/* The answer to DFU_GETSTATUS. */
struct dfu_status {
    uint8_t status;           /* enum dfu_status_code */
    uint32_t poll_timeout_ms; /* 0..0xFFFFFF */
    uint8_t state;            /* enum dfu_state: the one entered right after this answer */
    uint8_t string_index;     /* iString, 0 = none */
};

/* Unpacks the 6 bytes of a GETSTATUS answer. */
struct dfu_status dfu_status_get(const uint8_t bytes[DFU_STATUS_BYTES]);

/* Packs a GETSTATUS answer into its 6 bytes. */
void dfu_status_put(const struct dfu_status *status, uint8_t bytes[DFU_STATUS_BYTES]);

/* What a DFU functional descriptor says. Source DFU 1.1, "DFU Functional Descriptor" */
struct dfu_functional {
    uint8_t attributes;
    uint16_t detach_timeout_ms;
    uint16_t transfer_bytes;
    uint16_t version; /* bcdDFUVersion; DFU_VERSION_1_0 for the 7-byte form */
};

/* One alternate setting of a DFU interface, found in a configuration descriptor. */
struct dfu_alternate {
    uint8_t interface, alternate, protocol;
    uint8_t string_index; /* iInterface, 0 = none */
};

enum { DFU_ALTERNATES_MAX = 16 };

/* The DFU interface of a configuration. */
struct dfu_interface {
    uint8_t configuration; /* bConfigurationValue */
    uint8_t interface;
    uint8_t protocol; /* of its first alternate setting */
    uint8_t alternate_count;
    struct dfu_alternate alternates[DFU_ALTERNATES_MAX];
    bool has_functional;
    struct dfu_functional functional;
};

/* Finds the first DFU interface in a configuration descriptor with all that follows it. Descriptors
 * that lie about their length end the search; nothing beyond length is read. The functional
 * descriptor may stand after any alternate setting of the interface.
 *
 * Returns   true when one was found; out is untouched else
 * Source    USB 2.0, "Standard Interface Descriptor"; DFU 1.1, "DFU Functional Descriptor" */
bool dfu_interface_find(const uint8_t *configuration, uint32_t length, struct dfu_interface *out);

#endif
