/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CPU accounting of /proc/stat, for the whole machine and per CPU, as in sysstat: guest is subtracted from user,
 * guest_nice from nice, and the total is user + nice + system + idle + iowait + irq + softirq + steal, where user
 * includes guest.
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

extern const char *const cpu_mode_names[CPU_MODES]; /* "user" … "guest_nice", the suffixes of metric names */

/* One line of /proc/stat. */
struct cpu_line {
	int cpu;         /* -1: the whole machine */
	unsigned fields; /* number of modes of this kernel: 4 (2.4), 7, 8 (steal), 9 (guest) or 10 (guest_nice) */
	uint64_t jiffies[CPU_MODES];
};

/* Finds the line of one CPU (-1: the whole machine) in a /proc/stat text. False if there is no complete one. */
bool cpu_parse(const char *text, size_t n, int cpu, struct cpu_line *out);

/*
 * Reads the next CPU line from *text on, in the order of the file, including the machine's own; false at the end. Moves
 * *text behind it. Use it for all CPUs of a text, which may have any number of them.
 */
bool cpu_each(const char **text, const char *end, struct cpu_line *out);

/* The shares of one interval. percent[mode] is valid for mode < fields; this kernel lacks the others. */
struct cpu_share {
	unsigned fields;
	double percent[CPU_MODES];
	double total; /* jiffies */
};

/*
 * Computes the shares from two readings of one CPU. False if no time has passed, or a counter other than idle and
 * iowait went backwards (the CPU went offline and came back). idle and iowait may go backwards on their own, which
 * counts as 0. guest may have grown by more than the user time that includes it: user is then 0 and the total grows by
 * the difference.
 */
bool cpu_share(const struct cpu_line *before, const struct cpu_line *after, struct cpu_share *out);

/* Reads a counter line "name N" of /proc/stat: ctxt, processes, procs_running, procs_blocked. */
bool cpu_counter(const char *text, size_t n, const char *name, uint64_t *value);

#endif
