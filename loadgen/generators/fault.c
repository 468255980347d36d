// SPDX-License-Identifier: GPL-2.0-or-later
#include "loadgen/generators/fault.h"
#include "lib/record/source.h"
#include "kmod/uapi.h"
#include "lib/text/logfmt.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct fault_values {
	int64_t context;
	int64_t udp, tcp, hook, ip; /* ports: INT64_MIN when not given, 0 for any */
	bool icmp, dry_run;
	int64_t alloc; /* 0: none, else 1 + enum fuka_alloc */
	char *source, *magic, *task;
	char label[FUKA_LABEL_BYTES];
	int64_t delay, every, nth, probability, interval, times, space;
	int64_t arg[FUKA_ARGS];
	const struct row *row;
};

/* The characters that kmod/core/slot.c allows in the module's record. */
#define LABEL_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

#define AT(member) offsetof(struct fault_values, member)
#define OPTIONAL   ""

#define CONTEXT(id, name, what) " " name
static const char all_contexts[] = FUKA_CONTEXT_LIST; /* the first character is a blank */
#undef CONTEXT

static const struct param trigger_params[] = {
	{"udp", PARAM_INT, OPTIONAL, 0, 65535, NULL, "acts on UDP packets to this port; 0: any", AT(udp)},
	{"tcp", PARAM_INT, OPTIONAL, 0, 65535, NULL, "acts on TCP packets to this port; 0: any", AT(tcp)},
	{"icmp", PARAM_BOOL, "false", 0, 0, NULL, "acts on echo requests", AT(icmp)},
	{"ip", PARAM_CHOICE, "both", 0, 0, "both 4 6", "only packets of this version", AT(ip)},
	{"source", PARAM_TEXT, NULL, 0, 0, NULL, "only packets from there: 10.0.0.0/8, ::1", AT(source)},
	{"magic", PARAM_TEXT, NULL, 0, 0, NULL, "only packets whose payload begins with this", AT(magic)},
	{"hook", PARAM_CHOICE, "local-in", 0, 0, PARAM_WORDS(FUKA_HOOK_LIST),
	 "the netfilter hook at which the packet is seen, in the initial network namespace", AT(hook)},
	{"alloc", PARAM_CHOICE, "none", 0, 0, "none" FUKA_ALLOC_LIST(PARAM_WORD), "acts on allocations (fail-alloc)",
	 AT(alloc)},
	{"task", PARAM_TEXT, NULL, 0, 0, NULL, "only on allocations by tasks of this name", AT(task)},
	{"delay", PARAM_TIME, "0s", 0, 86400e9, NULL, "acts this long after it was armed", AT(delay)},
	{"every", PARAM_TIME, "0s", 0, 86400e9, NULL, "… and again at this interval", AT(every)},
	{"nth", PARAM_INT, "0", 0, 1e15, NULL, "only this hit; 0: any", AT(nth)},
	{"probability", PARAM_INT, "100", 1, 100, NULL, "percent of the hits", AT(probability)},
	{"interval", PARAM_INT, "1", 1, 1e9, NULL, "only each n-th hit", AT(interval)},
	{"times", PARAM_INT, "1", 0, 1e15, NULL, "at most this many times; 0: no limit", AT(times)},
	{"space", PARAM_SIZE, "0", 0, 1e15, NULL, "lets this many bytes of packets (or hits) pass first", AT(space)},
	{0},
};

static const struct param own_params[] = {
	{"context", PARAM_CHOICE, NULL, 0, 0, all_contexts + 1, "where the action runs", AT(context)},
	{"dry_run", PARAM_BOOL, "false", 0, 0, NULL, "does everything but the action, and counts", AT(dry_run)},
	{0},
};

/* --- the table, of the families' rows --- */

struct row {
	const char *name, *about;
	unsigned int contexts;
	const struct param *params;
};

#define NO_ARGS
#define ARG(name, type, def, least, most, words, what) {name, PARAM_##type, def, least, most, words, what, 0},
#define FAULT(id, name, contexts, what, ...)           static const struct param id##_params[] = {__VA_ARGS__{0}};
#include "kmod/families/faults.h"
#undef FAULT

