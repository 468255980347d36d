// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/results.h"
#include "lib/jsontext.h"
#include "lib/outfile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *finding_word(const struct run *run, const struct finding *f)
{
	if (f->held)
		return "held";
	if (run->verdict.is == VERDICT_SKIP)
		return "open"; /* nothing was there to judge */
	return f->judged == JUDGED_UNKNOWN ? "UNKNOWN" : "FAILED";
}

void results_text(FILE *out, const struct run *run)
{
	const struct scenario *s = run->scenario;

	fprintf(out, "%s: %s (%s)\n", s->name, verdict_word(run->verdict.is), run->verdict.why);
	fprintf(out, "  %s\n", s->about);
	if (run->dir)
		fprintf(out, "  %s; %.1f s wall, %.1f s of the guest's clock\n", run->accelerator, run->wall_s,
			run->guest_s);
	for (size_t i = 0; i < run->verdict.count; i++) {
		const struct finding *f = &run->verdict.finding[i];

		fprintf(out, "  %-6s %s\n         %s\n", finding_word(run, f), f->expected, f->seen);
	}
	if (*run->vmcore)
		fprintf(out, "  %s\n", run->vmcore);
	if (run->recording)
		fprintf(out, "  %s\n", run->recording);
}

void results_summary(FILE *out, const struct results *r)
{
	size_t count[4] = {0};

	if (r->count > 1)
		fputc('\n', out);
	for (size_t i = 0; i < r->count; i++) {
		count[r->run[i].verdict.is]++;
		if (r->count > 1)
			fprintf(out, "%-4s  %-24s %6.1f s  %s\n", verdict_word(r->run[i].verdict.is),
				r->run[i].scenario->name, r->run[i].wall_s, r->run[i].verdict.why);
	}
	for (size_t i = 0; i < r->identities; i++)
		fprintf(out, "%s: %s\n", r->identity[i].scenario, r->identity[i].text);
	if (r->count > 1)
		fprintf(out, "%zu pass, %zu fail, %zu lost, %zu skip\n", count[0], count[1], count[2], count[3]);
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
	int err = json_dumpf(whole, out, JSON_INDENT(2)) ? -EIO : 0;

	fputc('\n', out);
	json_decref(whole);
	return err;
}

static void xml(FILE *out, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			/* XML 1.0 has no other control characters */
			fputc((unsigned char)*text < ' ' && *text != '\n' && *text != '\t' ? '?' : *text, out);
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

		fprintf(out, "%sok %zu - %s: %s%s\n", v == VERDICT_PASS || v == VERDICT_SKIP ? "" : "not ", i + 1,
			run->scenario->name, run->verdict.why, v == VERDICT_SKIP ? " # SKIP" : "");
		for (size_t k = 0; k < run->verdict.count; k++)
			if (!run->verdict.finding[k].held)
				fprintf(out, "# %s: %s\n", run->verdict.finding[k].expected,
					run->verdict.finding[k].seen);
	}
	for (size_t i = 0; i < r->identities; i++)
		fprintf(out, "%sok %zu - %s: %s\n", r->identity[i].same ? "" : "not ", r->count + i + 1,
			r->identity[i].scenario, r->identity[i].text);
}
