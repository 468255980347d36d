// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The verdict on recordings made by hand: each kind of expectation held, not held and unknown, under `expect:` and
 * under `never:`. Unknown satisfies neither.
 */
#include "collect/metrics/metric.h"
#include "lab/expect/expect.h"
#include "lab/expect/verdict.h"
#include "tests/unit/make.h"
#include "tests/unit/tap.h"

#include <fcntl.h>
#include <sys/sysinfo.h>

#define S 1000000000ull

static char dir[] = "/tmp/fuka-test-XXXXXX", path[64];

/* An event, from t0. */
struct more {
	int source;
	uint64_t ms;
	const char *line;
};

/* What a recording has beside its first frames; t0 is at one second. */
struct made {
	bool t0, samples, console, cut, panic, kmod, program, ended, hotplug, unended, late;
	const char *meta, *kmsg; /* a record of the kernel's log */
	const struct more *more; /* events, up to one without a line */
};

static const struct made whole = {
	.t0 = true, .samples = true, .console = true, .kmod = true, .program = true, .ended = true};

/* A tenth of each interval busy, seven tasks blocked once; CPU 1 is away from five to seven seconds after t0 if asked. */
static void add_samples(struct recording_writer *w, bool hotplug)
{
	for (int i = 0; i <= 100; i++) {
		uint64_t at = S + i * S / 10;
		bool away = hotplug && i > 49 && i < 71;
		struct sysinfo info = {.mem_unit = 1};
		char text[400];
		int n = snprintf(text, sizeof(text), "cpu  %d 0 0 %d 0 0 0 0 0 0\ncpu0 %d 0 0 %d 0 0 0 0 0 0\n", i,
				 i * 9, i, i * 9);

		if (!away)
			n += snprintf(text + n, sizeof(text) - n, "cpu1 %d 0 0 %d 0 0 0 0 0 0\n", i, i * 9);
		snprintf(text + n, sizeof(text) - n,
			 "intr 1 0\nctxt %d\nbtime 1\nprocesses 64\nprocs_running 1\n"
			 "procs_blocked %d\n",
			 i, i == 25 ? 7 : 2);
		make_line(w, FRAME_SAMPLE, SOURCE_stat, at, text);
		make_add(w, FRAME_SAMPLE, SOURCE_sysinfo, at + 1000, &info, sizeof(info));
	}
}

static void add_console(struct recording_writer *w, const struct made *m)
{
	static const char head[] =
		"[    1.000000] Linux version 6.1\n[    2.000000] WARNING: CPU: 0 PID: 1 at x.c:1 f+0x1/0x2\n";
	static const char panic[] = "[    9.000000] Kernel panic - not syncing: System is deadlocked on memory\n";
	static const char late[] = "[   12.500000] Kernel panic - not syncing: Later than all\n";
	struct frame f = {.head = {.type = FRAME_TEXT,
				   .source = SOURCE_console,
				   .lane = LANE_HOST,
				   .seq = make_seq[LANE_HOST]++,
				   .before_ns = 11 * S,
				   .flags = m->cut ? FRAME_TRUNCATED : 0,
				   .payload_length = sizeof(head) - 1},
			  .payload = head};

	if (recording_add(w, &f))
		exit(99);
	if (m->panic)
		make_line(w, FRAME_TEXT, SOURCE_console, 11 * S, m->late ? late : panic);
}

static void (*too_much)(struct recording_writer *w); /* records more than is kept of something */
static bool spoiled;                                 /* the recording is not whole */

/* The last block's last byte is another. */
static struct recording *spoil(struct recording *r)
{
	char byte = 0;
	int fd = open(path, O_RDWR);
	uint64_t trailer[2];
	off_t end = lseek(fd, -16, SEEK_END);

	recording_close_reader(r);
	if (pread(fd, trailer, 16, end) != 16 || pread(fd, &byte, 1, (off_t)trailer[0] - 1) != 1)
		exit(99);
	byte ^= 1;
	if (pwrite(fd, &byte, 1, (off_t)trailer[0] - 1) != 1 || close(fd) || recording_open(path, &r))
		exit(99);
	return r;
}

