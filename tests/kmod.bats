#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel module: the words that lead to it, its refusals, its record, that it can be had and be rid of.

setup_file() {
	root=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	export root FUKA=${FUKA:-$root/build/fuka}
	KMOD=$(realpath "${FUKA_HOME:-$(dirname "$FUKA")}")/kmod
	export KMOD
	"$root/lab/tools/build-kmod" 6.1 "$KMOD" 3>&-
}

setup() {
	cd "$root" || return 1
	out=$BATS_TEST_TMPDIR/out
	yaml=$BATS_TEST_TMPDIR/x.yaml
}

# A scenario with this timeline (and more) on standard input.
scenario() {
	{
		echo "about: made by tests/kmod.bats"
		cat
	} >"$yaml"
}

passes() {
	run timeout 300 "$FUKA" run --out "$out" "$@"
	echo "$output"
	[ "$status" -eq 0 ]
}

refused() {
	run "$FUKA" run --check "$yaml"
	echo "$output"
	[ "$status" -eq 2 ]
	[[ $output == *"$1"* ]]
}

@test "a packet's softirq takes all memory; two runs are identical to the byte" {
	passes --repeat 2 scenarios/oom-softirq.yaml
	[[ $output == *"2 runs identical to the byte"* ]]
	[[ $output == *"serving_softirq=1"*"preempt_count=0x101"* ]]
}

@test "on the real clock too" {
	passes --clock real scenarios/oom-softirq.yaml
}

@test "a module of another fuka is refused before anything starts, with the command that mends it" {
	local home=$BATS_TEST_TMPDIR/home ko

	mkdir "$home"
	ln -s "${KMOD%/kmod}/kernels" "$home/kernels"
	cp -r "$KMOD" "$home/kmod"
	for ko in "$home"/kmod/*/fuka.ko; do
		sed -i 's/fuka_abi=[0-9]/fuka_abi=0/' "$ko"
	done
	FUKA_HOME=$home run "$FUKA" run --out "$out" scenarios/oom-softirq.yaml
	echo "$output"
	[ "$status" -eq 2 ]
	[[ $output == *"was built by another version of fuka (its interface is 0, expected "*"make kmod KERNEL=6.1"* ]]
}

@test "without its mark the module refuses to load, and says how it would" {
	passes scenarios/kmod-unmarked.yaml
	grep -q 'fuka: not loaded: this machine is not marked' "$out"/*/console.log
}

