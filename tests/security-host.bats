#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What fuka does to the machine that it runs on: the files it writes, what it leaves, who may read it, what root undoes.
# Each test's name begins with the finding of the security review that it holds down.

load lib.bash

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	# shellcheck disable=SC2154 # lib.bash sets it
	R=$root/tests/fixtures/sources.fuka
}

# A gnuplot that does what the given shell commands do.
gnuplot_that() {
	mkdir -p bin
	printf '#!/bin/sh\n%s\n' "$1" >bin/gnuplot
	chmod +x bin/gnuplot
	PATH=$PWD/bin:$PATH
}

# The null device under a name of this test's own.
null_device() {
	mknod "$1" c 1 3 2>/dev/null || skip "mknod: this user may make no device nodes"
}

@test "H3: with the standard descriptors closed, no message gets into a recording" {
	for closed in '2>&-' '>&- 2>&-' '<&- 2>&-' '<&- >&- 2>&-'; do
		bash -c "exec \"$FUKA\" collect -i 20ms -o x.fuka -- /no/such/program $closed" 3>&- || true
		run_fuka report x.fuka
		exits 0
		says_nothing_of damaged
		rm x.fuka
	done
}

@test "H3: what should have been printed and was not is a failure, wherever it should have gone" {
	for to in '>&-' '>/dev/full'; do
		for words in "report $R" "report $R --json" "report $R --view cpu" "export $R --csv" list "list --json" version \
			"run --check oom-no-killable" "load cpu --help" "fault list" --help; do
			run bash -c "exec \"$FUKA\" $words $to" 3>&-
			exits 2
			says "cannot write to standard output"
		done
	done
}

@test "H3: a pipe that nobody reads is an error that is said, and a load ends" {
	for words in list "load cpu --tasks 1"; do
		run timeout 20 bash -c "{ sleep 0.3; \"$FUKA\" $words; echo \$? >status; } | true" 3>&-
		says "cannot write to standard output"
		[ "$(cat status)" -eq 2 ]
	done
}

@test "H4: report --png leaves a device node alone" {
	null_device null
	gnuplot_that 'cat >/dev/null; echo picture'
	run_fuka report "$R" --png null
	exits 0
	[ -c null ]
	gnuplot_that 'exit 1'
	run_fuka report "$R" --png null
	exits 2
	[ -c null ]
}

@test "H4: report --html and export -o leave a device node alone" {
	null_device null
	run_fuka report "$R" --html null
	[ -c null ]
	run_fuka export "$R" --csv -o null
	exits 0
	[ -c null ]
}

@test "H4: a FIFO that is named gets the bytes and stays" {
	mkfifo fifo
	timeout 20 cat fifo >got 3>&- &
	run_fuka export "$R" --csv -o fifo
	exits 0
	wait $!
	[ -p fifo ]
	"$FUKA" export "$R" --csv | cmp - got
}

@test "H4: a link to standard output is standard output, and stays a link" {
	ln -s /proc/self/fd/1 stdout # as /dev/stdout is, which a fuka that is wrong here would replace for everybody
	"$FUKA" export "$R" --csv -o stdout >file 3>&-
	"$FUKA" export "$R" --csv | cmp - file
	"$FUKA" export "$R" --csv -o stdout | cmp - file
	[ -L stdout ]
}

@test "H4: a picture or a page that cannot be made leaves the one that was there" {
	echo precious >it
	for broken in 'exit 1' 'cat >/dev/null; exit 0' 'cat >/dev/null; echo half; exit 1' 'echo half; kill -9 $$'; do
		gnuplot_that "$broken"
		run_fuka report "$R" --png it
		exits 2
		[ "$(cat it)" = precious ]
	done
	rm bin/gnuplot
	mkdir empty
	run timeout 60 env "PATH=$PWD/empty" "$FUKA" report "$R" --png it 3>&-
	exits 2
	says "gnuplot-nox"
	[ "$(cat it)" = precious ]
	run_fuka export "$R" --promtool /dev/null -o it
	exits 2
	[ "$(cat it)" = precious ]
	[ -z "$(find . -name '.fuka*' -o -name '*.part')" ]
}

