/* SPDX-License-Identifier: MIT
 * Reading the command line of dfu-util 0.11. */
#include "cli/compat_args.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum { HEX = 16, ANY_BASE = 0, TRANSFER_BYTES_MAX = 4096, DELAY_MAX_S = 86400 };

static const struct option long_options[] = {{"help", no_argument, NULL, 'h'},
                                             {"version", no_argument, NULL, 'V'},
                                             {"verbose", no_argument, NULL, 'v'},
                                             {"list", no_argument, NULL, 'l'},
                                             {"detach", no_argument, NULL, 'e'},
                                             {"detach-delay", required_argument, NULL, 'E'},
                                             {"device", required_argument, NULL, 'd'},
                                             {"devnum", required_argument, NULL, 'n'},
                                             {"path", required_argument, NULL, 'p'},
                                             {"cfg", required_argument, NULL, 'c'},
                                             {"configuration", required_argument, NULL, 'c'},
                                             {"intf", required_argument, NULL, 'i'},
                                             {"interface", required_argument, NULL, 'i'},
                                             {"alt", required_argument, NULL, 'a'},
                                             {"altsetting", required_argument, NULL, 'a'},
                                             {"serial", required_argument, NULL, 'S'},
                                             {"transfer-size", required_argument, NULL, 't'},
                                             {"upload", required_argument, NULL, 'U'},
                                             {"upload-size", required_argument, NULL, 'Z'},
                                             {"download", required_argument, NULL, 'D'},
                                             {"reset", no_argument, NULL, 'R'},
                                             {"wait", no_argument, NULL, 'w'},
                                             {"dfuse-address", required_argument, NULL, 's'},
                                             {0}};

static bool take_one(const char *text, int32_t *number)
{
    uint32_t value = 0;
    bool good = compat_take_number(text, ANY_BASE, UINT16_MAX, &value);
    *number = good ? (int32_t)value : *number;
    return good;
}

/* One id of -d; "" leaves it as it is. */
static bool take_id_word(const char *word, int32_t *id)
{
    uint32_t value = 0;
    if (word[0] == '\0') {
        return true;
    }
    if (strcmp(word, "*") == 0 || strcmp(word, "-") == 0) {
        *id = word[0] == '*' ? COMPAT_ANY : COMPAT_NOTHING;
        return true;
    }
    bool good = compat_take_number(word, HEX, UINT16_MAX, &value);
    *id = good ? (int32_t)value : *id;
    return good;
}

/* VENDOR[:PRODUCT]. "-" alone means that no device in this mode is wanted. */
static bool take_pair(char *text, struct compat_ids *ids)
{
    char *colon = strchr(text, ':');
    char nothing[1] = "";
    if (colon != NULL) {
        *colon = '\0';
    }
    return take_id_word(text, &ids->vendor) &&
           take_id_word(colon == NULL ? nothing : colon + 1, &ids->product);
}

/* RUNTIME[,DFU]. Without a comma both modes have the same ids: dfu-util then takes any device that
 * is in DFU mode, and so writes to boards that were not named. */
static bool take_device(const char *text, struct compat_request *request)
{
    char copy[64];
    if (strlen(text) >= sizeof copy) {
        return false;
    }
    memcpy(copy, text, strlen(text) + 1);
    char *comma = strchr(copy, ',');
    if (comma != NULL) {
        *comma = '\0';
    }
    request->ids_given = true;
    request->runtime = (struct compat_ids){COMPAT_ANY, COMPAT_ANY};
    bool good = take_pair(copy, &request->runtime);
    request->dfu = request->runtime;
    if (comma == NULL) {
        return good;
    }
    if (copy[0] == '\0') {
        request->runtime = (struct compat_ids){COMPAT_NOTHING, COMPAT_NOTHING};
    }
    return good && take_pair(comma + 1, &request->dfu);
}

static bool take_serials(const char *text, struct compat_request *request)
{
    const char *comma = strchr(text, ',');
    size_t first = comma == NULL ? strlen(text) : (size_t)(comma - text);
    const char *second = comma == NULL ? text : comma + 1;
    if (first >= sizeof request->serials[0] || strlen(second) >= sizeof request->serials[1]) {
        return false;
    }
    memcpy(request->serials[0], text, first);
    request->serials[0][first] = '\0';
    memcpy(request->serials[1], second, strlen(second) + 1);
    return true;
}

static bool take_modifier(const char *word, struct compat_dfuse *dfuse)
{
    const struct {
        const char *name;
        bool *flag;
    } modifiers[] = {{"force", &dfuse->force},
                     {"leave", &dfuse->leave},
                     {"unprotect", &dfuse->unprotect},
                     {"mass-erase", &dfuse->mass_erase},
                     {"will-reset", &dfuse->will_reset}};
    for (size_t i = 0; i < sizeof modifiers / sizeof modifiers[0]; i++) {
        if (strcmp(word, modifiers[i].name) == 0) {
            *modifiers[i].flag = true;
            return true;
        }
    }
    return compat_take_number(word, ANY_BASE, UINT32_MAX, &dfuse->length);
}

