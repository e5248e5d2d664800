/* SPDX-License-Identifier: MIT
 * Runs a fuzz target once over every file of its corpus, without libFuzzer. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

static int run_file(const char *folder, const char *name)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) {
        return 1;
    }
    uint8_t *data = NULL;
    size_t length = 0;
    if (file_read(path, SIZE_MAX / 2, &data, &length, NULL) != 0) {
        fprintf(stderr, "cannot read %s\n", path);
        return 1;
    }
    (void)LLVMFuzzerTestOneInput(data, length);
    free(data);
    return 0;
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    if (folder == NULL) {
        fprintf(stderr, "no corpus: %s\n", argc == 2 ? argv[1] : "usage: replay FOLDER");
        return 1;
    }
    unsigned count = 0;
    int failed = 0;
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] != '.') {
            failed |= run_file(argv[1], entry->d_name);
            count++;
        }
    }
    closedir(folder);
    printf("%u inputs\n", count);
    return count == 0 ? 1 : failed;
}
