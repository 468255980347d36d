// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * JSON lines, in the order of time (seconds from t0): what each sample says, what the timeline and the host did, what
 * the kernel's log said. A figure that a sample does not have is left out of its object.
 *
 *	{"time":0.000319,"load1":0,"load5":0,…}
 *	{"time":10.0002,"event":"start","id":"spin","line":"event=start id=spin kind=load name=cpu"}
 *	{"time":12.41,"log":"oom-kill","process":false,"text":"Out of memory: Killed process 83 (memory) …"}
 */
#include "collect/analyse/events.h"
#include "collect/show/exports/export.h"
#include "collect/show/exports/table.h"
#include "collect/analyse/klog.h"
#include "lib/text/jsontext.h"

#include <errno.h>
#include <math.h>
#include <string.h>

struct doc {
	FILE *out;
	struct events events;
	struct klog klog;
	size_t event, line; /* how far these are written */
};

static void text(FILE *out, const char *key, const char *s)
{
	fprintf(out, ",\"%s\":", key);
	jsontext_write(out, s);
}

static void put_event(FILE *out, const struct event *e)
{
	fprintf(out, "{\"time\":%.6f", (double)e->at_ns / 1e9);
	text(out, "event", e->event);
	if (e->id[0])
		text(out, "id", e->id);
	text(out, "line", e->line);
	fputs("}\n", out);
}

static void put_line(FILE *out, const struct klog_event *e)
{
	fprintf(out, "{\"time\":%.6f", (double)e->at_ns / 1e9);
	text(out, "log", klog_word(e->class));
	fprintf(out, ",\"process\":%s", e->from_user ? "true" : "false");
	text(out, "text", e->text);
	fputs("}\n", out);
}

/* Events and report lines of before a time, in their order. */
static void put_until(struct doc *d, int64_t until_ns)
{
	for (;;) {
		const struct event *e = d->event < d->events.count ? &d->events.event[d->event] : NULL;
		const struct klog_event *k = d->line < d->klog.count ? &d->klog.event[d->line] : NULL;

		if (e && e->at_ns < until_ns && (!k || e->at_ns <= k->at_ns)) {
			put_event(d->out, e);
			d->event++;
		} else if (k && k->at_ns < until_ns) {
			put_line(d->out, k);
			d->line++;
		} else {
			return;
		}
	}
}

static int put_row(void *user, const struct table *t)
{
	struct doc *d = user;

	put_until(d, t->at_ns);
	fprintf(d->out, "{\"time\":%.6f", (double)t->at_ns / 1e9);
	for (size_t c = 0; c < t->columns; c++) {
		if (isnan(t->cell[c]))
			continue;
		fputc(',', d->out);
		jsontext_write(d->out, t->name[c]);
		fputc(':', d->out);
		jsontext_write_number(d->out, t->cell[c], 15);
	}
	fputs("}\n", d->out);
	return 0;
}

int export_json(FILE *out, struct recording *r, const struct export_options *o)
{
	struct doc d = {.out = out};
	struct table t = {.name = NULL};
	int err = events_read(r, &d.events);

	err = err ?: klog_read(r, &d.klog);
	err = err ?: table_open(r, o->all, &t);
	err = err ?: table_rows(r, &t, put_row, &d);
	if (!err)
		put_until(&d, INT64_MAX);
	table_free(&t);
	events_free(&d.events);
	klog_free(&d.klog);
	return err;
}