/* Says itself what is wrong: scripts look for these two lines. */
static bool take_dfuse(char *text, struct compat_dfuse *dfuse)
{
    bool first = true;
    dfuse->given = true;
    for (char *next = NULL, *word = text; word != NULL; word = next) {
        next = strchr(word, ':');
        if (next != NULL) {
            *next++ = '\0';
        }
        bool empty = word[0] == '\0';
        if (first && !empty) {
            dfuse->has_addr = compat_take_number(word, ANY_BASE, UINT32_MAX, &dfuse->addr);
        }
        if (first ? !empty && !dfuse->has_addr : !take_modifier(word, dfuse)) {
            compat_complain("dfu-util", "Invalid dfuse %s: %s", first ? "address" : "modifier",
                            word);
            return false;
        }
        first = false;
    }
    return true;
}

static bool set_mode(struct compat_request *request, enum compat_mode mode, const char *file)
{
    request->mode = mode;
    request->file = file;
    return true;
}

static bool take_transfer_size(const char *text, uint16_t *bytes)
{
    uint32_t value = 0;
    bool good = compat_take_number(text, ANY_BASE, UINT16_MAX, &value) && value >= 8;
    *bytes = (uint16_t)(value > TRANSFER_BYTES_MAX ? TRANSFER_BYTES_MAX : value);
    return good;
}

/* The options that select a device. */
static bool take_selecting(int letter, char *text, struct compat_request *request)
{
    switch (letter) {
    case 'd': return take_device(text, request);
    case 'n': return take_one(text, &request->number);
    case 'p': request->path = text; return true;
    case 'c': return take_one(text, &request->configuration);
    case 'i': return take_one(text, &request->interface);
    case 'a': request->alternate = text; return true;
    case 'S': return take_serials(text, request);
    default: request->wait = true; return true;
    }
}

/* The options that say what to do. Returns false for a value that makes no sense. */
static bool take_doing(int letter, char *text, struct compat_request *request)
{
    uint32_t seconds = 0;
    switch (letter) {
    case 'h': return set_mode(request, COMPAT_MODE_HELP, NULL);
    case 'V': return set_mode(request, COMPAT_MODE_VERSION, NULL);
    case 'l': return set_mode(request, COMPAT_MODE_LIST, NULL);
    case 'e': return set_mode(request, COMPAT_MODE_DETACH, NULL);
    case 'U': return set_mode(request, COMPAT_MODE_UPLOAD, text);
    case 'D': return set_mode(request, COMPAT_MODE_DOWNLOAD, text);
    case 'v': request->verbose++; return true;
    case 'R': request->reset = true; return true;
    case 'E':
        return compat_take_number(text, ANY_BASE, DELAY_MAX_S,
                                  &seconds); /* we look, and do not sleep */
    case 't': return take_transfer_size(text, &request->transfer_bytes);
    default: return compat_take_number(text, ANY_BASE, UINT32_MAX, &request->upload_bytes); /* Z */
    }
}

static bool take_letter(int letter, char *text, struct compat_request *request)
{
    if (letter == 's') {
        return take_dfuse(text, &request->dfuse);
    }
    bool good = strchr("dnpciaSw", letter) != NULL ? take_selecting(letter, text, request)
                                                   : take_doing(letter, text, request);
    if (!good) {
        compat_complain("dfu-util", "Something went wrong with the argument of -%c: %s", letter,
                        text);
    }
    return good;
}

int compat_args_parse(int argc, char **argv, struct compat_request *request)
{
    int letter;
    *request = (struct compat_request){.runtime = {COMPAT_ANY, COMPAT_ANY},
                                       .dfu = {COMPAT_ANY, COMPAT_ANY},
                                       .number = COMPAT_ANY,
                                       .configuration = COMPAT_ANY,
                                       .interface = COMPAT_ANY};
    while ((letter = getopt_long(argc, argv, "hVvleE:d:p:c:i:a:S:t:U:D:Rs:Z:wn:", long_options,
                                 NULL)) != -1) {
        if (letter == '?' || !take_letter(letter, optarg, request)) {
            return COMPAT_USAGE;
        }
    }
    if (optind < argc) {
        compat_complain("dfu-util", "Error: Unexpected argument: %s", argv[optind]);
        return COMPAT_USAGE;
    }
    bool alone = request->dfuse.given && request->mode == COMPAT_MODE_NONE;
    if (request->mode == COMPAT_MODE_NONE && !alone) {
        compat_complain("dfu-util", "You need to specify one of -D or -U");
        return COMPAT_USAGE;
    }
    return COMPAT_OK;
}
