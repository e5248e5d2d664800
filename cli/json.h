/* SPDX-License-Identifier: MIT
 * What the files of the JSON interface share.
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <jansson.h>

#include "cli/ui.h"

/* Prints one object as a line and frees it; an object that memory did not suffice for becomes an
 * error line.
 *
 * Owns      takes object over */
void json_line(struct ui *ui, json_t *object);

/* Makes a JSON string; bytes that are not UTF-8 become '?'.
 *
 * Owns      the caller; NULL when memory ran out */
json_t *json_text(const char *text);

/* Spells a DFK_SEAL_VERSION, "1.2.3", and bytes in hexadecimal digits, at most 32.
 *
 * Owns      the caller; NULL when memory ran out */
json_t *json_version(uint32_t version);
json_t *json_hex(const uint8_t *bytes, size_t count);

/* The rows of json_calls that are about devices and plans. */
void json_device(struct ui *ui, const struct dfk_device_info *info);
void json_opened(struct ui *ui, const struct dfk_device_info *info);
void json_plan(struct ui *ui, const struct dfk_plan *plan);

/* The rows of json_calls that are about virtual boards. */
void json_leds(struct ui *ui, const struct twin_leds *leds);
void json_serial(struct ui *ui, const struct twin_serial *serial);
void json_obeyed(struct ui *ui, const char *order);

#endif
