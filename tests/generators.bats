#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Generators on this machine: what they say when they miss their target, what they refuse, and that nothing of them is left
# whoever is killed (with their defaults: build/tests/kills.bats). What the kernel says of their loads is in scenarios/, on
# the virtual clock: this machine is noisy.
# Alone: loads of this machine, by what is left of them.
# shellcheck source=tests/lib.bash
source "$BATS_TEST_DIRNAME/lib.bash"

setup() { mark_setup; }

teardown() { mark_teardown; }

# off_target GENERATOR ARGUMENT…: it must say that it missed, and exit 1.
off_target() {
	run_fuka load "$@"
	exits 1
	says "off target"
}

# ---- the harness

@test "cpu in a control group leaves nothing, whoever is killed" {
	[ "$(id -u)" -eq 0 ] || skip "root, to make a control group"
	kill_each cpu --tasks 3 --percent 40 --cpu_max 100 --pids_max 100
}

@test "dstate: a chain leaves nothing, whichever link is killed" {
	kill_each dstate --tasks 50
}

# ---- switch

@test "switch: a rate that no CPU makes is off target" {
	off_target switch --rate 9000000 --for 3s
	off_target switch --rate 1000000 --via processes --for 3s
}

@test "switch: what it cannot take is refused" {
	run_fuka load switch --rate 0
	exits 2
	says "--rate: '0' is out of range" "from 1 to 10000000"
	run_fuka load switch --via telegraph
	exits 2
	says "pipe futex processes"
}

@test "switch via processes leaves nothing, whoever is killed" {
	kill_each switch --rate 500 --via processes --workers 2
}

# ---- timers

@test "timers: more timer softirqs than there are ticks are refused with how many there can be" {
	run_fuka load timers --rate 900000 --for 3s
	exits 1
	says "cannot be reached" "ticks per second"
}

@test "timers: more timer interrupts than the CPUs take are off target" {
	off_target timers --rate 1000000 --via hrtimer --for 3s
}

@test "timers: what it cannot take is refused" {
	run_fuka load timers --rate 1000001
	exits 2
	says "--rate: '1000001' is out of range" "from 1 to 1000000"
}

@test "timers via hrtimer leaves nothing, whoever is killed" {
	kill_each timers --rate 5000 --via hrtimer
}

# ---- packets

@test "packets: more than a CPU sends is off target" {
	off_target packets --rate 5000000 --for 3s
}

@test "packets: a loopback that is down is named" {
	[ "$(id -u)" -eq 0 ] || skip "root, for a network namespace without loopback"
	run unshare -n "$FUKA" load packets --for 3s 3>&-
	exits 1
	says "the interface lo is down" "CAP_NET_ADMIN"
}

@test "packets: what it cannot take is refused" {
	run_fuka load packets --size 2000
	exits 2
	says "--size: '2000' is out of range" "from 14 to 1400"
}

# ---- fork

@test "fork: a control group stops it, and what stopped it and how far it came is said" {
	[ "$(id -u)" -eq 0 ] || skip "root, to make a control group"
	run_fuka load fork --tasks_max 300 --pids_max 100 --goal limit --for 2s
	exits 0
	says "asked 300 tasks, achieved 99" "on target"
	off_target fork --tasks_max 300 --pids_max 100 --for 2s
	says "stopped at 99 of 300 processes by pids_max"
}

@test "fork: as many processes as were asked for, as ps counts them; none are left" {
	"$FUKA" load fork --tasks_max 150 >out 2>&1 3>&- &
	until_true 10 grep -q "on target" out
	[ "$(pgrep -c -P "$(descendants_of $! | sed -n 3p)")" -eq 150 ]
	kill -TERM $!
	wait $!
	until_true 5 none_left
}

@test "fork: no limit was reached before tasks_max is a miss when a limit was the goal" {
	off_target fork --tasks_max 20 --goal limit --for 1s
	says "no limit was reached before tasks_max"
}

@test "fork: what it cannot take is refused" {
	run_fuka load fork --tasks_max 0
	exits 2
	says "--tasks_max: '0' is out of range" "from 1 to 1000000"
}

# ---- runaway

@test "runaway: each interpreter runs and never sleeps, until it is killed from outside, which is a miss" {
	local name pid

	for name in perl python3 sh; do
		"$FUKA" load runaway --interpreter "$name" >out 2>&1 3>&- &
		until_true 10 grep -q "on target" out
		pid=$(descendants_of $! | tail -n 1)
		[[ $(readlink -f "/proc/$pid/exe") == "$(readlink -f "$(PATH=/usr/bin:/bin command -v "$name")")" ]]
		[[ $(sed 's/.*) //; s/ .*//' "/proc/$pid/stat") == R ]]
		kill -9 "$pid"
		until_true 10 is_gone "$pid"
		kill -TERM $!
		wait $! && return 1
		grep -q "asked 1 tasks, achieved 0, .*off target" out
	done
	until_true 5 none_left
}

# ---- steal

@test "steal: half of each one's time, as KVM tells two virtual CPUs on one, and as the host counts it" {
	run_fuka run --out out "$root/scenarios/steal.yaml"
	exits 0
	run_fuka report "$(recording_in out)" --view events
	mapfile -t told < <(sed -nE 's/.*stolen vcpu=. told_percent=([0-9]+).*waited_percent=([0-9]+).*/\1\n\2/p' <<<"$output")
	[ "${#told[@]}" -eq 8 ]
	for percent in "${told[@]}"; do
		[ "$percent" -ge 45 ] && [ "$percent" -le 55 ]
	done
}

