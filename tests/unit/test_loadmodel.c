// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The load model against a machine that this test simulates: the kernel's formula, an update each 1251 ticks, sampled
 * now and then. Every update must be found and explained exactly; a wrong declaration and a wrong average must show.
 */
#include "collect/analyse/loadmodel.h"
#include "lib/kernel/loadavg.h"
#include "tests/unit/make.h"
#include "tests/unit/tap.h"

#include <errno.h>
#include <sys/sysinfo.h>

#define PERIOD 5004000000ull
#define TICK   4000000ull
#define S      1000000000ull

struct machine {
	unsigned long avenrun[3];
	uint64_t boot_ns; /* phase of the grid: updates visible at boot_ns + k * PERIOD + 10 ticks */
	uint64_t next;    /* number of the next update */
	long (*active)(uint64_t ns);
};

static const unsigned long e[3] = {1884, 2014, 2037};

/* As the kernel's source has it, written down once more and independently of collect/analyse/loadmodel.c. */
static unsigned long kernel_calc_load(unsigned long load, unsigned long exp, unsigned long active)
{
	unsigned long newload = load * exp + active * ((1 << 11) - exp);

	if (active >= load)
		newload += (1 << 11) - 1;
	return newload >> 11;
}

static void run_to(struct machine *m, uint64_t ns)
{
	for (; m->boot_ns + m->next * PERIOD + 10 * TICK <= ns; m->next++) {
		long n = m->active(m->boot_ns + m->next * PERIOD);

		for (int i = 0; i < 3; i++)
			m->avenrun[i] = kernel_calc_load(m->avenrun[i], e[i], n << 11);
	}
}

static void sample(struct recording_writer *w, struct machine *m, uint64_t ns)
{
	struct sysinfo info = {0};

	run_to(m, ns + 50000);
	for (int i = 0; i < 3; i++)
		info.loads[i] = m->avenrun[i] << 5;
	make_add(w, FRAME_SAMPLE, SOURCE_sysinfo, ns, &info, sizeof(info));
}

static long eight_from_twenty(uint64_t ns)
{
	return ns >= 20 * S && ns < 620 * S ? 8 : 0;
}

static long nine(uint64_t ns)
{
	return ns >= 20 * S ? 9 : 0;
}

static char dir[] = "/tmp/fuka-test-XXXXXX", path[64];

static struct load_model model(uint64_t phase, uint64_t interval, uint64_t end, long (*active)(uint64_t), bool spoil)
{
	struct machine m = {.boot_ns = phase, .active = active};
	struct recording_writer *w = make_begin(path);
	struct load_model out = {0};
	bool declared = false, stopped = false;

	make_line(w, FRAME_EVENT, SOURCE_timeline, 12 * S, "event=t0");
	make_line(w, FRAME_EVENT, SOURCE_timeline, 12 * S + 1, "event=declare id=spin runnable=0 blocked=0");
	for (uint64_t ns = 11 * S + 123456; ns < end; ns += interval) {
		if (!declared && ns >= 20 * S) {
			make_line(w, FRAME_EVENT, SOURCE_timeline, 20 * S,
				  "event=declare id=spin runnable=8 blocked=0");
			make_line(w, FRAME_SAMPLE, SOURCE_tasks, 21 * S,
				  "# pid tgid state policy wchan utime stime rss_kib comm\n"
				  "71 71 R 0 - 12 1 300 some spinner\n72 72 S 0 wait 0 0 0 sleeper\n73 73 D 0 x 0 0 0 "
				  "late\n");
			declared = true;
		}
		if (!stopped && ns >= 620 * S) {
			make_line(w, FRAME_EVENT, SOURCE_timeline, 620 * S,
				  "event=declare id=spin runnable=0 blocked=0");
			stopped = true;
		}
		if (spoil && m.next == 30)
			m.avenrun[1]++;
		sample(w, &m, ns);
	}
	struct recording *r = make_end(w, path);
	int err = load_model(r, &out);
	if (err)
		out.worst = err;
	recording_close_reader(r);
	unlink(path);
	return out;
}

static void follows(void)
{
	static const uint64_t intervals[] = {S / 100, S / 10, S, 3 * S, 13 * S, 27 * S},
			      phases[] = {0, 0, 3333333333, 77};

	for (size_t i = 0; i < sizeof(intervals) / sizeof(*intervals); i++)
		for (size_t k = 0; k < 4; k++) {
			uint64_t end = i ? 1200 * S : 100 * S;
			struct load_model m = model(phases[k], intervals[i], end, eight_from_twenty, false);
			unsigned steps = 0;

			for (size_t u = 0; u < m.count; u++)
				steps += m.update[u].steps;
			ok(m.count && m.worst == 0 && m.exact == m.count && m.exceptions == 0 &&
				   steps >= (end - 12 * S) / PERIOD - 5 && steps <= (end - 12 * S) / PERIOD + 1,
			   "every %.2f s: %u updates, residual %ld, %zu exceptions", intervals[i] / 1e9, steps, m.worst,
			   m.exceptions);
			load_model_free(&m);
		}
}

