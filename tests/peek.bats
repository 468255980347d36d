#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# fuka peek: what a process that runs away is doing, what it leaves of it, and what it says when it may not see.
# Alone: processes of this machine that run away.
# shellcheck disable=SC2030,SC2031 # each test has a victim of its own
# shellcheck source=tests/lib.bash
source "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	victim=
}

teardown() {
	[ -z "$victim" ] || kill -9 "$victim" 2>/dev/null || true
}

# A process in an endless loop; it ends by itself after a minute.
run_away() {
	timeout 60 perl -e 'sub loop { 1 while 1 } loop()' 3>&- &
	disown
	until_true 10 pgrep -P $! -x perl
	victim=$(pgrep -P $! -x perl)
}

state() {
	sed 's/.*) //; s/ .*//' "/proc/$1/stat"
}

# It runs, and its CPU time grows: the tracer is gone, and it was not left standing.
still_runs() {
	local before

	before=$(cut -d ' ' -f 1 "/proc/$victim/schedstat")
	[ "$(awk '/^TracerPid/ { print $2 }' "/proc/$victim/status")" -eq 0 ] && [ "$(state "$victim")" = R ]
	until_true 10 has_run_since "$before"
}

has_run_since() {
	[ "$(cut -d ' ' -f 1 "/proc/$victim/schedstat")" -gt "$1" ]
}

has_threads() {
	[ "$(find "/proc/$victim/task" -maxdepth 1 -mindepth 1 | wc -l)" -eq "$1" ]
}

is_in() {
	[ "$(state "$victim")" = "$1" ]
}

may_trace() {
	[ "$(id -u)" -eq 0 ] || [ "$(cat /proc/sys/kernel/yama/ptrace_scope 2>/dev/null || echo 0)" -eq 0 ] ||
		skip "root, or kernel.yama.ptrace_scope 0: gdb may not attach"
}

@test "an interpreter's own stack by gdb, the kernel's by /proc, and it goes on as before" {
	may_trace
	run_away
	run_fuka peek "$victim"
	exits 0
	says "$victim perl: perl -e sub loop" "state R" "system call: running" "in its program:" "Perl_runops_standard" "main ()"
	[ "$(id -u)" -ne 0 ] || says "in the kernel:"
	still_runs
}

@test "--json has the same for a program" {
	may_trace
	run_away
	run_fuka peek --json "$victim"
	exits 0
	jq -e --argjson pid "$victim" '.pid == $pid and .threads == 1 and (.busy | length) == 1 and .busy[0].tid == $pid and
		.busy[0].state == "R" and .busy[0].cpu_percent > 0 and (.busy[0].user_stack | join(" ") | test("Perl_"))' <<<"$output"
	still_runs
}

@test "of several threads those that are busy, each with its stack" {
	may_trace
	cat >threads.c <<-'END'
		#include <pthread.h>
		#include <unistd.h>
		static void *spins(void *p) { for (;;) __asm__ volatile(""); return p; }
		static void *sleeps(void *p) { pause(); return p; }
		int main(void)
		{
			pthread_t t;
			pthread_create(&t, 0, spins, 0);
			pthread_create(&t, 0, spins, 0);
			pthread_create(&t, 0, sleeps, 0);
			alarm(60);
			pthread_join(t, 0);
		}
	END
	gcc -O0 -pthread -o threads threads.c
	./threads 3>&- &
	disown
	victim=$!
	until_true 10 has_threads 4
	run_fuka peek "$victim" --for 500ms
	exits 0
	says "4 threads"
	[ "$(grep -c '^  thread .*state R' <<<"$output")" -eq 2 ]
	[ "$(grep -c '#0 .* spins ' <<<"$output")" -eq 2 ]
	says_nothing_of "sleeps ("
}

@test "a task in D: its state and where it waits" {
	"$FUKA" load dstate --tasks 1 --for 30s >out 2>&1 3>&- &
	loader=$!
	until_true 20 grep -q "on target" out
	for pid in $(descendants_of "$loader"); do
		[ "$(state "$pid")" != D ] || break
	done
	run_fuka peek "$pid"
	kill -TERM "$loader"
	wait "$loader"
	exits 0
	says "state D" "not shown: the user's stack: a thread is in D, where a tracer cannot stop it"
	[ "$(id -u)" -ne 0 ] || says "kernel_clone"
}

@test "a machine without gdb: its package is named, and the kernel's side is shown" {
	run_away
	PATH=/nonexistent run "$FUKA" peek "$victim" 3>&-
	exits 0
	says "state R" "not shown: the user's stack: there is no gdb on this machine; apt-get install gdb"
	still_runs
}

@test "a gdb that hangs is ended at the deadline, and what it left standing goes on" {
	mkdir bin
	# shellcheck disable=SC2016 # expanded by the script
	printf '#!/bin/sh\nwhile [ "$1" != -p ]; do shift; done\nkill -STOP "$2"\nexec sleep 60\n' >bin/gdb
	chmod +x bin/gdb
	run_away
	PATH=$PWD/bin:$PATH run_fuka peek "$victim" --deadline 500ms
	exits 0
	says "gdb did not finish in 500ms and was ended" "$victim was left stopped; kill -CONT $victim continues it"
	still_runs
}

@test "a process that was stopped before is left stopped" {
	run_away
	kill -STOP "$victim"
	until_true 5 is_in T
	run_fuka peek "$victim"
	exits 0
	is_in T
}

@test "somebody else's process: what may not be seen is named with what it takes" {
	[ "$(id -u)" -eq 0 ] || skip "root, to have a process that another user may not look at"
	run_away
	as_nobody "$FUKA" peek "$victim"
	exits 0
	says "state R" "stack: Permission denied: it needs root (CAP_SYS_ADMIN)" "syscall: Permission denied" "gdb could not attach"
	still_runs
}

@test "no such process, two of one name, and what it cannot take" {
	run_fuka peek 4194305
	exits 1
	says "there is no process 4194305"
	run_fuka peek no-such-name
	exits 1
	says "no process is named 'no-such-name'"
	sleep 30.125 3>&- &
	disown
	victim=$!
	sleep 30.125 3>&- &
	disown
	run_fuka peek sleep
	kill $!
	exits 1
	says "processes are named sleep"
	run_fuka peek
	exits 2
	run_fuka peek 1 2
	exits 2
	run_fuka peek 1 --for ever
	exits 2
	says "--for"
}

@test "in a guest: a runaway is looked at and runs on, and the recording holds its kernel stack" {
	run_fuka run --out out "$root/scenarios/runaway.yaml"
	exits 0
	run_fuka report "$(recording_in out)" --view tasks
	exits 0
	says "busiest: python3[" "in the kernel at" "[<0>] "
}
