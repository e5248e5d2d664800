/* SPDX-License-Identifier: MIT
 * The event loop: sockets, boards and the wall clock. */
#include "twin/serve/serve.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/fail.h"
#include "twin/serve/connection.h"
#include "twin/serve/listen.h"

enum {
    CLIENTS_MAX = 32,
    READ_BYTES = 16384,
    READS_PER_TURN = 2,
    NS_PER_MS = 1000000,
    NS_PER_S = 1000000000,
    IDLE_STEP_NS = NS_PER_MS,      /* a board with nobody waiting is looked at no more often */
    QUIET_STEP_NS = 5 * NS_PER_MS, /* the same when nobody has said anything for a while: */
    QUIET_NS = 1000 * NS_PER_MS,
};

struct client {
    int fd;
    uint64_t since_ns; /* when it came */
    struct connection connection;
};

struct server {
    struct clock clock;
    int listener;
    struct outlet outlets[OUTLETS_MAX];
    bool attached[OUTLETS_MAX]; /* as last told */
    struct outlet_row row;
    struct client clients[CLIENTS_MAX];
    uint32_t client_count;
    uint64_t heard_ns; /* when somebody last said something */
    void *user;
    void (*event)(void *user, enum server_event event, uint32_t board);
    int watched; /* a descriptor of the user's; -1: none */
    void (*ready)(void *user);
};

static void no_event(void *user, enum server_event event, uint32_t board)
{
    (void)user;
    (void)event;
    (void)board;
}

static int check_config(const struct server_config *config, struct dfk_error *err)
{
    if (config->port_count < 1 || config->port_count > OUTLETS_MAX) {
        return dfk_fail(err, DFK_E_USAGE, "%u boards: a server has 1 to %d", config->port_count,
                        OUTLETS_MAX);
    }
    if (!(config->speed >= 0.0 && config->speed <= 1e6)) {
        return dfk_fail(err, DFK_E_USAGE, "speed %g: wanted 0 to 1000000", config->speed);
    }
    return 0;
}

int server_open(const struct server_config *config, struct server **server, struct dfk_error *err)
{
    int result = check_config(config, err);
    if (result != 0) {
        return result;
    }
    struct server *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a server (%zu bytes)", sizeof *made);
    }
    made->listener =
        listen_open(config->address != NULL ? config->address : "127.0.0.1", config->port, err);
    if (made->listener < 0) {
        result = made->listener;
        free(made);
        return result;
    }
    made->clock = clock_real();
    made->watched = -1;
    made->user = config->user;
    made->event = config->event != NULL ? config->event : no_event;
    made->row = (struct outlet_row){.outlets = made->outlets, .count = config->port_count};
    for (uint32_t i = 0; i < config->port_count; i++) {
        made->outlets[i] =
            outlet_make(config->ports[i], i, config->speed, made->clock.now_ns(&made->clock));
        made->outlets[i].clock = &made->clock;
    }
    *server = made;
    return 0;
}

uint16_t server_get_port(const struct server *server)
{
    return listen_get_port(server->listener);
}

void server_watch(struct server *server, int fd, void (*ready)(void *user))
{
    server->watched = fd;
    server->ready = ready;
}

static void tell(struct server *server, enum server_event event, const struct outlet *outlet)
{
    uint32_t board = outlet != NULL ? (uint32_t)(outlet - server->outlets) : server->row.count;
    server->event(server->user, event, board);
}

static void drop_client(struct server *server, uint32_t index)
{
    struct client *client = &server->clients[index];
    const struct outlet *outlet = client->connection.outlet;
    if (client->connection.end == CONNECTION_REFUSED) {
        tell(server, SERVER_REFUSED, NULL);
    } else if (client->connection.end == CONNECTION_BROKE) {
        tell(server, SERVER_BROKE, NULL);
    }
    if (outlet != NULL) {
        tell(server, SERVER_RELEASED, outlet);
    }
    connection_close(&client->connection);
    (void)close(client->fd);
    server->client_count--;
    *client = server->clients[server->client_count];
}

/* In a full house, who has been there longest without a board goes: clients that say nothing must
 * not keep the others out. There is one, since there are fewer boards than places. */
static void make_room(struct server *server)
{
    uint32_t oldest = server->client_count;
    for (uint32_t i = 0; i < server->client_count; i++) {
        const struct client *client = &server->clients[i];
        if (client->connection.outlet == NULL &&
            (oldest == server->client_count ||
             client->since_ns < server->clients[oldest].since_ns)) {
            oldest = i;
        }
    }
    if (server->client_count == CLIENTS_MAX) {
        drop_client(server, oldest);
    }
}

static void accept_client(struct server *server)
{
    int fd = listen_accept(server->listener);
    if (fd < 0) {
        return;
    }
    make_room(server);
    struct client *client = &server->clients[server->client_count];
    if (!connection_open(&client->connection, &server->row)) {
        (void)close(fd);
        return;
    }
    client->fd = fd;
    client->since_ns = server->clock.now_ns(&server->clock);
    server->client_count++;
}

/* Reads on after what a client said, to see at once whether it has left behind that: it may not
 * hold a board that the next one asks for. Returns false when the client is gone. */
static bool read_client(struct server *server, struct client *client)
{
    uint8_t bytes[READ_BYTES];
    ssize_t length = 1;
    for (uint32_t reads = 0;
         reads < READS_PER_TURN && length > 0 && connection_listens(&client->connection); reads++) {
        length = recv(client->fd, bytes, sizeof bytes, 0);
        const bool had = client->connection.outlet != NULL;
        connection_take(&client->connection, bytes, length > 0 ? (size_t)length : 0);
        if (!had && client->connection.outlet != NULL) {
            tell(server, SERVER_IMPORTED, client->connection.outlet);
        }
    }
    return length > 0 || (length < 0 && (errno == EAGAIN || errno == EINTR));
}

