// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When mpstat and sar read is not printed. It is between the start of the program and its end, the two readings as far
 * apart as it was told to wait: each pair of samples that fits that is tried, and one of them must fit all figures at
 * once.
 */
#include "collect/sysstat.h"
#include "collect/cpu.h"
#include "collect/events.h"
#include "collect/output.h"
#include "collect/sysstat_table.h"
#include "lib/sys.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICKS     1.0              /* for each end of an interval */
#define ROUNDING  0.01             /* of a figure with two decimals */
#define EARLY_NS  (50 * 1000000ll) /* a timer may be that early against our clock */
#define BIT(mode) (1u << (mode))

/* A column of theirs: which of fuka's modes, in which guest is taken out of user and guest_nice out of nice, add up to
 * it. */
struct column {
	const char *title;
	unsigned modes;
	const char *why; /* when that is not fuka's column of that name */
};

/* sar -u: what it calls %user and %nice are the kernel's, with guests in them. */
static const struct column sar_u[] = {
	{"%user", BIT(CPU_user) | BIT(CPU_guest), "sar -u counts guest time as user time; sar -u ALL does not"},
	{"%nice", BIT(CPU_nice) | BIT(CPU_guest_nice),
	 "sar -u counts guest_nice time as nice time; sar -u ALL does not"},
	{"%system", BIT(CPU_system) | BIT(CPU_irq) | BIT(CPU_softirq),
	 "sar -u counts irq and softirq time as system time; sar -u ALL does not"},
	{"%iowait", BIT(CPU_iowait), NULL},
	{"%steal", BIT(CPU_steal), NULL},
	{"%idle", BIT(CPU_idle), NULL},
};

static const struct column all_modes[] = {
	{"%usr", BIT(CPU_user), NULL},      {"%nice", BIT(CPU_nice), NULL},   {"%sys", BIT(CPU_system), NULL},
	{"%iowait", BIT(CPU_iowait), NULL}, {"%irq", BIT(CPU_irq), NULL},     {"%soft", BIT(CPU_softirq), NULL},
	{"%steal", BIT(CPU_steal), NULL},   {"%guest", BIT(CPU_guest), NULL}, {"%gnice", BIT(CPU_guest_nice), NULL},
	{"%idle", BIT(CPU_idle), NULL},
};

/* --- our samples --- */

struct sample {
	int64_t at_ns;
	char *text;
	size_t n;
};

struct samples {
	struct sample *at;
	size_t count;
};

static void samples_free(struct samples *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->at[i].text);
	free(s->at);
}

/* Those of a source from the last one before `from` to the first one after `to`. */
static int read_samples(struct recording *r, const char *source, int64_t from, int64_t to, struct samples *out)
{
	const char *sources[] = {source, NULL};
	uint64_t t0_ns = events_zero(r);
	struct recording_cursor *cursor = NULL;
	struct frame f;
	int err = recording_cursor(r, sources, &cursor);
	bool done = false;

	*out = (struct samples){0};
	while (!err && !done && recording_next(cursor, &f) == 1) {
		struct sample s = {.at_ns = events_since(f.head.before_ns, t0_ns), .n = f.head.payload_length};

		if (f.head.type != FRAME_SAMPLE)
			continue;
		if (s.at_ns < from && out->count) /* an earlier one was not the last before it */
			free(out->at[--out->count].text);
		struct sample *more = realloc(out->at, (out->count + 1) * sizeof(*more));

		s.text = calloc(1, s.n + 1);
		if (more)
			out->at = more;
		if (!more || !s.text) {
			free(s.text);
			err = -ENOMEM;
			break;
		}
		memcpy(s.text, f.payload, s.n);
		out->at[out->count++] = s;
		done = s.at_ns > to;
	}
	if (cursor)
		recording_cursor_free(cursor);
	return err;
}

/* --- the comparison --- */

struct run {
	int64_t start_ns, end_ns, interval_ns;
};

static struct sysstat_figure *add_figure(struct sysstat *s, const struct sysstat_table *t, int row, int column)
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

