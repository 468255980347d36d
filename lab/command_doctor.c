// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuka doctor: reports what is missing on this machine and the command that fixes it. Each check is one row of the
 * table and one function. doctor needs nothing itself; what it cannot find out it reports as such. It takes some ten
 * ms, plus the KVM proof (up to 2 s) once per boot or with --fresh.
 */
#include "lab/doctor.h"
#include "lab/pack/kernel.h"
#include "lab/host/kvm_proof.h"
#include "lab/host/machine_arch.h"
#include "lib/base/spawn.h"
#include "lib/base/command.h"
#include "lib/text/options.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"
#include "lib/base/version.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define GIB        (1024.0 * 1024 * 1024)
#define VERSION_NS (10 * SYS_NS)

struct ask {
	bool fresh, json;
	char *kernel, *modules;
	struct kernel k; /* k.vmlinux is NULL when there is no kernel */
	struct kvm_proof proof;
};

struct doctor_finding {
	bool ok;
	char detail[400], fix[200];
};

struct check {
	const char *what;
	bool needed;
	void (*look)(struct ask *ask, struct doctor_finding *f);
};

static void found(struct doctor_finding *f, bool ok, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void found(struct doctor_finding *f, bool ok, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->detail, sizeof(f->detail), fmt, ap);
	va_end(ap);
	f->ok = ok;
}

static void fix(struct doctor_finding *f, const char *command)
{
	snprintf(f->fix, sizeof(f->fix), "%s", command);
}

/* ---- helpers of the checks ---- */

int doctor_tool_version(const char *tool, char *line, size_t n)
{
	char *argv[] = {(char *)tool, "--version", NULL};
	_cleanup_(sys_freep) char *text = NULL;
	int status, r = spawn_output(argv, VERSION_NS, &text, &status);

	if (r)
		return r;
	if (!*text || !WIFEXITED(status) || WEXITSTATUS(status))
		return -EIO;
	snprintf(line, n, "%.*s", (int)strcspn(text, "\n"), text);
	return 0;
}

static int visible(const struct dirent *d)
{
	return *d->d_name != '.';
}

void doctor_kernels(char *names, size_t n)
{
	_cleanup_(sys_freep) char *dir = sys_format("%s/kernels", kernel_home());
	struct dirent **at;
	int count = scandir(dir, &at, visible, versionsort);
	size_t used = 0;

	*names = '\0';
	for (int i = 0; i < count; i++) {
		if (used < n)
			used += snprintf(names + used, n - used, "%s%s", used ? " " : "", at[i]->d_name);
		free(at[i]);
	}
	if (count >= 0)
		free(at);
}

/* ---- the checks ---- */

static void look_tool(struct doctor_finding *f, const char *tool, const char *package, const char *what_for)
{
	char line[200], command[100];
	int err = doctor_tool_version(tool, line, sizeof(line));

	snprintf(command, sizeof(command), "apt-get install %s", package);
	if (!err)
		found(f, true, "%s", line);
	else if (err == -ENOENT)
		found(f, false, "%s is not in PATH: %s", tool, what_for);
	else
		found(f, false, "%s --version failed: %s", tool, what_for);
	fix(f, command);
}

static void look_qemu(struct ask *ask, struct doctor_finding *f)
{
	(void)ask;
	look_tool(f, machine_arch.program, machine_arch.package, "scenarios run in it");
}

static void look_gnuplot(struct ask *ask, struct doctor_finding *f)
{
	(void)ask;
	look_tool(f, "gnuplot", "gnuplot-nox", "`fuka report --png` draws with it");
}

static void look_stress_ng(struct ask *ask, struct doctor_finding *f)
{
	(void)ask;
	look_tool(f, "stress-ng", "stress-ng", "some scenarios run it");
}

static void look_bats(struct ask *ask, struct doctor_finding *f)
{
	(void)ask;
	look_tool(f, "bats", "bats", "`make check` runs the tests with it");
}

/* Checks that dpkg has all packages of lab/packages, where one of "A|B" is enough, and names the missing ones. */
static bool package_is_there(const char *package)
{
	char *ask[] = {"dpkg-query", "-W", "-f", "${db:Status-Abbrev}", "--", NULL, NULL};
	_cleanup_(sys_freep) char *names = sys_format("%s", package);
	bool there = false;
	char *rest;

	for (char *one = strtok_r(names, "|", &rest); one && !there; one = strtok_r(NULL, "|", &rest)) {
		_cleanup_(sys_freep) char *said = NULL;
		int status;

		ask[5] = one;
		there = !spawn_output(ask, VERSION_NS, &said, &status) && !status && strstr(said, "ii");
	}
	return there;
}

