// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads expect: and never: by the tables of the kinds, and writes an expectation as a sentence. */
#include "lab/expect/expect.h"
#include "lib/text/param.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define EXPECT(name) extern const struct expectation_kind expectation_##name;
#include "lab/expect/list.h"
#undef EXPECT

const struct expectation_kind *const expectation_kinds[] = {
#define EXPECT(name) &expectation_##name,
#include "lab/expect/list.h"
#undef EXPECT
	NULL,
};

static const struct expectation_kind *find_kind(const char *name)
{
	for (size_t i = 0; expectation_kinds[i]; i++)
		if (!strcmp(expectation_kinds[i]->name, name))
			return expectation_kinds[i];
	return NULL;
}

void expect_one_of(struct reader *r, const struct yaml *key, const struct yaml *value, const char *const *words)
{
	char names[160] = "";

	for (size_t i = 0; words[i]; i++) {
		if (!strcmp(words[i], value->text))
			return;
		expect_add(names, sizeof(names), "%s%s", i ? " or " : "", words[i]);
	}
	read_wrong(r, value, "%s: '%s' is not known; expected %s", key->text, value->text, names);
}

/* Reads the kind's own word, whose value is the subject. */
static void read_subject(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	struct expectation *e = r->expect;

	e->kind = find_kind(key->text);
	e->of_entry = e->kind->of_entry;
	e->of_program = e->kind->of_program;
	e->of_module = e->kind->of_module;
	read_text(r, key, value, &e->subject);
	if (e->subject && e->kind->subject)
		e->kind->subject(r, key, value, e->subject);
}

static void kind_names(char *names, size_t size)
{
	*names = '\0';
	for (size_t i = 0; expectation_kinds[i]; i++)
		expect_add(names, size, "%s%s", i ? ", " : "", expectation_kinds[i]->name);
}

/* Reads the words beside the kind's own word. */
static void read_beside(struct reader *r, const struct yaml *map)
{
	const struct word *words = r->expect->kind->words;

	for (size_t i = 0; i < map->count; i++) {
		const struct word *w = read_find_word(words, map->key[i]->text);
		char names[256];

		if (find_kind(map->key[i]->text))
			continue;
		read_word_names(words, names, sizeof(names));
		if (w)
			w->read(r, map->key[i], map->item[i]);
		else
			read_wrong(r, map->key[i], "unknown key '%s' in this expectation; allowed: %s",
				   map->key[i]->text, names);
	}
}

static void check_expectation(struct reader *r, const struct yaml *map)
{
	const struct expectation *e = r->expect;

	if (e->kind->check)
		e->kind->check(r, map, e);
	if (e->min > e->max)
		read_wrong(r, map, "min %g is greater than max %g", e->min, e->max);
	if (e->from_ns != NOT_GIVEN && e->to_ns != NOT_GIVEN && e->from_ns >= e->to_ns)
		read_wrong(r, map, "from: must be before to:");
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
	for (size_t i = 0; map->kind == YAML_MAP && i < map->count; i++)
		if (find_kind(map->key[i]->text) && ++kinds == 1)
			read_subject(r, map->key[i], map->item[i]);
	if (kinds != 1) {
		char names[256];

		kind_names(names, sizeof(names));
		read_wrong(r, map, "an expectation is a map with exactly one of: %s", names);
		return;
	}
	read_beside(r, map);
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

/* --- an expectation as a sentence --- */

void expect_add(char *buf, size_t size, const char *fmt, ...)
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
	expect_add(buf, size, " %s %s", word, text);
}

static void add_bounds(char *buf, size_t size, const struct expectation *e)
{
	char a[32], b[32];

	snprintf(a, sizeof(a), "%.12g", e->min);
	snprintf(b, sizeof(b), "%.12g", e->max);
	if (e->kind->bound_is_time)
		param_time_text((int64_t)e->max, b, sizeof(b));
	if (!isnan(e->min) && !isnan(e->max))
		expect_add(buf, size, " within [%s, %s]", a, b);
	else if (!isnan(e->min))
		expect_add(buf, size, " >= %s", a);
	else if (!isnan(e->max))
		expect_add(buf, size, " <= %s", b);
}

void expect_text(const struct expectation *e, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s %s", e->never ? "never " : "", e->kind->name, e->subject ? e->subject : "");
	if (e->absent)
		expect_add(buf, size, " absent");
	if (e->mean)
		expect_add(buf, size, " (mean)");
	if (e->context)
		expect_add(buf, size, " in context %s", e->context);
	if (e->kind->counts)
		expect_add(buf, size, " count%s", isnan(e->min) && isnan(e->max) ? " >= 1" : "");
	add_bounds(buf, size, e);
	if (e->kind->text)
		e->kind->text(e, buf, size);
	add_time(buf, size, "at", e->at_ns);
	add_time(buf, size, "from", e->from_ns);
	add_time(buf, size, "to", e->to_ns);
	add_time(buf, size, "by", e->by_ns);
	if (e->text)
		expect_add(buf, size, " text '%s'", e->text);
	if (e->after)
		expect_add(buf, size, " after %s", e->after);
	if (e->before)
		expect_add(buf, size, " before %s", e->before);
}
