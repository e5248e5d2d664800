/* SPDX-License-Identifier: MIT
 * dfukit image: seals firmware, and makes the keys that sign it.
 */
#include <stdio.h>
#include <string.h>

#include "cli/files.h"

#define FIELD(name) offsetof(struct arguments, name)

static const struct option_row options[] = {
    {.name = "board",
     .letter = 'b',
     .kind = OPTION_TEXT,
     .argument = "ID",
     .field = FIELD(board),
     .help = "of seal: the board it is for, as its bootloader calls it (see: dfukit info)"},
    {.name = "image-version",
     .kind = OPTION_VERSION,
     .argument = "X.Y.Z",
     .field = FIELD(image_version),
     .help = "of seal: the version of the firmware, at most 255.255.65535; the default is 0.0.0"},
    {.name = "sign",
     .kind = OPTION_TEXT,
     .argument = "KEY",
     .field = FIELD(sign),
     .help = "of seal: sign it with the secret key in this file"},
    {.name = "any-version",
     .kind = OPTION_FLAG,
     .field = FIELD(any_version),
     .help = "of seal: it may replace a newer version"},
    {.name = "again",
     .kind = OPTION_FLAG,
     .field = FIELD(again),
     .help = "of seal: take off the seal that is there"},
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .argument = "FILE",
     .field = FIELD(output),
     .help = "of seal: where to; the format is by its ending; - is standard output"},
    {.name = "at",
     .kind = OPTION_NUMBER,
     .argument = "ADDR",
     .field = FIELD(at),
     .help = "of seal: where raw bytes belong"},
    {.name = "format",
     .kind = OPTION_FORMAT,
     .argument = "FORMAT",
     .field = FIELD(format),
     .help = "of seal: of the new file: dfuse, dfu, bin, hex or uf2"},
    {.name = "overwrite",
     .kind = OPTION_FLAG,
     .field = FIELD(overwrite),
     .help = "of seal: replace the file if it exists; keys are never overwritten"},
    {0},
};

static int write_sealed(struct run *run, const struct dfk_image *image)
{
    const struct arguments *a = &run->arguments;
    const struct dfk_image_info *info = dfk_image_get_info(image);
    const struct dfk_write_options how = {.format = a->format,
                                          .has_ids = info->has_ids,
                                          .vendor = info->vendor,
                                          .product = info->product,
                                          .bcd_device = info->bcd_device,
                                          .uf2_family = info->uf2_family,
                                          .overwrite = a->overwrite};
    int status = dfk_image_write(image, a->output, &how, &run->err);
    if (status == 0) {
        run->ui->calls->written(run->ui, &(struct written){"image", a->output, image});
    }
    return status;
}

static int seal(struct run *run)
{
    const struct arguments *a = &run->arguments;
    const struct dfk_seal_options how = {.board = a->board,
                                         .version = a->image_version.value,
                                         .key = a->sign,
                                         .any_version = a->any_version,
                                         .again = a->again};
    struct dfk_image *image = NULL;
    if (a->board == NULL) {
        cli_fail(&run->err, DFK_E_USAGE, "seal needs --board ID: which board is it for?");
        return cli_fail_next(&run->err, "dfukit image --help");
    }
    int status = files_check_output(run, "image");
    status = status == 0 ? files_read(run, DFK_FORMAT_AUTO, &image) : status;
    status = status == 0 ? dfk_image_seal(image, &how, &run->err) : status;
    status = status == 0 ? write_sealed(run, image) : status;
    if (status == -DFK_E_REFUSED) {
        cli_fail_next(&run->err, "add --again to seal it anew");
    }
    dfk_image_free(image);
    return status;
}

static int make_keys(struct run *run)
{
    const char *name = run->arguments.operands[0];
    char secret[4096], public[4096];
    struct keys keys = {.secret = secret, .public = public};
    if (strlen(name) + sizeof ".key" > sizeof secret) {
        return cli_fail(&run->err, DFK_E_USAGE, "the name of the keys is too long");
    }
    (void)snprintf(secret, sizeof secret, "%s.key", name);
    (void)snprintf(public, sizeof public, "%s.pub", name);
    int status = dfk_key_make(secret, public, keys.key, &run->err);
    if (status == 0) {
        run->ui->calls->keys(run->ui, &keys);
    }
    return status;
}

/* The first word says what is to be done; the others are files. */
static int run_image(struct run *run)
{
    struct arguments *a = &run->arguments;
    const char *verb = a->operands[0];
    bool makes_keys = strcmp(verb, "keygen") == 0;
    if (!makes_keys && strcmp(verb, "seal") != 0) {
        cli_fail(&run->err, DFK_E_USAGE, "image has no command \"%s\": seal or keygen", verb);
        return cli_fail_next(&run->err, "dfukit image --help");
    }
    if (makes_keys && a->operand_count != 2) {
        cli_fail(&run->err, DFK_E_USAGE, "keygen takes one name, for NAME.key and NAME.pub");
        return cli_fail_next(&run->err, "dfukit image keygen NAME");
    }
    a->operands++;
    a->operand_count--;
    return makes_keys ? make_keys(run) : seal(run);
}

const struct command command_image = {
    .name = "image",
    .operands = "seal FILE... | keygen NAME",
    .words = "seal keygen",
    .summary = "seal and sign firmware, make keys for that",
    .about =
        "seal appends 160 bytes to firmware: the board it is for, its version, a SHA-256 and, "
        "with --sign, an Ed25519 signature. A bootloader that checks seals starts nothing "
        "else. Nothing has to be built anew: two reserved words of the vector table tell where "
        "the seal is. keygen makes a pair of keys, NAME.key to sign with, which only you can "
        "read, and NAME.pub to be built into the bootloader.",
    .example = "dfukit image keygen product\n"
               "dfukit image seal app.elf --board pybv11 --image-version 1.2.0 --sign product.key "
               "-o app.dfu\n"
               "dfukit inspect app.dfu --key product.pub",
    .options = options,
    .operands_min = 2,
    .operands_max = SIZE_MAX,
    .run = run_image,
};
