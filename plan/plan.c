/* SPDX-License-Identifier: MIT
 * From what the image wants and what the board holds to the list of steps. */
#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>

#include "plan/fate.h"
#include "plan/pieces.h"

enum { SKIP_CHUNK_BYTES = 1024, NS_PER_MS = 1000000 };

/* A step with its bytes, and the buffer they lie in. */
struct plan_row {
    struct dfk_step step;
    const uint8_t *data;
};

struct dfk_plan {
    struct plan_row *rows;
    size_t count;
    uint8_t **buffers; /* the wanted bytes of each sector that is written */
    size_t buffer_count;
    struct dfk_plan_summary summary;
};

/* What making a plan works on. */
struct maker {
    const struct plan_input *input;
    struct dfk_plan *plan;
    bool failed; /* memory ran out */
    bool second_first;
    struct plan_row start; /* the write of the application's start, which comes last */
};

static void add_step(struct maker *maker, struct dfk_step step, const uint8_t *data)
{
    struct dfk_plan *plan = maker->plan;
    struct plan_row *rows = plan_grow(plan->rows, plan->count, sizeof *rows);
    if (rows == NULL) {
        maker->failed = true;
        return;
    }
    step.alternate = maker->input->device_alternate;
    plan->rows = rows;
    plan->rows[plan->count++] = (struct plan_row){step, data};
    plan->summary.estimate_ms += step.estimate_ms;
}

static uint32_t erase_ms(const struct plan_timing *timing, uint32_t bytes)
{
    uint64_t ms = (uint64_t)timing->erase_typ_ms_per_kb_x100 * bytes / 1024 / 100;
    return ms < timing->erase_min_typ_ms ? timing->erase_min_typ_ms : (uint32_t)ms;
}

static uint32_t transfer_ms(uint32_t ns_per_byte, uint32_t bytes)
{
    return (uint32_t)((uint64_t)ns_per_byte * bytes / NS_PER_MS);
}

static void count_skip(struct dfk_plan_summary *summary, enum dfk_reason reason)
{
    switch (reason) {
    case DFK_REASON_SAME: summary->sectors_same++; break;
    case DFK_REASON_PADDING: summary->sectors_padding++; break;
    case DFK_REASON_KEPT: summary->sectors_kept++; break;
    default: summary->sectors_blank++; break;
    }
}

static void plan_erase(struct maker *maker, const struct plan_sector *sector,
                       const struct plan_sector_content *content)
{
    enum dfk_reason reason;
    enum fate fate = fate_find(sector, content, &reason);
    struct dfk_step step = {.action = DFK_ACTION_SKIP,
                            .reason = reason,
                            .content = content->content,
                            .addr = sector->sector.addr,
                            .length = sector->sector.length};
    if (fate == FATE_SKIP) {
        count_skip(&maker->plan->summary, reason);
    } else if (fate == FATE_WRITE || (sector->sector.access & LAYOUT_ERASABLE) == 0) {
        step.reason = DFK_REASON_BLANK;
        maker->plan->summary.sectors_blank++;
        return; /* what happens here is written below; there is nothing to leave out */
    } else {
        step.action = DFK_ACTION_ERASE;
        bool hidden = fate_is_hidden(maker->input, maker->second_first, step.addr);
        step.estimate_ms = hidden ? 0 : erase_ms(&maker->input->timing, step.length);
        maker->plan->summary.sectors_erased++;
    }
    add_step(maker, step, NULL);
}

static uint8_t *new_buffer(struct maker *maker, uint32_t length)
{
    struct dfk_plan *plan = maker->plan;
    uint8_t **buffers = plan_grow(plan->buffers, plan->buffer_count, sizeof *buffers);
    uint8_t *buffer = buffers == NULL ? NULL : malloc(length);
    plan->buffers = buffers == NULL ? plan->buffers : buffers;
    if (buffer == NULL) {
        maker->failed = true;
        return NULL;
    }
    plan->buffers[plan->buffer_count++] = buffer;
    return buffer;
}

/* The board's bytes beside the image go into the buffer. Returns how many there are. */
static uint32_t merge(const struct plan_sector_content *content, const uint8_t *covered,
                      uint8_t *data, uint32_t length)
{
    uint32_t merged = 0;
    for (uint32_t i = 0; content->bytes != NULL && i < length; i++) {
        if (covered[i] == 0 && content->bytes[i] != 0xFF) {
            data[i] = content->bytes[i];
            merged++;
        }
    }
    return merged;
}

static bool all_blank(const uint8_t *data, uint32_t length)
{
    uint32_t at = 0;
    while (at < length && data[at] == 0xFF) {
        at++;
    }
    return at == length;
}

