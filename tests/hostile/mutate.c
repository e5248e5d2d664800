/* SPDX-License-Identifier: MIT
 * The ways in which the descriptors of a device can lie. */
#include <stdio.h>
#include <string.h>

#include "core/bytes.h"
#include "core/dfu.h"
#include "tests/hostile/kinds.h"

enum { DESCRIPTORS_MAX = 64 };

/* Where descriptors of one type begin in a configuration. */
struct places {
    uint16_t at[DESCRIPTORS_MAX];
    uint32_t count;
};

static struct places find(const struct kind *kind, uint8_t type)
{
    struct places found = {.count = 0};
    uint16_t at = 0;
    while (at + 9 <= kind->configuration_bytes && kind->configuration[at] >= 2 &&
           found.count < DESCRIPTORS_MAX) {
        if (kind->configuration[at + 1] == type) {
            found.at[found.count++] = at;
        }
        at = (uint16_t)(at + kind->configuration[at]);
    }
    return found;
}

/* One of the descriptors of a type; NULL when there is none. */
static uint8_t *pick(struct kind *kind, uint8_t type, struct chance *chance)
{
    struct places found = find(kind, type);
    return found.count == 0 ? NULL
                            : &kind->configuration[found.at[chance_below(chance, found.count)]];
}

static void transfer_size(struct kind *kind, struct chance *chance)
{
    static const uint16_t sizes[] = {0,    1,    2,    7,    8,    31,    32,   33,
                                     63,   64,   65,   127,  255,  1023,  1024, 1025,
                                     2048, 4095, 4096, 4097, 8192, 32768, 65535};
    uint8_t *at = pick(kind, USB_DFU_FUNCTIONAL, chance);
    if (at != NULL) {
        put_le16(at + 5, CHANCE_PICK(chance, sizes));
    }
}

static void functional_version(struct kind *kind, struct chance *chance)
{
    static const uint16_t versions[] = {0, 0x0100, 0x0101, 0x0110, 0x011A, 0x011A, 0x0200, 0xFFFF};
    uint8_t *at = pick(kind, USB_DFU_FUNCTIONAL, chance);
    if (at != NULL && at[0] >= DFU_FUNCTIONAL_BYTES) {
        put_le16(at + 7, CHANCE_PICK(chance, versions));
    }
}

static void attributes(struct kind *kind, struct chance *chance)
{
    uint8_t *at = pick(kind, USB_DFU_FUNCTIONAL, chance);
    if (at != NULL) {
        at[2] = (uint8_t)chance_next(chance);
        put_le16(at + 3, (uint16_t)chance_next(chance));
    }
}

/* Protocol, number of the alternate setting, its string, its interface, or its class. */
static void interface(struct kind *kind, struct chance *chance)
{
    static const uint8_t fields[] = {2, 3, 3, 5, 6, 7, 7, 7, 8, 8};
    static const uint8_t values[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 0xFE, 0xFF};
    uint8_t *at = pick(kind, USB_INTERFACE, chance);
    if (at != NULL) {
        at[CHANCE_PICK(chance, fields)] = CHANCE_PICK(chance, values);
    }
}

static void descriptor_length(struct kind *kind, struct chance *chance)
{
    uint8_t *at =
        pick(kind, chance_below(chance, 2) == 0 ? USB_INTERFACE : USB_DFU_FUNCTIONAL, chance);
    if (at != NULL) {
        at[0] = (uint8_t)(chance_below(chance, 4) == 0 ? chance_next(chance)
                                                       : chance_below(chance, 12));
    }
}

static void whole_length(struct kind *kind, struct chance *chance)
{
    static const uint16_t lengths[] = {0, 1, 8, 9, 10, 18, 255, 256, 1023, 1024, 1025, 65535};
    put_le16(kind->configuration + 2, CHANCE_PICK(chance, lengths));
}

static void cut_configuration(struct kind *kind, struct chance *chance)
{
    kind->configuration_bytes =
        (uint16_t)chance_below(chance, (uint32_t)kind->configuration_bytes + 1);
}

static void flip_configuration(struct kind *kind, struct chance *chance)
{
    for (uint32_t i = chance_below(chance, 4); i > 0 && kind->configuration_bytes > 0; i--) {
        kind->configuration[chance_below(chance, kind->configuration_bytes)] ^=
            (uint8_t)(1u << chance_below(chance, 8));
    }
}

static void random_configuration(struct kind *kind, struct chance *chance)
{
    kind->configuration_bytes = (uint16_t)chance_below(chance, KIND_CONFIGURATION_BYTES + 1);
    chance_fill(chance, kind->configuration, kind->configuration_bytes);
    if (chance_below(chance, 2) == 0) {
        put_le16(kind->configuration, 0x0209);
    }
}

static void flip_device(struct kind *kind, struct chance *chance)
{
    kind->device[chance_below(chance, USB_DEVICE_BYTES)] = (uint8_t)chance_next(chance);
}

/* The name of one family with the strings of another. */
static void other_name(struct kind *kind, struct chance *chance)
{
    static const uint32_t ids[] = {0x0483DF11, 0x0483DF11, 0x28E90189, 0x1D506017, 0x37C59204,
                                   0x37C5924A, 0x1FC9000C, 0x12090D11, 0xF055A002};
    static const uint16_t releases[] = {0x0100, 0x0200, 0x0300, 0x2200, 0x4000, 0x4123, 0xFFFF};
    uint32_t id = CHANCE_PICK(chance, ids);
    put_le16(kind->device + 8, (uint16_t)(id >> 16));
    put_le16(kind->device + 10, (uint16_t)id);
    put_le16(kind->device + 12, CHANCE_PICK(chance, releases));
}

