/* SPDX-License-Identifier: MIT
 * Configuration descriptors in libusb's structs: bytes of unknown descriptors are the "extra" of
 * the interface or endpoint that they follow. */
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "tests/shim/device.h"

enum { INTERFACES_MAX = 32, ALTERNATES_MAX = 64, ENDPOINTS_MAX = 64, ENDPOINT_BYTES = 7 };

/* What libusb_free_config_descriptor frees; config is first. */
struct parsed {
    struct libusb_config_descriptor config;
    struct libusb_interface interfaces[INTERFACES_MAX];
    struct libusb_interface_descriptor alternates[ALTERNATES_MAX];
    struct libusb_endpoint_descriptor endpoints[ENDPOINTS_MAX];
    int interface_count, alternate_count, endpoint_count;
    const unsigned char **extra; /* of what was read last */
    int *extra_length;
    uint8_t bytes[SHIM_CONFIG_BYTES];
};

static void put_interface(struct parsed *parsed, const uint8_t *from)
{
    if (parsed->alternate_count == ALTERNATES_MAX || parsed->interface_count == INTERFACES_MAX) {
        return;
    }
    struct libusb_interface_descriptor *made = &parsed->alternates[parsed->alternate_count];
    bool same = parsed->alternate_count > 0 && made[-1].bInterfaceNumber == from[2];
    parsed->interface_count += same ? 0 : 1;
    struct libusb_interface *interface = &parsed->interfaces[parsed->interface_count - 1];
    interface->altsetting = same ? interface->altsetting : made;
    interface->num_altsetting++;
    parsed->alternate_count++;
    *made = (struct libusb_interface_descriptor){.bLength = from[0],
                                                 .bDescriptorType = from[1],
                                                 .bInterfaceNumber = from[2],
                                                 .bAlternateSetting = from[3],
                                                 .bInterfaceClass = from[5],
                                                 .bInterfaceSubClass = from[6],
                                                 .bInterfaceProtocol = from[7],
                                                 .iInterface = from[8],
                                                 .endpoint =
                                                     parsed->endpoints + parsed->endpoint_count};
    parsed->extra = &made->extra;
    parsed->extra_length = &made->extra_length;
}

static void put_endpoint(struct parsed *parsed, const uint8_t *from)
{
    if (parsed->alternate_count == 0 || parsed->endpoint_count == ENDPOINTS_MAX) {
        return;
    }
    struct libusb_endpoint_descriptor *made = &parsed->endpoints[parsed->endpoint_count++];
    parsed->alternates[parsed->alternate_count - 1].bNumEndpoints++;
    *made = (struct libusb_endpoint_descriptor){.bLength = from[0],
                                                .bDescriptorType = from[1],
                                                .bEndpointAddress = from[2],
                                                .bmAttributes = from[3],
                                                .wMaxPacketSize = get_le16(from + 4),
                                                .bInterval = from[6]};
    parsed->extra = &made->extra;
    parsed->extra_length = &made->extra_length;
}

static void put_extra(struct parsed *parsed, const uint8_t *from)
{
    if (*parsed->extra_length == 0) {
        *parsed->extra = from;
    }
    *parsed->extra_length += from[0];
}

static void put_head(struct parsed *parsed)
{
    const uint8_t *from = parsed->bytes;
    parsed->config = (struct libusb_config_descriptor){.bLength = from[0],
                                                       .bDescriptorType = from[1],
                                                       .wTotalLength = get_le16(from + 2),
                                                       .bNumInterfaces = from[4],
                                                       .bConfigurationValue = from[5],
                                                       .iConfiguration = from[6],
                                                       .bmAttributes = from[7],
                                                       .MaxPower = from[8],
                                                       .interface = parsed->interfaces};
    parsed->extra = &parsed->config.extra;
    parsed->extra_length = &parsed->config.extra_length;
}

static void parse(struct parsed *parsed, int length)
{
    put_head(parsed);
    for (int at = parsed->bytes[0]; at + 2 <= length; at += parsed->bytes[at]) {
        const uint8_t *from = parsed->bytes + at;
        if (from[0] < 2 || at + from[0] > length) {
            break;
        }
        if (from[1] == USB_INTERFACE && from[0] >= USB_INTERFACE_BYTES) {
            put_interface(parsed, from);
        } else if (from[1] == USB_ENDPOINT && from[0] >= ENDPOINT_BYTES) {
            put_endpoint(parsed, from);
        } else {
            put_extra(parsed, from);
        }
    }
    parsed->config.bNumInterfaces = (uint8_t)parsed->interface_count;
}

SHIM_EXPORT int libusb_get_config_descriptor(libusb_device *device, uint8_t index,
                                             struct libusb_config_descriptor **config)
{
    struct parsed *parsed = index == 0 ? calloc(1, sizeof *parsed) : NULL;
    if (parsed == NULL) {
        return index == 0 ? LIBUSB_ERROR_NO_MEM : LIBUSB_ERROR_NOT_FOUND;
    }
    memcpy(parsed->bytes, device->config, device->config_bytes);
    parse(parsed, device->config_bytes);
    *config = &parsed->config;
    return 0;
}

SHIM_EXPORT int libusb_get_active_config_descriptor(libusb_device *device,
                                                    struct libusb_config_descriptor **config)
{
    return libusb_get_config_descriptor(device, 0, config);
}

SHIM_EXPORT int libusb_get_config_descriptor_by_value(libusb_device *device, uint8_t value,
                                                      struct libusb_config_descriptor **config)
{
    return libusb_get_config_descriptor(device, value == device->config[5] ? 0 : 1, config);
}

SHIM_EXPORT void libusb_free_config_descriptor(struct libusb_config_descriptor *config)
{
    free(config); /* the first member of the whole */
}
