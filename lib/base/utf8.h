/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUKA_UTF8_H
#define FUKA_UTF8_H

#include <stddef.h>

/*
 * Length of the UTF-8 character at the beginning of the n bytes, or 0 if it is invalid: only the shortest form, no
 * surrogates, up to U+10FFFF.
 */
int utf8_length(const char *text, size_t n);

#endif
