// SPDX-License-Identifier: GPL-2.0-or-later
/* The summary as JSON: times in seconds from t0, memory in bytes; a figure that the recording does not have is null. */
#include "collect/show/summary_print.h"
#include "collect/show/views/rows.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"
#include "lib/text/jsontext.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static json_t *number(double v)
{
	return isnan(v) || isinf(v) ? json_null() : json_real(v);
}

static json_t *seconds(int64_t ns)
{
	return json_real((double)ns / 1e9);
}

static json_t *event(const struct summary *s, size_t i)
{
	const struct event *e = &s->events.event[i];

	return json_pack("{so ss so so so}", "at", seconds(e->at_ns), "from", e->host ? "host" : "timeline", "event",
			 jsontext(e->event), "id", jsontext(e->id), "line", jsontext(e->line));
}

static json_t *log_event(const struct summary *s, size_t i)
{
	const struct klog_event *e = &s->klog.event[i];
	json_t *o = json_pack("{so ss sb so}", "at", seconds(e->at_ns), "class", klog_word(e->class), "from_user",
			      e->from_user, "text", jsontext(e->text));

	klog_json(o, e);
	return o;
}

static json_t *model(const struct summary *s)
{
	if (!s->has_model)
		return json_null();
	return json_pack("{sI sI sI sI sb}", "updates", (json_int_t)s->model.count, "exact", (json_int_t)s->model.exact,
			 "exceptions", (json_int_t)s->model.exceptions, "residual", (json_int_t)s->model.worst, "cut",
			 s->model.cut);
}

static json_t *panic(const struct summary *s)
{
	const struct klog_panic *p = &s->panic;

	return json_pack("{sb sb sb so so ss}", "panicked", p->qemu && p->console, "qemu", p->qemu, "console",
			 p->console, "text", jsontext(p->console ? p->text : NULL), "at",
			 p->console ? seconds(p->at_ns) : json_null(), "why", p->why);
}

static json_t *stack(const struct summary *s)
{
	const struct stack *k = &s->stack;
	json_t *frames = json_array();

	for (size_t i = 0; i < k->frames; i++)
		json_array_append_new(frames, jsontext(k->frame[i]));
	return json_pack("{ss si si so so sI}", "context", k->context, "cpu", k->cpu, "pid", k->pid, "comm",
			 jsontext(k->comm), "frames", frames, "more", (json_int_t)k->more);
}

static json_t *machine(const struct summary *s)
{
	static const char *const keys[] = {"fuka",  "kernel",      "hz",     "cpus",        "clock",
					   "speed", "accelerator", "memory", "interval_ns", "qemu"};
	json_t *o = json_object();

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (recording_meta(s->r, keys[i]))
			json_object_set_new(o, keys[i], jsontext(recording_meta(s->r, keys[i])));
	return o;
}

static json_t *figures(const struct summary *s)
{
	json_t *cpu = json_object();

	for (int m = 0; m < CPU_MODES; m++)
		json_object_set_new(cpu, cpu_mode_names[m], number(s->cpu[m]));
	return json_pack("{s[ooo] so so so s{so so so} s{sI sI so so so so so}}", "load_end", number(s->load_end[0]),
			 number(s->load_end[1]), number(s->load_end[2]), "load1_peak", number(s->load_peak),
			 "load1_peak_at", seconds(s->load_peak_ns), "cpu_percent", cpu, "memory", "total",
			 number(s->memory_total), "lowest_available", number(s->memory_low), "lowest_at",
			 seconds(s->memory_low_ns), "samples", "count", (json_int_t)s->samples, "missed",
			 (json_int_t)s->missed, "interval", number(s->interval_ns / 1e9), "largest_gap",
			 number(s->gap_ns / 1e9), "largest_gap_at", seconds(s->gap_at_ns), "first",
			 seconds(s->first_ns), "last", seconds(s->last_ns));
}

