#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The lab without a scenario: kernels, the initramfs, doctor, and both outcomes of the proof that KVM works.
# Alone: proves KVM, which takes what time it takes.

setup_file() {
	root=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	export root FUKA=${FUKA:-$root/build/fuka}
	export PACK=${BUILD:-$root/build}/tests/unit/test_initramfs HOME_OF_TESTS=$BATS_FILE_TMPDIR/home
	"$root/lab/tools/fetch-kernel" 6.1 3>&-
	# A home of its own: the proof's cache of this checkout stays as it is.
	mkdir -p "$HOME_OF_TESTS"
	ln -s "$root/build/kernels" "$HOME_OF_TESTS/kernels"
	[ -x "$PACK" ] || { echo "$PACK is not there: make tests builds it"; return 1; }
}

setup() {
	export FUKA_HOME=$HOME_OF_TESTS
	unset FUKA_KVM FUKA_KVM_BOOT_MS
}

# A PATH that has only the tools named, so that what is not named is missing.
only() {
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	for tool in "$@"; do
		ln -sf "$(command -v "$tool")" "$BATS_TEST_TMPDIR/bin/"
	done
	echo "$BATS_TEST_TMPDIR/bin"
}

# ---- kernels

@test "fetch-kernel: a second run does nothing, needs no root, no network and no apt" {
	before=$(stat -c %Z "$root/build/kernels/6.1")
	as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	"${as[@]}" test -r "$root/lab/kernels" 2>/dev/null || as=() # not root, or a checkout that only root may read
	[ "${#as[@]}" -eq 0 ] || chmod a+rx "$BATS_RUN_TMPDIR"
	run "${as[@]}" env PATH="$(only dirname bash)" "$(command -v bash)" "$root/lab/tools/fetch-kernel" 6.1
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$(stat -c %Z "$root/build/kernels/6.1")" = "$before" ]
}

@test "fetch-kernel: what it leaves is whole" {
	cd "$root/build/kernels/6.1"
	[ -s vmlinuz ] && [ -s config ] && [ -s System.map ]
	[ -s "$(echo lib/modules/*/modules.dep)" ]
	[ -z "$(find . -name '*.deb' -o -name '*.ko.xz')" ]
}

@test "fetch-kernel: a fetch that fails leaves nothing and says what it asked for" {
	printf 'x bookworm no-such-kernel-package\n' >"$BATS_TEST_TMPDIR/kernels"
	FUKA_KERNELS=$BATS_TEST_TMPDIR/kernels run "$root/lab/tools/fetch-kernel" x "$BATS_TEST_TMPDIR/dest"
	[ "$status" -eq 1 ]
	[[ $output == *no-such-kernel-package* || $output == *"cannot read the suite"* ]]
	[ -z "$(ls -A "$BATS_TEST_TMPDIR/dest")" ]
}

@test "fetch-kernel: a name that is in no row is refused with the names there are" {
	run "$root/lab/tools/fetch-kernel" 9.9 "$BATS_TEST_TMPDIR"
	[ "$status" -eq 1 ]
	[[ $output == *"no kernel '9.9'"*6.1* ]]
}

@test "kernel: a bzImage given by path without its modules says where it looked" {
	cp "$root/build/kernels/6.1/vmlinuz" "$BATS_TEST_TMPDIR/bz"
	run "$FUKA" doctor --kernel "$BATS_TEST_TMPDIR/bz"
	[ "$status" -eq 1 ]
	[[ $output == *"has no modules: looked for modules.dep in $BATS_TEST_TMPDIR/../lib/modules/6.1"* ]]
	run "$FUKA" doctor --kernel "$BATS_TEST_TMPDIR/bz" --modules /tmp
	[[ $output == *"/tmp has no modules.dep"* ]]
}

@test "kernel: a bzImage given by path is unpacked once into the cache, with its modules beside it" {
	run "$FUKA" doctor --kernel "$root/build/kernels/6.1/vmlinuz"
	[ "$status" -eq 0 ]
	[[ $output == *"unpacked at $FUKA_HOME/cache/vmlinux-"* ]]
	[ "$(find "$FUKA_HOME/cache" -name 'vmlinux-*' | wc -l)" -eq 1 ]
}