static const struct row rows[] = {
#define FAULT(id, name, contexts, what, ...) {name, what, contexts, id##_params},
#include "kmod/families/faults.h"
#undef FAULT
};

#define COUNT(a)   (sizeof(a) / sizeof(*(a)))
#define PARAMS_MAX (COUNT(trigger_params) + COUNT(own_params) + FUKA_ARGS)

static int run(struct load *l, const void *values);
static long tasks(const void *values);
static int check(const void *values, char why[PARAM_WHY]);

static size_t add_params(struct param *to, size_t n, const struct param *from)
{
	for (; from->name; from++)
		to[n++] = *from;
	return n;
}

const struct generator *fault_generator(size_t n)
{
	static struct generator made[COUNT(rows)];
	static struct param params[COUNT(rows)][PARAMS_MAX];

	if (n >= COUNT(rows))
		return NULL;
	if (!made[n].name) {
		size_t k = add_params(params[n], 0, rows[n].params);

		for (size_t i = 0; i < k; i++)
			params[n][i].at = AT(arg) + i * sizeof(int64_t);
		k = add_params(params[n], k, own_params);
		add_params(params[n], k, trigger_params);
		made[n] = (struct generator){.name = rows[n].name,
					     .about = rows[n].about,
					     .params = params[n],
					     .values_size = sizeof(struct fault_values),
					     .check = check,
					     .tasks = tasks,
					     .run = run};
	}
	return &made[n];
}

const struct generator *fault_find(const char *name)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (!strcmp(rows[i].name, name))
			return fault_generator(i);
	return NULL;
}

static const struct row *row_of(const char *name)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	return NULL;
}

void fault_names(char *buf, size_t size)
{
	size_t n = 0;

	*buf = '\0';
	for (size_t i = 0; i < COUNT(rows) && n < size; i++)
		n += snprintf(buf + n, size - n, "%s%s", n ? ", " : "", rows[i].name);
}

void fault_contexts(const struct generator *g, char *buf, size_t size)
{
	static const char *const names[] = {
#define CONTEXT(id, name, what) name,
		FUKA_CONTEXT_LIST
#undef CONTEXT
	};
	const struct row *row = row_of(g->name);
	size_t n = 0;

	*buf = '\0';
	for (size_t i = 0; i < FUKA_CONTEXTS && n < size; i++)
		if (row->contexts & 1u << i)
			n += snprintf(buf + n, size - n, "%s%s", n ? " " : "", names[i]);
}

bool fault_is_trigger(const char *name)
{
	return param_find(trigger_params, name);
}

int fault_spec_init(struct load_spec *s, const struct generator *g)
{
	int r = load_spec_init(s, g);

	if (r)
		return r;
	((struct fault_values *)s->values)->row = row_of(g->name);
	s->common.oom_score_adj = -1000;
	return 0;
}

int fault_spec_label(struct load_spec *s, const char *label)
{
	struct fault_values *v = s->values;
	size_t n = strlen(label);

	if (n >= sizeof(v->label) || strspn(label, LABEL_CHARACTERS) < n)
		return -EINVAL;
	strcpy(v->label, label);
	return 0;
}

bool fault_in_init(const struct load_spec *s)
{
	return ((const struct fault_values *)s->values)->context == FUKA_INIT;
}

bool fault_needs_cpus(const struct load_spec *s)
{
	return ((const struct fault_values *)s->values)->context == FUKA_IPI;
}

/* --- what makes sense --- */

static bool on_packet(const struct fault_values *v)
{
	return v->udp >= 0 || v->tcp >= 0 || v->icmp;
}

static bool on_delay(const struct fault_values *v)
{
	return v->delay > 0 || v->every > 0;
}

