// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From YAML to struct scenario. Each map of the language has one table of the words that may stand in it; a word is
 * read by its own small function, or is named as not built yet. All errors of a file are said, not just the first.
 */
#include "lab/scenario.h"
#include "collect/klog.h"
#include "collect/metric.h"
#include "collect/sampler.h"
#include "lab/fault.h"
#include "lab/fired.h"
#include "lib/say.h"
#include "lib/sys.h"
#include "lib/yaml.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOT_GIVEN             (-1)
#define WALL_PER_GUEST_SECOND 2 /* a run that takes longer than this, and two minutes more, has lost its way */

/* What is being read: where messages point and where errors are counted. */
struct reader {
	const char *file;
	struct scenario *s;
	struct entry *entry;        /* the timeline entry being read */
	struct expectation *expect; /* the expectation being read */
	int errors;
};

/* One word of a map. `read` NULL: known, not built yet. */
struct word {
	const char *name;
	void (*read)(struct reader *r, const struct yaml *key, const struct yaml *value);
};

static void wrong(struct reader *r, const struct yaml *at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void wrong(struct reader *r, const struct yaml *at, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	say("%s:%d:%d: %s", r->file, at->line, at->column, text);
	r->errors++;
}

static void word_names(const struct word *w, char *buf, size_t size)
{
	size_t n = 0;

	*buf = '\0';
	for (; w->name && n < size; w++)
		if (w->read)
			n += snprintf(buf + n, size - n, "%s%s", n ? ", " : "", w->name);
}

static const struct word *find_word(const struct word *w, const char *name)
{
	for (; w->name; w++)
		if (!strcmp(w->name, name))
			return w;
	return NULL;
}

static bool is_kind(struct reader *r, const struct yaml *key, const struct yaml *value, enum yaml_kind kind)
{
	if (value->kind == kind)
		return true;
	wrong(r, value, "%s: expected %s, found %s", key->text, yaml_kind_name(kind), yaml_kind_name(value->kind));
	return false;
}

/* Reads a map by a table of words; says what is not in it. */
static void read_map(struct reader *r, const struct yaml *map, const struct word *words, const char *what)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct word *w = find_word(words, map->key[i]->text);
		char names[512];

		word_names(words, names, sizeof(names));
		if (!w)
			wrong(r, map->key[i], "unknown key '%s' in %s; allowed: %s", map->key[i]->text, what, names);
		else if (!w->read)
			wrong(r, map->key[i], "'%s' in %s is not built yet in this version; built: %s",
			      map->key[i]->text, what, names);
		else
			w->read(r, map->key[i], map->item[i]);
	}
}

static char *copy(const char *text)
{
	return sys_format("%s", text);
}

static void read_text(struct reader *r, const struct yaml *key, const struct yaml *value, char **slot)
{
	if (!is_kind(r, key, value, YAML_TEXT))
		return;
	if (!*value->text) {
		wrong(r, value, "%s: a text is expected, nothing is there", key->text);
		return;
	}
	free(*slot);
	*slot = copy(value->text);
}

static void read_time(struct reader *r, const struct yaml *key, const struct yaml *value, int64_t *ns)
{
	if (!is_kind(r, key, value, YAML_TEXT))
		return;
	if (param_parse_time(value->text, ns) || *ns < 0)
		wrong(r, value, "%s: '%s' is not a time; expected one such as 250ms, 5s or 2m", key->text, value->text);
}

static void read_int(struct reader *r, const struct yaml *key, const struct yaml *value, int64_t *slot)
{
	char *rest;

	if (!is_kind(r, key, value, YAML_TEXT))
		return;
	errno = 0;
	*slot = strtoll(value->text, &rest, 10);
	if (errno || rest == value->text || *rest || *slot < 0)
		wrong(r, value, "%s: '%s' is not a whole number >= 0", key->text, value->text);
}

static void read_figure(struct reader *r, const struct yaml *key, const struct yaml *value, double *slot)
{
	if (!is_kind(r, key, value, YAML_TEXT))
		return;
	if (param_parse_figure(value->text, slot))
		wrong(r, value, "%s: '%s' is not a figure; expected one such as 1.5, 95%%, 64M or 200ms", key->text,
		      value->text);
}

/* A list of texts, or one text, as a NULL-terminated array. */
static void read_texts(struct reader *r, const struct yaml *key, const struct yaml *value, char ***slot)
{
	size_t n = value->kind == YAML_LIST ? value->count : 1;
	char **list = calloc(n + 1, sizeof(*list));

	if (value->kind == YAML_MAP || !list || n == 0) {
		wrong(r, value, "%s: expected a text or a list of texts", key->text);
		free(list);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const struct yaml *v = value->kind == YAML_LIST ? value->item[i] : value;

		if (is_kind(r, key, v, YAML_TEXT))
			list[i] = copy(v->text);
		else
			list[i] = copy("");
	}
	*slot = list;
}

static void free_texts(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}

/* --- machine: and record: --- */

