// SPDX-License-Identifier: GPL-2.0-or-later
/* Softirqs per second on all CPUs, one column per kind as named in /proc/softirqs; beside them %soft. */
#include "collect/show/views/columns.h"

static const struct column columns[] = {
	{"%soft", "cpu.softirq", COLUMN_MEAN, 1, 8, 2, true},
	{"HI/s", "softirq.hi", COLUMN_RATE, 1, 9, 1, false},
	{"TIMER/s", "softirq.timer", COLUMN_RATE, 1, 10, 1, true},
	{"NET_TX/s", "softirq.net_tx", COLUMN_RATE, 1, 10, 1, false},
	{"NET_RX/s", "softirq.net_rx", COLUMN_RATE, 1, 10, 1, true},
	{"BLOCK/s", "softirq.block", COLUMN_RATE, 1, 10, 1, false},
	{"IRQ_POLL/s", "softirq.irq_poll", COLUMN_RATE, 1, 11, 1, false},
	{"TASKLET/s", "softirq.tasklet", COLUMN_RATE, 1, 10, 1, false},
	{"SCHED/s", "softirq.sched", COLUMN_RATE, 1, 10, 1, true},
	{"HRTIMER/s", "softirq.hrtimer", COLUMN_RATE, 1, 10, 1, false},
	{"RCU/s", "softirq.rcu", COLUMN_RATE, 1, 10, 1, true},
};

int view_softirq(FILE *out, struct recording *const *r, int n, const struct view_options *o)
{
	return columns_print(out, r, n, o, columns, sizeof(columns) / sizeof(*columns), NULL);
}