/* "10.1.0.0/16" or "::1" into address, bits and version. */
static int parse_source(const char *text, struct fuka_packet *p)
{
	char address[INET6_ADDRSTRLEN + 1];
	const char *slash = strchr(text, '/');
	char *rest = "";
	long most, bits;

	snprintf(address, sizeof(address), "%.*s", (int)strcspn(text, "/"), text);
	if (inet_pton(AF_INET, address, p->source) == 1)
		p->version = 4;
	else if (inet_pton(AF_INET6, address, p->source) == 1)
		p->version = 6;
	else
		return -EINVAL;
	most = p->version == 4 ? 32 : 128;
	bits = slash ? strtol(slash + 1, &rest, 10) : most;
	if (*rest || bits < 1 || bits > most)
		return -EINVAL;
	p->source_bits = bits;
	return 0;
}

#define REFUSE(...) (snprintf(why, PARAM_WHY, __VA_ARGS__), -EINVAL)

static int check_trigger(const struct fault_values *v, char why[PARAM_WHY])
{
	struct fuka_packet p = {0};

	if ((v->udp >= 0) + (v->tcp >= 0) + v->icmp > 1)
		return REFUSE("trigger: expected only one of udp, tcp, icmp");
	if (on_packet(v) && on_delay(v))
		return REFUSE("trigger: either a packet or a delay, not both");
	if ((v->source || v->magic || v->ip) && !on_packet(v))
		return REFUSE("trigger: source, magic and ip refine a packet trigger: give udp, tcp or icmp too");
	if (v->source && parse_source(v->source, &p))
		return REFUSE("trigger: source: '%.60s' is not an address such as 10.0.0.0/8 or ::1", v->source);
	if (v->source && v->ip && p.version != (v->ip == 1 ? 4 : 6))
		return REFUSE("trigger: source and ip are of different IP versions");
	if (v->magic && strlen(v->magic) > FUKA_MAGIC_BYTES)
		return REFUSE("trigger: magic: at most %d bytes", FUKA_MAGIC_BYTES);
	if (v->every > 0 && v->every < 10000)
		return REFUSE("trigger: every: at least 10us");
	if (v->every > 0 && v->times == 1)
		return REFUSE("trigger: every: acts more than once: give times: too, 0 for no limit");
	return 0;
}

/* Checks that the trigger and the fault suit the context. */
static int check_context(const struct fault_values *v, char why[PARAM_WHY])
{
	const struct row *row = v->row;
	bool packet = on_packet(v);

	if (v->context == FUKA_SOFTIRQ && (!packet || v->hook > FUKA_FORWARD))
		return REFUSE("context softirq needs a packet as trigger, such as trigger: {udp: 7777}, at the hook "
			      "pre-routing, "
			      "local-in or forward; with other triggers use timer or tasklet, which are softirqs too");
	if (v->context == FUKA_CALLER && packet && v->hook < FUKA_LOCAL_OUT)
		return REFUSE("context caller: the caller of a packet is its sender: the hook must be local-out or "
			      "post-routing");
	if (v->context == FUKA_CALLER && packet && FUKA_HAS_TO_SLEEP(row->contexts))
		return REFUSE("%s sleeps, and a netfilter hook must not: use a trigger other than a packet", row->name);
	if (FUKA_GFP_WAITS(row->contexts, v->arg[FUKA_GFP_AT]) &&
	    (!(1u << v->context & FUKA_IN_TASKS) || (v->context == FUKA_CALLER && packet)))
		return REFUSE(
			"gfp: expected atomic or nowait in this context: the others may sleep, which is a fault of its "
			"own there "
			"(fault: sleep)");
	if ((v->context == FUKA_CALLER || v->context == FUKA_INIT) && on_delay(v))
		return REFUSE("after a delay the caller is gone: use another context, or no delay");
	if (v->context == FUKA_INIT && packet)
		return REFUSE("context init: module initialisation cannot wait for a packet");
	return 0;
}

