// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuka peek: what a process that runs away is doing. Its threads are looked at twice, to know which of them are busy;
 * of each of those it shows the kernel's side, from /proc, and the user's, from gdb.
 *
 * The kernel's side is read first, for gdb stops the process. It is left as it was: gdb detaches, and is ended at a
 * deadline; a process that then stands still though it did not before is told to go on. What this user may not see is
 * said by name, with what it takes, and the rest is shown.
 */
#include "collect/sample/task_walk.h"
#include "lib/base/array.h"
#include "lib/base/spawn.h"
#include "lib/base/command.h"
#include "lib/text/jsontext.h"
#include "lib/text/options.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUSY_MAX   16 /* threads shown, the busiest first */
#define GO_ON_NS   SYS_NS
#define FRAMES_MAX "40"

extern const struct command command_peek;

struct peek_options {
	int64_t window, deadline;
	bool json;
};

static const struct param params[] = {
	{"for", PARAM_TIME, "200ms", 1e6, 60e9, NULL, "how long it is watched to see which threads are busy",
	 offsetof(struct peek_options, window)},
	{"deadline", PARAM_TIME, "10s", 1e7, 600e9, NULL, "gdb is ended after this time",
	 offsetof(struct peek_options, deadline)},
	{"json", PARAM_BOOL, "false", 0, 0, NULL, "prints JSON", offsetof(struct peek_options, json), 'j'},
	{0},
};

struct thread {
	struct task task;
	unsigned long ticks; /* of CPU time during the window */
	double percent;
	char wchan[64], syscall[160], allowed[64];
	long long voluntary, involuntary;
	char *stack, *user; /* NULL when it cannot be read */
};

struct peek {
	int pid;
	struct task leader;
	char command[256];
	int threads, count;
	struct thread thread[BUSY_MAX];
	char hidden[4][256]; /* what cannot be read, and what would be needed */
	int hiddens;
};

/* Notes once what cannot be read. */
static void hide(struct peek *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void hide(struct peek *p, const char *fmt, ...)
{
	char text[sizeof(p->hidden[0])];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (int i = 0; i < p->hiddens; i++)
		if (!strcmp(p->hidden[i], text))
			return;
	if (p->hiddens < (int)(sizeof(p->hidden) / sizeof(*p->hidden)))
		strcpy(p->hidden[p->hiddens++], text);
}

/* --- which threads --- */

static int list_threads(int pid, struct task **out)
{
	_cleanup_(sys_freep) char *path = sys_format("/proc/%d/task", pid);
	DIR *dir = opendir(path);
	struct task *list = NULL;
	int n = 0;

	for (struct dirent *e; dir && (e = readdir(dir));)
		if (atoi(e->d_name) > 0 && array_grow(&list, n, sizeof(*list)))
			n += task_walk_one(atoi(e->d_name), pid, &list[n]);
	if (dir)
		closedir(dir);
	*out = list;
	return n;
}

static unsigned long ticks_of(const struct task *list, int n, int pid)
{
	for (int i = 0; i < n; i++)
		if (list[i].pid == pid)
			return list[i].utime + list[i].stime;
	return 0;
}

static int by_ticks(const void *a, const void *b)
{
	const struct thread *x = a, *y = b;

	return x->ticks != y->ticks ? (x->ticks < y->ticks) - (x->ticks > y->ticks) : x->task.pid - y->task.pid;
}

/* Selects the threads that used CPU time in the window or are R or D; if there are none, the first thread. */
static int choose_threads(struct peek *p, int64_t window_ns)
{
	_cleanup_(sys_freep) struct task *before = NULL, *after = NULL;
	int n = list_threads(p->pid, &before);
	uint64_t start_ns = sys_now_ns();

	sys_sleep_until(start_ns + window_ns);
	p->threads = list_threads(p->pid, &after);
	double seconds = (double)(sys_now_ns() - start_ns) / SYS_NS;
	_cleanup_(sys_freep) struct thread *all = calloc(p->threads + 1, sizeof(*all));

	for (int i = 0; all && i < p->threads; i++) {
		struct thread t = {.task = after[i]};

		t.ticks = t.task.utime + t.task.stime - ticks_of(before, n, t.task.pid);
		t.percent = 100.0 * t.ticks / sysconf(_SC_CLK_TCK) / seconds;
		if (t.ticks || strchr("RD", t.task.state))
			all[p->count++] = t;
	}
	if (all && p->threads && !p->count)
		all[p->count++] = (struct thread){.task = after[0]};
	if (!p->count)
		return -ESRCH;
	qsort(all, p->count, sizeof(*all), by_ticks);
	p->count = p->count < BUSY_MAX ? p->count : BUSY_MAX;
	memcpy(p->thread, all, p->count * sizeof(*all));
	return 0;
}

/* --- the kernel's side --- */

static int read_of(const struct thread *t, const char *file, char **text)
{
	_cleanup_(sys_freep) char *path = sys_format("/proc/%d/task/%d/%s", t->task.tgid, t->task.pid, file);

	return sys_read_file(path, text, NULL);
}

/* Cpus_allowed_list:	0-1 */
static void status_field(const char *status, const char *name, char *value, size_t size)
{
	size_t n = strlen(name);

	for (const char *line = status; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, n) || line[n] != ':')
			continue;
		line += n + 1 + strspn(line + n + 1, " \t");
		snprintf(value, size, "%.*s", (int)strcspn(line, "\n"), line);
		return;
	}
}

