// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CPU time in percent, as printed by mpstat and sar -u, compared with the range that the samples beside the two
 * readings allow: a counter is not below the one before and not above the one after.
 */
#include "collect/analyse/sysstat_compare.h"
#include "collect/parse/cpu.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDING  0.0051 /* maximum rounding error with two decimals */
#define BIT(mode) (1u << (mode))

/* A sysstat column and the CPU modes whose sum it is. (fuka's user and nice exclude guest and guest_nice.) */
struct share_column {
	const char *title;
	unsigned modes;
	const char *why; /* why it differs from fuka's column of that name */
};

/* In sar -u, %user and %nice are the kernel's, which include guests. */
static const struct share_column sar_u[] = {
	{"%user", BIT(CPU_user) | BIT(CPU_guest), "sar -u counts guest time as user time; sar -u ALL does not"},
	{"%nice", BIT(CPU_nice) | BIT(CPU_guest_nice),
	 "sar -u counts guest_nice time as nice time; sar -u ALL does not"},
	{"%system", BIT(CPU_system) | BIT(CPU_irq) | BIT(CPU_softirq),
	 "sar -u counts irq and softirq time as system time; sar -u ALL does not"},
	{"%iowait", BIT(CPU_iowait), NULL},
	{"%steal", BIT(CPU_steal), NULL},
	{"%idle", BIT(CPU_idle), NULL},
};

static const struct share_column all_modes[] = {
	{"%usr", BIT(CPU_user), NULL},      {"%nice", BIT(CPU_nice), NULL},   {"%sys", BIT(CPU_system), NULL},
	{"%iowait", BIT(CPU_iowait), NULL}, {"%irq", BIT(CPU_irq), NULL},     {"%soft", BIT(CPU_softirq), NULL},
	{"%steal", BIT(CPU_steal), NULL},   {"%guest", BIT(CPU_guest), NULL}, {"%gnice", BIT(CPU_guest_nice), NULL},
	{"%idle", BIT(CPU_idle), NULL},
};

static const struct share_column *find_column(const struct sysstat_table *t, const char *title)
{
	bool is_sar_u = !strcmp(t->title[0], "%user");
	const struct share_column *columns = is_sar_u ? sar_u : all_modes;
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

/* Finds a CPU's line in each of the samples; false, with out unchanged, if one has none. */
static bool find_lines(const struct sysstat_sample *const at[4], int cpu, struct cpu_line out[4])
{
	struct cpu_line line[4];

	for (int i = 0; i < 4; i++)
		if (!cpu_parse(at[i]->text, at[i]->n, cpu, &line[i]))
			return false;
	memcpy(out, line, sizeof(line));
	return true;
}

/* Moves to the line of this CPU, or of a later one, in a text that is ordered by CPU. */
static bool skip_to(const char **text, const char *end, int cpu, struct cpu_line *line)
{
	bool have = line->fields && line->cpu >= cpu;

	while (!have && cpu_each(text, end, line))
		have = line->cpu >= cpu;
	return have;
}

/* Sums all CPUs like sysstat: those that were online all the time, instead of the kernel's own line. */
static bool add_lines(const struct sysstat_sample *const at[4], struct cpu_line out[4])
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
			cpu_add(&out[i], &one[i]);
		cpus += all;
	}
	return cpus > 0;
}

struct jiffies_range {
	double low, high;
};

static struct jiffies_range add(struct jiffies_range a, struct jiffies_range b)
{
	return (struct jiffies_range){a.low + b.low, a.high + b.high};
}

static struct jiffies_range less(struct jiffies_range a, struct jiffies_range b)
{
	return (struct jiffies_range){a.low - b.high, a.high - b.low};
}

/* The range of a counter at a reading; `line` is before and after it. */
static struct jiffies_range counter(const struct cpu_line line[2], enum cpu_mode m)
{
	return (struct jiffies_range){line[0].jiffies[m], line[1].jiffies[m]};
}

/* user less guest, nice less guest_nice. */
static struct jiffies_range without_guest(const struct cpu_line line[2], enum cpu_mode m)
{
	return less(counter(line, m), counter(line, m == CPU_user ? CPU_guest : CPU_guest_nice));
}

/*
 * The range of the time spent in some modes up to a reading. If both user and guest are included, that is the kernel's
 * user.
 */
static struct jiffies_range spent_in(const struct cpu_line line[2], unsigned modes)
{
	struct jiffies_range sum = {0};

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
 * Like fuka, sysstat counts 0 if guest has grown by more than the user time that includes it (each is rounded
 * separately), and adds the difference to the total. The same applies to nice.
 */
static struct jiffies_range missing(const struct cpu_line line[4], enum cpu_mode m)
{
	struct jiffies_range grown = less(without_guest(&line[2], m), without_guest(line, m));

