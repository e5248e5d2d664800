/* SPDX-License-Identifier: MIT
 * The plan, as text: what is about to happen and why.
 */
#include <inttypes.h>

#include "cli/text.h"

static const char *reason_text(enum dfk_reason reason)
{
    static const char *const texts[] = {
        [DFK_REASON_IMAGE] = "",
        [DFK_REASON_SAME] = "holds the right bytes already",
        [DFK_REASON_BLANK] = "is blank already",
        [DFK_REASON_PADDING] = "is only 0xFF in the file and stays as it is (--blank erases it)",
        [DFK_REASON_KEPT] = "is kept",
        [DFK_REASON_ASKED] = "asked for",
        [DFK_REASON_BLANK_ASKED] = "is only 0xFF in the file, erased because of --blank",
        [DFK_REASON_MERGED] = "keeps the bytes that the file does not name",
    };
    return texts[reason];
}

static const char *content_text(enum dfk_content content)
{
    static const char *const texts[] = {
        [DFK_CONTENT_UNKNOWN] = "",
        [DFK_CONTENT_BLANK] = "blank",
        [DFK_CONTENT_SAME] = "",
        [DFK_CONTENT_DATA] = "holds data",
        [DFK_CONTENT_FAT] = "holds a FAT file system (a flash drive)",
        [DFK_CONTENT_LITTLEFS] = "holds a littlefs file system",
    };
    return texts[content];
}

static const char *action_text(enum dfk_action action)
{
    static const char *const texts[] = {
        [DFK_ACTION_SKIP] = "skip",     [DFK_ACTION_ERASE] = "erase", [DFK_ACTION_WRITE] = "write",
        [DFK_ACTION_VERIFY] = "verify", [DFK_ACTION_LEAVE] = "leave",
    };
    return texts[action];
}

static void say_ranges(FILE *to, const char *label, const struct dfk_range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text_line(to, i == 0 ? label : "", "0x%08" PRIX32 "-0x%08" PRIX32 "  %" PRIu32 " bytes",
                  ranges[i].addr, ranges[i].addr + (ranges[i].length - 1), ranges[i].length);
    }
}

void text_job(struct ui *ui, const struct job *job)
{
    ui->job = *job;
    if (!ui->quiet && job->options != NULL) {
        say_ranges(ui->talk, "keep", job->options->keep, job->options->keep_count);
        say_ranges(ui->talk, "only", job->options->only, job->options->only_count);
    }
}

static void say_step(FILE *to, size_t number, const struct dfk_step *step)
{
    char label[24], time[TEXT_TIME_MAX];
    const char *content = content_text(step->content);
    const char *reason = reason_text(step->reason);
    (void)snprintf(label, sizeof label, "%5zu", number);
    if (step->action == DFK_ACTION_LEAVE) {
        text_line(to, label, "leave   0x%08" PRIX32 "  start the application", step->addr);
        return;
    }
    text_line(to, label, "%-6s  0x%08" PRIX32 "-0x%08" PRIX32 "  %8" PRIu32 " bytes  %6s%s%s%s%s",
              action_text(step->action), step->addr, step->addr + (step->length - 1), step->length,
              step->estimate_ms == 0 ? "" : text_time(time, step->estimate_ms),
              reason[0] == '\0' ? "" : "  ", reason, content[0] == '\0' ? "" : "; ", content);
}

static bool is_padding_or_kept(const struct dfk_step *step)
{
    return step->action == DFK_ACTION_SKIP &&
           (step->reason == DFK_REASON_PADDING || step->reason == DFK_REASON_KEPT);
}

static bool goes_on(const struct dfk_step *before, const struct dfk_step *step)
{
    return step->action == before->action && step->reason == before->reason &&
           step->content == before->content && step->addr == before->addr + before->length;
}

/* Says what stays as it is, neighbours with the same reason as one. */
static void say_left_alone(FILE *to, const struct dfk_plan *plan)
{
    size_t count = dfk_plan_step_count(plan);
    for (size_t i = 0; i < count; i++) {
        const struct dfk_step *first = dfk_plan_get_step(plan, i);
        struct dfk_step whole = *first;
        if (!is_padding_or_kept(first)) {
            continue;
        }
        while (i + 1 < count && goes_on(&whole, dfk_plan_get_step(plan, i + 1))) {
            whole.length += dfk_plan_get_step(plan, ++i)->length;
        }
        const char *content = content_text(whole.content);
        text_line(to, "left", "0x%08" PRIX32 "-0x%08" PRIX32 " %s%s%s", whole.addr,
                  whole.addr + (whole.length - 1), reason_text(whole.reason),
                  content[0] == '\0' ? "" : "; it ", content);
    }
}

