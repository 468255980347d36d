// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads machine: and record:, the machine and how it is recorded. */
#include "lab/scenario/scenario_read.h"
#include "collect/sample/sampler.h"
#include "lib/base/sys.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const struct param machine_params[] = {
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
	{"cmdline", PARAM_TEXT, NULL, 0, 0, NULL, "more words for the kernel's command line, such as nohz=off",
	 offsetof(struct machine_spec, cmdline)},
	{"disk", PARAM_SIZE, "", 1048576, 17179869184, NULL, "a disk of that size, /dev/vda; needs clock: real",
	 offsetof(struct machine_spec, disk)},
	{"network", PARAM_BOOL, "false", 0, 0, NULL,
	 "a network card, eth0, connected only to the host; needs clock: real", offsetof(struct machine_spec, network)},
	{"vmcore", PARAM_BOOL, "false", 0, 0, NULL,
	 "after a panic, dump its memory into the run's directory, uncompressed",
	 offsetof(struct machine_spec, vmcore)},
	{"swap", PARAM_TEXT, NULL, 0, 0, NULL, "disk: swap to it; a size: swap to that much compressed memory (zram)",
	 offsetof(struct machine_spec, swap)},
	{0},
};

const struct param record_params[] = {
	{"interval", PARAM_TIME, "100ms", 1e6, 60e9, NULL, "time between two samples of the fast sources",
	 offsetof(struct record_spec, interval)},
	{"tasks", PARAM_TIME, "1s", 1e7, 60e9, NULL, "time between two task walks",
	 offsetof(struct record_spec, tasks)},
	{0},
};

/* Reads a map of parameters and of words that are not parameters. */
static void read_params(struct reader *r, const struct yaml *map, const struct param *table, void *values,
			const struct word *words, const char *what)
{
	char why[PARAM_WHY], names[PARAM_WHY], more[64];

	for (size_t i = 0; i < map->count; i++) {
		const struct yaml *key = map->key[i], *value = map->item[i];
		const struct word *w = read_find_word(words, key->text);

		if (w) {
			w->read(r, key, value);
		} else if (!param_find(table, key->text)) {
			param_names(table, names, sizeof(names));
			read_word_names(words, more, sizeof(more));
			read_wrong(r, key, "unknown key '%s' in %s; allowed: %s, %s", key->text, what, names, more);
		} else if (read_is_kind(r, key, value, YAML_TEXT) &&
			   param_set(table, values, key->text, value->text, why)) {
			read_wrong(r, value, "%s.%s: %s", what, key->text, why);
		}
	}
}

/* Checks a path below /proc/sys, with dots for slashes, and slashes for dots as in "net.ipv4.conf.eth0/1.rp_filter". */
static void check_sysctl(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	const char *name = key->text;

	if (!isalnum((unsigned char)*name) || strstr(name, "..") || strpbrk(name, " \t\r\n="))
		read_wrong(r, key, "sysctl: '%s' is not a sysctl's name; expected one such as vm.swappiness", name);
	if (value->kind == YAML_TEXT && strpbrk(value->text, "\r\n"))
		read_wrong(r, key, "sysctl: a value must be one line");
}

static void read_sysctl(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	if (!read_is_kind(r, key, value, YAML_MAP))
		return;
	char **list = calloc(value->count + 1, sizeof(*list));

	for (size_t i = 0; list && i < value->count; i++) {
		check_sysctl(r, value->key[i], value->item[i]);
		list[i] = read_is_kind(r, value->key[i], value->item[i], YAML_TEXT)
				  ? sys_format("%s=%s", value->key[i]->text, value->item[i]->text)
				  : read_copy("");
	}
	r->s->machine.sysctl = list;
}

static void read_modules(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_texts(r, key, value, &r->s->machine.module);
}

