// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a logfmt line; and any text as a value, which must come back as it was. */
#include "lib/text/logfmt.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void round_trip(const char *value)
{
	size_t capacity = 2 * strlen(value) + 64, at = 0;
	char *line = calloc(1, capacity), *back = calloc(1, capacity);
	long long number;

	if (line && back) {
		logfmt_add(line, capacity, &at, "before", "1");
		logfmt_add(line, capacity, &at, "key", value);
		logfmt_add_int(line, capacity, &at, "after", -7);
		if (!logfmt_get(line, at, "key", back, capacity) || strcmp(back, value))
			abort();
		if (!logfmt_get_int(line, at, "after", &number) || number != -7)
			abort();
	}
	free(line);
	free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	char *line = malloc(n + 1), value[16];
	long long number;

	if (!line)
		return 0;
	memcpy(line, bytes, n);
	logfmt_get(line, n, "event", value, sizeof(value));
	logfmt_get_int(line, n, "n", &number);
	line[n] = '\0';
	round_trip(line);
	free(line);
	return 0;
}
