#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kill: what is left when fuka is killed, and what is there when its guest dies.
#
#   $KILL_RUNS (1000) SIGKILLs of `fuka run` within its first four seconds: no machine may live on, and once the next run
#   has its directory there may be no lanes, initramfs, disk or mark in any other; every recording must be readable.
#   $KILL_LOADS (200) SIGKILLs of a load's whole process group within its first second, as when a service is stopped: no
#   process may live on, and after the next load no control group, mount, device or file of it may be there. Loads that
#   lack something of this machine are left out, and said.
#   $KILL_PANICS (100) panics, each at a moment of its own, on the real clock: the frame of the very entry that makes the
#   kernel panic must be in the recording, and the panic proven.
#
# Needs: jq, QEMU; root for most loads. About fifty minutes.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "$0")/lib.sh"
# shellcheck source=../leaves.bash
source "$root/tests/leaves.bash"
# Mounts, and what a load keeps in /run, are this benchmark's own: others may be at work on this machine.
if [[ $(id -u) -eq 0 && ! ${KILL_OWN:-} ]]; then
	rm -rf "$work"
	# shellcheck disable=SC2016 # expanded by the inner shell
	KILL_OWN=1 exec unshare -m bash -c 'mount -t tmpfs none /run && exec "$0"' "$root/tests/bench/kill.sh"
fi

need jq jq
need qemu-system-x86_64 qemu-system-x86
export FUKA=$fuka FUKA_HOME=$home FUKA_KVM=0 FUKA_TEST_MARK="bench-kill.$$"
cd "$work"

# A time below $1 ms, in seconds.
moment() {
	awk -v r="$RANDOM" -v most="$1" 'BEGIN { printf "%.3f", r / 32768 * most / 1000 }'
}

# Whether a process is still there that has this benchmark's mark and whose command line matches.
alive() {
	local pid

	for pid in $(pgrep -f "$1"); do
		grep -qaF "FUKA_TEST_MARK=$FUKA_TEST_MARK" "/proc/$pid/environ" 2>/dev/null && return 0
	done
	return 1
}

gone() {
	! alive "$1"
}

# What runs have left in all directories but the one named.
left_but() {
	find out -mindepth 2 \( -name lanes.shm -o -name initramfs.cpio -o -name disk0.img -o -name .running \) \
		-not -path "$1/*" 2>/dev/null | wc -l
}

kill_runs() {
	local i pid newest machines=0 left=0 booted=0 unread=0 file

	cat >nothing.yaml <<-'END'
		about: Nothing happens.
		machine: {memory: 128M, clock: virtual}
		end: 10s
	END
	for ((i = 0; i < $1; i++)); do
		"$fuka" run --out out nothing.yaml >/dev/null 2>&1 &
		pid=$!
		sleep "$(moment 4000)"
		alive '^qemu-system.* -nodefaults' && booted=$((booted + 1))
		kill -9 "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
		until_true 5 gone '^qemu-system' >/dev/null || machines=$((machines + 1))
		newest=$(find out -mindepth 1 -maxdepth 1 -printf '%T@ %p\n' 2>/dev/null | sort -g | tail -n 1 | cut -d ' ' -f 2)
		# It has a recording, or an initramfs: so its sweep was over, and what is left elsewhere will stay.
		[[ -n $(find "${newest:-.}" -maxdepth 1 -name packed.txt) ]] && left=$((left + $(left_but "$newest")))
	done
	"$fuka" run --out out nothing.yaml >/dev/null 2>&1 || cannot "the empty scenario does not run"
	for file in out/*/*.fuka; do
		"$fuka" report "$file" >/dev/null 2>&1 || unread=$((unread + 1))
	done
	figure kill.run "$1" kills -
	figure kill.run.booted "$booted" kills -
	figure kill.run.machines "$machines" left le 0
	figure kill.run.files $((left + $(left_but nowhere))) left le 0
	figure kill.run.unreadable "$unread" recordings le 0
	rm -r out
}

kill_panics() {
	local i there=0 proven=0 recording

	for ((i = 0; i < $1; i++)); do
		cat >panic.yaml <<-END
			about: A crash at a moment of its own.
			machine: {memory: 128M, clock: real}
			record: {interval: 20ms}
			timeline:
			  - {at: $((RANDOM % 1000))ms, id: crash, write: {/proc/sysrq-trigger: c}}
			end: 10s
			expect:
			  - {panic: "sysrq triggered crash"}
		END
		"$fuka" run --json --out out panic.yaml >json 2>log || true
		recording=$(jq -r '.runs[0].recording // empty' json)
		[[ $recording ]] || cannot "the panic does not run: $(tail -n 3 log)"
		[[ $(jq -r '.runs[0].verdict' json) == pass ]] && proven=$((proven + 1))
		"$fuka" report "$recording" --view events | grep -q 'write id=crash' && there=$((there + 1))
		rm -r out
	done
	figure kill.panic.proven "$proven" "of-$1" ge "$1"
	figure kill.panic.last-frame "$there" "of-$1" ge "$1"
}

# Of a process group; what is in D only the next load lets go. A process without a command line may be dying still.
none_runs() {
	! pgrep -g "$1" -r R,S >/dev/null
}

# What the load whose processes had these pids (a|b|c) has left; others may be at work on this machine.
traces_of() {
	traces | grep -E "fuka\.[a-z-]+\.($1)\b|/run/fuka/" || true
	find dir /run/fuka -mindepth 1 2>/dev/null || true
}

kill_loads() {
	local loads=("cpu --tasks 2" "cpu --tasks 2 --cpu_max 20 --memory_max 64M" "memory --size 16M --kind tmpfs"
		"dstate --tasks 20" "dstate --tasks 5 --via freeze" "dstate --tasks 5 --via fuse" "io --path $work/dir --outstanding 2"
		"io --outstanding 2" "dstate --tasks 5 --via dm")
	local i words works=() processes=0 left=0 pid pids load rest

	mkdir dir
	for load in "${loads[@]}"; do
		read -ra words <<<"$load"
		if "$fuka" load "${words[@]}" --for 300ms >log 2>&1 || grep -q 'off target' log; then
			works+=("$load")
		else
			echo "# left out: $load: $(tail -n 1 log)"
		fi
	done
	for ((i = 0; i < $1; i++)); do
		read -ra words <<<"${works[i % ${#works[@]}]}"
		setsid "$fuka" load "${words[@]}" >/dev/null 2>&1 &
		pid=$!
		sleep "$(moment 1000)"
		pids=$(pgrep -g "$pid" | paste -sd '|') || true
		kill -9 -- "-$pid" 2>/dev/null || kill -9 "$pid" 2>/dev/null || true # it may have no group yet
		wait "$pid" 2>/dev/null || true
		until_true 5 none_runs "$pid" >/dev/null || cannot "what is killed runs on: ${words[*]}"
		"$fuka" load cpu --tasks 1 --for 10ms >/dev/null 2>&1 || true
		until_true 5 none_left >/dev/null || processes=$((processes + 1))
		rest=$(traces_of "${pids:-$pid}")
		[[ $rest ]] || continue
		left=$((left + 1))
		echo "# ${words[*]}: $rest"
	done
	figure kill.load "$1" kills -
	figure kill.load.processes "$processes" left le 0
	figure kill.load.traces "$left" left le 0
}

machine
# part FUNCTION TIMES: 0 leaves it out.
part() {
	[[ $2 -eq 0 ]] || "$1" "$2"
}

part kill_runs "${KILL_RUNS:-1000}"
part kill_loads "${KILL_LOADS:-200}"
part kill_panics "${KILL_PANICS:-100}"