static const struct param machine_params[] = {
	{"memory", PARAM_SIZE, "256M", 67108864, 2147483648, NULL, "the guest's memory",
	 offsetof(struct machine_spec, memory)},
	{"cpus", PARAM_INT, "1", 1, 16, NULL, "virtual CPUs; more than one needs clock: real",
	 offsetof(struct machine_spec, cpus)},
	{"clock", PARAM_CHOICE, "virtual", 0, 0, "virtual real",
	 "virtual: deterministic, skips idle time; real: wall time", offsetof(struct machine_spec, clock)},
	{"speed", PARAM_INT, "4", 0, 10, NULL,
	 "virtual clock: one instruction takes 2^speed ns; larger is a slower guest CPU",
	 offsetof(struct machine_spec, speed)},
	{"random", PARAM_CHOICE, "fixed", 0, 0, "fixed host",
	 "fixed: no random instructions, so that runs repeat; host: the host's own randomness",
	 offsetof(struct machine_spec, random)},
	{"kernel", PARAM_TEXT, NULL, 0, 0, NULL, "a kernel's name (lab/kernels) or path",
	 offsetof(struct machine_spec, kernel)},
	{"disk", PARAM_SIZE, "", 1048576, 17179869184, NULL, "a disk of that size, /dev/vda; needs clock: real",
	 offsetof(struct machine_spec, disk)},
	{"swap", PARAM_TEXT, NULL, 0, 0, NULL, "disk: swap to it; a size: swap to so much compressed memory (zram)",
	 offsetof(struct machine_spec, swap)},
	{0},
};

static const struct param record_params[] = {
	{"interval", PARAM_TIME, "100ms", 1e6, 60e9, NULL, "time between two samples of the fast sources",
	 offsetof(struct record_spec, interval)},
	{"tasks", PARAM_TIME, "1s", 1e7, 60e9, NULL, "time between two looks at the tasks",
	 offsetof(struct record_spec, tasks)},
	{0},
};

/* Words that stand beside the parameters in a map. */
static const char *const machine_later[] = {"network", NULL};
static const char *const record_later[] = {NULL};

static bool is_one_of(const char *const *names, const char *name)
{
	for (; *names; names++)
		if (!strcmp(*names, name))
			return true;
	return false;
}

static void read_param(struct reader *r, const struct yaml *key, const struct yaml *value, const struct param *table,
		       void *values, const char *const *later, const char *what)
{
	char why[PARAM_WHY];

	if (is_one_of(later, key->text)) {
		wrong(r, key, "'%s' in %s is not built yet in this version", key->text, what);
		return;
	}
	if (!param_find(table, key->text)) {
		char names[PARAM_WHY];

		param_names(table, names, sizeof(names));
		wrong(r, key, "unknown key '%s' in %s; allowed: %s%s", key->text, what, names,
		      table == machine_params ? ", sysctl, modules" : "");
		return;
	}
	if (is_kind(r, key, value, YAML_TEXT) && param_set(table, values, key->text, value->text, why))
		wrong(r, value, "%s.%s: %s", what, key->text, why);
}

static void read_sysctl(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	if (!is_kind(r, key, value, YAML_MAP))
		return;
	char **list = calloc(value->count + 1, sizeof(*list));

	for (size_t i = 0; list && i < value->count; i++)
		list[i] = is_kind(r, value->key[i], value->item[i], YAML_TEXT)
				  ? sys_format("%s=%s", value->key[i]->text, value->item[i]->text)
				  : copy("");
	r->s->machine.sysctl = list;
}

int64_t scenario_zram(const struct scenario *s)
{
	int64_t bytes = 0;

	return s->machine.swap && !param_parse_size(s->machine.swap, &bytes) ? bytes : 0;
}

/* Disks take the host's time, which the virtual clock does not know; zram is the guest's own. */
static void check_disk(struct reader *r, const struct yaml *at)
{
	const struct machine_spec *m = &r->s->machine;
	bool to_disk = m->swap && !strcmp(m->swap, "disk");
	int64_t zram = scenario_zram(r->s);

	if (m->disk != INT64_MIN && m->clock == CLOCK_IS_VIRTUAL)
		wrong(r, at,
		      "machine.disk: a disk works in wall time, which the virtual clock does not know; set clock: "
		      "real");
	if (to_disk && m->disk == INT64_MIN)
		wrong(r, at, "machine.swap: there is no disk to swap to; add machine: {disk: SIZE}");
	if (m->swap && !to_disk && (zram < 1 << 20 || zram > 4ll << 30))
		wrong(r, at, "machine.swap: '%s'; expected disk, or a size from 1M to 4G", m->swap);
}

static void read_machine(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	struct machine_spec *m = &r->s->machine;

	if (!is_kind(r, key, value, YAML_MAP))
		return;
	for (size_t i = 0; i < value->count; i++) {
		const struct yaml *k = value->key[i], *v = value->item[i];

		if (!strcmp(k->text, "sysctl"))
			read_sysctl(r, k, v);
		else if (!strcmp(k->text, "modules"))
			read_texts(r, k, v, &m->module);
		else
			read_param(r, k, v, machine_params, m, machine_later, "machine");
		m->clock_given |= !strcmp(k->text, "clock");
	}
	if (m->cpus > 1 && !m->clock_given)
		m->clock = CLOCK_IS_REAL;
	if (m->cpus > 1 && m->clock == CLOCK_IS_VIRTUAL)
		wrong(r, value, "machine.cpus: %lld CPUs need clock: real; the virtual clock has one",
		      (long long)m->cpus);
	check_disk(r, value);
	if (m->memory < 0)
		wrong(r, value, "machine.memory: a share of memory has no meaning here; expected a size such as 256M");
}

/* sources: [+interrupts, -softirqs] */
static void read_sources(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	char **list = NULL, why[512], all[512] = "";
	size_t n = 0;

	read_texts(r, key, value, &list);
	for (size_t i = 0; list && list[i] && n < sizeof(all); i++)
		n += snprintf(all + n, sizeof(all) - n, "%s%s", i ? "," : "", list[i]);
	if (list && sampler_select(all, &r->s->record.sources, why, sizeof(why)))
		wrong(r, value, "record.sources: %s", why);
	free_texts(list);
}

