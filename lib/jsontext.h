// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A JSON string of bytes that nobody promised to be UTF-8: a path, a line of a console, what a program printed. JSON
 * has no other strings, and one that jansson refuses would silently drop the whole object it belongs to.
 */
#ifndef LIB_JSONTEXT_H
#define LIB_JSONTEXT_H

#include <jansson.h>

/* Text as it is when it is UTF-8, else with '?' for every byte above 0x7f. NULL gives null. A new reference. */
json_t *jsontext(const char *text);

#endif
