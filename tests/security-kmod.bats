#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel module under attack: freed memory, sizes, locks. Each name begins with the finding it is about.

load lib.bash

setup_file() {
	root=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	build=$(realpath "${FUKA_HOME:-$(dirname "${FUKA:-$root/build/fuka}")}")
	export root build
	"$root/lab/tools/build-kmod" 6.1 "$build/kmod" 3>&-
}

setup() {
	cd "$root" || return 1
	yaml=$BATS_TEST_TMPDIR/x.yaml
}

# runs: the scenario on standard input passes.
runs() {
	{
		echo "about: made by tests/security-kmod.bats"
		cat
	} >"$yaml"
	run_fuka run --out "$BATS_TEST_TMPDIR/out" "$yaml"
	exits 0
}

# refused TEXT: the scenario on standard input does not start, and is told so by --check.
refused() {
	{
		echo "about: made by tests/security-kmod.bats"
		cat
	} >"$yaml"
	run_fuka run --check "$yaml"
	exits 2
	says "$1"
}

@test "H6: an object that is smaller than what is kept in it is refused; the smallest that is not harms nothing" {
	refused "object" <<-END
		machine: {memory: 128M}
		end: 2s
		timeline:
		  - {at: 1s, fault: leak-kmalloc, context: kthread, object: 16}
	END
	runs <<-END
		machine: {memory: 256M, cmdline: slub_debug=FZPU}
		timeline:
		  - {at: 1s, id: objects, fault: leak-kmalloc, context: kthread, object: 32, size: 1M, gfp: kernel, keep: no}
		  - {at: 1s, id: most, fault: leak-kmalloc, context: kthread, object: 4M, size: 4M, gfp: kernel, keep: no}
		  - {at: 1s, id: pages, fault: leak-pages, context: kthread, order: 10, size: 4M, gfp: kernel, keep: no}
		  - {at: 3s, stop: objects}
		  - {at: 3s, stop: most}
		  - {at: 3s, stop: pages}
		end: 5s
		expect:
		  - {fired: leak-kmalloc, id: objects}
		  - {fired: leak-kmalloc, id: most}
		  - {fired: leak-pages, id: pages}
		never:
		  - {console: "BUG "}
		  - {console: "WARNING: "}
	END
}

@test "M10: what has to sleep is refused as the act of a packet's sender, whatever the hook" {
	local fault hook

	for fault in d-tasks hung-task; do
		for hook in local-out post-routing; do
			refused "$fault sleeps" <<-END
				machine: {memory: 128M}
				end: 2s
				timeline:
				  - {at: 1s, fault: $fault, context: caller, trigger: {udp: 7777, hook: $hook}}
			END
		done
	done
}

@test "M10: an allocation that waits is refused where nobody may: interrupts, and the hook of a packet's sender" {
	local where

	for where in "context: timer" "context: hrtimer" "context: softirq, trigger: {udp: 7777}" \
		"context: caller, trigger: {udp: 7777, hook: local-out}"; do
		refused "gfp: expected atomic or nowait" <<-END
			machine: {memory: 128M}
			end: 2s
			timeline:
			  - {at: 1s, fault: leak-pages, gfp: nofail, $where}
		END
	done
	printf '%s\n' "about: it may." "machine: {memory: 128M}" "end: 2s" "timeline:" \
		"  - {at: 1s, fault: leak-pages, gfp: kernel, size: 1M, context: workqueue, trigger: {udp: 7777}}" >"$yaml"
	run_fuka run --check "$yaml"
	exits 0
}

# The module is asked by number, as nothing of fuka's own would: ABI, struct fuka_arm.
@test "M10: the module refuses both as well, says why, and refuses nothing else" {
	runs <<-END
		machine: {memory: 128M}
		timeline:
		  - {at: 1s, fault: burn, context: kthread, trigger: {delay: 1000s}}
		  - {at: 2s, id: asked, run: [$root/build/tests/tools/kmod-stress, refused]}
		end: 4s
		expect:
		  - {exit: asked, status: 0}
		  - {console: "d-tasks sleeps, and a netfilter hook must not"}
		  - {console: "hung-task sleeps, and a netfilter hook must not"}
		  - {console: "leak-pages: in the context timer gfp must be atomic or nowait"}
		  - {console: "leak-pages: in the context softirq gfp must be atomic or nowait"}
		  - {console: "leak-pages: in the context caller gfp must be atomic or nowait"}
		  - {console: "leak-kmalloc: in the context hrtimer gfp must be atomic or nowait"}
		never:
		  - {console: "WARNING: "}
	END
}

@test "L6: while a fault acts in its caller, status tells of it and disarm ends it, both at once" {
	runs <<-END
		machine: {memory: 256M}
		timeline:
		  - {at: 1s, id: f, fault: hung-task, context: caller, time: 1h}
		  - {at: 2s, id: st, run: [fuka, fault, status]}
		  - {at: 3s, id: di, run: [fuka, fault, disarm, "1"]}
		end: 6s
		expect:
		  - {output: "fault=hung-task hits=1 fired=1 done=0", id: st}
		  - {exit: st, status: 0}
		  - {exit: di, status: 0}
	END
}

