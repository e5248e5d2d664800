/* SPDX-License-Identifier: MIT
 * Finding and opening the device of a call of dfu-util. */
#include "cli/compat_job.h"

#include <stdio.h>

#include "cli/compat_select.h"
#include "cli/interrupt.h"

enum { ANY_ID = 0xFFFF };

const struct dfk_device_info *compat_info(const struct compat_job *job)
{
    return dfk_device_get_info(job->device);
}

static bool is_id(uint16_t wanted, uint16_t number)
{
    return wanted == ANY_ID || wanted == number;
}

static bool is_made_for(const struct dfk_image *image, const struct dfk_device_info *info)
{
    const struct dfk_image_info *file = image == NULL ? NULL : dfk_image_get_info(image);
    return file != NULL && file->has_ids && is_id(file->vendor, info->vendor) &&
           is_id(file->product, info->product);
}

/* Without -d the ids in the file choose among several devices. One that none of them has is refused
 * by name later, which says more than "no device". */
static int find(struct compat_job *job, struct compat_choice *choice)
{
    const struct dfk_image_info *file = job->image == NULL ? NULL : dfk_image_get_info(job->image);
    if (file != NULL && file->has_ids && !job->request->ids_given) {
        struct compat_request narrow = *job->request;
        struct dfk_error ignored = {0};
        narrow.runtime = (struct compat_ids){file->vendor == ANY_ID ? COMPAT_ANY : file->vendor,
                                             file->product == ANY_ID ? COMPAT_ANY : file->product};
        narrow.dfu = narrow.runtime;
        narrow.wait = false;
        if (compat_find(&narrow, job->bus, choice, &ignored) == 0) {
            return 0;
        }
    }
    return compat_find(job->request, job->bus, choice, &job->err);
}

static void say_state(struct compat_job *job)
{
    compat_say_opened(compat_info(job), job->request);
    job->bars.dfuse = compat_info(job)->mode == DFK_MODE_DFUSE;
}

static int detach(struct compat_job *job)
{
    job->for_application = is_made_for(job->image, compat_info(job));
    int result = dfk_detach(job->device, &job->err);
    if (result == 0) {
        (void)printf("Opening DFU USB Device...\n");
        say_state(job);
    }
    return result;
}

int compat_open(struct compat_job *job)
{
    struct compat_choice choice;
    const struct dfk_callbacks callbacks = {&job->bars, compat_say_event, interrupt_seen};
    int result = find(job, &choice);
    if (result != 0) {
        return result;
    }
    if (choice.select.alternate == NULL) {
        choice.select.alternate = job->request->alternate;
    }
    if (choice.select.alternate == NULL && job->request->dfuse.force) {
        choice.select.alternate = "0"; /* an address outside every layout chooses none */
    }
    (void)printf("Opening DFU capable USB device...\n");
    result = dfk_open(&choice.select, &callbacks, &job->device, &job->err);
    if (result == 0) {
        (void)printf("Device ID %04x:%04x\n", compat_info(job)->vendor, compat_info(job)->product);
        say_state(job);
    }
    return result;
}

int compat_open_in_dfu_mode(struct compat_job *job)
{
    int result = compat_open(job);
    return result == 0 && compat_info(job)->mode == DFK_MODE_RUNTIME ? detach(job) : result;
}
