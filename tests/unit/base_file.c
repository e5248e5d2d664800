/* SPDX-License-Identifier: MIT
 * Files read whole, and written whole or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static int enter_folder(void **state)
{
    char folder[] = "/tmp/dfukit-file-XXXXXX";
    *state = mkdtemp(folder) == NULL ? NULL : strdup(folder);
    return *state == NULL ? -1 : chdir(*state);
}

static unsigned count_files(void)
{
    DIR *folder = opendir(".");
    assert_non_null(folder);
    unsigned count = 0;
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 ? 1 : 0;
    }
    (void)closedir(folder);
    return count;
}

static int leave_folder(void **state)
{
    DIR *folder = opendir(".");
    for (struct dirent *entry = folder == NULL ? NULL : readdir(folder); entry != NULL;
         entry = readdir(folder)) {
        if (unlink(entry->d_name) != 0) {
            (void)rmdir(entry->d_name);
        }
    }
    (void)closedir(folder);
    int result = chdir("/") == 0 ? rmdir(*state) : -1;
    free(*state);
    return result;
}

static void write_text(const char *path, const char *text)
{
    struct dfk_error err = {.code = DFK_OK};
    assert_int_equal(file_write(path, (const uint8_t *)text, strlen(text), true, &err), 0);
    assert_int_equal(err.code, DFK_OK);
}

static void expect_text(const char *path, const char *text)
{
    uint8_t *data = NULL;
    size_t length = 0;
    assert_int_equal(file_read(path, 1000, &data, &length, NULL), 0);
    assert_int_equal(length, strlen(text));
    assert_string_equal((char *)data, text);
    free(data);
}

static void expect_refused(const char *path, bool overwrite, const char *what)
{
    struct dfk_error err = {.code = DFK_OK};
    assert_int_equal(file_write(path, (const uint8_t *)"new", 3, overwrite, &err), -DFK_E_FILE_IO);
    assert_int_equal(err.code, DFK_E_FILE_IO);
    assert_string_equal(err.what, what);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    write_text("a.bin", "twelve bytes");
    expect_text("a.bin", "twelve bytes");
    write_text("a.bin", "");
    expect_text("a.bin", "");
    assert_int_equal(count_files(), 1);
}

static void a_file_is_read_to_its_last_byte_whatever_its_size(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 63, 64, 4096, 1048575, 1048576, 1048577, 3000000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint8_t *wrote = malloc(sizes[i]), *data = NULL;
        assert_non_null(wrote);
        for (size_t at = 0; at < sizes[i]; at++) {
            wrote[at] = (uint8_t)(at * 31 >> 3);
        }
        size_t length = 0;
        assert_int_equal(file_write("a.bin", wrote, sizes[i], true, NULL), 0);
        assert_int_equal(file_read("a.bin", sizes[i], &data, &length, NULL), 0);
        assert_int_equal(length, sizes[i]);
        assert_memory_equal(data, wrote, length);
        assert_int_equal(data[length], 0);
        free(data);
        free(wrote);
    }
}

static void a_file_beyond_the_limit_is_not_read(void **state)
{
    (void)state;
    write_text("a.bin", "123456");
    struct dfk_error err = {.code = DFK_OK};
    uint8_t *data = NULL;
    size_t length = 77;
    assert_int_equal(file_read("a.bin", 5, &data, &length, &err), -DFK_E_BAD_FILE);
    assert_string_equal(err.what, "a.bin: larger than 5 bytes");
    assert_null(data);
    assert_int_equal(length, 77);
    assert_int_equal(file_read("a.bin", 6, &data, &length, NULL), 0);
    assert_int_equal(length, 6);
    free(data);
}

static void a_sparse_giant_needs_no_memory_of_its_size(void **state)
{
    (void)state;
    write_text("a.bin", "");
    if (truncate("a.bin", (off_t)1 << 40) != 0) {
        skip();
    }
    struct dfk_error err = {.code = DFK_OK};
    uint8_t *data = NULL;
    size_t length = 0;
    assert_int_equal(file_read("a.bin", 1000, &data, &length, &err), -DFK_E_BAD_FILE);
    assert_string_equal(err.what, "a.bin: larger than 1000 bytes");
}

static void a_file_without_a_size_is_read_to_its_end(void **state)
{
    (void)state;
    uint8_t *data = NULL;
    size_t length = 0;
    assert_int_equal(file_read("/proc/self/status", 100000, &data, &length, NULL), 0);
    assert_true(length > 100);
    assert_memory_equal(data, "Name:", 5);
    free(data);
    struct dfk_error err = {.code = DFK_OK};
    assert_int_equal(file_read("/dev/zero", 2000000, &data, &length, &err), -DFK_E_BAD_FILE);
    assert_string_equal(err.what, "/dev/zero: larger than 2000000 bytes");
}

static void what_cannot_be_read_says_why(void **state)
{
    (void)state;
    struct dfk_error err = {.code = DFK_OK}, folder = {.code = DFK_OK};
    uint8_t *data = NULL;
    size_t length = 0;
    assert_int_equal(file_read("missing.bin", 10, &data, &length, &err), -DFK_E_FILE_IO);
    assert_string_equal(err.what, "missing.bin: cannot open: No such file or directory");
    assert_int_equal(file_read(".", 10, &data, &length, &folder), -DFK_E_FILE_IO);
    assert_string_equal(folder.what, ".: cannot read: Is a directory");
}

static void a_long_path_leaves_room_for_the_reason(void **state)
{
    (void)state;
    char path[1001];
    memset(path, 'p', 1000);
    path[500] = '/';
    path[1000] = '\0';
    struct dfk_error err = {.code = DFK_OK};
    uint8_t *data = NULL;
    size_t length = 0;
    assert_int_equal(file_read(path, 10, &data, &length, &err), -DFK_E_FILE_IO);
    assert_int_equal(strncmp(err.what, "...ppp", 6), 0);
    assert_non_null(strstr(err.what, "ppp: cannot open: File name too long"));
}

static void an_existing_file_is_refused_unless_it_may_be_replaced(void **state)
{
    (void)state;
    write_text("a.bin", "old");
    expect_refused("a.bin", false, "a.bin: cannot write: File exists");
    expect_text("a.bin", "old");
    assert_int_equal(file_write("a.bin", (const uint8_t *)"new", 3, true, NULL), 0);
    expect_text("a.bin", "new");
    assert_int_equal(file_write("b.bin", (const uint8_t *)"new", 3, false, NULL), 0);
    expect_text("b.bin", "new");
    assert_int_equal(count_files(), 2);
}

static void a_name_taken_by_a_dangling_link_is_refused(void **state)
{
    (void)state;
    assert_int_equal(symlink("nowhere", "a.bin"), 0);
    expect_refused("a.bin", false, "a.bin: cannot write: File exists");
    assert_int_equal(count_files(), 1);
}

static void a_failed_write_leaves_neither_file_nor_remains(void **state)
{
    (void)state;
    expect_refused("none/a.bin", true, "none/a.bin: cannot write: No such file or directory");
    expect_refused("none/a.bin", false, "none/a.bin: cannot write: No such file or directory");
    assert_int_equal(mkdir("folder", 0700), 0);
    expect_refused("folder", true, "folder: cannot write: Is a directory");
    expect_refused("folder", false, "folder: cannot write: Is a directory");
    assert_int_equal(count_files(), 1);
}

static void a_full_device_is_reported(void **state)
{
    (void)state;
    expect_refused("/dev/full", true, "/dev/full: cannot write: No space left on device");
}

static void a_device_is_written_to_and_not_replaced(void **state)
{
    (void)state;
    assert_int_equal(symlink("/dev/null", "null"), 0);
    assert_int_equal(file_write("null", (const uint8_t *)"new", 3, true, NULL), 0);
    assert_int_equal(file_write("null", (const uint8_t *)"new", 3, false, NULL), 0);
    struct stat about;
    assert_int_equal(lstat("null", &about), 0);
    assert_true(S_ISLNK(about.st_mode));
}

static void permissions_are_those_of_any_new_file(void **state)
{
    (void)state;
    static const mode_t masks[] = {0022, 0077, 0000};
    for (size_t i = 0; i < sizeof masks / sizeof masks[0]; i++) {
        mode_t before = umask(masks[i]);
        write_text("a.bin", "x");
        (void)umask(before);
        struct stat about;
        assert_int_equal(stat("a.bin", &about), 0);
        assert_int_equal(about.st_mode & 0777, 0666 & ~masks[i]);
    }
}

static void a_name_as_long_as_the_file_system_allows_works(void **state)
{
    (void)state;
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    write_text(name, "long");
    expect_text(name, "long");
}

static void names_left_over_by_a_crash_do_not_matter(void **state)
{
    (void)state;
    char name[64];
    (void)snprintf(name, sizeof name, ".dfukit-%ld-0", (long)getpid());
    write_text(name, "left over");
    write_text("a.bin", "new");
    expect_text("a.bin", "new");
    expect_text(name, "left over");
    assert_int_equal(count_files(), 2);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(what_is_written_is_read),
        IN_FOLDER(a_file_is_read_to_its_last_byte_whatever_its_size),
        IN_FOLDER(a_file_beyond_the_limit_is_not_read),
        IN_FOLDER(a_sparse_giant_needs_no_memory_of_its_size),
        IN_FOLDER(a_file_without_a_size_is_read_to_its_end),
        IN_FOLDER(what_cannot_be_read_says_why),
        IN_FOLDER(a_long_path_leaves_room_for_the_reason),
        IN_FOLDER(an_existing_file_is_refused_unless_it_may_be_replaced),
        IN_FOLDER(a_name_taken_by_a_dangling_link_is_refused),
        IN_FOLDER(a_failed_write_leaves_neither_file_nor_remains),
        IN_FOLDER(a_full_device_is_reported),
        IN_FOLDER(a_device_is_written_to_and_not_replaced),
        IN_FOLDER(permissions_are_those_of_any_new_file),
        IN_FOLDER(a_name_as_long_as_the_file_system_allows_works),
        IN_FOLDER(names_left_over_by_a_crash_do_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
