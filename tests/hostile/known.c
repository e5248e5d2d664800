/* SPDX-License-Identifier: MIT
 * Lies of devices that were believed once, each by itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flash/session.h"
#include "image/image.h"
#include "tests/hostile/kinds.h"
#include "tests/hostile/liar.h"

/* A device that is honest but for one thing. */
struct world {
    struct liar liar;
    struct dfk_device *device;
    struct dfk_error err;
};

static const struct kind *find(const struct kinds *kinds, const char *name)
{
    for (size_t i = 0; i < kinds->count; i++) {
        if (strcmp(kinds->all[i].name, name) == 0) {
            return &kinds->all[i];
        }
    }
    fail_msg("there is no %s", name);
    return NULL;
}

static void begin(void **context, struct world *world, const char *layout, uint32_t moods)
{
    const struct liar_temper temper = {.moods = moods};
    struct kind kind = *find(*context, "pybv11 V3.1");
    memset(&world->err, 0, sizeof world->err);
    world->device = NULL;
    liar_init(&world->liar, chance_make(1, 1), &temper);
    kind_say_layout(&kind, layout);
    liar_plug(&world->liar, &kind, NULL);
    assert_int_equal(
        session_open(&world->liar.bus, &world->liar.clock, NULL, NULL, &world->device, &world->err),
        0);
}

static void end(struct world *world)
{
    dfk_close(world->device);
    assert_null(world->liar.broken);
}

static int flash(struct world *world, uint32_t addr)
{
    static const uint8_t bytes[64] = {1, 2, 3};
    const struct dfk_segment segment = {0, addr, sizeof bytes, bytes};
    struct dfk_image *image = NULL;
    struct dfk_report report = {0};
    assert_int_equal(image_from_memory("file", &segment, 1, true, &image, NULL), 0);
    int result = dfk_flash(world->device, image, NULL, &report, &world->err);
    assert_true(result != 0 || report.verified);
    dfk_image_free(image);
    return result;
}

static void an_honest_layout_is_flashed(void **context)
{
    struct world world;
    begin(context, &world, "@x/0x08000000/4*1Kg", 0);
    assert_int_equal(flash(&world, 0x08000400), 0);
    end(&world);
}

static void a_sector_of_gigabytes_is_not_taken_into_memory(void **context)
{
    struct world world;
    begin(context, &world, "@x/0x08000000/1*2047Mg", 0);
    assert_int_equal(flash(&world, 0x08000400), -DFK_E_REFUSED);
    assert_string_equal(world.err.what, "the device claims a sector of 2146435072 bytes at "
                                        "0x08000000; at most 67108864 are believed");
    assert_int_equal(world.err.where.addr, 0x08000000);
    end(&world);
}

static void more_memory_than_there_can_be_is_not_read(void **context)
{
    struct world world;
    struct dfk_image *image = NULL;
    begin(context, &world, "@x/0x00000000/1024*4Mg", 0);
    assert_int_equal(dfk_read(world.device, NULL, NULL, &image, &world.err), -DFK_E_UNSUPPORTED);
    assert_string_equal(world.err.what, "the device claims 4294967296 bytes of readable memory; at "
                                        "most 268435456 are read at once");
    assert_string_equal(world.err.next, "read a part of it, by address and length");
    assert_null(image);
    end(&world);
}

static void writes_that_do_nothing_are_found(void **context)
{
    struct world world;
    begin(context, &world, "@x/0x08000000/4*1Kg", MOOD_WRITES_NOTHING);
    assert_int_equal(flash(&world, 0x08000400), -DFK_E_VERIFY);
    end(&world);
}

static void work_that_never_ends_is_given_up_in_time(void **context)
{
    struct world world;
    begin(context, &world, "@x/0x08000000/4*1Kg", MOOD_BUSY_FOREVER);
    world.liar.devices[0].machine.jobs_until_forever = 0;
    assert_int_equal(flash(&world, 0x08000400), -DFK_E_TIMEOUT);
    assert_in_range(world.liar.now_ns / 1000000, 5000, 60000);
    end(&world);
}

/* Its descriptors say DFU mode, its state says that the application runs. */
static void an_application_in_disguise_is_not_erased(void **context)
{
    const struct liar_temper temper = {.moods = MOOD_STUCK_STATE};
    struct kind kind = *find(*context, "pybv11 V3.1");
    struct world world;
    memset(&world.err, 0, sizeof world.err);
    liar_init(&world.liar, chance_make(1, 1), &temper);
    liar_plug(&world.liar, &kind, NULL);
    world.liar.devices[0].machine.stuck_state = DFU_APP_IDLE;
    assert_int_equal(
        session_open(&world.liar.bus, &world.liar.clock, NULL, NULL, &world.device, &world.err), 0);
    const struct dfk_range range = {0x08000000, 16};
    assert_int_equal(dfk_erase(world.device, &range, NULL, NULL, &world.err), -DFK_E_REFUSED);
    assert_string_equal(world.err.what, "the device runs its application, it is not in DFU mode");
    end(&world);
}

static int gather(void **context)
{
    struct kinds *kinds = calloc(1, sizeof *kinds);
    if (kinds != NULL) {
        kinds_gather(kinds);
    }
    *context = kinds;
    return kinds == NULL ? -1 : 0;
}

static int clean_up(void **context)
{
    free(*context);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_honest_layout_is_flashed),
        cmocka_unit_test(a_sector_of_gigabytes_is_not_taken_into_memory),
        cmocka_unit_test(more_memory_than_there_can_be_is_not_read),
        cmocka_unit_test(writes_that_do_nothing_are_found),
        cmocka_unit_test(work_that_never_ends_is_given_up_in_time),
        cmocka_unit_test(an_application_in_disguise_is_not_erased),
    };
    return cmocka_run_group_tests(tests, gather, clean_up);
}
