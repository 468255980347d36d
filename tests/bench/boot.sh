#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# boot: what `fuka run` costs beyond the machine it boots. An empty scenario, the whole command, over QEMU alone with the
# same machine, the same kernel and a busybox that powers off at once: entered as the unpacked vmlinux, and as the
# distribution's bzImage. Both on the real clock under TCG; then the same on the virtual clock. The scenario ends after
# 1 ms, so that neither side waits. Medians of $REPEATS (7) rounds, each round one of each, in turn.
#
# boot.fuka.qemu is the part of fuka's that QEMU is alive for. Needs: busybox, cpio, jq, QEMU. About two minutes.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "$0")/lib.sh"

need busybox busybox-static
need cpio cpio
need jq jq
need qemu-system-x86_64 qemu-system-x86
repeats=${REPEATS:-7}
kernel=$home/kernels/6.1
[[ -r $kernel/vmlinuz ]] || cannot "$kernel/vmlinuz is not there: \`make kernel\` fetches it"

printf 'about: Nothing.\nend: 1ms\n' >"$work/nothing.yaml"

# fuka itself unpacks vmlinux and knows the options; what a run wrote down is what the bare machine gets.
first_run() {
	FUKA_KVM=0 "$fuka" run --json --out "$work/out" --clock "$1" "$work/nothing.yaml" >"$work/json" 2>"$work/log" ||
		cannot "the empty scenario does not run: $(tail -n 3 "$work/log")"
	jq -r '.runs[0].directory' "$work/json"
}

busybox_initramfs() {
	mkdir -p "$work/root/bin"
	cp "$(command -v busybox)" "$work/root/bin/busybox"
	ldd "$work/root/bin/busybox" >/dev/null 2>&1 && cannot "busybox is not static: apt-get install busybox-static"
	# On a microvm poweroff is ACPI's, which needs no /proc or /sys.
	printf '#!/bin/busybox sh\n/bin/busybox poweroff -f\n' >"$work/root/init"
	chmod 755 "$work/root/init"
	(cd "$work/root" && find . | cpio --quiet -o -H newc) >"$work/busybox.cpio"
}

# bare KERNEL CLOCK: QEMU to power-off, nothing of fuka's around it.
bare() {
	local options=(-accel "tcg,thread=multi")
	[[ $2 == real ]] || options=(-accel "tcg,thread=single" -icount "shift=4,sleep=off"
		-rtc "base=2026-01-01T00:00:00,clock=vm")
	qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot -machine microvm,rtc=on,pcie=on \
		-m 256M -smp 1 "${options[@]}" -cpu max,-rdrand,-rdseed -kernel "$1" -initrd "$work/busybox.cpio" \
		-serial "file:$work/console" -append "console=ttyS0 rdinit=/init loglevel=5 panic=-1 nokaslr mitigations=off \
cryptomgr.notests no_timer_check ${tsc[$2]}"
	grep -q 'reboot: Power down' "$work/console" || cannot "the bare machine did not power off: $(tail -n 3 "$work/console")"
}

# round CLOCK: one of each.
round() {
	timed "$work/fuka.$1" env FUKA_KVM=0 "$fuka" run --out "$work/out" --clock "$1" --json "$work/nothing.yaml" ||
		cannot "the empty scenario: $(tail -n 3 "$work/log")"
	jq '.runs[0].wall_s' "$work/log" >>"$work/qemu.$1"
	timed "$work/vmlinux.$1" bare "$vmlinux" "$1" || cannot "QEMU: $(tail -n 3 "$work/log")"
	timed "$work/bzimage.$1" bare "$kernel/vmlinuz" "$1" || cannot "QEMU: $(tail -n 3 "$work/log")"
}

report() {
	local clock=$1 suffix=$2 goal_vmlinux=$3 goal_bzimage=$4 what
	local -a of=()
	for what in fuka qemu vmlinux bzimage; do
		of+=("$(median <"$work/$what.$clock")")
	done
	figure "boot$suffix.fuka" "${of[0]}" s -
	figure "boot$suffix.fuka.qemu" "${of[1]}" s -
	figure "boot$suffix.bare.vmlinux" "${of[2]}" s -
	figure "boot$suffix.bare.bzimage" "${of[3]}" s -
	# shellcheck disable=SC2086 # a goal is two words or a dash
	figure "boot$suffix.over-vmlinux" "$(ratio "${of[0]}" "${of[2]}")" ratio $goal_vmlinux
	# shellcheck disable=SC2086
	figure "boot$suffix.over-bzimage" "$(ratio "${of[0]}" "${of[3]}")" ratio $goal_bzimage
}

machine
busybox_initramfs
declare -A tsc=([virtual]=tsc_early_khz=1000000)
directory=$(first_run real)
vmlinux=$(sed -n "s/.*'-kernel' '\([^']*\)'.*/\1/p" "$directory/qemu.sh")
tsc[real]=$(grep -o 'tsc_early_khz=[0-9]*' "$directory/qemu.sh")
[[ -r $vmlinux ]] || cannot "no unpacked kernel is named in $directory/qemu.sh"
first_run virtual >/dev/null
for ((i = 0; i < repeats; i++)); do
	round real
	round virtual
done
report real "" "le 1.3" "le 0.5"
report virtual .virtual - -
