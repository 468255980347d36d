// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's log: which line is what, a record that two sources have, and a panic that is only printed. */
#include "collect/analyse/klog.h"
#include "collect/parse/stack.h"
#include "tests/unit/make.h"
#include "tests/unit/tap.h"

#include <errno.h>

#define S 1000000000ull

#define MADE 12 /* classes that the fixtures show; the others' lines are in others() */

static char dir[] = "/tmp/fuka-test-XXXXXX", path[64];

static void classes(void)
{
	static const struct {
		int class;
		const char *line;
	} all[] = {
		{KLOG_oom_invoked,
		 "memory invoked oom-killer: gfp_mask=0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO), order=0"},
		{KLOG_oom_kill,
		 "Out of memory: Killed process 81 (memory) total-vm:60292kB, anon-rss:16816kB, file-rss:4kB, "
		 "shmem-rss:1572kB, UID:0 pgtables:144kB oom_score_adj:0"},
		{KLOG_oom_kill, "Killed process 4 (a) total-vm:2kB, anon-rss:1kB, file-rss:0kB"},
		{KLOG_memcg_oom,
		 "Memory cgroup out of memory: Killed process 9 (b) total-vm:1kB, anon-rss:1kB, file-rss:0kB, "
		 "shmem-rss:0kB"},
		{KLOG_no_killable, "Out of memory and no killable processes..."},
		{KLOG_panic, "Kernel panic - not syncing: System is deadlocked on memory"},
		{KLOG_panic, "Kernel panic - not syncing: Out of memory and no killable processes..."},
		{-1, "---[ end Kernel panic - not syncing: System is deadlocked on memory ]---"},
		{KLOG_oops, "Oops: 0002 [#1] PREEMPT SMP NOPTI"},
		{KLOG_oops, "invalid opcode: 0000 [#1] PREEMPT SMP NOPTI"},
		{KLOG_bug, "BUG: kernel NULL pointer dereference, address: 0000000000000000"},
		{KLOG_bug, "kernel BUG at mm/slub.c:419!"},
		{KLOG_bug, "BUG: scheduling while atomic: swapper/0/0/0x00000102"},
		{KLOG_warning, "WARNING: CPU: 0 PID: 71 at kernel/x.c:12 f+0x1/0x2"},
		{KLOG_soft_lockup, "watchdog: BUG: soft lockup - CPU#0 stuck for 13s! [spin:71]"},
		{KLOG_soft_lockup, "BUG: soft lockup - CPU#0 stuck for 22s! [spin:71]"},
		{KLOG_rcu_stall, "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:"},
		{KLOG_rcu_stall, "rcu: INFO: rcu_preempt self-detected stall on CPU"},
		{KLOG_hung_task, "INFO: task kworker/0:1:12 blocked for more than 3 seconds."},
		{KLOG_page_alloc, "stress: page allocation failure: order:4, mode:0xcc0(GFP_KERNEL), nodemask=(null)"},
		{-1, "NET: Registered PF_INET6 protocol family"},
		{-1, "oom_reaper: reaped process 81 (memory), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB"},
		{-1, "Out of memory (oom_kill_allocating_task)"},
		{-1, ""},
	};
	struct klog_event e;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		bool got = klog_parse(all[i].line, strlen(all[i].line), &e);

		ok(got ? (int)e.class == all[i].class : all[i].class < 0, "%s: %.60s",
		   all[i].class < 0 ? "none" : klog_word(all[i].class), all[i].line);
	}
	for (int c = 0; c < KLOG_COUNT; c++)
		ok(klog_parse(klog_sample(c), strlen(klog_sample(c)), &e) && (int)e.class == c &&
			   klog_class(klog_word(c)) == c,
		   "its row's own line: %s", klog_word(c));
	ok(klog_class("no-killable") == KLOG_no_killable && klog_class("oom") == -ENOENT, "the words of a scenario");
}

static bool parse(const char *line, struct klog_event *e)
{
	return klog_parse(line, strlen(line), e);
}

static void victims(void)
{
	struct klog_event e;

	ok(parse("Out of memory: Killed process 81 (memory) total-vm:60292kB, anon-rss:16816kB, file-rss:4kB, "
		 "shmem-rss:1572kB",
		 &e) &&
		   e.pid == 81 && !strcmp(e.comm, "memory") && e.rss_bytes == (16816 + 4 + 1572) * 1024ll,
	   "pid, name and resident memory of a victim");
	ok(parse("Out of memory: Killed process 7 (a) total-vm (b)) total-vm:1kB, anon-rss:2kB", &e) &&
		   !strcmp(e.comm, "a) total-vm (b)"),
	   "a name made to mislead");
	ok(parse("Out of memory: Killed process 7 (x", &e) && !e.comm[0] && e.rss_bytes == -1, "a line cut short");
	ok(!parse("Out of memory: Killed process ", &e), "and shorter");
	ok(parse("Out of memory: Killed process 7 () total-vm:1kB", &e) && !e.comm[0] && e.pid == 7,
	   "a process without a name");
}