static void wrong_shows(void)
{
	struct load_model m = model(0, S, 100 * S, nine, false);
	size_t named = 0;

	for (size_t i = 0; i < m.count; i++)
		named += m.update[i].n == 9 && m.update[i].declared == 8 &&
			 !strcmp(m.update[i].who, "some spinner(71,R) late(73,D)");
	ok(m.worst == 0 && m.exceptions >= 15, "nine tasks where eight were declared: %zu exceptions", m.exceptions);
	ok(named == m.exceptions, "each with the tasks seen");
	load_model_free(&m);
	m = model(0, S, 300 * S, eight_from_twenty, true);
	ok(m.worst > 0 && m.exact < m.count, "an average that does not follow the formula: residual %ld", m.worst);
	load_model_free(&m);
}

static void none(void)
{
	struct load_model m;
	struct recording_writer *w = make_begin(path);

	make_line(w, FRAME_EVENT, SOURCE_timeline, S, "event=t0");
	make_line(w, FRAME_SAMPLE, SOURCE_sysinfo, 2 * S, "short");
	struct recording *r = make_end(w, path);
	ok(load_model(r, &m) == -ENODATA, "no samples: absent");
	recording_close_reader(r);
	unlink(path);
}

static void one_sample(void)
{
	struct sysinfo info = {0};
	struct load_model m;
	struct recording_writer *w = make_begin(path);

	make_line(w, FRAME_EVENT, SOURCE_timeline, 5 * S, "event=t0");
	for (uint64_t i = 1; i < 7; i++)
		make_add(w, FRAME_SAMPLE, SOURCE_sysinfo, i * S, &info, sizeof(info));
	struct recording *r = make_end(w, path);

	ok(!load_model(r, &m) && m.worst == 0, "two samples after t0 are enough");
	load_model_free(&m);
	recording_close_reader(r);
	w = make_begin(path);
	make_line(w, FRAME_EVENT, SOURCE_timeline, 11 * S / 2, "event=t0");
	for (uint64_t i = 1; i < 7; i++)
		make_add(w, FRAME_SAMPLE, SOURCE_sysinfo, i * S, &info, sizeof(info));
	r = make_end(w, path);
	ok(load_model(r, &m) == -ENODATA, "one is not");
	recording_close_reader(r);
	unlink(path);
}

static uint64_t changes_at;

static long eight_from_change(uint64_t ns)
{
	return ns >= changes_at ? 8 : 0;
}

/* Declared `late_ns` after the change, which is `ticks` ticks before an update is visible. */
static size_t exceptions(int ticks, int64_t late_ns, uint64_t interval)
{
	struct machine m = {.active = eight_from_change};
	struct recording_writer *w = make_begin(path);
	struct load_model out = {0};
	bool declared = false;

	changes_at = 6 * PERIOD + 10 * TICK - ticks * TICK;
	make_line(w, FRAME_EVENT, SOURCE_timeline, 12 * S, "event=t0");
	make_line(w, FRAME_EVENT, SOURCE_timeline, 12 * S + 1, "event=declare id=spin runnable=0 blocked=0");
	for (uint64_t ns = 11 * S + 123456; ns < 100 * S; ns += interval) {
		if (!declared && ns >= changes_at) {
			make_line(w, FRAME_EVENT, SOURCE_timeline, changes_at + late_ns,
				  "event=declare id=spin runnable=8 blocked=0");
			declared = true;
		}
		sample(w, &m, ns);
	}
	struct recording *r = make_end(w, path);

	if (load_model(r, &out) || out.worst)
		exit(99);
	recording_close_reader(r);
	unlink(path);
	size_t n = out.exceptions;

	load_model_free(&out);
	return n;
}

/* Tasks are counted ten ticks before the update is visible. */
static void about_the_count(void)
{
	ok(exceptions(15, 0, S / 100) == 0, "declared five ticks before the count: counted");
	ok(exceptions(5, 0, S / 100) == 0,
	   "declared five ticks after the count, before the update is visible: not counted");
	ok(exceptions(200, 0, S / 100) == 0 && exceptions(-200, 0, S / 100) == 0, "far before, and far after");
	ok(exceptions(200, 250 * (int64_t)TICK, S / 100) == 1,
	   "a declaration that comes a second late is an exception");
	size_t doubted = 0;

	for (int ticks = -90; ticks <= 110; ticks += 10)
		doubted += exceptions(ticks, 0, S / 2);
	ok(!doubted, "a declaration as near to the count as samples are apart excuses either: %zu exceptions", doubted);
}

