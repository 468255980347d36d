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

/* The same, written out: quoted, ASCII only, and without '<' and DEL, so that it may stand in a <script>, too. */
void jsontext_write(FILE *out, const char *text);

/* A figure with so many digits; null where there is none: not a number, or not finite. */
void jsontext_write_number(FILE *out, double value, int digits);

/* A whole document and a line's end, ASCII only; takes the reference. -EIO, said, when any of it could not be made. */
int jsontext_print(FILE *out, json_t *whole);

#endif