@test "L1: a link planted beside the name is not followed" {
	echo precious >victim
	ln -s victim out.csv.part
	run_fuka export "$R" --csv -o out.csv
	exits 0
	[ ! -L out.csv ]
	[ "$(cat victim)" = precious ]
}

@test "L1: exports to one file at once: it is one of them, whole" {
	"$FUKA" export "$R" --csv >csv
	"$FUKA" export "$R" --json >json
	for _ in 1 2 3 4 5; do
		"$FUKA" export "$R" --csv -o both 3>&- & a=$!
		"$FUKA" export "$R" --json -o both 3>&- & b=$!
		wait "$a"
		wait "$b"
		cmp -s both csv || cmp both json
	done
}

@test "L1: a link of one's own is followed and stays; one of somebody else's is refused" {
	mkdir sub
	echo old >sub/file
	ln -s sub/file mine
	ln -s sub/new dangling
	run_fuka export "$R" --csv -o mine
	exits 0
	run_fuka export "$R" --csv -o dangling
	exits 0
	[ -L mine ] && [ -L dangling ]
	"$FUKA" export "$R" --csv | cmp - sub/file
	cmp sub/file sub/new
	[ "$(id -u)" -eq 0 ] || skip "root: a link of somebody else's cannot be made"
	echo precious >sub/file
	chown -h 65534 mine
	run_fuka export "$R" --csv -o mine
	exits 2
	says "belongs to another user (uid 65534)"
	[ "$(cat sub/file)" = precious ]
}

@test "L1: what was there keeps its permissions; a new file is its owner's alone" {
	umask 022
	echo old >shared
	chmod 640 shared
	run_fuka export "$R" --csv -o shared
	run_fuka export "$R" --csv -o new
	[ "$(stat -c %a shared new | paste -sd ' ')" = "640 600" ]
}

@test "M12: beyond ulimit -f a message, an exit status, and nothing left behind" {
	run timeout 60 bash -c 'ulimit -f 2; exec "$@"' - "$FUKA" export "$R" --csv -o it 3>&-
	exits 2
	says "it: cannot be written: File too large"
	run timeout 60 bash -c 'ulimit -f 64; exec "$@"' - "$FUKA" run --out out "$root/tests/fixtures/d-state.yaml" 3>&-
	exits 2
	says "File too large"
	[ -z "$(find . -type f -size +0)" ] || { find . -type f; return 1; }
}

# quick_scenario FILE: a machine that is over a second after it began.
quick_scenario() {
	cat >"$1" <<-'END'
		about: Nothing happens.
		machine: {memory: 128M, clock: virtual}
		timeline: []
		end: 1s
		expect:
		  - {metric: load1, at: 0s, max: 10}
	END
}

# killed_run SIGNAL-FILE…: a run that is killed as soon as that file is there, and its machine, which follows it.
killed_run() {
	"$FUKA" run --out out "${2:-$root/tests/fixtures/d-state.yaml}" >/dev/null 2>&1 3>&- &
	pid=$!
	until_true 30 compgen -G "out/*/$1" >/dev/null
	machine=$(machine_of "$pid" || true)
	kill -9 "$pid"
	wait "$pid" || true
	[ -z "$machine" ] || until_true 10 is_gone "$machine"
}

@test "M11: what records a machine is its owner's alone, and chmod shares it" {
	umask 022
	echo TOP-SECRET-KEY >key
	chmod 600 key
	quick_scenario quick.yaml
	sed -i "s|timeline: .*|timeline: [{at: 0s, run: [cat, $PWD/key], files: [$PWD/key]}]|" quick.yaml
	run_fuka run --keep --out out quick.yaml
	exits 0
	[ "$(stat -c %a out/*)" = 700 ]
	[ "$(find out -name initramfs.cpio -o -name lanes.shm | wc -l)" -eq 2 ]
	[ -z "$(find out/* -type f -perm /077)" ] || { find out -type f -perm /077 -ls; return 1; }
	run_fuka collect -i 20ms --for 100ms -o x.fuka
	[ "$(stat -c %a x.fuka)" = 600 ]
	[ "$(id -u)" -eq 0 ] || skip "root: another user to read it as"
	chmod a+rx "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR"
	run ! setpriv --reuid 65534 --regid 65534 --clear-groups grep -q . x.fuka out/*/*.fuka out/*/initramfs.cpio
}

