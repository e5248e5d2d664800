/* SPDX-License-Identifier: MIT
 * The server over loopback sockets, with real time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/fake_port.h"
#include "tests/support/usbip_client.h"
#include "twin/serve/serve.h"

enum { TURN_MS = 2, TURNS = 1000, EVENTS_MAX = 16 };

/* A server with one board, and what it told. */
struct scene {
    struct fake_port fake;
    struct usb_port *ports[1];
    struct server *server;
    enum server_event events[EVENTS_MAX];
    uint32_t event_count;
};

static void note(void *user, enum server_event event, uint32_t board)
{
    struct scene *scene = user;
    assert_true(board <= 1);
    assert_true(scene->event_count < EVENTS_MAX);
    scene->events[scene->event_count++] = event;
}

static void scene_open(struct scene *scene, double speed)
{
    *scene = (struct scene){.fake = fake_port_make()};
    scene->ports[0] = &scene->fake.port;
    const struct server_config config = {
        .speed = speed, .ports = scene->ports, .port_count = 1, .user = scene, .event = note};
    assert_int_equal(server_open(&config, &scene->server, NULL), 0);
}

static int dial(const struct scene *scene)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct sockaddr_in place = {.sin_family = AF_INET,
                                      .sin_port = htons(server_get_port(scene->server)),
                                      .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    assert_int_equal(connect(fd, (const struct sockaddr *)&place, sizeof place), 0);
    return fd;
}

static void say(int fd, const uint8_t *bytes, size_t length)
{
    assert_int_equal(send(fd, bytes, length, MSG_NOSIGNAL), length);
}

/* Lets the server run until length bytes came, or the end. Returns the bytes that came. */
static size_t hear(struct scene *scene, int fd, uint8_t *bytes, size_t length)
{
    size_t got = 0;
    ssize_t part = 1;
    for (int turn = 0; turn < TURNS && got < length && part != 0; turn++) {
        assert_int_equal(server_run(scene->server, TURN_MS, NULL, NULL), 0);
        part = recv(fd, bytes + got, length - got, MSG_DONTWAIT);
        got += part > 0 ? (size_t)part : 0;
    }
    return got;
}

static int import(struct scene *scene)
{
    uint8_t bytes[8 + CLIENT_RECORD_BYTES];
    int fd = dial(scene);
    client_import(bytes, "1-1");
    say(fd, bytes, CLIENT_IMPORT_BYTES);
    assert_int_equal(hear(scene, fd, bytes, sizeof bytes), sizeof bytes);
    assert_memory_equal(bytes, "\x01\x11\x00\x03\0\0\0\0", 8);
    return fd;
}

static void expect_closed(struct scene *scene, int fd)
{
    uint8_t byte;
    ssize_t part = -1;
    for (int turn = 0; turn < TURNS && part < 0; turn++) {
        assert_int_equal(server_run(scene->server, TURN_MS, NULL, NULL), 0);
        part = recv(fd, &byte, 1, MSG_DONTWAIT);
    }
    assert_int_equal(part, 0);
}

static void scene_close(struct scene *scene)
{
    server_close(scene->server);
}

static void a_client_imports_and_transfers(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, 0.0);
    int fd = import(&scene);
    uint8_t bytes[CLIENT_HEADER_BYTES + 3];
    client_put_submit(
        bytes, &(struct client_submit){
                   .seqnum = 1, .direction = 1, .length = 3, .setup = {0xC0, 1, 0, 0, 0, 0, 3}});
    say(fd, bytes, CLIENT_HEADER_BYTES);
    assert_int_equal(hear(&scene, fd, bytes, sizeof bytes), sizeof bytes);
    assert_memory_equal(bytes + CLIENT_HEADER_BYTES, "\0\1\2", 3);
    (void)close(fd);
    scene_close(&scene);
}

