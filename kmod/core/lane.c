// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module's lane of the shared memory: the record of a fault is on the host before the fault acts. The device is the
 * lab's ivshmem, which PID 1 has enabled and formatted (lib/record/lane_format.h); the frames are those of
 * lib/record/frame.h. Without the device, outside a lab, the record is only in the kernel log. The lane never wraps:
 * when it is full, frames are counted as refused.
 *
 * Locking: a raw spinlock with interrupts off around a few stores. fuka_record() neither waits nor allocates nor fails.
 */
#define pr_fmt(fmt) "fuka: " fmt

#include "kmod/core/core.h"
#include "lib/record/lane_format.h"

#include <linux/io.h>
#include <linux/pci.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>

#define IVSHMEM_VENDOR  0x1af4
#define IVSHMEM_DEVICE  0x1110
#define IVSHMEM_BAR     2
#define PAYLOAD_MAX     384
#define EVERY_ONE_UNTIL 256 /* after this number of firings only each power of two is recorded */

enum {
#define SOURCE(name, lane, what) SOURCE_##name,
#include "lib/record/source_list.h"
#undef SOURCE
};

ushort fuka_record_source = SOURCE_kmod;

static struct {
	raw_spinlock_t lock;
	struct pci_dev *device;
	struct lanes_header *header;
	char *bytes;
	u64 last_ns;
} lane = {.lock = __RAW_SPIN_LOCK_UNLOCKED(lane.lock)};

/* CRC-32C bit by bit: a record has only some 300 bytes, and this needs no other module. */
static u32 crc32c_of(u32 crc, const void *bytes, size_t n)
{
	const u8 *p = bytes;
	int bit;

	crc = ~crc;
	while (n--) {
		crc ^= *p++;
		for (bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
	}
	return ~crc;
}

static u32 frame_crc_of(const struct frame_head *h, const void *payload)
{
	size_t skip = offsetof(struct frame_head, type);

	return crc32c_of(crc32c_of(0, (const char *)h + skip, sizeof(*h) - skip), payload, h->payload_length);
}

static bool is_ours(const struct lanes_header *h, u64 bytes)
{
	const struct lane_area *a = &h->lane[LANE_KMOD];

	return !memcmp(h->magic, LANES_MAGIC, sizeof(h->magic)) && h->version == LANES_VERSION &&
	       a->offset >= PAGE_SIZE && a->offset <= bytes && a->size >= PAGE_SIZE && a->size <= bytes - a->offset &&
	       !(a->offset % 8) && !(a->size % 8);
}

static bool map_device(struct pci_dev *d)
{
	u64 start = pci_resource_start(d, IVSHMEM_BAR), bytes = pci_resource_len(d, IVSHMEM_BAR);
	struct lanes_header *h = start && bytes >= PAGE_SIZE ? (void __force *)ioremap(start, PAGE_SIZE) : NULL;
	char *area;

	if (!h)
		return false;
	area = is_ours(h, bytes) ? (void __force *)ioremap(start + h->lane[LANE_KMOD].offset, h->lane[LANE_KMOD].size)
				 : NULL;
	if (!area) {
		iounmap((void __iomem __force *)h);
		return false;
	}
	lane.header = h;
	lane.bytes = area;
	return true;
}

void fuka_lane_open(void)
{
	struct pci_dev *d = NULL;

	while ((d = pci_get_device(IVSHMEM_VENDOR, IVSHMEM_DEVICE, d))) {
		if (!map_device(d))
			continue;
		lane.device = d;
		return;
	}
	pr_info("no lane of a recording found: faults are recorded in this log only\n");
}

void fuka_lane_close(void)
{
	if (!lane.device)
		return;
	iounmap((void __iomem __force *)lane.bytes);
	iounmap((void __iomem __force *)lane.header);
	pci_dev_put(lane.device);
	lane.device = NULL;
}

bool fuka_lane_is_open(void)
{
	return lane.device;
}

/* Like lane_write() in lib/record/lane.c, for an area that does not wrap. */
static void put_frame(struct frame_head *h, const char *payload)
{
	struct lane_area *a = &lane.header->lane[LANE_KMOD];
	size_t length = frame_length(h->payload_length);
	char *place = lane.bytes + a->head;

	h->seq = a->seq++;
	if (a->head > a->size || length > a->size - a->head) {
		a->refused++;
		return;
	}
	h->crc = frame_crc_of(h, payload);
	memset(place, 0, length);
	memcpy(place + sizeof(h->length), (char *)h + sizeof(h->length), sizeof(*h) - sizeof(h->length));
	memcpy(place + sizeof(*h), payload, h->payload_length);
	smp_store_release((u32 *)place, length);
	smp_store_release(&a->head, a->head + length);
}

static const char *const context_names[] = {
#define CONTEXT(id, name, what) name,
	FUKA_CONTEXT_LIST
#undef CONTEXT
};

static const char *const trigger_names[] = {
#define TRIGGER(id, name) name,
	FUKA_TRIGGER_LIST
#undef TRIGGER
};

/* The name of the current task, with all characters replaced that logfmt would have to quote. */
static void name_of_current(char name[TASK_COMM_LEN])
{
	char *p;

	strscpy(name, current->comm, TASK_COMM_LEN);
	for (p = name; *p; p++)
		if (*p <= ' ' || *p > '~' || *p == '"' || *p == '=' || *p == '\\')
			*p = '?';
}

void fuka_record(struct fuka_slot *s, const char *event, u64 number)
{
	int count = preempt_count(), task = in_task(), softirq = !!in_serving_softirq(), hardirq = !!in_hardirq();
	int irqs = irqs_disabled(), cpu = raw_smp_processor_id(), n;
	struct frame_head h = {.type = FRAME_EVENT, .source = fuka_record_source, .lane = LANE_KMOD};
	char line[PAYLOAD_MAX], comm[TASK_COMM_LEN];
	unsigned long flags;

	if (number > EVERY_ONE_UNTIL && !is_power_of_2(number) && strcmp(event, "disarmed"))
		return;
	name_of_current(comm);
	n = scnprintf(line, sizeof(line),
		      "event=%s id=%s fault=%s context=%s trigger=%s in_task=%d serving_softirq=%d in_hardirq=%d "
		      "irqs_off=%d preempt_count=0x%x cpu=%d pid=%d comm=%s hits=%lld number=%llu pages=%lld",
		      event, *s->arm.label ? s->arm.label : "-", s->arm.fault, context_names[s->arm.context],
		      trigger_names[s->arm.trigger], task, softirq, hardirq, irqs, count, cpu, current->pid, comm,
		      (long long)atomic64_read(&s->hits), number,
		      (long long)atomic64_read(&s->taken_bytes) >> PAGE_SHIFT);
	if (number == 1 && strcmp(event, "done"))
		pr_info("%s\n", line);
	if (!lane.device)
		return;
	h.payload_length = n;
	raw_spin_lock_irqsave(&lane.lock, flags);
	lane.last_ns = max(lane.last_ns, ktime_get_mono_fast_ns());
	h.before_ns = h.after_ns = lane.last_ns;
	put_frame(&h, line);
	raw_spin_unlock_irqrestore(&lane.lock, flags);
}