static void one_line(struct peek *p, const struct thread *t, const char *file, char *value, size_t size)
{
	_cleanup_(sys_freep) char *text = NULL;
	int r = read_of(t, file, &text);

	snprintf(value, size, "%.*s", r ? 1 : (int)strcspn(text, "\n"), r ? "-" : text);
	if (r == -EPERM || r == -EACCES)
		hide(p, "/proc/%d/%s: %s: it needs the same user, or root (CAP_SYS_PTRACE)", p->pid, file,
		     strerror(-r));
}

static void look_at_kernel(struct peek *p, struct thread *t)
{
	_cleanup_(sys_freep) char *status = NULL;
	char voluntary[32] = "-1", involuntary[32] = "-1";
	int r = read_of(t, "stack", &t->stack);

	if (r == -EPERM || r == -EACCES)
		hide(p, "/proc/%d/stack: %s: it needs root (CAP_SYS_ADMIN)", p->pid, strerror(-r));
	else if (r == -ENOENT && task_walk_one(t->task.pid, t->task.tgid, &t->task))
		hide(p, "/proc/%d/stack: this kernel has none (CONFIG_STACKTRACE)", p->pid);
	one_line(p, t, "wchan", t->wchan, sizeof(t->wchan));
	one_line(p, t, "syscall", t->syscall, sizeof(t->syscall));
	if (!read_of(t, "status", &status)) {
		status_field(status, "Cpus_allowed_list", t->allowed, sizeof(t->allowed));
		status_field(status, "voluntary_ctxt_switches", voluntary, sizeof(voluntary));
		status_field(status, "nonvoluntary_ctxt_switches", involuntary, sizeof(involuntary));
	}
	t->voluntary = atoll(voluntary);
	t->involuntary = atoll(involuntary);
}

/* --- the user's side --- */

/*
 *	Thread 1 (Thread 0x7fbcb8b2db80 (LWP 18691) "perl"):
 *	#0  0x000056388b672775 in Perl_pp_unstack ()
 *	#1  0x000056388b670f36 in Perl_runops_standard ()
 *
 * or, of a program without libpthread, "Thread 1 (process 18691):".
 */
static void take_user_stack(struct thread *t, const char *text)
{
	char lwp[32], process[32];

	snprintf(lwp, sizeof(lwp), "(LWP %d)", t->task.pid);
	snprintf(process, sizeof(process), "(process %d)", t->task.pid);
	for (const char *at = text; (at = strstr(at, "\nThread ")); at++) {
		size_t head = strcspn(at + 1, "\n") + 1;
		_cleanup_(sys_freep) char *line = strndup(at, head);

		if (!line || (!strstr(line, lwp) && !strstr(line, process)))
			continue;
		const char *from = at + head + (at[head] == '\n'), *end = from;

		while (*end == '#' || *end == ' ')
			end += strcspn(end, "\n") + (end[strcspn(end, "\n")] == '\n');
		t->user = strndup(from, end - from);
		return;
	}
}

/* Whether Yama forbids a user to trace the user's own processes (ptrace_scope "1"). */
static bool yama_forbids(void)
{
	char scope[8];

	return geteuid() && !sys_read_line("/proc/sys/kernel/yama/ptrace_scope", scope, sizeof(scope)) &&
	       atoi(scope) > 0;
}

static void say_refused(struct peek *p, const char *text)
{
	const char *why = strstr(text, "ptrace: ");

	hide(p, "the user's stack: gdb could not attach%s%.*s%s", why ? ": " : "", why ? (int)strcspn(why, "\n") : 0,
	     why ? why : "",
	     yama_forbids() ? " it needs root: /proc/sys/kernel/yama/ptrace_scope is not 0"
			    : " it needs the same user, or root (CAP_SYS_PTRACE); one tracer at a time");
}

/*
 * Leaves the process as it was: it runs on when gdb has ended in any way. If gdb was killed while it was stopping the
 * process, a SIGSTOP may be pending; SIGCONT discards it and does nothing else to a running process.
 */
