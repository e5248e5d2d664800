/* SPDX-License-Identifier: MIT
 * When a client hears of its transfers, and of the board's end. */
#include "tests/support/serve_world.h"

static void an_answer_waits_for_its_wire_time(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 1.0);
    import(&world.client, "1-1");
    submit_in(&world.client, 1, 6);
    connection_work(&world.client, 1000000);
    expect_silence(&world.client);
    assert_int_equal(connection_due_ns(&world.client), 1000000 + FAKE_WIRE_NS + 1);
    connection_work(&world.client, 1000000 + FAKE_WIRE_NS + 1);
    expect_answer(&world.client, 3, 1, 0, 6);
    expect_silence(&world.client);
    assert_true(connection_due_ns(&world.client) == UINT64_MAX);
    connection_close(&world.client);
}

static void without_pacing_an_answer_comes_at_once(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 0.0);
    import(&world.client, "1-1");
    submit_in(&world.client, 1, 6);
    connection_work(&world.client, 1000000);
    expect_answer(&world.client, 3, 1, 0, 6);
    connection_close(&world.client);
}

static void a_short_answer_says_so(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 0.0);
    import(&world.client, "1-1");
    submit(&world.client, &(struct client_submit){.seqnum = 9,
                                                  .direction = 1,
                                                  .length = 64,
                                                  .packets = 0xFFFFFFFF,
                                                  .setup = {0x80, 6, 0, 1, 0, 0, 64, 0}});
    connection_work(&world.client, 0);
    size_t length = 0;
    const uint8_t *bytes = connection_output(&world.client, &length);
    assert_int_equal(length, CLIENT_HEADER_BYTES + 18);
    assert_int_equal(get_be32(bytes + 0x18), 18);
    assert_memory_equal(bytes + CLIENT_HEADER_BYTES, fake_device, 18);
    connection_close(&world.client);
}

static void an_out_transfer_reports_what_was_taken(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 0.0);
    import(&world.client, "1-1");
    submit(&world.client,
           &(struct client_submit){.seqnum = 4, .length = 5, .setup = {0x21, 1, 2, 0, 0, 0, 4, 0}});
    connection_take(&world.client, (const uint8_t *)"abcde", 5);
    connection_work(&world.client, 0);
    assert_memory_equal(world.fakes[0].out, "abcd\0", 6);
    size_t length = 0;
    const uint8_t *bytes = connection_output(&world.client, &length);
    assert_int_equal(length, CLIENT_HEADER_BYTES);
    assert_int_equal(get_be32(bytes + 0x18), 4);
    connection_close(&world.client);
}

static void a_stall_is_epipe(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 0.0);
    import(&world.client, "1-1");
    world.fakes[0].answer = EP0_STALL;
    submit_in(&world.client, 3, 6);
    connection_work(&world.client, 0);
    expect_answer(&world.client, 3, 3, -32, 0);
    connection_close(&world.client);
}

static void a_nak_is_tried_again_at_the_boards_event(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 1.0);
    import(&world.client, "1-1");
    world.fakes[0].ready_ns = 900000000;
    uint32_t before = world.fakes[0].attempts;
    submit_in(&world.client, 1, 6);
    connection_work(&world.client, 1000000);
    assert_int_equal(connection_due_ns(&world.client), 900000001);
    connection_work(&world.client, 500000000);
    assert_int_equal(world.fakes[0].attempts, before + 1);
    connection_work(&world.client, 900000001);
    expect_silence(&world.client);
    connection_work(&world.client, 900000002 + FAKE_WIRE_NS);
    expect_answer(&world.client, 3, 1, 0, 6);
    assert_int_equal(world.fakes[0].attempts, before + 2);
    connection_close(&world.client);
}

static void without_pacing_an_erase_takes_no_real_time(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 0.0);
    import(&world.client, "1-1");
    world.fakes[0].ready_ns = 900000000;
    submit_in(&world.client, 1, 6);
    connection_work(&world.client, 1000);
    expect_answer(&world.client, 3, 1, 0, 6);
    assert_int_equal(world.fakes[0].now_ns, 900000000 + FAKE_WIRE_NS);
    /* and time goes on from there */
    connection_work(&world.client, 2000);
    assert_int_equal(world.fakes[0].now_ns, 900000000 + FAKE_WIRE_NS + 1000);
    connection_close(&world.client);
}

static void a_board_that_naks_for_ever_costs_no_virtual_time(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 0.0);
    import(&world.client, "1-1");
    world.fakes[0].answer = EP0_NAK;
    submit_in(&world.client, 1, 6);
    for (uint64_t ms = 1; ms <= 100; ms++) {
        connection_work(&world.client, ms * 1000000);
    }
    expect_silence(&world.client);
    assert_true(world.fakes[0].now_ns < 102000000);
    assert_true(world.fakes[0].attempts < 110);
    assert_true(connection_due_ns(&world.client) > 100000000);
    connection_close(&world.client);
}

