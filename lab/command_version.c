// SPDX-License-Identifier: GPL-2.0-or-later
/* `fuka version`: what a bug report and a recording's reader want first. */
#include "lib/base/version.h"
#include "lab/doctor.h"
#include "lib/base/command.h"
#include "lib/base/say.h"

#include <stdio.h>

static int run(int argc, char **argv)
{
	char line[200];

	if (argc > 1) {
		say("version takes no argument, and '%s' was given", argv[1]);
		return FUKA_USAGE;
	}
	printf("fuka %s\n", FUKA_VERSION);
	if (!doctor_tool_version("qemu-system-x86_64", line, sizeof(line)))
		printf("qemu     %s\n", line);
	else
		printf("qemu     none in PATH: apt-get install qemu-system-x86\n");
	doctor_kernels(line, sizeof(line));
	printf("kernels  %s\n", *line ? line : "none: make kernel");
	return FUKA_PASS;
}

const struct command command_version = {
	.name = "version",
	.about = "fuka's version, QEMU's, and the kernels that are there",
	.usage = "usage: fuka version\n\n"
		 "Prints the version of fuka, of the QEMU in PATH, and the names of the kernels that are fetched.\n",
	.run = run,
};
