// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Proves in three steps that KVM works on this host. Each step runs in a child with a deadline, because fuka must not
 * hang with KVM. That /dev/kvm opens proves nothing: in some clouds it does, and a guest is a thousand times too slow
 * or never boots.
 *
 * Step 2 runs `inc ecx; jmp` in real mode for 50 ms and reads ecx. Step 3 boots the scenarios' own kernel with QEMU.
 * The proof costs 50 ms, then up to 2 s for the boot, once per boot of the host. Steps that cost nothing are never
 * cached.
 */
#include "lab/host/kvm_proof.h"
#include "lab/host/kvm_loop.h"
#include "lab/host/machine.h"
#include "lab/host/machine_arch.h"
#include "lab/pack/initramfs.h"
#include "lib/base/say.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/kvm.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOOPS_MIN        10e6
#define LOOP_MS          50
#define LOOP_TRIES       5
#define LOOP_DEADLINE_MS 2000
#define BOOT_MS          2000
/* Exit statuses of the child that was to become QEMU, which has none of these. */
#define QEMU_MISSING 126
#define QEMU_NOT_RUN 125
#define MARKER       "Run /init as init process"

struct answer {
	bool ok;
	double loops;
	char why[200];
};

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* ---- step 1 ---- */

/* Writes why /dev/kvm cannot be opened. */
static void why_shut(int err, char *why, size_t n)
{
	struct stat st;
	const struct group *gr = NULL;

	if (err == ENOENT || err == ENODEV || err == ENXIO) {
		snprintf(why, n, "no KVM: %s",
			 err == ENOENT ? "there is no /dev/kvm (no hardware virtualisation, or kvm_intel/kvm_amd is "
					 "not loaded)"
				       : "/dev/kvm has no driver behind it (kvm_intel or kvm_amd is not loaded)");
		return;
	}
	if ((err == EACCES || err == EPERM) && !stat("/dev/kvm", &st)) {
		gr = getgrgid(st.st_gid);
		if (!(st.st_mode & 0060))
			snprintf(why, n, "KVM not used: only root may open /dev/kvm (mode %04o); TCG works without it",
				 st.st_mode & 07777);
		else
			snprintf(why, n,
				 "KVM not used: only group %s may open /dev/kvm, and this user is not in it: "
				 "adduser USER %s, then log in again",
				 gr ? gr->gr_name : "of its owner", gr ? gr->gr_name : "kvm");
		return;
	}
	snprintf(why, n, "KVM not used: /dev/kvm cannot be opened: %s", strerror(err));
}

static bool step_open(struct kvm_proof *p)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	p->stage = 1;
	if (fd < 0) {
		why_shut(errno, p->why, sizeof(p->why));
		return false;
	}
	int version = ioctl(fd, KVM_GET_API_VERSION, 0);

	close(fd);
	if (version != KVM_API_VERSION)
		snprintf(p->why, sizeof(p->why), "KVM not used: /dev/kvm has API version %d, expected %d", version,
			 KVM_API_VERSION);
	return version == KVM_API_VERSION;
}

/* ---- step 2 ---- */

static void on_alarm(int sig)
{
	(void)sig;
}

static void failed(struct answer *a, const char *what)
{
	snprintf(a->why, sizeof(a->why), "%s failed: %s", what, strerror(errno));
}

static void measure_loop(struct answer *a)
{
	struct sigaction act = {.sa_handler = on_alarm}; /* without SA_RESTART, so that it ends KVM_RUN */
	struct itimerval timer = {{0, 10 * 1000}, {0, LOOP_MS * 1000}};
	const char *what;
	uint64_t loops;
	int cpu = kvm_loop_make(&what);

	if (cpu < 0) {
		failed(a, what);
		return;
	}
	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	double start = now_s();
	int ran = ioctl(cpu, KVM_RUN, 0), err = errno;
	double took = now_s() - start;

	if (!ran || err != EINTR) {
		errno = ran ? err : EPROTO;
		failed(a, "KVM_RUN of a loop");
		return;
	}
	if (kvm_loop_count(cpu, &loops)) {
		failed(a, "KVM_GET_REGS");
		return;
	}
	a->loops = took > 0 ? loops / took : 0;
	a->ok = true;
}

