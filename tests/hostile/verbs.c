/* SPDX-License-Identifier: MIT
 * One verb of the library at a lying device, with options from a seed. */
#include "tests/hostile/verbs.h"

#include <string.h>

#include "image/image.h"

/* Where the open device says that it has memory; false when it has none. */
static bool pick_place(struct person *person, uint32_t *addr)
{
    const struct dfk_device_info *info = dfk_device_get_info(person->handle);
    struct chance *chance = &person->chance;
    if (info->alternate_count == 0) {
        return false;
    }
    uint32_t which = chance_below(chance, (uint32_t)info->alternate_count);
    const struct dfk_alternate *alternate =
        &info->alternates[chance_permille(chance, 600) ? 0 : which];
    if (alternate->run_count == 0) {
        return false;
    }
    const struct dfk_sector_run *run =
        &alternate->runs[chance_below(chance, (uint32_t)alternate->run_count)];
    *addr = run->addr + chance_below(chance, run->count < 4 ? run->count : 4) * run->sector_bytes;
    return true;
}

static uint32_t pick_length(struct chance *chance)
{
    static const uint32_t most[] = {1, 16, 64, 300, 2048, VERBS_IMAGE_BYTES_MAX};
    return 1 + chance_below(chance, CHANCE_PICK(chance, most));
}

/* Mostly within the memory of the device, so that it becomes more than a refusal. */
static struct dfk_range pick_range(struct person *person)
{
    static const uint32_t strange[] = {0,          0x07FFFFF0, 0x08000000, 0x08020004,
                                       0x1FFF7000, 0xFFFF0000, 0xFFFFFFF0};
    struct chance *chance = &person->chance;
    struct dfk_range range = {CHANCE_PICK(chance, strange), pick_length(chance)};
    if (chance_permille(chance, 850)) {
        (void)pick_place(person, &range.addr);
        range.addr += chance_permille(chance, 150) ? chance_below(chance, 500) * 4 : 0;
    }
    uint32_t room = 0u - range.addr;
    range.length = room != 0 && range.length > room ? room : range.length;
    return range;
}

/* What the device says of these bytes from now on is noted. */
static void expect(struct person *person, uint32_t addr, uint32_t length, const uint8_t *data)
{
    memset(person->valid, 0, length);
    person->liar.claims[0] = (struct liar_claim){addr, length, person->value, person->valid, data};
    person->liar.claim_count = 1;
}

/* No byte is 0xFF: none is mere padding. */
static struct dfk_image *make_image(struct person *person, struct dfk_range *range)
{
    struct dfk_image *image = NULL;
    bool dfuse = dfk_device_get_info(person->handle)->mode == DFK_MODE_DFUSE;
    *range = pick_range(person);
    range->addr = dfuse ? range->addr : 0;
    for (uint32_t i = 0; i < range->length; i++) {
        person->bytes[i] = (uint8_t)chance_below(&person->chance, 255);
    }
    const struct dfk_segment segment = {0, range->addr, range->length, person->bytes};
    bool addressed = dfuse != chance_permille(&person->chance, 30);
    if (image_from_memory("file", &segment, 1, addressed, &image, NULL) != 0) {
        return NULL;
    }
    expect(person, range->addr, range->length, person->bytes);
    return image;
}

/* Ranges to keep, or to keep to. */
struct ranges {
    struct dfk_range keep[2], only[2];
};

static struct dfk_flash_options pick_options(struct person *person, struct ranges *ranges)
{
    struct chance *chance = &person->chance;
    struct dfk_flash_options options = {.full = chance_permille(chance, 200),
                                        .no_verify = chance_permille(chance, 150),
                                        .no_leave = chance_permille(chance, 300),
                                        .dry_run = chance_permille(chance, 80),
                                        .blank = chance_permille(chance, 100),
                                        .any_device = chance_permille(chance, 500),
                                        .force = chance_permille(chance, 80),
                                        .has_leave_addr = chance_permille(chance, 100),
                                        .leave_addr = (uint32_t)chance_next(chance),
                                        .keep = ranges->keep,
                                        .keep_count = chance_permille(chance, 80) ? 2 : 0,
                                        .only = ranges->only,
                                        .only_count = chance_permille(chance, 80) ? 2 : 0};
    for (size_t i = 0; i < 2; i++) {
        ranges->keep[i] = pick_range(person);
        ranges->only[i] = pick_range(person);
    }
    return options;
}

/* Where a board is known its memory tells, else what the device said. dfukit-boot puts the start of
 * an application into place when the host has been quiet for 5 s. */
static bool holds(struct person *person)
{
    static const uint64_t quiet_ns = UINT64_C(7000000000);
    const struct liar_claim *claim = &person->liar.claims[0];
    uint8_t bytes[VERBS_IMAGE_BYTES_MAX];
    if (!person->claims_nothing) {
        return liar_claims_hold(&person->liar);
    }
    if (person->board == NULL) {
        return true;
    }
    struct usb_port *port = board_port(person->board);
    liar_advance(&person->liar, quiet_ns);
    port->run(port, port->now(port) + quiet_ns);
    return !board_peek(person->board, claim->addr, bytes, claim->length) ||
           memcmp(bytes, claim->data, claim->length) == 0;
}

/* A device may pretend; but what it pretends has to be what was written. */
static void check_flashed(struct person *person, const struct dfk_flash_options *options,
                          const struct dfk_report *report)
{
    bool whole = !options->force && options->keep_count == 0 && options->only_count == 0;
    /* A host that was kept from knowing the bootloader does not know that either. */
    bool waits =
        person->holds_back && options->no_leave && !dfk_device_get_info(person->handle)->boot.known;
    if (!report->verified || options->dry_run) {
        return;
    }
    person->counts[COUNT_FLASHED]++;
    if (whole && !waits && !holds(person)) {
        verbs_break(person, "success, though the device did not say that it holds the image");
    }
}

