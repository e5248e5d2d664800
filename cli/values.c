/* SPDX-License-Identifier: MIT
 * Reading the words of a command line as numbers, ranges and names.
 */
#include "cli/values.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
    WAIT_DEFAULT_MS = 30000,
    WAIT_MIN_MS = 100,
    WAIT_MAX_MS = 86400000,
};

bool take_flag(const char *text, void *field)
{
    (void)text;
    *(bool *)field = true;
    return true;
}

bool take_text(const char *text, void *field)
{
    if (*text == '\0') {
        return false;
    }
    *(const char **)field = text;
    return true;
}

bool take_optional_text(const char *text, void *field)
{
    *(const char **)field = text == NULL ? "" : text;
    return true;
}

/* Reads digits, then K, M or nothing. Gives the first character that does not belong, or NULL. */
static const char *scan_number(const char *text, uint64_t *number)
{
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char *digits = hex ? text + 2 : text;
    if (!isxdigit((unsigned char)digits[0]) || (!hex && !isdigit((unsigned char)digits[0]))) {
        return NULL;
    }
    char *end = NULL;
    uint64_t value = strtoull(digits, &end, hex ? 16 : 10);
    if (value > UINT32_MAX + UINT64_C(1) || end - digits > 16) {
        return NULL;
    }
    uint64_t unit = *end == 'K' || *end == 'k'   ? 1024
                    : *end == 'M' || *end == 'm' ? 1024 * 1024
                                                 : 1;
    *number = value * unit;
    return unit == 1 ? end : end + 1;
}

static bool whole_number(const char *text, uint64_t limit, uint64_t *number)
{
    uint64_t value = 0;
    const char *end = scan_number(text, &value);
    if (end == NULL || *end != '\0' || value > limit) {
        return false;
    }
    *number = value;
    return true;
}

static bool take_limited(const char *text, uint64_t limit, struct given_number *field)
{
    uint64_t value = 0;
    if (!whole_number(text, limit, &value)) {
        return false;
    }
    *field = (struct given_number){.given = true, .value = (uint32_t)value};
    return true;
}

bool take_number(const char *text, void *field)
{
    return take_limited(text, UINT32_MAX, field);
}

bool take_byte(const char *text, void *field)
{
    return take_limited(text, UINT8_MAX, field);
}

/* Reads one to four hexadecimal digits, with or without 0x. Gives what follows, or NULL. */
static const char *scan_id(const char *text, uint16_t *id)
{
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        text += 2;
    }
    size_t digits = strspn(text, "0123456789abcdefABCDEF");
    if (digits == 0 || digits > 4) {
        return NULL;
    }
    *id = (uint16_t)strtoul(text, NULL, 16);
    return text + digits;
}

bool take_id(const char *text, void *field)
{
    uint16_t id = 0;
    const char *end = scan_id(text, &id);
    if (end == NULL || *end != '\0') {
        return false;
    }
    *(struct given_number *)field = (struct given_number){.given = true, .value = id};
    return true;
}

bool take_ids(const char *text, void *field)
{
    uint16_t vendor = 0, product = 0;
    const char *colon = strchr(text, ':');
    if (colon == NULL || strcmp(text, ":") == 0) {
        return false;
    }
    bool has_vendor = colon != text, has_product = colon[1] != '\0';
    if (has_vendor && scan_id(text, &vendor) != colon) {
        return false;
    }
    const char *end = has_product ? scan_id(colon + 1, &product) : colon + 1;
    if (end == NULL || *end != '\0') {
        return false;
    }
    struct dfk_select *select = field;
    select->match_vendor = has_vendor;
    select->vendor = vendor;
    select->match_product = has_product;
    select->product = product;
    return true;
}

bool take_range(const char *text, void *field)
{
    struct range_list *ranges = field;
    uint64_t start = 0, second = 0;
    const char *mark = scan_number(text, &start);
    if (ranges->count == VALUE_RANGES_MAX || mark == NULL || *mark == '\0' ||
        strchr("-+:", *mark) == NULL || !whole_number(mark + 1, UINT32_MAX, &second)) {
        return false;
    }
    if (*mark == '-' && second < start) {
        return false;
    }
    uint64_t length = *mark == '-' ? second - start + 1 : second;
    if (length == 0 || length > UINT32_MAX || start + length > UINT32_MAX + UINT64_C(1)) {
        return false;
    }
    ranges->list[ranges->count++] =
        (struct dfk_range){.addr = (uint32_t)start, .length = (uint32_t)length};
    return true;
}

bool take_seconds(const char *text, void *field)
{
    if (text == NULL) {
        *(uint32_t *)field = WAIT_DEFAULT_MS;
        return true;
    }
    char *end = NULL;
    double seconds = isdigit((unsigned char)*text) ? strtod(text, &end) : -1;
    double milliseconds = seconds * 1000;
    if (end == NULL || *end != '\0' ||
        !(milliseconds >= WAIT_MIN_MS && milliseconds <= WAIT_MAX_MS)) {
        return false;
    }
    *(uint32_t *)field = (uint32_t)milliseconds;
    return true;
}

bool take_format(const char *text, void *field)
{
    for (int format = DFK_FORMAT_DFUSE; format <= DFK_FORMAT_UF2; format++) {
        if (strcmp(text, dfk_format_name((enum dfk_format)format)) == 0) {
            *(enum dfk_format *)field = (enum dfk_format)format;
            return true;
        }
    }
    return false;
}

/* Reads one part of a version and what ends it. */
static bool take_part(const char **text, uint32_t limit, uint32_t *part)
{
    uint32_t value = 0;
    const char *at = *text;
    for (; *at >= '0' && *at <= '9' && value <= limit; at++) {
        value = value * 10 + (uint32_t)(*at - '0');
    }
    bool good = at != *text && value <= limit && (*at == '.' || *at == '\0');
    *text = *at == '.' ? at + 1 : at;
    *part = value;
    return good;
}

bool take_version(const char *text, void *field)
{
    static const uint32_t limits[] = {255, 255, 65535};
    uint32_t parts[] = {0, 0, 0};
    size_t count = 0;
    bool more = true;
    for (; count < 3 && more; count++) {
        if (!take_part(&text, limits[count], &parts[count])) {
            return false;
        }
        more = text[-1] == '.';
    }
    if (more || *text != '\0') {
        return false;
    }
    *(struct given_number *)field =
        (struct given_number){true, DFK_SEAL_VERSION(parts[0], parts[1], parts[2])};
    return true;
}
