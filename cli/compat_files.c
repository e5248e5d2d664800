/* SPDX-License-Identifier: MIT
 * dfukit dfu-suffix and dfu-prefix: the options, lines and exit codes of those programs. */
#include <getopt.h>
#include <stdio.h>

#include "cli/compat.h"

enum { HEX = 16, ANY_ID = 0xFFFF, SPEC_1_0 = 0x0100, SPEC_DFUSE = 0x011A };

enum action { ACTION_NONE, ACTION_HELP, ACTION_VERSION, ACTION_CHECK, ACTION_ADD, ACTION_DELETE };

/* What one call asks for. */
struct mark_request {
    const char *program;
    enum action action;
    const char *file;
    uint16_t vendor, product, bcd_device, spec;
    enum dfk_prefix prefix; /* DFK_PREFIX_NONE: not said */
    uint32_t addr;
    struct dfk_error err;
};

static const struct option suffix_options[] = {
    {"help", no_argument, NULL, 'h'},         {"version", no_argument, NULL, 'V'},
    {"check", required_argument, NULL, 'c'},  {"add", required_argument, NULL, 'a'},
    {"delete", required_argument, NULL, 'D'}, {"pid", required_argument, NULL, 'p'},
    {"vid", required_argument, NULL, 'v'},    {"did", required_argument, NULL, 'd'},
    {"spec", required_argument, NULL, 'S'},   {0}};

static const struct option prefix_options[] = {{"help", no_argument, NULL, 'h'},
                                               {"version", no_argument, NULL, 'V'},
                                               {"check", required_argument, NULL, 'c'},
                                               {"add", required_argument, NULL, 'a'},
                                               {"delete", required_argument, NULL, 'D'},
                                               {"stellaris-address", required_argument, NULL, 's'},
                                               {"stellaris", no_argument, NULL, 'T'},
                                               {"lpc-prefix", no_argument, NULL, 'L'},
                                               {0}};

static bool take_action(struct mark_request *request, enum action action, const char *file)
{
    request->action = action;
    request->file = file;
    return true;
}

static bool take_prefix(struct mark_request *request, enum dfk_prefix prefix)
{
    request->prefix = prefix;
    return true;
}

static bool take_letter(struct mark_request *request, int letter, const char *text)
{
    switch (letter) {
    case 'h': return take_action(request, ACTION_HELP, NULL);
    case 'V': return take_action(request, ACTION_VERSION, NULL);
    case 'c': return take_action(request, ACTION_CHECK, text);
    case 'a': return take_action(request, ACTION_ADD, text);
    case 'D': return take_action(request, ACTION_DELETE, text);
    case 'p': return compat_take_id(text, HEX, &request->product);
    case 'v': return compat_take_id(text, HEX, &request->vendor);
    case 'd': return compat_take_id(text, HEX, &request->bcd_device);
    case 'S': return compat_take_id(text, HEX, &request->spec);
    case 's':
        request->prefix = DFK_PREFIX_TI;
        return compat_take_number(text, 0, UINT32_MAX, &request->addr);
    case 'T': return take_prefix(request, DFK_PREFIX_TI);
    case 'L': return take_prefix(request, DFK_PREFIX_LPC);
    default: return false;
    }
}

static void say_marks(const struct mark_request *request, const struct dfk_marks *marks)
{
    if (marks->prefix == DFK_PREFIX_TI) {
        (void)printf("The file %s contains a TI Stellaris DFU prefix with the following "
                     "properties:\nAddress:\t0x%08x\n",
                     request->file, (unsigned)marks->prefix_addr);
    } else if (marks->prefix == DFK_PREFIX_LPC) {
        (void)printf("The file %s contains a NXP unencrypted LPC DFU prefix with the following "
                     "properties:\nSize:\t%5u kiB\n",
                     request->file, (unsigned)marks->payload_bytes / 1024);
    }
    if (marks->has_suffix) {
        (void)printf("The file %s contains a DFU suffix with the following properties:\n"
                     "BCD device:\t0x%04X\nProduct ID:\t0x%04X\nVendor ID:\t0x%04X\n"
                     "BCD DFU:\t0x%04X\nLength:\t\t%u\nCRC:\t\t0x%08X\n",
                     request->file, marks->bcd_device, marks->product, marks->vendor,
                     marks->dfu_version, marks->suffix_bytes, (unsigned)marks->crc);
    }
}

