// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * JSON lines, in the order of time (seconds from t0): what each sample says, what the timeline and the host did, what
 * the kernel's log said. A figure that a sample does not have is left out of its object.
 *
 *	{"time":0.000319,"load1":0,"load5":0,…}
 *	{"time":10.0002,"event":"start","id":"spin","line":"event=start id=spin kind=load name=cpu"}
 *	{"time":12.41,"log":"oom-kill","process":false,"text":"Out of memory: Killed process 83 (memory) …"}
 */
#include "collect/events.h"
#include "collect/exports/export.h"
#include "collect/exports/table.h"
#include "collect/klog.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void text(FILE *out, const char *key, const char *s)
{
	json_t *j = json_stringn_nocheck(s, strlen(s));
	char *quoted = j ? json_dumps(j, JSON_ENCODE_ANY | JSON_ENSURE_ASCII) : NULL;

	fprintf(out, ",\"%s\":%s", key, quoted ? quoted : "null");
	free(quoted);
	json_decref(j);
}

static void sample(FILE *out, struct table *t, size_t row)
{
	fprintf(out, "{\"time\":%.6f", (double)t->at[row] / 1e9);
	for (size_t c = 0; c < t->columns; c++) {
		double v = table_cell(t, row, c);

		if (!isnan(v))
			fprintf(out, ",\"%s\":%.15g", t->name[c], v);
	}
	fputs("}\n", out);
}

static void event(FILE *out, const struct event *e)
{
	fprintf(out, "{\"time\":%.6f", (double)e->at_ns / 1e9);
	text(out, "event", e->event);
	if (e->id[0])
		text(out, "id", e->id);
	text(out, "line", e->line);
	fputs("}\n", out);
}

static void report_line(FILE *out, const struct klog_event *e)
{
	fprintf(out, "{\"time\":%.6f", (double)e->at_ns / 1e9);
	text(out, "log", klog_word(e->class));
	fprintf(out, ",\"process\":%s", e->from_user ? "true" : "false");
	text(out, "text", e->text);
	fputs("}\n", out);
}

int export_json(FILE *out, struct recording *r, const struct export_options *o)
{
	struct table t = {0};
	struct events e = {0};
	struct klog k = {0};
	size_t row = 0, i = 0, j = 0;
	int err = events_read(r, &e);

	err = err ?: klog_read(r, &k);
	err = err ?: table_read(r, o->all, &t);
	while (!err && (row < t.rows || i < e.count || j < k.count)) {
		int64_t a = row < t.rows ? t.at[row] : INT64_MAX, b = i < e.count ? e.event[i].at_ns : INT64_MAX;
		int64_t c = j < k.count ? k.event[j].at_ns : INT64_MAX;

		if (row < t.rows && a <= b && a <= c)
			sample(out, &t, row++);
		else if (i < e.count && b <= c)
			event(out, &e.event[i++]);
		else
			report_line(out, &k.event[j++]);
	}
	table_free(&t);
	events_free(&e);
	klog_free(&k);
	return err;
}