	return (struct jiffies_range){fmax(0, -grown.high), fmax(0, -grown.low)};
}

/* Computes the range of a share: from least growth here and most elsewhere to the opposite. */
static void bound_share(const struct cpu_line line[4], unsigned modes, double *low, double *high)
{
	unsigned others = ~modes & (BIT(CPU_MODES) - 1);
	struct jiffies_range here = less(spent_in(&line[2], modes), spent_in(line, modes)),
			     elsewhere = less(spent_in(&line[2], others), spent_in(line, others));

	elsewhere = add(elsewhere, add(missing(line, CPU_user), missing(line, CPU_nice)));
	elsewhere.low = fmax(0, elsewhere.low);
	*low = here.low > 0 ? 100 * here.low / (here.low + elsewhere.high) - ROUNDING : 0;
	*high = (here.high > 0 ? 100 * here.high / (here.high + elsewhere.low) : 0) + ROUNDING;
}

/* Compares a row of sysstat. `line`: before and after the first reading, before and after the second. */
static void compare_row(const struct sysstat_table *t, int row, const struct cpu_line line[4], struct sysstat *out)
{
	struct cpu_share share = {0};

	cpu_share(&line[0], &line[2], &share);
	for (int c = 0; c < t->columns; c++) {
		const struct share_column *column = find_column(t, t->title[c]);
		struct sysstat_figure *f = column ? sysstat_add_figure(out, t, row, c) : NULL;
		double low, high;

		if (!f)
			continue;
		f->ours = add_modes(&share, column->modes & -column->modes);
		f->why = fabs(add_modes(&share, column->modes) - f->ours) > ROUNDING ? column->why : NULL;
		bound_share(line, column->modes, &low, &high);
		sysstat_settle_figure(out, f, low, high);
	}
}

static bool compare_rows(const struct sysstat_table *t, const struct sysstat_bracket b[2], struct sysstat *out,
			 char why[160])
{
	const struct sysstat_sample *at[4] = {b[0].before, b[0].after, b[1].before, b[1].after};

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

static bool has_several_cpus(const struct sysstat_sample *s)
{
	const char *text = s->text;
	int cpus = 0;

	for (struct cpu_line l; cpus < 2 && cpu_each(&text, s->text + s->n, &l);)
		cpus += l.cpu >= 0;
	return cpus > 1;
}

/* Whether a counter of a CPU decreased; idle and iowait may do so by `may` jiffies without an error. */
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
 * A wrong sample next to a reading would widen the range. But it would be inconsistent with the samples around it: a
 * counter that is too large in one sample decreases to the next.
 */
static bool is_steady(const struct sysstat_samples *s, const struct sysstat_bracket *b, char why[160])
{
	const struct sysstat_sample *first = b->before > s->at ? b->before - 1 : b->before,
				    *last = b->after < s->at + s->count - 1 ? b->after + 1 : b->after;

	for (const struct sysstat_sample *k = first; k < last; k++) {
		const char *text = k->text, *next = k[1].text;
		bool several = has_several_cpus(k); /* the idle time of another CPU may change while it is read */
		struct cpu_line was, is = {0};

		while (cpu_each(&text, k->text + k->n, &was))
			if (was.cpu >= 0 && skip_to(&next, k[1].text + k[1].n, was.cpu, &is) && is.cpu == was.cpu &&
			    falls(&was, &is, several, k[1].at_ns, why))
				return false;
	}
	return true;
}

static bool compare_two(const struct sysstat_table *t, const struct sysstat_samples *s,
			const struct trace_reads *readings, struct sysstat *out, char why[160])
{
	struct sysstat_bracket b[2];

	for (int i = 0; i < 2; i++) {
		if (!sysstat_bracket(s, &readings->at[i], &b[i])) {
			snprintf(why, 160,
				 "the recording has no sample of stat before, or none after, its reading at %.3f s",
				 readings->at[i].from_ns / 1e9);
			return false;
		}
		if (!is_steady(s, &b[i], why))
			return false;
		sysstat_note_reading(out, &readings->at[i], &b[i]);
	}
	return compare_rows(t, b, out, why);
}

/* sysstat reads the counters at the start and at the end of its interval. */
bool sysstat_compare_shares(struct recording *r, const struct sysstat_table *t, const struct sysstat_run *run,
			    struct sysstat *out, char why[160])
{
	struct trace_reads readings = {0};
	struct sysstat_samples s = {0};
	bool ok = false;

	out->figure = calloc(t->rows * t->columns, sizeof(*out->figure));
	if (!out->figure)
		snprintf(why, 160, "no memory");
	else if (!sysstat_read(r, "stat", run, &readings, &s, why))
		ok = false;
	else if (readings.count != 2)
		snprintf(why, 160,
			 "the kernel's trace has %zu readings of /proc/stat by it; expected two (a count of 1)",
			 readings.count);
	else
		ok = compare_two(t, &s, &readings, out, why);
	trace_reads_free(&readings);
	sysstat_samples_free(&s);
	return ok;
}
