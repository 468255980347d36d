/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Test Anything Protocol in a few lines: ok(condition, "what") per check, return tap_end() from main. */
#ifndef FUKA_TAP_H
#define FUKA_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static int tap_count, tap_failed;

__attribute__((format(printf, 4, 5))) static inline bool tap_ok(bool good, const char *file, int line, const char *fmt,
								...)
{
	va_list ap;

	printf("%sok %d - ", good ? "" : "not ", ++tap_count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	if (!good) {
		printf("# failed at %s:%d\n", file, line);
		tap_failed++;
	}
	fflush(stdout);
	return good;
}

#define ok(good, ...) tap_ok(good, __FILE__, __LINE__, __VA_ARGS__)

/* Prints the plan; what main() returns. */
static inline int tap_end(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed != 0;
}

#endif