static struct recording *make(const struct made *m)
{
	struct recording_writer *w = make_begin(path);

	if (m->meta)
		make_line(w, FRAME_META, SOURCE_meta, 12 * S, m->meta);
	if (m->t0)
		make_line(w, FRAME_EVENT, SOURCE_timeline, S, "event=t0");
	if (m->samples)
		add_samples(w, m->hotplug);
	if (m->program) {
		make_line(w, FRAME_EVENT, SOURCE_timeline, 2 * S, "event=start id=talk kind=run name=talk");
		make_line(w, FRAME_TEXT, SOURCE_output, 3 * S, "id=talk\nhello there\n");
		make_line(w, FRAME_EVENT, SOURCE_timeline, 4 * S, "event=exit id=talk status=\"exit 3\"");
		make_line(w, FRAME_EVENT, SOURCE_timeline, 4 * S, "event=start id=hangs kind=run name=hangs");
	}
	if (m->kmod)
		make_line(w, FRAME_EVENT, SOURCE_kmod, 5 * S,
			  "event=fired id=f fault=warn context=softirq in_task=0 serving_softirq=1 in_hardirq=0 "
			  "number=1");
	if (m->kmsg)
		make_line(w, FRAME_LOG, SOURCE_kmsg, 11 * S, m->kmsg);
	for (int i = 0; m->more && m->more[i].line; i++)
		make_line(w, FRAME_EVENT, m->more[i].source, m->more[i].ms * S / 1000 + S, m->more[i].line);
	if (!m->unended)
		make_line(w, FRAME_EVENT, SOURCE_timeline, 11 * S, "event=end");
	if (m->panic)
		make_line(w, FRAME_EVENT, SOURCE_host, 11 * S, "event=qmp name=GUEST_PANICKED");
	if (m->ended)
		make_line(w, FRAME_EVENT, SOURCE_host, 11 * S,
			  m->panic ? "event=ended how=panic" : "event=ended how=poweroff");
	if (m->console)
		add_console(w, m);
	if (too_much)
		too_much(w);
	struct recording *r = make_end(w, path);
	return spoiled ? spoil(r) : r;
}

static void verdict(const struct made *m, const char *list, const char *expectation, struct verdict *v)
{
	struct recording *r = make(m);
	struct scenario *s;
	char yaml[1024];
	int n = snprintf(yaml, sizeof(yaml),
			 "about: x\ntimeline:\n  - {at: 1s, id: talk, run: [talk]}\n  - {at: 2s, id: hangs, run: "
			 "[talk]}\n  - {at: 9s, id: late, run: [talk]}\n  - {at: 9s, id: fourth, run: [talk]}\n"
			 "end: 60s\n%s:\n  - {%s}\n",
			 list, expectation);

	if (scenario_parse("x.yaml", yaml, n, expect_read, &s) || verdict_of(r, s, v))
		exit(99);
	scenario_free(s);
	recording_close_reader(r);
}

static void must_be(const struct made *m, const char *expectation, enum judgement want)
{
	struct verdict expect, never;

	verdict(m, "expect", expectation, &expect);
	verdict(m, "never", expectation, &never);
	ok(expect.finding[0].judged == want && never.finding[0].judged == want, "{%s}: %s (%s; %s)", expectation,
	   verdict_judgement(want), verdict_judgement(expect.finding[0].judged), expect.finding[0].seen);
	ok(expect.finding[0].held == (want == JUDGED_HELD) && never.finding[0].held == (want == JUDGED_NOT_HELD),
	   "… held satisfies expect:, not held never:, unknown neither");
	verdict_free(&expect);
	verdict_free(&never);
}

static void must_say(const char *expectation, const char *text)
{
	struct verdict v;

	verdict(&whole, "expect", expectation, &v);
	ok(strstr(v.finding[0].seen, text), "… and why: %s", v.finding[0].seen);
	verdict_free(&v);
}

