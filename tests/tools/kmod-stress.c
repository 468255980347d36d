// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kmod-stress SECONDS MODULE [alloc] | refused | init SECONDS MODULE
 *
 * Everything that may race in fuka.ko at once, in a guest that may be lost: processes that arm faults of all kinds,
 * contexts and triggers and then disarm them or just close, others that fire, read and give back whatever they find armed,
 * packets on every CPU that hit them, and one that unloads the module whenever it can and loads it again.
 *
 * It proves nothing by itself: the kernel has to be one that notices (slub_debug=FZPU), and its log is read afterwards.
 * Prints what it did; fails when it could not do something of everything.
 *
 * With a third argument allocations fail, too. Left out otherwise: under QEMU 7.2 with a thread per CPU the guest's kernel
 * then jumps to 0 sooner or later, on a breakpoint at the probe's place that is no kprobe's own. With all CPUs in one thread
 * (-accel tcg,thread=single) it does not: half an hour of it is clean.
 *
 * `refused` just asks the module for what fuka does not let pass, and fails when it is armed. `init` opens its device while
 * its initialisation fails, and fails when that works.
 */
#include "kmod/uapi.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PORT     7777
#define ARMERS   5
#define MEDDLERS 2
#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define ANY_TASK ((1 << FUKA_WORKQUEUE) | (1 << FUKA_KTHREAD))
#define ANY_QUEUE                                                                                                      \
	(ANY_TASK | 1 << FUKA_TIMER | 1 << FUKA_TASKLET | 1 << FUKA_HRTIMER | 1 << FUKA_IRQWORK | 1 << FUKA_IPI)

/*
 * Short, and not for ever: where packets come faster than an interrupt acts on them, the CPU with the guest's clock would
 * never do anything else. Hits are counted all the same. The last one only when asked for.
 */
static const struct kind {
	const char *fault;
	unsigned int contexts, triggers;
	__u64 arg[4];
} kinds[] = {
	{"drop", 1 << FUKA_SOFTIRQ, 1 << FUKA_ON_PACKET, {0}},
	{"delay", 1 << FUKA_SOFTIRQ, 1 << FUKA_ON_PACKET, {3000000}},
	{"duplicate", 1 << FUKA_SOFTIRQ, 1 << FUKA_ON_PACKET, {2}},
	{"corrupt", 1 << FUKA_SOFTIRQ, 1 << FUKA_ON_PACKET, {1}},
	{"burn", 1 << FUKA_SOFTIRQ | ANY_QUEUE, 1 << FUKA_ON_PACKET, {5000}},
	{"burn", 1 << FUKA_CALLER | ANY_QUEUE, 1 << FUKA_ON_WRITE, {50000}},
	{"burn", ANY_QUEUE, 1 << FUKA_ON_DELAY, {5000}},
	{"irqs-off", ANY_QUEUE, 1 << FUKA_ON_PACKET, {5000}},
	{"rcu-stall", ANY_QUEUE, 1 << FUKA_ON_PACKET, {100000}},
	{"leak-pages", 1 << FUKA_SOFTIRQ | ANY_QUEUE, 1 << FUKA_ON_PACKET, {4096, 0, 0, 1}},
	{"leak-kmalloc", ANY_QUEUE, 1 << FUKA_ON_PACKET | 1 << FUKA_ON_DELAY, {4096, 0, 32, 0}},
	{"leak-vmalloc", ANY_TASK, 1 << FUKA_ON_PACKET, {65536, 1, 65536, 1}},
	{"hung-task", 1 << FUKA_CALLER | ANY_TASK, 1 << FUKA_ON_WRITE, {20000000}},
	{"sleep", ANY_TASK, 1 << FUKA_ON_PACKET | 1 << FUKA_ON_DELAY, {20000000}},
	{"d-tasks", 1 << FUKA_CALLER, 1 << FUKA_ON_WRITE, {3}},
	{"fail-alloc", 1 << FUKA_CALLER | 1 << FUKA_SOFTIRQ, 1 << FUKA_ON_ALLOC, {0}},
};

