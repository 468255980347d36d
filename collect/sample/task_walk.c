// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/sample/task_walk.h"
#include "lib/base/sys.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LARGEST_MAX 16
#define CGROUP_MAX  160      /* of a control group's path, which is truncated to this */
#define STACK_BYTES 1024     /* of the busiest task's stack, which is truncated to this */
#define LOOKS_MAX   1000     /* tasks per walk: each costs some 50 us, on a slow CPU a millisecond */
#define ONE_NS      10000000 /* … and at most this */

struct task_walker {
	const struct loadcount *count;
	char *buf;
	size_t size, used;
	long seen, written;
	int largest;
	struct task top[LARGEST_MAX]; /* the largest tasks not in R or D, in ascending order */
	int tops;
	struct task busiest; /* the busiest task in R or D; pid 0: none yet */
};

/* A part of a directory, by its offsets, which /proc derives from pids; `to` 0: up to its end. */
struct stretch {
	long from, to;
};

/* The function to call for each numeric name, and the offset at which the next walk resumes; 0: none. */
struct each {
	void (*fn)(struct task_walker *, int number, int tgid);
	struct task_walker *w;
	int tgid;
	struct stretch part;
	long next, resume;
};

static bool take_name(const char *name, long next, void *user)
{
	struct each *e = user;

	if (e->part.to && next > e->part.to)
		return false;
	if (e->w->seen >= LOOKS_MAX) {
		e->resume = e->next;
		return false;
	}
	if (*name >= '1' && *name <= '9')
		e->fn(e->w, atoi(name), e->tgid);
	e->next = next;
	return true;
}

/* Stops when LOOKS_MAX tasks have been looked at, and returns the offset to resume from, else 0. */
static long each_number(const char *path, struct stretch part, void (*fn)(struct task_walker *, int number, int tgid),
			struct task_walker *w, int tgid)
{
	_cleanup_(sys_closep) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct each e = {.fn = fn, .w = w, .tgid = tgid, .part = part, .next = part.from};

	if (fd >= 0 && (!part.from || lseek(fd, part.from, SEEK_SET) >= 0))
		sys_each_name(fd, take_name, &e);
	return e.resume;
}

/*
 * 214 (fuka dstate) D 213 …: comm may contain anything, so fields are counted from the last ')': state is 3, flags 9,
 * utime 14, stime 15, num_threads 20, rss 24 (pages), policy 41.
 */
static bool parse_stat(const char *line, struct task *t)
{
	const char *open = strchr(line, '('), *close = strrchr(line, ')');
	int field = 3;

	if (!open || !close || close < open || close[1] != ' ')
		return false;
	snprintf(t->comm, sizeof(t->comm), "%.*s", (int)(close - open - 1), open + 1);
	t->state = close[2];
	for (const char *p = close + 2; *p; p++) {
		if (*p != ' ')
			continue;
		field++;
		if (field == 9)
			t->flags = strtoul(p + 1, NULL, 10);
		else if (field == 14)
			t->utime = strtoul(p + 1, NULL, 10);
		else if (field == 15)
			t->stime = strtoul(p + 1, NULL, 10);
		else if (field == 20)
			t->threads = atoi(p + 1);
		else if (field == 24)
			t->rss_kib = strtol(p + 1, NULL, 10) * 4;
		else if (field == 41)
			t->policy = atoi(p + 1);
	}
	return field >= 41;
}

static bool read_task(const char *path, int pid, int tgid, struct task *t)
{
	char line[1024];

	if (sys_read_line(path, line, sizeof(line)))
		return false;
	*t = (struct task){.pid = pid, .tgid = tgid};
	return parse_stat(line, t);
}

/* The process's file is cheaper to read, and has the same content if there is only one thread. */
bool task_walk_one(int pid, int tgid, struct task *t)
{
	char path[64];

	if (pid == tgid) {
		snprintf(path, sizeof(path), "/proc/%d/stat", pid);
		bool there = read_task(path, pid, tgid, t);

		if (!there || t->threads < 2)
			return there;
	}
	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", tgid, pid);
	return read_task(path, pid, tgid, t);
}

/* Reads one of a task's small files. */
static bool read_of(const struct task *t, const char *name, char *buf, size_t size)
{
	char path[64];

	if (t->pid == t->tgid)
		snprintf(path, sizeof(path), "/proc/%d/%s", t->pid, name);
	else
		snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", t->tgid, t->pid, name);
	return !sys_read_line(path, buf, size);
}

/*
 * 1:name=systemd:/user.slice	(version 1)
 * 0::/user.slice		(version 2)
 */
static void read_cgroup(const struct task *t, char group[CGROUP_MAX])
{
	char text[4096];
	const char *from = read_of(t, "cgroup", text, sizeof(text)) ? strstr(text, "0::/") : NULL;

	if (!from || (from > text && from[-1] != '\n')) {
		strcpy(group, "-");
		return;
	}
	from += strlen("0::");
	snprintf(group, CGROUP_MAX, "%.*s", (int)strcspn(from, "\n"), from);
	for (char *p = group; (p = strchr(p, ' '));)
		*p = '?'; /* a space separates columns */
}