static void read_record(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	if (!is_kind(r, key, value, YAML_MAP))
		return;
	for (size_t i = 0; i < value->count; i++) {
		const struct yaml *k = value->key[i], *v = value->item[i];

		if (!strcmp(k->text, "sources"))
			read_sources(r, k, v);
		else
			read_param(r, k, v, record_params, &r->s->record, record_later, "record");
	}
}

/* --- timeline: --- */

static void entry_at(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_time(r, key, value, &r->entry->at_ns);
}

static void entry_for(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_time(r, key, value, &r->entry->for_ns);
}

static void entry_id(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_text(r, key, value, &r->entry->id);
}

static void entry_load(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	if (!is_kind(r, key, value, YAML_TEXT))
		return;
	const struct generator *g = generator_find(value->text);
	char names[256];

	generator_names(names, sizeof(names));
	r->entry->action = ACTION_LOAD;
	if (!g)
		wrong(r, value, "load: there is no generator '%s' in this version; it has %s", value->text, names);
	else if (load_spec_init(&r->entry->load, g))
		wrong(r, value, "load: no memory");
}

static void entry_fault(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	char names[512];

	if (!is_kind(r, key, value, YAML_TEXT))
		return;
	const struct generator *g = fault_find(value->text);

	fault_names(names, sizeof(names));
	r->entry->action = ACTION_FAULT;
	if (!g)
		wrong(r, value, "fault: there is no fault '%s' in this version; it has %s", value->text, names);
	else if (fault_spec_init(&r->entry->load, g))
		wrong(r, value, "fault: no memory");
}

/* A map of parameters of the entry's load: `trigger: {udp: 7777}`, `send: {udp: 7777}`. */
static void read_load_map(struct reader *r, const struct yaml *key, const struct yaml *value, bool trigger)
{
	struct load_spec *l = &r->entry->load;
	char why[PARAM_WHY];

	if (!is_kind(r, key, value, YAML_MAP))
		return;
	for (size_t i = 0; i < value->count; i++) {
		const struct yaml *k = value->key[i], *v = value->item[i];

		if (trigger && !fault_is_trigger(k->text))
			wrong(r, k, "trigger: '%s' is no word of a trigger; `fuka fault list` has them all", k->text);
		else if (is_kind(r, k, v, YAML_TEXT) && load_spec_set(l, k->text, v->text, why))
			wrong(r, v, "%s.%s: %s", key->text, k->text, why);
	}
}

static void entry_send(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	r->entry->action = ACTION_SEND;
	if (load_spec_init(&r->entry->load, &send_generator))
		return wrong(r, value, "send: no memory");
	r->entry->load.common.oom_score_adj = -1000;
	read_load_map(r, key, value, false);
}

static void entry_from(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	if (is_kind(r, key, value, YAML_TEXT) && strcmp(value->text, "inside"))
		wrong(r, value, "from: packets from '%s' are not built yet in this version; built: inside",
		      value->text);
}

static void entry_run(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	r->entry->action = ACTION_RUN;
	read_texts(r, key, value, &r->entry->argv);
}

static void entry_files(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_texts(r, key, value, &r->entry->file);
}

static void entry_package(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_texts(r, key, value, &r->entry->package);
}

static void entry_oom_score_adj(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	struct load_common common = {0};
	char why[PARAM_WHY];

	if (!is_kind(r, key, value, YAML_TEXT))
		return;
	if (param_set(load_common_params, &common, key->text, value->text, why))
		wrong(r, value, "%s: %s", key->text, why);
	r->entry->oom_score_adj = common.oom_score_adj;
}

static void entry_write(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	struct entry *e = r->entry;

	e->action = ACTION_WRITE;
	if (!is_kind(r, key, value, YAML_MAP))
		return;
	e->path = calloc(value->count + 1, sizeof(*e->path));
	e->value = calloc(value->count + 1, sizeof(*e->value));
	for (size_t i = 0; e->path && e->value && i < value->count; i++) {
		e->path[i] = copy(value->key[i]->text);
		e->value[i] =
			is_kind(r, value->key[i], value->item[i], YAML_TEXT) ? copy(value->item[i]->text) : copy("");
		if (e->path[i][0] != '/')
			wrong(r, value->key[i], "write: '%s' is not an absolute path in the guest", e->path[i]);
	}
}

static void entry_stop(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	r->entry->action = ACTION_STOP;
	read_text(r, key, value, &r->entry->stop);
}

static void host_kill(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	if (is_kind(r, key, value, YAML_TEXT) && strcmp(value->text, "machine"))
		wrong(r, value, "host.kill: '%s' cannot be killed; expected: machine", value->text);
	r->entry->host = HOST_KILL;
}

static void host_throttle(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_text(r, key, value, &r->entry->device);
	r->entry->host = HOST_THROTTLE;
	if (r->entry->device && strcmp(r->entry->device, "disk0"))
		wrong(r, value, "host.throttle: there is no device '%s'; a machine has at most disk0", value->text);
	else if (r->s->machine.disk == INT64_MIN)
		wrong(r, value, "host.throttle: this machine has no disk; add machine: {disk: SIZE}");
}

static void host_iops(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_int(r, key, value, &r->entry->iops);
}

static void host_bps(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	if (is_kind(r, key, value, YAML_TEXT) && (param_parse_size(value->text, &r->entry->bps) || r->entry->bps < 0))
		wrong(r, value, "bps: '%s' is not a size; expected bytes a second such as 1M", value->text);
}

