// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The recording's samples beside sysstat's readings. sysstat does not print when it read /proc; the kernel's trace does
 * (to 1 µs). The true value at that time lies between the samples before and after it, since counters never decrease.
 */
#include "collect/analyse/sysstat_compare.h"
#include "collect/analyse/events.h"
#include "lib/base/array.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARGIN_NS ((int64_t)SYS_NS) /* samples kept around a run */

/* Limits per run: ten minutes on a large machine. */
#define SAMPLES_MAX 65536
#define BYTES_MAX   (32u << 20)

void sysstat_samples_free(struct sysstat_samples *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->at[i].text);
	free(s->at);
}

static int add_sample(struct sysstat_samples *s, const struct frame *f, uint64_t t0_ns)
{
	struct sysstat_sample one = {.at_ns = events_since(f->head.before_ns, t0_ns),
				     .end_ns = events_since(f->head.after_ns, t0_ns),
				     .n = f->head.payload_length};

	if (s->count == SAMPLES_MAX || s->bytes + one.n > BYTES_MAX) {
		s->left_out++;
		return 0;
	}
	if (!array_grow(&s->at, s->count, sizeof(*s->at)) || !(one.text = calloc(1, one.n + 1)))
		return -ENOMEM;
	memcpy(one.text, f->payload, one.n);
	s->at[s->count++] = one;
	s->bytes += one.n;
	return 0;
}

/* Reads the samples of a source during a run, and some before and after it. */
static int read_samples(struct recording *r, const char *source, const struct sysstat_run *run,
			struct sysstat_samples *out)
{
	const char *sources[] = {source, NULL};
	uint64_t t0_ns = events_zero(r);
	struct recording_cursor *cursor = NULL;
	struct frame f;
	int err = recording_cursor(r, sources, &cursor);

	*out = (struct sysstat_samples){0};
	while (!err && (err = recording_next(cursor, &f)) == 1) {
		int64_t at_ns = events_since(f.head.before_ns, t0_ns);

		err = 0;
		if (f.head.type == FRAME_SAMPLE && at_ns >= run->start_ns - MARGIN_NS &&
		    at_ns <= run->end_ns + MARGIN_NS)
			err = add_sample(out, &f, t0_ns);
	}
	recording_cursor_free(cursor);
	return err;
}

bool sysstat_read(struct recording *r, const char *file, const struct sysstat_run *run, struct trace_reads *readings,
		  struct sysstat_samples *s, char why[160])
{
	*readings = (struct trace_reads){0};
	*s = (struct sysstat_samples){0};
	if (trace_reads_of(r, file, run->pid, readings) || read_samples(r, file, run, s))
		snprintf(why, 160, "no memory, or the recording is damaged");
	else if (readings->left_out)
		snprintf(why, 160, "the kernel's trace has more readings of /proc/%s by it than the limit", file);
	else if (s->left_out)
		snprintf(why, 160, "the recording has more samples of %s during its run than the limit", file);
	else
		return true;
	return false;
}

bool sysstat_bracket(const struct sysstat_samples *s, const struct trace_read *reading, struct sysstat_bracket *out)
{
	*out = (struct sysstat_bracket){0};
	for (size_t i = 0; i < s->count && !out->after; i++) {
		if (s->at[i].end_ns <= reading->from_ns)
			out->before = &s->at[i];
		else if (s->at[i].at_ns >= reading->to_ns)
			out->after = &s->at[i];
	}
	return out->before && out->after;
}

void sysstat_note_reading(struct sysstat *s, const struct trace_read *reading, const struct sysstat_bracket *b)
{
	s->read[s->reads].at_ns = reading->from_ns;
	s->read[s->reads++].apart_ns = b->after->at_ns - b->before->at_ns;
}
