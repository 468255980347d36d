// SPDX-License-Identifier: GPL-2.0-or-later
/* The task walk; collect/sample/task_walk.h describes its output. */
#include "collect/sample/task_walk.h"
#include "collect/sample/sources/source.h"

#define LARGEST 5 /* of the tasks not in R or D, by resident memory */

extern const struct source source_tasks;

static ssize_t call(char *buf, size_t size)
{
	static struct loadcount count;

	if (!count.period_ns)
		loadcount_find(&count);
	return (ssize_t)task_walk(buf, size, LARGEST, &count);
}

const struct source source_tasks = {.call = call, .bytes = 4096};
