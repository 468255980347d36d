// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When they read is not printed: the kernel's trace has it, to the microsecond. What the samples before and after a
 * reading have in common was so when it read; in between, a counter can only have grown.
 */
#include "collect/analyse/sysstat.h"
#include "collect/parse/cpu.h"
#include "collect/analyse/events.h"
#include "collect/analyse/output.h"
#include "collect/parse/readings.h"
#include "collect/parse/sysstat_table.h"
#include "lib/base/array.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDING  0.0051            /* of a figure with two decimals */
#define MARGIN_NS ((int64_t)SYS_NS) /* of samples around a run */
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

struct run {
	int pid;
	int64_t start_ns, end_ns;
};

struct sample {
	int64_t at_ns, end_ns; /* the kernel wrote it in between */
	char *text;
	size_t n;
};

/* Kept of a run: ten minutes of a large machine's. */
#define SAMPLES_MAX 65536
#define BYTES_MAX   (32u << 20)

struct samples {
	struct sample *at;
	size_t count, bytes;
	size_t left_out; /* there are more, that were not kept */
};

static void samples_free(struct samples *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->at[i].text);
	free(s->at);
}

static int add_sample(struct samples *s, const struct frame *f, uint64_t t0_ns)
{
	struct sample one = {.at_ns = events_since(f->head.before_ns, t0_ns),
			     .end_ns = events_since(f->head.after_ns, t0_ns),
			     .n = f->head.payload_length};

	if (s->count == SAMPLES_MAX || s->bytes + one.n > BYTES_MAX) {
		s->left_out++;
		return 0;
	}
	if (!array_room(&s->at, s->count, sizeof(*s->at)) || !(one.text = calloc(1, one.n + 1)))
		return -ENOMEM;
	memcpy(one.text, f->payload, one.n);
	s->at[s->count++] = one;
	s->bytes += one.n;
	return 0;
}

/* Those of a source in the time of a run, and some before and after. */
static int read_samples(struct recording *r, const char *source, const struct run *run, struct samples *out)
{
	const char *sources[] = {source, NULL};
	uint64_t t0_ns = events_zero(r);
	struct recording_cursor *cursor = NULL;
	struct frame f;
	int err = recording_cursor(r, sources, &cursor);

	*out = (struct samples){0};
	while (!err && (err = recording_next(cursor, &f)) == 1) {
		int64_t at_ns = events_since(f.head.before_ns, t0_ns);

		err = 0;
		if (f.head.type == FRAME_SAMPLE && at_ns >= run->start_ns - MARGIN_NS &&
		    at_ns <= run->end_ns + MARGIN_NS)
			err = add_sample(out, &f, t0_ns);
	}
	recording_cursor_free(cursor);
	return err;
}

/*
 * What a run is compared by: its readings of a file, and the samples of it. False, and why, when there is more than is
 * kept: then nobody can say which of them counts.
 */
static bool read_both(struct recording *r, const char *file, const struct run *run, struct readings *readings,
		      struct samples *s, char why[160])
{
	*readings = (struct readings){0};
	*s = (struct samples){0};
	if (readings_of(r, file, run->pid, readings) || read_samples(r, file, run, s))
		snprintf(why, 160, "no memory, or the recording is damaged");
	else if (readings->left_out)
		snprintf(why, 160, "by the kernel's trace it read /proc/%s more often than is kept", file);
	else if (s->left_out)
		snprintf(why, 160, "there are more samples of %s in its time than are kept", file);
	else
		return true;
	return false;
}

/* The samples next to a reading: the last that was over when it began, and the first that began when it was over. */
struct bracket {
	const struct sample *before, *after;
};

static bool find_bracket(const struct samples *s, const struct reading *reading, struct bracket *out)
{
	*out = (struct bracket){0};
	for (size_t i = 0; i < s->count && !out->after; i++) {
		if (s->at[i].end_ns <= reading->from_ns)
			out->before = &s->at[i];
		else if (s->at[i].at_ns >= reading->to_ns)
			out->after = &s->at[i];
	}
	return out->before && out->after;
}

static void note_reading(struct sysstat *s, const struct reading *reading, const struct bracket *b)
{
	s->read[s->reads].at_ns = reading->from_ns;
	s->read[s->reads++].apart_ns = b->after->at_ns - b->before->at_ns;
}

/* --- the comparison --- */

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

