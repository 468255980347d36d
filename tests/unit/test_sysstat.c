// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sysstat's figures against samples and the kernel's trace of its readings: right figures agree; a figure that is off,
 * a wrong sample beside a reading and a missing trace each must show. The machine is one CPU with 30 % user, 10 %
 * system.
 */
#include "collect/analyse/sysstat.h"
#include "tests/unit/make.h"
#include "tests/unit/tap.h"

#include <errno.h>

#define T0      1000000000ull
#define STEP    10000000ull
#define SAMPLES 250
#define FIRST   20  /* mpstat reads half a step after this sample … */
#define SECOND  220 /* … and after this one */

static const char right[] = "10:00:00     CPU    %usr   %nice    %sys %iowait   %idle\n"
			    "10:00:02     all   30.00    0.00   10.00    0.00   60.00\n"
			    "10:00:02       0   30.00    0.00   10.00    0.00   60.00\n";

static const char two_readings[] =
	"          mpstat-83      [000] .....     1.205000: stat: (show_stat+0x0/0x750)\n"
	"          mpstat-83      [000] d...      1.205100: stat_end: (seq_read <- show_stat)\n"
	"            sadc-99      [000] .....     2.000000: stat: (show_stat+0x0/0x750)\n"
	"            sadc-99      [000] .....     2.000100: stat_end: (seq_read <- show_stat)\n"
	"          mpstat-83      [000] .....     3.205000: stat: (show_stat+0x0/0x750)\n"
	"          mpstat-83      [000] .....     3.205100: stat_end: (seq_read <- show_stat)\n";

/* What is wrong with the samples: from `from` to `to`, one column by so many jiffies. */
struct wrong {
	int from, to, mode, by;
};

static void add_stat(struct recording_writer *w, int k, const struct wrong *wrong)
{
	int user = 3 * k / 10, system = (k + 5) / 10,
	    at[5] = {500 + user, 7, 300 + system, 9000 + k - user - system, 2};
	char cpu[64], text[256];

	if (wrong && k >= wrong->from && k <= wrong->to)
		at[wrong->mode] += wrong->by;
	snprintf(cpu, sizeof(cpu), "%d %d %d %d %d 0 0 0 0 0", at[0], at[1], at[2], at[3], at[4]);
	snprintf(text, sizeof(text), "cpu  %s\ncpu0 %s\nintr 5\nprocs_running 1\nprocs_blocked %d\n", cpu, cpu,
		 k >= SECOND);
	make_line(w, FRAME_SAMPLE, SOURCE_stat, T0 + k * STEP, text);
}

/* user holds a jiffy less than guest grows by: 59 and 60 of 199, from reading to reading. */
static void add_stat_with_guest(struct recording_writer *w, int k)
{
	int guest = 3 * k / 10;
	char cpu[96], text[256];

	snprintf(cpu, sizeof(cpu), "%d 0 0 %d 0 0 0 0 %d 0", 500 + guest - (k >= 100), 9000 + k - guest, 300 + guest);
	snprintf(text, sizeof(text), "cpu  %s\ncpu0 %s\n", cpu, cpu);
	make_line(w, FRAME_SAMPLE, SOURCE_stat, T0 + k * STEP, text);
}

/* The same of nice and guest_nice. */
static void add_stat_with_guest_nice(struct recording_writer *w, int k)
{
	int guest = 3 * k / 10;
	char cpu[96], text[256];

	snprintf(cpu, sizeof(cpu), "0 %d 0 %d 0 0 0 0 0 %d", 500 + guest - (k >= 100), 9000 + k - guest, 300 + guest);
	snprintf(text, sizeof(text), "cpu  %s\ncpu0 %s\n", cpu, cpu);
	make_line(w, FRAME_SAMPLE, SOURCE_stat, T0 + k * STEP, text);
}

