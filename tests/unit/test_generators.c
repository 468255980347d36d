// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What generators say that they got, over machines of which the test decides what they give. The linker puts the functions
 * below in the place of the harness's and of the clock's (Makefile, PRETENDED): minutes take no time, nothing is loaded, and
 * a task that is starved, killed or stopped is so exactly as long as is said here.
 */
#include "lib/base/say.h"
#include "lib/base/sys.h"
#include "lib/kernel/loadavg.h"
#include "lib/kernel/loadcount.h"
#include "loadgen/generators/send.h"
#include "loadgen/harness/loadgen.h"
#include "loadgen/parts/rate.h"
#include "tests/unit/tap.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/sysinfo.h>

#define S       1000000000ull
#define WENT    (1000 * S) /* when the load began */
#define WORKERS 4
#define NO_PID  0x7ffffff0 /* more than any kernel gives */
#define NEVER   UINT64_MAX

struct load {
	double (*level)(double s); /* the profile; NULL: none */
};

/* A worker runs only while the leader sleeps, and only one at a time: until it sleeps itself. */
struct worker {
	pthread_t thread;
	sem_t go;
	uint64_t wakes_ns;
	void (*fn)(const void *arg, long index);
	const void *arg;
	long index;
};

/* The machine: what a test wants, then what came of it. Times of doubles are seconds since the load began. */
static struct {
	double stop_s, dies_s; /* the load is stopped; a worker dies */
	bool runs;             /* the workers' own code runs */
	double (*ran_s)(double s, long worker);
	const char *status, *later; /* a worker's /proc/PID/status, and from 0.5 s on where it is another */
	double (*stalled)(double s);
	double (*active)(double s, long declared); /* tasks that the load average counts */
	long load1, declared;
	int sending; /* what sendto(2) fails with */

	struct load load;
	uint64_t now_ns, counted_ns;
	long workers;
	bool ok;
	double asked, got;
	double first_s, sent_s[8];
	int sent;
	char events[512];
} it;

static struct worker *worker_of[WORKERS];
static __thread struct worker *self;
static sem_t back;

static double at_s(void)
{
	return (it.now_ns - WENT) / 1e9;
}

static void *work(void *worker)
{
	self = worker;
	sem_wait(&self->go);
	self->fn(self->arg, self->index);
	self->wakes_ns = NEVER;
	sem_post(&back);
	return NULL;
}

/* Lets the workers run whose time it is, up to then. */
static void advance(uint64_t to_ns)
{
	for (;;) {
		struct worker *next = NULL;

		for (long i = 0; i < it.workers && it.runs; i++)
			if (!next || worker_of[i]->wakes_ns < next->wakes_ns)
				next = worker_of[i];
		if (!next || next->wakes_ns > to_ns)
			break;
		it.now_ns = next->wakes_ns > it.now_ns ? next->wakes_ns : it.now_ns;
		sem_post(&next->go);
		sem_wait(&back);
	}
	it.now_ns = to_ns > it.now_ns ? to_ns : it.now_ns;
}

/* --- the clock, and the calls of the kernel --- */

uint64_t __wrap_sys_now_ns(void);
uint64_t __wrap_sys_now_ns(void)
{
	return it.now_ns;
}

void __wrap_sys_sleep_until(uint64_t at_ns);
void __wrap_sys_sleep_until(uint64_t at_ns)
{
	if (!self) {
		advance(at_ns);
		return;
	}
	self->wakes_ns = at_ns > it.now_ns ? at_ns : it.now_ns;
	sem_post(&back);
	sem_wait(&self->go);
}

uint64_t __wrap_sys_tick_ns(void);
uint64_t __wrap_sys_tick_ns(void)
{
	return 4000000;
}

int __wrap_sys_schedstat(int pid, uint64_t *ran_ns, uint64_t *waited_ns);
int __wrap_sys_schedstat(int pid, uint64_t *ran_ns, uint64_t *waited_ns)
{
	*ran_ns = it.ran_s(at_s(), pid - NO_PID) * 1e9;
	*waited_ns = 0;
	return 0;
}

