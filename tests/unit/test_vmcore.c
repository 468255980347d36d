// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * printk's ring buffer in a core made by hand: eight descriptors and 256 bytes of text, in which the log has wrapped;
 * records that are committed, without data, being written, and gone. And that log beside a console.
 */
#include "lab/host/vmcore.h"
#include "tests/unit/tap.h"

#include <elf.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOTE_AT   4096 /* in the file; */
#define MEMORY_AT 8192
#define BYTES     16384 /* of memory, which begins at physical 16 MiB */
#define PHYS      (16ull << 20)
#define KERNEL(p) (0xffffffff80000000ull + PHYS + (p)) /* the address of memory's byte p */
#define COUNT     8
#define TEXT      256
#define INFO_AT   1024
#define TEXT_AT   4096

enum state {
	RESERVED,
	COMMITTED,
	FINALIZED,
	REUSABLE
};

static unsigned char core[MEMORY_AT + BYTES];
static uint64_t next_id, next_at;
static bool wraps_early = true; /* up to 6.18 a block that would end just where the ring does begins anew, too */

static void put(size_t at, uint64_t value, size_t bytes)
{
	memcpy(core + MEMORY_AT + at, &value, bytes);
}

/* struct printk_ringbuffer at 16: two rings of the layout that the note gives. */
static void begin(uint64_t first_id, uint64_t first_at)
{
	static const char info[] =
		"SYMBOL(prb)=ffffffff81000000\n"
		"OFFSET(printk_ringbuffer.desc_ring)=0\nOFFSET(printk_ringbuffer.text_data_ring)=64\n"
		"OFFSET(prb_desc_ring.count_bits)=0\nOFFSET(prb_desc_ring.descs)=8\n"
		"OFFSET(prb_desc_ring.infos)=16\nOFFSET(prb_desc_ring.head_id)=24\n"
		"OFFSET(prb_desc_ring.tail_id)=32\nOFFSET(prb_data_ring.size_bits)=0\n"
		"OFFSET(prb_data_ring.data)=8\nSIZE(prb_desc)=24\nSIZE(printk_info)=32\n"
		"OFFSET(prb_desc.state_var)=0\nOFFSET(prb_desc.text_blk_lpos)=8\n"
		"OFFSET(prb_data_blk_lpos.begin)=0\nOFFSET(prb_data_blk_lpos.next)=8\n"
		"OFFSET(printk_info.ts_nsec)=8\nOFFSET(printk_info.text_len)=16\n";
	Elf64_Ehdr *e = (Elf64_Ehdr *)core;
	Elf64_Phdr *p = (Elf64_Phdr *)(core + 2048);
	Elf64_Nhdr note = {.n_namesz = sizeof("VMCOREINFO"), .n_descsz = sizeof(info) - 1};

	memset(core, 0, sizeof(core));
	memcpy(e->e_ident, ELFMAG, SELFMAG);
	*e = (Elf64_Ehdr){.e_type = ET_CORE, .e_phentsize = sizeof(*p), .e_phoff = 2048, .e_phnum = 2};
	memcpy(e->e_ident, ELFMAG, SELFMAG);
	p[0] = (Elf64_Phdr){.p_type = PT_NOTE, .p_offset = NOTE_AT, .p_filesz = 2048};
	p[1] = (Elf64_Phdr){
		.p_type = PT_LOAD, .p_offset = MEMORY_AT, .p_paddr = PHYS, .p_filesz = BYTES, .p_memsz = BYTES};
	memcpy(core + NOTE_AT, &note, sizeof(note));
	memcpy(core + NOTE_AT + sizeof(note), "VMCOREINFO", sizeof("VMCOREINFO"));
	memcpy(core + NOTE_AT + sizeof(note) + 12, info, sizeof(info) - 1);
	put(0, KERNEL(16), 8);
	put(16, 3, 4);
	put(16 + 8, KERNEL(256), 8);
	put(16 + 16, KERNEL(INFO_AT), 8);
	put(16 + 64, 8, 4);
	put(16 + 64 + 8, KERNEL(TEXT_AT), 8);
	next_id = first_id;
	next_at = first_at;
	put(16 + 32, first_id, 8);
}

/* One record as printk_ringbuffer.c lays it down: a block that does not fit before the end begins at the start. */
static void record(enum state state, uint64_t us, const char *text)
{
	size_t n = text ? strlen(text) : 0, bytes = (8 + n + 7) / 8 * 8, slot = next_id % COUNT;
	uint64_t from = next_at, to = next_at + bytes, id_state = (next_id & ~(3ull << 62)) | (uint64_t)state << 62;

	if (!text) {
		from = to = 1; /* FAILED_LPOS: no data */
	} else {
		size_t place = from % TEXT;

		if (from / TEXT != (to - !wraps_early) / TEXT) {
			to = (to / TEXT) * TEXT + bytes;
			place = 0;
		}
		put(TEXT_AT + place, next_id, 8);
		memcpy(core + MEMORY_AT + TEXT_AT + place + 8, text, n);
		next_at = to;
	}
	put(256 + slot * 24, id_state, 8);
	put(256 + slot * 24 + 8, from, 8);
	put(256 + slot * 24 + 16, to, 8);
	put(INFO_AT + slot * 32 + 8, us * 1000, 8);
	put(INFO_AT + slot * 32 + 16, text ? n : 17, 2);
	put(16 + 24, next_id, 8);
	next_id++;
}

static struct vmcore_log log_read(void)
{
	struct vmcore_log log = {0};
	const char *what = "";
	int r = vmcore_log(core, sizeof(core), &log, &what);

