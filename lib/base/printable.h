/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a terminal may be given of text that came from outside: a guest, a recording, a process's name, a stranger's
 * file. Not fit are control characters (C0, DEL, C1), characters that reorder or break a line (U+061C, U+200E, U+200F,
 * U+2028 to U+202E, U+2066 to U+2069), what is no character (U+FEFF, U+FFFE, …), and bytes that are not UTF-8.
 */
#ifndef FUKA_PRINTABLE_H
#define FUKA_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Length of the character at text (n > 0 bytes of it; 1 for a byte that begins none), and whether it is fit. */
size_t printable_length(const char *text, size_t n, bool *fit);

/*
 * A stream to a descriptor that writes '?' for each character that is not fit, and a blank for a tab; only line ends
 * pass ("\n" and "\r\n"). main() makes it standard output, so that no command can forget it. NULL when memory is out.
 */
FILE *printable_stream(int fd);

#endif