/* The first stretch at or behind *at that has to be programmed, cut to whole flash words. Long
 * blank stretches are left out: they are blank already. Returns its length, 0 when there is none.
 */
static uint32_t next_stretch(const uint8_t *data, uint32_t length, uint32_t unit, uint32_t *at)
{
    uint32_t start = *at;
    while (start < length &&
           all_blank(data + start, unit < length - start ? unit : length - start)) {
        start += unit;
    }
    if (start >= length) {
        return 0;
    }
    uint32_t chunk = SKIP_CHUNK_BYTES > unit ? SKIP_CHUNK_BYTES / unit * unit : unit;
    uint32_t end = start;
    uint32_t look = start;
    while (look < length) {
        uint32_t part = chunk < length - look ? chunk : length - look;
        if (all_blank(data + look, part)) {
            break;
        }
        look += part;
        end = look;
    }
    while (end - start > unit && all_blank(data + end - unit, unit)) {
        end -= unit;
    }
    *at = start;
    return end - start;
}

/* Cuts the start of a held-back application off a write, to be added at the end. */
static void cut_start(struct maker *maker, struct dfk_step *step, const uint8_t **data)
{
    const struct plan_application *application = &maker->input->application;
    uint32_t length = application->start_bytes;
    if (application->bytes == 0 || step->addr != application->addr) {
        return;
    }
    length = length < step->length ? length : step->length;
    maker->start = (struct plan_row){*step, *data};
    maker->start.step.length = length;
    step->addr += length;
    step->length -= length;
    *data += length;
}

static void add_write(struct maker *maker, struct dfk_step step, const uint8_t *data)
{
    step.estimate_ms = transfer_ms(maker->input->timing.program_ns_per_byte, step.length);
    maker->plan->summary.bytes_written += step.length;
    if (step.length > 0) {
        add_step(maker, step, data);
    }
}

/* The board waits for the application's first byte to put what it holds back into place: a stretch
 * that begins a little behind that is begun there. Returns by how much, 0..at. */
static uint32_t back_to_start(const struct plan_application *application, uint32_t addr,
                              uint32_t at)
{
    uint32_t back = addr - application->addr;
    return application->bytes != 0 && back < PLAN_HELD_BYTES && back <= at ? back : 0;
}

static void plan_stretches(struct maker *maker, const struct plan_sector *sector,
                           const uint8_t *data, enum dfk_reason reason)
{
    uint32_t unit = maker->input->write_unit_bytes;
    uint32_t at = 0;
    uint32_t length = next_stretch(data, sector->sector.length, unit, &at);
    while (length > 0) {
        uint32_t back = back_to_start(&maker->input->application, sector->sector.addr + at, at);
        at -= back;
        length += back;
        struct dfk_step step = {.action = DFK_ACTION_WRITE,
                                .reason = reason,
                                .addr = sector->sector.addr + at,
                                .length = length};
        const uint8_t *bytes = data + at;
        cut_start(maker, &step, &bytes);
        add_write(maker, step, bytes);
        at += length;
        length = next_stretch(data, sector->sector.length, unit, &at);
    }
}

static void plan_write(struct maker *maker, const struct plan_sector *sector,
                       const struct plan_sector_content *content)
{
    enum dfk_reason reason;
    enum fate fate = fate_find(sector, content, &reason);
    if (fate != FATE_WRITE && fate != FATE_ERASE_AND_WRITE) {
        return;
    }
    uint32_t length = sector->sector.length;
    uint8_t *data = new_buffer(maker, length);
    uint8_t *covered = malloc(length);
    if (data == NULL || covered == NULL) {
        maker->failed = true;
        free(covered);
        return;
    }
    plan_wanted_bytes(maker->input, sector, data, covered);
    uint32_t merged = fate == FATE_ERASE_AND_WRITE ? merge(content, covered, data, length) : 0;
    free(covered);
    maker->plan->summary.bytes_merged += merged;
    plan_stretches(maker, sector, data, merged > 0 ? DFK_REASON_MERGED : DFK_REASON_IMAGE);
}

/* One bank after the other where there are two, then the start of the application. */
static void plan_writes(struct maker *maker, const struct plan_survey *survey,
                        const struct plan_sector_content *content)
{
    size_t first = 0;
    while (maker->second_first && first < survey->count &&
           survey->sectors[first].sector.addr < maker->input->second_bank) {
        first++;
    }
    for (size_t i = 0; i < survey->count; i++) {
        size_t index = (first + i) % survey->count;
        plan_write(maker, &survey->sectors[index], &content[index]);
    }
    add_write(maker, maker->start.step, maker->start.data);
}