/* Lines of other kernels and machines, with the fields that are in them. */
static void others(void)
{
	static const struct {
		const char *line;
		int class, pid, cpu, seconds, order;
		const char *comm;
	} all[] = {
		{"INFO: task udevd:5612 blocked in I/O wait for more than 143 seconds.", KLOG_hung_task, 5612, -1, 143,
		 -1, "udevd"}, /* 7.0 */
		{"INFO: task a blocked for more than 1:9 can't die for more than 20 seconds.", KLOG_hung_task, 9, -1,
		 20, -1, "a blocked for more than 1"},
		{"WARNING: [time_after(jiffies, x)] io_uring/io_uring.c:3026 at f+0x44c/0xbc0, CPU#3: kworker/u8:0/10040",
		 KLOG_warning, 10040, 3, -1, -1, "kworker/u8:0"}, /* 6.19 */
		{"WARNING: mm/slub.c:12 at f+0x1/0x2, CPU#0: swapper/0/0", KLOG_warning, 0, 0, -1, -1, "swapper/0"},
		{"watchdog: BUG: soft lockup - CPU#3 stuck for 27s! [swapper/3:0]", KLOG_soft_lockup, 0, 3, 27, -1,
		 "swapper/3"},
		{"NMI watchdog: Watchdog detected hard LOCKUP on cpu 79", KLOG_hard_lockup, 0, 79, -1, -1, ""},
		{"watchdog: CPU5: Watchdog detected hard LOCKUP on cpu 6", KLOG_hard_lockup, 0, 6, -1, -1, ""},
		{"Watchdog CPU:59 Hard LOCKUP", KLOG_hard_lockup, 0, 59, -1, -1, ""}, /* powerpc */
		{"watchdog: CPU 1125 self-detected hard LOCKUP @ idr_find", KLOG_hard_lockup, 0, 1125, -1, -1, ""},
		{"Kernel panic - not syncing: Hard LOCKUP", KLOG_panic, 0, -1, -1, -1, ""},
		{"swapper: page allocation failure. order:1, mode:0x20", KLOG_page_alloc, 0, -1, -1, 1,
		 "swapper"}, /* 3.2 */
		{"python3: page allocation stalls for 10060ms, order:1, mode:0x15080c0(GFP_KERNEL_ACCOUNT|__GFP_ZERO)",
		 KLOG_page_stall, 0, -1, 10, 1, "python3"},
		{"kworker/0:1 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=-1, oom_score_adj=0",
		 KLOG_oom_invoked, 0, -1, -1, -1, "kworker/0:1"},
		{"Killed process invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
		 KLOG_oom_invoked, 0, -1, -1, 0, "Killed process"},
		{"BUG kmalloc-64 (Not tainted): Poison overwritten", KLOG_bug, 0, -1, -1, -1, ""},
		{"BUG: KASAN: slab-out-of-bounds in f+0x1/0x2", KLOG_bug, 0, -1, -1, -1, ""},
		{"UBSAN: array-index-out-of-bounds in fs/a.c:1:2", KLOG_ubsan, 0, -1, -1, -1, ""},
		{"list_add corruption. next->prev should be prev (a), but was b", KLOG_list_corruption, 0, -1, -1, -1,
		 ""},
		{"Oops [#1]", KLOG_oops, 0, -1, -1, -1, ""},                                     /* riscv */
		{"Oops: Kernel access of bad area, sig: 11 [#1]", KLOG_oops, 0, -1, -1, -1, ""}, /* powerpc */
		{"Oops: 0004 ilc:2 [#1] SMP ", KLOG_oops, 0, -1, -1, -1, ""},                    /* s390 */
		{"specification exception: 0006 ilc:2 [#1] SMP", KLOG_oops, 0, -1, -1, -1, ""},
		{"Internal error: Oops: 0000000096000005 [#2] PREEMPT SMP", KLOG_oops, 0, -1, -1, -1, ""}, /* arm64 */
		{"Internal error: : 8 [#1] SMP ARM", KLOG_oops, 0, -1, -1, -1, ""},
		{"Internal error: Oops - BUG: 0 [#0] PREEMPT SMP", KLOG_oops, 0, -1, -1, -1, ""},
	};
	struct klog_event e;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		ok(parse(all[i].line, &e) && (int)e.class == all[i].class && e.pid == all[i].pid &&
			   e.cpu == all[i].cpu && e.seconds == all[i].seconds && e.order == all[i].order &&
			   !strcmp(e.comm, all[i].comm) && e.sysrq == (strstr(all[i].line, "order=-1") != NULL),
		   "%s: %s", klog_word(all[i].class), all[i].line);
}

