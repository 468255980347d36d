// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Starts and ends QEMU. Paths of the run are relative to its directory, so that the same run in another directory has
 * the same command line; the kernel's command line has no path of the host.
 */
#include "lab/host/machine.h"
#include "lab/host/machine_arch.h"
#include "lab/guest/init.h"
#include "lab/host/disk_faults.h"
#include "lab/guest/netcard.h"
#include "lib/base/spawn.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGS_MAX   96
#define VERSION_NS (10 * SYS_NS)
/* Descriptors in QEMU are fixed, because the command line must not depend on what fuka has open. */
#define QMP_FD 3
#define NET_FD 4

struct args {
	char *v[ARGS_MAX];
	int n;
};

static void add(struct args *a, char *text)
{
	if (a->n < ARGS_MAX - 1)
		a->v[a->n++] = text;
}

#define ADD(a, ...) add(a, sys_format(__VA_ARGS__))

static void free_args(struct args *a)
{
	for (int i = 0; i < a->n; i++)
		free(a->v[i]);
}

const char *machine_program(void)
{
	static char found[4096];
	const char *path = getenv("PATH");

	for (const char *p = path ? path : ""; *p;) {
		size_t n = strcspn(p, ":");

		snprintf(found, sizeof(found), "%.*s/%s", (int)n, p, machine_arch.program);
		if (access(found, X_OK) == 0)
			return found;
		p += n + (p[n] == ':');
	}
	say("%s is not in PATH, and scenarios need it: apt-get install %s", machine_arch.program, machine_arch.package);
	return NULL;
}

void machine_version(char *buf, size_t size)
{
	/* QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18) */
	char *const ask[] = {(char *)machine_arch.program, "--version", NULL};
	_cleanup_(sys_freep) char *text = NULL;
	int status;

	*buf = '\0';
	if (spawn_output(ask, VERSION_NS, &text, &status) || !WIFEXITED(status) || WEXITSTATUS(status))
		return;
	text[strcspn(text, "\n")] = '\0';
	const char *version = strstr(text, "version ");

	snprintf(buf, size, "%s", version ? version + strlen("version ") : text);
}

static void add_clock(struct args *a, const struct machine_plan *p)
{
	const struct machine_spec *m = &p->scenario->machine;

	if (m->clock == CLOCK_IS_VIRTUAL) {
		ADD(a, "-accel");
		ADD(a, "tcg,thread=single");
		ADD(a, "-icount");
		ADD(a, "shift=%lld,sleep=off", (long long)m->speed);
		ADD(a, "-rtc");
		ADD(a, "base=2026-01-01T00:00:00,clock=vm");
	} else {
		ADD(a, "-accel");
		ADD(a, "%s", p->kvm ? "kvm" : "tcg,thread=multi");
	}
	ADD(a, "-cpu");
	ADD(a, "%s", m->random == RANDOM_HOST ? machine_arch.cpu : machine_arch.cpu_without_random);
}

/* The scenario's own parameters come last, because the last of two with the same name wins. */
static char *command_line(const struct machine_plan *p)
{
	const struct machine_spec *m = &p->scenario->machine;
	char *line = NULL;
	size_t n;
	FILE *out = open_memstream(&line, &n);

	if (!out)
		return NULL;
	/* loglevel=5 shows the OOM killer's report, which is KERN_WARNING. */
	fprintf(out, "console=%s " MACHINE_KERNEL_WORDS "loglevel=5 %s" GUEST_DISPOSABLE, machine_arch.console,
		machine_arch.kernel_words);
	machine_arch.tell_clock(out, m->clock == CLOCK_IS_VIRTUAL, p->kvm);
	if (m->cmdline)
		fprintf(out, " %s", m->cmdline);
	return fclose(out) ? NULL : line;
}

static void add_kernel(struct args *a, const struct machine_plan *p)
{
	ADD(a, "-kernel");
	ADD(a, "%s", p->kernel->vmlinux);
	ADD(a, "-initrd");
	ADD(a, MACHINE_INITRAMFS);
	ADD(a, "-append");
	add(a, command_line(p) ?: sys_format("%s", GUEST_DISPOSABLE));
}

