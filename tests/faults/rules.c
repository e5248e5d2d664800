/* SPDX-License-Identifier: MIT
 * Which ends of a verb fit which mishap. */
#include "tests/faults/rules.h"

#include <string.h>

#define CODE(id) (1u << DFK_E_##id)

/* What may come of a mishap besides success.
 *
 * Not seen, and counted by themselves, are bits of what `read` hands out of a device without a
 * checksum: USB protects them by a CRC-16 of its own, and there is nothing to compare them with.
 * The same holds for the one bit in which a sector differs from the image, when it is turned over
 * in the very read that compares the two. */
static const uint32_t allowed[MISHAP_COUNT] = {
    [MISHAP_NONE] = 0,
    /* The refusal is named, or what the device then says of its state. dfukit-boot may forget what
     * it has taken on when a request is refused: the read-back finds that. */
    [MISHAP_STALL] = CODE(DEVICE) | CODE(VERIFY) | CODE(LOST),
    /* No answer in time. Of dfukit-boot that is gone before it confirmed the end of the download
     * nobody knows how far it came. */
    [MISHAP_NO_REQUEST] = CODE(TIMEOUT) | CODE(LOST),
    [MISHAP_NO_ANSWER] = CODE(TIMEOUT) | CODE(LOST),
    /* Half an answer is none; the rest as after a lost answer. */
    [MISHAP_SHORT] = CODE(PROTOCOL) | CODE(LOST),
    /* What the device seems to say is believed once: another status, no end to a busy state, other
     * bytes in the read-back, a word that is none. */
    [MISHAP_FLIP] = CODE(PROTOCOL) | CODE(VERIFY) | CODE(DEVICE) | CODE(TIMEOUT) | CODE(ERASE),
    /* Lost, or not found at all. With --wait, a board that is back is no error. */
    [MISHAP_GONE] = CODE(LOST) | CODE(NO_DEVICE),
    [MISHAP_BACK] = CODE(LOST) | CODE(NO_DEVICE),
    [MISHAP_BACK_SPOILT] = CODE(LOST) | CODE(NO_DEVICE),
    /* It says so, by state and status; what it forgot, the read-back finds; a ROM that hangs and
     * is helped out at that moment names its state. */
    [MISHAP_SPOILT] = CODE(DEVICE) | CODE(VERIFY) | CODE(TIMEOUT),
    /* An address or a block number may be forgotten: what is asked next is refused. */
    [MISHAP_RESET] = CODE(DEVICE) | CODE(PROTOCOL),
    /* The second answer is passed over. */
    [MISHAP_TWICE] = 0,
};

/* LOST without a loss of power: only where the board leaves on its own. */
static bool is_leaving(const struct dfk_error *err)
{
    return strstr(err->what, "before it said that the application is complete") != NULL;
}

static bool is_away(enum mishap kind)
{
    return kind == MISHAP_GONE || kind == MISHAP_BACK || kind == MISHAP_BACK_SPOILT;
}

/* What the message of a code has to name; NULL: nothing in particular. */
static bool says_enough(const struct dfk_error *err)
{
    bool addressed = err->where.kind != DFK_WHERE_ADDRESS || strstr(err->what, "0x") != NULL;
    switch (err->code) {
    case DFK_E_VERIFY:
    case DFK_E_ERASE:
    case DFK_E_OUTSIDE: return strstr(err->what, "0x") != NULL;
    case DFK_E_LOST:
        return strstr(err->what, "disappeared") != NULL || strstr(err->what, "gone") != NULL ||
               strstr(err->what, "not on the bus") != NULL;
    case DFK_E_TIMEOUT:
        return addressed &&
               (strstr(err->what, "no answer") != NULL || strstr(err->what, "dfu") != NULL);
    case DFK_E_DEVICE:
        return addressed && (strstr(err->what, "refused") != NULL ||
                             strstr(err->what, "dfu") != NULL || strstr(err->what, "err") != NULL);
    default: return addressed;
    }
}

bool rules_fit(const struct lab_case *one, const struct dfk_error *err, const char **why)
{
    *why = "";
    bool waited =
        one->verb == VERB_RESUME && (one->kind == MISHAP_BACK || one->kind == MISHAP_BACK_SPOILT);
    bool lost = err->code == DFK_E_LOST && !is_away(one->kind) && !is_leaving(err);
    if ((allowed[one->kind] & 1u << err->code) == 0 || lost || waited) {
        *why = "code";
    } else if (err->what[0] == '\0' || !says_enough(err)) {
        *why = "message";
    } else if (err->next[0] == '\0') {
        *why = "hint";
    }
    return (*why)[0] == '\0';
}