static void metrics(void)
{
	struct made none = whole, hole = whole;

	none.samples = false;
	hole.hotplug = true;
	must_be(&whole, "metric: cpu.idle, from: 1s, to: 5s, min: 90", JUDGED_HELD);
	must_be(&whole, "metric: cpu.idle, from: 1s, to: 5s, min: 90.1", JUDGED_NOT_HELD);
	must_be(&whole, "metric: cpu.idle, from: 1s, to: 5s, mean: true, max: 90", JUDGED_HELD);
	must_be(&whole, "metric: cpu.idle, from: 10s, to: 20s, min: 99", JUDGED_UNKNOWN);
	must_be(&none, "metric: cpu.idle, from: 1s, to: 5s, min: 90", JUDGED_UNKNOWN);
	must_be(&whole, "metric: procs.blocked, at: 3s, within: [2, 2]", JUDGED_HELD);
	must_be(&whole, "metric: procs.blocked, at: 3s, within: [3, 4]", JUDGED_NOT_HELD);
	must_be(&whole, "metric: procs.blocked, from: 1s, to: 5s, max: 7", JUDGED_HELD);
	must_be(&whole, "metric: procs.blocked, from: 1s, to: 5s, max: 6", JUDGED_NOT_HELD);
	must_be(&whole, "metric: procs.blocked, at: 11s, within: [2, 2]", JUDGED_UNKNOWN);
	must_be(&whole, "metric: mem.free, at: 1s, min: 0", JUDGED_UNKNOWN);
	must_be(&hole, "metric: cpu1.idle, from: 51s, to: 52s, absent: true", JUDGED_UNKNOWN);
	must_be(&hole, "metric: cpu1.idle, from: 5100ms, to: 6900ms, absent: true", JUDGED_HELD);
	must_be(&hole, "metric: cpu1.idle, from: 5s, to: 9s, absent: true", JUDGED_NOT_HELD);
	must_be(&hole, "metric: cpu1.idle, from: 5100ms, to: 6900ms, min: 0", JUDGED_UNKNOWN);
	must_be(&whole, "metric: cpu7.idle, from: 1s, to: 2s, absent: true", JUDGED_HELD);
	must_be(&none, "metric: cpu7.idle, from: 1s, to: 2s, absent: true", JUDGED_UNKNOWN);
}

static void logs(void)
{
	struct made cut = whole, dark = whole;

	cut.cut = true;
	dark.console = false;
	must_be(&whole, "log: warning", JUDGED_HELD);
	must_be(&whole, "log: warning, count: {min: 2}", JUDGED_NOT_HELD);
	must_be(&whole, "log: bug", JUDGED_NOT_HELD);
	must_be(&whole, "log: warning, after: late", JUDGED_UNKNOWN);
	must_be(&cut, "log: warning", JUDGED_HELD);
	must_be(&cut, "log: bug", JUDGED_UNKNOWN);
	must_be(&cut, "log: warning, count: {min: 1, max: 1}", JUDGED_UNKNOWN);
	must_be(&cut, "log: warning, count: {max: 0}", JUDGED_NOT_HELD);
	must_be(&dark, "log: bug", JUDGED_UNKNOWN);
	must_be(&whole, "console: 'Linux version'", JUDGED_HELD);
	must_be(&whole, "console: 'Solaris'", JUDGED_NOT_HELD);
	must_be(&cut, "console: 'Solaris'", JUDGED_UNKNOWN);
	must_be(&dark, "console: 'Solaris'", JUDGED_UNKNOWN);
}