/* The same rules as the module's (kmod/core/slot.c), so that a scenario is refused before anything starts. */
static int check(const void *values, char why[PARAM_WHY])
{
	const struct fault_values *v = values;
	const struct row *row = v->row;
	bool packet = on_packet(v);
	char names[160];

	if (!(row->contexts & 1u << v->context)) {
		fault_contexts(fault_find(row->name), names, sizeof(names));
		return REFUSE("%s does not work in this context; expected one of: %s", row->name, names);
	}
	if (!(row->contexts & FUKA_ON_ITS_ALLOC) != !v->alloc)
		return REFUSE(
			"fail-alloc, and only fail-alloc, needs an allocation as trigger: {alloc: slab} or {alloc: "
			"pages}");
	if (v->alloc && (packet || on_delay(v)))
		return REFUSE("trigger: expected only one of an allocation, a packet, a delay");
	if (v->task && (!v->alloc || strlen(v->task) >= FUKA_TASK_BYTES))
		return REFUSE(
			"trigger: task: expected the name of an allocating task, at most %d characters, together with "
			"alloc",
			FUKA_TASK_BYTES - 1);
	if (v->alloc)
		return check_trigger(v, why);
	if (row->contexts & FUKA_ON_ITS_PACKET && !packet)
		return REFUSE("%s works on a packet: it needs one as trigger, such as trigger: {udp: 7777}", row->name);
	if (check_context(v, why))
		return -EINVAL;
	return check_trigger(v, why);
}

/* The kernel threads that it creates. */
static long tasks(const void *values)
{
	const struct fault_values *v = values;

	return v->row->contexts & FUKA_COUNTS_N ? v->arg[0] : 0;
}

/* --- the process that holds it --- */

static void fill_packet(const struct fault_values *v, struct fuka_packet *p)
{
	p->hook = v->hook;
	p->version = v->ip == 1 ? 4 : v->ip == 2 ? 6 : 0;
	p->protocol = v->udp >= 0 ? 17 : v->tcp >= 0 ? 6 : 1;
	p->port = v->udp >= 0 ? v->udp : v->tcp >= 0 ? v->tcp : 0;
	if (v->source)
		parse_source(v->source, p);
	if (v->magic) {
		p->magic_length = strlen(v->magic);
		memcpy(p->magic, v->magic, p->magic_length);
	}
}

static void fill(const struct fault_values *v, struct fuka_arm *a)
{
	*a = (struct fuka_arm){
		.abi = FUKA_ABI,
		.context = v->context,
		.delay_ns = v->delay,
		.every_ns = v->every,
		.nth = v->nth,
		.probability = v->probability,
		.interval = v->interval,
		.times = v->times,
		.space = v->space,
		.flags = v->dry_run ? FUKA_DRY_RUN : 0,
		.trigger = on_packet(v)  ? FUKA_ON_PACKET
			   : on_delay(v) ? FUKA_ON_DELAY
			   : v->alloc    ? FUKA_ON_ALLOC
					 : FUKA_ON_WRITE,
		.alloc = v->alloc ? v->alloc - 1 : 0,
	};
	snprintf(a->fault, sizeof(a->fault), "%s", v->row->name);
	snprintf(a->task, sizeof(a->task), "%s", v->task ? v->task : "");
	snprintf(a->label, sizeof(a->label), "%s", v->label);
	if (on_packet(v))
		fill_packet(v, &a->packet);
	for (size_t i = 0; v->row->params[i].name; i++)
		a->arg[i] = v->row->params[i].type == PARAM_SIZE ? param_size(v->arg[i], sys_meminfo("MemTotal"))
								 : v->arg[i];
}

