// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The first thing anybody sees of a run. Each figure is asked of the module that owns it (metrics, load model, kernel
 * log, events); nothing is parsed here but the scenario's `about:`. What a recording does not have is said, not
 * guessed.
 */
#include "collect/analyse/summary.h"
#include "collect/show/views/rows.h"
#include "lib/text/logfmt.h"
#include "lib/base/say.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define MS 1000000

/* --- gathering --- */

/* The metrics of the summary; from FIGURE_CPU on, one a mode. */
enum {
	FIGURE_GAP,
	FIGURE_LOAD1,
	FIGURE_LOAD5,
	FIGURE_LOAD15,
	FIGURE_TOTAL,
	FIGURE_AVAILABLE,
	FIGURE_FREE,
	FIGURE_CPU,
	FIGURES = FIGURE_CPU + CPU_MODES,
};

#define GAPS_MAX 65536 /* of which the median is taken; beyond, of every second, every fourth, … one */

struct lowest {
	double value; /* NaN: none */
	int64_t at_ns;
	bool any;
};

/* What has been seen so far of one recording's figures: it is walked over once, and nothing of it is kept. */
struct gathering {
	struct summary *s;
	double *gap;
	size_t gaps, every, skipped;
	double sum[CPU_MODES], weight[CPU_MODES];
	struct lowest available, free;
};

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void keep_gap(struct gathering *g, double value)
{
	if (++g->skipped < g->every)
		return;
	g->skipped = 0;
	if (g->gaps == GAPS_MAX) {
		for (size_t i = 0; i < GAPS_MAX / 2; i++)
			g->gap[i] = g->gap[2 * i];
		g->gaps /= 2;
		g->every *= 2;
	}
	g->gap[g->gaps++] = value;
}

static void take_gap(struct gathering *g, const struct point *p)
{
	struct summary *s = g->s;

	if (!s->samples++)
		s->first_ns = p->from_ns;
	s->last_ns = p->at_ns;
	keep_gap(g, p->value);
	if (isnan(s->gap_ns) || p->value > s->gap_ns) {
		s->gap_ns = p->value;
		s->gap_at_ns = p->at_ns;
	}
}

static void take_load(struct summary *s, int which, const struct point *p)
{
	s->load_end[which] = p->value;
	if (which || p->at_ns < 0 || (!isnan(s->load_peak) && p->value <= s->load_peak))
		return;
	s->load_peak = p->value;
	s->load_peak_ns = p->at_ns;
}

static void take_lowest(struct lowest *l, const struct point *p)
{
	l->any = true;
	if (p->at_ns >= 0 && (isnan(l->value) || p->value < l->value))
		*l = (struct lowest){p->value, p->at_ns, true};
}

/* The mean by time, from t0 on. */
static void take_cpu(struct gathering *g, size_t mode, const struct point *p)
{
	double w = (double)(p->at_ns - p->from_ns);

	if (p->at_ns <= 0)
		return;
	w = w > 0 ? w : 1;
	g->sum[mode] += w * p->value;
	g->weight[mode] += w;
}

static int take_figure(void *user, size_t which, const struct point *p)
{
	struct gathering *g = user;

	if (which == FIGURE_GAP)
		take_gap(g, p);
	else if (which <= FIGURE_LOAD15)
		take_load(g->s, (int)which - FIGURE_LOAD1, p);
	else if (which == FIGURE_TOTAL)
		g->s->memory_total = isnan(g->s->memory_total) ? p->value : g->s->memory_total;
	else if (which == FIGURE_AVAILABLE || which == FIGURE_FREE)
		take_lowest(which == FIGURE_FREE ? &g->free : &g->available, p);
	else
		take_cpu(g, which - FIGURE_CPU, p);
	return 0;
}

static void settle(struct gathering *g)
{
	struct summary *s = g->s;
	const struct lowest *low = g->available.any ? &g->available : &g->free; /* none before Linux 3.14 */

	s->samples += s->samples > 0;
	if (g->gaps) {
		qsort(g->gap, g->gaps, sizeof(*g->gap), by_value);
		s->interval_ns = g->gap[g->gaps / 2];
	}
	for (int m = 0; m < CPU_MODES; m++)
		s->cpu[m] = g->weight[m] > 0 ? g->sum[m] / g->weight[m] : NAN;
	s->memory_low = low->value;
	s->memory_low_ns = low->at_ns;
}

