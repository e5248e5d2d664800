/* SPDX-License-Identifier: MIT
 * Bulk and interrupt transfers of a client: beside each other, in order, taken back. */
#include "tests/support/serve_world.h"

enum { WALL_NS = 1000000 };

static void open_piped(struct world *world, double speed)
{
    world_open(world, speed);
    world->fakes[0].piped = true;
    import(&world->client, "1-1");
}

static void submit_flags(struct world *world, const struct client_submit *what)
{
    submit(&world->client, what);
    if (what->direction == 0) {
        uint8_t data[256] = {0};
        for (uint32_t i = 0; i < what->length; i++) {
            data[i] = (uint8_t)i;
        }
        connection_take(&world->client, data, what->length);
    }
}

static void submit_pipe(struct world *world, uint32_t seqnum, uint32_t endpoint, uint32_t in,
                        uint32_t length)
{
    submit_flags(world,
                 &(struct client_submit){
                     .seqnum = seqnum, .direction = in, .endpoint = endpoint, .length = length});
}

/* A read waits while the board has nothing, and while control transfers and others go on. */
static void a_read_waits_beside_everything_else(void **state)
{
    (void)state;
    struct world world;
    open_piped(&world, 1.0);
    submit_pipe(&world, 1, 2, 1, 16);
    submit_pipe(&world, 2, 1, 1, 64);
    connection_work(&world.client, WALL_NS);
    expect_silence(&world.client);
    submit_in(&world.client, 3, 6);
    connection_work(&world.client, 2 * WALL_NS);
    connection_work(&world.client, 3 * WALL_NS);
    expect_answer(&world.client, 3, 3, 0, 6);
    submit_pipe(&world, 4, 1, 0, 10);
    connection_work(&world.client, 4 * WALL_NS);
    connection_work(&world.client, 5 * WALL_NS);
    size_t got = 0;
    const uint8_t *bytes = connection_output(&world.client, &got);
    assert_int_equal(got, 2 * CLIENT_HEADER_BYTES + 10);
    assert_int_equal(get_be32(bytes + 4), 4); /* written */
    assert_int_equal(get_be32(bytes + 0x18), 10);
    connection_sent(&world.client, CLIENT_HEADER_BYTES);
    expect_answer(&world.client, 3, 2, 0, 10);
    expect_silence(&world.client);
    assert_int_equal(world.client.pipes.count, 1);
    connection_close(&world.client);
    assert_int_equal(world.fakes[0].pipe_cancelled, 0x82);
}

/* Takes the next answer from the output: its number, status and length. */
static void next_answer(struct world *world, uint32_t seqnum, int32_t status, uint32_t length)
{
    size_t got = 0;
    const uint8_t *bytes = connection_output(&world->client, &got);
    assert_true(got >= CLIENT_HEADER_BYTES);
    assert_int_equal(get_be32(bytes), 3);
    assert_int_equal(get_be32(bytes + 4), seqnum);
    assert_int_equal((int32_t)get_be32(bytes + 0x14), status);
    assert_int_equal(get_be32(bytes + 0x18), length);
    connection_sent(&world->client, CLIENT_HEADER_BYTES);
}

/* What one endpoint has waiting is done in order, one at a time. */
static void transfers_of_an_endpoint_keep_their_order(void **state)
{
    (void)state;
    struct world world;
    open_piped(&world, 1.0);
    submit_pipe(&world, 1, 1, 1, 64);
    submit_pipe(&world, 2, 1, 1, 64);
    submit_pipe(&world, 3, 1, 0, 5);
    submit_pipe(&world, 4, 1, 0, 6);
    for (uint32_t i = 1; i < 4; i++) {
        connection_work(&world.client, i * WALL_NS);
    }
    next_answer(&world, 3, 0, 5);
    next_answer(&world, 1, 0, 5);
    connection_sent(&world.client, 5);
    next_answer(&world, 4, 0, 6);
    expect_answer(&world.client, 3, 2, 0, 6);
    expect_silence(&world.client);
    connection_close(&world.client);
}

