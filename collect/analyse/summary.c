// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Gathers the figures of the summary. Each comes from the module that owns it (metrics, load model, kernel log,
 * events); only the scenario's `about:` is parsed here. Missing figures stay NaN or -1.
 */
#include "collect/analyse/summary.h"
#include "collect/metrics/metric.h"
#include "lib/text/logfmt.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The metrics of the summary; from FIGURE_CPU on, one per mode. */
enum {
	FIGURE_GAP,
	FIGURE_LOAD1,
	FIGURE_LOAD5,
	FIGURE_LOAD15,
	FIGURE_TOTAL,
	FIGURE_AVAILABLE,
	FIGURE_FREE,
	FIGURE_KILLS,
	FIGURE_CPU,
	FIGURES = FIGURE_CPU + CPU_MODES,
};

#define GAPS_MAX 65536 /* sample for the median; beyond that only every second, fourth, … gap is kept */

struct lowest {
	double value; /* NaN: none */
	int64_t at_ns;
	bool any;
};

/* The state of gathering one recording's figures in a single pass, without keeping points. */
struct gathering {
	struct summary *s;
	double *gap;
	size_t gaps, every, skipped;
	double sum[CPU_MODES], weight[CPU_MODES];
	struct lowest available, free;
	double first_kills; /* vmstat's at its first sample; NaN: none so far */
};

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void keep_gap(struct gathering *g, double value)
{
	if (++g->skipped < g->every)
		return;
	g->skipped = 0;
	if (g->gaps == GAPS_MAX) {
		for (size_t i = 0; i < GAPS_MAX / 2; i++)
			g->gap[i] = g->gap[2 * i];
		g->gaps /= 2;
		g->every *= 2;
	}
	g->gap[g->gaps++] = value;
}

static void take_gap(struct gathering *g, const struct point *p)
{
	struct summary *s = g->s;

	if (!s->samples++)
		s->first_ns = p->from_ns;
	s->last_ns = p->at_ns;
	keep_gap(g, p->value);
	if (isnan(s->gap_ns) || p->value > s->gap_ns) {
		s->gap_ns = p->value;
		s->gap_at_ns = p->at_ns;
	}
}

static void take_load(struct summary *s, int which, const struct point *p)
{
	s->load_end[which] = p->value;
	if (which || p->at_ns < 0 || (!isnan(s->load_peak) && p->value <= s->load_peak))
		return;
	s->load_peak = p->value;
	s->load_peak_ns = p->at_ns;
}

static void take_lowest(struct lowest *l, const struct point *p)
{
	l->any = true;
	if (p->at_ns >= 0 && (isnan(l->value) || p->value < l->value))
		*l = (struct lowest){p->value, p->at_ns, true};
}

static void take_kills(struct gathering *g, const struct point *p)
{
	struct summary *s = g->s;

	if (isnan(g->first_kills)) {
		g->first_kills = p->value;
		s->counted_from_ns = p->at_ns;
	}
	s->counted_kills = p->value - g->first_kills;
	s->counted_to_ns = p->at_ns;
}

/* Adds to the mean, weighted by time, from t0 on. */
static void take_cpu(struct gathering *g, size_t mode, const struct point *p)
{
	double w = (double)(p->at_ns - p->from_ns);

	if (p->at_ns <= 0)
		return;
	w = w > 0 ? w : 1;
	g->sum[mode] += w * p->value;
	g->weight[mode] += w;
}

static int take_figure(void *user, size_t which, const struct point *p)
{
	struct gathering *g = user;

	if (which == FIGURE_GAP)
		take_gap(g, p);
	else if (which <= FIGURE_LOAD15)
		take_load(g->s, (int)which - FIGURE_LOAD1, p);
	else if (which == FIGURE_TOTAL)
		g->s->memory_total = isnan(g->s->memory_total) ? p->value : g->s->memory_total;
	else if (which == FIGURE_AVAILABLE || which == FIGURE_FREE)
		take_lowest(which == FIGURE_FREE ? &g->free : &g->available, p);
	else if (which == FIGURE_KILLS)
		take_kills(g, p);
	else
		take_cpu(g, which - FIGURE_CPU, p);
	return 0;
}

static void settle(struct gathering *g)
{
	struct summary *s = g->s;
	/* MemAvailable exists since Linux 3.14 */
	const struct lowest *low = g->available.any ? &g->available : &g->free;

	s->samples += s->samples > 0;
	if (g->gaps) {
		qsort(g->gap, g->gaps, sizeof(*g->gap), by_value);
		s->interval_ns = g->gap[g->gaps / 2];
	}
	for (int m = 0; m < CPU_MODES; m++)
		s->cpu[m] = g->weight[m] > 0 ? g->sum[m] / g->weight[m] : NAN;
	s->memory_low = low->value;
	s->memory_low_ns = low->at_ns;
}