static void panics(void)
{
	struct made panicked = whole, silent = whole, cut = whole, open = whole;

	panicked.panic = silent.panic = true;
	silent.console = false;
	cut.cut = true;
	open.ended = false;
	must_be(&panicked, "panic: any", JUDGED_HELD);
	must_be(&panicked, "panic: deadlocked, by: 8s", JUDGED_HELD);
	must_be(&panicked, "panic: another", JUDGED_NOT_HELD);
	must_be(&panicked, "panic: any, by: 7s", JUDGED_NOT_HELD);
	must_be(&whole, "panic: any", JUDGED_NOT_HELD);
	must_be(&silent, "panic: any", JUDGED_UNKNOWN);
	must_be(&cut, "panic: any", JUDGED_UNKNOWN);
	must_be(&open, "panic: any", JUDGED_UNKNOWN);
	must_be(&panicked, "gap: last, max: 1000s", JUDGED_HELD);
	must_be(&whole, "gap: last, max: 1000s", JUDGED_UNKNOWN);
}

static void others(void)
{
	struct made none = whole, lost = whole;

	none.samples = none.program = none.kmod = false;
	lost.meta = "meta=lanes timeline_lost=2 kmod_refused=1";
	must_be(&whole, "gap: largest, max: 100ms", JUDGED_HELD);
	must_be(&whole, "gap: largest, max: 99ms", JUDGED_NOT_HELD);
	must_be(&none, "gap: largest, max: 99ms", JUDGED_UNKNOWN);
	must_be(&whole, "model: load, exceptions: 100", JUDGED_HELD);
	must_be(&none, "model: load", JUDGED_UNKNOWN);
	must_be(&whole, "output: hello, id: talk", JUDGED_HELD);
	must_be(&whole, "output: goodbye, id: talk", JUDGED_NOT_HELD);
	must_be(&none, "output: goodbye, id: talk", JUDGED_UNKNOWN);
	must_be(&lost, "output: goodbye, id: talk", JUDGED_UNKNOWN);
	must_be(&whole, "exit: talk, status: 3", JUDGED_HELD);
	must_be(&whole, "exit: talk, status: 0", JUDGED_NOT_HELD);
	must_be(&whole, "exit: hangs, status: 0", JUDGED_NOT_HELD);
	must_be(&none, "exit: hangs, status: 0", JUDGED_UNKNOWN);
	must_be(&lost, "exit: hangs, status: 0", JUDGED_UNKNOWN);
	must_be(&whole, "fired: warn, context: softirq", JUDGED_HELD);
	must_be(&whole, "fired: warn, context: timer", JUDGED_NOT_HELD);
	must_be(&whole, "fired: spin", JUDGED_NOT_HELD);
	must_be(&none, "fired: spin", JUDGED_UNKNOWN);
	must_be(&lost, "fired: spin", JUDGED_UNKNOWN);
	must_be(&whole, "sysstat: talk", JUDGED_UNKNOWN);
}

#define FIRED(ms, context, id, task, soft, hard, n)                                                                    \
	{                                                                                                              \
		SOURCE_kmod, ms,                                                                                       \
			"event=fired id=" id " fault=spin context=" context " in_task=" #task                          \
			" serving_softirq=" #soft " in_hardirq=" #hard " number=" #n                                   \
	}

