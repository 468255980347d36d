// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names of figures are written, compared and hashed in parts, because that happens a million times per hour of
 * recording.
 */
#include "collect/metrics/family.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

struct lines figures_lines(const struct frame *f)
{
	return lines_in(f->payload, f->head.payload_length);
}

void figure(struct figures *to, const char *prefix, struct piece word, const char *suffix, double value)
{
	to->take(to, &(struct figure){.prefix = prefix, .word = word, .suffix = suffix, .value = value});
}

static const char *cpu_suffix(const struct figure *g, char text[16])
{
	*text = '\0';
	if (g->per_cpu)
		snprintf(text, 16, ".cpu%d", g->cpu);
	return text;
}

void figure_name(const struct figure *g, char *name, size_t size)
{
	char cpu[16];

	snprintf(name, size, "%s%.*s%s%s", g->prefix, (int)g->word.length, g->word.length ? g->word.at : "", g->suffix,
		 cpu_suffix(g, cpu));
}

bool figure_is(const struct figure *g, const char *name)
{
	const char *end = name + strlen(name);
	char cpu[16];

	if (!lines_literal(&name, end, g->prefix) || (size_t)(end - name) < g->word.length ||
	    (g->word.length && memcmp(name, g->word.at, g->word.length)))
		return false;
	name += g->word.length;
	return lines_literal(&name, end, g->suffix) && !strcmp(name, cpu_suffix(g, cpu));
}

static uint64_t hash(uint64_t h, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)text[i]) * 0x100000001b3;
	return h;
}

#define NOTHING 0xcbf29ce484222325 /* FNV-1a */

uint64_t figure_hash(const struct figure *g)
{
	uint64_t h = hash(hash(NOTHING, g->prefix, strlen(g->prefix)), g->word.at, g->word.length);
	char cpu[16];

	cpu_suffix(g, cpu);
	return hash(hash(h, g->suffix, strlen(g->suffix)), cpu, strlen(cpu));
}

uint64_t figure_hash_of(const char *name)
{
	return hash(NOTHING, name, strlen(name));
}

bool name_is_word(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!islower((unsigned char)s[i]) && !isdigit((unsigned char)s[i]) && s[i] != '_')
			return false;
	return n;
}

size_t name_without_cpu(const char *name)
{
	size_t n = strlen(name), digits = 0;

	while (digits < n && digits < 7 && isdigit((unsigned char)name[n - digits - 1]))
		digits++;
	return digits && n > digits + 4 && !memcmp(name + n - digits - 4, ".cpu", 4) ? n - digits - 4 : n;
}