static struct recording_writer *begin(void)
{
	struct recording_writer *w = make_begin(path);

	make_line(w, FRAME_EVENT, SOURCE_timeline, 5 * S, "event=t0");
	return w;
}

/* Before 5.1 the kill of a control group is announced, and its line is that of the machine's; so is "no killable" until today. */
static void memcg(void)
{
	static const char *const lines[] = {
		"java invoked oom-killer: gfp_mask=0xd0, order=0, oom_score_adj=-998",
		"Memory cgroup out of memory: Kill process 4015 (python) score 1923 or sacrifice child",
		"Killed process 4015 (python) total-vm:32812kB, anon-rss:23588kB, file-rss:1684kB, shmem-rss:0kB",
		"eater invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
		" mem_cgroup_out_of_memory+0x14b/0x160",
		"Out of memory and no killable processes...",
		"eater invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
		"Killed process 5 (x) total-vm:1kB, anon-rss:1kB, file-rss:1kB, shmem-rss:0kB",
	};
	struct recording_writer *w = begin();
	struct klog k;
	char text[256];

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		snprintf(text, sizeof(text), "4,%zu,%zu,-;%s\n", 7 + i, 5000000 + i * 1000, lines[i]);
		make_line(w, FRAME_LOG, SOURCE_kmsg, 6 * S, text);
	}
	struct recording *r = make_end(w, path);

	if (!ok(!klog_read(r, &k) && k.count == 6, "six events"))
		exit(1);
	ok(k.event[1].class == KLOG_memcg_oom && k.event[1].pid == 4015, "the kill that was announced is the group's");
	ok(k.event[3].class == KLOG_no_killable && !strcmp(k.event[3].constraint, "CONSTRAINT_MEMCG"),
	   "no killable process of a control group");
	ok(k.event[5].class == KLOG_oom_kill && !k.event[5].constraint[0], "the next kill is the machine's");
	klog_free(&k);
	recording_close_reader(r);
}

/* The same records in both lanes, plus the panic that only the console has; printk's clock is 50 ms behind. */
static void merged(void)
{
	struct recording_writer *w = begin();
	struct klog k;
	struct klog_panic p;

	make_line(w, FRAME_LOG, SOURCE_kmsg, 5 * S, "12,10,4950000,-;fuka: marker monotonic_ns=5000000000\n");
	make_line(w, FRAME_LOG, SOURCE_kmsg, 6 * S,
		  "4,11,5950000,-;memory invoked oom-killer: gfp_mask=0x140dca\n SUBSYSTEM=x\n");
	make_line(w, FRAME_LOG, SOURCE_kmsg, 6 * S,
		  "3,12,5960000,-;Out of memory: Killed process 81 (\\x41b) total-vm:1kB\n");
	make_line(w, FRAME_TEXT, SOURCE_console, 9 * S, "SeaBIOS\r\n[    5.950000] memory invoked oom-kil");
	make_line(w, FRAME_TEXT, SOURCE_console, 9 * S,
		  "ler: gfp_mask=0x140dca\r\n[    5.960000] Out of memory: Killed "
		  "process 81 (Ab) total-vm:1kB\r\n");
	make_line(w, FRAME_TEXT, SOURCE_console, 9 * S,
		  "[    6.000001][    T1] Kernel panic - not syncing: System is deadlocked on memory\r\n[    6.01] "
		  "---[ end");
	make_line(w, FRAME_EVENT, SOURCE_host, 9 * S,
		  "event=qmp name=GUEST_PANICKED data=\"{\\\"action\\\": \\\"pause\\\"}\"");
	struct recording *r = make_end(w, path);
	ok(!klog_read(r, &k) && k.count == 3, "what both have counts once: %zu events", k.count);
	ok(k.count == 3 && k.event[0].class == KLOG_oom_invoked && k.event[1].class == KLOG_oom_kill &&
		   k.event[2].class == KLOG_panic,
	   "in the order of time");
	ok(k.event[1].at_ns == 1010000000 && !strcmp(k.event[1].comm, "Ab"), "on the recording's clock, unescaped");
	klog_free(&k);
	ok(klog_panic(r, &p) == 1 && p.at_ns == 1050001000 && !strcmp(p.text, "System is deadlocked on memory"),
	   "a real panic");
	recording_close_reader(r);
}

/* A panic of these parts; 1, 0 or -errno, and why. */
static int panic(const char *kmsg, const char *console, const char *host, struct klog_panic *p)
{
	struct recording_writer *w = begin();

	make_line(w, FRAME_LOG, SOURCE_kmsg, 5 * S, "6,1,4000000,-;first\n");
	if (kmsg)
		make_line(w, FRAME_LOG, SOURCE_kmsg, 6 * S, kmsg);
	make_line(w, FRAME_LOG, SOURCE_kmsg, 7 * S, kmsg ? "6,3,7000000,-;last\n" : "6,2,7000000,-;last\n");
	if (console)
		make_line(w, FRAME_TEXT, SOURCE_console, 8 * S, console);
	if (host)
		make_line(w, FRAME_EVENT, SOURCE_host, 9 * S, host);
	struct recording *r = make_end(w, path);
	int got = klog_panic(r, p);
	recording_close_reader(r);
	return got;
}

