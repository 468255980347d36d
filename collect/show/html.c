// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The page consists of collect/show/page/page.{css,js}, which are built into this program, the recording's figures as
 * JSON, and dygraphs (MIT licence, Debian's package libjs-dygraphs) from /usr/share/javascript, copied into the page
 * with its licence note. A long recording is thinned to ROWS_MOST rows: shares are the mean over a row's time, gauges
 * its latest value.
 */
#include "collect/show/html.h"
#include "collect/analyse/events.h"
#include "collect/analyse/klog.h"
#include "collect/analyse/loadmodel.h"
#include "lib/kernel/loadavg.h"
#include "collect/show/summary_print.h"
#include "collect/parse/task_walk.h"
#include "collect/show/views/columns.h"
#include "lib/base/array.h"
#include "lib/text/jsontext.h"
#include "lib/base/printable.h"
#include "lib/base/outfile.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MOST   1500
#define EVENTS_MOST 300
#define WALKS_MOST  (1 << 20)
#define DYGRAPHS    "/usr/share/javascript/dygraphs/"

/* The page's files, embedded into the program. */
#define EMBED(name, file)                                                                                              \
	__asm__(".section .rodata\n.global page_" #name "\npage_" #name ":\n.incbin \"" file                           \
		"\"\n.byte 0\n.previous\n");                                                                           \
	extern const char page_##name[]
EMBED(css, "collect/show/page/page.css");
EMBED(js, "collect/show/page/page.js");

struct line {
	const char *name, *colour, *metric;
	enum column_how how;
	double scale;
};

struct chart {
	const char *title, *unit;
	bool stacked;
	struct line line[12];
	/* adds a line that is not a metric; may be NULL */
	json_t *(*more)(struct recording *r, const struct rows *rows);
};

static json_t *model_line(struct recording *r, const struct rows *rows);
static json_t *walks_line(struct recording *r, const struct rows *rows);

#define MIB (1.0 / (1 << 20))

/* In order from the bottom; the colours are distinguishable in greyscale, on white and on black. */
static const struct chart charts[] = {
	{"CPU time, percent by mode",
	 "%",
	 true,
	 {{"user", "#d1495b", "cpu.user", COLUMN_MEAN, 1},
	  {"nice", "#e78a94", "cpu.nice", COLUMN_MEAN, 1},
	  {"guest", "#8f2d56", "cpu.guest", COLUMN_MEAN, 1},
	  {"guest_nice", "#b5739a", "cpu.guest_nice", COLUMN_MEAN, 1},
	  {"system", "#edae49", "cpu.system", COLUMN_MEAN, 1},
	  {"irq", "#f4d58d", "cpu.irq", COLUMN_MEAN, 1},
	  {"softirq", "#c9a227", "cpu.softirq", COLUMN_MEAN, 1},
	  {"steal", "#6c757d", "cpu.steal", COLUMN_MEAN, 1},
	  {"iowait", "#30638e", "cpu.iowait", COLUMN_MEAN, 1},
	  {"idle", "#a9c4d2", "cpu.idle", COLUMN_MEAN, 1}},
	 NULL},
	{"Load average, and the kernel's formula for the declared tasks",
	 "",
	 false,
	 {{"load1", "#d1495b", "load1", COLUMN_LAST, 1},
	  {"load5", "#e09f3e", "load5", COLUMN_LAST, 1},
	  {"load15", "#3d84b8", "load15", COLUMN_LAST, 1}},
	 model_line},
	{"Memory, MiB",
	 "MiB",
	 false,
	 {{"available", "#2a9d8f", "mem.available", COLUMN_LAST, MIB},
	  {"free", "#3d84b8", "mem.free", COLUMN_LAST, MIB},
	  {"cached", "#e09f3e", "mem.cached", COLUMN_LAST, MIB},
	  {"anonymous", "#d1495b", "mem.anon_pages", COLUMN_LAST, MIB},
	  {"slab", "#8e7cc3", "mem.slab", COLUMN_LAST, MIB},
	  {"swap free", "#7f8c8d", "mem.swap_free", COLUMN_LAST, MIB}},
	 NULL},
	{"Pressure, percent of the time that tasks waited",
	 "%",
	 false,
	 {{"cpu some", "#e09f3e", "pressure.cpu.some.total", COLUMN_RATE, 1e-4},
	  {"io some", "#3d84b8", "pressure.io.some.total", COLUMN_RATE, 1e-4},
	  {"io full", "#7fb3d5", "pressure.io.full.total", COLUMN_RATE, 1e-4},
	  {"memory some", "#d1495b", "pressure.memory.some.total", COLUMN_RATE, 1e-4},
	  {"memory full", "#8f2d56", "pressure.memory.full.total", COLUMN_RATE, 1e-4}},
	 NULL},
	{"Tasks",
	 "",
	 false,
	 {{"running", "#e09f3e", "procs.running", COLUMN_LAST, 1},
	  {"blocked on I/O", "#3d84b8", "procs.blocked", COLUMN_LAST, 1}},
	 walks_line},
};

#define CHARTS (sizeof(charts) / sizeof(*charts))

/* --- rows --- */

/* Makes one row per sample, or at most ROWS_MOST evenly spaced ones. */
static int make_rows(struct recording *r, struct rows *out)
{
	struct rows all;
	int err = rows_make(&r, 1, true, 0, &all);

	if (err)
		return err;
	if (all.count > ROWS_MOST) {
		int64_t first = all.at[0], step = (all.end_ns - first) / (ROWS_MOST - 1);

		for (size_t i = 0; i < ROWS_MOST; i++)
			all.at[i] = first + (int64_t)i * step;
		all.count = ROWS_MOST;
		all.step_ns = step;
	}
	*out = all;
	return 0;
}

/* Makes a line of one column of the chart's figures. */
static json_t *metric_line(const struct line *l, const double *value, size_t columns, const struct rows *rows)
{
	json_t *values = json_array();

	for (size_t k = 0; k < rows->count; k++)
		json_array_append_new(values, jsontext_digits(value[k * columns], 6) ?: json_null());
	return json_pack("{ss ss so}", "name", l->name, "colour", l->colour, "values", values);
}

/* Makes a line of few points, each in the row that covers it. */
static json_t *dots(const char *name, const char *colour, const struct point *p, size_t n, const struct rows *rows)
{
	json_t *values = json_array();
	size_t i = 0;

	for (size_t k = 0; k < rows->count; k++) {
		double v = NAN;

		for (; i < n && p[i].at_ns <= rows->at[k]; i++)
			v = p[i].value;
		json_array_append_new(values, jsontext_digits(v, 6) ?: json_null());
	}
	return json_pack("{ss ss sb so}", "name", name, "colour", colour, "dots", true, "values", values);
}

/* load1 as computed by the formula alone, from its first value and the declared tasks. */
static json_t *model_line(struct recording *r, const struct rows *rows)
{
	struct load_model m;

	if (load_model(r, &m))
		return NULL;
	struct point *p = calloc(m.count + 1, sizeof(*p));
	unsigned long a = m.count ? m.update[0].before[0] : 0;
	size_t n = 0;

	for (size_t i = 0; p && i < m.count; i++) {
		const struct load_update *u = &m.update[i];

		if (u->declared < 0) {
			a = u->after[0]; /* no declared number: the formula restarts from the measured value */
			continue;
		}
		for (unsigned k = 0; k < u->steps && k < 4096; k++)
			a = loadavg_step(a, loadavg_exp[0], (unsigned long)u->declared);
		p[n++] = (struct point){.at_ns = u->seen_ns, .value = (double)a / LOADAVG_ONE};
	}
	json_t *line = n ? dots("load1 by the formula", "#8e7cc3", p, n, rows) : NULL;

	free(p);
	load_model_free(&m);
	return line;
}

/* Tasks in D, from the task walks, because /proc/stat counts only those that wait for I/O. */
static json_t *walks_line(struct recording *r, const struct rows *rows)
{
	static const char *const sources[] = {"tasks", NULL};
	uint64_t t0_ns = events_zero(r);
	struct point *p = NULL;
	size_t n = 0;
	struct recording_cursor *c;
	struct task_walk t;
	struct frame f;
	bool all = true;

	if (recording_cursor(r, sources, &c))
		return NULL;
	while (recording_next(c, &f) == 1) {
		struct point at = {.at_ns = events_since(f.head.before_ns, t0_ns)};

		task_walk_read(f.payload, f.head.payload_length, &t);
		all = all && !t.unseen;
		at.value = (double)t.blocked;
		all = all && n < WALKS_MOST;
		if (n < WALKS_MOST && array_push(p, n, at))
			break;
	}
	recording_cursor_free(c);
	json_t *line = n ? dots(all ? "in D state" : "in D state, of those looked at", "#d1495b", p, n, rows) : NULL;

	free(p);
	return line;
}

static int add_chart(json_t *to, struct recording *r, const struct chart *chart, const struct rows *rows)
{
	json_t *lines = json_array();
	struct column column[12];
	struct column_figures f = {0};
	size_t n = 0;

	for (; n < 12 && chart->line[n].name; n++) {
		const struct line *l = &chart->line[n];

		column[n] = (struct column){.metric = l->metric, .how = l->how, .scale = l->scale};
	}
	int err = columns_figures(r, rows, column, n, &f);

	for (size_t k = 0; k < n && !err; k++)
		if (f.some[k])
			json_array_append_new(lines, metric_line(&chart->line[k], &f.value[k], n, rows));
	column_figures_free(&f);
	json_t *more = json_array_size(lines) && chart->more ? chart->more(r, rows) : NULL;

	if (more)
		json_array_append_new(lines, more);
	json_array_append_new(to, json_pack("{ss ss sb so}", "title", chart->title, "unit", chart->unit, "stacked",
					    chart->stacked, "series", lines));
	return err;
}

/* --- events --- */

static void add_event(json_t *list, int64_t at_ns, const char *who, const char *text)
{
	if (json_array_size(list) < EVENTS_MOST)
		json_array_append_new(list, json_pack("{so ss so}", "time", jsontext_decimals((double)at_ns / 1e9, 6),
						      "who", who, "text", jsontext(text)));
}

static bool worth_a_mark(const struct event *e)
{
	static const char *const words[] = {"start", "stop", "exit", "write", "host", "request", "ended", "end"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(e->event, words[i]))
			return true;
	return false;
}

static void add_timeline(json_t *list, const struct summary *s, const struct event *e)
{
	char text[200], extra[64] = "";
	int64_t at_ns = e->host && s->panic.qemu && s->panic.at_ns > e->at_ns ? s->panic.at_ns : e->at_ns;

	if (!worth_a_mark(e))
		return;
	if (!events_get(e, "name", extra, sizeof(extra)) && !events_get(e, "status", extra, sizeof(extra)) &&
	    !events_get(e, "how", extra, sizeof(extra)))
		events_get(e, "path", extra, sizeof(extra));
	snprintf(text, sizeof(text), "%s%s%s%s%s%s", e->event, *e->id ? " " : "", e->id, *extra ? " (" : "", extra,
		 *extra ? ")" : "");
	add_event(list, at_ns, e->host ? "host" : "timeline", text);
}

static json_t *events(const struct summary *s)
{
	json_t *list = json_array();
	size_t i = 0, j = 0;

	while (i < s->events.count || j < s->klog.count) {
		const struct event *e = i < s->events.count ? &s->events.event[i] : NULL;
		const struct klog_event *k = j < s->klog.count ? &s->klog.event[j] : NULL;

		if (e && (!k || (!e->host && e->at_ns <= k->at_ns))) {
			add_timeline(list, s, e);
			i++;
		} else {
			add_event(list, k->at_ns, k->from_user ? "process" : "kernel", k->text);
			j++;
		}
	}
	return list;
}

/* --- the page --- */

static int put_data(FILE *out, struct recording *r, const struct summary *s)
{
	json_t *time = json_array(), *list = json_array();
	struct rows rows = {0};
	int err = make_rows(r, &rows);

	for (size_t k = 0; k < rows.count; k++)
		json_array_append_new(time, jsontext_decimals((double)rows.at[k] / 1e9, 6));
	for (size_t i = 0; i < CHARTS && !err; i++)
		err = add_chart(list, r, &charts[i], &rows);
	rows_free(&rows);
	json_t *data = json_pack("{so so so so}", "name", jsontext(recording_title(r)), "time", time, "charts", list,
				 "events", events(s));

	if (err)
		json_decref(data);
	else
		err = jsontext_put(out, data);
	fputc('\n', out);
	return err;
}

static void put_escaped(FILE *out, const char *text)
{
	size_t left = strlen(text), n;
	bool fit;

	for (; left; text += n, left -= n) {
		n = printable_length(text, left, &fit);
		if (!fit)
			fputc(*text == '\n' ? '\n' : '?', out);
		else if (*text == '<' || *text == '&')
			fprintf(out, "&#%d;", *text);
		else
			fwrite(text, 1, n, out);
	}
}

/* Writes the summary that `fuka report` prints. */
static int put_summary(FILE *out, const struct summary *s)
{
	char *text = NULL;
	size_t n;
	FILE *memory = open_memstream(&text, &n);

	if (!memory)
		return -ENOMEM;
	summary_print(memory, s, 1);
	fclose(memory);
	fputs("<details open><summary>Summary</summary><pre>", out);
	put_escaped(out, text);
	fputs("</pre></details>\n", out);
	free(text);
	return 0;
}

static int put_page(FILE *out, struct recording *r, const struct summary *s, const char *dygraphs,
		    const char *synchronizer, const char *style)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
	      out);
	put_escaped(out, recording_title(r));
	fprintf(out, " – fuka</title>\n<style>\n%s\n%s</style></head>\n<body><header><div><h1>", style, page_css);
	put_escaped(out, recording_title(r));
	fputs("</h1><p class=\"dim\">", out);
	put_escaped(out, s->about);
	fputs("</p></div><button id=\"theme\" type=\"button\">light / dark</button></header>\n", out);
	int err = put_summary(out, s);
	fputs("<div class=\"bar\"><span id=\"at\"></span><span id=\"near\"></span>"
	      "<button id=\"reset\" type=\"button\">whole time</button>"
	      "<input id=\"place\" type=\"range\" min=\"0\" value=\"0\" aria-label=\"time\"></div>\n"
	      "<p class=\"dim\">Point at a chart to read it, drag over it to zoom, double-click for the whole "
	      "time.</p>\n"
	      "<div id=\"charts\"></div>\n<section><h2>What happened</h2><table id=\"events\"></table></section>\n"
	      "<p class=\"dim\">Drawn by dygraphs, MIT licence.</p>\n"
	      "<script type=\"application/json\" id=\"data\">",
	      out);
	err = err ?: put_data(out, r, s);
	fprintf(out,
		"</script>\n<script>\n%s\n</script>\n<script>\n%s\n</script>\n<script>\n%s</script>\n</body></html>\n",
		dygraphs, synchronizer, page_js);
	return err;
}

static int read_library(const char *file, char **text)
{
	int err = sys_read_file(file, text, NULL);

	return err ? say_err(err, "%s: %s; it is in Debian's package libjs-dygraphs (lab/tools/setup demo installs it)",
			     file, strerror(-err))
		   : 0;
}

int html_write(struct recording *r, const char *path)
{
	_cleanup_(sys_freep) char *dygraphs = NULL, *synchronizer = NULL, *style = NULL;
	struct outfile file;
	struct summary s;
	int err = read_library(DYGRAPHS "dygraph.min.js", &dygraphs);

	err = err ?: read_library(DYGRAPHS "src-es5/extras/synchronizer.js", &synchronizer);
	err = err ?: read_library(DYGRAPHS "dygraph.min.css", &style);
	err = err ?: outfile_open(&file, path);
	if (err)
		return err;
	err = summary_read(r, &s);
	if (!err) {
		err = put_page(file.stream, r, &s, dygraphs, synchronizer, style);
		summary_free(&s);
	}
	if (!err)
		return outfile_commit(&file);
	outfile_discard(&file);
	return say_err(err, "%s: %s", path,
		       err == -ENODATA ? "the recording has no samples for a chart" : strerror(-err));
}
