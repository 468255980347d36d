// SPDX-License-Identifier: GPL-2.0-or-later
#include "loadgen/harness/place.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <libcgroup.h>
#include <math.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define CPU_PERIOD_US  100000
#define REMOVE_WAIT_MS 2000
#define CGROUP_V2      "/sys/fs/cgroup/cgroup.controllers"

enum {
#define POLICY(id, word, policy) POLICY_##id,
	PLACE_POLICIES(POLICY)
#undef POLICY
};

static const int policies[] = {
#define POLICY(id, word, policy) policy,
	PLACE_POLICIES(POLICY)
#undef POLICY
};

static bool is_real_time(const struct load_common *c)
{
	return c->policy == POLICY_FIFO || c->policy == POLICY_RR;
}

bool place_wants_group(const struct load_common *c)
{
	return c->memory_max != INT64_MIN || c->memory_high != INT64_MIN || c->pids_max != INT64_MIN ||
	       !isnan(c->cpu_max) || c->memory_oom_group || c->io_max;
}

static bool is_v2(void)
{
	return access(CGROUP_V2, F_OK) == 0;
}

/* Sets one value of the group; v1 is NULL if cgroup v1 has no equivalent file. */
static int set_one(struct cgroup *group, const char *controller, const char *v2, const char *v1, const char *value)
{
	const char *file = is_v2() ? v2 : v1;

	if (!file)
		return say_err(
			-EOPNOTSUPP,
			"%s: this host has cgroup v1, which has no equivalent; use a host (or the lab's guest) with "
			"cgroup v2",
			v2);
	struct cgroup_controller *c = cgroup_get_controller(group, controller);

	if (!c)
		c = cgroup_add_controller(group, controller);
	if (!c || cgroup_add_value_string(c, file, value))
		return say_err(-EINVAL, "%s: libcgroup did not take '%s'", file, value);
	return 0;
}

static int set_size(struct cgroup *group, const char *v2, const char *v1, int64_t value)
{
	char text[32];

	if (value == INT64_MIN)
		return 0;
	snprintf(text, sizeof(text), "%lld", (long long)param_size(value, sys_meminfo("MemTotal")));
	return set_one(group, "memory", v2, v1, text);
}

static int set_cpu(struct cgroup *group, double percent)
{
	char quota[48], period[16];
	long us = lround(percent / 100 * CPU_PERIOD_US);

	if (isnan(percent))
		return 0;
	if (is_v2()) {
		snprintf(quota, sizeof(quota), "%ld %d", us, CPU_PERIOD_US);
		return set_one(group, "cpu", "cpu.max", NULL, quota);
	}
	snprintf(quota, sizeof(quota), "%ld", us);
	snprintf(period, sizeof(period), "%d", CPU_PERIOD_US);
	int r = set_one(group, "cpu", "", "cpu.cfs_period_us", period);

	return r ? r : set_one(group, "cpu", "", "cpu.cfs_quota_us", quota);
}

/* "8:0 rbps=1048576 wiops=10": v1 has a file for each of the four. */
static int set_io(struct cgroup *group, const char *io_max)
{
	static const struct {
		const char *key, *file;
	} v1[] = {{"rbps=", "blkio.throttle.read_bps_device"},
		  {"wbps=", "blkio.throttle.write_bps_device"},
		  {"riops=", "blkio.throttle.read_iops_device"},
		  {"wiops=", "blkio.throttle.write_iops_device"}};
	int r = 0;

	if (!io_max)
		return 0;
	if (is_v2())
		return set_one(group, "io", "io.max", NULL, io_max);
	for (size_t i = 0; !r && i < 4; i++) {
		const char *at = strstr(io_max, v1[i].key);
		char text[64];

		if (!at)
			continue;
		at += strlen(v1[i].key);
		snprintf(text, sizeof(text), "%.*s %.*s", (int)strcspn(io_max, " "), io_max, (int)strcspn(at, " "), at);
		r = set_one(group, "blkio", "", v1[i].file, text);
	}
	return r;
}