static void look_packages(struct ask *ask, struct doctor_finding *f)
{
	_cleanup_(sys_freep) char *path = sys_format("%s/../lab/packages", kernel_home()), *table = NULL;
	char missing[300] = "", *rest;
	size_t n = 0, rows = 0;

	(void)ask;
	fix(f, "lab/tools/setup");
	if (access("/usr/bin/dpkg-query", X_OK) || sys_read_file(path, &table, NULL))
		return found(f, false, "cannot compare %s with dpkg's list: not a Debian system, or not a checkout",
			     path);
	for (char *row = strtok_r(table, "\n", &rest); row; row = strtok_r(NULL, "\n", &rest)) {
		char package[80];

		if (*row == '#' || sscanf(row, "%79s", package) != 1)
			continue;
		rows++;
		if (!package_is_there(package) && n < sizeof(missing))
			n += snprintf(missing + n, sizeof(missing) - n, " %s", package);
	}
	if (*missing)
		found(f, false, "not installed of lab/packages:%s", missing);
	else
		found(f, true, "all %zu of lab/packages are installed", rows);
}

static void look_depmod(struct ask *ask, struct doctor_finding *f)
{
	(void)ask;
	if (access("/sbin/depmod", X_OK) && access("/usr/sbin/depmod", X_OK))
		found(f, false, "depmod is missing: fetching a kernel needs it");
	else
		found(f, true, "depmod, for fetching kernels");
	fix(f, "apt-get install kmod");
}

/* When no kernel is found, the row's detail is kernel_find()'s message. */
static void look_kernel(struct ask *ask, struct doctor_finding *f)
{
	say_into(f->detail, sizeof(f->detail));
	f->ok = !kernel_find(ask->kernel, ask->modules, &ask->k);
	say_into(NULL, 0);
	if (f->ok)
		found(f, true, "%s is %s, unpacked at %s", ask->k.name, ask->k.release, ask->k.vmlinux);
	fix(f, "make kernel");
}

static void look_kvm(struct ask *ask, struct doctor_finding *f)
{
	kvm_prove(ask->k.vmlinux ? &ask->k : NULL, ask->fresh, &ask->proof);
	found(f, ask->proof.works, "%s%s", ask->proof.why, ask->proof.cached ? " (as proven before)" : "");
	fix(f, "nothing is needed: scenarios run under TCG, only slower");
}

static void look_memory(struct ask *ask, struct doctor_finding *f)
{
	int64_t free_bytes = sys_meminfo("MemAvailable");

	(void)ask;
	if (free_bytes < 0)
		found(f, false, "/proc/meminfo has no MemAvailable: expected at least 1 GiB free");
	else
		found(f, free_bytes >= GIB, "%.1f GiB available; a guest and its host side need 1 GiB",
		      free_bytes / GIB);
	fix(f, "end a program that uses much memory");
}

static void look_cores(struct ask *ask, struct doctor_finding *f)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);

	(void)ask;
	found(f, n >= 2, "%d %s; real-clock scenarios with several CPUs need at least 2", n, n == 1 ? "core" : "cores");
	fix(f, "give this machine a second core");
}

static void look_disk(struct ask *ask, struct doctor_finding *f)
{
	const char *dir = access("out", F_OK) ? "." : "out";
	struct statvfs vfs;

	(void)ask;
	if (access(dir, W_OK)) {
		found(f, false, "%s is not writable, and recordings go to out/ in the current directory", dir);
		fix(f, "cd to a writable directory");
		return;
	}
	double free_bytes = statvfs(dir, &vfs) ? 0 : (double)vfs.f_bavail * vfs.f_frsize;

	found(f, free_bytes >= GIB, "%.1f GiB free where out/ is; recordings need 1 GiB", free_bytes / GIB);
	fix(f, "rm -r old runs in out/");
}

/* cgroup2fs on /sys/fs/cgroup is v2; a tmpfs there is v1, or hybrid if cgroup2fs is on its unified/. */
static void look_cgroup(struct ask *ask, struct doctor_finding *f)
{
	struct statfs root, unified;

	(void)ask;
	bool v2 = !statfs("/sys/fs/cgroup", &root) && root.f_type == CGROUP2_SUPER_MAGIC;
	bool hybrid = !v2 && !statfs("/sys/fs/cgroup/unified", &unified) && unified.f_type == CGROUP2_SUPER_MAGIC;
	bool v1 = !v2 && !access("/sys/fs/cgroup/memory", F_OK);

	found(f, v2 || v1, "%s",
	      v2       ? "control groups v2"
	      : hybrid ? "control groups hybrid: v1 controllers, v2 at unified/"
	      : v1     ? "control groups v1"
		       : "no control groups at /sys/fs/cgroup; `fuka load` on this machine cannot use them");
	fix(f, "mount -t cgroup2 none /sys/fs/cgroup");
}

