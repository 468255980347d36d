// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a scenario is refused for: one table of text, place and sentence; and what is just not refused. Each text
 * stands behind two lines of its own, so that it begins in line 3.
 */
#include "lab/expect/expect.h"
#include "lib/base/say.h"
#include "tests/unit/tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEAD          "about: x\nend: 10s\n"
#define ENTRY(text)   "timeline:\n  - {" text "}\n"
#define EXPECT(text)  "expect:\n  - {" text "}\n"
#define MACHINE(text) "machine: {" text "}\n"
#define REAL          MACHINE("clock: real, network: true, disk: 64M")
#define FAULT(text)   ENTRY("at: 1s, fault: leak-pages, " text)
#define SEND(text)    ENTRY("at: 1s, send: {" text "}")
#define LOAD(text)    ENTRY("at: 1s, load: " text)
#define PAYLOAD_100                                                                                                    \
	"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
#define PAYLOAD_1000                                                                                                   \
	PAYLOAD_100 PAYLOAD_100 PAYLOAD_100 PAYLOAD_100 PAYLOAD_100 PAYLOAD_100 PAYLOAD_100 PAYLOAD_100 PAYLOAD_100    \
		PAYLOAD_100
#define PAYLOAD_500 PAYLOAD_100 PAYLOAD_100 PAYLOAD_100 PAYLOAD_100 PAYLOAD_100

#define X16   "xxxxxxxxxxxxxxxx"
#define X256  X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16
#define X1024 X256 X256 X256 X256

