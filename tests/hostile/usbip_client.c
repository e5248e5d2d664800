/* SPDX-License-Identifier: MIT
 * Clients that lie to the USB/IP server, over real sockets: about lengths, numbers and directions,
 * in pieces, too much, or silent. After them, an honest client is served. */
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/dfu.h"
#include "glue/boards.h"
#include "tests/hostile/chance.h"
#include "tests/hostile/overseer.h"
#include "tests/support/usbip_client.h"
#include "twin/board/board.h"
#include "twin/serve/serve.h"
#include "twin/time.h"

enum {
    LIMIT_S = 20,
    CLIENTS = 6,
    STEPS_MAX = 60,
    SAID_BYTES_MAX = 8192,
    START_MS = 500,
    FLOOD_TIMES = 20,
    LAST_TURNS = 60,     /* to read what they have said before they left */
    HONEST_TURNS = 2000, /* of a millisecond */
    DEVICE_BYTES = 18,
};

enum { COUNT_STEPS, COUNT_BROKE, COUNT_REFUSED, COUNT_IMPORTED, COUNT_SERVED, COUNT_COUNT };

/* One session: a server with a board, and those who talk to it. */
struct session {
    struct chance chance;
    struct board *board;
    struct usb_port *ports[1];
    struct server *server;
    int clients[CLIENTS]; /* -1: not there */
    uint32_t seqnum;
    uint64_t *counts;
};

static void note(void *user, enum server_event event, uint32_t board)
{
    struct session *session = user;
    (void)board;
    session->counts[COUNT_BROKE] += event == SERVER_BROKE ? 1 : 0;
    session->counts[COUNT_REFUSED] += event == SERVER_REFUSED ? 1 : 0;
    session->counts[COUNT_IMPORTED] += event == SERVER_IMPORTED ? 1 : 0;
}

static bool begin(struct session *session)
{
    static const struct board_config configs[] = {
        {.name = "pybv11"},
        {.name = "nucleo-h743zi"},
        {.name = "openmv4p"},
        {.name = "openmv-boot"},
        {.name = "runtime-detaches"},
        {.name = "pybv11", .boot0_low = true, .make_program = boot_guest_make}};
    struct board_config config = CHANCE_PICK(&session->chance, configs);
    config.seed = chance_next(&session->chance);
    if (board_open(&config, &session->board, NULL) != 0) {
        return false;
    }
    session->ports[0] = board_port(session->board);
    session->ports[0]->run(session->ports[0], START_MS * TWIN_MS);
    const struct server_config server = {
        .ports = session->ports, .port_count = 1, .user = session, .event = note};
    return server_open(&server, &session->server, NULL) == 0;
}

static int dial(const struct session *session)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct sockaddr_in place = {.sin_family = AF_INET,
                                      .sin_port = htons(server_get_port(session->server)),
                                      .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&place, sizeof place) == 0 &&
        fcntl(fd, F_SETFL, O_NONBLOCK) == 0) {
        return fd;
    }
    abort();
}

static bool serve(struct session *session)
{
    return server_run(session->server, 0, NULL, NULL) == 0;
}

/* A message of a client, and how much of it is said. */
struct message {
    uint8_t bytes[SAID_BYTES_MAX];
    size_t length;
    uint32_t times;
};

static void put_import(struct session *session, struct message *message)
{
    static const char *const busids[] = {"1-1", "1-1", "1-1", "1-1", "1-2", "", "1-1 "};
    client_import(message->bytes, CHANCE_PICK(&session->chance, busids));
    message->length = CLIENT_IMPORT_BYTES;
    if (chance_permille(&session->chance, 100)) {
        chance_fill(&session->chance, message->bytes + 8, 32);
    }
}

static void put_devlist(struct session *session, struct message *message)
{
    (void)session;
    memcpy(message->bytes, client_devlist, sizeof client_devlist);
    message->length = sizeof client_devlist;
}

/* A request of DFU or chapter 9, or of any bits. */
static void pick_setup(struct chance *chance, uint8_t setup[8])
{
    static const uint8_t likely[][8] = {
        {0x80, 6, 0, 1, 0, 0, 18, 0}, {0x80, 6, 0, 2, 0, 0, 255, 0},
        {0xA1, 3, 0, 0, 0, 0, 6, 0},  {0xA1, 5, 0, 0, 0, 0, 1, 0},
        {0xA1, 2, 2, 0, 0, 0, 0, 4},  {0x21, 1, 0, 0, 0, 0, 5, 0},
        {0x21, 1, 2, 0, 0, 0, 0, 4},  {0x21, 4, 0, 0, 0, 0, 0, 0},
        {0x21, 6, 0, 0, 0, 0, 0, 0},  {0xA1, 2, 255, 255, 0, 0, 0, 0},
        {0x01, 11, 1, 0, 0, 0, 0, 0}, {0x21, 0, 1, 0, 0, 0, 0, 0}};
    memcpy(setup, CHANCE_PICK(chance, likely), 8);
    if (chance_permille(chance, 150)) {
        chance_fill(chance, setup, 8);
    }
}