static int refuse(const struct mark_request *request, const char *what)
{
    compat_complain(request->program, "%s", what);
    return COMPAT_DATA;
}

static int write_marks(struct mark_request *request, const struct dfk_marks *marks,
                       const char *done)
{
    if (dfk_marks_write(request->file, marks, &request->err) != 0) {
        return compat_fail(request->program, &request->err);
    }
    (void)printf("%s\n", done);
    return COMPAT_OK;
}

static int add_suffix(struct mark_request *request, struct dfk_marks *marks)
{
    if (marks->has_suffix) {
        return refuse(request, "Please remove existing DFU suffix before adding a new one.");
    }
    marks->has_suffix = true;
    marks->vendor = request->vendor;
    marks->product = request->product;
    marks->bcd_device = request->bcd_device;
    marks->dfu_version = request->spec;
    return write_marks(request, marks, "Suffix successfully added to file");
}

static int work_on_suffix(struct mark_request *request, struct dfk_marks *marks)
{
    if (request->action == ACTION_ADD) {
        return add_suffix(request, marks);
    }
    if (!marks->has_suffix) {
        compat_complain(request->program, "%s", marks->suffix_problem);
        return refuse(request, "Valid DFU suffix needed");
    }
    if (request->action == ACTION_CHECK) {
        say_marks(request, marks);
        return COMPAT_OK;
    }
    marks->has_suffix = false;
    return write_marks(request, marks, "Suffix successfully removed from file");
}

static int add_prefix(struct mark_request *request, struct dfk_marks *marks)
{
    if (request->prefix == DFK_PREFIX_NONE) {
        compat_complain(request->program, "Prefix type must be specified");
        return COMPAT_USAGE;
    }
    if (marks->prefix != DFK_PREFIX_NONE) {
        return refuse(request, "A prefix already exists, please delete it first");
    }
    marks->prefix = request->prefix;
    marks->prefix_addr = request->addr;
    return write_marks(request, marks, "Adding prefix to file");
}

static int work_on_prefix(struct mark_request *request, struct dfk_marks *marks)
{
    if (request->action == ACTION_ADD) {
        return add_prefix(request, marks);
    }
    bool other = request->prefix != DFK_PREFIX_NONE && request->prefix != marks->prefix;
    if (request->action == ACTION_CHECK) {
        say_marks(request, marks);
        return other ? refuse(request, "No prefix of requested type") : COMPAT_OK;
    }
    if (other || marks->prefix == DFK_PREFIX_NONE) {
        return refuse(request, "Valid DFU prefix needed");
    }
    marks->prefix = DFK_PREFIX_NONE;
    return write_marks(request, marks, "Removing prefix from file");
}

static void say_suffix_help(void)
{
    (void)fputs("Usage: dfu-suffix OPTION...   (dfukit's stand-in)\n"
                "  -c --check FILE   say what the DFU suffix of a file holds\n"
                "  -a --add FILE     put a DFU suffix on a file\n"
                "  -D --delete FILE  take the DFU suffix off a file\n"
                "  -v --vid ID, -p --pid ID, -d --did ID  vendor, product, device; hexadecimal\n"
                "  -S --spec VERSION  DFU version, 0100 or 011a\n"
                "  -h --help, -V --version\n",
                stdout);
}

