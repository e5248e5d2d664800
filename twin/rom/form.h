/* SPDX-License-Identifier: MIT
 * Whether a class request has the form that the standard gives it. */
#ifndef TWIN_ROM_FORM_H
#define TWIN_ROM_FORM_H

#include <stdbool.h>

#include "core/usb.h"

/* Tells whether direction and length are those of the request; an unknown one has none.
 *
 * Source    DFU 1.1, "DFU Class-Specific Requests" */
bool form_is_right(const struct usb_setup *setup);

#endif
