// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/host/supervise.h"
#include "lab/host/disk_faults.h"
#include "lib/record/source.h"
#include "lib/text/logfmt.h"
#include "lib/base/array.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_MS      25
#define SHOW_NS      (200 * 1000000ull)
#define QUIT_WAIT_MS 3000

static volatile sig_atomic_t interrupted;

static void on_signal(int sig)
{
	interrupted = sig;
}

void supervise_signals(void)
{
	struct sigaction a = {.sa_handler = on_signal};

	sigaction(SIGINT, &a, NULL);
	sigaction(SIGTERM, &a, NULL);
	sigaction(SIGHUP, &a, NULL);
}

bool supervise_interrupted(void)
{
	return interrupted;
}

/* No event of the host is dropped; the timeline bounds how many the guest can cause. */
static void note(struct supervision *w, const char *line)
{
	if (array_push(w->events.line, w->events.count, sys_format("%s", line)))
		say_die(FUKA_FAIL, "no memory for the host's events");
}

/* Keeps the first reason only, because the later ones follow from it. */
static void ended(struct supervision *w, const char *how, const char *detail)
{
	if (*w->how)
		return;
	snprintf(w->how, sizeof(w->how), "%s", how);
	snprintf(w->detail, sizeof(w->detail), "%s", detail);
}

/* --- the guest's requests through its lanes --- */

/* Notes the outcome of a request: "done", or "refused" with the reason. */
static void note_outcome(struct supervision *w, const char *id, const char *refused)
{
	char line[256] = "";
	size_t n = 0;

	logfmt_add(line, sizeof(line), &n, "event", refused ? "refused" : "done");
	logfmt_add(line, sizeof(line), &n, "id", id);
	if (refused) {
		logfmt_add(line, sizeof(line), &n, "detail", refused);
		say("%s: the request to the host was refused: %s", id, refused);
	}
	note(w, line);
}

/* Whether the timeline has this request and it was not made before. Others are counted and reported at the end. */
static bool may_ask(struct supervision *w, const struct entry *e, const char *id, bool back)
{
	struct supervise_asked *asked = e && entry_is_hosts(e) ? &w->asked[e - w->scenario->entry] : NULL;
	bool *before = asked ? back ? &asked->back : &asked->there : NULL;

	if (before && !*before) {
		*before = true;
		return true;
	}
	if (!w->refused++)
		snprintf(w->refused_id, sizeof(w->refused_id), "%s", id);
	return false;
}

/* Does what an entry of the scenario requests from the host; only on the real clock (scenario_wall_time()). */
static void do_request(struct supervision *w, const char *id, bool back)
{
	const struct entry *e = scenario_entry(w->scenario, id);
	char line[256] = "";
	size_t n = 0;

	if (!may_ask(w, e, id, back))
		return;
	logfmt_add(line, sizeof(line), &n, "event", "request");
	logfmt_add(line, sizeof(line), &n, "id", id);
	logfmt_add(line, sizeof(line), &n, "action", entry_host_action(e));
	if (back)
		logfmt_add(line, sizeof(line), &n, "back", "yes");
	note(w, line);
	if (e->outside && netcard_begin(&w->outside, e))
		note_outcome(w, id, "too many entries send at once");
	else if (e->action == ACTION_HOST && e->host == HOST_KILL && w->machine->pid)
		kill(w->machine->pid, SIGKILL);
	else if (e->action == ACTION_HOST)
		disk_faults_ask(&w->machine->qmp, e, back);
	if (e->action == ACTION_HOST && disk_faults_ends_later(e, back))
		w->unplugs = e;
}

static void sent(void *user, const struct netcard_send *s, int err)
{
	note_outcome(user, s->entry->id, err ? strerror(-err) : NULL);
}

static void take_event(struct supervision *w, const struct frame *f)
{
	char event[32] = "", id[64] = "", back[8] = "";

	logfmt_get(f->payload, f->head.payload_length, "event", event, sizeof(event));
	logfmt_get(f->payload, f->head.payload_length, "id", id, sizeof(id));
	if (!strcmp(event, "t0")) {
		w->t0_ns = f->head.before_ns;
		snprintf(w->phase, sizeof(w->phase), "running");
	} else if (!strcmp(event, "host")) {
		do_request(w, id, logfmt_get(f->payload, f->head.payload_length, "back", back, sizeof(back)));
	}
	snprintf(w->last, sizeof(w->last), "%s %s", event, id);
}

static void take_sample(struct supervision *w, const struct frame *f)
{
	struct sysinfo info;

	w->guest_ns = f->head.before_ns;
	if (f->head.source != SOURCE_sysinfo || f->head.payload_length != sizeof(info))
		return;
	memcpy(&info, f->payload, sizeof(info));
	w->load1 = info.loads[0] / 65536.0;
	w->free_mib = info.freeram * info.mem_unit >> 20;
}

