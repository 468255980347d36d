// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The input, /proc/stat, in USER_HZ = 1/100 s:
 *
 *	cpu  8881 0 3315 201150 1749 0 45 234 0 0
 *	cpu0 4919 0 1374 101186 135 0 6 109 0 0
 *	     user nice system idle iowait irq softirq steal guest guest_nice
 *	intr 586892 0 0 …
 *	procs_running 1
 *
 * Older kernels have fewer fields; later ones may append some, but the first ten keep their meaning.
 */
#include "collect/parse/cpu.h"
#include "collect/parse/lines.h"

#include <string.h>

const char *const cpu_mode_names[CPU_MODES] = {
	"user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest", "guest_nice",
};

/*
 * Reads "cpu" or "cpuN" and a space at the beginning of a line. Sets *cpu and returns the start of the fields; NULL if
 * the line has no such label.
 */
static const char *cpu_label(const char *line, const char *end, int *cpu)
{
	uint64_t n;

	if (end - line < 4 || memcmp(line, "cpu", 3))
		return NULL;
	line += 3;
	if (*line == ' ') {
		*cpu = -1;
		return line;
	}
	if (!lines_number(&line, end, &n) || n > 1 << 20 || line == end)
		return NULL;
	*cpu = (int)n;
	return line;
}

/* No counter of 1/100 s gets this large. lxcfs prints an idle time beyond it, which stands still. */
#define BEYOND 1000000000000000000ull

static bool credible(const struct cpu_line *l)
{
	bool any = false;

	for (unsigned m = 0; m < l->fields; m++) {
		any |= l->jiffies[m] > 0;
		if (l->jiffies[m] > BEYOND)
			return false;
	}
	return any;
}

/* Reads all fields of a line or none. */
static bool fields(const char *p, const char *end, struct cpu_line *out)
{
	struct cpu_line l = {.cpu = out->cpu};

	for (uint64_t v; lines_number(&p, end, &v);)
		if (l.fields < CPU_MODES)
			l.jiffies[l.fields++] = v;
	lines_blanks(&p, end);
	if (p != end || l.fields < 4 || !credible(&l))
		return false;
	*out = l;
	return true;
}

bool cpu_parse(const char *text, size_t n, int cpu, struct cpu_line *out)
{
	const char *end = text + n, *eol;

	for (; text < end; text = eol + 1) {
		struct cpu_line l;
		const char *p;

		eol = memchr(text, '\n', end - text);
		if (!eol) /* the sampler's buffer ended here: a truncated number looks like a number */
			return false;
		p = cpu_label(text, eol, &l.cpu);
		if (!p || l.cpu != cpu || !fields(p, eol, &l))
			continue;
		*out = l;
		return true;
	}
	return false;
}

bool cpu_each(const char **text, const char *end, struct cpu_line *out)
{
	for (const char *line = *text, *eol; line < end && (eol = memchr(line, '\n', end - line)); line = eol + 1) {
		struct cpu_line l;
		const char *p = cpu_label(line, eol, &l.cpu);

		if (!p || !fields(p, eol, &l))
			continue;
		*out = l;
		*text = eol + 1;
		return true;
	}
	return false;
}

/* The next line of a single CPU; the machine's line is skipped. */
static bool one_cpu(const char **text, const char *end, struct cpu_line *out)
{
	while (cpu_each(text, end, out))
		if (out->cpu >= 0)
			return true;
	return false;
}

void cpu_add(struct cpu_line *sum, const struct cpu_line *l)
{
	sum->fields = sum->fields && sum->fields < l->fields ? sum->fields : l->fields;
	for (unsigned m = 0; m < l->fields; m++)
		sum->jiffies[m] += l->jiffies[m];
}

/*
 * Sums the CPUs that both texts have; both list them in ascending order. A CPU whose counters were reset is left out of the
 * sums, as one that was offline. False if both texts have the same CPUs, so that no sums are needed.
 */
