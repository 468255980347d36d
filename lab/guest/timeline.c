// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/guest/timeline.h"
#include "lab/scenario/actions/action.h"
#include "lib/record/source.h"
#include "lab/guest/trace_reads.h"
#include "lib/text/logfmt.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

/* The state of one entry: a generator, a program, or an action without a process. */
struct running_entry {
	const struct entry *entry;
	struct load_handle load; /* entry_is_load() */
	pid_t pid;               /* ACTION_RUN: the program */
	int output_fd;           /* ACTION_RUN: its standard output and error */
	int go_fd;               /* ACTION_RUN: a byte here lets it exec */
	bool started, stopped;
};

static struct {
	const struct scenario *s;
	struct lane_writer lane;
	struct running_entry *running;
	uint64_t t0_ns, last_ns;
	int signal_fd, timer_fd;
} walk = {.signal_fd = -1, .timer_fd = -1};

/* Frames of a source must be in time order, so a late report of a leader gets the time of the last event. */
static void write_frame(enum frame_type type, enum source_id source, uint64_t at_ns, const char *bytes, size_t n)
{
	struct frame_head h = {.type = type, .source = source, .payload_length = n};

	walk.last_ns = at_ns > walk.last_ns ? at_ns : walk.last_ns;
	h.before_ns = h.after_ns = walk.last_ns;
	lane_write(&walk.lane, &h, bytes);
}

static void event_at(uint64_t at_ns, const char *line)
{
	write_frame(FRAME_EVENT, SOURCE_timeline, at_ns, line, strlen(line));
}

void timeline_event(const char *line)
{
	event_at(sys_now_ns(), line);
}

void timeline_describe(void)
{
	char line[TIMELINE_LINE] = "";
	struct utsname u;
	size_t n = 0;

	uname(&u);
	logfmt_add(line, sizeof(line), &n, "meta", "guest");
	logfmt_add(line, sizeof(line), &n, "release", u.release);
	logfmt_add(line, sizeof(line), &n, "version", u.version);
	logfmt_add(line, sizeof(line), &n, "arch", u.machine);
	logfmt_add_int(line, sizeof(line), &n, "hz", SYS_NS / sys_tick_ns());
	write_frame(FRAME_META, SOURCE_meta, sys_now_ns(), line, n);
}

size_t timeline_begin(char line[TIMELINE_LINE], const char *word, const struct entry *e)
{
	size_t n = 0;

	line[0] = '\0';
	logfmt_add(line, TIMELINE_LINE, &n, "event", word);
	logfmt_add(line, TIMELINE_LINE, &n, "id", e->id);
	return n;
}

/* --- programs --- */

static void program_main(const struct entry *e, int go, int output)
{
	char byte, text[16];
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(text, sizeof(text), "%lld", (long long)e->oom_score_adj);
	sys_write_tunable("/proc/self/oom_score_adj", text);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	while (read(go, &byte, 1) < 0 && errno == EINTR)
		continue;
	execvp(e->argv[0], e->argv);
	dprintf(STDERR_FILENO, "fuka: %s could not be started: %s\n", e->argv[0], strerror(errno));
	_exit(127);
}

