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

/*
 * Finds the line of one CPU (-1: the whole machine) in a /proc/stat text. False if there is no complete one. A line of zeros
 * (gVisor prints such, and lxcfs as the first of two) and one with a counter beyond 10^18 (lxcfs) are ignored.
 */
bool cpu_parse(const char *text, size_t n, int cpu, struct cpu_line *out);

/*
 * Reads the next CPU line from *text on, in the order of the file, including the machine's own; false at the end. Moves
 * *text behind it. Use it for all CPUs of a text, which may have any number of them.
 */
bool cpu_each(const char **text, const char *end, struct cpu_line *out);

/*
 * Gives the two lines from which the machine's shares of an interval are computed. If both texts have the same CPUs, these
 * are their `cpu` lines. Otherwise they are the sums of the CPUs that both texts have, because the kernel's `cpu` line also
 * includes offline CPUs, whose idle time is counted differently: it jumps when a CPU goes offline and when it comes back.
 */
bool cpu_whole(const char *before, size_t before_n, const char *after, size_t after_n, struct cpu_line out[2]);

/* Adds a CPU's counters to a sum, which has the modes that all of its CPUs have; the first is added to {0}. */
void cpu_add(struct cpu_line *sum, const struct cpu_line *l);

/* The shares of one interval. percent[mode] is valid for mode < fields; this kernel lacks the others. */
struct cpu_share {
	unsigned fields;
	unsigned backwards; /* 1 << mode of each counter that went backwards on its own; its growth counts as 0 */
	double percent[CPU_MODES];
	double total; /* jiffies */
};

/* Whether the counters of a CPU were reset, that is, fell together. */
bool cpu_reset(const struct cpu_line *before, const struct cpu_line *after);

/*
 * Computes the shares from two readings of one CPU. False if no time has passed or the counters were reset. The growth of a
 * counter that went backwards on its own counts as 0: idle and iowait do so on any kernel, steal on Xen and after a
 * migration, user by a jiffy. guest may have grown by more than the user time that includes it: user is then 0 and the total
 * grows by the difference.
 */
bool cpu_share(const struct cpu_line *before, const struct cpu_line *after, struct cpu_share *out);

/* Reads a counter line "name N" of /proc/stat: ctxt, processes, procs_running, procs_blocked. */
bool cpu_counter(const char *text, size_t n, const char *name, uint64_t *value);

#endif