static void printed(void)
{
	static const char qemu[] = "event=qmp name=GUEST_PANICKED",
			  real[] = "[    7.500000] Kernel panic - not syncing: Real\n";
	struct klog_panic p;

	ok(panic(NULL, real, qemu, &p) == 1 && !p.why[0], "the kernel's line and QEMU's word");
	ok(panic(NULL, real, NULL, &p) == 0 && p.console && !p.qemu && strstr(p.why, "QEMU"), "no word of QEMU's");
	ok(panic(NULL, real, "event=qmp name=GUEST_CRASHLOADED", &p) == 1 && p.qemu, "with a crash kernel loaded");
	ok(panic(NULL, real, "event=qmp name=GUEST_PVSHUTDOWN", &p) == 0 && !p.qemu, "a power-off is no panic");
	ok(panic(NULL, "x\n", qemu, &p) == 0 && p.qemu && !p.console && strstr(p.why, "console"),
	   "no line of the kernel's");
	ok(panic("12,2,6000000,-;Kernel panic - not syncing: Fake\n",
		 "[    6.000000] Kernel panic - not syncing: Fake\n", qemu, &p) == 0 &&
		   !p.console,
	   "through /dev/kmsg: the record says it is a process's");
	ok(panic("12,2,6000000,-;Kernel panic - not syncing: Fake\n",
		 "[    6.000000] Kernel panic - not syncing: Fake\n", NULL, &p) == 0 &&
		   strstr(p.why, "process printed"),
	   "and why says so");
	ok(panic(NULL, "Kernel panic - not syncing: Fake\n", qemu, &p) == 0 && !p.console,
	   "straight to the console, no timestamp");
	ok(panic(NULL, "[    6.000000] Kernel panic - not syncing: Fake\n", qemu, &p) == 0 && !p.console,
	   "with a timestamp that the kernel's own log does not have");
	ok(panic("12,2,6000000,-;Kernel panic - not syncing: Fake\n",
		 "[    6.000000] Kernel panic - not syncing: Fake\n[    7.500000] Kernel panic - not syncing: Real\n",
		 qemu, &p) == 1 &&
		   !strcmp(p.text, "Real"),
	   "printed first, then real");
	ok(panic("0,2,6000000,-;Kernel panic - not syncing: Silent\n", NULL, qemu, &p) == 0 && !p.console && p.qemu,
	   "the kernel's own line that never came to the console proves nothing");
	ok(panic(NULL, "[    7.000000] Kernel panic - not syncing: Late\n", qemu, &p) == 1,
	   "a console line at the last record's own time is the kernel's");
	ok(panic(NULL, "[    6.999999] Kernel panic - not syncing: Early\n", qemu, &p) == 0,
	   "… one microsecond before it would be in the kernel's log");
	ok(panic("6,2,9000000,-;of another CPU\n", "[    8.000000] Kernel panic - not syncing: Between\n", qemu, &p) ==
		   0,
	   "the log covers what is before its latest record, though another was read after it");
	unlink(path);
}

/* Who invoked the OOM killer is remembered from record to record, and only as long as none is missing. */
static void invokers(void)
{
	static const char kill[] = "3,%d,6000003,-;Out of memory: Killed process 81 (b) total-vm:1kB\n";
	static const struct {
		const char *what, *before, *invoker;
		int seq;
	} all[] = {
		{"one record after the other", NULL, "memory", 3},
		{"a hole in the log between them", NULL, "", 4},
		{"a process that prints the line between them", "12,3,6000002,-;other invoked oom-killer: order=0\n",
		 "memory", 4},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct recording_writer *w = begin();
		char line[128];
		struct klog k;

		make_line(w, FRAME_LOG, SOURCE_kmsg, 6 * S, "4,2,6000001,-;memory invoked oom-killer: order=0\n");
		if (all[i].before)
			make_line(w, FRAME_LOG, SOURCE_kmsg, 6 * S, all[i].before);
		snprintf(line, sizeof(line), kill, all[i].seq);
		make_line(w, FRAME_LOG, SOURCE_kmsg, 6 * S, line);
		struct recording *r = make_end(w, path);
		int err = klog_read(r, &k);
		const struct klog_event *e = err ? NULL : &k.event[k.count - 1];

		ok(e && e->class == KLOG_oom_kill && !strcmp(e->invoker, all[i].invoker), "%s: invoked by '%s'",
		   all[i].what, e ? e->invoker : "?");
		klog_free(&k);
		recording_close_reader(r);
	}
}

