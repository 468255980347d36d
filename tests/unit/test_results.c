// SPDX-License-Identifier: GPL-2.0-or-later
/* TAP and JUnit, to the letter, of runs that ended in each way, two of them skipped. */
#include "lab/host/results.h"
#include "tests/unit/tap.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct finding found[] = {
	{.held = true, .judged = JUDGED_HELD, .expected = "log bug", .seen = "one"},
	{.held = false, .judged = JUDGED_NOT_HELD, .expected = "log \"x\" < 3", .seen = "4 & more"},
};
static struct scenario scenario[] = {{.name = "a"}, {.name = "b"}, {.name = "c"}, {.name = "d"}, {.name = "e"}};
static struct run run[] = {
	{.scenario = &scenario[0], .verdict = {VERDICT_PASS, "1 of 1 held", found, 1}, .wall_s = 1.5},
	{.scenario = &scenario[1], .verdict = {VERDICT_FAIL, "said \"no\"", found, 2}, .wall_s = 2},
	{.scenario = &scenario[2], .verdict = {VERDICT_LOST, "gone", found, 0}, .wall_s = 3},
	{.scenario = &scenario[3], .verdict = {VERDICT_SKIP, "no KVM", found, 0}, .wall_s = 4},
	{.scenario = &scenario[4], .verdict = {VERDICT_SKIP, "no dm", found, 0}, .wall_s = 5},
};

static struct results results(void)
{
	struct results r = {.run = run, .count = 5, .identities = 2};

	r.identity = calloc(2, sizeof(*r.identity));
	strcpy(r.identity[0].scenario, "a");
	strcpy(r.identity[0].text, "2 runs are the same");
	r.identity[0].same = true;
	strcpy(r.identity[1].scenario, "b");
	strcpy(r.identity[1].text, "they differ");
	return r;
}

static void is(const char *what, const char *got, const char *want)
{
	if (!ok(got && !strcmp(got, want), "%s", what))
		printf("# expected\n%s# found\n%s", want, got ? got : "nothing");
}

static void tap(void)
{
	struct results r = results();
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	results_tap(f, &r);
	fclose(f);
	is("TAP", text,
	   "TAP version 13\n1..7\nok 1 - a: 1 of 1 held\nnot ok 2 - b: said \"no\"\n# log \"x\" < 3: 4 & more\n"
	   "not ok 3 - c: gone\nok 4 - d: no KVM # SKIP\nok 5 - e: no dm # SKIP\nok 6 - a: 2 runs are the same\nnot ok 7 - b: they differ\n");
	free(text);
	free(r.identity);
}

static void junit(void)
{
	struct results r = results();
	char path[] = "/tmp/fuka-test-XXXXXX", text[4096] = "";
	int fd = mkstemp(path);

	if (fd < 0 || results_junit(path, &r))
		exit(99);
	close(fd);
	FILE *f = fopen(path, "r");

	text[f ? fread(text, 1, sizeof(text) - 1, f) : 0] = '\0';
	if (f)
		fclose(f);
	unlink(path);
	is("JUnit", text,
	   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	   "<testsuite name=\"fuka\" tests=\"5\" failures=\"1\" errors=\"1\" skipped=\"2\">\n"
	   "  <testcase classname=\"fuka\" name=\"a\" time=\"1.500\">\n  </testcase>\n"
	   "  <testcase classname=\"fuka\" name=\"b\" time=\"2.000\">\n"
	   "    <failure message=\"said &#34;no&#34;\">log &#34;x&#34; &#60; 3: 4 &#38; more\n</failure>\n"
	   "  </testcase>\n"
	   "  <testcase classname=\"fuka\" name=\"c\" time=\"3.000\">\n    <error message=\"gone\"></error>\n"
	   "  </testcase>\n"
	   "  <testcase classname=\"fuka\" name=\"d\" time=\"4.000\">\n    <skipped message=\"no KVM\"></skipped>\n"
	   "  </testcase>\n"
	   "  <testcase classname=\"fuka\" name=\"e\" time=\"5.000\">\n    <skipped message=\"no dm\"></skipped>\n"
	   "  </testcase>\n</testsuite>\n");
	free(r.identity);
}

static void summary(void)
{
	struct results r = results();
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	results_summary(f, &r);
	fclose(f);
	ok(strstr(text, "1 pass, 1 fail, 1 lost, 2 skip") && strstr(text, "fail  b "), "the summary counts");
	free(text);
	free(r.identity);
}

int main(void)
{
	tap();
	junit();
	summary();
	return tap_end();
}