int __wrap_sys_read_file(const char *path, char **text, size_t *n);
int __real_sys_read_file(const char *path, char **text, size_t *n);
int __wrap_sys_read_file(const char *path, char **text, size_t *n)
{
	const char *name = strrchr(path, '/') ?: path;
	double total = 0;

	if (!strcmp(name, "/status")) {
		*text = sys_format("%s", it.later && at_s() > 0.5 ? it.later : it.status);
		return 0;
	}
	if (strcmp(name, "/memory.pressure"))
		return __real_sys_read_file(path, text, n);
	for (double s = 0; s < at_s(); s += 0.01)
		total += it.stalled(s) * 10000;
	*text = sys_format("some avg10=0.00 avg60=0.00 avg300=0.00 total=%.0f\n", total);
	return 0;
}

int __wrap_sysinfo(struct sysinfo *info);
int __wrap_sysinfo(struct sysinfo *info)
{
	while (it.now_ns >= it.counted_ns + loadavg_period_ns(250)) {
		it.counted_ns += loadavg_period_ns(250);
		it.load1 = loadavg_step(it.load1, loadavg_exp[0], it.active((it.counted_ns - WENT) / 1e9, it.declared));
	}
	*info = (struct sysinfo){.loads = {it.load1 << 5}};
	return 0;
}

ssize_t __wrap_sendto(int fd, const void *bytes, size_t n, int flags, const struct sockaddr *to, socklen_t length);
ssize_t __wrap_sendto(int fd, const void *bytes, size_t n, int flags, const struct sockaddr *to, socklen_t length)
{
	(void)fd, (void)bytes, (void)flags, (void)to, (void)length;
	if (it.sent < 8)
		it.sent_s[it.sent++] = at_s();
	errno = it.sending;
	return it.sending ? -1 : (ssize_t)n;
}

int __wrap_kill(pid_t pid, int sig);
int __wrap_kill(pid_t pid, int sig)
{
	(void)pid, (void)sig;
	return 0;
}

int __wrap_setpriority(int which, unsigned who, int nice);
int __wrap_setpriority(int which, unsigned who, int nice)
{
	(void)which, (void)who, (void)nice;
	return 0;
}

void __wrap_loadcount_find(struct loadcount *c);
void __wrap_loadcount_find(struct loadcount *c)
{
	c->known = false;
}

/* --- the harness --- */

#define pretended(type, name, ...)                                                                                     \
	type __wrap_##name(__VA_ARGS__);                                                                               \
	type __wrap_##name(__VA_ARGS__)

pretended(void, load_ready, struct load *l)
{
	(void)l;
}

pretended(void, load_declare, struct load *l, long runnable, long blocked)
{
	(void)l;
	it.declared = runnable + blocked;
}

pretended(void, load_achieved, struct load *l, double asked, double achieved, const char *unit, bool ok)
{
	(void)l, (void)unit;
	it.first_s = it.first_s > 0 ? it.first_s : at_s();
	it.asked = asked;
	it.got = achieved;
	it.ok = ok;
}

pretended(void, load_event, struct load *l, const char *line)
{
	(void)l;
	strncat(it.events, line, sizeof(it.events) - strlen(it.events) - 1);
}

pretended(bool, load_stopping, const struct load *l)
{
	(void)l;
	return at_s() >= it.stop_s;
}

pretended(uint64_t, load_went_ns, const struct load *l)
{
	(void)l;
	return WENT;
}

pretended(double, load_level_at, const struct load *l, int64_t since_went_ns)
{
	return l->level ? l->level(since_went_ns / 1e9) : 1;
}

pretended(double, load_level, const struct load *l)
{
	return __wrap_load_level_at(l, it.now_ns - WENT);
}

pretended(bool, load_is_profiled, const struct load *l)
{
	return l->level;
}

pretended(void, load_wait, struct load *l, uint64_t until_ns)
{
	uint64_t stop_ns = WENT + (uint64_t)(it.stop_s * 1e9);

	(void)l;
	advance(until_ns && until_ns < stop_ns ? until_ns : stop_ns);
}