static const struct refusal {
	const char *text, *at, *sentence; /* NULL: it is a scenario */
} refused[] = {
	/* the whole */
	{ENTRY("at: 1s, id: a, load: cpu") "  - {at: 2s, id: a, load: cpu}\n", "5:1", "duplicate id 'a'"},
	{ENTRY("at: 1s, id: a, load: cpu") "  - {at: 2s, id: b, load: cpu}\n", NULL, NULL},
	{ENTRY("at: 1s, stop: nobody"), "4:1", "stop: there is no entry with the id 'nobody'"},
	{ENTRY("at: 11s, load: cpu"), "4:1", "the entry 'load-1' acts after the scenario's end"},
	{ENTRY("at: 10s, load: cpu"), NULL, NULL},
	{EXPECT("exit: nobody"), "4:1", "'nobody' is neither a time, nor 'panic', nor an id of the timeline"},
	{EXPECT("sysstat: nobody"), "4:1", "'nobody' is neither a time, nor"},
	{EXPECT("log: warning, after: nobody"), "4:1", "'nobody' is neither a time, nor"},
	{EXPECT("log: warning, before: nobody"), "4:1", "'nobody' is neither a time, nor"},
	{EXPECT("output: x, id: nobody"), "4:1", "'nobody' is neither a time, nor"},
	{EXPECT("log: warning, after: 1s, before: panic"), NULL, NULL},
	{"machine: {disk: 64M, swap: disk, clock: real}\n" ENTRY("at: 1s, host: {plug: disk0}"), "1:1",
	 "there is no disk to swap to until the host plugs it in"},

	/* expect: */
	{EXPECT("metric: load1"), "4:6", "metric: expected within:"},
	{EXPECT("metric: load1, at: 1s, from: 1s, min: 0"), "4:6", "either at: or from: and to:, not both"},
	{EXPECT("metric: load1, at: 1s, to: 2s, min: 0"), "4:6", "either at: or from: and to:, not both"},
	{EXPECT("metric: load1, absent: true, min: 0"), "4:6", "no bound, mean: or at:"},
	{EXPECT("gap: largest"), "4:6", "gap: needs max:"},
	{EXPECT("metric: load1, min: 2, max: 1"), "4:6", "min 2 is greater than max 1"},
	{EXPECT("metric: load1, min: 2, max: 2"), NULL, NULL},
	{EXPECT("metric: load1, from: 2s, to: 2s, min: 0"), "4:6", "from: must be before to:"},
	{EXPECT("metric: load1, from: 2s, to: 2001ms, min: 0"), NULL, NULL},
	{EXPECT("metric: load1, within: [1]"), "4:29", "within: expected [least, greatest]"},
	{EXPECT("metric: nonsense, min: 0"), "4:14", "there is no metric 'nonsense'"},
	{EXPECT("log: nonsense"), "4:11", "unknown class of kernel log event 'nonsense'"},
	{EXPECT("gap: first, max: 1s"), "4:11", "'first' is not known; expected last or largest"},
	{EXPECT("model: cpu"), "4:13", "'cpu' is not known; expected load"},
	{EXPECT("fired: nonsense"), "4:13", "has no fault 'nonsense'"},
	{EXPECT("fired: spin, context: nowhere"), "4:28", "context: 'nowhere' is not known"},
	{EXPECT("panic: any, log: warning"), "4:6", "exactly one of:"},
	{EXPECT("panic: any, status: 1"), "4:18", "unknown key 'status' in this expectation; allowed: by"},
	{EXPECT("metric: load1, min: x"), "4:26", "min: 'x' is not a figure"},
	{EXPECT("metric: load1, min: 0, mean: maybe"), "4:35", "mean: expected true or false"},
	{EXPECT("exit: a, status: -1") ENTRY("at: 1s, id: a, load: cpu"), "4:23", "'-1' is not a whole number >= 0"},
	{EXPECT("panic: ''"), "4:13", "panic: expected a text, found nothing"},

	/* machine: */
	{MACHINE("disk: 64M"), "3:11", "machine.disk: a disk needs wall time"},
	{MACHINE("network: true"), "3:11", "machine.network: packets from outside need wall time"},
	{MACHINE("swap: disk"), "3:11", "machine.swap: there is no disk to swap to"},
	{MACHINE("swap: 5G"), "3:11", "machine.swap: '5G'; expected disk, or a size from 1M to 4G"},
	{MACHINE("swap: 1023K"), "3:11", "expected disk, or a size from 1M to 4G"},
	{MACHINE("swap: 4G"), NULL, NULL},
	{MACHINE("swap: 1M"), NULL, NULL},
	{MACHINE("cmdline: ä"), "3:11", "machine.cmdline: only printable ASCII"},
	{MACHINE("cmdline: \"a\\tb\""), "3:11", "machine.cmdline: only printable ASCII"},
	{MACHINE("cmdline: ~"), NULL, NULL},
	{MACHINE("cmdline: " PAYLOAD_500 "012345678901"), NULL, NULL},
	{MACHINE("cmdline: " PAYLOAD_500 "0123456789012"), "3:11", "machine.cmdline: 513 characters, at most 512"},
	{MACHINE("cpus: 2, clock: virtual"), "3:11", "machine.cpus: 2 CPUs need clock: real"},
	{MACHINE("cpus: 2"), NULL, NULL},
	{MACHINE("memory: 50%"), "3:11", "machine.memory: a percentage is not allowed here"},
	{MACHINE("memory: 63M"), "3:19", "machine.memory"},
	{MACHINE("colour: red"), "3:11", "unknown key 'colour' in machine"},
	{"record: {sources: [-nonsense]}\n", "3:19", "record.sources:"},
	{"record: {interval: 0s}\n", "3:20", "record.interval"},

	/* timeline: */
	{ENTRY("at: -1s, load: cpu"), "4:10", "at: '-1s' is not a time"},
	{ENTRY("at: 1s, for: x, load: cpu"), "4:19", "for: 'x' is not a time"},
	{ENTRY("load: cpu"), "4:6", "an entry needs 'at:'"},
	{ENTRY("at: 1s"), "4:6", "an entry needs exactly one action, found 0"},
	{ENTRY("at: 1s, load: cpu, stop: x"), "4:6", "an entry needs exactly one action, found 2"},
	{ENTRY("at: 1s, load: nonsense"), "4:20", "has no generator 'nonsense'"},
	{ENTRY("at: 1s, fault: nonsense"), "4:21", "has no fault 'nonsense'"},
	{ENTRY("at: 1s, write: {proc/x: 1}"), "4:22", "write: 'proc/x' is not an absolute path"},
	{ENTRY("at: 1s, for: 1s, write: {/x: 1}"), "4:6", "'for:' works only with load:"},
	{ENTRY("at: 1s, run: [x], oom_score_adj: 1001"), "4:39", "oom_score_adj"},
	{ENTRY("at: 1s, run: [x], oom_score_adj: 1000"), NULL, NULL},
	{ENTRY("at: 1s, run: [x], colour: red"), "4:24", "unknown key 'colour' in a timeline entry"},
	{REAL ENTRY("at: 1s, host: {throttle: disk0, iops: -1}"), "5:44", "iops: '-1' is not a whole number >= 0"},
	{REAL ENTRY("at: 1s, host: {throttle: disk0, bps: -1}"), "5:43", "bps: '-1' is not a size"},
	{REAL ENTRY("at: 1s, host: {throttle: disk0, iops: 0, bps: 0}"), NULL, NULL},
	{REAL ENTRY("at: 1s, host: {stall: disk0, iops: 1}"), "5:35", "unknown key 'iops' in host:"},
	{REAL ENTRY("at: 1s, host: {stall: disk1}"), "5:28", "there is no device 'disk1'"},
	{REAL ENTRY("at: 1s, host: {kill: guest}"), "5:27", "'guest' cannot be killed"},
	{REAL ENTRY("at: 1s, host: {stall: disk0, eio: disk0}"), "5:35",
	 "only one action per entry: 'stall' is given already"},
	{MACHINE("clock: real") ENTRY("at: 1s, host: {stall: disk0}"), "5:28", "this machine has no disk"},
	{ENTRY("at: 1s, host: {kill: machine}"), "4:14", "which does not exist on the virtual clock"},
	{SEND("count: 3"), "4:6", "send: expected exactly one of udp, tcp, icmp"},
	{SEND("udp: 1, tcp: 1"), "4:6", "send: expected exactly one of udp, tcp, icmp"},
	{SEND("icmp: true"), NULL, NULL},
	{SEND("udp: 1, payload: " PAYLOAD_1000 PAYLOAD_500), "4:6", "send: payload: at most"},
	{SEND("udp: 1, to: here"), "4:6", "send: to: 'here' is not an address"},
	{ENTRY("at: 1s, send: {udp: 1}, from: outside"), "4:30", "the host sends in wall time"},
	{MACHINE("clock: real") ENTRY("at: 1s, send: {udp: 1}, from: outside"), "5:30", "this machine has no network"},
	{REAL ENTRY("at: 1s, send: {udp: 1, to: 10.0.0.1}, from: outside"), "5:50", "the guest's addresses are"},
	{REAL ENTRY("at: 1s, send: {udp: 1}, from: elsewhere"), "5:36", "from: 'elsewhere'; expected inside"},

	/* faults */
	{FAULT("context: softirq, trigger: {size: 1M}"), "4:61", "trigger: unknown key 'size'"},
	{FAULT("context: softirq, udp: 1"), "4:51", "'udp' belongs to the trigger"},
	{FAULT("context: caller, trigger: {probability: 0}"), "4:73", "trigger.probability"},
	{FAULT("context: caller, trigger: {probability: 101}"), "4:73", "trigger.probability"},
	{FAULT("context: timer, trigger: {udp: 1, tcp: 1}"), "4:6", "expected only one of udp, tcp, icmp"},
	{FAULT("context: timer, trigger: {udp: 1, delay: 1s}"), "4:6", "either a packet or a delay, not both"},
	{FAULT("context: timer, trigger: {source: 10.0.0.0/8}"), "4:6", "give udp, tcp or icmp too"},
	{FAULT("context: timer, trigger: {udp: 1, source: 10.0.0.0/33}"), "4:6", "is not an address such as"},
	{FAULT("context: timer, trigger: {udp: 1, source: 10.0.0.0/32}"), NULL, NULL},
	{FAULT("context: timer, trigger: {udp: 1, source: '::1', ip: 4}"), "4:6", "of different IP versions"},
	{FAULT("context: timer, trigger: {every: 9us, times: 0}"), "4:6", "every: at least 10us"},
	{FAULT("context: timer, trigger: {every: 10us, times: 0}"), NULL, NULL},
	{FAULT("context: timer, trigger: {every: 10us}"), "4:6", "acts more than once: give times: too"},
	{FAULT("context: caller, trigger: {delay: 1s}"), "4:6", "after a delay the caller is gone"},
	{FAULT("context: softirq"), "4:6", "context softirq needs a packet as trigger"},
	{FAULT("context: caller, trigger: {udp: 1}"), "4:6", "the caller of a packet is its sender"},
	{FAULT("context: caller, trigger: {alloc: slab}"), "4:6",
	 "fail-alloc, and only fail-alloc, needs an allocation"},
	{FAULT("context: ipi"), "4:6", "the machine needs cpus: 2"},
	{FAULT("context: caller, id: 'a b'"), "4:54", "id: 'a b'; expected up to 63 letters"},
	{FAULT("context: caller, id: a2345678901234567890123456789012"), "4:6", "because it is in the module's record"},
	{FAULT("context: caller, id: a234567890123456789012345678901"), NULL, NULL},
	{FAULT("context: init, trigger: {udp: 1}"), "4:6", "module initialisation cannot wait for a packet"},
	{FAULT("context: init") "  - {at: 2s, fault: spin, context: caller}\n", "4:1",
	 "no other entry may need the module"},

	/* generators' own checks, their place and their profiles */
	{LOAD("cpu, hide: true, percent: 75"), NULL, NULL},
	{LOAD("cpu, hide: true, percent: 76"), "4:6", "cpu: hide cannot run 76%"},
	{LOAD("loadavg, target: 10, tasks_max: 5"), "4:6", "5 tasks cannot make a load of 10; raise tasks_max"},
	{LOAD("loadavg, target: 5, tasks_max: 5"), NULL, NULL},
	{LOAD("pressure, resource: cpu, percent: 20, device: /dev/vda"), "4:6", "device works only with resource: io"},
	{LOAD("pressure, resource: memory, percent: 20, device: /dev/vda"), "4:6",
	 "device works only with resource: io"},
	{LOAD("memory, size: 1M, memory_max: 8M, memory_high: 9M"), "4:6", "memory_high is above memory_max"},
	{LOAD("memory, size: 1M, memory_max: 8M, memory_high: 8M"), NULL, NULL},
	{LOAD("memory, size: 1M, profile: 'sine:1s'"), "4:6", "'memory' takes no profile"},
	{LOAD("loadavg"), "4:6", "'loadavg' needs the parameter 'target'"},
	{LOAD("cpu, cpus: 3-1"), "4:6", "cpus: '3-1' is not a list of CPUs"},
	{LOAD("cpu, cpus: '0,3-1'"), "4:6", "is not a list of CPUs"},
	{ENTRY("at: 1s, send: {udp: 1, payload: " X1024 "}"), NULL, NULL},
	{ENTRY("at: 1s, send: {udp: 1, payload: " X1024 "x}"), "4:6", "payload: at most 1024 bytes"},
	{LOAD("cpu, cpus: 0-"), "4:6", "is not a list of CPUs"},
	{LOAD("cpu, cpus: '0-1,3'"), NULL, NULL},
	{LOAD("cpu, policy: fifo, nice: 1"), "4:6", "nice has no effect with policy fifo or rr"},
	{LOAD("cpu, policy: batch, nice: 1"), NULL, NULL},
	{LOAD("cpu, priority: 2"), "4:6", "priority"},
	{LOAD("cpu, profile: 'steps:1s:0,101'"), "4:6", "no percentages from 0 to 100"},
	{LOAD("cpu, profile: 'steps:1s:0,100'"), NULL, NULL},
	{LOAD("cpu, profile: 'steps:1s:'"), "4:6", "no percentages from 0 to 100"},
	{LOAD("cpu, profile: 'ramp:0s'"), "4:6", "is not a profile: no time"},
	{LOAD("cpu, profile: 'constant:1s'"), "4:6", "constant takes nothing"},
	{LOAD("cpu, profile: 'saw:1s'"), "4:6", "is not a profile: no such form"},
	{"timeline:\n  - {at: 1s, load: cpu, oom_score_adj: -1001}\n", "4:40", "cpu.oom_score_adj"},
};

