// SPDX-License-Identifier: GPL-2.0-or-later
/* What is not right with CPU counters has a name, and what was never recorded has none. */
#include "collect/analyse/cpu_check.h"
#include "tests/unit/make.h"
#include "tests/unit/tap.h"

#include <math.h>
#include <string.h>

#define S 1000000000ull

static char dir[] = "/tmp/fuka-test-XXXXXX", path[64];

/* A recording of these texts of /proc/stat, a second apart, t0 at the first. */
static struct recording *stats(const char *const *text)
{
	struct recording_writer *w = make_begin(path);

	make_line(w, FRAME_EVENT, SOURCE_timeline, 5 * S, "event=t0");
	for (uint64_t i = 0; text[i]; i++)
		make_line(w, FRAME_SAMPLE, SOURCE_stat, (5 + i) * S, text[i]);
	return make_end(w, path);
}

/* All anomalies' sentences, a line each. */
static const char *anomaly(const char *const *text, double *accounted)
{
	static char all[4096];
	struct recording *r = stats(text);
	struct cpu_check c;
	size_t n = 0;

	*all = '\0';
	if (cpu_check(r, &c))
		exit(99);
	for (size_t i = 0; i < c.count; i++) {
		char one[CPU_ANOMALY_TEXT];

		cpu_anomaly_text(&c.anomaly[i], one, sizeof(one));
		n += snprintf(all + n, sizeof(all) - n, "%s\n", one);
	}
	*accounted = c.accounted;
	cpu_check_free(&c);
	recording_close_reader(r);
	return all;
}

static void kinds(void)
{
	static const struct {
		const char *what, *text[4], *says;
		double accounted; /* of 100 jiffies a second and CPU */
	} all[] = {
		{"nothing is wrong",
		 {"cpu  10 0 0 90\ncpu0 10 0 0 90\n", "cpu  20 0 0 180\ncpu0 20 0 0 180\n"},
		 "",
		 100},
		{"steal of Xen",
		 {"cpu  10 0 5 90 0 0 0 900\ncpu0 10 0 5 90 0 0 0 900\n",
		  "cpu  20 0 5 180 0 0 0 800\ncpu0 20 0 5 180 0 0 0 800\n",
		  "cpu  30 0 5 270 0 0 0 650\ncpu0 30 0 5 270 0 0 0 650\n"},
		 "cpu: steal went backwards 2 times, first at 1.000 s, by up to 150 jiffies; it counts as 0 there\n"
		 "cpu0: steal went backwards 2 times, first at 1.000 s, by up to 150 jiffies; it counts as 0 there\n",
		 100},
		{"a CPU that goes and returns",
		 {"cpu  10 0 0 190\ncpu0 5 0 0 95\ncpu1 5 0 0 95\n", "cpu  20 0 0 9999\ncpu0 15 0 0 185\n",
		  "cpu  30 0 0 400\ncpu0 25 0 0 275\ncpu1 6 0 0 110\n"},
		 "cpu1: went offline or came online 2 times, first at 1.000 s: the machine's shares are those of the other "
		 "CPUs there\n"
		 "cpu: idle went backwards 1 time, first at 2.000 s, by up to 9599 jiffies; it counts as 0 there\n",
		 100},
		{"counters that fell together",
		 {"cpu  50 0 5 90\ncpu0 50 0 5 90\n", "cpu  2 0 1 97\ncpu0 2 0 1 97\n"},
		 "cpu: its counters were reset 1 time, first at 1.000 s; there are no shares for that interval\n"
		 "cpu0: its counters were reset 1 time, first at 1.000 s; there are no shares for that interval\n",
		 NAN},
		{"zeros, as in gVisor",
		 {"cpu  0 0 0 0\ncpu0 0 0 0 0\n", "cpu  0 0 0 0\ncpu0 0 0 0 0\n"},
		 "cpu: no line, or one of zeros or beyond 10^18 (as of lxcfs and gVisor), 2 times, first at 0.000 s; no "
		 "shares\n",
		 NAN},
		{"a CPU whose idle time stands still",
		 {"cpu  10 0 0 180\ncpu0 5 0 0 90\ncpu1 5 0 0 90\n",
		  "cpu  70 0 0 220\ncpu0 35 0 0 160\ncpu1 35 0 0 90\n"},
		 "cpu1: its counters hold 30 % of the time that passed, and its shares are of that\n",
		 65}, /* (30 + 70 + 30) of 200 */
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		double accounted;
		const char *says = anomaly(all[i].text, &accounted);

		if (!ok(!strcmp(says, all[i].says), "%s", all[i].what))
			printf("# said: %s# not: %s", says, all[i].says);
		ok(isnan(all[i].accounted) ? isnan(accounted) : fabs(accounted - all[i].accounted) < 1e-9,
		   "the counters hold %g %% of the time", accounted);
	}
}

int main(void)
{
	if (!mkdtemp(dir))
		return 99;
	snprintf(path, sizeof(path), "%s/r.fuka", dir);
	kinds();
	unlink(path);
	rmdir(dir);
	return tap_end();
}