int supervise_frame(const struct frame *f, void *user)
{
	struct supervision *w = user;

	if (f->head.source == SOURCE_timeline)
		take_event(w, f);
	else if (f->head.type == FRAME_SAMPLE)
		take_sample(w, f);
	return w->recorder ? recorder_add(f, w->recorder) : 0;
}

static void show(struct supervision *w)
{
	uint64_t now = sys_now_ns();
	char line[400];

	if (!w->progress || now - w->shown_ns < SHOW_NS)
		return;
	w->shown_ns = now;
	double guest = w->t0_ns && w->guest_ns > w->t0_ns ? (w->guest_ns - w->t0_ns) / 1e9 : 0;

	snprintf(line, sizeof(line), "%s: %s  %.1f s of %.0f s  load1 %.2f  free %ld MiB  last event: %s",
		 w->scenario->name, w->phase, guest, w->scenario->end_ns / 1e9, w->load1, w->free_mib, w->last);
	say_printable(line);
	fprintf(stderr, "\r\033[K%s", line);
	fflush(stderr);
}

/* --- QEMU's events and answers --- */

/*
 * QEMU answers when the file is complete and does nothing else until then. The dump has physical addresses only
 * (vmcore.c adds the virtual ones), because with paging the file would have one header per page of the process that
 * panicked. A guest with a crash kernel (kdump) is not paused by QEMU, because that kernel would run next.
 */
static void panicked(struct supervision *w, const char *event)
{
	char line[64];

	snprintf(line, sizeof(line), "event=qmp name=%s", event);
	note(w, line);
	ended(w, "panic", "QEMU saw the guest panic");
	if (!strcmp(event, "GUEST_CRASHLOADED"))
		qmp_send(&w->machine->qmp, "stop", NULL, NULL);
	if (w->scenario->machine.vmcore)
		qmp_send(&w->machine->qmp, "dump-guest-memory",
			 "{\"paging\": false, \"format\": \"elf\", \"protocol\": \"file:" MACHINE_VMCORE "\"}",
			 MACHINE_VMCORE_ID);
	else
		qmp_send(&w->machine->qmp, "quit", NULL, NULL);
}

/* Takes QEMU's answer to a request of the guest, or to fuka's for the memory dump. */
static void take_answer(struct supervision *w, const char *id, const char *refused)
{
	bool begun = w->unplugs && !strcmp(w->unplugs->id, id);

	if (begun && !refused)
		return;
	if (begun)
		w->unplugs = NULL;
	note_outcome(w, id, refused);
	if (strcmp(id, MACHINE_VMCORE_ID))
		return;
	w->dumped = !refused;
	qmp_send(&w->machine->qmp, "quit", NULL, NULL);
}

static void take_qmp(struct supervision *w, json_t *message)
{
	const char *event = json_string_value(json_object_get(message, "event"));
	const json_t *data = json_object_get(message, "data");
	const char *reason = json_string_value(json_object_get(data, "reason"));
	const char *device = json_string_value(json_object_get(data, "device")); /* NULL for a part of a device */
	const char *id = json_string_value(json_object_get(message, "id"));
	json_t *error = json_object_get(message, "error");
	char line[160];

	if (id && (error || json_object_get(message, "return")))
		take_answer(w, id, json_string_value(json_object_get(error, "desc")));
	else if (error)
		say("QEMU refused a command: %s", json_string_value(json_object_get(error, "desc")));
	if (!event || *w->how)
		return;
	if (!strcmp(event, "DEVICE_DELETED") && w->unplugs && device) {
		note_outcome(w, w->unplugs->id, NULL);
		w->unplugs = NULL;
	} else if (!strcmp(event, "GUEST_PANICKED") || !strcmp(event, "GUEST_CRASHLOADED")) {
		panicked(w, event);
	} else if (!strcmp(event, "SHUTDOWN")) {
		snprintf(line, sizeof(line), "event=qmp name=SHUTDOWN reason=%s", reason ? reason : "?");
		note(w, line);
		if (reason && !strcmp(reason, "guest-shutdown"))
			ended(w, "poweroff", "");
		else
			ended(w, "reset", reason ? reason : "");
	}
}

static void hear_qemu(struct supervision *w)
{
	struct pollfd p[] = {{.fd = w->machine->qmp.fd, .events = POLLIN}, {.fd = w->outside.fd, .events = POLLOUT}};
	json_t *message;

	if (poll(p, netcard_waits(&w->outside) ? 2 : 1, LOOK_MS) <= 0 || !p[0].revents)
		return;
	int r = qmp_fill(&w->machine->qmp);

	while ((message = qmp_take(&w->machine->qmp))) {
		take_qmp(w, message);
		json_decref(message);
	}
	if (r)
		machine_ended(w->machine, QUIT_WAIT_MS);
}

