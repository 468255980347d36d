#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# fuka load: a generator on this machine does what it says, says what it does, and leaves nothing behind.
# Alone: loads of this machine, by the time they take and the share they get.
# shellcheck source=tests/lib.bash
source "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	loader=
	pids=()
}

# What a test that failed may have left: only what is still this fuka.
teardown() {
	for pid in $loader "${pids[@]}"; do
		[[ $(readlink "/proc/$pid/exe") == "$(realpath "$FUKA")"* ]] && kill -KILL "$pid"
	done
	return 0
}

# start_load ARGUMENT…: in the background; its pid is $loader, what it says is in said.
start_load() {
	"$FUKA" load "$@" >said 2>&1 3>&- &
	loader=$!
}

# start_load_on CPU ARGUMENT…: as above, by a fuka that itself may run on that CPU only.
start_load_on() {
	taskset -c "$1" "$FUKA" load "${@:2}" >said 2>&1 3>&- &
	loader=$!
}

has_settled() {
	grep -q 'on target' said
}

# Descendants of the load that sleep in D where vfork waits for its child: as ps sees them, not as fuka does.
sleepers() {
	local pid state wchan n=0

	for pid in $(descendants_of "$loader"); do
		read -r state < <(sed -E 's/.*\) (.).*/\1/' "/proc/$pid/stat" 2>/dev/null)
		read -r wchan <"/proc/$pid/wchan" || true
		[[ $state == D && $wchan =~ ^(kernel_clone|wait_for_vfork_done|_do_fork|do_fork)$ ]] && n=$((n + 1))
	done
	echo "$n"
}

all_gone() {
	local pid

	for pid; do
		is_gone "$pid" || return 1
	done
}

# The clock ticks that a process used: fields 14 and 15 of its stat, of which the second may hold blanks.
ticks_of() {
	sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'
}

@test "cpu: two tasks for a second: on target, exit 0, and over after about a second" {
	start=$EPOCHREALTIME
	run_fuka load cpu --tasks 2 --for 1s
	exits 0
	says "asked 2 tasks, achieved 2" "on target" "declares 2 runnable and 0 blocked tasks" "declares 0 runnable"
	awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { exit !(b - a >= 1) }'
}

@test "cpu: more tasks than CPUs are on target: waiting for a CPU is as good as having one" {
	run_fuka load cpu --tasks 40 --for 1s
	exits 0
	says "asked 40 tasks, achieved 40, settled after" "on target"
}

@test "cpu: tasks that their control group holds back are off target, with what to raise" {
	[ "$(id -u)" -eq 0 ] || skip "root, to make a control group"
	run_fuka load cpu --tasks 2 --cpu_max 10 --for 2s
	exits 1
	says "asked 2 tasks, achieved 0, after" "off target" "raise cpu_max"
	says_nothing_of "settled"
}

@test "cpu: a task that is stopped, or killed, misses the target, whatever its share" {
	for words in "--percent 100" "--percent 20"; do
		for signal in STOP KILL; do
			# shellcheck disable=SC2086 # two words
			start_load cpu --tasks 2 $words
			until_true 60 has_spoken
			kill -"$signal" "$(child_named "$loader" cpu | xargs -I{} cat /proc/{}/task/{}/children | cut -d ' ' -f 1)"
			sleep 2
			kill -TERM "$loader"
			status=0
			wait "$loader" || status=$?
			[ "$status" -eq 1 ]
			tail -n 3 said | grep -q "off target"
			[ "$signal" = STOP ] || grep -q "was killed by signal 9" said
		done
	done
}

# The load has said something of itself: it is beyond its start.
has_spoken() {
	grep -q 'target' said
}

@test "an event that has no sentence of its own is printed as it is" {
	run_fuka load fork --tasks_max 20 --for 1s
	says "stopped by=tasks_max tasks=20"
}

@test "a generator's --help is its parameters and everybody's" {
	for name in $(generators); do
		run_fuka load "$name" --help
		exits 0
		says "usage: fuka load $name" "every generator also has:" oom_score_adj
	done
	run_fuka load cpu --help
	says "share of the time each of them runs" "a percentage such as 37%"
}

two_tasks_have_spun() {
	local pid spinning=0

	for pid in $(descendants_of "$loader"); do
		[ "$(ticks_of "$pid")" -lt 20 ] || spinning=$((spinning + 1))
	done
	[ "$spinning" -eq 2 ]
}

@test "cpu: its tasks really spin" {
	start_load cpu --tasks 2
	until_true 60 two_tasks_have_spun
}

@test "dstate: /proc/PID/stat and wchan show eight tasks in D, and nothing is left afterwards" {
	start_load dstate --tasks 8
	until_true 60 has_settled
	[ "$(sleepers)" -eq 8 ]
	mapfile -t pids < <(descendants_of "$loader")
	kill -TERM "$loader"
	status=0
	wait "$loader" || status=$?
	[ "$status" -eq 0 ]
	until_true 60 all_gone "${pids[@]}"
}