static void write_task(struct task_walker *w, const struct task *t)
{
	char wchan[64], group[CGROUP_MAX], comm[sizeof(t->comm)];
	size_t left = w->size - w->used;

	if (!read_of(t, "wchan", wchan, sizeof(wchan)) || !*wchan || !strcmp(wchan, "0"))
		strcpy(wchan, "-");
	read_cgroup(t, group);
	snprintf(comm, sizeof(comm), "%s", t->comm);
	for (char *p = comm; (p = strchr(p, '\n'));)
		*p = '?'; /* one line per task */
	int n = snprintf(w->buf + w->used, left, "%d %d %c %d %s %lu %lu %ld %s %s\n", t->pid, t->tgid, t->state,
			 t->policy, wchan, t->utime, t->stime, t->rss_kib, group, comm);

	if (n < 0 || (size_t)n >= left)
		return; /* no room: counted as left out */
	w->used += n;
	w->written++;
}

/* Inserts the task into the short sorted array of the largest. */
static void remember(struct task_walker *w, const struct task *t)
{
	int i = 0;

	if (t->rss_kib <= 0 || w->largest <= 0)
		return;
	if (w->tops == w->largest) {
		if (t->rss_kib <= w->top[0].rss_kib)
			return;
		memmove(w->top, w->top + 1, --w->tops * sizeof(*w->top));
	}
	while (i < w->tops && w->top[i].rss_kib < t->rss_kib)
		i++;
	memmove(w->top + i + 1, w->top + i, (w->tops - i) * sizeof(*w->top));
	w->top[i] = *t;
	w->tops++;
}

static void step_aside(const struct task_walker *w)
{
	uint64_t now = sys_now_ns(), at = loadcount_off(w->count, now, ONE_NS);

	if (at > now)
		sys_sleep_until(at);
}

static void consider(struct task_walker *w, const struct task *t)
{
	unsigned long used = t->utime + t->stime;

	w->seen++;
	if ((t->state == 'R' || t->state == 'D') && t->tgid != getpid() &&
	    (!w->busiest.pid || used > w->busiest.utime + w->busiest.stime))
		w->busiest = *t;
	if (t->state == 'R' || t->state == 'D')
		write_task(w, t);
	else if (t->pid == t->tgid)
		remember(w, t);
}

static void each_thread(struct task_walker *w, int pid, int tgid)
{
	struct task t;

	step_aside(w);
	if (pid != tgid && task_walk_one(pid, tgid, &t))
		consider(w, &t);
}

static void each_process(struct task_walker *w, int pid, int unused)
{
	struct task t;
	char path[64];

	(void)unused;
	step_aside(w);
	if (!task_walk_one(pid, pid, &t))
		return;
	consider(w, &t);
	if (t.threads < 2)
		return;
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	each_number(path, (struct stretch){0}, each_thread, w, pid);
}

/* 0.00 0.01 0.05 1/71 1234: the total number of tasks. */
static long all_tasks(void)
{
	char line[96];
	const char *slash = sys_read_line("/proc/loadavg", line, sizeof(line)) ? NULL : strchr(line, '/');

	return slash ? atol(slash + 1) : 0;
}

/* Walks over all tasks or, if there are more than LOOKS_MAX, continues where the last walk stopped, wrapping around. */
static long walk_on(struct task_walker *w)
{
	static long resume;
	long from = resume, all;

	resume = each_number("/proc", (struct stretch){.from = from}, each_process, w, 0);
	if (from && !resume)
		resume = each_number("/proc", (struct stretch){.to = from}, each_process, w, 0);
	all = resume ? all_tasks() : 0;
	return all > w->seen ? all : w->seen;
}

/*
 * [<0>] irqentry_exit_to_user_mode+0x110/0x1a0
 * [<0>] asm_sysvec_apic_timer_interrupt+0x16/0x20
 */
static void write_stack(struct task_walker *w, const struct task *t)
{
	char path[64], text[STACK_BYTES], *rest;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stack", t->tgid, t->pid);
	if (!t->pid || sys_read_line(path, text, sizeof(text)))
		return;
	for (char *frame = strtok_r(text, "\n", &rest); frame; frame = strtok_r(NULL, "\n", &rest)) {
		size_t left = w->size - w->used;
		int n = snprintf(w->buf + w->used, left, "@%d %s\n", t->pid, frame);

		if (n < 0 || (size_t)n >= left)
			return;
		w->used += n;
	}
}

#define HEAD                                                                                                           \
	"# pid tgid state policy wchan utime stime rss_kib cgroup comm; those in R or D, and the %d largest; left "    \
	"out %ld, "                                                                                                    \
	"not "                                                                                                         \
	"looked at %ld\n"

size_t task_walk(char *buf, size_t size, int largest, const struct loadcount *count)
{
	char head[192];
	struct task_walker w = {
		.count = count, .buf = buf, .size = size, .largest = largest < LARGEST_MAX ? largest : LARGEST_MAX};
	size_t reserved = sizeof(head);

	if (size < 2 * reserved)
		return 0;
	w.used = reserved; /* the first line is written last, when the number of tasks left out is known */
	long all = walk_on(&w);

	for (int i = w.tops; i-- > 0;)
		write_task(&w, &w.top[i]);
	write_stack(&w, &w.busiest);
	int n = snprintf(head, sizeof(head), HEAD, w.largest, w.seen - w.written, all - w.seen);

	memmove(buf + n, buf + reserved, w.used - reserved);
	memcpy(buf, head, n);
	return w.used - reserved + n;
}
