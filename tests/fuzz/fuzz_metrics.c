// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a sample of the source that the first byte picks ('a': the first family of collect/metrics/list.h, and
 * so on). Every figure found in it is a number, never less than 0; its name says the same in parts and as a whole, and one
 * that can be asked for belongs to the family that has it.
 */
#include "collect/metrics/family.h"
#include "collect/show/exports/node_names.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

struct looking {
	struct figures to;
	const struct metric_family *family;
	const struct frame *f;
};

static void look(struct figures *to, const struct figure *g)
{
	const struct looking *l = (const struct looking *)to;
	char name[METRIC_NAME + 1];
	struct reading x = {0};
	double value = g->value;

	if (!(value >= 0 && isfinite(value)))
		abort();
	node_name_find(g);
	figure_name(g, name, sizeof(name));
	if (memchr(name, '\n', strlen(name)))
		abort();
	if (strlen(name) >= METRIC_NAME || !reading_resolve(name, &x))
		return;
	if (x.family != l->family || !figure_is(g, name) || figure_hash(g) != figure_hash_of(name))
		abort();
	/* twice: a share needs a sample before it, whose text is the first half of this one */
	x.text = (struct piece){l->f->payload, l->f->head.payload_length / 2};
	x.whole = &(struct reading_whole){.sample = 0};
	x.sample = 1;
	for (int i = 0; x.derive && i < 2; i++)
		if (x.derive(&x, g, l->f, &value) && !(value >= 0 && isfinite(value)))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	size_t families = 0;

	while (metric_families[families])
		families++;
	const struct metric_family *family = metric_families[n ? (bytes[0] + families - 'a' % families) % families : 0];
	char *text = n ? malloc(n) : NULL; /* its own allocation, so that reading beyond it shows */

	if (text) {
		struct frame f = {.head.payload_length = (uint32_t)(n - 1), .payload = text};
		struct looking l = {{.take = look, .all = true, .per_cpu = true}, family, &f};

		memcpy(text, bytes + 1, n - 1);
		family->figures(&l.to, family->sources[0], &f);
	}
	free(text);
	return 0;
}