static int prepare_program(struct running_entry *p)
{
	int go[2], out[2];

	if (pipe2(go, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		return say_err(-errno, "%s: no pipe: %s", p->entry->id, strerror(errno));
	p->pid = fork();
	if (p->pid == 0) {
		close(go[1]);
		program_main(p->entry, go[0], out[1]);
	}
	close(go[0]);
	close(out[1]);
	if (p->pid < 0)
		return say_err(-errno, "%s could not be forked: %s", p->entry->id, strerror(errno));
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	p->go_fd = go[1];
	p->output_fd = out[0];
	return 0;
}

/* --- starting and stopping --- */

/* Whether PID 1 itself makes the load: the walk blocks meanwhile, the sampler does not. */
static bool is_for_pid1(const struct entry *e)
{
	const struct generator *g = e->load.generator;

	return g && g->wants_pid1 && g->wants_pid1(e->load.values);
}

static int prepare(struct running_entry *p)
{
	p->output_fd = p->go_fd = p->load.report_fd = p->load.go_fd = -1;
	if (entry_is_load(p->entry))
		return is_for_pid1(p->entry) ? 0 : load_prepare(&p->entry->load, &p->load);
	if (p->entry->action == ACTION_RUN)
		return prepare_program(p);
	return 0;
}

int timeline_prepare(const struct scenario *s, void *region)
{
	sigset_t set; /* blocked since init_main() */

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	walk.s = s;
	lane_writer(&walk.lane, region, LANE_TIMELINE);
	walk.running = calloc(s->entries + 1, sizeof(*walk.running));
	walk.signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	walk.timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (!walk.running || walk.signal_fd < 0 || walk.timer_fd < 0)
		return say_err(-errno, "the timeline has no memory, signalfd or timerfd: %s", strerror(errno));
	for (size_t i = 0; i < s->entries; i++) {
		walk.running[i].entry = &s->entry[i];
		int r = prepare(&walk.running[i]);

		if (r)
			return r;
	}
	return 0;
}

/* Requests the entry's action from the host, or its end. */
static void ask_host(const struct entry *e, bool back)
{
	char line[TIMELINE_LINE];
	size_t n = timeline_begin(line, "host", e);

	logfmt_add(line, sizeof(line), &n, "action", entry_host_action(e));
	if (e->device)
		logfmt_add(line, sizeof(line), &n, "device", e->device);
	if (back)
		logfmt_add(line, sizeof(line), &n, "back", "yes");
	else if (e->action == ACTION_HOST && e->host == HOST_THROTTLE) {
		logfmt_add_int(line, sizeof(line), &n, "iops", e->iops);
		logfmt_add_int(line, sizeof(line), &n, "bps", e->bps);
	}
	timeline_event(line);
}

static void stop(struct running_entry *p)
{
	char line[TIMELINE_LINE];

	if (!p->started || p->stopped)
		return;
	p->stopped = true;
	timeline_begin(line, "stop", p->entry);
	timeline_event(line);
	if (p->load.pid > 0)
		load_stop(&p->load);
	if (p->pid > 0)
		kill(-p->pid, SIGTERM);
	if (p->entry->device)
		ask_host(p->entry, true);
}

static void stop_id(const char *id)
{
	for (size_t i = 0; i < walk.s->entries; i++)
		if (!strcmp(walk.s->entry[i].id, id))
			stop(&walk.running[i]);
}

/* name=mpstat argv="mpstat -P ALL 4 1" */
static void add_argv(char line[TIMELINE_LINE], size_t *n, char *const argv[])
{
	char text[TIMELINE_LINE / 2] = "";
	size_t at = 0;

	for (int i = 0; argv[i] && at < sizeof(text); i++)
		at += snprintf(text + at, sizeof(text) - at, "%s%s", i ? " " : "", argv[i]);
	logfmt_add(line, TIMELINE_LINE, n, "name", argv[0]);
	logfmt_add(line, TIMELINE_LINE, n, "argv", text);
}

static void say_start(const struct entry *e)
{
	char line[TIMELINE_LINE];
	size_t n = timeline_begin(line, "start", e);

	logfmt_add(line, sizeof(line), &n, "kind", entry_kind(e));
	if (entry_is_load(e))
		logfmt_add(line, sizeof(line), &n, "name", e->load.generator->name);
	if (e->action == ACTION_RUN)
		add_argv(line, &n, e->argv);
	timeline_event(line);
}

static void say_ready(const struct entry *e)
{
	char line[TIMELINE_LINE];

	timeline_begin(line, "ready", e);
	timeline_event(line);
}

static void start(struct running_entry *p)
{
	const struct entry *e = p->entry;

	p->started = true;
	say_start(e);
	if (entry_is_load(e) && is_for_pid1(e)) {
		say_ready(e);
		e->load.generator->in_pid1(e->load.values);
	} else if (entry_is_load(e)) {
		load_go(&p->load);
	} else if (e->action == ACTION_RUN) {
		if (write(p->go_fd, "g", 1) != 1)
			say("%s could not be started: %s", e->id, strerror(errno));
		close(p->go_fd);
		p->go_fd = -1;
	} else if (action_kinds[e->action]->act) {
		action_kinds[e->action]->act(e);
	} else if (e->action == ACTION_STOP) {
		stop_id(e->stop);
	} else {
		ask_host(e, false);
	}
}

/* --- reports and output --- */

/* Records a leader's line: "ns=12345 event=declare runnable=8 blocked=0". */
static void take_report(const char *report, void *user)
{
	const struct running_entry *p = user;
	const char *event = strstr(report, "event=");
	char line[TIMELINE_LINE];
	long long ns = 0;

	logfmt_get_int(report, strlen(report), "ns", &ns);
	snprintf(line, sizeof(line), "%s id=%s", event ? event : report, p->entry->id);
	event_at(ns, line);
}

/* Records a program's output: a first line "id=ID", then its bytes unchanged. */
static void take_output(struct running_entry *p)
{
	char text[4096];
	int head = snprintf(text, sizeof(text), "id=%s\n", p->entry->id);
	ssize_t n;

	while ((n = read(p->output_fd, text + head, sizeof(text) - head)) > 0)
		write_frame(FRAME_TEXT, SOURCE_output, sys_now_ns(), text, head + n);
	if (n == 0) {
		close(p->output_fd);
		p->output_fd = -1;
	}
}

/* Records the kernel's trace of sysstat's readings so far. */
static void take_readings(void)
{
	char text[4096];
	size_t n;

	while ((n = trace_reads_take(text, sizeof(text))))
		write_frame(FRAME_TEXT, SOURCE_readings, sys_now_ns(), text, n);
}

static void say_exit(struct running_entry *p, pid_t pid, int status)
{
	char line[TIMELINE_LINE], how[32];
	size_t n = timeline_begin(line, "exit", p->entry);

	if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "signal %d", WTERMSIG(status));
	else
		snprintf(how, sizeof(how), "exit %d", WEXITSTATUS(status));
	logfmt_add_int(line, sizeof(line), &n, "pid", pid);
	logfmt_add(line, sizeof(line), &n, "status", how);
	timeline_event(line);
}

/* Declares 0 tasks for a load whose leader was killed. */
static void undeclare(struct running_entry *p)
{
	char line[TIMELINE_LINE];
	size_t n = timeline_begin(line, "declare", p->entry);

	logfmt_add_int(line, sizeof(line), &n, "runnable", 0);
	logfmt_add_int(line, sizeof(line), &n, "blocked", 0);
	timeline_event(line);
}

/* PID 1 inherits all orphans; it reaps them without recording that. */
static void reap(void)
{
	struct signalfd_siginfo drop;
	int status;
	pid_t pid;

	while (read(walk.signal_fd, &drop, sizeof(drop)) == sizeof(drop))
		continue;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < walk.s->entries; i++) {
			struct running_entry *p = &walk.running[i];

			if (p->load.pid != pid && p->pid != pid)
				continue;
			if (p->load.pid == pid)
				load_reports(&p->load, take_report, p);
			if (p->pid == pid && p->output_fd >= 0)
				take_output(p);
			if (p->pid == pid)
				take_readings();
			say_exit(p, pid, status);
			if (p->load.pid == pid && WIFSIGNALED(status))
				undeclare(p);
			p->load.pid = p->pid = 0;
		}
}

