// SPDX-License-Identifier: GPL-2.0-or-later
/* Parameters: a value just inside is taken, one just outside is not; shares of memory. */
#include "lib/text/param.h"
#include "tests/unit/tap.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct values {
	int64_t n, size, time, word;
	double share, figure;
	bool yes;
	char *text;
};

#define AT(member) offsetof(struct values, member)

static const struct param table[] = {
	{"n", PARAM_INT, "3", 1, 10, NULL, "a number", AT(n)},
	{"size", PARAM_SIZE, "", 4096, 1048576, NULL, "a size", AT(size)},
	{"time", PARAM_TIME, "1s", 1e6, 1e9, NULL, "a time", AT(time)},
	{"word", PARAM_CHOICE, "a", 0, 0, "a bc d", "a word", AT(word)},
	{"share", PARAM_PERCENT, "50", 1, 100, NULL, "a share", AT(share)},
	{"figure", PARAM_NUMBER, NULL, 0, 8, NULL, "a figure", AT(figure)},
	{"yes", PARAM_BOOL, "false", 0, 0, NULL, "yes or no", AT(yes)},
	{"text", PARAM_TEXT, NULL, 0, 0, NULL, "a text", AT(text)},
	{0},
};

static void setting(void)
{
	static const struct {
		const char *name, *text;
		int result;
	} all[] = {
		{"n", "1", 0},
		{"n", "10", 0},
		{"n", "0", -ERANGE},
		{"n", "11", -ERANGE},
		{"n", "x", -EINVAL},
		{"n", "1x", -EINVAL},
		{"size", "4K", 0},
		{"size", "1M", 0},
		{"size", "4095", -ERANGE},
		{"size", "1025K", -ERANGE},
		{"size", "0%", -ERANGE},
		{"size", "100%", 0},
		{"size", "101%", -ERANGE},
		{"size", "0.5%", 0},
		{"time", "1ms", 0},
		{"time", "999us", -ERANGE},
		{"time", "1001ms", -ERANGE},
		{"word", "bc", 0},
		{"word", "b", -EINVAL},
		{"word", "a bc", -EINVAL},
		{"share", "100%", 0},
		{"share", "101", -ERANGE},
		{"yes", "true", 0},
		{"yes", "maybe", -EINVAL},
		{"text", "", 0},
		{"nothing", "1", -ENOENT},
		{"figure", "8", 0},
		{"figure", "8.5", -ERANGE},
	};
	struct values v = {0};
	char why[PARAM_WHY];

	param_defaults(table, &v);
	ok(v.n == 3 && v.size == INT64_MIN && v.time == 1000000000 && v.share == 50 && !v.yes && !v.text,
	   "the defaults");
	ok(param_missing(table, &v) && !strcmp(param_missing(table, &v), "figure"), "what is required and missing");
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		int r = param_set(table, &v, all[i].name, all[i].text, why);

		ok(r == all[i].result, "%s: '%s' gives %d (%d)", all[i].name, all[i].text, all[i].result, r);
		ok(!r || *why, "… and says why");
	}
	ok(!param_missing(table, &v), "nothing is missing any more");
	param_free(table, &v);
}

static void sizes(void)
{
	struct values v = {0};
	char why[PARAM_WHY], text[32];

	param_defaults(table, &v);
	param_set(table, &v, "size", "50%", why);
	ok(param_size(v.size, 1000) == 500, "half of 1000 is 500");
	param_set(table, &v, "size", "12.5%", why);
	ok(param_size(v.size, 8000) == 1000, "an eighth of 8000");
	ok(param_size(4096, 8000) == 4096, "bytes are bytes");
	param_size_text(3 << 19, text, sizeof(text));
	ok(!strcmp(text, "1.5M"), "1.5M: %s", text);
	param_time_text(90000000000ll, text, sizeof(text));
	ok(!strcmp(text, "90s"), "90s: %s", text);
}

static void figures(void)
{
	int64_t n = 0;
	double d = 0;

	ok(!param_parse_time("250ms", &n) && n == 250000000, "250ms");
	ok(!param_parse_time("2m", &n) && n == 120000000000ll, "2m");
	ok(!param_parse_time("1h", &n) && n == 3600000000000ll, "1h");
	ok(!param_parse_time("10us", &n) && n == 10000, "10us");
	ok(param_parse_time("10", &n) && param_parse_time("s", &n) && param_parse_time("1sx", &n), "no times");
	ok(!param_parse_size("1K", &n) && n == 1024, "1K");
	ok(!param_parse_size("2G", &n) && n == 2ll << 30, "2G");
	ok(param_parse_size("1Q", &n), "no size");
	ok(!param_parse_figure("95%", &d) && d == 95, "95%%");
	ok(!param_parse_figure("64M", &d) && d == 64 << 20, "64M");
	ok(!param_parse_figure("200ms", &d) && d == 2e8, "200ms");
	ok(param_parse_figure("1.5x", &d), "no figure");
}

int main(void)
{
	setting();
	sizes();
	figures();
	return tap_end();
}
