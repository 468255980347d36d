// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/base/sys.h"
#include "lib/base/say.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FILE_MAX (64u << 20)
#define LOOK_MS  5      /* polling interval of sys_wait() … */
#define DYING_NS SYS_NS /* … and its limit after SIGKILL */

void sys_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

void sys_freep(void *p)
{
	free(*(void **)p);
}

uint64_t sys_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * SYS_NS + t.tv_nsec;
}

void sys_sleep_until(uint64_t at_ns)
{
	struct timespec t = {.tv_sec = at_ns / SYS_NS, .tv_nsec = at_ns % SYS_NS};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		continue;
}

uint64_t sys_tick_ns(void)
{
	struct timespec t;

	clock_getres(CLOCK_MONOTONIC_COARSE, &t);
	return t.tv_sec * SYS_NS + t.tv_nsec;
}

/* CLOCK_MONOTONIC_COARSE is updated by the tick, so reading it gives the time of the last tick. */
static uint64_t last_tick_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return t.tv_sec * SYS_NS + t.tv_nsec;
}

/*
 *	 #0: <0000000000000000>, tick_sched_timer, S:01		since 6.9 it is tick_nohz_handler
 *	 # expires at 10224000000-10224000000 nsecs [in 3755328 to 3755328 nsecs]
 *	…
 *	jiffies: 4294894549
 *
 * jiffies start at -300 * HZ, as 32 bits. There is no such timer if the tick is periodic (Tick Device: mode: 0), as
 * long as a clocksource is not trusted: then use the coarse clock, and retry if a tick came between the two reads of
 * it.
 */
int sys_next_tick(uint64_t *due_ns, uint64_t *jiffies)
{
	static const char expires[] = "expires at ", counted[] = "\njiffies: ";

	for (int tries = 0; tries < 10; tries++) {
		_cleanup_(sys_freep) char *text = NULL;
		uint64_t last_ns = last_tick_ns();
		int r = sys_read_file("/proc/timer_list", &text, NULL);
		const char *old = r ? NULL : strstr(text, "tick_sched_timer"),
			   *timer = r || old ? old : strstr(text, "tick_nohz_handler"),
			   *at = timer ? strstr(timer, expires) : NULL, *j = r ? NULL : strstr(text, counted);

		if (!j)
			return r ? r : -ENODATA;
		if (!at && last_tick_ns() != last_ns)
			continue;
		*due_ns = at ? strtoull(at + strlen(expires), NULL, 10) : last_ns + sys_tick_ns();
		*jiffies =
			strtoull(j + strlen(counted), NULL, 10) - (uint32_t)(-300 * (int32_t)(SYS_NS / sys_tick_ns()));
		return 0;
	}
	return -EAGAIN;
}

/* 1971895433 1102469787 1115 */
int sys_schedstat(int pid, uint64_t *ran_ns, uint64_t *waited_ns)
{
	char path[48], line[96];
	unsigned long long ran, waited;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
	int r = sys_read_line(path, line, sizeof(line));

	if (r || sscanf(line, "%llu %llu", &ran, &waited) != 2)
		return r ? r : -ENODATA;
	*ran_ns = ran;
	*waited_ns = waited;
	return 0;
}

int sys_open_regular(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 || (!fstat(fd, &st) && S_ISREG(st.st_mode)))
		return fd < 0 ? -errno : fd;
	close(fd); /* the file was replaced in between */
	return -EINVAL;
}

