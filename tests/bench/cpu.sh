#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# cpu: how near a task comes to the share asked for, over 5 s: on a free CPU, as any user; and beside one ordinary
# spinner a CPU, with a real-time policy. The share is the CPU time of all its processes (user + system, by the shell's
# own accounting of its children) over wall time, for fuka and for stress-ng alike; fuka's own figure stands beside it.
# And how far /proc/stat, which samples, is off after 10 s.
#
# Needs: stress-ng; root for the second part. About four minutes.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "$0")/lib.sh"

need stress-ng stress-ng
cpu=$(($(nproc) - 1))
asked=(5 20 37 50 75 90)
TIMEFORMAT='%U %S %R'

# off COMMAND…: |achieved - asked| in percentage points, as the shell accounts its children; $percent is what was asked
off() {
	{ time "$@" >"$work/log" 2>&1; } 2>"$work/time" || true
	awk -v asked="$percent" '{ d = 100 * ($1 + $2) / $3 - asked; printf "%.3f\n", d < 0 ? -d : d }' "$work/time"
}

# How long it took to settle, by what it said first; 99 when it was not on target then.
settle() {
	awk '/^asked/ { found = 1; for (i = 1; i < NF; i++) if ($i == "after") s = $(i + 1); print / on target/ ? s : 99; exit }
		END { if (!found) print 99 }' "$work/log"
}

# What fuka says of itself: the last achieved.
own() {
	awk -v asked="$percent" '/^asked/ { got = $5 } END { sub(/,/, "", got); d = got - asked; printf "%.3f\n", d < 0 ? -d : d }' "$work/log"
}

machine
for percent in "${asked[@]}"; do
	off "$fuka" load cpu --percent "$percent%" --cpus "$cpu" --for 5s >>"$work/free"
	figure "cpu.free.$percent.fuka" "$(own | tee -a "$work/own")" pp le 0.1
	settle >>"$work/settle"
	off stress-ng --cpu 1 --cpu-load "$percent" --taskset "$cpu" -t 5 >>"$work/free.stress"
	figure "cpu.free.$percent.stress-ng" "$(tail -n 1 "$work/free.stress")" pp -
done
figure cpu.free.settle.worst "$(greatest <"$work/settle")" s le 1
figure cpu.free.worst.by-rusage "$(greatest <"$work/free")" pp -
figure cpu.free.worst.stress-ng "$(greatest <"$work/free.stress")" pp -

# One ordinary spinner on each CPU, for so long.
spin_everywhere() {
	local i
	spinners=()
	for ((i = 0; i < $(nproc); i++)); do
		"$fuka" load cpu --cpus "$i" --for "$1" >/dev/null 2>&1 & spinners+=($!)
	done
	sleep 0.2
}

# What cannot be reached: without privilege beside a spinner there is half a CPU.
spin_everywhere 4s
status=0
"$fuka" load cpu --percent 90% --cpus "$cpu" --for 3s >"$work/log" 2>&1 || status=$?
figure cpu.unreachable.exit "$status" status ge 1
figure cpu.unreachable.got "$(awk '/^asked/ { got = $5 } END { sub(/,/, "", got); printf "%.1f\n", got }' "$work/log")" % -
wait "${spinners[@]}" || true

if ((EUID == 0)); then
	for percent in "${asked[@]}"; do
		spin_everywhere 12s
		off "$fuka" load cpu --percent "$percent%" --cpus "$cpu" --policy fifo --for 5s >"$work/one"
		figure "cpu.beside.$percent.fuka" "$(own)" pp le 0.1
		off stress-ng --cpu 1 --cpu-load "$percent" --taskset "$cpu" --sched fifo --sched-prio 1 -t 5 >"$work/one"
		figure "cpu.beside.$percent.stress-ng" "$(cat "$work/one")" pp -
		wait "${spinners[@]}" || true
	done
else
	echo "# cpu: not root: the part beside ordinary spinners needs CAP_SYS_NICE"
fi

# Busy jiffies of the CPU over 10 s.
for percent in "${asked[@]}"; do
	read_busy() { awk -v c="cpu$cpu" '$1 == c { print $2 + $3 + $4, $2 + $3 + $4 + $5 + $6 + $7 + $8 + $9 }' /proc/stat; }
	"$fuka" load cpu --percent "$percent%" --cpus "$cpu" --for 11s >"$work/log" 2>&1 & pid=$!
	sleep 0.5
	before=$(read_busy)
	sleep 10
	after=$(read_busy)
	wait "$pid" || true
	figure "cpu.stat.$percent" "$(echo "$before $after" | awk -v asked="$percent" \
		'{ d = 100 * ($3 - $1) / ($4 - $2) - asked; printf "%.2f\n", d < 0 ? -d : d }')" pp le 2
done
