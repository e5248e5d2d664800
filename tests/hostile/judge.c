/* SPDX-License-Identifier: MIT
 * What every call and every event of the library keeps to, whatever the device says. */
#include <string.h>

#include "tests/hostile/verbs.h"

void verbs_break(struct person *person, const char *promise)
{
    person->broken = person->broken == NULL ? promise : person->broken;
}

/* Texts go to terminals and logs: printable, whole characters of UTF-8, ended by a NUL. */
static bool is_text(const char *text, size_t capacity)
{
    size_t length = strnlen(text, capacity);
    bool good = length < capacity;
    size_t at = 0;
    while (good && at < length) {
        uint8_t lead = (uint8_t)text[at++];
        size_t more = lead < 0x80 ? 0 : lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
        good = lead >= 0x20 && lead != 0x7F && (lead < 0x80 || lead >= 0xC2) && lead < 0xF5;
        for (; good && more > 0; more--) {
            good = ((uint8_t)text[at++] & 0xC0) == 0x80;
        }
    }
    return good;
}

static bool is_line(const char *text)
{
    return is_text(text, strlen(text) + 1);
}

void verbs_judge(struct person *person, int result)
{
    const struct dfk_error *err = &person->err;
    person->counts[COUNT_VERBS]++;
    if (result == 0) {
        person->counts[COUNT_WELL]++;
        if (err->code != DFK_OK) {
            verbs_break(person, "success with an error in it");
        }
        return;
    }
    person->counts[result == -DFK_E_INTERRUPTED ? COUNT_STOPPED : COUNT_CLEAR_ERROR]++;
    if (result != -(int)err->code || err->code >= DFK_CODE_COUNT || err->code == DFK_E_INTERNAL) {
        verbs_break(person, "an error whose code is not what was returned");
    }
    if (err->what[0] == '\0' || err->next[0] == '\0') {
        verbs_break(person, "an error that does not say what happened and what to try");
    }
    if (!is_text(err->what, sizeof err->what) || !is_text(err->why, sizeof err->why) ||
        !is_text(err->next, sizeof err->next)) {
        verbs_break(person, "an error whose text is not text");
    }
    if (result == -DFK_E_INTERRUPTED && !person->liar.tired) {
        verbs_break(person, "interrupted, and nobody did");
    }
}

static void take_event(void *user, const struct dfk_event *event)
{
    struct person *person = user;
    liar_progress(&person->liar);
    bool said = event->kind == DFK_EVENT_WARNING || event->kind == DFK_EVENT_RECOVERED ||
                event->kind == DFK_EVENT_WAITING;
    if (said && (event->id == NULL || event->text == NULL || event->text[0] == '\0' ||
                 !is_line(event->text))) {
        verbs_break(person, "an event whose text is not text");
    }
    if (event->kind == DFK_EVENT_PROGRESS && event->bytes_total > 0 &&
        event->bytes_done > event->bytes_total) {
        verbs_break(person, "more than everything is done");
    }
    if (event->kind == DFK_EVENT_DEVICE && event->device == NULL) {
        verbs_break(person, "a device event without a device");
    }
}

static bool is_cancelled(void *user)
{
    return liar_is_tired(&((struct person *)user)->liar);
}

struct dfk_callbacks verbs_callbacks(struct person *person)
{
    return (struct dfk_callbacks){person, take_event, is_cancelled};
}