@test "L3: what a killed run left is removed by the next, and only that" {
	quick_scenario quick.yaml
	killed_run lanes.shm
	[ "$(find out -name initramfs.cpio -o -name lanes.shm | wc -l)" -eq 2 ]
	mkdir -p out/mine.20200101-000000 out/other
	touch out/mine.20200101-000000/lanes.shm out/other/lanes.shm
	run_fuka run --out out quick.yaml
	exits 0
	says "MiB left by a run that was killed"
	[ "$(find out -name lanes.shm | sort | xargs)" = "out/mine.20200101-000000/lanes.shm out/other/lanes.shm" ]
	[ -z "$(find out -name initramfs.cpio -o -name .running)" ]
	[ -z "$(find out -type d -empty)" ]
}

@test "L3: a run that was killed before its recording had a block leaves no directory" {
	quick_scenario quick.yaml
	mkdir -p out/a.20200101-000000 out/b.20200101-000000
	touch out/{a,b}.20200101-000000/{.running,lanes.shm,packed.txt} out/b.20200101-000000/b.fuka
	head -c 16 "$R" >out/a.20200101-000000/a.fuka
	run_fuka run --out out quick.yaml
	exits 0
	[ "$(find out -mindepth 1 -type d | wc -l)" -eq 1 ]
}

@test "L3: a run that is under way is left alone by one that starts" {
	quick_scenario quick.yaml
	"$FUKA" run --out out "$root/tests/fixtures/d-state.yaml" >said 2>&1 3>&- &
	first=$!
	until_true 30 compgen -G "out/d-state.*/lanes.shm" >/dev/null
	run_fuka run --out out quick.yaml
	exits 0
	says_nothing_of removed
	wait "$first"
	grep -q "d-state: pass" said
}

@test "M13: collect ends a COMMAND that ignores SIGTERM, and all it started, and keeps the samples" {
	# shellcheck disable=SC2016 # the inner shell expands it
	run timeout -k 5 40 "$FUKA" collect -i 50ms --for 500ms -o x.fuka -- \
		bash -c 'trap "" TERM; (trap "" TERM; while :; do sleep 1; done) & echo $! >child; while :; do sleep 1; done' 3>&-
	exits 137
	says "did not end within 5 s of SIGTERM: killed"
	is_gone "$(cat child)"
	run_fuka report x.fuka --json
	exits 0
	jq -e '.samples.last > 4 and .samples.largest_gap < 2' <<<"$output"
	run_fuka report x.fuka --view events
	says "signal 9"
	says_nothing_of damaged
}

@test "M13: SIGTERM of collect ends its COMMAND and keeps the recording" {
	"$FUKA" collect -i 50ms -o x.fuka -- sleep 100 3>&- &
	pid=$!
	until_true 10 child_named "$pid" sleep >/dev/null
	kill -TERM "$pid"
	wait "$pid" || status=$?
	[ "$status" -eq 143 ]
	run_fuka report x.fuka
	exits 0
	says_nothing_of damaged
}

@test "M13: a gnuplot that does not end is ended" {
	gnuplot_that 'exec sleep 100'
	sed -n 's/^#define GNUPLOT_NS *(\([0-9]*\) .*/\1/p' "$root/collect/show/plot.c" | grep -qx 60
	SECONDS=0
	run timeout 90 "$FUKA" report "$R" --png it.png 3>&-
	exits 2
	says "gnuplot did not end within 60 s and was killed"
	[ ! -e it.png ]
}