/* --- the walk --- */

/* The time at which the next action is due. */
static uint64_t next_due(void)
{
	uint64_t due = walk.t0_ns + walk.s->end_ns;

	for (size_t i = 0; i < walk.s->entries; i++) {
		const struct running_entry *p = &walk.running[i];
		const struct entry *e = p->entry;
		uint64_t at = walk.t0_ns + e->at_ns;

		if (p->started)
			at = e->for_ns >= 0 && !p->stopped ? at + e->for_ns : UINT64_MAX;
		due = at < due ? at : due;
	}
	return due;
}

static void act(uint64_t now)
{
	for (size_t i = 0; i < walk.s->entries; i++) {
		struct running_entry *p = &walk.running[i];
		const struct entry *e = p->entry;

		if (!p->started && walk.t0_ns + e->at_ns <= now)
			start(p);
		if (p->started && !p->stopped && e->for_ns >= 0 && walk.t0_ns + e->at_ns + e->for_ns <= now)
			stop(p);
	}
}

static void listen_until(uint64_t due)
{
	struct itimerspec t = {.it_value = {.tv_sec = due / SYS_NS, .tv_nsec = due % SYS_NS}};
	struct pollfd p[2 + 2 * walk.s->entries];
	size_t n = 0;
	uint64_t expired;

	timerfd_settime(walk.timer_fd, TFD_TIMER_ABSTIME, &t, NULL);
	p[n++] = (struct pollfd){.fd = walk.timer_fd, .events = POLLIN};
	p[n++] = (struct pollfd){.fd = walk.signal_fd, .events = POLLIN};
	for (size_t i = 0; i < walk.s->entries; i++) {
		p[n++] = (struct pollfd){.fd = walk.running[i].load.report_fd, .events = POLLIN};
		p[n++] = (struct pollfd){.fd = walk.running[i].output_fd, .events = POLLIN};
	}
	poll(p, n, -1);
	for (size_t i = 0; i < walk.s->entries; i++) {
		if (p[2 + 2 * i].revents)
			load_reports(&walk.running[i].load, take_report, &walk.running[i]);
		if (p[3 + 2 * i].revents && walk.running[i].output_fd >= 0)
			take_output(&walk.running[i]);
	}
	if (p[1].revents)
		reap();
	if (read(walk.timer_fd, &expired, sizeof(expired)) < 0 && errno != EAGAIN)
		say("the timeline's timer: %s", strerror(errno));
}

void timeline_run(uint64_t t0_ns)
{
	uint64_t end = t0_ns + walk.s->end_ns;

	walk.t0_ns = t0_ns;
	sys_sleep_until(t0_ns);
	event_at(t0_ns, "event=t0");
	for (uint64_t now = sys_now_ns(); now < end; now = sys_now_ns()) {
		act(now);
		listen_until(next_due());
	}
	timeline_event("event=end");
}
