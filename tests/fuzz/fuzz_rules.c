// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any text as a Prometheus rule file. It is refused with messages that have a place in it, or each rule has a name and
 * an expression and looks no further back than all of them together.
 */
#include "collect/show/exports/rules.h"
#include "tests/fuzz/said.h"

#include <stdint.h>

#define NAME "any.yml"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check(const struct rules *r)
{
	if (!r->count)
		abort();
	for (size_t i = 0; i < r->count; i++) {
		const struct rule *u = &r->rule[i];

		if (!u->name || !u->expr || u->for_ns < 0 || u->window_ns < 0 ||
		    u->window_ns + u->for_ns > r->window_ns)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct rules r = {.count = 7};
	char *text = malloc(n + 1);

	if (!text)
		return 0;
	said_begin();
	memcpy(text, bytes, n);
	int err = rules_parse(NAME, text, n, &r);
	int said = said_check(NAME, text, n);

	if (err ? !said || r.count != 7 : said)
		abort();
	if (!err) {
		check(&r);
		rules_free(&r);
	}
	free(text);
	return 0;
}
