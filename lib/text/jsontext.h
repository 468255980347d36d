/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON of text and figures that nobody vouches for: a path, a line of a console, what a program printed, a process's
 * name. JSON has no strings but UTF-8 and no figures but finite ones; a string that jansson refuses would silently drop
 * the whole object it belongs to.
 */
#ifndef LIB_JSONTEXT_H
#define LIB_JSONTEXT_H

#include <jansson.h>
#include <stdio.h>

/* Text with U+FFFD for each byte that is not UTF-8. NULL gives null. A new reference. */
json_t *jsontext(const char *text);

/*
 * A figure as it is, rounded to so many digits or decimals; a whole number stays one. NULL where there is none (not a number, or
 * not finite), which an object leaves out.
 */
json_t *jsontext_figure(double value);
json_t *jsontext_digits(double value, int digits);
json_t *jsontext_decimals(double value, int decimals);

/* Sets a member whose key is such text, too; takes the reference, and nothing where it is NULL. */
void jsontext_set(json_t *object, const char *key, json_t *value);

/*
 * Writes a value in one line, ASCII only and without '<' and DEL, so that it may stand in a <script>, too; takes the
 * reference. -EIO, said, when any of it could not be made or written.
 */
int jsontext_put(FILE *out, json_t *whole);

/* A whole document and a line's end, ASCII only; takes the reference. -EIO, said, when any of it could not be made. */
int jsontext_print(FILE *out, json_t *whole);

#endif
