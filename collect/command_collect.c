// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuka collect: records this machine with the lab's own sampler. A child samples into shared memory and never waits;
 * this process empties the lanes into the recording, runs the COMMAND if there is one, and ends the child.
 *
 * Without root there is no real-time priority, no locked memory, no scheduler phase and usually no kernel log. What is
 * missing is reported, and absent from the recording.
 */
#include "collect/sample/sampler.h"
#include "lib/record/source.h"
#include "lib/record/recorder.h"
#include "lib/base/command.h"
#include "lib/text/logfmt.h"
#include "lib/text/options.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"
#include "lib/base/version.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MIB          (1ull << 20)
#define AHEAD_NS     (20 * 1000000ull) /* from "ready" to the first sample */
#define DRAIN_MS     50
#define FLUSH_NS     (10 * SYS_NS) /* a recorder that is killed loses at most this much */
#define PATIENCE_NS  (5 * SYS_NS)  /* between SIGTERM and SIGKILL */
#define EXIT_NO_EXEC 127

struct collect_options {
	int64_t interval, tasks, length;
	char *out, *sources;
};

static const struct param params[] = {
	{"interval", PARAM_TIME, "100ms", 1e6, 60e9, NULL, "time between two samples",
	 offsetof(struct collect_options, interval), 'i'},
	{"tasks", PARAM_TIME, "1s", 1e7, 60e9, NULL, "time between two looks at the tasks",
	 offsetof(struct collect_options, tasks)},
	{"for", PARAM_TIME, "", 1e6, 31536000e9, NULL,
	 "ends after this time; a COMMAND that still runs then gets SIGTERM, and 5 s later SIGKILL, with all that it "
	 "started: the exit status is 137",
	 offsetof(struct collect_options, length), 'f'},
	{"out", PARAM_TEXT, NULL, 0, 0, NULL, "the recording; an existing file is never overwritten",
	 offsetof(struct collect_options, out), 'o', "FILE.fuka"},
	{"sources", PARAM_TEXT, NULL, 0, 0, NULL, "added to the usual ones and left out of them: +interrupts,-softirqs",
	 offsetof(struct collect_options, sources), 's', "LIST"},
	{0},
};

struct collect {
	struct collect_options options;
	char **command;
	uint64_t sources, bytes, t0_ns;
	void *region;
	pid_t sampler, child;
	int to_sampler;   /* the sampler ends when this is closed */
	int from_sampler; /* the sampler writes t0 here when it has started */
	int signals;
	struct recorder recorder;
	struct lanes_layout layout;
	struct follower follower;
	uint64_t seq; /* of the timeline's lane */
	uint64_t rounds, missed, next_tick;
	int first_source; /* the source whose frames count the rounds */
	int asked;        /* the signal that this process received; it is forwarded to the command */
	uint64_t flush_ns;
	int status;
};

/* --- the child that samples --- */

_Noreturn static void sample(struct collect *c, int ready, int until)
{
	struct sampler_config config = {.region = c->region,
					.interval_ns = c->options.interval,
					.tasks_ns = c->options.tasks,
					.sources = c->sources,
					.without_log = true};
	char end;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, SAMPLER_COMM);
	setpgid(0, 0); /* Ctrl-C reaches only the recorder, which then ends this process */
	sys_write_tunable("/proc/self/oom_score_adj", "-1000");
	if (sampler_open(&config))
		_exit(1);
	mlockall(MCL_CURRENT | MCL_FUTURE);
	uint64_t t0_ns = sampler_t0(AHEAD_NS);

	if (sampler_start(t0_ns) || sys_write_all(ready, &t0_ns, sizeof(t0_ns)))
		_exit(1);
	while (read(until, &end, 1) < 0 && errno == EINTR)
		;
	sampler_stop_now();
	_exit(0);
}

/* Somewhat more than a second of samples, because all of it is locked memory that is emptied every DRAIN_MS. */
static uint64_t fast_bytes(const struct collect *c)
{
	uint64_t round = sampler_round_bytes((int)sysconf(_SC_NPROCESSORS_CONF), c->sources);
	uint64_t bytes = round * (SYS_NS / (uint64_t)c->options.interval + 16);

	return bytes < 2 * MIB ? 2 * MIB : bytes > 64 * MIB ? 64 * MIB : bytes;
}