static const struct word host_words[] = {
	{"kill", host_kill},
	{"throttle", host_throttle},
	{"iops", host_iops},
	{"bps", host_bps},
	{"stall", NULL},
	{"eio", NULL},
	{"plug", NULL},
	{"unplug", NULL},
	{0},
};

static void entry_host(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	r->entry->action = ACTION_HOST;
	if (!is_kind(r, key, value, YAML_MAP))
		return;
	read_map(r, value, host_words, "host:");
	if (r->s->machine.clock == CLOCK_IS_VIRTUAL)
		wrong(r, key,
		      "host: what the host does happens in wall time, which the virtual clock does not know; "
		      "set machine: {clock: real}");
}

/* What an entry does: exactly one of these. */
static const struct word action_words[] = {
	{"load", entry_load}, {"run", entry_run},     {"write", entry_write}, {"stop", entry_stop},
	{"host", entry_host}, {"fault", entry_fault}, {"send", entry_send},   {0},
};

static const struct word entry_words[] = {
	{"at", entry_at},
	{"for", entry_for},
	{"id", entry_id},
	{0},
};

/* Words that only a `run:` knows. */
static const struct word run_words[] = {
	{"files", entry_files},
	{"package", entry_package},
	{"oom_score_adj", entry_oom_score_adj},
	{0},
};

/* A key that is neither an action nor a common word: a parameter of the generator, or a word of run:. */
static void read_entry_extra(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	struct entry *e = r->entry;
	char why[PARAM_WHY];

	if (e->action == ACTION_RUN && find_word(run_words, key->text)) {
		find_word(run_words, key->text)->read(r, key, value);
	} else if (e->action == ACTION_FAULT && !strcmp(key->text, "trigger")) {
		if (e->load.generator)
			read_load_map(r, key, value, true);
	} else if (e->action == ACTION_FAULT && fault_is_trigger(key->text)) {
		wrong(r, key, "'%s' is a word of the trigger: write trigger: {%s: …}", key->text, key->text);
	} else if (e->action == ACTION_SEND && !strcmp(key->text, "from")) {
		entry_from(r, key, value);
	} else if (e->load.generator) {
		if (is_kind(r, key, value, YAML_TEXT) && load_spec_set(&e->load, key->text, value->text, why))
			wrong(r, value, "%s.%s: %s", e->load.generator->name, key->text, why);
	} else if (!entry_is_load(e)) {
		wrong(r, key,
		      "unknown key '%s' in a timeline entry; allowed: at, for, id, one of load, run, write, stop, "
		      "host, fault, send, and their own (a generator's parameters; run: files, package, oom_score_adj)",
		      key->text);
	}
}

static int count_actions(struct reader *r, const struct yaml *map)
{
	int n = 0;

	for (size_t i = 0; i < map->count; i++) {
		const struct word *w = find_word(action_words, map->key[i]->text);

		if (!w)
			continue;
		n++;
		if (w->read)
			w->read(r, map->key[i], map->item[i]);
		else
			wrong(r, map->key[i],
			      "'%s:' is not built yet in this version; built: load, run, write, stop, host, fault, "
			      "send",
			      w->name);
	}
	return n;
}

static void read_entry(struct reader *r, const struct yaml *map, size_t index)
{
	struct entry *e = &r->s->entry[index];
	char why[PARAM_WHY];

	r->entry = e;
	*e = (struct entry){.at_ns = 0, .for_ns = NOT_GIVEN, .line = map->line};
	if (map->kind != YAML_MAP) {
		wrong(r, map, "timeline: an entry is a map such as {at: 5s, load: cpu, tasks: 8}");
		return;
	}
	int n = count_actions(r, map);

	if (n != 1) {
		wrong(r, map,
		      "timeline: an entry does exactly one thing, this one %d; expected one of load, run, write, "
		      "stop, host, fault, send",
		      n);
		return;
	}
	for (size_t i = 0; i < map->count; i++) {
		const struct word *w = find_word(entry_words, map->key[i]->text);

		if (w)
			w->read(r, map->key[i], map->item[i]);
		else if (!find_word(action_words, map->key[i]->text))
			read_entry_extra(r, map->key[i], map->item[i]);
	}
	if (!yaml_get(map, "at"))
		wrong(r, map, "timeline: an entry needs 'at:', the time since the start at which it acts");
	if (e->load.generator && load_spec_check(&e->load, why))
		wrong(r, map, "%s", why);
	if (e->for_ns != NOT_GIVEN && !entry_is_load(e) && e->action != ACTION_RUN)
		wrong(r, map, "'for:' goes with load:, fault:, send: and run: only; this entry is done at once");
	if (e->action == ACTION_FAULT && e->load.generator && fault_needs_cpus(&e->load) && r->s->machine.cpus < 2)
		wrong(r, map, "context ipi: another CPU is asked: the machine needs cpus: 2 (and clock: real)");
	if (!e->id)
		e->id = sys_format("%s-%zu", entry_kind(e), index + 1);
	if (e->action == ACTION_FAULT && e->load.generator && (strlen(e->id) > 31 || fault_spec_label(&e->load, e->id)))
		wrong(r, map, "fault: its id '%s' goes into the module's record: at most 31 characters", e->id);
}

static void read_timeline(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	if (!is_kind(r, key, value, YAML_LIST))
		return;
	r->s->entry = calloc(value->count + 1, sizeof(*r->s->entry));
	for (size_t i = 0; r->s->entry && i < value->count; i++) {
		read_entry(r, value->item[i], i);
		r->s->entries++;
	}
}

/* --- expect: and never: --- */

