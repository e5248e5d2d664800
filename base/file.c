/* SPDX-License-Identifier: MIT
 * Files that are read whole, or written whole or not at all. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"

enum { READ_STEP_BYTES = 1024 * 1024, SHOWN_BYTES = 160, NAME_ATTEMPTS = 1000 };

/* The end of a path is what tells files apart; the reason behind it has to fit the message too. */
static const char *shown(const char *path)
{
    size_t length = strlen(path);
    return length > SHOWN_BYTES ? path + (length - SHOWN_BYTES) : path;
}

static int fail_file(struct dfk_error *err, const char *path, const char *verb, int problem)
{
    const char *end = shown(path);
    return dfk_fail(err, DFK_E_FILE_IO, "%s%s: cannot %s: %s", end == path ? "" : "...", end, verb,
                    strerror(problem));
}

static int fail_large(struct dfk_error *err, const char *path, size_t limit)
{
    return dfk_fail(err, DFK_E_BAD_FILE, "%s: larger than %zu bytes", shown(path), limit);
}

/* Gives how much to read at a time: a regular file at once, with one byte more to see its end. */
static size_t step_of(int fd, size_t limit)
{
    struct stat about;
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size <= 0) {
        return READ_STEP_BYTES;
    }
    return (uint64_t)about.st_size > limit ? limit + 1 : (size_t)about.st_size + 1;
}

/* Reads once more. Returns the bytes read, 0 at the end, or a negative error number. */
static ssize_t read_step(int fd, struct buffer *into, size_t step)
{
    size_t spare = into->capacity - into->length;
    size_t room_bytes = into->capacity > step && spare > 1 ? spare - 1 : step;
    uint8_t *room = buffer_reserve(into, room_bytes + 1);
    if (room == NULL) {
        return -ENOMEM;
    }
    ssize_t got = -1;
    do {
        got = read(fd, room, room_bytes);
    } while (got < 0 && errno == EINTR);
    into->length += got > 0 ? (size_t)got : 0;
    return got < 0 ? -errno : got;
}

static int read_all(int fd, const char *path, size_t limit, struct buffer *into,
                    struct dfk_error *err)
{
    size_t step = step_of(fd, limit);
    ssize_t got = 1;
    while (got > 0 && into->length <= limit) {
        got = read_step(fd, into, step);
    }
    if (got == -ENOMEM) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "%s: no memory for %zu bytes", shown(path),
                        into->length + step);
    }
    if (got < 0) {
        return fail_file(err, path, "read", (int)-got);
    }
    if (into->length > limit) {
        return fail_large(err, path, limit);
    }
    into->data[into->length] = 0;
    return 0;
}

int file_read(const char *path, size_t limit, uint8_t **data, size_t *length, struct dfk_error *err)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return fail_file(err, path, "open", errno);
    }
    struct buffer bytes = {0};
    int result = read_all(fd, path, limit, &bytes, err);
    if (!standard) {
        (void)close(fd);
    }
    if (result != 0) {
        buffer_free(&bytes);
        return result;
    }
    *data = bytes.data;
    *length = bytes.length;
    return 0;
}

static int write_all(int fd, const uint8_t *data, size_t length)
{
    size_t done = 0;
    while (done < length) {
        ssize_t wrote = write(fd, data + done, length - done);
        if (wrote < 0 && errno != EINTR) {
            return errno;
        }
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    return 0;
}

/* Moves the finished file to its name. Some file systems know only one of the two ways to refuse an
 * existing name: network ones the link, FAT the flag. */
static int put_in_place(const char *temporary, const char *path, bool overwrite)
{
    if (overwrite) {
        return rename(temporary, path) == 0 ? 0 : errno;
    }
    if (renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) == 0) {
        return 0;
    }
    if (errno != EINVAL && errno != ENOSYS) {
        return errno;
    }
    if (link(temporary, path) != 0) {
        return errno;
    }
    (void)unlink(temporary);
    return 0;
}

/* Makes a file with a new name in the folder of path, so that the move stays on one file system.
 * Returns a descriptor, or a negative error number. */
static int open_beside(const char *path, mode_t mode, char *temporary, size_t room)
{
    const char *slash = strrchr(path, '/');
    int folder_length = slash == NULL ? 0 : (int)(slash - path) + 1;
    int fd = -1;
    errno = EEXIST;
    for (unsigned i = 0; i < NAME_ATTEMPTS && fd < 0 && errno == EEXIST; i++) {
        (void)snprintf(temporary, room, "%.*s.dfukit-%ld-%u", folder_length, path, (long)getpid(),
                       i);
        fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    }
    return fd < 0 ? -errno : fd;
}

/* How a file is written: may it replace another one, and who may read it. */
struct manner {
    bool overwrite;
    mode_t mode;
};

static int write_beside(const char *path, const uint8_t *data, size_t length,
                        const struct manner *how)
{
    size_t room = strlen(path) + sizeof ".dfukit-18446744073709551615-4294967295";
    char *temporary = malloc(room);
    if (temporary == NULL) {
        return ENOMEM;
    }
    int fd = open_beside(path, how->mode, temporary, room);
    int problem = fd < 0 ? -fd : write_all(fd, data, length);
    if (problem == 0 && fsync(fd) != 0) {
        problem = errno;
    }
    if (fd >= 0 && close(fd) != 0 && problem == 0) {
        problem = errno;
    }
    if (problem == 0) {
        problem = put_in_place(temporary, path, how->overwrite);
    }
    if (fd >= 0 && problem != 0) {
        (void)unlink(temporary);
    }
    free(temporary);
    return problem;
}

/* A terminal, /dev/null or a pipe is written to; a new file in its place would take it away. */
static int write_through(const char *path, const uint8_t *data, size_t length)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno;
    }
    int problem = write_all(fd, data, length);
    return close(fd) != 0 && problem == 0 ? errno : problem;
}

static int write_named(const char *path, const uint8_t *data, size_t length, bool overwrite)
{
    struct stat about;
    bool exists = stat(path, &about) == 0;
    if (exists && (S_ISCHR(about.st_mode) || S_ISFIFO(about.st_mode))) {
        return write_through(path, data, length);
    }
    if (exists && S_ISDIR(about.st_mode)) {
        return EISDIR;
    }
    if (exists && (!overwrite || !S_ISREG(about.st_mode))) {
        return EEXIST;
    }
    return write_beside(path, data, length, &(struct manner){overwrite, 0666});
}

int file_write(const char *path, const uint8_t *data, size_t length, bool overwrite,
               struct dfk_error *err)
{
    int problem = strcmp(path, "-") == 0 ? write_all(STDOUT_FILENO, data, length)
                                         : write_named(path, data, length, overwrite);
    return problem == 0 ? 0 : fail_file(err, path, "write", problem);
}

int file_write_private(const char *path, const uint8_t *data, size_t length, struct dfk_error *err)
{
    struct stat about;
    const struct manner how = {.mode = S_IRUSR | S_IWUSR};
    int problem = lstat(path, &about) == 0 ? EEXIST : write_beside(path, data, length, &how);
    return problem == 0 ? 0 : fail_file(err, path, "write", problem);
}
