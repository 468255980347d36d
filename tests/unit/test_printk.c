// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's text in a line of the console. */
#include "collect/parse/printk.h"
#include "tests/unit/tap.h"

#include <string.h>

int main(void)
{
	static const struct {
		const char *line, *text; /* NULL: none of the kernel's */
		int64_t us;
	} all[] = {
		{"[    8.273973] Kernel panic", "Kernel panic", 8273973},
		{"[46223316.649832] late", "late", 46223316649832},
		{"[    1.052080][   T41] INFO: task", "INFO: task", 1052080},
		{"[    0.000001][    C0] ", "", 1},
		{"host login: [  709.689951] INFO: rcu_sched", "INFO: rcu_sched", 709689951},
		{"** 12 printk messages dropped ** [    2.000000] BUG: x", "BUG: x", 2000000},
		{"[ok] started [x] [    3.500000] Oops", "Oops", 3500000},
		{"[    1.000000] it said [    2.000000] twice", "it said [    2.000000] twice", 1000000},
		{"[    1.000000]no blank", NULL, 0},
		{"[    1.000000][ T1 no end", NULL, 0},
		{"[ 1 ] a number", NULL, 0},
		{"[    -1.000000] before the boot", NULL, 0},
		{"[999999999999.000000] too far", NULL, 0},
		{"nothing", NULL, 0},
		{"[", NULL, 0},
		{"", NULL, 0},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		int64_t us = 0;
		const char *text = printk_line(all[i].line, &us);

		ok(all[i].text ? text && !strcmp(text, all[i].text) && us == all[i].us : !text, "'%s'", all[i].line);
	}
	return tap_end();
}
