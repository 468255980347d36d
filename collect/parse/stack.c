// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The input is what x86 prints, here without timestamps; 5.10 has no <TASK>, and a panic within an oops prints no
 * second trace:
 *
 *	CPU: 0 PID: 0 Comm: swapper/0 Tainted: G           OE      6.1.0-50-amd64 #1  Debian 6.1.176-1
 *	RIP: 0010:act_null+0xe/0x20 [fuka]
 *	Call Trace:
 *	 <IRQ>
 *	 act+0xc8/0x100 [fuka]
 *	 ? ip_protocol_deliver_rcu+0x200/0x200
 *	 handle_softirqs+0xd4/0x280
 *	 </IRQ>
 *	 <TASK>
 *	 asm_common_interrupt+0x22/0x40
 *	 </TASK>
 */
#include "collect/parse/stack.h"
#include "collect/parse/printk.h"
#include "collect/analyse/klog.h"

#include <stdio.h>
#include <string.h>

#define KERNEL_RIP "RIP: 0010:"

/* The innermost of these functions on the stack determines the context; if there is none, it was a task. */
static const struct {
	const char *prefix, *context;
} tells[] = {
	{"handle_softirqs", "softirq"},
	{"__do_softirq", "softirq"},
	{"sysvec_", "hard interrupt"},
	{"__sysvec_", "hard interrupt"},
	{"asm_sysvec_", "hard interrupt"},
	{"common_interrupt", "hard interrupt"},
	{"__hrtimer_run_queues", "hard interrupt"},
	{"irq_work_run", "hard interrupt"},
};

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static void frame_add(struct stack *s, const char *name, size_t n)
{
	if (begins(name, "dump_stack"))
		return; /* it only printed the stack */
	for (size_t i = 0; !*s->context && i < sizeof(tells) / sizeof(*tells); i++)
		if (begins(name, tells[i].prefix))
			s->context = tells[i].context;
	if (s->frames == STACK_FRAMES) {
		s->more++;
		return;
	}
	snprintf(s->frame[s->frames++], sizeof(s->frame[0]), "%.*s", (int)n, name);
}

/* Returns the length of the name in "name+0xc8/0x100", or 0 if the text is not a symbol. */
static size_t symbol(const char *text)
{
	size_t n = strcspn(text, "+ :=");

	return n && begins(text + n, "+0x") ? n : 0;
}

/* Starts anew if the line is the header of a report. */
static bool take_header(struct stack *s, const char *line)
{
	struct stack fresh = {.context = ""};

	if (sscanf(line, "CPU: %9d %*[^P]PID: %9d Comm: %23s", &fresh.cpu, &fresh.pid, fresh.comm) != 3 &&
	    sscanf(line, "CPU: %9d PID: %9d Comm: %23s", &fresh.cpu, &fresh.pid, fresh.comm) != 3)
		return false;
	*s = fresh;
	return true;
}

void stack_take(struct stack *s, const char *line)
{
	if (take_header(s, line))
		return;
	if (!s->context)
		s->context = "";
	if (!s->frames && !s->open && begins(line, KERNEL_RIP))
		frame_add(s, line + strlen(KERNEL_RIP), symbol(line + strlen(KERNEL_RIP)));
	else if (begins(line, "Call Trace:"))
		s->open = true;
	else if (begins(line, " </TASK>") || begins(line, "Modules linked in:") || begins(line, "---[ end"))
		s->open = false;
	else if (s->open && *line == ' ' && symbol(line + 1))
		frame_add(s, line + 1, symbol(line + 1));
}

static int take(void *user, const char *line)
{
	int64_t us;
	const char *text = printk_line(line, &us);

	if (text)
		stack_take(user, text);
	return 0;
}

int stack_read(struct recording *r, struct stack *out)
{
	struct stack s = {.context = ""};
	int err = klog_console(r, take, &s);

	if (err)
		return err;
	if (s.frames && !*s.context)
		s.context = "task";
	*out = s;
	return 0;
}