/* The disk's nodes have names, so that lab/host/disk_faults.c can replace one by the other. */
static void add_disk(struct args *a, const struct scenario *s)
{
	bool plugs = scenario_disk_plugs(s);

	ADD(a, "-blockdev");
	ADD(a, "driver=file,node-name=" HOST_FILE ",filename=" MACHINE_DISK);
	ADD(a, "-blockdev");
	ADD(a, "driver=raw,node-name=" HOST_NODE ",file=" HOST_FILE);
	if (scenario_has_host(s, HOST_FAIL)) {
		ADD(a, "-blockdev");
		ADD(a, "driver=blkdebug,node-name=" HOST_EIO ",image=" HOST_FILE
		       ",inject-error.0.event=none,inject-error.0.errno=5");
	}
	if (plugs) {
		ADD(a, "-device");
		ADD(a, "pcie-root-port,id=" HOST_SLOT);
	}
	if (scenario_disk_is_out(s))
		return;
	ADD(a, "-device");
	ADD(a, "virtio-blk-pci,id=" HOST_DISK ",drive=" HOST_NODE "%s", plugs ? ",bus=" HOST_SLOT : "");
}

static void add_devices(struct args *a, const struct machine_plan *p)
{
	ADD(a, "-object");
	ADD(a, "memory-backend-file,id=lanes,size=%llu,share=on,mem-path=" MACHINE_LANES,
	    (unsigned long long)p->lanes_bytes);
	ADD(a, "-device");
	ADD(a, "ivshmem-plain,memdev=lanes");
	ADD(a, "-device");
	ADD(a, "%s", kernel_panic_device(p->kernel));
	if (p->scenario->machine.disk != INT64_MIN)
		add_disk(a, p->scenario);
	if (p->scenario->machine.network) {
		ADD(a, "-netdev");
		ADD(a, "dgram,id=net0,local.type=fd,local.str=%d", NET_FD);
		ADD(a, "-device");
		ADD(a, "virtio-net-pci,netdev=net0,romfile=,mac=" NETCARD_GUEST_MAC);
	}
	if (p->scenario->machine.vmcore) {
		ADD(a, "-device");
		ADD(a, "vmcoreinfo");
	}
	ADD(a, "-action");
	ADD(a, "panic=pause");
	ADD(a, "-chardev");
	ADD(a, "file,id=console,path=" MACHINE_CONSOLE);
	ADD(a, "-serial");
	ADD(a, "chardev:console");
	ADD(a, "-chardev");
	ADD(a, "socket,id=qmp,fd=%d", QMP_FD);
	ADD(a, "-mon");
	ADD(a, "chardev=qmp,mode=control");
}