@test "dstate: its tasks use no CPU" {
	start_load dstate --tasks 8
	until_true 60 has_settled
	before=0 after=0
	mapfile -t pids < <(descendants_of "$loader")
	for pid in "${pids[@]}"; do before=$((before + $(ticks_of "$pid"))); done
	sleep 1
	for pid in "${pids[@]}"; do after=$((after + $(ticks_of "$pid"))); done
	[ $((after - before)) -le 10 ]
}

@test "dstate and cpu: nothing outlives a fuka load that is killed by force" {
	for generator in dstate cpu; do
		start_load "$generator" --tasks 8
		until_true 60 has_settled
		mapfile -t pids < <(descendants_of "$loader")
		[ "${#pids[@]}" -ge 9 ]
		kill -KILL "$loader"
		until_true 60 all_gone "${pids[@]}"
	done
}

@test "Ctrl-C ends a load as its time does" {
	start_load cpu --tasks 1
	until_true 60 has_settled
	kill -INT "$loader"
	status=0
	wait "$loader" || status=$?
	[ "$status" -eq 0 ]
}

@test "memory: what was asked for is resident, and given back at the end" {
	start_load memory --size 32M
	until_true 60 has_settled
	largest=0
	for pid in $(descendants_of "$loader"); do
		read -r _ rss _ <"/proc/$pid/statm"
		[ $((rss * 4)) -le "$largest" ] || largest=$((rss * 4))
	done
	[ "$largest" -ge 32768 ] && [ "$largest" -lt 49152 ]
	mapfile -t pids < <(descendants_of "$loader")
	kill -TERM "$loader"
	wait "$loader" || true
	until_true 60 all_gone "${pids[@]}"
	grep -qE 'asked 33554432 bytes, achieved 33[0-9]{6}, .*on target' said
}

@test "memory: a load that is stopped before it gets there says so and exits 1" {
	run_fuka load memory --size 64M --rate 1M --for 10ms
	exits 1
	says "off target"
}

@test "memory: more than the machine has is refused with what there is, before any is taken" {
	awk '/^(Mem|Swap)Total:/ {kb += $2} END {exit kb < 2 ^ 30}' /proc/meminfo && skip "a machine with less than 1 TiB"
	run_fuka load memory --size 1024G --for 10ms
	exits 1
	says "size: 1024G is more than this machine has" "of swap" "until_oom"
	[[ $output != *achieved* ]]
}

@test "what is set and has no meaning beside the rest is refused, by fuka load and in a scenario" {
	local words

	while read -r -a words; do
		run_fuka load "${words[@]:1}"
		exits 2
		says "${words[0]}=" "would be ignored"
	done <<-'END'
		priority cpu --priority 5
		priority cpu --priority 5 --policy batch
		period memory --period 5s
		dir memory --dir /tmp
		dir memory --kind dentries --dir /tmp
		touch memory --kind pipes --touch true
		size memory --until_oom true --size 8M
	END
	printf '%s\n' 'timeline:' '  - {at: 1s, load: memory, size: 8M, period: 5s}' 'end: 2s' >idle.yaml
	run_fuka run --check idle.yaml
	exits 2
	says "period=5s would be ignored without after: breathe"
	run_fuka load memory --size 8M --period 10s --dir /dev/shm --for 200ms
	exits 0
}

@test "a number that is not one, or out of range, is exit 2 and says the range" {
	run_fuka load cpu --tasks 0
	exits 2
	says "--tasks" "'0' is out of range" "from 1 to 100000"
	run_fuka load dstate --tasks 100001
	exits 2
	says "from 1 to 100000"
	run_fuka load cpu --tasks eight
	exits 2
	says "'eight'" "a whole number"
	run_fuka load memory --size 64X
	exits 2
	says "'64X'" "a size"
	run_fuka load cpu --oom_score_adj -1001
	exits 2
	says "from -1000 to 1000"
	run_fuka load cpu --for soon
	exits 2
	says "--for: 'soon' is not a valid value; expected a time such as 250ms, 5s or 2m"
}

@test "an unknown generator, parameter or word is exit 2 and says what there is" {
	run_fuka load
	exits 2
	says "no generator given" cpu dstate memory
	run_fuka load cpuu
	exits 2
	says "there is no generator 'cpuu'" dstate
	run_fuka load cpu --taks 8
	exits 2
	says "unknown parameter 'taks'" tasks oom_score_adj
	run_fuka load cpu 8
	exits 2
	says "'8' is not an option"
	run_fuka load cpu --tasks
	exits 2
	says "--tasks needs a value"
}

@test "tasks that cannot be forked are a failure with what to raise, not a smaller load" {
	command -v prlimit >/dev/null || skip "prlimit (package util-linux)"
	as_nobody prlimit --nproc=20 "$FUKA" load cpu --tasks 64 --for 5s
	exits 1
	says "could not be forked" "pids.max"
	says_nothing_of "on target"
}