static void let_go_on(const struct peek *p, bool ended)
{
	uint64_t until_ns = sys_now_ns() + GO_ON_NS;
	struct task t;

	if (strchr("Tt", p->leader.state))
		return;
	while (task_walk_one(p->pid, p->pid, &t) && strchr("Tt", t.state) && sys_now_ns() < until_ns)
		sys_sleep_until(sys_now_ns() + SYS_NS / 100);
	bool stopped = task_walk_one(p->pid, p->pid, &t) && t.state == 'T';

	if (stopped)
		say("peek: %d was left stopped; kill -CONT %d continues it", p->pid, p->pid);
	if (stopped || ended)
		kill(p->pid, SIGCONT);
}

/* Threads in D are always among those that are shown. */
static bool has_blocked(const struct peek *p)
{
	for (int i = 0; i < p->count; i++)
		if (p->thread[i].task.state == 'D')
			return true;
	return false;
}

static void look_at_user(struct peek *p, int64_t deadline_ns)
{
	_cleanup_(sys_freep) char *pid = sys_format("%d", p->pid), *text = NULL;
	/* gdb must not run commands from files of the user or of the program, and must fetch nothing */
	char *ask[] = {"gdb",  "-nx",
		       "-q",   "-batch",
		       "-iex", "set auto-load no",
		       "-iex", "set debuginfod enabled off",
		       "-iex", "set width 0",
		       "-p",   pid,
		       "-ex",  "thread apply all backtrace " FRAMES_MAX,
		       NULL};
	char limit[32];
	int status, shown = 0;

	if (p->leader.flags & TASK_IS_KTHREAD)
		return hide(p, "the user's stack: a kernel thread has none");
	if (has_blocked(p))
		return hide(p, "the user's stack: a thread is in D, where a tracer cannot stop it");
	int r = spawn_output(ask, deadline_ns, &text, &status);

	let_go_on(p, r == -ETIMEDOUT);
	for (int i = 0; text && i < p->count; i++) {
		take_user_stack(&p->thread[i], text);
		shown += p->thread[i].user != NULL;
	}
	param_time_text(deadline_ns, limit, sizeof(limit));
	if (r == -ENOENT)
		hide(p, "the user's stack: there is no gdb on this machine; apt-get install gdb");
	else if (r == -ETIMEDOUT)
		hide(p, "the user's stack: gdb did not finish in %s and was ended; --deadline gives it more time",
		     limit);
	else if (r)
		hide(p, "the user's stack: cannot run gdb: %s", strerror(-r));
	else if (!shown)
		say_refused(p, text);
}

/* --- showing it --- */

static void print_frames(const char *title, const char *text)
{
	printf("    %s\n", title);
	for (const char *line = text; *line; line += strcspn(line, "\n") + (line[strcspn(line, "\n")] == '\n'))
		printf("      %.*s\n", (int)strcspn(line, "\n"), line);
}

static void print_text(struct peek *p, const struct peek_options *o)
{
	char window[32];

	say_printable(p->leader.comm); /* a name may contain a newline */
	say_printable(p->command);
	for (int i = 0; i < p->count; i++)
		say_printable(p->thread[i].task.comm);
	param_time_text(o->window, window, sizeof(window));
	printf("%d %s: %s\n  %d thread%s; shown: those busy in %s\n", p->pid, p->leader.comm, p->command, p->threads,
	       p->threads == 1 ? "" : "s", window);
	for (int i = 0; i < p->count; i++) {
		const struct thread *t = &p->thread[i];

		printf("  thread %d %s: state %c, %.0f %% of a CPU, wchan %s, on CPUs %s, %lld switches of its own, "
		       "%lld "
		       "forced\n",
		       t->task.pid, t->task.comm, t->task.state, t->percent,
		       *t->wchan && strcmp(t->wchan, "0") ? t->wchan : "-", t->allowed, t->voluntary, t->involuntary);
		printf("    system call: %s\n", t->syscall);
		if (t->stack)
			print_frames(*t->stack ? "in the kernel:" : "in the kernel: no frame", t->stack);
		if (t->user)
			print_frames("in its program:", t->user);
	}
	for (int i = 0; i < p->hiddens; i++)
		printf("  not shown: %s\n", p->hidden[i]);
}

static json_t *json_lines(const char *text)
{
	json_t *list = text ? json_array() : json_null();

	for (const char *line = text; line && *line;
	     line += strcspn(line, "\n") + (line[strcspn(line, "\n")] == '\n')) {
		_cleanup_(sys_freep) char *one = strndup(line, strcspn(line, "\n"));

		json_array_append_new(list, jsontext(one));
	}
	return list;
}

