// SPDX-License-Identifier: GPL-2.0-or-later
/* stop: ends what another entry started. */
#include "lab/scenario/actions/action.h"

static void read_value(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_text(r, key, value, &r->entry->stop);
}

const struct action_kind action_stop = {
	.word = {"stop", read_value, VALUE_TEXT, "{at: 70s, stop: hog}                             an entry's id\n"},
};