static void expect_subject(struct reader *r, const struct yaml *key, const struct yaml *value, enum expect_kind kind)
{
	r->expect->kind = kind;
	read_text(r, key, value, &r->expect->subject);
}

static void expect_panic(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	expect_subject(r, key, value, EXPECT_PANIC);
}

static void expect_metric(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	expect_subject(r, key, value, EXPECT_METRIC);
	if (r->expect->subject && !metric_known(r->expect->subject))
		wrong(r, value, "metric: there is no metric '%s'; there are:\n%s", r->expect->subject, metric_help);
}

static void expect_log(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	char names[512] = "";
	size_t n = 0;

	expect_subject(r, key, value, EXPECT_LOG);
	if (!r->expect->subject || klog_class(r->expect->subject) >= 0)
		return;
	for (int c = 0; c < KLOG_COUNT && n < sizeof(names); c++)
		n += snprintf(names + n, sizeof(names) - n, "%s%s", n ? ", " : "", klog_word(c));
	wrong(r, value, "log: there is no class of report line '%s'; there are %s", r->expect->subject, names);
}

static void expect_word_of(struct reader *r, const struct yaml *key, const struct yaml *value, enum expect_kind kind,
			   const char *a, const char *b)
{
	expect_subject(r, key, value, kind);
	const char *s = r->expect->subject;

	if (s && strcmp(s, a) && (!b || strcmp(s, b)))
		wrong(r, value, "%s: '%s' is not known; expected %s%s%s", key->text, s, a, b ? " or " : "", b ? b : "");
}

static void expect_model(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	expect_word_of(r, key, value, EXPECT_MODEL, "load", NULL);
}

static void expect_gap(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	expect_word_of(r, key, value, EXPECT_GAP, "last", "largest");
}

static void expect_output(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	expect_subject(r, key, value, EXPECT_OUTPUT);
}

static void expect_exit(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	expect_subject(r, key, value, EXPECT_EXIT);
}

static void expect_console(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	expect_subject(r, key, value, EXPECT_CONSOLE);
}

static void expect_fired(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	char names[512];

	expect_subject(r, key, value, EXPECT_FIRED);
	fault_names(names, sizeof(names));
	if (r->expect->subject && !fault_find(r->expect->subject))
		wrong(r, value, "fired: there is no fault '%s' in this version; it has %s", r->expect->subject, names);
}

static void expect_context(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_text(r, key, value, &r->expect->context);
	if (r->expect->context && !fired_context_known(r->expect->context))
		wrong(r, value, "context: '%s' is not known; expected one of: %s", r->expect->context,
		      fired_contexts());
}

#define TIME_WORD(name, member)                                                                                        \
	static void name(struct reader *r, const struct yaml *key, const struct yaml *value)                           \
	{                                                                                                              \
		read_time(r, key, value, &r->expect->member);                                                          \
	}
TIME_WORD(expect_at, at_ns)
TIME_WORD(expect_from, from_ns)
TIME_WORD(expect_to, to_ns)
TIME_WORD(expect_by, by_ns)

#define TEXT_WORD(name, member)                                                                                        \
	static void name(struct reader *r, const struct yaml *key, const struct yaml *value)                           \
	{                                                                                                              \
		read_text(r, key, value, &r->expect->member);                                                          \
	}
TEXT_WORD(expect_after, after)
TEXT_WORD(expect_before, before)
TEXT_WORD(expect_text, text)
TEXT_WORD(expect_id, id)

static void expect_min(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_figure(r, key, value, &r->expect->min);
}

static void expect_max(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_figure(r, key, value, &r->expect->max);
}

static void expect_within(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	if (value->kind != YAML_LIST || value->count != 2) {
		wrong(r, value, "within: expected [least, greatest]");
		return;
	}
	read_figure(r, key, value->item[0], &r->expect->min);
	read_figure(r, key, value->item[1], &r->expect->max);
}

static const struct word count_words[] = {{"min", expect_min}, {"max", expect_max}, {0}};

static void expect_count(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	if (is_kind(r, key, value, YAML_MAP))
		read_map(r, value, count_words, "count:");
}

static void expect_mean(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	if (!is_kind(r, key, value, YAML_TEXT))
		return;
	r->expect->mean = !strcmp(value->text, "true");
	if (!r->expect->mean && strcmp(value->text, "false"))
		wrong(r, value, "mean: expected true or false");
}

#define INT_WORD(name, member)                                                                                         \
	static void name(struct reader *r, const struct yaml *key, const struct yaml *value)                           \
	{                                                                                                              \
		read_int(r, key, value, &r->expect->member);                                                           \
	}
INT_WORD(expect_residual, residual)
INT_WORD(expect_exceptions, exceptions)
INT_WORD(expect_status, status)

/* What is expected: exactly one of these … */
static const struct word kind_words[] = {
	{"panic", expect_panic},     {"metric", expect_metric},
	{"log", expect_log},         {"model", expect_model},
	{"gap", expect_gap},         {"output", expect_output},
	{"exit", expect_exit},       {"fired", expect_fired},
	{"console", expect_console}, {0},
};

/* … with these beside it, each kind its own. */
static const struct word panic_words[] = {{"by", expect_by}, {0}};
static const struct word metric_words[] = {
	{"at", expect_at},   {"from", expect_from}, {"to", expect_to},     {"within", expect_within},
	{"min", expect_min}, {"max", expect_max},   {"mean", expect_mean}, {0},
};
static const struct word log_words[] = {
	{"count", expect_count}, {"after", expect_after}, {"before", expect_before}, {"text", expect_text}, {0},
};
static const struct word model_words[] = {
	{"residual", expect_residual},
	{"exceptions", expect_exceptions},
	{0},
};
static const struct word gap_words[] = {{"max", expect_max}, {0}};
static const struct word output_words[] = {{"id", expect_id}, {0}};
static const struct word exit_words[] = {{"status", expect_status}, {0}};

