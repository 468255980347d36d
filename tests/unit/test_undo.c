// SPDX-License-Identifier: GPL-2.0-or-later
/* What a load undoes: the last thing done first, each knob to what it was; SIGINT ends it as SIGTERM does. */
#include "lib/say.h"
#include "lib/sys.h"
#include "loadgen/loadgen.h"
#include "tests/unit/tap.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/fuka-test-XXXXXX", undone[64], knob[3][64];

static int note(const char *what)
{
	int fd = open(undone, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	ssize_t n = write(fd, what, strlen(what));

	close(fd);
	return n > 0 ? 0 : -1;
}

static int run(struct load *l, const void *values)
{
	(void)values;
	load_undo(l, UNDO_LAST, note, "a");
	load_undo(l, UNDO_AT_ONCE, note, "b");
	load_undo(l, UNDO_LAST, note, "c");
	load_undo(l, UNDO_AT_ONCE, note, "d");
	for (int i = 0; i < 3; i++)
		if (load_knob(l, knob[i], "mine"))
			return FUKA_FAIL;
	load_knob(l, knob[1], "anew");
	load_ready(l);
	load_achieved(l, 1, 1, "things", true);
	load_wait(l, 0);
	return FUKA_PASS;
}

static const struct param params[] = {{0}};
static const struct generator made = {.name = "made", .about = "x", .params = params, .values_size = 1, .run = run};

static bool is(const char *path, const char *want)
{
	char text[64] = "";

	sys_read_line(path, text, sizeof(text));
	return !strcmp(text, want);
}

/* Started as `fuka load` does it, and ended by a signal to its group, as a terminal's Ctrl-C is. */
static int life(int signal)
{
	struct load_spec s;
	struct load_handle h = {0};
	int status = -1;

	unlink(undone);
	for (int i = 0; i < 3; i++) {
		FILE *f = fopen(knob[i], "w");

		if (!f || fprintf(f, "old%d", i) < 0 || fclose(f))
			exit(99);
	}
	if (load_spec_init(&s, &made) || load_prepare(&s, &h) || load_go(&h))
		exit(99);
	for (int i = 0; i < 500 && !is(knob[2], "mine"); i++)
		usleep(10000);
	ok(is(knob[0], "mine") && is(knob[1], "anew"), "its knobs are set");
	usleep(200000);
	kill(h.pid, signal);
	waitpid(h.pid, &status, 0);
	load_spec_free(&s);
	return status;
}

int main(void)
{
	if (!mkdtemp(dir))
		return 99;
	snprintf(undone, sizeof(undone), "%s/undone", dir);
	for (int i = 0; i < 3; i++)
		snprintf(knob[i], sizeof(knob[i]), "%s/knob%d", dir, i);
	int status = life(SIGTERM);

	ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "it ends well (%#x)", status);
	ok(is(undone, "dbca") || is(undone, "dbdbca"), "undone: what tasks sleep on first, each in reverse order");
	ok(is(knob[0], "old0") && is(knob[1], "old1") && is(knob[2], "old2"),
	   "each knob is what it was, the first one too");
	char command[80];

	snprintf(command, sizeof(command), "rm -r %s", dir);
	return tap_end() | (system(command) != 0);
}