static bool is_readable(const struct plan_input *input, uint32_t addr)
{
    struct layout_sector sector;
    return layout_find_sector(input->layout, addr, &sector) &&
           (sector.access & LAYOUT_READABLE) != 0;
}

/* Reads back what each write put there, and the blank stretches between writes of one sector. */
static void plan_verify(struct maker *maker)
{
    size_t writes = maker->plan->count;
    for (size_t i = 0; i < writes && maker->input->can_verify && !maker->failed; i++) {
        const struct plan_row row = maker->plan->rows[i];
        if (row.step.action != DFK_ACTION_WRITE || !is_readable(maker->input, row.step.addr)) {
            continue;
        }
        struct dfk_step step = row.step;
        step.action = DFK_ACTION_VERIFY;
        step.estimate_ms = transfer_ms(maker->input->timing.read_ns_per_byte, step.length);
        add_step(maker, step, row.data);
        maker->plan->summary.bytes_verified += step.length;
    }
}

static void plan_leave(struct maker *maker)
{
    const struct dfk_flash_options *options = maker->input->options;
    struct plan_cursor cursor = {0};
    struct plan_piece piece = {0};
    struct dfk_step step = {.action = DFK_ACTION_LEAVE, .addr = UINT32_MAX};
    while (plan_next_piece(maker->input, &cursor, 0, 0, &piece)) {
        step.addr = piece.addr < step.addr ? piece.addr : step.addr;
    }
    step.addr = options->has_leave_addr ? options->leave_addr : step.addr;
    if (maker->input->can_leave && !options->no_leave) {
        add_step(maker, step, NULL);
    }
}

int plan_make(const struct plan_input *input, const struct plan_survey *survey,
              const struct plan_sector_content *content, struct dfk_plan **plan,
              struct dfk_error *err)
{
    struct maker maker = {.input = input, .plan = calloc(1, sizeof *maker.plan)};
    if (maker.plan == NULL) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a plan");
    }
    maker.second_first = fate_second_first(input, survey, content);
    for (size_t i = 0; i < survey->count; i++) {
        plan_erase(&maker, &survey->sectors[i], &content[i]);
    }
    plan_writes(&maker, survey, content);
    if (!input->options->no_verify) {
        plan_verify(&maker);
    }
    plan_leave(&maker);
    if (maker.failed) {
        plan_free(maker.plan);
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a plan of %zu sectors", survey->count);
    }
    *plan = maker.plan;
    return 0;
}

static bool has_erasable(const struct layout *layout)
{
    struct layout_sector sector;
    bool found = false;
    for (uint32_t i = 0; layout_get_sector(layout, i, &sector) && !found; i++) {
        found = (sector.access & LAYOUT_ERASABLE) != 0;
    }
    return found;
}

int plan_make_erase(const struct plan_input *input, const struct dfk_range *range,
                    struct dfk_plan **plan, struct dfk_error *err)
{
    struct maker maker = {.input = input, .plan = calloc(1, sizeof *maker.plan)};
    struct layout_sector sector;
    bool spares = has_erasable(input->layout); /* else the refusal names a sector */
    if (maker.plan == NULL) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a plan");
    }
    for (uint32_t i = 0; layout_get_sector(input->layout, i, &sector); i++) {
        bool asked = range == NULL
                         ? !spares || (sector.access & LAYOUT_ERASABLE) != 0
                         : plan_overlaps(sector.addr, sector.length, range->addr, range->length);
        if (asked) {
            struct dfk_step step = {.action = DFK_ACTION_ERASE,
                                    .reason = DFK_REASON_ASKED,
                                    .addr = sector.addr,
                                    .length = sector.length,
                                    .estimate_ms = erase_ms(&input->timing, sector.length)};
            add_step(&maker, step, NULL);
            maker.plan->summary.sectors_erased++;
        }
    }
    if (maker.failed) {
        plan_free(maker.plan);
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a plan");
    }
    *plan = maker.plan;
    return 0;
}

size_t dfk_plan_step_count(const struct dfk_plan *plan)
{
    return plan->count;
}

const struct dfk_step *dfk_plan_get_step(const struct dfk_plan *plan, size_t index)
{
    return &plan->rows[index].step;
}

const struct dfk_plan_summary *dfk_plan_get_summary(const struct dfk_plan *plan)
{
    return &plan->summary;
}

const uint8_t *plan_step_data(const struct dfk_plan *plan, size_t index)
{
    return plan->rows[index].data;
}

void plan_free(struct dfk_plan *plan)
{
    if (plan == NULL) {
        return;
    }
    for (size_t i = 0; i < plan->buffer_count; i++) {
        free(plan->buffers[i]);
    }
    free(plan->buffers);
    free(plan->rows);
    free(plan);
}
