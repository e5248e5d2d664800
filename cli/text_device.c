/* SPDX-License-Identifier: MIT
 * Devices, as text.
 */
#include <inttypes.h>

#include "cli/text.h"

static const char *mode_name(enum dfk_mode mode)
{
    static const char *const names[] = {
        [DFK_MODE_RUNTIME] = "running its application, with a DFU interface",
        [DFK_MODE_DFU] = "DFU",
        [DFK_MODE_DFUSE] = "DfuSe",
    };
    return names[mode];
}

static void say_place(FILE *to, const char *label, const struct dfk_device_info *info)
{
    text_line(to, label, "%04x:%04x  %s, path %s%s%s", info->vendor, info->product, info->bus,
              info->path, info->serial[0] == '\0' ? "" : ", serial ", info->serial);
}

static void say_name(FILE *to, const struct dfk_device_info *info)
{
    if (info->manufacturer[0] != '\0' || info->product_text[0] != '\0') {
        text_line(to, "", "%s%s%s", info->manufacturer, info->manufacturer[0] == '\0' ? "" : ": ",
                  info->product_text);
    }
}

/* "STM32H742/743/750/753, ROM bootloader V9.0"; what is not known is left out. */
static void say_chip(FILE *to, const char *label, const struct dfk_device_info *info)
{
    bool both = info->chip[0] != '\0' && info->firmware[0] != '\0';
    bool neither = info->chip[0] == '\0' && info->firmware[0] == '\0';
    const char *instead = info->product_text[0] == '\0' ? "unknown" : info->product_text;
    text_line(to, label, "%s%s%s%s", info->chip, both ? ", " : "", info->firmware,
              neither ? instead : "");
}

static uint64_t alternate_bytes(const struct dfk_alternate *alternate)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < alternate->run_count; i++) {
        bytes += (uint64_t)alternate->runs[i].sector_bytes * alternate->runs[i].count;
    }
    return bytes;
}

static uint32_t alternate_sectors(const struct dfk_alternate *alternate)
{
    uint32_t sectors = 0;
    for (size_t i = 0; i < alternate->run_count; i++) {
        sectors += alternate->runs[i].count;
    }
    return sectors;
}

static void say_alternate(FILE *to, const struct dfk_alternate *alternate)
{
    char label[16], size[TEXT_SIZE_MAX];
    (void)snprintf(label, sizeof label, "  alt %u", alternate->number);
    if (alternate->run_count == 0) {
        text_line(to, label, "%s", alternate->name[0] == '\0' ? "(no name)" : alternate->name);
        return;
    }
    uint32_t sectors = alternate_sectors(alternate);
    text_line(to, label, "%-18s from 0x%08" PRIX32 ", %s in %" PRIu32 " sector%s", alternate->name,
              alternate->runs[0].addr, text_size(size, alternate_bytes(alternate)), sectors,
              text_plural(sectors));
}

void text_listed(struct ui *ui, const struct dfk_device_info *info)
{
    say_place(ui->out, "device", info);
    say_name(ui->out, info);
    if (info->usable) {
        text_line(ui->out, "  mode", "%s", mode_name(info->mode));
    } else {
        text_line(ui->out, "  mode", "%s; not usable because %s", mode_name(info->mode),
                  info->problem_text);
        text_line(ui->out, "  try", "%s", dfk_error_next(info->problem));
    }
    for (size_t i = 0; i < info->alternate_count; i++) {
        say_alternate(ui->out, &info->alternates[i]);
    }
}

void text_opened(struct ui *ui, const struct dfk_device_info *info)
{
    if (ui->quiet) {
        return;
    }
    text_close_line(ui);
    say_chip(ui->talk, "device", info);
    say_place(ui->talk, "", info);
    if (info->mode == DFK_MODE_RUNTIME) {
        text_line(ui->talk, "", "%s", mode_name(info->mode));
    }
}

static void say_descriptor(FILE *to, const struct dfk_device_info *info)
{
    static const struct {
        uint8_t bit;
        const char *name;
    } abilities[] = {{1, "download"},
                     {2, "upload"},
                     {4, "answers while it manifests"},
                     {8, "detaches by itself"}};
    char can[96] = "";
    size_t length = 0;
    for (size_t i = 0; i < sizeof abilities / sizeof abilities[0]; i++) {
        if ((info->attributes & abilities[i].bit) != 0) {
            int added = snprintf(can + length, sizeof can - length, "%s%s", length == 0 ? "" : ", ",
                                 abilities[i].name);
            length += added > 0 ? (size_t)added : 0;
        }
    }
    text_line(to, "can", "%s (bmAttributes 0x%02X)", length == 0 ? "nothing" : can,
              info->attributes);
    text_line(to, "transfer", "wTransferSize %u bytes, wDetachTimeOut %u ms, bcdDFUVersion %04x",
              info->transfer_bytes, info->detach_timeout_ms, info->dfu_version);
}

