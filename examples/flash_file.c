/* SPDX-License-Identifier: MIT
 * A whole flasher on libdfukit: flash_file FILE [BUS], for instance usbip://127.0.0.1. */
#include <dfukit.h>
#include <stdio.h>

static void show(void *user, const struct dfk_event *event)
{
    (void)user;
    if (event->kind == DFK_EVENT_PROGRESS && event->bytes_done == event->bytes_total) {
        printf("%llu bytes done in %u ms\n", (unsigned long long)event->bytes_total,
               event->elapsed_ms);
    }
}

int main(int argc, char **argv)
{
    struct dfk_error err = {0};
    struct dfk_image *image = NULL;
    struct dfk_device *device = NULL;
    struct dfk_report report = {0};
    struct dfk_select select = {.bus = argc > 2 ? argv[2] : NULL};
    struct dfk_callbacks callbacks = {.event = show};
    int result = argc < 2 ? -DFK_E_USAGE : dfk_image_read(argv[1], NULL, &image, &err);
    if (result == 0) {
        result = dfk_open(&select, &callbacks, &device, &err);
    }
    if (result == 0) {
        result = dfk_flash(device, image, NULL, &report, &err);
    }
    if (result == 0) {
        printf("%llu bytes verified\n", (unsigned long long)report.done.bytes_verified);
    } else {
        fprintf(stderr, "%s\n%s\n%s\n", err.what, err.why, err.next);
    }
    dfk_close(device);
    dfk_image_free(image);
    return dfk_error_exit_code((enum dfk_code) - result);
}