@test "without a hypervisor it refuses although it is marked, unless told that it will crash real hardware" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	cat >"$BATS_TEST_TMPDIR/bin/qemu-system-x86_64" <<-END
		#!/bin/bash
		exec $(command -v qemu-system-x86_64) "\${@/#max,/max,-hypervisor,}"
	END
	chmod +x "$BATS_TEST_TMPDIR/bin/qemu-system-x86_64"
	scenario <<-END
		machine: {memory: 128M}
		timeline:
		  - {at: 1s, id: marked, run: [insmod, /fuka/ko/fuka.ko, disposable=1]}
		  - {at: 2s, id: told, run: [insmod, /fuka/ko/fuka.ko, disposable=1, crash_this_physical_machine=1]}
		end: 4s
		expect:
		  - {exit: marked, status: 1}
		  - {exit: told, status: 0}
	END
	PATH=$BATS_TEST_TMPDIR/bin:$PATH passes "$yaml"
	grep -q 'fuka: not loaded: the CPU reports no hypervisor' "$out"/*/console.log
}

@test "in a task: a hung task, its load average accounted for, bit by bit" {
	passes scenarios/hung-task.yaml
}

@test "dstate via kthread: the module's threads in D, in the load average bit by bit, killed by nothing, gone on stop" {
	passes scenarios/dstate-kthread.yaml
}

@test "dstate via kthread: fewer threads than asked for fail it; without the module it is skipped" {
	scenario <<-END
		machine: {memory: 128M, sysctl: {kernel.threads-max: 100}}
		timeline:
		  - {at: 1s, id: threads, load: dstate, tasks: 200, via: kthread}
		end: 5s
	END
	run timeout 300 "$FUKA" run --out "$out" "$yaml"
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"'threads' missed its target: asked for 200 tasks, got "* ]]
	[ -e /dev/fuka ] && skip "a host without the module: /dev/fuka is there"
	run timeout 60 "$FUKA" load dstate --via kthread --for 1s
	echo "$output"
	[ "$status" -eq 77 ]
	[[ $output == *fuka.ko* ]]
}

@test "the context is judged by what the module found, not by what was asked for" {
	scenario <<-END
		machine: {memory: 128M}
		timeline:
		  - {at: 1s, id: w, fault: warn, context: tasklet}
		end: 3s
		expect:
		  - {fired: warn, context: workqueue}
	END
	run timeout 300 "$FUKA" run --out "$out" "$yaml"
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"some in another context"* ]]
}

@test "probability, interval, times, space, nth and a dry run count as lib/fault-inject.c does" {
	scenario <<-END
		machine: {memory: 128M}
		timeline:
		  - {at: 1s, id: third, fault: burn, context: softirq, time: 10us, trigger: {udp: 7001, interval: 3, times: 0}}
		  - {at: 1s, id: twice, fault: burn, context: softirq, time: 10us, trigger: {udp: 7001, times: 2}}
		  - {at: 1s, id: fifth, fault: burn, context: softirq, time: 10us, trigger: {udp: 7001, nth: 5}}
		  - {at: 1s, id: later, fault: burn, context: softirq, time: 10us, trigger: {udp: 7001, space: 320, times: 0}}
		  - {at: 1s, id: dry, fault: panic, context: softirq, dry_run: true, trigger: {udp: 7001, times: 0}}
		  - {at: 1s, id: other, fault: panic, context: softirq, trigger: {udp: 7001, magic: other}}
		  - {at: 1s, id: six, fault: burn, context: softirq, time: 10us, trigger: {udp: 7001, source: "::1", times: 0}}
		  - {at: 2s, send: {udp: 7001, count: 12}}
		  - {at: 3s, send: {udp: 7001, to: "::1"}}
		end: 5s
		expect:
		  - {fired: burn, id: third, count: {min: 4, max: 4}}
		  - {fired: burn, id: twice, count: {min: 2, max: 2}}
		  - {fired: burn, id: fifth, count: {min: 1, max: 1}}
		  - {fired: burn, id: later, count: {min: 4, max: 4}}
		  - {fired: burn, id: six, count: {min: 1, max: 1}}
		never:
		  - {fired: panic}
	END
	passes "$yaml"
}

@test "loading and unloading a hundred times gives everything back; a fault's memory too" {
	scenario <<-'END'
		machine: {memory: 256M}
		timeline:
		  - at: 1s
		    id: turn
		    files: [/usr/bin/awk, /usr/sbin/insmod, /usr/sbin/rmmod]
		    run:
		      - bash
		      - -c
		      - |
		        free() { awk '/MemFree|Cached|Buffers|SReclaimable/ { n += $2 } END { print n }' /proc/meminfo; }
		        load() { insmod /fuka/ko/fuka.ko disposable=1 "$@"; }
		        load && rmmod fuka || exit 1
		        before=$(free)
		        for ((i = 0; i < 100; i++)); do load && rmmod fuka || exit 1; done
		        load init_fault=leak-pages init_args=33554432,0,0,0 || exit 1
		        taken=$(free)
		        exec 3</dev/fuka
		        rmmod fuka && exit 1 # open: refused
		        exec 3<&-
		        rmmod fuka || exit 1
		        after=$(free)
		        echo "kB: before $before taken $taken after $after"
		        [ $((before - taken)) -gt 30000 ] && [ $((before - after)) -lt 2000 ] && echo "all is back"
		  - {at: 1s, id: pack, run: [insmod, --version, /fuka/ko/fuka.ko]}
		end: 60s
		expect:
		  - {output: "all is back", id: turn}
		  - {exit: turn, status: 0}
	END
	passes "$yaml"
}

@test "a packet from outside, over virtio-net: in the softirq that receives it, whoever was running" {
	passes scenarios/packet-of-death.yaml
	[[ $output =~ in_task=0\ serving_softirq=1\ in_hardirq=0\ .*\ (pid=0\ comm=swapper|pid=[0-9]+\ comm=ksoftirqd) ]]
	# Nothing but a socket between fuka and QEMU: no user-mode network, no device of the host's.
	grep -q -- "'-netdev' 'dgram,id=net0,local.type=fd,local.str=4'" "$out"/*/qemu.sh
	[ "$(grep -c -- -netdev "$out"/*/qemu.sh)" -eq 1 ]
	run "$FUKA" run --check --clock virtual scenarios/packet-of-death.yaml
	[ "$status" -eq 2 ]
	[[ $output == *"machine.network works in wall time"* ]]
}