static int gather_figures(struct summary *s)
{
	const char *names[FIGURES] = {"gap", "load1", "load5", "load15", "mem.total", "mem.available", "mem.free"};
	char cpu[CPU_MODES][32];
	struct gathering g = {.s = s,
			      .every = 1,
			      .gap = malloc(GAPS_MAX * sizeof(*g.gap)),
			      .available = {.value = NAN},
			      .free = {.value = NAN}};

	for (int m = 0; m < CPU_MODES; m++) {
		snprintf(cpu[m], sizeof(cpu[m]), "cpu.%s", cpu_mode_names[m]);
		names[FIGURE_CPU + m] = cpu[m];
	}
	int err = g.gap ? metric_each(s->r, names, FIGURES, take_figure, &g) : -ENOMEM;

	if (!err)
		settle(&g);
	free(g.gap);
	return err;
}

/* Ticks of the fast sampler that have no sample: counted over the source that it reads first. */
static int gather_missed(struct summary *s)
{
	static const char *const sources[] = {"stat", NULL};
	struct recording_cursor *c;
	struct frame f;
	uint64_t next = 0;
	bool have = false;
	int err = recording_cursor(s->r, sources, &c);

	if (err)
		return err;
	while ((err = recording_next(c, &f)) == 1) {
		if (have && f.head.tick > next)
			s->missed += f.head.tick - next;
		next = f.head.tick + 1;
		have = true;
	}
	recording_cursor_free(c);
	return err;
}

/* The scenario's own first line of explanation: "about: Eight spinning tasks." */
static void gather_about(struct summary *s)
{
	static const char *const sources[] = {"scenario", NULL};
	const char *given = recording_meta(s->r, "about");
	struct recording_cursor *c;
	struct frame f;

	if (given)
		snprintf(s->about, sizeof(s->about), "%s", given);
	if (given || recording_cursor(s->r, sources, &c))
		return;
	while (!s->about[0] && recording_next(c, &f) == 1) {
		const char *p = f.payload, *end = p + f.head.payload_length, *eol;

		for (; p < end && !s->about[0]; p = eol + 1) {
			eol = memchr(p, '\n', end - p);
			eol = eol ? eol : end;
			if (eol - p > 7 && !memcmp(p, "about: ", 7))
				snprintf(s->about, sizeof(s->about), "%.*s",
					 (int)(eol - p - 7 > 255 ? 255 : eol - p - 7), p + 7);
		}
	}
	recording_cursor_free(c);
}

/* event=fired id=leak fault=leak-pages context=softirq … number=1, and event=done when it came back */
static int gather_fault(struct summary *s)
{
	static const char *const sources[] = {"kmod", NULL};
	struct recording_cursor *c;
	struct frame f;
	char event[16];
	int err = recording_cursor(s->r, sources, &c);

	if (err)
		return err;
	while ((err = recording_next(c, &f)) == 1) {
		if (f.head.type != FRAME_EVENT ||
		    !logfmt_get(f.payload, f.head.payload_length, "event", event, sizeof(event)))
			continue;
		if (!strcmp(event, "fired"))
			snprintf(s->fault, sizeof(s->fault), "%.*s", (int)f.head.payload_length, f.payload);
		if (!strcmp(event, "fired") || !strcmp(event, "done"))
			s->fault_done = !strcmp(event, "done");
	}
	recording_cursor_free(c);
	return err;
}

