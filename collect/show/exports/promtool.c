// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A rule test for `promtool test rules`, with the series that the rules name. promtool's rule tests are used because
 * nothing else evaluates alerts over the past:
 *
 *	rule_files: [/etc/prometheus/rules.yml]
 *	evaluation_interval: 15s
 *	tests:
 *	  - interval: 1s
 *	    input_series:
 *	      - series: 'node_vmstat_oom_kill{job="node",instance="oom"}'
 *	        values: '0+0x60 0 0 1'
 *	    promql_expr_test:
 *	      - expr: group by (alertname) (count_over_time(ALERTS{alertname="X",alertstate="firing"}[75s]))
 *	        eval_time: 75s
 *	        exp_samples: [{labels: '{alertname="X"}', value: 1}]
 *
 * The recording is preceded by a baseline as long as the rules look back: the machine of the first sample, idle.
 * Without it the first rate would be computed from nothing. After a machine that died there is one minute of `up 0` and
 * no more samples. promtool's time begins at 0, so node_time_seconds and node_boot_time_seconds are shifted to it.
 */
#include "collect/analyse/events.h"
#include "collect/show/exports/export.h"
#include "collect/show/exports/labels.h"
#include "collect/show/exports/node.h"
#include "collect/show/exports/rules.h"
#include "lib/text/jsontext.h"
#include "lib/text/param.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND      1000000000ll
#define SAMPLES_MAX 10000 /* promtool's limit of samples per query */
#define STEPS_MAX   1000000
#define DEAD_NS     (60 * SECOND)
#define LOOKBACK_NS (300 * SECOND)

struct plan {
	struct rules rules;
	struct node node;
	char target[4096]; /* job="…",instance="…" */
	int64_t interval_ns, evaluate_ns;
	long baseline, steps, dead; /* in intervals */
	int64_t total_ns;
};

/* Finds a word in an expression as a whole word of PromQL. */
static const char *find_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = strstr(text, word); p; p = strstr(p + 1, word)) {
		bool starts = p == text || !(isalnum((unsigned char)p[-1]) || p[-1] == '_' || p[-1] == ':');

		if (starts && !isalnum((unsigned char)p[n]) && p[n] != '_' && p[n] != ':')
			return p;
	}
	return NULL;
}

static bool is_named(const struct rules *r, const char *metric)
{
	for (size_t i = 0; i < r->count; i++)
		if (find_word(r->rule[i].expr, metric) || strstr(r->rule[i].expr, "__name__"))
			return true;
	return false;
}

/* --- YAML --- */

/*
 * Writes a double-quoted scalar, as in JSON, which is a scalar whatever it contains. Characters that are not printable
 * become '?', so that only quotes and backslashes need escapes, in which YAML and JSON agree.
 */
__attribute__((format(printf, 2, 3))) static void scalar(FILE *out, const char *fmt, ...)
{
	_cleanup_(sys_freep) char *text = NULL, *quoted = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (text)
		say_printable(text);
	json_t *j = jsontext(text);

	quoted = json_dumps(j, JSON_ENCODE_ANY);
	json_decref(j);
	fputs(quoted ? quoted : "null", out);
}

/* Writes a comment on one line. */
__attribute__((format(printf, 2, 3))) static void comment(FILE *out, const char *fmt, ...)
{
	_cleanup_(sys_freep) char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (text)
		say_printable(text);
	fprintf(out, "# %s\n", text ? text : "");
}

/* --- the limit --- */

/*
 * Finds the text between the braces after a metric's name. Returns its length, 0 if there are none, and moves *p behind
 * them.
 */
static size_t selector(const char **p, const char **inside)
{
	bool quoted = false;

	*p += strspn(*p, " \n");
	if (**p != '{')
		return 0;
	*inside = ++*p;
	for (; **p && (quoted || **p != '}'); (*p)++)
		quoted ^= **p == '"';
	size_t n = *p - *inside;

	*p += **p == '}';
	*p += strspn(*p, " \n");
	return n;
}

/*
 * Whether a series may match: every key="value" of the selector is among its labels. Other kinds of matchers are
 * assumed to match.
 */
