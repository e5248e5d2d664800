/* SPDX-License-Identifier: MIT
 * One client of the control socket: bytes in, lines obeyed one after the other, answers out. */
#ifndef TWIN_APP_CONTROL_CLIENT_H
#define TWIN_APP_CONTROL_CLIENT_H

#include "twin/app/obey.h"

enum { CONTROL_LINE_BYTES = 256 }; /* a command, with the end of its line */

/* All zero is a client that has said nothing. */
struct control_client {
    char input[CONTROL_LINE_BYTES];
    size_t input_length;
    bool deaf;     /* has said its last */
    bool skipping; /* the line that is coming in was too long */
    struct errand errand;
    struct buffer answer; /* not yet sent */
};

/* Gives the room for what the client says next; *room is 0 as long as nothing is to be read.
 * Owns      nothing: valid until the next call */
char *control_client_room(struct control_client *client, size_t *room);

/* Takes what was put into the room; 0 bytes: the client says no more. */
void control_client_take(struct control_client *client, size_t length);

/* Goes on with what the client has said, as far as it goes now. */
void control_client_work(struct control_client *client, struct desk *desk);

/* Drops the first bytes of the answer, which were sent. */
void control_client_sent(struct control_client *client, size_t length);

/* Tells whether everything is done and said. */
bool control_client_done(const struct control_client *client);

/* Ends what is under way and frees what the client holds. */
void control_client_close(struct control_client *client, struct desk *desk);

#endif
