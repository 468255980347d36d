// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * make-recording KIND FILE [N]: recordings as nobody's machine makes them. KIND is one of the table at the end; N is
 * how many of what it is about, for `nasty` the seed, for big-X the file's size in MiB.
 */
#include "lib/base/crc32c.h"
#include "lib/text/logfmt.h"
#include "lib/record/recording.h"
#include "lib/record/recording_format.h"
#include "lib/record/source.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>
#include <zstd.h>

#define S   1000000000ull
#define MS  1000000ull
#define BIG FRAME_PAYLOAD_MAX

static struct recording_writer *w;
static uint64_t seq[LANE_COUNT];
static const char *path, *kernel = "6.1.0-50-amd64 (fuka)";

static void add(int type, int source, uint64_t ns, const void *bytes, size_t n)
{
	int lane = source < SOURCE_COUNT ? source_rows[source].lane : LANE_FAST;
	struct frame f = {.payload = bytes};

	f.head.type = type;
	f.head.source = source;
	f.head.lane = lane;
	f.head.seq = seq[lane]++;
	f.head.tick = ns / (100 * MS);
	f.head.before_ns = ns;
	f.head.after_ns = ns + 1000;
	f.head.payload_length = n;
	if (recording_add(w, &f))
		exit(1);
}

__attribute__((format(printf, 4, 5))) static void put(int type, int source, uint64_t ns, const char *fmt, ...)
{
	char text[4096];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	add(type, source, ns, text, n);
}

static void begin(const char *scenario, const char *about)
{
	char line[4096] = "";
	size_t n = 0;

	unlink(path);
	if (recording_create(path, &w))
		exit(1);
	logfmt_add(line, sizeof(line), &n, "meta", "recording");
	logfmt_add(line, sizeof(line), &n, "scenario", scenario);
	logfmt_add(line, sizeof(line), &n, "about", about);
	logfmt_add(line, sizeof(line), &n, "kernel", kernel);
	logfmt_add(line, sizeof(line), &n, "hz", "250");
	logfmt_add(line, sizeof(line), &n, "interval_ns", "100000000");
	add(FRAME_META, SOURCE_meta, 0, line, n);
	for (int i = 0; i < SOURCE_COUNT; i++)
		put(FRAME_META, SOURCE_meta, 0, "meta=source id=%d name=%s", i, source_rows[i].name);
	put(FRAME_EVENT, SOURCE_timeline, S, "event=t0");
}

/* A tenth of a second of an ordinary machine. */
static void sample(int i)
{
	uint64_t ns = S + i * 100 * MS;
	struct sysinfo s = {.loads = {(i * 11) << 5, (i * 7) << 5, (i * 3) << 5}};

	put(FRAME_SAMPLE, SOURCE_stat, ns,
	    "cpu  %d 0 %d %d 0 0 0 0 0 0\ncpu0 %d 0 %d %d 0 0 0 0 0 0\nintr 1 0\nctxt %d\nbtime 1700000000\n"
	    "processes 64\nprocs_running 1\nprocs_blocked 0\n",
	    i * 5, i, i * 4, i * 5, i, i * 4, i * 7);
	add(FRAME_SAMPLE, SOURCE_sysinfo, ns + 1000, &s, sizeof(s));
}

static void samples(int n)
{
	for (int i = 0; i < n; i++)
		sample(i);
}

/* --- what a terminal, a shell, a browser, a spreadsheet or a parser might take for its own --- */

#define EVIL                                                                                                           \
	"\x1b]0;TITLE\a\x1b[31m\xc2\x9b"                                                                               \
	"2J\xe2\x80\xae\xff\x7f\t<script>'\"&,=1+1{}\\"

static void evil_tasks(uint64_t ns, int used)
{
	put(FRAME_SAMPLE, SOURCE_tasks, ns,
	    "# pid tgid state policy wchan utime stime rss_kib cgroup comm; left out 0, not looked at 0\n"
	    "77 77 R 0 w" EVIL " %d 9 100 /x" EVIL " e" EVIL "\n@77 [<0>] " EVIL "\n",
	    used);
}

