/* SPDX-License-Identifier: MIT
 * Which alternate setting, and whether the file is for this device. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flash/job.h"

enum { ANY_ID = 0xFFFF };

static int find_by_text(const struct dfk_device_info *info, const char *text, uint8_t *alternate,
                        struct dfk_error *err)
{
    char *end = NULL;
    unsigned long number = strtoul(text, &end, 10);
    bool is_number = end != text && *end == '\0';
    char names[200] = "";
    for (size_t i = 0; i < info->alternate_count; i++) {
        const struct dfk_alternate *one = &info->alternates[i];
        if (is_number ? one->number == number : strcmp(one->name, text) == 0) {
            *alternate = one->number;
            return 0;
        }
        size_t used = strlen(names);
        (void)snprintf(names + used, sizeof names - used, "%s%u (%s)", i == 0 ? "" : ", ",
                       one->number, one->name);
    }
    int code = dfk_fail(err, DFK_E_USAGE, "the device has no alternate setting \"%s\"", text);
    dfk_fail_next(err, "choose one of: %s", names);
    return code;
}

static bool holds(const struct job *job, uint8_t alternate, uint32_t addr)
{
    struct layout_sector sector;
    const struct layout *layout = device_get_layout(job->device, alternate);
    return layout != NULL && layout_find_sector(layout, addr, &sector);
}

int job_find_alternate(struct job *job, bool has_addr, uint32_t addr, uint8_t *alternate,
                       struct dfk_error *err)
{
    const struct dfk_device_info *info = device_get_info(job->device);
    if (job->handle->alternate != NULL) {
        return find_by_text(info, job->handle->alternate, alternate, err);
    }
    for (size_t i = 0; has_addr && i < info->alternate_count; i++) {
        if (holds(job, info->alternates[i].number, addr)) {
            *alternate = info->alternates[i].number;
            return 0;
        }
    }
    bool dfuse = info->mode == DFK_MODE_DFUSE;
    if (has_addr && dfuse) {
        int code = dfk_fail(err, DFK_E_OUTSIDE,
                            "no alternate setting of the device has memory at 0x%08" PRIX32, addr);
        dfk_fail_at_addr(err, addr);
        return code;
    }
    if (!dfuse && info->alternate_count > 1) {
        int code = dfk_fail(err, DFK_E_REFUSED, "the device has %zu partitions; which is meant?",
                            info->alternate_count);
        dfk_fail_next(err, "choose one by name with -a (see: dfukit list)");
        return code;
    }
    *alternate = info->alternate_count > 0 ? info->alternates[0].number : 0;
    return 0;
}

static int fail_wrong_device(const struct dfk_image_info *file, const struct dfk_device_info *info,
                             struct dfk_error *err)
{
    int code = dfk_fail(err, DFK_E_WRONG_DEVICE,
                        "%s is for %04x:%04x, the device is %04x:%04x; nothing was changed",
                        file->file, file->vendor, file->product, info->vendor, info->product);
    dfk_fail_next(err,
                  "get the file that was built for this board, or use --any-device if you know "
                  "that it fits");
    return code;
}

static bool is_other_id(uint16_t wanted, uint16_t got)
{
    return wanted != ANY_ID && wanted != got;
}

/* UF2 family IDs of the chips whose ROMs we know. Source UF2 specification, family list */
static bool is_other_family(uint32_t family, const char *chip)
{
    static const struct {
        uint32_t family;
        const char *chip;
    } known[] = {{0x57755A57, "STM32F4"}, {0x6D0922FA, "STM32F4"}, {0x8FB060FE, "STM32F4"},
                 {0x53B80F00, "STM32F7"}, {0x6DB66082, "STM32H7"}, {0x00FF6919, "STM32L4"},
                 {0x4C71240A, "STM32G4"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].family == family) {
            return chip[0] != '\0' && strncmp(chip, known[i].chip, strlen(known[i].chip)) != 0;
        }
    }
    return false;
}

int job_check_image(struct job *job, const struct dfk_image *image, struct dfk_error *err)
{
    const struct dfk_image_info *file = dfk_image_get_info(image);
    const struct dfk_device_info *info = device_get_info(job->device);
    bool dfuse = info->mode == DFK_MODE_DFUSE;
    if (info->mode == DFK_MODE_RUNTIME) {
        return dfk_fail(err, DFK_E_REFUSED,
                        "the device runs its application, it is not in DFU mode");
    }
    if (!job->options->any_device && file->has_ids &&
        (is_other_id(file->vendor, info->vendor) || is_other_id(file->product, info->product))) {
        return fail_wrong_device(file, info, err);
    }
    if (!job->options->any_device && is_other_family(file->uf2_family, info->chip)) {
        return dfk_fail(err, DFK_E_WRONG_DEVICE,
                        "%s is for chip family 0x%08" PRIX32
                        ", the device is %s; nothing was changed",
                        file->file, file->uf2_family, info->chip);
    }
    if (dfuse && !file->addressed) {
        int code =
            dfk_fail(err, DFK_E_REFUSED, "%s does not say at which address it belongs", file->file);
        dfk_fail_next(err, "say it: --at ADDRESS (for instance --at 0x08000000)");
        return code;
    }
    return 0;
}