/* Just inside holds, just outside does not. */
static void edges(void)
{
	static const struct more firings[] = {
		FIRED(3000, "softirq", "talk", 0, 1, 0, 1),
		FIRED(4000, "softirq", "talk", 0, 1, 0, 2),
		FIRED(5000, "softirq", "hangs", 0, 1, 1, 1),
		FIRED(6000, "hrtimer", "late", 0, 1, 1, 1),
		FIRED(7000, "caller", "fourth", 1, 0, 0, 1),
		FIRED(8000, "caller", "fourth", 1, 0, 0, 4),
		{0}, /* the module records ever fewer of many: the number counts */
	};
	struct made panicked = whole, fired = whole, printed = whole, late = whole;

	panicked.panic = true;
	fired.more = firings;
	printed.kmsg = "12,10,4950000,-;WARNING: CPU: 0 PID: 1 at y.c:1 f+0x1/0x2\n";
	must_be(&panicked, "panic: any, by: 8000ms", JUDGED_HELD);
	must_be(&panicked, "panic: any, by: 7999ms", JUDGED_NOT_HELD);
	must_be(&whole, "metric: stat.ctxt, at: 3s, within: [30, 30]", JUDGED_HELD);
	must_be(&whole, "metric: stat.ctxt, at: 3001ms, within: [31, 31]", JUDGED_HELD);
	must_be(&whole, "metric: stat.ctxt, from: 3s, to: 4s, within: [30, 40]", JUDGED_HELD);
	must_be(&whole, "metric: stat.ctxt, from: 3s, to: 4s, within: [30, 39]", JUDGED_NOT_HELD);
	must_be(&whole, "metric: stat.ctxt, from: 3s, to: 4s, within: [31, 40]", JUDGED_NOT_HELD);
	must_be(&whole, "metric: stat.ctxt, from: 3s, to: 4s, mean: true, within: [35, 35]", JUDGED_HELD);
	must_be(&whole, "metric: stat.ctxt, from: 3s, to: 4s, mean: true, max: 34", JUDGED_NOT_HELD);
	must_be(&whole, "log: warning, count: {max: 0}", JUDGED_NOT_HELD);
	must_be(&whole, "log: warning, count: {min: 1, max: 1}", JUDGED_HELD);
	must_be(&whole, "log: warning, count: {min: 2}", JUDGED_NOT_HELD);
	must_be(&whole, "log: warning, after: 1s", JUDGED_HELD);
	must_be(&whole, "log: warning, after: 1001ms", JUDGED_NOT_HELD);
	must_be(&whole, "log: warning, before: 1s", JUDGED_HELD);
	must_be(&whole, "log: warning, before: 999ms", JUDGED_NOT_HELD);
	must_be(&whole, "log: warning, text: 'x.c:1'", JUDGED_HELD);
	must_be(&whole, "log: warning, text: 'y.c:1'", JUDGED_NOT_HELD);
	must_be(&printed, "log: warning, text: 'y.c:1'", JUDGED_NOT_HELD);
	late.panic = late.late = true;
	must_be(&late, "gap: last, max: 1500ms", JUDGED_HELD);
	must_be(&late, "gap: last, max: 1499ms", JUDGED_NOT_HELD);
	must_be(&whole, "gap: last, max: 1500ms", JUDGED_UNKNOWN);
	must_be(&whole, "output: hello, id: hangs", JUDGED_NOT_HELD);
	must_be(&fired, "fired: spin, id: talk, context: softirq, count: {min: 2, max: 2}", JUDGED_HELD);
	must_be(&fired, "fired: spin, id: talk, count: {max: 1}", JUDGED_NOT_HELD);
	must_be(&fired, "fired: spin, id: talk, count: {min: 3}", JUDGED_NOT_HELD);
	must_be(&fired, "fired: spin, id: talk, by: 3s, count: {min: 1, max: 1}", JUDGED_HELD);
	must_be(&fired, "fired: spin, id: talk, by: 2999ms", JUDGED_NOT_HELD);
	must_be(&fired, "fired: spin, id: hangs, context: softirq", JUDGED_NOT_HELD);
	must_be(&fired, "fired: spin, id: late, context: hrtimer", JUDGED_HELD);
	must_be(&fired, "fired: spin, id: fourth, context: caller", JUDGED_HELD);
	must_be(&fired, "fired: spin, id: fourth, count: {min: 4, max: 4}", JUDGED_HELD);
	must_be(&fired, "fired: spin, context: softirq", JUDGED_NOT_HELD);
}

static void concluded(const struct made *m, const char *timeline, const char *expectation, enum verdict_is want,
		      const char *why)
{
	struct recording *r = make(m);
	struct scenario *s;
	struct verdict v;
	char yaml[1024];
	int n = snprintf(yaml, sizeof(yaml),
			 "about: x\ntimeline:\n  - {at: 1s, id: l, %s}\nend: 10s\nexpect:\n  - {%s}\n", timeline,
			 expectation);

	if (scenario_parse("x.yaml", yaml, n, expect_read, &s) || verdict_of(r, s, &v))
		exit(99);
	ok(v.is == want && strstr(v.why, why), "%s: %s (%s)", verdict_word(want), v.why, why);
	verdict_free(&v);
	scenario_free(s);
	recording_close_reader(r);
}

