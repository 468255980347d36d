/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A scenario: one page of YAML, parsed and validated whole before anything starts; the same code reads it on the host
 * and, inside the guest, in PID 1. `fuka run --help` shows the language.
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
	int64_t disk; /* bytes of a virtio disk, INT64_MIN: none */
	char *swap;   /* "disk": all of it; a size: so much of zram; NULL: none */
	bool network; /* a card whose other end is fuka */
	bool vmcore;  /* its memory is dumped after a panic */
	char *kernel;
	char *cmdline; /* more of the kernel's command line, or NULL */
	bool clock_given;
	int64_t clock_in_text; /* before --clock: PID 1 sees nothing but the text */
	char **sysctl;         /* "vm.panic_on_oom=1", NULL-terminated */
	char **module;         /* names of kernel modules to load, NULL-terminated */
};

struct record_spec {
	int64_t interval, tasks;
	uint64_t sources; /* sampler_select(); 0: the usual ones */
};

enum action {
#define ACTION(NAME, name) ACTION_##NAME,
#include "lab/scenario/actions/list.h"
#undef ACTION
};

/* What the host can do to the machine from outside. */
enum host_action {
	HOST_KILL,
	HOST_THROTTLE,
	HOST_STALL,
	HOST_FAIL,
	HOST_PLUG,
	HOST_UNPLUG
};

struct entry {
	char *id;              /* given, or made: "load-1" */
	int64_t at_ns, for_ns; /* for_ns < 0: until the end */
	enum action action;
	int line;
	struct load_spec load;  /* ACTION_LOAD, ACTION_FAULT, ACTION_SEND */
	bool outside;           /* ACTION_SEND: the host sends it */
	char **argv;            /* ACTION_RUN: NULL-terminated */
	char **file, **package; /* ACTION_RUN: what else to pack */
	int64_t oom_score_adj;  /* ACTION_RUN */
	char **path, **value;   /* ACTION_WRITE: NULL-terminated, in step */
	char *stop;             /* ACTION_STOP: an id */
	enum host_action host;  /* ACTION_HOST */
	char *device;           /* … which disk; NULL: kill */
	int64_t iops, bps;      /* … throttle: at most so many a second; 0: no bound */
};

struct expectation_kind;

/* One expectation. Times are relative to t0; -1 where not given. Bounds are NaN where not given, both inclusive. */
struct expectation {
	const struct expectation_kind *kind; /* lab/expect/expect.h */
	bool never;                          /* must not hold */
	bool of_entry;                       /* the subject is an entry's id */
	bool of_program, of_module;          /* that entry, or id:, is a program's; it is about what the module does */
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

/* Reads the list of `expect:` or `never:`: expect_read() of lab/expect/expect.c. PID 1 judges nothing and gives NULL. */
typedef void (*scenario_expect_fn)(struct reader *r, const struct yaml *list, bool never);

/*
 * Parses and validates. Says every error it finds as file:line:column: key: what is wrong, what is allowed there.
 * -EINVAL when there is one. What this version does not know how to do yet is refused by name, never ignored.
 */
int scenario_load(const char *path, scenario_expect_fn expect, struct scenario **out);

/* The same from memory; `path` is for messages and the name. */
int scenario_parse(const char *path, const char *yaml, size_t n, scenario_expect_fn expect, struct scenario **out);
void scenario_free(struct scenario *s);

/* Whether an entry is a process of the load harness: a generator, a fault, packets from inside. */
bool entry_is_load(const struct entry *e);

/* Whether the host does it, asked by the guest; then what it does: "kill", "throttle", "stall", … "send". */
bool entry_is_hosts(const struct entry *e);
/* A fault that is the loading of the module itself. */
bool entry_in_init(const struct entry *e);
const char *entry_host_action(const struct entry *e);

/* "load", "run", "fault", … */
const char *entry_kind(const struct entry *e);

/* Whether the host does that at some time; whether the disk can be plugged, and is not there until it is. */
bool scenario_has_host(const struct scenario *s, enum host_action what);
bool scenario_disk_plugs(const struct scenario *s);
bool scenario_disk_is_out(const struct scenario *s);

/* Whether it needs the kernel module; then whether it is loaded before the timeline starts, or by a fault in `init`. */
bool scenario_wants_module(const struct scenario *s);
int scenario_module_users(const struct scenario *s);
bool scenario_faults_in_init(const struct scenario *s);

const struct entry *scenario_entry(const struct scenario *s, const char *id);

/* What of it works in wall time only, "machine.disk" or "the entry 'x'", into buf; false: the virtual clock will do. */
bool scenario_wall_time(const struct scenario *s, char *buf, size_t size);

/* Size of the zram the scenario swaps to, or 0. */
int64_t scenario_zram(const struct scenario *s);

#endif