int summary_read(struct recording *r, struct summary *out)
{
	struct summary s = {.r = r,
			    .load_end = {NAN, NAN, NAN},
			    .load_peak = NAN,
			    .memory_total = NAN,
			    .memory_low = NAN,
			    .gap_ns = NAN,
			    .interval_ns = NAN};
	int err = events_read(r, &s.events);

	gather_about(&s);
	if (!err)
		err = klog_read(r, &s.klog);
	if (!err)
		err = klog_panic(r, &s.panic);
	if (err > 0)
		err = 0;
	if (!err) {
		err = load_model(r, &s.model);
		s.has_model = !err;
		err = err == -ENODATA ? 0 : err;
	}
	err = err ?: stack_read(r, &s.stack);
	err = err ?: gather_fault(&s);
	err = err ?: gather_figures(&s);
	err = err ?: gather_missed(&s);
	for (size_t i = 0; i < s.klog.count; i++)
		s.kills += !s.klog.event[i].from_user &&
			   (s.klog.event[i].class == KLOG_oom_kill || s.klog.event[i].class == KLOG_memcg_oom);
	if (err)
		summary_free(&s);
	else
		*out = s;
	return err;
}

void summary_free(struct summary *s)
{
	events_free(&s->events);
	klog_free(&s->klog);
	if (s->has_model)
		load_model_free(&s->model);
}

/* --- telling --- */

/* One labelled paragraph after another, each in a buffer that text is appended to. */
#define PARTS_MAX   16
#define TOLD_FRAMES 8 /* of the stack; the console has all, --json more */

struct parts {
	struct {
		const char *label;
		char text[700];
		size_t n;
	} part[PARTS_MAX];
	int count;
};

static void part(struct parts *p, const char *label)
{
	if (p->count < PARTS_MAX)
		p->part[p->count++].label = label;
}

__attribute__((format(printf, 2, 3))) static void add(struct parts *p, const char *fmt, ...)
{
	char *text = p->part[p->count - 1].text;
	size_t *n = &p->part[p->count - 1].n, room = sizeof(p->part[0].text);
	va_list ap;

	va_start(ap, fmt);
	int wrote = vsnprintf(text + *n, room - *n, fmt, ap);
	va_end(ap);
	if (wrote < 0)
		return;
	say_printable(text + *n);
	*n += strlen(text + *n);
}

/* A form from a table of ours with one string in it. */
static void add_value(struct parts *p, const char *form, const char *value)
{
	const char *at = strchr(form, '%');

	add(p, "%.*s%.60s%s", (int)(at - form), form, value, at + 2);
}

struct when {
	char text[32];
};

static struct when when(int64_t at_ns)
{
	struct when w;

	rows_time(w.text, sizeof(w.text), at_ns, at_ns < 120000ll * MS ? 10 * MS : 100 * MS);
	return w;
}

static void tell_machine(struct parts *p, const struct summary *s)
{
	static const struct {
		const char *key, *form;
	} said[] = {
		{"kernel", "Linux %s"}, {"hz", "HZ %s"},       {"cpus", "CPUs: %s"},
		{"clock", "%s clock"},  {"speed", "speed %s"}, {"accelerator", "%s"},
	};
	const char *sep = "";

	part(p, "machine");
	for (size_t i = 0; i < sizeof(said) / sizeof(*said); i++) {
		const char *v = recording_meta(s->r, said[i].key);

		if (!v || !strcmp(v, "-1"))
			continue;
		add(p, "%s", sep);
		add_value(p, said[i].form, v);
		sep = ", ";
	}
	if (!isnan(s->memory_total))
		add(p, "%s%.0f MiB of memory", sep, s->memory_total / (1 << 20));
}

/* "vm 810 bogo ops, 97.1/s": what stress-ng says at its end. */
static bool bogo_ops(const struct event *e, char *buf, size_t size)
{
	char stressor[20], ops[20], rate[20] = "";

	if (!events_get(e, "stressor", stressor, sizeof(stressor)) || !events_get(e, "bogo-ops", ops, sizeof(ops)))
		return false;
	events_get(e, "bogo-ops-per-second-real-time", rate, sizeof(rate));
	snprintf(buf, size, "%s %s bogo ops, %.4g/s", stressor, ops, atof(rate));
	return true;
}