/* M10: what was taken, and could not be what was meant, or could never hold. */
static const struct refusal vain[] = {
	{ENTRY("at: 1s, id: 5s, load: cpu"), "4:1", "must not be a time or 'panic'"},
	{ENTRY("at: 1s, id: panic, load: cpu"), "4:1", "must not be a time or 'panic'"},
	{ENTRY("at: 1s, id: .., run: [x]"), "4:1", "must begin with a letter or a digit"},
	{ENTRY("at: 1s, id: -x, run: [x]"), "4:1", "must begin with a letter or a digit"},
	{ENTRY("at: 1s, id: 5x, load: cpu"), NULL, NULL},
	{ENTRY("at: 1s, id: a, stop: a"), "4:1", "stop: 'a' ends at once"},
	{ENTRY("at: 1s, id: a, write: {/x: 1}") "  - {at: 2s, stop: a}\n", "5:1", "stop: 'a' ends at once"},
	{ENTRY("at: 2s, id: a, load: cpu") "  - {at: 1s, stop: a}\n", NULL, NULL},
	{ENTRY("at: 1s, for: 0s, load: cpu"), "4:1", "for: the entry 'load-1' has a duration of 0"},
	{ENTRY("at: 1s, write: {}"), "4:1", "write: the map is empty"},
	{"deadline: 0s\n", "3:11", "deadline: 0 is too short"},
	{EXPECT("log: warning, after: 2s, before: 1s"), "4:1", "after: 2s must not be later than before: 1s"},
	{EXPECT("metric: load1, at: 11s, min: 0"), "4:1", "after the scenario's end"},
	{EXPECT("metric: load1, at: 10s, min: 0"), NULL, NULL},
	{EXPECT("metric: load1, from: 11s, min: 0"), "4:1", "after the scenario's end"},
	{EXPECT("exit: a, status: 256") ENTRY("at: 1s, id: a, load: cpu"), "4:1", "a process exits with 0 to 255"},
	{EXPECT("exit: a, status: 255") ENTRY("at: 1s, id: a, load: cpu"), NULL, NULL},
	{EXPECT("output: x, id: a") ENTRY("at: 1s, id: a, load: cpu"), "4:1", "a has no output"},
	{EXPECT("output: x"), "4:1", "this timeline has no output"},
	{EXPECT("output: x") ENTRY("at: 1s, run: [x]"), NULL, NULL},
	{EXPECT("sysstat: a") ENTRY("at: 1s, id: a, load: cpu"), "4:1", "a has no output"},
	{EXPECT("fired: panic"), "4:1", "fired: no entry of the timeline needs the kernel module"},
	{EXPECT("fired: panic") ENTRY("at: 1s, run: [x]"), NULL, NULL},
	{EXPECT("fired: panic") ENTRY("at: 1s, fault: panic, context: timer"), NULL, NULL},
	{MACHINE("sysctl: {'': 1}"), "3:20", "sysctl: '' is not a sysctl's name"},
	{MACHINE("sysctl: {../x: 1}"), "3:20", "is not a sysctl's name"},
	{MACHINE("sysctl: {net.ipv4.conf.eth0/1.rp_filter: 1}"), NULL, NULL},
	{MACHINE("sysctl: {vm.swappiness: \"1\\n2\"}"), "3:20", "sysctl: a value must be one line"},
	{"--- \n", "3:1", "a second document"},
	{"...\n# a comment behind the end\n", NULL, NULL},
	{"...\nmore: 1\n", "4:1", "did not find expected <document start>"},
	{"deadline: !!int 5s\n", "3:11", "tags"},
	{EXPECT("log: warning, count: {min: -1}"), "4:33", "min: '-1' is not a whole number >= 0"},
	{EXPECT("log: warning, count: {max: 1.5}"), "4:33", "max: '1.5' is not a whole number >= 0"},
};

