#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# memory: how fast `fuka load memory` fills, against one MADV_POPULATE_WRITE of the same size and against stress-ng's
# --vm with --vm-populate, and how near the target it ends by the kernel's own word (RssAnon). Alternating repetitions.
#
# Needs: gcc, stress-ng, 4 GiB of free memory. About a minute.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "$0")/lib.sh"

need gcc gcc
need stress-ng stress-ng
mib=${MIB:-2048}
free=$(($(awk '/MemAvailable/ { print $2 }' /proc/meminfo) / 1024))
((free > 2 * mib)) || cannot "$((2 * mib)) MiB of memory must be free, $free are"
gcc -O2 -o "$work/populate" "$root/tests/bench/populate.c" || cannot "populate.c does not compile"

# Seconds until a process named $1 below this shell has 99 % of the size resident.
until_resident() {
	local begin=$EPOCHREALTIME deadline=$((SECONDS + 60)) want=$((mib * 1024 * 99 / 100))
	while ((SECONDS < deadline)); do
		if cat /proc/[0-9]*/status 2>/dev/null | awk -v name="$1" -v want=$want '
			/^Name:/ { this = index($2, name) == 1 } /^VmRSS:/ && this && $2 >= want { found = 1 }
			END { exit !found }'; then
			awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.4f\n", b - a }'
			return
		fi
	done
	cannot "$1 never had $mib MiB"
}

machine
for ((i = 0; i < ${REPEATS:-5}; i++)); do
	"$work/populate" "$mib" >>"$work/populate.s"
	"$fuka" load memory --size "${mib}M" --for 5s >"$work/log" & pid=$!
	until grep -q "asked" "$work/log"; do sleep 0.05; done
	rss=$(cat /proc/[0-9]*/status 2>/dev/null | awk '/^Name:/ { this = $2 == "memory" } /^RssAnon:/ && this && $2 > max { max = $2 } END { print max }')
	kill -TERM $pid
	wait $pid || true
	awk '/^asked/ { for (i = 1; i < NF; i++) if ($i == "after") print $(i + 1); exit }' "$work/log" >>"$work/fuka.s"
	awk -v rss="$rss" -v want=$((mib * 1024)) 'BEGIN { d = (rss - want) / want * 100; print d < 0 ? -d : d }' >>"$work/off"
	stress-ng --vm 1 --vm-bytes "${mib}M" --vm-populate --vm-keep --vm-hang 60 -t 20 >"$work/stress.log" 2>&1 & pid=$!
	until_resident stress-ng >>"$work/stress.s"
	kill -TERM $pid
	wait $pid || true
done
figure memory.fill.fuka "$(median <"$work/fuka.s")" s -
figure memory.fill.populate "$(median <"$work/populate.s")" s -
figure memory.fill.stress-ng "$(median <"$work/stress.s")" s -
figure memory.rate "$(ratio "$(median <"$work/populate.s")" "$(median <"$work/fuka.s")")" of-populate ge 0.95
figure memory.rate.stress-ng "$(ratio "$(median <"$work/populate.s")" "$(median <"$work/stress.s")")" of-populate -
figure memory.off-target "$(greatest <"$work/off")" % le 1
