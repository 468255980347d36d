// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The core that QEMU 7.2 writes has physical addresses only, includes the memory of QEMU's devices, and has its program
 * headers where makedumpfile does not look. It gets the headers that the kernel's own /proc/vmcore has: the kernel's
 * image and its direct map, at the addresses of a kernel without KASLR (machine.c passes nokaslr). The memory itself
 * stays as it is.
 *
 * The log is printk's ring buffer (5.10 and later). The note VMCOREINFO says where it is; the guest's module
 * qemu_fw_cfg passes that note to QEMU:
 *
 *	SYMBOL(prb)=ffffffff82a64660
 *	OFFSET(printk_ringbuffer.desc_ring)=0
 *	SIZE(prb_desc)=24
 *
 * The guest wrote every address in it, so each is checked against the file before it is read.
 */
#include "lab/host/vmcore.h"
#include "lab/host/vmcore_arch.h"
#include "lib/base/array.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEGMENTS_MAX 8
#define NOTE_MAX     (1u << 20)

struct core {
	unsigned char *at;
	size_t n;
	Elf64_Phdr load[SEGMENTS_MAX], note;
	int loads;
	const char *info; /* VMCOREINFO */
	size_t info_n;
};

/* --- the file --- */

static void core_close(struct core *c)
{
	if (c->at)
		munmap(c->at, c->n);
}

static int core_map(const char *path, struct core *c)
{
	struct stat st;
	_cleanup_(sys_closep) int fd = chmod(path, 0600) ? -1 : open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	if (!st.st_size)
		return -EBADMSG;
	void *at = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		return -errno;
	c->at = at;
	c->n = st.st_size;
	return 0;
}

static bool inside(const struct core *c, uint64_t offset, uint64_t bytes)
{
	return offset <= c->n && bytes <= c->n - offset;
}

/* Finds the segments of memory and the note. */
static int core_segments(struct core *c)
{
	const Elf64_Ehdr *e = (const Elf64_Ehdr *)c->at;

	if (c->n < sizeof(*e) || memcmp(e->e_ident, ELFMAG, SELFMAG) || e->e_type != ET_CORE ||
	    e->e_phentsize != sizeof(Elf64_Phdr) || !inside(c, e->e_phoff, (uint64_t)e->e_phnum * sizeof(Elf64_Phdr)))
		return -EBADMSG;
	for (int i = 0; i < e->e_phnum; i++) {
		Elf64_Phdr p;

		memcpy(&p, c->at + e->e_phoff + i * sizeof(p), sizeof(p));
		if (!inside(c, p.p_offset, p.p_filesz))
			return -EBADMSG;
		if (p.p_type == PT_NOTE)
			c->note = p;
		else if (p.p_type == PT_LOAD && p.p_paddr < vmcore_arch.low_bytes && c->loads < SEGMENTS_MAX)
			c->load[c->loads++] = p;
	}
	return c->loads && c->note.p_filesz && c->note.p_filesz < NOTE_MAX ? 0 : -EBADMSG;
}

/* The new headers fit before the note, where QEMU's section headers were. */
static int core_rewrite(struct core *c)
{
	Elf64_Ehdr *e = (Elf64_Ehdr *)c->at;
	Elf64_Phdr *to = (Elf64_Phdr *)(e + 1);
	size_t most = c->note.p_offset > sizeof(*e) ? (c->note.p_offset - sizeof(*e)) / sizeof(*to) : 0, n = 0;

	if (most < 2 + (size_t)c->loads)
		return -EBADMSG;
	to[n++] = c->note;
	for (int i = 0; i < c->loads && n == 1; i++)
		if (c->load[i].p_paddr <= 16 << 20 && c->load[i].p_paddr + c->load[i].p_filesz > 16 << 20) {
			to[n] = c->load[i]; /* the segment with the image, which begins at 16 MiB */
			to[n].p_vaddr = vmcore_arch.image_at + to[n].p_paddr;
			n++;
		}
	for (int i = 0; i < c->loads; i++) {
		to[n] = c->load[i];
		to[n].p_vaddr = vmcore_arch.direct_at + to[n].p_paddr;
		n++;
	}
	e->e_phoff = e->e_ehsize = sizeof(*e);
	e->e_phnum = n;
	e->e_shoff = e->e_shnum = e->e_shentsize = e->e_shstrndx = 0;
	return 0;
}

