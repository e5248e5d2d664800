/* SPDX-License-Identifier: MIT
 * USB/IP without a network: the client's socket calls end in the server's conversation, in the
 * virtual time of its board, and a message on the way can be lost, cut, changed or doubled. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "bus/socket.h"
#include "core/usbip.h"
#include "tests/faults/line.h"
#include "twin/serve/connection.h"

enum { LINKS_MAX = 8, STEP_NS = 10000000 };

static const uint64_t ns_per_ms = 1000000;

/* One connection. */
struct link {
    int fd; /* a number that nobody else has; 0: free */
    struct connection server;
    struct buffer in; /* what the client has still to read, from taken on */
    size_t taken;
    enum mishap kind; /* for the answer to the transfer seqnum */
    uint32_t seqnum;
    bool to_host;
};

struct loop {
    struct line *line;
    struct clock clock;
    struct outlet outlet;
    struct outlet_row row;
    struct link links[LINKS_MAX];
    struct bus *bus;
};

/* The functions below stand in for those of a socket, which know no context. */
static struct loop *current;

int __wrap_socket_connect(const char *host, const char *port, uint32_t limit_ms, int *fd,
                          struct dfk_error *err);
enum socket_result __wrap_socket_read(int fd, uint8_t *data, size_t length, uint32_t limit_ms);
enum socket_result __wrap_socket_write(int fd, const uint8_t *data, size_t length,
                                       uint32_t limit_ms);
struct clock __wrap_clock_real(void);
int __wrap_close(int fd);
int __real_close(int fd);

static uint64_t now_ns(const struct loop *loop)
{
    struct usb_port *port = board_port(loop->line->board);
    return port->now(port);
}

static struct link *find_link(int fd)
{
    for (size_t i = 0; current != NULL && fd > 0 && i < LINKS_MAX; i++) {
        if (current->links[i].fd == fd) {
            return &current->links[i];
        }
    }
    return NULL;
}

static void put_answer(struct link *link, const struct usbip_message *answer, const uint8_t *data)
{
    uint8_t bytes[USBIP_HEADER_BYTES];
    usbip_message_put(answer, bytes);
    buffer_append(&link->in, bytes, sizeof bytes);
    if (link->to_host && answer->length > 0) {
        buffer_append(&link->in, data, answer->length);
    }
}

/* The answer that the mishap is about, as it reaches the client. */
static void pass_changed(struct link *link, struct usbip_message *answer, uint8_t *data)
{
    struct line *line = current->line;
    bool has_data = answer->status == 0 && link->to_host && answer->length > 0;
    bool doubled = link->kind == MISHAP_TWICE;
    bool lost = link->kind == MISHAP_NO_ANSWER;
    line->struck = line->struck || doubled || lost;
    if (link->kind == MISHAP_SHORT && has_data) {
        line->struck = true;
        answer->length = line_short((uint16_t)answer->length);
    } else if (link->kind == MISHAP_FLIP && has_data) {
        (void)line_flip(line, data, (uint16_t)answer->length);
    }
    for (int i = lost ? 1 : 0; i < (doubled ? 2 : 1); i++) {
        put_answer(link, answer, data);
    }
    link->kind = MISHAP_NONE;
}

/* Takes over what the server has to say. Whole messages only: it makes no others. */
static void pull(struct link *link)
{
    size_t length = 0;
    const uint8_t *bytes = connection_output(&link->server, &length);
    if (link->kind == MISHAP_NONE) {
        buffer_append(&link->in, bytes, length);
        connection_sent(&link->server, length);
        return;
    }
    struct usbip_message message;
    uint8_t data[4096] = {0};
    usbip_message_get(bytes, &message);
    bool mine = message.command == USBIP_RET_SUBMIT && message.seqnum == link->seqnum;
    size_t size = mine && link->to_host ? message.length : 0;
    memcpy(data, bytes + USBIP_HEADER_BYTES, size);
    if (mine) {
        pass_changed(link, &message, data);
    } else {
        buffer_append(&link->in, bytes, USBIP_HEADER_BYTES);
    }
    connection_sent(&link->server, USBIP_HEADER_BYTES + size);
}

/* Lets the server work. Returns false when it has nothing to say now. */
static bool work(struct link *link)
{
    size_t waiting = 0;
    connection_work(&link->server, now_ns(current));
    (void)connection_output(&link->server, &waiting);
    if (waiting > 0) {
        pull(link);
    }
    return waiting > 0;
}

/* Lets time pass until the server's next moment, or a little. */
static void pass_time(const struct link *link, uint64_t end_ns)
{
    struct usb_port *port = board_port(current->line->board);
    uint64_t now = now_ns(current);
    uint64_t next = connection_due_ns(&link->server);
    next = next < now + STEP_NS ? next : now + STEP_NS;
    next = next < end_ns ? next : end_ns;
    port->run(port, next > now ? next : now + 1);
}

