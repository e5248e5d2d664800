/* SPDX-License-Identifier: MIT
 * A way to make control transfers to USB devices: the interface that every bus implements. */
#ifndef BUS_BUS_H
#define BUS_BUS_H

#include "base/fail.h"
#include "core/usb.h"

/* The answer to one control transfer. */
enum bus_result {
    BUS_OK,
    BUS_STALL,   /* the device refused the request */
    BUS_TIMEOUT, /* no answer within the limit */
    BUS_GONE,    /* the device is not on the bus any more; err is filled (DFK_E_LOST) */
    BUS_ERROR,   /* anything else: err is filled (DFK_E_PROTOCOL, DFK_E_CONNECTION, ...) */
};

enum { BUS_CONFIGURATION_BYTES_MAX = 1024, BUS_TEXT_BYTES = 128 };

/* A device as a bus sees it without claiming it. Texts are UTF-8, "" when not readable. */
struct bus_device {
    char path[64];
    uint16_t number; /* address that the system gave it, new at each plug-in; 0: not known */
    struct usb_device descriptor;
    uint8_t configuration[BUS_CONFIGURATION_BYTES_MAX]; /* active one, whole; zero beyond length */
    uint16_t configuration_bytes;                       /* 0: could not be read */
    char manufacturer[BUS_TEXT_BYTES], product[BUS_TEXT_BYTES], serial[BUS_TEXT_BYTES];
    /* Why it cannot be opened: DFK_OK, DFK_E_PERMISSION, DFK_E_BUSY_BUS, DFK_E_CONNECTION (the
     * server does not answer). */
    enum dfk_code problem;
};

struct bus_list {
    struct bus_device *devices;
    size_t count;
};

struct bus;
struct bus_handle;

/* What a bus can do. Every function is given the bus or a handle that it opened itself.
 *
 * list      fills out with the devices whose active configuration has a DFU interface, and those
 *           whose descriptors cannot be read; returns 0 or a filled err
 * wait      returns when devices came or went, or after limit_ms; false positives are fine
 * open      opens the device at a path of list, without claiming anything
 * claim     claims an interface, detaching a kernel driver that permits it
 * control   one control transfer; data is wLength bytes; *actual is set on BUS_OK
 * reset     resets the port; BUS_GONE when the device re-enumerated as another one
 * close     gives the handle back; the device stays as it is
 * free      gives the bus back; all its handles must be closed */
struct bus_ops {
    int (*list)(struct bus *bus, struct bus_list *out, struct dfk_error *err);
    void (*wait)(struct bus *bus, uint32_t limit_ms);
    int (*open)(struct bus *bus, const char *path, struct bus_handle **handle,
                struct dfk_error *err);
    int (*claim)(struct bus_handle *handle, uint8_t interface, struct dfk_error *err);
    enum bus_result (*control)(struct bus_handle *handle, const struct usb_setup *setup,
                               uint8_t *data, uint16_t *actual, uint32_t timeout_ms,
                               struct dfk_error *err);
    enum bus_result (*set_alternate)(struct bus_handle *handle, uint8_t interface,
                                     uint8_t alternate, struct dfk_error *err);
    enum bus_result (*reset)(struct bus_handle *handle, struct dfk_error *err);
    void (*close)(struct bus_handle *handle);
    void (*free)(struct bus *bus);
};

/* First member of every bus. */
struct bus {
    const struct bus_ops *ops;
    char uri[64];
};

/* First member of every handle. */
struct bus_handle {
    struct bus *bus;
};

/* Opens the bus that a URI names: "usb:" or NULL, "usbip://HOST[:PORT][/BUSID]".
 *
 * trace     record every transfer to this pcapng file; NULL: do not
 * Owns      *bus is the caller's: bus_free
 * Returns   0, -DFK_E_USAGE (no such bus), -DFK_E_CONNECTION, -DFK_E_FILE_IO (trace),
 *           -DFK_E_NO_MEMORY */
int bus_open_uri(const char *uri, const char *trace, struct bus **bus, struct dfk_error *err);

/* Lists the devices of a bus, as bus_ops.list.
 *
 * Owns      out->devices is the caller's: bus_list_free
 * Returns   0, -DFK_E_CONNECTION, -DFK_E_PROTOCOL, -DFK_E_NO_MEMORY */
int bus_list(struct bus *bus, struct bus_list *out, struct dfk_error *err);

/* Frees what a list holds. */
void bus_list_free(struct bus_list *list);

/* Waits for devices to come or go, at most limit_ms. */
void bus_wait(struct bus *bus, uint32_t limit_ms);

/* Opens the device at a path of bus_list.
 *
 * Owns      *handle is the caller's: bus_close
 * Returns   0, -DFK_E_NO_DEVICE, -DFK_E_PERMISSION, -DFK_E_BUSY_BUS, -DFK_E_CONNECTION,
 *           -DFK_E_PROTOCOL, -DFK_E_NO_MEMORY */
int bus_open(struct bus *bus, const char *path, struct bus_handle **handle, struct dfk_error *err);

/* Claims an interface.
 *
 * Returns   0, -DFK_E_BUSY_BUS, -DFK_E_LOST, -DFK_E_PROTOCOL */
int bus_claim(struct bus_handle *handle, uint8_t interface, struct dfk_error *err);

/* Makes one control transfer.
 *
 * data      setup->length bytes, in or out; may be NULL when that is 0
 * actual    bytes of the data stage, at most setup->length; may be NULL
 * err       filled with BUS_GONE and BUS_ERROR only */
enum bus_result bus_control(struct bus_handle *handle, const struct usb_setup *setup, uint8_t *data,
                            uint16_t *actual, uint32_t timeout_ms, struct dfk_error *err);

/* Chooses an alternate setting of a claimed interface. */
enum bus_result bus_set_alternate(struct bus_handle *handle, uint8_t interface, uint8_t alternate,
                                  struct dfk_error *err);

/* Resets the port of a device. */
enum bus_result bus_reset(struct bus_handle *handle, struct dfk_error *err);

/* Closes a handle. NULL does nothing. */
void bus_close(struct bus_handle *handle);

/* Closes a bus. NULL does nothing. */
void bus_free(struct bus *bus);

/* The buses there are. Each makes its bus; the caller owns it (bus_free).
 *
 * Returns   0, -DFK_E_CONNECTION, -DFK_E_USAGE, -DFK_E_FILE_IO, -DFK_E_NO_MEMORY */
int bus_usb_open(struct bus **bus, struct dfk_error *err);
int bus_usbip_open(const char *uri, struct bus **bus, struct dfk_error *err);

/* Wraps a bus so that everything that passes is written to a pcapng file of Linux USB packets.
 *
 * Owns      *bus takes inner over, also on failure
 * Returns   0, -DFK_E_FILE_IO, -DFK_E_NO_MEMORY
 * Source    pcapng, "Enhanced Packet Block"; LINKTYPE_USB_LINUX_MMAPPED (220) */
int bus_record_open(struct bus *inner, const char *path, struct bus **bus, struct dfk_error *err);

#endif