#define LINE(ms, line)                                                                                                 \
	{                                                                                                              \
		SOURCE_timeline, ms, line                                                                              \
	}
#define STARTED LINE(1000, "event=start id=l kind=load name=cpu")
#define READY   LINE(1100, "event=ready id=l")

/* A generator that gave up, missed or was not heard of; a machine that went away; a lack. */
static void conclusions(void)
{
	static const struct more
		gave_up[] = {STARTED, READY, LINE(2000, "event=exit id=l status=\"exit 1\""), {0}},
		killed[] = {STARTED, READY, LINE(2000, "event=exit id=l status=\"signal 9\""), {0}},
		unready[] = {STARTED, {0}}, silent[] = {STARTED, READY, {0}},
		missed[] = {STARTED, READY, LINE(2000, "event=achieved id=l asked=8 achieved=7 unit=tasks ok=no"), {0}},
		met[] = {STARTED, READY, LINE(2000, "event=achieved id=l asked=8 achieved=8 unit=tasks ok=yes"), {0}},
		lack[] = {STARTED, LINE(2000, "event=lacks id=l what=KVM"), {0}},
		refused[] = {{SOURCE_host, 2000, "event=refused id=l detail=nothing"}, {0}};
	struct made m = whole;

	m.more = gave_up;
	concluded(&m, "load: cpu", "log: warning", VERDICT_FAIL,
		  "the generator 'l' gave up: it ended with exit 1 at 2.000");
	concluded(&m, "load: cpu", "exit: l, status: 1", VERDICT_PASS, "1 of 1");
	concluded(&m, "load: cpu", "exit: l, status: 2", VERDICT_FAIL, "1 of 1 expectations did not hold");
	m.more = killed;
	concluded(&m, "load: cpu", "log: warning", VERDICT_PASS, "1 of 1");
	m.more = unready;
	concluded(&m, "load: cpu", "log: warning", VERDICT_FAIL, "was not ready before the end");
	m.more = silent;
	concluded(&m, "load: cpu", "log: warning", VERDICT_FAIL, "had not reported what it achieved");
	m.more = missed;
	concluded(&m, "load: cpu", "log: warning", VERDICT_FAIL, "missed its target: asked for 8 tasks, got 7");
	m.more = met;
	concluded(&m, "load: cpu", "log: warning", VERDICT_PASS, "1 of 1");
	m.more = lack;
	concluded(&m, "load: cpu", "log: warning", VERDICT_SKIP, "lacks what the generator 'l' needs: KVM");
	m.more = refused;
	concluded(&m, "load: cpu", "log: warning", VERDICT_FAIL, "the host action of 'l' was refused: nothing");
	m.more = NULL;
	m.unended = true;
	concluded(&m, "load: cpu", "log: warning", VERDICT_LOST, "the machine went away: poweroff");
	m.t0 = false;
	concluded(&m, "load: cpu", "log: warning", VERDICT_LOST, "the timeline never started");
	m = whole;
	m.ended = false;
	concluded(&m, "load: cpu", "log: warning", VERDICT_LOST, "the recording does not say how");
	m = whole;
	m.panic = true;
	concluded(&m, "load: cpu", "log: warning", VERDICT_LOST, "panicked and the scenario did not expect it");
	concluded(&m, "load: cpu", "panic: any", VERDICT_PASS, "1 of 1");
}

/* A guest that forges fails whatever it expects; what it did is the sentence. */
static void tampered(void)
{
	struct made forged = whole, broken = whole;
	struct verdict v;

	forged.meta = "meta=lanes foreign=2 foreign_source=host foreign_lane=timeline";
	broken.meta = "meta=lanes kmsg_lost=1 kmsg_broken=1";
	verdict(&whole, "expect", "log: warning", &v);
	ok(v.is == VERDICT_PASS, "a whole recording passes (%s)", v.why);
	verdict_free(&v);
	verdict(&forged, "expect", "log: warning", &v);
	ok(v.is == VERDICT_FAIL && strstr(v.why, "'host'"), "M1: one with forged frames fails: %s", v.why);
	verdict_free(&v);
	verdict(&broken, "expect", "log: warning", &v);
	ok(v.is == VERDICT_FAIL && strstr(v.why, "'kmsg'"), "H1: one of a broken lane fails: %s", v.why);
	verdict_free(&v);
}