/* The same line on the console twice, in the kernel's log once: one of them a process wrote. */
static void twice(void)
{
	static const char kill[] = "[    6.000000] Out of memory: Killed process 81 (b) total-vm:1kB\n";
	struct recording_writer *w = begin();
	struct klog k;

	make_line(w, FRAME_LOG, SOURCE_kmsg, 5 * S, "6,1,4000000,-;first\n");
	make_line(w, FRAME_LOG, SOURCE_kmsg, 6 * S,
		  "3,2,6000000,-;Out of memory: Killed process 81 (b) total-vm:1kB\n");
	make_line(w, FRAME_LOG, SOURCE_kmsg, 7 * S, "6,3,7000000,-;last\n");
	make_line(w, FRAME_TEXT, SOURCE_console, 8 * S, kill);
	make_line(w, FRAME_TEXT, SOURCE_console, 8 * S, kill);
	struct recording *r = make_end(w, path);
	int err = klog_read(r, &k);

	ok(!err && k.count == 2 && k.event[0].from_user + k.event[1].from_user == 1,
	   "a line twice on the console and once in the log: %zu, one of a process", k.count);
	klog_free(&k);
	recording_close_reader(r);
}

/* A real console as a recording of its own, with QEMU's word that it panicked. NULL: there is no such fixture. */
static struct recording *real_console(const char *fixture)
{
	char bytes[1000], from[128];
	size_t n;

	snprintf(from, sizeof(from), "tests/fixtures/console-%s.txt", fixture);
	FILE *f = fopen(from, "r");

	if (!ok(f != NULL, "%s is there (run this from the top of the tree)", from))
		return NULL;
	struct recording_writer *w = begin();

	while ((n = fread(bytes, 1, sizeof(bytes), f)) > 0)
		make_add(w, FRAME_TEXT, SOURCE_console, 20 * S, bytes, n);
	fclose(f);
	make_line(w, FRAME_EVENT, SOURCE_host, 20 * S, "event=qmp name=GUEST_PANICKED");
	return make_end(w, path);
}

/* oom-no-killable on 6.1. */
static void console_of_6_1(void)
{
	struct recording *r = real_console("oom-no-killable");
	struct klog_panic p;
	struct klog k;

	if (!r)
		return;
	ok(!klog_read(r, &k) && k.count == 5, "%zu kernel log events on it", k.count);
	ok(k.count == 5 && k.event[1].class == KLOG_oom_kill && k.event[1].pid == 81 &&
		   k.event[3].class == KLOG_no_killable,
	   "one kill, then nobody left");
	klog_free(&k);
	ok(klog_panic(r, &p) == 1 && p.at_ns == 7799844000, "and the panic");
	recording_close_reader(r);
	unlink(path);
}

/* oom-softirq on 5.10. */
static void console_of_5_10(void)
{
	static const enum klog_class expected[] = {KLOG_page_alloc, KLOG_oom_invoked, KLOG_no_killable, KLOG_panic};
	struct recording *r = real_console("5.10-oom-softirq");
	struct klog_panic p;
	struct klog k;

	if (!r)
		return;
	bool same = !klog_read(r, &k) && k.count == sizeof(expected) / sizeof(*expected);

	for (size_t i = 0; same && i < k.count; i++)
		same = k.event[i].class == expected[i];
	ok(same, "%zu kernel log events on it, each what it is", k.count);
	klog_free(&k);
	ok(klog_panic(r, &p) == 1 && !strcmp(p.text, "System is deadlocked on memory"), "and the panic");
	recording_close_reader(r);
	unlink(path);
}

/* tests/fixtures/console.yaml on each kernel: what makes each class once, in this order. -1, 0, "": not said. */
struct expected {
	enum klog_class class;
	const char *comm;
	int pid, cpu, seconds, order;
	const char *gfp;
	int64_t vm_kib, anon_kib, rss_kib;
	const char *invoker, *constraint;
};

