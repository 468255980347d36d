/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * logfmt: one line of key=value pairs, the text form of events and meta frames. The guest writes it with snprintf
 * alone; the host, people and grep can read it:
 *
 *	event=start id=spin kind=load name=cpu runnable=8 blocked=0 about="eight spinning tasks"
 *
 * A value that is empty or contains a space, a quote or '=' is in double quotes, with the escapes \" \\ \n.
 */
#ifndef FUKA_LOGFMT_H
#define FUKA_LOGFMT_H

#include <stdbool.h>
#include <stddef.h>

/* Appends " key=value" (no leading space at *at == 0) to line, or nothing if it does not fit. */
void logfmt_add(char *line, size_t size, size_t *at, const char *key, const char *value);

/* The same for an integer. */
void logfmt_add_int(char *line, size_t size, size_t *at, const char *key, long long value);

/*
 * Finds key in the n bytes of line and copies its value, unquoted, into value[size] (truncated if longer). Returns
 * false, with value unchanged, if there is no such key.
 */
bool logfmt_get(const char *line, size_t n, const char *key, char *value, size_t size);

/* The same for an integer; false when absent or not a whole number. */
bool logfmt_get_int(const char *line, size_t n, const char *key, long long *value);

#endif
