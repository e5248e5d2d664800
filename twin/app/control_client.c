/* SPDX-License-Identifier: MIT
 * One client of the control socket: bytes in, lines obeyed one after the other, answers out. */
#include "twin/app/control_client.h"

#include <string.h>

#include "base/fail.h"

enum { ANSWER_BYTES_MAX = 65536 }; /* of a client that does not read; then it has to wait */

char *control_client_room(struct control_client *client, size_t *room)
{
    *room = client->deaf ? 0 : sizeof client->input - client->input_length;
    return client->input + client->input_length;
}

void control_client_take(struct control_client *client, size_t length)
{
    client->input_length += length;
    if (length == 0) {
        client->deaf = true;
    }
    /* the last command may lack its end of line, when there was room for one */
    if (length == 0 && client->input_length > 0 && client->input_length < sizeof client->input) {
        client->input[client->input_length++] = '\n';
    }
}

static void end_answer(struct control_client *client, const struct dfk_error *err)
{
    if (err->code == DFK_OK) {
        buffer_append_text(&client->answer, "ok\n");
    } else {
        buffer_append_text(&client->answer, "error: %s\n", err->what);
    }
}

static void obey_line(struct control_client *client, struct desk *desk, const char *line)
{
    struct dfk_error err = {.code = DFK_OK};
    struct order order;
    if (order_parse(line, &order, &err) == 0) {
        (void)obey_begin(desk, &order, &client->errand, &client->answer, &err);
    }
    if (!client->errand.open) {
        end_answer(client, &err);
    }
}

/* A NUL would end the line early, and hide what follows. */
static void make_text(char *line, size_t length)
{
    for (char *at = line; at < line + length; at++) {
        *at = *at == '\0' ? '\1' : *at;
    }
    line[length] = '\0';
    if (length > 0 && line[length - 1] == '\r') {
        line[length - 1] = '\0';
    }
}

/* Drops the rest of a line that was refused. */
static void skip_line(struct control_client *client)
{
    const char *end = memchr(client->input, '\n', client->input_length);
    const size_t length = end != NULL ? (size_t)(end + 1 - client->input) : client->input_length;
    client->skipping = end == NULL;
    client->input_length -= length;
    memmove(client->input, client->input + length, client->input_length);
}

static void refuse_long_line(struct control_client *client)
{
    if (client->input_length == sizeof client->input &&
        memchr(client->input, '\n', client->input_length) == NULL) {
        buffer_append_text(&client->answer, "error: a command has at most %d bytes\n",
                           CONTROL_LINE_BYTES - 1);
        skip_line(client);
    }
}

/* Takes one line from the input. Returns false when there is no whole one. */
static bool next_line(struct control_client *client, char line[CONTROL_LINE_BYTES])
{
    const char *end = memchr(client->input, '\n', client->input_length);
    if (end == NULL) {
        return false;
    }
    const size_t length = (size_t)(end - client->input);
    memcpy(line, client->input, length);
    make_text(line, length);
    client->input_length -= length + 1;
    memmove(client->input, end + 1, client->input_length);
    return true;
}

static void go_on(struct control_client *client, struct desk *desk)
{
    const struct dfk_error no_error = {.code = DFK_OK};
    obey_go_on(desk, &client->errand, &client->answer);
    if (!client->errand.open) {
        end_answer(client, &no_error);
    }
}

void control_client_work(struct control_client *client, struct desk *desk)
{
    char line[CONTROL_LINE_BYTES];
    if (client->skipping) {
        skip_line(client);
    }
    if (client->errand.open && client->answer.length < ANSWER_BYTES_MAX) {
        go_on(client, desk);
    }
    while (!client->errand.open && client->answer.length < ANSWER_BYTES_MAX &&
           next_line(client, line)) {
        obey_line(client, desk, line);
    }
    refuse_long_line(client);
}

void control_client_sent(struct control_client *client, size_t length)
{
    client->answer.length -= length;
    memmove(client->answer.data, client->answer.data + length, client->answer.length);
}

bool control_client_done(const struct control_client *client)
{
    return client->answer.failed || (client->deaf && client->input_length == 0 &&
                                     !client->errand.open && client->answer.length == 0);
}

void control_client_close(struct control_client *client, struct desk *desk)
{
    obey_abandon(desk, &client->errand);
    buffer_free(&client->answer);
}
