/* SPDX-License-Identifier: MIT
 * Runs sessions from a seed in a process of their own, and counts what became of them. */
#include "tests/hostile/overseer.h"

#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CRASHES_MAX = 20 };

/* What the process with the sessions tells the one that watches it. */
struct slate {
    uint64_t index; /* the session that runs */
    bool done;      /* all of them are over; what is left is to look for leaks */
    uint64_t broken;
    uint64_t counts[OVERSEER_COUNTS_MAX];
};

struct watch {
    const struct overseer *overseer;
    const char *program;
    uint64_t seed, first, end;
    uint64_t crashes, hangs, leaks;
    struct slate *slate;
};

static void tell(const struct watch *watch, const char *what)
{
    fprintf(stderr, "# session %" PRIu64 ": %s; again: %s %" PRIu64 " %" PRIu64 "\n",
            watch->slate->index, what, watch->program, watch->seed, watch->slate->index);
}

static int run_sessions(const struct watch *watch, uint64_t first)
{
    const struct overseer *overseer = watch->overseer;
    struct slate *slate = watch->slate;
    void *shared = overseer->prepare != NULL ? overseer->prepare() : NULL;
    for (uint64_t i = first; i < watch->end; i++) {
        slate->index = i;
        (void)alarm(overseer->limit_s);
        const char *broken = overseer->session(shared, watch->seed, i, slate->counts);
        if (broken != NULL) {
            slate->broken++;
            tell(watch, broken);
        }
    }
    (void)alarm(0);
    if (overseer->clean_up != NULL) {
        overseer->clean_up(shared);
    }
    slate->done = true;
    return 0;
}

/* Notes how a process ended. Returns the session to go on with. */
static uint64_t judge(struct watch *watch, int status)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && watch->slate->done) {
        return watch->end;
    }
    if (watch->slate->done) {
        watch->leaks++;
        fprintf(stderr, "# after the last session: a leak, or another report of a sanitizer\n");
        return watch->end;
    }
    bool hung = WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM;
    watch->hangs += hung ? 1 : 0;
    watch->crashes += hung ? 0 : 1;
    tell(watch, hung ? "hangs" : "crashes");
    return watch->slate->index + 1;
}

static bool run_all(struct watch *watch)
{
    uint64_t next = watch->first;
    while (next < watch->end && watch->crashes + watch->hangs < CRASHES_MAX) {
        int status = 0;
        (void)fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            exit(run_sessions(watch, next));
        }
        if (child < 0 || waitpid(child, &status, 0) != child) {
            return false;
        }
        next = judge(watch, status);
    }
    return next >= watch->end && watch->end > watch->first;
}

static int report(const struct watch *watch, bool ran)
{
    const struct overseer *overseer = watch->overseer;
    const struct slate *slate = watch->slate;
    bool good = ran && slate->broken + watch->crashes + watch->hangs + watch->leaks == 0;
    printf("%sok 1 - %s\n", good ? "" : "not ", overseer->promise);
    printf("# total: seed=%" PRIu64 " sessions=%" PRIu64, watch->seed, watch->end - watch->first);
    for (size_t i = 0; i < overseer->key_count; i++) {
        printf(" %s=%" PRIu64, overseer->keys[i], slate->counts[i]);
    }
    printf(" broken=%" PRIu64 " hangs=%" PRIu64 " crashes=%" PRIu64 " leaks=%" PRIu64 "\n",
           slate->broken, watch->hangs, watch->crashes, watch->leaks);
    return good ? 0 : 1;
}

int overseer_main(int argc, char **argv, const struct overseer *overseer)
{
    struct watch watch = {.overseer = overseer, .program = argv[0]};
    watch.slate =
        mmap(NULL, sizeof *watch.slate, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (argc < 3 || argc > 4 || watch.slate == MAP_FAILED) {
        fprintf(stderr, "usage: %s SEED FIRST [COUNT]\n", argv[0]);
        return 2;
    }
    watch.seed = strtoull(argv[1], NULL, 0);
    watch.first = strtoull(argv[2], NULL, 0);
    watch.end = watch.first + (argc > 3 ? strtoull(argv[3], NULL, 0) : 1);
    printf("1..1\n");
    int result = report(&watch, run_all(&watch));
    (void)munmap(watch.slate, sizeof *watch.slate);
    return result;
}