static const struct word console_words[] = {{0}};
static const struct word fired_words[] = {
	{"context", expect_context}, {"count", expect_count}, {"by", expect_by}, {"id", expect_id}, {0},
};

static const struct word *const words_of_kind[] = {
	[EXPECT_PANIC] = panic_words, [EXPECT_METRIC] = metric_words, [EXPECT_LOG] = log_words,
	[EXPECT_MODEL] = model_words, [EXPECT_GAP] = gap_words,       [EXPECT_OUTPUT] = output_words,
	[EXPECT_EXIT] = exit_words,   [EXPECT_FIRED] = fired_words,   [EXPECT_CONSOLE] = console_words,
};

static void check_expectation(struct reader *r, const struct yaml *map)
{
	struct expectation *e = r->expect;

	if (e->kind == EXPECT_METRIC && isnan(e->min) && isnan(e->max))
		wrong(r, map, "metric: nothing is expected of it; give within:, min: or max:");
	if (e->kind == EXPECT_METRIC && e->at_ns != NOT_GIVEN && (e->from_ns != NOT_GIVEN || e->to_ns != NOT_GIVEN))
		wrong(r, map, "metric: either at: or from: and to:, not both");
	if (e->kind == EXPECT_GAP && isnan(e->max))
		wrong(r, map, "gap: needs max:, the longest time allowed");
	if (e->min > e->max)
		wrong(r, map, "the least, %g, is more than the greatest, %g", e->min, e->max);
	if (e->from_ns != NOT_GIVEN && e->to_ns != NOT_GIVEN && e->from_ns >= e->to_ns)
		wrong(r, map, "from: is not before to:");
}

static void read_expectation(struct reader *r, const struct yaml *map, bool never)
{
	struct expectation *e = &r->s->expect[r->s->expects++];
	int kinds = 0;

	r->expect = e;
	*e = (struct expectation){.never = never,
				  .line = map->line,
				  .at_ns = NOT_GIVEN,
				  .from_ns = NOT_GIVEN,
				  .to_ns = NOT_GIVEN,
				  .by_ns = NOT_GIVEN,
				  .min = NAN,
				  .max = NAN};
	for (size_t i = 0; map->kind == YAML_MAP && i < map->count; i++) {
		const struct word *w = find_word(kind_words, map->key[i]->text);

		if (w && ++kinds == 1)
			w->read(r, map->key[i], map->item[i]);
	}
	if (kinds != 1) {
		char names[256];

		word_names(kind_words, names, sizeof(names));
		wrong(r, map, "an expectation is a map with exactly one of: %s", names);
		return;
	}
	for (size_t i = 0; i < map->count; i++) {
		const struct word *w = find_word(words_of_kind[e->kind], map->key[i]->text);
		char names[256];

		if (find_word(kind_words, map->key[i]->text))
			continue;
		word_names(words_of_kind[e->kind], names, sizeof(names));
		if (w)
			w->read(r, map->key[i], map->item[i]);
		else
			wrong(r, map->key[i], "unknown key '%s' in this expectation; allowed: %s", map->key[i]->text,
			      names);
	}
	check_expectation(r, map);
}

static void read_expectations(struct reader *r, const struct yaml *key, const struct yaml *value, bool never)
{
	if (!is_kind(r, key, value, YAML_LIST))
		return;
	size_t n = r->s->expects + value->count;
	struct expectation *more = realloc(r->s->expect, (n + 1) * sizeof(*more));

	if (!more)
		return;
	r->s->expect = more;
	for (size_t i = 0; i < value->count; i++)
		read_expectation(r, value->item[i], never);
}

static void read_expect(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_expectations(r, key, value, false);
}

static void read_never(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_expectations(r, key, value, true);
}

/* --- the whole --- */

static void read_about(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_text(r, key, value, &r->s->about);
}

static void read_end(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_time(r, key, value, &r->s->end_ns);
}

static void read_deadline(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_time(r, key, value, &r->s->deadline_ns);
}

static const struct word top_words[] = {
	{"about", read_about},       {"machine", read_machine}, {"record", read_record},
	{"timeline", read_timeline}, {"end", read_end},         {"deadline", read_deadline},
	{"expect", read_expect},     {"never", read_never},     {0},
};

bool entry_is_load(const struct entry *e)
{
	return e->action == ACTION_LOAD || e->action == ACTION_FAULT || e->action == ACTION_SEND;
}

const char *entry_kind(const struct entry *e)
{
	static const char *const kinds[] = {
		[ACTION_LOAD] = "load", [ACTION_RUN] = "run",     [ACTION_WRITE] = "write", [ACTION_STOP] = "stop",
		[ACTION_HOST] = "host", [ACTION_FAULT] = "fault", [ACTION_SEND] = "send",
	};

	return kinds[e->action];
}

bool scenario_has_faults(const struct scenario *s)
{
	for (size_t i = 0; i < s->entries; i++)
		if (s->entry[i].action == ACTION_FAULT)
			return true;
	return false;
}

bool scenario_faults_in_init(const struct scenario *s)
{
	for (size_t i = 0; i < s->entries; i++)
		if (s->entry[i].action == ACTION_FAULT && fault_in_init(&s->entry[i].load))
			return true;
	return false;
}