static void look_root(struct ask *ask, struct doctor_finding *f)
{
	bool root = !geteuid(), sudo = !access("/usr/bin/sudo", X_OK);

	(void)ask;
	found(f, root || sudo,
	      root   ? "running as root; only lab/tools/setup needs that"
	      : sudo ? "not root, sudo is there; only lab/tools/setup needs it"
		     : "neither root nor sudo: only lab/tools/setup, which installs packages, needs one");
	fix(f, "su -c lab/tools/setup");
}

/* The order matters: kvm boots the kernel that the check kernel found. */
static const struct check checks[] = {
	{"qemu", true, look_qemu},          {"kernel", true, look_kernel},
	{"memory", true, look_memory},      {"disk", true, look_disk},
	{"kvm", false, look_kvm},           {"cores", false, look_cores},
	{"cgroup", false, look_cgroup},     {"stress-ng", false, look_stress_ng},
	{"gnuplot", false, look_gnuplot},   {"depmod", false, look_depmod},
	{"bats", false, look_bats},         {"root", false, look_root},
	{"packages", false, look_packages},
};

#define COUNT (sizeof(checks) / sizeof(*checks))

/* ---- output ---- */

static void print_text(const struct doctor_finding *f)
{
	for (size_t i = 0; i < COUNT; i++) {
		printf("%-7s  %-9s  %s", f[i].ok ? "ok" : "missing", checks[i].what, f[i].detail);
		if (!f[i].ok)
			printf("; fix%s: %s", checks[i].needed ? "" : " (optional)", f[i].fix);
		putchar('\n');
	}
}

static int print_json(const struct ask *ask, const struct doctor_finding *f, bool ok)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < COUNT; i++)
		json_array_append_new(rows, json_pack("{ss sb sb ss ss*}", "what", checks[i].what, "ok", f[i].ok,
						      "needed", checks[i].needed, "detail", f[i].detail, "fix",
						      f[i].ok ? NULL : f[i].fix));
	json_t *all = json_pack("{ss sb so s{sb si sf ss sb}}", "version", FUKA_VERSION, "ok", ok, "checks", rows,
				"kvm", "works", ask->proof.works, "stage", ask->proof.stage, "loops_per_second",
				ask->proof.loops, "why", ask->proof.why, "cached", ask->proof.cached);
	int bad = !all || json_dumpf(all, stdout, JSON_INDENT(2)) || putchar('\n') == EOF;

	json_decref(all);
	return bad ? say_err(-EIO, "cannot write the findings as JSON: a path is not UTF-8, or the disk is full") : 0;
}

static const struct param params[] = {
	{"fresh", PARAM_BOOL, "false", 0, 0, NULL,
	 "proves KVM again, instead of using the proof of this boot (up to 3 s)", offsetof(struct ask, fresh)},
	{"json", PARAM_BOOL, "false", 0, 0, NULL, "prints JSON", offsetof(struct ask, json), 'j'},
	{"kernel", PARAM_TEXT, "6.1", 0, 0, NULL, "a name of lab/kernels, or the path of a bzImage or vmlinux",
	 offsetof(struct ask, kernel), 'k', "NAME|PATH"},
	{"modules", PARAM_TEXT, NULL, 0, 0, NULL, "the kernel's lib/modules/RELEASE, if it is not near it",
	 offsetof(struct ask, modules), 'm', "DIR"},
	{0},
};

static int run(int argc, char **argv)
{
	struct ask ask = {0};
	struct options given = {.command = "doctor", .table = params, .values = &ask};
	struct doctor_finding f[COUNT] = {0};
	bool ok = true;

	if (options_parse(&given, argc, argv))
		return FUKA_USAGE;
	if (given.operands)
		return say("doctor: takes options only; unexpected '%s'", given.operand[0]), FUKA_USAGE;
	for (size_t i = 0; i < COUNT; i++) {
		checks[i].look(&ask, &f[i]);
		ok = ok && (f[i].ok || !checks[i].needed);
	}
	if (!ask.json)
		print_text(f);
	else if (print_json(&ask, f, ok))
		ok = false;
	kernel_free(&ask.k);
	param_free(params, &ask);
	return ok ? FUKA_PASS : FUKA_FAIL;
}

const struct command command_doctor = {
	.name = "doctor",
	.about = "what is missing on this machine, and the command that fixes it",
	.synopsis = "[OPTION…]",
	.description =
		"Prints one line per check: ok or missing, the check, what was found, and the command that fixes it.\n"
		"Missing optional things do not change the exit status.\n"
		"\n"
		"FUKA_KVM=0 never uses KVM; FUKA_KVM_BOOT_MS=N gives the proof's boot N ms (default 2000).\n",
	.options = params,
	.exit_status = "0 everything that scenarios need is there, 1 something is missing, 2 usage",
	.run = run,
};
