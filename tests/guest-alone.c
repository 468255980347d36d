// SPDX-License-Identifier: GPL-2.0-or-later
/* Links PID 1 with the guest's side of the tree and nothing else (Makefile: GUEST). Never run. */
#include "lab/guest/init.h"

int main(void)
{
	init_main();
}
