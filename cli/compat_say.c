/* SPDX-License-Identifier: MIT
 * The lines of dfu-util that other programs read. */
#include "cli/compat_say.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/compat_select.h"

enum { BAR_COLUMNS = 25, HUNDRED = 100 };

/* Other programs expect one byte a character: what is no ASCII becomes '?'. */
static void put_ascii(const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        if ((*at & 0xC0) != 0x80) {
            (void)putchar(*at < 0x80 ? *at : '?');
        }
    }
}

static void put_quoted(const char *name, const char *text)
{
    (void)printf(", %s=\"", name);
    put_ascii(text[0] == '\0' ? "UNKNOWN" : text);
    (void)putchar('"');
}

static void say_one(const struct dfk_device_info *info, unsigned number, const char *name)
{
    (void)printf("Found %s: [%04x:%04x] ver=%04x, devnum=%u, cfg=%u, intf=%u, path=\"%s\", alt=%u",
                 info->mode == DFK_MODE_RUNTIME ? "Runtime" : "DFU", info->vendor, info->product,
                 info->bcd_device, info->number, info->configuration, info->interface, info->path,
                 number);
    put_quoted("name", name);
    put_quoted("serial", info->serial);
    (void)putchar('\n');
}

void compat_say_found(const struct compat_request *request, const struct dfk_device_info *info)
{
    for (size_t i = info->alternate_count; i > 0; i--) {
        const struct dfk_alternate *alternate = &info->alternates[i - 1];
        if (compat_matches_alternate(request, alternate)) {
            say_one(info, alternate->number, alternate->text);
        }
    }
}

void compat_say_unusable(const struct dfk_device_info *info)
{
    compat_complain("dfu-util", "Cannot open DFU device %04x:%04x found on devnum %u (%s)",
                    info->vendor, info->product, info->number,
                    info->problem == DFK_E_PERMISSION ? "LIBUSB_ERROR_ACCESS" : info->problem_text);
}

static void say_layout_name(const struct dfk_device_info *info,
                            const struct compat_request *request)
{
    bool unbound = request->mode == COMPAT_MODE_UPLOAD && !request->dfuse.has_addr;
    for (size_t i = info->alternate_count; i > 0 && !unbound; i--) {
        const char *text = info->alternates[i - 1].text;
        if (compat_matches_alternate(request, &info->alternates[i - 1]) && text[0] == '@') {
            (void)printf("DfuSe interface name: \"%.*s\"\n", (int)strcspn(text + 1, "/"), text + 1);
        }
    }
}

static unsigned first_meant(const struct dfk_device_info *info,
                            const struct compat_request *request)
{
    for (size_t i = 0; i < info->alternate_count; i++) {
        if (compat_matches_alternate(request, &info->alternates[i])) {
            return info->alternates[i].number;
        }
    }
    return 0;
}

void compat_say_opened(const struct dfk_device_info *info, const struct compat_request *request)
{
    if (info->mode == DFK_MODE_RUNTIME) {
        (void)printf("Run-Time device DFU version %04x\nClaiming USB DFU (Run-Time) Interface...\n"
                     "Device will detach and reattach...\n",
                     info->dfu_version);
        return;
    }
    (void)printf("Device DFU version %04x\nClaiming USB DFU Interface...\n", info->dfu_version);
    (void)printf("Setting Alternate Interface #%u ...\n", first_meant(info, request));
    (void)printf("Determining device status...\n"
                 "DFU state(2) = dfuIDLE, status(0) = No error condition is present\n");
    (void)printf("DFU mode device DFU version %04x\nDevice returned transfer size %u\n",
                 info->dfu_version, info->transfer_bytes);
    if (info->mode == DFK_MODE_DFUSE) {
        say_layout_name(info, request);
    }
}

static const char *label(enum dfk_phase phase)
{
    switch (phase) {
    case DFK_PHASE_ERASE: return "Erase   ";
    case DFK_PHASE_WRITE: return "Download";
    case DFK_PHASE_READ: return "Upload";
    default: return NULL;
    }
}

static void draw(struct compat_bars *bars, uint64_t done, uint64_t total)
{
    char bar[BAR_COLUMNS + 1];
    uint64_t part = total == 0 ? done : bars->bytes * done / total;
    uint32_t percent = total == 0 ? 0 : (uint32_t)(done * HUNDRED / total);
    if (bars->open && percent == bars->percent && total != 0) {
        return;
    }
    size_t filled = percent * BAR_COLUMNS / HUNDRED;
    memset(bar, ' ', BAR_COLUMNS);
    memset(bar, '=', filled);
    bar[BAR_COLUMNS] = '\0';
    (void)printf("\r%s\t[%s] %3" PRIu32 "%% %12" PRIu64 " bytes", label(bars->phase), bar, percent,
                 bars->bytes == 0 ? done : part);
    (void)fflush(stdout);
    bars->open = true;
    bars->percent = percent;
}