/* Returns false when the client is gone. */
static bool write_client(struct client *client)
{
    size_t length = 0;
    const uint8_t *bytes = connection_output(&client->connection, &length);
    if (length == 0) {
        return true;
    }
    ssize_t sent = send(client->fd, bytes, length, MSG_NOSIGNAL);
    if (sent < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    connection_sent(&client->connection, (size_t)sent);
    return true;
}

static bool serve_client(struct server *server, struct client *client, bool readable)
{
    bool there =
        !readable || !connection_listens(&client->connection) || read_client(server, client);
    connection_work(&client->connection, server->clock.now_ns(&server->clock));
    return there && write_client(client) && client->connection.end == CONNECTION_OPEN;
}

static void watch_boards(struct server *server)
{
    uint64_t now_ns = server->clock.now_ns(&server->clock);
    for (uint32_t i = 0; i < server->row.count; i++) {
        struct outlet *outlet = &server->outlets[i];
        if (!outlet->taken) {
            outlet_advance(outlet, now_ns);
        }
        bool attached = outlet->port->attached(outlet->port);
        if (attached != server->attached[i]) {
            server->attached[i] = attached;
            tell(server, attached ? SERVER_ATTACHED : SERVER_DETACHED, outlet);
        }
    }
}

static uint64_t next_due_ns(const struct server *server, uint64_t now_ns)
{
    uint64_t due_ns = UINT64_MAX;
    uint64_t step_ns = now_ns - server->heard_ns < QUIET_NS ? IDLE_STEP_NS : QUIET_STEP_NS;
    for (uint32_t i = 0; i < server->client_count; i++) {
        uint64_t one_ns = connection_due_ns(&server->clients[i].connection);
        due_ns = one_ns < due_ns ? one_ns : due_ns;
    }
    for (uint32_t i = 0; i < server->row.count; i++) {
        const struct outlet *outlet = &server->outlets[i];
        uint64_t one_ns = pace_wall_ns(&outlet->pace, outlet->port->wake(outlet->port));
        one_ns = one_ns < now_ns + step_ns ? now_ns + step_ns : one_ns;
        due_ns = one_ns < due_ns ? one_ns : due_ns;
    }
    return due_ns;
}

static nfds_t fill_polls(const struct server *server, struct pollfd *polls)
{
    for (uint32_t i = 0; i < server->client_count; i++) {
        const struct client *client = &server->clients[i];
        size_t waiting = 0;
        (void)connection_output(&client->connection, &waiting);
        const int in = connection_listens(&client->connection) ? POLLIN : 0;
        const int out = waiting > 0 ? POLLOUT : 0;
        polls[i] = (struct pollfd){.fd = client->fd, .events = (short)(in | out)};
    }
    polls[server->client_count] = (struct pollfd){.fd = server->listener, .events = POLLIN};
    polls[server->client_count + 1] = (struct pollfd){.fd = server->watched, .events = POLLIN};
    return server->client_count + 2;
}

static int wait_for_work(struct server *server, struct pollfd *polls, uint64_t until_ns)
{
    uint64_t now_ns = server->clock.now_ns(&server->clock);
    uint64_t due_ns = next_due_ns(server, now_ns);
    due_ns = due_ns < until_ns ? due_ns : until_ns;
    uint64_t left_ns = due_ns > now_ns ? due_ns - now_ns : 0;
    const struct timespec timeout = {.tv_sec = (time_t)(left_ns / NS_PER_S),
                                     .tv_nsec = (long)(left_ns % NS_PER_S)};
    int ready = ppoll(polls, fill_polls(server, polls), &timeout, NULL);
    server->heard_ns = ready > 0 ? server->clock.now_ns(&server->clock) : server->heard_ns;
    return ready;
}

static int serve_once(struct server *server, uint64_t until_ns, struct dfk_error *err)
{
    struct pollfd polls[CLIENTS_MAX + 2];
    const uint32_t count = server->client_count;
    int ready = wait_for_work(server, polls, until_ns);
    if (ready < 0 && errno != EINTR) {
        return dfk_fail(err, DFK_E_CONNECTION, "the server cannot wait for its clients: %s",
                        strerror(errno));
    }
    /* from the last to the first, since dropping one moves the last into its place */
    for (uint32_t i = count; i-- > 0;) {
        if (!serve_client(server, &server->clients[i], ready > 0 && polls[i].revents != 0)) {
            drop_client(server, i);
        }
    }
    if (ready > 0 && polls[count].revents != 0) {
        accept_client(server);
    }
    if (ready > 0 && polls[count + 1].revents != 0) {
        server->ready(server->user);
    }
    watch_boards(server);
    return 0;
}

int server_run(struct server *server, uint32_t limit_ms, const volatile bool *stop,
               struct dfk_error *err)
{
    const uint64_t until_ns = server->clock.now_ns(&server->clock) + (uint64_t)limit_ms * NS_PER_MS;
    int result = 0;
    do {
        result = serve_once(server, until_ns, err);
    } while (result == 0 && (stop == NULL || !*stop) &&
             server->clock.now_ns(&server->clock) < until_ns);
    return result;
}

void server_close(struct server *server)
{
    if (server == NULL) {
        return;
    }
    while (server->client_count > 0) {
        drop_client(server, server->client_count - 1);
    }
    (void)close(server->listener);
    free(server);
}
