// SPDX-License-Identifier: GPL-2.0-or-later
/* fuka fault: lists the kernel module's faults, arms one and holds it, shows what is armed, gives memory back. */
#include "kmod/uapi.h"
#include "loadgen/generators/fault.h"
#include "lib/base/command.h"
#include "lib/base/say.h"
#include "lib/text/options.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int list(void)
{
	const struct generator *g;
	const struct param *p, *own;

	puts("contexts (--context, or `context:` in a timeline):");
#define CONTEXT(id, name, what) printf("  %-18s %s\n", name, what);
	FUKA_CONTEXT_LIST
#undef CONTEXT
	puts("\nfaults (fuka fault arm NAME, or `fault: NAME` in a timeline):");
	for (size_t i = 0; (g = fault_generator(i)); i++) {
		char contexts[160];

		fault_contexts(g, contexts, sizeof(contexts));
		printf("  %-18s %s\n", g->name, g->about);
		if (strlen(contexts) < 80)
			printf("  %-18s contexts: %s\n", "", contexts);
		for (own = g->params; strcmp(own->name, "context"); own++) {
			char expected[PARAM_WHY];

			param_expected(own, expected, sizeof(expected));
			printf("    %-16s %s\n    %-16s %s; default %s\n", own->name, own->help, "", expected,
			       own->def);
		}
	}
	puts("\nevery fault also takes:");
	for (p = param_find(fault_generator(0)->params, "context"); p->name; p++) {
		struct param one[2] = {*p, {0}};

		if (!fault_is_trigger(p->name))
			param_print(stdout, one, "  ");
	}
	puts("\ntriggers (--NAME, or in `trigger:`); without one a fault acts as soon as it is armed:");
	for (p = fault_generator(0)->params; p->name; p++) {
		struct param one[2] = {*p, {0}};

		if (fault_is_trigger(p->name))
			param_print(stdout, one, "  ");
	}
	return FUKA_PASS;
}

static int open_device(void)
{
	int fd = open(FUKA_DEVICE, O_RDWR | O_CLOEXEC);

	return fd < 0 ? say_err(-errno,
				FUKA_DEVICE ": %s: the module is not loaded here, or you are not root; it loads only "
					    "in a machine that may be lost: `fuka run` does it, or there: insmod "
					    "fuka.ko disposable=1",
				strerror(errno))
		      : fd;
}

static int status(void)
{
	_cleanup_(sys_closep) int fd = open_device();
	char text[8192];
	ssize_t n;

	if (fd < 0)
		return FUKA_FAIL;
	while ((n = read(fd, text, sizeof(text))) > 0)
		fwrite(text, 1, n, stdout);
	return n < 0 ? say_err(FUKA_FAIL, FUKA_DEVICE ": %s", strerror(errno)) : FUKA_PASS;
}

static int simple(unsigned long command, const char *number)
{
	_cleanup_(sys_closep) int fd = open_device();
	char *rest = "";
	uint32_t id = number ? strtoul(number, &rest, 10) : 0;

	if (*rest)
		return say_err(FUKA_USAGE, "fault: '%s' is not the number of a slot; `fuka fault status` has them",
			       number);
	if (fd < 0)
		return FUKA_FAIL;
	if (ioctl(fd, command, &id))
		return say_err(FUKA_FAIL, "fault: %s%s", strerror(errno),
			       errno == ENOENT ? ": nothing is armed in that slot; `fuka fault status` lists what is"
			       : errno == EALREADY ? ": it is being armed or disarmed just now"
			       : errno == EBUSY    ? ": it is stopped, but its action has not returned, and until "
						     "then the module has to stay; try again later"
						   : "");
	return FUKA_PASS;
}

struct fault_options {
	int64_t length;
};

static const struct param params[] = {
	{"for", PARAM_TIME, "", 1e6, 31536000e9, NULL,
	 "arm: how long to hold the fault armed; default: until it is interrupted",
	 offsetof(struct fault_options, length), 'f'},
	{0},
};

/* argv[0] is the fault's name. */
static int parse(int argc, char **argv, struct load_spec *s, struct fault_options *options)
{
	if (load_spec_options("fault", params, options, argc, argv, s))
		return -EINVAL;
	if (fault_in_init(s))
		return say_err(-EINVAL,
			       "fault: the context init is that of loading the module: insmod fuka.ko disposable=1 "
			       "init_fault=NAME init_args=N,N,…");
	return 0;
}

static void print_line(const char *line, void *unused)
{
	(void)unused;
	puts(line);
}

/* Holds the fault armed until the time is over, a signal arrives, or the process that holds it ends. */
static int hold(const struct load_spec *s, int64_t for_ns)
{
	struct timespec limit = {.tv_sec = for_ns / SYS_NS, .tv_nsec = for_ns % SYS_NS};
	struct load_handle h;
	sigset_t set;
	int status = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (load_prepare(s, &h) || load_go(&h))
		return FUKA_FAIL;
	if (sigtimedwait(&set, NULL, for_ns > 0 ? &limit : NULL) != SIGCHLD)
		load_stop(&h);
	waitpid(h.pid, &status, 0);
	load_reports(&h, print_line, NULL);
	return WIFEXITED(status) && !WEXITSTATUS(status) ? FUKA_PASS : FUKA_FAIL;
}

static int arm(int argc, char **argv)
{
	const struct generator *g = argc ? fault_find(argv[0]) : NULL;
	struct load_spec s;
	struct fault_options o;
	char names[512];

	fault_names(names, sizeof(names));
	if (!g)
		return say_err(FUKA_USAGE, "fault: there is no fault '%s'; there are %s", argc ? argv[0] : "", names);
	if (fault_spec_init(&s, g) || fault_spec_label(&s, "fuka-fault"))
		return FUKA_FAIL;
	int r = parse(argc, argv, &s, &o) ? FUKA_USAGE : hold(&s, o.length);

	load_spec_free(&s);
	return r;
}

static int command(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";

	if (!strcmp(word, "list") && argc == 2)
		return list();
	if (!strcmp(word, "status") && argc == 2)
		return status();
	if (!strcmp(word, "arm"))
		return arm(argc - 2, argv + 2);
	if (!strcmp(word, "disarm") && argc == 3)
		return simple(FUKA_IOC_DISARM, argv[2]);
	if (!strcmp(word, "release") && argc == 2)
		return simple(FUKA_IOC_GIVE_BACK, NULL);
	return say("fault: expected list, status, arm NAME …, disarm SLOT or release; see `fuka fault --help`"),
	       FUKA_USAGE;
}

extern const struct command command_fault;

const struct command command_fault = {
	.name = "fault",
	.about = "the kernel module's faults: list, arm, disarm, status, release",
	.synopsis = "list                      contexts, triggers, faults and their parameters\n"
		    "arm NAME --context CONTEXT [--udp PORT …] [--PARAMETER VALUE …] [--for TIME]\n"
		    "status                    what is armed: hits, fired, memory taken\n"
		    "disarm SLOT               by the number that status gives\n"
		    "release                   gives back all memory that faults took",
	.description = "`arm` holds the fault armed until --for is over or it is interrupted, and then disarms it.\n"
		       "All but `list` need the module fuka.ko, which loads only in a disposable machine.\n",
	.options = params,
	.exit_status = "0 done, 1 the module refused or is not there, 2 usage",
	.operands = "list arm status disarm release",
	.run = command,
};