@test "UDP, TCP and echo requests of both versions come from outside whole, as many as asked for" {
	scenario <<-'YAML'
		machine: {memory: 128M, clock: real, network: true}
		timeline:
		  - {at: 0s, id: udp4, fault: burn, context: softirq, time: 10us, trigger: {udp: 7001, source: 192.0.2.0/24, magic: hello, times: 0}}
		  - {at: 0s, id: udp6, fault: burn, context: softirq, time: 10us, trigger: {udp: 7001, source: "2001:db8::1", times: 0}}
		  - {at: 0s, id: tcp4, fault: burn, context: softirq, time: 10us, trigger: {tcp: 7002, ip: 4, times: 0}}
		  - {at: 0s, id: tcp6, fault: burn, context: softirq, time: 10us, trigger: {tcp: 7002, ip: 6, times: 0}}
		  - {at: 0s, id: icmp4, fault: burn, context: softirq, time: 10us, trigger: {icmp: true, ip: 4, times: 0}}
		  - {at: 0s, id: icmp6, fault: burn, context: softirq, time: 10us, trigger: {icmp: true, ip: 6, times: 0}}
		  - {at: 1s, send: {udp: 7001, count: 100, payload: hello}, from: outside}
		  - {at: 1s, send: {udp: 7001, to: "2001:db8::2"}, from: outside}
		  - {at: 1s, send: {tcp: 7002}, from: outside}
		  - {at: 1s, send: {tcp: 7002, to: "2001:db8::2"}, from: outside}
		  - {at: 1s, send: {icmp: true, count: 3, every: 100ms}, from: outside}
		  - {at: 1s, send: {icmp: true, to: "2001:db8::2"}, from: outside}
		  - at: 3s
		    id: counters
		    run:
		      - awk
		      - |
		        function take(name, value) {
		          print name " " value ";"
		          damaged += name ~ /Csum|InErr|HdrErr/ ? value : 0
		        }
		        NF == 2 { take($1, $2) }
		        NF > 2 && !($1 in seen) { seen[$1] = $0; next }
		        NF > 2 {
		          split(seen[$1], key)
		          for (i = 2; i <= NF; i++) take(substr($1, 1, length($1) - 1) "." key[i], $i)
		        }
		        END { print "damaged " damaged + 0 ";" }
		      - /proc/net/snmp
		      - /proc/net/snmp6
		end: 5s
		expect:
		  - {fired: burn, id: udp4, count: {min: 100, max: 100}}
		  - {fired: burn, id: udp6, count: {min: 1, max: 1}}
		  - {fired: burn, id: tcp4, count: {min: 1, max: 1}}
		  - {fired: burn, id: tcp6, count: {min: 1, max: 1}}
		  - {fired: burn, id: icmp4, count: {min: 3, max: 3}}
		  - {fired: burn, id: icmp6, count: {min: 1, max: 1}}
		  # The guest's own counters: all of it was for somebody, nothing arrived damaged.
		  - {output: "Udp.NoPorts 100;", id: counters}
		  - {output: "Icmp.InEchos 3;", id: counters}
		  - {output: "Udp6NoPorts 1;", id: counters}
		  - {output: "Icmp6InEchos 1;", id: counters}
		  - {output: "damaged 0;", id: counters}
	YAML
	passes "$yaml"
}

