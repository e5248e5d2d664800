/* SPDX-License-Identifier: MIT
 * The control socket: commands to the boards, a line each. */
#include "twin/app/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fail.h"
#include "twin/app/control_client.h"

enum { CLIENTS_MAX = 16, BACKLOG = 8 };

struct seat {
    int fd; /* -1: empty */
    uint32_t watched;
    struct control_client client;
};

struct control {
    struct desk *desk;
    int epoll; /* one descriptor, which all the others stand behind */
    int listener;
    bool open; /* has room for another client */
    char path[CONTROL_PATH_BYTES];
    struct seat seats[CLIENTS_MAX];
};

int control_usual_path(uint16_t port, char path[CONTROL_PATH_BYTES], struct dfk_error *err)
{
    const char *folder = getenv("XDG_RUNTIME_DIR");
    int length = 0;
    if (folder != NULL && access(folder, W_OK | X_OK) == 0) {
        length = snprintf(path, CONTROL_PATH_BYTES, "%s/dfukit-twin-%u.sock", folder, port);
    } else {
        length = snprintf(path, CONTROL_PATH_BYTES, "/tmp/dfukit-twin-%u-%u.sock",
                          (unsigned)geteuid(), port);
    }
    return length < CONTROL_PATH_BYTES
               ? 0
               : dfk_fail(err, DFK_E_FILE_IO, "the path of the control socket is too long");
}

/* Removes a socket at which nobody listens any more. Returns 0, or -1 and errno. */
static int remove_stale(const struct sockaddr_un *name)
{
    struct stat status;
    if (lstat(name->sun_path, &status) != 0) {
        return errno == ENOENT ? 0 : -1;
    }
    if (!S_ISSOCK(status.st_mode)) {
        errno = EEXIST;
        return -1;
    }
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (probe < 0) {
        return -1;
    }
    const bool used =
        connect(probe, (const struct sockaddr *)name, sizeof *name) == 0 || errno != ECONNREFUSED;
    (void)close(probe);
    if (used) {
        errno = EADDRINUSE;
        return -1;
    }
    return unlink(name->sun_path);
}

/* Only the person who started the twin may command it. */
static int bind_for_owner(int listener, const struct sockaddr_un *name)
{
    const mode_t before = umask(S_IRWXG | S_IRWXO | S_IXUSR);
    int result = bind(listener, (const struct sockaddr *)name, sizeof *name);
    const int number = errno;
    (void)umask(before);
    errno = number;
    return result;
}

static int listen_at(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    memcpy(name.sun_path, path, strlen(path) + 1);
    if (remove_stale(&name) != 0) {
        return -1;
    }
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0) {
        return -1;
    }
    if (bind_for_owner(listener, &name) != 0 || listen(listener, BACKLOG) != 0) {
        const int number = errno;
        (void)close(listener);
        errno = number;
        return -1;
    }
    return listener;
}

static int fail_open(const char *path, struct dfk_error *err)
{
    const int number = errno;
    dfk_fail(err, DFK_E_FILE_IO, "no control socket at %s: %s", path, strerror(number));
    if (number == EADDRINUSE) {
        dfk_fail_why(err, "another twin listens there");
    } else if (number == EEXIST) {
        dfk_fail_why(err, "something that is no socket lies there");
    }
    dfk_fail_next(err, "choose another path with --control, or --control none");
    return -DFK_E_FILE_IO;
}

/* The listener is the seat after the last. */
static int watch(const struct control *control, int operation, int fd, uint32_t seat,
                 uint32_t events)
{
    struct epoll_event event = {.events = events, .data = {.u32 = seat}};
    return epoll_ctl(control->epoll, operation, fd, &event);
}

int control_open(const char *path, struct desk *desk, struct control **control,
                 struct dfk_error *err)
{
    if (strlen(path) >= CONTROL_PATH_BYTES) {
        return dfk_fail(err, DFK_E_FILE_IO, "--control %.80s...: longer than %d bytes", path,
                        CONTROL_PATH_BYTES - 1);
    }
    struct control *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a control socket");
    }
    made->desk = desk;
    made->open = true;
    for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
        made->seats[i].fd = -1;
    }
    made->epoll = epoll_create1(EPOLL_CLOEXEC);
    made->listener = listen_at(path);
    if (made->listener >= 0) {
        memcpy(made->path, path, strlen(path) + 1);
    }
    if (made->epoll < 0 || made->listener < 0 ||
        watch(made, EPOLL_CTL_ADD, made->listener, CLIENTS_MAX, EPOLLIN) != 0) {
        fail_open(path, err);
        control_close(made);
        return -DFK_E_FILE_IO;
    }
    *control = made;
    return 0;
}

