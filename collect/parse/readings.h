/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a program of the scenario read /proc/stat and /proc/loadavg, by the kernel's own trace (lab/guest/readings.h). */
#ifndef FUKA_READINGS_H
#define FUKA_READINGS_H

#include "lib/record/recording.h"

#include <stdint.h>

struct reading {
	int64_t from_ns, to_ns; /* relative to t0: in between the kernel wrote the file's text */
	long running; /* loadavg: what nr_running() returned to it, itself included; -1 when it is not known */
};

struct readings {
	struct reading *at; /* in order */
	size_t count;
	size_t left_out; /* there are more, that were not kept */
};

/* Those of one file, "stat" or "loadavg", by a process and by those that it or its children forked. 0 or -errno. */
int readings_of(struct recording *r, const char *file, int pid, struct readings *out);
void readings_free(struct readings *s);

#endif
