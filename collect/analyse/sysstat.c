// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds the run to compare, and compares its table, of CPU time or of gauges. */
#include "collect/analyse/sysstat_compare.h"
#include "collect/analyse/events.h"
#include "collect/analyse/program_output.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sysstat_figure *sysstat_add_figure(struct sysstat *s, const struct sysstat_table *t, int row, int column)
{
	struct sysstat_figure *f = &s->figure[s->count++];

	*f = (struct sysstat_figure){.theirs = t->value[row][column]};
	snprintf(f->column, sizeof(f->column), "%s", t->title[column]);
	if (t->has_cpus && t->cpu[row] < 0)
		snprintf(f->cpu, sizeof(f->cpu), "all");
	else if (t->has_cpus)
		snprintf(f->cpu, sizeof(f->cpu), "%d", t->cpu[row]);
	return f;
}

void sysstat_settle_figure(struct sysstat *s, struct sysstat_figure *f, double low, double high)
{
	f->low = low;
	f->high = high;
	f->agrees = f->theirs >= low && f->theirs <= high;
	s->agreeing += f->agrees;
}

static bool find_run(struct recording *r, const char *id, struct sysstat_run *run, char *command, size_t size)
{
	struct events t;
	bool started = false, ended = false;
	char pid[16];

	if (events_read(r, &t))
		return false;
	for (size_t i = 0; i < t.count; i++) {
		const struct event *e = &t.event[i];

		if (e->host || strcmp(e->id, id))
			continue;
		if (!strcmp(e->event, "start") && events_get(e, "argv", command, size)) {
			run->start_ns = e->at_ns;
			started = true;
		} else if (!strcmp(e->event, "exit")) {
			run->end_ns = e->at_ns;
			ended = events_get(e, "pid", pid, sizeof(pid));
			run->pid = ended ? atoi(pid) : 0;
		}
	}
	events_free(&t);
	return started && ended;
}

int sysstat_compare(struct recording *r, const char *id, struct sysstat *out, char why[160])
{
	size_t left_out;
	_cleanup_(sys_freep) char *text = program_output_of(r, id, &left_out);
	struct sysstat_run run = {0};
	struct sysstat_table t;

	*out = (struct sysstat){0};
	if (!find_run(r, id, &run, out->command, sizeof(out->command))) {
		snprintf(why, 160, "'%s' is not a finished run of mpstat or sar", id);
		return -EINVAL;
	}
	if (!text || !sysstat_table_read(text, &t)) {
		snprintf(why, 160, "'%s' printed no table of CPU time or of the run queue", id);
		return -EINVAL;
	}
	bool ok = t.has_cpus ? sysstat_compare_shares(r, &t, &run, out, why)
			     : sysstat_compare_gauges(r, &t, &run, out, why);

	if (ok && out->count)
		return 0;
	if (ok)
		snprintf(why, 160, "'%s' printed no column that fuka can compare", id);
	sysstat_free(out);
	return -EINVAL;
}

void sysstat_free(struct sysstat *s)
{
	free(s->figure);
	s->figure = NULL;
	s->count = 0;
}
