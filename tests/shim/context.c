/* SPDX-License-Identifier: MIT
 * Contexts, versions and the names of errors. */
#include "tests/shim/load.h"

#include "tests/shim/device.h"

struct error_row {
    int number;
    const char *name, *text;
};

static const struct error_row errors[] = {
    {LIBUSB_SUCCESS, "LIBUSB_SUCCESS", "Success"},
    {LIBUSB_ERROR_IO, "LIBUSB_ERROR_IO", "Input/Output Error"},
    {LIBUSB_ERROR_INVALID_PARAM, "LIBUSB_ERROR_INVALID_PARAM", "Invalid parameter"},
    {LIBUSB_ERROR_ACCESS, "LIBUSB_ERROR_ACCESS", "Access denied (insufficient permissions)"},
    {LIBUSB_ERROR_NO_DEVICE, "LIBUSB_ERROR_NO_DEVICE",
     "No such device (it may have been disconnected)"},
    {LIBUSB_ERROR_NOT_FOUND, "LIBUSB_ERROR_NOT_FOUND", "Entity not found"},
    {LIBUSB_ERROR_BUSY, "LIBUSB_ERROR_BUSY", "Resource busy"},
    {LIBUSB_ERROR_TIMEOUT, "LIBUSB_ERROR_TIMEOUT", "Operation timed out"},
    {LIBUSB_ERROR_OVERFLOW, "LIBUSB_ERROR_OVERFLOW", "Overflow"},
    {LIBUSB_ERROR_PIPE, "LIBUSB_ERROR_PIPE", "Pipe error"},
    {LIBUSB_ERROR_INTERRUPTED, "LIBUSB_ERROR_INTERRUPTED",
     "System call interrupted (perhaps due to signal)"},
    {LIBUSB_ERROR_NO_MEM, "LIBUSB_ERROR_NO_MEM", "Insufficient memory"},
    {LIBUSB_ERROR_NOT_SUPPORTED, "LIBUSB_ERROR_NOT_SUPPORTED",
     "Operation not supported or unimplemented on this platform"},
    {LIBUSB_ERROR_OTHER, "LIBUSB_ERROR_OTHER", "Other error"},
};

enum { ERROR_COUNT = sizeof errors / sizeof errors[0] };

static char token; /* every context is the same world */

static const struct error_row *find(int number)
{
    for (int i = 0; i < ERROR_COUNT; i++) {
        if (errors[i].number == number) {
            return &errors[i];
        }
    }
    return NULL;
}

SHIM_EXPORT int libusb_init(libusb_context **context)
{
    if (shim_world()->fail_init != 0) {
        return shim_world()->fail_init;
    }
    shim_enter();
    shim_load();
    shim_leave();
    if (context != NULL) {
        void *made = &token;
        *context = made;
    }
    return 0;
}

SHIM_EXPORT void libusb_exit(libusb_context *context)
{
    (void)context;
    shim_enter();
    shim_save();
    shim_leave();
}

SHIM_EXPORT const char *libusb_error_name(int number)
{
    const struct error_row *row = find(number);
    return row != NULL ? row->name : "**UNKNOWN**";
}

SHIM_EXPORT const char *libusb_strerror(int number)
{
    const struct error_row *row = find(number);
    return row != NULL ? row->text : find(LIBUSB_ERROR_OTHER)->text;
}

SHIM_EXPORT int libusb_setlocale(const char *locale)
{
    (void)locale;
    return 0;
}

SHIM_EXPORT const struct libusb_version *libusb_get_version(void)
{
    static const struct libusb_version version = {1, 0, 26, 11724, "", "https://libusb.info"};
    return &version;
}

SHIM_EXPORT void libusb_set_debug(libusb_context *context, int level)
{
    (void)context;
    (void)level;
}

SHIM_EXPORT int libusb_set_option(libusb_context *context, enum libusb_option option, ...)
{
    (void)context;
    (void)option;
    return 0;
}
