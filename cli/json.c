/* SPDX-License-Identifier: MIT
 * The JSON interface: one object per line, as docs/json.md describes.
 */
#include "cli/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PROGRESS_MS = 100 };

void json_line(struct ui *ui, json_t *object)
{
    if (object == NULL || json_dumpf(object, ui->out, JSON_COMPACT) != 0) {
        (void)fprintf(ui->out,
                      "{\"event\":\"error\",\"code\":\"%s\",\"exit\":%d,\"what\":\"no memory "
                      "for a line of JSON\"}",
                      dfk_error_name(DFK_E_NO_MEMORY), dfk_error_exit_code(DFK_E_NO_MEMORY));
    }
    (void)fputc('\n', ui->out);
    (void)fflush(ui->out);
    json_decref(object);
}

json_t *json_text(const char *text)
{
    json_t *made = json_string(text == NULL ? "" : text);
    if (made != NULL) {
        return made;
    }
    char *ascii = strdup(text);
    if (ascii == NULL) {
        return NULL;
    }
    for (char *letter = ascii; *letter != '\0'; letter++) {
        *letter = (unsigned char)*letter < 0x80 ? *letter : '?';
    }
    made = json_string(ascii);
    free(ascii);
    return made;
}

static const char *phase_name(enum dfk_phase phase)
{
    static const char *const names[] = {
        [DFK_PHASE_COMPARE] = "compare", [DFK_PHASE_ERASE] = "erase", [DFK_PHASE_WRITE] = "write",
        [DFK_PHASE_VERIFY] = "verify",   [DFK_PHASE_READ] = "read",   [DFK_PHASE_LEAVE] = "leave",
        [DFK_PHASE_DETACH] = "detach",
    };
    return names[phase];
}

static void json_plain(struct ui *ui, const char *text)
{
    json_line(ui, json_pack("{ss so}", "event", "text", "text", json_text(text)));
}

/* Hints are for people. */
static void json_hint(struct ui *ui, const char *text)
{
    (void)ui;
    (void)text;
}

static void add_where(json_t *object, const struct dfk_where *where)
{
    if (where->kind == DFK_WHERE_FILE) {
        (void)json_object_set_new(object, "file", json_text(where->file));
        (void)json_object_set_new(object, "offset", json_integer((json_int_t)where->offset));
    } else if (where->kind == DFK_WHERE_ADDRESS) {
        (void)json_object_set_new(object, "address", json_integer(where->addr));
    }
}

static void json_error(struct ui *ui, const struct dfk_error *err)
{
    json_t *object =
        json_pack("{ss ss si so so so}", "event", "error", "code", dfk_error_name(err->code),
                  "exit", dfk_error_exit_code(err->code), "what", json_text(err->what), "why",
                  json_text(err->why), "next", json_text(err->next));
    add_where(object, &err->where);
    if (err->device.known) {
        (void)json_object_set_new(object, "device",
                                  json_pack("{ss ss sI so}", "state",
                                            dfk_state_name(err->device.state), "status",
                                            dfk_status_name(err->device.status), "poll_timeout_ms",
                                            (json_int_t)err->device.poll_timeout_ms, "text",
                                            json_text(err->device.text)));
    }
    json_line(ui, object);
}

static void json_code(struct ui *ui, enum dfk_code code, bool whole)
{
    (void)whole;
    json_line(ui, json_pack("{ss ss si ss ss}", "event", "code", "code", dfk_error_name(code),
                            "exit", dfk_error_exit_code(code), "meaning", dfk_error_sentence(code),
                            "next", dfk_error_next(code)));
}

static void json_note(struct ui *ui, const char *event_name, const struct dfk_event *event)
{
    json_line(ui, json_pack("{ss so so}", "event", event_name, "id", json_text(event->id), "text",
                            json_text(event->text)));
}

static void json_phase(struct ui *ui, const struct dfk_event *event)
{
    ui->progress = (struct ui_progress){.begun = true, .phase = event->phase};
    json_line(ui, json_pack("{ss ss sI sI}", "event", "phase", "phase", phase_name(event->phase),
                            "bytes_total", (json_int_t)event->bytes_total, "estimate_ms",
                            (json_int_t)event->estimate_ms));
}

