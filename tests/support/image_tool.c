/* SPDX-License-Identifier: MIT
 * Shows and converts firmware files through the public API, for tests that compare with other
 * tools.
 *
 * image_tool convert IN OUT [--at ADDR] [--family ID] [--ids VID:PID:BCD]
 * image_tool show IN [--at ADDR] [--family ID]
 * Ends with the exit code of the error, the message on standard error. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "include/dfukit.h"

struct request {
    const char *verb, *in, *out;
    struct dfk_image_options read;
    struct dfk_write_options write;
};

static uint32_t number(const char *text)
{
    return (uint32_t)strtoul(text, NULL, 0);
}

static bool option(struct request *request, const char *name, const char *value)
{
    if (strcmp(name, "--at") == 0) {
        request->read.has_addr = true;
        request->read.addr = number(value);
        return true;
    }
    if (strcmp(name, "--family") == 0) {
        request->read.uf2_family = request->write.uf2_family = number(value);
        return true;
    }
    if (strcmp(name, "--ids") == 0) {
        unsigned vendor = 0, product = 0, device = 0;
        request->write.has_ids = sscanf(value, "%x:%x:%x", &vendor, &product, &device) == 3;
        request->write.vendor = (uint16_t)vendor;
        request->write.product = (uint16_t)product;
        request->write.bcd_device = (uint16_t)device;
        return request->write.has_ids;
    }
    return false;
}

static bool parse(struct request *request, int argc, char **argv)
{
    int next = 2;
    request->verb = argc > 2 ? argv[1] : "";
    bool converts = strcmp(request->verb, "convert") == 0;
    if (argc < (converts ? 4 : 3) || (!converts && strcmp(request->verb, "show") != 0)) {
        return false;
    }
    request->in = argv[next++];
    request->out = converts ? argv[next++] : NULL;
    request->write.overwrite = true;
    while (next + 1 < argc && option(request, argv[next], argv[next + 1])) {
        next += 2;
    }
    return next == argc;
}

static void show(const struct dfk_image *image)
{
    const struct dfk_image_info *info = dfk_image_get_info(image);
    printf("format %s\ngzipped %d\naddressed %d\nentry 0x%08" PRIX32 "\n",
           dfk_format_name(info->format), info->gzipped, info->addressed, info->entry);
    printf("ids %04X:%04X:%04X %04X %d\nfamily 0x%08" PRIX32 "\ntargets %zu %s\n", info->vendor,
           info->product, info->bcd_device, info->dfu_version, info->has_ids, info->uf2_family,
           info->target_count, info->target_name);
    for (size_t i = 0; i < info->segment_count; i++) {
        const struct dfk_segment *segment = dfk_image_get_segment(image, i);
        printf("segment %u 0x%08" PRIX32 " %" PRIu32 " ", segment->alternate, segment->addr,
               segment->length);
        for (uint32_t at = 0; at < segment->length; at++) {
            printf("%02x", segment->data[at]);
        }
        printf("\n");
    }
    for (size_t i = 0; i < info->warning_count; i++) {
        const struct dfk_image_warning *warning = dfk_image_get_warning(image, i);
        printf("warning %s %" PRIu64 " %s\n", warning->id, warning->offset, warning->text);
    }
}

int main(int argc, char **argv)
{
    struct request request = {0};
    struct dfk_error err = {0};
    struct dfk_image *image = NULL;
    if (!parse(&request, argc, argv)) {
        fprintf(stderr, "usage: image_tool show IN | convert IN OUT [--at] [--family] [--ids]\n");
        return dfk_error_exit_code(DFK_E_USAGE);
    }
    int result = dfk_image_read(request.in, &request.read, &image, &err);
    if (result == 0 && request.out != NULL) {
        result = dfk_image_write(image, request.out, &request.write, &err);
    } else if (result == 0) {
        show(image);
    }
    dfk_image_free(image);
    if (result != 0) {
        fprintf(stderr, "%s: %s\n", dfk_error_name(err.code), err.what);
    }
    return dfk_error_exit_code(err.code);
}