/* --- what a reader leaves out: then an expectation is unknown, under expect: and under never: --- */

static void many_events(struct recording_writer *w)
{
	for (int i = 0; i < 65536; i++)
		make_line(w, FRAME_EVENT, SOURCE_timeline, 2 * S, "event=x");
}

static void long_event(struct recording_writer *w)
{
	static char line[70000];

	memset(line, 'a', sizeof(line));
	memcpy(line, "event=", 6);
	make_add(w, FRAME_EVENT, SOURCE_timeline, 2 * S, line, sizeof(line));
}

static void many_host_events(struct recording_writer *w)
{
	for (int i = 0; i < 8193; i++)
		make_line(w, FRAME_EVENT, SOURCE_host, 12 * S, "event=x");
}

static void many_lines(struct recording_writer *w)
{
	char line[128];

	for (int i = 0; i < 4097; i++) {
		snprintf(line, sizeof(line), "4,%d,%d,-;WARNING: CPU: 0 PID: 1 at z.c:%d", 100 + i, 5000000 + i, i);
		make_line(w, FRAME_LOG, SOURCE_kmsg, 6 * S, line);
	}
}

static void many_panics(struct recording_writer *w)
{
	char line[128];

	for (int i = 0; i < 4097; i++) {
		snprintf(line, sizeof(line), "12,%d,%d,-;Kernel panic - not syncing: %d", 100 + i, 5000000 + i, i);
		make_line(w, FRAME_LOG, SOURCE_kmsg, 6 * S, line);
	}
}

static void much_output(struct recording_writer *w)
{
	static char text[1 << 20];

	memset(text, 'x', sizeof(text));
	memcpy(text, "id=talk\n", 8);
	for (int i = 0; i < 33; i++)
		make_add(w, FRAME_TEXT, SOURCE_output, 3 * S, text, sizeof(text));
}

/* An average that was seen once in five hours, for years. */
static void rare_samples(struct recording_writer *w)
{
	struct sysinfo info = {.mem_unit = 1};

	for (uint64_t i = 1; i < 4500; i++) {
		info.loads[0] = (i % 7) << 10;
		make_add(w, FRAME_SAMPLE, SOURCE_sysinfo, 12 * S + i * 20000 * S, &info, sizeof(info));
	}
}

static void a_table(struct recording_writer *w)
{
	make_line(w, FRAME_EVENT, SOURCE_timeline, 2 * S, "event=start id=late kind=run name=mpstat argv=mpstat");
	make_line(w, FRAME_TEXT, SOURCE_output, 9 * S, "id=late\n10:00:00 CPU %usr %idle\n10:00:02 all 10.00 90.00\n");
	make_line(w, FRAME_EVENT, SOURCE_timeline, 9 * S, "event=exit id=late status=\"exit 0\" pid=83");
}

static void read_at(struct recording_writer *w, int ms)
{
	char line[160];

	snprintf(line, sizeof(line),
		 "mpstat-83 [000] ..... %d.%03d500: stat: (x)\nmpstat-83 [000] ..... %d.%03d600: "
		 "stat_end: (x)\n",
		 ms / 1000, ms % 1000, ms / 1000, ms % 1000);
	make_line(w, FRAME_TEXT, SOURCE_readings, 9 * S, line);
}

static void compared(struct recording_writer *w)
{
	a_table(w);
	read_at(w, 4040);
	read_at(w, 8040);
}

static void many_readings(struct recording_writer *w)
{
	a_table(w);
	for (int i = 0; i < 4097; i++)
		read_at(w, 4040 + i);
}

