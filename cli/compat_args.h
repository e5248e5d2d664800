/* SPDX-License-Identifier: MIT
 * The command line of dfu-util 0.11. */
#ifndef CLI_COMPAT_ARGS_H
#define CLI_COMPAT_ARGS_H

#include "cli/compat.h"

enum compat_mode {
    COMPAT_MODE_NONE,
    COMPAT_MODE_VERSION,
    COMPAT_MODE_HELP,
    COMPAT_MODE_LIST,
    COMPAT_MODE_DETACH,
    COMPAT_MODE_UPLOAD,
    COMPAT_MODE_DOWNLOAD,
};

/* What one of the ids of -d, or a number of -c, -i, -n, has to be. */
enum { COMPAT_ANY = -1, COMPAT_NOTHING = -2 };

/* The ids of a device in one of its two modes: 0..0xFFFF, COMPAT_ANY or COMPAT_NOTHING. */
struct compat_ids {
    int32_t vendor, product;
};

/* -s [ADDRESS][:LENGTH][:MODIFIER...] */
struct compat_dfuse {
    bool given, has_addr, force, leave, unprotect, mass_erase, will_reset;
    uint32_t addr;
    uint32_t length; /* bytes; 0: not given */
};

/* Everything such a command line can say. Strings lie in argv, or in serials. */
struct compat_request {
    enum compat_mode mode;
    unsigned verbose;
    bool ids_given, wait, reset;
    struct compat_ids runtime, dfu;
    int32_t number, configuration, interface; /* COMPAT_ANY: not given */
    const char *path, *alternate, *file;      /* NULL: not given */
    char serials[2][128];                     /* of the application, in DFU mode; "": any */
    uint16_t transfer_bytes;                  /* 0: not given */
    uint32_t upload_bytes;
    struct compat_dfuse dfuse;
};

/* Reads the command line.
 *
 * argv      argv[0] is not looked at; the words may be put into another order
 * Returns   COMPAT_OK, or COMPAT_USAGE after it was said what is wrong */
int compat_args_parse(int argc, char **argv, struct compat_request *request);

#endif
