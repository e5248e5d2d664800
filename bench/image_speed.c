/* SPDX-License-Identifier: MIT
 * Time and peak memory of reading a 64 MiB firmware file of each format.
 *
 * ninja -C BUILD bench/image_speed && BUILD/bench/image_speed [FOLDER]
 * Ends with 1 when a format takes more than 200 ms or more than twice its file. Gzipped files are
 * measured against what they unpack to; the time to unpack text is zlib's and only printed. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <zlib.h>

#include "core/bytes.h"
#include "image/image.h"

enum { MIB = 1024 * 1024, FILE_BYTES = 64 * MIB, LIMIT_MS = 200, ROUNDS = 3, SPARE_KIB = 1024 };

#define START UINT32_C(0x08000000)

/* Data that does not compress well, the same in each run. */
static uint8_t *noise(size_t length)
{
    uint8_t *data = malloc(length);
    uint64_t state = 1;
    for (size_t i = 0; data != NULL && i < length; i++) {
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
        data[i] = (uint8_t)(state >> 56);
    }
    return data;
}

static struct dfk_image *image_of(size_t length)
{
    uint8_t *data = noise(length);
    struct dfk_segment part = {0, START, (uint32_t)length, data};
    struct dfk_image *image = NULL;
    (void)image_from_memory("noise", &part, 1, true, &image, NULL);
    free(data);
    return image;
}

/* Writes a file of the format with our own writer; the data is a fraction of the file. */
static bool make(enum dfk_format format, size_t data_bytes, struct buffer *out)
{
    struct dfk_image *image = image_of(data_bytes);
    struct dfk_write_options options = {.format = format};
    bool good = image != NULL && image_serialize(image, &options, out, NULL) == 0;
    dfk_image_free(image);
    return good;
}

static bool make_dfuse(struct buffer *out)
{
    return make(DFK_FORMAT_DFUSE, FILE_BYTES - 309, out);
}

static bool make_dfu(struct buffer *out)
{
    return make(DFK_FORMAT_DFU, FILE_BYTES - 16, out);
}

static bool make_bin(struct buffer *out)
{
    return make(DFK_FORMAT_BIN, FILE_BYTES, out);
}

static bool make_hex(struct buffer *out)
{
    return make(DFK_FORMAT_HEX, (size_t)FILE_BYTES / 44 * 16, out);
}

static bool make_uf2(struct buffer *out)
{
    return make(DFK_FORMAT_UF2, FILE_BYTES / 2, out);
}

static bool make_srec(struct buffer *out)
{
    uint8_t *data = noise(FILE_BYTES / 2);
    for (uint32_t at = 0; data != NULL && out->length < FILE_BYTES - 64; at += 16) {
        uint8_t sum = 21;
        for (size_t i = 0; i < 4; i++) {
            sum = (uint8_t)(sum + (uint8_t)((START + at) >> (8 * i)));
        }
        buffer_append_text(out, "S315%08" PRIX32, START + at);
        for (size_t i = 0; i < 16; i++) {
            buffer_append_text(out, "%02X", data[at + i]);
            sum = (uint8_t)(sum + data[at + i]);
        }
        buffer_append_text(out, "%02X\r\n", 0xFFu - sum);
    }
    buffer_append_text(out, "S70508000000F2\r\n");
    free(data);
    return data != NULL && !out->failed;
}

/* One program header, then the bytes. */
static bool make_elf(struct buffer *out)
{
    enum { HEADERS = 52 + 32, BYTES = FILE_BYTES - HEADERS };
    uint8_t header[HEADERS] = {0x7F, 'E', 'L', 'F', 1, 1, 1};
    uint8_t *data = noise(BYTES);
    put_le16(header + 0x10, 2);
    put_le16(header + 0x12, 40);
    put_le32(header + 0x14, 1);
    put_le32(header + 0x1C, 52);
    put_le16(header + 0x28, 52);
    put_le16(header + 0x2A, 32);
    put_le16(header + 0x2C, 1);
    put_le32(header + 52, 1);
    put_le32(header + 56, HEADERS);
    put_le32(header + 60, START);
    put_le32(header + 64, START);
    put_le32(header + 68, BYTES);
    put_le32(header + 72, BYTES);
    buffer_append(out, header, sizeof header);
    buffer_append(out, data == NULL ? header : data, data == NULL ? 0 : BYTES);
    free(data);
    return data != NULL && !out->failed;
}

