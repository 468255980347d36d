// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/show/exports/labels.h"
#include "lib/base/printable.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

bool labels_is_name(const char *name)
{
	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '_')
			return false;
	return *name && !isdigit((unsigned char)*name);
}

void labels_add(char *labels, size_t size, const char *key, const char *value)
{
	size_t at = strlen(labels), left = strlen(value), length;
	bool fit;

	if (at + strlen(key) + sizeof(",=\"\"") > size)
		return;
	at += snprintf(labels + at, size - at, "%s%s=\"", at ? "," : "", key);
	for (; left && at + sizeof("\\x...\"") < size; value += length, left -= length) {
		length = printable_length(value, left, &fit);
		if (*value == '"' || *value == '\\')
			labels[at++] = '\\';
		if (fit)
			memcpy(labels + at, value, length);
		else
			labels[at] = *value == '\n' || *value == '\t' ? ' ' : '?';
		at += fit ? length : 1;
	}
	strcpy(labels + at, "\"");
}
