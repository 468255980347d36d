// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a sample of the source that the first byte picks ('a': the first family of collect/metrics/list.h, and
 * so on). Every name found in it is one that can be asked for; its value is a number, never less than 0, or there is
 * none.
 */
#include "collect/metrics/metric.h"
#include "collect/metrics/family.h"

#include <math.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* The tree's entries are the names of the list, which is freed by itself. */
static void forget(void *name)
{
	(void)name;
}

static void ask(const struct metric_family *family, const char *name, const struct frame *f)
{
	struct reading x = {0};
	double value = -1;

	if (!family->resolve(name, &x))
		abort();
	/* twice: a share needs a sample before it */
	for (int i = 0; i < 2; i++)
		if (x.value(&x, f, &value) && !(value >= 0 && isfinite(value)))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	size_t families = 0;

	while (metric_families[families])
		families++;
	const struct metric_family *family = metric_families[n ? (bytes[0] + families - 'a' % families) % families : 0];
	struct names t = {.name = calloc(1, sizeof(*t.name))};
	char *text = n ? malloc(n) : NULL; /* its own allocation, so that reading beyond it shows */

	if (text && t.name) {
		struct frame f = {.head.payload_length = (uint32_t)(n - 1), .payload = text};

		memcpy(text, bytes + 1, n - 1);
		family->names(&t, family->sources[0], &f, true);
		for (size_t i = 0; i < t.count; i++)
			ask(family, t.name[i], &f);
	}
	tdestroy(t.known, forget);
	metric_names_free(t.name);
	free(text);
	return 0;
}
