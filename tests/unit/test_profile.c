// SPDX-License-Identifier: GPL-2.0-or-later
/* Profiles over time, and what is none. */
#include "loadgen/harness/profile.h"
#include "tests/unit/tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define S 1000000000ll

static char dir[] = "/tmp/fuka-test-XXXXXX", path[64];

static void level(const char *text, int64_t ms, double want)
{
	struct profile p;
	char why[PARAM_WHY] = "";

	if (!ok(!profile_parse(text, &p, why), "%s is a profile %s", text, why))
		return;
	double got = profile_level(&p, ms * S / 1000);

	ok(fabs(got - want) < 1e-9, "%s after %lld ms: %g (%g)", text, (long long)ms, want, got);
}

static void forms(void)
{
	level("constant", 5000, 1);
	level("ramp:10s", 0, 0);
	level("ramp:10s", 2500, 0.25);
	level("ramp:10s", 10000, 1);
	level("ramp:10s", 99000, 1);
	level("sine:8s", 0, 0);
	level("sine:8s", 2000, 0.5);
	level("sine:8s", 4000, 1);
	level("sine:8s", 8000, 0);
	level("square:4s", 0, 1);
	level("square:4s", 1999, 1);
	level("square:4s", 2000, 0);
	level("square:4s", 4000, 1);
	level("steps:10s:10,50,100,30", 0, 0.1);
	level("steps:10s:10,50,100,30", 9999, 0.1);
	level("steps:10s:10,50,100,30", 10000, 0.5);
	level("steps:10s:10,50,100,30", 39999, 0.3);
	level("steps:10s:10,50,100,30", 40000, 0.3);
	level("steps:10s:10,50,100,30", 41000000, 0.3);
}

static void write_file(const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f || fputs(text, f) < 0 || fclose(f))
		exit(99);
}

static void files(void)
{
	struct profile p;
	char name[80], why[PARAM_WHY];

	snprintf(name, sizeof(name), "file:%s", path);
	write_file("# a comment\n\n1s 20\n3s 40\n4s 100\n4s 0\n");
	level(name, 0, 0.2);
	level(name, 2000, 0.3);
	level(name, 3500, 0.7);
	level(name, 9000, 0);
	write_file("1s 20\n3s 40\n2s 100\n");
	ok(profile_parse(name, &p, why) && strstr(why, "ascending time"), "times that fall: %s", why);
	write_file("1s 20\n3s 101\n");
	ok(profile_parse(name, &p, why), "more than all");
	write_file("1s\n");
	ok(profile_parse(name, &p, why), "a line without a percentage");
	write_file("# nothing\n");
	ok(profile_parse(name, &p, why), "a file without a point");
	unlink(path);
	ok(profile_parse(name, &p, why), "no file");
}

static void refused(void)
{
	static const char *const texts[] = {
		"steps:1s:101", "steps:1s:-1", "steps:1s:", "steps:1s:x", "ramp",
		"ramp:0s",      "sine:-1s",    "saw:1s",    "constant:1",
	};
	struct profile p;
	char why[PARAM_WHY];

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		ok(profile_parse(texts[i], &p, why) && strstr(why, "is not a profile"), "%s is refused", texts[i]);
}

int main(void)
{
	if (!mkdtemp(dir))
		return 99;
	snprintf(path, sizeof(path), "%s/p", dir);
	forms();
	files();
	refused();
	rmdir(dir);
	return tap_end();
}