const struct word machine_words[] = {
	{"sysctl", read_sysctl, VALUE_MAP_OF_TEXTS, "set before the timeline starts, such as {vm.panic_on_oom: 1}"},
	{"modules", read_modules, VALUE_TEXTS, "kernel modules that a program of yours needs"},
	{0},
};

int64_t scenario_zram(const struct scenario *s)
{
	int64_t bytes = 0;

	return s->machine.swap && !param_parse_size(s->machine.swap, &bytes) ? bytes : 0;
}

/* Disks and networks depend on the host's wall time, so they need the real clock; zram is part of the guest. */
static void check_devices(struct reader *r, const struct yaml *at)
{
	const struct machine_spec *m = &r->s->machine;
	bool to_disk = m->swap && !strcmp(m->swap, "disk");
	int64_t zram = scenario_zram(r->s);

	if (m->disk != INT64_MIN && m->clock == CLOCK_IS_VIRTUAL)
		read_wrong(
			r, at,
			"machine.disk: a disk needs wall time, which does not exist on the virtual clock; set clock: "
			"real");
	if (m->disk < 0 && m->disk != INT64_MIN)
		read_wrong(r, at, "machine.disk: a percentage is not allowed here; expected a size such as 64M");
	if (m->network && m->clock == CLOCK_IS_VIRTUAL)
		read_wrong(r, at,
			   "machine.network: packets from outside need wall time, which does not exist on the virtual "
			   "clock; set clock: real");
	if (to_disk && m->disk == INT64_MIN)
		read_wrong(r, at, "machine.swap: there is no disk to swap to; add machine: {disk: SIZE}");
	if (m->swap && !to_disk && (zram < 1 << 20 || zram > 4ll << 30))
		read_wrong(r, at, "machine.swap: '%s'; expected disk, or a size from 1M to 4G", m->swap);
}

#define CMDLINE_MAX 512

/* Checks the text only: the kernel splits it at blanks, and of two equal words the last one counts, which are these. */
static void check_cmdline(struct reader *r, const struct yaml *at)
{
	const char *line = r->s->machine.cmdline;

	for (const char *p = line; p && *p; p++)
		if (*p < ' ' || *p > '~') {
			read_wrong(r, at, "machine.cmdline: only printable ASCII is allowed");
			return;
		}
	if (line && strlen(line) > CMDLINE_MAX)
		read_wrong(r, at, "machine.cmdline: %zu characters, at most %d", strlen(line), CMDLINE_MAX);
}

void read_machine(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	struct machine_spec *m = &r->s->machine;

	if (!read_is_kind(r, key, value, YAML_MAP))
		return;
	read_params(r, value, machine_params, m, machine_words, "machine");
	m->clock_given = yaml_get(value, "clock") != NULL;
	if (m->cpus > 1 && !m->clock_given)
		m->clock = CLOCK_IS_REAL;
	if (m->cpus > 1 && m->clock == CLOCK_IS_VIRTUAL)
		read_wrong(r, value, "machine.cpus: %lld CPUs need clock: real; the virtual clock has one",
			   (long long)m->cpus);
	check_devices(r, value);
	check_cmdline(r, value);
	if (m->memory < 0)
		read_wrong(r, value, "machine.memory: a percentage is not allowed here; expected a size such as 256M");
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
		read_wrong(r, value, "record.sources: %s", why);
	read_free_texts(list);
}

const struct word record_words[] = {
	{"sources", read_sources, VALUE_TEXTS, "added to the default and removed from it: [+interrupts, -softirqs]"},
	{0},
};

void read_record(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	if (read_is_kind(r, key, value, YAML_MAP))
		read_params(r, value, record_params, &r->s->record, record_words, "record");
}

void read_machine_defaults(struct scenario *s)
{
	param_defaults(machine_params, &s->machine);
	param_defaults(record_params, &s->record);
}

void read_machine_free(struct scenario *s)
{
	param_free(machine_params, &s->machine);
	read_free_texts(s->machine.sysctl);
	read_free_texts(s->machine.module);
}