@test "M15: PID 1 of a container is no guest, even with a scenario where the guest has one" {
	# An older one would mount, bring interfaces up and reboot: it is not tried on this machine.
	grep -qa ' fuka.disposable=1 ' "$FUKA"
	# shellcheck disable=SC2016 # expanded by the inner shell
	with_own_mounts 'set -e
		mount -t tmpfs none /mnt
		cd /mnt
		mkdir fuka proc
		cp "$FUKA" init
		ldd "$FUKA" | grep -o "/[^ ]*" | while read -r file; do cp -L --parents "$file" .; done
		cp "$root/tests/fixtures/d-state.yaml" fuka/scenario.yaml
		unshare --pid --fork --mount-proc=/mnt/proc chroot /mnt /init version
		[ ! -e sys ] && [ ! -e tmp ] || echo "made what only a guest makes"'
	exits 0
	says "fuka "
	says_nothing_of made
}

@test "L5: a checkout whose path has brackets has its scenarios" {
	mkdir -p 'a[b]?*/build' 'a[b]?*/scenarios'
	cp "$FUKA" 'a[b]?*/build/fuka'
	cp "$root"/scenarios/oom-no-killable.yaml 'a[b]?*/scenarios'
	run timeout 60 'a[b]?*/build/fuka' list 3>&-
	exits 0
	says "oom-no-killable "
}

@test "M13: a program that is only asked something has a deadline" {
	mkdir bin
	printf '#!/bin/sh\nexec sleep 300 >/dev/null 2>&1\n' >bin/qemu-system-x86_64 # says nothing, and lives on
	chmod +x bin/qemu-system-x86_64
	run timeout -k 5 40 env "PATH=$PWD/bin:$PATH" "$FUKA" version 3>&-
	[ "$status" -ne 124 ] || { echo "it waits for ever"; return 1; }
}

# Somebody who knows how fuka used to name things, has links to /mnt/victim ready in /tmp for the next 3000 pids.
# shellcheck disable=SC2016 # expanded by an inner shell
plant='mount -t tmpfs none /mnt && mount -t tmpfs -o mode=1777 none /tmp && mkdir -m 755 /mnt/victim && mount -t tmpfs victim /mnt/victim &&
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		perl -e "symlink q(/mnt/victim), qq(/tmp/fuka.dstate.\$_) for $$ .. $$ + 3000" && '

@test "H7: a load undoes no mount that a planted link leads to" {
	[ "$(id -u)" -eq 0 ] || skip "root: nobody else's mounts are at stake"
	for via in fuse freeze; do
		# shellcheck disable=SC2016 # expanded by the inner shell
		with_own_mounts "$plant"'"$FUKA" load dstate --via '"$via"' --tasks 2 --for 300ms
			grep -q "^victim /mnt/victim" /proc/mounts || echo "the victim is unmounted"'
		says_nothing_of "the victim is unmounted"
		says_nothing_of "File exists"
	done
}

@test "H7: load io --path DIR removes no file that it did not make, and leaves none" {
	mkdir dir
	perl -e "open F, '>', qq(dir/fuka.io.\$_) for $$ .. $$ + 3000"
	before=$(find dir | wc -l)
	run_fuka load io --path dir --size 1M --outstanding 2 --direct false --for 300ms
	says "asked 2 tasks"
	[ "$(find dir | wc -l)" -eq "$before" ]
}

@test "H7: a control group that exists already is not taken for the load's own, and stays" {
	[ "$(id -u)" -eq 0 ] || skip "root: a control group to be in the way"
	for at in /sys/fs/cgroup/cpu /sys/fs/cgroup; do [ ! -d "$at" ] || break; done
	# the names of the next 300 pids, in reach of this load and no other test's for long
	perl -e "mkdir qq($at/fuka.cpu.\$_) for $$ .. $$ + 300"
	run_fuka load cpu --tasks 1 --cpu_max 20 --for 200ms
	left=$(perl -e "print scalar grep { -d qq($at/fuka.cpu.\$_) } $$ .. $$ + 300") # those of others do not count
	perl -e "rmdir qq($at/fuka.cpu.\$_) for $$ .. $$ + 300"
	exits 1
	says "exists already"
	[ "$left" -eq 301 ]
}

