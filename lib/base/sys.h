/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small checked calls that several directories need. They return 0 or -errno and write outputs only on success. */
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

/* Sleeps until CLOCK_MONOTONIC `at_ns`, also if signals interrupt it. */
void sys_sleep_until(uint64_t at_ns);

/* Length of a scheduler tick in ns (1/HZ), from the coarse clock's resolution: 4000000 at HZ=250. */
uint64_t sys_tick_ns(void);

/*
 * Reads from /proc/timer_list (root only) when CPU 0's next scheduler tick is due, in CLOCK_MONOTONIC ns, and the
 * jiffies since boot up to the previous one. 0, or -errno if it cannot be read.
 */
int sys_next_tick(uint64_t *due_ns, uint64_t *jiffies);

/* Reads the time in ns that a task has run and waited for a CPU, from /proc/PID/schedstat. */
int sys_schedstat(int pid, uint64_t *ran_ns, uint64_t *waited_ns);

/*
 * Opens a regular file for reading. -EINVAL for anything else, which is not opened, because a pipe would block and
 * opening a device may have effects. sys_read_regular() reads a whole file of at most `max` bytes (-EFBIG).
 */
int sys_open_regular(const char *path);
int sys_read_regular(const char *path, size_t max, char **text, size_t *n);

/* Reads a whole file below 64 MiB into a malloc'd, NUL-terminated buffer; *n (may be NULL) gets its length. */
int sys_read_file(const char *path, char **text, size_t *n);

/* Reads at most size-1 bytes from offset 0 of path into buf, NUL-terminates, strips one trailing newline. */
int sys_read_line(const char *path, char *buf, size_t size);

/*
 * Calls each() with the names of the directory fd, from its current offset on, until it returns false. `next` is the
 * offset after the name, for lseek(2). Does not allocate, as readdir(3) would.
 */
void sys_each_name(int fd, bool (*each)(const char *name, long next, void *user), void *user);

/* Writes text to an existing path with one write(2), as tunables in /proc and /sys need. */
int sys_write_tunable(const char *path, const char *text);

/* Writes all n bytes, through short writes and EINTR. */
int sys_write_all(int fd, const void *bytes, size_t n);

/* Opens a new file without a name in that directory, for reading and writing, or returns -errno. */
int sys_unnamed_file(const char *dir);

/* mkdir -p. */
int sys_mkdirs(const char *path);

/*
 * waitpid(2), at most until CLOCK_MONOTONIC `until_ns`. 0, or -ETIMEDOUT: the process was then killed (SIGKILL), and
 * *status says so, even if it is in D and has not exited yet.
 */
int sys_wait(pid_t pid, int *status, uint64_t until_ns);

/* Sends SIGKILL to all children of this process but one. Returns their number; 0 also without CONFIG_PROC_CHILDREN. */
long sys_kill_children(pid_t but);

/* The number of tasks, from /proc/loadavg: "0.00 0.01 0.05 1/71 1234"; -1 if it cannot be read. */
long sys_tasks(void);

/* A task's state from /proc/PID/stat, such as 'D'; '?' if there is no such task. */
char sys_task_state(int pid);

/* A field of /proc/meminfo in bytes ("MemAvailable"), or -ENOENT. */
int64_t sys_meminfo(const char *field);

/* asprintf() that ends the process if memory is exhausted. */
char *sys_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
