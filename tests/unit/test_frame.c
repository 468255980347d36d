// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames: whole ones are parsed, others are waited for or refused. */
#include "lib/record/frame.h"
#include "tests/unit/tap.h"

#include <errno.h>
#include <string.h>

int main(void)
{
	char bytes[128] = {0};
	struct frame_head h = {.type = FRAME_SAMPLE, .source = 2, .seq = 7, .before_ns = 9, .payload_length = 5};
	struct frame f;
	long n = frame_length(5);

	h.length = n;
	h.crc = frame_crc(&h, "hello");
	memcpy(bytes, &h, sizeof(h));
	memcpy(bytes + sizeof(h), "hello", 5);
	ok(n == 64, "padded to 8");
	ok(frame_parse(bytes, sizeof(bytes), &f) == n && f.head.seq == 7 && !memcmp(f.payload, "hello", 5),
	   "a frame is parsed");
	ok(frame_parse(bytes, n - 1, &f) == 0, "not all of it there yet");
	ok(frame_parse(bytes, 10, &f) == 0, "not even its head");
	bytes[60] ^= 1;
	ok(frame_parse(bytes, sizeof(bytes), &f) == -EBADMSG, "a flipped bit in the payload");
	bytes[60] ^= 1;
	bytes[20] ^= 1;
	ok(frame_parse(bytes, sizeof(bytes), &f) == -EBADMSG, "and in the head");
	memset(bytes, 0, sizeof(bytes));
	ok(frame_parse(bytes, sizeof(bytes), &f) == 0, "length 0: not there yet");
	memset(bytes, 0xff, sizeof(bytes));
	ok(frame_parse(bytes, sizeof(bytes), &f) == -EBADMSG, "an absurd length");
	return tap_end();
}
