/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Report lines: what the kernel's log said, by class, on the recording's clock. From the kmsg lane and, for what the
 * guest did not live to read, from the console's bytes: a record that both have counts once.
 *
 * A panic here is only what the console printed after "Kernel panic - not syncing: "; whether there was one is for
 * klog_panic(), which wants QEMU's word too.
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

/* The word of a class as scenarios use it, and a real line of it. */
const char *klog_word(enum klog_class c);
const char *klog_sample(enum klog_class c);

/* -ENOENT when the word is none of the classes. */
int klog_class(const char *word);

struct klog_event {
	int64_t at_ns; /* relative to t0; printk's clock corrected by the markers PID 1 wrote to /dev/kmsg */
	enum klog_class class;
	bool from_user; /* the record came through /dev/kmsg from a process (facility != 0): proves nothing */
	char text[256]; /* the line without its timestamp */

	/* What the line itself says, as its class has it; what it does not say is "", 0 for a pid, -1 for a figure. */
	char comm[32];    /* of the victim, who invoked the killer, hung, kept its CPU, was refused memory */
	int pid;          /* the victim's, of who hung, kept its CPU, warned */
	int cpu;          /* soft-lockup, warning */
	int seconds;      /* soft-lockup: stuck; hung-task: blocked */
	int order;        /* oom-invoked, page-allocation-failure: pages asked for, as a power of two */
	char gfp[96];     /* … and how, "GFP_KERNEL" */
	int64_t vm_bytes; /* of the victim: total-vm, anon-rss, and anon + file + shmem */
	int64_t anon_bytes, rss_bytes;

	/* oom-kill, memcg-oom, no-killable: what the lines before it say, which have no class of their own. */
	char invoker[32];
	char constraint[32]; /* "CONSTRAINT_NONE", "CONSTRAINT_MEMCG"; "" before 4.19 and for no-killable */
};

/*
 * A machine that fuka did not boot has a log of its own from before the recording: what was read of it before t0 is
 * only counted. In a guest the boot is the recording's.
 */
struct klog {
	struct klog_event *event;
	size_t count, earlier;
	size_t left_out[KLOG_COUNT]; /* of each class: more than are kept */
};

int klog_read(struct recording *r, struct klog *out);
void klog_free(struct klog *k);

/* Calls take() for every line of the console, without its end; the last may be cut. Stops when it returns not 0. */
int klog_console(struct recording *r, int (*take)(void *user, const char *line), void *user);

/* Sets in a JSON object what a line says in figures and names; what it does not say is left out. */
struct json_t;
void klog_json(struct json_t *o, const struct klog_event *e);

/* Classifies one line (no timestamp, no newline); fills class, text and what it says itself. False when it is none. */
bool klog_parse(const char *line, size_t n, struct klog_event *out);

/*
 * Whether the machine really panicked: QEMU's GUEST_PANICKED (host lane, event=qmp name=GUEST_PANICKED) *and* the
 * kernel's line on the console, as the kernel prints it: a console line that begins with a printk timestamp, and that
 * the kmsg lane does not attribute to a process. Returns 1 with text (after "not syncing: ") and time, 0 when not; then
 * `why` says which of the two was missing.
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