static int do_flash(struct person *person)
{
    struct dfk_range range;
    struct ranges ranges;
    struct dfk_report report = {0};
    struct dfk_flash_options options = pick_options(person, &ranges);
    struct dfk_image *image = make_image(person, &range);
    int result = dfk_flash(person->handle, image, &options, &report, &person->err);
    if (result == 0) {
        check_flashed(person, &options, &report);
    }
    dfk_image_free(image);
    return result;
}

static int do_verify(struct person *person)
{
    struct dfk_range range;
    struct ranges ranges;
    struct dfk_report report = {0};
    struct dfk_flash_options options = pick_options(person, &ranges);
    struct dfk_image *image = make_image(person, &range);
    /* Sometimes it is there already. */
    for (uint32_t i = 0; i < range.length && chance_below(&person->chance, 2) == 0; i++) {
        person->liar.cells[(range.addr + i) % LIAR_WINDOW_BYTES] = person->bytes[i];
    }
    options.dry_run = false;
    int result = dfk_verify(person->handle, image, &options, &report, &person->err);
    if (result == 0 && !person->claims_nothing) {
        check_flashed(person, &options, &report);
    }
    dfk_image_free(image);
    return result;
}

/* What was read is what the device said, byte by byte; a checksum may have confirmed it. */
static void check_read(struct person *person, const struct dfk_image *image)
{
    const struct liar_claim *claim = &person->liar.claims[0];
    const struct dfk_segment *segment = dfk_image_get_segment(image, 0);
    bool same = dfk_image_get_info(image)->segment_count == 1 && segment->addr == claim->addr &&
                segment->length == claim->length;
    for (uint32_t i = 0; same && i < claim->length; i++) {
        same = claim->valid[i] != 0 && claim->value[i] == segment->data[i];
    }
    if (!same) {
        verbs_break(person, "a read that is not what the device said");
    }
}

static int do_read(struct person *person)
{
    struct dfk_image *image = NULL;
    struct dfk_range range = pick_range(person);
    struct dfk_read_options options = {.force = chance_permille(&person->chance, 100)};
    bool everything = chance_permille(&person->chance, 150);
    if (dfk_device_get_info(person->handle)->mode != DFK_MODE_DFUSE) {
        range.addr = 0;
    }
    expect(person, range.addr, range.length, NULL);
    int result =
        dfk_read(person->handle, everything ? NULL : &range, &options, &image, &person->err);
    if (result == 0 && !everything && !person->claims_nothing) {
        check_read(person, image);
    }
    if ((result == 0) != (image != NULL)) {
        verbs_break(person, "an image exactly when it was read");
    }
    dfk_image_free(image);
    return result;
}

/* Whether every sector of a range can be read back. */
static bool is_readable(const struct person *person, const struct dfk_range *range)
{
    const struct dfk_device_info *info = dfk_device_get_info(person->handle);
    bool readable = device_get_traits(person->handle->device)->can_upload;
    for (size_t i = 0; i < info->alternate_count; i++) {
        for (size_t j = 0; j < info->alternates[i].run_count; j++) {
            const struct dfk_sector_run *run = &info->alternates[i].runs[j];
            uint64_t end = run->addr + (uint64_t)run->count * run->sector_bytes;
            bool touched = run->addr < (uint64_t)range->addr + range->length && range->addr < end;
            readable = readable && (!touched || (run->access & DFK_READABLE) != 0);
        }
    }
    return readable;
}

static int do_erase(struct person *person)
{
    struct ranges ranges;
    struct dfk_report report = {0};
    struct dfk_range range = pick_range(person);
    struct dfk_flash_options options = pick_options(person, &ranges);
    bool everything = chance_permille(&person->chance, 200);
    bool readable = is_readable(person, &range);
    expect(person, range.addr, range.length, NULL);
    int result =
        dfk_erase(person->handle, everything ? NULL : &range, &options, &report, &person->err);
    if (result == 0 && !everything && !options.dry_run && readable && !person->claims_nothing &&
        !liar_claims_hold(&person->liar)) {
        verbs_break(person, "erased, though the device did not say that it is blank");
    }
    return result;
}

static int do_leave(struct person *person)
{
    struct dfk_report report = {0};
    struct dfk_range range = pick_range(person);
    bool given = chance_below(&person->chance, 2) == 0;
    return dfk_leave(person->handle, given ? &range.addr : NULL, &report, &person->err);
}

static int do_detach(struct person *person)
{
    return dfk_detach(person->handle, &person->err);
}

static int do_unprotect(struct person *person)
{
    bool gone = false;
    return dfk_unprotect(person->handle, &gone, &person->err);
}

static int do_reset(struct person *person)
{
    return dfk_reset(person->handle, NULL, &person->err);
}

void verbs_do(struct person *person)
{
    static int (*const verbs[])(struct person * person) = {
        do_flash, do_flash, do_flash, do_flash, do_verify, do_verify,    do_read,
        do_read,  do_erase, do_erase, do_leave, do_detach, do_unprotect, do_reset};
    memset(&person->err, 0, sizeof person->err);
    liar_begin_verb(&person->liar);
    int result = CHANCE_PICK(&person->chance, verbs)(person);
    person->liar.claim_count = 0;
    verbs_judge(person, result);
}
