// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as two readings of /proc/stat, a NUL between them. Shares must be shares. */
#include "collect/parse/cpu.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check(const struct cpu_share *s)
{
	double sum = 0;

	for (unsigned m = 0; m < s->fields; m++) {
		if (!(s->percent[m] >= 0 && s->percent[m] <= 100.0001))
			abort();
		sum += s->percent[m];
	}
	if (fabs(sum - 100) > 0.001)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	char *text = malloc(n + 1);
	char *zero = text ? memcpy(text, bytes, n) : NULL;
	struct cpu_line a, b;
	struct cpu_share s;
	uint64_t v;

	if (!text)
		return 0;
	zero = memchr(text, 0, n);
	size_t first = zero ? (size_t)(zero - text) : n, rest = zero ? n - first - 1 : 0;
	for (const char *p = text; cpu_each(&p, text + first, &a);)
		if (zero && cpu_parse(zero + 1, rest, a.cpu, &b) && cpu_share(&a, &b, &s))
			check(&s);
	if (cpu_parse(text, first, -1, &a) && a.cpu != -1)
		abort();
	cpu_counter(text, first, "procs_running", &v);
	free(text);
	return 0;
}