static bool pack(bool (*make_plain)(struct buffer *out), struct buffer *out)
{
    struct buffer plain = {0};
    z_stream stream = {0};
    bool good = make_plain(&plain) && deflateInit2(&stream, 1, Z_DEFLATED, 31, 8, 0) == Z_OK;
    if (good) {
        size_t most = deflateBound(&stream, plain.length);
        stream.next_out = buffer_reserve(out, most);
        stream.avail_out = (uInt)most;
        stream.next_in = plain.data;
        stream.avail_in = (uInt)plain.length;
        good = stream.next_out != NULL && deflate(&stream, Z_FINISH) == Z_STREAM_END;
        out->length += stream.total_out;
        (void)deflateEnd(&stream);
    }
    buffer_free(&plain);
    return good;
}

static bool make_dfuse_gz(struct buffer *out)
{
    return pack(make_dfuse, out);
}

static bool make_hex_gz(struct buffer *out)
{
    return pack(make_hex, out);
}

struct figure {
    double ms;
    int code;
};

static double now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* In a process of its own, so that the peak is that of this file. */
static struct figure read_in_child(const char *path, long *peak_kib)
{
    struct figure figure = {0, 1};
    int ends[2];
    if (pipe(ends) != 0) {
        return figure;
    }
    pid_t child = fork();
    if (child == 0) {
        struct dfk_image *image = NULL;
        double begin = now_ms();
        figure.code = dfk_image_read(path, NULL, &image, NULL);
        figure.ms = now_ms() - begin;
        _exit(write(ends[1], &figure, sizeof figure) == sizeof figure ? 0 : 1);
    }
    struct rusage usage;
    (void)close(ends[1]);
    if (child < 0 || read(ends[0], &figure, sizeof figure) != sizeof figure) {
        figure.code = 1;
    }
    (void)close(ends[0]);
    (void)wait4(child, NULL, 0, &usage);
    *peak_kib = usage.ru_maxrss;
    return figure;
}

static int measure(const char *path, const char *name, size_t packed_bytes)
{
    bool gzipped = strstr(name, ".gz") != NULL;
    size_t file_bytes = gzipped ? FILE_BYTES : packed_bytes;
    struct figure best = {1e9, 0};
    long peak_kib = 0, idle_kib = 0;
    (void)read_in_child("/nonexistent", &idle_kib);
    for (int i = 0; i < ROUNDS; i++) {
        struct figure figure = read_in_child(path, &peak_kib);
        best.code |= figure.code;
        best.ms = figure.ms < best.ms ? figure.ms : best.ms;
    }
    double ratio = (double)(peak_kib - idle_kib) * 1024 / (double)file_bytes;
    printf("%-8s %6.1f MiB  %7.1f ms  peak %6.1f MiB = %.2f x file  %s\n", name,
           (double)packed_bytes / MIB, best.ms, (double)peak_kib / 1024, ratio,
           best.code == 0 ? "" : "FAILED");
    bool big = (uint64_t)(peak_kib - idle_kib) > 2 * file_bytes / 1024 + SPARE_KIB;
    bool slow = best.ms > LIMIT_MS && strcmp(name, "hex.gz") != 0;
    return best.code != 0 || slow || big;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        bool (*make)(struct buffer *out);
    } files[] = {
        {"dfuse", make_dfuse}, {"dfu", make_dfu},           {"bin", make_bin},
        {"hex", make_hex},     {"srec", make_srec},         {"elf", make_elf},
        {"uf2", make_uf2},     {"dfuse.gz", make_dfuse_gz}, {"hex.gz", make_hex_gz},
    };
    int result = 0;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[4096];
        struct buffer out = {0};
        (void)snprintf(path, sizeof path, "%s/image_speed.%d", argc > 1 ? argv[1] : "/tmp",
                       (int)getpid());
        FILE *file = files[i].make(&out) ? fopen(path, "wb") : NULL;
        bool written = file != NULL && fwrite(out.data, 1, out.length, file) == out.length;
        written = file != NULL && fclose(file) == 0 && written;
        size_t length = out.length;
        buffer_free(&out);
        result |= written ? measure(path, files[i].name, length) : 1;
        (void)remove(path);
    }
    return result;
}