# killed_load ARGUMENT…: all of its processes at once, a second after its start, as a service's stop does it.
killed_load() {
	setsid "$FUKA" load "$@" >said 2>&1 3>&- & pid=$!
	sleep 1
	kill -9 -- "-$pid"
	wait "$pid" || true
}

@test "L2: what a load left whose processes were all killed is removed by the next, and said" {
	mark_setup
	before=$(traces)
	killed_load cpu --tasks 2 --cpu_max 50 --memory_max 64M
	[ "$(traces)" != "$before" ] || skip "control groups: $(cat said)"
	run_fuka load cpu --tasks 1 --for 100ms
	says "removed what a killed load left behind: fuka.cpu."
	left_as_it_was "$before"
	run_fuka load cpu --tasks 1 --for 100ms
	says_nothing_of removed
}

@test "L2: mounts and a frozen file system are let go, with the tasks that sleep on them" {
	[ "$(id -u)" -eq 0 ] || skip "root: it mounts"
	for via in freeze fuse; do
		# shellcheck disable=SC2016 # expanded by the inner shell
		with_own_mounts 'mount -t tmpfs none /mnt
			setsid "$FUKA" load dstate --via '"$via"' --tasks 3 >/mnt/said 2>&1 & pid=$!
			for _ in {1..100}; do grep -q "on target" /mnt/said && break; sleep 0.1; done
			kill -9 -- "-$pid"; wait "$pid"
			grep -o "/run/fuka/dstate[^ ]*" /proc/mounts
			"$FUKA" load cpu --tasks 1 --for 100ms
			sleep 0.5
			grep -o "/run/fuka/dstate[^ ]*" /proc/mounts && echo "it is still mounted"
			[ -z "$(ls /run/fuka 2>/dev/null)" ] || ls /run/fuka
			! pgrep -r D -g "$pid" || echo "tasks of it are left"
			cat /mnt/said'
		[[ $output == *"on target"* ]] || skip "via $via: $output"
		says "removed what a killed load left behind: /run/fuka/dstate."
		says_nothing_of "it is still mounted"
		says_nothing_of "tasks of it are left"
	done
}

@test "L2: a control group of two controllers goes without a complaint, on cgroup v2 in a guest" {
	cat >bound.yaml <<-'END'
		about: A load with two bounds.
		machine: {memory: 128M, clock: virtual}
		timeline:
		  - {at: 0s, id: bound, load: memory, size: 8M, memory_max: 64M, cpu_max: 90%, for: 500ms}
		end: 3s
		never:
		  - {console: "could not be removed"}
	END
	run_fuka run --out out bound.yaml
	exits 0
}

@test "L2: a load that is under way is left alone by one that starts" {
	mark_setup
	"$FUKA" load cpu --tasks 1 --cpu_max 50 --for 3s >said 2>&1 3>&- & pid=$!
	sleep 1
	[ -n "$(find /sys/fs/cgroup -maxdepth 2 -name 'fuka.cpu.*')" ] || skip "control groups: $(cat said)"
	run_fuka load cpu --tasks 1 --for 100ms
	says_nothing_of removed
	[ -n "$(find /sys/fs/cgroup -maxdepth 2 -name 'fuka.cpu.*')" ]
	wait "$pid" || true
}

@test "L2: a load that was killed elsewhere, before it had done anything, leaves nothing for ever" {
	[ "$(id -u)" -eq 0 ] || skip "root: a mount namespace of its own"
	# shellcheck disable=SC2016 # expanded by the inner shell
	with_own_mounts 'mount -t tmpfs none /run; setsid "$FUKA" load cpu --tasks 1 & pid=$!
		for _ in {1..100}; do [ -z "$(ls /run/fuka 2>/dev/null)" ] || break; sleep 0.1; done
		kill -9 -- "-$pid"; wait "$pid"; sleep 1; ls /run/fuka
		unshare -m "$FUKA" load cpu --tasks 1 --for 100ms
		[ ! -e /run/fuka ] || echo "left: $(ls /run/fuka)"'
	says "cpu."
	says_nothing_of "left: "
}