static void tell_timeline(struct parts *p, const struct summary *s)
{
	int told = 0, left = 0;

	part(p, "timeline");
	for (size_t i = 0; i < s->events.count; i++) {
		const struct event *e = &s->events.event[i];
		char extra[80] = "";

		if (strcmp(e->event, "start") && strcmp(e->event, "stop") && strcmp(e->event, "exit") &&
		    strcmp(e->event, "write") && strcmp(e->event, "host") && strcmp(e->event, "ended") &&
		    strcmp(e->event, "metrics"))
			continue;
		if (told == 8) {
			left++;
			continue;
		}
		if (!events_get(e, "name", extra, sizeof(extra)) && !events_get(e, "status", extra, sizeof(extra)) &&
		    !bogo_ops(e, extra, sizeof(extra)) && !events_get(e, "how", extra, sizeof(extra)) &&
		    !events_get(e, "action", extra, sizeof(extra)))
			events_get(e, "path", extra, sizeof(extra));
		int64_t at_ns = e->host && s->panic.qemu && s->panic.at_ns > e->at_ns ? s->panic.at_ns : e->at_ns;
		add(p, "%s%s %s%s%s%s%s%s", told++ ? "; " : "", when(at_ns).text, e->event, e->id[0] ? " " : "", e->id,
		    extra[0] ? " (" : "", extra, extra[0] ? ")" : "");
	}
	if (left)
		add(p, "; %d more, see --view events", left);
	if (s->events.left_out)
		add(p, "; %zu events left out: more, or longer, than are kept", s->events.left_out);
	for (int class = 0; class < KLOG_COUNT; class ++)
		if (s->klog.left_out[class])
			add(p, "; %zu log lines of class %s left out", s->klog.left_out[class], klog_word(class));
	if (!s->events.started)
		add(p, "%sit never started: no event=t0", told ? "; " : "");
	else if (!told)
		add(p, "nothing happened on it");
}

static void tell_load(struct parts *p, const struct summary *s)
{
	part(p, "load");
	if (isnan(s->load_end[0])) {
		add(p, "not recorded");
		return;
	}
	add(p, "%.2f %.2f %.2f at the end", s->load_end[0], s->load_end[1], s->load_end[2]);
	if (!isnan(s->load_peak))
		add(p, "; load1 highest %.2f at %s", s->load_peak, when(s->load_peak_ns).text);
}

static void tell_model(struct parts *p, const struct summary *s)
{
	part(p, "load model");
	if (!s->has_model) {
		add(p, "not checked: fewer than two samples of the averages");
		return;
	}
	if (!s->model.count) {
		add(p, "not checked: no update of the averages in this time");
		return;
	}
	add(p, "%zu update%s, %zu exact, largest residual %ld; ", s->model.count, s->model.count == 1 ? "" : "s",
	    s->model.exact, s->model.worst);
	if (s->model.exceptions)
		add(p, "%zu with another n than declared (--view load)", s->model.exceptions);
	else if (s->events.count && events_declared(&s->events, INT64_MAX) >= 0)
		add(p, "n always as declared");
	else
		add(p, "nobody declared an n");
	if (s->model.cut)
		add(p, "; there are more samples than are looked at");
}

static void tell_cpu(struct parts *p, const struct summary *s)
{
	static const struct {
		enum cpu_mode mode;
		const char *title;
		bool always;
	} modes[] = {
		{CPU_user, "user", true},        {CPU_nice, "nice", false},   {CPU_system, "system", true},
		{CPU_iowait, "iowait", true},    {CPU_steal, "steal", false}, {CPU_irq, "irq", false},
		{CPU_softirq, "softirq", false}, {CPU_guest, "guest", false}, {CPU_guest_nice, "guest_nice", false},
		{CPU_idle, "idle", true},
	};
	const char *sep = "";

	part(p, "cpu");
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		double v = s->cpu[modes[i].mode];

		if (isnan(v) || (!modes[i].always && v < 0.05))
			continue;
		add(p, "%s%s %.1f%%", sep, modes[i].title, v);
		sep = "  ";
	}
	if (!*sep)
		add(p, "not recorded");
}

static void tell_memory(struct parts *p, const struct summary *s)
{
	part(p, "memory");
	if (isnan(s->memory_low))
		add(p, "not recorded");
	else
		add(p, "lowest available %.1f of %.0f MiB, at %s", s->memory_low / (1 << 20),
		    s->memory_total / (1 << 20), when(s->memory_low_ns).text);
}