static void evil_figures(uint64_t ns, int n)
{
	put(FRAME_SAMPLE, SOURCE_diskstats, ns, " 253 0 a'b\"c\\d\x1b %d 2 3 4 5 6 7 8 9 10 11\n 253 1 d\xff %d 2\n", n,
	    n);
	put(FRAME_SAMPLE, SOURCE_cgroup, ns,
	    "# g,=1+1|'x\"y\x1b/memory.events\nlow %d\nhigh 0\nmax 0\noom 0\noom_kill 0\n# =cmd/cpu.stat\nusage_usec "
	    "%d\n",
	    n, n);
	put(FRAME_SAMPLE, SOURCE_swaps, ns,
	    "Filename Type Size Used Priority\n/dev/\x1b[1m file inf nan -2\n/dev/b file 1e400 0x10 -2\n");
	put(FRAME_SAMPLE, SOURCE_vmstat, ns,
	    "oom_kill{x=\"'y %d\noom_kill\x1b %d\npgfault %d\npgx\xff"
	    "fault 1\noom_kill 1\n",
	    n, n, n);
	put(FRAME_SAMPLE, SOURCE_meminfo, ns, "MemTotal: 0 kB\nMemFree: 0 kB\nMem\x1b\"': %d kB\nActive(a\nb): 1\n", n);
	put(FRAME_SAMPLE, SOURCE_softirqs, ns, "  CPU0\n NET_RX: %d\n N\x1b'\": 3\n", n);
	put(FRAME_SAMPLE, SOURCE_interrupts, ns, " CPU0\n 24: %d PCI\"'\\\x1b-MSI a\"\\\n LOC: inf nan 0x1p9 \xff\n",
	    n);
	put(FRAME_SAMPLE, SOURCE_pressure_io, ns, "some avg10=9e999 avg60=0 avg300=0 total=1e999\n");
	put(FRAME_SAMPLE, SOURCE_schedstat, ns, "cpu0 0 0 0 0 0 0 %d 2 3\n", n);
}

static void hostile(long n)
{
	(void)n;
	kernel = "6.1\"\x1b[31mx y";
	begin("evil" EVIL "\nrule_files: ['/etc/passwd']\nload1 1", "about" EVIL "\nforged     1 line");
	samples(40);
	put(FRAME_EVENT, SOURCE_timeline, S + 100 * MS,
	    "event=start id=\"a\x1b[2Jb\\nforged line\" kind=run name=\""
	    "mpstat\" argv=\"mpstat\x1b\\nforged\"");
	put(FRAME_EVENT, SOURCE_timeline, S + 150 * MS, "event=st\x1b[art id=\xff\xfe name=<img\x1b[31m>\nforged line");
	put(FRAME_EVENT, SOURCE_timeline, S + 160 * MS, "event=declare id=\x1b runnable=3 blocked=2");
	put(FRAME_EVENT, SOURCE_kmod, S + 170 * MS, "event=fired id=\x1b[1m fault=\xff context=\x07 comm=\x1b\n");
	put(FRAME_LOG, SOURCE_kmsg, S + 200 * MS,
	    "4,10,1200000,-;WARNING: CPU: 0 PID: 1 at \\x1b]0;T\\x07 \\x0aforged");
	put(FRAME_LOG, SOURCE_kmsg, S + 300 * MS,
	    "4,11,1300000,-;Out of memory: Killed process 71 (ev\\x1b[31mil\xff) total-vm:260kB, anon-rss:9kB");
	for (int i = 1; i < 4; i++) {
		evil_tasks(i * S, i * 30);
		evil_figures(i * S, i);
	}
	put(FRAME_TEXT, SOURCE_console, 1,
	    "[    1.000000] Kernel panic - not syncing: \x1b]0;C\a boo\xff\n[    1.000000] CPU: 0 PID: 0 Comm: "
	    "sw\x1b[31mp\n[    1.000000] Call Trace:\n[    1.000000]  f\x1b[31moo+0x1/0x2\n");
	put(FRAME_EVENT, SOURCE_host, 5 * S, "event=qmp name=GUEST_PANICKED");
	put(FRAME_EVENT, SOURCE_host, 5 * S, "event=ended how=\"panic\x1b\\nforged line\"");
}