static void end_link(struct link *link)
{
    connection_close(&link->server);
    buffer_free(&link->in);
    *link = (struct link){.fd = 0};
}

int __wrap_socket_connect(const char *host, const char *port, uint32_t limit_ms, int *fd,
                          struct dfk_error *err)
{
    (void)host;
    (void)port;
    (void)limit_ms;
    struct link *link = NULL;
    for (size_t i = 0; i < LINKS_MAX; i++) {
        link = current->links[i].fd == 0 ? &current->links[i] : link;
    }
    line_look(current->line);
    if (link == NULL || !connection_open(&link->server, &current->row)) {
        return dfk_fail(err, DFK_E_CONNECTION, "no room for a connection");
    }
    link->fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    *fd = link->fd;
    return 0;
}

enum socket_result __wrap_socket_read(int fd, uint8_t *data, size_t length, uint32_t limit_ms)
{
    struct link *link = find_link(fd);
    uint64_t end_ns = now_ns(current) + limit_ms * ns_per_ms;
    while (link->in.length - link->taken < length) {
        if (work(link)) {
            continue;
        }
        if (link->server.end != CONNECTION_OPEN) {
            return SOCKET_CLOSED;
        }
        if (now_ns(current) >= end_ns) {
            return SOCKET_TIMEOUT;
        }
        pass_time(link, end_ns);
    }
    memcpy(data, link->in.data + link->taken, length);
    link->taken += length;
    if (link->taken == link->in.length) {
        link->taken = link->in.length = 0;
    }
    return SOCKET_OK;
}

/* A transfer begins. Returns false when it does not reach the server. */
static bool submit(struct link *link, const struct usbip_message *message)
{
    struct line *line = current->line;
    struct usbip_message answer = {.command = USBIP_RET_SUBMIT, .seqnum = message->seqnum};
    link->seqnum = message->seqnum;
    link->to_host = message->direction != 0;
    link->kind = line_next(line);
    bool cut = link->kind == MISHAP_SHORT && !link->to_host && message->length > 0;
    if (link->kind != MISHAP_STALL && link->kind != MISHAP_NO_REQUEST && !cut) {
        return true;
    }
    line->struck = true;
    answer.status = link->kind == MISHAP_STALL ? USBIP_STATUS_STALL : 0;
    answer.length = cut ? line_short((uint16_t)message->length) : 0;
    if (link->kind != MISHAP_NO_REQUEST) {
        put_answer(link, &answer, NULL);
    }
    link->kind = MISHAP_NONE;
    return false;
}

enum socket_result __wrap_socket_write(int fd, const uint8_t *data, size_t length,
                                       uint32_t limit_ms)
{
    struct link *link = find_link(fd);
    struct usbip_message message = {.command = 0};
    (void)limit_ms;
    if (link->server.end != CONNECTION_OPEN) {
        return SOCKET_CLOSED;
    }
    if (link->server.outlet != NULL) {
        usbip_message_get(data, &message);
    }
    if (message.command != USBIP_CMD_SUBMIT || submit(link, &message)) {
        connection_take(&link->server, data, length);
    }
    return SOCKET_OK;
}

int __wrap_close(int fd)
{
    struct link *link = find_link(fd);
    if (link != NULL) {
        end_link(link);
    }
    return __real_close(fd);
}

static uint64_t clock_now(struct clock *clock)
{
    (void)clock;
    return now_ns(current);
}

static void clock_sleep(struct clock *clock, uint64_t length_ns)
{
    (void)clock;
    struct usb_port *port = board_port(current->line->board);
    port->run(port, port->now(port) + length_ns);
}

struct clock __wrap_clock_real(void)
{
    return (struct clock){.now_ns = clock_now, .sleep_ns = clock_sleep};
}

struct bus *loop_open(struct line *line)
{
    struct loop *made = calloc(1, sizeof *made);
    struct bus *bus = NULL;
    if (made == NULL) {
        return NULL;
    }
    made->line = line;
    current = made;
    made->outlet = outlet_make(board_port(line->board), 0, 1.0, now_ns(made));
    made->row = (struct outlet_row){.outlets = &made->outlet, .count = 1};
    if (bus_open_uri("usbip://twin", NULL, &bus, NULL) != 0) {
        free(made);
        current = NULL;
    }
    return bus;
}

void loop_close(struct bus *bus)
{
    bus_free(bus);
    for (size_t i = 0; i < LINKS_MAX; i++) {
        if (current->links[i].fd != 0) {
            (void)__wrap_close(current->links[i].fd);
        }
    }
    free(current);
    current = NULL;
}
