/* SPDX-License-Identifier: MIT
 * The firmware files that a command line names.
 */
#include "cli/files.h"

#include <string.h>
#include <unistd.h>

/* Splits FILE@ADDR. A file whose name really is the whole word is taken as that. */
static int split_operand(const char *operand, char *path, size_t path_bytes,
                         struct given_number *at, struct dfk_error *err)
{
    const char *mark = strrchr(operand, '@');
    size_t length = strlen(operand);
    if (mark != NULL && access(operand, F_OK) != 0 && take_number(mark + 1, at)) {
        length = (size_t)(mark - operand);
    }
    if (length >= path_bytes) {
        return cli_fail(err, DFK_E_USAGE, "a file name has %zu bytes, at most %zu are taken",
                        length, path_bytes - 1);
    }
    memcpy(path, operand, length);
    path[length] = '\0';
    return 0;
}

static int read_one(struct run *run, const char *operand, enum dfk_format format,
                    struct dfk_image **image)
{
    char path[4096];
    struct given_number at = run->arguments.at;
    int status = split_operand(operand, path, sizeof path, &at, &run->err);
    if (status != 0) {
        return status;
    }
    struct dfk_image_options options = {
        .format = format,
        .has_addr = at.given,
        .addr = at.value,
        .uf2_family = run->arguments.uf2_family.value,
    };
    status = dfk_image_read(path, &options, image, &run->err);
    if (status == 0) {
        run->ui->calls->source(run->ui, *image);
    }
    return status;
}

int files_read(struct run *run, enum dfk_format format, struct dfk_image **image)
{
    struct dfk_image *first = NULL;
    int status = read_one(run, run->arguments.operands[0], format, &first);
    for (size_t i = 1; i < run->arguments.operand_count && status == 0; i++) {
        struct dfk_image *next = NULL;
        status = read_one(run, run->arguments.operands[i], format, &next);
        if (status == 0) {
            status = dfk_image_merge(first, next, &run->err);
            dfk_image_free(next);
        }
    }
    if (status != 0) {
        dfk_image_free(first);
        return status;
    }
    *image = first;
    return 0;
}

int files_check_output(struct run *run, const char *command)
{
    const struct arguments *a = &run->arguments;
    if (a->output == NULL) {
        cli_fail(&run->err, DFK_E_USAGE, "%s needs -o FILE", command);
        return cli_fail_next(&run->err, "dfukit %s --help", command);
    }
    if (strcmp(a->output, "-") == 0 && a->json) {
        cli_fail(&run->err, DFK_E_USAGE, "--json and -o - both want standard output");
        return cli_fail_next(&run->err, "-o FILE");
    }
    if (!a->overwrite && strcmp(a->output, "-") != 0 && access(a->output, F_OK) == 0) {
        cli_fail(&run->err, DFK_E_FILE_IO, "%s exists and was not changed", a->output);
        return cli_fail_next(&run->err, "add --overwrite, or choose another name");
    }
    return 0;
}

int files_check_seal(struct run *run, const struct dfk_image *image)
{
    const struct arguments *a = &run->arguments;
    const struct dfk_seal_wish wish = {.is_signed = a->require_signed, .key = a->key};
    return a->require_signed || a->key != NULL ? dfk_image_check_seal(image, &wish, &run->err) : 0;
}