/* A CPU comes back between the two readings, and brings its old counters into the kernel's sum. */
static void add_stat_with_cpu1(struct recording_writer *w, int k)
{
	int user = 3 * k / 10, idle = 9000 + k - user, cpu1 = k >= 100 ? 5000 : 0;
	char text[256];

	snprintf(text, sizeof(text), "cpu  %d 0 0 %d 0 0 0 0 0 0\ncpu0 %d 0 0 %d 0 0 0 0 0 0\n%s", user + cpu1,
		 idle + cpu1, user, idle, cpu1 ? "cpu1 5000 0 0 5000 0 0 0 0 0 0\n" : "");
	make_line(w, FRAME_SAMPLE, SOURCE_stat, T0 + k * STEP, text);
}

static void add_loadavg(struct recording_writer *w, int k)
{
	make_line(w, FRAME_SAMPLE, SOURCE_loadavg, T0 + k * STEP,
		  k <= SECOND ? "0.50 0.20 0.10 2/80 97\n" : "0.52 0.20 0.10 4/80 97\n");
}

/* Another machine than the usual one, while it is set. */
static void (*other_machine)(struct recording_writer *w, int k);

static struct recording *record(const char *path, const char *argv, const char *printed, const char *trace,
				const struct wrong *wrong)
{
	struct recording_writer *w = make_begin(path);
	char line[256];

	make_line(w, FRAME_EVENT, SOURCE_timeline, T0, "event=t0");
	snprintf(line, sizeof(line), "event=start id=it kind=run name=it argv=\"%s\"", argv);
	make_line(w, FRAME_EVENT, SOURCE_timeline, T0 + 100000000, line);
	for (int k = 0; k < SAMPLES; k++) {
		if (other_machine)
			other_machine(w, k);
		else
			add_stat(w, k, wrong);
		add_loadavg(w, k);
	}
	snprintf(line, sizeof(line), "id=it\n%s", printed);
	make_line(w, FRAME_TEXT, SOURCE_output, T0 + 2210000000, line);
	make_line(w, FRAME_TEXT, SOURCE_readings, T0 + 2300000000, trace);
	make_line(w, FRAME_EVENT, SOURCE_timeline, T0 + 2300000000, "event=exit id=it pid=83 status=\"exit 0\"");
	return make_end(w, path);
}

/* All agree: 1; some do not: 0; not compared: -1, and why. */
static int compare(const char *path, const char *argv, const char *printed, const char *trace,
		   const struct wrong *wrong, struct sysstat *s, char why[160])
{
	struct recording *r = record(path, argv, printed, trace, wrong);
	int err = sysstat_compare(r, "it", s, why);

	recording_close_reader(r);
	return err ? -1 : s->agreeing == s->count;
}

static int mpstat(const char *path, const char *printed, const char *trace, const struct wrong *wrong, char why[160])
{
	struct sysstat s;
	int agrees = compare(path, "mpstat -P ALL 2 1", printed, trace, wrong, &s, why);

	sysstat_free(&s);
	return agrees;
}

static void test_right(const char *path)
{
	struct sysstat s;
	char why[160] = "";

	ok(compare(path, "mpstat -P ALL 2 1", right, two_readings, NULL, &s, why) == 1, "right figures agree %s", why);
	ok(s.count == 10 && s.reads == 2 && s.read[0].apart_ns == (int64_t)STEP, "two rows, readings in 10 ms each");
	ok(s.read[0].at_ns == 205000000 && s.read[1].at_ns == 2205000000, "its own readings, not another's");
	sysstat_free(&s);
}

/* A reading that begins while a sample is being taken: that sample is neither before it nor after it. */
static void test_overlap(const char *path)
{
	static const char trace[] =
		"          mpstat-83      [000] .....     1.200050: stat: (show_stat+0x0/0x750)\n"
		"          mpstat-83      [000] .....     1.200150: stat_end: (seq_read <- show_stat)\n"
		"          mpstat-83      [000] .....     3.205000: stat: (show_stat+0x0/0x750)\n"
		"          mpstat-83      [000] .....     3.205100: stat_end: (seq_read <- show_stat)\n";
	struct sysstat s;
	char why[160] = "";

	compare(path, "mpstat -P ALL 2 1", right, trace, NULL, &s, why);
	ok(s.reads == 2 && s.read[0].apart_ns == 2 * (int64_t)STEP && s.read[1].apart_ns == (int64_t)STEP,
	   "a sample under way is not the one before the reading %s", why);
	sysstat_free(&s);
}

