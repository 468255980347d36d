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

# What fuka says of itself: the last achieved.
own() {
	awk -v asked="$percent" '/^asked/ { got = $5 } END { sub(/,/, "", got); d = got - asked; printf "%.3f\n", d < 0 ? -d : d }' "$work/log"
}

machine
for percent in "${asked[@]}"; do
	off "$fuka" load cpu --percent "$percent%" --cpus "$cpu" --for 5s >>"$work/free"
	figure "cpu.free.$percent.fuka" "$(own | tee -a "$work/own")" pp le 0.1
	off stress-ng --cpu 1 --cpu-load "$percent" --taskset "$cpu" -t 5 >>"$work/free.stress"
	figure "cpu.free.$percent.stress-ng" "$(tail -n 1 "$work/free.stress")" pp -
done
figure cpu.free.worst.by-rusage "$(greatest <"$work/free")" pp -
figure cpu.free.worst.stress-ng "$(greatest <"$work/free.stress")" pp -

if ((EUID == 0)); then
	for percent in "${asked[@]}"; do
		"$fuka" load cpu --tasks "$(nproc)" --for 12s >"$work/spinners" 2>&1 & spinners=$!
		sleep 0.2
		off "$fuka" load cpu --percent "$percent%" --cpus "$cpu" --policy fifo --for 5s >"$work/one"
		figure "cpu.beside.$percent.fuka" "$(own)" pp le 0.1
		off stress-ng --cpu 1 --cpu-load "$percent" --taskset "$cpu" --sched fifo --sched-prio 1 -t 5 >"$work/one"
		figure "cpu.beside.$percent.stress-ng" "$(cat "$work/one")" pp -
		wait "$spinners" || true
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