static int read_all(int fd, size_t max, char **text, size_t *n)
{
	_cleanup_(sys_freep) char *buf = NULL;
	size_t size = 0, length = 0;

	for (;;) {
		if (length + 1 >= size) {
			size = size ? size * 2 : 4096;
			char *bigger = size > 2 * max ? NULL : realloc(buf, size);

			if (!bigger)
				return size > 2 * max ? -EFBIG : -ENOMEM;
			buf = bigger;
		}
		ssize_t got = read(fd, buf + length, size - length - 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		length += got;
	}
	if (length > max)
		return -EFBIG;
	buf[length] = '\0';
	*text = buf;
	buf = NULL;
	if (n)
		*n = length;
	return 0;
}

int sys_read_file(const char *path, char **text, size_t *n)
{
	_cleanup_(sys_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : read_all(fd, FILE_MAX, text, n);
}

int sys_read_regular(const char *path, size_t max, char **text, size_t *n)
{
	_cleanup_(sys_closep) int fd = sys_open_regular(path);

	return fd < 0 ? fd : read_all(fd, max, text, n);
}

int sys_read_line(const char *path, char *buf, size_t size)
{
	_cleanup_(sys_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	ssize_t n = read(fd, buf, size - 1);

	if (n < 0)
		return -errno;
	if (n && buf[n - 1] == '\n')
		n--;
	buf[n] = '\0';
	return 0;
}

void sys_each_name(int fd, bool (*each)(const char *name, long next, void *user), void *user)
{
	struct linux_dirent64 {
		unsigned long long ino;
		long long off;
		unsigned short reclen;
		unsigned char type;
		char name[];
	};
	_Alignas(struct linux_dirent64) char names[4096];
	long n;

	while ((n = syscall(SYS_getdents64, fd, names, sizeof(names))) > 0)
		for (long at = 0; at < n;) {
			const struct linux_dirent64 *e = (const void *)(names + at);

			if (!each(e->name, e->off, user))
				return;
			at += e->reclen;
		}
}

int sys_write_tunable(const char *path, const char *text)
{
	_cleanup_(sys_closep) int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

int sys_write_all(int fd, const void *bytes, size_t n)
{
	const char *p = bytes;

	while (n) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		p += done;
		n -= done;
	}
	return 0;
}

int sys_unnamed_file(const char *dir)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT && errno != EINVAL))
		return fd < 0 ? -errno : fd;
	/* this file system does not support O_TMPFILE */
	_cleanup_(sys_freep) char *path = sys_format("%s/.fuka.XXXXXX", dir);

	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	unlink(path);
	return fd;
}

int sys_mkdirs(const char *path)
{
	_cleanup_(sys_freep) char *p = strdup(path);

	if (!p)
		return -ENOMEM;
	for (char *s = p + 1; *s; s++) {
		if (*s != '/')
			continue;
		*s = '\0';
		if (mkdir(p, 0755) && errno != EEXIST)
			return -errno;
		*s = '/';
	}
	return mkdir(p, 0755) && errno != EEXIST ? -errno : 0;
}

/* "123 (dstate) D 122 …": the state follows the last parenthesis. */
char sys_task_state(int pid)
{
	char path[64], line[256];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (pid <= 0 || sys_read_line(path, line, sizeof(line)))
		return '?';
	const char *p = strrchr(line, ')');

	return p && p[1] == ' ' ? p[2] : '?';
}

static bool reaped(pid_t pid, int *status, uint64_t until_ns)
{
	pid_t got;

	while ((got = waitpid(pid, status, WNOHANG)) == 0 || (got < 0 && errno == EINTR)) {
		if (sys_now_ns() >= until_ns)
			return false;
		poll(NULL, 0, LOOK_MS);
	}
	return got == pid;
}

int sys_wait(pid_t pid, int *status, uint64_t until_ns)
{
	if (reaped(pid, status, until_ns))
		return 0;
	kill(pid, SIGKILL);
	if (!reaped(pid, status, sys_now_ns() + DYING_NS))
		*status = W_EXITCODE(0, SIGKILL);
	return -ETIMEDOUT;
}

long sys_kill_children(pid_t but)
{
	_cleanup_(sys_freep) char *path = sys_format("/proc/self/task/%d/children", getpid());
	_cleanup_(sys_freep) char *pids = NULL;
	long n = 0;
	char *rest;

	if (sys_read_file(path, &pids, NULL))
		return 0;
	for (char *word = strtok_r(pids, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		pid_t pid = atoi(word);

		if (pid != but && !kill(pid, SIGKILL))
			n++;
	}
	return n;
}

long sys_tasks(void)
{
	char line[96];
	const char *slash = sys_read_line("/proc/loadavg", line, sizeof(line)) ? NULL : strchr(line, '/');

	return slash ? atol(slash + 1) : -1;
}

/* MemAvailable:   24034972 kB */
int64_t sys_meminfo(const char *field)
{
	_cleanup_(sys_freep) char *text = NULL;
	size_t length = strlen(field);

	if (sys_read_file("/proc/meminfo", &text, NULL))
		return -ENOENT;
	for (char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, field, length) && line[length] == ':')
			return strtoll(line + length + 1, NULL, 10) * 1024;
	}
	return -ENOENT;
}

char *sys_format(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	int n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		say_die(FUKA_FAIL, "no memory for %zu bytes of text", strlen(fmt));
	return text;
}