int control_fd(const struct control *control)
{
    return control->epoll;
}

static void leave_seat(struct control *control, struct seat *seat)
{
    control_client_close(&seat->client, control->desk);
    (void)close(seat->fd);
    seat->fd = -1;
}

static struct seat *free_seat(struct control *control)
{
    for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
        if (control->seats[i].fd < 0) {
            return &control->seats[i];
        }
    }
    return NULL;
}

static void accept_client(struct control *control)
{
    struct seat *seat = free_seat(control);
    int fd =
        seat == NULL ? -1 : accept4(control->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        return;
    }
    *seat = (struct seat){.fd = fd, .watched = EPOLLIN};
    if (watch(control, EPOLL_CTL_ADD, fd, (uint32_t)(seat - control->seats), EPOLLIN) != 0) {
        leave_seat(control, seat);
    }
}

/* Returns false when the client is gone. */
static bool read_client(struct seat *seat)
{
    size_t room = 0;
    char *to = control_client_room(&seat->client, &room);
    if (room == 0) {
        return true;
    }
    ssize_t length = recv(seat->fd, to, room, 0);
    if (length >= 0) {
        control_client_take(&seat->client, (size_t)length);
        return true;
    }
    return errno == EAGAIN || errno == EINTR;
}

/* Returns false when the client is gone. */
static bool write_client(struct seat *seat)
{
    const struct buffer *answer = &seat->client.answer;
    if (answer->length == 0) {
        return true;
    }
    ssize_t sent = send(seat->fd, answer->data, answer->length, MSG_NOSIGNAL);
    if (sent < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    control_client_sent(&seat->client, (size_t)sent);
    return true;
}

static void serve_seat(struct control *control, struct seat *seat)
{
    control_client_work(&seat->client, control->desk);
    if (!write_client(seat) || control_client_done(&seat->client)) {
        leave_seat(control, seat);
        return;
    }
    size_t room = 0;
    (void)control_client_room(&seat->client, &room);
    const uint32_t in = room > 0 ? (uint32_t)EPOLLIN : 0;
    const uint32_t events = in | (seat->client.answer.length > 0 ? (uint32_t)EPOLLOUT : 0);
    if (events != seat->watched) {
        seat->watched = events;
        (void)watch(control, EPOLL_CTL_MOD, seat->fd, (uint32_t)(seat - control->seats), events);
    }
}

/* With a full house the next client waits in the kernel's queue. */
static void watch_listener(struct control *control)
{
    const bool room = free_seat(control) != NULL;
    if (room != control->open) {
        control->open = room;
        (void)watch(control, EPOLL_CTL_MOD, control->listener, CLIENTS_MAX,
                    room ? (uint32_t)EPOLLIN : 0);
    }
}

/* A client that hung up still had its say, but for what takes time nobody waits any more. */
static void take_event(struct control *control, const struct epoll_event *event)
{
    if (event->data.u32 == CLIENTS_MAX) {
        accept_client(control);
        return;
    }
    struct seat *seat = &control->seats[event->data.u32];
    const bool there = (event->events & EPOLLIN) == 0 || read_client(seat);
    const bool hung_up = (event->events & (EPOLLHUP | EPOLLERR)) != 0;
    size_t room = 0;
    (void)control_client_room(&seat->client, &room);
    if (there && hung_up) {
        control_client_work(&seat->client, control->desk);
    }
    if (!there || (hung_up && ((event->events & EPOLLIN) == 0 || room == 0))) {
        leave_seat(control, seat);
    }
}

void control_serve(struct control *control)
{
    if (control == NULL) {
        return;
    }
    struct epoll_event events[CLIENTS_MAX + 1];
    int count = epoll_wait(control->epoll, events, CLIENTS_MAX + 1, 0);
    for (int i = 0; i < count; i++) {
        take_event(control, &events[i]);
    }
    for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
        if (control->seats[i].fd >= 0) {
            serve_seat(control, &control->seats[i]);
        }
    }
    watch_listener(control);
}

void control_close(struct control *control)
{
    if (control == NULL) {
        return;
    }
    for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
        if (control->seats[i].fd >= 0) {
            leave_seat(control, &control->seats[i]);
        }
    }
    if (control->listener >= 0) {
        (void)close(control->listener);
        (void)unlink(control->path);
    }
    if (control->epoll >= 0) {
        (void)close(control->epoll);
    }
    free(control);
}
