#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Block I/O: the loads that wait for a disk, what the host does to one, and that nothing is left of either.
# Alone: disks of this machine, in wall time.
# shellcheck source=tests/lib.bash
source "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# ---- io

@test "io: twenty outstanding by each way of asking, as procs_blocked and the load average have it" {
	passes load-io
}

@test "io: fifty a second, as /proc/diskstats counts them" {
	passes load-io-rate
}

@test "io-stall: a disk that does not answer is iowait, load and pressure, and no CPU time; let go, nothing waits" {
	# Two of its ten minutes: load1 is then 8 * (1 - e^(-115/60)) = 6.8.
	sed -e 's/for: 10m/for: 2m/; s/600s/120s/; s/615s/135s/; s/^end: .*/end: 140s/; s/\[7.9, 8.1\]/[6.6, 7.0]/' \
		"$root/scenarios/io-stall.yaml" >io-stall.yaml
	run_fuka run --out out io-stall.yaml
	exits 0
	says "io-stall: pass" "residual 0"
}

@test "io: what contradicts itself, or would overwrite what is there, is refused" {
	run_fuka load io --block 5000
	exits 2
	says "block: 5000 bytes: must be a multiple of the page size"
	run_fuka load io --outstanding 100 --size 64K
	exits 2
	says "too few for 100 tasks"
	run_fuka load io --path here --latency 5ms
	exits 2
	says "latency=5ms would be ignored with path"
	run_fuka load io --overwrite true
	exits 2
	says "overwrite=true would be ignored without path"
	run_fuka load io --path here --overwrite true
	exits 2
	says "overwrite=true would be ignored with op: read"
	run_fuka load io --op erase
	exits 2
	says "read write fsync sync"
	head -c 65536 /dev/zero >mine
	run_fuka load io --path mine --op write --for 1s
	exits 1
	says "its content would be lost" "overwrite: true"
	cmp -n 65536 mine /dev/zero
	run_fuka load io --path no-such --for 1s
	exits 1
	says "no-such: No such file"
}

@test "io: without device-mapper it says what is missing" {
	[ -e /dev/mapper/control ] && skip "a machine without device-mapper"
	run_fuka load io --for 1s
	exits 77
	says "this machine lacks /dev/mapper/control" "dm-mod"
}

@test "io: the file that it makes in a directory is gone afterwards, also when somebody is killed" {
	export FUKA_TEST_MARK="$$.$BATS_TEST_NUMBER.$RANDOM"
	mkdir where
	run_fuka load io --path where --op fsync --rate 1 --outstanding 2 --for 1s
	[ -z "$(ls -A where)" ]
	kill_each io --path where --op fsync --outstanding 2
	[ -z "$(ls -A where)" ]
}

# ---- pressure

@test "pressure: memory, cpu and io are held, some and full, as /proc/pressure and the scheduler's throttling have them" {
	passes pressure-hold
	says "printed: throttled"
}

# ---- what the host does to a disk: real clock, ranges, and programs that wait for what they expect

@test "host stall: readers of the host's disk hang until it is released, as diskstats, iowait, load and PSI have it" {
	passes io-stall-host
	run_fuka report --view events "$(recording_in out)"
	says "request id=hangs action=stall" "done id=hangs" "request id=hangs action=stall back=yes"
}

@test "host eio: reads and writes fail, and are well again afterwards" {
	passes disk-eio
}

@test "host plug and unplug: a disk comes, goes and comes back" {
	passes disk-hotplug
}

# ---- nothing is left, in a guest: this machine must not be given device-mapper devices

@test "on a guest's suspended, stalled or slow disk dstate, io and pressure leave nothing, whoever is killed" {
	local seed=$RANDOM tool
	local -a files=()

	for tool in pgrep head tr cat ls find grep sleep diff; do
		files+=("$(command -v "$tool")")
	done
	cat >leaves.yaml <<-END
		about: Loads on device-mapper devices are killed at moments that nobody chose (seed $seed).
		machine: {memory: 256M, modules: [dm-mod, dm-zero, dm-delay]}
		record: {interval: 1s, tasks: 10s}
		timeline:
		  - at: 1s
		    id: kills
		    files: [$(IFS=,; echo "${files[*]}")]
		    run:
		      - bash
		      - -c
		      - |
		        $(sed 's/^/        /; 1s/^ *//' "$root/tests/leaves.bash")
		        export FUKA=/init FUKA_TEST_MARK=guest.$seed
		        RANDOM=$seed
		        kill_each dstate --tasks 5 --via dm &&
		          kill_each dstate --tasks 5 --via disk &&
		          kill_each io --outstanding 5 --latency 1h &&
		          kill_each io --outstanding 5 --latency 50ms --op fsync &&
		          kill_each pressure --resource io --percent 50 &&
		          echo "nothing is left"
		end: 2m
		expect:
		  - {exit: kills, status: 0}
		  - {output: "nothing is left"}
		  - {metric: procs.blocked, at: 119s, max: 0}
		never:
		  - {output: "left:"}
	END
	run_fuka run --out out leaves.yaml
	exits 0
}
