// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/record/lane.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PAGE         4096ull
#define FRAME_ALIGN  8
#define LOOK_TRIES   64
#define POSITION_MAX (UINT64_MAX / 2) /* no writer gets there, so that sums of positions cannot overflow */

const char *lane_name(enum lane_id id)
{
	static const char *const names[LANE_COUNT] = {"fast", "tasks", "kmsg", "timeline", "kmod", "host"};

	return id < LANE_COUNT ? names[id] : "?";
}

static uint64_t area_bytes(uint64_t wanted)
{
	return wanted ? (wanted + PAGE - 1) & ~(PAGE - 1) : PAGE;
}

uint64_t lanes_bytes(const struct lanes_layout *layout)
{
	uint64_t total = PAGE, power = PAGE;

	for (int i = 0; i < LANE_SHARED; i++)
		total += area_bytes(layout->size[i]);
	while (power < total)
		power *= 2;
	return power;
}

/* Returns where the lane's area begins, by the layout. */
static uint64_t area_offset(const struct lanes_layout *layout, enum lane_id id)
{
	uint64_t offset = PAGE;

	for (enum lane_id i = 0; i < id; i++)
		offset += area_bytes(layout->size[i]);
	return offset;
}

void lanes_format(void *region, const struct lanes_layout *layout)
{
	struct lanes_header *h = region;

	_Static_assert(sizeof(*h) <= PAGE, "the header has one page");
	for (int i = 0; i < LANE_SHARED; i++)
		h->lane[i] = (struct lane_area){.offset = area_offset(layout, i), .size = area_bytes(layout->size[i])};
	h->version = LANES_VERSION;
	h->ring = layout->ring;
	__atomic_thread_fence(__ATOMIC_RELEASE);
	memcpy(h->magic, LANES_MAGIC, sizeof(h->magic));
}

void lane_writer(struct lane_writer *w, void *region, enum lane_id id)
{
	struct lanes_header *h = region;

	*w = (struct lane_writer){
		.header = h,
		.area = &h->lane[id],
		.bytes = (char *)region + h->lane[id].offset,
		.id = id,
		.ring = h->ring,
	};
}

/* Returns the bytes from `at` to the end of the area. A frame that does not fit there begins at the area's start. */
static uint64_t to_end(uint64_t size, uint64_t at)
{
	return size - at % size;
}

/*
 * Moves the ring's tail past the frames that are overwritten up to `end`. The old frames are the writer's own and
 * whole, so that their lengths can be trusted; an impossible length marks the unused end of the area.
 */
