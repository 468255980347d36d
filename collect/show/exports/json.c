// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * JSON lines, ordered by time (seconds from t0): the metrics of each sample, the events of the timeline and the host,
 * and the kernel log events. A figure that a sample lacks is omitted from its object.
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

struct json_export {
	FILE *out;
	struct events events;
	struct klog klog;
	size_t event, line; /* the next of these to write */
};

static json_t *seconds(int64_t ns)
{
	return jsontext_decimals((double)ns / 1e9, 6);
}

static int put(struct json_export *d, json_t *line)
{
	int err = jsontext_put(d->out, line);

	fputc('\n', d->out);
	return err;
}

static int put_event(struct json_export *d, const struct event *e)
{
	return put(d, json_pack("{so so so* so}", "time", seconds(e->at_ns), "event", jsontext(e->event), "id",
				*e->id ? jsontext(e->id) : NULL, "line", jsontext(e->line)));
}

static int put_line(struct json_export *d, const struct klog_event *e)
{
	return put(d, json_pack("{so ss sb so}", "time", seconds(e->at_ns), "log", klog_word(e->class), "process",
				e->from_user, "text", jsontext(e->text)));
}

/* Writes the events and kernel log events from before a time, in order. */
static int put_until(struct json_export *d, int64_t until_ns)
{
	for (int err = 0; !err;) {
		const struct event *e = d->event < d->events.count ? &d->events.event[d->event] : NULL;
		const struct klog_event *k = d->line < d->klog.count ? &d->klog.event[d->line] : NULL;

		if (e && e->at_ns < until_ns && (!k || e->at_ns <= k->at_ns)) {
			err = put_event(d, e);
			d->event++;
		} else if (k && k->at_ns < until_ns) {
			err = put_line(d, k);
			d->line++;
		} else {
			return 0;
		}
	}
	return -EIO;
}

static int put_row(void *user, const struct table *t)
{
	struct json_export *d = user;
	int err = put_until(d, t->at_ns);
	json_t *o = err ? NULL : json_object();

	if (err)
		return err;
	json_object_set_new(o, "time", seconds(t->at_ns));
	for (size_t c = 0; c < t->columns; c++)
		jsontext_set(o, t->name[c], jsontext_figure(t->cell[c]));
	return put(d, o);
}

int export_json(FILE *out, struct recording *r, const struct export_options *o)
{
	struct json_export d = {.out = out};
	struct table t = {.name = NULL};
	int err = events_read(r, &d.events);

	err = err ?: klog_read(r, &d.klog);
	err = err ?: table_open(r, o->all, &t);
	err = err ?: table_rows(r, &t, put_row, &d);
	err = err ?: put_until(&d, INT64_MAX);
	table_free(&t);
	events_free(&d.events);
	klog_free(&d.klog);
	return err;
}
