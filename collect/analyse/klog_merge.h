/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log of one recording: of the kmsg lane and of the console, a record that both have once. For klog.c alone. */
#ifndef FUKA_KLOG_MERGE_H
#define FUKA_KLOG_MERGE_H

#include "collect/analyse/klog.h"

/* A classified line. */
struct klog_line {
	int64_t us; /* printk's time */
	size_t order;
	bool console; /* only there */
	bool twin;    /* of kmsg: the console has it too */
	size_t twins; /* of the first of its like: how many of them have one */
	struct klog_event event;
};

struct klog_lines {
	struct klog_line *line; /* by time */
	size_t count;
	size_t earlier;              /* from before the recording: struct klog */
	size_t left_out[KLOG_COUNT]; /* of each class: more than are kept */
};

/* The caller frees out->line. */
int klog_merge(struct recording *r, struct klog_lines *out);

#endif
