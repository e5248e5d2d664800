/* SPDX-License-Identifier: MIT
 * Devices and plans, as JSON.
 */
#include "cli/json.h"

static const char *mode_name(enum dfk_mode mode)
{
    static const char *const names[] = {
        [DFK_MODE_RUNTIME] = "runtime",
        [DFK_MODE_DFU] = "dfu",
        [DFK_MODE_DFUSE] = "dfuse",
    };
    return names[mode];
}

static json_t *hex4(uint16_t value)
{
    char text[8];
    (void)snprintf(text, sizeof text, "%04x", value);
    return json_string(text);
}

static json_t *run_object(const struct dfk_sector_run *run)
{
    char access[4] = "";
    (void)snprintf(access, sizeof access, "%s%s%s", (run->access & DFK_READABLE) != 0 ? "r" : "",
                   (run->access & DFK_ERASABLE) != 0 ? "e" : "",
                   (run->access & DFK_WRITEABLE) != 0 ? "w" : "");
    return json_pack("{sI sI sI ss}", "address", (json_int_t)run->addr, "sector_bytes",
                     (json_int_t)run->sector_bytes, "count", (json_int_t)run->count, "access",
                     access);
}

static json_t *alternate_objects(const struct dfk_device_info *info)
{
    json_t *list = json_array();
    for (size_t i = 0; i < info->alternate_count; i++) {
        const struct dfk_alternate *alternate = &info->alternates[i];
        json_t *runs = json_array();
        for (size_t j = 0; j < alternate->run_count; j++) {
            (void)json_array_append_new(runs, run_object(&alternate->runs[j]));
        }
        (void)json_array_append_new(list, json_pack("{si so so so}", "number", alternate->number,
                                                    "name", json_text(alternate->name), "text",
                                                    json_text(alternate->text), "runs", runs));
    }
    return list;
}

static json_t *fault_objects(const struct dfk_device_info *info)
{
    json_t *list = json_array();
    for (size_t i = 0; i < info->fault_count; i++) {
        const struct dfk_known_fault *fault = &info->faults[i];
        (void)json_array_append_new(list,
                                    json_pack("{ss ss ss ss}", "id", fault->id, "does", fault->does,
                                              "remedy", fault->remedy, "source", fault->source));
    }
    return list;
}

static void add_descriptor(json_t *object, const struct dfk_device_info *info)
{
    (void)json_object_set_new(object, "mode", json_string(mode_name(info->mode)));
    (void)json_object_set_new(object, "configuration", json_integer(info->configuration));
    (void)json_object_set_new(object, "interface", json_integer(info->interface));
    (void)json_object_set_new(object, "attributes", json_integer(info->attributes));
    (void)json_object_set_new(object, "detach_timeout_ms", json_integer(info->detach_timeout_ms));
    (void)json_object_set_new(object, "transfer_bytes", json_integer(info->transfer_bytes));
    (void)json_object_set_new(object, "dfu_version", hex4(info->dfu_version));
}

json_t *json_version(uint32_t version)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%u.%u.%u", version >> 24, version >> 16 & 255u,
                   version & 0xFFFFu);
    return json_string(text);
}

json_t *json_hex(const uint8_t *bytes, size_t count)
{
    char text[2 * DFK_KEY_BYTES + 1] = "";
    for (size_t i = 0; i < count && i < DFK_KEY_BYTES; i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    }
    return json_string(text);
}

static json_t *rules_object(const struct dfk_boot *boot)
{
    return json_pack("{so so sb so so}", "board", json_text(boot->board), "key",
                     boot->must_be_signed ? json_hex(boot->key_id, sizeof boot->key_id)
                                          : json_null(),
                     "any_version", boot->any_version, "oldest_version",
                     json_version(boot->oldest_version), "refused", json_text(boot->refused));
}

static json_t *boot_object(const struct dfk_boot *boot)
{
    static const char *const reasons[] = {
        [DFK_BOOT_UNKNOWN] = "unknown",
        [DFK_BOOT_BUTTON] = "button",
        [DFK_BOOT_APPLICATION] = "application",
        [DFK_BOOT_DOUBLE_RESET] = "double-reset",
        [DFK_BOOT_NO_APPLICATION] = "no-application",
        [DFK_BOOT_WATCHDOG] = "watchdog",
    };
    char version[16];
    size_t reason = boot->reason < sizeof reasons / sizeof reasons[0] ? boot->reason : 0;
    (void)snprintf(version, sizeof version, "%u.%u", boot->version >> 8, boot->version & 255u);
    json_t *object = json_pack("{ss ss sb sI sI}", "version", version, "reason", reasons[reason],
                               "application_valid", boot->application_valid, "application_address",
                               (json_int_t)boot->application_addr, "application_bytes",
                               (json_int_t)boot->application_bytes);
    if (boot->sealed) {
        (void)json_object_set_new(object, "seals", rules_object(boot));
    }
    return object;
}