static void tell_oom(struct parts *p, const struct summary *s)
{
	int told = 0;

	part(p, "oom");
	add(p, "%zu kill%s", s->kills, s->kills == 1 ? "" : "s");
	for (size_t i = 0; i < s->klog.count && told < 4; i++) {
		const struct klog_event *e = &s->klog.event[i];

		if (e->from_user || (e->class != KLOG_oom_kill && e->class != KLOG_memcg_oom))
			continue;
		add(p, "%s%s %s[%d]", told++ ? ", " : ": ", when(e->at_ns).text, e->comm, e->pid);
		if (e->rss_bytes >= 0)
			add(p, " %.1f MiB", (double)e->rss_bytes / (1 << 20));
		if (e->class == KLOG_memcg_oom)
			add(p, " by its control group's limit");
	}
	if (s->kills > (size_t)told)
		add(p, ", …");
}

static void tell_panic(struct parts *p, const struct summary *s)
{
	part(p, "panic");
	if (s->panic.qemu && s->panic.console)
		add(p, "%s \"%s\" (QEMU and the console agree)", when(s->panic.at_ns).text, s->panic.text);
	else if (s->panic.qemu || s->panic.console)
		add(p, "unproven: %s", s->panic.why);
	else
		add(p, "none%s", strstr(s->panic.why, "process printed") ? "; a process printed the text of one" : "");
}

static void tell_stack(struct parts *p, const struct summary *s)
{
	const struct stack *k = &s->stack;

	part(p, "stack");
	if (!s->panic.console || !k->frames)
		return;
	add(p, "%s, CPU %d, on %s[%d]: ", k->context, k->cpu, k->comm, k->pid);
	for (size_t i = 0; i < k->frames && i < TOLD_FRAMES; i++)
		add(p, "%s%s", i ? " < " : "", k->frame[i]);
	if (k->frames > TOLD_FRAMES)
		add(p, " < %zu more", k->frames - TOLD_FRAMES + k->more);
}

/* What the kernel module wrote before it acted: not what the console or anybody else makes of it. */
static void tell_fault(struct parts *p, const struct summary *s)
{
	static const char *const keys[] = {
		"in_task", "serving_softirq", "in_hardirq", "irqs_off", "preempt_count", "cpu", "pid", "comm"};
	char id[32] = "", fault[32] = "", context[16] = "", value[32];
	size_t n = strlen(s->fault);

	part(p, "fault");
	if (!n)
		return;
	logfmt_get(s->fault, n, "id", id, sizeof(id));
	logfmt_get(s->fault, n, "fault", fault, sizeof(fault));
	logfmt_get(s->fault, n, "context", context, sizeof(context));
	add(p, "%s: %s in %s, as the module found it:", id, fault, context);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (logfmt_get(s->fault, n, keys[i], value, sizeof(value)))
			add(p, " %s=%s", keys[i], value);
	add(p, "; it %s", s->fault_done ? "came back" : "did not come back");
}

static void tell_vmcore(struct parts *p, const struct summary *s)
{
	part(p, "vmcore");
	for (size_t i = 0; i < s->events.count; i++) {
		const struct event *e = &s->events.event[i];
		long long bytes = 0, lines = 0, console = 0, missing = 0;

		if (!e->host || strcmp(e->event, "vmcore"))
			continue;
		logfmt_get_int(e->line, e->length, "bytes", &bytes);
		logfmt_get_int(e->line, e->length, "log_lines", &lines);
		logfmt_get_int(e->line, e->length, "console_lines", &console);
		logfmt_get_int(e->line, e->length, "missing", &missing);
		add(p, "%lld MiB beside the recording; of %lld lines on the console %lld are in its log of %lld",
		    bytes >> 20, console, console - missing, lines);
	}
}

/* What lanes lost (overwritten before it was read, damaged) or refused (full), as the recorder counted it. */
static void tell_losses(struct parts *p, const struct summary *s)
{
	static const char *const lanes[] = {"fast", "tasks", "kmsg", "timeline", "kmod"};

	for (size_t i = 0; i < sizeof(lanes) / sizeof(*lanes); i++) {
		char key[32];
		long lost = 0;

		for (int kind = 0; kind < 2; kind++) {
			snprintf(key, sizeof(key), "%s_%s", lanes[i], kind ? "refused" : "lost");
			const char *v = recording_meta(s->r, key);

			lost += v ? strtol(v, NULL, 10) : 0;
		}
		if (lost > 0)
			add(p, "; %ld frames of the %s lane lost", lost, lanes[i]);
	}
}

