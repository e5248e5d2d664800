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

enum { READ_STEP_BYTES = 1024 * 1024 };

static int read_all(int fd, const char *path, size_t limit, struct buffer *into,
                    struct dfk_error *err)
{
    struct stat about;
    size_t step = READ_STEP_BYTES;
    if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0) {
        step = (size_t)about.st_size + 1;
    }
    ssize_t got = 1;
    while (got > 0) {
        if (into->length > limit) {
            return dfk_fail(err, DFK_E_BAD_FILE, "%s: larger than %zu bytes", path, limit);
        }
        size_t room_bytes = into->capacity > into->length + 1 && into->capacity > step
                                ? into->capacity - into->length - 1
                                : step;
        uint8_t *room = buffer_reserve(into, room_bytes + 1);
        if (room == NULL) {
            return dfk_fail(err, DFK_E_NO_MEMORY, "%s: no memory for %zu bytes", path,
                            into->length + step);
        }
        got = read(fd, room, room_bytes);
        if (got < 0 && errno != EINTR) {
            return dfk_fail(err, DFK_E_FILE_IO, "%s: cannot read: %s", path, strerror(errno));
        }
        into->length += got > 0 ? (size_t)got : 0;
        got = got < 0 ? 1 : got;
    }
    into->data[into->length] = 0;
    return into->length > limit
               ? dfk_fail(err, DFK_E_BAD_FILE, "%s: larger than %zu bytes", path, limit)
               : 0;
}

int file_read(const char *path, size_t limit, uint8_t **data, size_t *length, struct dfk_error *err)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return dfk_fail(err, DFK_E_FILE_IO, "%s: cannot open: %s", path, strerror(errno));
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

/* link() refuses an existing name, rename() replaces it. */
static int put_in_place(const char *temporary, const char *path, bool overwrite)
{
    if (overwrite) {
        return rename(temporary, path) == 0 ? 0 : errno;
    }
    if (link(temporary, path) != 0) {
        return errno;
    }
    (void)unlink(temporary);
    return 0;
}

static int write_beside(const char *path, const uint8_t *data, size_t length, bool overwrite,
                        char *temporary)
{
    int fd = mkstemp(temporary);
    if (fd < 0) {
        return errno;
    }
    mode_t mask = umask(0);
    (void)umask(mask);
    int problem = write_all(fd, data, length);
    if (problem == 0 && (fchmod(fd, 0666 & ~mask) != 0 || fsync(fd) != 0)) {
        problem = errno;
    }
    if (close(fd) != 0 && problem == 0) {
        problem = errno;
    }
    if (problem == 0) {
        problem = put_in_place(temporary, path, overwrite);
    }
    if (problem != 0) {
        (void)unlink(temporary);
    }
    return problem;
}

int file_write(const char *path, const uint8_t *data, size_t length, bool overwrite,
               struct dfk_error *err)
{
    int problem;
    if (strcmp(path, "-") == 0) {
        problem = write_all(STDOUT_FILENO, data, length);
    } else if (!overwrite && access(path, F_OK) == 0) {
        problem = EEXIST;
    } else {
        size_t room = strlen(path) + sizeof ".XXXXXX";
        char *temporary = malloc(room);
        if (temporary == NULL) {
            return dfk_fail(err, DFK_E_NO_MEMORY, "%s: no memory for its name", path);
        }
        (void)snprintf(temporary, room, "%s.XXXXXX", path);
        problem = write_beside(path, data, length, overwrite, temporary);
        free(temporary);
    }
    return problem == 0
               ? 0
               : dfk_fail(err, DFK_E_FILE_IO, "%s: cannot write: %s", path, strerror(problem));
}