static struct {
	unsigned long armed, closed, fired, packets, loads, opened;
	unsigned int kinds, contexts; /* sets: of which something has acted */
	unsigned int turn;
	volatile int unloading; /* nobody opens it now */
} * counts;

static const char *module;
static size_t kinds_used;

static void count(unsigned long *what)
{
	__atomic_add_fetch(what, 1, __ATOMIC_RELAXED);
}

static unsigned int one_of(unsigned int set)
{
	unsigned int bit;

	do {
		bit = random() % 32;
	} while (!(set & 1u << bit));
	return bit;
}

static void fill(struct fuka_arm *a, const struct kind *k)
{
	*a = (struct fuka_arm){
		.abi = FUKA_ABI,
		.context = one_of(k->contexts),
		.trigger = one_of(k->triggers),
		.probability = 100,
		.interval = 1 + random() % 4,
		.times = strstr(k->fault, "leak") ? 1 : 100,
	};
	snprintf(a->fault, sizeof(a->fault), "%s", k->fault);
	memcpy(a->arg, k->arg, sizeof(k->arg));
	if (a->trigger == FUKA_ON_PACKET)
		a->packet = (struct fuka_packet){.hook = random() % 2, .protocol = 17, .port = PORT};
	if (a->trigger == FUKA_ON_DELAY)
		a->every_ns = 50000;
	if (a->trigger == FUKA_ON_ALLOC)
		snprintf(a->task, sizeof(a->task), "stress-victim");
}

static void note_acted(int fd, const struct fuka_arm *a, const struct kind *k)
{
	struct fuka_status st = {.id = a->id};

	if (ioctl(fd, FUKA_IOC_STATUS, &st) || !st.fired)
		return;
	__atomic_or_fetch(&counts->kinds, 1u << (k - kinds), __ATOMIC_RELAXED);
	__atomic_or_fetch(&counts->contexts, 1u << a->context, __ATOMIC_RELAXED);
}

/* A fault in the caller lasts until somebody disarms it: a meddler does, by its number. */
static void arm_and_fire(int fd, struct fuka_arm *a)
{
	/* In turn, so that a slow machine comes to all of them, too. */
	const struct kind *k = &kinds[__atomic_fetch_add(&counts->turn, 1, __ATOMIC_RELAXED) % kinds_used];

	fill(a, k);
	if (ioctl(fd, FUKA_IOC_ARM, a))
		return;
	count(&counts->armed);
	if (a->trigger == FUKA_ON_WRITE && !ioctl(fd, FUKA_IOC_FIRE, &a->id))
		count(&counts->fired);
	usleep(random() % 2000);
	note_acted(fd, a, k);
}

static int open_device(void)
{
	while (counts->unloading)
		usleep(1000);
	return open(FUKA_DEVICE, O_RDWR | O_CLOEXEC);
}

static void armer(void)
{
	for (;;) {
		struct fuka_arm a;
		int fd = open_device(), n = 1 + random() % 3;

		if (fd < 0) {
			sched_yield();
			continue;
		}
		while (n--) {
			arm_and_fire(fd, &a);
			if (random() % 2)
				ioctl(fd, FUKA_IOC_DISARM, &a.id);
		}
		close(fd);
		count(&counts->closed);
	}
}

static void meddler(void)
{
	for (;;) {
		int fd = open_device();
		struct fuka_status st = {.id = 1 + random() % FUKA_SLOTS};
		char text[8192];

		if (fd >= 0) {
			ioctl(fd, FUKA_IOC_STATUS, &st);
			while (read(fd, text, sizeof(text)) > 0)
				continue;
			ioctl(fd, FUKA_IOC_FIRE, &(__u32){1 + random() % FUKA_SLOTS});
			ioctl(fd, FUKA_IOC_DISARM, &st.id);
			ioctl(fd, FUKA_IOC_GIVE_BACK);
			close(fd);
		}
		usleep(random() % 3000);
	}
}

/* Has the device open as long as it can, and asks it something. */
static void opener(void)
{
	for (;;) {
		int fd = open(FUKA_DEVICE, O_RDWR | O_CLOEXEC);
		char text[8192];

		if (fd < 0)
			continue;
		count(&counts->opened);
		usleep(20000);
		if (read(fd, text, sizeof(text)) < 0)
			continue;
		close(fd);
	}
}

