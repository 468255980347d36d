#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Everything that a recording can make fuka read, keep or compute has a bound, and what is beyond it is told.

load lib.bash

tool=${BUILD:-$root/build}/tests/tools/make-recording

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	[ -x "$tool" ] || { echo "make tools first: there is no $tool"; return 1; }
}

# within SECONDS MIB WORD…: fuka WORD… ends well, in that time of a CPU and that memory; what it says is in `out`.
within() {
	local seconds=$1 mib=$2 status=0

	shift 2
	python3 - "$seconds" "$mib" "$FUKA" "$@" >out 2>err <<-'END' || status=$?
		import resource, subprocess, sys
		seconds, mib = int(sys.argv[1]), int(sys.argv[2])
		limit = lambda: resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
		code = subprocess.run(sys.argv[3:], preexec_fn=limit).returncode
		used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
		sys.exit(code if code else 'it took %d MiB' % used if used > mib else 0)
	END
	[ "$status" -eq 0 ] || { tail -n 3 err; echo "$* ended with $status"; return 1; }
}

@test "M6: 160 KB that unpack to 2 GB are read as far as such a file may, and the rest is told" {
	"$tool" bomb b.fuka 500
	[ "$(stat -c %s b.fuka)" -lt 300000 ]
	within 10 256 report b.fuka
	grep -q 'blocks are left out: it holds more than a file of its size may unpack to' out
}

@test "M6: events are kept up to a bound, the host's apart from the guest's, and the report says how many are not" {
	"$tool" events e.fuka 100000
	within 10 256 report e.fuka --view events
	grep -q 'events left out: more, or longer, than are kept' out
	grep -q 'left out: 34[0-9]* events' out
	within 10 256 report e.fuka --json
	jq -e '.events | map(select(.event == "ended")) | length == 1' out
}

@test "M6: what is declared is asked for by time, whatever number of ids there is" {
	"$tool" declare d.fuka 60000
	within 10 256 report d.fuka
}

@test "M6: a disk a line: names have a bound, and figures are found by name" {
	"$tool" disks d.fuka 150000
	within 30 256 report d.fuka
	within 30 512 export d.fuka --csv
	grep -q 'it has more than 16384 metrics' err
	[ "$(head -n 1 out | tr -cd , | wc -c)" -ge 16000 ]
}

@test "M6: a CPU a line" {
	"$tool" cpus c.fuka 200000
	within 30 256 report c.fuka
	within 30 512 export c.fuka --json
}

@test "M6: the kernel's log twice, by its lane and by the console" {
	"$tool" klog k.fuka 40000
	within 10 256 report k.fuka
	grep -q 'log lines of class warning left out' out
	within 10 256 report k.fuka --json
	jq -e '.log | length < 20000' out
}

@test "M6: a walk over more tasks than Linux has" {
	"$tool" tasks t.fuka 150000
	within 10 256 report t.fuka --view tasks
}

@test "M6: two million samples" {
	"$tool" lengthy l.fuka 700000
	within 60 256 report l.fuka
}

@test "M6: two hundred thousand copies of a block" {
	"$tool" copies c.fuka 200000
	within 5 256 report c.fuka
}

@test "M6: two hundred thousand holes between blocks" {
	"$tool" holes h.fuka 200000
	within 8 256 report h.fuka
	grep -q '200000 damaged parts left out' out
}

@test "M6: a frame of 4 MiB in each of two hundred sources is not held two hundred times" {
	"$tool" sources s.fuka 200
	within 20 256 report s.fuka --json
}

# big KIND MIB: a recording of one kind of thing, of that size.
big() {
	rm -f big.fuka
	"$tool" "big-$1" big.fuka "$2"
}

@test "M6: a file of any size within 256 MiB: what grows with it is bounded, in memory and in time" {
	big mixture 5
	within 15 64 report big.fuka --json
	within 15 64 report big.fuka --view overview,events --all
	big sample 5
	within 15 48 report big.fuka --view overview,cpu,load --all
	big event 5
	within 15 64 report big.fuka --json
	jq -e '.events | length > 60000' out
	big record 6
	within 15 72 report big.fuka --json
	jq -e '.log | length > 40000' out
}

@test "M6: load averages hours apart are tried step by step up to a bound, and the report says so" {
	big hour 1
	within 15 64 report big.fuka
	tr -s ' \n' ' ' <out | grep -q "more samples than the model's limit"
}

@test "M6: a table a device, and what sysstat read, in a few walks over the recording" {
	big device 1
	within 15 128 report big.fuka --view disk --cpus
	big reading 2
	within 15 64 report big.fuka --view sysstat
	tr -s ' \n' ' ' <out | grep -q "the kernel's trace has more readings of /proc/loadavg by it than the limit"
}

@test "M6: a file of 1 MiB that unpacks to 20 GB, and one of small blocks" {
	big bomb 1
	within 15 64 report big.fuka
	grep -q 'blocks are left out: it holds more than a file of its size may unpack to' out
	big blocks 2
	within 15 32 report big.fuka
}
