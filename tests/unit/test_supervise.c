// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How a machine ended, by what QEMU said and did: the QEMU is a child of this test, which says its lines and then exits,
 * is killed, or hangs until the deadline.
 */
#include "lab/expect/expect.h"
#include "lab/host/supervise.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"
#include "tests/unit/tap.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HANGS  (-1)
#define KILLED (-2)

#define SHUTDOWN(reason) "{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": true, \"reason\": \"" reason "\"}}\n"
#define PANICKED         "{\"event\": \"GUEST_PANICKED\", \"data\": {\"action\": \"pause\"}}\n"
#define CRASHLOADED      "{\"event\": \"GUEST_CRASHLOADED\", \"data\": {\"action\": \"run\"}}\n"
#define PVSHUTDOWN       "{\"event\": \"GUEST_PVSHUTDOWN\"}\n"
#define ANSWERED         "{\"return\": {}, \"id\": \"out\"}\n"
#define REFUSED          "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no such disk\"}, \"id\": \"out\"}\n"
#define DELETED          "{\"event\": \"DEVICE_DELETED\", \"data\": {\"device\": \"disk0\", \"path\": \"/x\"}}\n"
#define PART_DELETED     "{\"event\": \"DEVICE_DELETED\", \"data\": {\"path\": \"/x/virtio-backend\"}}\n"

static char dir[] = "/tmp/fuka-test-XXXXXX";

static const char text[] = "about: x\nend: 10s\nmachine: {clock: real, disk: 16M}\ntimeline:\n"
			   "  - {at: 1s, id: out, host: {unplug: disk0}}\n";

/* It says its lines at once, then ends as it should. */
static pid_t start_qemu(int fd, const char *says, int ends)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	if (sys_write_all(fd, says, strlen(says)))
		_exit(99);
	while (ends == HANGS)
		pause();
	if (ends == KILLED)
		raise(SIGKILL);
	_exit(ends);
}

/* What the host saw, a line each. */
static char *supervised(const struct scenario *s, const char *says, int ends, bool unplugs)
{
	struct supervision w = {.scenario = s, .dir = dir, .deadline_ns = (ends == HANGS ? 200 : 10000) * 1000000ull};
	char *all = sys_format("%s", "");
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		exit(99);
	struct machine m = {.qmp.fd = pair[0], .net_fd = -1, .pid = start_qemu(pair[1], says, ends)};

	close(pair[1]);
	w.machine = &m;
	w.unplugs = unplugs ? s->entry : NULL;
	supervise_machine(&w);
	for (size_t i = 0; i < w.events.count; i++) {
		char *longer = sys_format("%s%s\n", all, w.events.line[i]);

		free(all);
		all = longer;
	}
	supervise_free(&w);
	qmp_close(&m.qmp);
	return all;
}

static const struct {
	const char *what, *says;
	int ends;
	bool unplugs;
	const char *seen;
} all[] = {
	{"powers off", SHUTDOWN("guest-shutdown"), 0, false,
	 "event=qmp name=SHUTDOWN reason=guest-shutdown\nevent=ended how=poweroff\n"},
	{"resets", SHUTDOWN("guest-reset"), 0, false,
	 "event=qmp name=SHUTDOWN reason=guest-reset\nevent=ended how=reset detail=guest-reset\n"},
	{"panics, and QEMU ends", PANICKED, 0, false,
	 "event=qmp name=GUEST_PANICKED\nevent=ended how=panic detail=\"QEMU saw the guest panic\"\n"},
	{"panics with a crash kernel loaded", CRASHLOADED, 0, false,
	 "event=qmp name=GUEST_CRASHLOADED\nevent=ended how=panic detail=\"QEMU saw the guest panic\"\n"},
	{"powers off as newer QEMUs' pvpanic device reports it, too", PVSHUTDOWN SHUTDOWN("guest-shutdown"), 0, false,
	 "event=qmp name=SHUTDOWN reason=guest-shutdown\nevent=ended how=poweroff\n"},
	{"panics, and QEMU hangs: the first reason is the reason", PANICKED, HANGS, false,
	 "event=qmp name=GUEST_PANICKED\nevent=ended how=panic detail=\"QEMU saw the guest panic\"\n"},
	{"hangs", "", HANGS, false,
	 "event=ended how=deadline detail=\"the host's deadline passed: the machine hangs, or this host is too "
	 "slow for the scenario\"\n"},
	{"is killed", "", KILLED, false, "event=ended how=killed detail=\"QEMU was ended by signal 9\"\n"},
	{"ends by itself, with its last words", "", 3, false,
	 "event=ended how=killed detail=\"QEMU ended with status 3: no such machine\"\n"},
	{"is asked to unplug a disk, and has not let go of it", ANSWERED PART_DELETED SHUTDOWN("guest-shutdown"), 0,
	 true, "event=qmp name=SHUTDOWN reason=guest-shutdown\nevent=ended how=poweroff\n"},
	{"is asked to unplug a disk, and lets go of it", ANSWERED DELETED SHUTDOWN("guest-shutdown"), 0, true,
	 "event=done id=out\nevent=qmp name=SHUTDOWN reason=guest-shutdown\nevent=ended how=poweroff\n"},
	{"is asked to unplug a disk that there is not", REFUSED SHUTDOWN("guest-shutdown"), 0, true,
	 "event=refused id=out detail=\"no such disk\"\nevent=qmp name=SHUTDOWN reason=guest-shutdown\n"
	 "event=ended how=poweroff\n"},
};

int main(void)
{
	static const char words[] = "qemu: a warning\nno such machine\n";
	struct scenario *s;

	if (!mkdtemp(dir) || scenario_parse("x.yaml", text, strlen(text), expect_read, &s))
		return 99;
	_cleanup_(sys_freep) char *log = sys_format("%s/" MACHINE_LOG, dir);
	int fd = open(log, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || sys_write_all(fd, words, strlen(words)))
		return 99;
	close(fd);
	say_to(open("/dev/null", O_WRONLY | O_CLOEXEC));
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		_cleanup_(sys_freep) char *seen = supervised(s, all[i].says, all[i].ends, all[i].unplugs);

		if (!ok(!strcmp(seen, all[i].seen), "a machine that %s", all[i].what))
			printf("# %s# instead of\n# %s", seen, all[i].seen);
	}
	scenario_free(s);
	unlink(log);
	rmdir(dir);
	return tap_end();
}