static void settle_figure(struct sysstat *s, struct sysstat_figure *f, double low, double high)
{
	f->low = low;
	f->high = high;
	f->agrees = f->theirs >= low && f->theirs <= high;
	s->agreeing += f->agrees;
	s->off += fabs(f->theirs - (low + high) / 2);
}

static const struct column *find_column(const struct sysstat_table *t, const char *title)
{
	bool is_sar_u = !strcmp(t->title[0], "%user");
	const struct column *columns = is_sar_u ? sar_u : all_modes;
	size_t n = is_sar_u ? sizeof(sar_u) / sizeof(*sar_u) : sizeof(all_modes) / sizeof(*all_modes);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(columns[i].title, title))
			return &columns[i];
	return NULL;
}

static double add_modes(const struct cpu_share *share, unsigned modes)
{
	double sum = 0;

	for (int m = 0; m < CPU_MODES; m++)
		if (modes & BIT(m) && (unsigned)m < share->fields)
			sum += share->percent[m];
	return sum;
}

static int count_cpus(const struct sample *s)
{
	int n = 0;

	for (int cpu = -1; (cpu = cpu_next(s->text, s->n, cpu)) >= 0;)
		n++;
	return n;
}

/* All rows of their table against one pair of samples. False when a CPU of theirs has no share between these. */
static bool compare_pair(const struct sysstat_table *t, const struct sample *a, const struct sample *b,
			 struct sysstat *out)
{
	out->count = out->agreeing = 0;
	out->off = 0;
	out->from_ns = a->at_ns;
	out->to_ns = b->at_ns;
	for (int row = 0; row < t->rows; row++) {
		int cpu = t->cpu[row];
		struct cpu_line before, after;
		struct cpu_share share;

		if (!cpu_parse(a->text, a->n, cpu, &before) || !cpu_parse(b->text, b->n, cpu, &after) ||
		    !cpu_share(&before, &after, &share))
			return false;
		/* the whole machine's ticks are a sum: each CPU's are rounded by themselves */
		double ticks = 2 * TICKS * (cpu < 0 ? count_cpus(a) : 1), slack = 100 * ticks / share.total + ROUNDING;

		for (int c = 0; c < t->columns; c++) {
			const struct column *column = find_column(t, t->title[c]);
			struct sysstat_figure *f = column ? add_figure(out, t, row, c) : NULL;

			if (!f)
				continue;
			double sum = add_modes(&share, column->modes);

			f->ours = add_modes(&share, column->modes & -column->modes);
			f->why = fabs(sum - f->ours) > ROUNDING ? column->why : NULL;
			settle_figure(out, f, sum - slack, sum + slack);
		}
	}
	return out->count > 0;
}

static bool is_better(const struct sysstat *a, const struct sysstat *b)
{
	return !b->count || a->agreeing > b->agreeing || (a->agreeing == b->agreeing && a->off < b->off);
}

/* The pair of samples that agrees best with them. */
static int compare_shares(struct recording *r, const struct sysstat_table *t, const struct run *run,
			  struct sysstat *out)
{
	struct samples s;
	struct sysstat best = *out, now = *out;
	size_t room = t->rows * t->columns;
	int err = read_samples(r, "stat", run->start_ns, run->end_ns, &s);

	best.figure = calloc(room, sizeof(*best.figure));
	now.figure = calloc(room, sizeof(*now.figure));
	for (size_t i = 0; !err && best.figure && now.figure && i < s.count; i++)
		for (size_t j = i + 1; j < s.count; j++) {
			if (s.at[j].at_ns - s.at[i].at_ns < run->interval_ns - EARLY_NS ||
			    !compare_pair(t, &s.at[i], &s.at[j], &now) || !is_better(&now, &best))
				continue;
			struct sysstat_figure *spare = best.figure;

			best = now;
			now.figure = spare;
		}
	free(now.figure);
	samples_free(&s);
	*out = best;
	return err ? err : best.count ? 0 : -ENODATA;
}

