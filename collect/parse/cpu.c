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

#include <string.h>

const char *const cpu_mode_names[CPU_MODES] = {
	"user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest", "guest_nice",
};

/* Reads a decimal number at *p; false, with *p unchanged, if there is none or it overflows. */
static bool number(const char **p, const char *end, uint64_t *value)
{
	const char *q = *p;
	uint64_t v = 0;

	for (; q < end && *q >= '0' && *q <= '9'; q++)
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *q - '0', &v))
			return false;
	if (q == *p)
		return false;
	*p = q;
	*value = v;
	return true;
}

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
	if (!number(&line, end, &n) || n > 1 << 20 || line == end || *line != ' ')
		return NULL;
	*cpu = (int)n;
	return line;
}

/* Reads all fields of a line or none. */
static bool fields(const char *p, const char *end, struct cpu_line *out)
{
	struct cpu_line l = {.cpu = out->cpu};

	for (;;) {
		uint64_t v;

		while (p < end && *p == ' ')
			p++;
		if (p == end)
			break;
		if (!number(&p, end, &v) || (p < end && *p != ' '))
			return false;
		if (l.fields < CPU_MODES)
			l.jiffies[l.fields++] = v;
	}
	if (l.fields < 4)
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
		if (!p || l.cpu != cpu)
			continue;
		if (!fields(p, eol, &l))
			return false;
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

/* Growth of one counter; a decrease counts as 0. */
static uint64_t growth(const struct cpu_line *a, const struct cpu_line *b, enum cpu_mode m)
{
	return b->jiffies[m] > a->jiffies[m] ? b->jiffies[m] - a->jiffies[m] : 0;
}

static bool came_back(const struct cpu_line *a, const struct cpu_line *b, unsigned known)
{
	for (unsigned m = 0; m < known; m++)
		if (m != CPU_idle && m != CPU_iowait && b->jiffies[m] < a->jiffies[m])
			return true;
	return false;
}

bool cpu_share(const struct cpu_line *before, const struct cpu_line *after, struct cpu_share *out)
{
	struct cpu_share s = {.fields = before->fields < after->fields ? before->fields : after->fields};
	double part[CPU_MODES];

	if (came_back(before, after, s.fields))
		return false;
	for (unsigned m = 0; m < s.fields; m++)
		part[m] = (double)growth(before, after, m);
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
		if (!number(&p, eol, &v) || (p != eol && *p != ' '))
			return false;
		*value = v;
		return true;
	}
	return false;
}
