// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The first thing anybody sees of a run: the summary in words, a labelled paragraph for each thing; two recordings stand
 * beside each other. What a recording does not have is said, not guessed.
 */
#include "collect/show/summary_print.h"
#include "collect/show/views/rows.h"
#include "lib/base/say.h"
#include "lib/text/logfmt.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define MS 1000000

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
	size_t *n = &p->part[p->count - 1].n, capacity = sizeof(p->part[0].text);
	va_list ap;

	va_start(ap, fmt);
	int wrote = vsnprintf(text + *n, capacity - *n, fmt, ap);
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
		add(p, "; there are more samples than the model's limit");
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
	if (fabs(s->cpu_check.accounted - 100) > CPU_CHECK_SLACK)
		add(p, "; the counters hold %.0f %% of the time that passed", s->cpu_check.accounted);
	if (s->cpu_check.count)
		add(p, "; counter anomalies: %zu (--view truth names them)", s->cpu_check.count);
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

/* The kernel counts a kill and prints it within this time. */
#define KILL_NS (50 * 1000000ll)

/* Counts the log's kills between two times; *same is how many of them repeat the process of the previous kill. */
static size_t kills_between(const struct summary *s, int64_t from_ns, int64_t to_ns, size_t *same)
{
	const struct klog_event *before = NULL;
	size_t n = 0;

	*same = 0;
	for (size_t i = 0; i < s->klog.count; i++) {
		const struct klog_event *e = &s->klog.event[i];

		if (!klog_is_kill(e) || e->at_ns <= from_ns || e->at_ns > to_ns)
			continue;
		*same += before && before->pid == e->pid && !strcmp(before->comm, e->comm);
		before = e;
		n++;
	}
	return n;
}

/* Compares vmstat's oom_kill with the log's kills over the time that its samples cover. */
static void tell_counted_kills(struct parts *p, const struct summary *s)
{
	size_t same, least = kills_between(s, s->counted_from_ns + KILL_NS, s->counted_to_ns - KILL_NS, &same),
		     most = kills_between(s, s->counted_from_ns - KILL_NS, s->counted_to_ns + KILL_NS, &same);

	if (isnan(s->counted_kills))
		return;
	if (s->counted_kills >= (double)least && s->counted_kills <= (double)most)
		add(p, "; vmstat's oom_kill agrees");
	else if (s->counted_kills > (double)most)
		add(p,
		    "; vmstat's oom_kill has %.0f: the kernel does not print a victim that was already exiting, or a record was lost",
		    s->counted_kills);
	else if (same)
		add(p, "; vmstat's oom_kill has %.0f: the log repeats %zu of them, as memory.oom.group does",
		    s->counted_kills, same);
	else
		add(p, "; vmstat's oom_kill has %.0f", s->counted_kills);
}

static void tell_oom(struct parts *p, const struct summary *s)
{
	int told = 0;

	part(p, "oom");
	add(p, "%zu kill%s", s->kills, s->kills == 1 ? "" : "s");
	for (size_t i = 0; i < s->klog.count && told < 4; i++) {
		const struct klog_event *e = &s->klog.event[i];

		if (!klog_is_kill(e))
			continue;
		add(p, "%s%s %s[%d]", told++ ? ", " : ": ", when(e->at_ns).text, e->comm, e->pid);
		if (e->rss_bytes >= 0)
			add(p, " %.1f MiB", (double)e->rss_bytes / (1 << 20));
		if (e->class == KLOG_memcg_oom)
			add(p, " by its control group's limit");
	}
	if (s->kills > (size_t)told)
		add(p, ", …");
	tell_counted_kills(p, s);
}

static void tell_panic(struct parts *p, const struct summary *s)
{
	part(p, "panic");
	if (s->panic.qemu && s->panic.console)
		add(p, "%s \"%s\" (QEMU and the console agree)", when(s->panic.at_ns).text, s->panic.text);
	else if (s->panic.qemu || s->panic.console)
		add(p, "unproven: %s", s->panic.why);
	else
		add(p, "none%s", s->panic.printed ? "; a process printed the text of one" : "");
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
