/* SPDX-License-Identifier: MIT
 * Any bytes, unpacked as a gzip file within a limit, then read by their content. */
#include "fuzz/image_fuzz.h"
#include "image/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

enum { LIMIT_BYTES = 64 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    static const struct dfk_image_options defaults = {0};
    struct image_source source = {"fuzz", data, length, &defaults, false, false};
    struct buffer out = {0};
    int result = gzip_unpack(&source, LIMIT_BYTES, &out, NULL);
    image_fuzz_require(result != 0 || out.length <= LIMIT_BYTES);
    buffer_free(&out);
    return result == 0 ? image_fuzz(DFK_FORMAT_AUTO, data, length) : 0;
}