# What keeps a CPU for ever: RCU waits for it, too, and the end of the machine for RCU. A panic does not.
@test "L6: a fault that never comes back: disarm gives up and says so, status waits for neither, other faults go on" {
	runs <<-END
		machine: {memory: 256M, cpus: 2, clock: real}
		timeline:
		  - {at: 1s, id: gone, fault: deadlock, context: kthread}
		  - {at: 3s, id: di, run: [fuka, fault, disarm, "1"]}
		  - {at: 4s, id: st, run: [fuka, fault, status]}
		  - {at: 4s, id: other, fault: burn, context: workqueue, time: 1ms}
		  - {at: 12s, id: after, run: [fuka, fault, status]}
		  - {at: 13s, fault: panic, context: workqueue}
		end: 15s
		expect:
		  - {output: "fault=deadlock hits=1 fired=1 done=0 taken_bytes=0 stuck=no", id: st}
		  - {exit: st, status: 0}
		  - {exit: di, status: 1}
		  - {output: "its action has not returned", id: di}
		  - {fired: burn, id: other, by: 7s}
		  - {output: "stuck=yes", id: after}
		  - {output: "unload=\\"refused", id: after}
		  - {panic: any}
	END
}

@test "L6: /dev/fuka is there only once the module's initialisation has not failed: nobody has it open when that frees the module" {
	runs <<-END
		machine: {memory: 256M, cpus: 2, clock: real, cmdline: slub_debug=FZPU}
		timeline:
		  - {at: 1s, id: init, run: [$root/build/tests/tools/kmod-stress, init, "10", /fuka/ko/fuka.ko]}
		end: 15s
		expect:
		  - {exit: init, status: 0}
		  - {output: " opened 0", id: init}
		never:
		  - {panic: any}
		  - {log: oops}
		  - {log: bug}
	END
}

@test "L6: the help says whose packets the module sees" {
	run_fuka fault list
	says "in the initial network namespace"
}

@test "L6: what the module cannot be right for it is not built for: PREEMPT_RT, 32 bits" {
	local config

	for config in "-DCONFIG_64BIT -DCONFIG_PREEMPT_RT" ""; do
		# shellcheck disable=SC2086 # words
		run bash -c 'sed -n "/^#if.*CONFIG_/,/^#endif/p" "$0" | cpp -P "$@"' kmod/core/core.h $config
		echo "$output"
		[ "$status" -ne 0 ]
		says "#error \"fuka.ko "
	done
}

# A thread of QEMU for each CPU finds most: the tree of before H5 fails within half a minute. But QEMU 7.2 then executes
# breakpoints that the guest has patched away again (static keys, kprobes), which some minutes do not go without: for
# longer runs, and with allocations that fail, STRESS_THREAD=single STRESS_SECONDS=1800 lets all CPUs take turns in one.
@test "H5: a minute of arming, disarming, closing, unloading, on four CPUs, hit by packets: the kernel's checks see nothing" {
	local seconds=${STRESS_SECONDS:-60} alloc=
	if [ "${STRESS_THREAD:-multi}" = single ]; then
		alloc=', alloc'
		mkdir "$BATS_TEST_TMPDIR/bin"
		# shellcheck disable=SC2016 # the stub's own words
		printf '#!/bin/bash\nexec %q "${@/thread=multi/thread=single}"\n' "$(command -v qemu-system-x86_64)" \
			>"$BATS_TEST_TMPDIR/bin/qemu-system-x86_64"
		chmod +x "$BATS_TEST_TMPDIR/bin/qemu-system-x86_64"
		PATH=$BATS_TEST_TMPDIR/bin:$PATH
	fi
	RUN_DEADLINE=$((8 * seconds + 120)) runs <<-END
		machine:
		  memory: 512M
		  cpus: 4
		  clock: real
		  cmdline: slub_debug=FZPU page_poison=1 preempt=full tsc=reliable
		  modules: [iptable_mangle, ip6table_mangle]
		timeline:
		  - {at: 1s, id: stress, run: [$root/build/tests/tools/kmod-stress, "$seconds", /fuka/ko/fuka.ko$alloc]}
		end: $((seconds * 3 / 2 + 10))s
		deadline: $((8 * seconds + 60))s
		expect:
		  - {output: "armed ", id: stress}
		  - {exit: stress, status: 0}
		never:
		  - {panic: any}
		  - {log: bug}
		  - {log: oops}
		  - {log: warning}
		  - {console: "Poison overwritten"}
		  - {console: "BUG "}
		  - {console: "WARNING: "}
		  - {console: "rcu_note_context_switch"}
	END
}
