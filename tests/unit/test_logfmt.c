// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of key=value: what is written is read back, and nothing else is a key. */
#include "lib/text/logfmt.h"
#include "tests/unit/tap.h"

#include <string.h>

int main(void)
{
	char line[200] = "", value[64] = "untouched", little[12] = "";
	size_t n = 0;
	long long v = 5;

	logfmt_add(line, sizeof(line), &n, "event", "start");
	logfmt_add(line, sizeof(line), &n, "about", "say \"hi\"\nand a=b \\ c");
	logfmt_add(line, sizeof(line), &n, "none", "");
	logfmt_add_int(line, sizeof(line), &n, "n", -42);
	ok(!strcmp(line, "event=start about=\"say \\\"hi\\\"\\nand a=b \\\\ c\" none=\"\" n=-42"), "a line is written");
	ok(logfmt_get(line, n, "about", value, sizeof(value)) && !strcmp(value, "say \"hi\"\nand a=b \\ c"),
	   "and read back");
	ok(logfmt_get(line, n, "none", value, sizeof(value)) && !*value, "an empty value");
	ok(logfmt_get_int(line, n, "n", &v) && v == -42, "a number");
	strcpy(value, "untouched");
	ok(!logfmt_get(line, n, "a", value, sizeof(value)) && !strcmp(value, "untouched"),
	   "a key inside a value is none");
	ok(!logfmt_get_int(line, n, "event", &v) && v == -42, "a word is no number");
	ok(logfmt_get(line, n, "about", value, 4) && !strcmp(value, "say"), "a value is cut to its buffer");
	ok(!logfmt_get("k=\"open", 7, "open", value, sizeof(value)), "an open quote ends with the line");
	n = 0;
	logfmt_add(little, sizeof(little), &n, "key", "12345678");
	ok(n == 0 && !*little, "what does not fit is left out whole");
	logfmt_add(little, sizeof(little), &n, "key", "1234567");
	ok(!strcmp(little, "key=1234567"), "what just fits is there");
	return tap_end();
}
