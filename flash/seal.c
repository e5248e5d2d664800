/* SPDX-License-Identifier: MIT
 * Boards that start sealed applications only: what they would refuse is refused here, before
 * anything is erased. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "flash/job.h"

/* Whether the image puts bytes where the application begins. */
static bool has_start(const struct dfk_image *image, uint32_t addr)
{
    for (size_t i = 0; i < dfk_image_get_info(image)->segment_count; i++) {
        const struct dfk_segment *segment = dfk_image_get_segment(image, i);
        if (addr - segment->addr < segment->length) {
            return true;
        }
    }
    return false;
}

/* The command that makes of the file what the board takes. */
static void say_sign(const struct dfk_boot *boot, const struct dfk_seal *seal, const char *file,
                     struct dfk_error *err)
{
    char version[sizeof "255.255.65535"] = "X.Y.Z";
    if (seal->found) {
        (void)snprintf(version, sizeof version, "%u.%u.%u", seal->version >> 24 & 255u,
                       seal->version >> 16 & 255u, seal->version & 0xFFFFu);
    }
    dfk_fail_next(err, "%s it: dfukit image seal %s --board %s --image-version %s%s%s -o NEW",
                  boot->must_be_signed ? "sign" : "seal", file, boot->board, version,
                  seal->found ? " --again" : "", boot->must_be_signed ? " --sign KEY" : "");
}

static int check_key(const struct dfk_boot *boot, const struct dfk_seal *seal, const char *file,
                     struct dfk_error *err)
{
    if (!seal->is_signed) {
        int code =
            dfk_fail(err, DFK_E_REFUSED,
                     "%s is not signed, and the board starts signed applications only", file);
        say_sign(boot, seal, file, err);
        return code;
    }
    if (memcmp(seal->key_id, boot->key_id, sizeof seal->key_id) != 0) {
        int code =
            dfk_fail(err, DFK_E_REFUSED,
                     "%s is signed with key %02x%02x%02x%02x, the board trusts %02x%02x%02x%02x",
                     file, seal->key_id[0], seal->key_id[1], seal->key_id[2], seal->key_id[3],
                     boot->key_id[0], boot->key_id[1], boot->key_id[2], boot->key_id[3]);
        dfk_fail_next(err, "get the file from whoever made this board; nothing was changed");
        return code;
    }
    if (seal->version < boot->oldest_version && !seal->any_version && !boot->any_version) {
        uint32_t old = seal->version, known = boot->oldest_version;
        int code = dfk_fail(err, DFK_E_REFUSED,
                            "%s is version %" PRIu32 ".%" PRIu32 ".%" PRIu32
                            ", the board takes nothing older than %" PRIu32 ".%" PRIu32 ".%" PRIu32,
                            file, old >> 24, old >> 16 & 255, old & 0xFFFF, known >> 24,
                            known >> 16 & 255, known & 0xFFFF);
        dfk_fail_next(err, "flash a newer version; whoever signs can allow this one: dfukit image "
                           "seal --any-version; nothing was changed");
        return code;
    }
    return 0;
}

int job_check_seal(struct job *job, const struct dfk_image *image, struct dfk_error *err)
{
    const struct dfk_boot *boot = &device_get_info(job->device)->boot;
    const char *file = dfk_image_get_info(image)->file;
    struct dfk_seal seal;
    dfk_image_get_seal(image, &seal);
    if (!boot->known || !boot->sealed || !has_start(image, boot->application_addr)) {
        return 0;
    }
    if (!seal.found || seal.addr != boot->application_addr) {
        int code =
            dfk_fail(err, DFK_E_REFUSED,
                     "%s is not sealed, and the board starts sealed applications only", file);
        say_sign(boot, &seal, file, err);
        return code;
    }
    const struct dfk_seal_wish wish = {.board = boot->board};
    int result = dfk_image_check_seal(image, &wish, err);
    return result == 0 && boot->must_be_signed ? check_key(boot, &seal, file, err) : result;
}
