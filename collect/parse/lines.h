/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the kernel's text line by line, and the words and numbers of a line. All parsers of this directory use it. */
#ifndef FUKA_LINES_H
#define FUKA_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A part of a larger text, not NUL-terminated. */
struct piece {
	const char *at;
	size_t length;
};

/* Makes a piece of a string. */
struct piece piece_of(const char *text);
bool piece_is(struct piece p, const char *text);

/* Iterates over complete lines: the current line is [at, end), without its newline. */
struct lines {
	const char *next, *stop;
	const char *at, *end;
};

struct lines lines_in(const char *text, size_t n);

/*
 * False if there are no more lines. Skips a line without a newline, because a truncated number looks like a number, and
 * lines with a NUL, which the kernel never writes.
 */
bool lines_next(struct lines *l);

/* Whether the text ended in the middle of a line; valid after lines_next() has returned false. */
bool lines_cut(const struct lines *l);

/* Each reads the next item of the rest of a line, from *p to end, and moves *p behind it; on false, *p is unchanged. */
bool lines_blanks(const char **p, const char *end);
bool lines_literal(const char **p, const char *end, const char *text);

/*
 * A 63-bit decimal number that ends with a blank or with the line; leading blanks are skipped. Larger ones are refused: a
 * kernel prints a count that fell below 0 (procs_blocked, nr_dirty) as 18446744073709551615.
 */
bool lines_number(const char **p, const char *end, uint64_t *v);

/* Everything up to the next blank, at least one character; leading blanks are skipped. */
bool lines_word(const char **p, const char *end, struct piece *word);

#endif
