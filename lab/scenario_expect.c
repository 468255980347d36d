// SPDX-License-Identifier: GPL-2.0-or-later
/* expect: and never: what must follow and what must not; and an expectation said back to a person. */
#include "lab/scenario_expect.h"
#include "collect/klog.h"
#include "collect/metric.h"
#include "lab/fault.h"
#include "lab/fired.h"
#include "lib/say.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void expect_subject(struct reader *r, const struct yaml *key, const struct yaml *value, enum expect_kind kind)
{
	r->expect->kind = kind;
	read_text(r, key, value, &r->expect->subject);
}

static void expect_panic(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	expect_subject(r, key, value, EXPECT_PANIC);
}

static void expect_metric(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	expect_subject(r, key, value, EXPECT_METRIC);
	if (r->expect->subject && !metric_known(r->expect->subject))
		read_wrong(r, value, "metric: there is no metric '%s'; there are:\n%s", r->expect->subject,
			   metric_help);
}

static void expect_log(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	char names[512] = "";
	size_t n = 0;

	expect_subject(r, key, value, EXPECT_LOG);
	if (!r->expect->subject || klog_class(r->expect->subject) >= 0)
		return;
	for (int c = 0; c < KLOG_COUNT && n < sizeof(names); c++)
		n += snprintf(names + n, sizeof(names) - n, "%s%s", n ? ", " : "", klog_word(c));
	read_wrong(r, value, "log: there is no class of report line '%s'; there are %s", r->expect->subject, names);
}

static void expect_word_of(struct reader *r, const struct yaml *key, const struct yaml *value, enum expect_kind kind,
			   const char *a, const char *b)
{
	expect_subject(r, key, value, kind);
	const char *s = r->expect->subject;

	if (s && strcmp(s, a) && (!b || strcmp(s, b)))
		read_wrong(r, value, "%s: '%s' is not known; expected %s%s%s", key->text, s, a, b ? " or " : "",
			   b ? b : "");
}

static void expect_model(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	expect_word_of(r, key, value, EXPECT_MODEL, "load", NULL);
}

static void expect_gap(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	expect_word_of(r, key, value, EXPECT_GAP, "last", "largest");
}

static void expect_output(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	expect_subject(r, key, value, EXPECT_OUTPUT);
}

static void expect_exit(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	expect_subject(r, key, value, EXPECT_EXIT);
}

static void expect_sysstat(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	expect_subject(r, key, value, EXPECT_SYSSTAT);
}

static void expect_console(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	expect_subject(r, key, value, EXPECT_CONSOLE);
}

static void expect_fired(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	char names[512];

	expect_subject(r, key, value, EXPECT_FIRED);
	fault_names(names, sizeof(names));
	if (r->expect->subject && !fault_find(r->expect->subject))
		read_wrong(r, value, "fired: there is no fault '%s' in this version; it has %s", r->expect->subject,
			   names);
}

static void expect_context(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_text(r, key, value, &r->expect->context);
	if (r->expect->context && !fired_context_known(r->expect->context))
		read_wrong(r, value, "context: '%s' is not known; expected one of: %s", r->expect->context,
			   fired_contexts());
}

#define TIME_WORD(name, member)                                                                                        \
	static void name(struct reader *r, const struct yaml *key, const struct yaml *value)                           \
	{                                                                                                              \
		read_time(r, key, value, &r->expect->member);                                                          \
	}
TIME_WORD(expect_at, at_ns)
TIME_WORD(expect_from, from_ns)
TIME_WORD(expect_to, to_ns)
TIME_WORD(expect_by, by_ns)

#define TEXT_WORD(name, member)                                                                                        \
	static void name(struct reader *r, const struct yaml *key, const struct yaml *value)                           \
	{                                                                                                              \
		read_text(r, key, value, &r->expect->member);                                                          \
	}
TEXT_WORD(expect_after, after)
TEXT_WORD(expect_before, before)
TEXT_WORD(expect_text, text)
TEXT_WORD(expect_id, id)

static void expect_min(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_figure(r, key, value, &r->expect->min);
}

static void expect_max(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_figure(r, key, value, &r->expect->max);
}

static void expect_within(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	if (value->kind != YAML_LIST || value->count != 2) {
		read_wrong(r, value, "within: expected [least, greatest]");
		return;
	}
	read_figure(r, key, value->item[0], &r->expect->min);
	read_figure(r, key, value->item[1], &r->expect->max);
}

static const struct word count_words[] = {{"min", expect_min}, {"max", expect_max}, {0}};

