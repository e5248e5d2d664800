/* SPDX-License-Identifier: MIT
 * dfukit pydfu: the options of MicroPython's pydfu.py over our own engine. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/compat.h"
#include "cli/compat_say.h"
#include "cli/interrupt.h"

enum { EXIT_FAILED = 1, EXIT_WORDS = 2 };

/* What one call asks for. */
struct pydfu_request {
    bool list, mass_erase, exit, help;
    const char *upload;
    struct dfk_select select;
    struct dfk_device *device;
    struct compat_bars bars;
    struct dfk_error err;
};

static const struct option options[] = {{"help", no_argument, NULL, 'h'},
                                        {"list", no_argument, NULL, 'l'},
                                        {"vid", required_argument, NULL, 'V'},
                                        {"pid", required_argument, NULL, 'P'},
                                        {"mass-erase", no_argument, NULL, 'm'},
                                        {"upload", required_argument, NULL, 'u'},
                                        {"exit", no_argument, NULL, 'x'},
                                        {"verbose", no_argument, NULL, 'v'},
                                        {0}};

static void say_help(void)
{
    (void)fputs("Usage: dfukit pydfu [OPTION...]   (in place of MicroPython's pydfu.py)\n"
                "  -l, --list         the devices in DFU mode and their memory\n"
                "      --vid ID, --pid ID  vendor and product of the device\n"
                "  -m, --mass-erase   erase everything\n"
                "  -u, --upload FILE  write a DfuSe file to the device, then start it\n"
                "  -x, --exit         start the application\n"
                "  -v, --verbose      say more\n",
                stdout);
}

static bool take_letter(struct pydfu_request *request, int letter, const char *text)
{
    switch (letter) {
    case 'h': request->help = true; return true;
    case 'l': request->list = true; return true;
    case 'm': request->mass_erase = true; return true;
    case 'x': request->exit = true; return true;
    case 'u': request->upload = text; return true;
    case 'v': request->bars.verbose = true; return true;
    case 'V':
        request->select.match_vendor = true;
        return compat_take_id(text, 0, &request->select.vendor);
    case 'P':
        request->select.match_product = true;
        return compat_take_id(text, 0, &request->select.product);
    default: return false;
    }
}

static void list_layout(const struct dfk_device_info *info)
{
    for (size_t i = 0; i < info->alternate_count; i++) {
        const struct dfk_alternate *alternate = &info->alternates[i];
        (void)printf("  Memory Layout: %s\n", alternate->name);
        for (size_t r = 0; r < alternate->run_count; r++) {
            const struct dfk_sector_run *run = &alternate->runs[r];
            bool whole = run->sector_bytes % 1024 == 0;
            (void)printf(
                "    0x%x %2u pages of %3u%s bytes\n", (unsigned)run->addr, (unsigned)run->count,
                (unsigned)(whole ? run->sector_bytes / 1024 : run->sector_bytes), whole ? "K" : "");
        }
    }
}

static int list_devices(struct pydfu_request *request)
{
    struct dfk_device_list *list = NULL;
    int result = dfk_device_list_get(&request->select, &list, &request->err);
    for (size_t i = 0; result == 0 && i < dfk_device_list_count(list); i++) {
        const struct dfk_device_info *info = dfk_device_list_at(list, i);
        if (info->mode != DFK_MODE_RUNTIME) {
            (void)printf("Bus %ld Device %03u: ID %04x:%04x\n", strtol(info->path, NULL, 10),
                         info->number, info->vendor, info->product);
            list_layout(info);
        }
    }
    dfk_device_list_free(list);
    return result;
}

static int upload(struct pydfu_request *request)
{
    struct dfk_image *image = NULL;
    int result = dfk_image_read(request->upload, NULL, &image, &request->err);
    if (result == 0) {
        const struct dfk_image_info *file = dfk_image_get_info(image);
        (void)printf("File: %s\n    image size: %llu, targets: %zu\nWriting memory...\n",
                     request->upload, (unsigned long long)file->data_bytes, file->target_count);
        request->bars.bytes = file->data_bytes;
        result = dfk_flash(request->device, image, NULL, NULL, &request->err);
    }
    if (result == 0) {
        compat_end_bars(&request->bars);
        (void)printf("Exiting DFU...\nFinished\n");
    }
    dfk_image_free(image);
    return result;
}

static int work(struct pydfu_request *request)
{
    const struct dfk_callbacks callbacks = {&request->bars, compat_say_event, interrupt_seen};
    int result = dfk_open(&request->select, &callbacks, &request->device, &request->err);
    if (result == 0 && request->mass_erase) {
        (void)printf("Mass erase...\n");
        request->bars.hidden = true;
        result = dfk_erase(request->device, NULL, NULL, NULL, &request->err);
    }
    request->bars.hidden = false;
    request->bars.dfuse = true;
    if (result == 0 && request->upload != NULL) {
        result = upload(request);
    } else if (result == 0 && (request->exit || request->mass_erase)) {
        (void)printf("Exiting DFU...\n");
        result = dfk_leave(request->device, NULL, NULL, &request->err);
    }
    dfk_close(request->device);
    return result;
}

static bool take_words(struct run *run, struct pydfu_request *request)
{
    int letter;
    int argc = (int)run->arguments.operand_count;
    bool good = true;
    while (good &&
           (letter = getopt_long(argc, run->arguments.operands, "hlmu:xv", options, NULL)) != -1) {
        good = take_letter(request, letter, optarg);
    }
    bool asked = request->list || request->mass_erase || request->exit || request->help ||
                 request->upload != NULL;
    return good && asked && optind == argc;
}

static int run_pydfu(struct run *run)
{
    struct pydfu_request request = {.select = {.bus = getenv("DFUKIT_BUS")},
                                    .bars = {.program = "pydfu"}};
    int result = 0;
    if (!take_words(run, &request) || request.help) {
        say_help();
        run->exit_code = request.help ? COMPAT_OK : EXIT_WORDS;
        return 0;
    }
    interrupt_watch();
    result = request.list ? list_devices(&request) : work(&request);
    compat_break_bars(&request.bars);
    if (result != 0) {
        (void)compat_fail("pydfu", &request.err);
        run->exit_code = EXIT_FAILED;
    }
    return 0;
}

const struct command command_pydfu = {
    .name = "pydfu",
    .operands = "[OPTION...]",
    .summary = "do what MicroPython's pydfu.py does, by its own options",
    .about = "Takes the options of pydfu.py: -l lists, -m erases everything, -u FILE writes a file "
             "and starts it, --vid and --pid choose the device.",
    .example = "dfukit pydfu --vid 0x0483 --pid 0xdf11 -u firmware.dfu\n"
               "dfukit pydfu -l",
    .raw = true,
    .stands_in = true,
    .operands_max = SIZE_MAX,
    .run = run_pydfu,
};
