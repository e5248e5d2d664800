/* SPDX-License-Identifier: MIT
 * What a signed board noted of versions, as docs/seal.md describes the bytes: not by its own code.
 */
#include "tests/boot/version_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/bytes.h"
#include "twin/mem/flash.h"

enum { INFO_BLOCK = 1, INFO_BYTES = 64, INFO_OLDEST_AT = 28 };

uint32_t version_log_addr(const struct bench *bench)
{
    return bench->place->own + bench->place->own_bytes - VERSION_LOG_BYTES;
}

void version_log_note(struct bench *bench, uint32_t version)
{
    uint8_t record[VERSION_LOG_RECORD_BYTES] = {0};
    put_le32(record, version);
    put_le32(record + 4, ~version);
    assert_true(board_poke(bench->host.board, version_log_addr(bench), record, sizeof record));
}

uint32_t version_log_floor(struct bench *bench)
{
    const struct mem_flash *flash = board_flash(bench->host.board);
    uint32_t floor = 0;
    for (uint32_t at = 0; at < VERSION_LOG_BYTES; at += VERSION_LOG_RECORD_BYTES) {
        uint8_t record[VERSION_LOG_RECORD_BYTES];
        enum mem_result result =
            mem_flash_read(flash, version_log_addr(bench) + at, record, sizeof record);
        uint32_t version = get_le32(record);
        if (result == MEM_OK && version == ~get_le32(record + 4) && version > floor) {
            floor = version;
        }
    }
    return floor;
}

uint32_t version_log_ask(struct bench *bench)
{
    uint8_t info[INFO_BYTES];
    uint16_t length = INFO_BYTES;
    bool good = dfu_host_upload(&bench->host, INFO_BLOCK, info, &length) == EP0_ACK &&
                length == INFO_BYTES && dfu_host_abort(&bench->host) == EP0_ACK;
    return good ? get_le32(info + INFO_OLDEST_AT) : UINT32_MAX;
}
