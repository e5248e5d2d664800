/* SPDX-License-Identifier: MIT
 * Does the image fit the board? Every rule of refusal, before anything is touched. */
#include <inttypes.h>
#include <stdlib.h>

#include "plan/pieces.h"
#include "plan/plan.h"

/* What the image wants of one sector. */
struct want {
    uint64_t covered_bytes;
    bool padding;
};

static bool is_padding(const uint8_t *data, uint32_t length)
{
    uint32_t at = 0;
    while (at < length && data[at] == 0xFF) {
        at++;
    }
    return at == length;
}

static struct want find_want(const struct plan_input *input, const struct layout_sector *sector)
{
    struct want want = {0, true};
    struct plan_cursor cursor = {0};
    struct plan_piece piece;
    while (plan_next_piece(input, &cursor, sector->addr, sector->length, &piece)) {
        want.covered_bytes += piece.length;
        want.padding = want.padding && is_padding(piece.data, piece.length);
    }
    return want;
}

static int fail_outside(const struct plan_input *input, const struct plan_piece *piece,
                        uint32_t addr, struct dfk_error *err)
{
    const struct layout_run *first = &input->layout->runs[0];
    const struct layout_run *last = &input->layout->runs[input->layout->run_count - 1];
    int code = dfk_fail(err, DFK_E_OUTSIDE,
                        "0x%08" PRIX32 " (of %" PRIu32 " bytes at 0x%08" PRIX32
                        ") is not memory of alternate %u, which has 0x%08" PRIX32 "-0x%08" PRIX32,
                        addr, piece->length, piece->addr, input->device_alternate, first->addr,
                        last->addr + (last->sector_bytes * last->count - 1));
    dfk_fail_at_addr(err, addr);
    return code;
}

static bool is_kept(const struct plan_input *input, uint32_t addr, uint32_t length)
{
    bool kept = false;
    for (size_t i = 0; i < input->options->keep_count; i++) {
        const struct dfk_range *range = &input->options->keep[i];
        kept = kept || plan_overlaps(addr, length, range->addr, range->length);
    }
    return kept;
}

/* Forced: memory that the layout does not name, up to where it does again. It is neither erased
 * nor read back, since nobody knows how. */
static struct layout_sector unnamed_sector(const struct plan_input *input, uint64_t at,
                                           uint64_t end)
{
    for (size_t i = 0; i < input->layout->run_count; i++) {
        uint32_t start = input->layout->runs[i].addr;
        end = start > at && start < end ? start : end;
    }
    return (struct layout_sector){
        .addr = (uint32_t)at, .length = (uint32_t)(end - at), .access = LAYOUT_WRITEABLE};
}

static int check_sector(const struct plan_input *input, const struct plan_sector *found,
                        bool partial, struct dfk_error *err)
{
    const struct layout_sector *sector = &found->sector;
    int code = 0;
    if (found->look == PLAN_LOOK_NOT || found->look == PLAN_LOOK_KIND) {
        return 0;
    }
    if ((sector->access & LAYOUT_WRITEABLE) == 0 && !input->options->force) {
        code = dfk_fail(err, DFK_E_READ_ONLY,
                        "the sector at 0x%08" PRIX32 " (%" PRIu32 " bytes) is not writeable",
                        sector->addr, sector->length);
    } else if (is_kept(input, sector->addr, sector->length)) {
        code = dfk_fail(err, DFK_E_KEPT,
                        "the image needs the sector at 0x%08" PRIX32 " (%" PRIu32
                        " bytes), which is to be kept",
                        sector->addr, sector->length);
    } else if (partial && (sector->access & LAYOUT_READABLE) == 0) {
        code = dfk_fail(err, DFK_E_REFUSED,
                        "the image covers only a part of the sector at 0x%08" PRIX32
                        ", and the rest cannot be read to be kept",
                        sector->addr);
    }
    if (code != 0) {
        dfk_fail_at_addr(err, sector->addr);
    }
    return code;
}

static enum plan_look look_at(const struct plan_input *input, const struct layout_sector *sector,
                              const struct want *want)
{
    const struct dfk_flash_options *options = input->options;
    bool readable = (sector->access & LAYOUT_READABLE) != 0 && input->can_verify;
    if (want->padding && (!options->blank || is_kept(input, sector->addr, sector->length))) {
        return readable ? PLAN_LOOK_KIND : PLAN_LOOK_NOT;
    }
    if (want->covered_bytes < sector->length && !want->padding) {
        return PLAN_LOOK_MERGE;
    }
    return PLAN_LOOK_EQUAL;
}