/* All that /proc has of a machine with one idle disk: texts of less than 64 bytes. */
static void brief(long n)
{
	(void)n;
	begin("brief", "short samples");
	for (int i = 0; i < 40; i++) {
		sample(i);
		put(FRAME_SAMPLE, SOURCE_loadavg, S + i * 100 * MS + 2000, "0.00 0.01 0.05 1/71 1234\n");
		put(FRAME_SAMPLE, SOURCE_diskstats, S + i * 100 * MS + 3000, " 253 0 vda %d 0 8 0 %d 0 0 0 0 0 0\n", i,
		    i);
		put(FRAME_SAMPLE, SOURCE_pressure_cpu, S + i * 100 * MS + 4000,
		    "some avg10=0.00 avg60=0.00 avg300=0.00 total=%d\n", i);
	}
	put(FRAME_SAMPLE, SOURCE_cgroup, 2 * S, "# a/memory.events\nlow 1\n");
	put(FRAME_SAMPLE, SOURCE_cgroup, 3 * S, "# b/memory.events\nlow 1\n"); /* another of the same length */
}

/* Words that some grammar has a use for, thrown together: names of things, of figures, and what is in no name. */
static const char *word(void)
{
	static const char *const pieces[] = {
		"a",
		"vda",
		"oom_kill",
		"\"",
		"'",
		"\\",
		"\x1b[31m",
		"\xff",
		"\xc2\x9b",
		"\xe2\x80\xae",
		"{",
		"}",
		"=1+1",
		"@x",
		",",
		";",
		"#",
		"<b>",
		"&",
		"inf",
		"nan",
		"-1",
		"1e999",
		"0x10",
		"18446744073709551616",
		"/",
		".",
		"..",
		"%s",
		"\r",
		"\t",
		"\a",
		"\x7f",
		"\xef\xbf\xbf",
		"é",
		"日",
		": !!x",
		"*y",
		"- [",
		"| >",
	};
	static char text[8][64];
	static unsigned turn;
	char *to = text[turn++ % 8];

	*to = '\0';
	for (int n = 1 + rand() % 3; n--;)
		strncat(to, pieces[rand() % (sizeof(pieces) / sizeof(*pieces))], 20);
	return to;
}

static void nasty_sample(uint64_t ns)
{
	int n = rand() % 1000;

	put(FRAME_SAMPLE, SOURCE_diskstats, ns, " 253 0 %s %d 2 3 4 5 6 7 8 9 10 11\n 253 1 %s %s\n", word(), n, word(),
	    word());
	put(FRAME_SAMPLE, SOURCE_cgroup, ns, "# %s/memory.events\nlow %d\nhigh %s\n# %s/cpu.stat\nusage_usec %d\n",
	    word(), n, word(), word(), n);
	put(FRAME_SAMPLE, SOURCE_swaps, ns, "F T S U P\n/%s file %s %d -2\n", word(), word(), n);
	put(FRAME_SAMPLE, SOURCE_vmstat, ns, "%s %d\noom_kill%s %s\npgfault %d\n", word(), n, word(), word(), n);
	put(FRAME_SAMPLE, SOURCE_meminfo, ns, "MemTotal: %s kB\nMem%s: %d kB\n", word(), word(), n);
	put(FRAME_SAMPLE, SOURCE_softirqs, ns, " CPU0 CPU%s\n NET_RX: %d\n %s: 3\n", word(), n, word());
	put(FRAME_SAMPLE, SOURCE_interrupts, ns, " CPU0\n 24: %d %s %s\n %s: %s\n", n, word(), word(), word(), word());
	put(FRAME_SAMPLE, SOURCE_pressure_io, ns, "some avg10=%s avg60=%d total=%s\n", word(), n, word());
	put(FRAME_SAMPLE, SOURCE_loadavg, ns, "0 0 0 1/%d %s\n", n, word());
	put(FRAME_EVENT, SOURCE_timeline, ns, "event=%s id=\"%s\" name=%s", word(), word(), word());
	put(FRAME_LOG, SOURCE_kmsg, ns, "4,%d,%d,-;WARNING: CPU: 0 PID: %s at %s", n, n, word(), word());
}

