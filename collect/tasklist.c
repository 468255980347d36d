// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The input (collect/tasks.h), "-" where the kernel does not tell; comm may hold spaces:
 *
 *	# pid tgid state policy wchan utime stime rss_kib comm; …; left out 71, not looked at 0
 *	214 213 D 0 kernel_clone 0 3 1204 dstate
 *	@214 [<0>] kernel_clone+0x38a/0x400
 */
#include "collect/tasklist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void count_kind(struct tasklist *t, char state, const char *wchan, const char *comm)
{
	int i = 0;

	while (i < t->kinds &&
	       (t->kind[i].state != state || strcmp(t->kind[i].wchan, wchan) || strcmp(t->kind[i].comm, comm)))
		i++;
	if (i == TASKLIST_KINDS)
		return; /* in the sums all the same */
	if (i == t->kinds) {
		t->kind[t->kinds] = (struct task_kind){.state = state};
		snprintf(t->kind[i].wchan, sizeof(t->kind[i].wchan), "%s", wchan);
		snprintf(t->kind[i].comm, sizeof(t->kind[i].comm), "%s", comm);
		t->kinds++;
	}
	t->kind[i].count++;
}

static long number_after(const char *line, const char *words)
{
	const char *at = strstr(line, words);

	return at ? strtol(at + strlen(words), NULL, 10) : 0;
}

static void read_line(struct tasklist *t, const char *line)
{
	char state, wchan[40];
	int pid, at = 0;
	long rss;

	if (*line == '#') {
		t->others = number_after(line, "left out ");
		t->unseen = number_after(line, "not looked at ");
		return;
	}
	if (sscanf(line, "%d %*d %c %*d %39s %*u %*u %ld %n", &pid, &state, wchan, &rss, &at) != 4 || !at || !line[at])
		return;
	char comm[32];

	snprintf(comm, sizeof(comm), "%s", line + at);
	t->running += state == 'R';
	t->blocked += state == 'D';
	if (state == 'R' || state == 'D')
		count_kind(t, state, wchan, comm);
	if (rss > t->largest_kib) {
		t->largest_kib = rss;
		t->largest_pid = pid;
		snprintf(t->largest, sizeof(t->largest), "%s", comm);
	}
}

static int by_count(const void *a, const void *b)
{
	const struct task_kind *x = a, *y = b;

	return x->count != y->count ? (x->count < y->count) - (x->count > y->count) : strcmp(x->comm, y->comm);
}

void tasklist_read(const char *text, size_t n, struct tasklist *out)
{
	const char *end = text + n, *eol;

	*out = (struct tasklist){0};
	for (; text < end; text = eol + 1) {
		char line[320];

		eol = memchr(text, '\n', end - text);
		if (!eol)
			break;
		if ((size_t)(eol - text) >= sizeof(line))
			continue;
		memcpy(line, text, eol - text);
		line[eol - text] = '\0';
		read_line(out, line);
	}
	qsort(out->kind, out->kinds, sizeof(out->kind[0]), by_count);
}

void tasklist_text(const struct tasklist *t, char *buf, size_t size)
{
	size_t at = 0;

	*buf = '\0';
	for (int i = 0; i < t->kinds; i++) {
		const struct task_kind *k = &t->kind[i];
		char one[120];
		bool waits = k->state == 'D' && strcmp(k->wchan, "-") != 0;
		int n = snprintf(one, sizeof(one), "%s%ld %c %s%s%s", at ? ", " : "", k->count, k->state, k->comm,
				 waits ? " in " : "", waits ? k->wchan : "");

		if (at + n + 4 >= size) {
			snprintf(buf + at, size - at, "…");
			return;
		}
		memcpy(buf + at, one, n + 1);
		at += n;
	}
}
