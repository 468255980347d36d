// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Recordings to every view, the summary and every export. An input's first byte says which of them; the rest is a list
 * of frames "source, time step, type, length, payload" that the writer writes, so that checksums stand in nobody's way.
 * What goes to a terminal has no control character and no byte that is not UTF-8; what an export writes is read again
 * by tests/fuzz/grammar.h.
 */
#include "collect/show/exports/export.h"
#include "collect/show/summary_print.h"
#include "collect/show/views/view.h"
#include "lib/base/printable.h"
#include "lib/base/say.h"
#include "lib/record/recording.h"
#include "lib/record/source.h"
#include "tests/fuzz/grammar.h"

#include <math.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static char path[64], rules[64];
static int said; /* a file in memory that stands for the terminal */

/* --- what is shown --- */

/* Aborts when anything was said that a terminal may not be given; empties it. */
static void look(void)
{
	off_t n = lseek(said, 0, SEEK_CUR);
	char *text = n > 0 ? malloc(n) : NULL;
	bool fit;

	if (n < 0 || (n && (!text || pread(said, text, n, 0) != n)))
		abort();
	for (off_t i = 0; i < n;) {
		if (text[i] == '\n' || text[i] == '\r') {
			i++;
			continue;
		}
		i += printable_length(text + i, n - i, &fit);
		must(fit, "a terminal may have it");
	}
	free(text);
	if (n && (ftruncate(said, 0) || lseek(said, 0, SEEK_SET)))
		abort();
}

static void show_view(struct recording *r, view_print *print)
{
	const struct view_options all = {.n = -1, .threshold = 3, .all = true, .cpus = true};
	const struct view_options few = {.n = 5, .threshold = NAN};
	struct recording *two[] = {r, r};
	FILE *out = printable_stream(said);

	print(out, two, 1, &all);
	print(out, two, 2, &few);
	fclose(out);
}

static void show_summary(struct recording *r)
{
	struct summary s[2];
	char *text = NULL;
	size_t n;
	FILE *out = printable_stream(said), *json = open_memstream(&text, &n);

	if (!summary_read(r, &s[0])) {
		s[1] = s[0];
		summary_print(out, s, 1);
		summary_print(out, s, 2);
		summary_json(json, s, 2);
		summary_free(&s[0]);
	}
	fclose(json);
	fclose(out);
	if (n)
		grammar_json(text, n);
	free(text);
}

static void show_export(struct recording *r, const char *name, export_write *write)
{
	const struct export_options options = {
		.job = "node", .all = true, .rules = rules, .silent = "A", .evaluate = 15000000000};
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);
	int err = write(out, r, &options);

	fclose(out);
	if (!err)
		grammar_look(name, text, n);
	free(text);
}

static view_print *const views[] = {
#define VIEW(name, what) view_##name,
#include "collect/show/views/list.h"
#undef VIEW
};

static const struct {
	const char *name;
	export_write *write;
} exports[] = {
#define EXPORT(name, value, what) {#name, export_##name},
#include "collect/show/exports/list.h"
#undef EXPORT
};

#define VIEWS   (sizeof(views) / sizeof(*views))
#define EXPORTS (sizeof(exports) / sizeof(*exports))

static void show(struct recording *r, unsigned which)
{
	which %= VIEWS + EXPORTS + 1;
	if (which < VIEWS)
		show_view(r, views[which]);
	else if (which < VIEWS + EXPORTS)
		show_export(r, exports[which - VIEWS].name, exports[which - VIEWS].write);
	else
		show_summary(r);
}

/* --- what it is made of --- */

static int type_of(int source, int asked)
{
	return asked & 128                                                                        ? asked % 8
	       : source == SOURCE_meta                                                            ? FRAME_META
	       : source == SOURCE_kmsg                                                            ? FRAME_LOG
	       : source == SOURCE_timeline || source == SOURCE_host || source == SOURCE_kmod      ? FRAME_EVENT
	       : source == SOURCE_console || source == SOURCE_output || source == SOURCE_readings ? FRAME_TEXT
												  : FRAME_SAMPLE;
}

static void write_sources(struct recording_writer *w)
{
	char line[64];

	for (int i = 0; i < SOURCE_COUNT; i++) {
		struct frame f = {.head = {.type = FRAME_META, .lane = LANE_HOST}, .payload = line};

		f.head.payload_length =
			snprintf(line, sizeof(line), "meta=source id=%d name=%s", i, source_rows[i].name);
		recording_add(w, &f);
	}
}

static void write_frames(const uint8_t *p, size_t n)
{
	struct recording_writer *w;
	uint64_t ns = 1000000000, seq[LANE_COUNT] = {0};

	if (recording_create(path, &w))
		abort();
	write_sources(w);
	while (n > 5) {
		struct frame f = {.payload = (const char *)p + 5};
		size_t length = p[4] < n - 5 ? p[4] : n - 5;
		int source = p[0] % SOURCE_COUNT;

		ns += ((uint64_t)p[1] << 8 | p[2]) * 1000000;
		f.head.type = type_of(source, p[3]);
		f.head.source = source;
		f.head.lane = source_rows[source].lane;
		f.head.seq = seq[f.head.lane]++;
		f.head.before_ns = f.head.after_ns = ns;
		f.head.payload_length = length;
		recording_add(w, &f);
		p += 5 + length;
		n -= 5 + length;
	}
	recording_close(w);
}

/* A rule file that names all there is, for the rule test. */
static void write_rules(void)
{
	FILE *f = fopen(rules, "w");

	if (!f ||
	    fputs("groups:\n  - name: all\n    rules:\n      - {alert: A, expr: '{__name__=~\"node.*\"} < 0'}\n", f) <
		    0 ||
	    fclose(f))
		abort();
}

static void clean(void)
{
	unlink(path);
	unlink(rules);
}

static void begin(void)
{
	said = memfd_create("said", 0);
	say_to(said);
	snprintf(path, sizeof(path), "/dev/shm/fuka-fuzz-views-%d", getpid());
	snprintf(rules, sizeof(rules), "/dev/shm/fuka-fuzz-rules-%d", getpid());
	write_rules();
	atexit(clean);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct recording *r;

	if (!*path)
		begin();
	if (!n)
		return 0;
	unlink(path);
	write_frames(bytes + 1, n - 1);
	if (!recording_open(path, &r)) {
		show(r, bytes[0]);
		recording_close_reader(r);
	}
	unlink(path);
	look();
	return 0;
}