static void a_list_works_while_the_board_is_taken(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, 0.0);
    int owner = import(&scene);
    int fd = dial(&scene);
    uint8_t bytes[12 + CLIENT_RECORD_BYTES + 4];
    say(fd, client_devlist, sizeof client_devlist);
    assert_int_equal(hear(&scene, fd, bytes, sizeof bytes), sizeof bytes);
    assert_int_equal(bytes[11], 1);
    (void)close(fd);
    (void)close(owner);
    scene_close(&scene);
}

static void a_second_importer_is_refused_and_a_later_one_is_not(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, 0.0);
    int owner = import(&scene);
    int fd = dial(&scene);
    uint8_t bytes[CLIENT_IMPORT_BYTES];
    client_import(bytes, "1-1");
    say(fd, bytes, sizeof bytes);
    assert_int_equal(hear(&scene, fd, bytes, 8), 8);
    assert_int_equal(bytes[7], 1);
    expect_closed(&scene, fd);
    (void)close(fd);
    (void)close(owner);
    assert_int_equal(server_run(scene.server, TURN_MS, NULL, NULL), 0);
    owner = import(&scene);
    (void)close(owner);
    static const enum server_event wanted[] = {SERVER_ATTACHED, SERVER_IMPORTED, SERVER_REFUSED,
                                               SERVER_RELEASED, SERVER_IMPORTED};
    assert_int_equal(scene.event_count, 5);
    assert_memory_equal(scene.events, wanted, sizeof wanted);
    scene_close(&scene);
}

static void a_board_that_leaves_closes_the_connection(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, 1.0);
    int fd = import(&scene);
    scene.fake.leave_ns = scene.fake.now_ns + 5000000;
    expect_closed(&scene, fd);
    assert_int_equal(server_run(scene.server, 0, NULL, NULL), 0);
    assert_int_equal(scene.events[scene.event_count - 2], SERVER_RELEASED);
    assert_int_equal(scene.events[scene.event_count - 1], SERVER_DETACHED);
    (void)close(fd);
    scene_close(&scene);
}

static void a_lying_client_is_let_go(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, 1.0);
    int fd = dial(&scene);
    say(fd, (const uint8_t *)"GET / HTTP/1.1\r\n\r\n", 18);
    expect_closed(&scene, fd);
    assert_int_equal(scene.events[scene.event_count - 1], SERVER_BROKE);
    (void)close(fd);
    scene_close(&scene);
}

static void time_passes_for_a_board_that_nobody_uses(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, 10.0);
    assert_int_equal(server_run(scene.server, 10, NULL, NULL), 0);
    assert_true(scene.fake.now_ns >= 90000000);
    scene_close(&scene);
}

static void an_erase_takes_its_time_and_not_more_than_it_must(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, 1.0);
    int fd = import(&scene);
    struct clock clock = clock_real();
    uint64_t started_ns = clock.now_ns(&clock);
    scene.fake.ready_ns = scene.fake.now_ns + 60000000;
    uint8_t bytes[CLIENT_HEADER_BYTES];
    client_put_submit(bytes, &(struct client_submit){.seqnum = 1, .setup = {0x40, 1}});
    say(fd, bytes, sizeof bytes);
    assert_int_equal(hear(&scene, fd, bytes, sizeof bytes), sizeof bytes);
    uint64_t elapsed_ns = clock.now_ns(&clock) - started_ns;
    assert_true(elapsed_ns >= 55000000);
    assert_true(elapsed_ns < 1000000000);
    assert_true(scene.fake.attempts < 10);
    (void)close(fd);
    scene_close(&scene);
}

static void stop_ends_a_run_before_its_limit(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, 1.0);
    struct clock clock = clock_real();
    uint64_t started_ns = clock.now_ns(&clock);
    const bool stop = true;
    scene.fake.leave_ns = 1000000;
    assert_int_equal(server_run(scene.server, 60000, &stop, NULL), 0);
    assert_true(clock.now_ns(&clock) - started_ns < 30000000000);
    scene_close(&scene);
}