@test "steal: what it cannot take is refused; a machine that cannot show it is told of" {
	run_fuka load steal --vcpus 1
	exits 2
	says "--vcpus: '1' is out of range" "from 2 to 64"
	# shellcheck disable=SC2016 # expanded by the inner shell
	with_own_mounts '[ ! -e /dev/kvm ] || mount --bind /dev/null /dev/kvm; "$FUKA" list steal; "$FUKA" load steal --for 3s; exit $?'
	exits "$([ -e /dev/kvm ] && echo 1 || echo 77)"
	says "unproven on this machine: no /dev/kvm that this user may open" "kvm: "
}

# ---- stress-ng

@test "stress-ng: a stressor by name, its metrics, and the processes that the kernel sees" {
	"$FUKA" load stress-ng --stressor cpu --workers 2 >out 2>&1 3>&- &
	until_true 30 grep -q "on target" out
	[ "$(descendants_of $! | xargs -I{} cat /proc/{}/comm | grep -c '^stress-ng-cpu')" -eq 2 ]
	kill -TERM $!
	wait $!
	grep -qE '^metrics stressor=cpu bogo-ops=[1-9]' out
	grep -qF 'finished program=stress-ng status="exit 0"' out
	until_true 5 none_left
}

@test "stress-ng: an option that it does not know is its exit status, and a miss" {
	off_target stress-ng --stressor cpu --options --cpu-nonsense --for 2s
	says 'finished program=stress-ng status="exit 1"' "cpu-nonsense"
}

@test "stress-ng: no stressor, an unknown one, and a machine without stress-ng are refused" {
	run_fuka load stress-ng
	exits 2
	says "needs the parameter 'stressor'"
	run_fuka load stress-ng --stressor vmm
	exits 2
	says "no stressor 'vmm'" "stress-ng --stressors"
	PATH=/nonexistent run "$FUKA" load stress-ng --stressor vm 3>&-
	exits 2
	says "apt-get install stress-ng"
}

@test "stress-ng: in a guest, by the kernel's count of what runs; its metrics are in the report" {
	run_fuka run --out out "$root/scenarios/stress-ng.yaml"
	exits 0
	run_fuka report "$(recording_in out)"
	says "metrics stress (vm "
}

@test "stress-ng: a stressor that keeps its own processes leaves nothing, whoever is killed" {
	kill_each stress-ng --stressor vm --workers 2 --options "--vm-bytes 8M"
}

# ---- vcpu

@test "vcpu: a KVM that is not there, or shut, is named; one that is too slow is off target" {
	if [ ! -e /dev/kvm ]; then
		run_fuka load vcpu --for 3s
		exits 77
		says "this machine lacks /dev/kvm"
	elif [ "$(id -u)" -eq 0 ]; then
		# shellcheck disable=SC2016 # expanded by the inner shell
		run unshare -m sh -c 'mount --bind /dev/null /dev/kvm; exec "$FUKA" load vcpu --for 3s' 3>&-
		exits 1
		says "KVM"
	else
		as_nobody "$FUKA" load vcpu --for 3s
		exits 1
		says "/dev/kvm"
	fi
}

@test "vcpu: what it cannot take is refused" {
	run_fuka load vcpu --vcpus 257
	exits 2
	says "--vcpus: '257' is out of range" "from 1 to 256"
}

# ---- dstate, on something that sleeps

@test "dstate: a way of sleeping that is not what was wished for is refused with those that are" {
	run_fuka load dstate --iowait yes
	exits 2
	says "iowait" "dm and disk are"
	run_fuka load dstate --via fuse --killable yes
	exits 2
	says "killable" "vfork is killable"
}

@test "dstate: what a way needs is named when it is not there" {
	[ -e /dev/mapper/control ] && skip "a machine without device-mapper"
	run_fuka load dstate --via dm
	exits 77
	says "this machine lacks /dev/mapper/control" "dm-mod"
	run_fuka load dstate --via disk
	exits 77
	says "dm-mod"
	as_nobody "$FUKA" load dstate --via freeze
	exits 1
	says "root"
}

@test "dstate: without /dev/fuse or /dev/loop-control it is skipped with the module that is missing" {
	local bare='mount -t tmpfs none /mnt && touch /mnt/null && mount --bind /dev/null /mnt/null && mount --move /mnt /dev'

	with_own_mounts "$bare && exec \"\$FUKA\" load dstate --via fuse"
	exits 77
	says "this machine lacks /dev/fuse" "module fuse"
	with_own_mounts "$bare && exec \"\$FUKA\" load dstate --via freeze"
	exits 77
	says "this machine lacks /dev/loop-control" "module loop"
}

@test "dstate: FUSE leaves nothing, whoever is killed" {
	[ "$(id -u)" -eq 0 ] || skip "root, to mount"
	[ -w /dev/fuse ] || skip "/dev/fuse"
	kill_each dstate --tasks 20 --via fuse
}

@test "dstate: a frozen file system leaves nothing, whoever is killed" {
	[ "$(id -u)" -eq 0 ] || skip "root, to mount"
	[ -w /dev/loop-control ] || skip "/dev/loop-control"
	kill_each dstate --tasks 20 --via freeze
}
