// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A line of the kernel's on the console, with and without CONFIG_PRINTK_CALLER, and behind a prompt:
 *
 *	[    8.273973] Kernel panic - not syncing: System is deadlocked on memory
 *	[    8.273973][    T1] Kernel panic - not syncing: System is deadlocked on memory
 *	host login: [  709.689951] INFO: rcu_sched detected stalls on CPUs/tasks:
 */
#include "collect/parse/printk.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *line_at(const char *open, int64_t *us)
{
	long long s;
	int fraction, at = 0;

	if (!isdigit((unsigned char)open[1 + strspn(open + 1, " ")]) ||
	    sscanf(open, "[%12lld.%6d]%n", &s, &fraction, &at) != 2 || !at || s < 0 || fraction < 0 ||
	    s > PRINTK_US_MAX / 1000000 - 1)
		return NULL;
	const char *text = open + at;

	if (*text == '[') {
		text = strchr(text, ']');
		if (!text)
			return NULL;
		text++;
	}
	if (*text != ' ')
		return NULL;
	*us = s * 1000000 + fraction;
	return text + 1;
}

const char *printk_line(const char *line, int64_t *us)
{
	for (const char *open = strchr(line, '['); open; open = strchr(open + 1, '[')) {
		const char *text = line_at(open, us);

		if (text)
			return text;
	}
	return NULL;
}
