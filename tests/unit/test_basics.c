// SPDX-License-Identifier: GPL-2.0-or-later
/* The smallest parts: CRC-32C, logfmt lines, frames. */
#include "lib/base/crc32c.h"
#include "lib/record/frame.h"
#include "lib/text/logfmt.h"
#include "tests/unit/tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void checksum(void)
{
	static const char nine[] = "123456789";
	unsigned char zeros[32] = {0};

	ok(crc32c(0, nine, 9) == 0xe3069283, "the check value of CRC-32C");
	ok(crc32c(crc32c(0, nine, 4), nine + 4, 5) == 0xe3069283, "in two parts");
	ok(crc32c(0, zeros, sizeof(zeros)) == 0x8a9136aa, "32 zeroes, RFC 3720 B.4");
	ok(crc32c(0, NULL, 0) == 0, "nothing");
}

static void lines(void)
{
	char line[200] = "", value[64] = "untouched", little[12] = "";
	size_t n = 0;
	long long v = 5;

	logfmt_add(line, sizeof(line), &n, "event", "start");
	logfmt_add(line, sizeof(line), &n, "about", "say \"hi\"\nand a=b \\ c");
	logfmt_add(line, sizeof(line), &n, "none", "");
	logfmt_add_int(line, sizeof(line), &n, "n", -42);
	ok(!strcmp(line, "event=start about=\"say \\\"hi\\\"\\nand a=b \\\\ c\" none=\"\" n=-42"), "a line is written");
	ok(logfmt_get(line, n, "about", value, sizeof(value)) && !strcmp(value, "say \"hi\"\nand a=b \\ c"),
	   "and read back");
	ok(logfmt_get(line, n, "none", value, sizeof(value)) && !*value, "an empty value");
	ok(logfmt_get_int(line, n, "n", &v) && v == -42, "a number");
	strcpy(value, "untouched");
	ok(!logfmt_get(line, n, "a", value, sizeof(value)) && !strcmp(value, "untouched"),
	   "a key inside a value is none");
	ok(!logfmt_get_int(line, n, "event", &v) && v == -42, "a word is no number");
	ok(logfmt_get(line, n, "about", value, 4) && !strcmp(value, "say"), "a value is cut to its buffer");
	ok(!logfmt_get("k=\"open", 7, "open", value, sizeof(value)), "an open quote ends with the line");
	n = 0;
	logfmt_add(little, sizeof(little), &n, "key", "12345678");
	ok(n == 0 && !*little, "what does not fit is left out whole");
	logfmt_add(little, sizeof(little), &n, "key", "1234567");
	ok(!strcmp(little, "key=1234567"), "what just fits is there");
}

static void frames(void)
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
}

int main(void)
{
	checksum();
	lines();
	frames();
	return tap_end();
}
