/* SPDX-License-Identifier: MIT
 * What the files of the text interface share.
 */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include "cli/fail.h"
#include "cli/ui.h"

enum { TEXT_SIZE_MAX = 32, TEXT_TIME_MAX = 32 };

/* Says a labelled line: the label in the first column, then the text, printf style. An empty label
 * goes on under the line before. to is ui->out or ui->talk. */
void text_line(FILE *to, const char *label, const char *format, ...) CLI_PRINTF(3, 4);

/* Ends a line that is being redrawn, so that others can follow. */
void text_close_line(struct ui *ui);

/* Spells a size for people: "2 MiB", "128 KiB", else the exact bytes. Fills and gives out.
 * Owns      nothing */
const char *text_size(char out[TEXT_SIZE_MAX], uint64_t bytes);

/* Spells a duration: "850 ms", "7.3 s", "2 min 5 s". Fills and gives out.
 * Owns      nothing */
const char *text_time(char out[TEXT_TIME_MAX], uint32_t time_ms);

/* Gives "s" for any number but one.
 * Owns      nothing: a constant */
const char *text_plural(uint64_t count);

/* The rows of text_calls, each in the file of its subject. */
void text_event(struct ui *ui, const struct dfk_event *event);
void text_job(struct ui *ui, const struct job *job);
void text_plan(struct ui *ui, const struct dfk_plan *plan);
void text_done(struct ui *ui, const struct outcome *outcome);
void text_listed(struct ui *ui, const struct dfk_device_info *info);
void text_info(struct ui *ui, const struct dfk_device_info *info);
void text_opened(struct ui *ui, const struct dfk_device_info *info);
void text_source(struct ui *ui, const struct dfk_image *image);
void text_keys(struct ui *ui, const struct keys *keys);
void text_inspected(struct ui *ui, const struct image_facts *facts);
void text_written(struct ui *ui, const struct written *written);
void text_leds(struct ui *ui, const struct twin_leds *leds);
void text_serial(struct ui *ui, const struct twin_serial *serial);
void text_obeyed(struct ui *ui, const char *order);

/* Writes bytes as hexadecimal digits; out has room for two each and a NUL. */
void text_hex(char *out, const uint8_t *bytes, size_t count);

#endif
