// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a task walk's text: kinds are told once each, and no more tasks in them than were counted. */
#include "collect/parse/task_walk.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct task_walk t;
	char text[100];

	task_walk_read((const char *)bytes, n, &t);
	task_walk_say(&t, text, sizeof(text));
	long told = 0;

	for (int i = 0; i < t.kinds; i++) {
		told += t.kind[i].count;
		if (t.kind[i].count < 1 || (t.kind[i].state != 'R' && t.kind[i].state != 'D'))
			abort();
		for (int k = 0; k < i; k++)
			if (t.kind[i].state == t.kind[k].state && !strcmp(t.kind[i].comm, t.kind[k].comm) &&
			    !strcmp(t.kind[i].wchan, t.kind[k].wchan) && !strcmp(t.kind[i].cgroup, t.kind[k].cgroup))
				abort();
	}
	if (t.kinds > TASKLIST_KINDS || told > t.running + t.blocked || !memchr(text, '\0', sizeof(text)) ||
	    t.largest_kib < 0)
		abort();
	return 0;
}
