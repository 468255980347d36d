// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sar -d's columns, a table a device that did anything; in-flight is not sar's: requests under way. Discards count
 * among the requests, as in sar, where the kernel counts them (since 4.18; dkB/s is "-" elsewhere).
 */
#include "collect/views/columns.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	READS,
	WRITES,
	READ_SECTORS,
	WRITE_SECTORS,
	READ_MS,
	WRITE_MS,
	QUEUE_MS,
	BUSY_MS,
	IN_FLIGHT,
	DISCARDS,
	DISCARD_SECTORS,
	DISCARD_MS,
	FIGURES
};

static const char *const fields[FIGURES] = {"reads",     "writes",   "read_sectors",    "write_sectors",
					    "read_ms",   "write_ms", "queue_ms",        "busy_ms",
					    "in_flight", "discards", "discard_sectors", "discard_ms"};

static double or_none(double v)
{
	return isnan(v) ? 0 : v;
}

static void print_row(FILE *out, const double *v)
{
	double tps = v[READS] + v[WRITES] + or_none(v[DISCARDS]);
	double sectors = v[READ_SECTORS] + v[WRITE_SECTORS] + or_none(v[DISCARD_SECTORS]);

	rows_cell(out, 10, 2, tps);
	rows_cell(out, 11, 2, v[READ_SECTORS] / 2);
	rows_cell(out, 11, 2, v[WRITE_SECTORS] / 2);
	rows_cell(out, 11, 2, v[DISCARD_SECTORS] / 2);
	rows_cell(out, 9, 2, tps > 0 ? sectors / 2 / tps : NAN);
	rows_cell(out, 9, 2, v[QUEUE_MS] / 1000);
	rows_cell(out, 10, 2, tps > 0 ? (v[READ_MS] + v[WRITE_MS] + or_none(v[DISCARD_MS])) / tps : NAN);
	rows_cell(out, 8, 2, v[BUSY_MS] / 10);
	rows_cell(out, 11, 0, v[IN_FLIGHT]);
	fputc('\n', out);
}

static int print_device(FILE *out, struct recording *r, const char *device, const struct rows *rows)
{
	char name[FIGURES][64], time[32];
	const char *names[FIGURES];
	struct series s[FIGURES];
	bool used = false;

	for (int f = 0; f < FIGURES; f++) {
		snprintf(name[f], sizeof(name[f]), "disk.%s.%s", device, fields[f]);
		names[f] = name[f];
	}
	int err = metric_many(r, names, FIGURES, s);
	if (err)
		return err;
	for (int f = 0; f < FIGURES; f++)
		for (size_t i = 1; i < s[f].count; i++)
			used |= s[f].point[i].value != s[f].point[0].value;
	if (used)
		fprintf(out, "%9s%10s%11s%11s%11s%9s%9s%10s%8s%11s\n", device, "tps", "rkB/s", "wkB/s", "dkB/s",
			"areq-sz", "aqu-sz", "await", "%util", "in-flight");
	for (size_t k = 0; used && k < rows->count; k++) {
		double v[FIGURES];

		if (rows->at[k] == 0)
			continue;
		for (int f = 0; f < FIGURES; f++) {
			struct column c = {.how = f == IN_FLIGHT ? COLUMN_LAST : COLUMN_RATE};

			v[f] = columns_figure(&s[f], &c, rows_from(rows, k), rows->at[k]);
		}
		fprintf(out, "%9s", rows_time(time, sizeof(time), rows->at[k], rows->step_ns));
		print_row(out, v);
	}
	for (int f = 0; f < FIGURES; f++)
		series_free(&s[f]);
	return used ? 1 : 0;
}

static int print_one(FILE *out, struct recording *r, const struct view_options *o)
{
	struct rows rows;
	char **names;
	size_t n;
	int shown = 0, err = rows_make(&r, 1, o->all, 20, &rows);

	if (err)
		return err;
	err = metric_names(r, false, &names, &n);
	for (size_t i = 0; !err && i < n; i++) {
		size_t length = strlen(names[i]);
		char device[64];

		if (strncmp(names[i], "disk.", 5) || length < 12 || strcmp(names[i] + length - 6, ".reads"))
			continue;
		snprintf(device, sizeof(device), "%.*s", (int)(length - 11), names[i] + 5);
		int got = print_device(out, r, device, &rows);
		err = got < 0 ? got : 0;
		shown += got > 0;
	}
	if (!err)
		metric_names_free(names);
	rows_free(&rows);
	return err ? err : shown ? 0 : -ENODATA;
}

int view_disk(FILE *out, struct recording *const *r, int n, const struct view_options *o)
{
	return rows_each(out, r, n, o, print_one);
}
