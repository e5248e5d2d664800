/* SPDX-License-Identifier: MIT
 * What the program tells: where the boards are, what happens, figures. */
#include "twin/app/report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "twin/app/figures.h"

static const double NS_PER_SECOND = 1e9;

void report_event(const struct desk *desk, const struct desk_board *board, const char *format, ...)
{
    if (desk->options->quiet) {
        return;
    }
    char text[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (board == NULL) {
        fprintf(stderr, "dfukit-twin: %s\n", text);
        return;
    }
    struct usb_port *port = board_port(board->board);
    fprintf(stderr, "dfukit-twin: %s, %.3f s: %s\n", board->label,
            (double)port->now(port) / NS_PER_SECOND, text);
}

int report_error(const struct dfk_error *err)
{
    fprintf(stderr, "dfukit-twin: %s\n", err->what);
    if (err->why[0] != '\0') {
        fprintf(stderr, "  why: %s\n", err->why);
    }
    fprintf(stderr, "  try: %s\n", err->next);
    return dfk_error_exit_code(err->code);
}

static void put_board(const struct desk *desk, uint32_t index, struct buffer *text)
{
    const struct options *options = desk->options;
    const struct options_board *board = &options->boards[index];
    const char *address = options->address != NULL ? options->address : "127.0.0.1";
    const bool bracket = strchr(address, ':') != NULL;
    buffer_append_text(text, "dfukit-twin: %s", board->name);
    if (board->rom != NULL) {
        buffer_append_text(text, " (ROM %s)", board->rom);
    }
    buffer_append_text(text, " at usbip://%s%s%s:%u/1-%u\n", bracket ? "[" : "", address,
                       bracket ? "]" : "", server_get_port(desk->server), index + 1);
}

int report_ready(const struct desk *desk, struct dfk_error *err)
{
    struct buffer text = {.data = NULL};
    for (uint32_t i = 0; i < desk->board_count; i++) {
        put_board(desk, i, &text);
    }
    int result = 0;
    if (text.failed) {
        result = dfk_fail(err, DFK_E_NO_MEMORY, "no memory for %u lines", desk->board_count);
    } else if (desk->options->ready_file != NULL) {
        result = file_write(desk->options->ready_file, text.data, text.length, true, err);
    }
    if (result == 0 &&
        (fwrite(text.data, 1, text.length, stdout) != text.length || fflush(stdout) != 0)) {
        result = dfk_fail(err, DFK_E_FILE_IO, "cannot write to standard output");
    }
    buffer_free(&text);
    return result;
}

static void tell_figures(const struct desk *desk, const struct desk_board *board)
{
    const struct board_counters *counters = board_get_counters(board->board);
    report_event(desk, board,
                 "erase %.3f s (%u), program %.3f s (%u), USB %.3f s (%u transfers, %" PRIu64
                 " bytes out, %" PRIu64 " in)",
                 (double)counters->erase_ns / NS_PER_SECOND, counters->erases,
                 (double)counters->program_ns / NS_PER_SECOND, counters->programs,
                 (double)counters->usb_ns / NS_PER_SECOND, counters->transfers, counters->bytes_out,
                 counters->bytes_in);
}

int report_figures(const struct desk *desk, struct dfk_error *err)
{
    struct buffer text = {.data = NULL};
    for (uint32_t i = 0; i < desk->board_count; i++) {
        tell_figures(desk, &desk->boards[i]);
        figures_put(desk->options->boards[i].name, i, desk->boards[i].board, &text);
        buffer_append_text(&text, "\n");
    }
    int result = 0;
    if (text.failed) {
        result = dfk_fail(err, DFK_E_NO_MEMORY, "no memory for %u lines", desk->board_count);
    } else if (desk->options->stats != NULL) {
        result = file_write(desk->options->stats, text.data, text.length, true, err);
    }
    buffer_free(&text);
    return result;
}
