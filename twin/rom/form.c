/* SPDX-License-Identifier: MIT
 * Whether a class request has the form that the standard gives it. */
#include "twin/rom/form.h"

#include "core/dfu.h"

bool form_is_right(const struct usb_setup *setup)
{
    bool in = (setup->request_type & USB_DIR_IN) != 0;
    switch (setup->request) {
    case DFU_UPLOAD:
    case DFU_GETSTATUS:
    case DFU_GETSTATE: return in;
    case DFU_DNLOAD: return !in;
    case DFU_DETACH:
    case DFU_CLRSTATUS:
    case DFU_ABORT: return !in && setup->length == 0;
    default: return false;
    }
}
