# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What a load may leave behind when somebody kills part of it. Nothing of bats in here: tests/io.bats runs it in a guest,
# too, which has what a test must not make on the machine it runs on. Needs $FUKA, and $FUKA_TEST_MARK in the environment.

# until_true SECONDS COMMAND…: waits for it, no longer than that.
until_true() {
	local limit=$((SECONDS + $1))

	shift
	until "$@"; do
		[ "$SECONDS" -lt "$limit" ] || { echo "did not come true in time: $*"; return 1; }
		sleep 0.1
	done
}

# All processes of this test's loads, whatever they are called: they carry its mark. What is dead is not counted.
marked() {
	local dir words

	for dir in /proc/[0-9]*; do
		mapfile -d '' -t words 2>/dev/null <"$dir/cmdline" || continue
		[[ " ${words[*]} " =~ \ load\ |^\ (stress-ng|perl) && ${dir#/proc/} != "$$" && ${dir#/proc/} != "$BASHPID" ]] ||
			continue
		grep -qaF "FUKA_TEST_MARK=$FUKA_TEST_MARK" "$dir/environ" 2>/dev/null && echo "${dir#/proc/}"
	done
	return 0
}

none_left() {
	[ -z "$(marked)" ]
}

# What a load may leave on a machine beside processes: control groups, mounts, loop and device-mapper devices, knobs.
traces() {
	find /sys/fs/cgroup -maxdepth 2 -type d -name 'fuka.*' 2>/dev/null
	grep -F fuka. /proc/self/mountinfo
	cat /sys/block/loop*/loop/backing_file 2>/dev/null
	ls -d /sys/block/dm-* /tmp/fuka.* 2>/dev/null
	grep -s . /proc/sys/kernel/{pid_max,threads-max} /proc/sys/vm/max_map_count
	grep -s . /sys/module/{dm_mod,dm_delay,dm_zero,loop,fuse}/parameters/*
	return 0
}

left_as_it_was() {
	[ "$(traces)" = "$1" ]
}

# kill_each GENERATOR ARGUMENT…: the starter, either guard, and the leader; each at a moment of its own.
kill_each() {
	local before starter depth victim

	before=$(traces)
	for depth in 0 1 2 3; do
		"$FUKA" load "$@" >/dev/null 2>&1 3>&- &
		starter=$!
		sleep "0.$((RANDOM % 900 + 100))"
		victim=$starter
		for ((i = 0; i < depth; i++)); do
			victim=$(pgrep -P "$victim" | head -n 1)
		done
		[ -n "$victim" ] || { echo "it ended by itself: $*"; return 1; }
		kill -9 "$victim"
		wait "$starter" || true
		until_true 20 none_left || return 1
		# Nobody is left who could still tidy up: the time is for a read of /sys that fails on a machine out of memory.
		until_true 5 left_as_it_was "$before" || { echo "depth $depth left:"; diff <(echo "$before") <(traces); return 1; }
	done
}