static void json_progress(struct ui *ui, const struct dfk_event *event)
{
    bool due = event->elapsed_ms >= ui->progress.drawn_ms + PROGRESS_MS;
    if (ui->quiet || (!due && event->bytes_done < event->bytes_total)) {
        return;
    }
    ui->progress.drawn_ms = event->elapsed_ms;
    json_line(ui, json_pack("{ss ss sI sI sI sI}", "event", "progress", "phase",
                            phase_name(event->phase), "address", (json_int_t)event->addr,
                            "bytes_done", (json_int_t)event->bytes_done, "bytes_total",
                            (json_int_t)event->bytes_total, "elapsed_ms",
                            (json_int_t)event->elapsed_ms));
}

static void json_event(struct ui *ui, const struct dfk_event *event)
{
    switch (event->kind) {
    case DFK_EVENT_WARNING: json_note(ui, "warning", event); break;
    case DFK_EVENT_WAITING: json_note(ui, "waiting", event); break;
    case DFK_EVENT_RECOVERED: json_note(ui, "recovered", event); break;
    case DFK_EVENT_RESUMED: json_note(ui, "resumed", event); break;
    case DFK_EVENT_PLAN: json_plan(ui, event->plan); break;
    case DFK_EVENT_PHASE: json_phase(ui, event); break;
    case DFK_EVENT_PROGRESS: json_progress(ui, event); break;
    case DFK_EVENT_DEVICE:
    case DFK_EVENT_DONE: break;
    }
}

static json_t *segment_object(const struct dfk_segment *segment, const uint32_t *crc)
{
    json_t *object = json_pack("{si sI sI}", "alternate", segment->alternate, "address",
                               (json_int_t)segment->addr, "length", (json_int_t)segment->length);
    if (crc != NULL) {
        char text[16];
        (void)snprintf(text, sizeof text, "%08" PRIx32, *crc);
        (void)json_object_set_new(object, "crc32", json_string(text));
    }
    return object;
}

static json_t *warning_objects(const struct dfk_image *image)
{
    json_t *list = json_array();
    for (size_t i = 0; i < dfk_image_get_info(image)->warning_count; i++) {
        const struct dfk_image_warning *warning = dfk_image_get_warning(image, i);
        (void)json_array_append_new(list, json_pack("{ss sI so}", "id", warning->id, "offset",
                                                    (json_int_t)warning->offset, "text",
                                                    json_text(warning->text)));
    }
    return list;
}

static void add_ids(json_t *object, const struct dfk_image_info *info)
{
    char vendor[8], product[8], device[8], version[8];
    if (!info->has_ids) {
        return;
    }
    (void)snprintf(vendor, sizeof vendor, "%04x", info->vendor);
    (void)snprintf(product, sizeof product, "%04x", info->product);
    (void)snprintf(device, sizeof device, "%04x", info->bcd_device);
    (void)snprintf(version, sizeof version, "%04x", info->dfu_version);
    (void)json_object_set_new(object, "suffix",
                              json_pack("{ss ss ss ss}", "vendor", vendor, "product", product,
                                        "bcd_device", device, "dfu_version", version));
}

/* An image as both a file that is used and a file that is looked into have it. */
static json_t *image_object(const struct dfk_image *image, const uint32_t *crcs)
{
    const struct dfk_image_info *info = dfk_image_get_info(image);
    json_t *segments = json_array();
    for (size_t i = 0; i < info->segment_count; i++) {
        (void)json_array_append_new(segments, segment_object(dfk_image_get_segment(image, i),
                                                             crcs == NULL ? NULL : &crcs[i]));
    }
    json_t *object = json_pack(
        "{ss so ss sb sb sI sI si so sI}", "event", "image", "file", json_text(info->file),
        "format", dfk_format_name(info->format), "gzipped", info->gzipped, "addressed",
        info->addressed, "file_bytes", (json_int_t)info->file_bytes, "data_bytes",
        (json_int_t)info->data_bytes, "targets", (int)info->target_count, "target_name",
        json_text(info->target_name), "uf2_family", (json_int_t)info->uf2_family);
    if (info->entry != UINT32_MAX) {
        (void)json_object_set_new(object, "entry", json_integer(info->entry));
    }
    add_ids(object, info);
    (void)json_object_set_new(object, "segments", segments);
    (void)json_object_set_new(object, "warnings", warning_objects(image));
    return object;
}

static void json_source(struct ui *ui, const struct dfk_image *image)
{
    if (!ui->quiet) {
        json_line(ui, image_object(image, NULL));
    }
}