static int core_info(struct core *c)
{
	const unsigned char *p = c->at + c->note.p_offset, *end = p + c->note.p_filesz;

	while ((size_t)(end - p) >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr h;

		memcpy(&h, p, sizeof(h));
		uint64_t name = (h.n_namesz + 3ull) & ~3ull, bytes = (h.n_descsz + 3ull) & ~3ull;
		const char *at = (const char *)p + sizeof(h);

		if (name + bytes > (uint64_t)(end - p) - sizeof(h))
			return -EBADMSG;
		if (h.n_namesz == sizeof("VMCOREINFO") && !memcmp(at, "VMCOREINFO", h.n_namesz)) {
			c->info = at + name;
			c->info_n = h.n_descsz;
			return 0;
		}
		p += sizeof(h) + name + bytes;
	}
	return -ENODATA;
}

#define TRY(call)                                                                                                      \
	do {                                                                                                           \
		int _r = (call);                                                                                       \
		if (_r)                                                                                                \
			return _r;                                                                                     \
	} while (0)

/* --- its addresses --- */

/* Reads a number from a line "KEY=VALUE" of VMCOREINFO. */
__attribute__((format(printf, 4, 5))) static int info_number(const struct core *c, int base, uint64_t *out,
							     const char *fmt, ...)
{
	char key[96], number[32];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(key, sizeof(key), fmt, ap);

	va_end(ap);
	for (const char *p = c->info, *end = p + c->info_n, *eol; p < end; p = eol + 1) {
		eol = memchr(p, '\n', end - p);
		eol = eol ? eol : end;
		if (eol - p <= n || memcmp(p, key, n) || p[n] != '=' || eol - p - n > (long)sizeof(number))
			continue;
		snprintf(number, sizeof(number), "%.*s", (int)(eol - p - n - 1), p + n + 1);
		*out = strtoull(number, NULL, base);
		return 0;
	}
	return -ENODATA;
}

static const void *at_address(const struct core *c, uint64_t address, uint64_t bytes)
{
	uint64_t phys = address - vmcore_arch.direct_at;

	if (address >= vmcore_arch.image_at && address - vmcore_arch.image_at < vmcore_arch.image_bytes)
		phys = address - vmcore_arch.image_at;
	for (int i = 0; i < c->loads; i++) {
		const Elf64_Phdr *p = &c->load[i];

		if (phys >= p->p_paddr && phys - p->p_paddr <= p->p_filesz &&
		    bytes <= p->p_filesz - (phys - p->p_paddr))
			return c->at + p->p_offset + (phys - p->p_paddr);
	}
	return NULL;
}

static int read_value(const struct core *c, uint64_t address, size_t bytes, uint64_t *out)
{
	const void *p = at_address(c, address, bytes);

	if (!p)
		return -EFAULT;
	*out = 0;
	memcpy(out, p, bytes);
	return 0;
}

/* Reads a member of a structure, by VMCOREINFO's offset of "structure.member". */
static int read_member(const struct core *c, uint64_t structure, const char *member, size_t bytes, uint64_t *out)
{
	uint64_t offset;

	TRY(info_number(c, 10, &offset, "OFFSET(%s)", member));
	return read_value(c, structure + offset, bytes, out);
}

/* --- the log in it --- */

struct ring {
	const struct core *core;
	uint64_t descs, infos, head, tail, count_bits, desc_bytes, info_bytes;
	uint64_t data, size_bits;
	uint64_t state_at, begin_at, next_at, time_at, length_at; /* offsets of members, looked up once */
};