static int start_sampler(struct collect *c)
{
	int ready[2], until[2];

	c->layout.ring = true;
	c->layout.size[LANE_FAST] = fast_bytes(c);
	c->layout.size[LANE_TASKS] = 4 * MIB;
	c->layout.size[LANE_KMSG] = 4 * MIB;
	c->bytes = lanes_bytes(&c->layout);
	c->region = mmap(NULL, c->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (c->region == MAP_FAILED)
		return say_err(-errno, "collect: shared memory of %llu MiB: %s", (unsigned long long)(c->bytes / MIB),
			       strerror(errno));
	lanes_format(c->region, &c->layout);
	if (pipe2(ready, O_CLOEXEC) || pipe2(until, O_CLOEXEC))
		return say_err(-errno, "collect: pipe: %s", strerror(errno));
	c->sampler = fork();
	if (c->sampler < 0)
		return say_err(-errno, "collect: fork: %s", strerror(errno));
	if (!c->sampler) {
		close(ready[0]);
		close(until[1]);
		sample(c, ready[1], until[0]);
	}
	close(ready[1]);
	close(until[0]);
	c->from_sampler = ready[0];
	c->to_sampler = until[1];
	if (read(c->from_sampler, &c->t0_ns, sizeof(c->t0_ns)) != sizeof(c->t0_ns))
		return say_err(-ECHILD, "collect: the sampler did not start (it said why)");
	return 0;
}

/* --- the recording's own meta data --- */

static void describe(struct collect *c, char *line, size_t size)
{
	struct timespec now;
	struct utsname u;
	size_t n = 0;

	*line = '\0';
	uname(&u);
	clock_gettime(CLOCK_REALTIME, &now);
	int64_t wall_ns = (int64_t)now.tv_sec * (int64_t)SYS_NS + now.tv_nsec;

	logfmt_add(line, size, &n, "meta", "recording");
	logfmt_add_int(line, size, &n, "format", 1);
	logfmt_add(line, size, &n, "fuka", FUKA_VERSION);
	logfmt_add(line, size, &n, "clock", "real");
	logfmt_add(line, size, &n, "host", u.nodename);
	logfmt_add(line, size, &n, "kernel", u.release);
	logfmt_add(line, size, &n, "version", u.version);
	logfmt_add(line, size, &n, "arch", u.machine);
	logfmt_add_int(line, size, &n, "hz", (int64_t)(SYS_NS / sys_tick_ns()));
	logfmt_add_int(line, size, &n, "cpus", sysconf(_SC_NPROCESSORS_ONLN));
	logfmt_add_int(line, size, &n, "memory", sys_meminfo("MemTotal"));
	logfmt_add_int(line, size, &n, "interval_ns", c->options.interval);
	logfmt_add_int(line, size, &n, "realtime_offset_ns", wall_ns - (int64_t)sys_now_ns());
}

/* Writes an event of the timeline; only this process does. */
static void event(struct collect *c, uint64_t at_ns, const char *line)
{
	struct frame f = {.head = {.type = FRAME_EVENT,
				   .source = SOURCE_timeline,
				   .lane = LANE_TIMELINE,
				   .seq = c->seq++,
				   .before_ns = at_ns,
				   .after_ns = at_ns,
				   .payload_length = (uint32_t)strlen(line)},
			  .payload = line};

	recorder_add(&f, &c->recorder);
}

static void event_of(struct collect *c, const char *what, const char *key, const char *value)
{
	char line[512] = "";
	size_t n = 0;

	logfmt_add(line, sizeof(line), &n, "event", what);
	logfmt_add(line, sizeof(line), &n, "id", "command");
	if (!strcmp(what, "start"))
		logfmt_add(line, sizeof(line), &n, "kind", "run");
	else
		logfmt_add_int(line, sizeof(line), &n, "pid", c->child);
	logfmt_add(line, sizeof(line), &n, key, value);
	event(c, sys_now_ns(), line);
}

/* --- the COMMAND --- */

static int start_command(struct collect *c)
{
	sigset_t none;

	if (!c->command)
		return 0;
	sys_sleep_until(c->t0_ns);
	prctl(PR_SET_CHILD_SUBREAPER,
	      1); /* orphans of the command are reparented here, so that all of them can be killed */
	event_of(c, "start", "name", c->command[0]);
	c->child = fork();
	if (c->child < 0)
		return say_err(-errno, "collect: fork: %s", strerror(errno));
	if (c->child)
		return 0;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(c->command[0], c->command);
	say("%s: %s", c->command[0], strerror(errno));
	_exit(EXIT_NO_EXEC);
}

static void command_ended(struct collect *c, int status)
{
	char text[32];

	snprintf(text, sizeof(text), WIFSIGNALED(status) ? "signal %d" : "exit %d",
		 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	event_of(c, "exit", "status", text);
	c->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	c->child = 0;
}

/* --- recording --- */

/* A follow_fn that counts rounds and missed ticks. */
static int keep(const struct frame *f, void *user)
{
	struct collect *c = user;

	if (f->head.type == FRAME_SAMPLE && f->head.source == c->first_source) {
		c->missed += f->head.tick > c->next_tick ? f->head.tick - c->next_tick : 0;
		c->next_tick = f->head.tick + 1;
		c->rounds++;
	}
	return recorder_add(f, &c->recorder);
}

static int first_fast(uint64_t sources)
{
	for (int i = 0; i < SOURCE_COUNT; i++)
		if (source_rows[i].lane == LANE_FAST && sources >> i & 1)
			return i;
	return -1;
}

/* Reaps children; true if recording is to stop. */
static bool reap(struct collect *c, int *error)
{
	bool over = false;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == c->sampler) {
			*error = say_err(-ECHILD, "collect: the sampler ended before it was told to (status %#x)",
					 status);
			c->sampler = 0;
			over = true;
		} else if (pid == c->child) {
			command_ended(c, status);
			over = true;
		}
	}
	return over;
}

