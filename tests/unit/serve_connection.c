/* SPDX-License-Identifier: MIT
 * What a client may say, and what it gets for a lie. */
#include "tests/support/serve_world.h"

static void a_list_shows_every_attached_board(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 1.0);
    connection_take(&world.client, client_devlist, sizeof client_devlist);
    size_t length = 0;
    const uint8_t *bytes = connection_output(&world.client, &length);
    assert_int_equal(length, 12 + 2 * (CLIENT_RECORD_BYTES + 4));
    assert_memory_equal(bytes, "\x01\x11\x00\x05\0\0\0\0\0\0\0\x02", 12);
    static const uint8_t numbers[] = {0, 0, 0,    1,    0,    0,    0,    2,    0, 0,
                                      0, 2, 0x04, 0x83, 0xDF, 0x11, 0x22, 0x00, 0, 0,
                                      0, 1, 1,    1,    0xFE, 1,    2,    0}; /* the interface */
    assert_string_equal((const char *)bytes + 12, "/dfukit-twin/usb1/1-1");
    assert_string_equal((const char *)bytes + 12 + 256, "1-1");
    assert_memory_equal(bytes + 12 + 288, numbers, sizeof numbers);
    assert_string_equal((const char *)bytes + 12 + 316 + 256, "1-2");
    connection_close(&world.client);
}

static void a_board_off_the_bus_is_not_listed(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 1.0);
    world.fakes[0].on = false;
    connection_take(&world.client, client_devlist, sizeof client_devlist);
    size_t length = 0;
    const uint8_t *bytes = connection_output(&world.client, &length);
    assert_int_equal(length, 12 + CLIENT_RECORD_BYTES + 4);
    assert_int_equal(bytes[11], 1);
    assert_string_equal((const char *)bytes + 12 + 256, "1-2");
    connection_close(&world.client);
}

static void a_board_is_asked_and_configured_once_per_attachment(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 1.0);
    connection_take(&world.client, client_devlist, sizeof client_devlist);
    connection_take(&world.client, client_devlist, sizeof client_devlist);
    assert_int_equal(world.fakes[0].transfers, 3);
    assert_int_equal(world.fakes[0].last.request, USB_SET_CONFIGURATION);
    assert_int_equal(world.fakes[0].last.value, 1);
    world.fakes[0].generation++;
    connection_take(&world.client, client_devlist, sizeof client_devlist);
    assert_int_equal(world.fakes[0].transfers, 6);
    connection_close(&world.client);
}

static void a_board_that_refuses_its_configuration_is_listed_without(void **state)
{
    (void)state;
    enum { CONFIGURATION_AT = 12 + 256 + 32 + 3 * 4 + 3 * 2 + 3 };
    struct world world;
    world_open(&world, 1.0);
    world.fakes[0].answer = EP0_STALL;
    connection_take(&world.client, client_devlist, sizeof client_devlist);
    size_t length = 0;
    const uint8_t *bytes = connection_output(&world.client, &length);
    assert_int_equal(bytes[CONFIGURATION_AT], 0);
    assert_int_equal(bytes[CONFIGURATION_AT + CLIENT_RECORD_BYTES + 4], 1);
    connection_close(&world.client);
}

static void a_stream_cut_anywhere_is_understood(void **state)
{
    (void)state;
    uint8_t stream[8 + CLIENT_IMPORT_BYTES + CLIENT_HEADER_BYTES + 3];
    memcpy(stream, client_devlist, 8);
    client_import(stream + 8, "1-2");
    client_put_submit(
        stream + 48,
        &(struct client_submit){.seqnum = 1, .length = 3, .setup = {0x40, 5, 0, 0, 0, 0, 3}});
    memcpy(stream + 96, "xyz", 3);
    for (size_t cut = 1; cut < sizeof stream; cut++) {
        struct world world;
        world_open(&world, 1.0);
        connection_take(&world.client, stream, cut);
        connection_take(&world.client, stream + cut, sizeof stream - cut);
        connection_work(&world.client, 1000);
        assert_memory_equal(world.fakes[1].out, "xyz", 4);
        assert_int_equal(world.client.end, CONNECTION_OPEN);
        connection_close(&world.client);
    }
}

static void a_board_has_one_importer(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 1.0);
    import(&world.client, "1-1");
    struct connection second;
    assert_true(connection_open(&second, &world.row));
    uint8_t bytes[CLIENT_IMPORT_BYTES];
    client_import(bytes, "1-1");
    connection_take(&second, bytes, sizeof bytes);
    expect_output(&second, (const uint8_t *)"\x01\x11\x00\x03\0\0\0\x01", 8);
    assert_int_equal(second.end, CONNECTION_REFUSED);
    connection_close(&second);

    connection_close(&world.client);
    assert_true(connection_open(&second, &world.row));
    import(&second, "1-1");
    connection_close(&second);
}

/* As a kernel does, or a program that dies: no UNLINK comes before. */
static void a_request_under_way_ends_with_its_client(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 1.0);
    import(&world.client, "1-1");
    submit_in(&world.client, 1, 6);
    connection_work(&world.client, 1000);
    connection_close(&world.client);
    assert_int_equal(world.fakes[0].cancels, 0);
    assert_true(connection_open(&world.client, &world.row));
    import(&world.client, "1-1");
    world.fakes[0].answer = EP0_NAK;
    submit_in(&world.client, 2, 6);
    connection_work(&world.client, 2000);
    expect_silence(&world.client);
    connection_close(&world.client);
    assert_int_equal(world.fakes[0].cancels, 1);
}

