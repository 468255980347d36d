#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A scenario is text of somebody else's: it becomes no command, --check neither hangs nor opens what it need not, and what is
# taken runs.
# shellcheck disable=SC2016 # the stub's own words
# shellcheck source=tests/lib.bash
source "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	RUN_DEADLINE=60
	S=$BATS_TEST_TMPDIR/s.yaml
}

# check: the scenario on standard input.
check() {
	cat >"$S"
	run_fuka run --check "$S"
}

@test "M8: qemu.sh gives QEMU the very words of the run, whatever is in them, and runs nothing else" {
	cat >"$S" <<-END
		about: quotes in a kernel's command line.
		machine: {memory: 128M, cmdline: "x=1'; touch $BATS_TEST_TMPDIR/PWNED; echo ' \$(touch $BATS_TEST_TMPDIR/PWNED) \\\\ \"a b\""}
		timeline: []
		end: 1s
	END
	run_fuka run --out "$BATS_TEST_TMPDIR/out" "$S"
	exits 0
	mkdir "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\nfor a; do printf "%%s\\n" "$a"; done\n' >"$BATS_TEST_TMPDIR/bin/qemu-system-x86_64"
	chmod +x "$BATS_TEST_TMPDIR/bin/qemu-system-x86_64"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH run sh "$BATS_TEST_TMPDIR"/out/*/qemu.sh
	exits 0
	says "x=1'; touch $BATS_TEST_TMPDIR/PWNED; echo ' \$(touch $BATS_TEST_TMPDIR/PWNED) \\ \"a b\""
	[ ! -e "$BATS_TEST_TMPDIR/PWNED" ]
}

@test "M9: a script whose interpreter is itself is refused, by name" {
	printf '#!/usr/bin/env %s\n' "$BATS_TEST_TMPDIR/loop" >"$BATS_TEST_TMPDIR/loop"
	chmod +x "$BATS_TEST_TMPDIR/loop"
	check <<-END
		about: a loop
		timeline: [{at: 1s, run: [$BATS_TEST_TMPDIR/loop]}]
		end: 2s
	END
	exits 2
	says "scripts are interpreters of one another"
}

@test "M9: what is no regular file is not opened: packed files, a profile, a kernel" {
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	RUN_DEADLINE=10 check <<-END
		about: a pipe
		timeline: [{at: 1s, run: [echo, hi], files: [$BATS_TEST_TMPDIR/fifo]}]
		end: 2s
	END
	exits 2
	says "it is not a regular file"
	RUN_DEADLINE=10 check <<-END
		about: a pipe
		timeline: [{at: 1s, load: cpu, profile: "file:$BATS_TEST_TMPDIR/fifo"}]
		end: 2s
	END
	exits 2
	RUN_DEADLINE=10 check <<-END
		about: a pipe
		machine: {kernel: $BATS_TEST_TMPDIR/fifo}
		timeline: []
		end: 2s
	END
	exits 2
}

@test "M9: a kernel that unpacks to a gibibyte is refused, and leaves nothing in the cache" {
	local home=$BATS_TEST_TMPDIR/home modules=$BATS_TEST_TMPDIR/lib/modules/6.1.0-bomb

	mkdir -p "$home" "$modules"
	: >"$modules/modules.dep"
	head -c 1G /dev/zero | xz -0 -T 2 >"$BATS_TEST_TMPDIR/payload"
	python3 - "$BATS_TEST_TMPDIR" <<-'END'
		import struct, sys
		payload = open(sys.argv[1] + "/payload", "rb").read()
		head = bytearray(0x2000)
		head[0x202:0x206] = b"HdrS"
		head[0x206:0x208] = struct.pack("<H", 0x20f)
		head[0x1f1] = 15
		head[0x20e:0x210] = struct.pack("<H", 0x1000)
		head[0x1200:0x120b] = b"6.1.0-bomb "
		head[0x248:0x250] = struct.pack("<II", 0, len(payload))
		open(sys.argv[1] + "/bzImage", "wb").write(bytes(head) + payload + bytes(512))
	END
	cat >"$S" <<-END
		about: a bomb
		timeline: []
		end: 1s
	END
	FUKA_HOME=$home run_fuka run --check --kernel "$BATS_TEST_TMPDIR/bzImage" --modules "$modules" "$S"
	exits 2
	[ -z "$(find "$home" -type f -printf 'left: %f, %s bytes')" ]
	says "unpacks to more than 512 MiB"
}

@test "M9: sixty thousand keys, a hundred thousand items, two megabytes are refused at once" {
	{ echo "about: x"; printf 'k%s: 1\n' {1..60000}; } >"$S"
	RUN_DEADLINE=5 run_fuka run --check "$S"
	exits 2
	says "more than 1000 keys in one map"
	{ echo "about: x"; echo "timeline:"; printf -- '- %s\n' {1..100000}; } >"$S"
	RUN_DEADLINE=5 run_fuka run --check "$S"
	exits 2
	says "more than 10000 items in one list"
	{ echo "about: x"; head -c 2M /dev/zero | tr '\0' '#'; } >"$S"
	RUN_DEADLINE=5 run_fuka run --check "$S"
	exits 2
	says "expected at most 1024 KiB"
}

@test "M10: an id with a blank, or a long one, is refused: its events could not name it" {
	check <<-END
		about: ids
		timeline:
		  - {at: 1s, id: "my run", run: [echo, hello]}
		  - {at: 1s, id: $(printf 'x%.0s' {1..64}), run: [echo, hello]}
		end: 6s
	END
	exits 2
	says "$S:3:" "id: 'my run'; expected up to 63 letters" "$S:4:"
}

@test "M10: a disk of a share of memory, and times of centuries, are refused" {
	check <<-END
		about: odd values
		machine: {memory: 256M, clock: real, disk: 50%}
		timeline: [{at: 1s, write: {/proc/sysrq-trigger: m}}]
		end: 2400000h
	END
	exits 2
	says "machine.disk: a percentage is not allowed here" "end: '2400000h' is more than a year"
}

@test "M10: programs and files below /tmp and /run are there in the guest; below /dev they are refused" {
	local here

	here=$(mktemp -d /run/fuka-test.XXXXXX)
	printf '#!/bin/sh\necho from-run\n' >"$here/prog"
	printf '#!/bin/sh\ncat %s; echo from-tmp\n' "$BATS_TEST_TMPDIR/data" >"$BATS_TEST_TMPDIR/prog"
	echo some-data >"$BATS_TEST_TMPDIR/data"
	chmod +x "$here/prog" "$BATS_TEST_TMPDIR/prog"
	cat >"$S" <<-END
		about: programs where the guest has a tmpfs
		timeline:
		  - {at: 1s, id: a, run: [$BATS_TEST_TMPDIR/prog], files: [$BATS_TEST_TMPDIR/data, /bin/cat]}
		  - {at: 1s, id: b, run: [$here/prog]}
		end: 3s
		expect:
		  - {output: from-tmp, id: a}
		  - {output: some-data, id: a}
		  - {output: from-run, id: b}
	END
	run_fuka run --out "$BATS_TEST_TMPDIR/out" "$S"
	rm -r "$here"
	exits 0
	check <<-END
		about: a file that the guest's own /dev would hide
		timeline: [{at: 1s, run: [echo, x], files: [/dev/shm/$(basename "$(mktemp -p /dev/shm fuka-test.XXXXXX)")]}]
		end: 3s
	END
	rm -f /dev/shm/fuka-test.*
	exits 2
	says "the guest has its own /dev, /proc and /sys"
}

@test "M10: a kernel by a relative path, and a relative FUKA_HOME, work: QEMU runs elsewhere" {
	local home=${FUKA_HOME:-${FUKA%/fuka}}

	cat >"$S" <<-END
		about: relative
		timeline: []
		end: 1s
	END
	[ -f "$home/kernels/6.1/vmlinux" ] || { run_fuka run --check "$S" && exits 0; }
	cd "$home/kernels/6.1"
	run_fuka run --out "$BATS_TEST_TMPDIR/out" --kernel ./vmlinux --modules "$(echo lib/modules/*)" "$S"
	exits 0
	cd "$home/.."
	FUKA_HOME=$(basename "$home") run_fuka run --out "$BATS_TEST_TMPDIR/out2" "$S"
	exits 0
}

@test "L4: in a tree of somebody else's the user's own cache is used" {
	[ "$(id -u)" = 0 ] || skip "root: needs another user, nobody"
	local home=$BATS_TEST_TMPDIR/home from=${FUKA_HOME:-${FUKA%/fuka}}

	chmod 755 "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR"
	mkdir -p "$home/kernels/6.1" "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/xdg"
	cp "$FUKA" "$BATS_TEST_TMPDIR/fuka"
	cp -r "$from/kernels/6.1/lib" "$from/kernels/6.1/vmlinuz" "$home/kernels/6.1/"
	chown nobody "$BATS_TEST_TMPDIR/xdg" "$BATS_TEST_TMPDIR/out"
	printf 'about: x\ntimeline: []\nend: 1s\n' >"$BATS_TEST_TMPDIR/o.yaml"
	chmod -R a+rX "$BATS_TEST_TMPDIR"
	local dir=$BATS_TEST_TMPDIR
	while [ "$dir" != / ]; do
		[ -x "$dir" ] && su -s /bin/sh nobody -c "test -x '$dir'" || skip "a temporary directory that nobody may enter: $dir"
		dir=$(dirname "$dir")
	done
	run timeout 60 su -s /bin/sh nobody -c "FUKA_HOME='$home' XDG_CACHE_HOME='$BATS_TEST_TMPDIR/xdg' '$BATS_TEST_TMPDIR/fuka' run --check '$BATS_TEST_TMPDIR/o.yaml'" 3>&-
	exits 0
	[ -n "$(find "$BATS_TEST_TMPDIR/xdg" -name 'vmlinux-*')" ]
}

@test "L7: two build-kmod at once both have the whole module" {
	local build_kmod=$root/lab/tools/build-kmod

	mkdir -p "$BATS_TEST_TMPDIR/b/kmod"
	ln -s "$(realpath "${FUKA_HOME:-${FUKA%/fuka}}/kernels")" "$BATS_TEST_TMPDIR/b/kernels"
	"$build_kmod" 6.1 "$BATS_TEST_TMPDIR/b/kmod" >"$BATS_TEST_TMPDIR/1" 2>&1 3>&- &
	"$build_kmod" 6.1 "$BATS_TEST_TMPDIR/b/kmod" >"$BATS_TEST_TMPDIR/2" 2>&1 3>&-
	wait $! || { cat "$BATS_TEST_TMPDIR/1"; return 1; }
	modinfo "$BATS_TEST_TMPDIR"/b/kmod/*/fuka.ko | grep -q fuka_abi
}

