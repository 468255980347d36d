/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CPU accounting of /proc/stat, the whole machine and each CPU, as sysstat does it: guest is taken out of user,
 * guest_nice out of nice, and the total is user + nice + system + idle + iowait + irq + softirq + steal, user with its
 * guest in it.
 */
#ifndef FUKA_CPU_H
#define FUKA_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cpu_mode {
	CPU_user,
	CPU_nice,
	CPU_system,
	CPU_idle,
	CPU_iowait,
	CPU_irq,
	CPU_softirq,
	CPU_steal,
	CPU_guest,
	CPU_guest_nice,
	CPU_MODES,
};

extern const char *const cpu_mode_names[CPU_MODES]; /* "user" … "guest_nice", the ends of metric names */

/* One line of /proc/stat. */
struct cpu_line {
	int cpu;         /* -1: the whole machine */
	unsigned fields; /* how many modes this kernel has: 4 (2.4), 7, 8 (steal), 9 (guest) or 10 (guest_nice) */
	uint64_t jiffies[CPU_MODES];
};

/* Finds the line of one CPU (-1: the whole) in a /proc/stat text. False when there is none that is whole. */
bool cpu_parse(const char *text, size_t n, int cpu, struct cpu_line *out);

/*
 * The next CPU's line of a text that *text has come to, in the order of the file, the machine's own among them; false
 * at the end. Moves *text behind it. For all CPUs of a text that may have any number of them.
 */
bool cpu_each(const char **text, const char *end, struct cpu_line *out);

/* What one interval was spent on. percent[mode] is valid for mode < fields; the rest this kernel does not have. */
struct cpu_share {
	unsigned fields;
	double percent[CPU_MODES];
	double total; /* jiffies */
};

/*
 * From two readings of one CPU. False when they say nothing: no time has passed, or a counter other than idle and
 * iowait ran backwards (the CPU went away and came back). idle and iowait may run backwards by themselves: they count
 * as 0. guest may have grown by more than the user time that holds it: user is then 0 and the total grows by the
 * difference.
 */
bool cpu_share(const struct cpu_line *before, const struct cpu_line *after, struct cpu_share *out);

/* A counter line "name N" of /proc/stat: ctxt, processes, procs_running, procs_blocked. */
bool cpu_counter(const char *text, size_t n, const char *name, uint64_t *value);

#endif
