// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuka as PID 1 of a disposable machine: mount, load modules, find the shared memory, start the sampler, walk the
 * timeline, power off. It computes nothing and waits only for the guest's own clock.
 */
#include "lab/guest/init.h"
#include "collect/sample/sampler.h"
#include "collect/analyse/sysstat.h"
#include "loadgen/generators/fault.h"
#include "lab/scenario/lane_sizes.h"
#include "lab/guest/netcard.h"
#include "lab/guest/trace_reads.h"
#include "lab/guest/swap.h"
#include "lab/guest/timeline.h"
#include "lib/text/logfmt.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#define IVSHMEM_DEVICE "0x1110"
#define PCI_DEVICES    "/sys/bus/pci/devices"
#define START_AHEAD_NS (100 * 1000000ull) /* from "everything is ready" to t0 */

static int kmsg_fd = -1;

/*
 * "console=ttyS0 rdinit=/init … fuka.disposable=1 …": looks for the whole word. Mounts /proc if it is not mounted yet,
 * as in the lab.
 */
static bool is_disposable(void)
{
	char line[4096] = " ", *words = line + 1;
	int r = sys_read_line("/proc/cmdline", words, sizeof(line) - 2);

	if (r) {
		mkdir("/proc", 0755);
		r = mount("proc", "/proc", "proc", 0, NULL) ? -errno
							    : sys_read_line("/proc/cmdline", words, sizeof(line) - 2);
	}
	strcat(line, " ");
	return !r && strstr(line, " " GUEST_DISPOSABLE " ");
}

/*
 * The root of an initramfs is a ramfs or a tmpfs, unlike that of most containers; for the others the kernel's command
 * line decides.
 */
bool init_is_lab(void)
{
	struct statfs root;

	return access(GUEST_SCENARIO, R_OK) == 0 && !statfs("/", &root) &&
	       (root.f_type == RAMFS_MAGIC || root.f_type == TMPFS_MAGIC) && is_disposable();
}

_Noreturn static void power_off(void)
{
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

/* The message is the last one of this machine; the host finds no t0 and shows it. */
_Noreturn static void give_up(const char *what, int err)
{
	say("the guest could not be started: %s: %s", what, strerror(-err));
	power_off();
}

static void mount_one(const char *type, const char *where, const char *options)
{
	mkdir(where, 0755);
	if (mount(type, where, type, 0, options) && errno != EBUSY)
		say("%s could not be mounted on %s: %s", type, where, strerror(errno));
}

/*
 * Mounts a tmpfs over a directory in which the initramfs may have files of the scenario. They remain visible through a
 * bind mount of the directory, and have symbolic links in the tmpfs.
 */
static void mount_over(const char *where, const char *under, const char *options)
{
	DIR *packed = opendir(where);
	struct dirent *e = NULL;

	while (packed && (e = readdir(packed)) && *e->d_name == '.' && strspn(e->d_name, ".") == strlen(e->d_name))
		continue;
	if (e && (mkdir(under, 0755), mount(where, under, NULL, MS_BIND, NULL)))
		say("the files packed into %s are not accessible: bind mount: %s", where, strerror(errno));
	mount_one("tmpfs", where, options);
	for (; e; e = readdir(packed)) {
		_cleanup_(sys_freep) char *target = sys_format("%s/%s", under, e->d_name);
		_cleanup_(sys_freep) char *name = sys_format("%s/%s", where, e->d_name);

		if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..") && symlink(target, name))
			say("%s could not be made: %s", name, strerror(errno));
	}
	if (packed)
		closedir(packed);
}

static void mount_all(void)
{
	mount_one("proc", "/proc", NULL);
	mount_one("sysfs", "/sys", NULL);
	mount_one("devtmpfs", "/dev", NULL);
	mkdir("/dev/shm", 01777);
	/* as large as memory, because filling them is one way to run out of memory */
	mount_one("tmpfs", "/dev/shm", "size=100%");
	mount_over("/tmp", "/fuka/packed-tmp", "size=100%");
	mount_over("/run", "/fuka/packed-run", NULL);
	mount_one("cgroup2", "/sys/fs/cgroup", NULL);
}

/* Messages go to the kernel log, where they get a time and reach the console and the recording. */
static void open_log(void)
{
	kmsg_fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (kmsg_fd >= 0)
		say_to(kmsg_fd);
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; fd < 3; fd++)
		if (null >= 0 && null != fd)
			dup2(null, fd);
}

static void loopback_up(void)
{
	_cleanup_(sys_closep) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo))
		say("the loopback interface could not be brought up: %s", strerror(errno));
}

static void load_module(const char *path)
{
	_cleanup_(sys_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST))
		say("the module %s could not be loaded: %s", path, strerror(errno));
}

static void load_modules(void)
{
	_cleanup_(sys_freep) char *list = NULL;
	char *rest;

	if (sys_read_file(GUEST_MODULES, &list, NULL))
		return;
	for (char *path = strtok_r(list, "\n", &rest); path; path = strtok_r(NULL, "\n", &rest))
		load_module(path);
}