static const struct dfk_step *find_leave(const struct dfk_plan *plan)
{
    for (size_t i = dfk_plan_step_count(plan); i > 0; i--) {
        const struct dfk_step *step = dfk_plan_get_step(plan, i - 1);
        if (step->action == DFK_ACTION_LEAVE) {
            return step;
        }
    }
    return NULL;
}

static void say_summary(FILE *to, const struct dfk_plan *plan)
{
    const struct dfk_plan_summary *sum = dfk_plan_get_summary(plan);
    const struct dfk_step *leave = find_leave(plan);
    char time[TEXT_TIME_MAX], start[48] = "", write[48] = "", verify[48] = "";
    if (leave != NULL) {
        (void)snprintf(start, sizeof start, ", start 0x%08" PRIX32, leave->addr);
    }
    if (sum->bytes_written > 0) {
        (void)snprintf(write, sizeof write, ", write %" PRIu64 " bytes", sum->bytes_written);
    }
    if (sum->bytes_verified > 0) {
        (void)snprintf(verify, sizeof verify, ", verify %" PRIu64 " bytes", sum->bytes_verified);
    }
    if (sum->sectors_erased == 0 && sum->bytes_written == 0) {
        text_line(to, "plan", "nothing to erase or write%s%s", verify, start);
    } else {
        text_line(to, "plan", "erase %" PRIu32 " sector%s%s%s%s; about %s", sum->sectors_erased,
                  text_plural(sum->sectors_erased), write, verify, start,
                  text_time(time, sum->estimate_ms));
    }
    if (sum->sectors_same > 0) {
        text_line(to, "", "%" PRIu32 " sector%s already right: not touched", sum->sectors_same,
                  sum->sectors_same == 1 ? " is" : "s are");
    }
    if (sum->bytes_merged > 0) {
        text_line(to, "",
                  "%" PRIu64 " bytes of the board share a sector with the file: written back",
                  sum->bytes_merged);
    }
}

/* Whether a step does what a known fault can spoil, where it can spoil it. */
static bool step_meets_fault(const struct dfk_step *step, const struct dfk_known_fault *fault)
{
    static const uint8_t concerns[] = {
        [DFK_ACTION_SKIP] = 0,
        [DFK_ACTION_ERASE] = DFK_FAULT_ERASE,
        [DFK_ACTION_WRITE] = DFK_FAULT_WRITE,
        [DFK_ACTION_VERIFY] = DFK_FAULT_READ,
        [DFK_ACTION_LEAVE] = DFK_FAULT_LEAVE,
    };
    uint64_t end = (uint64_t)step->addr + step->length;
    bool here = fault->from_addr == 0 || end > fault->from_addr;
    return here && (fault->concerns == 0 || (fault->concerns & concerns[step->action]) != 0);
}

static bool plan_meets_fault(const struct ui *ui, const struct dfk_plan *plan,
                             const struct dfk_known_fault *fault)
{
    for (size_t i = 0; i < dfk_plan_step_count(plan); i++) {
        if (step_meets_fault(dfk_plan_get_step(plan, i), fault)) {
            return true;
        }
    }
    return ui->job.whole && (fault->concerns & DFK_FAULT_ERASE_ALL) != 0;
}

static void say_faults(const struct ui *ui, FILE *to, const struct dfk_plan *plan)
{
    for (size_t i = 0; ui->device != NULL && i < ui->device->fault_count; i++) {
        const struct dfk_known_fault *fault = &ui->device->faults[i];
        if (plan_meets_fault(ui, plan, fault)) {
            text_line(to, "fault", "%s: %s", fault->id, fault->does);
            text_line(to, "", "%s", fault->remedy);
        }
    }
}

void text_plan(struct ui *ui, const struct dfk_plan *plan)
{
    bool dry_run = ui->job.options != NULL && ui->job.options->dry_run;
    FILE *to = dry_run ? ui->out : ui->talk;
    if (ui->quiet && !dry_run) {
        return;
    }
    text_close_line(ui);
    say_left_alone(to, plan);
    say_summary(to, plan);
    say_faults(ui, to, plan);
    for (size_t i = 0; (dry_run || ui->verbose) && i < dfk_plan_step_count(plan); i++) {
        say_step(to, i + 1, dfk_plan_get_step(plan, i));
    }
}
