/* SPDX-License-Identifier: MIT
 * Unpacking of gzipped files, within a limit. */
#include <string.h>

#include <zlib.h>

#include "core/bytes.h"
#include "image/formats.h"

enum {
    GZIP_WINDOW = 15 + 16,         /* the largest window; 16 selects the gzip format */
    GZIP_SMALLEST_BYTES = 18,      /* header and trailer */
    DEFLATE_EXPANSION_MAX = 1032,  /* no deflate stream unpacks to more, zlib "Technical details" */
    GZIP_STEP_BYTES = 1024 * 1024, /* room when the first guess was too small */
};

bool gzip_matches(const uint8_t *data, size_t length)
{
    return length >= 2 && data[0] == 0x1F && data[1] == 0x8B;
}

/* The trailer names the length, but may lie: a guess beyond what is possible is cut. One byte more
 * than needed lets inflate see the end without a second round. */
static size_t first_guess(const struct image_source *packed, size_t limit)
{
    size_t length = packed->length;
    uint64_t most = (uint64_t)length * DEFLATE_EXPANSION_MAX;
    uint64_t named = length >= GZIP_SMALLEST_BYTES ? get_le32(packed->data + length - 4) : 0;
    named = named < most ? named : most;
    return (size_t)(named < limit ? named : limit) + 1;
}

static int refuse(const struct image_source *packed, const z_stream *stream, int code,
                  struct dfk_error *err)
{
    if (code == Z_MEM_ERROR) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "%s: no memory to unpack", packed->name);
    }
    const char *what =
        code == Z_DATA_ERROR && stream->msg != NULL ? stream->msg : "the file ends too early";
    return image_refuse(packed, packed->length - stream->avail_in, err, "damaged gzip file: %s",
                        what);
}

/* After a member comes the next one, the end, or zeros with which tapes are padded. */
static bool is_at_end(const z_stream *stream)
{
    return stream->avail_in < 2 || !gzip_matches(stream->next_in, stream->avail_in);
}

static int check_rest(const struct image_source *packed, const z_stream *stream,
                      struct dfk_error *err)
{
    for (size_t i = 0; i < stream->avail_in; i++) {
        if (stream->next_in[i] != 0) {
            return image_refuse(packed, packed->length - stream->avail_in + i, err,
                                "bytes that are not gzip after the end of the gzipped data");
        }
    }
    return 0;
}

static int unpack_step(z_stream *stream, struct buffer *out, size_t room, int *code)
{
    uint8_t *at = buffer_reserve(out, room);
    if (at == NULL) {
        *code = Z_MEM_ERROR;
        return -1;
    }
    stream->next_out = at;
    stream->avail_out = (uInt)room;
    *code = inflate(stream, Z_NO_FLUSH);
    out->length += room - stream->avail_out;
    if (*code == Z_STREAM_END && !is_at_end(stream)) {
        *code = inflateReset(stream);
    }
    return *code == Z_OK ? 0 : -1;
}

static int unpack_all(const struct image_source *packed, z_stream *stream, size_t limit,
                      struct buffer *out, struct dfk_error *err)
{
    int code = Z_OK;
    size_t room = first_guess(packed, limit);
    while (out->length <= limit && unpack_step(stream, out, room, &code) == 0) {
        room = GZIP_STEP_BYTES;
    }
    if (out->length > limit) {
        return image_refuse(packed, 0, err, "unpacks to more than %zu bytes", limit);
    }
    return code == Z_STREAM_END ? check_rest(packed, stream, err)
                                : refuse(packed, stream, code, err);
}

int gzip_unpack(const struct image_source *packed, size_t limit, struct buffer *out,
                struct dfk_error *err)
{
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    if (packed->length > UINT32_MAX) {
        return image_refuse(packed, 0, err, "larger than 4 GiB");
    }
    stream.avail_in = (uInt)packed->length;
    stream.next_in = (z_const Bytef *)(uintptr_t)packed->data;
    if (inflateInit2(&stream, GZIP_WINDOW) != Z_OK) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "%s: no memory to unpack", packed->name);
    }
    int result = unpack_all(packed, &stream, limit, out, err);
    (void)inflateEnd(&stream);
    return result;
}
