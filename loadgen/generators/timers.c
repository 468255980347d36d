// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timers: timer softirqs, or high-resolution timers in hard interrupt context, at a rate.
 *
 * via: wheel. Nearly every timeout of user space is a high-resolution timer; of those that an unprivileged process can
 * set, only a socket's SO_RCVTIMEO still uses the timer wheel. The tick runs the wheel, so TIMER in /proc/softirqs
 * rises by at most one per tick and CPU, however many timers expire: the maximum is HZ (100 to 1000) per second and
 * CPU.
 *
 * via: hrtimer. Each timerfd is one expiry in hard interrupt context: LOC in /proc/interrupts, intr in /proc/stat. It
 * raises no softirq (the HRTIMER softirq serves kernel-internal timers only), and kernels without IRQ_TIME_ACCOUNTING
 * show its CPU time nowhere. The worker's own sleep between bursts is such a timer too and counts as one.
 */
#include "loadgen/parts/rate.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define FDS_MAX      900    /* below the usual limit of 1024 */
#define FAST         100000 /* timers per second and worker above which bursts are shorter */
#define FAST_STEP_NS 1000000ull
#define WHEEL_TICKS  4 /* a wait takes two ticks; a worker waits once in four */

#define VIAS(X) X(VIA_WHEEL, "wheel") X(VIA_HRTIMER, "hrtimer")
enum timers_via {
	VIAS(PARAM_ID)
};

struct timers_values {
	double rate;
	int64_t via;
};

static const struct param params[] = {
	{"rate", PARAM_NUMBER, "100", 1, 1000000, "/s", "timer softirqs, or timer interrupts, per second",
	 offsetof(struct timers_values, rate)},
	{"via", PARAM_CHOICE, "wheel", 0, 0, PARAM_WORDS(VIAS),
	 "wheel: TIMER softirqs, at most HZ per second and CPU; hrtimer: interrupts of high-resolution timers",
	 offsetof(struct timers_values, via)},
	{0},
};

struct timers {
	enum timers_via via;
	int socket[2];
	int *fd;
	int fds;
};

static int open_wheel(struct timers *t)
{
	const struct timeval one_tick = {.tv_usec = 1}; /* rounded up to a tick */

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, t->socket) ||
	    setsockopt(t->socket[0], SOL_SOCKET, SO_RCVTIMEO, &one_tick, sizeof(one_tick)))
		return say_err(-errno, "timers: no socket with a receive timeout: %s", strerror(errno));
	return 0;
}

static int open_timers(void *state, const void *values, long index)
{
	static int fds[FDS_MAX];
	const struct timers_values *v = values;
	struct timers *t = state;
	int r = rate_pin(index);

	*t = (struct timers){.via = v->via, .fd = fds};
	if (r)
		return say_err(r, "timers: worker %ld could not be tied to one CPU: %s", index, strerror(-r));
	return v->via == VIA_WHEEL ? open_wheel(t) : 0;
}

/* Nothing is ever sent, so each receive ends by its timeout. */
static int64_t burst_wheel(struct timers *t, int64_t n)
{
	int64_t made = 0;
	char byte;

	while (made < n && recv(t->socket[0], &byte, 1, 0) < 0 && errno == EAGAIN)
		made++;
	return made;
}

/* Counts the timers that have expired since they were set. */
static int64_t collect(struct timers *t)
{
	int64_t made = 0;
	uint64_t expired;

	for (int i = 0; i < t->fds; i++)
		made += read(t->fd[i], &expired, sizeof(expired)) == sizeof(expired);
	return made;
}

static int more_fds(struct timers *t, int want)
{
	for (; t->fds < want; t->fds++) {
		t->fd[t->fds] = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
		if (t->fd[t->fds] < 0)
			break;
	}
	return t->fds < want ? t->fds : want;
}

/* Sets n - 1 timers, spread until the next burst, whose own wake-up is the n-th. */
static int64_t burst_hrtimer(struct timers *t, int64_t n, uint64_t until_ns)
{
	int64_t made = collect(t) + 1;
	uint64_t now = sys_now_ns(), span = until_ns > now ? until_ns - now : 0;
	int count = more_fds(t, n - 1 < FDS_MAX ? n - 1 : FDS_MAX);

	for (int i = 0; i < count; i++) {
		uint64_t at = now + span * (i + 1) / (count + 1);
		struct itimerspec spec = {.it_value = {.tv_sec = at / SYS_NS, .tv_nsec = at % SYS_NS}};

		timerfd_settime(t->fd[i], TFD_TIMER_ABSTIME, &spec, NULL);
	}
	return made;
}

static int64_t burst(void *state, int64_t n, uint64_t until_ns)
{
	struct timers *t = state;

	return t->via == VIA_WHEEL ? burst_wheel(t, n) : burst_hrtimer(t, n, until_ns);
}

static int run(struct load *l, const void *values)
{
	const struct timers_values *v = values;
	double ticks = (double)SYS_NS / sys_tick_ns();
	struct rate r = {
		.per_second = v->rate,
		.workers = v->via == VIA_WHEEL ? ceil(v->rate * WHEEL_TICKS / ticks) : ceil(v->rate / FAST),
		.unit = v->via == VIA_WHEEL ? "softirqs/s" : "interrupts/s",
		.step_ns = v->rate > FAST ? FAST_STEP_NS : 0,
		.tick_grid = v->via == VIA_WHEEL,
		.open = open_timers,
		.burst = burst,
		.missed = v->via == VIA_WHEEL
				  ? "timers: off target: a CPU has at most one timer softirq per tick; lower rate"
				  : "timers: off target: this machine cannot handle more timer interrupts; lower rate",
	};
	double most = ticks * sysconf(_SC_NPROCESSORS_ONLN);

	if (v->via == VIA_WHEEL && v->rate > most)
		return say_err(
			FUKA_FAIL,
			"timers: %g timer softirqs per second cannot be reached: this machine has %g ticks per second "
			"on %ld CPUs, "
			"%g in all; lower rate",
			v->rate, ticks, sysconf(_SC_NPROCESSORS_ONLN), most);
	return rate_run(l, &r, v);
}

const struct generator loadgen_timers = {
	.name = "timers",
	.about = "timer softirqs, or timer interrupts, at a rate",
	.params = params,
	.values_size = sizeof(struct timers_values),
	.profiled = true,
	.run = run,
};
