/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words beside an expectation's own word, with one reader each, for the tables of the kinds. */
#ifndef FUKA_EXPECT_WORDS_H
#define FUKA_EXPECT_WORDS_H

#include "lab/scenario/scenario_read.h"

#define EXPECT_WORD(name) EXPECT_WORD_##name /* a row of a kind's table */

#define EXPECT_WORD_at                                                                                                 \
	{                                                                                                              \
		"at", expect_word_at, VALUE_TIME, "the first sample at or after this time"                             \
	}
#define EXPECT_WORD_from                                                                                               \
	{                                                                                                              \
		"from", expect_word_from, VALUE_TIME, "start of the window"                                            \
	}
#define EXPECT_WORD_to                                                                                                 \
	{                                                                                                              \
		"to", expect_word_to, VALUE_TIME, "end of the window"                                                  \
	}
#define EXPECT_WORD_by                                                                                                 \
	{                                                                                                              \
		"by", expect_word_by, VALUE_TIME, "no later than this"                                                 \
	}
#define EXPECT_WORD_within                                                                                             \
	{                                                                                                              \
		"within", expect_word_within, VALUE_RANGE, "min: and max: in one: [least, greatest]"                   \
	}
#define EXPECT_WORD_min                                                                                                \
	{                                                                                                              \
		"min", expect_word_min, VALUE_FIGURE, "at least this"                                                  \
	}
#define EXPECT_WORD_max                                                                                                \
	{                                                                                                              \
		"max", expect_word_max, VALUE_FIGURE, "at most this"                                                   \
	}
#define EXPECT_WORD_mean                                                                                               \
	{                                                                                                              \
		"mean", expect_word_mean, VALUE_BOOL, "the window's mean instead of each interval"                     \
	}
#define EXPECT_WORD_absent                                                                                             \
	{                                                                                                              \
		"absent", expect_word_absent, VALUE_BOOL, "no sample has it there, but its source was read"            \
	}
#define EXPECT_WORD_count                                                                                              \
	{                                                                                                              \
		"count", expect_word_count, VALUE_COUNT, "how many; default: at least one"                             \
	}
#define EXPECT_WORD_after                                                                                              \
	{                                                                                                              \
		"after", expect_word_after, VALUE_TEXT, "after an entry's id, a time, or panic"                        \
	}
#define EXPECT_WORD_before                                                                                             \
	{                                                                                                              \
		"before", expect_word_before, VALUE_TEXT, "before an entry's id, a time, or panic"                     \
	}
#define EXPECT_WORD_text                                                                                               \
	{                                                                                                              \
		"text", expect_word_text, VALUE_TEXT, "its text contains this"                                         \
	}
#define EXPECT_WORD_id                                                                                                 \
	{                                                                                                              \
		"id", expect_word_id, VALUE_TEXT, "of this entry"                                                      \
	}
#define EXPECT_WORD_context                                                                                            \
	{                                                                                                              \
		"context", expect_word_context, VALUE_TEXT, "in this context"                                          \
	}
#define EXPECT_WORD_residual                                                                                           \
	{                                                                                                              \
		"residual", expect_word_residual, VALUE_INT, "largest allowed difference from the formula, in 1/2048"  \
	}
#define EXPECT_WORD_exceptions                                                                                         \
	{                                                                                                              \
		"exceptions", expect_word_exceptions, VALUE_INT,                                                       \
			"number of updates that may differ from what was declared"                                     \
	}
#define EXPECT_WORD_status                                                                                             \
	{                                                                                                              \
		"status", expect_word_status, VALUE_INT, "the exit status"                                             \
	}

#define READER(name) void expect_word_##name(struct reader *r, const struct yaml *key, const struct yaml *value);
READER(at)
READER(from)
READER(to)
READER(by)
READER(within)
READER(min)
READER(max)
READER(mean)
READER(absent)
READER(count)
READER(after)
READER(before)
READER(text)
READER(id)
READER(context)
READER(residual)
READER(exceptions)
READER(status)
#undef READER

#endif
