/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's text line by line, and the words and numbers of a line. Each parser of this folder is made of these. */
#ifndef FUKA_LINES_H
#define FUKA_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A part of somebody else's text: not terminated. */
struct piece {
	const char *at;
	size_t length;
};

/* A string as a piece. */
struct piece piece_of(const char *text);
bool piece_is(struct piece p, const char *text);

/* From one whole line to the next: the line is [at, end), without its newline. */
struct lines {
	const char *next, *stop;
	const char *at, *end;
};

struct lines lines_in(const char *text, size_t n);

/*
 * False when there are no more. A line without a newline is none, for half a number looks like a number; and one with a NUL
 * in it is no text of the kernel's.
 */
bool lines_next(struct lines *l);

/* Whether the text ended in the middle of a line; to be asked after lines_next() has returned false. */
bool lines_cut(const struct lines *l);

/* Each reads the next thing of what is left of a line, *p to end, and moves *p behind it; false: *p is as it was. */
bool lines_blanks(const char **p, const char *end);
bool lines_literal(const char **p, const char *end, const char *text);

/* A decimal number of 64 bits that ends with a blank or with the line; blanks before it do not matter. */
bool lines_number(const char **p, const char *end, uint64_t *v);

/* All up to the next blank, at least one character; blanks before it do not matter. */
bool lines_word(const char **p, const char *end, struct piece *word);

#endif
