/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUKA_UTF8_H
#define FUKA_UTF8_H

#include <stddef.h>

/* Length of the UTF-8 character that the n bytes begin with, 0 when none does: shortest form, no surrogates, to
 * U+10FFFF.
 */
int utf8_length(const char *text, size_t n);

#endif
