// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hostile-guest HOW — root in the guest, writing into the shared memory what the host must not believe:
 *
 *	forge	frames that only the host may write: QEMU's word and the console's
 *	wrap	positions at the end of 64 bits, so that one frame would be read for ever
 *	flip	the place of a lane, changed all the time, and its positions
 *	flood	whole frames without end, as a writer of ours would
 *	ask	the host, for what the timeline does not have, and for what it has more than once
 *
 * Statically linked: it needs no library of the guest's.
 */
#include "lib/record/lane.h"
#include "lib/record/source.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static struct lanes_header *header;

static void map(const char *path)
{
	int fd = open(path, O_RDWR);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return;
	void *region = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	close(fd);
	if (region != MAP_FAILED && !memcmp(region, LANES_MAGIC, sizeof(header->magic)))
		header = region;
}

static void find(void)
{
	glob_t g;

	if (glob("/sys/bus/pci/devices/*/resource2", 0, NULL, &g))
		return;
	for (size_t i = 0; i < g.gl_pathc && !header; i++)
		map(g.gl_pathv[i]);
}

static void put(enum lane_id lane, int type, int source, const char *bytes, size_t n)
{
	struct frame_head head = {
		.type = type, .source = source, .before_ns = 99000000000, .after_ns = 99000000000, .payload_length = n};
	struct lane_writer w;

	lane_writer(&w, header, lane);
	lane_write(&w, &head, bytes);
}

static void line(int type, int source, const char *text)
{
	put(LANE_TIMELINE, type, source, text, strlen(text));
}

static void forge(void)
{
	line(FRAME_EVENT, SOURCE_host, "event=qmp name=GUEST_PANICKED");
	line(FRAME_EVENT, SOURCE_host, "event=ended how=panic");
	line(FRAME_TEXT, SOURCE_console, "\n[ 9999.000000] Kernel panic - not syncing: forged by a process\n");
}

static void wrap(void)
{
	static const char payload[48] = "the same frame, again and again";
	struct frame_head head = {.type = FRAME_LOG,
				  .source = SOURCE_kmsg,
				  .lane = LANE_KMSG,
				  .length = frame_length(sizeof(payload)),
				  .payload_length = sizeof(payload)};
	struct lane_area *a = &header->lane[LANE_KMSG];
	char *at = (char *)header + a->offset + a->size - head.length;

	head.crc = frame_crc(&head, payload);
	memcpy(at, &head, sizeof(head));
	memcpy(at + sizeof(head), payload, sizeof(payload));
	a->tail = -(uint64_t)head.length;
	a->head = -1ull;
}

/*
 * A host that reads a frame, finds it overwritten and looks again is kept at it: as if a writer were always faster. In the
 * lane of the module, which is not loaded.
 */
static void flip(void)
{
	volatile struct lane_area *a = &header->lane[LANE_KMOD];
	uint64_t offset = a->offset, size = a->size;

	a->head += size / 2;
	for (unsigned int i = 0;; i++) {
		a->head += size / 4;
		a->tail += size / 4;
		a->offset = i % 8 ? offset : offset + (1ull << 40);
	}
}

static void flood(void)
{
	static char noise[65000];
	int fd = open("/dev/urandom", O_RDONLY);

	if (read(fd, noise, sizeof(noise)) != sizeof(noise))
		return;
	memcpy(noise, "id=flood\n", 9);
	for (;;)
		put(LANE_TIMELINE, FRAME_TEXT, SOURCE_output, noise, sizeof(noise));
}

static void ask(void)
{
	for (int i = 0; i < 100; i++) {
		line(FRAME_EVENT, SOURCE_timeline, "event=host id=slow action=throttle");
		line(FRAME_EVENT, SOURCE_timeline, "event=host id=nothing action=kill");
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*act)(void);
	} how[] = {{"forge", forge}, {"wrap", wrap}, {"flip", flip}, {"flood", flood}, {"ask", ask}};

	find();
	for (size_t i = 0; header && argc == 2 && i < sizeof(how) / sizeof(*how); i++)
		if (!strcmp(argv[1], how[i].name)) {
			how[i].act();
			return 0;
		}
	fprintf(stderr, "hostile-guest: %s\n",
		header ? "usage: hostile-guest forge|wrap|flip|flood|ask" : "no lanes here");
	return 1;
}
