// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lanes as a hostile guest leaves them: positions that no writer of ours has, a description that lies, a writer that
 * never ends. The reader believes the host's layout, looks once, and takes at most one lane a look.
 */
#include "lib/record/lane.h"
#include "tests/unit/tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LANE_BYTES 8192

static struct lanes_layout layout;
static struct lanes_header *header;
static struct lane_area *area;
static struct lane_writer writer;
static struct lane_reader reader;

static void begin(bool ring)
{
	free(header);
	lane_reader_free(&reader);
	layout = (struct lanes_layout){.ring = ring};
	for (int i = 0; i < LANE_SHARED; i++)
		layout.size[i] = LANE_BYTES;
	header = calloc(1, lanes_bytes(&layout));
	if (!header)
		exit(99);
	lanes_format(header, &layout);
	area = &header->lane[LANE_KMSG];
	lane_writer(&writer, header, LANE_KMSG);
	if (lane_reader(&reader, header, &layout, LANE_KMSG))
		exit(99);
}

static void put(const char *payload)
{
	struct frame_head head = {.type = FRAME_LOG, .payload_length = strlen(payload)};

	lane_write(&writer, &head, payload);
}

/* Frames of one look, at most `most`. */
static int look(int most)
{
	struct frame f;
	int n = 0;

	lane_look(&reader);
	while (n < most && lane_read(&reader, &f) == 1)
		n++;
	return n;
}

/* A frame that is whole at the area's end, and positions around 2^64: it was read again for ever. */
static void wraps(void)
{
	char payload[48] = "the same frame, again and again";
	struct frame_head head = {.type = FRAME_LOG, .lane = LANE_KMSG, .payload_length = 48, .length = 104};
	char *at;

	begin(true);
	at = writer.bytes + LANE_BYTES - 104;
	head.crc = frame_crc(&head, payload);
	memcpy(at, &head, sizeof(head));
	memcpy(at + sizeof(head), payload, sizeof(payload));
	area->tail = -104ull;
	area->head = -1ull;
	ok(look(1000) == 0 && reader.broken, "H1: a frame that ends beyond 2^64 is not read");
	area->head = -8ull;
	ok(look(1000) == 0, "H1: nor with positions that are multiples of 8");
}

static void impossible(const char *what, bool ring, uint64_t tail, uint64_t head)
{
	begin(ring);
	put("one");
	ok(look(10) == 1 && !reader.broken, "H1: a lane of ours, then %s", what);
	put("two");
	area->tail = tail;
	area->head = head;
	ok(look(1000) == 0 && reader.broken && reader.damaged == 1, "H1: … is given up");
	area->tail = 0;
	area->head = 2 * frame_length(3);
	ok(look(1000) == 0 && reader.damaged == 1, "H1: … and stays so, counted once");
}

static void positions(void)
{
	uint64_t one = frame_length(3);

	impossible("a head that goes back", true, 0, 0);
	impossible("a tail beyond the head", true, 4 * one, 2 * one);
	impossible("more between them than the lane has", true, 0, LANE_BYTES + 8);
	impossible("a position that is no multiple of 8", true, 0, 2 * one + 4);
	impossible("a tail in a linear lane", false, 8, 2 * one);
	impossible("a linear lane's head beyond its end", false, 0, LANE_BYTES + 8);
}

/* A guest that writes whenever the host has read: a look ends all the same. */
static void endless(void)
{
	int most = LANE_BYTES / frame_length(5), n = 0;
	struct frame f;

	begin(true);
	put("first");
	lane_look(&reader);
	for (; n <= most && lane_read(&reader, &f) == 1; n++)
		put("again");
	ok(n == 1, "H1: a look takes what was there when it began (%d frames)", n);
	for (int i = 0; i < 3 * most; i++)
		put("over!");
	ok(look(10 * most) <= most, "H1: a look takes at most one lane");
	ok(reader.lost > 0 && !reader.broken, "what was overwritten is counted as lost");
}

/* What the lane says of its own place and size is the guest's word. */
static void description(void)
{
	begin(true);
	put("where the layout has it");
	area->offset = 1ull << 40;
	area->size = 0;
	ok(look(10) == 1, "H2: a lane is read where the host's layout has it");
	area->offset = 0;
	area->size = UINT64_MAX;
	put("again");
	ok(reader.size == LANE_BYTES, "H2: its size is the layout's");
}

static void other_lane(void)
{
	struct lane_writer liar;

	begin(true);
	liar = writer;
	liar.id = LANE_HOST;
	writer = liar;
	put("event=qmp name=GUEST_PANICKED");
	ok(look(10) == 0 && reader.damaged == 1, "M1: a frame that names another lane is none of this one");
}

/* Only a ring's tail is looked at again: one that jumps while a frame is copied. */
static void jumps(void)
{
	begin(true);
	for (int i = 0; i < 5; i++)
		put("abc");
	lane_look(&reader);
	area->tail = 3;
	struct frame f;

	ok(lane_read(&reader, &f) == 0 && reader.damaged == 1,
	   "a tail that jumps to no frame's beginning ends the look");
	ok(reader.at <= reader.head, "and the reader stays within it");
}

/* The largest frame is half the lane; what is overwritten before it is read is counted one by one. */
static void sizes(void)
{
	static char payload[LANE_BYTES];
	struct frame_head head = {.type = FRAME_LOG};
	uint32_t fits = LANE_BYTES / 2 - frame_length(0);

	begin(true);
	head.payload_length = fits;
	ok(frame_length(fits) == LANE_BYTES / 2 && !lane_write(&writer, &head, payload), "half the lane is a frame");
	head.payload_length = fits + 1;
	ok(lane_write(&writer, &head, payload) == -EMSGSIZE && lane_refused(&reader) == 1,
	   "more is refused and counted");
	begin(true);
	for (int i = 0; i < 3; i++)
		put("abc");
	ok(look(10) == 3 && !reader.lost, "all are read");
	writer.area->seq += 3;
	put("after a hole");
	ok(look(10) == 1 && reader.lost == 3, "a hole of three is three lost frames (%llu)",
	   (unsigned long long)reader.lost);
	begin(false);
	int n = 0;

	while (!lane_write(&writer, &(struct frame_head){.type = FRAME_LOG, .payload_length = 3}, "abc") && n < 10000)
		n++;
	ok((uint64_t)n == LANE_BYTES / frame_length(3) && look(10000) == n, "a linear lane takes what fits, whole: %d",
	   n);
	ok(lane_refused(&reader) == 1, "… and counts what does not");
}

int main(void)
{
	sizes();
	wraps();
	positions();
	endless();
	description();
	other_lane();
	jumps();
	free(header);
	lane_reader_free(&reader);
	return tap_end();
}
