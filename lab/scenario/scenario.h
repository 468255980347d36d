/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A scenario is one page of YAML that is parsed and validated completely before anything starts; the same code reads it
 * on the host and, inside the guest, in PID 1. `fuka run --help` describes the language.
 */
#ifndef FUKA_SCENARIO_H
#define FUKA_SCENARIO_H

#include "loadgen/harness/loadgen.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum scenario_clock {
	CLOCK_IS_VIRTUAL,
	CLOCK_IS_REAL
};
enum scenario_random {
	RANDOM_FIXED,
	RANDOM_HOST
};

/* machine: and record:, by their parameter tables in scenario.c */
struct machine_spec {
	int64_t memory, cpus, clock, speed, random;
	int64_t disk; /* size of a virtio disk in bytes; INT64_MIN: none */
	char *swap;   /* "disk": all of it; a size: that much zram; NULL: none */
	bool network; /* a card whose other end is fuka */
	bool vmcore;  /* its memory is dumped after a panic */
	char *kernel;
	char *cmdline; /* more of the kernel's command line, or NULL */
	bool clock_given;
	int64_t clock_in_text; /* without --clock, because PID 1 has only the text */
	char **sysctl;         /* "vm.panic_on_oom=1", NULL-terminated */
	char **module;         /* names of kernel modules to load, NULL-terminated */
};

struct record_spec {
	int64_t interval, tasks;
	uint64_t sources; /* from sampler_select(); 0: the default */
};

enum action {
#define ACTION(NAME, name) ACTION_##NAME,
#include "lab/scenario/actions/list.h"
#undef ACTION
};

/* Actions of the host on the machine. */
enum host_action {
	HOST_KILL,
	HOST_THROTTLE,
	HOST_STALL,
	HOST_FAIL,
	HOST_PLUG,
	HOST_UNPLUG
};

struct entry {
	char *id;              /* given, or generated: "load-1" */
	int64_t at_ns, for_ns; /* for_ns < 0: until the end */
	enum action action;
	int line;
	struct load_spec load;  /* ACTION_LOAD, ACTION_FAULT, ACTION_SEND */
	bool outside;           /* ACTION_SEND: the host sends it */
	char **argv;            /* ACTION_RUN: NULL-terminated */
	char **file, **package; /* ACTION_RUN: further files to pack */
	int64_t oom_score_adj;  /* ACTION_RUN */
	char **path, **value;   /* ACTION_WRITE: NULL-terminated, parallel */
	char *stop;             /* ACTION_STOP: an id */
	enum host_action host;  /* ACTION_HOST */
	char *device;           /* … which disk; NULL: kill */
	int64_t iops, bps;      /* … throttle: maximum per second; 0: no limit */
};

struct expectation_kind;

/* One expectation. Times are relative to t0, -1 if not given. Bounds are inclusive, NaN if not given. */
struct expectation {
	const struct expectation_kind *kind; /* lab/expect/expect.h */
	bool never;                          /* must not hold */
	bool of_entry;                       /* the subject is an entry's id */
	/* that entry, or id:, must be a program; it is about the module's actions */
	bool of_program, of_module;
	int line;
	char *subject; /* the word after the kind: a panic's text, a metric's name, a log class, an id … */
	int64_t at_ns, from_ns, to_ns, by_ns;
	double min, max;
	bool mean;
	bool absent;          /* metric: no sample has it there */
	char *after, *before; /* log: an entry's id, "panic", or a time */
	char *text, *id, *context;
	int64_t residual, exceptions, status;
};

struct scenario {
	char *path, *name, *about, *yaml;
	size_t yaml_bytes;
	struct machine_spec machine;
	struct record_spec record;
	struct entry *entry;
	size_t entries;
	int64_t end_ns, deadline_ns; /* deadline: host wall time for the whole run */
	struct expectation *expect;
	size_t expects;
};

struct reader;
struct yaml;

/*
 * Reads the list of `expect:` or `never:`: expect_read() of lab/expect/expect.c. PID 1 does not judge, and passes NULL.
 */
typedef void (*scenario_expect_fn)(struct reader *r, const struct yaml *list, bool never);

/*
 * Parses and validates. Reports all errors as file:line:column: key: what is wrong and what is allowed there. -EINVAL
 * if there is any. Unknown words are refused by name, never ignored.
 */
int scenario_load(const char *path, scenario_expect_fn expect, struct scenario **out);

/* The same from memory; `path` is for messages and the name. */
int scenario_parse(const char *path, const char *yaml, size_t n, scenario_expect_fn expect, struct scenario **out);
void scenario_free(struct scenario *s);

/* Whether an entry is run by the load harness: a generator, a fault, packets from inside. */
bool entry_is_load(const struct entry *e);

/*
 * Whether the host does it, at the guest's request; entry_host_action() is then "kill", "throttle", "stall", … "send".
 */
bool entry_is_hosts(const struct entry *e);
/* Whether it is a fault in the loading of the module itself. */
bool entry_in_init(const struct entry *e);
const char *entry_host_action(const struct entry *e);

/* "load", "run", "fault", … */
const char *entry_kind(const struct entry *e);

/* Whether the host does that at some time; whether the disk is plugged or unplugged; whether it is absent at first. */
bool scenario_has_host(const struct scenario *s, enum host_action what);
bool scenario_disk_plugs(const struct scenario *s);
bool scenario_disk_is_out(const struct scenario *s);

/* Whether the scenario needs the kernel module, how many entries do, and whether a fault in context `init` loads it. */
bool scenario_wants_module(const struct scenario *s);
int scenario_module_users(const struct scenario *s);
bool scenario_faults_in_init(const struct scenario *s);

const struct entry *scenario_entry(const struct scenario *s, const char *id);

/* Whether it needs wall time; if so, buf names the reason, "machine.disk" or "the entry 'x'". */
bool scenario_wall_time(const struct scenario *s, char *buf, size_t size);

/* Size of the zram to which the scenario swaps, or 0. */
int64_t scenario_zram(const struct scenario *s);

#endif