/* Whoever is done with a device gets it out of the midst of things for the next. */
static void a_device_that_moved_data_is_reset_for_the_next_client(void **state)
{
    (void)state;
    struct world world;
    open_piped(&world, 1.0);
    submit_pipe(&world, 1, 1, 1, 64);
    connection_work(&world.client, WALL_NS);
    connection_close(&world.client);
    assert_int_equal(world.fakes[0].resets, 0);
    assert_int_equal(world.fakes[0].pipe_cancels, 1);
    assert_true(connection_open(&world.client, &world.row));
    import(&world.client, "1-1");
    submit_pipe(&world, 2, 1, 0, 4);
    connection_work(&world.client, 2 * WALL_NS);
    next_answer(&world, 2, 0, 4);
    connection_close(&world.client);
    assert_int_equal(world.fakes[0].resets, 1);
    assert_false(world.outlets[0].known);
}

/* Its toggle has moved on, although no transfer came to its end. */
static void a_device_that_moved_half_a_transfer_is_reset_too(void **state)
{
    (void)state;
    struct world world;
    open_piped(&world, 1.0);
    world.fakes[0].half_moved = true;
    submit_pipe(&world, 1, 1, 1, 128);
    connection_work(&world.client, WALL_NS);
    unlink_urb(&world.client, 2, 1);
    world.fakes[0].half_moved = false;
    submit_pipe(&world, 3, 1, 1, 128);
    connection_work(&world.client, 2 * WALL_NS);
    connection_close(&world.client);
    assert_int_equal(world.fakes[0].resets, 1);
    assert_true(connection_open(&world.client, &world.row));
    import(&world.client, "1-1");
    submit_pipe(&world, 4, 1, 1, 128);
    connection_work(&world.client, 3 * WALL_NS);
    world.fakes[0].half_moved = true;
    connection_close(&world.client);
    assert_int_equal(world.fakes[0].resets, 2);
}

static void endpoints_belong_to_their_interfaces(void **state)
{
    (void)state;
    struct world world;
    open_piped(&world, 1.0);
    assert_int_equal(outlet_pipe(&world.outlets[0], 2, true)->interface, 0);
    assert_int_equal(outlet_pipe(&world.outlets[0], 1, true)->interface, 1);
    assert_int_equal(outlet_pipe(&world.outlets[0], 1, false)->interface, 1);
    connection_close(&world.client);
}

static void a_transfer_is_taken_back(void **state)
{
    (void)state;
    struct world world;
    open_piped(&world, 1.0);
    submit_pipe(&world, 1, 1, 1, 64);
    submit_pipe(&world, 2, 1, 1, 64);
    connection_work(&world.client, WALL_NS);
    unlink_urb(&world.client, 9, 2); /* not under way yet */
    assert_int_equal(world.fakes[0].pipe_cancels, 0);
    expect_answer(&world.client, 4, 9, -104, 0);
    unlink_urb(&world.client, 10, 1);
    assert_int_equal(world.fakes[0].pipe_cancels, 1);
    assert_int_equal(world.fakes[0].pipe_cancelled, 0x81);
    expect_answer(&world.client, 4, 10, -104, 0);
    unlink_urb(&world.client, 11, 1); /* too late */
    expect_answer(&world.client, 4, 11, 0, 0);
    connection_close(&world.client);
}

static void stalls_and_strange_endpoints_are_told(void **state)
{
    (void)state;
    struct world world;
    open_piped(&world, 1.0);
    submit_pipe(&world, 1, 3, 1, 64);
    next_answer(&world, 1, -32, 0);
    submit_pipe(&world, 2, 2, 0, 4);
    next_answer(&world, 2, -32, 0);
    submit_pipe(&world, 3, 0xFFFF, 1, 4);
    next_answer(&world, 3, -32, 0);
    world.fakes[0].answer = EP0_STALL;
    submit_pipe(&world, 4, 1, 1, 64);
    connection_work(&world.client, WALL_NS);
    next_answer(&world, 4, -32, 0);
    world.fakes[0].answer = EP0_ACK;
    submit_pipe(&world, 5, 1, 1, 64);
    connection_work(&world.client, WALL_NS);
    world.fakes[0].on = false;
    connection_work(&world.client, 2 * WALL_NS);
    assert_int_equal(world.client.end, CONNECTION_GONE);
    connection_close(&world.client);
}