/* Copies the last line that QEMU printed, which says why it ended when it ended by itself. */
static void last_words(struct supervision *w, char *buf, size_t size)
{
	_cleanup_(sys_freep) char *path = sys_format("%s/" MACHINE_LOG, w->dir), *text = NULL;
	size_t n;

	*buf = '\0';
	if (sys_read_file(path, &text, &n))
		return;
	while (n && text[n - 1] == '\n')
		text[--n] = '\0';
	const char *line = strrchr(text, '\n');

	snprintf(buf, size, "%s", line ? line + 1 : text);
}

static void conclude(struct supervision *w)
{
	char words[120], detail[160];
	int status = w->machine->status;

	if (!*w->how) {
		last_words(w, words, sizeof(words));
		if (WIFSIGNALED(status))
			snprintf(detail, sizeof(detail), "QEMU was ended by signal %d", WTERMSIG(status));
		else
			snprintf(detail, sizeof(detail), "QEMU ended with status %d%s%s", WEXITSTATUS(status),
				 *words ? ": " : "", words);
		ended(w, "killed", detail);
	}
	char line[320] = "";
	size_t n = 0;

	logfmt_add(line, sizeof(line), &n, "event", "ended");
	logfmt_add(line, sizeof(line), &n, "how", w->how);
	if (*w->detail)
		logfmt_add(line, sizeof(line), &n, "detail", w->detail);
	note(w, line);
}

/* Notes requests that the timeline does not have, which means that the guest's PID 1 is not fuka's. */
static void note_refused(struct supervision *w)
{
	char detail[160];

	if (!w->refused)
		return;
	snprintf(detail, sizeof(detail), "%llu requests that the timeline does not have, or not so often", w->refused);
	note_outcome(w, w->refused_id, detail);
}

/* The guest cannot notice that it is followed, but on the virtual clock only a terminal needs it. */
static void follow(struct supervision *w)
{
	if (w->recorder || w->progress)
		follower_read(&w->live, supervise_frame, w);
}

/* Whether a file of the run's directory is larger than allowed; the guest can write any amount. */
static bool outgrown(const struct supervision *w, const char *name)
{
	_cleanup_(sys_freep) char *path = sys_format("%s/%s", w->dir, name);
	struct stat st;

	return !stat(path, &st) && (uint64_t)st.st_size > SUPERVISE_FILE_MAX;
}

/* Why the machine must end now, or NULL. */
static const char *must_end(const struct supervision *w, uint64_t limit_ns, const char **detail)
{
	if (interrupted) {
		*detail = "by a signal to fuka";
		return "interrupted";
	}
	if (sys_now_ns() > limit_ns) {
		*detail = "the host's deadline passed: the machine hangs, or this host is too slow for the scenario";
		return "deadline";
	}
	if (w->recorder && w->recorder->left_out)
		*detail = "the guest wrote more frames than this scenario can make; the rest is not recorded";
	else if (outgrown(w, MACHINE_CONSOLE))
		*detail = "the guest wrote more than 256 MiB to its console";
	else if (outgrown(w, MACHINE_LOG))
		*detail = "QEMU wrote more than 256 MiB of messages";
	else
		return NULL;
	return "bound";
}

void supervise_machine(struct supervision *w)
{
	uint64_t limit = sys_now_ns() + w->deadline_ns;

	w->outside.fd = w->machine->net_fd;
	w->asked = calloc(w->scenario->entries + 1, sizeof(*w->asked));
	if (!w->asked)
		say_die(FUKA_FAIL, "no memory to watch the machine");
	snprintf(w->phase, sizeof(w->phase), "booting");
	while (!machine_ended(w->machine, 0)) {
		const char *detail, *why;

		hear_qemu(w);
		follow(w);
		netcard_work(&w->outside, sent, w);
		show(w);
		why = must_end(w, limit, &detail);
		if (!why)
			continue;
		ended(w, why, detail);
		machine_kill(w->machine);
	}
	qmp_fill(&w->machine->qmp);
	for (json_t *message; (message = qmp_take(&w->machine->qmp)); json_decref(message))
		take_qmp(w, message);
	follow(w);
	if (w->progress)
		fputs("\r\033[K", stderr);
	note_refused(w);
	conclude(w);
}

void supervise_free(struct supervision *w)
{
	for (size_t i = 0; i < w->events.count; i++)
		free(w->events.line[i]);
	free(w->events.line);
	free(w->asked);
	w->events = (struct supervise_events){0};
	follower_free(&w->live);
}
