/* SPDX-License-Identifier: MIT
 * What a board did since power-on, as one line of key=value. */
#include "twin/app/figures.h"

#include <inttypes.h>

void figures_put(const char *name, uint32_t index, const struct board *board, struct buffer *text)
{
    const struct board_counters *counters = board_get_counters(board);
    uint32_t addr = 0;
    buffer_append_text(text, "board=%s busid=1-%u", name, index + 1);
    buffer_append_text(text, " erase_ns=%" PRIu64 " program_ns=%" PRIu64 " usb_ns=%" PRIu64,
                       counters->erase_ns, counters->program_ns, counters->usb_ns);
    buffer_append_text(text, " erases=%u programs=%u transfers=%u", counters->erases,
                       counters->programs, counters->transfers);
    buffer_append_text(text, " bytes_out=%" PRIu64 " bytes_in=%" PRIu64, counters->bytes_out,
                       counters->bytes_in);
    if (board_application(board, &addr)) {
        buffer_append_text(text, " application=0x%08X", addr);
    }
}