pretended(int, load_workers, struct load *l, long n, void (*fn)(const void *arg, long index), const void *arg)
{
	(void)l;
	if (n > WORKERS)
		exit(99);
	it.workers = n;
	for (long i = 0; i < n && it.runs; i++) {
		struct worker *w = calloc(1, sizeof(*w));

		if (!w)
			exit(99);
		*w = (struct worker){.fn = fn, .arg = arg, .index = i, .wakes_ns = it.now_ns};
		if (sem_init(&w->go, 0, 0) || pthread_create(&w->thread, NULL, work, w))
			exit(99);
		worker_of[i] = w; /* it is left where it stands: there are few */
	}
	it.dies_s = *it.events ? INFINITY : it.dies_s; /* the second one lives */
	return 0;
}

pretended(void, load_workers_end, struct load *l)
{
	(void)l;
	it.workers = 0;
}

pretended(long, load_workers_alive, struct load *l)
{
	(void)l;
	return it.workers - (it.workers && at_s() >= it.dies_s);
}

pretended(pid_t, load_worker_pid, const struct load *l, long index)
{
	(void)l;
	return NO_PID + index;
}

pretended(double, load_worker_cpu_ns, const struct load *l, long index)
{
	(void)l;
	return it.ran_s(at_s(), index) * 1e9;
}

pretended(const char *, load_group_dir, const struct load *l)
{
	(void)l;
	return it.stalled ? "/nowhere/group" : NULL;
}

/* A load of these parameters, "tasks=2 percent=20"; its exit status. */
static int run(const struct generator *g, const char *parameters)
{
	_cleanup_(sys_freep) char *text = sys_format("%s", parameters);
	struct load_spec s;
	char why[PARAM_WHY], *rest;

	if (!g || load_spec_init(&s, g))
		exit(99);
	for (char *p = strtok_r(text, " ", &rest); p; p = strtok_r(NULL, " ", &rest)) {
		char *value = strchr(p, '=');

		*value++ = '\0';
		if (load_spec_set(&s, p, value, why))
			exit(99);
	}
	if (load_spec_check(&s, why))
		exit(99);
	it.now_ns = it.counted_ns = WENT;
	it.dies_s = it.dies_s > 0 ? it.dies_s : INFINITY;
	int status = g->run(&it.load, s.values);

	load_spec_free(&s);
	return status;
}

#define machine(...) (memset(&it, 0, sizeof(it)), __VA_ARGS__)

/* --- cpu --- */

static double share; /* of its time that a task ran */

static double ran(double s, long worker)
{
	(void)worker;
	return share * s;
}

/* Only the first of the tasks runs, as long as it may. */
static double ran_one(double s, long worker)
{
	return worker ? 0 : share * s;
}

static void cpu_shares(void)
{
	static const struct {
		const char *what, *load;
		double (*ran_s)(double s, long worker);
		double share, dies_s;
		bool ok;
	} all[] = {
		{"a task at its share", "percent=50", ran, 0.5, 0, true},
		{"half of a tenth of a point below it", "percent=50", ran, 0.4995, 0, true},
		{"half a point below it", "percent=50", ran, 0.495, 0, false},
		{"half a point above it", "percent=50", ran, 0.505, 0, false},
		{"two tasks at their share", "percent=20 tasks=2", ran, 0.2, 0, true},
		{"one of two that runs for both", "percent=20 tasks=2", ran_one, 0.4, 0, true},
		{"one of two that runs, and only for itself", "percent=20 tasks=2", ran_one, 0.2, 0, false},
		{"a share that is there, and a task that is gone", "percent=20 tasks=2", ran, 0.2, 30, false},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		machine(it.stop_s = 60, it.ran_s = all[i].ran_s, it.dies_s = all[i].dies_s);
		share = all[i].share;
		int status = run(generator_find("cpu"), all[i].load);

		ok(it.ok == all[i].ok && !status == all[i].ok, "cpu: %s is %s: %g of %g %%", all[i].what,
		   all[i].ok ? "on target" : "a miss", it.got, it.asked);
	}
}