const struct entry *scenario_entry(const struct scenario *s, const char *id)
{
	for (size_t i = 0; i < s->entries; i++)
		if (s->entry[i].id && !strcmp(s->entry[i].id, id))
			return &s->entry[i];
	return NULL;
}

/* What only the whole can tell: ids that are used exist, times fit before the end. */
static void check_entries(struct reader *r, const struct yaml *top)
{
	struct scenario *s = r->s;
	int others = 0, inits = 0;

	for (size_t i = 0; i < s->entries; i++) {
		const struct entry *e = &s->entry[i];
		struct yaml at = *top;

		at.line = e->line;
		if (e->id && scenario_entry(s, e->id) != e)
			wrong(r, &at, "timeline: the id '%s' is there twice", e->id);
		if (e->action == ACTION_FAULT && e->load.generator && !fault_in_init(&e->load))
			others++;
		if (e->action == ACTION_FAULT && e->load.generator && fault_in_init(&e->load) && (others++ || inits++))
			wrong(r, &at,
			      "context init: the fault is the loading of the module: it must be the only fault "
			      "of its scenario");
		if (e->stop && !scenario_entry(s, e->stop))
			wrong(r, &at, "stop: there is no entry with the id '%s'", e->stop);
		if (s->end_ns > 0 && e->at_ns > s->end_ns)
			wrong(r, &at, "timeline: the entry '%s' acts after the scenario's end", e->id);
	}
	for (size_t i = 0; i < s->expects; i++) {
		const struct expectation *e = &s->expect[i];
		struct yaml at = *top;
		int64_t ns;

		at.line = e->line;
		const char *ids[] = {e->after, e->before, e->id, e->kind == EXPECT_EXIT ? e->subject : NULL};

		for (size_t k = 0; k < 4; k++)
			if (ids[k] && strcmp(ids[k], "panic") && param_parse_time(ids[k], &ns) &&
			    !scenario_entry(s, ids[k]))
				wrong(r, &at, "'%s' is neither a time, nor 'panic', nor an id of the timeline", ids[k]);
	}
}

static void check_whole(struct reader *r, const struct yaml *top)
{
	struct scenario *s = r->s;

	if (!s->about)
		wrong(r, top, "a scenario needs 'about:', one sentence that says what it shows");
	if (s->end_ns <= 0)
		wrong(r, top,
		      "a scenario needs an end: add 'end:' with the time at which it is over, such as end: 90s");
	check_entries(r, top);
	if (s->deadline_ns <= 0)
		s->deadline_ns = 120 * (int64_t)SYS_NS + s->end_ns * WALL_PER_GUEST_SECOND;
}

/* machine: must be read before the timeline, wherever it stands: what is allowed depends on it. */
static void read_top(struct reader *r, const struct yaml *top)
{
	for (size_t i = 0; i < top->count; i++)
		if (!strcmp(top->key[i]->text, "machine"))
			read_machine(r, top->key[i], top->item[i]);
	for (size_t i = 0; i < top->count; i++) {
		const struct word *w = find_word(top_words, top->key[i]->text);
		char names[256];

		if (w && w->read != read_machine)
			w->read(r, top->key[i], top->item[i]);
		word_names(top_words, names, sizeof(names));
		if (!w)
			wrong(r, top->key[i], "unknown key '%s' in a scenario; allowed: %s", top->key[i]->text, names);
	}
	check_whole(r, top);
}

static char *name_of(const char *path)
{
	const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;

	return sys_format("%.*s", (int)(strcspn(base, ".") ? strcspn(base, ".") : strlen(base)), base);
}

int scenario_parse(const char *path, const char *text, size_t n, struct scenario **out)
{
	struct yaml *top = NULL;
	int r = yaml_parse(path, text, n, &top);

	if (r)
		return r;
	struct scenario *s = calloc(1, sizeof(*s));
	struct reader reader = {.file = path, .s = s};

	if (!s) {
		yaml_free(top);
		return -ENOMEM;
	}
	s->path = copy(path);
	s->name = name_of(path);
	s->yaml = malloc(n + 1);
	if (s->yaml)
		memcpy(s->yaml, text, n);
	s->yaml_bytes = n;
	param_defaults(machine_params, &s->machine);
	param_defaults(record_params, &s->record);
	if (top->kind != YAML_MAP)
		wrong(&reader, top, "a scenario is a map: about, machine, timeline, end, expect");
	else
		read_top(&reader, top);
	yaml_free(top);
	if (reader.errors) {
		scenario_free(s);
		return -EINVAL;
	}
	*out = s;
	return 0;
}

int scenario_load(const char *path, struct scenario **out)
{
	_cleanup_(sys_freep) char *text = NULL;
	size_t n;
	int r = sys_read_file(path, &text, &n);

	if (r)
		return say_err(r, "%s: the scenario cannot be read: %s", path, strerror(-r));
	return scenario_parse(path, text, n, out);
}

static void free_entry(struct entry *e)
{
	free(e->id);
	load_spec_free(&e->load);
	free_texts(e->argv);
	free_texts(e->file);
	free_texts(e->package);
	free_texts(e->path);
	free_texts(e->value);
	free(e->stop);
	free(e->device);
}

void scenario_free(struct scenario *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->entries; i++)
		free_entry(&s->entry[i]);
	for (size_t i = 0; i < s->expects; i++) {
		struct expectation *e = &s->expect[i];

		free(e->subject);
		free(e->after);
		free(e->before);
		free(e->text);
		free(e->id);
		free(e->context);
	}
	param_free(machine_params, &s->machine);
	free_texts(s->machine.sysctl);
	free_texts(s->machine.module);
	free(s->entry);
	free(s->expect);
	free(s->path);
	free(s->name);
	free(s->about);
	free(s->yaml);
	free(s);
}

