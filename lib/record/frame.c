// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/record/frame.h"
#include "lib/base/crc32c.h"

#include <errno.h>
#include <string.h>

#define CRC_FROM offsetof(struct frame_head, type)

uint32_t frame_crc(const struct frame_head *head, const void *payload)
{
	uint32_t crc = crc32c(0, (const char *)head + CRC_FROM, sizeof(*head) - CRC_FROM);

	return crc32c(crc, payload, head->payload_length);
}

long frame_parse(const void *bytes, size_t n, struct frame *out)
{
	struct frame f;

	if (n < sizeof(f.head))
		return 0;
	memcpy(&f.head, bytes, sizeof(f.head));
	if (f.head.length == 0)
		return 0;
	if (f.head.payload_length > FRAME_PAYLOAD_MAX || f.head.length != frame_length(f.head.payload_length))
		return -EBADMSG;
	if (f.head.length > n)
		return 0;
	f.payload = (const char *)bytes + sizeof(f.head);
	if (frame_crc(&f.head, f.payload) != f.head.crc)
		return -EBADMSG;
	*out = f;
	return f.head.length;
}
