// SPDX-License-Identifier: GPL-2.0-or-later
/* What the families have in common: the kernel's text, line by line, and numbers in it. */
#include "collect/metrics/family.h"

#include <ctype.h>
#include <string.h>

#define DIGITS_MAX 20  /* of 64 bits */
#define HINT_BACK  128 /* how far a line may have moved towards the beginning of its file */

struct lines lines_of(const struct frame *f)
{
	return (struct lines){.next = f->payload, .stop = f->payload + f->head.payload_length};
}

bool lines_next(struct lines *l)
{
	l->at = l->next;
	l->end = memchr(l->at, '\n', l->stop - l->at);
	if (!l->end)
		return false;
	l->next = l->end + 1;
	return true;
}

bool lines_number(const char **p, const char *end, double *v)
{
	while (*p < end && **p == ' ')
		(*p)++;
	if (*p == end || !isdigit((unsigned char)**p))
		return false;
	const char *from = *p;

	for (*v = 0; *p < end && isdigit((unsigned char)**p); (*p)++)
		*v = *v * 10 + (**p - '0');
	return *p - from <= DIGITS_MAX && (*p == end || **p == ' ');
}

/* Lines move little from one sample to the next: it is looked for first where it was last time. */
int lines_counter(struct reading *x, const struct frame *f, double *value)
{
	struct lines l = lines_of(f);
	size_t length = strlen(x->field);
	const char *from = l.next;
	uint64_t v;

	if (x->hint > HINT_BACK && x->hint < f->head.payload_length) {
		const char *near = f->payload + x->hint - HINT_BACK, *eol = memchr(near, '\n', l.stop - near);

		l.next = eol ? eol + 1 : l.next;
	}
	for (const char *begin = l.next; lines_next(&l) && l.at < begin + 4 * HINT_BACK;)
		if ((size_t)(l.end - l.at) > length && !memcmp(l.at, x->field, length) && l.at[length] == ' ') {
			x->hint = l.at - f->payload;
			from = l.at;
			break;
		}
	if (!cpu_counter(from, l.stop - from, x->field, &v) &&
	    !cpu_counter(f->payload, f->head.payload_length, x->field, &v))
		return 0;
	*value = (double)v;
	return 1;
}

bool lines_key(const struct lines *l, char key[READING_KEY])
{
	const char *blank = memchr(l->at, ' ', l->end - l->at);

	if (!blank || blank - l->at >= READING_KEY)
		return false;
	memcpy(key, l->at, blank - l->at);
	key[blank - l->at] = '\0';
	return true;
}

bool lines_is_word(const char *s)
{
	return *s && s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0' && strlen(s) < 64;
}
