// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/expect/words.h"

#include <string.h>

#define TIME_WORD(name, member)                                                                                        \
	void name(struct reader *r, const struct yaml *key, const struct yaml *value)                                  \
	{                                                                                                              \
		read_time(r, key, value, &r->expect->member);                                                          \
	}
TIME_WORD(expect_word_at, at_ns)
TIME_WORD(expect_word_from, from_ns)
TIME_WORD(expect_word_to, to_ns)
TIME_WORD(expect_word_by, by_ns)

#define TEXT_WORD(name, member)                                                                                        \
	void name(struct reader *r, const struct yaml *key, const struct yaml *value)                                  \
	{                                                                                                              \
		read_text(r, key, value, &r->expect->member);                                                          \
	}
TEXT_WORD(expect_word_after, after)
TEXT_WORD(expect_word_before, before)
TEXT_WORD(expect_word_text, text)
TEXT_WORD(expect_word_id, id)
TEXT_WORD(expect_word_context, context)

void expect_word_min(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_figure(r, key, value, &r->expect->min);
}

void expect_word_max(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_figure(r, key, value, &r->expect->max);
}

void expect_word_within(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	if (value->kind != YAML_LIST || value->count != 2) {
		read_wrong(r, value, "within: expected [least, greatest]");
		return;
	}
	read_figure(r, key, value->item[0], &r->expect->min);
	read_figure(r, key, value->item[1], &r->expect->max);
}

static void count_bound(struct reader *r, const struct yaml *key, const struct yaml *value, double *slot)
{
	int64_t n = 0;

	read_int(r, key, value, &n);
	*slot = n;
}

static void count_min(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	count_bound(r, key, value, &r->expect->min);
}

static void count_max(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	count_bound(r, key, value, &r->expect->max);
}

static const struct word count_words[] = {{"min", count_min}, {"max", count_max}, {0}};

void expect_word_count(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	if (read_is_kind(r, key, value, YAML_MAP))
		read_map(r, value, count_words, "count:");
}

#define BOOL_WORD(name, member)                                                                                        \
	void name(struct reader *r, const struct yaml *key, const struct yaml *value)                                  \
	{                                                                                                              \
		if (!read_is_kind(r, key, value, YAML_TEXT))                                                           \
			return;                                                                                        \
		r->expect->member = !strcmp(value->text, "true");                                                      \
		if (!r->expect->member && strcmp(value->text, "false"))                                                \
			read_wrong(r, value, #member ": expected true or false");                                      \
	}
BOOL_WORD(expect_word_mean, mean)
BOOL_WORD(expect_word_absent, absent)

#define INT_WORD(name, member)                                                                                         \
	void name(struct reader *r, const struct yaml *key, const struct yaml *value)                                  \
	{                                                                                                              \
		read_int(r, key, value, &r->expect->member);                                                           \
	}
INT_WORD(expect_word_residual, residual)
INT_WORD(expect_word_exceptions, exceptions)
INT_WORD(expect_word_status, status)
