/* SPDX-License-Identifier: MIT
 * Two boards without silicon, one client of them, and what the client expects. */
#ifndef TESTS_SUPPORT_SERVE_WORLD_H
#define TESTS_SUPPORT_SERVE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/fake_port.h"
#include "tests/support/usbip_client.h"
#include "twin/serve/connection.h"

/* Two boards and a client of them. */
struct world {
    struct fake_port fakes[2];
    struct outlet outlets[2];
    struct outlet_row row;
    struct connection client;
};

static inline void world_open(struct world *world, double speed)
{
    for (uint32_t i = 0; i < 2; i++) {
        world->fakes[i] = fake_port_make();
        world->outlets[i] = outlet_make(&world->fakes[i].port, i, speed, 0);
    }
    world->row = (struct outlet_row){.outlets = world->outlets, .count = 2};
    assert_true(connection_open(&world->client, &world->row));
}

static inline void expect_output(struct connection *client, const uint8_t *wanted, size_t length)
{
    size_t got = 0;
    const uint8_t *bytes = connection_output(client, &got);
    assert_int_equal(got, length);
    if (length > 0) {
        assert_memory_equal(bytes, wanted, length);
    }
    connection_sent(client, got);
}

static inline void import(struct connection *client, const char *busid)
{
    uint8_t bytes[CLIENT_IMPORT_BYTES];
    client_import(bytes, busid);
    connection_take(client, bytes, sizeof bytes);
    assert_int_equal(client->end, CONNECTION_OPEN);
    size_t length = 0;
    const uint8_t *answer = connection_output(client, &length);
    assert_int_equal(length, 8 + CLIENT_RECORD_BYTES);
    assert_memory_equal(answer, "\x01\x11\x00\x03\0\0\0\0/dfukit-twin/usb1/", 26);
    connection_sent(client, length);
}

static inline void submit(struct connection *client, const struct client_submit *submit)
{
    uint8_t bytes[CLIENT_HEADER_BYTES];
    client_put_submit(bytes, submit);
    connection_take(client, bytes, sizeof bytes);
}

/* A request with a data stage of length bytes to the host. */
static inline void submit_in(struct connection *client, uint32_t seqnum, uint8_t length)
{
    submit(client,
           &(struct client_submit){.seqnum = seqnum,
                                   .direction = 1,
                                   .length = length,
                                   .setup = {0xC0, FAKE_VENDOR_REQUEST, 0, 0, 0, 0, length}});
}

static inline void unlink_urb(struct connection *client, uint32_t seqnum, uint32_t unlink_seqnum)
{
    uint8_t bytes[CLIENT_HEADER_BYTES];
    client_put_unlink(bytes, seqnum, unlink_seqnum);
    connection_take(client, bytes, sizeof bytes);
}

/* RET_SUBMIT or RET_UNLINK, then IN data that counts up from 0. */
static inline void expect_answer(struct connection *client, uint32_t command, uint32_t seqnum,
                                 int32_t status, uint8_t length)
{
    size_t got = 0;
    const uint8_t *bytes = connection_output(client, &got);
    uint8_t wanted[CLIENT_HEADER_BYTES + 255] = {0};
    put_be32(wanted, command);
    put_be32(wanted + 4, seqnum);
    put_be32(wanted + 0x14, (uint32_t)status);
    put_be32(wanted + 0x18, length);
    for (uint8_t i = 0; i < length; i++) {
        wanted[CLIENT_HEADER_BYTES + i] = i;
    }
    size_t size = CLIENT_HEADER_BYTES + (size_t)length;
    assert_true(got >= size);
    assert_memory_equal(bytes, wanted, size);
    connection_sent(client, size);
}

static inline void expect_silence(struct connection *client)
{
    expect_output(client, NULL, 0);
}

#endif
