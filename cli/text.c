/* SPDX-License-Identifier: MIT
 * The text interface: what is said to a person.
 */
#include "cli/text.h"

#include <inttypes.h>
#include <stdarg.h>

enum { LABEL_COLUMNS = 10 };

void text_line(FILE *to, const char *label, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)fprintf(to, "%-*s", LABEL_COLUMNS, label);
    (void)vfprintf(to, format, args);
    (void)fputc('\n', to);
    va_end(args);
}

void text_close_line(struct ui *ui)
{
    if (ui->progress.line_open) {
        (void)fprintf(ui->talk, "\r%*s\r", (int)ui->columns - 1, "");
        ui->progress.line_open = false;
    }
}

const char *text_size(char out[TEXT_SIZE_MAX], uint64_t bytes)
{
    static const struct {
        uint64_t bytes;
        const char *name;
    } units[] = {{1024 * 1024, "MiB"}, {1024, "KiB"}, {1, "bytes"}};
    size_t unit = 0;
    while (units[unit].bytes > 1 && (bytes == 0 || bytes % units[unit].bytes != 0)) {
        unit++;
    }
    (void)snprintf(out, TEXT_SIZE_MAX, "%" PRIu64 " %s", bytes / units[unit].bytes,
                   units[unit].name);
    return out;
}

const char *text_time(char out[TEXT_TIME_MAX], uint32_t time_ms)
{
    uint32_t seconds = time_ms / 1000;
    if (seconds >= 100) {
        (void)snprintf(out, TEXT_TIME_MAX, "%" PRIu32 " min %" PRIu32 " s", seconds / 60,
                       seconds % 60);
    } else if (seconds >= 1) {
        (void)snprintf(out, TEXT_TIME_MAX, "%" PRIu32 ".%" PRIu32 " s", seconds,
                       time_ms % 1000 / 100);
    } else {
        (void)snprintf(out, TEXT_TIME_MAX, "%" PRIu32 " ms", time_ms);
    }
    return out;
}

const char *text_plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void text_plain(struct ui *ui, const char *text)
{
    (void)fputs(text, ui->out);
}

static void text_hint(struct ui *ui, const char *text)
{
    if (ui->hints && !ui->quiet) {
        (void)fprintf(ui->talk, "hint: %s\n", text);
    }
}

static void text_error(struct ui *ui, const struct dfk_error *err)
{
    text_close_line(ui);
    (void)fflush(ui->out);
    (void)fprintf(ui->talk, "dfukit: error: %s\n", err->what);
    if (err->device.known) {
        (void)fprintf(ui->talk, "  device: state %s, status %s", dfk_state_name(err->device.state),
                      dfk_status_name(err->device.status));
        (void)fprintf(ui->talk, err->device.text[0] == '\0' ? "\n" : ", says \"%s\"\n",
                      err->device.text);
    }
    if (err->why[0] != '\0') {
        (void)fprintf(ui->talk, "  why: %s\n", err->why);
    }
    if (err->next[0] != '\0' && ui->hints) {
        (void)fprintf(ui->talk, "  try: %s\n", err->next);
    }
}

static void text_code(struct ui *ui, enum dfk_code code, bool whole)
{
    if (!whole) {
        (void)fprintf(ui->out, "%2d  %-16s  %s\n", dfk_error_exit_code(code), dfk_error_name(code),
                      dfk_error_sentence(code));
        return;
    }
    text_line(ui->out, "name", "%s", dfk_error_name(code));
    text_line(ui->out, "exit code", "%d", dfk_error_exit_code(code));
    text_line(ui->out, "meaning", "%s", dfk_error_sentence(code));
    if (code != DFK_OK) {
        text_line(ui->out, "try", "%s", dfk_error_next(code));
    }
}

void text_hex(char *out, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    }
}

const struct ui_calls text_calls = {
    .plain = text_plain,
    .hint = text_hint,
    .error = text_error,
    .event = text_event,
    .code = text_code,
    .listed = text_listed,
    .info = text_info,
    .opened = text_opened,
    .source = text_source,
    .job = text_job,
    .inspected = text_inspected,
    .keys = text_keys,
    .written = text_written,
    .done = text_done,
    .leds = text_leds,
    .serial = text_serial,
    .obeyed = text_obeyed,
};
