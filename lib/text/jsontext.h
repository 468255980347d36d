/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes JSON of untrusted text and figures: a path, a line of a console, a program's output, a process's name. JSON
 * strings must be UTF-8 and numbers finite; if jansson refused a string, the whole object that it belongs to would
 * silently be dropped.
 */
#ifndef LIB_JSONTEXT_H
#define LIB_JSONTEXT_H

#include <jansson.h>
#include <stdio.h>

/* Makes a string of text, with U+FFFD for each byte that is not UTF-8; null for NULL. Returns a new reference. */
json_t *jsontext(const char *text);

/*
 * A figure unchanged, or rounded to a number of digits or decimals; a whole number becomes an integer. NULL if it is
 * not finite, which jsontext_set() omits.
 */
json_t *jsontext_figure(double value);
json_t *jsontext_digits(double value, int digits);
json_t *jsontext_decimals(double value, int decimals);

/* Sets a member whose key may be untrusted, too; steals the reference, and does nothing if it is NULL. */
void jsontext_set(json_t *object, const char *key, json_t *value);

/*
 * Writes a value on one line, in ASCII and without '<' and DEL, so that it may be inside <script>, too; steals the
 * reference. -EIO with a message if it could not be made or written.
 */
int jsontext_put(FILE *out, json_t *whole);

/*
 * Writes a whole document and a line end, in ASCII; steals the reference. -EIO with a message if it could not be made.
 */
int jsontext_print(FILE *out, json_t *whole);

#endif