/* All that it says of a text; the scenario, if it is one. */
static char *said(const char *text, struct scenario **s)
{
	static char out[65536];
	int fd = memfd_create("said", MFD_CLOEXEC);

	if (fd < 0)
		exit(99);
	say_to(fd);
	*s = NULL;
	scenario_parse("x.yaml", text, strlen(text), expect_read, s);
	say_to(STDERR_FILENO);
	ssize_t n = pread(fd, out, sizeof(out) - 1, 0);

	out[n > 0 ? n : 0] = '\0';
	close(fd);
	return out;
}

static void refusals(const struct refusal *rows, size_t count, const char *finding)
{
	for (size_t i = 0; i < count; i++) {
		char text[8192], head[64];
		struct scenario *s;

		snprintf(text, sizeof(text), HEAD "%s", rows[i].text);
		const char *what = said(text, &s);
		size_t n = snprintf(head, sizeof(head), "fuka: x.yaml:%s: ", rows[i].at ? rows[i].at : "");
		const char *line = strchr(text + strlen(HEAD), '\n') + 1;

		if (!rows[i].sentence)
			ok(s && !*what, "%s%.*s is a scenario", finding,
			   (int)strcspn(*line ? line : rows[i].text, "\n"), *line ? line : rows[i].text);
		else
			ok(!s && !strncmp(what, head, n) && strstr(what, rows[i].sentence), "%s%s: %s", finding,
			   rows[i].at, rows[i].sentence);
		if (!s != !!rows[i].sentence ||
		    (rows[i].sentence && (strncmp(what, head, n) || !strstr(what, rows[i].sentence))))
			printf("# %s# said: %.300s\n", rows[i].text, what);
		scenario_free(s);
	}
}

