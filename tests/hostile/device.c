/* SPDX-License-Identifier: MIT
 * Sessions of the library with devices that lie: each ends in time, in success or in a clear error,
 * and success means that the device said that it holds what it should. */
#include <stdlib.h>
#include <string.h>

#include "tests/hostile/overseer.h"
#include "tests/hostile/verbs.h"

enum {
    LIMIT_S = 60,
    PATIENCE_S = 2 * 3600, /* virtual */
    PATIENCE_TRANSFERS = 20000,
    VERBS_MAX = 3,
};

static const uint64_t ns_per_s = 1000000000;

static struct liar_temper pick_temper(struct chance *chance)
{
    static const struct liar_temper tempers[] = {
        {0, 0, 0, 0},    {2, 2, 2, 0}, {2, 2, 2, 0},   {10, 10, 10, 0},    {10, 10, 10, 0},
        {50, 50, 50, 0}, {0, 0, 5, 0}, {0, 100, 0, 0}, {300, 100, 100, 0}, {0, 1000, 1000, 0}};
    struct liar_temper temper = CHANCE_PICK(chance, tempers);
    for (uint32_t i = chance_below(chance, 5); i > 2; i--) {
        temper.moods |= (1u << chance_below(chance, 12)) & MOOD_ALL;
    }
    return temper;
}

static struct kind pick_kind(const struct kinds *kinds, struct chance *chance)
{
    struct kind kind = kinds->all[chance_below(chance, (uint32_t)kinds->count)];
    uint32_t lies = chance_permille(chance, 400) ? 0 : 1 + chance_below(chance, 4);
    kind_mutate(&kind, chance, lies);
    return kind;
}

static void set_the_scene(struct person *person, const struct kinds *kinds)
{
    struct chance *chance = &person->chance;
    struct liar *liar = &person->liar;
    const struct liar_temper temper = pick_temper(chance);
    liar_init(liar, (struct chance){chance_next(chance)}, &temper);
    for (uint32_t i = chance_permille(chance, 60) ? 2 : 1; i > 0; i--) {
        struct kind kind = pick_kind(kinds, chance);
        struct kind other = pick_kind(kinds, chance);
        bool detaches = strncmp(kind.name, "runtime-", 8) == 0 || chance_permille(chance, 30);
        liar_plug(liar, &kind, detaches ? &other : NULL);
    }
    liar->patience_ns = PATIENCE_S * ns_per_s;
    liar->patience_transfers = PATIENCE_TRANSFERS;
    if (chance_permille(chance, 200)) {
        liar->patience_transfers = chance_below(chance, 300);
    }
}

/* Every text and every pointer of what is known of a device. */
static void look_at(struct person *person, const struct dfk_device_info *info)
{
    size_t length = strlen(info->manufacturer) + strlen(info->product_text) + strlen(info->serial) +
                    strlen(info->chip) + strlen(info->firmware) + strlen(info->problem_text) +
                    strlen(info->path);
    uint64_t bytes = 0;
    for (size_t i = 0; i < info->alternate_count; i++) {
        const struct dfk_alternate *alternate = &info->alternates[i];
        length += strlen(alternate->text) + strlen(alternate->name);
        for (size_t j = 0; j < alternate->run_count; j++) {
            bytes += (uint64_t)alternate->runs[j].count * alternate->runs[j].sector_bytes;
        }
    }
    for (size_t i = 0; i < info->fault_count; i++) {
        length += strlen(info->faults[i].id) + strlen(info->faults[i].does);
    }
    if (length > (1u << 20) || bytes > UINT64_C(64) << 32) {
        verbs_break(person, "a device of which nobody could say so much");
    }
    if (!info->usable && info->problem != DFK_OK && info->problem_text[0] == '\0') {
        verbs_break(person, "a device that cannot be used, without a reason");
    }
}

static void list(struct person *person)
{
    struct dfk_device_list *found = NULL;
    int result = device_list(&person->liar.bus, NULL, &found, &person->err);
    if ((result == 0) != (found != NULL)) {
        verbs_break(person, "a list exactly when there is one");
    }
    for (size_t i = 0; found != NULL && i < dfk_device_list_count(found); i++) {
        look_at(person, dfk_device_list_at(found, i));
    }
    dfk_device_list_free(found);
    verbs_judge(person, result);
}

static struct dfk_select pick_select(struct chance *chance)
{
    static const uint16_t sizes[] = {0, 0, 0, 8, 64, 1000, 4096};
    static const uint32_t waits_ms[] = {0, 0, 500, 3000};
    static const char *const alternates[] = {"0", "0", "1", "2", "255", "Flash"};
    struct dfk_select select = {.wait_ms = CHANCE_PICK(chance, waits_ms),
                                .transfer_bytes = CHANCE_PICK(chance, sizes)};
    if (chance_permille(chance, 250)) {
        select.alternate = CHANCE_PICK(chance, alternates);
    }
    if (chance_permille(chance, 300)) {
        select.path = "1-1";
    }
    return select;
}

static void converse(struct person *person)
{
    struct liar *liar = &person->liar;
    const struct dfk_select select = pick_select(&person->chance);
    const struct dfk_callbacks callbacks = verbs_callbacks(person);
    int result =
        session_open(&liar->bus, &liar->clock, &select, &callbacks, &person->handle, &person->err);
    if ((result == 0) != (person->handle != NULL)) {
        verbs_break(person, "a handle exactly when it is open");
    }
    verbs_judge(person, result);
    if (result != 0) {
        return;
    }
    liar->device = person->handle->device;
    look_at(person, dfk_device_get_info(person->handle));
    for (uint32_t i = 1 + chance_below(&person->chance, VERBS_MAX); i > 0; i--) {
        verbs_do(person);
    }
    look_at(person, dfk_device_get_info(person->handle));
    liar->device = NULL;
    dfk_close(person->handle);
}

static const char *run(void *shared, uint64_t seed, uint64_t index, uint64_t *counts)
{
    struct person *person = calloc(1, sizeof *person);
    if (person == NULL) {
        return "no memory for a session";
    }
    person->chance = chance_make(seed, index);
    person->counts = counts;
    set_the_scene(person, shared);
    if (chance_permille(&person->chance, 100)) {
        list(person);
    } else {
        converse(person);
    }
    counts[COUNT_TRANSFERS] += person->liar.transfers;
    const char *broken = person->broken != NULL ? person->broken : person->liar.broken;
    free(person);
    return broken;
}

static void *gather(void)
{
    struct kinds *kinds = calloc(1, sizeof *kinds);
    if (kinds != NULL) {
        kinds_gather(kinds);
    }
    return kinds;
}

int main(int argc, char **argv)
{
    static const char *const keys[COUNT_COUNT] = {[COUNT_VERBS] = "verbs",
                                                  [COUNT_WELL] = "well",
                                                  [COUNT_CLEAR_ERROR] = "clear_error",
                                                  [COUNT_STOPPED] = "stopped",
                                                  [COUNT_FLASHED] = "read_back",
                                                  [COUNT_TRANSFERS] = "transfers"};
    const struct overseer overseer = {
        .promise = "with a device that lies, every session ends in success or in a clear error",
        .keys = keys,
        .key_count = COUNT_COUNT,
        .limit_s = LIMIT_S,
        .prepare = gather,
        .clean_up = free,
        .session = run};
    return overseer_main(argc, argv, &overseer);
}
