// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The input, trace_pipe's lines; the last fields before the time are absent or longer on other kernels:
 *
 *	             sar-85      [000] .....    12.009842: sched_process_fork: comm=sar pid=85 child_comm=sar child_pid=86
 *	            sadc-86      [000] .....    12.021385: loadavg: (loadavg_proc_show+0x0/0x120)
 *	            sadc-86      [000] .....    12.021390: running: (loadavg_proc_show+0x6b/0x120 <- nr_running) tasks=2
 *	            sadc-86      [000] .....    12.021402: loadavg_end: (seq_read_iter+0x11f/0x450 <- loadavg_proc_show)
 *	            sadc-86      [000] .....    12.021512: stat: (show_stat+0x0/0x750)
 *	            sadc-86      [000] .....    12.021555: stat_end: (seq_read_iter+0x11f/0x450 <- show_stat)
 */
#include "collect/parse/readings.h"
#include "collect/analyse/events.h"
#include "lib/base/array.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAMILY_MAX 16
#define US         1000ull

struct trace_line {
	int pid;
	uint64_t at_ns; /* the time is cut to µs: not later than this, and less than a µs before */
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

/* A process and its offspring, so far. */
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

static int add_reading(struct readings *s, const struct reading *one)
{
	return array_push(s->at, s->count, *one);
}

/* One line: begins the reading at `open`, tells what it was told, or ends it. */
static int take_line(const char *line, const char *file, uint64_t t0_ns, struct family *family, struct reading *open,
		     struct readings *out)
{
	static const char told[] = "tasks=";
	struct trace_line l;
	size_t n = strlen(file);

	if (!parse_line(line, &l) || !is_member(family, l.pid))
		return 0;
	if (!strcmp(l.event, "sched_process_fork")) {
		take_fork(family, l.rest);
	} else if (!strcmp(l.event, file)) {
		*open = (struct reading){.from_ns = events_since(l.at_ns, t0_ns), .running = -1};
	} else if (!strcmp(l.event, "running") && strstr(l.rest, told)) {
		open->running = atol(strstr(l.rest, told) + strlen(told));
	} else if (!strncmp(l.event, file, n) && !strcmp(l.event + n, "_end") && open->from_ns != INT64_MIN) {
		open->to_ns = events_since(l.at_ns + US, t0_ns);
		int err = add_reading(out, open);

		open->from_ns = INT64_MIN; /* none is open */
		return err;
	}
	return 0;
}

/* The frames of the source, one behind the other: lines may straddle them. */
static int read_trace(struct recording *r, char **out)
{
	static const char *const sources[] = {"readings", NULL};
	struct recording_cursor *cursor;
	struct frame f;
	char *text = NULL;
	size_t used = 0, size = 0;
	int err = recording_cursor(r, sources, &cursor);
	FILE *stream = err ? NULL : open_memstream(&text, &size);

	if (err)
		return err;
	while (stream && recording_next(cursor, &f) == 1)
		used += fwrite(f.payload, 1, f.head.payload_length, stream);
	recording_cursor_free(cursor);
	if (!stream || fclose(stream) || used != size) {
		free(text);
		return -ENOMEM;
	}
	*out = text;
	return 0;
}

int readings_of(struct recording *r, const char *file, int pid, struct readings *out)
{
	_cleanup_(sys_freep) char *text = NULL;
	struct family family = {.pid = {pid}, .count = 1};
	struct reading open = {.from_ns = INT64_MIN};
	struct readings s = {0};
	uint64_t t0_ns = events_zero(r);
	char *rest = NULL;
	int err = read_trace(r, &text);

	for (char *line = err ? NULL : strtok_r(text, "\n", &rest); line && !err; line = strtok_r(NULL, "\n", &rest))
		err = take_line(line, file, t0_ns, &family, &open, &s);
	if (err)
		readings_free(&s);
	else
		*out = s;
	return err;
}

void readings_free(struct readings *s)
{
	free(s->at);
	*s = (struct readings){0};
}
