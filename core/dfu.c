/* SPDX-License-Identifier: MIT
 * The records of DFU: GETSTATUS answers and the DFU interface of a configuration. */
#include "core/dfu.h"

#include "core/bytes.h"
#include "core/usb.h"

struct dfu_status dfu_status_get(const uint8_t bytes[DFU_STATUS_BYTES])
{
    struct dfu_status status;
    status.status = bytes[0];
    status.poll_timeout_ms = get_le24(bytes + 1);
    status.state = bytes[4];
    status.string_index = bytes[5];
    return status;
}

void dfu_status_put(const struct dfu_status *status, uint8_t bytes[DFU_STATUS_BYTES])
{
    bytes[0] = status->status;
    put_le24(bytes + 1, status->poll_timeout_ms);
    bytes[4] = status->state;
    bytes[5] = status->string_index;
}

static bool is_dfu_interface(const uint8_t *at)
{
    return at[1] == USB_INTERFACE && at[0] >= USB_INTERFACE_BYTES &&
           at[5] == USB_CLASS_APPLICATION && at[6] == USB_SUBCLASS_DFU;
}

static void take_alternate(struct dfu_interface *found, const uint8_t *at)
{
    if (found->alternate_count == 0) {
        found->interface = at[2];
        found->protocol = at[7];
    }
    if (found->alternate_count < DFU_ALTERNATES_MAX) {
        struct dfu_alternate *alternate = &found->alternates[found->alternate_count];
        alternate->interface = at[2];
        alternate->alternate = at[3];
        alternate->protocol = at[7];
        alternate->string_index = at[8];
        found->alternate_count++;
    }
}

static void take_functional(struct dfu_interface *found, const uint8_t *at)
{
    found->has_functional = true;
    found->functional.attributes = at[2];
    found->functional.detach_timeout_ms = get_le16(at + 3);
    found->functional.transfer_bytes = get_le16(at + 5);
    found->functional.version =
        at[0] >= DFU_FUNCTIONAL_BYTES ? get_le16(at + 7) : (uint16_t)DFU_VERSION_1_0;
}

bool dfu_interface_find(const uint8_t *configuration, uint32_t length, struct dfu_interface *out)
{
    static const struct dfu_interface nothing;
    struct dfu_interface found = nothing;
    bool inside = false;
    uint32_t offset = 0;
    if (length >= USB_CONFIGURATION_BYTES && configuration[1] == USB_CONFIGURATION) {
        found.configuration = configuration[5];
    }
    while (length - offset >= 2 && configuration[offset] >= 2 &&
           configuration[offset] <= length - offset) {
        const uint8_t *at = configuration + offset;
        if (at[1] == USB_INTERFACE) {
            inside =
                is_dfu_interface(at) && (found.alternate_count == 0 || at[2] == found.interface);
            if (inside) {
                take_alternate(&found, at);
            }
        } else if (inside && at[1] == USB_DFU_FUNCTIONAL && at[0] >= DFU_FUNCTIONAL_1_0_BYTES) {
            take_functional(&found, at);
        }
        offset += at[0];
    }
    if (found.alternate_count == 0) {
        return false;
    }
    *out = found;
    return true;
}
