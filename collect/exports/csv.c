// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Comma-separated values (RFC 4180): seconds from t0, then every metric; an empty cell is a figure that is not there.
 *
 *	time,load1,load5,load15,cpu.user,…
 *	0.000319,0,0,0,,…
 */
#include "collect/exports/export.h"
#include "collect/exports/table.h"

#include <math.h>

int export_csv(FILE *out, struct recording *r, const struct export_options *o)
{
	struct table t;
	int err = table_read(r, o->all, &t);

	if (err)
		return err;
	fputs("time", out);
	for (size_t c = 0; c < t.columns; c++)
		fprintf(out, ",%s", t.name[c]);
	fputs("\r\n", out);
	for (size_t row = 0; row < t.rows; row++) {
		fprintf(out, "%.6f", (double)t.at[row] / 1e9);
		for (size_t c = 0; c < t.columns; c++) {
			double v = table_cell(&t, row, c);

			if (isnan(v))
				fputc(',', out);
			else
				fprintf(out, ",%.15g", v);
		}
		fputs("\r\n", out);
	}
	table_free(&t);
	return 0;
}
