/* SPDX-License-Identifier: MIT
 * Any bytes, read as a DfuSe file. */
#include "fuzz/image_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    return image_fuzz(DFK_FORMAT_DFUSE, data, length);
}
