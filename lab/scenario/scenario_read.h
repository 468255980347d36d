/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a scenario's YAML: what the files scenario_*.c share. Each map of the language has one table of the words
 * that may stand in it; a word is read by its own small function. All errors of a file are said.
 */
#ifndef FUKA_SCENARIO_READ_H
#define FUKA_SCENARIO_READ_H

#include "lab/scenario/scenario.h"
#include "lib/text/yaml.h"

#define NOT_GIVEN (-1)

/* What is being read: where messages point and where errors are counted. */
struct reader {
	const char *file;
	struct scenario *s;
	struct entry *entry;          /* the timeline entry being read */
	struct expectation *expect;   /* the expectation being read */
	scenario_expect_fn expect_fn; /* NULL: expectations are not looked at */
	int errors;
};

/* What may stand behind a word: for help and for the JSON Schema. */
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
	VALUE_GENERATOR, /* a name; its parameters stand beside it */
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
	const char *help; /* what it is; of a word with a file of its own, lines of examples */
};

/* Says "file:line:column: MESSAGE" and counts an error. */
void read_wrong(struct reader *r, const struct yaml *at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The words of a table, "a, b, c". */
void read_word_names(const struct word *w, char *buf, size_t size);

/* A word by its name, or NULL. */
const struct word *read_find_word(const struct word *w, const char *name);

/* Whether value is of that kind; says so if not. */
bool read_is_kind(struct reader *r, const struct yaml *key, const struct yaml *value, enum yaml_kind kind);

/* Reads a map by a table of words; says what is not in it. */
void read_map(struct reader *r, const struct yaml *map, const struct word *words, const char *what);

/* strdup that dies when memory is out. */
char *read_copy(const char *text);

/* One function a kind of value: each says what is wrong with it, and what is expected. */
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

/* What only the whole can tell. */
void read_check_whole(struct reader *r, const struct yaml *top);

/* Sets what machine: and record: leave out; frees what they hold. */
void read_machine_defaults(struct scenario *s);
void read_machine_free(struct scenario *s);

#endif
