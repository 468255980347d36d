/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The merged log of one recording, from the kmsg lane and the console; a record in both counts once. For klog.c only.
 */
#ifndef FUKA_KLOG_MERGE_H
#define FUKA_KLOG_MERGE_H

#include "collect/analyse/klog.h"

/* A classified line. */
struct klog_line {
	int64_t us; /* printk's time */
	size_t order;
	bool console; /* only on the console */
	bool twin;    /* from kmsg, and the console has it too */
	size_t twins; /* in the first of equal records: how many of them have a twin */
	struct klog_event event;
};

struct klog_lines {
	struct klog_line *line; /* sorted by time */
	size_t count;
	size_t earlier;              /* from before the recording: struct klog */
	size_t left_out[KLOG_COUNT]; /* per class, beyond the limit */
};

/* The caller frees out->line. */
int klog_merge(struct recording *r, struct klog_lines *out);

#endif