static void cpu_tasks(void)
{
#define STATUS(state, switches)                                                                                        \
	"Name:\tfuka\nState:\t" state "\nvoluntary_ctxt_switches:\t" switches "\nnonvoluntary_ctxt_switches:\t9\n"
	static const struct {
		const char *what, *then, *now;
		double share;
		bool ok;
	} all[] = {
		{"waits all the time, by its state", STATUS("R (running)", "4"), STATUS("R (running)", "4"), 0, true},
		{"rested, and is runnable again", STATUS("R (running)", "4"), STATUS("R (running)", "5"), 0.5, false},
		{"rested, but hardly", STATUS("R (running)", "4"), STATUS("R (running)", "5"), 0.98, true},
		{"was stopped", STATUS("R (running)", "4"), STATUS("T (stopped)", "4"), 0.9, false},
		{"sleeps just now", STATUS("R (running)", "4"), STATUS("S (sleeping)", "5"), 0.98, true},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		machine(it.stop_s = 60, it.ran_s = ran, it.status = all[i].then, it.later = all[i].now);
		share = all[i].share;
		int status = run(generator_find("cpu"), "tasks=1");

		ok(it.ok == all[i].ok && !status == all[i].ok, "cpu: a task that %s is %s", all[i].what,
		   all[i].ok ? "on target" : "a miss");
	}
}

/* --- a rate --- */

static double per_second; /* events that the machine has for a worker … */
static double none_s;     /* … after that time */
static int64_t made[WORKERS];

struct maker {
	long index;
};

static int rate_open(void *state, const void *values, long index)
{
	(void)values;
	((struct maker *)state)->index = index;
	made[index] = 0;
	return 0;
}

static int64_t rate_burst(void *state, int64_t n, uint64_t until_ns)
{
	long i = ((struct maker *)state)->index;
	int64_t most = at_s() < none_s ? 0 : (int64_t)(per_second * at_s()) - made[i];

	(void)until_ns;
	n = n < most ? n : most;
	made[i] += n;
	return n;
}

static double all(double s)
{
	(void)s;
	return 1;
}

static double ramp(double s)
{
	return s / 60;
}

/* A thousand a second by two workers for a minute. */
static void rates(void)
{
	static const struct {
		const char *what;
		double (*level)(double s);
		double per_second, none_s, dies_s, events;
		bool ok;
	} tests[] = {
		{"as fast as the machine likes", all, 1e9, 0, 0, 60000, true},
		{"half a percent short", all, 497.5, 0, 0, 59700, true},
		{"three percent short", all, 485, 0, 0, 58200, false},
		{"without one of its workers at the end", all, 1e9, 0, 30, 60000, false},
		{"starved for ten seconds: a tenth of a second is made good", all, 1e9, 10, 0, 50100, false},
		{"a ramp", ramp, 1e9, 0, 0, 30000, true},
	};
	const struct rate r = {
		.per_second = 1000, .workers = 2, .unit = "events/s", .open = rate_open, .burst = rate_burst};

	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		machine(it.stop_s = 60, it.runs = true, it.load.level = tests[i].level);
		it.dies_s = tests[i].dies_s > 0 ? tests[i].dies_s : INFINITY;
		it.now_ns = WENT;
		per_second = tests[i].per_second;
		none_s = tests[i].none_s;
		int status = rate_run(&it.load, &r, NULL);
		int64_t sum = made[0] + made[1];

		ok(it.ok == tests[i].ok && !status == tests[i].ok, "rate: %s is %s: %g of %g", tests[i].what,
		   tests[i].ok ? "on target" : "a miss", it.got, it.asked);
		ok(fabs(sum - tests[i].events) <= 60, "… %lld events (%g)", (long long)sum, tests[i].events);
		ok(fabs(it.asked - (tests[i].level == ramp ? 500 : 1000)) < 10 && fabs(it.first_s - 2) < 0.1,
		   "… of %g that were asked for, first said after %g s", it.asked, it.first_s);
	}
}

/* --- memory --- */

static void memory_taken(void)
{
	static const struct {
		const char *what, *load, *kib;
		double full_s;
		bool ok;
	} tests[] = {
		{"all of it", "size=8M", "8192", 0, true},
		{"half a MiB less", "size=8M", "7680", 0, true},
		{"three MiB less", "size=8M", "5120", 0, false},
		{"two MiB more", "size=8M", "10240", 0, false},
		{"as fast as was asked for", "size=8M rate=4M", "8192", 2, true},
	};

	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		_cleanup_(sys_freep) char *status = sys_format("Name:\tfuka\nRssAnon:\t%s kB\n", tests[i].kib);

		machine(it.stop_s = 10, it.runs = true, it.status = status);
		int got = run(generator_find("memory"), tests[i].load);

		ok(it.ok == tests[i].ok && !got == tests[i].ok, "memory: %s is %s: %g of %g", tests[i].what,
		   tests[i].ok ? "on target" : "a miss", it.got, it.asked);
		ok(fabs(it.first_s - tests[i].full_s) < 0.1, "… after %g s", it.first_s);
	}
}