static void expect_count(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	if (read_is_kind(r, key, value, YAML_MAP))
		read_map(r, value, count_words, "count:");
}

#define BOOL_WORD(name, member)                                                                                        \
	static void name(struct reader *r, const struct yaml *key, const struct yaml *value)                           \
	{                                                                                                              \
		if (!read_is_kind(r, key, value, YAML_TEXT))                                                           \
			return;                                                                                        \
		r->expect->member = !strcmp(value->text, "true");                                                      \
		if (!r->expect->member && strcmp(value->text, "false"))                                                \
			read_wrong(r, value, #member ": expected true or false");                                      \
	}
BOOL_WORD(expect_mean, mean)
BOOL_WORD(expect_absent, absent)

#define INT_WORD(name, member)                                                                                         \
	static void name(struct reader *r, const struct yaml *key, const struct yaml *value)                           \
	{                                                                                                              \
		read_int(r, key, value, &r->expect->member);                                                           \
	}
INT_WORD(expect_residual, residual)
INT_WORD(expect_exceptions, exceptions)
INT_WORD(expect_status, status)

/* What is expected: exactly one of these … */
static const struct word kind_words[] = {
	{"panic", expect_panic},
	{"metric", expect_metric},
	{"log", expect_log},
	{"model", expect_model},
	{"gap", expect_gap},
	{"output", expect_output},
	{"exit", expect_exit},
	{"fired", expect_fired},
	{"console", expect_console},
	{"sysstat", expect_sysstat},
	{0},
};

/* … with these beside it, each kind its own. */
static const struct word panic_words[] = {{"by", expect_by}, {0}};
static const struct word metric_words[] = {
	{"at", expect_at},         {"from", expect_from},     {"to", expect_to},
	{"within", expect_within}, {"min", expect_min},       {"max", expect_max},
	{"mean", expect_mean},     {"absent", expect_absent}, {0},
};
static const struct word log_words[] = {
	{"count", expect_count}, {"after", expect_after}, {"before", expect_before}, {"text", expect_text}, {0},
};
static const struct word model_words[] = {
	{"residual", expect_residual},
	{"exceptions", expect_exceptions},
	{0},
};
static const struct word gap_words[] = {{"max", expect_max}, {0}};
static const struct word output_words[] = {{"id", expect_id}, {0}};
static const struct word exit_words[] = {{"status", expect_status}, {0}};

static const struct word no_words[] = {{0}};
static const struct word fired_words[] = {
	{"context", expect_context}, {"count", expect_count}, {"by", expect_by}, {"id", expect_id}, {0},
};

static const struct word *const words_of_kind[] = {
	[EXPECT_PANIC] = panic_words, [EXPECT_METRIC] = metric_words, [EXPECT_LOG] = log_words,
	[EXPECT_MODEL] = model_words, [EXPECT_GAP] = gap_words,       [EXPECT_OUTPUT] = output_words,
	[EXPECT_EXIT] = exit_words,   [EXPECT_FIRED] = fired_words,   [EXPECT_CONSOLE] = no_words,
	[EXPECT_SYSSTAT] = no_words,
};

static void check_expectation(struct reader *r, const struct yaml *map)
{
	struct expectation *e = r->expect;

	bool bounded = !isnan(e->min) || !isnan(e->max);

	if (e->kind == EXPECT_METRIC && !bounded && !e->absent)
		read_wrong(r, map, "metric: nothing is expected of it; give within:, min:, max: or absent: true");
	if (e->absent && (bounded || e->mean || e->at_ns != NOT_GIVEN))
		read_wrong(r, map,
			   "absent: no sample has the metric from: … to: …; it goes with no bound, mean: or at:");
	if (e->kind == EXPECT_METRIC && e->at_ns != NOT_GIVEN && (e->from_ns != NOT_GIVEN || e->to_ns != NOT_GIVEN))
		read_wrong(r, map, "metric: either at: or from: and to:, not both");
	if (e->kind == EXPECT_GAP && isnan(e->max))
		read_wrong(r, map, "gap: needs max:, the longest time allowed");
	if (e->min > e->max)
		read_wrong(r, map, "the least, %g, is more than the greatest, %g", e->min, e->max);
	if (e->from_ns != NOT_GIVEN && e->to_ns != NOT_GIVEN && e->from_ns >= e->to_ns)
		read_wrong(r, map, "from: is not before to:");
}

static void read_expectation(struct reader *r, const struct yaml *map, bool never)
{
	struct expectation *e = &r->s->expect[r->s->expects++];
	int kinds = 0;

	r->expect = e;
	*e = (struct expectation){.never = never,
				  .line = map->line,
				  .at_ns = NOT_GIVEN,
				  .from_ns = NOT_GIVEN,
				  .to_ns = NOT_GIVEN,
				  .by_ns = NOT_GIVEN,
				  .min = NAN,
				  .max = NAN};
	for (size_t i = 0; map->kind == YAML_MAP && i < map->count; i++) {
		const struct word *w = read_find_word(kind_words, map->key[i]->text);

		if (w && ++kinds == 1)
			w->read(r, map->key[i], map->item[i]);
	}
	if (kinds != 1) {
		char names[256];

		read_word_names(kind_words, names, sizeof(names));
		read_wrong(r, map, "an expectation is a map with exactly one of: %s", names);
		return;
	}
	for (size_t i = 0; i < map->count; i++) {
		const struct word *w = read_find_word(words_of_kind[e->kind], map->key[i]->text);
		char names[256];

		if (read_find_word(kind_words, map->key[i]->text))
			continue;
		read_word_names(words_of_kind[e->kind], names, sizeof(names));
		if (w)
			w->read(r, map->key[i], map->item[i]);
		else
			read_wrong(r, map->key[i], "unknown key '%s' in this expectation; allowed: %s",
				   map->key[i]->text, names);
	}
	check_expectation(r, map);
}

void expect_read(struct reader *r, const struct yaml *list, bool never)
{
	size_t n = r->s->expects + list->count;
	struct expectation *more = realloc(r->s->expect, (n + 1) * sizeof(*more));

	if (!more)
		return;
	r->s->expect = more;
	for (size_t i = 0; i < list->count; i++)
		read_expectation(r, list->item[i], never);
}

/* Appends to buf; what does not fit is cut. */
static void add(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void add(char *buf, size_t size, const char *fmt, ...)
{
	size_t n = strlen(buf);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf + n, size - n, fmt, ap);
	va_end(ap);
}

static void add_time(char *buf, size_t size, const char *word, int64_t ns)
{
	char text[32];

	if (ns == NOT_GIVEN)
		return;
	param_time_text(ns, text, sizeof(text));
	add(buf, size, " %s %s", word, text);
}

static void add_bounds(char *buf, size_t size, const struct expectation *e)
{
	char a[32], b[32];

	snprintf(a, sizeof(a), "%.12g", e->min);
	snprintf(b, sizeof(b), "%.12g", e->max);
	if (e->kind == EXPECT_GAP)
		param_time_text((int64_t)e->max, b, sizeof(b));
	if (!isnan(e->min) && !isnan(e->max))
		add(buf, size, " within [%s, %s]", a, b);
	else if (!isnan(e->min))
		add(buf, size, " >= %s", a);
	else if (!isnan(e->max))
		add(buf, size, " <= %s", b);
}

void scenario_expect_text(const struct expectation *e, char *buf, size_t size)
{
	static const char *const kinds[] = {"panic",  "metric", "log",   "model",   "gap",
					    "output", "exit",   "fired", "console", "sysstat"};

	snprintf(buf, size, "%s%s %s", e->never ? "never " : "", kinds[e->kind], e->subject ? e->subject : "");
	if (e->absent)
		add(buf, size, " absent");
	if (e->mean)
		add(buf, size, " (mean)");
	if (e->context)
		add(buf, size, " in context %s", e->context);
	if (e->kind == EXPECT_LOG || e->kind == EXPECT_FIRED)
		add(buf, size, " count");
	if ((e->kind == EXPECT_LOG || e->kind == EXPECT_FIRED) && isnan(e->min) && isnan(e->max))
		add(buf, size, " >= 1");
	add_bounds(buf, size, e);
	if (e->kind == EXPECT_MODEL)
		add(buf, size, " residual %lld, exceptions <= %lld", (long long)e->residual, (long long)e->exceptions);
	if (e->kind == EXPECT_EXIT)
		add(buf, size, " status %lld", (long long)e->status);
	add_time(buf, size, "at", e->at_ns);
	add_time(buf, size, "from", e->from_ns);
	add_time(buf, size, "to", e->to_ns);
	add_time(buf, size, "by", e->by_ns);
	if (e->text)
		add(buf, size, " text '%s'", e->text);
	if (e->after)
		add(buf, size, " after %s", e->after);
	if (e->before)
		add(buf, size, " before %s", e->before);
}
