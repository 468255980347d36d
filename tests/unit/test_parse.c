// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parsers of collect/parse/ on the text of tests/fixtures/sources.fuka, the sample five seconds after the start, and on
 * that text cut at every byte: what is left has the lines that are whole, as they were, and no other.
 */
#include "collect/analyse/events.h"
#include "collect/parse/cpu_table.h"
#include "collect/parse/diskstats.h"
#include "collect/parse/flat.h"
#include "collect/parse/meminfo.h"
#include "collect/parse/pressure.h"
#include "collect/parse/schedstat.h"
#include "collect/parse/swaps.h"
#include "tests/unit/tap.h"

#include <stdlib.h>
#include <string.h>

#define AT (5 * 1000000000ll - 100000000)

/* Each prints what it found as text, a line a line: that is what two of them are compared by. */
typedef void print_lines(FILE *out, const char *text, size_t n);

static void print_meminfo(FILE *out, const char *text, size_t n)
{
	struct lines l = lines_in(text, n);

	for (struct meminfo_line m; meminfo_next(&l, &m);)
		fprintf(out, "%.*s=%ju%s\n", (int)m.name.length, m.name.at, m.value, m.kib ? "K" : "");
}

static void print_flat(FILE *out, const char *text, size_t n)
{
	struct lines l = lines_in(text, n);

	for (struct flat_line f; flat_next(&l, &f);)
		fprintf(out, "%.*s=%ju\n", (int)f.name.length, f.name.at, f.value);
}

static void print_pressure(FILE *out, const char *text, size_t n)
{
	struct lines l = lines_in(text, n);

	for (struct pressure_line p; pressure_next(&l, &p);)
		fprintf(out, "%s %g %g %g %ju\n", p.full ? "full" : "some", p.avg10, p.avg60, p.avg300, p.total_us);
}

static void print_diskstats(FILE *out, const char *text, size_t n)
{
	struct lines l = lines_in(text, n);

	for (struct diskstats_line d; diskstats_next(&l, &d);) {
		fprintf(out, "%.*s", (int)d.device.length, d.device.at);
		for (unsigned i = 0; i < d.fields; i++)
			fprintf(out, " %s=%ju", diskstats_names[i], d.field[i]);
		fputc('\n', out);
	}
}

static void print_cpu_table(FILE *out, const char *text, size_t n)
{
	static struct cpu_table_line l;
	static struct cpu_table t;

	for (bool more = cpu_table_begin(&t, text, n); more && cpu_table_next(&t, &l);) {
		fprintf(out, "%.*s", (int)l.name.length, l.name.at);
		for (unsigned i = 0; i < t.cpus; i++)
			fprintf(out, " cpu%d=%ju", t.cpu[i], l.count[i]);
		fprintf(out, " [%.*s] [%.*s]\n", (int)l.info.length, l.info.at, (int)l.devices.length, l.devices.at);
	}
}

static void print_schedstat(FILE *out, const char *text, size_t n)
{
	struct lines l = lines_in(text, n);

	for (struct schedstat_line s; schedstat_next(&l, &s) == 1;)
		fprintf(out, "cpu%d %ju %ju %ju\n", s.cpu, s.run_ns, s.wait_ns, s.slices);
}

static void print_swaps(FILE *out, const char *text, size_t n)
{
	struct lines l = lines_in(text, n);

	for (struct swaps_line s; swaps_next(&l, &s);)
		fprintf(out, "%.*s %ju %ju\n", (int)s.file.length, s.file.at, s.size_kib, s.used_kib);
}

static char *printed(print_lines *print, const char *text, size_t n)
{
	char *copy = memcpy(malloc(n + 1), text, n), *said = NULL; /* its own, so that reading beyond it shows */
	size_t size;
	FILE *out = open_memstream(&said, &size);

	print(out, copy, n);
	fclose(out);
	free(copy);
	return said;
}

/* Whether each cut of a text has only lines that the whole has, in its order, and one more with each newline at the most. */
static bool cuts_hold(print_lines *print, const char *text, size_t n)
{
	char *whole = printed(print, text, n);
	bool hold = true;

	for (size_t cut = 0; cut < n && hold; cut++) {
		char *less = printed(print, text, cut);

		hold = !strncmp(whole, less, strlen(less)) && (!*less || less[strlen(less) - 1] == '\n');
		free(less);
	}
	free(whole);
	return hold;
}

static void has(print_lines *print, const char *text, size_t n, const char *line, const char *what)
{
	char *said = printed(print, text, n), *at = strstr(said, line);

	if (!ok(at && (at == said || at[-1] == '\n'), "%s: %.*s", what, (int)strcspn(line, "\n"), line))
		printf("# %s\n", said);
	free(said);
}

