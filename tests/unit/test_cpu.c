// SPDX-License-Identifier: GPL-2.0-or-later
/* CPU accounting: real and old kernels' /proc/stat, and each way in which its counters misbehave. */
#include "collect/parse/cpu.h"
#include "tests/unit/tap.h"

#include <math.h>
#include <string.h>

static size_t fixture(const char *name, char *text, size_t size)
{
	char path[128];
	size_t n = 0;

	snprintf(path, sizeof(path), "tests/fixtures/%s", name);
	FILE *f = fopen(path, "r");
	if (f) {
		n = fread(text, 1, size, f);
		fclose(f);
	}
	return n;
}

static void kernels(void)
{
	static const struct {
		const char *file;
		unsigned fields;
		uint64_t user, last;
	} all[] = {
		{"stat-2.4.txt", 4, 132001, 987654},
		{"stat-2.6.10.txt", 7, 10132153, 25195},
		{"stat-2.6.32.txt", 9, 1000, 400},
		{"stat-6.18.txt", 10, 51909, 0},
	};
	char text[8192];

	for (size_t i = 0; i < 4; i++) {
		size_t n = fixture(all[i].file, text, sizeof(text));
		struct cpu_line l = {0};

		ok(cpu_parse(text, n, -1, &l) && l.fields == all[i].fields && l.jiffies[0] == all[i].user &&
			   l.jiffies[l.fields - 1] == all[i].last,
		   "%s has %u fields", all[i].file, l.fields);
	}
	size_t n = fixture("stat-6.18.txt", text, sizeof(text));
	struct cpu_line l;
	uint64_t v = 0;
	ok(cpu_parse(text, n, 1, &l) && l.cpu == 1 && l.jiffies[CPU_user] == 30166, "one CPU");
	ok(!cpu_parse(text, n, 2, &l), "a CPU that is not there");
	const char *p = text;
	int cpus = 0;

	while (cpu_each(&p, text + n, &l) && l.cpu == cpus - 1)
		cpus++;
	ok(cpus == 3 && !cpu_each(&p, text + n, &l), "the machine and the CPUs there are");
	ok(cpu_counter(text, n, "procs_running", &v) && v == 2, "a counter");
	ok(!cpu_counter(text, n, "procs_run", &v) && !cpu_counter(text, n, "nothing", &v) && v == 2, "no such counter");
}

static bool whole(const char *text, struct cpu_line *l)
{
	return cpu_parse(text, strlen(text), -1, l);
}

static bool near(double a, double b)
{
	return fabs(a - b) < 1e-9;
}

/* In each, CPU 1 was at 60 % and the others were idle: 25, 50 or 100 jiffies of each passed. */
static void machines(void)
{
	static const struct {
		const char *before, *after, *what;
		double user, total;
	} all[] = {
		{"cpu  1000 0 0 9000\ncpu0 400 0 0 3000\ncpu1 600 0 0 3000\ncpu2 0 0 0 3000\n",
		 "cpu  1060 0 0 9240\ncpu0 400 0 0 3100\ncpu1 660 0 0 3040\ncpu2 0 0 0 3100\n",
		 "the same CPUs: the machine's own line", 20, 300},
		/* cpu2's idle time jumps by 26000 as it goes, in the machine's line only */
		{"cpu  1000 0 0 9000\ncpu0 400 0 0 3000\ncpu1 600 0 0 3000\ncpu2 0 0 0 3000\n",
		 "cpu  1060 0 0 35140\ncpu0 400 0 0 3100\ncpu1 660 0 0 3040\n", "a CPU that goes is left out", 30, 200},
		{"cpu  1000 0 0 35000\ncpu0 400 0 0 3000\ncpu1 600 0 0 3000\n",
		 "cpu  1060 0 0 9240\ncpu0 400 0 0 3100\ncpu1 660 0 0 3040\ncpu2 7 0 0 3100\n",
		 "so is one that returns", 30, 200},
		{"cpu  1000 0 0 9000\ncpu0 400 0 0 3000\ncpu1 600 0 0 3000\ncpu5 10 0 3 3000\n",
		 "cpu  1060 0 0 9240\ncpu0 400 0 0 3100\ncpu1 660 0 0 3040\ncpu5 1 0 1 40\n",
		 "and one that began anew; CPU numbers may have holes", 30, 200},
		{"cpu  0 0 0 0\ncpu  40 0 0 60\ncpu0 40 0 0 60\n", "cpu  0 0 0 0\ncpu  55 0 0 70\ncpu0 55 0 0 70\n",
		 "of two lines, the first of zeros, the second", 60, 25},
	};
	struct cpu_line l[2];
	struct cpu_share s;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		bool got = cpu_whole(all[i].before, strlen(all[i].before), all[i].after, strlen(all[i].after), l) &&
			   cpu_share(&l[0], &l[1], &s);

		ok(got && near(s.percent[CPU_user], all[i].user) && near(s.total, all[i].total), "%s", all[i].what);
	}
	const char *huge = "cpu  13337 0 0 8317131874320235395\n", *zeros = "cpu  0 0 0 0 0 0 0 0 0 0\n";

	ok(!whole(huge, l) && !whole(zeros, l), "an idle time beyond 10^18, and zeros, are no line");
}