	if (r)
		printf("# %s: %d\n", what, r);
	return log;
}

static void is_line(const struct vmcore_log *log, size_t i, const char *line, const char *what)
{
	ok(i < log->count && !strcmp(log->line[i], line), "%s: '%s'", what, i < log->count ? log->line[i] : "none");
}

static void ring(void)
{
	begin(5, 192); /* in the middle of a long log */
	record(FINALIZED, 1000001, "first");
	record(COMMITTED, 1000002, "committed");
	record(FINALIZED, 1000003, NULL);
	record(FINALIZED, 1000004, "this block would wrap: it begins anew at the start");
	record(RESERVED, 1000005, "half of it");
	record(FINALIZED, 2000006, "two lines\nof one record");
	struct vmcore_log log = log_read();

	ok(log.count == 5, "five lines (%zu)", log.count);
	is_line(&log, 0, "[    1.000001] first", "a finalized record");
	is_line(&log, 1, "[    1.000002] committed", "one that is committed and could grow");
	is_line(&log, 2, "[    1.000004] this block would wrap: it begins anew at the start",
		"one without data is none; a block that wraps");
	is_line(&log, 3, "[    2.000006] two lines", "one that is being written is none; two lines");
	is_line(&log, 4, "[    2.000006] of one record", "… with one time");
	vmcore_log_free(&log);
}

/* More records than descriptors: the old ones are gone, their slots are others'. */
static void round_and_round(void)
{
	char text[16];

	begin(100, 0);
	for (int i = 0; i < 20; i++) {
		snprintf(text, sizeof(text), "line %d", i);
		record(i == 14 ? REUSABLE : FINALIZED, 5000000 + i, text);
	}
	put(16 + 32, 112, 8);
	struct vmcore_log log = log_read();

	ok(log.count == 7, "as many as there are descriptors, without the one that is gone (%zu)", log.count);
	is_line(&log, 0, "[    5.000012] line 12", "the oldest");
	is_line(&log, 2, "[    5.000015] line 15", "behind the one that is gone");
	is_line(&log, 6, "[    5.000019] line 19", "the newest");
	vmcore_log_free(&log);
	put(16 + 32, 104, 8); /* a tail whose slots others have: nothing of before is said twice */
	log = log_read();
	ok(log.count == 0, "a tail that is no more ends after one round (%zu)", log.count);
	vmcore_log_free(&log);
}

/* A log without end in a core is the guest's invention: also one record of many lines. */
static void bounded(void)
{
	size_t before = vmcore_lines_max;

	begin(5, 0);
	record(FINALIZED, 1000001, "first");
	record(FINALIZED, 1000002, "second\nthird\nfourth");
	record(FINALIZED, 1000003, "fifth");
	vmcore_lines_max = 3;
	struct vmcore_log log = log_read();

	ok(log.count == 3, "no more lines than the bound (%zu)", log.count);
	is_line(&log, 2, "[    1.000002] third", "the first ones are kept");
	vmcore_log_free(&log);
	vmcore_lines_max = before;
	log = log_read();
	ok(log.count == 5, "all of them below it (%zu)", log.count);
	vmcore_log_free(&log);
}

static void block_to_the_end(bool early)
{
	wraps_early = early;
	begin(1, 232);
	record(FINALIZED, 3000000, "sixteen bytes ok");
	record(FINALIZED, 3000001, "the next");
	struct vmcore_log log = log_read();

	is_line(&log, 0, "[    3.000000] sixteen bytes ok",
		early ? "a block that would end just where the ring does" : "… that does end there");
	is_line(&log, 1, "[    3.000001] the next", "… and what follows");
	vmcore_log_free(&log);
	wraps_early = true;
}

static void beside_the_console(void)
{
	char console[] = "SeaBIOS\r\n[    0.500000] older than the log\r\n[    1.000001] first\r\n"
			 "[    1.000003] never logged\r\n[    1.000004] nor this\r\n[    2.000000] sec";
	struct vmcore v = {0};

	begin(5, 0);
	record(FINALIZED, 1000001, "first");
	record(FINALIZED, 2000000, "second");
	struct vmcore_log log = log_read();

	vmcore_compare(&log, console, sizeof(console) - 1, &v);
	ok(v.log_lines == 2 && v.console_lines == 4, "%zu lines, %zu on the console since then", v.log_lines,
	   v.console_lines);
	ok(v.missing == 2 && !strcmp(v.first, "[    1.000003] never logged"), "%zu are missing, the first '%s'",
	   v.missing, v.first);
	vmcore_log_free(&log);
}

static void broken(void)
{
	struct vmcore_log log = {0};
	const char *what = "";
	int r;

	begin(1, 0);
	r = vmcore_log(core, 100, &log, &what);
	ok(r == -EBADMSG && strstr(what, "core dump"), "cut short: %s", what);
	begin(1, 0);
	memset(core + NOTE_AT, 0, 2048);
	r = vmcore_log(core, sizeof(core), &log, &what);
	ok(r && strstr(what, "VMCOREINFO"), "no note: %s", what);
	begin(1, 0);
	record(FINALIZED, 1, "x");
	put(16 + 8, 42, 8);
	r = vmcore_log(core, sizeof(core), &log, &what);
	ok(r == -EFAULT && strstr(what, "could not be read"), "an address that the core does not have: %s", what);
}

int main(void)
{
	ring();
	round_and_round();
	bounded();
	block_to_the_end(true);
	block_to_the_end(false);
	beside_the_console();
	broken();
	return tap_end();
}
