// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Shared memory as a guest leaves it: an input is frames "source, length, payload", which are written as the guest
 * does, and then "offset, byte" pairs that are put into the memory, as a guest that is broken might. What is written is
 * read again, in order, or counted as lost; with whatever in it, reading ends and stays within the memory.
 */
#include "lib/record/lane.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#define FRAMES_MAX 200
#define PATCH_BIT  0x80 /* of the first byte: what follows are patches */

struct written {
	const uint8_t *payload[FRAMES_MAX];
	size_t length[FRAMES_MAX], count, refused;
};

static size_t write_frames(void *region, const uint8_t *p, size_t n, struct written *w)
{
	struct lane_writer lane;
	size_t at = 0;

	lane_writer(&lane, region, LANE_TIMELINE);
	while (at + 2 <= n && !(p[at] & PATCH_BIT) && w->count + w->refused < FRAMES_MAX) {
		size_t left = n - at - 2, length = (size_t)p[at + 1] * 8;
		struct frame_head head = {.type = FRAME_EVENT, .source = p[at]};

		length = length < left ? length : left;
		head.payload_length = length;
		if (lane_write(&lane, &head, p + at + 2)) {
			w->refused++;
		} else {
			w->payload[w->count] = p + at + 2;
			w->length[w->count++] = length;
		}
		at += 2 + length;
	}
	return at;
}

/* Three bytes each: where, in the region's first 64 KiB, and what. */
static size_t patch(unsigned char *region, size_t bytes, const uint8_t *p, size_t n)
{
	size_t count = 0;

	for (size_t i = 1; i + 3 <= n; i += 3, count++)
		region[(p[i] << 8 | p[i + 1]) % bytes] = p[i + 2];
	return count;
}

static void check_whole(const struct written *w, size_t i, const struct frame *f)
{
	if (i >= w->count || f->head.payload_length != w->length[i] || memcmp(f->payload, w->payload[i], w->length[i]))
		abort();
}

static void read_all(const void *region, const struct lanes_layout *layout, const struct written *w, bool whole)
{
	struct lane_reader r = {0};
	size_t count = 0, bytes = lanes_bytes(layout), most = layout->size[LANE_TIMELINE] / sizeof(struct frame_head);
	struct frame f;

	if (lane_reader(&r, region, layout, LANE_TIMELINE)) {
		if (whole)
			abort();
		return;
	}
	lane_look(&r);
	for (; lane_read(&r, &f) == 1; count++) {
		if (whole)
			check_whole(w, r.lost + count, &f);
		if (count > most || f.head.payload_length > bytes)
			abort();
	}
	if (whole && (r.damaged || (w->count && r.lost + count != w->count)))
		abort();
	lane_reader_free(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct lanes_layout layout = {.ring = n && bytes[0] & 1};
	struct written w = {.count = 0};

	if (!n)
		return 0;
	layout.size[LANE_TIMELINE] = 8192;
	size_t size = lanes_bytes(&layout);
	void *region = calloc(1, size);

	if (!region)
		return 0;
	lanes_format(region, &layout);
	size_t used = 1 + write_frames(region, bytes + 1, n - 1, &w);
	size_t patches = patch(region, size, bytes + used, n - used);

	read_all(region, &layout, &w, !patches && !w.refused);
	free(region);
	return 0;
}