/* Kills a child and reaps it, but waits for one second at most: a process stuck inside KVM may not die. */
/* Its exit status; -1 when it was killed here, as one is that has not ended by itself. */
static int end_child(pid_t pid)
{
	const struct timespec pause = {0, 5 * 1000 * 1000};
	int status = 0;
	pid_t ended = 0;

	kill(pid, SIGKILL);
	for (int i = 0; i < 200 && !ended; i++)
		if (!(ended = waitpid(pid, &status, WNOHANG)))
			nanosleep(&pause, NULL);
	return ended == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* As fork(), but the child dies with its parent, its output is read from *from, and its standard input is /dev/null. */
static pid_t fork_child(int *from)
{
	int fds[2], null;
	pid_t parent = getpid();

	if (pipe2(fds, O_CLOEXEC))
		return -1;
	pid_t pid = fork();

	if (pid) {
		close(fds[1]);
		*from = fds[0];
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	null = open("/dev/null", O_RDWR);
	dup2(null, STDIN_FILENO);
	dup2(fds[1], STDOUT_FILENO);
	dup2(fds[1], STDERR_FILENO);
	return 0;
}

/*
 * Takes the best of a few tries, because on a busy host the loop may not get the CPU for its 50 ms, whatever KVM can
 * do.
 */
static void measure_best(struct answer *best)
{
	for (int i = 0; i < LOOP_TRIES && best->loops < LOOPS_MIN; i++) {
		struct answer a = {0};

		measure_loop(&a);
		if (!a.ok || a.loops >= best->loops)
			*best = a;
		if (!a.ok)
			return;
	}
}

static bool step_speed(struct kvm_proof *p)
{
	struct answer a = {0};
	int from;
	pid_t pid = fork_child(&from);

	p->stage = 2;
	if (!pid) {
		measure_best(&a);
		_exit(write(STDOUT_FILENO, &a, sizeof(a)) == sizeof(a) ? 0 : 1);
	}
	if (pid < 0) {
		snprintf(p->why, sizeof(p->why), "KVM not used: its speed was not measured: %s", strerror(errno));
		return false;
	}
	struct pollfd pfd = {.fd = from, .events = POLLIN};
	bool told = poll(&pfd, 1, LOOP_DEADLINE_MS) > 0 && read(from, &a, sizeof(a)) == sizeof(a);

	close(from);
	end_child(pid);
	p->loops = a.loops;
	if (!told)
		snprintf(p->why, sizeof(p->why), "KVM not used: a %d ms loop in it did not come back within %d ms",
			 LOOP_MS, LOOP_DEADLINE_MS);
	else if (!a.ok)
		snprintf(p->why, sizeof(p->why), "KVM not used: %s", a.why);
	else if (a.loops < LOOPS_MIN)
		snprintf(p->why, sizeof(p->why),
			 "KVM not used: too slow, %.2f M loops per second; hardware runs "
			 "about 450 M and at least 10 M are needed (emulated nesting?)",
			 a.loops / 1e6);
	return told && a.ok && a.loops >= LOOPS_MIN;
}

/* ---- step 3 ---- */

static int boot_limit_ms(void)
{
	const char *said = getenv("FUKA_KVM_BOOT_MS");
	long ms = said ? strtol(said, NULL, 10) : 0;

	return ms >= 100 && ms <= 600000 ? ms : BOOT_MS;
}

/*
 * Makes an initramfs in memory; QEMU inherits the descriptor and opens `path`. Its /init need not run, because the
 * kernel prints the marker just before it. Returns the descriptor, which the caller closes, or -errno.
 */
static int make_initrd(char path[32])
{
	static const char init[] = "#!/init\n";
	struct initramfs *fs = initramfs_new();
	int fd = memfd_create("fuka-kvm", 0), err = fs && fd >= 0 ? 0 : -ENOMEM;

	snprintf(path, 32, "/proc/self/fd/%d", fd);
	if (!err)
		err = initramfs_bytes(fs, "init", 0755, init, strlen(init));
	if (!err)
		err = initramfs_write(fs, path, NULL);
	if (err && fd >= 0)
		close(fd);
	initramfs_free(fs);
	return err ? err : fd;
}

/* Becomes QEMU with the board, the CPU and the words that runs use; loglevel=7 shows the marker. */
static void exec_qemu(const struct kernel *k, const char *initrd, const char *board)
{
	char words[300];

	snprintf(words, sizeof(words), "console=%s " MACHINE_KERNEL_WORDS "loglevel=7 %s", machine_arch.console,
		 machine_arch.kernel_words);
	execlp(machine_arch.program, machine_arch.program, "-machine", board, "-accel", "kvm", "-cpu",
	       machine_arch.cpu_without_random, "-m", "256", "-nodefaults", "-no-user-config", "-display", "none",
	       "-no-reboot", "-serial", "stdio", "-sandbox",
	       "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny", "-kernel", k->vmlinux,
	       "-initrd", initrd, "-append", words, (char *)NULL);
	_exit(errno == ENOENT ? QEMU_MISSING : QEMU_NOT_RUN);
}

/* Copies the last line of a console that is not blank. */
static void last_line(char *seen, char *out, size_t n)
{
	char *line = NULL, *rest;

	for (char *at = strtok_r(seen, "\r\n", &rest); at; at = strtok_r(NULL, "\r\n", &rest))
		if (strspn(at, " \t") < strlen(at))
			line = at;
	snprintf(out, n, "%s", line ? line : "nothing");
	for (char *c = out; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

/* Reads the console. Returns 1 at the marker, 0 when QEMU ended, -1 at the deadline. */
static int watch(int from, double deadline, char *seen, size_t size)
{
	size_t n = 0;

	for (;;) {
		struct pollfd pfd = {.fd = from, .events = POLLIN};
		double left = deadline - now_s();

		if (left <= 0 || poll(&pfd, 1, left * 1000 + 1) <= 0)
			return -1;
		if (n > size / 2) {
			memmove(seen, seen + n - size / 4, size / 4 + 1);
			n = size / 4;
		}
		ssize_t got = read(from, seen + n, size - n - 1);

		if (got <= 0)
			return 0;
		for (ssize_t i = 0; i < got; i++)
			if (!seen[n + i])
				seen[n + i] = '?';
		n += got;
		seen[n] = '\0';
		if (strstr(seen, MARKER))
			return 1;
	}
}

/* Returns what watch() does, or -2 when QEMU was not started. */
static int boot_once(const struct kernel *k, const char *initrd, const char *board, struct kvm_proof *p)
{
	char seen[16384] = "", last[100];
	double start = now_s(), limit = boot_limit_ms() / 1000.0;
	int from;
	pid_t pid = fork_child(&from);

	if (!pid)
		exec_qemu(k, initrd, board);
	if (pid < 0) {
		p->passing = true;
		snprintf(p->why, sizeof(p->why), "KVM not used: QEMU was not started: %s", strerror(errno));
		return -2;
	}
	int got = watch(from, start + limit, seen, sizeof(seen));
	double took = now_s() - start;

	close(from);
	int status = end_child(pid);

	if (got == 1) {
		snprintf(p->why, sizeof(p->why), "KVM works: %.0f M loops per second, %s started /init after %.2f s",
			 p->loops / 1e6, k->release, took);
		return 1;
	}
	last_line(seen, last, sizeof(last));
	p->passing = status == QEMU_MISSING;
	if (p->passing)
		snprintf(p->why, sizeof(p->why), "KVM not used: QEMU is missing: apt-get install %s",
			 machine_arch.package);
	else if (status == QEMU_NOT_RUN)
		snprintf(p->why, sizeof(p->why), "KVM not used: %s in PATH cannot be executed", machine_arch.program);
	else if (got < 0)
		snprintf(p->why, sizeof(p->why),
			 "KVM not used: a guest (%s) did not reach /init within %.1f s; its last line was: %s", board,
			 limit, last);
	else
		snprintf(p->why, sizeof(p->why),
			 "KVM not used: QEMU with KVM (%s) ended after %.2f s; its last line was: %s", board, took,
			 last);
	return got;
}

static bool step_boot(const struct kernel *k, struct kvm_proof *p)
{
	const char *const boards[] = {machine_arch.board_that_plugs, machine_arch.board};
	char initrd[32];
	int got = 1;

	p->stage = 3;
	p->passing = true;
	if (!k) {
		snprintf(p->why, sizeof(p->why), "KVM not used: not proven, there is no kernel to boot: make kernel");
		return false;
	}
	int fd = make_initrd(initrd);

	if (fd < 0) {
		snprintf(p->why, sizeof(p->why), "KVM not used: not proven, no initramfs could be made in memory: %s",
			 strerror(-fd));
		return false;
	}
	p->passing = false;
	for (size_t i = 0; i < 2 && got == 1; i++)
		got = boot_once(k, initrd, boards[i], p);
	close(fd);
	return got == 1;
}

/* ---- the cache: "BOOT_ID WORKS STAGE LOOPS WHY", one line ---- */

static bool read_boot_id(char id[37])
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
	bool ok = f && fscanf(f, "%36s", id) == 1;

	if (f)
		fclose(f);
	return ok;
}

static bool cache_load(const char *path, struct kvm_proof *p)
{
	char id[37], cached_id[37], why[256];
	int works, stage;
	double loops;
	FILE *f = fopen(path, "re");
	bool ok = f && read_boot_id(id) &&
		  fscanf(f, "%36s %d %d %lf %255[^\n]", cached_id, &works, &stage, &loops, why) == 5 &&
		  !strcmp(id, cached_id) && stage >= 2 && stage <= 3;

	if (f)
		fclose(f);
	if (!ok || (!works && stage == 3 && getenv("FUKA_KVM_BOOT_MS")))
		return false;
	*p = (struct kvm_proof){.works = works, .stage = stage, .loops = loops, .cached = true};
	snprintf(p->why, sizeof(p->why), "%s", why);
	return true;
}

/* Errors are ignored: without a cache the next run only repeats the proof. */
static void cache_save(const char *path, const struct kvm_proof *p)
{
	char id[37], tmp[4300], dir[4200];

	snprintf(dir, sizeof(dir), "%s/cache", kernel_home());
	mkdir(dir, 0755);
	snprintf(tmp, sizeof(tmp), "%s.XXXXXX", path);
	int fd = read_boot_id(id) ? mkostemp(tmp, O_CLOEXEC) : -1;

	if (fd < 0)
		return;
	bool ok = dprintf(fd, "%s %d %d %.0f %s\n", id, p->works, p->stage, p->loops, p->why) > 0;

	ok = !fchmod(fd, 0644) && ok;
	close(fd);
	if (!ok || rename(tmp, path))
		unlink(tmp);
}

void kvm_prove(const struct kernel *k, bool fresh, struct kvm_proof *out)
{
	const char *said = getenv("FUKA_KVM");
	struct kvm_proof p = {0};
	char path[4200];

	snprintf(path, sizeof(path), "%s/cache/kvm-proof", kernel_home());
	if (said && !strcmp(said, "0")) {
		p.stage = 1;
		snprintf(p.why, sizeof(p.why), "KVM not used: FUKA_KVM=0");
	} else if (step_open(&p) && (fresh || !cache_load(path, &p))) {
		p.works = step_speed(&p) && step_boot(k, &p);
		if (!p.passing)
			cache_save(path, &p);
	}
	*out = p;
}
