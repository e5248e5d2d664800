/* SPDX-License-Identifier: MIT
 * A USB/IP server that says what a test wrote down, whatever it is asked. */
#ifndef TESTS_SUPPORT_SCRIPT_SERVER_H
#define TESTS_SUPPORT_SCRIPT_SERVER_H

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SCRIPT_STEPS_MAX = 6, SCRIPT_BYTES_MAX = 512 };

/* Reads so many bytes, then says these. */
struct script_step {
    size_t asked_bytes;
    const uint8_t *says;
    size_t says_bytes;
};

struct script_server {
    int client, server; /* client: for the code under test */
    struct script_step steps[SCRIPT_STEPS_MAX];
    size_t step_count;
    bool hangs_up; /* after the last step; else it stays silent until the client leaves */
    uint8_t asked[SCRIPT_BYTES_MAX];
    size_t asked_bytes;
    pthread_t thread;
};

/* Reads length bytes into asked. Returns false when the client left first. */
static inline bool script_hear(struct script_server *server, size_t length)
{
    bool here = true;
    while (here && length > 0) {
        ssize_t got = recv(server->server, server->asked + server->asked_bytes, length, 0);
        here = got > 0;
        server->asked_bytes += here ? (size_t)got : 0;
        length -= here ? (size_t)got : 0;
    }
    return here;
}

static inline void *script_run(void *argument)
{
    struct script_server *server = argument;
    bool here = true;
    for (size_t i = 0; here && i < server->step_count; i++) {
        const struct script_step *step = &server->steps[i];
        here = script_hear(server, step->asked_bytes) &&
               send(server->server, step->says, step->says_bytes, MSG_NOSIGNAL) ==
                   (ssize_t)step->says_bytes;
    }
    if (server->hangs_up) {
        (void)shutdown(server->server, SHUT_RDWR);
    }
    while (here && script_hear(server, 1)) {
    }
    return NULL;
}

/* Lets the server go on; client is not blocking, like the program's own sockets. */
static inline void script_start(struct script_server *server)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) {
        abort();
    }
    server->client = ends[0];
    server->server = ends[1];
    server->asked_bytes = 0;
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0 ||
        pthread_create(&server->thread, NULL, script_run, server) != 0) {
        abort();
    }
}

/* Ends the conversation; asked then holds all that the client sent. */
static inline void script_end(struct script_server *server)
{
    (void)close(server->client);
    (void)pthread_join(server->thread, NULL);
    (void)close(server->server);
}

#endif