static int ring_find(const struct core *c, struct ring *r)
{
	uint64_t symbol, prb, desc, text, pointer = 0;

	*r = (struct ring){.core = c};
	TRY(info_number(c, 16, &symbol, "SYMBOL(prb)"));
	const void *p = at_address(c, symbol, sizeof(pointer));

	if (!p)
		return -EFAULT;
	memcpy(&prb, p, sizeof(prb));
	TRY(info_number(c, 10, &desc, "OFFSET(printk_ringbuffer.desc_ring)"));
	TRY(info_number(c, 10, &text, "OFFSET(printk_ringbuffer.text_data_ring)"));
	desc += prb;
	text += prb;
	TRY(read_member(c, desc, "prb_desc_ring.count_bits", 4, &r->count_bits));
	TRY(read_member(c, desc, "prb_desc_ring.descs", 8, &r->descs));
	TRY(read_member(c, desc, "prb_desc_ring.infos", 8, &r->infos));
	TRY(read_member(c, desc, "prb_desc_ring.head_id", 8, &r->head));
	TRY(read_member(c, desc, "prb_desc_ring.tail_id", 8, &r->tail));
	TRY(read_member(c, text, "prb_data_ring.size_bits", 4, &r->size_bits));
	TRY(read_member(c, text, "prb_data_ring.data", 8, &r->data));
	uint64_t position;

	TRY(info_number(c, 10, &r->state_at, "OFFSET(prb_desc.state_var)"));
	TRY(info_number(c, 10, &position, "OFFSET(prb_desc.text_blk_lpos)"));
	TRY(info_number(c, 10, &r->begin_at, "OFFSET(prb_data_blk_lpos.begin)"));
	TRY(info_number(c, 10, &r->next_at, "OFFSET(prb_data_blk_lpos.next)"));
	TRY(info_number(c, 10, &r->time_at, "OFFSET(printk_info.ts_nsec)"));
	TRY(info_number(c, 10, &r->length_at, "OFFSET(printk_info.text_len)"));
	r->begin_at += position;
	r->next_at += position;
	TRY(info_number(c, 10, &r->desc_bytes, "SIZE(prb_desc)"));
	TRY(info_number(c, 10, &r->info_bytes, "SIZE(printk_info)"));
	return r->count_bits <= 24 && r->size_bits <= 30 ? 0 : -EBADMSG;
}

#define ID_MASK   (~(3ull << 62))
#define COMMITTED 1 /* the two bits above the id; */
#define FINALIZED 2

/* Reads one record's time and text. It has 0 bytes when its writer had not finished, or when it has no text. */
static int ring_record(const struct ring *r, uint64_t id, uint64_t *ns, const char **text, uint64_t *bytes)
{
	uint64_t slot = id & ((1ull << r->count_bits) - 1), desc = r->descs + slot * r->desc_bytes;
	uint64_t info = r->infos + slot * r->info_bytes, state, begin, next, size = 1ull << r->size_bits;

	*bytes = 0;
	TRY(read_value(r->core, desc + r->state_at, 8, &state));
	if ((state >> 62 != COMMITTED && state >> 62 != FINALIZED) || (state & ID_MASK) != id)
		return 0;
	TRY(read_value(r->core, desc + r->begin_at, 8, &begin));
	TRY(read_value(r->core, desc + r->next_at, 8, &next));
	TRY(read_value(r->core, info + r->time_at, 8, ns));
	TRY(read_value(r->core, info + r->length_at, 2, bytes));
	if (begin & 1)
		*bytes = 0;
	if (!*bytes)
		return 0;
	/* A block that would wrap begins anew at the ring's start; the id stands before the text. */
	uint64_t at = begin >> r->size_bits == (next - 1) >> r->size_bits ? begin & (size - 1) : 0;
	uint64_t end = next & (size - 1);

	if (end == 0 && at)
		end = size;
	if (end < at + sizeof(id))
		return -EBADMSG;
	*bytes = *bytes < end - at - sizeof(id) ? *bytes : end - at - sizeof(id);
	*text = at_address(r->core, r->data + at + sizeof(id), *bytes);
	return *text ? 0 : -EFAULT;
}

void vmcore_log_free(struct vmcore_log *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->line[i]);
	free(l->line);
	*l = (struct vmcore_log){0};
}

/* Ten times the largest log that a kernel can have, as a limit for a guest that claims more. */
size_t vmcore_lines_max = 1u << 18;
#define BYTES_MAX (32u << 20)

static bool log_is_full(const struct vmcore_log *l)
{
	return l->count >= vmcore_lines_max || l->bytes >= BYTES_MAX;
}

static void log_add(struct vmcore_log *l, char *line)
{
	l->bytes += strlen(line);
	if (array_push(l->line, l->count, line))
		free(line);
}

