/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walk over the timeline, in PID 1: starts and stops what the scenario specifies at the specified times, and
 * records what happened as events in its lane. Events are in logfmt (lib/text/logfmt.h); docs/format.md lists them.
 */
#ifndef FUKA_TIMELINE_H
#define FUKA_TIMELINE_H

#include "lab/scenario/scenario.h"
#include "lib/record/lane.h"

/* Forks all processes before the start, where they wait. -errno with a message if one cannot be forked. */
int timeline_prepare(const struct scenario *s, void *region);

/* Records as a meta frame what only the guest can find out: release, version, architecture, HZ. */
void timeline_describe(void);

/* Walks from t0 to the scenario's end. Returns when the end is reached. */
void timeline_run(uint64_t t0_ns);

#define TIMELINE_LINE 1024 /* bytes of an event */

/* Begins an event's line: "event=start id=hog". Returns its length. */
size_t timeline_begin(char line[TIMELINE_LINE], const char *word, const struct entry *e);

/* Records an event now (PID 1's own: t0, end, error). `line` is logfmt. */
void timeline_event(const char *line);

#endif