static json_t *signature_word(const struct image_facts *facts)
{
    static const char *const words[] = {[SIGNATURE_UNCHECKED] = "unchecked",
                                        [SIGNATURE_CORRECT] = "correct",
                                        [SIGNATURE_WRONG] = "wrong"};
    return facts->seal.is_signed ? json_text(words[facts->signature]) : json_null();
}

static json_t *seal_object(const struct image_facts *facts)
{
    const struct dfk_seal *seal = &facts->seal;
    json_t *object =
        json_pack("{sb ss sI sI}", "whole", seal->whole, "problem", seal->problem, "address",
                  (json_int_t)seal->addr, "bytes", (json_int_t)seal->length);
    if (seal->whole) {
        (void)json_object_set_new(object, "board", json_text(seal->board));
        (void)json_object_set_new(object, "version", json_version(seal->version));
        (void)json_object_set_new(object, "any_version", json_boolean(seal->any_version));
        (void)json_object_set_new(object, "key",
                                  seal->is_signed ? json_hex(seal->key_id, sizeof seal->key_id)
                                                  : json_null());
        (void)json_object_set_new(object, "signature", signature_word(facts));
        (void)json_object_set_new(object, "sha256", json_hex(seal->digest, sizeof seal->digest));
    }
    return object;
}

static void json_keys(struct ui *ui, const struct keys *keys)
{
    json_line(ui, json_pack("{ss so so so}", "event", "keys", "secret", json_text(keys->secret),
                            "public", json_text(keys->public), "public_key",
                            json_hex(keys->key, sizeof keys->key)));
}

static void json_inspected(struct ui *ui, const struct image_facts *facts)
{
    json_t *object = image_object(facts->image, facts->crcs);
    json_t *list = json_array();
    for (size_t i = 0; i < dfk_image_get_info(facts->image)->segment_count; i++) {
        const struct vectors *vectors = &facts->vectors[i];
        if (vectors->found) {
            (void)json_array_append_new(
                list,
                json_pack("{sI sI sI sb so}", "address", (json_int_t)vectors->addr, "stack",
                          (json_int_t)vectors->stack, "reset", (json_int_t)vectors->reset,
                          "plausible", vectors->plausible, "problem", json_text(vectors->problem)));
        }
    }
    (void)json_object_set_new(object, "vectors", list);
    if (facts->seal.found) {
        (void)json_object_set_new(object, "seal", seal_object(facts));
    }
    json_line(ui, object);
}

static void json_job(struct ui *ui, const struct job *job)
{
    ui->job = *job;
}

static void json_written(struct ui *ui, const struct written *written)
{
    const struct dfk_image_info *info = dfk_image_get_info(written->image);
    json_line(ui, json_pack("{ss ss so sI si}", "event", "written", "command", written->command,
                            "file", json_text(written->file), "data_bytes",
                            (json_int_t)info->data_bytes, "segments", (int)info->segment_count));
}

static void json_done(struct ui *ui, const struct outcome *outcome)
{
    const struct dfk_report *report = outcome->report;
    bool dry_run = outcome->options != NULL && outcome->options->dry_run;
    json_t *object = json_pack(
        "{ss ss sb sI sI sI sI sI sb sb sb sb sI sI}", "event", "done", "command", outcome->command,
        "dry_run", dry_run, "sectors_erased", (json_int_t)report->done.sectors_erased,
        "bytes_written", (json_int_t)report->done.bytes_written, "bytes_verified",
        (json_int_t)report->done.bytes_verified, "elapsed_ms", (json_int_t)report->elapsed_ms,
        "estimate_ms", (json_int_t)report->done.estimate_ms, "verified", report->verified, "left",
        report->left, "gone", report->gone, "must_reset", report->must_reset, "application",
        (json_int_t)report->application, "faults_overcome", (json_int_t)report->faults_overcome);
    if (report->resumed > 0) {
        (void)json_object_set_new(object, "resumed", json_integer(report->resumed));
    }
    json_line(ui, object);
}

const struct ui_calls json_calls = {
    .plain = json_plain,
    .hint = json_hint,
    .error = json_error,
    .event = json_event,
    .code = json_code,
    .listed = json_device,
    .info = json_device,
    .opened = json_opened,
    .source = json_source,
    .job = json_job,
    .inspected = json_inspected,
    .written = json_written,
    .keys = json_keys,
    .done = json_done,
    .leds = json_leds,
    .serial = json_serial,
    .obeyed = json_obeyed,
};
