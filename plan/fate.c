/* SPDX-License-Identifier: MIT
 * What becomes of one sector, and which sectors of a bootloader's application go together. */
#include "plan/fate.h"

enum fate fate_find(const struct plan_sector *sector, const struct plan_sector_content *content,
                    enum dfk_reason *reason)
{
    bool blank = content->content == DFK_CONTENT_BLANK;
    *reason = DFK_REASON_IMAGE;
    if (sector->padding && (sector->look == PLAN_LOOK_KIND || sector->look == PLAN_LOOK_NOT)) {
        *reason = DFK_REASON_PADDING;
        return FATE_SKIP;
    }
    if (sector->padding) {
        *reason = blank ? DFK_REASON_BLANK : DFK_REASON_BLANK_ASKED;
        return blank ? FATE_SKIP : FATE_ERASE_ONLY;
    }
    if (sector->preserve && blank) {
        *reason = DFK_REASON_BLANK;
        return FATE_SKIP;
    }
    if (content->content == DFK_CONTENT_SAME) {
        *reason = DFK_REASON_SAME;
        return FATE_SKIP;
    }
    return blank || content->range_blank ? FATE_WRITE : FATE_ERASE_AND_WRITE;
}

bool fate_erases(const struct plan_sector *sector, const struct plan_sector_content *content)
{
    enum dfk_reason reason;
    enum fate fate = fate_find(sector, content, &reason);
    return fate == FATE_ERASE_ONLY || fate == FATE_ERASE_AND_WRITE;
}

bool fate_second_first(const struct plan_input *input, const struct plan_survey *survey,
                       const struct plan_sector_content *content)
{
    size_t erases[2] = {0, 0};
    for (size_t i = 0; i < survey->count && input->second_bank != 0; i++) {
        bool second = survey->sectors[i].sector.addr >= input->second_bank;
        erases[second] += fate_erases(&survey->sectors[i], &content[i]) ? 1 : 0;
    }
    return input->second_bank != 0 && erases[1] <= erases[0];
}

bool fate_is_hidden(const struct plan_input *input, bool second_first, uint32_t addr)
{
    return input->second_bank != 0 && (addr >= input->second_bank) == second_first;
}

static bool is_application(const struct plan_input *input, uint32_t addr)
{
    return addr - input->application.addr < input->application.bytes;
}

/* The bootloader keeps the start of the application back and writes it last, so that a partly
 * written application is never started. It takes the old application out of service when its first
 * sector is erased, and only then: a plan that changed a later sector alone would leave a start in
 * order in front of what is being rewritten. So the first sector goes with every change. */
bool plan_find_rewrite(const struct plan_input *input, const struct plan_survey *survey,
                       const struct plan_sector_content *content, size_t *index)
{
    bool changes = false;
    bool found = false;
    for (size_t i = 0; i < survey->count; i++) {
        enum dfk_reason reason;
        uint32_t addr = survey->sectors[i].sector.addr;
        if (!is_application(input, addr)) {
            continue;
        }
        if (addr == input->application.addr) {
            *index = i;
            found = true;
        }
        bool erases = fate_erases(&survey->sectors[i], &content[i]);
        bool skipped = fate_find(&survey->sectors[i], &content[i], &reason) == FATE_SKIP;
        bool first = addr == input->application.addr;
        found = found && !(first && (erases || content[i].content == DFK_CONTENT_BLANK));
        changes = changes || !skipped;
    }
    return found && changes;
}