static void nasty(long seed)
{
	srand(seed);
	kernel = word();
	begin(word(), word());
	for (int i = 0; i < 30; i++) {
		sample(i);
		nasty_sample(S + i * 100 * MS + 3000);
	}
	put(FRAME_EVENT, SOURCE_host, 5 * S, "event=ended how=\"%s\"", word());
}

/* --- small files, endless work --- */

static void bomb(long n)
{
	char *z = malloc(BIG);

	begin("bomb", "events of 4 MiB");
	samples(4);
	memset(z, 'a', BIG);
	memcpy(z, "event=x ", 8);
	for (long i = 0; i < n; i++)
		add(FRAME_EVENT, SOURCE_timeline, 2 * S + i, z, BIG);
	free(z);
}

static void events(long n)
{
	begin("events", "small events");
	samples(4);
	for (long i = 0; i < n; i++)
		put(FRAME_EVENT, SOURCE_timeline, 2 * S + i, "event=x id=%ld", i);
	put(FRAME_EVENT, SOURCE_host, 5 * S, "event=ended how=poweroff");
}

static void declare(long n)
{
	begin("declare", "ids");
	for (long i = 0; i < n; i++)
		put(FRAME_EVENT, SOURCE_timeline, S + 1 + i, "event=declare id=i%ld runnable=%ld blocked=0", i, i % 2);
	samples(1000);
}

static void disks(long n)
{
	char *z = malloc(BIG);
	size_t at = 0;

	begin("disks", "names");
	samples(4);
	for (long i = 0; i < n && at < BIG - 64; i++)
		at += sprintf(z + at, " 1 1 d%ld 1 2 3 4 5 6 7 8 9 9 9\n", i);
	add(FRAME_SAMPLE, SOURCE_diskstats, 2 * S, z, at);
	add(FRAME_SAMPLE, SOURCE_diskstats, 3 * S, z, at);
	free(z);
}

static void cpus(long n)
{
	char *z = malloc(BIG);
	size_t at = sprintf(z, "cpu  1 1 1 1\n");

	begin("cpus", "CPUs");
	samples(2);
	for (long i = 0; i < n && at < BIG - 64; i++)
		at += sprintf(z + at, "cpu%ld 1 1 1 1\n", i);
	add(FRAME_SAMPLE, SOURCE_stat, 2 * S, z, at);
	add(FRAME_SAMPLE, SOURCE_stat, 3 * S, z, at);
	free(z);
}

static void klog(long n)
{
	begin("klog", "lines of the log, on the console too");
	samples(4);
	for (long i = 0; i < n; i++)
		put(FRAME_LOG, SOURCE_kmsg, S + i * 1000, "4,%ld,%ld,-;WARNING: CPU: 0 PID: 1 at x %ld", 10 + i,
		    1000000 + i, i);
	for (long i = 0; i < n; i++)
		put(FRAME_TEXT, SOURCE_console, 1, "[%5ld.%06ld] WARNING: CPU: 0 PID: 1 at x %ld\n",
		    (1000000 + i) / 1000000, (1000000 + i) % 1000000, i);
}

static void tasks(long n)
{
	char *z = malloc(BIG);
	size_t at = 0;

	begin("tasks", "tasks, each once");
	samples(40);
	for (long i = 0; i < n && at < BIG - 64; i++)
		at += sprintf(z + at, "%ld %ld R 0 - 1 1 1 - t%ld\n@%ld f\n", i + 2, i + 2, i, i + 2);
	add(FRAME_SAMPLE, SOURCE_tasks, 2 * S, z, at);
	free(z);
}

/* Samples of nothing else, every millisecond. */
static void lengthy(long n)
{
	struct sysinfo s = {.uptime = 1};

	begin("lengthy", "very many samples");
	for (long i = 0; i < n; i++) {
		put(FRAME_SAMPLE, SOURCE_stat, S + i * MS, "cpu  %ld 0 1 1\nprocs_running 1\n", i);
		s.loads[0] = (i % 100) << 5;
		add(FRAME_SAMPLE, SOURCE_sysinfo, S + i * MS + 10, &s, sizeof(s));
		put(FRAME_SAMPLE, SOURCE_meminfo, S + i * MS + 20, "MemTotal: 9 kB\nMemAvailable: %ld kB\n", i % 9);
	}
}