@test "--vmcore: after a panic its memory, whose log others read too; the report has stack, context and fault" {
	scenario <<-'YAML'
		machine: {memory: 128M}
		timeline:
		  - {at: 1s, id: bomb, fault: "null", context: timer}
		end: 3s
		expect:
		  - {panic: "Fatal exception in interrupt"}
	YAML
	passes --vmcore "$yaml"
	[[ $output == *"lines on the console all "* ]]
	core=$(echo "$out"/*/vmcore)
	readelf -h "$core" | grep -q 'Type: *CORE'
	readelf -lW "$core" | grep -qE 'LOAD .* 0xffffffff80[0-9a-f]+ ' # the kernel's image, as in /proc/vmcore
	makedumpfile --dump-dmesg "$core" "$BATS_TEST_TMPDIR/dmesg"
	# It prints a record's further lines without its time.
	diff <(sed -E 's/^(\[[ 0-9.]*\])? *//' "$BATS_TEST_TMPDIR/dmesg") <(sed -E 's/^\[[ 0-9.]*\] *//' "$core.log")
	run "$FUKA" report "$out"/*/x.fuka
	[[ $output == *"stack       softirq, CPU 0, on "*"act_null"* ]]
	[[ $output == *"fault       bomb: null in timer, as the module found it: in_task=0 serving_softirq=1"* ]]
	[[ $output == *"vmcore "* ]]
	"$FUKA" report --json "$out"/*/x.fuka | jq -e '.stack.context == "softirq" and .fault.came_back == false'
}

@test "--vmcore: a machine that is lost leaves no dump" {
	run timeout 300 "$FUKA" run --vmcore --out "$out" scenarios/broken/killed-from-outside.yaml
	echo "$output"
	[ "$status" -eq 3 ]
	[ -f "$(echo "$out"/*/console.log)" ]
	[ ! -e "$(echo "$out"/*/)vmcore" ]
}

@test "allocations of one task fail, and of no other" {
	passes scenarios/alloc-failure.yaml
	[[ $output == *"trigger=alloc in_task=1"*"comm=victim"* ]]
}

@test "allocations in softirq context fail, the nth too, and no task's" {
	passes scenarios/alloc-failure-softirq.yaml
	[[ $output == *"fault=fail-alloc context=softirq trigger=alloc in_task=0 serving_softirq=1"*"hits=11 "* ]]
}

@test "a kernel without should_failslab(): fail-alloc is refused by name, the scenario skipped" {
	home=$(dirname "$KMOD")
	[ -d "$home/kernels/6.12" ] || skip "the kernel 6.12: make kernels"
	"$root/lab/tools/build-kmod" 6.12 "$KMOD" 3>&-
	run timeout 300 "$FUKA" run --kernel 6.12 --out "$out" scenarios/alloc-failure.yaml
	echo "$output"
	[ "$status" -eq 77 ]
	[[ $output == *"skip"*"should_failslab()"* ]]
	grep -q 'fuka: not armed: this kernel has no should_failslab' "$out"/*/console.log
}

@test "dkms.conf: what DKMS would do builds the module, of that version" {
	dkms_tree=$BATS_TEST_TMPDIR/dkms kernel_source_dir=$(dirname "$KMOD")/kernels/6.1/headers
	# shellcheck source=kmod/dkms.conf
	source "$root/kmod/dkms.conf"
	built=$dkms_tree/$PACKAGE_NAME/$PACKAGE_VERSION/build
	"$root/lab/tools/kmod-source" "$built"
	cmp "$built/dkms.conf" "$root/kmod/dkms.conf"
	timeout 300 env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL bash -c "${MAKE[0]}" >"$BATS_TEST_TMPDIR/log" 2>&1 3>&- ||
		{ cat "$BATS_TEST_TMPDIR/log"; return 1; }
	run env PATH="$PATH:/usr/sbin:/sbin" modinfo -F version "$built/${BUILT_MODULE_LOCATION[0]}/${BUILT_MODULE_NAME[0]}.ko"
	[ -n "$output" ] && [ "$output" = "$PACKAGE_VERSION" ]
	[[ $("$FUKA" version) == "fuka $output"* ]]
	# shellcheck source=kmod/dkms.conf
	[ "$(source "$built/dkms.conf"; echo "$PACKAGE_VERSION")" = "$output" ]
}

@test "what does not work is refused by name before anything starts" {
	scenario <<-END
		timeline:
		  - {at: 1s, fault: no-such, context: timer}
		end: 2s
	END
	refused "this version has no fault 'no-such'"
	refuse_entry "{at: 1s, fault: panic}" "needs the parameter 'context'"
	refuse_entry "{at: 1s, fault: panic, context: softirq}" "context softirq needs a packet as trigger"
	refuse_entry "{at: 1s, fault: hung-task, context: timer}" "hung-task does not work in this context"
	refuse_entry "{at: 1s, fault: drop, context: softirq}" "drop works on a packet"
	refuse_entry "{at: 1s, fault: panic, context: caller, trigger: {delay: 1s}}" "after a delay the caller is gone"
	refuse_entry "{at: 1s, fault: panic, context: ipi}" "the machine needs cpus: 2"
	refuse_entry "{at: 1s, fault: panic, context: timer, udp: 7}" "belongs to the trigger"
	refuse_entry "{at: 1s, fault: spin, context: timer, time: 1ns}" "out of range"
	refuse_entry "{at: 1s, fault: panic, context: timer, trigger: {udp: 1, tcp: 2}}" "one of udp, tcp, icmp"
	refuse_entry "{at: 1s, send: {udp: 7777}, from: outside}" "which does not exist on the virtual clock"
	refuse_entry "{at: 1s, send: {udp: 7777}, from: moon}" "expected inside (over loopback) or outside"
	echo "machine: {clock: real}" >"$BATS_TEST_TMPDIR/more"
	refuse_entry "{at: 1s, send: {udp: 7777}, from: outside}" "this machine has no network"
	echo "machine: {clock: real, network: true}" >"$BATS_TEST_TMPDIR/more"
	refuse_entry "{at: 1s, send: {udp: 7777, to: 127.0.0.1}, from: outside}" "192.0.2.2 and 2001:db8::2"
	refuse_entry "{at: 1s, for: 1s, send: {udp: 7777}, from: outside}" "this entry ends at once"
	echo "machine: {network: true}" >"$BATS_TEST_TMPDIR/more"
	refuse_entry "{at: 1s, send: {udp: 7777}}" "machine.network: packets from outside need wall time"
	rm "$BATS_TEST_TMPDIR/more"
	refuse_entry "{at: 1s, fault: fail-alloc, context: caller}" "fail-alloc, and only fail-alloc, needs an allocation"
	refuse_entry "{at: 1s, fault: panic, context: caller, trigger: {alloc: slab}}" "and only fail-alloc, needs an allocation"
	refuse_entry "{at: 1s, fault: fail-alloc, context: timer, trigger: {alloc: slab}}" "does not work in this context"
	refuse_entry "{at: 1s, fault: fail-alloc, context: caller, trigger: {alloc: slab, udp: 7}}" "only one of an allocation, a packet, a delay"
	refuse_entry "{at: 1s, fault: fail-alloc, context: caller, trigger: {alloc: slab, task: a-name-that-is-too-long}}" "at most 15"
	refuse_entry "{at: 1s, load: dstate, via: kthread, killable: yes}" "this way of sleeping is always 'no'"
	refuse_entry "{at: 1s, fault: panic, context: init}, {at: 1s, load: dstate, via: kthread}" "may need the module"
	refuse_entry "{at: 1s, send: {port: 7777}}" "unknown parameter 'port'"
}

refuse_entry() {
	{
		cat "$BATS_TEST_TMPDIR/more" 2>/dev/null || true
		printf 'timeline: [%s]\nend: 2s\n' "$1"
	} | scenario
	refused "$2"
}

@test "fuka fault list names every fault, context and trigger; without the module the rest says what is missing" {
	run "$FUKA" fault list
	[ "$status" -eq 0 ]
	for word in leak-pages double-free rcu-stall burn corrupt softirq irq-work udp probability; do
		[[ $output == *"$word"* ]]
	done
	run "$FUKA" fault status
	[ "$status" -eq 1 ]
	[[ $output == *"the module is not loaded here"* ]]
	run "$FUKA" fault arm panic --context moon
	[ "$status" -eq 2 ]
}
