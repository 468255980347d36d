/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small checked calls that two or more directories need. They return 0 or -errno and write outputs only on success. */
#ifndef FUKA_SYS_H
#define FUKA_SYS_H

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <sys/types.h>

#define SYS_NS 1000000000ull

/* Cleanup attributes: `_cleanup_(sys_closep) int fd = -1;` */
#define _cleanup_(f) __attribute__((cleanup(f)))
void sys_closep(int *fd);
void sys_freep(void *p);

/* CLOCK_MONOTONIC in ns. */
uint64_t sys_now_ns(void);

/* Sleeps until CLOCK_MONOTONIC `at_ns`, through signals. */
void sys_sleep_until(uint64_t at_ns);

/* Length of a scheduler tick in ns (1/HZ), from the coarse clock's resolution: 4000000 at HZ=250. */
uint64_t sys_tick_ns(void);

/*
 * The scheduler tick, by /proc/timer_list (root only): when CPU 0's next one is due, in CLOCK_MONOTONIC ns, and the
 * jiffies counted since boot up to the one before it. 0, or -errno where it cannot be read.
 */
int sys_next_tick(uint64_t *due_ns, uint64_t *jiffies);

/* A task's ns on a CPU and ns runnable without one, up to now, by /proc/PID/schedstat. */
int sys_schedstat(int pid, uint64_t *ran_ns, uint64_t *waited_ns);

/*
 * Opens a regular file for reading: -EINVAL for anything else, which is not opened, as a pipe would keep us and opening a
 * device may do something. sys_read_regular() reads all of one, of at most `max` bytes (-EFBIG).
 */
int sys_open_regular(const char *path);
int sys_read_regular(const char *path, size_t max, char **text, size_t *n);

/* Whole file into a malloc'd, NUL-terminated buffer; *n (may be NULL) its length. For files below 64 MiB. */
int sys_read_file(const char *path, char **text, size_t *n);

/* Reads at most size-1 bytes from offset 0 of path into buf, NUL-terminates, strips one trailing newline. */
int sys_read_line(const char *path, char *buf, size_t size);

/*
 * Calls each() with the names of a directory that is open as fd, from where it stands, until one returns false. `next`
 * is the position behind the name, for lseek(2). Allocates nothing, which readdir(3) would.
 */
void sys_each_name(int fd, bool (*each)(const char *name, long next, void *user), void *user);

/* One write(2) of text to an existing path: what tunables in /proc and /sys want. */
int sys_write_tunable(const char *path, const char *text);

/* All n bytes, through short writes and EINTR. */
int sys_write_all(int fd, const void *bytes, size_t n);

/* A file in that directory that has no name, for reading and writing: it goes with its last descriptor. Or -errno. */
int sys_unnamed_file(const char *dir);

/* mkdir -p. */
int sys_mkdirs(const char *path);

/*
 * waitpid(2), but no longer than until CLOCK_MONOTONIC `until_ns`. 0; -ETIMEDOUT: it was killed then (SIGKILL), and
 * *status says so, even if it is in D and has not come to its end yet.
 */
int sys_wait(pid_t pid, int *status, uint64_t until_ns);

/* SIGKILL for all children of this process but one; how many there were, 0 also where the kernel does not list them. */
long sys_kill_children(pid_t but);

/* Tasks that exist, by /proc/loadavg: "0.00 0.01 0.05 1/71 1234"; -1 where it cannot be read. */
long sys_tasks(void);

/* A task's state as /proc/PID/stat has it, 'D' or another letter; '?': there is no such task. */
char sys_task_state(int pid);

/* A field of /proc/meminfo in bytes ("MemAvailable"), or -ENOENT. */
int64_t sys_meminfo(const char *field);

/* asprintf that dies when memory is out: a host tool has no better answer. */
char *sys_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
