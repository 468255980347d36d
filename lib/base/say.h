/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All messages of fuka go through here, to standard error; results go to standard output.
 *
 * A message says what happened, where (file:line:column, source, field), what was expected and what to do. Only main()
 * chooses exit codes; all other code reports an error once, where the most is known, and returns -errno.
 */
#ifndef FUKA_SAY_H
#define FUKA_SAY_H

#include <stdarg.h>
#include <stddef.h>

/* Exit statuses of the program; several scenarios exit with the first present of usage, lost, fail. */
enum fuka_exit {
	FUKA_PASS = 0,
	FUKA_FAIL = 1,
	FUKA_USAGE = 2,
	FUKA_LOST = 3,
	FUKA_SKIP = 77,
};

/* Prints "fuka: MESSAGE" and returns `err` (a -errno), so that a caller can write: return say_err(-EINVAL, …). */
int say_err(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Prints "fuka: MESSAGE", for information that is not an error. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Prints "fuka: MESSAGE" and ends the process with `status` (one of fuka_exit). Only for main() and for children. */
_Noreturn void say_die(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Makes text from a kernel, a program or a foreign file printable on one line of a terminal, JSON or XML, in place:
 * blanks for line ends and tabs, '?' for everything else that is not printable (lib/base/printable.h). It never becomes
 * longer.
 */
void say_printable(char *text);

/* Redirects all later messages to `fd` instead of standard error, which PID 1 does not have. */
void say_to(int fd);

/* Keeps the last message, without "fuka: ", in buf instead of printing it, until it is called with NULL. */
void say_into(char *buf, size_t size);

#endif
