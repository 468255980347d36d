// SPDX-License-Identifier: GPL-2.0-or-later
/* What the host prepares for a scenario: bytes for all that its lanes will hold, and the frames that it sends. */
#include "collect/sample/sampler.h"
#include "lab/expect/expect.h"
#include "lab/scenario/lane_sizes.h"
#include "lab/guest/netcard.h"
#include "lab/host/netcard.h"
#include "tests/unit/tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MIB (1ull << 20)

static struct scenario *parse(const char *text)
{
	struct scenario *s;

	if (scenario_parse("x.yaml", text, strlen(text), expect_read, &s))
		exit(99);
	return s;
}

static void bytes(void)
{
	struct scenario *s = parse("about: x\nend: 100s\nrecord: {interval: 100ms, tasks: 1s}\ntimeline:\n"
				   "  - {at: 1s, load: dstate, tasks: 500}\n");
	struct lanes_layout few, many;

	lane_sizes_of(s, &many);
	ok(!many.ring, "the virtual clock has linear lanes");
	ok(many.size[LANE_FAST] >= 1001 * sampler_round_bytes(1, s->record.sources),
	   "a sample each 100 ms for 100 s, and one at the end");
	ok(many.size[LANE_TASKS] >= 101 * (4096 + 500 * 60),
	   "a walk each second with a line for each task that is held");
	ok(many.size[LANE_KMOD] == 0, "nothing for a module that nobody needs");
	ok(lane_sizes_max(s) >= many.size[LANE_FAST] + many.size[LANE_TASKS] + LANE_SIZES_OUTPUT,
	   "a recording takes all that is expected");
	scenario_free(s);
	s = parse("about: x\nend: 100s\nrecord: {interval: 100ms, tasks: 1s}\n");
	lane_sizes_of(s, &few);
	ok(few.size[LANE_FAST] == many.size[LANE_FAST] && few.size[LANE_TASKS] < many.size[LANE_TASKS],
	   "less without the tasks");
	scenario_free(s);
	s = parse("about: x\nend: 100s\nmachine: {clock: real}\ntimeline:\n"
		  "  - {at: 1s, fault: spin, context: timer, trigger: {delay: 1s}}\n");
	lane_sizes_of(s, &few);
	ok(few.ring && few.size[LANE_FAST] == 8 * MIB && few.size[LANE_KMOD] == MIB,
	   "rings on the real clock; the module");
	scenario_free(s);
}

/* A page of text may ask for more than 2^64 bytes: that must not come out as little. */
static void far_too_much(void)
{
	static char text[1 << 20] = "about: x\nend: 8760h\nrecord: {interval: 1ms, tasks: 10ms}\ntimeline:\n";
	size_t n = strlen(text);
	struct lanes_layout layout;

	for (int i = 0; i < 9999; i++)
		n += snprintf(text + n, sizeof(text) - n, "  - {at: 0s, load: cpu, tasks: 100000}\n");
	struct scenario *s = parse(text);

	lane_sizes_of(s, &layout);
	ok(layout.size[LANE_TASKS] >= 1ull << 50 && lanes_bytes(&layout) > LANE_SIZES_REGION_MAX,
	   "M10: a year of a thousand million tasks is too much, not what is left of it modulo 2^64");
	ok(lane_sizes_max(s) > LANE_SIZES_REGION_MAX, "M10: for the recording, too");
	scenario_free(s);
}

static void through(void *user, const struct netcard_send *s, int err)
{
	(void)s;
	*(int *)user += err ? 100 : 1;
}

/* Over a socket pair instead of QEMU's. */
static void sent(void)
{
	struct scenario *s = parse("about: x\nend: 10s\nmachine: {clock: real, network: true}\ntimeline:\n"
				   "  - {at: 1s, send: {udp: 7, payload: a, count: 3, every: 50ms}, from: outside}\n");
	struct netcard o = {.fd = -1};
	unsigned char frame[NETCARD_FRAME_MAX];
	struct timespec begun, now;
	int pair[2], done = 0, got = 0;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair))
		exit(99);
	o.fd = pair[0];
	ok(netcard_frame(s->entry->load.values, frame) == 60, "a short frame is padded to the least that Ethernet has");
	ok(!netcard_begin(&o, s->entry), "it begins");
	netcard_work(&o, through, &done);
	while (recv(pair[1], frame, sizeof(frame), 0) > 0)
		got++;
	ok(got == 1 && !done, "one at once, the next is not due");
	netcard_work(&o, through, &done);
	ok(recv(pair[1], frame, sizeof(frame), 0) < 0, "… nor is it at the next look");
	clock_gettime(CLOCK_MONOTONIC, &begun);
	do {
		usleep(5000);
		netcard_work(&o, through, &done);
		while (recv(pair[1], frame, sizeof(frame), 0) > 0)
			got++;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (!done && now.tv_sec - begun.tv_sec < 5);
	double ms = (now.tv_sec - begun.tv_sec) * 1e3 + (now.tv_nsec - begun.tv_nsec) / 1e6;

	ok(done == 1 && got == 3 && !o.sends, "three in all, told once");
	ok(ms > 80, "50 ms apart each (%.0f ms for two)", ms);
	close(pair[0]);
	close(pair[1]);
	scenario_free(s);
}

/* Without every: all at once, and not one more. */
static void sent_at_once(void)
{
	struct scenario *s = parse("about: x\nend: 10s\nmachine: {clock: real, network: true}\ntimeline:\n"
				   "  - {at: 1s, send: {udp: 7, payload: a, count: 3}, from: outside}\n");
	struct netcard o = {.fd = -1};
	unsigned char frame[NETCARD_FRAME_MAX];
	int pair[2], done = 0, got = 0;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair))
		exit(99);
	o.fd = pair[0];
	if (netcard_begin(&o, s->entry))
		exit(99);
	netcard_work(&o, through, &done);
	while (recv(pair[1], frame, sizeof(frame), 0) > 0)
		got++;
	ok(got == 3 && done == 1 && !o.sends, "three at once, told once: %d", got);
	close(pair[0]);
	close(pair[1]);
	scenario_free(s);
}

int main(void)
{
	bytes();
	far_too_much();
	sent();
	sent_at_once();
	return tap_end();
}
