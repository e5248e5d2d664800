/* SPDX-License-Identifier: MIT
 * Progress, as text: a bar on a terminal, a line per phase elsewhere; and how it ended.
 */
#include <inttypes.h>
#include <string.h>

#include "cli/text.h"

enum { BAR_COLUMNS_MAX = 30, BAR_COLUMNS_MIN = 8, WORDS_COLUMNS = 62, REDRAW_MS = 100 };

static const char *phase_name(enum dfk_phase phase)
{
    static const char *const names[] = {
        [DFK_PHASE_COMPARE] = "compare", [DFK_PHASE_ERASE] = "erase", [DFK_PHASE_WRITE] = "write",
        [DFK_PHASE_VERIFY] = "verify",   [DFK_PHASE_READ] = "read",   [DFK_PHASE_LEAVE] = "leave",
        [DFK_PHASE_DETACH] = "detach",
    };
    return names[phase];
}

/* Time that is left, by the rate so far once that means something, else by the estimate. */
static uint32_t left_ms(const struct dfk_event *event)
{
    uint64_t left = 0;
    if (event->elapsed_ms >= 1000 && event->bytes_done > 0) {
        left = (event->bytes_total - event->bytes_done) * event->elapsed_ms / event->bytes_done;
    } else if (event->estimate_ms > event->elapsed_ms) {
        left = event->estimate_ms - event->elapsed_ms;
    }
    return left > UINT32_MAX ? UINT32_MAX : (uint32_t)left;
}

static uint64_t rate_kib(uint64_t bytes, uint32_t time_ms)
{
    return time_ms == 0 ? 0 : bytes * 1000 / 1024 / time_ms;
}

static void draw_bar(struct ui *ui, const struct dfk_event *event)
{
    char bar[BAR_COLUMNS_MAX + 1], time[TEXT_TIME_MAX], line[256];
    size_t columns = ui->columns > WORDS_COLUMNS + BAR_COLUMNS_MAX   ? BAR_COLUMNS_MAX
                     : ui->columns > WORDS_COLUMNS + BAR_COLUMNS_MIN ? ui->columns - WORDS_COLUMNS
                                                                     : BAR_COLUMNS_MIN;
    uint64_t total = event->bytes_total == 0 ? 1 : event->bytes_total;
    size_t full = (size_t)(columns * event->bytes_done / total);
    full = full > columns ? columns : full;
    memset(bar, '.', columns);
    memset(bar, '#', full);
    bar[columns] = '\0';
    (void)snprintf(
        line, sizeof line, "%-10s0x%08" PRIX32 " [%s] %3u %%  %5" PRIu64 " KiB/s  %s left",
        phase_name(event->phase), event->addr, bar, (unsigned)(event->bytes_done * 100 / total),
        rate_kib(event->bytes_done, event->elapsed_ms), text_time(time, left_ms(event)));
    (void)fprintf(ui->talk, "\r%-*.*s", (int)ui->columns - 1, (int)ui->columns - 1, line);
    (void)fflush(ui->talk);
    ui->progress.line_open = true;
    ui->progress.drawn_ms = event->elapsed_ms;
}

static void begin_phase(struct ui *ui, const struct dfk_event *event)
{
    char time[TEXT_TIME_MAX];
    bool again = ui->progress.begun && ui->progress.phase == event->phase;
    text_close_line(ui);
    ui->progress = (struct ui_progress){.begun = true, .phase = event->phase};
    if (again || event->bytes_total == 0) {
        return;
    }
    if (event->estimate_ms == 0) {
        text_line(ui->talk, phase_name(event->phase), "%" PRIu64 " bytes", event->bytes_total);
    } else {
        text_line(ui->talk, phase_name(event->phase), "%" PRIu64 " bytes, about %s",
                  event->bytes_total, text_time(time, event->estimate_ms));
    }
}

static void show_progress(struct ui *ui, const struct dfk_event *event)
{
    bool due = event->elapsed_ms >= ui->progress.drawn_ms + REDRAW_MS;
    if (ui->terminal && (due || !ui->progress.line_open)) {
        draw_bar(ui, event);
    }
}

