// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/host/results.h"
#include "lib/text/jsontext.h"
#include "lib/base/outfile.h"
#include "lib/base/printable.h"
#include "lib/base/say.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *finding_word(const struct run *run, const struct finding *f)
{
	if (f->held)
		return "held";
	if (run->verdict.is == VERDICT_SKIP)
		return "open"; /* nothing was judged */
	return f->judged == JUDGED_UNKNOWN ? "UNKNOWN" : "FAILED";
}

/* Writes one line, even if a text in it has line breaks. */
__attribute__((format(printf, 2, 3))) static void put(FILE *out, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (text)
		say_printable(text);
	fprintf(out, "%s\n", text ? text : "");
	free(text);
}

void results_text(FILE *out, const struct run *run)
{
	const struct scenario *s = run->scenario;

	put(out, "%s: %s (%s)", s->name, verdict_word(run->verdict.is), run->verdict.why);
	put(out, "  %s", s->about);
	if (run->dir)
		put(out, "  %s; %.1f s wall, %.1f s of the guest's clock", run->accelerator, run->wall_s, run->guest_s);
	for (size_t i = 0; i < run->verdict.count; i++) {
		const struct finding *f = &run->verdict.finding[i];

		put(out, "  %-6s %s", finding_word(run, f), f->expected);
		put(out, "         %s", f->seen);
	}
	if (*run->vmcore)
		put(out, "  %s", run->vmcore);
	if (run->recording)
		put(out, "  %s", run->recording);
}

void results_summary(FILE *out, const struct results *r)
{
	size_t count[4] = {0};

	if (r->count > 1)
		fputc('\n', out);
	for (size_t i = 0; i < r->count; i++) {
		count[r->run[i].verdict.is]++;
		if (r->count > 1)
			put(out, "%-4s  %-24s %6.1f s  %s", verdict_word(r->run[i].verdict.is),
			    r->run[i].scenario->name, r->run[i].wall_s, r->run[i].verdict.why);
	}
	for (size_t i = 0; i < r->identities; i++)
		put(out, "%s: %s", r->identity[i].scenario, r->identity[i].text);
	if (r->count > 1)
		put(out, "%zu pass, %zu fail, %zu lost, %zu skip", count[0], count[1], count[2], count[3]);
}

static json_t *run_json(const struct run *run)
{
	json_t *list = json_array();

	for (size_t i = 0; i < run->verdict.count; i++) {
		const struct finding *f = &run->verdict.finding[i];

		json_array_append_new(list, json_pack("{s:b, s:s, s:o, s:o}", "held", f->held, "judged",
						      verdict_judgement(f->judged), "expected", jsontext(f->expected),
						      "seen", jsontext(f->seen)));
	}
	return json_pack("{s:o, s:o, s:s, s:o, s:s, s:f, s:f, s:o, s:o, s:o}", "scenario",
			 jsontext(run->scenario->name), "path", jsontext(run->scenario->path), "verdict",
			 verdict_word(run->verdict.is), "why", jsontext(run->verdict.why), "accelerator",
			 run->accelerator ? run->accelerator : "", "wall_s", run->wall_s, "guest_s", run->guest_s,
			 "directory", jsontext(run->dir), "recording", jsontext(run->recording), "expectations", list);
}

int results_json(FILE *out, const struct results *r)
{
	json_t *runs = json_array(), *same = json_array();

	for (size_t i = 0; i < r->count; i++)
		json_array_append_new(runs, run_json(&r->run[i]));
	for (size_t i = 0; i < r->identities; i++)
		json_array_append_new(same, json_pack("{s:o, s:b, s:o}", "scenario", jsontext(r->identity[i].scenario),
						      "identical", r->identity[i].same, "text",
						      jsontext(r->identity[i].text)));
	json_t *whole = json_pack("{s:o, s:o}", "runs", runs, "identity", same);

	return jsontext_print(out, whole);
}

static void xml(FILE *out, const char *text)
{
	size_t left = strlen(text), n;
	bool fit;

	for (; left; text += n, left -= n) {
		n = printable_length(text, left, &fit);
		if (!fit) /* XML 1.0 has no other control characters */
			fputc(*text == '\n' || *text == '\t' ? *text : '?', out);
		else if (strchr("<>&\"", *text))
			fprintf(out, "&#%d;", *text);
		else
			fwrite(text, 1, n, out);
	}
}

static void junit_case(FILE *out, const struct run *run)
{
	static const char *const element[] = {NULL, "failure", "error", "skipped"};
	const char *e = element[run->verdict.is];

	fputs("  <testcase classname=\"fuka\" name=\"", out);
	xml(out, run->scenario->name);
	fprintf(out, "\" time=\"%.3f\">\n", run->wall_s);
	if (e) {
		fprintf(out, "    <%s message=\"", e);
		xml(out, run->verdict.why);
		fputs("\">", out);
		for (size_t i = 0; i < run->verdict.count; i++) {
			const struct finding *f = &run->verdict.finding[i];

			if (f->held)
				continue;
			xml(out, f->expected);
			fputs(": ", out);
			xml(out, f->seen);
			fputc('\n', out);
		}
		fprintf(out, "</%s>\n", e);
	}
	fputs("  </testcase>\n", out);
}

int results_junit(const char *path, const struct results *r)
{
	size_t count[4] = {0};
	struct outfile file;
	int err = outfile_open(&file, path);

	if (err)
		return err;
	FILE *out = file.stream;

	for (size_t i = 0; i < r->count; i++)
		count[r->run[i].verdict.is]++;
	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuite name=\"fuka\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\">\n",
		r->count, count[VERDICT_FAIL], count[VERDICT_LOST], count[VERDICT_SKIP]);
	for (size_t i = 0; i < r->count; i++)
		junit_case(out, &r->run[i]);
	fputs("</testsuite>\n", out);
	return outfile_commit(&file);
}

void results_tap(FILE *out, const struct results *r)
{
	fprintf(out, "TAP version 13\n1..%zu\n", r->count + r->identities);
	for (size_t i = 0; i < r->count; i++) {
		const struct run *run = &r->run[i];
		enum verdict_is v = run->verdict.is;

		put(out, "%sok %zu - %s: %s%s", v == VERDICT_PASS || v == VERDICT_SKIP ? "" : "not ", i + 1,
		    run->scenario->name, run->verdict.why, v == VERDICT_SKIP ? " # SKIP" : "");
		for (size_t k = 0; k < run->verdict.count; k++)
			if (!run->verdict.finding[k].held)
				put(out, "# %s: %s", run->verdict.finding[k].expected, run->verdict.finding[k].seen);
	}
	for (size_t i = 0; i < r->identities; i++)
		put(out, "%sok %zu - %s: %s", r->identity[i].same ? "" : "not ", r->count + i + 1,
		    r->identity[i].scenario, r->identity[i].text);
}