/* In 200 jiffies half a percent is one: as much as the samples before and after a reading may differ by. */
static void test_off(const char *path)
{
	static const char much[] = "10:00:00     CPU    %usr   %nice    %sys %iowait   %idle\n"
				   "10:00:02     all   31.00    0.00   10.00    0.00   59.00\n";
	static const char still[] = "10:00:00     CPU    %usr   %nice    %sys %iowait   %idle\n"
				    "10:00:02     all   30.00    0.50   10.00    0.00   59.50\n";
	char why[160] = "";

	ok(mpstat(path, much, two_readings, NULL, why) == 0, "two jiffies more of user differ");
	ok(mpstat(path, still, two_readings, NULL, why) == 0, "one jiffy of nice, which rests, differs");
}

/* One sample of the four that count, two jiffies too many or too few: of what rises, and of what rests. */
static void test_wrong_sample(const char *path)
{
	static const int beside[] = {FIRST, FIRST + 1, SECOND, SECOND + 1}, modes[] = {0, 1, 3};

	for (size_t i = 0; i < 4; i++)
		for (size_t m = 0; m < 3; m++)
			for (int by = -2; by <= 2; by += 4) {
				struct wrong wrong = {beside[i], beside[i], modes[m], by};
				char why[160] = "";
				int agrees = mpstat(path, right, two_readings, &wrong, why);

				ok(agrees < 1, "sample %d, column %d, %+d jiffies: %s", beside[i], modes[m], by,
				   agrees ? why : "its figures differ");
			}
}

static void test_wrong_from_then_on(const char *path)
{
	struct wrong wrong = {100, SAMPLES, 0, 2};
	char why[160] = "";

	ok(mpstat(path, right, two_readings, &wrong, why) == 0, "a counter that is two off for good differs");
}

/* Two rows of different figures: each is compared with what it says itself. */
static void test_rows(const char *path)
{
	static const char two[] = "10:00:00     CPU    %usr   %nice    %sys %iowait   %idle\n"
				  "10:00:02     all   30.00    0.00   10.00    0.00   60.00\n"
				  "10:00:02       0   20.00    0.00   10.00    0.00   60.00\n";
	struct sysstat s;
	char why[160] = "";

	int agrees = compare(path, "mpstat -P ALL 2 1", two, two_readings, NULL, &s, why);

	ok(!agrees && s.count == 10 && s.agreeing == 9,
	   "a row that is off beside one that is right: %zu of %zu agree %s", s.agreeing, s.count, why);
	ok(s.figure[0].theirs == 30 && s.figure[5].theirs == 20, "… each row is said as it stands: %g and %g",
	   s.figure[0].theirs, s.figure[5].theirs);
	sysstat_free(&s);
}

static void test_trace(const char *path)
{
	static const char one[] =
		"          mpstat-83      [000] .....     1.205000: stat: (show_stat+0x0/0x750)\n"
		"          mpstat-83      [000] .....     1.205100: stat_end: (seq_read <- show_stat)\n"
		"CPU:0 [LOST 12 EVENTS]\n"
		"          mpstat-83      [000] .....     3.205100: stat_end: (seq_read <- show_stat)\n";
	static const char late[] =
		"          mpstat-83      [000] .....     1.205000: stat: (show_stat+0x0/0x750)\n"
		"          mpstat-83      [000] .....     1.205100: stat_end: (seq_read <- show_stat)\n"
		"          mpstat-83      [000] .....     9.205000: stat: (show_stat+0x0/0x750)\n"
		"          mpstat-83      [000] .....     9.205100: stat_end: (seq_read <- show_stat)\n";
	char why[160] = "";

	ok(mpstat(path, right, "", NULL, why) == -1 && strstr(why, "has 0 readings"), "without a trace: %s", why);
	ok(mpstat(path, right, one, NULL, why) == -1 && strstr(why, "has 1 readings"), "half of it lost: %s", why);
	ok(mpstat(path, right, late, NULL, why) == -1 && strstr(why, "no sample"), "no sample after it: %s", why);
}