static json_t *device_object(const struct dfk_device_info *info)
{
    json_t *object = json_pack(
        "{ss so so so so so so so so}", "event", "device", "bus", json_text(info->bus), "path",
        json_text(info->path), "vendor", hex4(info->vendor), "product", hex4(info->product),
        "bcd_device", hex4(info->bcd_device), "manufacturer", json_text(info->manufacturer),
        "product_text", json_text(info->product_text), "serial", json_text(info->serial));
    add_descriptor(object, info);
    (void)json_object_set_new(object, "alternates", alternate_objects(info));
    (void)json_object_set_new(object, "chip", json_text(info->chip));
    (void)json_object_set_new(object, "firmware", json_text(info->firmware));
    (void)json_object_set_new(object, "faults", fault_objects(info));
    if (info->boot.known) {
        (void)json_object_set_new(object, "boot", boot_object(&info->boot));
    }
    (void)json_object_set_new(object, "usable", json_boolean(info->usable));
    (void)json_object_set_new(object, "problem", json_string(dfk_error_name(info->problem)));
    (void)json_object_set_new(object, "problem_text", json_text(info->problem_text));
    return object;
}

void json_device(struct ui *ui, const struct dfk_device_info *info)
{
    json_line(ui, device_object(info));
}

void json_opened(struct ui *ui, const struct dfk_device_info *info)
{
    if (!ui->quiet) {
        json_device(ui, info);
    }
}

static json_t *step_object(const struct dfk_step *step)
{
    static const char *const actions[] = {
        [DFK_ACTION_SKIP] = "skip",     [DFK_ACTION_ERASE] = "erase", [DFK_ACTION_WRITE] = "write",
        [DFK_ACTION_VERIFY] = "verify", [DFK_ACTION_LEAVE] = "leave",
    };
    static const char *const reasons[] = {
        [DFK_REASON_IMAGE] = "image", [DFK_REASON_SAME] = "same",
        [DFK_REASON_BLANK] = "blank", [DFK_REASON_PADDING] = "padding",
        [DFK_REASON_KEPT] = "kept",   [DFK_REASON_BLANK_ASKED] = "blank-asked",
        [DFK_REASON_ASKED] = "asked", [DFK_REASON_MERGED] = "merged",
    };
    static const char *const contents[] = {
        [DFK_CONTENT_UNKNOWN] = "unknown", [DFK_CONTENT_BLANK] = "blank",
        [DFK_CONTENT_SAME] = "same",       [DFK_CONTENT_DATA] = "data",
        [DFK_CONTENT_FAT] = "fat",         [DFK_CONTENT_LITTLEFS] = "littlefs",
    };
    return json_pack("{ss ss ss si sI sI sI}", "action", actions[step->action], "reason",
                     reasons[step->reason], "content", contents[step->content], "alternate",
                     step->alternate, "address", (json_int_t)step->addr, "length",
                     (json_int_t)step->length, "estimate_ms", (json_int_t)step->estimate_ms);
}

void json_plan(struct ui *ui, const struct dfk_plan *plan)
{
    const struct dfk_plan_summary *sum = dfk_plan_get_summary(plan);
    json_t *steps = json_array();
    for (size_t i = 0; i < dfk_plan_step_count(plan); i++) {
        (void)json_array_append_new(steps, step_object(dfk_plan_get_step(plan, i)));
    }
    json_line(
        ui,
        json_pack("{ss sI sI sI sI sI sI sI sI sI so}", "event", "plan", "sectors_erased",
                  (json_int_t)sum->sectors_erased, "sectors_same", (json_int_t)sum->sectors_same,
                  "sectors_padding", (json_int_t)sum->sectors_padding, "sectors_kept",
                  (json_int_t)sum->sectors_kept, "sectors_blank", (json_int_t)sum->sectors_blank,
                  "bytes_written", (json_int_t)sum->bytes_written, "bytes_verified",
                  (json_int_t)sum->bytes_verified, "bytes_merged", (json_int_t)sum->bytes_merged,
                  "estimate_ms", (json_int_t)sum->estimate_ms, "steps", steps));
}