@test "kernel: what is truncated, no kernel, or not there is told apart" {
	modules=$(echo "$root"/build/kernels/6.1/lib/modules/*)
	head -c 1000000 "$root/build/kernels/6.1/vmlinuz" >"$BATS_TEST_TMPDIR/short"
	run "$FUKA" doctor --kernel "$BATS_TEST_TMPDIR/short" --modules "$modules"
	[[ $status -eq 1 && $output == *"short is truncated"* ]]
	run "$FUKA" doctor --kernel /etc/passwd
	[[ $status -eq 1 && $output == *"neither a bzImage nor an ELF vmlinux"* ]]
	run "$FUKA" doctor --kernel /nonexistent/vmlinuz
	[[ $status -eq 1 && $output == *"there is no kernel at /nonexistent/vmlinuz"* ]]
	run "$FUKA" doctor --kernel 5.99
	[[ $status -eq 1 && $output == *"lab/tools/fetch-kernel 5.99"* ]]
}

# ---- the initramfs

@test "initramfs: the same bytes from two directories, and another reader agrees" {
	for dir in one two/deeper; do
		mkdir -p "$BATS_TEST_TMPDIR/$dir"
		cd "$BATS_TEST_TMPDIR/$dir"
		printf '#!/bin/sh\n' >init
		chmod +x init
		[ "$dir" = one ] && touch -d 2001-01-01 init
		"$PACK" out.cpio +/init=init @od proc/ @stress-ng
	done
	cmp "$BATS_TEST_TMPDIR/one/out.cpio" "$BATS_TEST_TMPDIR/two/deeper/out.cpio"
	run cpio -t --quiet <out.cpio
	[ "$status" -eq 0 ]
	[[ $output == *lib64/ld-linux-x86-64.so.2* && $output == *bin/sh* && $output != *deeper* ]]
}

@test "initramfs: a program or an interpreter that does not exist is named" {
	cd "$BATS_TEST_TMPDIR"
	run "$PACK" out.cpio @no-such-program
	[[ $status -eq 1 && $output == *"'no-such-program' is not on this machine"* ]]
	printf '#!/no/such/shell\n' >script
	chmod +x script
	run "$PACK" out.cpio @./script
	[[ $status -eq 1 && $output == *"script for /no/such/shell"* ]]
	printf 'just words' >words
	chmod +x words
	run "$PACK" out.cpio @./words
	[[ $status -eq 1 && $output == *"neither an ELF program nor a script"* ]]
}

@test "initramfs: libraries are found through \$ORIGIN, and one that misses is named with who needs it" {
	cd "$BATS_TEST_TMPDIR"
	mkdir bin lib
	echo 'int y(void); int y(void) { return 7; }' >y.c
	echo 'int y(void); int x(void); int x(void) { return y(); }' >x.c
	echo 'int x(void); int main(void) { return x(); }' >m.c
	gcc -shared -fPIC -o lib/liby.so y.c
	# shellcheck disable=SC2016 # the linker's own $ORIGIN
	gcc -shared -fPIC -o lib/libx.so x.c -Llib -ly '-Wl,-rpath,$ORIGIN'
	# shellcheck disable=SC2016
	gcc -o bin/m m.c -Llib -lx '-Wl,-rpath,${ORIGIN}/../lib' -Wl,-rpath-link,lib
	"$PACK" out.cpio @bin/m
	run cpio -t --quiet <out.cpio
	[[ $output == *"${PWD#/}/lib/liby.so"* ]]
	rm lib/liby.so
	run "$PACK" out.cpio @bin/m
	[[ $status -eq 1 && $output == *"library liby.so is missing"*lib/libx.so*bin/m* ]]
}

@test "initramfs: what only ld.so.conf finds is put where a guest without a cache finds it" {
	odd=$(ls /usr/lib/x86_64-linux-gnu/libfakeroot/libfakeroot-sysv.so 2>/dev/null) || skip "no library in an unusual directory here"
	cd "$BATS_TEST_TMPDIR"
	echo 'int main(void) { return 0; }' >m.c
	gcc -o m m.c -Wl,--no-as-needed "$odd"
	"$PACK" out.cpio @./m
	run cpio -t --quiet <out.cpio
	[[ $output == *lib/x86_64-linux-gnu/"$(objdump -p "$odd" | awk '$1 == "SONAME" { print $2 }')"* ]]
}

# ---- doctor

@test "doctor: everything there is exit 0, and --json says the same" {
	run "$FUKA" doctor
	[ "$status" -eq 0 ]
	[[ $output == *"ok       qemu "* && $output == *"ok       kernel "* ]]
	"$FUKA" doctor --json | jq -e '.ok and (.kvm | has("why"))'
	diff <("$FUKA" doctor --json | jq -r '.checks[].what' | sort) \
		<(grep -oE '\{"[a-z-]+", (true|false), look_' "$root/lab/command_doctor.c" | cut -d '"' -f 2 | sort)
}

@test "doctor: without QEMU in PATH it names the package and exits 1" {
	path=$(only sha256sum)
	PATH=$path run "$FUKA" doctor
	[ "$status" -eq 1 ]
	[[ $output == *"missing  qemu "*"apt-get install qemu-system-x86"* ]]
	PATH=$path run "$FUKA" doctor --json
	[ "$status" -eq 1 ]
	echo "$output" | jq -e '.ok | not'
}

@test "doctor: without a kernel it says make kernel" {
	FUKA_HOME=$BATS_TEST_TMPDIR run "$FUKA" doctor
	[ "$status" -eq 1 ]
	[[ $output == *"missing  kernel "*"fix: make kernel"* ]]
}

@test "doctor: optional things that lack do not change the exit status" {
	PATH=$(only qemu-system-x86_64 sha256sum) run "$FUKA" doctor
	[ "$status" -eq 0 ]
	[[ $output == *"missing  gnuplot "*"fix (optional): apt-get install gnuplot-nox"* ]]
}

@test "doctor: an option it does not know is exit 2 and named" {
	run "$FUKA" doctor --frsh
	[[ $status -eq 2 && $output == *"'--frsh'"* ]]
}

@test "version: fuka's, QEMU's, the kernels'" {
	run "$FUKA" version
	[ "$status" -eq 0 ]
	[[ ${lines[0]} =~ ^fuka\ [0-9]+\.[0-9]+\.[0-9]+ ]]
	[[ $output == *"QEMU emulator"* && $output == *6.1* ]]
}

# ---- KVM

@test "kvm: FUKA_KVM=0 never uses it and says so" {
	FUKA_KVM=0 run "$FUKA" doctor --fresh
	[ "$status" -eq 0 ]
	[[ $output == *"KVM not used: FUKA_KVM=0"* ]]
}

@test "kvm: the proof is quick, gives a reason, and is cached until --fresh" {
	run "$FUKA" doctor --fresh --json
	kvm=$(jq -c .kvm <<<"$output")
	[ "$(jq -r .cached <<<"$kvm")" = false ]
	why=$(jq -r .why <<<"$kvm")
	[[ $why == "KVM works: "* || $why == "KVM not used: "* || $why == "no KVM: "* ]]
	[ "$(jq -r .works <<<"$kvm")" = "$([[ $why == "KVM works"* ]] && echo true || echo false)" ]
	[ "$(jq -r .stage <<<"$kvm")" -eq 1 ] && skip "this machine lets nobody open /dev/kvm: nothing to cache"
	"$FUKA" doctor --json | jq -e '.kvm.cached'
}

# In mounts of its own, so that every machine has one: a /dev/kvm that opens and is no KVM.
@test "kvm: the negative outcome, where /dev/kvm opens and is no use" {
	cat >"$BATS_TEST_TMPDIR/look" <<-'END'
		mount -t tmpfs none /mnt && mkdir /mnt/shm && cp -a /dev/null /dev/zero /dev/random /dev/urandom /mnt/ &&
			touch /mnt/kvm && chmod 666 /mnt/kvm && mount --bind /mnt /dev || exit 125
		"$FUKA" doctor --fresh --json
		"$FUKA" doctor
	END
	unshare -m true 2>/dev/null || skip "mount namespaces: this user may not make one"
	run unshare -m bash "$BATS_TEST_TMPDIR/look" 3>&-
	[ "$status" -eq 0 ] || { echo "$output"; return 1; }
	jq -en --arg text "${output%%$'\n}'*}}" '$text | fromjson | .kvm | .works == false and .stage == 1 and (.why | startswith("KVM not used: "))'
	[[ $output == *"missing  kvm "*"fix (optional)"* ]]
}

# A guest under TCG, whose CPU has SVM, is a machine where KVM works: the same proof must say so there. About 25 s.
# There a QEMU that ends at once, or that is not installed, is told from a KVM that does not work, and the latter is not kept.
@test "kvm: the positive outcome, inside a guest whose CPU emulates SVM, and what a missing or a broken QEMU is" {
	cd "$BATS_TEST_TMPDIR"
	kernel=$root/build/kernels/6.1
	modules=$(echo "$kernel"/lib/modules/*)
	"$FUKA" doctor --kernel 6.1 >doctor.txt
	cat >init <<'END'
#!/bin/sh
b=/usr/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t devtmpfs dev /dev
for m in irqbypass kvm ccp kvm-amd; do $b insmod /m/$m.ko; done
export FUKA_HOME=/tmp FUKA_KVM_BOOT_MS=120000
/fuka doctor --fresh --kernel /vmlinux
PATH=/none /fuka doctor --fresh --kernel /vmlinux
$b grep -c 'KVM works' /tmp/cache/kvm-proof
$b mkdir /tmp/odd
$b printf '#!/bin/sh\necho no luck\nexit 3\n' >/tmp/odd/qemu-system-x86_64
$b chmod +x /tmp/odd/qemu-system-x86_64
PATH=/tmp/odd /fuka doctor --fresh --kernel /vmlinux
$b poweroff -f
END
	chmod +x init
	"$PACK" guest.cpio +/init=init +/fuka="$FUKA" /usr/bin/busybox="$(command -v busybox)" @qemu-system-x86_64 \
		/vmlinux="$kernel/vmlinux" "/lib/modules/${modules##*/}/modules.dep=$modules/modules.dep" \
		/m/irqbypass.ko="$modules/kernel/virt/lib/irqbypass.ko" /m/kvm.ko="$modules/kernel/arch/x86/kvm/kvm.ko" \
		/m/ccp.ko="$modules/kernel/drivers/crypto/ccp/ccp.ko" /m/kvm-amd.ko="$modules/kernel/arch/x86/kvm/kvm-amd.ko" \
		/usr/share/seabios/bios-256k.bin=/usr/share/seabios/bios-256k.bin /usr/share/qemu/qboot.rom=/usr/share/qemu/qboot.rom \
		/usr/share/seabios/bios-microvm.bin=/usr/share/seabios/bios-microvm.bin \
		/usr/share/qemu/pvh.bin=/usr/share/qemu/pvh.bin proc/ sys/ dev/ tmp/
	timeout -k 5 180 qemu-system-x86_64 -machine q35,accel=tcg -cpu max -m 1024 -nodefaults -display none -no-reboot \
		-kernel "$kernel/vmlinux" -initrd guest.cpio -serial file:console.txt -append \
		"console=ttyS0 panic=-1 quiet mitigations=off cryptomgr.notests no_timer_check nokaslr" 3>&- || true
	tail -n 20 console.txt
	grep -E '^ok +kvm +KVM works: [0-9]+ M loops per second, 6\.1.* started /init after' console.txt
	grep 'KVM not used: QEMU is missing: apt-get install' console.txt
	tr -d '\r' <console.txt | grep -x 1
	grep 'KVM not used: QEMU with KVM (q35) ended after .* its last line was: no luck' console.txt
}