/* On a CPU of its own; a task whose allocations may be made to fail. */
static void flood(int cpu)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in6 to6 = {
		.sin6_family = AF_INET6, .sin6_port = htons(PORT), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	int s = socket(AF_INET, SOCK_DGRAM, 0), s6 = socket(AF_INET6, SOCK_DGRAM, 0);
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	prctl(PR_SET_NAME, "stress-victim");
	setpriority(PRIO_PROCESS, 0, 19); /* what it hits needs the CPU, too */
	for (;;) {
		if (sendto(s, "x", 1, 0, (void *)&to, sizeof(to)) == 1)
			count(&counts->packets);
		if (sendto(s6, "x", 1, 0, (void *)&to6, sizeof(to6)) == 1)
			count(&counts->packets);
	}
}

/* When those who have the device open have closed it, the module goes; packets come all the time. */
static void loader(void)
{
	int fd = open(module, O_RDONLY | O_CLOEXEC);

	for (;;) {
		if (!syscall(SYS_finit_module, fd, "disposable=1", 0))
			count(&counts->loads);
		usleep(100000 + random() % 400000);
		counts->unloading = 1;
		for (int i = 0; i < 2000 && syscall(SYS_delete_module, "fuka", O_NONBLOCK); i++)
			usleep(1000);
		counts->unloading = 0;
	}
}

static void start(void (*role)(void))
{
	static unsigned int seed;

	seed++;
	if (fork())
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	srandom(seed);
	role();
}

static void floods(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	for (int cpu = 1; cpu < cpus; cpu++)
		if (!fork()) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			flood(cpu);
		}
	flood(0);
}

/* An argument's number is its place in the fault's row; of gfp's it is the place in GFP_WORDS: 1 kernel, 5 nowait. */
#define ASK(fault, context, trigger, ...)                                                                              \
	{                                                                                                              \
		fault, 1 << FUKA_##context, 1 << FUKA_ON_##trigger,                                                    \
		{                                                                                                      \
			__VA_ARGS__                                                                                    \
		}                                                                                                      \
	}

/* What sleeps or waits, where nobody may; and each time the same, or almost, where it is right. */
static const struct {
	struct kind kind;
	int hook, error;
} asked[] = {
	{ASK("d-tasks", CALLER, PACKET, 3), FUKA_LOCAL_OUT, EINVAL},
	{ASK("d-tasks", CALLER, WRITE, 3), 0, 0},
	{ASK("hung-task", CALLER, PACKET, 20000000), FUKA_POST_ROUTING, EINVAL},
	{ASK("hung-task", KTHREAD, PACKET, 20000000), FUKA_POST_ROUTING, 0},
	{ASK("leak-pages", TIMER, WRITE, 4096, 1), 0, EINVAL},
	{ASK("leak-pages", TIMER, WRITE, 4096, 5), 0, 0},
	{ASK("leak-pages", SOFTIRQ, PACKET, 4096, 2), FUKA_LOCAL_IN, EINVAL},
	{ASK("leak-pages", SOFTIRQ, PACKET, 4096, 0), FUKA_LOCAL_IN, 0},
	{ASK("leak-pages", CALLER, PACKET, 4096, 3), FUKA_LOCAL_OUT, EINVAL},
	{ASK("leak-pages", CALLER, WRITE, 4096, 3), 0, 0},
	{ASK("leak-kmalloc", HRTIMER, WRITE, 4096, 4, 32), 0, EINVAL},
	{ASK("leak-kmalloc", WORKQUEUE, WRITE, 4096, 4, 32), 0, 0},
};

/* 0: what is wrong is refused, and nothing else. Nothing fires. */
static int is_refused(void)
{
	int fd = open(FUKA_DEVICE, O_RDWR | O_CLOEXEC), wrong = fd < 0;

	for (size_t i = 0; i < COUNT(asked); i++) {
		struct fuka_arm a;

		fill(&a, &asked[i].kind);
		a.packet.hook = asked[i].hook;
		int error = ioctl(fd, FUKA_IOC_ARM, &a) ? errno : 0;

		if (!error)
			ioctl(fd, FUKA_IOC_DISARM, &a.id);
		if (error == asked[i].error)
			continue;
		printf("%zu, %s: %s; expected: %s\n", i, a.fault, strerror(error), strerror(asked[i].error));
		wrong = 1;
	}
	return wrong;
}