static void add_line(struct cpu_line *sum, const struct cpu_line *one)
{
	sum->fields = one->fields;
	for (unsigned m = 0; m < one->fields; m++)
		sum->jiffies[m] += one->jiffies[m];
}

/* A CPU's line in each of the samples; false, and nothing in *out, when one has none. */
static bool find_lines(const struct sample *const at[4], int cpu, struct cpu_line out[4])
{
	struct cpu_line line[4];

	for (int i = 0; i < 4; i++)
		if (!cpu_parse(at[i]->text, at[i]->n, cpu, &line[i]))
			return false;
	memcpy(out, line, sizeof(line));
	return true;
}

/* The line of this CPU, or of a later one, in a text that is in the CPUs' order. */
static bool skip_to(const char **text, const char *end, int cpu, struct cpu_line *line)
{
	bool have = line->fields && line->cpu >= cpu;

	while (!have && cpu_each(text, end, line))
		have = line->cpu >= cpu;
	return have;
}

/* All CPUs as sysstat has them: the sum of those that were there all the time, not the kernel's own line. */
static bool add_lines(const struct sample *const at[4], struct cpu_line out[4])
{
	const char *text[4] = {at[0]->text, at[1]->text, at[2]->text, at[3]->text};
	struct cpu_line one[4] = {0};
	int cpus = 0;

	memset(out, 0, 4 * sizeof(*out));
	while (cpu_each(&text[0], at[0]->text + at[0]->n, &one[0])) {
		bool all = one[0].cpu >= 0;

		for (int i = 1; i < 4 && all; i++)
			all = skip_to(&text[i], at[i]->text + at[i]->n, one[0].cpu, &one[i]) &&
			      one[i].cpu == one[0].cpu;
		for (int i = 0; i < 4 && all; i++)
			add_line(&out[i], &one[i]);
		cpus += all;
	}
	return cpus > 0;
}

struct range {
	double low, high;
};

static struct range add(struct range a, struct range b)
{
	return (struct range){a.low + b.low, a.high + b.high};
}

static struct range less(struct range a, struct range b)
{
	return (struct range){a.low - b.high, a.high - b.low};
}

/* What a counter was at a reading: `line` is before and after it. */
static struct range counter(const struct cpu_line line[2], enum cpu_mode m)
{
	return (struct range){line[0].jiffies[m], line[1].jiffies[m]};
}

/* user less guest, nice less guest_nice. */
static struct range without_guest(const struct cpu_line line[2], enum cpu_mode m)
{
	return less(counter(line, m), counter(line, m == CPU_user ? CPU_guest : CPU_guest_nice));
}

/* What was spent in some modes up to a reading. Where user and guest are both asked for, that is the kernel's user. */
static struct range spent_in(const struct cpu_line line[2], unsigned modes)
{
	struct range sum = {0};

	for (enum cpu_mode m = 0; m < CPU_MODES; m++) {
		enum cpu_mode guest = m == CPU_user ? CPU_guest : CPU_guest_nice,
			      host = m == CPU_guest ? CPU_user : CPU_nice;
		bool holds = m == CPU_user || m == CPU_nice, held = m == CPU_guest || m == CPU_guest_nice;

		if (!(modes & BIT(m)) || (held && modes & BIT(host)))
			continue;
		sum = add(sum, holds && !(modes & BIT(guest)) ? without_guest(line, m) : counter(line, m));
	}
	return sum;
}

/*
 * sysstat, as fuka, calls it 0 when guest has grown by more than the user time that holds it (each is rounded by
 * itself), and adds the difference to the total. The same with nice.
 */
static struct range missing(const struct cpu_line line[4], enum cpu_mode m)
{
	struct range grown = less(without_guest(&line[2], m), without_guest(line, m));

	return (struct range){fmax(0, -grown.high), fmax(0, -grown.low)};
}

/* What a share can be: at least and at most grown here, at most and at least elsewhere. */
static void bound_share(const struct cpu_line line[4], unsigned modes, double *low, double *high)
{
	unsigned others = ~modes & (BIT(CPU_MODES) - 1);
	struct range here = less(spent_in(&line[2], modes), spent_in(line, modes)),
		     elsewhere = less(spent_in(&line[2], others), spent_in(line, others));

	elsewhere = add(elsewhere, add(missing(line, CPU_user), missing(line, CPU_nice)));
	elsewhere.low = fmax(0, elsewhere.low);
	*low = here.low > 0 ? 100 * here.low / (here.low + elsewhere.high) - ROUNDING : 0;
	*high = (here.high > 0 ? 100 * here.high / (here.high + elsewhere.low) : 0) + ROUNDING;
}