/* clang-format off */
static const struct expected on_5_10[] = {
	{KLOG_warning, "", 106, 0, -1, -1, "", -1, -1, -1, "", ""},
	{KLOG_hung_task, "kworker/0:1", 14, -1, 3, -1, "", -1, -1, -1, "", ""},
	{KLOG_hung_task, "kworker/0:1", 14, -1, 6, -1, "", -1, -1, -1, "", ""},
	{KLOG_bug, "", 0, -1, -1, -1, "", -1, -1, -1, "", ""},
	{KLOG_oops, "", 0, -1, -1, -1, "", -1, -1, -1, "", ""},
	{KLOG_bug, "", 0, -1, -1, -1, "", -1, -1, -1, "", ""},
	{KLOG_oops, "", 0, -1, -1, -1, "", -1, -1, -1, "", ""},
	{KLOG_oom_invoked, "memory", 0, -1, -1, 0, "GFP_KERNEL", -1, -1, -1, "", ""},
	{KLOG_memcg_oom, "memory", 103, -1, -1, -1, "", 1073750392, 33568, 34280, "memory", "CONSTRAINT_MEMCG"},
	{KLOG_memcg_oom, "memory", 102, -1, -1, -1, "", 8568, 1204, 2980, "memory", "CONSTRAINT_MEMCG"},
	{KLOG_memcg_oom, "memory", 103, -1, -1, -1, "", 1073750392, 33568, 34280, "memory", "CONSTRAINT_MEMCG"},
	{KLOG_soft_lockup, "fuka/5", 110, 0, 11, -1, "", -1, -1, -1, "", ""},
	{KLOG_rcu_stall, "", 0, -1, -1, -1, "", -1, -1, -1, "", ""},
	{KLOG_oom_invoked, "memory", 0, -1, -1, 0, "GFP_HIGHUSER_MOVABLE|__GFP_ZERO", -1, -1, -1, "", ""},
	{KLOG_oom_kill, "memory", 99, -1, -1, -1, "", 1073750392, 50160, 50872, "memory", "CONSTRAINT_NONE"},
	{KLOG_page_alloc, "send", 0, -1, -1, 0, "GFP_ATOMIC", -1, -1, -1, "", ""},
	{KLOG_oom_invoked, "init", 0, -1, -1, 0, "GFP_KERNEL", -1, -1, -1, "", ""},
	{KLOG_no_killable, "", 0, -1, -1, -1, "", -1, -1, -1, "init", ""},
	{KLOG_panic, "", 0, -1, -1, -1, "", -1, -1, -1, "", ""},
};

static const struct expected on_6_1[] = {
	{KLOG_warning, "", 120, 0, -1, -1, "", -1, -1, -1, "", ""},
	{KLOG_hung_task, "kworker/0:1", 17, -1, 3, -1, "", -1, -1, -1, "", ""},
	{KLOG_hung_task, "kworker/0:1", 17, -1, 6, -1, "", -1, -1, -1, "", ""},
	{KLOG_bug, "", 0, -1, -1, -1, "", -1, -1, -1, "", ""},
	{KLOG_oops, "", 0, -1, -1, -1, "", -1, -1, -1, "", ""},
	{KLOG_bug, "", 0, -1, -1, -1, "", -1, -1, -1, "", ""},
	{KLOG_oops, "", 0, -1, -1, -1, "", -1, -1, -1, "", ""},
	{KLOG_oom_invoked, "memory", 0, -1, -1, 0, "GFP_KERNEL", -1, -1, -1, "", ""},
	{KLOG_memcg_oom, "memory", 117, -1, -1, -1, "", 1073750392, 33560, 34336, "memory", "CONSTRAINT_MEMCG"},
	{KLOG_memcg_oom, "memory", 116, -1, -1, -1, "", 8568, 1200, 3028, "memory", "CONSTRAINT_MEMCG"},
	{KLOG_memcg_oom, "memory", 117, -1, -1, -1, "", 1073750392, 33560, 34336, "memory", "CONSTRAINT_MEMCG"},
	{KLOG_soft_lockup, "fuka/5", 123, 0, 13, -1, "", -1, -1, -1, "", ""},
	{KLOG_rcu_stall, "", 0, -1, -1, -1, "", -1, -1, -1, "", ""},
	{KLOG_oom_invoked, "memory", 0, -1, -1, 0, "GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO", -1, -1, -1, "", ""},
	{KLOG_oom_kill, "memory", 113, -1, -1, -1, "", 1073750392, 39324, 40100, "memory", "CONSTRAINT_NONE"},
	{KLOG_page_alloc, "send", 0, -1, -1, 0, "GFP_ATOMIC", -1, -1, -1, "", ""},
	{KLOG_oom_invoked, "init", 0, -1, -1, 0, "GFP_KERNEL", -1, -1, -1, "", ""},
	{KLOG_no_killable, "", 0, -1, -1, -1, "", -1, -1, -1, "init", ""},
	{KLOG_panic, "", 0, -1, -1, -1, "", -1, -1, -1, "", ""},
};