static int gather_figures(struct summary *s)
{
	const char *names[FIGURES] = {"gap",       "load1",         "load5",    "load15",
				      "mem.total", "mem.available", "mem.free", "vmstat.oom_kill"};
	char cpu[CPU_MODES][32];
	struct gathering g = {.s = s,
			      .every = 1,
			      .gap = malloc(GAPS_MAX * sizeof(*g.gap)),
			      .first_kills = NAN,
			      .available = {.value = NAN},
			      .free = {.value = NAN}};

	for (int m = 0; m < CPU_MODES; m++) {
		snprintf(cpu[m], sizeof(cpu[m]), "cpu.%s", cpu_mode_names[m]);
		names[FIGURE_CPU + m] = cpu[m];
	}
	int err = g.gap ? metric_each(s->r, names, FIGURES, take_figure, &g) : -ENOMEM;

	if (!err)
		settle(&g);
	free(g.gap);
	return err;
}

/* Counts ticks of the fast sampler without a sample, from the source that it reads first. */
static int gather_missed(struct summary *s)
{
	static const char *const sources[] = {"stat", NULL};
	struct recording_cursor *c;
	struct frame f;
	uint64_t next = 0;
	bool have = false;
	int err = recording_cursor(s->r, sources, &c);

	if (err)
		return err;
	while ((err = recording_next(c, &f)) == 1) {
		if (have && f.head.tick > next)
			s->missed += f.head.tick - next;
		next = f.head.tick + 1;
		have = true;
	}
	recording_cursor_free(c);
	return err;
}

/* Finds the scenario's description: "about: Eight spinning tasks." */
static void gather_about(struct summary *s)
{
	static const char *const sources[] = {"scenario", NULL};
	const char *given = recording_meta(s->r, "about");
	struct recording_cursor *c;
	struct frame f;

	if (given)
		snprintf(s->about, sizeof(s->about), "%s", given);
	if (given || recording_cursor(s->r, sources, &c))
		return;
	while (!s->about[0] && recording_next(c, &f) == 1) {
		const char *p = f.payload, *end = p + f.head.payload_length, *eol;

		for (; p < end && !s->about[0]; p = eol + 1) {
			eol = memchr(p, '\n', end - p);
			eol = eol ? eol : end;
			if (eol - p > 7 && !memcmp(p, "about: ", 7))
				snprintf(s->about, sizeof(s->about), "%.*s",
					 (int)(eol - p - 7 > 255 ? 255 : eol - p - 7), p + 7);
		}
	}
	recording_cursor_free(c);
}

/* event=fired id=leak fault=leak-pages context=softirq … number=1, and event=done if it returned */
static int gather_fault(struct summary *s)
{
	static const char *const sources[] = {"kmod", NULL};
	struct recording_cursor *c;
	struct frame f;
	char event[16];
	int err = recording_cursor(s->r, sources, &c);

	if (err)
		return err;
	while ((err = recording_next(c, &f)) == 1) {
		if (f.head.type != FRAME_EVENT ||
		    !logfmt_get(f.payload, f.head.payload_length, "event", event, sizeof(event)))
			continue;
		if (!strcmp(event, "fired"))
			snprintf(s->fault, sizeof(s->fault), "%.*s", (int)f.head.payload_length, f.payload);
		if (!strcmp(event, "fired") || !strcmp(event, "done"))
			s->fault_done = !strcmp(event, "done");
	}
	recording_cursor_free(c);
	return err;
}

int summary_read(struct recording *r, struct summary *out)
{
	struct summary s = {.r = r,
			    .load_end = {NAN, NAN, NAN},
			    .load_peak = NAN,
			    .memory_total = NAN,
			    .memory_low = NAN,
			    .counted_kills = NAN,
			    .gap_ns = NAN,
			    .interval_ns = NAN};
	int err = events_read(r, &s.events);

	gather_about(&s);
	if (!err)
		err = klog_read(r, &s.klog);
	if (!err)
		err = klog_panic(r, &s.panic);
	if (err > 0)
		err = 0;
	if (!err) {
		err = load_model(r, &s.model);
		s.has_model = !err;
		err = err == -ENODATA ? 0 : err;
	}
	err = err ?: stack_read(r, &s.stack);
	err = err ?: gather_fault(&s);
	err = err ?: gather_figures(&s);
	err = err ?: gather_missed(&s);
	err = err ?: cpu_check(r, &s.cpu_check);
	for (size_t i = 0; i < s.klog.count; i++)
		s.kills += klog_is_kill(&s.klog.event[i]);
	if (err)
		summary_free(&s);
	else
		*out = s;
	return err;
}

void summary_free(struct summary *s)
{
	events_free(&s->events);
	klog_free(&s->klog);
	cpu_check_free(&s->cpu_check);
	if (s->has_model)
		load_model_free(&s->model);
}