/* One block, n times: the writer does not make these. */
static void blocks(FILE *f, long n, struct block_head b, const struct frame *frame, bool apart)
{
	struct frame_head fh = frame->head;
	size_t capacity = ZSTD_compressBound(BIG), size;
	char *raw = calloc(1, frame_length(fh.payload_length)), *packed = malloc(capacity);

	fh.length = frame_length(fh.payload_length);
	fh.crc = frame_crc(&fh, frame->payload);
	memcpy(raw, &fh, sizeof(fh));
	memcpy(raw + sizeof(fh), frame->payload, fh.payload_length);
	size = ZSTD_compress(packed, capacity, raw, fh.length, 3);
	memcpy(b.magic, BLOCK_MAGIC, sizeof(b.magic));
	b.source = fh.source;
	b.frames = 1;
	b.raw_bytes = fh.length;
	b.packed_bytes = size;
	b.packed_crc = crc32c(0, packed, size);
	for (long i = 0; i < n; i++) {
		b.number = i;
		b.head_crc = block_head_crc(&b);
		if (apart)
			fputc('f', f);
		fwrite(&b, 1, sizeof(b), f);
		fwrite(packed, 1, size, f);
	}
	fclose(f);
	free(raw);
	free(packed);
}

static void small_blocks(long n, int flags, bool apart)
{
	struct file_head head = {.magic = RECORDING_MAGIC, .version = RECORDING_VERSION};
	struct frame f = {.head = {.type = FRAME_META, .lane = LANE_HOST, .source = 1, .payload_length = 6},
			  .payload = "meta=x"};
	FILE *out = fopen(path, "w");

	head.crc = crc32c(0, &head, offsetof(struct file_head, crc));
	fwrite(&head, 1, sizeof(head), out);
	blocks(out, n, (struct block_head){.flags = flags}, &f, apart);
}

/* As many as go into N MiB. */
static void big_blocks(long mib)
{
	small_blocks((mib << 20) / 97, 0, false);
}

static void copies(long n)
{
	small_blocks(n, BLOCK_COPY, false);
}

static void holes(long n)
{
	small_blocks(n, 0, true);
}

/* Every source number there is, one frame of 4 MiB each. */
static void sources(long n)
{
	char *z = calloc(1, BIG);

	begin("sources", "numbers");
	samples(4);
	for (long i = 0; i < n; i++) {
		put(FRAME_META, SOURCE_meta, 0, "meta=source id=%ld name=s%ld", 100 + i, i);
		add(FRAME_SAMPLE, 100 + i, S, z, BIG);
	}
	free(z);
}

/* --- N MiB of one thing, packed as badly as it may be --- */

static uint64_t dice(void)
{
	static uint64_t x = 88172645463325252;

	x ^= x << 13;
	x ^= x >> 7;
	return x ^= x << 17;
}

static bool is_large(long mib)
{
	struct stat st;

	return !stat(path, &st) && st.st_size >= (off_t)mib << 20;
}

/* Calls one(i) until the file is so large. */
static void until(long mib, const char *what, void (*one)(long i))
{
	begin("big", what);
	put(FRAME_META, SOURCE_meta, 0, "meta=clock realtime_offset_ns=1700000000000000000");
	for (long i = 0; i % 4 || !is_large(mib); i++)
		one(i);
	put(FRAME_EVENT, SOURCE_host, S, "event=ended how=poweroff");
}

/* Lines with random words in them, up to `most` bytes. */
#define FILL(source, ns, most, ...)                                                                                    \
	do {                                                                                                           \
		static char text[BIG];                                                                                 \
		size_t n = 0;                                                                                          \
                                                                                                                       \
		while (n + 200 < (most))                                                                               \
			n += sprintf(text + n, __VA_ARGS__);                                                           \
		add(FRAME_SAMPLE, source, ns, text, n);                                                                \
	} while (0)

static uint64_t step = MS; /* between two samples */

