// SPDX-License-Identifier: GPL-2.0-or-later
/* main() is a table of contents: it finds the subcommand or becomes the guest's PID 1, and decides nothing else. */
#include "lib/base/printable.h"
#include "lib/base/say.h"
#include "lab/guest/init.h"
#include "lab/help/help.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * If a standard descriptor is closed, the next file that is opened gets its number, and messages would be written into a
 * recording. Such a number is given to a descriptor that can be neither read nor written, so that using it stays an error.
 */
static void take_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/", O_PATH); /* gets the lowest free number */
}

static void on_write_refused(int sig)
{
	(void)sig;
}

/*
 * Writing to a pipe without a reader or beyond `ulimit -f` shall fail with EPIPE or EFBIG and be reported, instead of killing
 * the process. This is done by handlers, so that programs which fuka starts get the default action back.
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

/* Output that could not be written makes a successful command fail. */
static int printed(int status)
{
	bool failed = ferror(stdout);

	errno = 0;
	if (!fflush(stdout) && !failed)
		return status;
	say("cannot write to standard output: %s", errno ? strerror(errno) : "an earlier part of it was refused");
	return FUKA_USAGE;
}

/* Whether --help is given anywhere before a user's program, or -h as the first argument. */
static bool asks_for_help(int argc, char **argv)
{
	for (int i = 2; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--help") || (i == 2 && !strcmp(argv[i], "-h")))
			return true;
	return false;
}

static int command(int argc, char **argv)
{
	if (argc < 2) {
		help_of_all(stderr);
		return FUKA_USAGE;
	}
	const char *name = argv[1];

	if (!strcmp(name, "--help") || !strcmp(name, "-h"))
		name = "help";
	if (!strcmp(name, "--version"))
		name = "version";
	const struct command *c = command_find(name);

	if (!c) {
		say("there is no command '%s'; `fuka --help` lists them", name);
		return FUKA_USAGE;
	}
	if (!asks_for_help(argc, argv))
		return c->run(argc - 1, argv + 1);
	if (!c->help || c->help(argv[2]))
		help_of(stdout, c);
	return FUKA_PASS;
}

int main(int argc, char **argv)
{
	if (getpid() == 1 && init_is_lab())
		init_main();
	take_standard_descriptors();
	survive_refused_writes();
	stdout = printable_stream(STDOUT_FILENO) ?: stdout;
	return printed(command(argc, argv));
}
