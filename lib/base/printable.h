/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Filters text from outside (a guest, a recording, a process's name, a foreign file) for terminals. Not printable are
 * control characters (C0, DEL, C1), characters that reorder or break a line (U+061C, U+200E, U+200F, U+2028 to U+202E,
 * U+2066 to U+2069), noncharacters (U+FEFF, U+FFFE, …), and bytes that are not UTF-8.
 */
#ifndef FUKA_PRINTABLE_H
#define FUKA_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Length of the character at text (n > 0 bytes; 1 for an invalid byte), and whether it is printable. */
size_t printable_length(const char *text, size_t n, bool *fit);

/*
 * Makes a stream to a descriptor that writes '?' for each character that is not printable, and a blank for a tab; only
 * line ends pass ("\n" and "\r\n"). main() makes it standard output, so that no command can forget it. NULL if memory
 * is exhausted.
 */
FILE *printable_stream(int fd);

#endif