/* The figure of a gauge in one sample: of /proc/loadavg "0.37 0.08 0.03 2/81 97", or of /proc/stat. */
static double gauge_of(const char *title, const struct sample *s)
{
	double average[3];
	long runnable, total;
	uint64_t blocked;

	if (!strcmp(title, "blocked"))
		return cpu_counter(s->text, s->n, "procs_blocked", &blocked) ? (double)blocked : NAN;
	if (sscanf(s->text, "%lf %lf %lf %ld/%ld", &average[0], &average[1], &average[2], &runnable, &total) != 5)
		return NAN;
	return !strcmp(title, "runq-sz")    ? (double)runnable
	       : !strcmp(title, "plist-sz") ? (double)total
	       : !strcmp(title, "ldavg-1")  ? average[0]
	       : !strcmp(title, "ldavg-5")  ? average[1]
	       : !strcmp(title, "ldavg-15") ? average[2]
					    : NAN;
}

static int compare_gauge(struct recording *r, const struct sysstat_table *t, int column, const struct run *run,
			 struct sysstat *out)
{
	const char *title = t->title[column], *source = strcmp(title, "blocked") ? "loadavg" : "stat";
	bool leaves_itself_out = !strcmp(title, "runq-sz");
	double low = INFINITY, high = -INFINITY;
	struct samples s;
	int err = read_samples(r, source, run->start_ns + run->interval_ns - EARLY_NS, run->end_ns, &s);

	for (size_t i = 0; !err && i < s.count; i++) {
		double v = gauge_of(title, &s.at[i]);

		low = fmin(low, v);
		high = fmax(high, v);
	}
	if (!err && s.count) {
		struct sysstat_figure *f = add_figure(out, t, 0, column);

		out->from_ns = s.at[0].at_ns;
		out->to_ns = s.at[s.count - 1].at_ns;
		f->ours = high;
		f->why = leaves_itself_out ? "sadc leaves itself out of the run queue; the sampler, which runs when it "
					     "looks, is in ours"
					   : NULL;
		settle_figure(out, f, low - leaves_itself_out, high - leaves_itself_out);
	}
	samples_free(&s);
	return err;
}

static int compare_gauges(struct recording *r, const struct sysstat_table *t, const struct run *run,
			  struct sysstat *out)
{
	int err = 0;

	out->figure = calloc(t->columns, sizeof(*out->figure));
	for (int c = 0; out->figure && !err && c < t->columns; c++)
		err = compare_gauge(r, t, c, run, out);
	return err ? err : out->count ? 0 : -ENODATA;
}

/* --- which run --- */

static bool find_run(struct recording *r, const char *id, struct run *run, char *command, size_t size)
{
	struct events t;
	bool started = false, ended = false;

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
			ended = true;
		}
	}
	events_free(&t);
	/* "mpstat -P ALL 4 1": the interval is the last but one */
	const char *last = strrchr(command, ' '), *interval = last;

	while (interval && interval > command && interval[-1] != ' ')
		interval--;
	run->interval_ns = interval ? (int64_t)(atof(interval) * SYS_NS) : 0;
	return started && ended && run->interval_ns > 0 && run->end_ns - run->start_ns >= run->interval_ns - EARLY_NS;
}

bool sysstat_is(const char *program)
{
	const char *slash = strrchr(program, '/');

	program = slash ? slash + 1 : program;
	return !strcmp(program, "mpstat") || !strcmp(program, "sar");
}

int sysstat_compare(struct recording *r, const char *id, struct sysstat *out, char why[160])
{
	_cleanup_(sys_freep) char *text = output_of(r, id);
	struct run run = {0};
	struct sysstat_table t;

	*out = (struct sysstat){0};
	if (!find_run(r, id, &run, out->command, sizeof(out->command))) {
		snprintf(why, 160,
			 "'%s' is no run of mpstat or sar that ended, with an interval of seconds and the count 1", id);
		return -EINVAL;
	}
	if (!text || !sysstat_table_read(text, &t)) {
		snprintf(why, 160, "'%s' printed no table of CPU time or of the run queue", id);
		return -EINVAL;
	}
	int err = t.has_cpus ? compare_shares(r, &t, &run, out) : compare_gauges(r, &t, &run, out);

	if (err) {
		snprintf(why, 160, "the recording has no samples beside the readings of '%s'", id);
		sysstat_free(out);
		return -EINVAL;
	}
	return 0;
}

void sysstat_free(struct sysstat *s)
{
	free(s->figure);
	s->figure = NULL;
	s->count = 0;
}
