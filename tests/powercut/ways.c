/* SPDX-License-Identifier: MIT
 * The ways in which hosts update a board. */
#include "tests/powercut/ways.h"

#include "core/bytes.h"

enum {
    COMMAND_PREPARE = 0xC1, /* docs/boot.md, "Beyond DfuSe" */
    QUIET_MS = 5500,        /* and what the commit takes */
    COMMIT_MS = 100,
};

bool way_wait(struct bench *bench, uint32_t limit_ms)
{
    return bench_wait_started(bench, limit_ms) != UINT32_MAX;
}

static bool erase(struct bench *bench, uint32_t length)
{
    const struct bench_place *place = bench->place;
    uint32_t sectors = (length + place->app_sector_bytes - 1) / place->app_sector_bytes;
    return dfu_host_erase(&bench->host, place->app, sectors * place->app_sector_bytes,
                          place->app_sector_bytes);
}

static bool write_and_leave(struct bench *bench, const uint8_t *image, uint32_t length)
{
    bool good = dfu_host_write(&bench->host, bench->place->app, image, length);
    if (good) {
        dfu_host_leave(&bench->host, true);
    }
    return good && way_wait(bench, bench_leave_limit_ms(bench));
}

static bool run_plain(struct bench *bench, const uint8_t *image, uint32_t length)
{
    return erase(bench, length) && write_and_leave(bench, image, length);
}

static bool run_wipe(struct bench *bench, const uint8_t *image, uint32_t length)
{
    const uint8_t command = DFUSE_ERASE;
    (void)image;
    (void)length;
    if (dfu_host_download(&bench->host, DFUSE_COMMAND_BLOCK, &command, 1) != EP0_ACK) {
        return false;
    }
    struct dfu_status status = dfu_host_settle(&bench->host);
    return status.status == DFU_OK && status.state == DFU_DNLOAD_IDLE;
}

static bool run_mass(struct bench *bench, const uint8_t *image, uint32_t length)
{
    return run_wipe(bench, image, length) && write_and_leave(bench, image, length);
}

static bool run_ahead(struct bench *bench, const uint8_t *image, uint32_t length)
{
    uint8_t command[9] = {COMMAND_PREPARE};
    put_le32(command + 1, bench->place->app);
    put_le32(command + 5, length);
    if (dfu_host_download(&bench->host, DFUSE_COMMAND_BLOCK, command, sizeof command) != EP0_ACK) {
        return false;
    }
    return dfu_host_settle(&bench->host).status == DFU_OK && write_and_leave(bench, image, length);
}

/* As dfu-util ends without :leave. */
static bool write_and_abort(struct bench *bench, const uint8_t *image, uint32_t length)
{
    return erase(bench, length) && dfu_host_write(&bench->host, bench->place->app, image, length) &&
           dfu_host_abort(&bench->host) == EP0_ACK;
}

/* What the host hears when it asks once more. */
static bool is_well(struct bench *bench)
{
    struct dfu_status status;
    return dfu_host_get_status(&bench->host, &status) == EP0_ACK && status.status == DFU_OK;
}

static bool run_quiet(struct bench *bench, const uint8_t *image, uint32_t length)
{
    bool good = write_and_abort(bench, image, length);
    dfu_host_run_ms(&bench->host, good ? QUIET_MS : 0);
    return good && is_well(bench);
}

static bool run_reset(struct bench *bench, const uint8_t *image, uint32_t length)
{
    bool good = write_and_abort(bench, image, length);
    if (good) {
        bench->host.port->reset(bench->host.port);
        dfu_host_run_ms(&bench->host, COMMIT_MS);
    }
    return good && is_well(bench);
}

static bool run_cable(struct bench *bench, const uint8_t *image, uint32_t length)
{
    bool good = write_and_abort(bench, image, length);
    if (good) {
        board_suspend(bench->host.board);
    }
    return good && way_wait(bench, BENCH_LEAVE_MS + bench_leave_limit_ms(bench));
}

const struct way way_plain = {.name = "plain", .run = run_plain};
const struct way way_mass = {.name = "mass", .run = run_mass, .wipes = true};
const struct way way_wipe = {.name = "wipe", .run = run_wipe, .wipes = true, .blank = true};
const struct way way_ahead = {.name = "ahead", .run = run_ahead};
const struct way way_quiet = {.name = "quiet", .run = run_quiet, .stays = true};
const struct way way_reset = {.name = "reset", .run = run_reset, .stays = true};
const struct way way_cable = {.name = "cable", .run = run_cable};