static int set_all(struct cgroup *group, const struct load_common *c)
{
	char pids[32];
	int r = set_size(group, "memory.max", "memory.limit_in_bytes", c->memory_max);

	if (!r)
		r = set_size(group, "memory.high", NULL, c->memory_high);
	if (!r && c->memory_oom_group)
		r = set_one(group, "memory", "memory.oom.group", NULL, "1");
	if (!r)
		r = set_cpu(group, c->cpu_max);
	if (!r && c->pids_max != INT64_MIN) {
		snprintf(pids, sizeof(pids), "%lld", (long long)c->pids_max);
		r = set_one(group, "pids", "pids.max", "pids.max", pids);
	}
	return r ? r : set_io(group, c->io_max);
}

static int start_libcgroup(void)
{
	static bool started;
	int r = started ? 0 : cgroup_init();

	started = !r;
	return r ? say_err(-ENOENT, "no control groups here: %s; a cgroup file system must be mounted",
			   cgroup_strerror(r))
		 : 0;
}

/* Finds the directory of the group's files, for people and for the sampler. */
static void find_dir(struct place_group *g)
{
	snprintf(g->dir, sizeof(g->dir), is_v2() ? "/sys/fs/cgroup/%s" : "/sys/fs/cgroup/memory/%s", g->name);
}

/* Finds the controllers that the load's bounds need: the group is made, and its tasks enter it, in these. */
static void find_controllers(const struct load_common *c, struct place_group *g)
{
	bool memory = c->memory_max != INT64_MIN || c->memory_high != INT64_MIN || c->memory_oom_group;

	snprintf(g->controllers, sizeof(g->controllers), "%s%s%s%s", memory ? "memory " : "",
		 isnan(c->cpu_max) ? "" : "cpu ", c->pids_max == INT64_MIN ? "" : "pids ",
		 c->io_max ? is_v2() ? "io " : "blkio " : "");
}

/* Makes libcgroup's representation of the group: its name and controllers. */
static struct cgroup *group_of(const struct place_group *g)
{
	struct cgroup *group = cgroup_new_cgroup(g->name);
	char names[sizeof(g->controllers)], *rest;

	snprintf(names, sizeof(names), "%s", g->controllers);
	for (char *name = strtok_r(names, " ", &rest); group && name; name = strtok_r(NULL, " ", &rest))
		if (!cgroup_add_controller(group, name))
			cgroup_free(&group);
	return group;
}

/*
 * Makes the group's first directory, so that the group belongs to this load. libcgroup would silently use an existing
 * group of another process. It reports other errors itself.
 */
static bool claim(const struct place_group *g)
{
	_cleanup_(sys_freep) char *first = sys_format("%.*s", (int)strcspn(g->controllers, " "), g->controllers);
	char *mounted = NULL;

	if (cgroup_get_subsys_mount_point(first, &mounted))
		return true;
	_cleanup_(sys_freep) char *path = sys_format("%s/%s", mounted, g->name);

	free(mounted);
	return !mkdir(path, 0755) || errno != EEXIST;
}

int place_group_make(const struct load_common *c, const char *generator, pid_t id, struct place_group *out)
{
	struct place_group g = {0};
	int r = start_libcgroup();

	if (r)
		return r;
	snprintf(g.name, sizeof(g.name), "fuka.%s.%d", generator, id);
	find_controllers(c, &g);
	if (!claim(&g))
		return say_err(-EEXIST,
			       "the control group %s exists already: it belongs to another load, or one left it behind",
			       g.name);
	*out = g; /* set before the group exists, so that the guard will remove it in any case */
	struct cgroup *group = group_of(&g);

	r = group ? set_all(group, c) : -ENOMEM;
	int lr = r ? 0 : cgroup_create_cgroup(group, 0);

	if (group)
		cgroup_free(&group);
	if (lr) {
		r = say_err(-EACCES, "the control group %s could not be made with these bounds: %s%s%s", g.name,
			    cgroup_strerror(lr), lr == ECGOTHER ? ": " : "",
			    lr == ECGOTHER ? strerror(cgroup_get_last_errno())
					   : "; it needs root, or a delegated subtree");
		place_group_remove(&g);
	}
	if (r) {
		*out->name = '\0';
		return r;
	}
	find_dir(&g);
	*out = g;
	return 0;
}