/* Frames of each source that has any. */
static json_t *sources(struct recording *r)
{
	json_t *o = json_object();

	for (int i = 0; i <= UINT16_MAX; i++) {
		const char *name = recording_source_name(r, i);
		uint64_t frames = name ? recording_frames_of(r, i) : 0;

		if (frames)
			json_object_set_new(o, name, json_integer((json_int_t)frames));
	}
	return o;
}

static json_t *anomalies(const struct cpu_check *c)
{
	json_t *all = json_array();
	char text[CPU_ANOMALY_TEXT];

	for (size_t i = 0; i < c->count; i++) {
		cpu_anomaly_text(&c->anomaly[i], text, sizeof(text));
		json_array_append_new(all, json_string(text));
	}
	return all;
}

static json_t *one(const struct summary *s)
{
	struct recording_totals t;
	json_t *o = figures(s);

	recording_totals(s->r, &t);
	json_object_set_new(o, "scenario", jsontext(recording_title(s->r)));
	json_object_set_new(o, "about", jsontext(s->about));
	json_object_set_new(o, "recording", jsontext(recording_path(s->r)));
	json_object_set_new(o, "damage", jsontext(recording_damage(s->r)));
	json_object_set_new(o, "frames", json_integer((json_int_t)t.frames));
	json_object_set_new(o, "sources", sources(s->r));
	json_object_set_new(o, "machine", machine(s));
	json_object_set_new(o, "started", json_boolean(s->events.started));
	json_object_set_new(o, "oom_kills", json_integer((json_int_t)s->kills));
	json_object_set_new(o, "oom_kills_by_vmstat", number(s->counted_kills));
	json_object_set_new(o, "cpu_accounted_percent", number(s->cpu_check.accounted));
	json_object_set_new(o, "cpu_anomalies", anomalies(&s->cpu_check));
	json_object_set_new(o, "panic", panic(s));
	json_object_set_new(o, "stack", s->panic.console && s->stack.frames ? stack(s) : json_null());
	json_object_set_new(o, "fault",
			    *s->fault ? json_pack("{so sb}", "record", jsontext(s->fault), "came_back", s->fault_done)
				      : json_null());
	json_object_set_new(o, "load_model", model(s));
	return o;
}

#define FORM (JSON_ENSURE_ASCII | JSON_REAL_PRECISION(12))

/* A list, an item a line: there may be a hundred thousand, which are never all in memory. */
static bool put_list(FILE *out, const char *key, const struct summary *s, size_t n,
		     json_t *(*item)(const struct summary *s, size_t i))
{
	bool done = true;

	fprintf(out, ",\n\"%s\": [", key);
	for (size_t i = 0; i < n && done; i++) {
		fputs(i ? ",\n  " : "\n  ", out);
		json_t *j = item(s, i);

		done = j && !json_dumpf(j, out, FORM);
		json_decref(j);
	}
	fputc(']', out);
	return done;
}

static bool put_one(FILE *out, const struct summary *s)
{
	json_t *o = one(s);
	_cleanup_(sys_freep) char *text = o ? json_dumps(o, FORM | JSON_INDENT(2)) : NULL;

	json_decref(o);
	if (!text)
		return false;
	fwrite(text, 1, strlen(text) - strlen("\n}"), out);
	bool done =
		put_list(out, "events", s, s->events.count, event) && put_list(out, "log", s, s->klog.count, log_event);

	fputs("\n}", out);
	return done;
}

int summary_json(FILE *out, const struct summary *s, int n)
{
	bool done = true;

	fputs(n == 2 ? "[" : "", out);
	for (int i = 0; i < n && done; i++) {
		fputs(i ? ",\n" : "", out);
		done = put_one(out, &s[i]);
	}
	fputs(n == 2 ? "]\n" : "\n", out);
	return done ? 0 : say_err(-EIO, "the JSON could not be written: no memory, or %s", strerror(errno));
}