static long one_task(uint64_t ns)
{
	(void)ns;
	return 1;
}

/* One task all along. Between the updates 6 and 7 there is one more, which is on no grid. */
static void off_the_grid(void)
{
	struct machine m = {.active = one_task};
	struct recording_writer *w = make_begin(path);
	struct load_model out;
	size_t between = 0;
	unsigned steps = 0;

	make_line(w, FRAME_EVENT, SOURCE_timeline, 12 * S, "event=t0");
	make_line(w, FRAME_EVENT, SOURCE_timeline, 12 * S + 1, "event=declare id=spin runnable=1 blocked=0");
	for (uint64_t ns = 11 * S + 123456; ns < 100 * S; ns += S / 10) {
		sample(w, &m, ns);
		for (int i = 0; i < 3 && ns / (S / 10) == 325; i++)
			m.avenrun[i] = kernel_calc_load(m.avenrun[i], e[i], 1 << 11);
	}
	struct recording *r = make_end(w, path);

	if (load_model(r, &out))
		exit(99);
	for (size_t i = 0; i < out.count; i++) {
		bool off = out.update[i].active_ns > 20 * (int64_t)S && out.update[i].active_ns < 21 * (int64_t)S;

		between += off && out.update[i].steps == 1 && out.update[i].n == 1;
		steps += out.update[i].steps;
	}
	ok(between == 1 && out.worst == 0, "an update that is on no grid is one: %zu, residual %ld", between,
	   out.worst);
	ok(steps == 19 - 2 + 1, "%u updates in all", steps);
	load_model_free(&out);
	recording_close_reader(r);
	unlink(path);
}

/* Nobody is there for ten updates; then they are made up for: one step and the rest at once, or all at once. */
static void at_once(bool first_alone)
{
	struct machine m = {.avenrun = {3000, 2000, 1000}, .active = one_task};
	struct recording_writer *w = make_begin(path);
	struct load_model out;
	size_t ten = 0;

	make_line(w, FRAME_EVENT, SOURCE_timeline, 12 * S, "event=t0");
	make_line(w, FRAME_EVENT, SOURCE_timeline, 12 * S + 1, "event=declare id=spin runnable=1 blocked=0");
	for (uint64_t ns = 11 * S + 123456; ns < 40 * S; ns += S / 10)
		sample(w, &m, ns);
	for (int i = 0; i < 3; i++) {
		if (first_alone)
			m.avenrun[i] = kernel_calc_load(m.avenrun[i], e[i], 1 << 11);
		m.avenrun[i] = loadavg_step_bulk(m.avenrun[i], e[i], 1, first_alone ? 9 : 10);
	}
	m.next += 10;
	for (uint64_t ns = 40 * S + PERIOD * 10 + 123456; ns < 150 * S; ns += S / 10)
		sample(w, &m, ns);
	struct recording *r = make_end(w, path);

	if (load_model(r, &out))
		exit(99);
	for (size_t i = 0; i < out.count; i++)
		ten += out.update[i].steps == 10 && !out.update[i].residual && out.update[i].n == 1;
	ok(ten == 1 && out.worst == 0, "ten updates at once%s: %zu, residual %ld",
	   first_alone ? ", the first of them alone" : "", ten, out.worst);
	load_model_free(&out);
	recording_close_reader(r);
	unlink(path);
}

int main(void)
{
	if (!mkdtemp(dir))
		return 99;
	snprintf(path, sizeof(path), "%s/r.fuka", dir);
	ok(loadavg_step(0, 1884, 8) == 1312 && loadavg_step(0, 2014, 8) == 272 && loadavg_step(0, 2037, 8) == 88,
	   "the first update of eight tasks on an idle machine");
	ok(loadavg_step(1312, 1884, 8) == kernel_calc_load(1312, 1884, 8 << 11) &&
		   loadavg_step(16384, 1884, 8) == 16384,
	   "steps up, and stays where it is reached");
	ok(loadavg_step(1, 1884, 0) == 0 && loadavg_step(16384, 1884, 0) == 15072, "rounds down on the way down");
	follows();
	wrong_shows();
	none();
	one_sample();
	about_the_count();
	off_the_grid();
	at_once(true);
	at_once(false);
	rmdir(dir);
	return tap_end();
}