int place_group_enter(const struct place_group *g)
{
	struct cgroup *group = group_of(g);
	int r = group ? cgroup_attach_task_pid(group, getpid()) : ECGROUPNOTEXIST;

	if (group)
		cgroup_free(&group);
	return r ? say_err(-EACCES, "the control group %s could not be entered: %s", g->name, cgroup_strerror(r)) : 0;
}

int place_group_remove(const struct place_group *g)
{
	int r = start_libcgroup(); /* a different process may have made the group */

	for (int waited = 0; !r && waited <= REMOVE_WAIT_MS; waited += 20) {
		struct cgroup *group = group_of(g);

		r = group ? cgroup_delete_cgroup_ext(group, CGFLAG_DELETE_IGNORE_MIGRATION) : 0;
		if (group)
			cgroup_free(&group);
		if (!r || r == ECGROUPNOTEXIST || (r == ECGOTHER && cgroup_get_last_errno() == ENOENT))
			return 0;  /* on v2 there is one directory for all controllers, and it goes with the first */
		poll(NULL, 0, 20); /* the last tasks are still on their way out */
	}
	return say_err(-EBUSY, "the control group %s could not be removed: %s; look into its cgroup.procs", g->name,
		       cgroup_strerror(r));
}

/* "0-1,3" */
static int parse_cpus(const char *text, cpu_set_t *set)
{
	CPU_ZERO(set);
	for (const char *p = text; *p;) {
		char *rest;
		long from = strtol(p, &rest, 10), to = from;

		if (rest == p)
			return -EINVAL;
		if (*rest == '-') {
			p = rest + 1;
			to = strtol(p, &rest, 10);
			if (rest == p)
				return -EINVAL;
		}
		if (from < 0 || to < from || to >= CPU_SETSIZE || (*rest && *rest != ','))
			return -EINVAL;
		for (; from <= to; from++)
			CPU_SET(from, set);
		p = rest + (*rest == ',');
	}
	return CPU_COUNT(set) ? 0 : -EINVAL;
}

int place_check(const struct load_common *c, char why[PARAM_WHY])
{
	bool real_time = is_real_time(c);
	cpu_set_t set;

	if (c->cpus && parse_cpus(c->cpus, &set))
		return snprintf(why, PARAM_WHY, "cpus: '%.60s' is not a list of CPUs; expected one such as 0-1,3",
				c->cpus),
		       -EINVAL;
	if (real_time && c->nice)
		return snprintf(why, PARAM_WHY, "nice has no effect with policy fifo or rr; remove one of them"),
		       -EINVAL;
	if (c->memory_max >= 0 && c->memory_high > c->memory_max)
		return snprintf(why, PARAM_WHY, "memory_high is above memory_max and would never take effect"), -EINVAL;
	return param_means(load_common_params, c, "priority", real_time, "without policy: fifo or rr", why);
}

static int set_policy(const struct load_common *c)
{
	struct sched_param p = {.sched_priority = is_real_time(c) ? c->priority : 0};

	if (c->policy != POLICY_OTHER && sched_setscheduler(0, policies[c->policy], &p))
		return say_err(-errno, "policy: %s; fifo and rr need CAP_SYS_NICE", strerror(errno));
	if (c->nice && setpriority(PRIO_PROCESS, 0, c->nice))
		return say_err(-errno, "nice %lld: %s; lowering it needs CAP_SYS_NICE", (long long)c->nice,
			       strerror(errno));
	return 0;
}

int place_self(const struct load_common *c)
{
	char text[16];
	cpu_set_t set;
	int r = set_policy(c);

	if (r)
		return r;
	if (c->cpus && (parse_cpus(c->cpus, &set) || sched_setaffinity(0, sizeof(set), &set)))
		return say_err(-errno, "cpus %s: %s; this machine has %ld online", c->cpus, strerror(errno),
			       sysconf(_SC_NPROCESSORS_ONLN));
	snprintf(text, sizeof(text), "%lld", (long long)c->oom_score_adj);
	r = sys_write_tunable("/proc/self/oom_score_adj", text);
	if (r)
		return say_err(r, "oom_score_adj %s: %s; lowering it needs CAP_SYS_RESOURCE", text, strerror(-r));
	return 0;
}