/* Every oops begins with "Oops: " there. */
static const struct expected on_6_12[] = {
	{KLOG_warning, "", 156, 0, -1, -1, "", -1, -1, -1, "", ""},
	{KLOG_hung_task, "kworker/0:2", 58, -1, 3, -1, "", -1, -1, -1, "", ""},
	{KLOG_hung_task, "kworker/0:2", 58, -1, 6, -1, "", -1, -1, -1, "", ""},
	{KLOG_bug, "", 0, -1, -1, -1, "", -1, -1, -1, "", ""},
	{KLOG_oops, "", 0, -1, -1, -1, "", -1, -1, -1, "", ""},
	{KLOG_bug, "", 0, -1, -1, -1, "", -1, -1, -1, "", ""},
	{KLOG_oops, "", 0, -1, -1, -1, "", -1, -1, -1, "", ""},
	{KLOG_oom_invoked, "memory", 0, -1, -1, 0, "GFP_KERNEL", -1, -1, -1, "", ""},
	{KLOG_memcg_oom, "memory", 153, -1, -1, -1, "", 1073750392, 33716, 34484, "memory", "CONSTRAINT_MEMCG"},
	{KLOG_memcg_oom, "memory", 152, -1, -1, -1, "", 8568, 1196, 3064, "memory", "CONSTRAINT_MEMCG"},
	{KLOG_memcg_oom, "memory", 153, -1, -1, -1, "", 1073750392, 33716, 34484, "memory", "CONSTRAINT_MEMCG"},
	{KLOG_soft_lockup, "fuka/5", 159, 0, 13, -1, "", -1, -1, -1, "", ""},
	{KLOG_rcu_stall, "", 0, -1, -1, -1, "", -1, -1, -1, "", ""},
	{KLOG_oom_invoked, "memory", 0, -1, -1, 0, "GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO", -1, -1, -1, "", ""},
	{KLOG_oom_kill, "memory", 149, -1, -1, -1, "", 1073750392, 53744, 54512, "memory", "CONSTRAINT_NONE"},
	{KLOG_page_alloc, "send", 0, -1, -1, 0, "GFP_ATOMIC", -1, -1, -1, "", ""},
	{KLOG_oom_invoked, "init", 0, -1, -1, 0, "GFP_KERNEL", -1, -1, -1, "", ""},
	{KLOG_no_killable, "", 0, -1, -1, -1, "", -1, -1, -1, "init", ""},
	{KLOG_panic, "", 0, -1, -1, -1, "", -1, -1, -1, "", ""},
};
/* clang-format on */

static int64_t kib(int64_t bytes)
{
	return bytes < 0 ? -1 : bytes / 1024;
}

static void console_of(const char *kernel, const struct expected *all, size_t n)
{
	struct recording *r = real_console(kernel);
	bool seen[KLOG_COUNT] = {false};
	struct klog k = {0};
	size_t classes = 0;

	if (!r)
		return;
	ok(!klog_read(r, &k) && k.count == n, "%s: %zu kernel log events", kernel, k.count);
	for (size_t i = 0; i < n && i < k.count; i++) {
		const struct klog_event *e = &k.event[i];
		const struct expected *x = &all[i];

		classes += !seen[e->class];
		seen[e->class] = true;
		ok(e->class == x->class && !strcmp(e->comm, x->comm) && e->pid == x->pid && e->cpu == x->cpu &&
			   e->seconds == x->seconds && e->order == x->order && !strcmp(e->gfp, x->gfp),
		   "%s: %s", kernel, e->text);
		ok(kib(e->vm_bytes) == x->vm_kib && kib(e->anon_bytes) == x->anon_kib &&
			   kib(e->rss_bytes) == x->rss_kib && !strcmp(e->invoker, x->invoker) &&
			   !strcmp(e->constraint, x->constraint),
		   "%lld, %lld, %lld KiB, invoked by '%s', '%s'", (long long)kib(e->vm_bytes),
		   (long long)kib(e->anon_bytes), (long long)kib(e->rss_bytes), e->invoker, e->constraint);
	}
	ok(classes >= MADE, "%zu of %d classes", classes, KLOG_COUNT);
	klog_free(&k);
	recording_close_reader(r);
	unlink(path);
}

/* An oops in a timer, and the panic that is its end. */
static void oopses(void)
{
	static const char *const fixtures[] = {"5.10-null-timer", "6.12-null-timer"};

	for (int i = 0; i < 2; i++) {
		struct recording *r = real_console(fixtures[i]);
		struct klog_panic p;
		int bugs = 0, oops = 0;
		struct klog k;

		if (!r)
			continue;
		ok(!klog_read(r, &k), "read");
		for (size_t n = 0; n < k.count; n++) {
			bugs += k.event[n].class == KLOG_bug;
			oops += k.event[n].class == KLOG_oops;
		}
		ok(bugs == 1 && oops == 1, "%d BUG, %d Oops", bugs, oops);
		klog_free(&k);
		ok(klog_panic(r, &p) == 1 && !strcmp(p.text, "Fatal exception in interrupt"), "and the panic");
		recording_close_reader(r);
		unlink(path);
	}
}