/* Reads parameters such as "fuka.disposable=1" from the kernel's command line, as modprobe would. */
static void command_line_params(char *buf, size_t size)
{
	char line[4096] = "", *rest;
	size_t n = 0;

	*buf = '\0';
	sys_read_line("/proc/cmdline", line, sizeof(line));
	for (char *word = strtok_r(line, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		if (!strncmp(word, "fuka.", 5) && n < size)
			n += snprintf(buf + n, size - n, "%s%s", n ? " " : "", word + 5);
}

int fault_load_module(const char *more)
{
	char params[1024];
	size_t n;
	_cleanup_(sys_closep) int fd = open(FAULT_MODULE, O_RDONLY | O_CLOEXEC);

	command_line_params(params, sizeof(params));
	n = strlen(params);
	snprintf(params + n, sizeof(params) - n, " record_source=%d %s", SOURCE_kmod, more);
	return fd < 0 || syscall(SYS_finit_module, fd, params, 0) ? -errno : 0;
}

static int load_with_fault(const struct fuka_arm *a)
{
	char more[512];
	int n = snprintf(more, sizeof(more), "init_fault=%s init_label=%s init_args=", a->fault, a->label);

	for (int i = 0; i < FUKA_ARGS; i++)
		n += snprintf(more + n, sizeof(more) - n, "%s%llu", i ? "," : "", (unsigned long long)a->arg[i]);
	return fault_load_module(more);
}

/* Declares the tasks that are R or D because of the action, while it lasts. */
static void declare(struct load *l, const struct fault_values *v, bool lasts)
{
	bool task = 1u << v->context & FUKA_IN_TASKS && !on_packet(v) && !on_delay(v) && !v->dry_run;

	if (v->row->contexts & FUKA_COUNTS_N && !on_packet(v) && !v->dry_run)
		load_declare(l, 0, lasts ? v->arg[0] : 0);
	if (task && v->row->contexts & (FUKA_COUNTS_R | FUKA_COUNTS_D))
		load_declare(l, lasts && v->row->contexts & FUKA_COUNTS_R, lasts && v->row->contexts & FUKA_COUNTS_D);
}

static void report_end(struct load *l, int fd, uint32_t id)
{
	struct fuka_status st = {.id = id};
	char line[256];

	if (ioctl(fd, FUKA_IOC_STATUS, &st))
		return;
	snprintf(line, sizeof(line), "event=disarm hits=%llu fired=%llu done=%llu taken_bytes=%llu",
		 (unsigned long long)st.hits, (unsigned long long)st.fired, (unsigned long long)st.done,
		 (unsigned long long)st.taken_bytes);
	load_event(l, line);
}

static int fire(int fd, const struct fuka_arm *a)
{
	if (a->context == FUKA_INIT)
		return load_with_fault(a);
	return a->trigger == FUKA_ON_WRITE && ioctl(fd, FUKA_IOC_FIRE, &a->id) ? -errno : 0;
}

static int run(struct load *l, const void *values)
{
	const struct fault_values *v = values;
	struct fuka_arm a;
	_cleanup_(sys_closep) int fd = -1;
	int r = 0;

	fill(v, &a);
	load_ready(l);
	if (v->context != FUKA_INIT) {
		fd = open(FUKA_DEVICE, O_RDWR | O_CLOEXEC);
		r = fd < 0 || ioctl(fd, FUKA_IOC_ARM, &a) ? -errno : 0;
	}
	if (r == -EOPNOTSUPP)
		return load_lacks(
			l, "should_failslab() or should_fail_alloc_page(), which fail-alloc needs: kernels since 6.11 "
			   "have "
			   "them only with CONFIG_FAILSLAB or CONFIG_FAIL_PAGE_ALLOC");
	load_achieved(l, 1, !r, "faults", !r);
	if (r)
		return say_err(FUKA_FAIL, "%s could not be armed: %s%s", v->row->name, strerror(-r),
			       fd < 0 ? "; is the module loaded? (" FUKA_DEVICE ")"
			       : r == -ENOTTY || r == -EPROTO
				       ? "; module and fuka are of different versions: use both from one build"
				       : "; the kernel's log says why");
	declare(l, v, true);
	r = fire(fd, &a);
	if (r)
		say("%s: the action was refused: %s", v->row->name, strerror(-r));
	if (v->row->contexts & (FUKA_COUNTS_R | FUKA_COUNTS_D))
		load_wait(l, load_went_ns(l) + v->arg[0]);
	if (!(v->row->contexts & FUKA_COUNTS_N))
		declare(l, v, false);
	load_wait(l, 0);
	report_end(l, fd, a.id);
	if (v->row->contexts & FUKA_COUNTS_N) {
		sys_closep(&fd); /* they must have ended before that is declared */
		fd = -1;
		declare(l, v, false);
	}
	return r ? FUKA_FAIL : FUKA_PASS;
}