@test "more tasks than the machine has numbers for are refused before the first is forked" {
	# shellcheck disable=SC2016 # expanded by the inner shell
	with_own_mounts 'mount -t tmpfs none /mnt && echo 20 >/mnt/pid_max &&
		mount --bind /mnt/pid_max /proc/sys/kernel/pid_max && exec "$FUKA" load cpu --tasks 64 --for 5s'
	exits 1
	says "64 workers: the limits of this machine allow only 0 more tasks; raise kernel.pid_max"
}

@test "placement: nice and oom_score_adj are those of every task" {
	start_load cpu --tasks 2 --nice 7 --oom_score_adj 500
	until_true 60 has_settled
	placed=0
	for pid in $(descendants_of "$loader"); do
		[ "$(cat "/proc/$pid/oom_score_adj")" -eq 500 ] || continue
		[ "$(sed 's/.*) //' "/proc/$pid/stat" | cut -d ' ' -f 17)" -eq 7 ] && placed=$((placed + 1))
	done
	[ "$placed" -ge 2 ]
}

# How long a generator needs until it has settled and measured itself once.
time_of() {
	case $1 in
	cpu | stress-ng | pressure | runaway) echo 1500ms ;;
	packets | switch | timers) echo 2500ms ;;
	io | vcpu | steal) echo 3500ms ;;
	*) echo 700ms ;;
	esac
}

@test "no generator does what a sanitizer would end it for" {
	local name words

	for name in $(generators); do
		read -ra words < <(given "$name") || true
		FUKA=${BUILD:-$root/build}/tests/san/fuka run_fuka load "$name" "${words[@]}" --for "$(time_of "$name")"
		[[ $output != *"AddressSanitizer"* && $output != *"runtime error"* ]] || { echo "$name:"; echo "$output"; return 1; }
		case $status in
		0 | 1) says "asked " ;; # it came so far as to measure itself
		77) says "lacks" ;;
		*) echo "$name: $status"; echo "$output"; return 1 ;;
		esac
	done
}

@test "cpu: two tasks at a share: each of them is on target by itself" {
	[ "$(id -u)" -eq 0 ] || skip "root, to go before what else runs here"
	run_fuka load cpu --tasks 2 --percent 20 --policy fifo --for 2s
	exits 0
	says "asked 20 %" "on target"
}

@test "a rate with a profile: what it should have made is reckoned over all that time" {
	[ "$(id -u)" -eq 0 ] || skip "root, to go before what else runs here"
	run_fuka load switch --rate 400 --profile ramp:3s --policy fifo --for 4s
	exits 0
	says "on target"
}

@test "memory: a rate is kept: 32M at 16M a second take two seconds" {
	run_fuka load memory --size 32M --rate 16M --for 4s
	exits 0
	[[ $output =~ after\ ([0-9.]+)\ s ]]
	awk -v s="${BASH_REMATCH[1]}" 'BEGIN { exit !(s >= 1.9) }'
}

@test "memory: after: respawn: what was killed comes back, and without it does not" {
	for after in respawn hold; do
		start_load memory --size 8M --after "$after"
		until_true 60 has_settled
		worker=$(for pid in $(descendants_of "$loader"); do
			awk -v pid="$pid" '/^VmRSS/ && $2 >= 8192 { print pid }' "/proc/$pid/status"
		done | tail -n 1)
		kill -KILL "$worker"
		sleep 1
		kill -TERM "$loader" 2>/dev/null || true
		wait "$loader" || true
		grep -c respawn said >>counts || true
	done
	[ "$(tr '\n' ' ' <counts)" = "1 0 " ] || { cat counts said; return 1; }
}

@test "a rate whose worker was killed is off target" {
	start_load switch --rate 100
	until_true 60 has_spoken
	kill -KILL "$(descendants_of "$loader" | tail -n 1)"
	kill -TERM "$loader"
	status=0
	wait "$loader" || status=$?
	[ "$status" -eq 1 ]
	tail -n 3 said | grep -q "off target"
}

@test "placement: the CPUs that a load may run on are those, the last one too" {
	[ "$(nproc)" -ge 2 ] || skip "a second CPU"
	start_load_on 0 cpu --cpus 0-1
	until_true 60 has_settled
	for pid in $(descendants_of "$loader"); do
		grep -q '^Cpus_allowed_list:[[:blank:]]*0-1$' "/proc/$pid/status" && seen=$pid
	done
	kill -TERM "$loader"
	wait "$loader"
	[ -n "${seen:-}" ]
}

@test "SIGINT at the leader alone ends a load as its time does" {
	start_load cpu
	until_true 60 has_settled
	kill -INT "$(child_named "$loader" cpu)"
	until_true 10 is_gone "$loader"
	status=0
	wait "$loader" || status=$?
	[ "$status" -eq 0 ]
	grep -q "declares 0 runnable" said
}