static int print_json(const struct peek *p, const struct peek_options *o)
{
	json_t *threads = json_array(), *hidden = json_array();

	for (int i = 0; i < p->count; i++) {
		const struct thread *t = &p->thread[i];
		char state[2] = {t->task.state};

		json_array_append_new(threads,
				      json_pack("{s:i, s:o, s:o, s:f, s:o, s:o, s:o, s:I, s:I, s:o, s:o}", "tid",
						t->task.pid, "name", jsontext(t->task.comm), "state", jsontext(state),
						"cpu_percent", t->percent, "wchan", jsontext(t->wchan), "syscall",
						jsontext(t->syscall), "cpus_allowed", jsontext(t->allowed),
						"voluntary_switches", (json_int_t)t->voluntary, "forced_switches",
						(json_int_t)t->involuntary, "kernel_stack", json_lines(t->stack),
						"user_stack", json_lines(t->user)));
	}
	for (int i = 0; i < p->hiddens; i++)
		json_array_append_new(hidden, jsontext(p->hidden[i]));
	json_t *whole = json_pack("{s:i, s:o, s:o, s:i, s:I, s:o, s:o}", "pid", p->pid, "name",
				  jsontext(p->leader.comm), "command", jsontext(p->command), "threads", p->threads,
				  "window_ns", (json_int_t)o->window, "busy", threads, "not_shown", hidden);

	return jsontext_print(stdout, whole);
}

/* --- the command --- */

/* Finds the only process with a name. */
static int find_name(const char *name)
{
	DIR *dir = opendir("/proc");
	struct task t;
	char pids[128] = "";
	int found = 0, last = 0;

	for (struct dirent *e; dir && (e = readdir(dir));) {
		int pid = atoi(e->d_name);
		size_t n = strlen(pids);

		if (pid <= 0 || !task_walk_one(pid, pid, &t) || strcmp(t.comm, name))
			continue;
		snprintf(pids + n, sizeof(pids) - n, " %d", pid);
		last = pid;
		found++;
	}
	if (dir)
		closedir(dir);
	if (found > 1)
		return say_err(-EINVAL, "peek: %d processes are named %s: give the PID of one:%s", found, name, pids);
	return found ? last : say_err(-ESRCH, "peek: no process is named '%s'", name);
}

static int find_process(const char *word)
{
	struct task t;
	char *end;
	int pid = strtol(word, &end, 10);

	if (!*word || *end)
		return find_name(word);
	return pid > 0 && task_walk_one(pid, pid, &t)
		       ? pid
		       : say_err(-ESRCH, "peek: there is no process %s (a thread's number is not one)", word);
}

static void read_command(struct peek *p)
{
	_cleanup_(sys_freep) char *path = sys_format("/proc/%d/cmdline", p->pid), *text = NULL;
	size_t n = 0;

	if (sys_read_file(path, &text, &n))
		return;
	for (size_t i = 0; i + 1 < n; i++)
		text[i] = text[i] ? text[i] : ' ';
	snprintf(p->command, sizeof(p->command), "%s", n ? text : "");
}

static int look(struct peek *p, const struct peek_options *o)
{
	int r = choose_threads(p, o->window);

	if (r)
		return say_err(r, "peek: %d has ended", p->pid);
	read_command(p);
	for (int i = 0; i < p->count; i++)
		look_at_kernel(p, &p->thread[i]);
	look_at_user(p, o->deadline);
	return 0;
}

static int run(int argc, char **argv)
{
	_cleanup_(sys_freep) struct peek *p = calloc(1, sizeof(*p));
	struct peek_options o;
	struct options given = {.command = "peek", .table = params, .values = &o};

	if (options_parse(&given, argc, argv))
		return FUKA_USAGE;
	if (given.operands > 1)
		return say("peek: takes one process; unexpected '%s'", given.operand[1]), FUKA_USAGE;
	const char *who = given.operands ? given.operand[0] : NULL;

	if (!who || !p)
		return say("peek: no process given; expected a PID or a name"), FUKA_USAGE;
	p->pid = find_process(who);
	if (p->pid < 0 || !task_walk_one(p->pid, p->pid, &p->leader) || look(p, &o))
		return FUKA_FAIL;
	int err = 0;

	if (o.json)
		err = print_json(p, &o);
	else
		print_text(p, &o);
	for (int i = 0; i < p->count; i++) {
		free(p->thread[i].stack);
		free(p->thread[i].user);
	}
	return err ? FUKA_FAIL : FUKA_PASS;
}

const struct command command_peek = {
	.name = "peek",
	.about = "what a process that runs away is doing: user and kernel stack",
	.synopsis = "PID|NAME [OPTION…]",
	.description =
		"Shows of each busy thread of a process its state, wait channel, system call and kernel stack, from /proc,\n"
		"and its user stack, from gdb. The process is stopped while gdb reads the stack, and continues afterwards.\n"
		"\n"
		"What this user may not read, or needs a missing gdb, is named; the rest is shown. Root can read\n"
		"everything.\n",
	.options = params,
	.exit_status = "0 shown, 1 no such process, 2 usage",
	.run = run,
};