static bool sum_common(const char *before, const char *before_end, const char *after, const char *after_end,
		       struct cpu_line out[2])
{
	struct cpu_line a, b, sum[2] = {{.cpu = -1}, {.cpu = -1}};
	bool more_a = one_cpu(&before, before_end, &a), more_b = one_cpu(&after, after_end, &b), same = true;

	while (more_a || more_b) {
		bool both = more_a && more_b && a.cpu == b.cpu, left = more_a && (!more_b || a.cpu < b.cpu);
		bool comparable = both && !cpu_reset(&a, &b);

		same &= comparable;
		if (comparable) {
			cpu_add(&sum[0], &a);
			cpu_add(&sum[1], &b);
		}
		if (both || left)
			more_a = one_cpu(&before, before_end, &a);
		if (both || !left)
			more_b = one_cpu(&after, after_end, &b);
	}
	if (same || !sum[0].fields)
		return false;
	out[0] = sum[0];
	out[1] = sum[1];
	return true;
}

bool cpu_whole(const char *before, size_t before_n, const char *after, size_t after_n, struct cpu_line out[2])
{
	return sum_common(before, before + before_n, after, after + after_n, out) ||
	       (cpu_parse(before, before_n, -1, &out[0]) && cpu_parse(after, after_n, -1, &out[1]));
}

/* Growth of one counter; a decrease counts as 0. */
static uint64_t growth(const struct cpu_line *a, const struct cpu_line *b, enum cpu_mode m)
{
	return b->jiffies[m] > a->jiffies[m] ? b->jiffies[m] - a->jiffies[m] : 0;
}

/*
 * What the tick counts of a CPU's work falls only when it begins anew: two of these counters, or all that were not 0. One alone
 * may run backwards by itself, as idle, iowait and steal do in any company.
 */
bool cpu_reset(const struct cpu_line *a, const struct cpu_line *b)
{
	static const enum cpu_mode work[] = {CPU_user, CPU_nice, CPU_system, CPU_irq, CPU_softirq};
	unsigned known = a->fields < b->fields ? a->fields : b->fields, fell = 0, held = 0;

	for (size_t i = 0; i < sizeof(work) / sizeof(*work) && work[i] < known; i++) {
		fell += b->jiffies[work[i]] < a->jiffies[work[i]];
		held += a->jiffies[work[i]] && b->jiffies[work[i]] >= a->jiffies[work[i]];
	}
	return fell >= 2 || (fell && !held);
}

bool cpu_share(const struct cpu_line *before, const struct cpu_line *after, struct cpu_share *out)
{
	struct cpu_share s = {.fields = before->fields < after->fields ? before->fields : after->fields};
	double part[CPU_MODES];

	if (cpu_reset(before, after))
		return false;
	for (unsigned m = 0; m < s.fields; m++) {
		part[m] = (double)growth(before, after, m);
		s.backwards |= (unsigned)(after->jiffies[m] < before->jiffies[m]) << m;
	}
	if (s.fields > CPU_guest)
		part[CPU_user] = part[CPU_user] > part[CPU_guest] ? part[CPU_user] - part[CPU_guest] : 0;
	if (s.fields > CPU_guest_nice)
		part[CPU_nice] = part[CPU_nice] > part[CPU_guest_nice] ? part[CPU_nice] - part[CPU_guest_nice] : 0;
	for (unsigned m = 0; m < s.fields; m++)
		s.total += part[m];
	if (s.total <= 0)
		return false;
	for (unsigned m = 0; m < s.fields; m++)
		s.percent[m] = 100 * part[m] / s.total;
	*out = s;
	return true;
}

bool cpu_counter(const char *text, size_t n, const char *name, uint64_t *value)
{
	const char *end = text + n, *eol;
	size_t length = strlen(name);

	for (; text < end; text = eol + 1) {
		const char *p = text + length;
		uint64_t v;

		eol = memchr(text, '\n', end - text);
		if (!eol)
			return false;
		if ((size_t)(eol - text) <= length || memcmp(text, name, length) || *p++ != ' ')
			continue;
		if (!lines_number(&p, eol, &v))
			return false;
		*value = v;
		return true;
	}
	return false;
}