static void a_waiting_transfer_can_be_taken_back(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 1.0);
    import(&world.client, "1-1");
    world.fakes[0].answer = EP0_NAK;
    submit_in(&world.client, 1, 6);
    submit_in(&world.client, 2, 6);
    connection_work(&world.client, 1000);
    unlink_urb(&world.client, 3, 1);
    expect_answer(&world.client, 4, 3, -104, 0);
    world.fakes[0].answer = EP0_ACK;
    connection_work(&world.client, 1000000);
    connection_work(&world.client, 2000000);
    expect_answer(&world.client, 3, 2, 0, 6);
    expect_silence(&world.client);
    connection_close(&world.client);
}

static void taking_back_what_was_answered_is_too_late(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 1.0);
    import(&world.client, "1-1");
    submit_in(&world.client, 1, 6);
    connection_work(&world.client, 1000);
    expect_silence(&world.client); /* happened, but still on the wire */
    unlink_urb(&world.client, 2, 1);
    expect_answer(&world.client, 3, 1, 0, 6);
    expect_answer(&world.client, 4, 2, 0, 0);
    unlink_urb(&world.client, 3, 1);
    expect_answer(&world.client, 4, 3, 0, 0);
    expect_silence(&world.client);
    connection_close(&world.client);
}

static void a_board_that_leaves_ends_the_conversation(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 1.0);
    import(&world.client, "1-1");
    world.fakes[0].leave_ns = 5000000;
    connection_work(&world.client, 4000000);
    assert_int_equal(world.client.end, CONNECTION_OPEN);
    connection_work(&world.client, 5000001);
    assert_int_equal(world.client.end, CONNECTION_GONE);
    connection_close(&world.client);
}

static void the_last_answer_comes_before_the_end(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 1.0);
    import(&world.client, "1-1");
    submit_in(&world.client, 1, 6);
    connection_work(&world.client, 1000000);
    world.fakes[0].leave_ns = 2000000;
    connection_work(&world.client, 9000000);
    expect_answer(&world.client, 3, 1, 0, 6);
    assert_int_equal(world.client.end, CONNECTION_GONE);
    connection_close(&world.client);
}

static void gone_is_gone_however_it_shows(void **state)
{
    (void)state;
    for (int how = 0; how < 3; how++) {
        struct world world;
        world_open(&world, 1.0);
        import(&world.client, "1-1");
        world.fakes[0].answer = how == 0 ? EP0_GONE : EP0_ACK;
        world.fakes[0].generation += how == 1;
        world.fakes[0].on = how != 2;
        submit_in(&world.client, 1, 6);
        connection_work(&world.client, 1000000);
        expect_silence(&world.client);
        assert_int_equal(world.client.end, CONNECTION_GONE);
        connection_close(&world.client);
    }
}

/* A wall clock that runs on while a board works: four seconds for each of the board's. */
struct slow_clock {
    struct clock clock; /* first */
    const struct fake_port *fake;
};

static uint64_t slow_now(struct clock *clock)
{
    return 4 * ((const struct slow_clock *)clock)->fake->now_ns;
}

static void a_board_that_cannot_keep_up_falls_behind(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 1.0);
    struct slow_clock slow = {.clock = {.now_ns = slow_now}, .fake = &world.fakes[0]};
    struct outlet *outlet = &world.outlets[0];
    outlet->clock = &slow.clock;
    outlet_advance(outlet, 1000000000);
    assert_in_range(world.fakes[0].now_ns, 5000000, 20000000);
    uint64_t before_ns = world.fakes[0].now_ns;
    outlet_advance(outlet, slow_now(&slow.clock) + 3000000);
    assert_int_equal(world.fakes[0].now_ns, before_ns + 3000000);
    connection_close(&world.client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_waits_for_its_wire_time),
        cmocka_unit_test(without_pacing_an_answer_comes_at_once),
        cmocka_unit_test(a_short_answer_says_so),
        cmocka_unit_test(an_out_transfer_reports_what_was_taken),
        cmocka_unit_test(a_stall_is_epipe),
        cmocka_unit_test(a_nak_is_tried_again_at_the_boards_event),
        cmocka_unit_test(without_pacing_an_erase_takes_no_real_time),
        cmocka_unit_test(a_board_that_naks_for_ever_costs_no_virtual_time),
        cmocka_unit_test(a_waiting_transfer_can_be_taken_back),
        cmocka_unit_test(taking_back_what_was_answered_is_too_late),
        cmocka_unit_test(a_board_that_leaves_ends_the_conversation),
        cmocka_unit_test(the_last_answer_comes_before_the_end),
        cmocka_unit_test(gone_is_gone_however_it_shows),
        cmocka_unit_test(a_board_that_cannot_keep_up_falls_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
