// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Comma-separated values (RFC 4180): seconds from t0, then every metric; a missing figure is an empty cell.
 *
 *	time,load1,load5,load15,cpu.user,…
 *	0.000319,0,0,0,,…
 */
#include "collect/show/exports/export.h"
#include "collect/show/exports/table.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <math.h>
#include <string.h>

/*
 * Writes the text of a cell, quoted if necessary, and with a "'" in front of what a spreadsheet would take for a
 * formula.
 */
static void put_text(FILE *out, const char *raw)
{
	_cleanup_(sys_freep) char *text = sys_format("%s%s", strchr("=+-@", *raw) && *raw ? "'" : "", raw);

	say_printable(text);
	if (!strpbrk(text, ",\"\r\n'")) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (const char *p = text; *p; p++) {
		if (*p == '"')
			fputc('"', out);
		fputc(*p, out);
	}
	fputc('"', out);
}

static int put_row(void *user, const struct table *t)
{
	FILE *out = user;

	fprintf(out, "%.6f", (double)t->at_ns / 1e9);
	for (size_t c = 0; c < t->columns; c++) {
		fputc(',', out);
		if (!isnan(t->cell[c]))
			fprintf(out, "%.15g", t->cell[c]);
	}
	fputs("\r\n", out);
	return 0;
}

int export_csv(FILE *out, struct recording *r, const struct export_options *o)
{
	struct table t;
	int err = table_open(r, o->all, &t);

	if (err)
		return err;
	fputs("time", out);
	for (size_t c = 0; c < t.columns; c++) {
		fputc(',', out);
		put_text(out, t.name[c]);
	}
	fputs("\r\n", out);
	err = table_rows(r, &t, put_row, out);
	table_free(&t);
	return err;
}
