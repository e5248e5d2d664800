/* SPDX-License-Identifier: MIT
 * The program dfukit: finds the command and runs it.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/help.h"

enum { COLUMNS_DEFAULT = 80 };

static bool is_word_there(int argc, char **argv, const char *word)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], word) == 0) {
            return true;
        }
    }
    return false;
}

static unsigned terminal_columns(void)
{
    struct winsize size = {0};
    bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : COLUMNS_DEFAULT;
}

/* What the person said before the command line is understood, so that its errors are heard too. */
static struct ui make_ui(int argc, char **argv)
{
    bool json = is_word_there(argc, argv, "--json");
    return (struct ui){
        .calls = json ? &json_calls : &text_calls,
        .out = stdout,
        .talk = stderr,
        .hints = !is_word_there(argc, argv, "--no-hints"),
        .terminal = isatty(STDERR_FILENO) == 1,
        .columns = terminal_columns(),
    };
}

static int say(struct run *run, struct words *words)
{
    int status = words->failed ? cli_fail(&run->err, DFK_E_NO_MEMORY, "no memory for the help") : 0;
    if (status == 0) {
        run->ui->calls->plain(run->ui, words->text);
    }
    words_free(words);
    return status;
}

static int show_help(struct run *run, const struct command *command)
{
    static const struct {
        const char *topic;
        void (*add)(struct words *words);
    } topics[] = {
        {"", help_program},  {"scdoc", help_scdoc}, {"errors", help_errors},
        {"bash", help_bash}, {"zsh", help_zsh},     {"fish", help_fish},
    };
    struct words words = {0};
    if (command != NULL) {
        help_command(&words, command);
        return say(run, &words);
    }
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
        if (strcmp(run->arguments.help, topics[i].topic) == 0) {
            topics[i].add(&words);
            return say(run, &words);
        }
    }
    cli_fail(&run->err, DFK_E_USAGE, "there is no help on \"%s\"", run->arguments.help);
    return cli_fail_next(&run->err, "dfukit --help");
}

static int check_operands(struct run *run, const struct command *command)
{
    size_t count = run->arguments.operand_count;
    if (count < command->operands_min) {
        cli_fail(&run->err, DFK_E_USAGE, "%s needs %s", command->name, command->operands);
    } else if (count > command->operands_max) {
        cli_fail(&run->err, DFK_E_USAGE, "%s: \"%s\" is one argument too many", command->name,
                 run->arguments.operands[command->operands_max]);
    } else {
        return 0;
    }
    return cli_fail_next(&run->err, "dfukit %s --help", command->name);
}

static void set_manner(struct run *run)
{
    run->ui->quiet = run->arguments.quiet;
    run->ui->verbose = run->arguments.verbose;
}

/* argv lies behind the word that named the command. */
static int run_command(struct run *run, const struct command *command, int argc, char **argv)
{
    if (command->raw) {
        run->arguments.operands = argv - 1;
        run->arguments.operand_count = (size_t)argc + 1;
        return command->run(run);
    }
    struct option_groups groups = command_options(command);
    struct word_list list = {.count = argc, .words = argv};
    int status = options_parse(&groups, &list, &run->arguments, &run->err);
    if (status != 0) {
        return status;
    }
    set_manner(run);
    if (run->arguments.help != NULL) {
        return show_help(run, command);
    }
    status = check_operands(run, command);
    return status != 0 ? status : command->run(run);
}

static int run_program(struct run *run, int argc, char **argv)
{
    struct option_groups groups = command_options(NULL);
    struct word_list list = {.count = argc, .words = argv, .stop = true};
    int status = options_parse(&groups, &list, &run->arguments, &run->err);
    if (status != 0) {
        return status;
    }
    if (run->arguments.version) {
        struct words words = {0};
        words_add(&words, "dfukit %s\n", dfk_version());
        return say(run, &words);
    }
    if (run->arguments.help != NULL) {
        return show_help(run, NULL);
    }
    if (list.taken == argc) {
        cli_fail(&run->err, DFK_E_USAGE, "dfukit needs a command");
        return cli_fail_next(&run->err, "dfukit --help");
    }
    const struct command *command = command_find(argv[list.taken], &run->err);
    if (command == NULL) {
        return -DFK_E_USAGE;
    }
    return run_command(run, command, argc - list.taken - 1, argv + list.taken + 1);
}

/* A program that we stand in for, when that is the name we were started under. */
static const struct command *started_as(const char *program)
{
    const char *slash = strrchr(program, '/');
    const char *name = slash == NULL ? program : slash + 1;
    const struct command *command = command_at(0);
    for (size_t i = 1; command != NULL && !(command->stands_in && strcmp(command->name, name) == 0);
         i++) {
        command = command_at(i);
    }
    return command;
}

int main(int argc, char **argv)
{
    struct ui ui = make_ui(argc, argv);
    struct run run = {.ui = &ui};
    const struct command *command = argc > 0 ? started_as(argv[0]) : NULL;
    int status = command != NULL ? run_command(&run, command, argc - 1, argv + 1)
                                 : run_program(&run, argc - 1, argv + 1);
    if (status == 0 && (fflush(stdout) != 0 || ferror(stdout))) {
        status = cli_fail(&run.err, DFK_E_FILE_IO, "standard output could not be written: %s",
                          strerror(errno));
    }
    if (status != 0) {
        ui.calls->error(&ui, &run.err);
    }
    return status == 0 ? run.exit_code : dfk_error_exit_code((enum dfk_code) - status);
}
