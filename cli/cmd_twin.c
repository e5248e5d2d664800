/* SPDX-License-Identifier: MIT
 * dfukit twin: starts a virtual board.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"

/* Where dfukit-twin is: installed beside dfukit, or in the folder it is built in. */
static const char *const places[] = {"dfukit-twin", "../twin/app/dfukit-twin"};

static void try_beside_us(char **words)
{
    char path[PATH_MAX], program[PATH_MAX + 64];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0) {
        return;
    }
    path[length] = '\0';
    *strrchr(path, '/') = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        (void)snprintf(program, sizeof program, "%s/%s", path, places[i]);
        (void)execv(program, words);
    }
}

/* Becomes dfukit-twin; comes back only when that fails. */
static int run_twin(struct run *run)
{
    char **words = calloc(run->arguments.operand_count + 1, sizeof *words);
    if (words == NULL) {
        return cli_fail(&run->err, DFK_E_NO_MEMORY, "no memory to start dfukit-twin");
    }
    char name[] = "dfukit-twin";
    memcpy(words, run->arguments.operands, run->arguments.operand_count * sizeof *words);
    words[0] = name;
    try_beside_us(words);
    (void)execvp(name, words);
    cli_fail(&run->err, DFK_E_FILE_IO, "dfukit-twin could not be started: %s", strerror(errno));
    free(words);
    return cli_fail_next(&run->err, "install dfukit-twin beside dfukit, or into PATH");
}

const struct command command_twin = {
    .name = "twin",
    .operands = "[OPTION...]",
    .summary = "start a virtual board (see: dfukit twin --help)",
    .about = "Starts dfukit-twin, a virtual board on a USB/IP server, and hands every word to it.",
    .example = "dfukit twin --board openmv4p --flash board.flash\n"
               "dfukit list --bus usbip://127.0.0.1",
    .raw = true,
    .operands_max = SIZE_MAX,
    .run = run_twin,
};