static bool add_sector(struct plan_survey *survey, const struct plan_sector *sector)
{
    struct plan_sector *more = plan_grow(survey->sectors, survey->count, sizeof *more);
    if (more != NULL) {
        survey->sectors = more;
        survey->sectors[survey->count++] = *sector;
        survey->highest =
            sector->sector.addr > survey->highest ? sector->sector.addr : survey->highest;
    }
    return more != NULL;
}

/* Pieces come by rising addresses but where ranges of options were given in another order: what is
 * above all is new, and a layout of very many sectors does not take for ever. */
static bool is_listed(const struct plan_survey *survey, uint32_t addr)
{
    bool listed = false;
    if (survey->count == 0 || addr > survey->highest) {
        return false;
    }
    for (size_t i = survey->count; i > 0 && !listed; i--) {
        listed = survey->sectors[i - 1].sector.addr == addr;
    }
    return listed;
}

static int add_piece(const struct plan_input *input, const struct plan_piece *piece,
                     struct plan_survey *survey, struct dfk_error *err)
{
    uint64_t at = piece->addr;
    uint64_t end = at + piece->length;
    while (at < end) {
        struct plan_sector found = {.look = PLAN_LOOK_NOT};
        if (!layout_find_sector(input->layout, (uint32_t)at, &found.sector)) {
            if (!input->options->force) {
                return fail_outside(input, piece, (uint32_t)at, err);
            }
            found.sector = unnamed_sector(input, at, end);
        }
        at = (uint64_t)found.sector.addr + found.sector.length;
        if (is_listed(survey, found.sector.addr)) {
            continue;
        }
        struct want want = find_want(input, &found.sector);
        found.padding = want.padding;
        found.look = look_at(input, &found.sector, &want);
        int result = check_sector(input, &found, found.look == PLAN_LOOK_MERGE, err);
        if (result != 0) {
            return result;
        }
        if (!add_sector(survey, &found)) {
            return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for the list of sectors");
        }
    }
    return 0;
}

static bool is_changed(const struct plan_input *input, const struct plan_sector *sector)
{
    return sector->look != PLAN_LOOK_NOT && sector->look != PLAN_LOOK_KIND &&
           sector->sector.addr - input->application.addr < input->application.bytes;
}

/* The application's first sector goes with every change of the application (plan_find_rewrite). */
static int add_first_sector(const struct plan_input *input, struct plan_survey *survey,
                            struct dfk_error *err)
{
    struct plan_sector first = {.look = PLAN_LOOK_MERGE, .preserve = true};
    struct plan_sector *listed = NULL;
    bool changed = false;
    for (size_t i = 0; i < survey->count; i++) {
        changed = changed || is_changed(input, &survey->sectors[i]);
        if (survey->sectors[i].sector.addr == input->application.addr) {
            listed = &survey->sectors[i];
        }
    }
    if (!changed || (listed != NULL && is_changed(input, listed)) ||
        !layout_find_sector(input->layout, input->application.addr, &first.sector)) {
        return 0;
    }
    if (listed != NULL) {
        *listed = first;
    }
    int result = check_sector(input, &first, true, err);
    return result != 0 || listed != NULL || add_sector(survey, &first)
               ? result
               : dfk_fail(err, DFK_E_NO_MEMORY, "no memory for the list of sectors");
}

static int by_address(const void *a, const void *b)
{
    const struct plan_sector *first = a;
    const struct plan_sector *second = b;
    return first->sector.addr < second->sector.addr ? -1 : 1;
}

int plan_survey(const struct plan_input *input, struct plan_survey *out, struct dfk_error *err)
{
    struct plan_survey survey = {0};
    struct plan_cursor cursor = {0};
    struct plan_piece piece;
    int result = 0;
    while (result == 0 && plan_next_piece(input, &cursor, 0, 0, &piece)) {
        result = add_piece(input, &piece, &survey, err);
    }
    if (result == 0 && survey.count == 0) {
        result = dfk_fail(err, DFK_E_REFUSED,
                          "no byte of the image is in the ranges that were asked for");
    }
    result = result == 0 ? add_first_sector(input, &survey, err) : result;
    if (result != 0) {
        plan_survey_free(&survey);
        return result;
    }
    qsort(survey.sectors, survey.count, sizeof *survey.sectors, by_address);
    *out = survey;
    return 0;
}

void plan_survey_free(struct plan_survey *survey)
{
    free(survey->sectors);
    survey->sectors = NULL;
    survey->count = 0;
}
