/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What exports write, read by their grammars: each check aborts where a reader of that form would stop, or would take
 * what a recording says for its own words. tests/security-exports.bats has promtool, jq and Python read them too, but
 * starts a process for each.
 */
#ifndef FUKA_FUZZ_GRAMMAR_H
#define FUKA_FUZZ_GRAMMAR_H

#include "lib/text/yaml.h"

#include <ctype.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "not so: %s\n", what);
	abort();
}

/* One document, and nothing behind it. */
static void grammar_json(const char *text, size_t n)
{
	json_error_t error;
	json_t *j = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);

	must(j, error.text);
	json_decref(j);
}

static void grammar_of_sadf(const char *text, size_t n)
{
	json_t *j = json_loadb(text, n, 0, NULL);

	must(json_array_size(json_object_get(json_object_get(j, "sysstat"), "hosts")) == 1, "sadf's has one host");
	json_decref(j);
}

/* An object a line, each with its time. */
static void grammar_of_json(const char *text, size_t n)
{
	const char *end = text + n, *eol;

	for (; text < end; text = eol + 1) {
		eol = memchr(text, '\n', end - text);
		must(eol, "a line ends");
		json_t *j = json_loadb(text, eol - text, JSON_REJECT_DUPLICATES, NULL);

		must(json_is_number(json_object_get(j, "time")), "a line is an object with its time");
		json_decref(j);
	}
}

/* One cell of RFC 4180; *p moves behind it. */
static void csv_cell(const char **p, const char *end)
{
	must(*p == end || !strchr("=+@", **p), "no cell begins as a formula does");
	if (*p < end && **p == '"') {
		for ((*p)++; *p < end && (**p != '"' || (*p + 1 < end && (*p)[1] == '"')); (*p)++)
			*p += **p == '"';
		must(*p < end, "a quoted cell ends");
		(*p)++;
		return;
	}
	while (*p < end && !strchr(",\r\n", **p)) {
		must(**p && **p != '"', "what has quotes is quoted");
		(*p)++;
	}
}

static void grammar_of_csv(const char *text, size_t n)
{
	const char *p = text, *end = text + n;
	size_t columns = 0;

	while (p < end) {
		size_t cells = 1;

		for (csv_cell(&p, end); p < end && *p == ','; cells++) {
			p++;
			csv_cell(&p, end);
		}
		must(end - p >= 2 && !memcmp(p, "\r\n", 2), "a row ends with a carriage return and a line feed");
		p += 2;
		must(!columns || cells == columns, "all rows have as many cells");
		columns = cells;
	}
}

static size_t metric_name(const char *p)
{
	size_t n = 0;

	while (isalnum((unsigned char)p[n]) || p[n] == '_' || p[n] == ':')
		n++;
	return n && !isdigit((unsigned char)*p) ? n : 0;
}

/* key="value", …: behind the closing brace, or NULL. */
static const char *metric_labels(const char *p)
{
	while (*p != '}') {
		size_t n = metric_name(p);

		if (!n || strncmp(p + n, "=\"", 2))
			return NULL;
		for (p += n + 2; *p != '"'; p++)
			if (!*p || (*p == '\\' && !strchr("\\\"n", *++p)))
				return NULL;
		p += p[1] == ',' ? 2 : 1;
		if (*p != '}' && p[-1] != ',')
			return NULL;
	}
	return p + 1;
}

/* "node_load1{job="node"} 0.5 1.000000" */
static bool is_sample(const char *line)
{
	size_t n = metric_name(line);
	const char *p = n && line[n] == '{' ? metric_labels(line + n + 1) : NULL;
	char *rest;

	if (!p || strncmp(line, "node_", 5) || *p != ' ' || isspace((unsigned char)p[1]))
		return false;
	strtod(p + 1, &rest);
	if (rest == p + 1 || *rest != ' ' || !isdigit((unsigned char)rest[1]))
		return false;
	strtod(rest + 1, &rest);
	return !*rest;
}

static bool is_comment(const char *line)
{
	size_t n = strncmp(line, "# TYPE ", 7) && strncmp(line, "# HELP ", 7) ? 0 : metric_name(line + 7);

	return n && line[7 + n] == ' ';
}

static void grammar_of_openmetrics(const char *text, size_t n)
{
	char *copy = strndup(text, n), *rest = NULL;
	bool ended = false;

	must(copy && strlen(copy) == n, "there is no NUL in it");
	must(n && text[n - 1] == '\n' && !strstr(copy, "\n\n"), "no line is empty");
	for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		must(!ended, "nothing comes after the end");
		ended = !strcmp(line, "# EOF");
		if (!ended && !is_comment(line) && !is_sample(line)) {
			fprintf(stderr, "%s\n", line);
			must(false, "a line is a comment or a sample");
		}
	}
	must(ended, "it ends");
	free(copy);
}

static void grammar_of_promtool(const char *text, size_t n)
{
	struct yaml *y = NULL;

	must(!yaml_parse("test.yml", text, n, &y), "a rule test is YAML");
	const struct yaml *files = yaml_get(y, "rule_files"), *tests = yaml_get(y, "tests");

	must(files && files->kind == YAML_LIST && files->count == 1, "it has the one rule file");
	must(tests && tests->kind == YAML_LIST && tests->count == 1, "it has one test");
	yaml_release(y);
}

/* An export's text by the grammar of its name; one that is not here yet is not read. */
static void grammar_look(const char *name, const char *text, size_t n)
{
	static const struct {
		const char *name;
		void (*check)(const char *text, size_t n);
	} grammars[] = {
		{"openmetrics", grammar_of_openmetrics},
		{"csv", grammar_of_csv},
		{"json", grammar_of_json},
		{"sadf", grammar_of_sadf},
		{"promtool", grammar_of_promtool},
	};

	for (size_t i = 0; i < sizeof(grammars) / sizeof(*grammars); i++)
		if (!strcmp(grammars[i].name, name))
			grammars[i].check(text, n);
}

#endif