static void finish(struct compat_bars *bars)
{
    if (bars->open) {
        (void)printf("\n%s done.\n", label(bars->phase));
        (void)fflush(stdout);
    }
    bars->open = false;
}

static void begin(struct compat_bars *bars, enum dfk_phase phase)
{
    finish(bars);
    bars->phase = phase;
    bars->percent = 0;
    bars->erase = bars->erase || phase == DFK_PHASE_ERASE;
    bars->download = bars->download || phase == DFK_PHASE_WRITE;
}

static void draw_whole(struct compat_bars *bars, enum dfk_phase phase)
{
    begin(bars, phase);
    draw(bars, bars->bytes, bars->bytes);
    finish(bars);
}

void compat_say_event(void *user, const struct dfk_event *event)
{
    struct compat_bars *bars = user;
    bool drawn = label(event->phase) != NULL && !bars->hidden;
    if (event->kind == DFK_EVENT_PHASE && !bars->hidden) {
        if (event->phase == DFK_PHASE_WRITE && bars->dfuse && !bars->erase) {
            draw_whole(bars, DFK_PHASE_ERASE);
        }
        begin(bars, event->phase);
        if (event->phase == DFK_PHASE_LEAVE) {
            (void)printf("Submitting leave request...\n");
        }
    } else if (event->kind == DFK_EVENT_PROGRESS && drawn) {
        draw(bars, event->bytes_done, event->bytes_total);
    } else if (event->kind == DFK_EVENT_RECOVERED ||
               (event->kind == DFK_EVENT_WARNING && bars->verbose)) {
        compat_break_bars(bars);
        compat_complain(bars->program, "%s", event->text);
    }
}

void compat_break_bars(struct compat_bars *bars)
{
    if (bars->open) {
        (void)putchar('\n');
        bars->open = false;
    }
}

void compat_end_bars(struct compat_bars *bars)
{
    finish(bars);
    if (bars->dfuse && !bars->erase) {
        draw_whole(bars, DFK_PHASE_ERASE);
    }
    if (!bars->download) {
        draw_whole(bars, DFK_PHASE_WRITE);
    }
}

void compat_end_upload(struct compat_bars *bars, uint64_t bytes)
{
    bars->bytes = bytes;
    draw(bars, bytes, bytes);
    finish(bars);
}

void compat_say_help(void)
{
    static const char text[] =
        "Usage: dfu-util [OPTION...]   (dfukit's stand-in; see docs/dfu-util.md)\n"
        "  -h --help                 this text\n"
        "  -V --version              the version\n"
        "  -v --verbose              say more\n"
        "  -l --list                 the DFU devices there are\n"
        "  -e --detach               bring a device from its application into DFU mode\n"
        "  -E --detach-delay SECONDS accepted; the device is waited for, not a fixed time\n"
        "  -d --device VID:PID[,VID:PID]  ids of the application, and in DFU mode\n"
        "  -n --devnum NUMBER        number of the device on its bus\n"
        "  -p --path BUS-PORT[.PORT...]  where it is plugged in\n"
        "  -c --cfg NUMBER           its configuration\n"
        "  -i --intf NUMBER          its DFU interface\n"
        "  -S --serial SERIAL[,SERIAL]  serial number of the application, and in DFU mode\n"
        "  -a --alt ALT              alternate setting, by name or number\n"
        "  -t --transfer-size BYTES  of one block, instead of what the device says\n"
        "  -U --upload FILE          read the device into a new file\n"
        "  -Z --upload-size BYTES    accepted; only scales the bar\n"
        "  -D --download FILE        write a file to the device; - is standard input\n"
        "  -R --reset                reset the port afterwards\n"
        "  -w --wait                 wait for the device\n"
        "  -s --dfuse-address [ADDRESS][:LENGTH][:MODIFIER...]  for DfuSe devices\n"
        "       leave                start the application afterwards\n"
        "       mass-erase           erase everything first (needs force)\n"
        "       unprotect            remove the read protection, which erases (needs force)\n"
        "       will-reset           the device resets itself after the work\n"
        "       force                also where the device says that it has no such memory\n";
    (void)fputs(text, stdout);
}