static void large_samples(struct recording_writer *w)
{
	static char text[FRAME_PAYLOAD_MAX];

	compared(w);
	memset(text, '\n', sizeof(text));
	for (int i = 0; i < 9; i++)
		make_add(w, FRAME_SAMPLE, SOURCE_stat, 9 * S, text, sizeof(text));
}

static void left_out(void)
{
	struct made panicked = whole;

	panicked.panic = true;
	too_much = many_events;
	must_be(&whole, "output: goodbye, id: talk", JUDGED_UNKNOWN);
	must_be(&whole, "model: load, exceptions: 100", JUDGED_UNKNOWN);
	too_much = long_event;
	must_be(&whole, "exit: hangs, status: 0", JUDGED_UNKNOWN);
	must_be(&whole, "exit: talk, status: 3", JUDGED_HELD);
	too_much = many_host_events;
	must_be(&whole, "panic: any", JUDGED_UNKNOWN);
	must_be(&panicked, "panic: deadlocked", JUDGED_HELD);
	too_much = many_lines;
	must_be(&whole, "log: warning, count: {min: 1}", JUDGED_HELD);
	must_be(&whole, "log: warning, text: 'nobody', count: {min: 1}", JUDGED_UNKNOWN);
	must_be(&whole, "log: warning, count: {max: 5000}", JUDGED_UNKNOWN);
	must_be(&whole, "log: bug", JUDGED_NOT_HELD);
	too_much = many_panics;
	must_be(&whole, "panic: any", JUDGED_UNKNOWN);
	too_much = much_output;
	must_be(&whole, "output: hello, id: talk", JUDGED_HELD);
	must_be(&whole, "output: goodbye, id: talk", JUDGED_UNKNOWN);
	too_much = rare_samples;
	must_be(&whole, "model: load, exceptions: 10000, residual: 100000", JUDGED_UNKNOWN);
	too_much = compared;
	must_be(&whole, "sysstat: late", JUDGED_HELD);
	too_much = many_readings;
	must_be(&whole, "sysstat: late", JUDGED_UNKNOWN);
	must_say("sysstat: late", "more readings of /proc/stat by it than the limit");
	too_much = large_samples;
	must_be(&whole, "sysstat: late", JUDGED_UNKNOWN);
	must_say("sysstat: late", "more samples of stat during its run than the limit");
	too_much = NULL;
}

static void cut_series(void)
{
	size_t most = metric_points_max;

	metric_points_max = 40;
	must_be(&whole, "metric: cpu.idle, from: 1s, to: 3s, min: 90", JUDGED_UNKNOWN);
	must_be(&whole, "metric: procs.blocked, at: 3s, within: [2, 2]", JUDGED_HELD);
	must_be(&whole, "metric: procs.blocked, at: 8s, within: [2, 2]", JUDGED_UNKNOWN);
	must_be(&whole, "metric: cpu.idle, from: 8s, to: 9s, absent: true", JUDGED_UNKNOWN);
	must_be(&whole, "gap: largest, max: 100ms", JUDGED_UNKNOWN);
	metric_points_max = most;
	must_be(&whole, "metric: cpu.idle, from: 8s, to: 9s, absent: true", JUDGED_NOT_HELD);
}

/* A block that cannot be read, whatever was in it. */
static void broken(void)
{
	spoiled = true;
	must_be(&whole, "log: bug", JUDGED_UNKNOWN);
	must_be(&whole, "log: warning", JUDGED_UNKNOWN);
	must_be(&whole, "metric: cpu.idle, from: 1s, to: 5s, min: 90", JUDGED_UNKNOWN);
	must_be(&whole, "panic: any", JUDGED_UNKNOWN);
	spoiled = false;
}

int main(void)
{
	if (!mkdtemp(dir))
		return 99;
	snprintf(path, sizeof(path), "%s/r.fuka", dir);
	metrics();
	logs();
	panics();
	others();
	edges();
	left_out();
	cut_series();
	broken();
	conclusions();
	tampered();
	unlink(path);
	rmdir(dir);
	return tap_end();
}