/*
 * The device's name is open whenever there is one, while the module's initialisation fails again and again: it must never
 * have been open, because the module's memory is freed under whoever has it.
 */
static int is_never_open(long seconds)
{
	int fd = open(module, O_RDONLY | O_CLOEXEC), others = sysconf(_SC_NPROCESSORS_ONLN) - 1;
	time_t end = time(NULL) + seconds;

	while (others-- > 0)
		start(opener);
	while (time(NULL) < end)
		if (!syscall(SYS_finit_module, fd, "disposable=1 init_fault=no-such-fault", 0) || errno != ENOENT) {
			perror("kmod-stress: the module was to find no such fault");
			return 1;
		} else {
			count(&counts->loads);
		}
	printf("loads %lu opened %lu\n", counts->loads, counts->opened);
	return counts->opened || !counts->loads;
}

/*
 * The same QEMU executes the breakpoints of a static key, too: all CPUs for ever, where a hook is the first of its kind.
 * So another one is always there: looking at a table of iptables makes its hooks.
 */
static int keep_hooks(void)
{
	struct ipt_getinfo info = {.name = "mangle"};
	socklen_t size = sizeof(info);
	int s = socket(AF_INET, SOCK_RAW, IPPROTO_RAW), s6 = socket(AF_INET6, SOCK_RAW, IPPROTO_RAW);

	if (getsockopt(s, IPPROTO_IP, IPT_SO_GET_INFO, &info, &size) ||
	    getsockopt(s6, IPPROTO_IPV6, IP6T_SO_GET_INFO, &info, &size)) {
		perror("kmod-stress: iptable_mangle and ip6table_mangle");
		return -1;
	}
	return 0;
}

static int usage(void)
{
	fputs("usage: kmod-stress SECONDS MODULE [alloc] | refused | init SECONDS MODULE\n", stderr);
	return 2;
}

static bool has_done_all(void)
{
	return counts->kinds == (1u << kinds_used) - 1 && counts->contexts == (1u << FUKA_INIT) - 1 && counts->closed &&
	       counts->packets && counts->loads >= 2;
}

/* Half as long again, where the machine is slow. */
static int stress(long seconds)
{
	if (keep_hooks())
		return 1;
	start(loader);
	for (int i = 0; i < ARMERS; i++)
		start(armer);
	for (int i = 0; i < MEDDLERS; i++)
		start(meddler);
	start(floods);
	sleep(seconds);
	for (long more = 0; more < seconds / 2 && !has_done_all(); more++)
		sleep(1);
	printf("armed %lu closed %lu fired %lu packets %lu loads %lu; acted: %d of %zu kinds, in %d of %d contexts\n",
	       counts->armed, counts->closed, counts->fired, counts->packets, counts->loads,
	       __builtin_popcount(counts->kinds), kinds_used, __builtin_popcount(counts->contexts), FUKA_CONTEXTS - 1);
	return !has_done_all();
}

int main(int argc, char **argv)
{
	bool init = argc == 4 && !strcmp(argv[1], "init");

	if (argc == 2 && !strcmp(argv[1], "refused"))
		return is_refused();
	long seconds = argc == 3 || argc == 4 ? strtol(argv[1 + init], NULL, 10) : 0;

	if (seconds <= 0)
		return usage();
	module = argv[2 + init];
	kinds_used = COUNT(kinds) - (argc == 3);
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED || (getpgrp() != getpid() && setpgid(0, 0))) {
		perror("kmod-stress");
		return 1;
	}
	int wrong = init ? is_never_open(seconds) : stress(seconds);

	fflush(stdout);
	if (wrong)
		return 1;
	signal(SIGTERM, SIG_IGN);
	kill(0, SIGTERM);
	return 0;
}