/* A row of theirs. `line`: before and after the first reading, before and after the second. */
static void compare_row(const struct sysstat_table *t, int row, const struct cpu_line line[4], struct sysstat *out)
{
	struct cpu_share share = {0};

	cpu_share(&line[0], &line[2], &share);
	for (int c = 0; c < t->columns; c++) {
		const struct column *column = find_column(t, t->title[c]);
		struct sysstat_figure *f = column ? add_figure(out, t, row, c) : NULL;
		double low, high;

		if (!f)
			continue;
		f->ours = add_modes(&share, column->modes & -column->modes);
		f->why = fabs(add_modes(&share, column->modes) - f->ours) > ROUNDING ? column->why : NULL;
		bound_share(line, column->modes, &low, &high);
		settle_figure(out, f, low, high);
	}
}

static bool compare_rows(const struct sysstat_table *t, const struct bracket b[2], struct sysstat *out, char why[160])
{
	const struct sample *at[4] = {b[0].before, b[0].after, b[1].before, b[1].after};

	for (int row = 0; row < t->rows; row++) {
		struct cpu_line line[4];

		if (!(t->cpu[row] < 0 ? add_lines(at, line) : find_lines(at, t->cpu[row], line))) {
			snprintf(why, 160, "CPU %d is not in all samples beside its readings", t->cpu[row]);
			return false;
		}
		compare_row(t, row, line, out);
	}
	return true;
}

static bool has_several_cpus(const struct sample *s)
{
	const char *text = s->text;
	int cpus = 0;

	for (struct cpu_line l; cpus < 2 && cpu_each(&text, s->text + s->n, &l);)
		cpus += l.cpu >= 0;
	return cpus > 1;
}

/* Whether a counter of a CPU fell: `may` jiffies of idle and iowait it may, though nothing is wrong. */
static bool falls(const struct cpu_line *was, const struct cpu_line *is, unsigned may, int64_t at_ns, char why[160])
{
	for (unsigned m = 0; m < was->fields && m < is->fields; m++) {
		if (is->jiffies[m] + (m == CPU_idle || m == CPU_iowait ? may : 0) >= was->jiffies[m])
			continue;
		snprintf(why, 160,
			 "the samples beside it contradict each other: CPU %d's %s falls from %llu to %llu at %.3f s",
			 was->cpu, cpu_mode_names[m], (unsigned long long)was->jiffies[m],
			 (unsigned long long)is->jiffies[m], at_ns / 1e9);
		return true;
	}
	return false;
}

/*
 * A wrong sample next to a reading would allow more, not less. But it cannot be in line with the samples around it: a
 * counter that is ahead in one sample falls to the next.
 */
static bool is_steady(const struct samples *s, const struct bracket *b, char why[160])
{
	const struct sample *first = b->before > s->at ? b->before - 1 : b->before,
			    *last = b->after < s->at + s->count - 1 ? b->after + 1 : b->after;

	for (const struct sample *k = first; k < last; k++) {
		const char *text = k->text, *next = k[1].text;
		bool several = has_several_cpus(k); /* another CPU's idle time is read while it changes it */
		struct cpu_line was, is = {0};

		while (cpu_each(&text, k->text + k->n, &was))
			if (was.cpu >= 0 && skip_to(&next, k[1].text + k[1].n, was.cpu, &is) && is.cpu == was.cpu &&
			    falls(&was, &is, several, k[1].at_ns, why))
				return false;
	}
	return true;
}

static bool compare_two(const struct sysstat_table *t, const struct samples *s, const struct readings *readings,
			struct sysstat *out, char why[160])
{
	struct bracket b[2];

	for (int i = 0; i < 2; i++) {
		if (!find_bracket(s, &readings->at[i], &b[i])) {
			snprintf(why, 160, "there is no sample of stat before, or none after, its reading at %.3f s",
				 readings->at[i].from_ns / 1e9);
			return false;
		}
		if (!is_steady(s, &b[i], why))
			return false;
		note_reading(out, &readings->at[i], &b[i]);
	}
	return compare_rows(t, b, out, why);
}

/* It read the counters when it began and when its interval was over. */
static bool compare_shares(struct recording *r, const struct sysstat_table *t, const struct run *run,
			   struct sysstat *out, char why[160])
{
	struct readings readings = {0};
	struct samples s = {0};
	bool ok = false;

