/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Anomalies of a recording's CPU counters: each kind by name, per CPU, with how often and how much. These are the values that
 * metrics leave out or count as 0 (collect/parse/cpu.h), so that nothing is left out silently.
 */
#ifndef FUKA_CPU_CHECK_H
#define FUKA_CPU_CHECK_H

#include "collect/parse/cpu.h"
#include "lib/record/recording.h"

enum cpu_anomaly_kind {
	CPU_BACKWARDS, /* a counter went backwards on its own, and counted as 0 */
	CPU_RESET,     /* the counters fell together, so the interval has no shares */
	CPU_HOTPLUG,   /* a CPU went offline or came online: the machine's shares are those of the others */
	CPU_NO_LINE,   /* no line, or one of zeros or with a counter beyond 10^18 */
	CPU_TIME,      /* the sum of the counters differs from the time that passed */
};

struct cpu_anomaly {
	enum cpu_anomaly_kind kind;
	int cpu;            /* -1: the machine's line */
	enum cpu_mode mode; /* CPU_BACKWARDS */
	size_t times;
	double most;      /* CPU_BACKWARDS: the largest fall, jiffies; CPU_TIME: percent of the time that passed */
	int64_t first_ns; /* relative to t0 */
};

struct cpu_check {
	struct cpu_anomaly *anomaly;
	size_t count;
	size_t left_out;  /* more kinds and CPUs than are kept */
	double accounted; /* percent of the time that passed that all CPUs' counters hold together; NaN: unknown */
};

#define CPU_CHECK_SLACK  10 /* percent: what a CPU's counters may be off from the time that passed */
#define CPU_ANOMALY_TEXT 200

int cpu_check(struct recording *r, struct cpu_check *out);
void cpu_check_free(struct cpu_check *c);

/* An anomaly as a sentence: "cpu3: steal went backwards 2 times, by up to 41 jiffies, first at 12.3 s: it counts as 0". */
void cpu_anomaly_text(const struct cpu_anomaly *o, char *text, size_t size);

#endif