static void say_layout(FILE *to, const struct dfk_alternate *alternate)
{
    char size[TEXT_SIZE_MAX];
    text_line(to, "", "\"%s\"", alternate->text);
    for (size_t i = 0; i < alternate->run_count; i++) {
        const struct dfk_sector_run *run = &alternate->runs[i];
        uint64_t bytes = (uint64_t)run->sector_bytes * run->count;
        text_line(to, "", "0x%08" PRIX32 "-0x%08" PRIX32 "  %4" PRIu32 " x %-9s%s%s%s", run->addr,
                  (uint32_t)(run->addr + bytes - 1), run->count, text_size(size, run->sector_bytes),
                  (run->access & DFK_READABLE) != 0 ? " read" : "",
                  (run->access & DFK_ERASABLE) != 0 ? " erase" : "",
                  (run->access & DFK_WRITEABLE) != 0 ? " write" : "");
    }
}

static void say_faults(FILE *to, const struct dfk_device_info *info)
{
    for (size_t i = 0; i < info->fault_count; i++) {
        const struct dfk_known_fault *fault = &info->faults[i];
        text_line(to, "fault", "%s", fault->id);
        text_line(to, "", "does    %s", fault->does);
        text_line(to, "", "remedy  %s", fault->remedy);
        text_line(to, "", "source  %s", fault->source);
    }
}

static const char *reason_text(uint8_t reason)
{
    static const char *const texts[] = {
        [DFK_BOOT_UNKNOWN] = "for a reason that dfukit does not know",
        [DFK_BOOT_BUTTON] = "because the button was held",
        [DFK_BOOT_APPLICATION] = "because the application asked for it",
        [DFK_BOOT_DOUBLE_RESET] = "because reset was pressed twice",
        [DFK_BOOT_NO_APPLICATION] = "because there was no application to start",
        [DFK_BOOT_WATCHDOG] = "because the watchdog reset the application again and again",
    };
    return texts[reason < sizeof texts / sizeof texts[0] ? reason : DFK_BOOT_UNKNOWN];
}

static void say_boot(FILE *to, const struct dfk_boot *boot)
{
    char size[TEXT_SIZE_MAX];
    if (boot->known) {
        text_line(to, "boot", "version %u.%u, in DFU mode %s", boot->version >> 8,
                  boot->version & 255u, reason_text(boot->reason));
        text_line(to, "", "application at 0x%08" PRIX32 ", room for %s: %s", boot->application_addr,
                  text_size(size, boot->application_bytes),
                  boot->application_valid ? "can be started" : "none that could be started");
    }
}

/* What the bootloader starts, and why it did not start what is there. */
static void say_rules(FILE *to, const struct dfk_boot *boot)
{
    char key[2 * DFK_KEY_ID_BYTES + 1];
    uint32_t oldest = boot->oldest_version;
    if (!boot->sealed) {
        return;
    }
    text_hex(key, boot->key_id, sizeof boot->key_id);
    text_line(to, "seals", "starts applications for %s%s%s", boot->board,
              boot->must_be_signed ? ", signed with key " : "", boot->must_be_signed ? key : "");
    if (oldest != 0 && !boot->any_version) {
        text_line(to, "", "none older than %u.%u.%u", oldest >> 24, oldest >> 16 & 255u,
                  oldest & 0xFFFFu);
    }
    if (boot->refused[0] != '\0') {
        text_line(to, "", "refused what is there: %s", boot->refused);
    }
}

void text_info(struct ui *ui, const struct dfk_device_info *info)
{
    say_chip(ui->out, "device", info);
    say_place(ui->out, "", info);
    say_name(ui->out, info);
    text_line(ui->out, "", "bcdDevice %04x, configuration %u, interface %u", info->bcd_device,
              info->configuration, info->interface);
    text_line(ui->out, "mode", "%s", mode_name(info->mode));
    say_boot(ui->out, &info->boot);
    say_rules(ui->out, &info->boot);
    say_descriptor(ui->out, info);
    for (size_t i = 0; i < info->alternate_count; i++) {
        say_alternate(ui->out, &info->alternates[i]);
        say_layout(ui->out, &info->alternates[i]);
    }
    say_faults(ui->out, info);
}
