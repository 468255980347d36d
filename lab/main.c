// SPDX-License-Identifier: GPL-2.0-or-later
/* main() is a table of contents: it finds the subcommand, or becomes the guest's PID 1, and picks nothing else. */
#include "lib/base/command.h"
#include "lib/base/printable.h"
#include "lib/base/say.h"
#include "lab/guest/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define COMMAND(name) extern const struct command command_##name;
#include "lab/commands.h"
#undef COMMAND

static const struct command *const commands[] = {
#define COMMAND(name) &command_##name,
#include "lab/commands.h"
#undef COMMAND
};

#define COUNT (sizeof(commands) / sizeof(*commands))

static void help(FILE *out)
{
	fputs("usage: fuka COMMAND [OPTION…] [ARGUMENT…]\n\n"
	      "Makes load and out-of-memory trouble in a disposable VM, records what the kernel's own counters did,\n"
	      "through its own panic, and says what was true.\n\n",
	      out);
	for (size_t i = 0; i < COUNT; i++)
		fprintf(out, "  %-8s  %s\n", commands[i]->name, commands[i]->about);
	fputs("\n`fuka COMMAND --help` tells the rest.\n"
	      "Exit status: 0 pass, 1 fail, 2 usage, 3 lost (the machine went away), 77 skip.\n",
	      out);
}

/*
 * A standard descriptor that is closed would be the next file that is opened: a recording, with messages written into
 * it. It is taken by one that can be neither read nor written, so that an error stays an error.
 */
static void take_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/", O_PATH); /* the lowest number that is free */
}

static void on_write_refused(int sig)
{
	(void)sig;
}

/*
 * A pipe that nobody reads and a file beyond `ulimit -f` are errors of a write (EPIPE, EFBIG), to be said, and no
 * reason to die. By handlers: programs that fuka starts get the default back.
 */
static void survive_refused_writes(void)
{
	const struct sigaction survive = {.sa_handler = on_write_refused, .sa_flags = SA_RESTART};
	const int signals[] = {SIGPIPE, SIGXFSZ};
	struct sigaction before;

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (!sigaction(signals[i], NULL, &before) && before.sa_handler == SIG_DFL)
			sigaction(signals[i], &survive, NULL);
}

/* What could not be printed has not been done. */
static int printed(int status)
{
	bool failed = ferror(stdout);

	errno = 0;
	if (!fflush(stdout) && !failed)
		return status;
	say("cannot write to standard output: %s", errno ? strerror(errno) : "an earlier part of it was refused");
	return FUKA_USAGE;
}

static int command(int argc, char **argv)
{
	if (argc < 2) {
		help(stderr);
		return FUKA_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		help(stdout);
		return FUKA_PASS;
	}
	if (!strcmp(argv[1], "--version"))
		argv[1] = "version";
	for (size_t i = 0; i < COUNT; i++) {
		if (strcmp(argv[1], commands[i]->name))
			continue;
		if (argc > 2 && (!strcmp(argv[2], "--help") || !strcmp(argv[2], "-h"))) {
			fputs(commands[i]->usage, stdout);
			return FUKA_PASS;
		}
		return commands[i]->run(argc - 1, argv + 1);
	}
	say("there is no command '%s'; `fuka --help` lists them", argv[1]);
	return FUKA_USAGE;
}

int main(int argc, char **argv)
{
	if (getpid() == 1 && guest_is_lab())
		guest_main();
	take_standard_descriptors();
	survive_refused_writes();
	stdout = printable_stream(STDOUT_FILENO) ?: stdout;
	return printed(command(argc, argv));
}
