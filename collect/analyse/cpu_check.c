// SPDX-License-Identifier: GPL-2.0-or-later
/* Compares the lines of each /proc/stat sample with those of the previous one. */
#include "collect/analyse/cpu_check.h"
#include "collect/analyse/events.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANOMALIES_MAX 256
#define CPUS_MAX      8192 /* as many as a kernel of Debian's may have */
#define USER_HZ       100
#define ENOUGH_NS     1e9 /* of time to judge by: a jiffy may fall to either side of a sample */

/* A CPU over the whole recording. */
struct cpu_sum {
	struct cpu_line before;
	uint64_t before_ns, sample;
	double jiffies, ns;
	int64_t first_ns;
};

struct cpu_checking {
	struct cpu_check c;
	struct cpu_sum *cpu; /* by number, the machine first */
	size_t cpus;         /* the highest number, and 2 */
	uint64_t sample, t0_ns;
};

static void note(struct cpu_check *c, enum cpu_anomaly_kind kind, int cpu, enum cpu_mode mode, double most,
		 int64_t at_ns)
{
	struct cpu_anomaly *o = c->anomaly;

	while (o < c->anomaly + c->count && (o->kind != kind || o->cpu != cpu || o->mode != mode))
		o++;
	if (o == c->anomaly + ANOMALIES_MAX) {
		c->left_out++;
		return;
	}
	if (o == c->anomaly + c->count) {
		c->count++;
		*o = (struct cpu_anomaly){.kind = kind, .cpu = cpu, .mode = mode, .first_ns = at_ns};
	}
	o->times++;
	o->most = most > o->most ? most : o->most;
}

/* Takes an interval of a CPU that is in both samples. */
static void compare(struct cpu_checking *k, struct cpu_sum *s, const struct cpu_line *l, const struct frame *f)
{
	int64_t at_ns = events_since(f->head.before_ns, k->t0_ns);
	unsigned known = s->before.fields < l->fields ? s->before.fields : l->fields;

	if (cpu_reset(&s->before, l)) {
		note(&k->c, CPU_RESET, l->cpu, 0, 0, at_ns);
		return;
	}
	for (unsigned m = 0; m < known; m++)
		if (l->jiffies[m] < s->before.jiffies[m])
			note(&k->c, CPU_BACKWARDS, l->cpu, m, (double)(s->before.jiffies[m] - l->jiffies[m]), at_ns);
		else if (m < CPU_guest)
			s->jiffies += (double)(l->jiffies[m] - s->before.jiffies[m]);
	s->ns += (double)events_since(f->head.before_ns, s->before_ns);
}

static void take_line(struct cpu_checking *k, const struct cpu_line *l, const struct frame *f)
{
	struct cpu_sum *s = &k->cpu[l->cpu + 1];
	int64_t at_ns = events_since(f->head.before_ns, k->t0_ns);

	if (s->sample == k->sample) /* a second line of the same name */
		return;
	if (k->cpus < (size_t)l->cpu + 2)
		k->cpus = l->cpu + 2;
	if (s->sample && s->sample == k->sample - 1)
		compare(k, s, l, f);
	else if (l->cpu >= 0 && k->sample > 1)
		note(&k->c, CPU_HOTPLUG, l->cpu, 0, 0, at_ns);
	s->before = *l;
	s->before_ns = f->head.before_ns;
	s->sample = k->sample;
}

/* Notes CPUs that the previous sample had and this one lacks, and a missing line of the machine. */
static void look_for_missing(struct cpu_checking *k, const struct frame *f)
{
	int64_t at_ns = events_since(f->head.before_ns, k->t0_ns);

	for (size_t i = 1; i < k->cpus; i++)
		if (k->cpu[i].sample && k->cpu[i].sample == k->sample - 1)
			note(&k->c, CPU_HOTPLUG, (int)i - 1, 0, 0, at_ns);
	if (k->cpu[0].sample != k->sample)
		note(&k->c, CPU_NO_LINE, -1, 0, 0, at_ns);
}

static void take_sample(struct cpu_checking *k, const struct frame *f)
{
	const char *p = f->payload, *end = p + f->head.payload_length;

	k->sample++;
	for (struct cpu_line l; cpu_each(&p, end, &l);)
		if (l.cpu < CPUS_MAX)
			take_line(k, &l, f);
		else
			k->c.left_out++;
	look_for_missing(k, f);
}

/* A CPU whose counters add up to the time that passed has 100 %. */
static void settle(struct cpu_checking *k)
{
	double jiffies = 0, ns = 0;

	for (size_t i = 1; i < k->cpus; i++) {
		struct cpu_sum *s = &k->cpu[i];
		double percent = 100 * s->jiffies / USER_HZ / (s->ns / 1e9);

		if (s->ns < ENOUGH_NS)
			continue;
		jiffies += s->jiffies;
		ns += s->ns;
		if (fabs(percent - 100) > CPU_CHECK_SLACK)
			note(&k->c, CPU_TIME, (int)i - 1, 0, percent, 0);
	}
	k->c.accounted = ns > 0 ? 100 * jiffies / USER_HZ / (ns / 1e9) : NAN;
}

int cpu_check(struct recording *r, struct cpu_check *out)
{
	static const char *const sources[] = {"stat", NULL};
	struct cpu_checking k = {.t0_ns = events_zero(r)};
	struct recording_cursor *c;
	struct frame f;
	int err;

	k.c.anomaly = calloc(ANOMALIES_MAX, sizeof(*k.c.anomaly));
	k.cpu = calloc(CPUS_MAX + 1, sizeof(*k.cpu));
	err = k.c.anomaly && k.cpu ? recording_cursor(r, sources, &c) : -ENOMEM;
	if (!err) {
		while ((err = recording_next(c, &f)) == 1)
			if (f.head.type == FRAME_SAMPLE)
				take_sample(&k, &f);
		recording_cursor_free(c);
		settle(&k);
	}
	free(k.cpu);
	if (err)
		cpu_check_free(&k.c);
	else
		*out = k.c;
	return err;
}

void cpu_check_free(struct cpu_check *c)
{
	free(c->anomaly);
	*c = (struct cpu_check){0};
}

void cpu_anomaly_text(const struct cpu_anomaly *o, char *text, size_t size)
{
	char who[16] = "cpu", often[80];

	if (o->cpu >= 0)
		snprintf(who, sizeof(who), "cpu%d", o->cpu);
	snprintf(often, sizeof(often), "%zu time%s, first at %.3f s", o->times, o->times == 1 ? "" : "s",
		 o->first_ns / 1e9);
	switch (o->kind) {
	case CPU_BACKWARDS:
		snprintf(text, size, "%s: %s went backwards %s, by up to %.0f jiffies; it counts as 0 there", who,
			 cpu_mode_names[o->mode], often, o->most);
		return;
	case CPU_RESET:
		snprintf(text, size, "%s: its counters were reset %s; there are no shares for that interval", who,
			 often);
		return;
	case CPU_HOTPLUG:
		snprintf(text, size,
			 "%s: went offline or came online %s: the machine's shares are those of the other CPUs there",
			 who, often);
		return;
	case CPU_NO_LINE:
		snprintf(text, size,
			 "%s: no line, or one of zeros or beyond 10^18 (as of lxcfs and gVisor), %s; no shares", who,
			 often);
		return;
	case CPU_TIME:
		snprintf(text, size,
			 "%s: its counters hold %.0f %% of the time that passed, and its shares are of that", who,
			 o->most);
	}
}
