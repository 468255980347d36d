/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happened in one recording, in about ten figures; collect/show/summary_print.h prints them. */
#ifndef FUKA_SUMMARY_H
#define FUKA_SUMMARY_H

#include "collect/analyse/cpu_check.h"
#include "collect/analyse/events.h"
#include "collect/analyse/klog.h"
#include "collect/analyse/loadmodel.h"
#include "collect/parse/stack.h"
#include "lib/record/recording.h"

/* Missing figures are NaN or -1. Times are relative to t0. */
struct summary {
	struct recording *r;
	char about[256];
	struct events events;
	struct klog klog;
	struct klog_panic panic;
	struct stack stack; /* the last one on the console */
	char fault[320];    /* the kernel module's record of its last action, logfmt; "": none */
	bool fault_done;    /* … which returned */
	struct load_model model;
	bool has_model;
	double load_end[3], load_peak;
	int64_t load_peak_ns;
	double cpu[CPU_MODES]; /* percent, mean from t0 to the end */
	struct cpu_check cpu_check;
	double memory_total, memory_low;
	int64_t memory_low_ns;
	size_t samples;
	double interval_ns; /* median */
	double gap_ns;      /* largest */
	int64_t gap_at_ns;
	uint64_t missed;           /* ticks without a sample */
	int64_t first_ns, last_ns; /* of the fast samples; last_ns is the time of the last sign of life */
	size_t kills;
	/* The same by vmstat's oom_kill: its growth between the first and the last sample that has it; NaN: no such figure. */
	double counted_kills;
	int64_t counted_from_ns, counted_to_ns;
};

int summary_read(struct recording *r, struct summary *out);
void summary_free(struct summary *s);

#endif