static bool may_match(const struct node_series *s, const char *inside, size_t n)
{
	const char *end = inside + n;

	while (inside < end) {
		char pair[160];
		const char *equals = memchr(inside, '=', end - inside), *quote, *close;

		if (!equals || equals + 1 >= end)
			return true;
		quote = memchr(equals, '"', end - equals);
		close = quote ? memchr(quote + 1, '"', end - quote - 1) : NULL;
		if (!close)
			return true;
		inside += strspn(inside, " ,\n");
		snprintf(pair, sizeof(pair), "%.*s", (int)(close + 1 - inside), inside);
		if (quote == equals + 1 && equals > inside && equals[-1] != '!' && strncmp(pair, "job=", 4) &&
		    strncmp(pair, "instance=", 9) && !strstr(s->labels, pair))
			return false;
		inside = close + 1;
	}
	return true;
}

/* The maximum number of samples that one evaluation loads for one metric of a rule. */
static double samples_of(const struct plan *p, const struct rule *u, const char *metric)
{
	double most = 0;

	for (const char *at = find_word(u->expr, metric); at; at = find_word(at + 1, metric)) {
		const char *rest = at + strlen(metric), *inside = NULL;
		size_t length = selector(&rest, &inside), i = 0, series = 0;
		int64_t w = *rest == '[' ? rules_duration(rest + 1 + strspn(rest + 1, " "), NULL) : 0;
		const struct node_series *s;

		while ((s = node_next(&p->node, metric, &i)))
			series += may_match(s, inside, length);
		w = w > p->total_ns ? p->total_ns : w;
		double n = (double)series * (w > 0 ? ceil((double)w / p->interval_ns) : 1);
		most = n > most ? n : most;
	}
	return most;
}

static int check_rule(const struct plan *p, const struct rule *u, const char *path)
{
	const char *last = "";

	for (size_t i = 0; i < p->node.count; i++) {
		const char *metric = p->node.series[i]->name;

		if (!strcmp(metric, last))
			continue;
		last = metric;
		double n = samples_of(p, u, metric);
		if (n <= SAMPLES_MAX)
			continue;
		return say_err(
			-E2BIG,
			"%s: %s '%s' would load %.0f samples of %s in one evaluation, but promtool's limit is %d; thin "
			"the series "
			"with --interval %.0fs or more",
			path, u->alert ? "alert" : "rule", u->name, n, metric, SAMPLES_MAX,
			ceil((double)p->interval_ns / SECOND * n / SAMPLES_MAX));
	}
	return 0;
}

static int check_limits(const struct plan *p, const char *path)
{
	for (size_t i = 0; i < p->rules.count; i++) {
		int err = check_rule(p, &p->rules.rule[i], path);

		if (err)
			return err;
	}
	if (p->steps > STEPS_MAX)
		return say_err(
			-E2BIG,
			"%s: it would have %ld samples per series, but the limit is %d; give a larger --interval", path,
			p->steps, STEPS_MAX);
	if (p->total_ns / p->evaluate_ns > SAMPLES_MAX)
		return say_err(
			-E2BIG,
			"%s: %lld evaluations of the rules are more than one query of promtool can load (%d); give "
			"a larger --evaluate",
			path, (long long)(p->total_ns / p->evaluate_ns), SAMPLES_MAX);
	return 0;
}

/* Reports rules that cannot fire within the recording's time, with the time they need, and notes them in the test. */
static void tell_too_long(FILE *out, const struct plan *p)
{
	int64_t recorded = p->steps * p->interval_ns;

	for (size_t i = 0; i < p->rules.count; i++) {
		const struct rule *u = &p->rules.rule[i];
		char need[32], have[32];

		if (!u->alert || u->for_ns <= recorded)
			continue;
		param_time_text(u->for_ns, need, sizeof(need));
		param_time_text(recorded / SECOND * SECOND, have, sizeof(have));
		comment(out, "%s has for: %s, which is longer than this recording (%s), so it cannot fire", u->name,
			need, have);
		say("alert %s has for: %s, which is longer than this recording (%s), so it cannot fire", u->name, need,
		    have);
	}
}

/* --- series --- */

/* Runs of equal values are written once: "v+0xN" is v, N + 1 times. */
struct value_run {
	FILE *out;
	double value;
	long count; /* 0: nothing pending */
	const char *sep;
};

static void run_end(struct value_run *u)
{
	if (!u->count)
		return;
	if (isnan(u->value))
		fprintf(u->out, u->count > 1 ? "%s_x%ld" : "%s_", u->sep, u->count);
	else if (u->count > 1)
		fprintf(u->out, "%s%.15g+0x%ld", u->sep, u->value, u->count - 1);
	else
		fprintf(u->out, "%s%.15g", u->sep, u->value);
	u->sep = " ";
	u->count = 0;
}