/* Appends to buf; what does not fit is cut. */
static void add(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void add(char *buf, size_t size, const char *fmt, ...)
{
	size_t n = strlen(buf);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf + n, size - n, fmt, ap);
	va_end(ap);
}

static void add_time(char *buf, size_t size, const char *word, int64_t ns)
{
	char text[32];

	if (ns == NOT_GIVEN)
		return;
	param_time_text(ns, text, sizeof(text));
	add(buf, size, " %s %s", word, text);
}

static void add_bounds(char *buf, size_t size, const struct expectation *e)
{
	char a[32], b[32];

	snprintf(a, sizeof(a), "%.12g", e->min);
	snprintf(b, sizeof(b), "%.12g", e->max);
	if (e->kind == EXPECT_GAP)
		param_time_text((int64_t)e->max, b, sizeof(b));
	if (!isnan(e->min) && !isnan(e->max))
		add(buf, size, " within [%s, %s]", a, b);
	else if (!isnan(e->min))
		add(buf, size, " >= %s", a);
	else if (!isnan(e->max))
		add(buf, size, " <= %s", b);
}

void scenario_expect_text(const struct expectation *e, char *buf, size_t size)
{
	static const char *const kinds[] = {"panic",  "metric", "log",   "model",  "gap",
					    "output", "exit",   "fired", "console"};

	snprintf(buf, size, "%s%s %s", e->never ? "never " : "", kinds[e->kind], e->subject ? e->subject : "");
	if (e->mean)
		add(buf, size, " (mean)");
	if (e->context)
		add(buf, size, " in context %s", e->context);
	if (e->kind == EXPECT_LOG || e->kind == EXPECT_FIRED)
		add(buf, size, " count");
	if ((e->kind == EXPECT_LOG || e->kind == EXPECT_FIRED) && isnan(e->min) && isnan(e->max))
		add(buf, size, " >= 1");
	add_bounds(buf, size, e);
	if (e->kind == EXPECT_MODEL)
		add(buf, size, " residual %lld, exceptions <= %lld", (long long)e->residual, (long long)e->exceptions);
	if (e->kind == EXPECT_EXIT)
		add(buf, size, " status %lld", (long long)e->status);
	add_time(buf, size, "at", e->at_ns);
	add_time(buf, size, "from", e->from_ns);
	add_time(buf, size, "to", e->to_ns);
	add_time(buf, size, "by", e->by_ns);
	if (e->text)
		add(buf, size, " text '%s'", e->text);
	if (e->after)
		add(buf, size, " after %s", e->after);
	if (e->before)
		add(buf, size, " before %s", e->before);
}

const char scenario_help[] =
	"A scenario is one page of YAML:\n"
	"\n"
	"  about: one sentence that says what it shows\n"
	"  machine: {memory: 256M, cpus: 1, clock: virtual, speed: 4, kernel: 6.1, random: fixed,\n"
	"            sysctl: {vm.panic_on_oom: 1}, modules: [NAME], disk: 256M, swap: disk or a size of zram}\n"
	"  record: {interval: 100ms, tasks: 1s, sources: [+interrupts, -softirqs]}\n"
	"  timeline:                                  times count from the start\n"
	"    - {at: 5s, for: 60s, load: cpu, tasks: 8}          a generator and its parameters (`fuka list`)\n"
	"    - {at: 5s, id: hog, run: [stress-ng, --vm, \"1\"]}   a program of the host, packed with its libraries\n"
	"      (with files: [PATH], package: NAME, oom_score_adj: N)\n"
	"    - {at: 9s, write: {/proc/sysrq-trigger: f}}        a knob\n"
	"    - {at: 20s, id: leak, fault: leak-pages, context: softirq, trigger: {udp: 7777}, size: 64M}\n"
	"      (contexts, triggers and faults with their parameters: `fuka fault list`; without trigger: at once)\n"
	"    - {at: 50s, send: {udp: 7777, count: 3}}           packets from inside, over loopback\n"
	"    - {at: 70s, stop: hog}                             an entry's id\n"
	"    - {at: 80s, host: {kill: machine}}                 from outside; clock: real only\n"
	"    - {at: 60s, host: {throttle: disk0, iops: 1, bps: 64K}}  0 or nothing: no bound\n"
	"  end: 90s\n"
	"  deadline: 5m                               host wall time after which the run is lost\n"
	"  expect:                                    all must hold; `never:` takes the same and none may\n"
	"    - {panic: \"System is deadlocked on memory\", by: 60s}   part of its text, or any\n"
	"    - {metric: load1, at: 20s, within: [1.0, 2.0]}     at: the first sample at or after\n"
	"    - {metric: cpu.idle, from: 6s, to: 19s, min: 95%}  every interval wholly inside; mean: true for the mean\n"
	"    - {log: oom-kill, count: {min: 1}, after: hog, before: panic, text: PART}\n"
	"    - {model: load, residual: 0, exceptions: 0}\n"
	"    - {gap: last, max: 200ms}                gap: largest; last: from the last sample to the panic\n"
	"    - {output: PART, id: hog}                what a program printed\n"
	"    - {exit: hog, status: 0}\n"
	"    - {fired: leak-pages, context: softirq, count: {min: 1}}   by the kernel module's own record\n"
	"    - {console: PART}                        a line of the kernel's on the console\n"
	"\n"
	"Known and refused by name until they are built: send from outside, host stall/eio/plug/unplug,\n"
	"machine network.\n";
