#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# sampler: CPU time a sample takes with the usual sources, against bare preads of the same files in a loop and against
# `sadc -S ALL`, in the same run on this machine. The sampler's own threads are counted, not the one that writes the file.
#
# Needs: root for the kernel's log and real-time priority as in the lab (less is counted without); sysstat; a compiler.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "$0")/lib.sh"

sadc=/usr/lib/sysstat/sadc
[[ -x $sadc ]] || cannot "$sadc is missing: it is in Debian's package sysstat"
need gcc gcc
seconds=${SECONDS_EACH:-10}

# What the sampler reads, read and nothing else: µs of CPU a round.
cat >"$work/bare.c" <<'END'
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>
int main(void)
{
	static const char *const files[] = {"/proc/stat", "/proc/loadavg", "/proc/meminfo", "/proc/pressure/cpu",
		"/proc/pressure/memory", "/proc/pressure/io", "/proc/diskstats", "/proc/softirqs", "/proc/vmstat"};
	static char buf[262144];
	int fd[9], rounds = 500;
	struct rusage before, after;
	struct sysinfo info;

	for (int i = 0; i < 9; i++)
		fd[i] = open(files[i], O_RDONLY);
	getrusage(RUSAGE_SELF, &before);
	for (int k = 0; k < rounds; k++) {
		struct timespec pause = {0, 10000000};
		nanosleep(&pause, NULL);
		sysinfo(&info);
		for (int i = 0; i < 9; i++) {
			ssize_t n = pread(fd[i], buf, sizeof(buf), 0);
			if ((i == 6 || i == 8) && n > 0) /* by line: until its end */
				n += pread(fd[i], buf + n, sizeof(buf) - n, n);
		}
	}
	getrusage(RUSAGE_SELF, &after);
	printf("%.2f\n", ((after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec - before.ru_stime.tv_sec) * 1e6 +
		after.ru_utime.tv_usec - before.ru_utime.tv_usec + after.ru_stime.tv_usec - before.ru_stime.tv_usec) / rounds);
	return 0;
}
END
gcc -O2 -o "$work/bare" "$work/bare.c" 2>"$work/log" || cannot "the bare reader does not compile: $(head -n 3 "$work/log")"

# µs of CPU a sample at 100 Hz, without the tasks.
sampler_us() {
	awk -v us="$(sampler_used_us "$seconds" -i 10ms --sources=-tasks,-cgroup,-kmsg)" -v n="$((seconds * 100))" \
		'BEGIN { printf "%.2f\n", us / n }'
}

# sadc writes once a second: its CPU time by bash's own count of its children.
sadc_us() {
	local TIMEFORMAT='%U %S'
	{ time "$sadc" -S ALL 1 "$seconds" "$work/sa" >"$work/log" 2>&1; } 2>&1 |
		awk -v n="$seconds" '{ printf "%.2f\n", ($1 + $2) * 1e6 / n }'
}

machine
bare=$("$work/bare")
sampler=$(sampler_us)
sadc_each=$(sadc_us)
figure sampler.bare "$bare" us -
figure sampler.sample "$sampler" us -
figure sampler.sadc "$sadc_each" us -
figure sampler.to.bare "$(ratio "$sampler" "$bare")" ratio le 1.25
figure sampler.to.sadc "$(ratio "$sampler" "$sadc_each")" ratio le 0.1