static void one_sample(long i)
{
	struct sysinfo s = {.loads = {dice() >> 20, dice() >> 20, dice() >> 20}};
	uint64_t ns = S + i * step;

	put(FRAME_SAMPLE, SOURCE_stat, ns, "cpu  %ld 0 %lu %lu\nprocs_running %lu\n", i, i + dice() % 9, dice() >> 20,
	    dice() % 99);
	add(FRAME_SAMPLE, SOURCE_sysinfo, ns + 10, &s, sizeof(s));
	put(FRAME_SAMPLE, SOURCE_loadavg, ns + 15, "%lu.1 0 0 1/%lu 5\n", dice() % 99, dice() % 9999);
	put(FRAME_SAMPLE, SOURCE_meminfo, ns + 20, "MemTotal: 9 kB\nMemFree: 7 kB\nMemAvailable: %lu kB\n",
	    dice() % 9999999);
	put(FRAME_SAMPLE, SOURCE_vmstat, ns + 30, "nr_free_pages %lu\npgfault %lu\n", dice() % 99999, dice() % 99999);
}

/* The load average's updates further apart than anybody steps through. */
static void one_hour(long i)
{
	struct sysinfo s = {.loads = {dice() % 9999 << 5, dice() % 9999 << 5, dice() % 9999 << 5}};

	add(FRAME_SAMPLE, SOURCE_sysinfo, S + i * 20000 * S, &s, sizeof(s));
}

static void one_event(long i)
{
	put(FRAME_EVENT, SOURCE_timeline, S + i, "event=declare id=%lx runnable=%lu x=%lx", dice() % 99999, dice() % 9,
	    dice());
}

/* A line of any class. */
static const char *of_a_class(void)
{
	static const char *const lines[] = {
		"memory invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0",
		"Out of memory: Killed process 71 (eater) total-vm:260kB, anon-rss:9kB",
		"Memory cgroup out of memory: Killed process 7 (x) total-vm:2kB, anon-rss:9kB",
		"Out of memory and no killable processes...",
		"Kernel panic - not syncing: boo",
		"Oops: 0002 [#1] SMP",
		"BUG: at",
		"WARNING: CPU: 0 PID: 1 at",
		"watchdog: BUG: soft lockup - CPU#0 stuck for 11s! [fuka/5:110]",
		"rcu: INFO: rcu_sched detected stalls",
		"INFO: task kworker/0:1:14 blocked for more than 3 seconds.",
		"send: page allocation failure: order:0, mode:0xa20(GFP_ATOMIC)",
	};

	return lines[dice() % (sizeof(lines) / sizeof(*lines))];
}

static void one_record(long i)
{
	put(FRAME_LOG, SOURCE_kmsg, S + i * 1000, "4,%ld,%ld,-;%s %lx", 10 + i, 1000000 + i, of_a_class(), dice());
}

static void one_line(long i)
{
	put(FRAME_TEXT, SOURCE_console, 1, "[%5ld.%06ld] %s %lx\n", i / 1000000, i % 1000000, of_a_class(), dice());
}

/* Everything, each frame of it in a block of its own. */
static void one_mixture(long i)
{
	step = 20 * S;
	one_sample(i);
	put(FRAME_EVENT, SOURCE_timeline, S + i * step, "event=declare id=%lx runnable=%lu x=%lx", dice() % 99999,
	    dice() % 9, dice());
	put(FRAME_LOG, SOURCE_kmsg, S + i * step, "4,%ld,%ld,-;%s %lx", 10 + i, 1000000 + i, of_a_class(), dice());
	put(FRAME_SAMPLE, SOURCE_tasks, S + i * step, "%lu 1 R 0 w 1 1 %lu / t%lx\n", dice() % 4194304, dice() % 9999,
	    dice() % 9999);
}

static void one_walk(long i)
{
	FILL(SOURCE_tasks, S + i * 100 * MS, 9000, "%lu 1 R 0 w%lx 1 1 %lu /%lx t%lx\n", dice() % 4194304, dice(),
	     dice() % 9999, dice(), dice() % 9999);
}

static void one_device(long i)
{
	FILL(SOURCE_diskstats, S + i * 100 * MS, 2000, " 1 1 d%lx %lu 2 %lu 4 5 6 7 8 9 9 9\n", dice(), dice() % 999,
	     dice() % 999);
	sample(i);
}

static void one_group(long i)
{
	FILL(SOURCE_cgroup, S + i * 100 * MS, 2000, "# g%lx/cpu.stat\nusage_usec %lu\n", dice(), dice() % 99999);
	sample(i);
}

