/* SPDX-License-Identifier: MIT
 * The fault schedule of a board, read from text. */
#include "twin/fault.h"

#include <stdlib.h>
#include <string.h>

/* What may follow the name of a fault. */
enum form {
    FORM_ALONE,
    FORM_EVENT,
    FORM_OPERATION,
    FORM_CUT, /* FORM_OPERATION, or one operation of the flash */
    FORM_DIP, /* one operation of the flash */
    FORM_ADDRESS,
    FORM_NUMBER,
    FORM_TEXT,
};

struct word {
    const char *name;
    enum form form;
    bool value_needed; /* ":VALUE" behind the trigger */
};

static const struct word words[FAULT_KIND_COUNT] = {
    [FAULT_UNPLUG] = {"unplug", FORM_EVENT, false},
    [FAULT_POWER_CUT] = {"power-cut", FORM_CUT, false},
    [FAULT_BROWN_OUT] = {"brown-out", FORM_DIP, false},
    [FAULT_STALL] = {"stall", FORM_EVENT, false},
    [FAULT_DROP] = {"drop", FORM_EVENT, false},
    [FAULT_CORRUPT] = {"corrupt", FORM_EVENT, false},
    [FAULT_BUSY_FOREVER] = {"busy-forever", FORM_OPERATION, false},
    [FAULT_SLOW_SECTOR] = {"slow-sector", FORM_ADDRESS, true},
    [FAULT_STUCK_BIT] = {"stuck-bit", FORM_ADDRESS, true},
    [FAULT_ERASE_NOOP] = {"erase-noop", FORM_ADDRESS, false},
    [FAULT_WRITE_PROTECT] = {"write-protect", FORM_ADDRESS, false},
    [FAULT_POLL_TIMEOUT] = {"poll-timeout", FORM_NUMBER, false},
    [FAULT_START_ERROR] = {"start-error", FORM_ALONE, false},
    [FAULT_RDP] = {"rdp", FORM_NUMBER, false},
    [FAULT_TRANSFER_SIZE] = {"transfer-size", FORM_NUMBER, false},
    [FAULT_SERIAL] = {"serial", FORM_TEXT, false},
    [FAULT_LEAVE_STAYS] = {"leave-stays", FORM_ALONE, false},
    [FAULT_LEAVE_VANISHES] = {"leave-vanishes", FORM_ALONE, false},
};

static const char *const ways[FAULT_WAY_COUNT] = {
    [FAULT_WAY_BEFORE] = "before", [FAULT_WAY_LOW] = "low",     [FAULT_WAY_HIGH] = "high",
    [FAULT_WAY_RANDOM] = "random", [FAULT_WAY_AFTER] = "after", [FAULT_WAY_WEAK] = "weak",
    [FAULT_WAY_EXTRA] = "extra",   [FAULT_WAY_OTHER] = "other", [FAULT_WAY_NOTHING] = "nothing",
};

const char *fault_grammar(void)
{
    return "unplug|stall|drop|corrupt@transfer:N[+MSms], "
           "unplug|power-cut|busy-forever@erase:N or "
           "@write:N, power-cut@flash:N:before|low|high|random|after, "
           "brown-out@flash:N:weak|extra|other|nothing[+told], slow-sector@ADDR:xN, "
           "stuck-bit@ADDR:BIT, erase-noop@ADDR, "
           "write-protect@ADDR, "
           "poll-timeout:MS, rdp:1, transfer-size:N, serial:TEXT, start-error, "
           "leave-stays, leave-vanishes";
}

static bool take_number(const char **at, uint32_t *out)
{
    char *end = NULL;
    unsigned long value = strtoul(*at, &end, 0);
    bool good = end != *at && **at >= '0' && **at <= '9' && value <= UINT32_MAX;
    *out = good ? (uint32_t)value : *out;
    *at = good ? end : *at;
    return good;
}

static bool take(const char **at, const char *word)
{
    size_t length = strlen(word);
    bool here = strncmp(*at, word, length) == 0;
    *at += here ? length : 0;
    return here;
}