static void stacks(void)
{
	static const struct {
		const char *fixture, *context, *comm, *frame[4];
		int pid;
	} all[] = {
		/* no <TASK> there; a panic's own trace */
		{"5.10-oom-softirq", "task", "init", {"panic", "out_of_memory.cold", NULL}, 0},
		/* the oops's: the panic prints none; the function that faulted is in RIP alone */
		{"5.10-null-timer", "softirq", "null", {"act_null", "act", "act_pending", "call_timer_fn"}, 70},
		{"6.12-null-timer", "softirq", "null", {"act_null", "act", "act_pending", "call_timer_fn"}, 120},
		{"6.1-packet-of-death", "softirq", "swapper/0", {"panic", "act_panic", "act", "nf_hook_slow"}, 0},
		{"oom-no-killable", "task", "memory", {"panic", "out_of_memory.cold", NULL}, 0},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct recording *r = real_console(all[i].fixture);
		struct stack s = {.context = ""};
		bool same = r && !stack_read(r, &s);

		for (size_t n = 0; same && n < 4 && all[i].frame[n]; n++)
			same = n < s.frames && !strcmp(s.frame[n], all[i].frame[n]);
		ok(same && s.frames, "%s: %s < %s < …, %zu in all", all[i].fixture, s.frame[0], s.frame[1],
		   s.frames + s.more);
		ok(!strcmp(s.context, all[i].context) && !strcmp(s.comm, all[i].comm) &&
			   (!all[i].pid || s.pid == all[i].pid),
		   "%s, on %s[%d]", s.context, s.comm, s.pid);
		if (r)
			recording_close_reader(r);
		unlink(path);
	}
}

/* A hard interrupt that came upon a softirq; registers and code between frames; a name that is cut. */
static void stack_lines(void)
{
	static const char *const lines[] = {
		"CPU: 1 UID: 0 PID: 7 Comm: ksoftirqd/0 Not tainted 6.12.0 #1",
		"Call Trace:",
		" <IRQ>",
		" dump_stack_lvl+0x44/0x5c",
		" act_panic+0x1/0x2 [fuka]",
		" ? doubted+0x1/0x2",
		" on_hrtimer+0x1/0x2 [fuka]",
		" __hrtimer_run_queues+0x1/0x2",
		"RIP: 0010:interrupted+0x1/0x2",
		"RAX: 000000000001ad40 RBX: 0000000000000000 RCX: 0000000000000000",
		" handle_softirqs+0x1/0x2",
		" </IRQ>",
		"Modules linked in: fuka(OE)",
		" not_a_frame_any_more+0x1/0x2",
	};
	struct stack s = {0};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		stack_take(&s, lines[i]);
	ok(s.frames == 4 && !strcmp(s.frame[0], "act_panic") && !strcmp(s.frame[3], "handle_softirqs"), "%zu frames",
	   s.frames);
	ok(!strcmp(s.context, "hard interrupt") && s.cpu == 1 && s.pid == 7, "%s, CPU %d, PID %d", s.context, s.cpu,
	   s.pid);
}

/* What was killed before fuka collect came is none of its recording's; in a guest it is. */
static void log_of_before(bool found_running)
{
	static const char kill[] = "3,%d,%d000000,-;Out of memory: Killed process 81 (b) total-vm:1kB\n";
	struct recording_writer *w = make_begin(path);
	char line[128];
	struct klog k;

	if (found_running)
		make_line(w, FRAME_META, SOURCE_meta, 0, "meta=recording host=here");
	snprintf(line, sizeof(line), kill, 10, 4);
	make_line(w, FRAME_LOG, SOURCE_kmsg, 5 * S - 1000, line);
	make_line(w, FRAME_EVENT, SOURCE_timeline, 5 * S, "event=t0");
	/* printk's clock lags behind the recording's: what counts is when it was read */
	snprintf(line, sizeof(line), kill, 11, 4);
	make_line(w, FRAME_LOG, SOURCE_kmsg, 6 * S, line);
	struct recording *r = make_end(w, path);
	size_t events = found_running ? 1 : 2;
	int err = klog_read(r, &k);

	ok(!err && k.count == events && k.earlier == 2 - events, "%s: %zu events, %zu from before it",
	   found_running ? "a machine found running" : "a guest", k.count, k.earlier);
	klog_free(&k);
	recording_close_reader(r);
}

int main(void)
{
	if (!mkdtemp(dir))
		return 99;
	snprintf(path, sizeof(path), "%s/r.fuka", dir);
	classes();
	victims();
	others();
	memcg();
	merged();
	log_of_before(true);
	log_of_before(false);
	printed();
	invokers();
	twice();
	console_of_6_1();
	console_of_5_10();
	console_of("5.10", on_5_10, sizeof(on_5_10) / sizeof(*on_5_10));
	console_of("6.1", on_6_1, sizeof(on_6_1) / sizeof(*on_6_1));
	console_of("6.12", on_6_12, sizeof(on_6_12) / sizeof(*on_6_12));
	oopses();
	stacks();
	stack_lines();
	unlink(path);
	rmdir(dir);
	return tap_end();
}