static void put_string(struct kind *kind, uint8_t index, const char *text)
{
    uint8_t used = 2;
    for (size_t i = 0; text[i] != '\0' && used + 2 < KIND_STRING_BYTES; i++, used += 2) {
        put_le16(&kind->strings[index][used], (uint8_t)text[i]);
    }
    kind->strings[index][0] = used;
    kind->strings[index][1] = USB_STRING;
    kind->string_bytes[index] = used;
}

void kind_say_layout(struct kind *kind, const char *text)
{
    struct places found = find(kind, USB_INTERFACE);
    for (uint32_t i = 0; i < found.count; i++) {
        put_string(kind, kind->configuration[found.at[i] + 8] % KIND_STRINGS, text);
    }
}

static void layout(struct kind *kind, struct chance *chance)
{
    char text[160];
    const uint8_t *at = pick(kind, USB_INTERFACE, chance);
    kind_lie_of_layout(chance, text, sizeof text);
    if (at != NULL && at[8] != 0) {
        put_string(kind, at[8] % KIND_STRINGS, text);
    }
}

static void flip_string(struct kind *kind, struct chance *chance)
{
    uint32_t index = chance_below(chance, KIND_STRINGS);
    for (uint32_t i = chance_below(chance, 6); i > 0; i--) {
        kind->strings[index][chance_below(chance, KIND_STRING_BYTES)] =
            (uint8_t)chance_next(chance);
    }
    if (chance_below(chance, 3) == 0) {
        kind->string_bytes[index] = (uint8_t)chance_next(chance);
    }
}

static void bootloader_name(struct kind *kind, struct chance *chance)
{
    if (kind->device[15] != 0) {
        put_string(kind, kind->device[15] % KIND_STRINGS, "dfukit-boot of a stranger");
    }
    put_le16(kind->device + 12, (uint16_t)(0x4000 | chance_below(chance, 0x1000)));
}

static void common_serial(struct kind *kind, struct chance *chance)
{
    static const char *const serials[] = {"", "200364500000", "FFFFFFFEFFFF", "\x1b[31m\n", "%s%n"};
    if (kind->device[16] != 0) {
        put_string(kind, kind->device[16] % KIND_STRINGS, CHANCE_PICK(chance, serials));
    }
}

void kind_mutate(struct kind *kind, struct chance *chance, uint32_t count)
{
    /* What leaves nothing to talk to comes seldom. */
    static void (*const lies[])(struct kind * kind, struct chance * chance) = {
        transfer_size, transfer_size,   transfer_size, functional_version, attributes,
        layout,        layout,          layout,        other_name,         other_name,
        flip_string,   bootloader_name, common_serial, interface,          interface};
    static void (*const wrecks[])(struct kind * kind, struct chance * chance) = {
        descriptor_length,  whole_length,         cut_configuration,
        flip_configuration, random_configuration, flip_device};
    for (uint32_t i = 0; i < count; i++) {
        if (chance_permille(chance, 60)) {
            CHANCE_PICK(chance, wrecks)(kind, chance);
        } else {
            CHANCE_PICK(chance, lies)(kind, chance);
        }
    }
}

/* Appends to a text as far as there is room. */
static void append(char *text, size_t capacity, const char *more)
{
    size_t used = strlen(text);
    (void)snprintf(text + used, capacity - used, "%s", more);
}

static void append_run(struct chance *chance, char *text, size_t capacity)
{
    static const uint32_t counts[] = {0, 1, 1, 2, 4, 8, 16, 64, 128, 256, 1000, 99999};
    static const uint32_t sizes[] = {0, 1, 1, 2, 4, 8, 16, 32, 64, 128, 256, 1023, 99999};
    static const char units[] = {' ', 'B', 'K', 'K', 'K', 'K', 'M', 'x', '\0'};
    static const char types[] = {'a', 'b', 'c', 'd', 'e', 'f', 'g', 'g', 'g', 'g', 'h', '\0'};
    char run[40];
    (void)snprintf(run, sizeof run, "%0*u%c%0*u", (int)chance_below(chance, 4),
                   (unsigned)CHANCE_PICK(chance, counts), chance_permille(chance, 10) ? 'x' : '*',
                   (int)chance_below(chance, 4), (unsigned)CHANCE_PICK(chance, sizes));
    append(text, capacity, run);
    append(text, capacity, (const char[]){CHANCE_PICK(chance, units), '\0'});
    append(text, capacity, (const char[]){CHANCE_PICK(chance, types), '\0'});
}

void kind_lie_of_layout(struct chance *chance, char *text, size_t capacity)
{
    static const char *const names[] = {
        "@Internal Flash  ", "@Internal Flash   ", "@Flash ", "@", "Flash", "@%s%n%s ", "@/"};
    static const uint32_t starts[] = {0x08000000, 0x08000000, 0x08000000, 0x08020000, 0x08100000,
                                      0x90000000, 0,          0x1FFF0000, 0xFFFFF000, 0xFFFFFFFF};
    (void)snprintf(text, capacity, "%s", CHANCE_PICK(chance, names));
    for (uint32_t groups = 1 + chance_below(chance, 3); groups > 0; groups--) {
        char start[16];
        (void)snprintf(start, sizeof start, "/0x%08X/", (unsigned)CHANCE_PICK(chance, starts));
        append(text, capacity, start);
        for (uint32_t runs = 1 + chance_below(chance, 4); runs > 0; runs--) {
            append_run(chance, text, capacity);
            append(text, capacity, runs > 1 ? "," : "");
        }
    }
    if (chance_permille(chance, 100)) {
        text[chance_below(chance, (uint32_t)strlen(text))] = (char)chance_below(chance, 128);
    }
}