static const struct {
	const char *source;
	print_lines *print;
	const char *line;
} real[] = {
	{"meminfo", print_meminfo, "MemFree=143804K\n"},
	{"meminfo", print_meminfo, "Active(anon)="},
	{"meminfo", print_meminfo, "HugePages_Total=0\n"},
	{"vmstat", print_flat, "pswpout=5805\n"},
	{"pressure_cpu", print_pressure, "some 33.71 "},
	{"pressure_memory", print_pressure, "full "},
	{"diskstats", print_diskstats, "vda reads=451 "},
	{"softirqs", print_cpu_table, "TIMER cpu0=291 [] []\n"},
	{"interrupts", print_cpu_table, "53 cpu0=763 [PCI-MSI] [49153-edge      virtio0-req.0]\n"},
	{"interrupts", print_cpu_table, "LOC cpu0=1400 [Local timer interrupts] []\n"},
	{"schedstat", print_schedstat, "cpu0 11376441568 9928888753 "},
	{"swaps", print_swaps, "/dev/zram0 32764 23296\n"},
};

static void on_real_text(struct recording *r)
{
	for (size_t i = 0; i < sizeof(real) / sizeof(*real); i++) {
		const char *const sources[] = {real[i].source, NULL};
		struct recording_cursor *c;
		struct frame f;
		int found = 0;

		if (recording_cursor(r, sources, &c))
			exit(99);
		while (!found && recording_next(c, &f) == 1)
			if ((found = f.head.type == FRAME_SAMPLE &&
				     events_since(f.head.before_ns, events_zero(r)) > AT)) {
				has(real[i].print, f.payload, f.head.payload_length, real[i].line, real[i].source);
				ok(cuts_hold(real[i].print, f.payload, f.head.payload_length), "%s, cut at every byte",
				   real[i].source);
			}
		recording_cursor_free(c);
		ok(found, "%s has a sample", real[i].source);
	}
}

/* Lines that are not quite what they should be give nothing, and those beside them all. */
static void on_bad_lines(void)
{
	static const struct {
		print_lines *print;
		const char *text, *is;
	} all[] = {
		{print_meminfo, "MemFree: 1 MB\nMemFree: x kB\n: 1 kB\nMemFree 1 kB\nCached: 3 kB\n", "Cached=3K\n"},
		{print_meminfo, "A: 9223372036854775807\nB: 18446744073709551616\n", "A=9223372036854775807\n"},
		{print_meminfo, "A: 9223372036854775808\nCached: 18446744073709551612 kB\nMemFree:   0000064 kB\n",
		 "MemFree=64K\n"}, /* -4, as unsigned */
		{print_flat, "a 1 2\nb\nc -1\n d 1\ne 1x\nf 4\n", "f=4\n"},
		{print_pressure, "some avg10=1.2x avg60=0.50 avg300=0.00 total=7\n", ""},
		{print_pressure, "some avg10=1.20 avg60=0.50 avg300=0.00\n", ""},
		{print_pressure, "some avg10=1.20 avg60=0.50 total=7 avg300=0.00\n", ""},
		{print_pressure, "most avg10=1.20 avg60=0.50 avg300=0.00 total=7\n", ""},
		{print_pressure, "full avg10=100.00 avg60=0.50 avg300=0.00 total=7\n", "full 100 0.5 0 7\n"},
		{print_diskstats, " 8 0 sda 1 2 3 4 5 6 7 8 9 10\n", ""}, /* ten */
		{print_diskstats, " 8 0 sda 1 2 3 4 5 6 7 8 9 10 11 12\n", ""},
		{print_diskstats, " 8 0 sda 1 2 3 4 5 6 7 8 9 10 11 x\n", ""},
		{print_cpu_table, "CPU0 CPU3\nHI: 1\nTIMER: 4 x\nRCU: 5 6\n", "RCU cpu0=5 cpu3=6 [] []\n"},
		{print_cpu_table, "CPU0 CPU3\nHI: 1 2x\nTIMER: 1x 2\n", ""},
		{print_cpu_table, "nothing\nHI: 1 2\n", ""},
		{print_cpu_table, "CPU0\n24: 9 PCI-MSI 1-edge  a, b\n", "24 cpu0=9 [PCI-MSI] [1-edge  a, b]\n"},
		{print_schedstat, "cpu0 0 0 0 0 0 0 1 2\n", ""},
		{print_schedstat, "cpu0 0 0 0 0 0 0 1 2 3\ncpu1 0 0\n", "cpu0 1 2 3\n"},
		{print_swaps, "/dev/a partition 10 2\n/dev/b\tfile\t10\t2\t-2\nc file 1 2 3\n", "/dev/b 10 2\n"},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		char *said = printed(all[i].print, all[i].text, strlen(all[i].text));

		if (!ok(!strcmp(said, all[i].is), "bad lines: %.*s", (int)strcspn(all[i].text, "\n"), all[i].text))
			printf("# %s\n", said);
		free(said);
	}
	char *said = printed(print_flat, "a\0b 1\nc 2\n", 10);

	ok(!strcmp(said, "c=2\n"), "bad lines: a NUL in a name");
	free(said);
	struct lines l = lines_in("cpu0 0 0 0 0 0 0 1 2 3\ncpu1 0 0", 31);
	struct schedstat_line s;

	ok(schedstat_next(&l, &s) == 1 && schedstat_next(&l, &s) < 0,
	   "schedstat: a text that was cut is told from its end");
}

int main(void)
{
	struct recording *r = NULL;

	if (!ok(!recording_open("tests/fixtures/sources.fuka", &r), "the fixture (run this from the top of the tree)"))
		return tap_end();
	on_real_text(r);
	on_bad_lines();
	recording_close_reader(r);
	return tap_end();
}
