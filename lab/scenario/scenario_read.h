/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Common parts of the files scenario_*.c, which read a scenario's YAML. Each map of the language has one table of its
 * words, and each word a small function that reads it. All errors of a file are reported.
 */
#ifndef FUKA_SCENARIO_READ_H
#define FUKA_SCENARIO_READ_H

#include "lab/scenario/scenario.h"
#include "lib/text/yaml.h"

#define NOT_GIVEN (-1)

/* The state of reading, with the position for messages and the number of errors. */
struct reader {
	const char *file;
	struct scenario *s;
	struct entry *entry;          /* the timeline entry being read */
	struct expectation *expect;   /* the expectation being read */
	scenario_expect_fn expect_fn; /* NULL: expectations are ignored */
	int errors;
};

/* The kinds of a word's value, for help and for the JSON Schema. */
enum value_shape {
	VALUE_TEXT,
	VALUE_TIME,
	VALUE_SIZE,
	VALUE_INT,
	VALUE_FIGURE, /* 1.5, 95%, 64M, 200ms */
	VALUE_BOOL,
	VALUE_TEXTS, /* a text, or a list of them */
	VALUE_RANGE, /* [least, greatest] */
	VALUE_COUNT, /* {min: N, max: N} */
	VALUE_MAP_OF_TEXTS,
	VALUE_WRITES,    /* {/path: text} */
	VALUE_GENERATOR, /* a name, with its parameters beside it */
	VALUE_FAULT,
	VALUE_TRIGGER,
	VALUE_PACKETS, /* send's parameters */
	VALUE_SIDE,    /* inside or outside */
	VALUE_HOST,
	VALUE_MACHINE,
	VALUE_RECORD,
	VALUE_TIMELINE,
	VALUE_EXPECTATIONS,
};

/* One word of a map. */
struct word {
	const char *name;
	void (*read)(struct reader *r, const struct yaml *key, const struct yaml *value);
	enum value_shape shape;
	const char *help; /* description; of a word with a file of its own, lines of examples */
};

/* Reports "file:line:column: MESSAGE" and counts an error. */
void read_wrong(struct reader *r, const struct yaml *at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The words of a table, "a, b, c". */
void read_word_names(const struct word *w, char *buf, size_t size);

/* A word by its name, or NULL. */
const struct word *read_find_word(const struct word *w, const char *name);

/* Whether value is of that kind; reports an error if not. */
bool read_is_kind(struct reader *r, const struct yaml *key, const struct yaml *value, enum yaml_kind kind);

/* Reads a map by a table of words; reports unknown keys. */
void read_map(struct reader *r, const struct yaml *map, const struct word *words, const char *what);

/* strdup() that ends the process if memory is exhausted. */
char *read_copy(const char *text);

/* One function per kind of value; each reports what is wrong and what is expected. */
void read_text(struct reader *r, const struct yaml *key, const struct yaml *value, char **slot);
void read_time(struct reader *r, const struct yaml *key, const struct yaml *value, int64_t *ns);
void read_int(struct reader *r, const struct yaml *key, const struct yaml *value, int64_t *slot);
void read_figure(struct reader *r, const struct yaml *key, const struct yaml *value, double *slot);

/* A list of texts, or one text, as a NULL-terminated array. */
void read_texts(struct reader *r, const struct yaml *key, const struct yaml *value, char ***slot);
void read_free_texts(char **list);

/* The language's large maps, one file each. */
void read_machine(struct reader *r, const struct yaml *key, const struct yaml *value);
void read_record(struct reader *r, const struct yaml *key, const struct yaml *value);
void read_timeline(struct reader *r, const struct yaml *key, const struct yaml *value);

/* The tables of the top, of machine: and of record:, for help and the JSON Schema. */
extern const struct word scenario_words[], machine_words[], record_words[];
extern const struct param machine_params[], record_params[];

/* Checks of the whole scenario. */
void read_check_whole(struct reader *r, const struct yaml *top);

/* Set the defaults of machine: and record:; free their values. */
void read_machine_defaults(struct scenario *s);
void read_machine_free(struct scenario *s);

#endif