/* The terminal sends Ctrl-C to the command as well; a signal sent to this process only is forwarded to it. */
static bool is_for_us(struct collect *c, const struct signalfd_siginfo *si)
{
	if (c->child && si->ssi_code == SI_KERNEL)
		return false;
	c->asked = (int)si->ssi_signo;
	return true;
}

/* Waits briefly for a signal; true if recording is to stop. */
static bool listen(struct collect *c, int *error)
{
	struct pollfd p = {.fd = c->signals, .events = POLLIN};
	struct signalfd_siginfo si;
	bool over = false;

	poll(&p, 1, DRAIN_MS);
	while (read(c->signals, &si, sizeof(si)) == sizeof(si))
		over |= si.ssi_signo == SIGCHLD ? reap(c, error) : is_for_us(c, &si);
	return over;
}

static int drain(struct collect *c)
{
	int err = follower_read(&c->follower, keep, c);

	if (err || sys_now_ns() < c->flush_ns)
		return err;
	c->flush_ns = sys_now_ns() + FLUSH_NS;
	return recording_flush(c->recorder.writer);
}

static int record(struct collect *c)
{
	uint64_t end_ns = c->options.length > 0 ? c->t0_ns + c->options.length : UINT64_MAX;
	int err = 0;

	for (bool over = false; !over && !err;) {
		over = listen(c, &err) || sys_now_ns() >= end_ns;
		err = err ?: drain(c);
	}
	return err;
}

/* Continues to record until the command has ended, for a bounded time. `hard`: kills it and everything it started. */
static int await_command(struct collect *c, bool hard)
{
	uint64_t until_ns = sys_now_ns() + PATIENCE_NS;
	int err = 0;

	while (((hard && sys_kill_children(c->sampler)) || c->child) && sys_now_ns() < until_ns) {
		listen(c, &err);
		err = err ?: drain(c);
	}
	return err;
}

static int stop_command(struct collect *c)
{
	int sig = c->asked ? c->asked : SIGTERM;

	if (!c->child)
		return 0;
	kill(c->child, sig);
	int err = await_command(c, false);

	if (!c->child)
		return err;
	say("%s did not end within %llu s of SIG%s: killed, with all that it started", c->command[0],
	    PATIENCE_NS / SYS_NS, sigabbrev_np(sig));
	kill(c->child, SIGKILL);
	int killed = await_command(c, true);

	if (c->child) {
		say("%s (pid %d) does not even end by SIGKILL: a task of it is in D", c->command[0], c->child);
		command_ended(c, W_EXITCODE(0, SIGKILL));
	}
	return err ? err : killed;
}

static void stop_sampler(struct collect *c)
{
	int status;

	close(c->to_sampler);
	if (c->sampler && sys_wait(c->sampler, &status, sys_now_ns() + PATIENCE_NS))
		say("the sampler did not end within %llu s and was killed", PATIENCE_NS / SYS_NS);
	c->sampler = 0;
}