/* Sets a sysctl, such as vm.panic_on_oom=1. */
static void set_sysctl(const char *assignment)
{
	char path[256], *p;
	const char *value = strchr(assignment, '=');

	snprintf(path, sizeof(path), "/proc/sys/%.*s", (int)(value - assignment), assignment);
	for (p = path + strlen("/proc/sys/"); (p = strchr(p, '.'));)
		*p = '/';
	int r = sys_write_tunable(path, value + 1);

	if (r)
		give_up(assignment, r);
}

/* Maps the shared memory's PCI BAR through sysfs, without a driver. */
static void *map_device(const char *device, size_t bytes)
{
	char path[512];

	snprintf(path, sizeof(path), PCI_DEVICES "/%s/enable", device);
	sys_write_tunable(path, "1");
	snprintf(path, sizeof(path), PCI_DEVICES "/%s/resource2", device);
	_cleanup_(sys_closep) int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return NULL;
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p != MAP_FAILED)
		/* otherwise each fork copies its page table: 30 ms on the virtual clock */
		madvise(p, bytes, MADV_DONTFORK);
	return p == MAP_FAILED ? NULL : p;
}

static void *find_shared_memory(size_t bytes)
{
	DIR *dir = opendir(PCI_DEVICES);
	void *region = NULL;

	for (struct dirent *e; dir && !region && (e = readdir(dir));) {
		char path[512], id[32];

		snprintf(path, sizeof(path), PCI_DEVICES "/%s/device", e->d_name);
		if (!sys_read_line(path, id, sizeof(id)) && !strcmp(id, IVSHMEM_DEVICE))
			region = map_device(e->d_name, bytes);
	}
	if (dir)
		closedir(dir);
	return region;
}

/* printk's clock is not CLOCK_MONOTONIC; the marker has both times, so that the offset is known. */
static void write_marker(void)
{
	char line[96];
	int n = snprintf(line, sizeof(line), "<6>fuka: marker monotonic_ns=%llu", (unsigned long long)sys_now_ns());

	if (kmsg_fd >= 0 && write(kmsg_fd, line, n) < 0)
		say("the clock marker could not be written: %s", strerror(errno));
}

static void *open_lanes(const struct scenario *s)
{
	struct lanes_layout layout;

	lane_sizes_of(s, &layout);
	void *region = find_shared_memory(lanes_bytes(&layout));

	if (!region)
		give_up("no shared memory device", -ENODEV);
	lanes_format(region, &layout);
	return region;
}

static void start_swap(const struct scenario *s)
{
	int r = 0;

	if (scenario_zram(s))
		r = swap_zram(scenario_zram(s));
	else if (s->machine.swap)
		r = swap_device("/dev/vda");
	if (r)
		give_up("swap", r);
}

static void start_network(const struct scenario *s)
{
	int r = s->machine.network ? netcard_up() : 0;

	if (r)
		give_up("the network", r);
}

/* Must follow open_lanes(), because the module looks for its lane when it is loaded. */
static void prepare_faults(const struct scenario *s)
{
	int r = scenario_wants_module(s) && !scenario_faults_in_init(s) ? fault_load_module("") : 0;

	if (r)
		give_up(FAULT_MODULE, r);
}

/* If tracing fails, that is reported and {sysstat: ID} cannot be judged; everything else continues. */
static void trace_sysstat(const struct scenario *s)
{
	for (size_t i = 0; i < s->entries; i++)
		if (s->entry[i].action == ACTION_RUN && sysstat_is(s->entry[i].argv[0])) {
			trace_reads_start();
			return;
		}
}

static void run_scenario(const struct scenario *s, void *region)
{
	struct sampler_config config = {.region = region,
					.interval_ns = s->record.interval,
					.tasks_ns = s->record.tasks,
					.sources = s->record.sources};
	int r = sampler_open(&config);

	if (r)
		give_up("the sampler", r);
	write_marker();
	r = timeline_prepare(s, region);
	if (r)
		give_up("the timeline", r);
	mlockall(MCL_CURRENT | MCL_FUTURE);
	uint64_t t0_ns = sampler_t0(START_AHEAD_NS);

	r = sampler_start(t0_ns);
	if (r)
		give_up("the sampler", r);
	timeline_describe();
	timeline_run(t0_ns);
	write_marker();
	sampler_stop();
}

_Noreturn void init_main(void)
{
	struct scenario *s;
	sigset_t children;

	/*
	 * Block SIGCHLD before any thread starts: a thread that does not block it would consume it, and the walk would
	 * miss it.
	 */
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, NULL);
	mount_all();
	open_log();
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/tmp", 1);
	load_modules();
	loopback_up();
	sys_write_tunable("/proc/self/oom_score_adj", "-1000");
	int r = scenario_load(GUEST_SCENARIO, NULL, &s);

	if (r)
		give_up(GUEST_SCENARIO, r);
	void *region = open_lanes(s);

	prepare_faults(s);

	for (char **p = s->machine.sysctl; p && *p; p++)
		set_sysctl(*p);
	start_swap(s);
	start_network(s);
	trace_sysstat(s);
	run_scenario(s, region);
	power_off();
}