@test "L7: a kernel is on the disk before it has its name: a power cut leaves a whole one, or none" {
	local home=$BATS_TEST_TMPDIR/home from
	from=$(realpath "${FUKA_HOME:-${FUKA%/fuka}}")/kernels/6.1

	command -v strace >/dev/null || skip "strace (package strace)"
	mkdir -p "$home/kernels/6.1"
	ln -s "$from/lib" "$from/vmlinuz" "$home/kernels/6.1/"
	printf 'about: x\ntimeline: []\nend: 1s\n' >"$S"
	FUKA_HOME=$home run timeout 60 strace -f -y -o "$BATS_TEST_TMPDIR/calls" -e trace=fsync,rename,renameat,renameat2 \
		"$FUKA" run --check "$S" 3>&-
	exits 0
	[ -s "$home/kernels/6.1/vmlinux" ]
	run grep -E '(fsync|rename).*/vmlinux' "$BATS_TEST_TMPDIR/calls"
	says "rename"
	[[ ${lines[0]} == *"fsync("*/vmlinux.* ]] || { echo "$output" && false; }
}

# The page behind a file's last one is nobody's here, as it may be anywhere.
@test "L7: a kernel whose release goes on to the end of the file is not read beyond that" {
	cat >"$BATS_TEST_TMPDIR/mmap.c" <<-'END'
		#define _GNU_SOURCE
		#include <sys/mman.h>
		#include <sys/syscall.h>
		#include <unistd.h>
		static void *map(void *at, size_t n, int prot, int flags, int fd, off_t offset)
		{
			char *p = (void *)syscall(SYS_mmap, at, n + (at ? 0 : 1 << 20), at ? prot : 0, flags, fd, offset);
			if (at || p == MAP_FAILED)
				return p;
			return (void *)syscall(SYS_mmap, p, n, prot, flags | MAP_FIXED, fd, offset);
		}
		void *mmap(void *at, size_t n, int prot, int flags, int fd, off_t o) { return map(at, n, prot, flags, fd, o); }
		void *mmap64(void *at, size_t n, int prot, int flags, int fd, off_t o) { return map(at, n, prot, flags, fd, o); }
	END
	cc -shared -fPIC -o "$BATS_TEST_TMPDIR/mmap.so" "$BATS_TEST_TMPDIR/mmap.c"
	python3 - "$BATS_TEST_TMPDIR/bzImage" <<-'END'
		import struct, sys
		image = bytearray(b"6" * 0x4000)
		image[0x202:0x206] = b"HdrS"
		image[0x206:0x208] = struct.pack("<H", 0x20f)
		image[0x20e:0x210] = struct.pack("<H", 0x4000 - 300 - 0x200)
		open(sys.argv[1], "wb").write(image)
	END
	printf 'about: x\ntimeline: []\nend: 1s\n' >"$S"
	LD_PRELOAD=$BATS_TEST_TMPDIR/mmap.so run_fuka run --check --kernel "$BATS_TEST_TMPDIR/bzImage" "$S"
	exits 2
	says "has no version string"
}

@test "M9: a library that is a pipe is not waited for" {
	local dir=$BATS_TEST_TMPDIR

	echo 'int lib;' | cc -x c -shared -fPIC -Wl,-soname,libpipe.so -o "$dir/libpipe.so" -
	echo 'extern int lib; int main(void) { return lib; }' |
		cc -x c -o "$dir/prog" - -L"$dir" -lpipe -Wl,-rpath,"$dir"
	rm "$dir/libpipe.so"
	mkfifo "$dir/libpipe.so"
	RUN_DEADLINE=10 check <<-END
		about: a library that is a pipe
		timeline: [{at: 1s, run: [$dir/prog]}]
		end: 2s
	END
	exits 2
	says "the library libpipe.so is missing"
}
