// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/text/jsontext.h"
#include "lib/base/say.h"
#include "lib/base/utf8.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

json_t *jsontext(const char *text)
{
	static const char replacement[] = "\xef\xbf\xbd";
	size_t left = text ? strlen(text) : 0, at = 0;
	char *whole = malloc(left * 3 + 1);
	json_t *j = NULL;

	for (const char *p = text; whole && left;) {
		int n = utf8_length(p, left), step = n ? n : 1;

		memcpy(whole + at, n ? p : replacement, n ? n : 3);
		at += n ? n : 3;
		p += step;
		left -= step;
	}
	if (whole)
		j = text ? json_stringn(whole, at) : json_null();
	free(whole);
	return j;
}

void jsontext_write(FILE *out, const char *text)
{
	json_t *j = jsontext(text);
	char *quoted = j ? json_dumps(j, JSON_ENCODE_ANY | JSON_ENSURE_ASCII) : NULL;

	for (const char *p = quoted ? quoted : "null"; *p; p++)
		if (*p == '<' || *p == 0x7f)
			fprintf(out, "\\u%04x", *p);
		else
			fputc(*p, out);
	free(quoted);
	json_decref(j);
}

void jsontext_write_number(FILE *out, double value, int digits)
{
	if (isfinite(value))
		fprintf(out, "%.*g", digits, value);
	else
		fputs("null", out);
}

int jsontext_print(FILE *out, json_t *whole)
{
	int err = !whole || json_dumpf(whole, out, JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(12));

	fputc('\n', out);
	json_decref(whole);
	return err ? say_err(-EIO, "the JSON could not be written: no memory, or %s", strerror(errno)) : 0;
}
