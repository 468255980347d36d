// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A bzImage, by the boot protocol of x86: "HdrS" at 0x202 and version 2.08 or later at 0x206, so that payload_offset (0x248)
 * and payload_length are there; at 0x20e the offset, less 0x200, of "6.1.0-50-amd64 (debian-kernel@…) #1 …".
 */
#include "lab/pack/kernel_files.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

static uint32_t le32(const unsigned char *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

bool kernel_image_is(const struct mapped_file *f)
{
	return f->n > 0x1000 && !memcmp(f->at + 0x202, "HdrS", 4) && (f->at[0x206] | f->at[0x207] << 8) >= 0x208;
}

int kernel_image_payload(const struct mapped_file *f, struct mapped_file *out)
{
	size_t start = (f->at[0x1f1] + 1) * 512UL + le32(f->at + 0x248);

	*out = (struct mapped_file){f->at + start, le32(f->at + 0x24c)};
	return start > f->n || out->n > f->n - start || out->n < 64 ? -EINVAL : 0;
}

const char *kernel_image_release(const struct mapped_file *f)
{
	size_t at = (f->at[0x20e] | f->at[0x20f] << 8) + 0x200UL;

	return at < f->n - 256 ? (const char *)f->at + at : NULL;
}
