// SPDX-License-Identifier: GPL-2.0-or-later
/* fuka version: the versions that a bug report needs. */
#include "lib/base/version.h"
#include "lab/doctor.h"
#include "lab/host/machine_arch.h"
#include "lib/base/command.h"
#include "lib/base/say.h"
#include "lib/text/options.h"

#include <stdio.h>

static int run(int argc, char **argv)
{
	struct options given = {.command = "version"};
	char line[200];

	if (options_parse(&given, argc, argv))
		return FUKA_USAGE;
	if (given.operands)
		return say("version: it takes no argument; unexpected '%s'", given.operand[0]), FUKA_USAGE;
	printf("fuka %s\n", FUKA_VERSION);
	if (!doctor_tool_version(machine_arch.program, line, sizeof(line)))
		printf("qemu     %s\n", line);
	else
		printf("qemu     none in PATH: apt-get install %s\n", machine_arch.package);
	doctor_kernels(line, sizeof(line));
	printf("kernels  %s\n", *line ? line : "none: make kernel");
	return FUKA_PASS;
}

const struct command command_version = {
	.name = "version",
	.about = "fuka's version, QEMU's, and the kernels that are there",
	.synopsis = "",
	.description =
		"Prints the version of fuka, of the QEMU in PATH, and the names of the kernels that are fetched.\n",
	.exit_status = "0; 2 usage",
	.run = run,
};