static int read_log(const struct core *c, struct vmcore_log *out)
{
	struct ring r;

	TRY(ring_find(c, &r));
	for (uint64_t id = r.tail & ID_MASK, left = 1ull << r.count_bits; left--; id = (id + 1) & ID_MASK) {
		const char *text = NULL, *eol;
		uint64_t ns = 0, bytes;

		TRY(ring_record(&r, id, &ns, &text, &bytes));
		for (const char *p = text, *end = bytes ? text + bytes : text; p < end && !log_is_full(out);
		     p = eol + 1) {
			eol = memchr(p, '\n', end - p);
			eol = eol ? eol : end;
			log_add(out, sys_format("[%5llu.%06llu] %.*s", (unsigned long long)(ns / SYS_NS),
						(unsigned long long)(ns % SYS_NS / 1000), (int)(eol - p), p));
		}
		if (id == (r.head & ID_MASK) || log_is_full(out))
			break;
	}
	return out->count ? 0 : -ENODATA;
}

static int write_lines(const char *path, const struct vmcore_log *l)
{
	FILE *f = fopen(path, "w");

	if (!f)
		return -errno;
	for (size_t i = 0; i < l->count; i++)
		fprintf(f, "%s\n", l->line[i]);
	return fclose(f) ? -errno : 0;
}

/* --- beside the console --- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static double time_of(const char *line)
{
	double s = -1;

	return sscanf(line, "[%12lf]", &s) == 1 ? s : -1;
}

/* The console's last line may be incomplete, because the machine may stop in the middle of it. */
static bool begins_one(const struct vmcore_log *log, const char *line)
{
	for (size_t i = 0; i < log->count; i++)
		if (!strncmp(log->line[i], line, strlen(line)))
			return true;
	return false;
}

void vmcore_compare(struct vmcore_log *log, char *console, size_t n, struct vmcore *out)
{
	double oldest = time_of(log->line[0]);

	out->log_lines = log->count;
	qsort(log->line, log->count, sizeof(*log->line), by_text);
	for (char *p = console, *end = console + n, *eol; p < end; p = eol + 1) {
		eol = memchr(p, '\n', end - p);
		bool whole = eol;

		eol = eol ? eol : end;
		*eol = '\0';
		p[strcspn(p, "\r")] = '\0';
		if (time_of(p) < oldest || time_of(p) < 0)
			continue;
		out->console_lines++;
		if (bsearch(&p, log->line, log->count, sizeof(*log->line), by_text) || (!whole && begins_one(log, p)))
			continue;
		if (!out->missing++)
			snprintf(out->first, sizeof(out->first), "%s", p);
	}
}

int vmcore_log(void *core, size_t n, struct vmcore_log *out, const char **what)
{
	struct core c = {.at = core, .n = n};
	struct vmcore_log log = {0};

	*what = "it is not a core dump written by QEMU";
	TRY(core_segments(&c));
	TRY(core_rewrite(&c));
	*what = "it has no VMCOREINFO, so the kernel's log cannot be found in it";
	TRY(core_info(&c));
	*what = "the kernel's log in it could not be read";
	int r = read_log(&c, &log);

	if (r)
		vmcore_log_free(&log);
	else
		*out = log;
	return r;
}

static int read_all(const struct core *c, const char *console, const char *dmesg, struct vmcore *v, const char **what)
{
	_cleanup_(vmcore_log_free) struct vmcore_log log = {0};
	_cleanup_(sys_freep) char *text = NULL;
	size_t n;

	TRY(vmcore_log(c->at, c->n, &log, what));
	*what = dmesg;
	TRY(write_lines(dmesg, &log));
	*what = console;
	TRY(sys_read_file(console, &text, &n));
	*v = (struct vmcore){.bytes = c->n};
	if (log_is_full(&log))
		say("%s: the log in the core has more than %zu lines or %u MiB: only its beginning is compared", dmesg,
		    vmcore_lines_max, BYTES_MAX >> 20);
	vmcore_compare(&log, text, n, v);
	return 0;
}

int vmcore_read(const char *path, const char *console, const char *dmesg, struct vmcore *out, char *why, size_t size)
{
	_cleanup_(core_close) struct core c = {0};
	const char *what = "it could not be opened";
	int r = core_map(path, &c);

	if (!r)
		r = read_all(&c, console, dmesg, out, &what);
	if (r)
		snprintf(why, size, "%s (%s)", what, strerror(-r));
	return r;
}
