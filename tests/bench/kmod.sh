#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kmod: oom-softirq $REPEATS (20) times on the virtual clock: how many pass, how long each takes, whether all are identical;
# how soon after a packet its action runs; what an armed hook costs packets that it does not match, over loopback; what
# 200 times loading and unloading leave behind. With GRID=1 also the whole grid, which takes as long as it may: 20 minutes.
#
# All but the grid on the virtual clock: it counts instructions, so the load of this machine is in no figure but `wall`.
#
# Needs: jq, QEMU, the module (make kmod). About four minutes.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "$0")/lib.sh"

need jq jq
need qemu-system-x86_64 qemu-system-x86
repeats=${REPEATS:-20} packets=10000 turns=200

# run NAME: the scenario on standard input; its results to $work/NAME.json, its report to $work/NAME.report.
run() {
	{ echo "about: made by tests/bench/kmod.sh" && cat; } >"$work/$1.yaml"
	"$fuka" run --json --out "$work/out" "$work/$1.yaml" >"$work/$1.json" 2>"$work/log" ||
		cannot "$1: $(jq -r '.runs[0].why' "$work/$1.json" 2>/dev/null) $(tail -n 2 "$work/log")"
	"$fuka" report --json "$(jq -r '.runs[0].recording' "$work/$1.json")" >"$work/$1.report"
}

oom() {
	"$fuka" run --json --repeat "$repeats" --out "$work/out" oom-softirq >"$work/oom.json" 2>"$work/log" || true
	figure kmod.oom-softirq.passes "$(jq '[.runs[] | select(.verdict == "pass")] | length' "$work/oom.json")" \
		"of-$repeats" ge "$repeats"
	figure kmod.oom-softirq.wall.median "$(jq '.runs[].wall_s' "$work/oom.json" | median)" s -
	figure kmod.oom-softirq.wall.max "$(jq '.runs[].wall_s' "$work/oom.json" | greatest)" s -
	figure kmod.oom-softirq.identical "$(jq '[.identity[] | select(.identical)] | length' "$work/oom.json")" of-1 ge 1
}

# From the sender's first instruction, in the guest's time, to the action's record: the send, the softirq, the match.
latency() {
	run latency <<-END
		machine: {memory: 128M}
		timeline:
		  - {at: 1s, id: hook, fault: burn, context: softirq, time: 1us, trigger: {udp: 7777}}
		  - {at: 2s, id: packet, send: {udp: 7777}}
		end: 4s
		expect:
		  - {fired: burn, context: softirq}
	END
	local start fired
	start=$(jq '.events[] | select(.event == "start" and .id == "packet") | .at' "$work/latency.report")
	fired=$(jq -r '.runs[0].expectations[0].seen' "$work/latency.json" | sed -nE 's/^the first at ([0-9.]+) s.*/\1/p')
	figure kmod.packet-to-action "$(awk -v a="$start" -v b="$fired" 'BEGIN { printf "%.1f\n", (b - a) * 1000 }')" ms -
}

# flood NAME FAULT: packets a second of the guest's time that one sender gets through loopback.
flood() {
	run "$1" <<-END
		machine: {memory: 128M}
		timeline:
		  $2
		  - {at: 2s, id: flood, send: {udp: 7001, count: $packets}}
		end: 60s
	END
	jq --argjson n $packets '[.events[] | select(.id == "flood")] |
		$n / ((.[] | select(.event == "achieved") | .at) - (.[] | select(.event == "start") | .at))' "$work/$1.report"
}

rates() {
	local bare armed
	bare=$(flood bare '')
	armed=$(flood armed '- {at: 1s, id: hook, fault: panic, context: softirq, trigger: {udp: 7777, magic: other, times: 0}}')
	figure kmod.packets.without "$bare" packets/s -
	figure kmod.packets.armed "$armed" packets/s -
	figure kmod.packets.armed-by-without "$(ratio "$armed" "$bare")" ratio ge 0.95
}

leak() {
	run leak <<-END
		machine: {memory: 256M}
		timeline:
		  - at: 1s
		    id: turn
		    files: [/usr/bin/awk, /usr/sbin/insmod, /usr/sbin/rmmod]
		    run:
		      - bash
		      - -c
		      - |
		        free() { awk '/MemFree|Cached|Buffers|SReclaimable/ { n += \$2 } END { print n }' /proc/meminfo; }
		        turn() { insmod /fuka/ko/fuka.ko disposable=1 && rmmod fuka; }
		        turn || exit 1
		        before=\$(free)
		        for ((i = 0; i < $turns; i++)); do turn || exit 1; done
		        echo "<4>bench: lost \$((before - \$(free))) kB" >/dev/kmsg # which the console shows
		  - {at: 1s, id: pack, run: [insmod, --version, /fuka/ko/fuka.ko]} # so that it is packed
		end: 120s
		expect:
		  - {exit: turn, status: 0}
	END
	local lost
	lost=$(sed -nE 's/.*bench: lost (-?[0-9]+) kB.*/\1/p' "$(jq -r '.runs[0].directory' "$work/leak.json")/console.log")
	[[ -n $lost ]] || cannot "the guest did not say what it lost"
	figure kmod.load-unload-$turns.lost "$lost" kB le 2000
}

grid() {
	local begin=$SECONDS
	FUKA=$fuka "$root/lab/tools/grid" -k 6.1 -o "$work/grid" >"$work/log" 2>&1 || true
	figure kmod.grid.wall "$((SECONDS - begin))" s le 1200
	figure kmod.grid.unexpected "$(sed -nE 's/^[0-9]+ cells on .*, ([0-9]+) not as expected.*/\1/p' "$work/log")" cells le 0
}

machine
oom
latency
rates
leak
[ -z "${GRID:-}" ] || grid
