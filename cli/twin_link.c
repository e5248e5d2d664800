/* SPDX-License-Identifier: MIT
 * The conversation with a running dfukit-twin at its control socket.
 */
#include "cli/twin_link.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_S = 5 }; /* a twin that works answers at once; its machine may be busy */

/* Gives the socket, or -1 and errno. */
static int dial(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof name.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(name.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&name, sizeof name) != 0) {
        const int number = errno;
        (void)close(fd);
        errno = number;
        return -1;
    }
    return fd;
}

static int fail_dial(const char *path, struct dfk_error *err)
{
    cli_fail(err, DFK_E_CONNECTION, "no twin at %s: %s", path, strerror(errno));
    return cli_fail_next(err, "start one with: dfukit twin --board NAME --control PATH");
}

/* Fills the pattern of the sockets that dfukit-twin makes unless told otherwise. */
static void usual_pattern(char *pattern, size_t bytes)
{
    const char *folder = getenv("XDG_RUNTIME_DIR");
    if (folder != NULL && access(folder, W_OK | X_OK) == 0) {
        (void)snprintf(pattern, bytes, "%s/dfukit-twin-*.sock", folder);
    } else {
        (void)snprintf(pattern, bytes, "/tmp/dfukit-twin-%u-*.sock", (unsigned)geteuid());
    }
}

/* In a folder that everybody can write to, somebody else could listen under our name. */
static bool is_ours(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISSOCK(status.st_mode) && status.st_uid == geteuid();
}

static int fail_several(const char *one, const char *other, struct dfk_error *err)
{
    cli_fail(err, DFK_E_SEVERAL, "more than one twin runs: %s, %s", one, other);
    return cli_fail_next(err, "choose one with --control PATH");
}

/* Connects to the one twin that listens; sockets that were left behind do not. */
static int find_twin(const glob_t *found, int *fd, struct dfk_error *err)
{
    const char *chosen = NULL;
    *fd = -1;
    for (size_t i = 0; i < found->gl_pathc; i++) {
        const char *path = found->gl_pathv[i];
        int one = is_ours(path) ? dial(path) : -1;
        if (one >= 0 && chosen != NULL) {
            (void)close(one);
            (void)close(*fd);
            return fail_several(chosen, path, err);
        }
        if (one >= 0) {
            chosen = path;
            *fd = one;
        }
    }
    if (chosen == NULL) {
        cli_fail(err, DFK_E_CONNECTION, "no virtual board runs");
        return cli_fail_next(err, "start one with: dfukit twin --board NAME");
    }
    return 0;
}

static int dial_usual(int *fd, struct dfk_error *err)
{
    char pattern[256];
    glob_t found = {.gl_pathc = 0};
    usual_pattern(pattern, sizeof pattern);
    if (glob(pattern, 0, NULL, &found) == GLOB_NOSPACE) {
        return cli_fail(err, DFK_E_NO_MEMORY, "no memory to look for virtual boards");
    }
    int status = find_twin(&found, fd, err);
    globfree(&found);
    return status;
}

int twin_link_open(const char *path, FILE **link, struct dfk_error *err)
{
    int fd = path != NULL ? dial(path) : -1;
    int status = 0;
    if (path != NULL && fd < 0) {
        status = fail_dial(path, err);
    } else if (path == NULL) {
        status = dial_usual(&fd, err);
    }
    if (status != 0) {
        return status;
    }
    *link = fdopen(fd, "r");
    if (*link == NULL) {
        (void)close(fd);
        return cli_fail(err, DFK_E_NO_MEMORY, "no memory to talk to the virtual board");
    }
    return 0;
}

/* A NUL in the text would hide what follows. */
static void make_text(char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        text[i] = text[i] == '\0' ? '?' : text[i];
    }
    if (length > 0 && text[length - 1] == '\n') {
        text[length - 1] = '\0';
    }
}

/* Takes one line of the answer. Returns 1 as long as more is to come, 0 at the end. */
static int take_line(const char *text, const struct twin_listener *listener, struct dfk_error *err)
{
    static const char error[] = "error: ";
    if (strcmp(text, "ok") == 0) {
        return 0;
    }
    if (strncmp(text, error, sizeof error - 1) == 0) {
        cli_fail(err, DFK_E_USAGE, "%s", text + sizeof error - 1);
        return cli_fail_next(err, "dfukit twin reset --help");
    }
    if ((text[0] == ':' || text[0] == '+') && text[1] == ' ') {
        listener->line(listener->user, text + 2, text[0] == ':');
    }
    return 1;
}

static int fail_answer(struct dfk_error *err)
{
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
        cli_fail(err, DFK_E_TIMEOUT, "the twin did not answer within %d s", ANSWER_S);
        return cli_fail_next(err, "end dfukit-twin and start it again");
    }
    cli_fail(err, DFK_E_CONNECTION, "the twin ended before it answered");
    return cli_fail_next(err, "start one with: dfukit twin --board NAME");
}

/* In one piece, so that whoever answers has read it whole. */
static bool send_order(FILE *link, const char *order)
{
    char *line = NULL;
    const int length = asprintf(&line, "%s\n", order);
    if (length < 0) {
        return false;
    }
    const bool sent = send(fileno(link), line, (size_t)length, MSG_NOSIGNAL) == length;
    free(line);
    return sent;
}

int twin_link_order(FILE *link, const char *order, enum twin_patience patience,
                    const struct twin_listener *listener, struct dfk_error *err)
{
    const struct timeval limit = {.tv_sec = patience == TWIN_AT_ONCE ? ANSWER_S : 0};
    (void)setsockopt(fileno(link), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (!send_order(link, order)) {
        return fail_answer(err);
    }
    char *text = NULL;
    size_t room = 0;
    int status = 1;
    while (status == 1) {
        errno = 0;
        ssize_t length = getline(&text, &room, link);
        if (length <= 0 && errno == 0 && patience == TWIN_UNTIL_END) {
            status = 0;
        } else if (length <= 0) {
            status = fail_answer(err);
        } else {
            make_text(text, (size_t)length);
            status = take_line(text, listener, err);
        }
    }
    free(text);
    return status;
}
