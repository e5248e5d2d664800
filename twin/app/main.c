/* SPDX-License-Identifier: MIT
 * The program dfukit-twin: serves virtual boards until it is told to end. */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>

#include "twin/app/desk.h"
#include "twin/app/options.h"
#include "twin/app/report.h"

enum {
    TURN_MS = 20,       /* how long a signal may wait */
    FAREWELL_MS = 50,   /* for the last answers to reach their clients */
    TIMER_SLACK_NS = 1, /* Linux rounds waits up by 50 us otherwise, as long as a transfer */
};

/* Signals are fetched between two turns of the server, so that no handler and no global is needed.
 */
static sigset_t watched_signals(void)
{
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGUSR1);
    return signals;
}

/* Returns the signal that came, 0 for none. */
static int next_signal(const sigset_t *signals)
{
    const struct timespec at_once = {.tv_sec = 0};
    int number = sigtimedwait(signals, NULL, &at_once);
    return number > 0 ? number : 0;
}

static int serve(struct desk *desk, struct dfk_error *err)
{
    const sigset_t signals = watched_signals();
    int number = 0;
    int result = 0;
    while (result == 0 && number != SIGINT && number != SIGTERM &&
           !(desk->options->once && desk_is_finished(desk))) {
        if (number == SIGUSR1) {
            desk_reset(desk);
        }
        result = desk_serve(desk, TURN_MS, err);
        number = next_signal(&signals);
    }
    return result == 0 ? desk_serve(desk, FAREWELL_MS, err) : result;
}

static int run(const struct options *options, struct dfk_error *err)
{
    struct desk desk;
    int result = desk_open(options, &desk, err);
    if (result == 0) {
        result = desk_wait_for_boards(&desk, err);
    }
    if (result == 0) {
        result = report_ready(&desk, err);
    }
    if (result == 0) {
        result = serve(&desk, err);
    }
    if (result == 0) {
        result = report_figures(&desk, err);
    }
    int closed = desk_close(&desk, err);
    return result != 0 ? result : closed;
}

static void list_boards(void)
{
    const char *name = board_name_at(0);
    for (uint32_t i = 1; name != NULL; i++) {
        printf("%s\n", name);
        name = board_name_at(i);
    }
}

int main(int argc, char **argv)
{
    struct dfk_error err = {.code = DFK_OK};
    struct options options;
    const sigset_t signals = watched_signals();
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    (void)prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS);
    if (options_parse(argc, argv, &options, &err) != 0) {
        return report_error(&err);
    }
    switch (options.action) {
    case OPTIONS_HELP: options_print_help(stdout); return 0;
    case OPTIONS_VERSION: printf("dfukit-twin %s\n", dfk_version()); return 0;
    case OPTIONS_LIST_BOARDS: list_boards(); return 0;
    case OPTIONS_SERVE: break;
    }
    return run(&options, &err) != 0 ? report_error(&err) : 0;
}
