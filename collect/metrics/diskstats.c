// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/diskstats, " 253       0 vda 1402 311 101890 640 97 51 1240 55 0 580 697": fields by their place after the
 * name. */
#include "collect/metrics/family.h"

#include <string.h>

extern const struct metric_family metrics_diskstats;

static const char *const fields[] = {
	"reads",        "read_merges",   "read_sectors",   "read_ms",         "writes",
	"write_merges", "write_sectors", "write_ms",       "in_flight",       "busy_ms",
	"queue_ms",     "discards",      "discard_merges", "discard_sectors", "discard_ms",
};

#define FIELDS (sizeof(fields) / sizeof(*fields))

/* A line's device, and where its figures begin; NULL where it is none. */
static const char *line_device(const struct lines *l, const char **name, size_t *n)
{
	const char *p = l->at, *blank;
	double major, minor;

	if (!lines_number(&p, l->end, &major) || !lines_number(&p, l->end, &minor) || p == l->end)
		return NULL;
	*name = p + 1;
	blank = memchr(*name, ' ', l->end - *name);
	*n = blank ? (size_t)(blank - *name) : 0;
	return blank;
}

static bool line_key(const struct lines *l, char key[READING_KEY])
{
	const char *name;
	size_t n;

	if (!line_device(l, &name, &n) || n >= READING_KEY)
		return false;
	memcpy(key, name, n);
	key[n] = '\0';
	return true;
}

static int value_disk(struct reading *x, const struct frame *f, double *value)
{
	const char *name;
	double v = 0;
	size_t n;

	for (struct lines l = lines_of(f); lines_next(&l);) {
		const char *p = line_device(&l, &name, &n);

		if (!p || n != strlen(x->field) || memcmp(name, x->field, n))
			continue;
		for (int i = 0; i <= x->mode; i++)
			if (!lines_number(&p, l.end, &v))
				return 0;
		*value = v;
		return 1;
	}
	return 0;
}

/* "disk.vda.reads": the device is all between the first dot and the last. */
static bool resolve(const char *name, struct reading *x)
{
	const char *dot = strrchr(name, '.');

	if (strncmp(name, "disk.", 5) || dot <= name + 5 || dot - name - 5 >= 40 || strpbrk(name, " \n"))
		return false;
	for (size_t i = 0; i < FIELDS; i++) {
		if (strcmp(dot + 1, fields[i]))
			continue;
		*x = (struct reading){.source = "diskstats", .unit = "", .value = value_disk, .mode = (int)i};
		x->grows = strcmp(fields[i], "in_flight") != 0;
		memcpy(x->field, name + 5, dot - name - 5);
		return true;
	}
	return false;
}

/* As many as the line has: an old kernel has no discards. */
static void names(struct names *t, const char *source, const struct frame *f, bool all)
{
	const char *name;
	double v;
	size_t n;

	(void)source;
	(void)all;
	for (struct lines l = lines_of(f); lines_next(&l);) {
		const char *p = line_device(&l, &name, &n);

		for (size_t i = 0; p && i < FIELDS && lines_number(&p, l.end, &v); i++)
			names_add(t, "disk.%.*s.%s", (int)n, name, fields[i]);
	}
}

static const char *const sources[] = {"diskstats", NULL};
const struct metric_family metrics_diskstats = {sources, resolve, names, line_key};
