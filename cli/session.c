/* SPDX-License-Identifier: MIT
 * What the commands on a device have in common: open it as selected, and the options of the work.
 */
#include "cli/session.h"

#include "cli/files.h"
#include "cli/interrupt.h"

/* While the device is being opened nobody knows it yet: opened() says it once, when all is known.
 */
static void pass_event(void *user, const struct dfk_event *event)
{
    struct ui *ui = user;
    if (event->kind == DFK_EVENT_DEVICE) {
        if (ui->device != NULL) {
            ui->calls->opened(ui, event->device);
        }
        return;
    }
    ui->calls->event(ui, event);
}

int cli_open_quietly(struct run *run, struct dfk_device **device)
{
    struct dfk_callbacks callbacks = {
        .user = run->ui, .event = pass_event, .cancelled = interrupt_seen};
    interrupt_watch();
    int status = dfk_open(&run->arguments.select, &callbacks, device, &run->err);
    if (status == 0) {
        run->ui->device = dfk_device_get_info(*device);
    }
    return status;
}

int cli_open(struct run *run, struct dfk_device **device)
{
    int status = cli_open_quietly(run, device);
    if (status == 0) {
        run->ui->calls->opened(run->ui, run->ui->device);
    }
    return status;
}

int cli_detach(struct run *run, struct dfk_device *device)
{
    run->ui->device = NULL;
    int status = dfk_detach(device, &run->err);
    if (status == 0) {
        run->ui->device = dfk_device_get_info(device);
        run->ui->calls->opened(run->ui, run->ui->device);
    }
    return status;
}

int cli_open_for_dfu(struct run *run, struct dfk_device **device)
{
    struct dfk_device *opened = NULL;
    int status = cli_open(run, &opened);
    if (status == 0 && run->ui->device->mode == DFK_MODE_RUNTIME) {
        status = cli_detach(run, opened);
    }
    if (status != 0) {
        cli_close(run, opened);
        return status;
    }
    *device = opened;
    return 0;
}

void cli_close(struct run *run, struct dfk_device *device)
{
    run->ui->device = NULL;
    dfk_close(device);
}

int cli_with_image(struct run *run, int (*work)(struct run *run, struct dfk_device *device,
                                                const struct dfk_image *image))
{
    struct dfk_image *image = NULL;
    struct dfk_device *device = NULL;
    int status = files_read(run, run->arguments.format, &image);
    status = status == 0 ? files_check_seal(run, image) : status;
    if (status == 0) {
        status = cli_open_for_dfu(run, &device);
    }
    if (status == 0) {
        status = work(run, device, image);
    }
    cli_close(run, device);
    dfk_image_free(image);
    return status;
}

struct dfk_flash_options cli_flash_options(const struct arguments *arguments)
{
    return (struct dfk_flash_options){
        .full = arguments->full,
        .no_verify = arguments->no_verify,
        .no_leave = arguments->no_leave,
        .dry_run = arguments->dry_run,
        .blank = arguments->blank,
        .any_device = arguments->any_device,
        .has_leave_addr = arguments->leave_at.given,
        .leave_addr = arguments->leave_at.value,
        .keep = arguments->keep.list,
        .keep_count = arguments->keep.count,
        .only = arguments->only.list,
        .only_count = arguments->only.count,
    };
}