static void say_event(struct ui *ui, const char *label, const struct dfk_event *event)
{
    text_close_line(ui);
    if (event->id == NULL || event->kind == DFK_EVENT_WAITING || event->kind == DFK_EVENT_RESUMED) {
        text_line(ui->talk, label, "%s", event->text);
    } else {
        text_line(ui->talk, label, "%s (%s)", event->text, event->id);
    }
}

void text_event(struct ui *ui, const struct dfk_event *event)
{
    if (event->kind == DFK_EVENT_PLAN) {
        text_plan(ui, event->plan);
        return;
    }
    if (ui->quiet) {
        return;
    }
    switch (event->kind) {
    case DFK_EVENT_WARNING: say_event(ui, "warning", event); break;
    case DFK_EVENT_WAITING: say_event(ui, "waiting", event); break;
    case DFK_EVENT_RECOVERED: say_event(ui, "recovered", event); break;
    case DFK_EVENT_RESUMED: say_event(ui, "resumed", event); break;
    case DFK_EVENT_PHASE: begin_phase(ui, event); break;
    case DFK_EVENT_PROGRESS: show_progress(ui, event); break;
    case DFK_EVENT_DEVICE:
    case DFK_EVENT_PLAN:
    case DFK_EVENT_DONE: break;
    }
}

static void say_work(FILE *to, const struct outcome *outcome)
{
    const struct dfk_plan_summary *done = &outcome->report->done;
    if (strcmp(outcome->command, "flash") == 0 && done->bytes_written == 0) {
        text_line(to, "written", "nothing: the board already held all of it");
    } else if (done->bytes_written > 0) {
        text_line(to, "written", "%" PRIu64 " bytes", done->bytes_written);
    }
    if (done->sectors_erased > 0) {
        text_line(to, "erased", "%" PRIu32 " sector%s", done->sectors_erased,
                  text_plural(done->sectors_erased));
    }
    if (outcome->report->verified) {
        text_line(to, "verified", "%" PRIu64 " bytes, all equal", done->bytes_verified);
    }
}

/* Plain DFU devices know no addresses. */
static void say_leave(FILE *to, const struct dfk_report *report, bool addressed)
{
    char addr[24] = "";
    if (addressed) {
        (void)snprintf(addr, sizeof addr, " at 0x%08" PRIX32, report->application);
    }
    if (report->left && report->must_reset) {
        text_line(to, "started", "not yet: press reset to start the application%s", addr);
    } else if (report->left) {
        text_line(to, "started", "the application%s%s", addr,
                  report->gone ? "; the board left DFU mode" : "");
    }
}

static void say_time(FILE *to, const struct dfk_report *report)
{
    char elapsed[TEXT_TIME_MAX], estimate[TEXT_TIME_MAX];
    text_time(elapsed, report->elapsed_ms);
    if (report->done.estimate_ms > 0) {
        text_line(to, "time", "%s, estimated %s", elapsed,
                  text_time(estimate, report->done.estimate_ms));
    } else {
        text_line(to, "time", "%s", elapsed);
    }
}

void text_done(struct ui *ui, const struct outcome *outcome)
{
    text_close_line(ui);
    if (ui->quiet || (outcome->options != NULL && outcome->options->dry_run)) {
        return;
    }
    if (strcmp(outcome->command, "detach") == 0) {
        text_line(ui->out, "detached", "the board is in DFU mode");
        return;
    }
    say_work(ui->out, outcome);
    say_leave(ui->out, outcome->report, ui->device != NULL && ui->device->mode == DFK_MODE_DFUSE);
    if (outcome->report->faults_overcome > 0) {
        text_line(ui->out, "overcame", "%" PRIu32 " known fault%s of this silicon",
                  outcome->report->faults_overcome, text_plural(outcome->report->faults_overcome));
    }
    if (outcome->report->resumed > 0) {
        text_line(ui->out, "resumed", "%" PRIu32 " time%s, when the board was back",
                  outcome->report->resumed, text_plural(outcome->report->resumed));
    }
    if (strcmp(outcome->command, "leave") != 0) {
        say_time(ui->out, outcome->report);
    }
}
