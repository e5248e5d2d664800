/* SPDX-License-Identifier: MIT
 * A configuration as libusb gives it, put back into the bytes that the device sent. */
#include "bus/usb_describe.h"

#include <string.h>

#include "core/bytes.h"

static void put(struct bus_device *out, const uint8_t *bytes, int length)
{
    size_t room = sizeof out->configuration - out->configuration_bytes;
    if (length > 0 && (size_t)length <= room) {
        memcpy(out->configuration + out->configuration_bytes, bytes, (size_t)length);
        out->configuration_bytes = (uint16_t)(out->configuration_bytes + length);
    }
}

static void put_alternate(struct bus_device *out, const struct libusb_interface_descriptor *from)
{
    const uint8_t bytes[USB_INTERFACE_BYTES] = {USB_INTERFACE_BYTES,      USB_INTERFACE,
                                                from->bInterfaceNumber,   from->bAlternateSetting,
                                                from->bNumEndpoints,      from->bInterfaceClass,
                                                from->bInterfaceSubClass, from->bInterfaceProtocol,
                                                from->iInterface};
    put(out, bytes, sizeof bytes);
    put(out, from->extra, from->extra_length);
    for (int i = 0; i < from->bNumEndpoints; i++) {
        const struct libusb_endpoint_descriptor *endpoint = &from->endpoint[i];
        uint8_t end[7] = {7, USB_ENDPOINT, endpoint->bEndpointAddress, endpoint->bmAttributes};
        put_le16(end + 4, endpoint->wMaxPacketSize);
        end[6] = endpoint->bInterval;
        put(out, end, sizeof end);
        put(out, endpoint->extra, endpoint->extra_length);
    }
}

void usb_put_configuration(const struct libusb_config_descriptor *config, struct bus_device *out)
{
    uint8_t head[USB_CONFIGURATION_BYTES] = {USB_CONFIGURATION_BYTES,
                                             USB_CONFIGURATION,
                                             0,
                                             0,
                                             config->bNumInterfaces,
                                             config->bConfigurationValue,
                                             config->iConfiguration,
                                             config->bmAttributes,
                                             config->MaxPower};
    out->configuration_bytes = 0;
    put_le16(head + 2, config->wTotalLength);
    put(out, head, sizeof head);
    put(out, config->extra, config->extra_length);
    for (int i = 0; i < config->bNumInterfaces; i++) {
        for (int k = 0; k < config->interface[i].num_altsetting; k++) {
            put_alternate(out, &config->interface[i].altsetting[k]);
        }
    }
}
