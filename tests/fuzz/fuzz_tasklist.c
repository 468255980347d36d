// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a task walk's text. */
#include "collect/tasklist.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct tasklist t;
	char text[100];

	tasklist_read((const char *)bytes, n, &t);
	tasklist_say(&t, text, sizeof(text));
	return 0;
}
