// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Everything that happened, in order: the events of the timeline and of the host, and the kernel log
 * events.
 */
#include "collect/analyse/events.h"
#include "collect/analyse/klog.h"
#include "collect/show/views/rows.h"

#include <errno.h>
#include <string.h>

static void print_event(FILE *out, const struct event *e)
{
	char time[32], line[400];
	const char *rest = strstr(e->line, e->event);
	size_t n;

	rest = rest ? rest + strlen(e->event) : e->line;
	n = strcspn(rest, "\n");
	snprintf(line, sizeof(line), "%.*s", (int)(n < 88 ? n : 88), rest);
	/* The host does not have the guest's clock, so its events have a position in the order, but no time. */
	fprintf(out, "%11s  %-8s %s%s%s\n", e->host ? "-" : rows_time(time, sizeof(time), e->at_ns, 1000000),
		e->host ? "host" : "timeline", e->event, line, n > 88 ? "…" : "");
}

static void print_log(FILE *out, const struct klog_event *e)
{
	char time[32];
	size_t n = strcspn(e->text, "\n");

	fprintf(out, "%11s  %-8s %.*s%s\n", rows_time(time, sizeof(time), e->at_ns, 1000000),
		e->from_user ? "process" : "kernel", (int)(n < 95 ? n : 95), e->text, n > 95 ? "…" : "");
}

/*
 * The host does not have the guest's clock, so its events about the end of the machine come after all events of the
 * machine.
 */
static bool is_last(const struct event *e)
{
	char name[32] = "";

	if (e->host && !strcmp(e->event, "qmp"))
		events_get(e, "name", name, sizeof(name));
	return event_is_panic(e) || (e->host && (!strcmp(e->event, "ended") || !strcmp(name, "SHUTDOWN")));
}

static int print_one(FILE *out, struct recording *r, const struct view_options *o)
{
	struct events t;
	struct klog k;
	size_t left = o->all ? SIZE_MAX : 200, i = 0, j = 0;
	int err = events_read(r, &t);

	if (err)
		return err;
	err = klog_read(r, &k);
	if (err) {
		events_free(&t);
		return err;
	}
	fprintf(out, "%s\n", recording_title(r));
	if (k.earlier)
		fprintf(out, "%11s  not shown: %zu such lines that were in the kernel log before the recording began\n",
			"", k.earlier);
	for (; (i < t.count || j < k.count) && left; left--) {
		if (j == k.count || (i < t.count && !is_last(&t.event[i]) && t.event[i].at_ns <= k.event[j].at_ns))
			print_event(out, &t.event[i++]);
		else
			print_log(out, &k.event[j++]);
	}
	if (i < t.count || j < k.count)
		fprintf(out, "%11s  and %zu more; --all shows them\n", "", t.count - i + k.count - j);
	if (t.left_out)
		fprintf(out, "%11s  left out: %zu events that exceed the limits of number or length\n", "", t.left_out);
	for (int class = 0; class < KLOG_COUNT; class ++)
		if (k.left_out[class])
			fprintf(out, "%11s  left out: %zu lines of class %s that exceed the limit per class\n", "",
				k.left_out[class], klog_word(class));
	err = t.count || k.count ? 0 : -ENODATA;
	events_free(&t);
	klog_free(&k);
	return err;
}

int view_events(FILE *out, struct recording *const *r, int n, const struct view_options *o)
{
	int shown = -ENODATA;

	for (int i = 0; i < n; i++) {
		int err = print_one(out, r[i], o);

		if (err && err != -ENODATA)
			return err;
		shown = err ? shown : 0;
	}
	return shown;
}
