// SPDX-License-Identifier: GPL-2.0-or-later
/* write: a text into a file of the guest, such as a sysctl or sysrq-trigger. */
#include "lab/scenario/actions/action.h"

#include <stdlib.h>

static void read(struct reader *r, const struct yaml *key, const struct yaml *value)
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

const struct action_kind action_write = {
	.word = {"write", read, VALUE_WRITES,
		 "{at: 9s, write: {/proc/sysrq-trigger: f}}        a knob: each text into the file at that path\n"},
};
