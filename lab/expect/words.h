/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words that stand beside an expectation's own: one reader each, for the tables of the kinds. */
#ifndef FUKA_EXPECT_WORDS_H
#define FUKA_EXPECT_WORDS_H

#include "lab/scenario/scenario_read.h"

#define EXPECT_WORDS                                                                                                   \
	WORD(at)                                                                                                       \
	WORD(from)                                                                                                     \
	WORD(to)                                                                                                       \
	WORD(by)                                                                                                       \
	WORD(within)                                                                                                   \
	WORD(min)                                                                                                      \
	WORD(max)                                                                                                      \
	WORD(mean)                                                                                                     \
	WORD(absent)                                                                                                   \
	WORD(count)                                                                                                    \
	WORD(after)                                                                                                    \
	WORD(before)                                                                                                   \
	WORD(text)                                                                                                     \
	WORD(id)                                                                                                       \
	WORD(context)                                                                                                  \
	WORD(residual)                                                                                                 \
	WORD(exceptions)                                                                                               \
	WORD(status)

#define WORD(name) void expect_word_##name(struct reader *r, const struct yaml *key, const struct yaml *value);
EXPECT_WORDS
#undef WORD

/* A row of a kind's table. */
#define EXPECT_WORD(name)                                                                                              \
	{                                                                                                              \
#name, expect_word_##name                                                                              \
	}

#endif