static void one_frame(long i)
{
	FILL(SOURCE_stat, S + i * 100 * MS, BIG, "cpu%lu %lu 0 %lu %lu 0 0 0 0 0 0\n", dice() % 99999, dice() % 9999,
	     dice() % 9999, dice());
	FILL(SOURCE_meminfo, S + i * 100 * MS, BIG, "M%lx: %lu kB\n", dice(), dice());
}

static void one_output(long i)
{
	put(FRAME_TEXT, SOURCE_output, S + i * MS, "id=m\n%lx %lx %lx\n", dice(), dice(), dice());
}

/* A run of sar with readings without end. */
static void one_reading(long i)
{
	if (!i) {
		put(FRAME_EVENT, SOURCE_timeline, S, "event=start id=m kind=run name=sar argv=\"sar -q 1 1\"");
		put(FRAME_TEXT, SOURCE_output, S,
		    "id=m\n02:15:04 runq-sz plist-sz ldavg-1 ldavg-5 ldavg-15 blocked\n"
		    "02:15:08 0 71 0.03 0.01 0.05 0\n");
		put(FRAME_EVENT, SOURCE_timeline, 9000000 * S, "event=exit id=m status=\"exit 0\" pid=85");
	}
	put(FRAME_TEXT, SOURCE_readings, S + i * MS,
	    " sar-85 [000] ..... %ld.%06lu: loadavg: (%lx)\n sar-85 [000] ..... %ld.9: loadavg_end: (%lx)\n", i / 1000,
	    dice() % 999999, dice(), i / 1000, dice());
	put(FRAME_SAMPLE, SOURCE_loadavg, S + i * MS, "%lu.1 0 0 1/%lu 5\n", dice() % 99, dice() % 9999);
}

/* Samples of 4 MiB that pack to nothing. */
static void big_bomb(long mib)
{
	static char z[BIG];
	struct frame f = {
		.head = {.type = FRAME_SAMPLE, .lane = LANE_FAST, .source = SOURCE_stat, .payload_length = BIG},
		.payload = z};

	begin("big", "bomb");
	if (recording_flush(w))
		exit(1);
	w = NULL; /* no index: it goes on behind what is there */
	blocks(fopen(path, "a"), (mib << 20) / 221, (struct block_head){0}, &f, false);
}

#define BIGS                                                                                                           \
	BIG_KIND(sample)                                                                                               \
	BIG_KIND(hour)                                                                                                 \
	BIG_KIND(event)                                                                                                \
	BIG_KIND(record)                                                                                               \
	BIG_KIND(line)                                                                                                 \
	BIG_KIND(mixture)                                                                                              \
	BIG_KIND(walk)                                                                                                 \
	BIG_KIND(device)                                                                                               \
	BIG_KIND(group)                                                                                                \
	BIG_KIND(frame)                                                                                                \
	BIG_KIND(output)                                                                                               \
	BIG_KIND(reading)

#define BIG_KIND(name)                                                                                                 \
	static void big_##name(long mib)                                                                               \
	{                                                                                                              \
		until(mib, #name, one_##name);                                                                         \
	}
BIGS
#undef BIG_KIND

	static const struct kind {
	const char *name;
	void (*make)(long n);
} kinds[] = {{"hostile", hostile},
	     {"brief", brief},
	     {"nasty", nasty},
	     {"bomb", bomb},
	     {"events", events},
	     {"declare", declare},
	     {"disks", disks},
	     {"cpus", cpus},
	     {"klog", klog},
	     {"tasks", tasks},
	     {"lengthy", lengthy},
	     {"copies", copies},
	     {"holes", holes},
	     {"sources", sources},
	     {"big-blocks", big_blocks},
	     {"big-bomb", big_bomb},
#define BIG_KIND(name) {"big-" #name, big_##name},
	     BIGS
#undef BIG_KIND
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 2 && i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strcmp(argv[1], kinds[i].name))
			continue;
		path = argv[2];
		kinds[i].make(argc > 3 ? atol(argv[3]) : 0);
		return w && recording_close(w);
	}
	fprintf(stderr, "make-recording KIND FILE [N]\n");
	return 2;
}