static void expect_refusal(const struct server_config *config, enum dfk_code code, const char *what)
{
    struct server *server = NULL;
    struct dfk_error err = {.code = DFK_OK};
    assert_int_equal(server_open(config, &server, &err), -(int)code);
    assert_int_equal(err.code, code);
    assert_string_equal(err.what, what);
    assert_null(server);
}

static void what_cannot_be_served_is_refused(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, 1.0);
    struct server_config config = {.ports = scene.ports, .port_count = 1};
    config.address = "localhost";
    expect_refusal(&config, DFK_E_USAGE,
                   "'localhost' is not an address: wanted numbers, as 127.0.0.1 or ::1");
    config.address = NULL;
    config.speed = -1.0;
    expect_refusal(&config, DFK_E_USAGE, "speed -1: wanted 0 to 1000000");
    config.speed = 1.0;
    config.port_count = 17;
    expect_refusal(&config, DFK_E_USAGE, "17 boards: a server has 1 to 16");
    config.port_count = 1;
    config.port = server_get_port(scene.server);
    char what[96];
    (void)snprintf(what, sizeof what, "cannot listen on 127.0.0.1 port %u: Address already in use",
                   config.port);
    expect_refusal(&config, DFK_E_CONNECTION, what);
    scene_close(&scene);
}

/* More connections than a server has places for, all of them silent. */
static void silent_clients_do_not_keep_others_out(void **state)
{
    (void)state;
    enum { SILENT = 40 };
    struct scene scene;
    int silent[SILENT];
    scene_open(&scene, 0.0);
    int holder = import(&scene);
    for (int i = 0; i < SILENT; i++) {
        silent[i] = dial(&scene);
        assert_int_equal(server_run(scene.server, TURN_MS, NULL, NULL), 0);
    }
    uint8_t bytes[12] = {0};
    int fd = dial(&scene);
    say(fd, client_devlist, sizeof client_devlist);
    assert_int_equal(hear(&scene, fd, bytes, sizeof bytes), sizeof bytes);
    assert_memory_equal(bytes, "\x01\x11\x00\x05\0\0\0\0\0\0\0\x01", 12);
    expect_closed(&scene, silent[0]);
    uint8_t submit[CLIENT_HEADER_BYTES];
    client_put_submit(submit, &(struct client_submit){.seqnum = 7, .direction = 1, .length = 0});
    say(holder, submit, sizeof submit);
    assert_int_equal(hear(&scene, holder, submit, sizeof submit), sizeof submit);
    for (int i = 0; i < SILENT; i++) {
        (void)close(silent[i]);
    }
    (void)close(fd);
    (void)close(holder);
    scene_close(&scene);
}

static void a_client_that_left_before_its_answer_holds_no_board(void **state)
{
    (void)state;
    struct scene scene;
    uint8_t bytes[CLIENT_IMPORT_BYTES];
    scene_open(&scene, 0.0);
    int fd = dial(&scene);
    client_import(bytes, "1-1");
    say(fd, bytes, sizeof bytes);
    (void)close(fd);
    (void)close(import(&scene));
    scene_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_imports_and_transfers),
        cmocka_unit_test(silent_clients_do_not_keep_others_out),
        cmocka_unit_test(a_client_that_left_before_its_answer_holds_no_board),
        cmocka_unit_test(a_list_works_while_the_board_is_taken),
        cmocka_unit_test(a_second_importer_is_refused_and_a_later_one_is_not),
        cmocka_unit_test(a_board_that_leaves_closes_the_connection),
        cmocka_unit_test(a_lying_client_is_let_go),
        cmocka_unit_test(time_passes_for_a_board_that_nobody_uses),
        cmocka_unit_test(an_erase_takes_its_time_and_not_more_than_it_must),
        cmocka_unit_test(stop_ends_a_run_before_its_limit),
        cmocka_unit_test(what_cannot_be_served_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