static void tell(const struct collect *c, double seconds)
{
	char each[32];

	param_time_text(c->options.interval, each, sizeof(each));
	say("%llu samples, one each %s, in %.1f s: %s", (unsigned long long)c->rounds, each, seconds, c->options.out);
	if (c->missed)
		say("%llu ticks were missed: this machine was too busy, or reading takes longer than %s; they are "
		    "holes in the "
		    "recording",
		    (unsigned long long)c->missed, each);
}

static int collect(struct collect *c)
{
	char about[1024];
	sigset_t wanted;
	int err;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGINT);
	sigaddset(&wanted, SIGTERM);
	sigaddset(&wanted, SIGHUP);
	sigaddset(&wanted, SIGCHLD);
	sigprocmask(SIG_BLOCK, &wanted, NULL);
	c->signals = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
	describe(c, about, sizeof(about));
	err = recorder_open(&c->recorder, c->options.out, about, NULL, 0);
	if (err)
		return err;
	err = start_sampler(c);
	if (!err) {
		c->follower = (struct follower){.region = c->region, .layout = c->layout};
		event(c, c->t0_ns, "event=t0");
		c->flush_ns = sys_now_ns() + FLUSH_NS;
		err = start_command(c) ?: record(c);
		int stopped = stop_command(c);

		err = err ? err : stopped;
		stop_sampler(c);
		event(c, sys_now_ns(), "event=end");
		err = err ?: follower_read(&c->follower, keep, c);
	}
	double seconds = err ? 0 : (double)(sys_now_ns() - c->t0_ns) / SYS_NS;
	int closed = recorder_close(&c->recorder, &c->follower);

	follower_free(&c->follower);
	if (!err && !closed)
		tell(c, seconds);
	return err ? err : closed;
}

/* --- the command line --- */

static int parse(struct collect *c, int argc, char **argv)
{
	struct options given = {.command = "collect", .table = params, .values = &c->options, .runs_program = true};
	char why[512];

	if (options_parse(&given, argc, argv))
		return -EINVAL;
	if (given.operands)
		return say_err(-EINVAL, "collect: '%s': a command stands after --, a file after -o", given.operand[0]);
	if (given.program && !*given.program)
		return say_err(-EINVAL, "collect: which command? after -- there is nothing");
	c->command = given.program;
	if (!c->options.out)
		return say_err(-EINVAL, "collect: where to? fuka collect -o x.fuka");
	if (sampler_select(c->options.sources, &c->sources, why, sizeof(why)))
		return say_err(-EINVAL, "collect: --sources: %s", why);
	c->first_source = first_fast(c->sources);
	return 0;
}

static int run(int argc, char **argv)
{
	struct collect c = {0};
	int err = parse(&c, argc, argv);

	if (!err)
		err = collect(&c);
	if (c.region && c.region != MAP_FAILED)
		munmap(c.region, c.bytes);
	param_free(params, &c.options);
	return err ? FUKA_USAGE : c.status;
}

static void print_sources(FILE *out)
{
#define SOURCE_FAST(name, what)  fprintf(out, "  %-18s %s\n", #name, what);
#define SOURCE_TASKS(name, what) SOURCE_FAST(name, what)
#define SOURCE_KMSG(name, what)  SOURCE_FAST(name, what)
#define SOURCE_TIMELINE(name, what)
#define SOURCE_KMOD(name, what)
#define SOURCE_HOST(name, what)
#define SOURCE(name, lane, what) SOURCE_##lane(name, what)
#include "lib/record/source_list.h"
#undef SOURCE
}

const struct command command_collect = {
	.name = "collect",
	.about = "record this machine: for a time, until stopped, or around a command",
	.synopsis = "-o FILE.fuka [OPTION…] [-- COMMAND [ARG…]]",
	.description =
		"Records this machine's own counters with the same sampler as the lab's guests, for `fuka report` and\n"
		"`fuka export`. Ends after --for, with COMMAND, or by Ctrl-C (SIGINT, SIGTERM, SIGHUP).\n"
		"\n"
		"Ticks that were missed stay holes and are counted at the end. An ordinary user may record what the kernel\n"
		"lets them read; the kernel's log mostly needs root, and so does real-time priority.\n",
	.options = params,
	.sections =
		(const struct command_section[]){{"Sources (those marked: only when asked for)", print_sources}, {0}},
	.exit_status = "that of COMMAND, else 0; 2 when the arguments are wrong or the recording cannot be written",
	.run = run,
};