static void lines(void)
{
	struct cpu_line l = {.fields = 77};

	ok(!whole("cpu  1 2 3\n", &l), "three fields are no line");
	ok(!whole("cpu  1 2 3 4 5 6 7 8 9 10", &l), "a line without its end may be half a number");
	ok(!whole("cpu  1 2 x 4 5 6 7 8\n", &l), "all fields or none");
	ok(!whole("cpu  1 2 3 99999999999999999999999\n", &l), "a number that does not fit");
	ok(!whole("", &l) && !whole("cpu", &l) && !whole("cpu \n", &l) && l.fields == 77,
	   "nothing, and the output untouched");
	ok(whole("cpu  1 2 3 4 5 6 7 8 9 10 11 12\n", &l) && l.fields == 10 && l.jiffies[9] == 10,
	   "fields of later kernels");
}

static bool share(const char *a, const char *b, struct cpu_share *s)
{
	struct cpu_line x, y;

	return whole(a, &x) && whole(b, &y) && cpu_share(&x, &y, s);
}

static void shares(void)
{
	struct cpu_share s = {0};

	ok(share("cpu  1 0 0 0 0 0 0 0 0 0\n", "cpu  31 20 10 25 5 4 3 3 10 5\n", &s) && near(s.total, 100) &&
		   near(s.percent[CPU_user], 20) && near(s.percent[CPU_guest], 10) && near(s.percent[CPU_nice], 15) &&
		   near(s.percent[CPU_guest_nice], 5) && near(s.percent[CPU_idle], 25),
	   "guest is taken out of user, guest_nice out of nice, and the total is of eight");
	ok(share("cpu  1 0 0 0\n", "cpu  11 0 40 50\n", &s) && s.fields == 4 && near(s.percent[CPU_system], 40),
	   "four fields: the rest is absent");
	ok(share("cpu  0 0 0 0 9 0 0 0\n", "cpu  10 0 0 90 4 0 0 0\n", &s) && near(s.total, 100) &&
		   near(s.percent[CPU_iowait], 0),
	   "iowait that runs backwards counts as nothing");
	ok(share("cpu  0 0 0 50 0 0 0 0\n", "cpu  10 0 0 40 0 0 0 0\n", &s) && near(s.percent[CPU_user], 100),
	   "so does idle");
	/* Steal of Xen falls at each look; 1000 of idle and 24 of user passed, which are all there is. */
	ok(share("cpu  100 0 50 1000 9 0 0 1504706785701\n", "cpu  124 0 50 2000 9 0 0 1481358336740\n", &s) &&
		   near(s.total, 1024) && near(s.percent[CPU_idle], 100.0 * 1000 / 1024) && !s.percent[CPU_steal] &&
		   s.backwards == 1u << CPU_steal,
	   "steal that runs backwards by itself counts as nothing, and is named");
	ok(share("cpu  100 0 50 1000 0 0 3 0\n", "cpu  99 0 60 1090 0 0 3 0\n", &s) && near(s.total, 100) &&
		   near(s.percent[CPU_system], 10) && s.backwards == 1u << CPU_user,
	   "so does user that falls by a jiffy");
	ok(!share("cpu  90 0 9 50 0 0 0 0\n", "cpu  1 0 1 60 0 0 0 0\n", &s),
	   "a CPU that went and came back says nothing");
	ok(!share("cpu  1 2 3 4 5 6 7 8\n", "cpu  1 2 3 4 5 6 7 8\n", &s), "nor do two readings with no time between");
	ok(share("cpu  1 0 0 0 0 0 0 0 0 0\n", "cpu  11 0 0 0 0 0 0 0 12 0\n", &s) && near(s.percent[CPU_user], 0) &&
		   near(s.percent[CPU_guest], 100) && near(s.total, 12),
	   "a guest that grew by more than its user");
	ok(share("cpu  1 0 0 0 0 0 0 0 0 0\n", "cpu  1 499 0 1 0 0 0 0 0 499\n", &s) &&
		   near(s.percent[CPU_guest_nice], 99.8) && near(s.percent[CPU_nice], 0),
	   "nested KVM with nice 10 (LAB.md)");
}

static bool counter(const char *text, uint64_t *v)
{
	return cpu_counter(text, strlen(text), "ctxt", v);
}

static void counters(void)
{
	uint64_t v = 7;

	ok(counter("intr 5 1\nctxt 12\nbtime 9\n", &v) && v == 12, "a counter");
	ok(counter("ctxt 13 1 2\n", &v) && v == 13, "… the first of several");
	v = 7;
	ok(!counter("ctxt 12x\n", &v) && v == 7, "junk behind a number");
	ok(!counter("ctxt 12", &v) && v == 7, "a line without its end");
	ok(!counter("ctxtx 12\n", &v) && !counter("xctxt 12\n", &v) && !counter("ctxt\n", &v) && v == 7,
	   "other names, and a name alone");
}

int main(void)
{
	counters();
	kernels();
	lines();
	machines();
	shares();
	return tap_end();
}
