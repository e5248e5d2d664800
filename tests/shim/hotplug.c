/* SPDX-License-Identifier: MIT
 * Hotplug messages, kept until the program handles events. */
#include "tests/shim/hotplug.h"

#include <string.h>

#include "core/bytes.h"

enum { CALLBACKS_MAX = 8, MESSAGES_MAX = 64, FOREVER_S = 60 };

struct callback {
    libusb_context *context;
    libusb_hotplug_callback_fn function; /* NULL: free */
    void *user;
    int events, vendor, product, class_code;
};

struct message {
    struct libusb_device *device; /* referenced */
    libusb_hotplug_event event;
};

static struct callback callbacks[CALLBACKS_MAX];
static struct message messages[MESSAGES_MAX];
static size_t message_count;

static bool is_wanted(void)
{
    bool wanted = false;
    for (size_t i = 0; i < CALLBACKS_MAX; i++) {
        wanted = wanted || callbacks[i].function != NULL;
    }
    return wanted;
}

void shim_hotplug_note(struct libusb_device *device, libusb_hotplug_event event)
{
    if (device != NULL && message_count < MESSAGES_MAX && is_wanted()) {
        messages[message_count++] = (struct message){libusb_ref_device(device), event};
    }
}

static bool fits(int wanted, int number)
{
    return wanted == LIBUSB_HOTPLUG_MATCH_ANY || wanted == number;
}

static void tell(struct callback *callback, const struct message *message)
{
    const uint8_t *ids = message->device->device;
    if (callback->function != NULL && (callback->events & (int)message->event) != 0 &&
        fits(callback->vendor, get_le16(ids + 8)) && fits(callback->product, get_le16(ids + 10)) &&
        fits(callback->class_code, ids[4]) &&
        callback->function(callback->context, message->device, message->event, callback->user) !=
            0) {
        callback->function = NULL; /* it does not want to hear more */
    }
}

static void tell_all(void)
{
    for (size_t i = 0; i < message_count; i++) {
        for (size_t k = 0; k < CALLBACKS_MAX; k++) {
            tell(&callbacks[k], &messages[i]);
        }
        libusb_unref_device(messages[i].device);
    }
    message_count = 0;
}

void shim_hotplug_forget(void)
{
    memset(callbacks, 0, sizeof callbacks);
    tell_all();
}

static void tell_present(struct callback *callback)
{
    (void)shim_devices_refresh();
    for (size_t i = 0; i < shim_world()->count; i++) {
        struct libusb_device *device = shim_device_at(i);
        if (device != NULL) {
            tell(callback, &(struct message){device, LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED});
        }
    }
}

SHIM_EXPORT int libusb_has_capability(uint32_t capability)
{
    return capability == LIBUSB_CAP_HAS_CAPABILITY ||
           (capability == LIBUSB_CAP_HAS_HOTPLUG && !shim_world()->no_hotplug);
}

SHIM_EXPORT int libusb_hotplug_register_callback(libusb_context *context, int events, int flags,
                                                 int vendor, int product, int class_code,
                                                 libusb_hotplug_callback_fn function, void *user,
                                                 libusb_hotplug_callback_handle *handle)
{
    size_t at = 0;
    if (function == NULL || events == 0) {
        return LIBUSB_ERROR_INVALID_PARAM;
    }
    while (at < CALLBACKS_MAX && callbacks[at].function != NULL) {
        at++;
    }
    if (at == CALLBACKS_MAX) {
        return LIBUSB_ERROR_NO_MEM;
    }
    shim_enter();
    callbacks[at] = (struct callback){context, function, user, events, vendor, product, class_code};
    if ((flags & LIBUSB_HOTPLUG_ENUMERATE) != 0) {
        tell_present(&callbacks[at]);
    }
    shim_leave();
    if (handle != NULL) {
        *handle = (libusb_hotplug_callback_handle)at + 1;
    }
    return 0;
}

SHIM_EXPORT void libusb_hotplug_deregister_callback(libusb_context *context,
                                                    libusb_hotplug_callback_handle handle)
{
    (void)context;
    if (handle >= 1 && handle <= CALLBACKS_MAX) {
        callbacks[handle - 1].function = NULL;
    }
}

SHIM_EXPORT void *libusb_hotplug_get_user_data(libusb_context *context,
                                               libusb_hotplug_callback_handle handle)
{
    (void)context;
    return handle >= 1 && handle <= CALLBACKS_MAX ? callbacks[handle - 1].user : NULL;
}

SHIM_EXPORT int libusb_handle_events_timeout_completed(libusb_context *context,
                                                       struct timeval *limit, int *completed)
{
    (void)context;
    if (completed != NULL && *completed != 0) {
        return 0;
    }
    shim_enter();
    shim_wait_change((uint64_t)limit->tv_sec * 1000000000 + (uint64_t)limit->tv_usec * 1000);
    tell_all();
    shim_leave();
    return 0;
}

SHIM_EXPORT int libusb_handle_events_timeout(libusb_context *context, struct timeval *limit)
{
    return libusb_handle_events_timeout_completed(context, limit, NULL);
}

SHIM_EXPORT int libusb_handle_events_completed(libusb_context *context, int *completed)
{
    struct timeval limit = {.tv_sec = FOREVER_S};
    return libusb_handle_events_timeout_completed(context, &limit, completed);
}

SHIM_EXPORT int libusb_handle_events(libusb_context *context)
{
    return libusb_handle_events_completed(context, NULL);
}
