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

# What a load may leave on a machine beside processes: control groups, mounts, loop and device-mapper devices, tunables.
traces() {
	find /sys/fs/cgroup -maxdepth 2 -type d -name 'fuka.*' 2>/dev/null
	grep -F -e fuka. -e /run/fuka/ /proc/self/mountinfo
	cat /sys/block/loop*/loop/backing_file 2>/dev/null
	ls -d /sys/block/dm-* /tmp/fuka.* 2>/dev/null
	grep -s . /proc/sys/kernel/{pid_max,threads-max} /proc/sys/vm/max_map_count
	grep -s . /sys/module/{dm_mod,dm_delay,dm_zero,loop,fuse}/parameters/*
	return 0
}

left_as_it_was() {
	[ "$(traces)" = "$1" ]
}

# All processes below one, by pid, the nearest first: a load may have a thousand.
descendants_of() {
	local -a all=("$1") children
	local i of_thread

	for ((i = 0; i < ${#all[@]}; i++)); do
		for of_thread in "/proc/${all[i]}/task/"*/children; do
			children=()
			read -ra children 2>/dev/null <"$of_thread" || true
			all+=("${children[@]}")
		done
	done
	for ((i = 1; i < ${#all[@]}; i++)); do echo "${all[i]}"; done
}

# The one of a load to be killed: 0 the starter, 1 and 2 its guards, 3 the leader, 4 any task below that.
victim_of() {
	local pid=$1 i
	local -a tasks

	for ((i = 0; i < $2 && i < 3; i++)); do
		pid=$(pgrep -P "$pid" | head -n 1)
		[ -n "$pid" ] || return 0
	done
	[ "$2" -lt 4 ] || read -r -d '' -a tasks <<<"$(descendants_of "$pid")" || true
	[ "$2" -lt 4 ] || pid=${tasks[RANDOM % (${#tasks[@]} + 1)]:-${tasks[0]}}
	echo "$pid"
}

# hit STARTER DEPTH: kills it and sets victim. It may not be there yet on a busy machine, and tasks come and go; fails when
# the load ends by itself.
hit() {
	local i

	for ((i = 0; i < 200; i++)); do
		victim=$(victim_of "$1" "$2")
		[ -n "$victim" ] && kill -9 "$victim" 2>/dev/null && return
		kill -0 "$1" 2>/dev/null || return 1
		sleep 0.1
	done
	return 1
}

# kill_each GENERATOR ARGUMENT…: the starter, either guard, the leader, and one task; each at a moment of its own. A task's
# end is not the load's: it is stopped as usual, and has to say that a task was killed, or is off target. What it said is
# in the file said; 2 when the load ended by itself before.
kill_each() {
	local before starter depth victim ended

	before=$(traces)
	for depth in 0 1 2 3 4; do
		"$FUKA" load "$@" >said 2>&1 3>&- &
		starter=$!
		sleep "0.$((RANDOM % 900 + 100))"
		if ! hit "$starter" "$depth"; then
			kill -TERM "$starter" 2>/dev/null || true
			echo "it ended by itself, or has no task to kill: $*"
			return 2
		fi
		if [ "$depth" -eq 4 ]; then
			sleep 0.3
			ended=yes
			[[ $(cat "/proc/$victim/stat" 2>/dev/null) != *") "[!Z]* ]] || ended= # in D, which nothing kills
			kill -TERM "$starter" 2>/dev/null || true
		fi
		wait "$starter" || true
		until_true 20 none_left || return 1
		# Nobody is left who could still tidy up: the time is for a read of /sys that fails on a machine out of memory.
		until_true 5 left_as_it_was "$before" || { echo "depth $depth left:"; diff <(echo "$before") <(traces); return 1; }
		[ "$1" != stress-ng ] || continue # its tasks are its own: it replaces them and says nothing
		[ "$depth" -lt 4 ] || [ -z "$ended" ] || grep -qE 'killed by signal|off target' said ||
			{ echo "a task was killed, and nothing said:"; cat said; return 1; }
	done
}
