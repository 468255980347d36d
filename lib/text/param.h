/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parameters: one description (name, type, default, range, unit, help) that the command line, the scenario files,
 * --help, `fuka list` and the error messages all use.
 *
 * A table ends with a row whose name is NULL. Values are stored in a struct of the owner; `at` is the member's offset:
 *
 *	PARAM_INT, PARAM_SIZE (bytes), PARAM_TIME (ns)	int64_t
 *	PARAM_NUMBER, PARAM_PERCENT			double
 *	PARAM_BOOL					bool
 *	PARAM_CHOICE (index into choices)		int64_t
 *	PARAM_TEXT					char *, malloc'd or NULL
 *
 * A PARAM_SIZE may be given as a share of memory ("50%"); it is stored negative, in thousandths of a percent, until
 * param_size() resolves it.
 */
#ifndef FUKA_PARAM_H
#define FUKA_PARAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum param_type {
	PARAM_INT,
	PARAM_SIZE,
	PARAM_TIME,
	PARAM_NUMBER,
	PARAM_PERCENT,
	PARAM_BOOL,
	PARAM_CHOICE,
	PARAM_TEXT,
};

struct param {
	const char *name;
	enum param_type type;
	const char *def;     /* as a user would write it; "": none; NULL: required (TEXT: none) */
	double min, max;     /* in the stored unit; both 0: no range */
	const char *choices; /* "vfork freeze fuse": words separated by one space */
	const char *help;
	size_t at;
	char letter;     /* of a command's option: -k; 0: none */
	const char *arg; /* the placeholder of its value in --help; NULL: by its type */
};

/*
 * Makes a choice's words and numbers from one list, LIST(X) X(ID, "word", …) …: PARAM_WORDS(LIST) are the words for
 * PARAM_CHOICE, and enum { LIST(PARAM_ID) } has their positions.
 */
#define PARAM_ID(id, ...)         id,
#define PARAM_WORD(id, word, ...) " " word
#define PARAM_WORDS(list)         (&("" list(PARAM_WORD))[1])

/* Size of a message about what is wrong with a value and what is expected. */
#define PARAM_WHY 768

/*
 * Sets every member to its default. Members without one become 0, NULL, or for a required one INT64_MIN / NaN,
 * which param_missing() finds.
 */
void param_defaults(const struct param *table, void *values);

/* Name of a required parameter that was not set, or NULL. */
const char *param_missing(const struct param *table, const void *values);

/*
 * Returns 0 if the parameter has its default value, or `means` is true; else -EINVAL, and `why` is "period=5s would be
 * ignored without after: breathe", where `where` is the end of the sentence.
 */
int param_means(const struct param *table, const void *values, const char *name, bool means, const char *where,
		char why[PARAM_WHY]);

/* -ENOENT: no such parameter; -EINVAL, -ERANGE: not a valid value. `why` then says so, with what is expected. */
int param_set(const struct param *table, void *values, const char *name, const char *text, char why[PARAM_WHY]);

const struct param *param_find(const struct param *table, const char *name);

/* Frees the texts. */
void param_free(const struct param *table, void *values);

/* Prints one row per parameter, for --help: name, description, type, unit, range, default. */
void param_print(FILE *out, const struct param *table, const char *prefix);

/* Writes a value as a user would write it. */
void param_text(const struct param *p, const void *values, char *buf, size_t size);

/* "a whole number from 1 to 100000", "a time such as 250ms or 2m, from 1ms to 1m" … */
void param_expected(const struct param *p, char *buf, size_t size);

/* "1 to 4096"; "" for a parameter without limits. */
void param_limits(const struct param *p, char *buf, size_t size);

/* Names in the table, "a, b, c", for messages. */
void param_names(const struct param *table, char *buf, size_t size);

/* Parse single values: 250ms 2m 1h 90s 10us 5ns -> ns; 64M 1G 4K 100 -> bytes; -EINVAL if invalid. */
int param_parse_time(const char *text, int64_t *ns);
int param_parse_size(const char *text, int64_t *bytes);
/* A figure with an optional unit: 95% 1.5 64M 200ms -> 95, 1.5, bytes, ns. */
int param_parse_figure(const char *text, double *value);

/* Resolves a PARAM_SIZE value against a whole: shares become bytes. */
int64_t param_size(int64_t value, int64_t whole);

/* Write the shortest exact form: 1.5s, 250ms, 20m; 64M, 1.5K. */
void param_time_text(int64_t ns, char *buf, size_t size);
void param_size_text(int64_t bytes, char *buf, size_t size);

#endif