static void make_room(struct lane_writer *w, uint64_t end)
{
	uint64_t tail = w->area->tail, size = w->area->size;

	while (end - tail > size) {
		const struct frame_head *old = (const void *)(w->bytes + tail % size);
		uint64_t rest = to_end(size, tail);

		tail += rest < sizeof(*old) || !old->length || old->length > rest ? rest : old->length;
	}
	__atomic_store_n(&w->area->tail, tail, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

int lane_write(struct lane_writer *w, const struct frame_head *head, const void *payload)
{
	struct lane_area *a = w->area;
	uint64_t length = frame_length(head->payload_length), at = a->head;
	struct frame_head h = *head;

	h.lane = w->id;
	h.seq = a->seq++;
	h.reserved = 0;
	if (head->payload_length > FRAME_PAYLOAD_MAX || length > a->size / 2) {
		a->refused++;
		return -EMSGSIZE;
	}
	if (to_end(a->size, at) < length)
		at += to_end(a->size, at);
	if (!w->ring && at + length > a->size) {
		a->refused++;
		return -ENOSPC;
	}
	if (at + length > a->tail + a->size)
		make_room(w, at + length);
	char *place = w->bytes + at % a->size;

	/* The unused end of the ring must not look like an old frame. */
	if (at != a->head && to_end(a->size, a->head) >= sizeof(uint32_t))
		memset(w->bytes + a->head % a->size, 0, sizeof(uint32_t));
	h.length = 0;
	h.crc = frame_crc(&h, payload);
	memcpy(place, &h, sizeof(h));
	memcpy(place + sizeof(h), payload, h.payload_length);
	memset(place + sizeof(h) + h.payload_length, 0, length - sizeof(h) - h.payload_length);
	__atomic_store_n((uint32_t *)place, (uint32_t)length, __ATOMIC_RELEASE);
	__atomic_store_n(&a->head, at + length, __ATOMIC_RELEASE);
	return 0;
}

static uint64_t load(const uint64_t *position)
{
	return __atomic_load_n(position, __ATOMIC_ACQUIRE);
}

int lane_reader(struct lane_reader *r, const void *region, const struct lanes_layout *layout, enum lane_id id)
{
	const struct lanes_header *h = region;
	uint64_t magic = load((const uint64_t *)h->magic);

	if (memcmp(&magic, LANES_MAGIC, sizeof(magic)))
		return -EAGAIN;
	if (__atomic_load_n(&h->version, __ATOMIC_RELAXED) != LANES_VERSION)
		return -EBADMSG;
	*r = (struct lane_reader){
		.area = &h->lane[id],
		.bytes = (const char *)region + area_offset(layout, id),
		.size = area_bytes(layout->size[id]),
		.id = id,
		.ring = layout->ring,
	};
	return 0;
}

/*
 * Reads a consistent head and tail: the writer moves the tail before the head, so the tail must be the same before and
 * after the head is read. If the writer never pauses, the next look tries again.
 */
static bool positions(const struct lane_reader *r, uint64_t *head, uint64_t *tail)
{
	for (int i = 0; i < LOOK_TRIES; i++) {
		*tail = load(&r->area->tail);
		*head = load(&r->area->head);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (load(&r->area->tail) == *tail)
			return true;
	}
	return false;
}

/* Whether fuka's writer can have set these positions: multiples of 8 that only grow, at most the area's size apart. */
static bool possible(const struct lane_reader *r, uint64_t head, uint64_t tail)
{
	return head % FRAME_ALIGN == 0 && tail % FRAME_ALIGN == 0 && head >= r->head && tail <= head &&
	       head - tail <= r->size && (r->ring ? head <= POSITION_MAX : !tail);
}

void lane_look(struct lane_reader *r)
{
	uint64_t head, tail;

	if (r->broken || !positions(r, &head, &tail))
		return;
	if (!possible(r, head, tail)) {
		r->broken = true;
		r->damaged++;
		r->at = r->head;
		return;
	}
	r->head = head;
	if (r->at < tail)
		r->at = tail; /* overwritten before it was read; the gap in seq counts it */
}

/*
 * Copies one frame out of shared memory, so that the guest cannot change it afterwards. Returns 0 when there is no
 * whole frame.
 */
static long copy_frame(struct lane_reader *r, const char *place, uint64_t rest, struct frame *out)
{
	uint32_t length = __atomic_load_n((const uint32_t *)place, __ATOMIC_ACQUIRE);

	if (length < sizeof(struct frame_head) || length > rest || length > frame_length(FRAME_PAYLOAD_MAX))
		return 0;
	if (length > r->copy_size) {
		char *bigger = realloc(r->copy, length);

		if (!bigger)
			return -ENOMEM;
		r->copy = bigger;
		r->copy_size = length;
	}
	memcpy(r->copy, place, length);
	memcpy(r->copy, &length, sizeof(length));
	return frame_parse(r->copy, length, out);
}

static void count_sequence(struct lane_reader *r, uint64_t seq)
{
	if (seq > r->next_seq)
		r->lost += seq - r->next_seq;
	r->next_seq = seq + 1;
}

/*
 * Whether the writer overwrote the frame while it was copied. The copy is then invalid, and reading continues at the
 * writer's tail.
 */
static bool overtaken(struct lane_reader *r)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	uint64_t tail = load(&r->area->tail);

	if (!r->ring || tail <= r->at)
		return false;
	r->at = tail < r->head ? tail : r->head;
	return true;
}

/* Takes the frame at r->at. Returns 1 and *out, 0 when there was none and r->at has moved on, or -ENOMEM. */
static int take_frame(struct lane_reader *r, struct frame *out)
{
	uint64_t left = r->head - r->at, rest = to_end(r->size, r->at), there = left < rest ? left : rest;
	long n = there < sizeof(struct frame_head) ? 0 : copy_frame(r, r->bytes + r->at % r->size, there, out);

	if (n == -ENOMEM)
		return -ENOMEM;
	if (overtaken(r))
		return 0;
	if (n > 0 && out->head.lane == r->id) {
		r->at += n;
		count_sequence(r, out->head.seq);
		return 1;
	}
	if (n == 0 && left > rest) {
		r->at += rest; /* the unused end */
		return 0;
	}
	r->damaged++;
	r->at = r->head;
	return 0;
}

int lane_read(struct lane_reader *r, struct frame *out)
{
	int taken = 0;

	while (!taken && r->at < r->head) {
		if (r->at % FRAME_ALIGN) { /* the tail moved during the copy, to where fuka's writer never puts it */
			r->damaged++;
			r->at = r->head;
			break;
		}
		taken = take_frame(r, out);
	}
	return taken;
}

uint64_t lane_refused(const struct lane_reader *r)
{
	return r->area ? load(&r->area->refused) : 0;
}

void lane_reader_free(struct lane_reader *r)
{
	free(r->copy);
	r->copy = NULL;
	r->copy_size = 0;
}