static void a_board_that_is_not_there_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"1-3", "", "1-1 ", "11111111111111111111111111111111"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct world world;
        world_open(&world, 1.0);
        uint8_t bytes[CLIENT_IMPORT_BYTES];
        client_import(bytes, names[i]);
        connection_take(&world.client, bytes, sizeof bytes);
        expect_output(&world.client, (const uint8_t *)"\x01\x11\x00\x03\0\0\0\x01", 8);
        assert_int_equal(world.client.end, CONNECTION_REFUSED);
        connection_close(&world.client);
    }
}

static void the_smaller_of_buffer_and_wlength_counts(void **state)
{
    (void)state;
    static const struct {
        uint32_t buffer;
        uint8_t wlength, wanted;
    } rows[] = {{10, 6, 6}, {4, 6, 4}, {0, 6, 0}, {6, 0, 0}, {65536, 255, 255}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct world world;
        world_open(&world, 0.0);
        import(&world.client, "1-1");
        submit(&world.client,
               &(struct client_submit){.seqnum = 1,
                                       .direction = 1,
                                       .length = rows[i].buffer,
                                       .setup = {0xC0, 1, 0, 0, 0, 0, rows[i].wlength}});
        connection_work(&world.client, 0);
        assert_int_equal(world.fakes[0].last.length, rows[i].wanted);
        expect_answer(&world.client, 3, 1, 0, rows[i].wanted);
        connection_close(&world.client);
    }
}

static void other_endpoints_do_not_exist(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 1.0);
    import(&world.client, "1-1");
    uint32_t before = world.fakes[0].attempts;
    submit(&world.client, &(struct client_submit){.seqnum = 3, .endpoint = 1, .length = 2});
    connection_take(&world.client, (const uint8_t *)"ab", 2);
    expect_answer(&world.client, 3, 3, -32, 0);
    assert_int_equal(world.fakes[0].attempts, before);
    connection_close(&world.client);
}

static void a_lie_ends_the_conversation(void **state)
{
    (void)state;
    static const struct {
        bool imported;
        uint32_t at, value; /* what is put where into an honest message */
    } rows[] = {
        {false, 0, 0x01108005}, {false, 0, 0x01118004},
        {false, 0, 0x01110005}, {true, 0, 0},
        {true, 0, 3},           {true, 0, 4},
        {true, 0, 0xFFFFFFFF},  {true, 0x0C, 2},
        {true, 0x18, 65537},    {true, 0x18, 0xFFFFFFFF},
        {true, 0x20, 1},        {true, 0x20, 0x7FFFFFFF},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct world world;
        world_open(&world, 1.0);
        uint8_t bytes[CLIENT_HEADER_BYTES] = {0x01, 0x11, 0x80, 0x05};
        if (rows[i].imported) {
            import(&world.client, "1-1");
            client_put_submit(bytes, &(struct client_submit){.seqnum = 1});
        }
        put_be32(bytes + rows[i].at, rows[i].value);
        connection_take(&world.client, bytes, sizeof bytes);
        assert_int_equal(world.client.end, CONNECTION_BROKE);
        assert_false(connection_listens(&world.client));
        expect_silence(&world.client);
        connection_close(&world.client);
    }
}

static void a_flood_of_transfers_ends_the_conversation(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 1.0);
    import(&world.client, "1-1");
    for (uint32_t i = 0; i < URB_QUEUE_MAX; i++) {
        submit_in(&world.client, i, 6);
    }
    assert_int_equal(world.client.end, CONNECTION_OPEN);
    submit_in(&world.client, 99, 6);
    assert_int_equal(world.client.end, CONNECTION_BROKE);
    connection_close(&world.client);
}

static void a_client_that_does_not_read_is_not_listened_to(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 1.0);
    uint32_t lists = CONNECTION_OUT_LIMIT_BYTES / 600;
    for (uint32_t i = 0; i < lists && connection_listens(&world.client); i++) {
        connection_take(&world.client, client_devlist, sizeof client_devlist);
    }
    assert_false(connection_listens(&world.client));
    size_t length = 0;
    (void)connection_output(&world.client, &length);
    connection_sent(&world.client, length);
    assert_true(connection_listens(&world.client));
    connection_close(&world.client);
}

static void a_client_that_leaves_a_byte_unread_costs_no_memory(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 1.0);
    size_t length = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        connection_take(&world.client, client_devlist, sizeof client_devlist);
        const uint8_t *bytes = connection_output(&world.client, &length);
        assert_memory_equal(bytes + (i == 0 ? 0 : 1), "\x01\x11\x00\x05\0\0\0\0\0\0\0\x02", 12);
        connection_sent(&world.client, length - 1);
    }
    assert_in_range(world.client.out.capacity, 1, 16384);
    (void)connection_output(&world.client, &length);
    assert_int_equal(length, 1);
    connection_close(&world.client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_shows_every_attached_board),
        cmocka_unit_test(a_board_off_the_bus_is_not_listed),
        cmocka_unit_test(a_board_is_asked_and_configured_once_per_attachment),
        cmocka_unit_test(a_board_that_refuses_its_configuration_is_listed_without),
        cmocka_unit_test(a_stream_cut_anywhere_is_understood),
        cmocka_unit_test(a_board_has_one_importer),
        cmocka_unit_test(a_request_under_way_ends_with_its_client),
        cmocka_unit_test(a_board_that_is_not_there_is_refused),
        cmocka_unit_test(the_smaller_of_buffer_and_wlength_counts),
        cmocka_unit_test(other_endpoints_do_not_exist),
        cmocka_unit_test(a_lie_ends_the_conversation),
        cmocka_unit_test(a_flood_of_transfers_ends_the_conversation),
        cmocka_unit_test(a_client_that_does_not_read_is_not_listened_to),
        cmocka_unit_test(a_client_that_leaves_a_byte_unread_costs_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
