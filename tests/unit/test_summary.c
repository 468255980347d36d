// SPDX-License-Identifier: GPL-2.0-or-later
/* The figures of the report's first page on a recording made by hand: what was before t0 is none of them. */
#include "collect/show/summary_print.h"
#include "tests/unit/make.h"
#include "tests/unit/tap.h"

#include <math.h>
#include <sys/sysinfo.h>

#define S 1000000000ull

static char dir[] = "/tmp/fuka-test-XXXXXX", path[64];

static void sample(struct recording_writer *w, uint64_t tick, double load, long available)
{
	struct frame f = {.head = {.type = FRAME_SAMPLE, .tick = tick}};
	struct sysinfo info = {.mem_unit = 1, .loads = {load * 65536, load * 65536, load * 65536}};
	char text[256];
	const struct {
		int source;
		const void *bytes;
		size_t n;
	} all[] = {{SOURCE_stat, text, 0}, {SOURCE_sysinfo, &info, sizeof(info)}, {SOURCE_meminfo, text + 128, 0}};

	snprintf(text, 128, "cpu  %d 0 0 %d 0 0 0 0 0 0\nctxt 1\nprocs_running 1\nprocs_blocked 0\n", (int)tick * 10,
		 (int)tick * 90);
	snprintf(text + 128, 128, "MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable: %ld kB\n", available);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		f.head.source = all[i].source;
		f.head.lane = source_rows[all[i].source].lane;
		f.head.seq = make_seq[f.head.lane]++;
		f.head.before_ns = f.head.after_ns = (1 + tick) * S + i;
		f.payload = all[i].bytes;
		f.head.payload_length = all[i].n ? all[i].n : strlen(all[i].bytes);
		if (recording_add(w, &f))
			exit(99);
	}
}

static void fault(struct recording_writer *w, uint64_t ns, const char *event)
{
	char line[80];

	snprintf(line, sizeof(line), "event=%s id=f fault=spin context=timer", event);
	make_line(w, FRAME_EVENT, SOURCE_kmod, ns, line);
}

/* Ticks 0, 1 and 4; t0 between the first and the second. */
static struct recording *make(const char *last_fault)
{
	struct recording_writer *w = make_begin(path);

	make_line(w, FRAME_META, SOURCE_meta, 9 * S, "meta=lanes tasks_refused=3 fast_lost=2");
	sample(w, 0, 9, 10);
	make_line(w, FRAME_EVENT, SOURCE_timeline, 3 * S / 2, "event=t0");
	sample(w, 1, 1, 500);
	fault(w, 3 * S, "fired");
	fault(w, 3 * S, "done");
	if (last_fault)
		fault(w, 4 * S, last_fault);
	sample(w, 4, 3, 400);
	sample(w, 5, 2, 450);
	make_line(w, FRAME_TEXT, SOURCE_console, 8 * S,
		  "[    2.000000] Out of memory: Killed process 81 (real) total-vm:1kB, anon-rss:1024kB\n");
	make_line(w, FRAME_LOG, SOURCE_kmsg, 5 * S,
		  "12,2,3000000,-;Out of memory: Killed process 82 (forged) total-vm:1kB, anon-rss:1kB\n");
	return make_end(w, path);
}

static char *told(const struct summary *s)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	summary_print(f, s, 1);
	fclose(f);
	return text;
}

static void figures(void)
{
	struct recording *r = make(NULL);
	struct summary s;

	if (!ok(!summary_read(r, &s), "a recording of four samples"))
		exit(1);
	char *text = told(&s);

	ok(s.samples == 4 && s.missed == 2, "%zu samples, %llu ticks missed", s.samples, (unsigned long long)s.missed);
	ok(fabs(s.interval_ns - S) < 1 && fabs(s.gap_ns - 3.0 * S) < 1 && s.gap_at_ns == 7 * (int64_t)S / 2,
	   "the median interval is 1 s, the largest gap 3 s at %.1f s", s.gap_at_ns / 1e9);
	ok(fabs(s.load_peak - 3) < 0.01 && s.load_peak_ns / (int64_t)S == 3, "the peak of the load is after t0: %g",
	   s.load_peak);
	ok(fabs(s.load_end[0] - 2) < 0.01 && fabs(s.load_end[2] - 2) < 0.01, "its end");
	ok(s.memory_low == 400 * 1024 && s.memory_total == 1000 * 1024, "the lowest memory is after t0: %g",
	   s.memory_low / 1024);
	ok(fabs(s.cpu[CPU_user] - 10) < 0.01 && fabs(s.cpu[CPU_idle] - 90) < 0.01, "a tenth busy");
	ok(s.kills == 1, "one kill, another is a process's word");
	ok(strstr(text, "real[81] 1.0 MiB") && !strstr(text, "forged"), "… and so is the line");
	ok(strstr(text, "2 ticks missed"), "missed ticks are told");
	ok(strstr(text, "; 2 frames of the fast lane lost; 3"), "what lanes lost or refused is told");
	ok(s.fault_done && strstr(text, "it came back"), "the fault came back");
	free(text);
	summary_free(&s);
	recording_close_reader(r);
}