static void build(struct args *a, const struct machine_plan *p)
{
	const struct machine_spec *m = &p->scenario->machine;

	ADD(a, "%s", machine_arch.program);
	ADD(a, "-nodefaults");
	ADD(a, "-no-user-config");
	ADD(a, "-display");
	ADD(a, "none");
	ADD(a, "-no-reboot");
	ADD(a, "-S");
	ADD(a, "-machine");
	ADD(a, "%s", scenario_disk_plugs(p->scenario) ? machine_arch.board_that_plugs : machine_arch.board);
	ADD(a, "-m");
	ADD(a, "%lldM", (long long)m->memory >> 20);
	ADD(a, "-smp");
	ADD(a, "%lld", (long long)m->cpus);
	add_clock(a, p);
	add_kernel(a, p);
	add_devices(a, p);
	ADD(a, "-sandbox");
	ADD(a, "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
}

/* Writes any text as one word of the shell. */
static void put_quoted(FILE *f, const char *text)
{
	fputc('\'', f);
	for (; *text; text++)
		if (*text == '\'')
			fputs("'\\''", f);
		else
			fputc(*text, f);
	fputc('\'', f);
}

/* Writes the command line for people: quoted for the shell, one option per line. */
static int write_command(const struct machine_plan *p, const struct args *a)
{
	_cleanup_(sys_freep) char *path = sys_format("%s/" MACHINE_COMMAND, p->dir);
	FILE *f = fopen(path, "w");

	if (!f)
		return say_err(-errno, "%s could not be written: %s", path, strerror(errno));
	fprintf(f,
		"#!/bin/sh\n# The exact command of this run; fuka hands it the QMP socket as file descriptor %d%s.\n",
		QMP_FD, p->scenario->machine.network ? ", and its network card's other end as the next" : "");
	for (int i = 0; i < a->n; i++) {
		fputs(a->v[i][0] == '-' ? " \\\n  " : " ", f);
		put_quoted(f, a->v[i]);
	}
	fputc('\n', f);
	return fclose(f) ? say_err(-errno, "%s could not be written: %s", path, strerror(errno)) : 0;
}

/*
 * Makes `fd` the descriptor `number` of QEMU. It overwrites none that is still needed: socket_pair() uses higher
 * numbers.
 */
static void hand_over(int fd, int number)
{
	if (fd >= 0)
		dup2(fd, number);
}

_Noreturn static void child(const struct machine_plan *p, struct args *a, int qmp, int net, pid_t parent)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(126); /* the parent died before the line above */
	setsid();           /* fuka handles Ctrl-C */
	if (chdir(p->dir))
		_exit(126);
	int log = open(MACHINE_LOG, O_WRONLY | O_CREAT | O_TRUNC, 0644), null = open("/dev/null", O_RDONLY);

	dup2(null, STDIN_FILENO);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	hand_over(qmp, QMP_FD);
	hand_over(net, NET_FD);
	close_range(net < 0 ? NET_FD : NET_FD + 1, ~0u, 0);
	execvp(a->v[0], a->v);
	_exit(127);
}

/* Makes a pair of sockets, one end for QEMU. Its number is higher than any that child() assigns with dup2(). */
static int socket_pair(int type, const char *what, int *ours, int *theirs)
{
	int pair[2];

	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair))
		return say_err(-errno, "no socket for %s: %s", what, strerror(errno));
	*ours = pair[0];
	*theirs = fcntl(pair[1], F_DUPFD_CLOEXEC, NET_FD + 1);
	close(pair[1]);
	return *theirs < 0 ? say_err(-errno, "no socket for %s: %s", what, strerror(errno)) : 0;
}

static int start(const struct machine_plan *plan, struct args *a, int qmp, int net, struct machine *m)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		child(plan, a, qmp, net, parent);
	if (pid < 0)
		return say_err(-errno, "QEMU could not be forked: %s", strerror(errno));
	m->pid = pid;
	/* QEMU is stopped (-S) until `cont`, so that no event can be missed. */
	qmp_send(&m->qmp, "qmp_capabilities", NULL, NULL);
	qmp_send(&m->qmp, "cont", NULL, NULL);
	return 0;
}

int machine_start(const struct machine_plan *plan, struct machine *m)
{
	_cleanup_(sys_closep) int qmp = -1, net = -1;
	struct args a = {0};

	*m = (struct machine){.qmp = {.fd = -1}, .net_fd = -1};
	build(&a, plan);
	int r = write_command(plan, &a);

	if (!r)
		r = socket_pair(SOCK_STREAM, "QMP", &m->qmp.fd, &qmp);
	if (!r && plan->scenario->machine.network)
		r = socket_pair(SOCK_DGRAM, "the network", &m->net_fd, &net);
	if (!r)
		r = start(plan, &a, qmp, net, m);
	if (r)
		machine_close(m);
	free_args(&a);
	return r;
}

void machine_close(struct machine *m)
{
	qmp_close(&m->qmp);
	sys_closep(&m->net_fd);
	m->net_fd = -1;
}

bool machine_ended(struct machine *m, int wait_ms)
{
	for (int waited = 0; m->pid; waited += 5) {
		if (waitpid(m->pid, &m->status, WNOHANG) == m->pid)
			m->pid = 0;
		else if (waited >= wait_ms)
			break;
		else
			poll(NULL, 0, 5);
	}
	return !m->pid;
}

void machine_kill(struct machine *m)
{
	if (!m->pid)
		return;
	sys_wait(m->pid, &m->status, 0);
	m->pid = 0;
}
