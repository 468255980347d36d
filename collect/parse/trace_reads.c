// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The input are lines of trace_pipe; the last field before the time is absent or longer on other kernels:
 *
 *	             sar-85      [000] .....    12.009842: sched_process_fork: comm=sar pid=85 child_comm=sar child_pid=86
 *	            sadc-86      [000] .....    12.021385: loadavg: (loadavg_proc_show+0x0/0x120)
 *	            sadc-86      [000] .....    12.021390: running: (loadavg_proc_show+0x6b/0x120 <- nr_running) tasks=2
 *	            sadc-86      [000] .....    12.021402: loadavg_end: (seq_read_iter+0x11f/0x450 <- loadavg_proc_show)
 *	            sadc-86      [000] .....    12.021512: stat: (show_stat+0x0/0x750)
 *	            sadc-86      [000] .....    12.021555: stat_end: (seq_read_iter+0x11f/0x450 <- show_stat)
 */
#include "collect/parse/trace_reads.h"
#include "collect/analyse/events.h"
#include "lib/base/array.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAMILY_MAX   16
#define READINGS_MAX 4096
#define LINE_BYTES   512
#define US           1000ull

struct trace_line {
	int pid;
	uint64_t at_ns; /* truncated to µs: the event was at this time or less than 1 µs later */
	char event[32];
	const char *rest;
};

static bool parse_line(const char *line, struct trace_line *out)
{
	const char *cpu = strstr(line, " ["), *p = cpu;
	unsigned long long s, us;
	int used = 0;

	while (p && p > line && p[-1] == ' ')
		p--;
	while (p && p > line && p[-1] >= '0' && p[-1] <= '9')
		p--;
	if (!p || p == line || p[-1] != '-' ||
	    sscanf(cpu, " [%*d] %*s %llu.%6llu: %31[a-z_]:%n", &s, &us, out->event, &used) != 3 || !used)
		return false;
	out->pid = atoi(p);
	out->at_ns = s * SYS_NS + us * US;
	out->rest = cpu + used;
	return true;
}

/* A process and its descendants so far. */
struct family {
	int pid[FAMILY_MAX], count;
};

static bool is_member(const struct family *f, int pid)
{
	for (int i = 0; i < f->count; i++)
		if (f->pid[i] == pid)
			return true;
	return false;
}

static void take_fork(struct family *f, const char *rest)
{
	static const char key[] = "child_pid=";
	const char *child = strstr(rest, key);

	if (child && f->count < FAMILY_MAX)
		f->pid[f->count++] = atoi(child + strlen(key));
}

static int add_reading(struct trace_reads *s, const struct trace_read *one)
{
	if (s->count < READINGS_MAX)
		return array_push(s->at, s->count, *one);
	s->left_out++;
	return 0;
}

/* The process and file whose readings are looked for, and those found. */
struct trace_search {
	const char *file;
	uint64_t t0_ns;
	struct family family;
	struct trace_read open; /* from_ns INT64_MIN: none is open */
	struct trace_reads *found;
};

/* Handles one line: it begins a reading, has the value that nr_running() returned to it, or ends it. */
static int take_line(struct trace_search *q, const char *line)
{
	static const char told[] = "tasks=";
	struct trace_line l;
	size_t n = strlen(q->file);

	if (!parse_line(line, &l) || !is_member(&q->family, l.pid))
		return 0;
	if (!strcmp(l.event, "sched_process_fork")) {
		take_fork(&q->family, l.rest);
	} else if (!strcmp(l.event, q->file)) {
		q->open = (struct trace_read){.from_ns = events_since(l.at_ns, q->t0_ns), .running = -1};
	} else if (!strcmp(l.event, "running") && strstr(l.rest, told)) {
		q->open.running = atol(strstr(l.rest, told) + strlen(told));
	} else if (!strncmp(l.event, q->file, n) && !strcmp(l.event + n, "_end") && q->open.from_ns != INT64_MIN) {
		q->open.to_ns = events_since(l.at_ns + US, q->t0_ns);
		int err = add_reading(q->found, &q->open);

		q->open.from_ns = INT64_MIN;
		return err;
	}
	return 0;
}

/* A line under construction, because frames may end in the middle of a line. Longer lines are truncated. */
struct partial_line {
	char line[LINE_BYTES];
	size_t n;
};

static int take_bytes(struct trace_search *q, struct partial_line *s, const struct frame *f)
{
	int err = 0;

	for (uint32_t i = 0; i < f->head.payload_length && !err; i++) {
		char c = f->payload[i];

		if (c != '\n') {
			s->line[s->n] = c;
			s->n += s->n + 1 < sizeof(s->line);
			continue;
		}
		s->line[s->n] = '\0';
		s->n = 0;
		err = take_line(q, s->line);
	}
	return err;
}

int trace_reads_of(struct recording *r, const char *file, int pid, struct trace_reads *out)
{
	static const char *const sources[] = {"readings", NULL};
	struct trace_reads found = {0};
	struct trace_search q = {.file = file,
				 .t0_ns = events_zero(r),
				 .family = {.pid = {pid}, .count = 1},
				 .open = {.from_ns = INT64_MIN},
				 .found = &found};
	struct partial_line s = {.n = 0};
	struct recording_cursor *cursor = NULL;
	struct frame f;
	int err = recording_cursor(r, sources, &cursor);

	while (!err && (err = recording_next(cursor, &f)) == 1)
		err = take_bytes(&q, &s, &f);
	recording_cursor_free(cursor);
	if (err)
		trace_reads_free(&found);
	else
		*out = found;
	return err;
}

void trace_reads_free(struct trace_reads *s)
{
	free(s->at);
	*s = (struct trace_reads){0};
}