static void stuck(void)
{
	struct recording *r = make("fired");
	struct summary s;

	if (!ok(!summary_read(r, &s), "the fault acts once more"))
		exit(1);
	char *text = told(&s);

	ok(!s.fault_done && strstr(text, "it did not come back"), "and does not come back");
	free(text);
	summary_free(&s);
	recording_close_reader(r);
}

/* Three gaps of a second, two of two, two of three: the median is none of the ends. */
static void interval(void)
{
	static const int ticks[] = {1, 2, 4, 7, 8, 10, 13, 14};
	struct recording_writer *w = make_begin(path);
	struct summary s;

	make_line(w, FRAME_EVENT, SOURCE_timeline, 3 * S / 2, "event=t0");
	for (size_t i = 0; i < sizeof(ticks) / sizeof(*ticks); i++)
		sample(w, ticks[i], 1, 100);
	struct recording *r = make_end(w, path);

	if (!ok(!summary_read(r, &s), "a recording of eight samples"))
		exit(1);
	ok(s.interval_ns == 2 * S && s.gap_ns == 3 * S, "the median interval is %.1f s, the largest %.1f s",
	   s.interval_ns / 1e9, s.gap_ns / 1e9);
	summary_free(&s);
	recording_close_reader(r);
}

/* Undoes line breaks. */
static void squeeze(char *text)
{
	char *to = text;

	for (const char *c = text; *c; c++)
		if (!strchr(" \n", *c))
			*to++ = *c;
		else if (to > text && to[-1] != ' ')
			*to++ = ' ';
	*to = '\0';
}

/* vmstat's oom_kill at 1 s and at 9 s, and what the log has at 5 s: kills of the process 81, and one of 82. */
static void kills(void)
{
	static const struct {
		int first, last, of_81;
		bool of_82;
		const char *says;
	} all[] = {
		{7, 9, 1, true, "2 kills: "},
		{7, 9, 1, true, "; vmstat's oom_kill agrees"},
		{7, 8, 1, true, "; vmstat's oom_kill has 1 "},
		{7, 8, 2, false, "; vmstat's oom_kill has 1: the log repeats 1 of them, as memory.oom.group does"},
		{7, 10, 1, true,
		 "; vmstat's oom_kill has 3: the kernel does not print a victim that was already exiting, or a record was lost"},
		{-1, -1, 1, false, ""},
	};
	char line[160];

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct recording_writer *w = make_begin(path);
		struct summary s;

		make_line(w, FRAME_EVENT, SOURCE_timeline, S, "event=t0");
		make_line(w, FRAME_LOG, SOURCE_kmsg, S, "12,10,1000000,-;fuka: marker monotonic_ns=1000000000\n");
		for (int k = 0; k < 2 && all[i].first >= 0; k++) {
			snprintf(line, sizeof(line), "oom_kill %d\n", k ? all[i].last : all[i].first);
			make_line(w, FRAME_SAMPLE, SOURCE_vmstat, (1 + 8 * k) * S, line);
		}
		for (int k = 0; k < all[i].of_81 + all[i].of_82; k++) {
			snprintf(line, sizeof(line),
				 "3,%d,%d,-;Out of memory: Killed process %d (eater) total-vm:1kB, anon-rss:1kB\n",
				 20 + k, 5000000 + k * 1000, k < all[i].of_81 ? 81 : 82);
			make_line(w, FRAME_LOG, SOURCE_kmsg, 5 * S + k * 1000000, line);
		}
		struct recording *r = make_end(w, path);

		if (!ok(!summary_read(r, &s), "a recording of kills"))
			exit(1);
		char *text = told(&s);

		squeeze(text);
		if (all[i].first >= 0)
			ok(strstr(text, all[i].says), "vmstat %d to %d: %s", all[i].first, all[i].last, all[i].says);
		else
			ok(!strstr(text, "vmstat"), "no such figure, and no word of it");
		free(text);
		summary_free(&s);
		recording_close_reader(r);
	}
}

int main(void)
{
	if (!mkdtemp(dir))
		return 99;
	snprintf(path, sizeof(path), "%s/r.fuka", dir);
	figures();
	stuck();
	interval();
	kills();
	unlink(path);
	rmdir(dir);
	return tap_end();
}