/* "@transfer:N", "@erase:N", "@write:N", each with "+MSms" for the way back. */
static bool take_event(const char **at, bool transfer_too, struct fault *fault)
{
    if (transfer_too && take(at, "@transfer:")) {
        fault->trigger = FAULT_AT_TRANSFER;
    } else if (take(at, "@erase:")) {
        fault->trigger = FAULT_AT_ERASE;
    } else if (take(at, "@write:")) {
        fault->trigger = FAULT_AT_WRITE;
    } else {
        return false;
    }
    if (!take_number(at, &fault->at)) {
        return false;
    }
    return !take(at, "+") || (take_number(at, &fault->value) && take(at, "ms"));
}

/* "@flash:N:WAY", and "+told" where a controller is there that may notice. */
static bool take_flash(const char **at, struct fault *fault)
{
    bool dip = fault->kind == FAULT_BROWN_OUT;
    int first = dip ? FAULT_WAY_WEAK : FAULT_WAY_BEFORE;
    int end = dip ? FAULT_WAY_COUNT : FAULT_WAY_WEAK;
    fault->trigger = FAULT_AT_FLASH;
    if (!take(at, "@flash:") || !take_number(at, &fault->at) || !take(at, ":")) {
        return false;
    }
    for (int way = first; way < end; way++) {
        if (take(at, ways[way])) {
            fault->way = (enum fault_way)way;
            fault->told = dip && take(at, "+told");
            return true;
        }
    }
    return false;
}

static bool take_cut(const char **at, struct fault *fault)
{
    const char *ahead = *at;
    return take(&ahead, "@flash:") ? take_flash(at, fault) : take_event(at, false, fault);
}

static bool take_address(const char **at, bool value_needed, struct fault *fault)
{
    fault->trigger = FAULT_AT_ADDRESS;
    if (!take(at, "@") || !take_number(at, &fault->at)) {
        return false;
    }
    if (!value_needed) {
        return true;
    }
    return take(at, ":") && (take(at, "x") || true) && take_number(at, &fault->value);
}

static bool take_text(const char **at, struct fault *fault)
{
    size_t length = take(at, ":") ? strcspn(*at, ",") : 0;
    if (length == 0 || length >= FAULT_TEXT_BYTES) {
        return false;
    }
    memcpy(fault->text, *at, length);
    *at += length;
    return true;
}

static bool take_rest(const char **at, const struct word *word, struct fault *fault)
{
    switch (word->form) {
    case FORM_EVENT: return take_event(at, true, fault);
    case FORM_OPERATION: return take_event(at, false, fault);
    case FORM_CUT: return take_cut(at, fault);
    case FORM_DIP: return take_flash(at, fault);
    case FORM_ADDRESS: return take_address(at, word->value_needed, fault);
    case FORM_NUMBER: return take(at, ":") && take_number(at, &fault->value);
    case FORM_TEXT: return take_text(at, fault);
    case FORM_ALONE: break;
    }
    return true;
}

static bool take_fault(const char **at, struct fault *fault)
{
    for (int kind = 0; kind < FAULT_KIND_COUNT; kind++) {
        const char *after = *at;
        size_t length = strlen(words[kind].name);
        if (take(&after, words[kind].name) && strchr("@:,", (*at)[length]) != NULL) {
            fault->kind = (enum fault_kind)kind;
            *at = after;
            return take_rest(at, &words[kind], fault);
        }
    }
    return false;
}

bool fault_parse(const char *text, struct fault_schedule *out, size_t *bad_at)
{
    struct fault_schedule schedule = {.count = 0};
    const char *at = text == NULL ? "" : text;
    while (*at != '\0') {
        const char *start = at;
        struct fault fault = {.trigger = FAULT_ALWAYS};
        bool good =
            schedule.count < FAULTS_MAX && take_fault(&at, &fault) && (*at == ',' || *at == '\0');
        if (!good) {
            *bad_at = (size_t)(start - text);
            return false;
        }
        schedule.faults[schedule.count++] = fault;
        at += *at == ',' ? 1 : 0;
    }
    *out = schedule;
    return true;
}

const struct fault *fault_find(const struct fault_schedule *schedule, enum fault_kind kind,
                               enum fault_trigger trigger, uint32_t at)
{
    for (size_t i = 0; i < schedule->count; i++) {
        const struct fault *fault = &schedule->faults[i];
        if (fault->kind == kind && fault->trigger == trigger && fault->at == at) {
            return fault;
        }
    }
    return NULL;
}
