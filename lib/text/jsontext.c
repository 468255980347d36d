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

json_t *jsontext_figure(double value)
{
	if (!isfinite(value))
		return NULL;
	return value == trunc(value) && fabs(value) < 1ll << 53 ? json_integer((json_int_t)value) : json_real(value);
}

json_t *jsontext_digits(double value, int digits)
{
	char text[32];

	snprintf(text, sizeof(text), "%.*g", digits, value);
	return jsontext_figure(isfinite(value) ? strtod(text, NULL) : NAN);
}

json_t *jsontext_decimals(double value, int decimals)
{
	char text[400]; /* the largest double has 309 digits before the decimal point */

	snprintf(text, sizeof(text), "%.*f", decimals, value);
	return jsontext_figure(isfinite(value) ? strtod(text, NULL) : NAN);
}

void jsontext_set(json_t *object, const char *key, json_t *value)
{
	if (value && json_object_set(object, key, value)) { /* fails if the key is not UTF-8 */
		json_t *text = jsontext(key);

		json_object_set(object, json_string_value(text), value);
		json_decref(text);
	}
	json_decref(value);
}

static int put_bytes(const char *bytes, size_t n, void *out)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i] == '<' || bytes[i] == 0x7f)
			fprintf(out, "\\u%04x", bytes[i]);
		else
			fputc(bytes[i], out);
	return ferror((FILE *)out) ? -1 : 0;
}

#define FIGURES JSON_REAL_PRECISION(15)

int jsontext_put(FILE *out, json_t *whole)
{
	int err = !whole || json_dump_callback(whole, put_bytes, out, JSON_COMPACT | JSON_ENSURE_ASCII | FIGURES);

	json_decref(whole);
	return err ? say_err(-EIO, "the JSON could not be written: no memory, or %s", strerror(errno)) : 0;
}

int jsontext_print(FILE *out, json_t *whole)
{
	int err = !whole || json_dumpf(whole, out, JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(12));

	fputc('\n', out);
	json_decref(whole);
	return err ? say_err(-EIO, "the JSON could not be written: no memory, or %s", strerror(errno)) : 0;
}