static const char queue[] = "10:00:00      runq-sz  plist-sz   ldavg-1   ldavg-5  ldavg-15   blocked\n"
			    "10:00:02            %s        80      %s      0.20      0.10         1\n";
static const char sadc[] =
	"             sar-83      [000] ....      1.100000: sched_process_fork: comm=sar pid=83 child_comm=sar "
	"child_pid=84\n"
	"            sadc-84      [000] .....     3.205000: loadavg: (loadavg_proc_show+0x0/0x120)\n"
	"            sadc-84      [000] .....     3.205010: running: (loadavg_proc_show+0x6b <- nr_running) tasks=6\n"
	"            sadc-84      [000] .....     3.205020: loadavg_end: (seq_read <- loadavg_proc_show)\n"
	"            sadc-84      [000] .....     3.205100: stat: (show_stat+0x0/0x750)\n"
	"            sadc-84      [000] .....     3.205200: stat_end: (seq_read <- show_stat)\n";

static int sar_q(const char *path, const char *runq, const char *load, struct sysstat *s)
{
	char printed[256], why[160];

	snprintf(printed, sizeof(printed), queue, runq, load);
	return compare(path, "sar -q 2 1", printed, sadc, NULL, s, why);
}

static void test_gauges(const char *path)
{
	struct sysstat s;

	ok(sar_q(path, "2", "0.51", &s) == 1 && s.reads == 1, "gauges between the two samples agree");
	sysstat_free(&s);
	ok(sar_q(path, "2", "0.53", &s) == 0, "one above both does not");
	sysstat_free(&s);
	ok(sar_q(path, "5", "0.51", &s) == 1 && strstr(s.figure[0].why, "came or went"),
	   "a run queue that only the kernel's word to it explains has that reason");
	sysstat_free(&s);
	ok(sar_q(path, "4", "0.51", &s) == 0, "one that nothing explains does not agree");
	sysstat_free(&s);
}

static void test_accounting(const char *path)
{
	static const char guest[] = "10:00:00     CPU    %usr  %guest   %idle\n"
				    "10:00:02     all    0.00   30.00   70.00\n",
			  nice[] = "10:00:00     CPU   %nice  %gnice   %idle\n"
				   "10:00:02     all    0.00   30.00   70.00\n",
			  without[] = "10:00:00     CPU    %usr  %guest   %idle\n"
				      "10:00:02     all    0.00   30.15   70.35\n",
			  returned[] = "10:00:00     CPU    %usr   %idle\n"
				       "10:00:02     all   30.00   70.00\n"
				       "10:00:02       0   30.00   70.00\n",
			  stranger[] = "10:00:00     CPU    %usr   %idle\n"
				       "10:00:02       1    0.00  100.00\n";
	char why[160] = "";

	other_machine = add_stat_with_guest;
	ok(mpstat(path, guest, two_readings, NULL, why) == 1, "guest beyond its user time is in the total %s", why);
	ok(mpstat(path, without, two_readings, NULL, why) == 0, "a total without it differs");
	other_machine = add_stat_with_guest_nice;
	ok(mpstat(path, nice, two_readings, NULL, why) == 1, "guest_nice beyond its nice time, too %s", why);
	other_machine = add_stat_with_cpu1;
	ok(mpstat(path, returned, two_readings, NULL, why) == 1, "a CPU that came back is not in all %s", why);
	ok(mpstat(path, stranger, two_readings, NULL, why) == -1 && strstr(why, "CPU 1"), "nor by itself: %s", why);
	other_machine = NULL;
}

int main(void)
{
	char path[] = "/tmp/fuka-test-sysstat.XXXXXX";
	int fd = mkstemp(path);

	if (fd < 0)
		return 99;
	close(fd);
	test_right(path);
	test_overlap(path);
	test_off(path);
	test_rows(path);
	test_wrong_sample(path);
	test_wrong_from_then_on(path);
	test_trace(path);
	test_gauges(path);
	test_accounting(path);
	unlink(path);
	return tap_end();
}
