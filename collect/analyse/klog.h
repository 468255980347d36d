/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel log events: lines of the kernel log by class, with times on the recording's clock. They come from the kmsg
 * lane and, for lines that the guest did not survive to read, from the console; a record in both counts once.
 *
 * A panic here is only a line with "Kernel panic - not syncing: "; klog_panic() determines whether there really was
 * one, for which it needs QEMU's report, too.
 */
#ifndef FUKA_KLOG_H
#define FUKA_KLOG_H

#include "lib/record/recording.h"

#include <stdbool.h>
#include <stdint.h>

#define KLOG_PANIC "Kernel panic - not syncing: "

enum klog_class {
#define CLASS(id, word, sample, fits, fields) KLOG_##id,
#include "collect/analyse/klog_classes.h"
#undef CLASS
	KLOG_COUNT,
};

/* A class's word in scenarios, and a real line as a sample. */
const char *klog_word(enum klog_class c);
const char *klog_sample(enum klog_class c);

/* Finds a class by its word; -ENOENT if there is none. */
int klog_class(const char *word);

struct klog_event {
	int64_t at_ns; /* relative to t0; printk's clock corrected by the markers PID 1 wrote to /dev/kmsg */
	enum klog_class class;
	bool from_user; /* a process wrote the record to /dev/kmsg (facility != 0), so it proves nothing */
	char text[256]; /* the line without its timestamp */

	/* Fields of the line, depending on its class; a missing field is "", 0 for a pid, -1 for a figure. */
	/* the victim, or the task that invoked the OOM killer, hung, kept its CPU, or was refused memory */
	char comm[32];
	int pid;          /* of the victim, or of the task that hung, kept its CPU, or warned */
	int cpu;          /* soft-lockup, hard-lockup: the one that is stuck; warning */
	int seconds;      /* soft-lockup: stuck; hung-task: blocked; page-allocation-stall: tried */
	int order;        /* oom-invoked, page-allocation-failure: number of pages, as a power of two */
	char gfp[96];     /* … and the flags, "GFP_KERNEL" */
	bool sysrq;       /* oom-invoked: a person asked for it (order=-1) */
	int64_t vm_bytes; /* of the victim: total-vm, anon-rss, and anon + file + shmem */
	int64_t anon_bytes, rss_bytes;

	/* oom-kill, memcg-oom, no-killable: from previous lines, which have no class of their own. */
	char invoker[32];
	char constraint
		[32]; /* "CONSTRAINT_NONE", "CONSTRAINT_MEMCG"; "" before 4.19, and for the machine's no-killable */
};

/*
 * The log of a machine that fuka did not boot has records from before the recording: events read before t0 are only
 * counted. In a guest the boot belongs to the recording.
 */
struct klog {
	struct klog_event *event;
	size_t count, earlier;
	size_t left_out[KLOG_COUNT]; /* per class, beyond the limit */
};

/* Whether the OOM killer killed a process: the machine's or a control group's, and the kernel's own record. */
bool klog_is_kill(const struct klog_event *e);

int klog_read(struct recording *r, struct klog *out);
void klog_free(struct klog *k);

/*
 * Calls take() for every line of the console, without its newline, until it returns non-zero; the last line may be
 * incomplete.
 */
int klog_console(struct recording *r, int (*take)(void *user, const char *line), void *user);

/* Adds the fields of a line to a JSON object; missing ones are omitted. */
struct json_t;
void klog_json(struct json_t *o, const struct klog_event *e);

/*
 * Classifies one line (without timestamp and newline) and fills class, text and the fields of the line itself. False if
 * it is in no class.
 */
bool klog_parse(const char *line, size_t n, struct klog_event *out);

/*
 * Whether the machine really panicked. This needs QEMU's GUEST_PANICKED (host lane, event=qmp name=GUEST_PANICKED)
 * *and* the kernel's line on the console, as the kernel prints it: a console line that begins with a printk timestamp
 * and that the kmsg lane does not attribute to a process. Returns 1 with text (after "not syncing: ") and time, or 0,
 * and `why` says which of the two was missing.
 */
struct klog_panic {
	bool qemu, console;
	char text[256];
	int64_t at_ns; /* relative to t0 */
	bool printed;  /* a process printed the text of a panic */
	char why[160];
};
int klog_panic(struct recording *r, struct klog_panic *out);

#endif