static void run_add(struct value_run *u, double value)
{
	if (u->count && !(u->value == value || (isnan(u->value) && isnan(value))))
		run_end(u);
	u->value = value;
	u->count++;
}

/* The growth per second of a series while the machine is idle. */
static double idle_growth(const struct node_series *s)
{
	return !strcmp(s->name, "node_cpu_seconds_total") && strstr(s->labels, "mode=\"idle\"") ? 1
	       : !strcmp(s->name, "node_time_seconds")                                          ? 1
												: 0;
}

/* Added to a value so that clocks show promtool's time, and an idle counter can start lower without being negative. */
static double moved_by(const struct plan *p, const struct node_series *s)
{
	double baseline = (double)(p->baseline * p->interval_ns) / SECOND;

	if (!strcmp(s->name, "node_time_seconds") || !strcmp(s->name, "node_boot_time_seconds"))
		return baseline - (double)p->node.first_ns / SECOND;
	return idle_growth(s) * baseline;
}

static void write_values(FILE *out, const struct plan *p, const struct node_series *s)
{
	double move = moved_by(p, s), grow = idle_growth(s) * p->interval_ns / SECOND;
	struct value_run u = {.out = out, .sep = ""};
	size_t i = 0;

	for (long k = 0; k < p->baseline && s->count; k++) {
		double value = s->point[0].value + move;

		if (grow != 0) {
			fprintf(out, "%.15g+%.15gx%ld", value - grow * p->baseline, grow, p->baseline - 1);
			u.sep = " ";
			break;
		}
		run_add(&u, value);
	}
	for (long k = 0; k < p->steps; k++) {
		int64_t at = p->node.first_ns + k * p->interval_ns;

		while (i + 1 < s->count && s->point[i + 1].at_ns <= at + p->interval_ns / 2)
			i++;
		bool have = s->count && s->point[i].at_ns <= at + p->interval_ns / 2 &&
			    at - s->point[i].at_ns < LOOKBACK_NS;
		run_add(&u, have ? s->point[i].value + move : NAN);
	}
	run_end(&u);
	if (p->dead)
		fputs(" stale", out);
}

static void write_series(FILE *out, const struct plan *p, const struct node_series *s)
{
	fputs("      - series: ", out);
	scalar(out, "%s{%s%s%s}", s->name, s->labels, *s->labels ? "," : "", p->target);
	fputs("\n        values: '", out);
	write_values(out, p, s);
	fputs("'\n", out);
}

static void write_up(FILE *out, const struct plan *p)
{
	fputs("      - series: ", out);
	scalar(out, "up{%s}", p->target);
	fprintf(out, "\n        values: '1+0x%ld", p->baseline + p->steps - 1);
	if (p->dead)
		fprintf(out, " 0+0x%ld", p->dead - 1);
	fputs("'\n", out);
}

/* --- what must have fired --- */

static bool has_alert(const struct rules *r, const char *name, size_t n)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->rule[i].alert && strlen(r->rule[i].name) == n && !strncmp(r->rule[i].name, name, n))
			return true;
	return false;
}

static int check_names(const struct rules *r, const char *names, const char *path)
{
	for (size_t n; names && *names; names += n + (names[n] == ',')) {
		n = strcspn(names, ",");
		if (!has_alert(r, names, n))
			return say_err(-EINVAL, "%s: it has no alert '%.*s'", path, (int)n, names);
	}
	return 0;
}

/*
 * group by () is 1 however many instances of the alert fired (one per CPU, one per disk). Alerts during the baseline,
 * where the rules have too little to look back on, do not count.
 */
static void write_claims(FILE *out, const struct plan *p, const char *names, bool fires)
{
	int64_t seen_ns = p->total_ns - p->baseline * p->interval_ns;

	for (size_t n; names && *names; names += n + (names[n] == ',')) {
		n = strcspn(names, ",");
		_cleanup_(sys_freep) char *name = sys_format("%.*s", (int)n, names);
		char alert[512] = "";

		labels_add(alert, sizeof(alert), "alertname", name);
		fputs("      - expr: ", out);
		scalar(out, "group by (alertname) (count_over_time(ALERTS{%s,alertstate=\"firing\"}[%llds]))", alert,
		       (long long)(seen_ns / SECOND));
		fprintf(out, "\n        eval_time: %llds\n        exp_samples: [", (long long)(p->total_ns / SECOND));
		if (fires) {
			fputs("{labels: ", out);
			scalar(out, "{%s}", alert);
			fputs(", value: 1}", out);
		}
		fputs("]\n", out);
	}
}

