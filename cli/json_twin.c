/* SPDX-License-Identifier: MIT
 * The lines of the JSON interface about virtual boards.
 */
#include "cli/json.h"

void json_leds(struct ui *ui, const struct twin_leds *leds)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < leds->count; i++) {
        (void)json_array_append_new(list, json_boolean(leds->lit[i]));
    }
    json_line(ui, json_pack("{ss so so so}", "event", "leds", "path", json_text(leds->path),
                            "board", json_text(leds->name), "leds", list));
}

void json_serial(struct ui *ui, const struct twin_serial *serial)
{
    json_line(ui, json_pack("{ss so sb}", "event", "serial", "text", json_text(serial->text),
                            "ended", serial->ended));
}

void json_obeyed(struct ui *ui, const char *order)
{
    json_line(ui, json_pack("{ss so}", "event", "obeyed", "order", json_text(order)));
}