static void killed(void)
{
	machine(it.stop_s = 10, it.runs = true, it.status = "RssAnon:\t4096 kB\n", it.dies_s = 3);
	run(generator_find("memory"), "size=4M after=respawn");
	ok(!strcmp(it.events, "event=respawn"), "memory: a task that was killed comes back, once: %s", it.events);
	machine(it.stop_s = 10, it.runs = true, it.status = "RssAnon:\t4096 kB\n", it.dies_s = 3);
	run(generator_find("memory"), "size=4M");
	ok(!*it.events && at_s() < 4, "memory: … if it was to come back: over after %g s", at_s());
}

/* --- the load average --- */

static double declared_alone(double s, long declared)
{
	(void)s;
	return declared;
}

/* Nothing counts but one task for half a minute, and the average of it stays where it is. */
static double stuck(double s, long declared)
{
	return s < 30 ? 1 : declared;
}

static double disturbed(double s, long declared)
{
	return s > 100 && s < 110 ? declared + 20 : declared;
}

static void averages(void)
{
	static const struct {
		const char *what, *reached;
		double (*active)(double s, long declared);
		long load1;
		bool ok;
	} tests[] = {
		{"it is reached and held", "event=reached updates=11 fewest=11", declared_alone, 0, true},
		{"what changes nothing is an update, too", "event=reached updates=13 fewest=8", stuck, 2047, true},
		{"it strays after it was reached", "event=reached updates=11 fewest=11", disturbed, 0, false},
	};

	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		machine(it.stop_s = 300, it.active = tests[i].active, it.load1 = tests[i].load1);
		int status = run(generator_find("loadavg"), "target=2.5 tasks_max=4");

		ok(it.ok == tests[i].ok && !status == tests[i].ok, "loadavg: %s: %g of %g", tests[i].what, it.got,
		   it.asked);
		ok(!strcmp(it.events, tests[i].reached), "… %s", it.events);
	}
}

/* --- pressure --- */

static double steady(double s)
{
	(void)s;
	return 0.2;
}

static double more_at_thirty(double s)
{
	return s > 30 && s < 40 ? 0.6 : 0.2;
}

static void pressures(void)
{
	static const struct {
		const char *what;
		double (*stalled)(double s);
		double stop_s;
		bool ok;
	} tests[] = {
		{"five seconds on target are settled", steady, 60, true},
		{"three are not", steady, 3.5, false},
		{"it strays for ten seconds and comes back", more_at_thirty, 80, false},
	};

	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		machine(it.stop_s = tests[i].stop_s, it.stalled = tests[i].stalled);
		int status = run(generator_find("pressure"), "resource=memory percent=20");

		ok(it.ok == tests[i].ok && !status == tests[i].ok, "pressure: %s: %g of %g", tests[i].what, it.got,
		   it.asked);
	}
}

/* --- packets --- */

static void packets(void)
{
	static const struct {
		const char *what;
		int error;
		double got;
		bool ok;
	} tests[] = {
		{"all are sent", 0, 3, true},
		{"nobody listens, which the sender is told", ECONNREFUSED, 3, true},
		{"there is no way there", ENETUNREACH, 0, false},
	};

	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		machine(it.stop_s = 60, it.sending = tests[i].error);
		run(&send_generator, "udp=7777 count=3 every=100ms");
		ok(it.ok == tests[i].ok && it.got == tests[i].got, "send: %s: %g of %g", tests[i].what, it.got,
		   it.asked);
		ok(it.sent == 3 && fabs(it.sent_s[1] - 0.1) < 1e-6 && fabs(it.sent_s[2] - 0.2) < 1e-6,
		   "… after %g, %g, %g s", it.sent_s[0], it.sent_s[1], it.sent_s[2]);
	}
}

int main(void)
{
	if (sem_init(&back, 0, 0))
		return 99;
	cpu_shares();
	cpu_tasks();
	rates();
	memory_taken();
	killed();
	averages();
	pressures();
	packets();
	return tap_end();
}
