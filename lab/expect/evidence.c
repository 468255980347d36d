// SPDX-License-Identifier: GPL-2.0-or-later
/* Questions that several judges have about a recording. */
#include "lab/expect/expect.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

bool expect_in_bounds(const struct expectation *e, double v)
{
	return (isnan(e->min) || v >= e->min) && (isnan(e->max) || v <= e->max);
}

bool evidence_has(const struct evidence *c, bool host, const char *event)
{
	for (size_t i = 0; i < c->events.count; i++)
		if (c->events.event[i].host == host && !strcmp(c->events.event[i].event, event))
			return true;
	return false;
}

bool evidence_started(const struct evidence *c, const char *id)
{
	for (size_t i = 0; i < c->events.count; i++) {
		const struct event *t = &c->events.event[i];

		if (!t->host && !strcmp(t->event, "start") && (!id || !strcmp(t->id, id)))
			return true;
	}
	return false;
}

bool evidence_lane_lost(const struct evidence *c, const char *lane)
{
	static const char *const how[] = {"lost", "refused", "broken"};
	char key[32];

	if (!strcmp(lane, "timeline") && c->events.left_out)
		return true;
	for (size_t i = 0; i < sizeof(how) / sizeof(*how); i++) {
		snprintf(key, sizeof(key), "%s_%s", lane, how[i]);
		const char *value = recording_meta(c->r, key);

		if (value && strcmp(value, "0"))
			return true;
	}
	return false;
}