static void a_transfer_that_fails_is_told_with_what_moved(void **state)
{
    (void)state;
    struct world world;
    open_piped(&world, 1.0);
    world.fakes[0].answer = EP0_LOST;
    submit_pipe(&world, 1, 1, 1, 64);
    connection_work(&world.client, WALL_NS);
    next_answer(&world, 1, -71, 0);
    world.fakes[0].half_bytes = 64;
    submit_pipe(&world, 2, 1, 0, 128);
    connection_work(&world.client, 2 * WALL_NS);
    next_answer(&world, 2, -71, 64);
    world.fakes[0].answer = EP0_BABBLE;
    submit_pipe(&world, 3, 1, 1, 100);
    connection_work(&world.client, 3 * WALL_NS);
    next_answer(&world, 3, -75, 64);
    connection_sent(&world.client, 64);
    expect_silence(&world.client);
    assert_int_equal(world.client.pipes.count, 0);
    connection_close(&world.client);
}

/* Full packets, then one without bytes, and only then the answer. */
static void a_zero_packet_follows_where_it_is_asked_for(void **state)
{
    (void)state;
    static const struct {
        uint32_t length, flags, empties;
    } rows[] = {{128, 0x40, 1}, {128, 0, 0}, {127, 0x40, 0}, {0, 0x40, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct world world;
        open_piped(&world, 1.0);
        submit_flags(&world, &(struct client_submit){.seqnum = 1,
                                                     .endpoint = 1,
                                                     .length = rows[i].length,
                                                     .flags = rows[i].flags});
        connection_work(&world.client, WALL_NS);
        if (rows[i].length == 128 && rows[i].flags != 0) {
            expect_silence(&world.client); /* the board has not taken the last yet */
            world.fakes[0].kept_bytes = 0;
            connection_work(&world.client, 2 * WALL_NS);
        }
        next_answer(&world, 1, 0, rows[i].length);
        expect_silence(&world.client);
        assert_int_equal(world.fakes[0].empties, rows[i].empties);
        connection_close(&world.client);
        assert_int_equal(world.fakes[0].resets, 1);
    }
}

static void a_short_read_may_be_an_error(void **state)
{
    (void)state;
    struct world world;
    open_piped(&world, 1.0);
    for (uint32_t i = 0; i < 3; i++) {
        submit_pipe(&world, 1, 1, 0, 10);
        connection_work(&world.client, (2 * i + 1) * WALL_NS);
        next_answer(&world, 1, 0, 10);
        submit_flags(&world, &(struct client_submit){.seqnum = 2,
                                                     .direction = 1,
                                                     .endpoint = 1,
                                                     .length = i == 1 ? 10 : 64,
                                                     .flags = i == 2 ? 0 : 1});
        connection_work(&world.client, (2 * i + 2) * WALL_NS);
        expect_answer(&world.client, 3, 2, i == 0 ? -121 : 0, 10);
    }
    connection_close(&world.client);
}

/* Longer than any control transfer, in the pieces in which it comes. */
static void a_long_message_is_taken_whole(void **state)
{
    (void)state;
    enum { LENGTH = 100000, PIECE = 7000 };
    static uint8_t data[LENGTH];
    struct world world;
    open_piped(&world, 1.0);
    submit(&world.client, &(struct client_submit){.seqnum = 1, .endpoint = 1, .length = LENGTH});
    memset(data, 0x5A, sizeof data);
    for (uint32_t at = 0; at < LENGTH; at += PIECE) {
        connection_take(&world.client, data + at, LENGTH - at < PIECE ? LENGTH - at : PIECE);
    }
    assert_int_equal(world.client.pipes.count, 1);
    assert_memory_equal(world.client.pipes.urbs[0].data, data, LENGTH);
    connection_close(&world.client);
}

/* Time does not run ahead for a read that may wait for ever. */
static void a_waiting_read_does_not_rush_the_board(void **state)
{
    (void)state;
    struct world world;
    open_piped(&world, 0.0);
    submit_pipe(&world, 1, 1, 1, 64);
    for (uint64_t i = 1; i < 50; i++) {
        connection_work(&world.client, i * WALL_NS);
    }
    assert_int_equal(world.fakes[0].now_ns, 49 * WALL_NS);
    uint64_t due_ns = connection_due_ns(&world.client);
    assert_in_range(due_ns, 49 * WALL_NS + 1, 50 * WALL_NS + 1);
    connection_close(&world.client);
}

/* Its milliseconds are the wall clock's microseconds. */
static void a_board_that_races_is_asked_at_the_computers_pace(void **state)
{
    (void)state;
    static const double speeds[] = {1.0, 100.0, 1000.0, 1e6};
    for (size_t i = 0; i < sizeof speeds / sizeof speeds[0]; i++) {
        struct world world;
        open_piped(&world, speeds[i]);
        submit_pipe(&world, 1, 1, 1, 64);
        uint64_t wall_ns = 0, asked = 0;
        while (wall_ns < 100 * WALL_NS) {
            connection_work(&world.client, wall_ns);
            wall_ns = connection_due_ns(&world.client);
            asked++;
        }
        assert_in_range(asked, 100, 1001);
        connection_close(&world.client);
    }
}

static void a_client_cannot_eat_the_memory(void **state)
{
    (void)state;
    struct world world;
    open_piped(&world, 1.0);
    for (uint32_t i = 0; i < 16; i++) {
        submit_pipe(&world, i, 1, 1, 1 << 18);
        assert_int_equal(world.client.end, CONNECTION_OPEN);
    }
    submit_pipe(&world, 16, 1, 1, 1);
    assert_int_equal(world.client.end, CONNECTION_BROKE);
    connection_close(&world.client);
    world_open(&world, 1.0);
    world.fakes[0].piped = true;
    import(&world.client, "1-1");
    for (uint32_t i = 0; i < 512; i++) {
        submit_pipe(&world, i, 2, 1, 0);
        assert_int_equal(world.client.end, CONNECTION_OPEN);
    }
    submit_pipe(&world, 512, 2, 1, 0);
    assert_int_equal(world.client.end, CONNECTION_BROKE);
    connection_close(&world.client);
}

/* Drivers know nothing of our limits; what they send too much is read and thrown away. */
static void a_transfer_that_is_too_long_is_refused(void **state)
{
    (void)state;
    enum { LENGTH = USB_PIPE_BYTES_MAX + 1, PIECE = 1000 };
    static const uint8_t data[PIECE];
    struct world world;
    open_piped(&world, 1.0);
    submit_pipe(&world, 1, 1, 1, LENGTH);
    next_answer(&world, 1, -12, 0);
    submit(&world.client, &(struct client_submit){.seqnum = 2, .endpoint = 1, .length = LENGTH});
    for (uint32_t at = 0; at < LENGTH; at += PIECE) {
        expect_silence(&world.client);
        connection_take(&world.client, data, LENGTH - at < PIECE ? LENGTH - at : PIECE);
    }
    next_answer(&world, 2, -12, 0);
    assert_int_equal(world.client.in_room, CONNECTION_MESSAGE_BYTES);
    submit_pipe(&world, 3, 1, 0, 5);
    connection_work(&world.client, WALL_NS);
    next_answer(&world, 3, 0, 5);
    submit_pipe(&world, 4, 1, 1, 0x80000000);
    assert_int_equal(world.client.end, CONNECTION_BROKE);
    connection_close(&world.client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_read_waits_beside_everything_else),
        cmocka_unit_test(transfers_of_an_endpoint_keep_their_order),
        cmocka_unit_test(a_device_that_moved_data_is_reset_for_the_next_client),
        cmocka_unit_test(a_device_that_moved_half_a_transfer_is_reset_too),
        cmocka_unit_test(endpoints_belong_to_their_interfaces),
        cmocka_unit_test(a_transfer_is_taken_back),
        cmocka_unit_test(stalls_and_strange_endpoints_are_told),
        cmocka_unit_test(a_transfer_that_fails_is_told_with_what_moved),
        cmocka_unit_test(a_zero_packet_follows_where_it_is_asked_for),
        cmocka_unit_test(a_short_read_may_be_an_error),
        cmocka_unit_test(a_waiting_read_does_not_rush_the_board),
        cmocka_unit_test(a_board_that_races_is_asked_at_the_computers_pace),
        cmocka_unit_test(a_long_message_is_taken_whole),
        cmocka_unit_test(a_client_cannot_eat_the_memory),
        cmocka_unit_test(a_transfer_that_is_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