	out->figure = calloc(t->rows * t->columns, sizeof(*out->figure));
	if (!out->figure)
		snprintf(why, 160, "no memory");
	else if (!read_both(r, "stat", run, &readings, &s, why))
		ok = false;
	else if (readings.count != 2)
		snprintf(why, 160,
			 "by the kernel's trace it read /proc/stat %zu times; what is compared is two readings "
			 "(a count of 1)",
			 readings.count);
	else
		ok = compare_two(t, &s, &readings, out, why);
	readings_free(&readings);
	samples_free(&s);
	return ok;
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

static const char itself[] =
	"sadc leaves itself out of the run queue; the sampler, which runs when it looks, is in ours";
static const char between[] =
	"a task came or went between the two samples: allowed is what nr_running() told sadc, less "
	"itself";

/*
 * A gauge lies between the samples beside the reading. How many run may change in less time: then the kernel's own word
 * to that reading counts.
 */
static void compare_gauge(const struct sysstat_table *t, int column, const struct reading *reading,
			  const struct bracket *b, struct sysstat *out)
{
	const char *title = t->title[column];
	bool leaves_itself_out = !strcmp(title, "runq-sz");
	double before = gauge_of(title, b->before), after = gauge_of(title, b->after);
	double low = fmin(before, after) - leaves_itself_out, high = fmax(before, after) - leaves_itself_out;
	struct sysstat_figure *f = add_figure(out, t, 0, column);

	f->ours = before;
	f->why = leaves_itself_out ? itself : NULL;
	if (leaves_itself_out && (f->theirs < low || f->theirs > high) && reading->running > 0) {
		low = high = reading->running - 1;
		f->why = between;
	}
	settle_figure(out, f, low, high);
}

/* All columns that are of one file, by the last reading of it. */
static bool compare_gauges_of(struct recording *r, const char *file, const struct sysstat_table *t,
			      const struct run *run, struct sysstat *out, char why[160])
{
	struct readings readings = {0};
	struct samples s = {0};
	struct bracket b;
	bool ok = false;

	if (!read_both(r, file, run, &readings, &s, why))
		ok = false;
	else if (!readings.count)
		snprintf(why, 160, "by the kernel's trace it did not read /proc/%s", file);
	else if (!find_bracket(&s, &readings.at[readings.count - 1], &b))
		snprintf(why, 160, "there is no sample of %s before, or none after, its reading", file);
	else
		ok = true;
	for (int c = 0; ok && c < t->columns; c++)
		if (!strcmp(t->title[c], "blocked") == !strcmp(file, "stat"))
			compare_gauge(t, c, &readings.at[readings.count - 1], &b, out);
	if (ok && !out->reads)
		note_reading(out, &readings.at[readings.count - 1], &b);
	readings_free(&readings);
	samples_free(&s);
	return ok;
}

static bool compare_gauges(struct recording *r, const struct sysstat_table *t, const struct run *run,
			   struct sysstat *out, char why[160])
{
	out->figure = calloc(t->columns, sizeof(*out->figure));
	if (!out->figure) {
		snprintf(why, 160, "no memory");
		return false;
	}
	return compare_gauges_of(r, "loadavg", t, run, out, why) && compare_gauges_of(r, "stat", t, run, out, why);
}

/* --- which run --- */

static bool find_run(struct recording *r, const char *id, struct run *run, char *command, size_t size)
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
	_cleanup_(sys_freep) char *text = output_of(r, id, &left_out);
	struct run run = {0};
	struct sysstat_table t;

	*out = (struct sysstat){0};
	if (!find_run(r, id, &run, out->command, sizeof(out->command))) {
		snprintf(why, 160, "'%s' is no run of mpstat or sar that ended", id);
		return -EINVAL;
	}
	if (!text || !sysstat_table_read(text, &t)) {
		snprintf(why, 160, "'%s' printed no table of CPU time or of the run queue", id);
		return -EINVAL;
	}
	bool ok = t.has_cpus ? compare_shares(r, &t, &run, out, why) : compare_gauges(r, &t, &run, out, why);

	if (ok && out->count)
		return 0;
	if (ok)
		snprintf(why, 160, "'%s' printed no column that can be compared", id);
	sysstat_free(out);
	return -EINVAL;
}

void sysstat_free(struct sysstat *s)
{
	free(s->figure);
	s->figure = NULL;
	s->count = 0;
}