static void say_prefix_help(void)
{
    (void)fputs("Usage: dfu-prefix OPTION...   (dfukit's stand-in)\n"
                "  -c --check FILE   say what the prefix of a file holds\n"
                "  -a --add FILE     put a prefix on a file\n"
                "  -D --delete FILE  take the prefix off a file\n"
                "  -s --stellaris-address ADDRESS  with -a: the prefix of TI Stellaris\n"
                "  -T --stellaris    with -c, -D: the prefix of TI Stellaris\n"
                "  -L --lpc-prefix   the prefix of NXP LPC\n"
                "  -h --help, -V --version\n",
                stdout);
}

/* One of the two programs. */
struct mark_program {
    const char *letters;
    const struct option *options;
    void (*help)(void);
    int (*work)(struct mark_request *request, struct dfk_marks *marks);
};

static int take_words(struct run *run, const struct mark_program *program,
                      struct mark_request *request)
{
    int letter;
    int argc = (int)run->arguments.operand_count;
    while ((letter = getopt_long(argc, run->arguments.operands, program->letters, program->options,
                                 NULL)) != -1) {
        if (!take_letter(request, letter, optarg)) {
            return COMPAT_USAGE;
        }
    }
    if (request->spec != SPEC_1_0 && request->spec != SPEC_DFUSE) {
        compat_complain(request->program, "Only DFU specification 0x0100 and 0x011a supported");
        return COMPAT_USAGE;
    }
    if (request->action == ACTION_NONE) {
        compat_complain(request->program, "You need to specify a filename");
        return COMPAT_USAGE;
    }
    return COMPAT_OK;
}

static int run_marks(struct run *run, const char *name, const struct mark_program *program)
{
    struct dfk_marks marks;
    struct mark_request request = {.program = name,
                                   .vendor = ANY_ID,
                                   .product = ANY_ID,
                                   .bcd_device = ANY_ID,
                                   .spec = SPEC_1_0};
    run->exit_code = take_words(run, program, &request);
    if (run->exit_code != COMPAT_OK) {
        program->help();
        return 0;
    }
    compat_say_version(name);
    if (request.action == ACTION_HELP) {
        program->help();
    } else if (request.file != NULL && dfk_marks_read(request.file, &marks, &request.err) != 0) {
        run->exit_code = compat_fail(name, &request.err);
    } else if (request.file != NULL) {
        run->exit_code = program->work(&request, &marks);
    }
    return 0;
}

static int run_suffix(struct run *run)
{
    static const struct mark_program program = {"hVc:a:D:p:v:d:S:", suffix_options, say_suffix_help,
                                                work_on_suffix};
    return run_marks(run, "dfu-suffix", &program);
}

static int run_prefix(struct run *run)
{
    static const struct mark_program program = {"hVc:a:D:s:TL", prefix_options, say_prefix_help,
                                                work_on_prefix};
    return run_marks(run, "dfu-prefix", &program);
}

const struct command command_dfu_suffix = {
    .name = "dfu-suffix",
    .operands = "OPTION...",
    .summary = "do what dfu-suffix does, by its own options",
    .about = "Checks, adds or removes the DFU suffix of a file. Takes the options of dfu-suffix "
             "0.11 and ends with its exit codes. The file is replaced as a whole or not at all.",
    .example = "dfukit dfu-suffix -v 0483 -p df11 -a firmware.bin\n"
               "dfukit dfu-suffix -c firmware.bin",
    .raw = true,
    .stands_in = true,
    .operands_max = SIZE_MAX,
    .run = run_suffix,
};

const struct command command_dfu_prefix = {
    .name = "dfu-prefix",
    .operands = "OPTION...",
    .summary = "do what dfu-prefix does, by its own options",
    .about = "Checks, adds or removes the prefix that TI Stellaris and NXP LPC parts want. Takes "
             "the options of dfu-prefix 0.11 and ends with its exit codes. A DFU suffix stays, "
             "with a new CRC.",
    .example = "dfukit dfu-prefix -s 0x4000 -a firmware.bin\n"
               "dfukit dfu-prefix -L -c firmware.bin",
    .raw = true,
    .stands_in = true,
    .operands_max = SIZE_MAX,
    .run = run_prefix,
};
