/* SPDX-License-Identifier: MIT
 * The C library's clocks and sleeps in virtual time: a sleep costs nothing and lets the boards
 * live. Real time comes from system calls, since constructors that run before any symbol could be
 * looked up ask for it. */
#include <errno.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "tests/shim/world.h"

enum { NS_PER_MS = 1000000, NS_PER_US = 1000 };

/* What a look at the clock costs: a program that waits in a loop of looks comes to its end, too. */
static const uint64_t look_ns = 25;
static const uint64_t ns_per_s = 1000000000;

static int real_time(clockid_t clock, struct timespec *out)
{
    return (int)syscall(SYS_clock_gettime, clock, out);
}

static uint64_t to_ns(const struct timespec *time)
{
    return (uint64_t)time->tv_sec * ns_per_s + (uint64_t)time->tv_nsec;
}

static struct timespec from_ns(uint64_t ns)
{
    return (struct timespec){(time_t)(ns / ns_per_s), (long)(ns % ns_per_s)};
}

static bool is_wall(clockid_t clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
}

/* Clocks of the processor's work stay real. */
static bool is_virtual(clockid_t clock)
{
    return shim_world()->active &&
           (is_wall(clock) || clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_RAW ||
            clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_BOOTTIME);
}

/* What a clock showed when it was first asked for, less the virtual time until then. */
static uint64_t origin_ns(clockid_t clock)
{
    static uint64_t origins[2];
    uint64_t *origin = &origins[is_wall(clock) ? 0 : 1];
    if (*origin == 0) {
        struct timespec real;
        (void)real_time(is_wall(clock) ? CLOCK_REALTIME : CLOCK_MONOTONIC, &real);
        *origin = to_ns(&real) - shim_now_ns();
    }
    return *origin;
}

static uint64_t virtual_time(clockid_t clock)
{
    shim_advance(look_ns);
    return origin_ns(clock) + shim_now_ns();
}

SHIM_EXPORT int clock_gettime(clockid_t clock, struct timespec *out)
{
    if (!is_virtual(clock)) {
        return real_time(clock, out);
    }
    *out = from_ns(virtual_time(clock));
    return 0;
}

SHIM_EXPORT time_t time(time_t *out)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (out != NULL) {
        *out = now.tv_sec;
    }
    return now.tv_sec;
}

SHIM_EXPORT int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    struct timespec now;
    (void)zone;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    *out = (struct timeval){now.tv_sec, now.tv_nsec / NS_PER_US};
    return 0;
}

SHIM_EXPORT int clock_nanosleep(clockid_t clock, int flags, const struct timespec *length,
                                struct timespec *left)
{
    if (!is_virtual(clock)) {
        return syscall(SYS_clock_nanosleep, clock, flags, length, left) == 0 ? 0 : errno;
    }
    if (length->tv_sec < 0 || length->tv_nsec < 0 || length->tv_nsec >= (long)ns_per_s) {
        return EINVAL;
    }
    uint64_t wanted_ns = to_ns(length);
    uint64_t now_ns = origin_ns(clock) + shim_now_ns();
    if ((flags & TIMER_ABSTIME) != 0) {
        wanted_ns = wanted_ns > now_ns ? wanted_ns - now_ns : 0;
    }
    shim_advance(wanted_ns);
    return 0;
}

SHIM_EXPORT int nanosleep(const struct timespec *length, struct timespec *left)
{
    errno = clock_nanosleep(CLOCK_MONOTONIC, 0, length, left);
    return errno == 0 ? 0 : -1;
}

SHIM_EXPORT int usleep(useconds_t length_us)
{
    const struct timespec length = from_ns((uint64_t)length_us * NS_PER_US);
    return nanosleep(&length, NULL);
}

SHIM_EXPORT unsigned sleep(unsigned seconds)
{
    const struct timespec length = {.tv_sec = seconds};
    struct timespec left = {.tv_sec = 0};
    return nanosleep(&length, &left) == 0 ? 0 : (unsigned)left.tv_sec;
}

/* Waiting for descriptors goes on in real time; without any it is a sleep. */
SHIM_EXPORT int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    if (shim_world()->active && count == 0 && timeout_ms >= 0) {
        shim_advance((uint64_t)timeout_ms * NS_PER_MS);
        return 0;
    }
    struct timespec limit = from_ns((uint64_t)(timeout_ms > 0 ? timeout_ms : 0) * NS_PER_MS);
    return (int)syscall(SYS_ppoll, fds, count, timeout_ms < 0 ? NULL : &limit, NULL, 0);
}

SHIM_EXPORT int select(int count, fd_set *restrict in, fd_set *restrict out,
                       fd_set *restrict broken, struct timeval *restrict limit)
{
    if (shim_world()->active && count == 0 && limit != NULL) {
        shim_advance((uint64_t)limit->tv_sec * ns_per_s + (uint64_t)limit->tv_usec * NS_PER_US);
        return 0;
    }
    struct timespec left = {.tv_sec = 0};
    if (limit != NULL) {
        left = (struct timespec){limit->tv_sec, limit->tv_usec * NS_PER_US};
    }
    return (int)syscall(SYS_pselect6, count, in, out, broken, limit == NULL ? NULL : &left, NULL);
}