static void write_test(FILE *out, const struct plan *p, const struct export_options *o)
{
	char interval[32], evaluate[32];

	param_time_text(p->interval_ns, interval, sizeof(interval));
	param_time_text(p->evaluate_ns, evaluate, sizeof(evaluate));
	comment(out, "fuka export --promtool: %s", p->target);
	tell_too_long(out, p);
	fputs("rule_files: [", out);
	scalar(out, "%s", o->rules);
	fprintf(out, "]\nevaluation_interval: %s\ntests:\n  - interval: %s\n    input_series:\n", evaluate, interval);
	write_up(out, p);
	for (size_t i = 0; i < p->node.count; i++)
		if (is_named(&p->rules, p->node.series[i]->name))
			write_series(out, p, p->node.series[i]);
	if (!(o->fires && *o->fires) && !(o->silent && *o->silent))
		return;
	fputs("    promql_expr_test:\n", out);
	write_claims(out, p, o->fires, true);
	write_claims(out, p, o->silent, false);
}

/* --- all of it --- */

/* Whether the host recorded that the machine died: it panicked, was killed, or was lost. */
static bool died(struct recording *r)
{
	struct events e;
	bool dead = false;
	char how[32];

	if (events_read(r, &e))
		return false;
	for (size_t i = 0; i < e.count; i++)
		if (e.event[i].host && !strcmp(e.event[i].event, "ended") &&
		    events_get(&e.event[i], "how", how, sizeof(how)))
			dead = strcmp(how, "poweroff") != 0;
	events_free(&e);
	return dead;
}

static int64_t recorded_interval(struct recording *r)
{
	const char *said = recording_meta(r, "interval_ns");
	int64_t ns = said ? strtoll(said, NULL, 10) : 0;

	return ns <= SECOND ? SECOND : ns > 3600 * SECOND ? 3600 * SECOND : (ns + SECOND - 1) / SECOND * SECOND;
}

static void lay_out(struct plan *p, struct recording *r, const struct export_options *o)
{
	labels_add(p->target, sizeof(p->target), "job", o->job);
	labels_add(p->target, sizeof(p->target), "instance", o->instance ? o->instance : recording_title(r));
	p->interval_ns = o->interval > 0 ? o->interval : recorded_interval(r);
	p->evaluate_ns = o->evaluate;
	p->baseline = (p->rules.window_ns + p->evaluate_ns) / p->interval_ns + 1;
	p->steps = (p->node.last_ns - p->node.first_ns) / p->interval_ns + 1;
	/* make the last sample coincide with an evaluation */
	while ((p->baseline + p->steps - 1) * p->interval_ns % p->evaluate_ns && p->interval_ns % p->evaluate_ns)
		p->baseline++;
	p->dead = died(r) ? DEAD_NS / p->interval_ns + 1 : 0;
	p->total_ns = (p->baseline + p->steps + p->dead) * p->interval_ns;
}

/* YAML can contain only printable characters, not arbitrary bytes. */
static int check_path(const char *path)
{
	_cleanup_(sys_freep) char *text = sys_format("%s", path);

	say_printable(text);
	return strcmp(text, path)
		       ? say_err(-EINVAL,
				 "%s: a rule test cannot contain this file name; rename the file to printable "
				 "characters",
				 path)
		       : 0;
}

int export_promtool(FILE *out, struct recording *r, const struct export_options *o)
{
	struct plan p = {.baseline = 0};
	int err = check_path(o->rules) ?: rules_read(o->rules, &p.rules);

	if (!err)
		err = check_names(&p.rules, o->fires, o->rules) ?: check_names(&p.rules, o->silent, o->rules);
	if (!err)
		err = node_read(r, true, &p.node);
	if (!err) {
		lay_out(&p, r, o);
		err = check_limits(&p, o->rules);
	}
	if (!err)
		write_test(out, &p, o);
	rules_free(&p.rules);
	node_free(&p.node);
	return err;
}
