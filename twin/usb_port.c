/* SPDX-License-Identifier: MIT
 * A whole control transfer as a host controller makes it. */
#include "twin/usb_port.h"

enum ep0_answer usb_port_transfer(struct usb_port *port, const struct usb_setup *setup,
                                  uint8_t *data, uint16_t *length, uint64_t limit_ns)
{
    uint64_t start = port->now(port);
    uint64_t end = limit_ns > UINT64_MAX - start ? UINT64_MAX : start + limit_ns;
    uint16_t asked = *length;
    enum ep0_answer answer = port->control(port, setup, data, length);
    while (answer == EP0_NAK && port->now(port) < end) {
        uint64_t wake = port->wake(port);
        uint64_t next = wake < end ? wake : end;
        /* An event that is due already must not stop time. */
        port->run(port, next > port->now(port) ? next : port->now(port) + 1);
        *length = asked;
        answer = port->control(port, setup, data, length);
    }
    if (answer == EP0_NAK) {
        port->cancel(port);
    }
    return answer;
}