/* The top, which the table's own first lines would hide. */
static void top(void)
{
	struct scenario *s;

	ok(strstr(said("end: 1s\n", &s), "a scenario needs 'about:'") && !s, "one without about:");
	ok(strstr(said("about: x\n", &s), "a scenario needs an end") && !s, "one without end:");
	ok(strstr(said("about: x\nend: 1s\ncolour: red\n", &s), "3:1: unknown key 'colour'") && !s, "an unknown key");
	ok(strstr(said("[about]\n", &s), "a scenario is a map") && !s, "a list is none");
}

/* What a scenario says, read. */
static void meaning(void)
{
	static const char plugs[] = HEAD "machine: {disk: 64M, clock: real}\ntimeline:\n"
					 "  - {at: 2s, host: {unplug: disk0}}\n  - {at: 5s, host: {plug: disk0}}\n";
	static const char in[] = HEAD "machine: {disk: 64M, clock: real}\ntimeline:\n"
				      "  - {at: 5s, host: {unplug: disk0}}\n  - {at: 2s, host: {plug: disk0}}\n";
	struct scenario *s;

	said("about: x\nend: 10m\n", &s);
	ok(s && s->deadline_ns == 22 * 60 * 1000000000ll, "the deadline of ten minutes is 22");
	scenario_free(s);
	said("about: x\nend: 10m\ndeadline: 1m\n", &s);
	ok(s && s->deadline_ns == 60 * 1000000000ll, "… unless it is given");
	scenario_free(s);
	said(plugs, &s);
	ok(s && !scenario_disk_is_out(s) && scenario_disk_plugs(s), "a disk that is unplugged first is there before");
	scenario_free(s);
	said(in, &s);
	ok(s && scenario_disk_is_out(s), "one that is plugged first, by time, is not");
	scenario_free(s);
	said(HEAD "timeline:\n  - {at: 1s, run: [x], oom_score_adj: -7}\n  - {at: 1s, send: {udp: 1}}\n", &s);
	ok(s && s->entry[0].oom_score_adj == -7, "run: with oom_score_adj");
	ok(s && s->entry[1].load.common.oom_score_adj == -1000, "who sends is not killed");
	ok(s && !strcmp(s->entry[1].id, "send-2"), "an entry's own id");
	scenario_free(s);
	said(HEAD "expect:\n  - {metric: load1, within: [1, 2]}\nnever:\n  - {panic: any}\n", &s);
	ok(s && s->expects == 2 && s->expect[0].min == 1 && s->expect[0].max == 2 && !s->expect[0].never &&
		   s->expect[1].never,
	   "expect: and never:");
	scenario_free(s);
}

int main(void)
{
	refusals(refused, sizeof(refused) / sizeof(*refused), "");
	refusals(vain, sizeof(vain) / sizeof(*vain), "M10: ");
	top();
	meaning();
	return tap_end();
}