/* CMD_SUBMIT that agrees with itself, or not. */
static void put_submit(struct session *session, struct message *message)
{
    static const uint32_t lengths[] = {0,     1,     5,          63,         4096,      65535,
                                       65536, 65537, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
    struct chance *chance = &session->chance;
    struct client_submit submit = {.seqnum = ++session->seqnum};
    pick_setup(chance, submit.setup);
    submit.direction = submit.setup[0] >> 7;
    submit.length = get_le16(submit.setup + 6);
    if (chance_permille(chance, 120)) {
        submit.length = CHANCE_PICK(chance, lengths);
    }
    if (chance_permille(chance, 60)) {
        submit.direction = chance_below(chance, 3);
    }
    submit.endpoint = chance_permille(chance, 40) ? chance_below(chance, 17) : 0;
    submit.packets = chance_permille(chance, 40) ? (uint32_t)chance_next(chance) : 0;
    submit.seqnum = chance_permille(chance, 60) ? chance_below(chance, 5) : submit.seqnum;
    client_put_submit(message->bytes, &submit);
    message->length = CLIENT_HEADER_BYTES;
    if (submit.direction == 0) {
        uint32_t room = SAID_BYTES_MAX - CLIENT_HEADER_BYTES;
        uint32_t payload = submit.length < room ? submit.length : room;
        chance_fill(chance, message->bytes + CLIENT_HEADER_BYTES, payload);
        message->bytes[CLIENT_HEADER_BYTES] = chance_below(chance, 2) == 0 ? DFUSE_ERASE : 0;
        message->length += payload;
    }
}

static void put_unlink(struct session *session, struct message *message)
{
    struct chance *chance = &session->chance;
    uint32_t which = session->seqnum - chance_below(chance, 4);
    which = chance_permille(chance, 200) ? (uint32_t)chance_next(chance) : which;
    client_put_unlink(message->bytes, ++session->seqnum, which);
    message->length = CLIENT_HEADER_BYTES;
}

static void put_anything(struct session *session, struct message *message)
{
    message->length = chance_below(&session->chance, 200);
    chance_fill(&session->chance, message->bytes, message->length);
}

/* A transfer of more than there can be, and all of it is said. */
static void put_flood(struct session *session, struct message *message)
{
    static const uint32_t lengths[] = {65535, 65536, 65537, 100000, 0x7FFFFFFF, 0xFFFFFFFF};
    struct client_submit submit = {.seqnum = ++session->seqnum,
                                   .length = CHANCE_PICK(&session->chance, lengths),
                                   .setup = {0x21, 1, 2, 0, 0, 0, 0xFF, 0xFF}};
    memset(message->bytes, 0, sizeof message->bytes);
    client_put_submit(message->bytes, &submit);
    message->length = sizeof message->bytes;
    message->times = FLOOD_TIMES;
}

/* Says a message whole, in part, with wrong bytes, or many times. */
static void speak(struct session *session, int fd)
{
    static void (*const kinds[])(struct session * session, struct message * message) = {
        put_devlist, put_import, put_import, put_submit, put_submit,   put_submit,
        put_submit,  put_submit, put_submit, put_unlink, put_anything, put_flood};
    struct chance *chance = &session->chance;
    struct message message = {.times =
                                  chance_permille(chance, 60) ? 1 + chance_below(chance, 60) : 1};
    CHANCE_PICK(chance, kinds)(session, &message);
    if (chance_permille(chance, 80)) {
        message.length = chance_below(chance, (uint32_t)message.length + 1);
    }
    if (chance_permille(chance, 60) && message.length > 0) {
        message.bytes[chance_below(chance, (uint32_t)message.length)] =
            (uint8_t)chance_next(chance);
    }
    for (uint32_t i = 0; i < message.times; i++) {
        (void)send(fd, message.bytes, message.length, MSG_NOSIGNAL | MSG_DONTWAIT);
        (void)serve(session);
    }
}

static void leave(struct session *session, int *fd)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    if (chance_below(&session->chance, 2) == 0) {
        (void)setsockopt(*fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    (void)close(*fd);
    *fd = -1;
}

static void listen_a_little(struct session *session, int fd)
{
    uint8_t bytes[4096];
    (void)recv(fd, bytes, chance_below(&session->chance, sizeof bytes), MSG_DONTWAIT);
}

static bool lie(struct session *session)
{
    int *fd = &session->clients[chance_below(&session->chance, CLIENTS)];
    session->counts[COUNT_STEPS]++;
    if (*fd < 0) {
        *fd = dial(session);
        struct message message;
        put_import(session, &message);
        if (chance_permille(&session->chance, 700)) {
            (void)send(*fd, message.bytes, message.length, MSG_NOSIGNAL);
        }
    } else if (chance_permille(&session->chance, 80)) {
        leave(session, fd);
    } else if (chance_permille(&session->chance, 40)) {
        (void)shutdown(*fd, SHUT_WR);
    } else {
        speak(session, *fd);
    }
    for (uint32_t turns = chance_below(&session->chance, 4); turns > 0; turns--) {
        if (!serve(session)) {
            return false;
        }
    }
    if (*fd >= 0 && chance_below(&session->chance, 3) == 0) {
        listen_a_little(session, *fd);
    }
    return true;
}

/* Lets the server run until length bytes came. */
static bool hear(struct session *session, int fd, uint8_t *bytes, size_t length)
{
    size_t got = 0;
    for (int turn = 0; turn < HONEST_TURNS && got < length; turn++) {
        ssize_t part = recv(fd, bytes + got, length - got, MSG_DONTWAIT);
        got += part > 0 ? (size_t)part : 0;
        if (got < length && server_run(session->server, part > 0 ? 0 : 1, NULL, NULL) != 0) {
            return false;
        }
    }
    return got == length;
}

/* A client that keeps to the protocol, at a board that was plugged in again. */
static const char *be_honest(struct session *session)
{
    static const struct client_submit ask = {
        .seqnum = 1, .direction = 1, .length = DEVICE_BYTES, .setup = {0x80, 6, 0, 1, 0, 0, 18, 0}};
    uint8_t bytes[8 + CLIENT_RECORD_BYTES];
    board_reset(session->board, true, true);
    session->ports[0]->run(session->ports[0],
                           session->ports[0]->now(session->ports[0]) + START_MS * TWIN_MS);
    int fd = dial(session);
    const char *broken = NULL;
    client_import(bytes, "1-1");
    (void)send(fd, bytes, CLIENT_IMPORT_BYTES, MSG_NOSIGNAL);
    if (!hear(session, fd, bytes, sizeof bytes) ||
        memcmp(bytes, "\x01\x11\x00\x03\0\0\0\0", 8) != 0) {
        broken = "an honest client is not given the board";
    }
    client_put_submit(bytes, &ask);
    (void)send(fd, bytes, CLIENT_HEADER_BYTES, MSG_NOSIGNAL);
    if (broken == NULL &&
        (!hear(session, fd, bytes, CLIENT_HEADER_BYTES + DEVICE_BYTES) || get_be32(bytes) != 3 ||
         get_be32(bytes + 0x14) != 0 || bytes[CLIENT_HEADER_BYTES] != DEVICE_BYTES)) {
        broken = "an honest client's transfer is not answered";
    }
    session->counts[COUNT_SERVED] += broken == NULL ? 1 : 0;
    (void)close(fd);
    return broken;
}

static uint32_t count_descriptors(void)
{
    uint32_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (folder != NULL && readdir(folder) != NULL) {
        count++;
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    return count;
}

static const char *talk(struct session *session)
{
    const char *broken = NULL;
    for (uint32_t i = 1 + chance_below(&session->chance, STEPS_MAX); i > 0 && broken == NULL; i--) {
        broken = lie(session) ? NULL : "the server gives up";
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        if (session->clients[i] >= 0) {
            leave(session, &session->clients[i]);
        }
    }
    for (uint32_t i = 0; i < LAST_TURNS && broken == NULL; i++) {
        broken = serve(session) ? NULL : "the server gives up";
    }
    return broken == NULL ? be_honest(session) : broken;
}

static const char *run(void *shared, uint64_t seed, uint64_t index, uint64_t *counts)
{
    struct session session = {.chance = chance_make(seed, index), .counts = counts};
    uint32_t before = count_descriptors();
    (void)shared;
    for (size_t i = 0; i < CLIENTS; i++) {
        session.clients[i] = -1;
    }
    const char *broken = begin(&session) ? talk(&session) : "the server cannot be opened";
    server_close(session.server);
    (void)board_close(session.board, NULL);
    if (broken == NULL && count_descriptors() != before) {
        broken = "a connection that is left open";
    }
    return broken;
}

int main(int argc, char **argv)
{
    static const char *const keys[COUNT_COUNT] = {[COUNT_STEPS] = "lies",
                                                  [COUNT_BROKE] = "broke_off",
                                                  [COUNT_REFUSED] = "refused",
                                                  [COUNT_IMPORTED] = "imported",
                                                  [COUNT_SERVED] = "served_after"};
    const struct overseer overseer = {
        .promise = "after clients that lie, the USB/IP server serves an honest one",
        .keys = keys,
        .key_count = COUNT_COUNT,
        .limit_s = LIMIT_S,
        .session = run};
    return overseer_main(argc, argv, &overseer);
}
