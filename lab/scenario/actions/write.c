// SPDX-License-Identifier: GPL-2.0-or-later
/* write: writes a text into a file of the guest, such as a sysctl or sysrq-trigger. */
#include "lab/scenario/actions/action.h"
#include "lab/guest/timeline.h"
#include "lib/base/sys.h"
#include "lib/text/logfmt.h"

#include <stdlib.h>
#include <string.h>

static void read_value(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	struct entry *e = r->entry;

	if (!read_is_kind(r, key, value, YAML_MAP))
		return;
	e->path = calloc(value->count + 1, sizeof(*e->path));
	e->value = calloc(value->count + 1, sizeof(*e->value));
	for (size_t i = 0; e->path && e->value && i < value->count; i++) {
		e->path[i] = read_copy(value->key[i]->text);
		e->value[i] = read_is_kind(r, value->key[i], value->item[i], YAML_TEXT)
				      ? read_copy(value->item[i]->text)
				      : read_copy("");
		if (e->path[i][0] != '/')
			read_wrong(r, value->key[i], "write: '%s' is not an absolute path in the guest", e->path[i]);
	}
}

/* Runs in PID 1. */
static void act(const struct entry *e)
{
	for (size_t i = 0; e->path[i]; i++) {
		char line[TIMELINE_LINE];
		size_t n = timeline_begin(line, "write", e);

		logfmt_add(line, sizeof(line), &n, "path", e->path[i]);
		logfmt_add(line, sizeof(line), &n, "value", e->value[i]);
		timeline_event(line); /* recorded first, because the write may be the last thing that happens */
		int r = sys_write_tunable(e->path[i], e->value[i]);

		n = timeline_begin(line, "wrote", e);
		logfmt_add(line, sizeof(line), &n, "path", e->path[i]);
		logfmt_add_int(line, sizeof(line), &n, "result", r);
		if (r)
			logfmt_add(line, sizeof(line), &n, "error", strerror(-r));
		timeline_event(line);
	}
}

const struct action_kind action_write = {
	.word = {"write", read_value, VALUE_WRITES,
		 "{at: 9s, write: {/proc/sysrq-trigger: f}}        a tunable: each text into the file at that path\n"},
	.act = act,
};
