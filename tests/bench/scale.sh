#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# scale: what a sample costs against the number of CPUs, and what a walk over the tasks costs against the number of tasks.
#
# CPUs: /proc/stat and /proc/softirqs of a machine with so many, made from a fixture of a real one and mounted over this
# machine's in a mount namespace of its own: what the sampler does with them, without what a kernel needs to write them.
# Tasks: so many held in D by `fuka load dstate`, what it takes until each of them was looked at once (a walk looks at a
# thousand at most), and in the same run what `ps -eLo stat,wchan` takes for them.
#
# Needs: root, for the mounts; procps. Raises this machine's load average by 10,000 for half a minute.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "$0")/lib.sh"

need ps procps
need unshare util-linux
seconds=${SECONDS_EACH:-5}
read -ra cpus <<<"${CPUS:-1 4 16 64 256}"
read -ra tasks <<<"${TASKS:-100 1000 3000 10000}"
loader=

stop_loader() {
	[[ -z $loader ]] || { kill -TERM "$loader"; wait "$loader" || true; }
	loader=
}
trap 'stop_loader; rm -rf "$work"' EXIT

# The fixture with N CPUs, each with the figures of its CPU 0.
make_stat() {
	awk -v n="$1" '/^cpu0 / { line = substr($0, 5); for (i = 0; i < n; i++) print "cpu" i line; next }
		!/^cpu[0-9]/' "$root/tests/fixtures/stat-6.18.txt"
}

make_softirqs() {
	awk -v n="$1" 'NR == 1 { for (i = 0; i < n; i++) printf " %10s", "CPU" i; print ""; next }
		{ printf "%12s", $1; for (i = 0; i < n; i++) printf " %10s", $2; print "" }' /proc/softirqs
}

# µs a sample on a machine that seems to have N CPUs; called in the namespace.
if [[ ${1:-} == --seems ]]; then
	make_stat "$2" >"$work/stat"
	make_softirqs "$2" >"$work/softirqs"
	mount --bind "$work/stat" /proc/stat || cannot "no mount over /proc/stat"
	mount --bind "$work/softirqs" /proc/softirqs || cannot "no mount over /proc/softirqs"
	us=$(sampler_used_us "$seconds" -i 10ms \
		--sources=-tasks,-cgroup,-kmsg,-meminfo,-pressure_cpu,-pressure_memory,-pressure_io,-diskstats,-vmstat)
	awk -v us="$us" -v n="$((seconds * 100))" 'BEGIN { printf "%.2f\n", us / n }'
	exit
fi

# line NAME UNIT FILE: through its points "N COST": the slope, and how far the farthest point is off, in percent of the
# greatest cost.
line() {
	local slope off
	read -r slope off < <(awk '{ x[NR] = $1; y[NR] = $2; sx += $1; sy += $2; sxx += $1 * $1; sxy += $1 * $2; most = $2 > most ? $2 : most }
		END { b = (NR * sxy - sx * sy) / (NR * sxx - sx * sx); a = (sy - b * sx) / NR
			for (i = 1; i <= NR; i++) { d = y[i] - a - b * x[i]; d = d < 0 ? -d : d; off = d > off ? d : off }
			printf "%.4g %.2f\n", b, 100 * off / most }' "$3")
	figure "scale.$1.slope" "$slope" "$2" -
	figure "scale.$1.off.line" "$off" % le 15
}

machine
[[ $(id -u) -eq 0 ]] || cannot "it needs root, to mount over /proc/stat in a namespace of its own"

for n in "${cpus[@]}"; do
	us=$(unshare -m "$0" --seems "$n") || cannot "a sample on $n CPUs"
	figure "scale.cpus.$n" "$us" us -
	echo "$n $us" >>"$work/cpus"
done
line cpus us "$work/cpus"

# Of the walks in the recording, of which the view has a line each: their number, how many tasks they looked at in all, and how
# many tasks there were in the mean.
walks() {
	"$fuka" report "$work/x.fuka" --view tasks --all |
		awk '/^tasks:/ { on = 1 } on && $1 ~ /^[0-9.]+s$/ { n++; looked += $2 + $3 + $4; all += $2 + $3 + $4 + $5 }
			END { print n + 0, looked + 0, n ? all / n : 0 }'
}

held() {
	for ((i = 0; i < 600; i++)); do
		grep -qs 'on target' "$work/held" && return
		kill -0 "$loader" 2>/dev/null || return
		sleep 0.1
	done
	return 1
}

# $round: µs of CPU that it takes to look at each task once, with N in D; $ps_us: what ps takes.
round_us() {
	local us walks looked all TIMEFORMAT='%U %S'
	"$fuka" load dstate --tasks "$1" --for 120s >"$work/held" 2>&1 &
	loader=$!
	held || cannot "$1 tasks in D: $(tail -n 1 "$work/held")"
	us=$(sampler_used_us 10 -i 1s --tasks 1s --sources=-kmsg,-cgroup,-meminfo,-vmstat,-diskstats,-softirqs)
	ps_us=$({ time ps -eLo stat,wchan >/dev/null; } 2>&1 | awk '{ printf "%.0f", ($1 + $2) * 1e6 }')
	stop_loader
	read -r walks looked all < <(walks)
	[[ $walks -gt 2 ]] || cannot "$walks walks over $1 tasks in 11 s: this machine is too busy"
	round=$(awk -v us="$us" -v looked="$looked" -v all="$all" 'BEGIN { printf "%.0f\n", us / (looked * 10 / 11) * all }')
}

for n in "${tasks[@]}"; do
	round_us "$n"
	figure "scale.tasks.$n" "$round" us -
	echo "$n $round" >>"$work/tasks"
done
line tasks us "$work/tasks"
figure "scale.ps.$n" "$ps_us" us -
figure "scale.tasks.to.ps" "$(ratio "$round" "$ps_us")" ratio le 0.2
