// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/lane.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 4096ull

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

void lanes_format(void *region, const struct lanes_layout *layout)
{
	struct lanes_header *h = region;
	uint64_t offset = PAGE;

	_Static_assert(sizeof(*h) <= PAGE, "the header has one page");
	for (int i = 0; i < LANE_SHARED; i++) {
		h->lane[i] = (struct lane_area){.offset = offset, .size = area_bytes(layout->size[i])};
		offset += h->lane[i].size;
	}
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

/* Bytes from `at` to the end of the area: a frame that does not fit there begins at the area's start. */
static uint64_t to_end(uint64_t size, uint64_t at)
{
	return size - at % size;
}

/*
 * Moves the ring's tail past the frames that the next `need` bytes overwrite. The old frames are the writer's own
 * and whole, so their lengths can be trusted; a length that cannot be one (the unused end) means: skip to the start.
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

/* The header is the guest's: a broken guest must not lead the reader out of the region. */
static bool area_is_sane(const struct lane_area *a, uint64_t bytes)
{
	return a->size >= PAGE && a->size % PAGE == 0 && a->offset >= PAGE && a->offset <= bytes &&
	       a->size <= bytes - a->offset;
}

int lane_reader(struct lane_reader *r, const void *region, uint64_t bytes, enum lane_id id)
{
	const struct lanes_header *h = region;

	if (memcmp(h->magic, LANES_MAGIC, sizeof(h->magic)))
		return -EAGAIN;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (h->version != LANES_VERSION || !area_is_sane(&h->lane[id], bytes))
		return -EBADMSG;
	*r = (struct lane_reader){.header = h, .region = region, .region_bytes = bytes, .id = id};
	return 0;
}

/* Copies one frame out of shared memory, so that what is handed out cannot change. 0: no whole frame there. */
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

int lane_read(struct lane_reader *r, struct frame *out)
{
	const struct lane_area *a = &r->header->lane[r->id];
	uint64_t size = a->size;

	if (!area_is_sane(a, r->region_bytes))
		return 0;
	for (;;) {
		uint64_t head = __atomic_load_n(&a->head, __ATOMIC_ACQUIRE);
		uint64_t tail = __atomic_load_n(&a->tail, __ATOMIC_ACQUIRE);

		if (head - tail > size) { /* no writer of ours: following it could take for ever */
			r->damaged += r->at != head;
			r->at = head;
			return 0;
		}
		if (r->at < tail)
			r->at = tail; /* overwritten before it was read: the hole in seq counts it */
		if (r->at >= head)
			return 0;
		uint64_t rest = to_end(size, r->at);
		const char *place = r->region + a->offset + r->at % size;
		long n = rest < sizeof(struct frame_head) ? 0 : copy_frame(r, place, rest, out);

		if (n == -ENOMEM)
			return -ENOMEM;
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (__atomic_load_n(&a->tail, __ATOMIC_ACQUIRE) > r->at)
			continue; /* the writer came past while we copied */
		if (n > 0) {
			r->at += n;
			count_sequence(r, out->head.seq);
			return 1;
		}
		if (n == 0 && head - r->at > rest) {
			r->at += rest; /* the unused end */
			continue;
		}
		r->damaged++;
		r->at = head;
	}
}

void lane_reader_free(struct lane_reader *r)
{
	free(r->copy);
	r->copy = NULL;
	r->copy_size = 0;
}