static void tell_samples(struct parts *p, const struct summary *s)
{
	struct recording_totals t;

	recording_totals(s->r, &t);
	part(p, "samples");
	if (s->samples) {
		add(p, "%zu, one each %.3g s, to %s; largest gap %.4g s at %s", s->samples, s->interval_ns / 1e9,
		    when(s->last_ns).text, s->gap_ns / 1e9, when(s->gap_at_ns).text);
		if (s->panic.qemu && s->panic.console)
			add(p, "; the last %.1f ms before the panic", (double)(s->panic.at_ns - s->last_ns) / MS);
	} else {
		add(p, "fewer than two of /proc/stat");
	}
	if (s->missed)
		add(p, "; %llu tick%s missed", (unsigned long long)s->missed, s->missed == 1 ? "" : "s");
	tell_losses(p, s);
	part(p, "recording");
	add(p, "%s: %llu frames, %.2f MiB in a file of %.2f MiB", recording_path(s->r), (unsigned long long)t.frames,
	    (double)t.bytes_raw / (1 << 20), (double)t.bytes_file / (1 << 20));
}

static void tell(struct parts *p, const struct summary *s)
{
	*p = (struct parts){0};
	part(p, "scenario");
	add(p, "%s%s%s", recording_title(s->r), s->about[0] ? ": " : "", s->about);
	tell_machine(p, s);
	tell_timeline(p, s);
	tell_load(p, s);
	tell_model(p, s);
	tell_cpu(p, s);
	tell_memory(p, s);
	tell_oom(p, s);
	tell_panic(p, s);
	tell_stack(p, s);
	tell_fault(p, s);
	tell_vmcore(p, s);
	tell_samples(p, s);
}

/* --- as text --- */

/* Columns a UTF-8 text takes: its bytes without the continuation ones. */
static int columns(const char *text, size_t n)
{
	int c = 0;

	for (size_t i = 0; i < n; i++)
		c += (text[i] & 0xc0) != 0x80;
	return c;
}

/* Bytes of the next line of at most `width` columns: up to the last space that fits, or cut hard. */
static size_t line_length(const char *text, int width)
{
	size_t n = 0, space = 0;
	int c = 0;

	while (text[n]) {
		c += (text[n] & 0xc0) != 0x80;
		if (c > width)
			return space ? space : n;
		if (text[n] == ' ')
			space = n;
		n++;
	}
	return n;
}

static void print_line(FILE *out, const char **text, int width, bool pad)
{
	size_t n = line_length(*text, width);

	fprintf(out, "%.*s", (int)n, *text);
	if (pad)
		fprintf(out, "%*s", width - columns(*text, n), "");
	*text += n;
	*text += strspn(*text, " ");
}

void summary_print(FILE *out, const struct summary *s, int n)
{
	struct parts *p = calloc(n, sizeof(*p));

	if (!p)
		return;
	for (int i = 0; i < n; i++)
		if (recording_damage(s[i].r))
			fprintf(out, "damaged: %s: %s\n", recording_path(s[i].r), recording_damage(s[i].r));
	for (int i = 0; i < n; i++)
		tell(&p[i], &s[i]);
	for (int k = 0; k < p[0].count; k++) {
		if (!p[0].part[k].n && (n == 1 || !p[1].part[k].n))
			continue;
		const char *a = p[0].part[k].text, *b = n == 2 ? p[1].part[k].text : "";
		const char *label = p[0].part[k].label;

		do {
			fprintf(out, "%-10s  ", label);
			print_line(out, &a, n == 2 ? 52 : 108, n == 2);
			if (n == 2) {
				fputs(" │ ", out);
				print_line(out, &b, 52, false);
			}
			fputc('\n', out);
			label = "";
		} while (*a || *b);
	}
	free(p);
}
