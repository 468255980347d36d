// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of generators, the parameters that they share, and the specification of one load. */
#include "loadgen/harness/loadgen.h"
#include "loadgen/harness/place.h"
#include "loadgen/harness/profile.h"
#include "lib/base/say.h"
#include "lib/text/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GENERATOR(name) extern const struct generator loadgen_##name;
#include "loadgen/generators/list.h"
#undef GENERATOR

const struct generator *const generators[] = {
#define GENERATOR(name) &loadgen_##name,
#include "loadgen/generators/list.h"
#undef GENERATOR
	NULL,
};

#define AT(member) offsetof(struct load_common, member)
#define OPTIONAL   "" /* a default that sets nothing */

const struct param load_common_params[] = {
	{"nice", PARAM_INT, "0", -20, 19, NULL, "nice value of the load's tasks", AT(nice)},
	{"policy", PARAM_CHOICE, "other", 0, 0, PARAM_WORDS(PLACE_POLICIES), "scheduling policy", AT(policy)},
	{"priority", PARAM_INT, "1", 1, 99, NULL, "real-time priority, with fifo or rr", AT(priority)},
	{"cpus", PARAM_TEXT, NULL, 0, 0, NULL, "CPUs the load may run on, such as 0-1,3", AT(cpus)},
	{"oom_score_adj", PARAM_INT, "0", -1000, 1000, NULL, "the OOM killer's adjustment; -1000: never killed",
	 AT(oom_score_adj)},
	{"memory_max", PARAM_SIZE, OPTIONAL, 4096, 1099511627776, NULL, "cgroup memory.max", AT(memory_max)},
	{"memory_high", PARAM_SIZE, OPTIONAL, 4096, 1099511627776, NULL, "cgroup memory.high", AT(memory_high)},
	{"memory_oom_group", PARAM_BOOL, "false", 0, 0, NULL, "cgroup memory.oom.group", AT(memory_oom_group)},
	{"cpu_max", PARAM_PERCENT, OPTIONAL, 1, 100000, NULL, "cgroup cpu.max, percent of one CPU", AT(cpu_max)},
	{"pids_max", PARAM_INT, OPTIONAL, 1, 4194304, NULL, "cgroup pids.max", AT(pids_max)},
	{"io_max", PARAM_TEXT, NULL, 0, 0, NULL, "cgroup io.max, such as '8:0 rbps=1048576 wiops=10'", AT(io_max)},
	{0},
};

const struct param load_profile_params[] = {
	{"profile", PARAM_TEXT, "constant", 0, 0, NULL,
	 "target over time: constant, ramp:TIME, sine:TIME, square:TIME, steps:TIME:PERCENT,…, file:PATH", AT(profile)},
	{0},
};

const struct generator *generator_find(const char *name)
{
	for (size_t i = 0; generators[i]; i++)
		if (!strcmp(generators[i]->name, name))
			return generators[i];
	return NULL;
}

void generator_names(char *buf, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; generators[i] && n < size; i++)
		n += snprintf(buf + n, size - n, "%s%s", i ? ", " : "", generators[i]->name);
}

void generator_describe(FILE *out, const struct generator *g)
{
	const char *unproven = g->unproven ? g->unproven() : NULL;

	if (g->needs)
		fprintf(out, "    needs %s\n", g->needs);
	if (unproven)
		fprintf(out, "    unproven on this machine: %s\n", unproven);
	param_print(out, g->params, "    ");
	if (g->profiled)
		param_print(out, load_profile_params, "    ");
}

void generator_describe_whole(FILE *out, const struct generator *g)
{
	generator_describe(out, g);
	fputs("  every generator also has:\n", out);
	param_print(out, load_common_params, "    ");
}

int load_spec_init(struct load_spec *s, const struct generator *g)
{
	void *values = calloc(1, g->values_size);

	if (!values)
		return -ENOMEM;
	*s = (struct load_spec){.generator = g, .values = values};
	param_defaults(g->params, values);
	param_defaults(load_common_params, &s->common);
	param_defaults(load_profile_params, &s->common);
	return 0;
}

int load_spec_set(struct load_spec *s, const char *name, const char *text, char why[PARAM_WHY])
{
	if (param_find(s->generator->params, name))
		return param_set(s->generator->params, s->values, name, text, why);
	if (param_find(load_common_params, name))
		return param_set(load_common_params, &s->common, name, text, why);
	if (param_find(load_profile_params, name))
		return param_set(load_profile_params, &s->common, name, text, why);
	int r = param_set(s->generator->params, s->values, name, text, why);
	size_t n = strlen(why);

	snprintf(why + n, PARAM_WHY - n, "; and, as every generator: ");
	n = strlen(why);
	param_names(load_common_params, why + n, PARAM_WHY - n);
	n = strlen(why);
	if (s->generator->profiled)
		snprintf(why + n, PARAM_WHY - n, ", %s", load_profile_params->name);
	return r;
}

int load_spec_check(const struct load_spec *s, char why[PARAM_WHY])
{
	const char *missing = param_missing(s->generator->params, s->values);
	struct profile profile;

	if (missing) {
		snprintf(why, PARAM_WHY, "'%s' needs the parameter '%s'", s->generator->name, missing);
		return -EINVAL;
	}
	if (!s->generator->profiled && strcmp(s->common.profile, "constant")) {
		snprintf(why, PARAM_WHY, "'%s' takes no profile: its target is constant", s->generator->name);
		return -EINVAL;
	}
	int r = profile_parse(s->common.profile, &profile, why);

	if (!r)
		r = place_check(&s->common, why);
	return r ? r : s->generator->check ? s->generator->check(s->values, why) : 0;
}

static int set_parameter(void *spec, const char *name, const char *value, char why[PARAM_WHY])
{
	return load_spec_set(spec, name, value, why);
}

int load_spec_options(const char *command, const struct param *table, void *values, int argc, char **argv,
		      struct load_spec *s)
{
	struct options o = {.command = command, .table = table, .values = values, .other = set_parameter, .user = s};
	char why[PARAM_WHY];

	if (options_parse(&o, argc, argv))
		return -EINVAL;
	if (o.operands)
		return say_err(-EINVAL, "%s: '%s' is not an option; write --NAME VALUE", command, o.operand[0]);
	if (load_spec_check(s, why))
		return say_err(-EINVAL, "%s: %s", command, why);
	return 0;
}

void load_spec_free(struct load_spec *s)
{
	if (s->generator) {
		param_free(s->generator->params, s->values);
		param_free(load_common_params, &s->common);
		param_free(load_profile_params, &s->common);
	}
	free(s->values);
	*s = (struct load_spec){0};
}
